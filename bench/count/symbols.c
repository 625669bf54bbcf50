// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of the kernel, as System.map has them.
 */
#include "count.h"

struct symbol *symbols;
size_t nr_symbols;

void read_symbols(const char *path)
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

struct symbol *symbol_at(uint64_t addr)
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

struct symbol *symbol_named(const char *name)
{
	size_t i;

	for (i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			return symbol_at(symbols[i].addr);

	die("the kernel has no such function", name);
}
