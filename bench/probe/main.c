// SPDX-License-Identifier: GPL-2.0
/*
 * probe: what a guest's first write to each page of its memory costs on this computer.
 *
 * The same rows as make run: memory that is fresh or populated, of 4 KiB pages or THP;
 * before the guest runs, nothing, KVM_PRE_FAULT_MEMORY, KVM_MAP_MEMORY, the latter with
 * FLAG_WRITE.  Each run has a VM of its own, with one vCPU in long mode, whose code and
 * page tables are mapped before the clock starts.  What is missing here, i.e. KVM, one
 * of the ioctls, or performance counters, is named, and the rest is measured.
 *
 * Performance counters get runs of their own, one counter at a time, so that the kernel
 * never has to share the hardware out among them.
 *
 * Exit status: 0, 4 if something is missing, 1 on failure.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>

#include "probe.h"

#define MAX_BYTES	(256 * GIB)

__u64 bytes = 64 * MIB;
unsigned int runs = 5;
FILE *tsv;

static void usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: %s [-b MiB] [-n runs] [-o file] [-C]\n\n"
		" -b  memory of the guest, 2 to %llu MiB, even; it is allocated     (64)\n"
		" -n  runs of each measurement, 1 to %d                         (5)\n"
		" -o  write all figures, and what the computer is, to this file, as TSV\n"
		" -C  no performance counters\n",
		program_invocation_short_name, MAX_BYTES / MIB, MAX_RUNS);
	exit(status);
}

static __u64 number(const char *text, __u64 min, __u64 max)
{
	char *end;
	__u64 value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < min || value > max) {
		warnx("'%s' is no number from %llu to %llu", text, min, max);
		usage(1);
	}

	return value;
}

static void parse_options(int argc, char *argv[], bool *counters)
{
	int opt;

	while ((opt = getopt(argc, argv, "b:n:o:Ch")) != -1) {
		switch (opt) {
		case 'b':
			/* Whole huge pages. */
			bytes = (number(optarg, 2, MAX_BYTES / MIB) & ~1ull) * MIB;
			break;
		case 'n':
			runs = number(optarg, 1, MAX_RUNS);
			break;
		case 'o':
			tsv = fopen(optarg, "w");
			if (!tsv)
				err(1, "%s", optarg);
			break;
		case 'C':
			*counters = false;
			break;
		case 'h':
			usage(0);
			break;
		default:
			usage(1);
		}
	}
	if (optind < argc)
		usage(1);
}

/* The one processor on which it is now: a move would cost what is not measured. */
static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char *argv[])
{
	bool counters = true, thp;

	parse_options(argc, argv, &counters);
	pin();
	print_host();
	if (open_kvm()) {
		find_ioctls();
		thp = find_thp();
		if (counters)
			find_counters();
		fflush(stdout);
		measure_all(thp);
	}
	if (tsv && fclose(tsv))
		err(1, "the TSV file");
	if (*missing)
		printf("\nIncomplete, for want of %s: see above.\n", missing);

	return *missing ? 4 : 0;
}
