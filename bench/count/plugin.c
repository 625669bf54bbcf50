// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A QEMU TCG plugin that counts what a kernel does between entering a function
 * and returning to that function's caller: instructions per function, calls,
 * locked instructions, what is executed between read_lock() and read_unlock(), the
 * cache lines of struct pages that are accessed, and, with two processors, writes to
 * cache lines that both of them write to.
 *
 * arguments:
 *   symbols=FILE	"address type name" per line, sorted: System.map; comes first
 *   enter=NAME		count from the first instruction of this function; may be
 *			given twice, the two are counted apart
 *   caller=NAME	stop when this function, to which those return, goes on
 *   phase=NAME		whenever this function is called, print what was counted
 *			since the last time, and start again; nothing is printed at
 *			the end, as emulators tend to be killed
 *   span=NAME		a function that calls none: look for its longest run
 *   lines=1		look at memory accesses (slow)
 *   out=FILE		where to print
 *
 * output, tab separated, once per phase, which are numbered from 0:
 *   phase N ENTER total CALLS INSNS LOCKED READ_LOCKS LONGEST_HOLD LONGEST_SPAN PAGE_LINES
 *   phase N ENTER symbol NAME INSNS CALLS LOCKED
 *   phase N ENTER line WRITES WRITER	a shared line, and who wrote to it last
 *
 * Counts are of translation blocks: a block that an exception cuts short counts
 * in full. Functions that were inlined count as their callers.
 */
#include "count.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

struct block {
	struct symbol *symbol;
	unsigned int insns, locked;
	bool start;
};

struct cpu cpus[NR_CPUS];

void die(const char *what, const char *which)
{
	fprintf(stderr, "count: %s: %s\n", which, what);
	exit(2);
}

/* Interrupts are counted, too, under the names of their functions. */
static void block_exec(unsigned int i, void *data)
{
	struct block *b = data;
	struct symbol *s = b->symbol;
	struct cpu *cpu = &cpus[i];
	struct total *total;
	struct count *count;
	uint64_t hold;

	if (b->start && s->phase)
		print_phase();

	if (b->start && s->enter && !cpu->inside) {
		cpu->inside = s->enter;
		cpu->locked = false;
		totals[s->enter - 1].calls++;
	} else if (s->caller) {
		cpu->inside = 0;
	}
	if (!cpu->inside)
		return;

	total = &totals[cpu->inside - 1];
	count = &s->counts[cpu->inside - 1];

	if (b->start && s->read_lock) {
		cpu->locked = true;
		cpu->locked_at = cpu->insns;
		total->read_locks++;
	}
	if (b->start && s->read_unlock && cpu->locked) {
		hold = cpu->insns - cpu->locked_at;
		if (hold > total->longest_hold)
			total->longest_hold = hold;
		cpu->locked = false;
	}

	if (s->span && b->start) {
		cpu->in_span = true;
		cpu->span = 0;
	} else if (!s->span && !s->thunk) {
		cpu->in_span = false;
	}
	if (cpu->in_span) {
		cpu->span += b->insns;
		if (cpu->span > total->longest_span)
			total->longest_span = cpu->span;
	}

	cpu->insns += b->insns;
	count->insns += b->insns;
	count->calls += b->start;
	count->locked += b->locked;
}

/* A lock prefix, or XCHG with memory, which is locked without one. */
static bool is_locked(const struct qemu_plugin_insn *insn)
{
	const uint8_t *byte = qemu_plugin_insn_data(insn);
	size_t i, size = qemu_plugin_insn_size(insn);

	for (i = 0; i < size; i++) {
		if (byte[i] == 0xf0)
			return true;
		if (byte[i] == 0x66 || byte[i] == 0x65 || byte[i] == 0x64 ||
		    (byte[i] & 0xf0) == 0x40)
			continue;
		return (byte[i] == 0x86 || byte[i] == 0x87) && i + 1 < size &&
		       byte[i + 1] < 0xc0;
	}
	return false;
}

static void block_trans(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);
	struct qemu_plugin_insn *insn;
	struct symbol *symbol;
	struct block *b;
	size_t i;

	(void)id;
	symbol = addr < KERNEL_START ? NULL : symbol_at(addr);
	if (!symbol)
		return;

	b = calloc(1, sizeof(*b));
	if (!b)
		die("out of memory", "block");
	b->symbol = symbol;
	b->start = addr == symbol->addr;
	b->insns = qemu_plugin_tb_n_insns(tb);
	for (i = 0; i < b->insns; i++) {
		insn = qemu_plugin_tb_get_insn(tb, i);
		b->locked += is_locked(insn);
		watch_lines(insn, symbol);
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block_exec, CB_NO_REGS, b);
}

static void parse(char *arg)
{
	char *value = strchr(arg, '=');

	if (!value)
		die("wanted NAME=VALUE", arg);
	*value++ = '\0';

	if (!strcmp(arg, "symbols")) {
		read_symbols(value);
	} else if (!strcmp(arg, "enter") && nr_enter < MAX_ENTER) {
		symbol_named(value)->enter = nr_enter + 1;
		totals[nr_enter++].name = strdup(value);
	} else if (!strcmp(arg, "caller")) {
		symbol_named(value)->caller = true;
	} else if (!strcmp(arg, "phase")) {
		symbol_named(value)->phase = true;
	} else if (!strcmp(arg, "span")) {
		symbol_named(value)->span = true;
	} else if (!strcmp(arg, "lines")) {
		enable_lines();
	} else if (!strcmp(arg, "out")) {
		out = fopen(value, "w");
		if (!out)
			die("cannot write", value);
	} else {
		die("unknown argument", arg);
	}
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			       char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++)
		parse(argv[i]);
	if (!symbols || !nr_enter || !out)
		die("symbols= (first), enter= and out= are needed", "arguments");

	/* What returns go through is part of the function that returns. */
	symbol_named("retbleed_return_thunk")->thunk = true;
	symbol_named("_raw_read_lock")->read_lock = true;
	symbol_named("_raw_read_unlock")->read_unlock = true;

	qemu_plugin_register_vcpu_tb_trans_cb(id, block_trans);
	return 0;
}
