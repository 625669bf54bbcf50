#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: bench-rows.sh SIZE LARGEST
#
# Runs inside the emulated AMD host: what bench.sh measures by the clock, lines of
# tab separated values (see map_memory_perf_test -h, and floor/measure_floor.c):
# each kind of memory with SIZE bytes, mapped twice; populated anonymous memory of
# growing size up to LARGEST; SIZE bytes a page at a time; the floor. Exits
# non-zero if a row fails.
set -eu

size=${1:?usage: bench-rows.sh SIZE LARGEST}
largest=${2:?usage: bench-rows.sh SIZE LARGEST}
dir=$(dirname "$0")

# perf KIND ARGS...: a line of that kind.
perf() {
	kind=$1
	shift
	line=$("$dir/map_memory_perf_test" -T "$@" 2>&1)
	echo "$line" | sed "s/^TSV/$kind/"
}

REPEAT=1 "$dir/first-touch-rows.sh" "$size" anonymous anonymous_thp \
	anonymous_hugetlb_2mb shmem private_file guest_memfd

for bytes in 4K 64K 2M 64M 1G 4G; do
	for mode in pre_fault map_write; do
		perf SIZE -b "$bytes" -p -m "$mode"
	done
	[ "$bytes" != "$largest" ] || break
done

for mode in pre_fault map_write; do
	perf PAGEWISE -b "$size" -c 4K -p -m "$mode"
done

insmod "$dir/floor.ko"
"$dir/measure_floor" $((${size%M} << 20))
