#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: first-touch-rows.sh SIZE MEMORY...
#
# Runs inside the emulated host: every row of the table for SIZE bytes of guest
# memory of each kind, one line of tab separated values per row (see
# map_memory_perf_test -h for both).  REPEAT=1 maps everything twice; MODES= are those
# of the rows, all by default. A row with an ioctl that the kernel doesn't have is a line
# SKIPPED. Exits
# non-zero if a row fails, or if memory that was mapped writable still takes a
# stage-2 fault at the guest's first write.
set -eu

usage='usage: first-touch-rows.sh SIZE MEMORY...'
size=${1:?$usage}
shift
: "${1:?$usage}"
dir=$(dirname "$0")
failed=0

# Without Accessed/Dirty bits in EPT, the first access of a page always faults.
ad_bits=Y
eptad=/sys/module/kvm_intel/parameters/eptad
if [ -r "$eptad" ]; then
	read -r ad_bits < "$eptad"
fi

# may_fault MODE POPULATED: is the guest's first write allowed to fault?
may_fault()
{
	[ "$ad_bits" = Y ] || return 0
	case $1/$2 in
	map_write/* | map/-p) return 1 ;;
	esac
}

row()
{
	set -- -T -b "$size" ${REPEAT:+-r} "$@"
	status=0
	"$dir/map_memory_perf_test" "$@" 2>&1 || status=$?
	case $status in
	0) ;;
	4) echo "SKIPPED	map_memory_perf_test $*" ;;
	*)
		echo "FAILED	map_memory_perf_test $*"
		failed=1
		;;
	esac
}

# The first run in a freshly booted host pays for what the others then find, e.g. the
# huge zero page.
for src; do
	"$dir/map_memory_perf_test" -m pre_fault -s "$src" -b "$size" > /dev/null 2>&1 || :
done

for src; do
	for populate in '' -p; do
		for mode in ${MODES:-nothing pre_fault map map_write}; do
			set -- -s "$src" -m "$mode" ${populate:+"$populate"}
			may_fault "$mode" "$populate" || set -- "$@" -e 0
			row "$@"
		done
	done
done

exit "$failed"
