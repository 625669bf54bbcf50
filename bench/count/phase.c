// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One phase: the cache lines that are counted in it, and how all of it is printed.
 */
#include "count.h"

#define LINE_SHIFT 6
#define NR_LINES (1u << 20)
/* Where a kernel without KASLR has the struct pages of up to 16 GiB, a line each. */
#define PAGES_START 0xffffea0000000000ull
#define NR_PAGE_LINES (1u << 22)

FILE *out;
struct total totals[MAX_ENTER];
unsigned int nr_enter;
static unsigned int phase;
static struct line {
	uint64_t line;
	uint64_t writes[MAX_ENTER][NR_CPUS];
	struct symbol *writer[MAX_ENTER];
} *lines;
static uint8_t page_lines[NR_PAGE_LINES];

void enable_lines(void)
{
	lines = calloc(NR_LINES, sizeof(*lines));
	if (!lines)
		die("out of memory", "lines");
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

void watch_lines(struct qemu_plugin_insn *insn, struct symbol *symbol)
{
	if (lines)
		qemu_plugin_register_vcpu_mem_cb(insn, mem_access, CB_NO_REGS, MEM_RW, symbol);
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

void print_phase(void)
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
