// SPDX-License-Identifier: GPL-2.0
/*
 * usage: measure_floor BYTES
 *
 * Prints, for populated anonymous memory and for populated shmem, a line of tab
 * separated values: FLOOR, the kind of memory, pages, nanoseconds.  The module
 * floor must be loaded and debugfs mounted.  Exits with 1 if something fails.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static const char path[] = "/sys/kernel/debug/floor";

static void measure(const char *kind, size_t size, int flags)
{
	unsigned long ns;
	char *mem;
	FILE *f;

	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "mmap");
	if (madvise(mem, size, MADV_NOHUGEPAGE))
		err(1, "madvise(MADV_NOHUGEPAGE)");
	if (madvise(mem, size, MADV_POPULATE_WRITE))
		err(1, "madvise(MADV_POPULATE_WRITE)");

	f = fopen(path, "w");
	if (!f || fprintf(f, "%lx %lx\n", (unsigned long)mem,
			  (unsigned long)mem + size) < 0 || fclose(f))
		err(1, "writing %s", path);

	f = fopen(path, "r");
	if (!f || fscanf(f, "%lu", &ns) != 1 || fclose(f))
		err(1, "reading %s", path);

	printf("FLOOR\t%s\t%zu\t%lu\n", kind, size / 4096, ns);
	munmap(mem, size);
}

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 0) : 0;

	if (!size || size % 4096)
		errx(2, "usage: measure_floor BYTES, a multiple of 4096");

	measure("anonymous", size, MAP_PRIVATE);
	measure("shmem", size, MAP_SHARED);
	return 0;
}
