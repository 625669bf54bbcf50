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
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "../include/kvm_map_memory.h"

/* Of Linux 6.11 and 5.14; headers of Debian 12 lack the former. */
#ifndef KVM_PRE_FAULT_MEMORY
#define KVM_CAP_PRE_FAULT_MEMORY 236
struct kvm_pre_fault_memory {
	__u64 gpa;
	__u64 size;
	__u64 flags;
	__u64 padding[5];
};
#define KVM_PRE_FAULT_MEMORY _IOWR(KVMIO, 0xd5, struct kvm_pre_fault_memory)
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define MAX_RUNS	101
#define PAGE		4096ull
#define MIB		(1ull << 20)
#define GIB		(1ull << 30)
#define MAX_BYTES	(256 * GIB)
#define DATA_GPA	GIB

/* Pages of memslot 0: code, three levels of page tables, one table per GiB of data. */
enum { CODE_PAGE, PML4_PAGE, PDPT_PAGE, PD_PAGE, DATA_PD_PAGE };

enum before { NOTHING, PRE_FAULT, MAP, MAP_WRITE, NR_BEFORE };

static const char * const before_names[NR_BEFORE][2] = {
	[NOTHING] = { "nothing", "nothing" },
	[PRE_FAULT] = { "pre_fault", "KVM_PRE_FAULT_MEMORY" },
	[MAP] = { "map", "KVM_MAP_MEMORY" },
	[MAP_WRITE] = { "map_write", "KVM_MAP_MEMORY, FLAG_WRITE" },
};

enum phase { PHASE_POPULATE, PHASE_MAP, PHASE_WRITE, PHASE_TOTAL, NR_PHASES };

static const char * const phase_names[NR_PHASES] = { "populate", "map", "write", "total" };

/* What is measured: time and faults in each run, a counter in runs of its own. */
enum {
	TIME, FAULTS, CYCLES, HOST_CYCLES, HOST_INSNS, CACHE_MISSES, DTLB_LOADS, DTLB_STORES,
	NR_METRICS,
};

#define DTLB_MISS(op) (PERF_COUNT_HW_CACHE_DTLB | (op) << 8 | \
		       PERF_COUNT_HW_CACHE_RESULT_MISS << 16)

static const struct {
	const char *name;
	const char *title;
	__u32 type;
	__u64 config;
	bool exclude_guest;
} metrics[NR_METRICS] = {
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

static __u64 bytes = 64 * MIB;
static unsigned int runs = 5;
static FILE *tsv;
static int kvm;
/* There, and not missing, as found out at the start. */
static bool has_ioctl[NR_BEFORE] = { [NOTHING] = true };
static bool has_metric[NR_METRICS] = { [TIME] = true, [FAULTS] = true };

struct vm {
	int fd;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	char *slot0;
	size_t slot0_size;
	char *data;
};

/* A row of the table: the memory, and the values of all runs. */
struct row {
	bool thp;
	bool populated;
	enum before before;
	__u64 values[NR_METRICS][NR_PHASES][MAX_RUNS];
};

/* ---- what this computer is ---- */

/* The first line of a file, without its end; false if there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "r");
	bool ok;

	if (!file)
		return false;
	ok = fgets(line, size, file);
	fclose(file);
	if (ok)
		line[strcspn(line, "\n")] = 0;

	return ok;
}

static void print_fact(const char *name, const char *value)
{
	printf("%-18s %s\n", name, value);
	if (tsv)
		fprintf(tsv, "# %s\t%s\n", name, value);
}

static void print_file(const char *name, const char *path)
{
	char line[256];

	if (read_line(path, line, sizeof(line)))
		print_fact(name, line);
}

/* The line of the first processor in /proc/cpuinfo that begins with a name. */
static bool cpuinfo(const char *name, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192], *colon;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		colon = strchr(line, ':');
		found = colon && !strncmp(line, name, strlen(name)) &&
			strchr("\t:", line[strlen(name)]);
		if (found) {
			line[strcspn(line, "\n")] = 0;
			snprintf(value, size, "%.*s", (int)size - 1, colon + 1 + (colon[1] == ' '));
		}
	}
	if (file)
		fclose(file);

	return found;
}

