#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: bench-rows.sh SIZE LARGEST series|base
#
# Runs inside the emulated AMD host: what bench.sh measures by the clock, lines of
# tab separated values (see map_memory_perf_test -h), each with SIZE bytes of memory
# unless it says otherwise.  On the kernel with the series: TSV, each kind of memory,
# mapped twice; SIZE, growing up to LARGEST; WALK NAME, what the walk meets; PAGEWISE,
# a page at a time.  On the base kernel: what can be done there, as a peer.  Exits
# non-zero if a row fails.
set -eu

usage='usage: bench-rows.sh SIZE LARGEST series|base'
size=${1:?$usage}
largest=${2:?$usage}
kernel=${3:?$usage}
dir=$(dirname "$0")

# perf KIND ARGS...: a line of that kind.
perf()
{
	kind=$1
	shift
	line=$("$dir/map_memory_perf_test" -T "$@" 2>&1) || {
		echo "FAILED $*: $line"
		exit 1
	}
	echo "$line" | sed "s/^TSV/$kind/"
}

# walk NAME ARGS...: how much of it is mapped with a name for it.
walk()
{
	name=$1
	shift
	perf "WALK	$name" -p "$@"
}

# walk_best NAME ARGS...: the better one of two, for rows that are held against a limit
# of a few instructions: what else the host does meanwhile can only add some.
walk_best()
{
	for run in 1 2; do
		rows=$(walk "$@") || {
			echo "$rows"
			exit 1
		}
		[ "$run" = 2 ] || first=$rows
	done
	printf '%s\n' "$first" "$rows" | grep '^WALK' | sort -t "$(printf '\t')" -k 8,8n | sed -n 1p
}

# Sparse memory is more than the host has.
echo 1 > /proc/sys/vm/overcommit_memory

REPEAT=1 "$dir/first-touch-rows.sh" "$size" anonymous anonymous_thp \
	anonymous_hugetlb_2mb shmem private_file guest_memfd

mode=map_write
[ "$kernel" = series ] || mode=pre_fault
for bytes in 4K 64K 2M 64M 1G 4G; do
	perf SIZE -b "$bytes" -p -m "$mode"
	[ "$bytes" != "$largest" ] || break
done
perf PAGEWISE -b "$size" -c 4K -p -m "$mode"

for bytes in 64M 1G 4G; do
	walk "THP, $bytes" -b "$bytes" -m "$mode" -s anonymous_thp -r
	[ "$bytes" != "$largest" ] || break
done
walk_best 'shared file' -b "$largest" -m "$mode" -s shared_file

if [ "$kernel" = base ]; then
	walk 'zero page' -b "$size" -m pre_fault -s zero_page
	walk 'read-only file' -b "$size" -m pre_fault -s read_file
	walk 'alternating' -b "$size" -m pre_fault -s alternating
	walk '1 in 10 copied' -b "$size" -m pre_fault -s cowed_file
	walk 'guest_memfd in use' -b "$size" -m pre_fault -s used_guest_memfd
	walk 'memslot created again' -b "$size" -m pre_fault -R
	walk 'memory of a device' -b "$size" -m pre_fault -s device -a 0x180000000
	exit
fi

walk 'zero page' -b "$size" -m map -s zero_page
walk 'read-only file' -b "$size" -m map -s read_file
walk 'alternating' -b "$size" -m map -s alternating
walk '1 in 10 copied' -b "$size" -m map -s cowed_file
walk 'read-only file, table there' -b "$size" -m map -s read_file -t
walk 'table there' -b "$size" -m map_write -t
walk 'guest_memfd in use' -b "$size" -m map_write -s used_guest_memfd
walk 'guest_memfd in use, table there' -b "$size" -m map_write -s used_guest_memfd -t
walk 'memslot created again' -b "$size" -m map_write -R
walk 'memory of a device' -b "$size" -m map_write -s device -a 0x180000000
walk 'memory of a device, read' -b "$size" -m map -s device -a 0x180000000
walk 'RESIDENT' -b "$size" -m map_resident
# The emulated host has 40 bits of physical addresses, of which not all are memory's.
walk 'RESIDENT, of 512 GiB' -b 512G -u "$largest" -m map_resident

# The same by the VM, and KVM_PRE_FAULT_MEMORY, which takes the same walk.
# A vCPU has a stock of page tables from the start, a call on the VM makes its own.
walk_best 'by the vCPU' -b "$largest" -m map_write
walk_best 'by the VM' -b "$largest" -m map_write -V
walk 'PRE_FAULT' -b "$size" -m pre_fault -r
walk 'PRE_FAULT, alternating' -b "$size" -m pre_fault -s alternating
walk 'PRE_FAULT, memory of a device' -b "$size" -m pre_fault -s device -a 0x180000000

# A call per chunk, as for the working set of a snapshot, in order and not.
for chunk in 4K 64K 2M; do
	for mode in map_resident map_write; do
		walk "$chunk, $mode" -b "$size" -c "$chunk" -m "$mode" -V
		walk "$chunk, $mode, at random" -b "$size" -c "$chunk" -m "$mode" -V -x
	done
done
