/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of probe share: what is measured, the VM in which, and the options.
 */
#ifndef PROBE_H
#define PROBE_H

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../include/kvm_map_memory.h"

/* Of Linux 6.11; headers of Debian 12 lack it. */
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

#define MAX_RUNS	101
#define PAGE		4096ull
#define MIB		(1ull << 20)
#define GIB		(1ull << 30)
#define DATA_GPA	GIB

/* main.c, the options: memory of the guest, runs of each measurement, NULL without -o */
extern __u64 bytes;
extern unsigned int runs;
extern FILE *tsv;

enum before { NOTHING, PRE_FAULT, MAP, MAP_WRITE, NR_BEFORE };

/* In the TSV, and in the tables. */
extern const char * const before_names[NR_BEFORE][2];

enum phase { PHASE_POPULATE, PHASE_MAP, PHASE_WRITE, PHASE_TOTAL, NR_PHASES };

/* What is measured: time and faults in each run, a counter in runs of its own. */
enum {
	TIME, FAULTS, CYCLES, HOST_CYCLES, HOST_INSNS, CACHE_MISSES, DTLB_LOADS, DTLB_STORES,
	NR_METRICS,
};

extern const struct metric {
	const char *name;
	const char *title;
	__u32 type;
	__u64 config;
	bool exclude_guest;
} metrics[NR_METRICS];

/* A row of the table: the memory, and the values of all runs. */
struct row {
	bool thp;
	bool populated;
	enum before before;
	__u64 values[NR_METRICS][NR_PHASES][MAX_RUNS];
};

/* host.c: /dev/kvm, what is there, and a list of what isn't, or "" */
extern int kvm;
extern bool has_ioctl[NR_BEFORE];
extern bool has_metric[NR_METRICS];
extern char missing[256];

void print_host(void);
bool open_kvm(void);
void find_ioctls(void);
void find_counters(void);
bool find_thp(void);

/* counters.c */
int open_counter(int metric);
__u64 read_counter(int fd);

/* vm.c */
struct vm {
	int fd;
	int vcpu;
	struct kvm_run *run;
	size_t run_size;
	char *slot0;
	size_t slot0_size;
	char *data;
};

/* Where the two loops of the guest begin, see vm.c. */
enum { WRITE_LOOP = 0, READ_LOOP = 16 };

void create_vm(struct vm *vm, bool thp);
void run_guest(struct vm *vm, __u64 rip, __u64 gpa, __u64 nr_pages);
void destroy_vm(struct vm *vm);

/* measure.c */
void measure(struct row *row);

/* table.c */
void measure_all(bool thp);

#endif /* PROBE_H */