static bool cpu_has(const char *flag)
{
	char flags[8192], *word;

	if (!cpuinfo("flags", flags, sizeof(flags)))
		return false;
	for (word = strtok(flags, " "); word; word = strtok(NULL, " "))
		if (!strcmp(word, flag))
			return true;

	return false;
}

static void print_cpu(void)
{
	static const char * const names[] = {
		"model name", "cpu family", "model", "stepping", "microcode",
	};
	char value[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (cpuinfo(names[i], value, sizeof(value)))
			print_fact(names[i], value);

	snprintf(value, sizeof(value), "%ld%s", sysconf(_SC_NPROCESSORS_ONLN),
		 cpu_has("hypervisor") ? ", of a virtual machine" : "");
	print_fact("processors", value);
}

/* Of what the CPU is affected by. */
static void print_mitigations(void)
{
	const char *dir = "/sys/devices/system/cpu/vulnerabilities";
	char path[512], line[256];
	struct dirent **entries;
	int i, nr;

	nr = scandir(dir, &entries, NULL, alphasort);
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (read_line(path, line, sizeof(line)) && strcmp(line, "Not affected"))
			print_fact(entries[i]->d_name, line);
	}
}

static void print_host(void)
{
	struct utsname name;
	char kernel[256];

	print_cpu();
	if (!uname(&name)) {
		snprintf(kernel, sizeof(kernel), "%s %s", name.release, name.version);
		print_fact("kernel", kernel);
	}
	print_file("kvm.tdp_mmu", "/sys/module/kvm/parameters/tdp_mmu");
	print_file("kvm.nx_huge_pages", "/sys/module/kvm/parameters/nx_huge_pages");
	print_file("kvm_intel.ept", "/sys/module/kvm_intel/parameters/ept");
	print_file("kvm_intel.eptad", "/sys/module/kvm_intel/parameters/eptad");
	print_file("kvm_amd.npt", "/sys/module/kvm_amd/parameters/npt");
	print_file("THP", "/sys/kernel/mm/transparent_hugepage/enabled");
	print_file("governor", "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
	print_mitigations();
}

/* ---- performance counters ---- */

static int open_counter(int metric)
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

static __u64 read_counter(int fd)
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

/* ---- the VM ---- */

static char *allocate(size_t size, bool thp)
{
	char *mem, *aligned;

	mem = mmap(NULL, size + 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	if (mem == MAP_FAILED)
		err(1, "%zu bytes of memory", size);

	aligned = (char *)(((unsigned long)mem + 2 * MIB - 1) & ~(2 * MIB - 1));
	if (aligned > mem)
		munmap(mem, aligned - mem);
	munmap(aligned + size, mem + 2 * MIB - aligned);
	if (madvise(aligned, size, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && thp)
		err(1, "madvise(MADV_HUGEPAGE)");

	return aligned;
}

static void add_memslot(struct vm *vm, __u32 slot, __u64 gpa, char *mem, __u64 size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (unsigned long)mem,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
}

/*
 * Both loops go through %rcx pages from %rdi on and halt.  The first writes a word to
 * each, how many there are to go; the second reads one.
 */
static const unsigned char code[] = {
	0x48, 0x89, 0x0f,				/* 1: mov %rcx, (%rdi) */
	0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00,	/*    add $4096, %rdi */
	0x48, 0xff, 0xc9,				/*    dec %rcx */
	0x75, 0xf1,					/*    jnz 1b */
	0xf4,						/*    hlt */
#define READ_LOOP 16
	0x48, 0x8b, 0x07,				/* 1: mov (%rdi), %rax */
	0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00,
	0x48, 0xff, 0xc9,
	0x75, 0xf1,
	0xf4,
};

/*
 * An identity mapping by pages of 2 MiB, which are accessed and dirty already, as those
 * of a kernel's memory are.
 */
static void write_slot0(struct vm *vm)
{
	__u64 *pages = (__u64 *)vm->slot0, gib, i;
	const __u64 table = 0x23, large_page = 0xe3;

	memset(vm->slot0, 0, vm->slot0_size);
	memcpy(vm->slot0, code, sizeof(code));
	pages[PML4_PAGE * 512] = PDPT_PAGE * PAGE | table;
	pages[PDPT_PAGE * 512] = PD_PAGE * PAGE | table;
	pages[PD_PAGE * 512] = large_page;
	for (gib = 0; gib < (bytes + GIB - 1) / GIB; gib++) {
		pages[PDPT_PAGE * 512 + 1 + gib] = (DATA_PD_PAGE + gib) * PAGE | table;
		for (i = 0; i < 512; i++)
			pages[(DATA_PD_PAGE + gib) * 512 + i] =
				(DATA_GPA + gib * GIB + i * 2 * MIB) | large_page;
	}
}

static void set_cpuid(struct vm *vm)
{
	const unsigned int nr = 256;
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + nr * sizeof(cpuid->entries[0]));

	if (!cpuid)
		err(1, "CPUID");
	cpuid->nent = nr;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) || ioctl(vm->vcpu, KVM_SET_CPUID2, cpuid))
		err(1, "KVM_SET_CPUID2");
	free(cpuid);
}

