#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: vmm-host.sh ROW...
#
# Runs inside the emulated host: measures a guest of /qemu once for each row, which is
# WORKLOAD:CHOICE (see vmm.sh and vmm-run/).  Prints a line VMM for each, or FAILED.
set -eu

state=/tmp/state
failed=0
# What TCG's CPUID says of XSAVE is wrong for a guest of a guest.  And guests hang now
# and then on a spinlock, as they get an interrupt again with interrupts disabled. By
# the source, a vector that VMRUN injects is delivered twice if something stops the
# processor before the guest's next exit; without PV EOI, that exit comes sooner.
cpu=host,-xsave,-kvm-pv-eoi

# Whether the host uses huge pages; QEMU asks for them for all of its guest's memory.
thp()
{
	echo "$1" > /sys/kernel/mm/transparent_hugepage/enabled
}

measure()
{
	workload=$1 choice=$2
	memory=512M prealloc=off accel=kvm append='' thp=never
	set --
	case $workload/$choice in
	boot-prealloc/* | restore/*prealloc* | boot-thp/*prealloc*) prealloc=on ;;
	esac
	case $workload/$choice in
	fork/*) ;;
	*resident) accel=kvm,map-memory=resident ;;
	*write) accel=kvm,map-memory=write ;;
	esac
	case $workload/$choice in
	boot*/*pre_fault* | restore/*) set -- -S ;;
	esac
	case $workload in
	boot-thp) thp=madvise ;;
	hotplug) memory=512M,slots=1,maxmem=1G append=memhp_default_state=online_movable ;;
	restore) set -- "$@" -incoming "file:$state" ;;
	esac
	thp "$thp"

	/vmm-run "$workload" "$choice" "$state" /qemu -L / -M q35,memory-backend=ram \
		-object "memory-backend-ram,id=ram,size=512M,prealloc=$prealloc" -m "$memory" \
		-accel "$accel" -cpu "$cpu" -nodefaults -display none -no-reboot \
		-kernel /guest-kernel -initrd /guest-initramfs \
		-append "console=ttyS0 earlyprintk=serial,ttyS0 debug quiet panic=-1 $append" "$@"
}

[ $# -gt 0 ] || {
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
}
for row; do
	measure "${row%%:*}" "${row#*:}" 2>&1 || {
		echo "FAILED	$row"
		failed=1
	}
done
exit "$failed"
