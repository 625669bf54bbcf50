#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: vmm.sh [--short]
#
# What does KVM_MAP_MEMORY buy a real VMM?  QEMU runs a Linux guest of 512 MiB and one
# processor on the emulated AMD host, counting instructions.  Prints a table, and
# writes vmm.tsv and vmm.svg.  With --short, two workloads only, and a line PASS or
# FAIL for each limit that the series must keep.  On the emulated Intel host (HOST=ept),
# the columns are the same, but only the faults are printed, as its clock is not one of
# instructions.
#
# Workloads, each in a QEMU of its own:
#   boot           until the guest's init runs; memory is not preallocated, 4 KiB pages
#   boot-prealloc  the same, preallocated
#   boot-thp       the same as boot, with transparent huge pages
#   restore        a guest with a working set of 128 MiB is restored from a file, then
#                  reads and writes one word of each page of that
#   hotplug        a DIMM of 128 MiB is added, then the guest writes to each page of
#                  120 MiB of it
#   fork           QEMU, stopped, is made to fork a child that keeps the memory as it is
#                  (as for a snapshot); then the guest does as after restore
# In the last three the guest checks all words of the memory then, and after fork the
# child's memory is compared with what it was.
#
# Choices: off; prealloc (prealloc=on, or MADV_POPULATE_WRITE after fork); pre_fault,
# KVM_PRE_FAULT_MEMORY of all memory before the guest runs (or runs on); no_zap, without
# KVM_X86_QUIRK_SLOT_ZAP_ALL; resident and write, -accel kvm,map-memory= of the
# patched QEMU (after fork KVM_MAP_MEMORY with that flag, as QEMU does not know of
# the fork). Those two are measured with the series, all others with the kernel and
# the QEMU without patches.
#
# Columns of vmm.tsv:
#   faults             stage-2 faults taken (pf_taken of KVM), since QEMU's start, for
#                      hotplug and fork since just before these
#   guest_us           time in which the guest touches the memory, by its own
#                      CLOCK_MONOTONIC; for boot*, where that does not run from the
#                      start, from start_us until init runs, by the host's
#   host_instructions  what QEMU's threads and the guest executed, by their CPU clock,
#                      from where faults are counted until guest_us ends
#   start_us           from exec() of QEMU to the first character that the kernel's
#                      setup code writes, as nearly its first act; for restore until
#                      the guest, which was told to go on, says so
#   rss_mib            VmRSS of QEMU at the end
# Clocks count instructions: 1 ns each, in the host and in the guest.
#
# Environment, with defaults:
#   HOST=npt                     or ept
#   KERNEL=build/kernel/arch/x86/boot/bzImage   with the series; also the guest's
#   BASE=build/kernel-base/bzImage              without
#   VMM=build/vmm                directory of qemu-system-x86_64, qemu-base, firmware
#   REPORT=build/report          where the table, the picture and the logs go
#   TIMEOUT=240                  seconds for a boot of the host, with two or three guests;
#                                (--short: 120; HOST=ept: 900)
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
kernel=${KERNEL:-$build/kernel/arch/x86/boot/bzImage}
base=${BASE:-$build/kernel-base/bzImage}
vmm=${VMM:-$build/vmm}
report=${REPORT:-$build/report}
host=${HOST:-npt}
headers=$build/headers/usr/include
work=
broken=

# rows KERNEL: what is measured on that, a boot of the host per line.
rows()
{
	case $1 in
	base)
		echo boot-prealloc:off
		echo save:off restore:off
		;;
	series)
		echo boot-prealloc:resident
		echo boot-prealloc:write
		echo save:off restore:resident restore:write
		;;
	esac
	[ -n "$short" ] || more_rows "$1"
}

more_rows()
{
	case $1 in
	base)
		echo boot-prealloc:pre_fault boot-prealloc:pre_fault+no_zap
		echo boot:off boot:pre_fault boot:pre_fault+no_zap
		echo boot-thp:off boot-thp:prealloc boot-thp:prealloc+pre_fault
		echo save:off restore:prealloc restore:prealloc+pre_fault
		echo hotplug:off hotplug:prealloc hotplug:prealloc+pre_fault
		echo fork:off fork:prealloc
		echo fork:prealloc+pre_fault
		;;
	series)
		echo boot:resident boot:write
		echo boot-thp:resident boot-thp:write
		echo hotplug:prealloc+resident hotplug:write
		echo fork:resident fork:write
		;;
	esac
}

check_files()
{
	[ -e "$kernel" ] || die "no kernel at $kernel: run 'make kernel' first"
	[ -e "$base" ] || die "no kernel without the series at $base: run 'make kernel' first"
	[ -e "$headers/linux/kvm.h" ] || die "no headers in $headers: run 'make selftests' first"
	for file in qemu-system-x86_64 "${qemu_base##*/}" bios-256k.bin linuxboot_dma.bin kvmvapic.bin; do
		[ -e "$vmm/$file" ] || die "no $file in $vmm: run scripts/qemu.sh first"
	done
	need_program busybox busybox-static
	[ -n "$short" ] || need_program gnuplot gnuplot-nox
}

# build_program NAME SOURCE...
build_program()
{
	program=$1
	shift
	gcc -O2 -Wall -Wextra -Werror -static -isystem "$headers" \
		-o "$work/$program" "$@" || die "$program does not build"
}