static void set_long_mode(struct vm *vm)
{
	const struct kvm_segment code_segment = {
		.limit = ~0u, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
	};
	const struct kvm_segment data_segment = {
		.limit = ~0u, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_sregs sregs;

	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs))
		err(1, "KVM_GET_SREGS");
	sregs.cr0 = 0x80000031;		/* PG, NE, ET, PE */
	sregs.cr3 = PML4_PAGE * PAGE;
	sregs.cr4 = 0x20;		/* PAE */
	sregs.efer = 0x500;		/* LMA, LME */
	sregs.cs = code_segment;
	sregs.ds = data_segment;
	sregs.es = data_segment;
	sregs.ss = data_segment;
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs))
		err(1, "KVM_SET_SREGS");
}

static void run_guest(struct vm *vm, __u64 rip, __u64 gpa, __u64 nr_pages)
{
	struct kvm_regs regs = { .rip = rip, .rdi = gpa, .rcx = nr_pages, .rflags = 2 };

	if (ioctl(vm->vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
	if (ioctl(vm->vcpu, KVM_RUN, 0))
		err(1, "KVM_RUN");
	if (vm->run->exit_reason != KVM_EXIT_HLT)
		errx(1, "the guest ended with exit reason %u", vm->run->exit_reason);
}

static void create_vm(struct vm *vm, bool thp)
{
	/* Without a PMU, the guest leaves the counters to the host. */
	struct kvm_enable_cap no_pmu = {
		.cap = KVM_CAP_PMU_CAPABILITY,
		.args = { KVM_PMU_CAP_DISABLE },
	};
	int run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		err(1, "KVM_CREATE_VM");
	ioctl(vm->fd, KVM_ENABLE_CAP, &no_pmu);
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0 || run_size < 0)
		err(1, "KVM_CREATE_VCPU");
	vm->run_size = run_size;
	vm->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		err(1, "struct kvm_run");

	set_cpuid(vm);
	vm->slot0_size = (DATA_PD_PAGE + (bytes + GIB - 1) / GIB) * PAGE;
	vm->slot0 = allocate(vm->slot0_size, false);
	write_slot0(vm);
	vm->data = allocate(bytes, thp);
	add_memslot(vm, 0, 0, vm->slot0, vm->slot0_size);
	add_memslot(vm, 1, DATA_GPA, vm->data, bytes);
	set_long_mode(vm);
}

static void destroy_vm(struct vm *vm)
{
	munmap(vm->run, vm->run_size);
	close(vm->vcpu);
	close(vm->fd);
	munmap(vm->slot0, vm->slot0_size);
	munmap(vm->data, bytes);
}

/* ---- one run ---- */

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
		run_guest(vm, 0, DATA_GPA, bytes / PAGE);
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

/* ---- the table ---- */

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static double per_page(const struct row *row, int metric, enum phase phase)
{
	return (double)row->values[metric][phase][runs / 2] / (bytes / PAGE);
}

static void print_memory(const struct row *row)
{
	printf("%-10s%-4s %-26s", row->populated ? "populated" : "fresh", row->thp ? "THP" : "",
	       before_names[row->before][1]);
}

static void print_times(const struct row *row)
{
	print_memory(row);
	printf(" %8.1f %8.1f %8.1f %8.1f %9llu\n", per_page(row, TIME, PHASE_POPULATE),
	       per_page(row, TIME, PHASE_MAP), per_page(row, TIME, PHASE_WRITE),
	       per_page(row, TIME, PHASE_TOTAL), row->values[FAULTS][PHASE_WRITE][runs / 2]);
}

static void print_counters(const struct row *row)
{
	int metric;

	print_memory(row);
	for (metric = CYCLES; metric < NR_METRICS; metric++)
		if (has_metric[metric])
			printf(" %8.*f", metric > HOST_INSNS ? 2 : 0,
			       per_page(row, metric, PHASE_TOTAL));
		else
			printf(" %8s", "-");
	printf("\n");
}

static void print_tsv(const struct row *row)
{
	const __u64 *values;
	int metric, phase;

	for (metric = 0; metric < NR_METRICS; metric++)
		for (phase = 0; phase < NR_PHASES && has_metric[metric]; phase++) {
			if (metric == FAULTS && phase != PHASE_WRITE)
				continue;
			values = row->values[metric][phase];
			fprintf(tsv, "%s\t%s\t%s\t%s\t%s\t%llu\t%llu\t%llu\t%llu\n",
				row->populated ? "populated" : "fresh", row->thp ? "thp" : "4k",
				before_names[row->before][0], phase_names[phase],
				metrics[metric].name, bytes / PAGE, values[runs / 2],
				values[0], values[runs - 1]);
		}
	fflush(tsv);
}

static void measure(struct row *row)
{
	int metric, phase;
	unsigned int run;

	for (metric = 0; metric < NR_METRICS; metric++)
		for (run = 0; run < runs && has_metric[metric] && metric != FAULTS; run++)
			do_run(row, metric, run);
	for (metric = 0; metric < NR_METRICS; metric++)
		for (phase = 0; phase < NR_PHASES; phase++)
			qsort(row->values[metric][phase], runs, sizeof(__u64), compare);
	if (tsv)
		print_tsv(row);
}

/* All rows are kept, as the table of the counters comes after that of times. */
static struct row rows[4 * NR_BEFORE];

static void print_table(void (*print_row)(const struct row *row), int nr_rows)
{
	int i;

	for (i = 0; i < nr_rows; i++) {
		if (rows[i].before == NOTHING)
			printf("\n");
		print_row(&rows[i]);
	}
}

static void measure_all(bool thp)
{
	int memory, before, metric, nr = 0;

	if (tsv)
		fprintf(tsv, "memory\tpage\tbefore\tphase\twhat\tpages\tmedian\tmin\tmax\n");
	for (memory = 0; memory < (thp ? 4 : 2); memory++)
		for (before = 0; before < NR_BEFORE; before++) {
			if (!has_ioctl[before])
				continue;
			rows[nr] = (struct row){ memory & 2, memory & 1, before, { { { 0 } } } };
			measure(&rows[nr++]);
		}

	printf("\nns per page of 4 KiB, median of %u runs; stage-2 faults of the first writes to\n"
	       "%llu pages\n\n", runs, bytes / PAGE);
	printf("%-14s %-26s %8s %8s %8s %8s %9s\n", "memory", "before the guest runs", "populate",
	       "map", "write", "total", "faults");
	print_table(print_times, nr);
	if (!has_metric[CYCLES])
		return;

	printf("\nPer page, all of it together: cycles, those in the host, the host's instructions,\n"
	       "misses of the last cache, and of the data TLB by loads and stores\n\n%-41s", "");
	for (metric = CYCLES; metric < NR_METRICS; metric++)
		printf(" %8s", metrics[metric].title);
	printf("\n");
	print_table(print_counters, nr);
}

/* ---- what is missing ---- */

static char missing[256];

/* Now, and all of it once more at the end. */
static void say_missing(const char *what, const char *advice)
{
	printf("\nmissing: %s\n%s\n", what, advice);
	if (tsv)
		fprintf(tsv, "# missing\t%s\n", what);
	snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), "%s%s",
		 *missing ? ", " : "", what);
}

