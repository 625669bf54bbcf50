// SPDX-License-Identifier: GPL-2.0
/*
 * Runs one VM by QEMU, inside the emulated host, and measures one workload in it.
 *
 * usage: vmm-run WORKLOAD CHOICE STATE QEMU ARGUMENT...
 *
 * Prints a line "VMM WORKLOAD CHOICE FAULTS GUEST_US HOST_INSTRUCTIONS START_US
 * RSS_MIB", tab separated; bench/vmm.sh says what these are.  The workload save only
 * writes the file STATE, which QEMU is given as -incoming for the workload restore.
 *
 * CHOICE says what is done beside what QEMU does by its arguments, and may be several
 * words joined by "+": pre_fault is KVM_PRE_FAULT_MEMORY of the memory in question,
 * no_zap disables KVM_X86_QUIRK_SLOT_ZAP_ALL before that, and in the workload fork,
 * prealloc, resident and write are done here, too.  KVM takes an ioctl from no other
 * process than the VMM itself, so QEMU is stopped and made to call it (ptrace).
 *
 * The guest and this program talk in lines, on the guest's console.  This program
 * has the priority of real time: QEMU and the guest stand still while it looks.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#define MIB		(1ull << 20)
#define RAM		(512 * MIB)
#define DIMM		(128 * MIB)
#define DIMM_GPA	(4096 * MIB)
#define WORKING_SET	"128"
/* Of the emulated clock, which jumps when there is nothing to do. */
#define PATIENCE_MS	300000
#define LOG		"/tmp/vmm-run.log"

static struct vm {
	pid_t pid;
	int console, monitor;
	uint64_t exec_ns, first_byte_ns;
	char line[4096];
	size_t len;
} vm;

static __attribute__((noreturn)) void fail(const char *what)
{
	fprintf(stderr, "vmm-run: %s (%s)\n", what, errno ? strerror(errno) : "-");
	fprintf(stderr, "console: %s\n", vm.line);
	if (vm.pid > 0)
		kill(vm.pid, SIGKILL);
	if (system("tail -n 20 " LOG " >&2"))
		fprintf(stderr, "there is no output of QEMU\n");
	exit(1);
}

static uint64_t now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		fail("clock_gettime");
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ---- QEMU ---- */

static void start(char **argv, int argc)
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
static char *wait_for(const char *name)
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

static void tell(const char *text)
{
	if (write(vm.console, text, strlen(text)) != (ssize_t)strlen(text))
		fail("write to the console");
}

static const char *wait_for_prompt(void)
{
	static char answer[65536];
	size_t len = 0;

	do {
		len = more(vm.monitor, answer, len, sizeof(answer));
	} while (len < 7 || strcmp(answer + len - 7, "(qemu) "));
	return answer;
}

static const char *monitor(const char *command)
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

static void quit(void)
{
	kill(vm.pid, SIGKILL);
	waitpid(vm.pid, NULL, 0);
}

/* ---- What can be read about it ---- */

static uint64_t counter(const char *name)
{
	char path[128];
	uint64_t value;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%s", name);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%lu", &value) != 1)
		fail(path);
	fclose(f);
	return value;
}

static uint64_t rss_mib(void)
{
	char path[64], line[256];
	uint64_t kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", vm.pid);
	f = fopen(path, "r");
	if (!f)
		fail(path);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %lu kB", &kib) == 1)
			break;
	fclose(f);
	return kib / 1024;
}

/* What all of QEMU's threads, and the guest in them, have executed. */
static uint64_t instructions(void)
{
	clockid_t clock;

	if (clock_getcpuclockid(vm.pid, &clock))
		fail("clock_getcpuclockid");
	return now(clock);
}

