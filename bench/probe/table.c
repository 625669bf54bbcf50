// SPDX-License-Identifier: GPL-2.0
/*
 * The table: which rows there are, and how they are printed.
 */
#include "probe.h"

static const char * const phase_names[NR_PHASES] = { "populate", "map", "write", "total" };

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

void measure_all(bool thp)
{
	int memory, before, metric, nr = 0;

	if (tsv)
		fprintf(tsv, "memory\tpage\tbefore\tphase\twhat\tpages\tmedian\tmin\tmax\n");
	for (memory = 0; memory < (thp ? 4 : 2); memory++)
		for (before = 0; before < NR_BEFORE; before++) {
			if (!has_ioctl[before])
				continue;
			rows[nr] = (struct row){ memory & 2, memory & 1, before, { { { 0 } } } };
			measure(&rows[nr]);
			if (tsv)
				print_tsv(&rows[nr]);
			nr++;
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
