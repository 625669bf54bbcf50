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
 *
 * Source of truth for the interface to QEMU: its documentation of TCG plugins,
 * API version 1 (QEMU 4.2 and later).  Debian doesn't package the header file,
 * so the few declarations that are used stand here.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

#define EXPORT __attribute__((visibility("default")))
#define NR_CPUS 2
#define MAX_ENTER 2
#define KERNEL_START 0xffffffff80000000ull
#define LINE_SHIFT 6
#define NR_LINES (1u << 20)
/* Where a kernel without KASLR has the struct pages of up to 16 GiB, a line each. */
#define PAGES_START 0xffffea0000000000ull
#define NR_PAGE_LINES (1u << 22)

EXPORT int qemu_plugin_version = 1;

struct symbol {
	uint64_t addr;
	char *name;
	struct count {
		uint64_t insns, calls, locked;
	} counts[MAX_ENTER];
	/* The number of enter=, from 1 on. */
	unsigned int enter;
	bool caller, phase, read_lock, read_unlock, span, thunk;
};

struct block {
	struct symbol *symbol;
	unsigned int insns, locked;
	bool start;
};

struct line {
	uint64_t line;
	uint64_t writes[MAX_ENTER][NR_CPUS];
	struct symbol *writer[MAX_ENTER];
};

static struct cpu {
	/* Inside what was entered, or zero. */
	unsigned int inside;
	uint64_t insns, locked_at, span;
	bool locked, in_span;
} cpus[NR_CPUS];

static struct symbol *symbols;
static size_t nr_symbols;
static struct line *lines;
static uint8_t page_lines[NR_PAGE_LINES];
static FILE *out;
static unsigned int phase;
static struct total {
	const char *name;
	uint64_t calls, read_locks, longest_hold, longest_span, page_lines;
} totals[MAX_ENTER];
static unsigned int nr_enter;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "count: %s: %s\n", which, what);
	exit(2);
}

static void read_symbols(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t room = 0;
	char name[256], type;
	uint64_t addr;

	if (!f)
		die("cannot read", path);

	while (fscanf(f, "%lx %c %255s", &addr, &type, name) == 3) {
		if (addr < KERNEL_START || !strchr("tTwW", type))
			continue;
		if (nr_symbols == room) {
			room = room ? 2 * room : 1024;
			symbols = realloc(symbols, room * sizeof(*symbols));
			if (!symbols)
				die("out of memory", path);
		}
		symbols[nr_symbols++] = (struct symbol) {
			.addr = addr,
			.name = strdup(name),
		};
	}
	fclose(f);
	if (!nr_symbols)
		die("has no symbols of a kernel", path);
}

static struct symbol *symbol_at(uint64_t addr)
{
	size_t low = 0, high = nr_symbols, mid;

	if (addr < symbols[0].addr)
		return NULL;

	while (high - low > 1) {
		mid = (low + high) / 2;
		if (symbols[mid].addr <= addr)
			low = mid;
		else
			high = mid;
	}
	return &symbols[low];
}

static struct symbol *symbol_named(const char *name)
{
	size_t i;

	for (i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			return symbol_at(symbols[i].addr);

	die("the kernel has no such function", name);
	return NULL;
}

/*
 * What both processors write to all the time.  A task that ran on one of them for
 * a moment, while another task was inside, doesn't make its stack a shared line.
 */
static bool is_shared(const uint64_t writes[])
{
	uint64_t a = writes[0], b = writes[1];

	return a && b && a <= 4 * b && b <= 4 * a;
}

static void print_lines(unsigned int e)
{
	struct line *line;

	if (!lines)
		return;

	for (line = lines; line < lines + NR_LINES; line++)
		if (is_shared(line->writes[e]))
			fprintf(out, "phase\t%u\t%s\tline\t%lu\t%s\n", phase,
				totals[e].name,
				line->writes[e][0] + line->writes[e][1],
				line->writer[e]->name);
}

static void print_enter(unsigned int e)
{
	struct total *t = &totals[e];
	struct count all = {};
	struct symbol *s;

	for (s = symbols; s < symbols + nr_symbols; s++) {
		all.insns += s->counts[e].insns;
		all.locked += s->counts[e].locked;
	}
	fprintf(out, "phase\t%u\t%s\ttotal\t%lu\t%lu\t%lu\t%lu\t%lu\t%lu\t%lu\n",
		phase, t->name, t->calls, all.insns, all.locked, t->read_locks,
		t->longest_hold, t->longest_span, t->page_lines);

	for (s = symbols; s < symbols + nr_symbols; s++)
		if (s->counts[e].insns)
			fprintf(out, "phase\t%u\t%s\tsymbol\t%s\t%lu\t%lu\t%lu\n",
				phase, t->name, s->name, s->counts[e].insns,
				s->counts[e].calls, s->counts[e].locked);
	print_lines(e);
}

static void print_phase(void)
{
	struct symbol *s;
	unsigned int e;

	for (e = 0; e < nr_enter; e++)
		if (totals[e].calls)
			print_enter(e);
	fflush(out);

	for (s = symbols; s < symbols + nr_symbols; s++)
		memset(s->counts, 0, sizeof(s->counts));
	for (e = 0; e < nr_enter; e++)
		totals[e] = (struct total) { .name = totals[e].name };
	if (lines)
		memset(lines, 0, NR_LINES * sizeof(*lines));
	memset(page_lines, 0, sizeof(page_lines));
	phase++;
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

static void mem_access(unsigned int i, qemu_plugin_meminfo_t info, uint64_t addr,
		      void *data)
{
	uint64_t line = addr >> LINE_SHIFT;
	size_t at = line * 0x9e3779b97f4a7c15ull >> 44;
	unsigned int inside = cpus[i].inside;
	size_t tries;

	if (!inside)
		return;

	if (addr - PAGES_START < (uint64_t)NR_PAGE_LINES << LINE_SHIFT) {
		uint8_t *seen = &page_lines[(addr - PAGES_START) >> LINE_SHIFT];

		totals[inside - 1].page_lines += !*seen;
		*seen = 1;
	}

	/* Only stores to a line make it one that is shared. */
	if (!qemu_plugin_mem_is_store(info))
		return;

	for (tries = 0; tries < NR_LINES; tries++, at = (at + 1) % NR_LINES) {
		if (!lines[at].line)
			lines[at].line = line;
		if (lines[at].line != line)
			continue;
		lines[at].writes[inside - 1][i]++;
		lines[at].writer[inside - 1] = data;
		return;
	}
	die("too many cache lines", "lines=1");
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
		if (lines)
			qemu_plugin_register_vcpu_mem_cb(insn, mem_access, CB_NO_REGS,
							 MEM_RW, symbol);
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
		lines = calloc(NR_LINES, sizeof(*lines));
		if (!lines)
			die("out of memory", arg);
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
