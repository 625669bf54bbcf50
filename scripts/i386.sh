#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: i386.sh
#
# Build a kernel of 32 bits with the series, kernel/i386.config, in build/kernel-i386, boot
# it on an emulated AMD host, and look there that KVM works and can't map memory ahead of
# time (test/i386/init.c). Prints "PASS i386:WHAT" or FAIL; exits with 1 if anything failed.
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"

obj=$build/kernel-i386
seconds=300

build_init()
{
	make -s -C "$linux" O="$build/headers" headers
	gcc -m32 -Os -Wall -Werror -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie \
		-isystem "$linux/tools/include/nolibc" -include "$linux/tools/include/nolibc/nolibc.h" \
		-isystem "$build/headers/usr/include" -o "$work/root/init" "$top/test/i386/init.c"
}

boot()
{
	(cd "$work/root" && find . | cpio -o -H newc --quiet) >"$work/initramfs"
	timeout --foreground "$seconds" qemu-system-x86_64 -M q35 -cpu EPYC,+svm,+npt -accel tcg,thread=single \
		-smp 2 -m 512 -display none -no-reboot -nodefaults \
		-serial "file:$work/console" -serial "file:$work/report" \
		-kernel "$obj/arch/x86/boot/bzImage" -initrd "$work/initramfs" \
		-append "console=ttyS0 no_timer_check panic=-1" 2>"$work/err"
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -d "$linux/.git" ] || die "there is no $tree: make linux"
need kernel host
build_bzimage "$obj" "kernel of 32 bits" "$build/log/kernel-i386.log" "$top/kernel/i386.config"
mkdir -p "$build/boot"
work=$(mktemp -d "$build/boot/i386.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/root" "$work/root/dev" "$work/root/sys"
build_init
status=0
start_group boot
wait "$group" || status=$?
trap - INT TERM HUP
tr -d '\r' <"$work/report" | sed -n 's/^\(PASS\|FAIL\) /\1 i386:/p'
if [ "$status" -ne 0 ] || ! grep -q '^done' "$work/report" ||
   grep -qE -f <(grep -v '^#' "$top/host/dmesg.bad") "$work/console"; then
	cat "$work/err" "$work/console" >"$build/log/i386.console"
	echo "FAIL i386:boot status $status; what the kernel says is in ${build#"$top"/}/log/i386.console"
	exit 1
fi
! grep -q '^FAIL' "$work/report"
