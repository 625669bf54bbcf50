#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: count-rows.sh SIZE
#
# Runs inside the emulated AMD host, under the plugin count/count.c, which starts
# a new phase with each sync(): one phase per case, SIZE bytes of populated
# memory, and a line "CASE PHASE NAME PAGES" for it. Two vCPUs on two processors
# map in the cases named "2 mappers".
set -eu

size=${1:?usage: count-rows.sh SIZE}
dir=$(dirname "$0")
pages=$((${size%M} * 256))
phase=0

# count NAME ARGS...: the phase before the case is what happened in between.
count() {
	name=$1
	shift
	sync
	"$dir/map_memory_perf_test" -b "$size" -p "$@" > /dev/null 2>&1
	sync
	phase=$((phase + 1))
	printf 'CASE\t%s\t%s\t%s\n' "$phase" "$name" "$pages"
	phase=$((phase + 1))
}

count 'KVM_PRE_FAULT_MEMORY' -m pre_fault
count 'KVM_MAP_MEMORY' -m map_write
count 'KVM_MAP_MEMORY, 1 MiB each' -m map_write -c 1M
count 'KVM_MAP_MEMORY, table there' -m map_write -t
count 'KVM_MAP_MEMORY, read-only file' -m map -s read_file
count 'KVM_MAP_MEMORY, shmem' -m map_write -s shmem
count 'KVM_MAP_MEMORY, THP' -m map_write -s anonymous_thp
count 'KVM_MAP_MEMORY, copying' -m map_write -s zero_page
count 'KVM_PRE_FAULT_MEMORY, 2 mappers' -m pre_fault -v 2
count 'KVM_MAP_MEMORY, 2 mappers' -m map_write -v 2
count 'KVM_MAP_MEMORY, copying, 2 mappers' -m map_write -s zero_page -v 2