/* The descriptor of QEMU whose name is that. */
static int fd_of(const char *name)
{
	char path[64], link[320], target[128];
	struct dirent *entry;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", vm.pid);
	dir = opendir(path);
	if (!dir)
		fail(path);
	while ((entry = readdir(dir))) {
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		n = readlink(link, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		if (strcmp(target, name))
			continue;
		n = atoi(entry->d_name);
		closedir(dir);
		return n;
	}
	errno = 0;
	fail(name);
}

static uint64_t address_of_ram(void)
{
	const char *is = strstr(monitor("gpa2hva 0"), " is 0x");

	if (!is)
		fail("gpa2hva");
	return strtoull(is + 4, NULL, 16);
}

static int open_memory(pid_t pid, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, flags);
	if (fd < 0)
		fail(path);
	return fd;
}

/* ---- System calls in the name of QEMU ---- */

static void wait_for_stop(pid_t pid, int *status)
{
	if (waitpid(pid, status, __WALL) != pid || !WIFSTOPPED(*status))
		fail("waiting for QEMU to stop");
}

/*
 * Makes QEMU's main thread execute a system call.  It waits in one, so that the
 * instruction before its next one is what is needed.  A process that it forks is
 * stopped, stays so, and is stored in child.
 */
static long call(pid_t *child, long nr, uint64_t a, uint64_t b, uint64_t c)
{
	struct user_regs_struct saved, regs;
	unsigned long message;
	int status;

	if (ptrace(PTRACE_ATTACH, vm.pid, 0, 0))
		fail("PTRACE_ATTACH");
	wait_for_stop(vm.pid, &status);
	if (ptrace(PTRACE_SETOPTIONS, vm.pid, 0, PTRACE_O_TRACEFORK) ||
	    ptrace(PTRACE_GETREGS, vm.pid, 0, &saved))
		fail("PTRACE_GETREGS");
	if ((ptrace(PTRACE_PEEKTEXT, vm.pid, saved.rip - 2, 0) & 0xffff) != 0x050f)
		fail("QEMU's main thread is not in a system call");

	regs = saved;
	regs.rip -= 2;
	regs.rax = nr;
	regs.orig_rax = -1;
	regs.rdi = a;
	regs.rsi = b;
	regs.rdx = c;
	regs.r10 = regs.r8 = regs.r9 = 0;
	if (ptrace(PTRACE_SETREGS, vm.pid, 0, &regs))
		fail("PTRACE_SETREGS");
	do {
		if (ptrace(PTRACE_SINGLESTEP, vm.pid, 0, 0))
			fail("PTRACE_SINGLESTEP");
		wait_for_stop(vm.pid, &status);
		if (status >> 16 == PTRACE_EVENT_FORK) {
			if (ptrace(PTRACE_GETEVENTMSG, vm.pid, 0, &message))
				fail("PTRACE_GETEVENTMSG");
			*child = message;
		}
	} while (status >> 16);

	if (ptrace(PTRACE_GETREGS, vm.pid, 0, &regs) ||
	    ptrace(PTRACE_SETREGS, vm.pid, 0, &saved) ||
	    ptrace(PTRACE_DETACH, vm.pid, 0, 0))
		fail("PTRACE_DETACH");
	return regs.rax;
}

/* The stack of the main thread, below what it uses. */
static uint64_t scratch(void)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_ATTACH, vm.pid, 0, 0))
		fail("PTRACE_ATTACH");
	wait_for_stop(vm.pid, &status);
	if (ptrace(PTRACE_GETREGS, vm.pid, 0, &regs) ||
	    ptrace(PTRACE_DETACH, vm.pid, 0, 0))
		fail("PTRACE_GETREGS");
	return (regs.rsp - 4096) & ~63ull;
}

/* An ioctl whose argument is copied there and back. */
static long call_ioctl(int fd, unsigned long nr, void *argument, size_t size)
{
	uint64_t at = scratch();
	int memory = open_memory(vm.pid, O_RDWR);
	long ret;

	if (pwrite(memory, argument, size, at) != (ssize_t)size)
		fail("write to QEMU's stack");
	ret = call(NULL, SYS_ioctl, fd, nr, at);
	if (pread(memory, argument, size, at) != (ssize_t)size)
		fail("read from QEMU's stack");
	close(memory);
	return ret;
}

