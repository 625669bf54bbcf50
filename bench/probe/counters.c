// SPDX-License-Identifier: GPL-2.0
/*
 * The performance counters: what each is called, and how it is read.
 */
#include <linux/perf_event.h>
#include <sys/syscall.h>

#include "probe.h"

#define DTLB_MISS(op) (PERF_COUNT_HW_CACHE_DTLB | (op) << 8 | \
		       PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

const struct metric metrics[NR_METRICS] = {
	[TIME] = { .name = "ns" },
	[FAULTS] = { .name = "stage2_faults" },
	[CYCLES] = { "cycles", "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, false },
	[HOST_CYCLES] = { "host_cycles", "in host", PERF_TYPE_HARDWARE,
			  PERF_COUNT_HW_CPU_CYCLES, true },
	[HOST_INSNS] = { "host_instructions", "insns", PERF_TYPE_HARDWARE,
			 PERF_COUNT_HW_INSTRUCTIONS, true },
	[CACHE_MISSES] = { "cache_misses", "cache", PERF_TYPE_HARDWARE,
			   PERF_COUNT_HW_CACHE_MISSES, false },
	[DTLB_LOADS] = { "dtlb_load_misses", "dTLB ld", PERF_TYPE_HW_CACHE,
			 DTLB_MISS(PERF_COUNT_HW_CACHE_OP_READ), false },
	[DTLB_STORES] = { "dtlb_store_misses", "dTLB st", PERF_TYPE_HW_CACHE,
			  DTLB_MISS(PERF_COUNT_HW_CACHE_OP_WRITE), false },
};

int open_counter(int metric)
{
	struct perf_event_attr attr = {
		.type = metrics[metric].type,
		.size = sizeof(attr),
		.config = metrics[metric].config,
		.exclude_guest = metrics[metric].exclude_guest,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

__u64 read_counter(int fd)
{
	/* The value, the time that it was enabled, and the time that it counted. */
	__u64 counter[3];

	if (fd < 0)
		return 0;
	if (read(fd, counter, sizeof(counter)) != sizeof(counter))
		err(1, "performance counter");
	if (counter[1] != counter[2])
		errx(1, "something else uses the performance counters: stop it, or give -C");

	return counter[0];
}
