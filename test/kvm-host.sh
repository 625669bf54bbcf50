#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: kvm-host.sh SECONDS base|series
#
# Runs inside the emulated host: each selftest of /kvm/list (see kvm.sh) for SECONDS at most.
# Prints "KVM name verdict" for each, whatever the kernel is, which only the caller knows.
set -eu

. /verdict.sh

[ $# -eq 2 ] || {
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
}
cd /kvm
while read -r name; do
	status=0
	# With all that it forked, if it's killed.
	setsid timeout -s KILL "$1" "./$name" < /dev/null > /tmp/out 2>&1 &
	session=$!
	wait "$session" || status=$?
	kill -KILL -- "-$session" 2> /dev/null || :
	echo "---- $name"
	tail -n 20 /tmp/out
	printf '\nKVM %s %s\n' "$name" "$(verdict "$status")"
done < /kvm/list
