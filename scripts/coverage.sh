#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: coverage.sh [HOST ...]
#
# Which of the lines that the series adds to KVM and mm do the tests of
# the emulated hosts, npt and ept, run? Builds build/kernel-gcov, runs the tests of
# test/HOST.list on it, and lists each line that none of them ran, in
# build/report/coverage.txt, too. Fails if test/unreached doesn't say why a line isn't
# run, or names one that is. With HOST, runs the tests of that host only, and counts
# the others as they ran last.
. "${BASH_SOURCE[0]%/*}/lib.sh"

hosts=("$@")
[ $# -gt 0 ] || hosts=(npt ept)
for host in "${hosts[@]}"; do
	[ -f "$top/test/$host.list" ] || usage 2
done

# shellcheck disable=SC2317 # start_group calls it
run_tests()
{
	BUILD=$build/coverage SELFTESTS=$build/selftests KERNEL=$build/kernel-gcov/arch/x86/boot/bzImage \
		"$top/test/run.sh" "$1" >"$build/log/coverage.$1.log" 2>&1
}

"$top/scripts/kernel.sh" gcov
"$top/scripts/selftests.sh"
"$top/scripts/need.sh" host
mkdir -p "$build/report"
for host in "${hosts[@]}"; do
	say coverage "tests of $host"
	rm -rf "$build/coverage/test/$host"
	status=0
	start_group run_tests "$host"
	wait "$group" || status=$?
	trap - INT TERM HUP
	# Tests that fail have run lines, too: make test is what judges them.
	[ "$status" -le 1 ] ||
		die "the tests of $host ended early, exit status $status: build/log/coverage.$host.log"
	tail -n 1 "$build/log/coverage.$host.log"
done
"$top/scripts/coverage.py" "$linux" "$build/kernel-gcov" "$top/test/unreached" \
	"$build"/coverage/test/*/*/gcov | tee "$build/report/coverage.txt"
exit "${PIPESTATUS[0]}"
