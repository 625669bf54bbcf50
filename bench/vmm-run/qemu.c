// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU as a process: its start and end, the guest's console, and QEMU's monitor.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "vmm-run.h"

/* Of the emulated clock, which jumps when there is nothing to do. */
#define PATIENCE_MS	300000
#define LOG		"/tmp/vmm-run.log"

struct vm vm;

__attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "vmm-run: %s (%s)\n", what, errno ? strerror(errno) : "-");
	fprintf(stderr, "console: %s\n", vm.line);
	if (vm.pid > 0)
		kill(vm.pid, SIGKILL);
	if (system("tail -n 20 " LOG " >&2"))
		fprintf(stderr, "there is no output of QEMU\n");
	exit(1);
}

void start(char **argv, int argc)
{
	struct sched_param fifo = { .sched_priority = 1 };
	char console_arg[64], monitor_arg[64];
	char *args[argc + 16];
	int console[2], monitor[2], i, log;

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &fifo))
		fail("SCHED_FIFO");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, console) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, monitor))
		fail("socketpair");
	fcntl(console[0], F_SETFD, FD_CLOEXEC);
	fcntl(monitor[0], F_SETFD, FD_CLOEXEC);
	snprintf(console_arg, sizeof(console_arg), "socket,id=console,fd=%d", console[1]);
	snprintf(monitor_arg, sizeof(monitor_arg), "socket,id=monitor,fd=%d", monitor[1]);

	for (i = 0; i < argc; i++)
		args[i] = argv[i];
	args[i++] = "-chardev";
	args[i++] = console_arg;
	args[i++] = "-serial";
	args[i++] = "chardev:console";
	args[i++] = "-chardev";
	args[i++] = monitor_arg;
	args[i++] = "-mon";
	args[i++] = "chardev=monitor,mode=readline";
	args[i] = NULL;

	log = open(LOG, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	vm.exec_ns = now(CLOCK_MONOTONIC);
	vm.pid = fork();
	if (vm.pid < 0)
		fail("fork");
	if (!vm.pid) {
		dup2(log, 1);
		dup2(log, 2);
		execv(args[0], args);
		err(1, "%s", args[0]);
	}
	close(console[1]);
	close(monitor[1]);
	vm.console = console[0];
	vm.monitor = monitor[0];
}

/* Reads one more piece of what comes from fd, behind the len bytes in buf. */
static size_t more(int fd, char *buf, size_t len, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	errno = 0;
	if (len + 1 >= size)
		fail("too much text");
	if (poll(&p, 1, PATIENCE_MS) != 1)
		fail(fd == vm.console ? "the guest says nothing more" :
					"QEMU's monitor says nothing more");
	n = read(fd, buf + len, size - len - 1);
	if (n <= 0)
		fail("QEMU has ended");
	buf[len + n] = '\0';
	return len + n;
}

/* Waits for the guest's line "vmm: NAME...", and returns what stands behind NAME. */
char *wait_for(const char *name)
{
	static char line[4096];
	char *end, *text;

	for (;;) {
		while ((end = strchr(vm.line, '\n'))) {
			*end = '\0';
			snprintf(line, sizeof(line), "%s", vm.line);
			vm.len -= end + 1 - vm.line;
			memmove(vm.line, end + 1, vm.len + 1);
			text = strstr(line, "vmm: ");
			if (!text)
				continue;
			text += strlen("vmm: ");
			if (!strncmp(text, name, strlen(name)))
				return text + strlen(name);
			strcpy(vm.line, line);
			fail(name);
		}
		vm.len = more(vm.console, vm.line, vm.len, sizeof(vm.line));
		if (!vm.first_byte_ns)
			vm.first_byte_ns = now(CLOCK_MONOTONIC);
	}
}

void tell(const char *text)
{
	if (write(vm.console, text, strlen(text)) != (ssize_t)strlen(text))
		fail("write to the console");
}

const char *wait_for_prompt(void)
{
	static char answer[65536];
	size_t len = 0;

	do {
		len = more(vm.monitor, answer, len, sizeof(answer));
	} while (len < 7 || strcmp(answer + len - 7, "(qemu) "));
	return answer;
}

const char *monitor(const char *command)
{
	const char *answer;

	if (write(vm.monitor, command, strlen(command)) < 0 ||
	    write(vm.monitor, "\n", 1) < 0)
		fail(command);
	answer = wait_for_prompt();
	if (strstr(answer, "Error") || strstr(answer, "unknown command")) {
		fprintf(stderr, "%s\n", answer);
		fail(command);
	}
	return answer;
}

void quit(void)
{
	kill(vm.pid, SIGKILL);
	waitpid(vm.pid, NULL, 0);
}