static bool open_kvm(void)
{
	const char *tdp = cpu_has("svm") ? "/sys/module/kvm_amd/parameters/npt" :
					   "/sys/module/kvm_intel/parameters/ept";
	char value[16] = "";

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0 && errno == ENOENT)
		say_missing("/dev/kvm",
			    "Load kvm_intel or kvm_amd. If that fails, virtualisation is off in the\n"
			    "firmware, or this is a virtual machine that cannot nest.");
	else if (kvm < 0)
		say_missing("/dev/kvm", "It is there. Run as root, or as a member of the group kvm.");
	else if (!read_line(tdp, value, sizeof(value)))
		say_missing("EPT or NPT",
			    "The KVM of this computer uses neither VMX nor SVM.");
	else if (!strchr("Y1", value[0]))
		say_missing("EPT or NPT",
			    "Load kvm_intel with ept=1, or kvm_amd with npt=1.");

	return !*missing;
}

/* Ask by a VM: what is there can depend on it. */
static void find_ioctls(void)
{
	const int flags = KVM_MEMORY_MAPPING_FLAG_WRITE | KVM_MEMORY_MAPPING_FLAG_RESIDENT;
	struct vm vm;

	create_vm(&vm, false);
	has_ioctl[PRE_FAULT] = ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_PRE_FAULT_MEMORY) > 0;
	if (!has_ioctl[PRE_FAULT])
		say_missing("KVM_PRE_FAULT_MEMORY", "Linux has it since 6.11.");

	/* The number is provisional: some other kernel may mean something else by it. */
	has_ioctl[MAP] = (ioctl(vm.fd, KVM_CHECK_EXTENSION, KVM_CAP_MAP_MEMORY) & flags) == flags;
	has_ioctl[MAP_WRITE] = has_ioctl[MAP];
	if (!has_ioctl[MAP])
		say_missing("KVM_MAP_MEMORY",
			    "Boot the kernel that make deb builds. In there, kvm.tdp_mmu has to be Y.");
	destroy_vm(&vm);
}

static void find_counters(void)
{
	int metric, fd;

	for (metric = CYCLES; metric < NR_METRICS; metric++) {
		fd = open_counter(metric);
		has_metric[metric] = fd >= 0;
		if (fd >= 0)
			close(fd);
		else if (metric > CYCLES)
			continue;
		else if (errno == EACCES || errno == EPERM)
			say_missing("performance counters",
				    "Run as root, or set kernel.perf_event_paranoid to 1 with sysctl.");
		else
			say_missing("performance counters",
				    "There is none for cycles, as in virtual machines without a PMU.");
		if (!has_metric[CYCLES])
			return;
	}
}

static bool find_thp(void)
{
	char value[64];

	if (read_line("/sys/kernel/mm/transparent_hugepage/enabled", value, sizeof(value)) &&
	    !strstr(value, "[never]"))
		return true;
	say_missing("THP", "Write madvise to /sys/kernel/mm/transparent_hugepage/enabled.");

	return false;
}

/* ---- the options ---- */

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