static void pre_fault(uint64_t gpa, uint64_t size)
{
	struct kvm_pre_fault_memory range = { .gpa = gpa, .size = size };
	int vcpu = fd_of("anon_inode:kvm-vcpu:0");
	long ret;

	do {
		ret = call_ioctl(vcpu, KVM_PRE_FAULT_MEMORY, &range, sizeof(range));
	} while (range.size && (!ret || ret == -EINTR || ret == -EAGAIN));
	errno = -ret;
	if (ret)
		fail("KVM_PRE_FAULT_MEMORY");
}

static void map(uint64_t gpa, uint64_t size, uint64_t flags)
{
	struct kvm_memory_mapping range = {
		.base_address = gpa,
		.size = size,
		.flags = flags,
	};
	int fd = fd_of("anon_inode:kvm-vm");
	long ret;

	do {
		ret = call_ioctl(fd, KVM_MAP_MEMORY, &range, sizeof(range));
	} while (range.size && (!ret || ret == -EINTR || ret == -EAGAIN));
	errno = -ret;
	if (ret)
		fail("KVM_MAP_MEMORY");
}

static void disable_zap_all(void)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_DISABLE_QUIRKS2,
		.args = { KVM_X86_QUIRK_SLOT_ZAP_ALL },
	};
	long ret = call_ioctl(fd_of("anon_inode:kvm-vm"), KVM_ENABLE_CAP, &cap, sizeof(cap));

	errno = -ret;
	if (ret)
		fail("KVM_CAP_DISABLE_QUIRKS2");
}

/* ---- Workloads ---- */

static struct result {
	uint64_t faults, guest_ns, instructions, start_ns, rss_mib;
} result;

/* What is counted begins with exec(), or here. */
static void begin(void)
{
	result.faults = counter("pf_taken");
	result.instructions = instructions();
}

static void end(uint64_t guest_ns)
{
	result.faults = counter("pf_taken") - result.faults;
	result.instructions = instructions() - result.instructions;
	result.guest_ns = guest_ns;
	result.rss_mib = rss_mib();
}

static void started(uint64_t at_ns)
{
	result.start_ns = at_ns - vm.exec_ns;
}

static bool has(const char *choice, const char *part)
{
	return strstr(choice, part);
}

/* What is done here before the guest goes on, from the second MiB on. */
static void prepare(const char *choice, uint64_t gpa, uint64_t size)
{
	if (has(choice, "no_zap"))
		disable_zap_all();
	if (has(choice, "pre_fault"))
		pre_fault(gpa, size);
}

static void boot(const char *choice)
{
	wait_for_prompt();
	if (has(choice, "pre_fault")) {
		/* QEMU was started with -S. */
		prepare(choice, MIB, RAM - MIB);
		monitor("cont");
	}
	wait_for("init");
	started(vm.first_byte_ns);
}

/* The guest has written to all of its working set, and waits. */
static void boot_and_fill(void)
{
	boot("");
	tell("touch " WORKING_SET "\n");
	wait_for("filled");
}

/* The guest was told to go on, and reads and writes a word of each page. */
static void touch(void)
{
	wait_for("go");
	if (!result.start_ns)
		started(now(CLOCK_MONOTONIC));
	end(strtoull(wait_for("touched "), NULL, 10));
}

/* Only now, as this touches everything once more. */
static void check(void)
{
	tell("check\n");
	wait_for("good");
}

static void save(const char *state)
{
	char command[128];

	boot_and_fill();
	monitor("stop");
	monitor("migrate_set_parameter max-bandwidth 1000000M");
	snprintf(command, sizeof(command), "migrate file:%s", state);
	monitor(command);
	if (!has(monitor("info migrate"), "completed"))
		fail("the state was not saved");
}

static void restore(const char *choice)
{
	/* Loading the state overwrites what was said to the serial port before. */
	wait_for_prompt();
	while (has(monitor("info status"), "inmigrate"))
		usleep(1000);
	prepare(choice, MIB, RAM - MIB);
	tell("go\n");
	monitor("cont");
	touch();
	check();
}

