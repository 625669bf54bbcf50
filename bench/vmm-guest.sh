#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
#
# The first process of the guest that bench/vmm.sh measures: says that it is there, and
# does what the console then says, see vmm-touch.c.

echo 'vmm: init'
/bin/busybox mkdir -p /proc /sys
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
read -r workload mib
exec /vmm-touch "$workload" "$mib"
