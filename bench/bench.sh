#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: bench.sh [--limits]
#
# All figures of KVM_MAP_MEMORY, counted, not timed: instructions per 4 KiB page
# for each kind of memory, for growing sizes, for what the walk can meet; where the
# instructions are; what several mappers would contend for; and what the kernel
# without the series takes, which all that is called 7.3.4 is measured on.  Prints the report, and
# writes bench.txt, bench.tsv and bench.svg.  With --limits, prints a line PASS or
# FAIL for each limit that the series must keep instead, and fails if one did.
#
# Environment, with defaults:
#   SIZE=64M                     guest memory, in MiB, of most rows
#   LARGEST=1G                   guest memory of the largest row: 4K ... 4G
#   SELFTESTS=build/selftests    directory of the built selftests
#   REPORT=build/report          where the report and the logs go
#
# The kernels are build/kernel and build/kernel-base (make kernel).
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
selftests=${SELFTESTS:-$top/build/selftests}
report=${REPORT:-$top/build/report}
size=${SIZE:-64M}
largest=${LARGEST:-1G}
tools=$top/build/bench
perf=$selftests/map_memory_perf_test
pids=

die() {
	echo "bench: $*" >&2
	exit 1
}

# background NAME VARIABLE=VALUE...: boot, the output goes to NAME.log.
background() {
	log=$report/$1.log
	shift
	env "$@" "$top/host/boot.sh" > "$log" 2>&1 &
	pids="$pids $!"
}

# finish NAME...: wait for what was started, in that order.
finish() {
	for name; do
		pid=${pids# }
		pid=${pid%% *}
		pids=${pids#" $pid"}
		wait "$pid" || die "the boot for $name failed, see $report/$name.log"
	done
}

stop() {
	for pid in $pids; do
		kill "$pid" 2> /dev/null || :
	done
}

# lines NAME KIND [AS]: the lines of that kind that a boot printed, as another one.
lines() {
	rows=$(tr -d '\r' < "$report/$1.log" | grep "^$2	") ||
		die "$1: no $2, see $report/$1.log"
	echo "$rows" | sed "s/^$2/${3:-$2}/"
}

measure() {
	rows="$top/bench/first-touch-rows.sh $top/bench/bench-rows.sh"
	background count HOST=npt ICOUNT=1 SMP=2 TIMEOUT=900 \
		RUN="/count-rows.sh 16M" FILES="$perf $top/bench/count-rows.sh" \
		PLUGIN="$tools/count.so,symbols=$top/build/kernel/System.map,enter=kvm_arch_vcpu_map_memory,enter=kvm_arch_vcpu_pre_fault_memory,caller=kvm_vcpu_ioctl,caller=kvm_vcpu_map_memory,phase=__x64_sys_sync,span=mmu_notifier_peek,lines=1,out=$report/count.tsv"
	background ept HOST=ept TIMEOUT=600 \
		RUN="/first-touch-rows.sh 8M anonymous" FILES="$perf $rows"
	finish count ept
	background npt HOST=npt ICOUNT=1 MEM=7168 TIMEOUT=900 CMDLINE=hugepages=80 \
		RUN="/bench-rows.sh $size $largest series" FILES="$perf $rows"
	background base HOST=npt ICOUNT=1 MEM=7168 TIMEOUT=900 CMDLINE=hugepages=80 \
		KERNEL="$top/build/kernel-base/bzImage" \
		RUN="/bench-rows.sh $size $largest base" FILES="$perf $rows"
	finish npt base
}

write_report() {
	{
		lines npt TSV
		lines npt SIZE
		lines npt PAGEWISE
		lines npt WALK
		lines base TSV BASE
		lines base SIZE BASE_SIZE
		lines base PAGEWISE BASE_PAGEWISE
		lines base WALK BASE_WALK
		lines ept TSV EPT
		lines count CASE
		cat "$report/count.tsv"
	} > "$report/bench.tsv"
	awk -F '\t' -f "$top/bench/bench.awk" "$report/bench.tsv" > "$report/bench.txt"
	awk -F '\t' -v sizes=1 -f "$top/bench/bench.awk" "$report/bench.tsv" > "$report/sizes.tsv"
	(cd "$report" && gnuplot "$top/bench/bench.gp")
}

case ${1-} in
'' | --limits) ;;
*) die "usage: bench.sh [--limits]" ;;
esac
[ -x "$perf" ] || die "no map_memory_perf_test in $selftests: run 'make selftests' first"
mkdir -p "$report"
trap 'stop; exit 130' INT TERM
trap stop EXIT

"$top/bench/build-tools.sh"
[ $# -gt 0 ] || echo "boot   npt three times and ept once, which takes about four minutes"
measure
write_report
if [ "${1-}" = --limits ]; then
	awk -F '\t' -v limits=1 -f "$top/bench/bench.awk" "$report/bench.tsv"
	exit
fi
cat "$report/bench.txt"
echo
echo "picture: $report/bench.svg"
