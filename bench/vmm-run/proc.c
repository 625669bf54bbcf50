// SPDX-License-Identifier: GPL-2.0
/*
 * What can be read about QEMU and its guest while they run.
 */
#include <dirent.h>
#include <fcntl.h>

#include "vmm-run.h"

uint64_t now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		fail("clock_gettime");
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

uint64_t counter(const char *name)
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

uint64_t rss_mib(void)
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
uint64_t instructions(void)
{
	clockid_t clock;

	if (clock_getcpuclockid(vm.pid, &clock))
		fail("clock_getcpuclockid");
	return now(clock);
}

/* The descriptor of QEMU whose name is that. */
int fd_of(const char *name)
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

uint64_t address_of_ram(void)
{
	const char *is = strstr(monitor("gpa2hva 0"), " is 0x");

	if (!is)
		fail("gpa2hva");
	return strtoull(is + 4, NULL, 16);
}

int open_memory(pid_t pid, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, flags);
	if (fd < 0)
		fail(path);
	return fd;
}

/* A sum over all of the guest's memory, as a process sees it. */
uint64_t sum_of_ram(pid_t pid, uint64_t ram)
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
