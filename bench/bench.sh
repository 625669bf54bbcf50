#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
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
. "$top/host/lib.sh"
selftests=${SELFTESTS:-$build/selftests}
report=${REPORT:-$build/report}
size=${SIZE:-64M}
largest=${LARGEST:-1G}
tools=$build/bench
perf=$selftests/x86/map_memory_perf_test

# background NAME VARIABLE=VALUE...: boot, the output goes to NAME.log.
background()
{
	log=$report/$1.log
	shift
	start env "$@" "$top/host/boot.sh" > "$log" 2>&1
}

# finish_all NAME...: wait for what was started, in that order.
finish_all()
{
	for name; do
		pid=${jobs_left# }
		finish "${pid%% *}"
		[ "$status" -eq 0 ] || die "the boot for $name failed, see $report/$name.log"
	done
}

# lines NAME KIND [AS]: the lines of that kind that a boot printed, as another one.
lines()
{
	rows=$(tr -d '\r' < "$report/$1.log" | grep "^$2	") ||
		die "$1: no $2, see $report/$1.log"
	echo "$rows" | sed "s/^$2/${3:-$2}/"
}

# device SIZE ADDRESS: the parameter that leaves RAM to /dev/mem, like a device's.
device()
{
	printf 'memmap=%s$%s' "$1" "$2"
}

measure()
{
	# 4 MiB from the last page of RAM on, which is the firmware's: the guest writes to that.
	ept_device="/map_memory_perf_test -T -b 4M -u 4K -m map_write -s device -a 0x5ffff000 | sed s/^TSV/DEVICE/"
	rows="$top/bench/first-touch-rows.sh $top/bench/bench-rows.sh"
	base=$build/kernel-base/bzImage
	background base-symbols HOST=npt KERNEL="$base" RUN="cat /proc/kallsyms"
	background ept HOST=ept TIMEOUT=900 MEM=1536 \
		RUN="/first-touch-rows.sh 8M anonymous && $ept_device" FILES="$perf $rows"
	finish_all base-symbols ept
	count=lines=1,phase=__x64_sys_sync,caller=kvm_vcpu_ioctl
	background count HOST=npt ICOUNT=1 SMP=2 TIMEOUT=900 \
		RUN="/count-rows.sh 16M series" FILES="$perf $top/bench/count-rows.sh" \
		PLUGIN="$tools/count.so,symbols=$build/kernel/System.map,$count,enter=kvm_arch_map_memory,caller=kvm_map_memory_range,span=mmu_notifier_peek,out=$report/count.tsv"
	background count-base HOST=npt ICOUNT=1 SMP=2 TIMEOUT=900 KERNEL="$base" \
		RUN="/count-rows.sh 16M base" FILES="$perf $top/bench/count-rows.sh" \
		PLUGIN="$tools/count.so,symbols=$report/base-symbols.log,$count,enter=kvm_arch_vcpu_pre_fault_memory,out=$report/count-base.tsv"
	finish_all count count-base
	background npt HOST=npt ICOUNT=1 MEM=7168 TIMEOUT=900 \
		CMDLINE="hugepages=80 $(device 256M 0x180000000)" \
		RUN="/bench-rows.sh $size $largest series" FILES="$perf $rows"
	background base HOST=npt ICOUNT=1 MEM=7168 TIMEOUT=900 KERNEL="$base" \
		CMDLINE="hugepages=80 $(device 256M 0x180000000)" \
		RUN="/bench-rows.sh $size $largest base" FILES="$perf $rows"
	finish_all npt base
}

# The functions of all cases but those of which they are printed are left out.
needed()
{
	awk -F '\t' '
	$1 == "CASE" && $3 == "KVM_MAP_MEMORY" { printed[$2] }
	$1 != "phase" || $4 != "symbol" || $2 in printed || $5 == "mmu_notifier_peek"'
}

write_report()
{
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
		lines ept DEVICE EPT_DEVICE
		lines count CASE
		cat "$report/count.tsv"
		# Both count phases from 0.
		lines count-base CASE | sed 's/^CASE	/&base/'
		sed 's/^phase	/&base/' "$report/count-base.tsv"
	} | needed > "$report/bench.tsv"
	awk -F '\t' -f "$top/bench/bench-read.awk" -f "$top/bench/bench.awk" "$report/bench.tsv" > "$report/bench.txt"
	awk -F '\t' -v sizes=1 -f "$top/bench/bench-read.awk" \
		-f "$top/bench/bench.awk" "$report/bench.tsv" > "$report/sizes.tsv"
	(cd "$report" && gnuplot "$top/bench/bench.gp")
}

case ${1-} in
'' | --limits) ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
[ -x "$perf" ] || die "no x86/map_memory_perf_test in $selftests: run 'make selftests' first"
need_program gnuplot gnuplot-nox
mkdir -p "$report"
at_end :

"$top/scripts/bench-tools.sh"
[ $# -gt 0 ] || say boot "npt five times and ept once, which takes about five minutes"
measure
write_report
if [ "${1-}" = --limits ]; then
	awk -F '\t' -f "$top/bench/bench-read.awk" -f "$top/bench/bench-limits.awk" "$report/bench.tsv"
	exit
fi
cat "$report/bench.txt"
echo
say picture "$report/bench.svg"
