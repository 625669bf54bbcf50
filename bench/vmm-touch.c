// SPDX-License-Identifier: GPL-2.0
/*
 * Runs as the first process of the guest that bench/vmm.sh measures.
 *
 * usage: vmm-touch touch|hotplug MIB
 *
 * touch writes to all of MIB of memory, and waits for a line; then it reads and writes
 * one word of each page, which is timed.  hotplug waits until the kernel has
 * added the DIMM, and the memory, which the kernel takes from there, is fresh.
 * At a second line, all words are checked.  What it says on the console begins
 * with "vmm: ", see vmm-run/main.c.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE_WORDS	512
/* Where q35 puts the first DIMM, and what the kernel calls that. */
#define DIMM_PFN	0x100000
#define DIMM_STATE	"/sys/devices/system/memory/memory32/state"
#define HOTPLUG		"/sys/firmware/acpi/hotplug/memory"

static uint64_t *memory;
static size_t nr_pages;
static bool fresh;

static __attribute__((noreturn)) void say_and_stop(const char *what)
{
	printf("vmm: %s\n", what);
	for (;;)
		pause();
}

static void wait_for_line(void)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin))
		say_and_stop("bad: no console");
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* No two words have the same value, nor has one before and after it is touched. */
static uint64_t value(size_t word, bool touched)
{
	return fresh && !touched ? 0 : (2 * word + touched + 1) * 0x9e3779b97f4a7c15;
}

static void fill(void)
{
	size_t i;

	for (i = 0; i < nr_pages * PAGE_WORDS; i++)
		memory[i] = value(i, false);
}

static size_t touch(void)
{
	size_t i, bad = 0;

	for (i = 0; i < nr_pages * PAGE_WORDS; i += PAGE_WORDS) {
		bad += memory[i] != value(i, false);
		memory[i] = value(i, true);
	}
	return bad;
}

static size_t check(void)
{
	size_t i, bad = 0;

	for (i = 0; i < nr_pages * PAGE_WORDS; i++)
		bad += memory[i] != value(i, i % PAGE_WORDS == 0);
	return bad;
}

static void wait_for_dimm(void)
{
	char state[16];
	ssize_t n;
	int fd;

	if (access(HOTPLUG, F_OK))
		say_and_stop("bad: the kernel lacks CONFIG_ACPI_HOTPLUG_MEMORY");
	puts("vmm: waiting");
	for (;; usleep(1000)) {
		fd = open(DIMM_STATE, O_RDONLY);
		if (fd < 0)
			continue;
		n = read(fd, state, sizeof(state));
		close(fd);
		if (n >= 6 && !memcmp(state, "online", 6))
			return;
	}
}

static size_t pages_in_dimm(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	size_t i, n = 0;
	uint64_t entry;

	for (i = 0; i < nr_pages; i++)
		if (pread(fd, &entry, 8, ((uintptr_t)memory / 4096 + i) * 8) == 8)
			n += (entry & ((1ull << 55) - 1)) >= DIMM_PFN;
	close(fd);
	return n;
}

int main(int argc, char **argv)
{
	uint64_t start, end;
	size_t bad;

	setvbuf(stdout, NULL, _IOLBF, 4096);
	fresh = argc > 1 && !strcmp(argv[1], "hotplug");
	nr_pages = argc > 2 ? strtoul(argv[2], NULL, 10) * 256 : 0;
	if (!nr_pages)
		say_and_stop("bad: no memory to touch");
	if (fresh)
		wait_for_dimm();
	memory = mmap(NULL, nr_pages * 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		say_and_stop("bad: no memory");
	if (!fresh) {
		fill();
		puts("vmm: filled");
	}
	wait_for_line();
	puts("vmm: go");
	start = now();
	bad = touch();
	end = now();
	printf("vmm: touched %lu\n", end - start);
	wait_for_line();

	bad += check();
	if (bad)
		printf("vmm: bad: %zu words are wrong\n", bad);
	if (fresh && pages_in_dimm() < nr_pages / 10 * 9)
		say_and_stop("bad: the memory is not the DIMM's");
	say_and_stop(bad ? "bad" : "good");
}