# What runs in the host and in the guest.
build()
{
	build_program vmm-run "$top"/bench/vmm-run/*.c
	build_program vmm-touch "$top/bench/vmm-touch.c"
	mkdir -p "$work/root/bin"
	cp "$(command -v busybox)" "$work/root/bin/busybox"
	cp "$top/bench/vmm-guest.sh" "$work/root/init"
	cp "$work/vmm-touch" "$work/root/"
	(cd "$work/root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) \
		> "$work/guest-initramfs"
	cp "$kernel" "$work/guest-kernel"
}

# boot KERNEL ROW...: measure these in one boot of the emulated host; sets $status.
boot()
{
	with=$1
	shift
	start env HOST="$host" ICOUNT="$icount" MEM="$memory" TIMEOUT="$timeout" KERNEL="$with" \
		RUN="/vmm-host.sh $*" \
		FILES="$work/qemu $work/vmm-run $work/guest-kernel $work/guest-initramfs $vmm/bios-256k.bin $vmm/linuxboot_dma.bin $vmm/kvmvapic.bin $top/bench/vmm-host.sh" \
		"$top/host/boot.sh" > "$work/log" 2>&1
	finish "$job"
}

# Whether the boot did not end, or its guest did not go on, and the host's kernel has no
# complaint.
hung()
{
	[ "$status" = 124 ] ||
		{ [ "$status" != 99 ] && grep -q 'the guest says nothing more' "$work/log"; }
}

# measure NAME KERNEL QEMU: a boot per line of rows.  One that hangs is tried again, as
# now and then a guest hangs in the emulator (vmm-host.sh), and counts as skipped.
measure()
{
	name=$1 with=$2
	cp "$3" "$work/qemu"
	: > "$report/vmm$suffix-$name.log"
	rows "$name" > "$work/rows"
	while read -r line; do
		for try in 1 2 3; do
			# shellcheck disable=SC2086 # words
			boot "$with" $line < /dev/null
			hung || break
			echo "SKIP vmm:$name try $try of $line: its guest hung in the emulator"
			[ "$try" = 3 ] ||
				sed "s/^VMM/try $try: VMM/" "$work/log" >> "$report/vmm$suffix-$name.log"
		done
		cat "$work/log" >> "$report/vmm$suffix-$name.log"
		[ "$status" = 0 ] || broken="${broken% "$name"} $name"
	done < "$work/rows"
}

write_tsv()
{
	printf 'workload\tchoice\tfaults\tguest_us\thost_instructions\tstart_us\trss_mib\n'
	for workload in boot boot-prealloc boot-thp restore hotplug fork; do
		cat "$report/vmm$suffix-base.log" "$report/vmm$suffix-series.log" | tr -d '\r' |
			sed -n "s/^VMM	\($workload	\)/\1/p"
	done
}

clean_up()
{
	[ -z "$work" ] || rm -rf "$work"
}

# Says of each row that failed why.
say_why()
{
	for name in $broken; do
		tr -d '\r' < "$report/vmm$suffix-$name.log" | grep -v '^VMM	' | tail -n 20
		echo "error: not all of vmm-$name could be measured, see $report/vmm$suffix-$name.log"
	done >&2
}

short=
case ${1-} in
'') ;;
--short) short=1 ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
case $host in
npt) icount=1 memory=4096 timeout=${TIMEOUT:-$((short ? 120 : 240))} suffix='' ;;
ept) icount=0 memory=1800 timeout=${TIMEOUT:-900} suffix=-ept ;;
*) die "HOST is npt or ept, not $host" ;;
esac
[ "$host$short" != ept1 ] || die "the limits are for HOST=npt"
# In short, QEMU is built once: with map-memory=off, the series does nothing in it.
qemu_base=$vmm/qemu-base
[ -z "$short" ] || qemu_base=$vmm/qemu-system-x86_64
check_files
mkdir -p "$report"
at_end clean_up
work=$(mktemp -d)
build

[ -n "$short" ] ||
	say boot "$host $({ rows base; rows series; } | wc -l) times, $({ rows base; rows series; } | wc -w) guests"
measure base "$base" "$qemu_base"
measure series "$kernel" "$vmm/qemu-system-x86_64"
write_tsv > "$report/vmm$suffix.tsv"
if [ -n "$short" ]; then
	say_why
	for name in $broken; do
		echo "FAIL vmm:$name not all rows, see $report/vmm$suffix-$name.log"
	done
	awk -F '\t' -v limits=1 -f "$top/bench/vmm.awk" "$report/vmm.tsv" && [ -z "$broken" ]
	exit
fi
if [ "$host" = ept ]; then
	awk -F '\t' -v faults_only=1 -f "$top/bench/vmm.awk" "$report/vmm-ept.tsv"
	say_why
	[ -z "$broken" ]
	exit
fi
awk -F '\t' -f "$top/bench/vmm.awk" "$report/vmm.tsv"
awk -F '\t' -v bars=1 -f "$top/bench/vmm.awk" "$report/vmm.tsv" > "$report/vmm-bars.tsv"
(cd "$report" && gnuplot "$top/bench/vmm.gp")
say_why
[ -z "$broken" ] || exit 1
echo
say picture "$report/vmm.svg"
