/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the plugin share.
 */
#ifndef COUNT_H
#define COUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Source of truth for the interface to QEMU: its documentation of TCG plugins,
 * API version 1 (QEMU 4.2 and later).  Debian doesn't package the header file,
 * so the few declarations that are used stand here.
 */
typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { CB_NO_REGS = 0 };
enum { MEM_RW = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		void (*cb)(unsigned int, void *), int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
		void (*cb)(unsigned int, qemu_plugin_meminfo_t, uint64_t, void *),
		int flags, int rw, void *data);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
		size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

#define NR_CPUS 2
#define MAX_ENTER 2
#define KERNEL_START 0xffffffff80000000ull

/* plugin.c */
extern struct cpu {
	/* Inside what was entered, or zero. */
	unsigned int inside;
	uint64_t insns, locked_at, span;
	bool locked, in_span;
} cpus[NR_CPUS];

__attribute__((noreturn)) void die(const char *what, const char *which);

/* symbols.c: all functions of the kernel, by address */
extern struct symbol {
	uint64_t addr;
	char *name;
	struct count {
		uint64_t insns, calls, locked;
	} counts[MAX_ENTER];
	/* The number of enter=, from 1 on. */
	unsigned int enter;
	bool caller, phase, read_lock, read_unlock, span, thunk;
} *symbols;
extern size_t nr_symbols;

void read_symbols(const char *path);
/* The function that an address is in, or NULL. */
struct symbol *symbol_at(uint64_t addr);
struct symbol *symbol_named(const char *name);

/* phase.c: where it is printed to, and what is counted for each enter= */
extern FILE *out;
extern struct total {
	const char *name;
	uint64_t calls, read_locks, longest_hold, longest_span, page_lines;
} totals[MAX_ENTER];
extern unsigned int nr_enter;

/* For lines=1, before the first of watch_lines(), which does nothing otherwise. */
void enable_lines(void);
/* Counts what an instruction of that function accesses when it is executed. */
void watch_lines(struct qemu_plugin_insn *insn, struct symbol *symbol);
/* Prints what was counted since the last time, and forgets it. */
void print_phase(void);

#endif /* COUNT_H */
