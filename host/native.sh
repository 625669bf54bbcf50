# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# This computer's own processor, if it can nest KVM with two-dimensional paging.
# Sourced by boot.sh, which sets $dir, $kernel, $cmdline and $mem, $smp.

host_defaults()
{
	: "${mem:=3072}" "${timeout:=120}" "${smp:=2}"
	cmdline="$cmdline boot.need_tdp=1"
}

# True if one of the module parameters named says yes.
module_says_yes()
{
	cat "$@" 2> /dev/null | grep -q '[Y1]'
}

# The guest tests what counts, KVM inside it; this here finds the usual reasons
# before a boot is spent, and names them.
host_check()
{
	need_program qemu-system-x86_64 qemu-system-x86
	[ -e /dev/kvm ] ||
		fail 3 'native: this computer has no /dev/kvm'
	{ [ -r /dev/kvm ] && [ -w /dev/kvm ]; } ||
		fail 3 'native: no permission to use /dev/kvm (group kvm?)'
	[ -d /sys/module/kvm_intel ] || [ -d /sys/module/kvm_amd ] ||
		fail 3 'native: the KVM of this computer uses neither VMX nor SVM, so it cannot nest'
	module_says_yes /sys/module/kvm_*/parameters/ept /sys/module/kvm_*/parameters/npt ||
		fail 3 'native: KVM runs without two-dimensional paging (kvm_intel.ept, kvm_amd.npt)'
	module_says_yes /sys/module/kvm_*/parameters/nested ||
		fail 3 'native: nesting is off (load kvm_intel or kvm_amd with nested=1)'
}

host_prepare()
{
	initramfs > "$dir/initramfs"
}

# Replaces the calling process by the emulator.
host_start()
{
	exec qemu-system-x86_64 -M q35 -cpu host -accel kvm \
		-smp "$smp" -m "$mem" -display none -no-reboot -nodefaults \
		-serial "file:$dir/console" -serial "file:$dir/report" \
		-kernel "$kernel" -initrd "$dir/initramfs" -append "$cmdline"
}