static void hotplug(const char *choice)
{
	char command[128];

	boot("");
	tell("hotplug 120\n");
	wait_for("waiting");
	begin();
	snprintf(command, sizeof(command),
		 "object_add memory-backend-ram,id=dimm,size=128M,prealloc=%s",
		 has(choice, "prealloc") ? "on" : "off");
	monitor(command);
	monitor("device_add pc-dimm,id=dimm0,memdev=dimm");
	if (has(choice, "pre_fault")) {
		monitor("stop");
		prepare(choice, DIMM_GPA, DIMM);
		monitor("cont");
	}
	tell("go\n");
	touch();
	check();
}

/* A sum over all of the guest's memory, as a process sees it. */
static uint64_t sum_of_ram(pid_t pid, uint64_t ram)
{
	static uint64_t words[32768];
	int memory = open_memory(pid, O_RDONLY);
	uint64_t sum = 0, at;
	size_t i;

	for (at = 0; at < RAM; at += sizeof(words)) {
		if (pread(memory, words, sizeof(words), ram + at) != sizeof(words))
			fail("read of the guest's memory");
		for (i = 0; i < sizeof(words) / 8; i++)
			sum = sum * 31 + words[i];
	}
	close(memory);
	return sum;
}

static void call_madvise(uint64_t ram, int advice)
{
	long ret = call(NULL, SYS_madvise, ram, RAM, advice);

	errno = -ret;
	if (ret)
		fail("madvise");
}

static void fork_and_touch(const char *choice)
{
	uint64_t ram, sum;
	pid_t child = 0;

	boot_and_fill();
	monitor("stop");
	ram = address_of_ram();
	/* QEMU keeps its guest's memory from processes that it forks. */
	call_madvise(ram, MADV_DOFORK);
	begin();
	call(&child, SYS_fork, 0, 0, 0);
	if (!child)
		fail("QEMU did not fork");
	sum = sum_of_ram(child, ram);

	if (has(choice, "prealloc"))
		call_madvise(ram, MADV_POPULATE_WRITE);
	prepare(choice, MIB, RAM - MIB);
	if (has(choice, "resident"))
		map(MIB, RAM - MIB, KVM_MEMORY_MAPPING_FLAG_RESIDENT);
	if (has(choice, "write"))
		map(MIB, RAM - MIB, KVM_MEMORY_MAPPING_FLAG_WRITE);
	tell("go\n");
	monitor("cont");
	touch();
	check();

	errno = 0;
	if (sum_of_ram(child, ram) != sum)
		fail("what the guest wrote is in the memory of the child");
	if (sum_of_ram(vm.pid, ram) == sum)
		fail("what the guest wrote is not in its memory");
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
}

int main(int argc, char **argv)
{
	const char *workload, *choice;

	if (argc < 5)
		errx(2, "usage: vmm-run WORKLOAD CHOICE STATE QEMU ARGUMENT...");
	workload = argv[1];
	choice = argv[2];
	start(argv + 4, argc - 4);

	if (!strcmp(workload, "save")) {
		save(argv[3]);
		quit();
		return 0;
	}
	if (!strncmp(workload, "boot", 4)) {
		boot(choice);
		end(now(CLOCK_MONOTONIC) - vm.first_byte_ns);
	} else if (!strcmp(workload, "restore")) {
		restore(choice);
	} else if (!strcmp(workload, "hotplug")) {
		hotplug(choice);
	} else if (!strcmp(workload, "fork")) {
		fork_and_touch(choice);
	} else {
		fail("unknown workload");
	}
	printf("VMM\t%s\t%s\t%lu\t%lu\t%lu\t%lu\t%lu\n", workload, choice, result.faults,
	       (result.guest_ns + 500) / 1000, result.instructions,
	       (result.start_ns + 500) / 1000, result.rss_mib);
	quit();
	return 0;
}
