# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The AMD host: QEMU's own processor emulation with SVM and nested paging.
# Sourced by boot.sh, which sets $dir, $kernel, $cmdline, $icount, $plugin and
# $mem, $smp.

host_defaults()
{
	: "${mem:=3072}" "${timeout:=120}"
	# On a busy computer, timer interrupts are late: the kernel's check that they
	# come at all is a panic then.
	cmdline="$cmdline no_timer_check"
	if [ "$icount" = 1 ]; then
		: "${smp:=1}"
	else
		: "${smp:=2}"
	fi
}

host_check()
{
	need_program qemu-system-x86_64 qemu-system-x86
}

# Uncompressed: unpacking costs an emulated processor more than reading.
host_prepare()
{
	initramfs > "$dir/initramfs"
}

# Replaces the calling process by the emulator.  The processors take turns in one
# thread: with a thread for each, QEMU 7.2 runs code that the kernel has patched
# as it was before, and nested guests fail (docs/working-on-it.md).
host_start()
{
	set --
	[ "$icount" = 0 ] || set -- "$@" -icount 'shift=0,sleep=off'
	[ -z "$plugin" ] || set -- "$@" -plugin "$plugin"
	[ -z "${BAR-}" ] || set -- "$@" -device ivshmem-plain,memdev=bar \
		-object "memory-backend-ram,id=bar,size=${BAR}M,share=on"
	exec qemu-system-x86_64 -M q35 -cpu 'EPYC,+svm,+npt,+pku' -accel tcg,thread=single "$@" \
		-smp "$smp" -m "$mem" -display none -no-reboot -nodefaults \
		-serial "file:$dir/console" -serial "file:$dir/report" \
		-kernel "$kernel" -initrd "$dir/initramfs" -append "$cmdline"
}
