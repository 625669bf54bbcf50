#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: count-rows.sh SIZE series|base
#
# Runs inside the emulated AMD host, under the plugin count/plugin.c, which starts
# a new phase with each sync(), of which -S makes two: one phase per case, SIZE bytes of
# populated memory, and a line "CASE PHASE NAME PAGES" for it. Two vCPUs on two processors
# map in the cases named "2 mappers". On the base kernel: what can be done there.
set -eu

size=${1:?usage: count-rows.sh SIZE series|base}
kernel=${2:?usage: count-rows.sh SIZE series|base}
dir=$(dirname "$0")
pages=$((${size%M} * 256))
phase=0

# count NAME ARGS...: one phase is for what comes before, one for the mapping alone.
count()
{
	name=$1
	shift
	"$dir/map_memory_perf_test" -S -b "$size" -p "$@" > /dev/null 2>&1
	phase=$((phase + 1))
	printf 'CASE\t%s\t%s\t%s\n' "$phase" "$name" "$pages"
	phase=$((phase + 1))
}

if [ "$kernel" = base ]; then
	count 'KVM_PRE_FAULT_MEMORY of 7.3.4' -m pre_fault
	count 'KVM_PRE_FAULT_MEMORY of 7.3.4, 2 mappers' -m pre_fault -v 2
	exit
fi

count 'KVM_MAP_MEMORY' -m map_write
count 'KVM_MAP_MEMORY by the VM' -m map_write -V
count 'KVM_MAP_MEMORY, 1 MiB each' -m map_write -c 1M
count 'KVM_MAP_MEMORY, table there' -m map_write -t
count 'KVM_MAP_MEMORY, read-only file' -m map -s read_file
count 'KVM_MAP_MEMORY, shmem' -m map_write -s shmem
count 'KVM_MAP_MEMORY, THP' -m map_write -s anonymous_thp
count 'KVM_MAP_MEMORY, copying' -m map_write -s zero_page
count 'KVM_MAP_MEMORY, 2 mappers' -m map_write -v 2
count 'KVM_MAP_MEMORY, copying, 2 mappers' -m map_write -s zero_page -v 2
