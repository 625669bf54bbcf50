#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: kut-host.sh SECONDS base|series
#
# Runs inside the emulated host: each test of /kut/tests (see kut.sh) as a guest of
# QEMU, which its own device for that ends with 2 * status + 1. QEMU ends with 1 itself if
# it can't begin, and says so. Prints "KUT name verdict".
set -eu

# For the number of processors of a test, which can be an expression of the shell.
# shellcheck disable=SC2034
MAX_SMP=2
default=${1:-}

verdict()
{
	case $1 in
	1) echo PASS ;;
	124 | 137 | 143) echo TIMEOUT ;;
	155) echo SKIP ;;	# 77, by the conventions of automake
	*) echo "FAIL($1)" ;;
	esac
}

[ $# -eq 2 ] || {
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
}
while IFS='|' read -r name file smp args seconds; do
	echo "---- $name"
	eval "smp=$smp"
	eval "set -- $args"
	status=0
	# shellcheck disable=SC2154
	timeout -s KILL "${seconds:-$default}" /qemu-system-x86_64 -L /firmware --no-reboot -nodefaults \
		-device pc-testdev -device isa-debug-exit,iobase=0xf4,iosize=0x4 -device pci-testdev \
		-display none -serial stdio -machine accel=kvm -kernel "/kut/$file" -smp "$smp" "$@" \
		< /dev/null 2> /tmp/err || status=$?
	cat /tmp/err
	if [ "$status" -eq 1 ] && grep '^qemu' /tmp/err | grep -q -v 'warning:'; then
		status=QEMU
	fi
	# A guest that is ended leaves half a line.
	printf '\nKUT %s %s\n' "$name" "$(verdict "$status")"
done < /kut/tests
