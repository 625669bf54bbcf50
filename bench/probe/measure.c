// SPDX-License-Identifier: GPL-2.0
/*
 * One row of the table: the runs, each in a VM of its own.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "probe.h"

/* Of Linux 5.14. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

const char * const before_names[NR_BEFORE][2] = {
	[NOTHING] = { "nothing", "nothing" },
	[PRE_FAULT] = { "pre_fault", "KVM_PRE_FAULT_MEMORY" },
	[MAP] = { "map", "KVM_MAP_MEMORY" },
	[MAP_WRITE] = { "map_write", "KVM_MAP_MEMORY, FLAG_WRITE" },
};

/* How many stage-2 faults the vCPU took, by its binary statistics. */
static __u64 faults_taken(struct vm *vm)
{
	struct kvm_stats_header head;
	struct kvm_stats_desc *desc;
	__u64 value = 0;
	size_t size;
	char *descs;
	__u32 i;
	int fd;

	fd = ioctl(vm->vcpu, KVM_GET_STATS_FD, 0);
	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head))
		err(1, "KVM_GET_STATS_FD");
	size = sizeof(*desc) + head.name_size;
	descs = malloc(size * head.num_desc);
	if (!descs || pread(fd, descs, size * head.num_desc, head.desc_offset) < 0)
		err(1, "KVM_GET_STATS_FD");

	for (i = 0; i < head.num_desc; i++) {
		desc = (void *)(descs + i * size);
		if (!strcmp(desc->name, "pf_taken"))
			break;
	}
	if (i == head.num_desc ||
	    pread(fd, &value, sizeof(value), head.data_offset + desc->offset) != sizeof(value))
		errx(1, "this kernel has no statistic pf_taken");
	free(descs);
	close(fd);

	return value;
}

static void map_memory(struct vm *vm, enum before before)
{
	struct kvm_pre_fault_memory range = { .gpa = DATA_GPA, .size = bytes };
	struct kvm_memory_mapping mapping = {
		.base_address = DATA_GPA,
		.size = bytes,
		.flags = before == MAP_WRITE ? KVM_MEMORY_MAPPING_FLAG_WRITE : 0,
	};
	int ret = 0;

	while (before == PRE_FAULT && range.size && !ret)
		ret = ioctl(vm->vcpu, KVM_PRE_FAULT_MEMORY, &range);
	while (before >= MAP && mapping.size && !ret)
		ret = ioctl(vm->vcpu, KVM_MAP_MEMORY, &mapping);

	if (ret)
		err(1, "%s", before_names[before][1]);
}

static void do_phase(struct vm *vm, const struct row *row, enum phase phase)
{
	switch (phase) {
	case PHASE_POPULATE:
		if (row->populated && madvise(vm->data, bytes, MADV_POPULATE_WRITE))
			err(1, "madvise(MADV_POPULATE_WRITE)");
		break;
	case PHASE_MAP:
		map_memory(vm, row->before);
		break;
	default:
		run_guest(vm, WRITE_LOOP, DATA_GPA, bytes / PAGE);
	}
}

static void check_data(struct vm *vm)
{
	__u64 i, nr_pages = bytes / PAGE, got;

	for (i = 0; i < nr_pages; i++) {
		got = *(__u64 *)(vm->data + i * PAGE);
		if (got != nr_pages - i)
			errx(1, "page %llu: wanted the word %llu, got %llu", i, nr_pages - i, got);
	}
}

static __u64 now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);

	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* Time and faults, or one counter. */
static void do_run(struct row *row, int metric, unsigned int run)
{
	int fd = metric >= CYCLES ? open_counter(metric) : -1;
	__u64 start, count, faults, value;
	enum phase phase;
	struct vm vm;

	create_vm(&vm, row->thp);
	run_guest(&vm, READ_LOOP, 0, vm.slot0_size / PAGE);

	faults = faults_taken(&vm);
	row->values[metric][PHASE_TOTAL][run] = 0;
	for (phase = PHASE_POPULATE; phase < PHASE_TOTAL; phase++) {
		count = read_counter(fd);
		start = now();
		do_phase(&vm, row, phase);
		value = now() - start;
		if (fd >= 0)
			value = read_counter(fd) - count;
		row->values[metric][phase][run] = value;
		row->values[metric][PHASE_TOTAL][run] += value;
	}
	if (metric == TIME)
		row->values[FAULTS][PHASE_WRITE][run] = faults_taken(&vm) - faults;

	check_data(&vm);
	destroy_vm(&vm);
	if (fd >= 0)
		close(fd);
}

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

void measure(struct row *row)
{
	int metric, phase;
	unsigned int run;

	for (metric = 0; metric < NR_METRICS; metric++)
		for (run = 0; run < runs && has_metric[metric] && metric != FAULTS; run++)
			do_run(row, metric, run);
	for (metric = 0; metric < NR_METRICS; metric++)
		for (phase = 0; phase < NR_PHASES; phase++)
			qsort(row->values[metric][phase], runs, sizeof(__u64), compare);
}
