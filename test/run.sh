#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/run.sh [--debug | --full] npt|ept [NAME ...]
#
# Runs the tests of test/HOST.list inside emulated hosts, all of them or those
# whose NAME matches (with * and ?).  Prints one line per test and appends it to
# the results:
#   PASS host name
#   FAIL host name reason
#   SKIP host name reason
# A failure that test/HOST.known names, because it is there on the emulator without
# the series too, is a SKIP, and of test/HOST.list, a SKIP that test/skips does not name
# is a FAIL: see test/judge.py.  Tests named "log:BOOT" are the kernel's log
# of a boot, "boot:*" is host/boot.sh itself (npt only).  Exits with 1 if anything
# failed, with 2 if it was used wrongly.  What the programs printed is in
# build/test/HOST/BOOT/; the same lines as KTAP in build/test/HOST/results.ktap.
#
# --debug      the tests of test/HOST.debug.list, on build/kernel-debug
# --full       the tests of test/HOST.full.list, which take long
# SELFTESTS=   directory of the programs      (build/selftests)
# RESULTS=     file for the lines             (build/test/results.txt)
# JOBS=        boots at the same time         (2)
# KERNEL=      bzImage to boot, see host/boot.sh
set -eu

test_dir=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$test_dir")
. "$top/host/lib.sh"
. "$test_dir/select.sh"
. "$test_dir/boots.sh"
selftests=${SELFTESTS:-$build/selftests}
results=${RESULTS:-$build/test/results.txt}
tab=$(printf '\t')

# On one host, host/boot.sh is tested, too.
has_boot_test()
{
	[ "$host$suffix" = npt ]
}

# Each of the names that were asked for is one, or matches some.
check_names()
{
	{ list test | cut -f 1; ! has_boot_test || echo boot:; } > "$work/names"
	all=$names
	set -f
	for names in $all; do
		while read -r name && ! wanted "$name"; do
			name=
		done < "$work/names"
		[ -n "$name" ] || fail 2 "no test of ${list#"$top"/} matches $names"
	done
	set +f
	names=$all
}

test_boot()
{
	has_boot_test && wanted boot: || return 0
	mkdir "$work/boot.sh"
	start "$test_dir/boot_test.sh" "$host" > "$work/boot.sh/results"
	finish "$job"
	[ "$status" -eq 0 ] || grep -q '^FAIL' "$work/boot.sh/results" ||
		echo "FAIL $host boot:all boot_test.sh ended with status $status" >> "$work/boot.sh/results"
	tee -a "$results" < "$work/boot.sh/results"
}

# No test may be missing because what was to boot, or to judge, its host failed.
fail_without_result()
{
	for dir in "$work"/*/; do
		[ -s "$dir/plan" ] || continue
		cut -f 1 "$dir/plan" > "$work/planned"
		while read -r name; do
			grep -q "^[A-Z]* $host $name\( \|$\)" "$dir/results" ||
				echo "FAIL $host $name no result, run.sh itself failed"
		done < "$work/planned" > "$work/missing"
		[ -s "$work/missing" ] || continue
		tee -a "$results" < "$work/missing"
		cat "$work/missing" >> "$dir/results"
	done
}

clean_up()
{
	rm -rf "$work"
}

suffix=''
case ${1-} in
-h | --help) usage 0 ;;
--debug)
	suffix=.debug
	export KERNEL="${KERNEL:-$build/kernel-debug/arch/x86/boot/bzImage}"
	shift
	;;
--full)
	suffix=.full
	shift
	;;
esac
host=${1-}
list=$test_dir/$host$suffix.list
[ -f "$list" ] || fail 2 "there is no ${list#"$top"/}: the hosts are npt and ept (--help says more)"
shift
names=$*
jobs=${JOBS:-2}
need_number JOBS "$jobs"
logs=$build/test/$host$suffix
mkdir -p "$logs" "$(dirname "$results")"
work=$(mktemp -d "$build/test/work.XXXXXX")
at_end clean_up
check_names
list boot > "$work/boots"
test_boot
run_boots
fail_without_result
cat "$work"/*/results > "$work/all"
"$test_dir/judge.py" --ktap < "$work/all" > "$logs/results.ktap"
awk '{ n[$1]++ } END { printf "%d passed, %d failed, %d skipped\n",
	n["PASS"], n["FAIL"], n["SKIP"]; exit n["FAIL"] > 0 }' "$work/all"
