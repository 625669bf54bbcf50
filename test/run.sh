#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
usage()
{
	cat <<-'END'
	usage: test/run.sh [--debug | --full] npt|ept [NAME ...]

	Runs the tests of test/HOST.list inside emulated hosts, all of them or those
	whose NAME matches (with * and ?).  Prints one line per test and appends it to
	the results:
	  PASS host name
	  FAIL host name reason
	  SKIP host name reason
	A failure that test/HOST.known names, because it is there on the emulator without
	the series too, is a SKIP: see test/judge.py.  Tests named "log:BOOT" are the kernel's log
	of a boot, "boot:*" is host/boot.sh itself (npt only).  Exits with 1 if anything
	failed.  What the programs printed is in build/test/HOST/BOOT/; the same lines as
	KTAP in build/test/HOST/results.ktap.

	--debug      the tests of test/HOST.debug.list, on build/kernel-debug
	--full       the tests of test/HOST.full.list, which take long (ept only)
	SELFTESTS=   directory of the programs      (build/selftests)
	RESULTS=     file for the lines             (build/test/results.txt)
	JOBS=        boots at the same time         (2)
	KERNEL=      bzImage to boot, see host/boot.sh
	END
}
set -eu

test_dir=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$test_dir")
build=${BUILD:-$root/build}
selftests=${SELFTESTS:-$build/selftests}
results=${RESULTS:-$build/test/results.txt}
tab=$(printf '\t')

fail()
{
	echo "run.sh: $*" >&2
	exit 2
}

# Prints the fields of the lines of kind $1 in the list, separated by tabs:
# "boot": name, kernel parameters, seconds, variables and EXPECT of host/boot.sh; "test":
# name, program, seconds, boot, reason to skip.
list()
{
	awk -v kind="$1" -F '|' -v OFS='\t' '
		/^[ \t]*(#|$)/ { next }
		{
			for (i = 1; i <= NF; i++)
				gsub(/^[ \t]+|[ \t]+$/, "", $i)
			if ($1 == "boot") {
				if (kind == "boot") print $2, $3, $4, $5, $6
			} else if (kind == "test") {
				print $1, $2, $3, $4, $5
			}
		}' "$list"
}

# True if the test $1 was asked for.
wanted()
{
	[ -n "$names" ] || return 0
	found=1
	set -f
	for pattern in $names; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in
		$pattern) found=0 ;;
		esac
	done
	set +f
	return "$found"
}

# Prints the tests of boot $1 that were asked for, in the form of list().
tests_of()
{
	list test | while IFS=$tab read -r name program seconds boot skip; do
		if [ "$boot" = "$1" ] && wanted "$name"; then
			printf '%s\t%s\t%s\t%s\t%s\n' \
				"$name" "$program" "$seconds" "$boot" "$skip"
		fi
	done
}

# Copies the programs of boot $1 to its directory and writes the guest's list.
stage()
{
	mkdir -p "$work/$1/tests"
	cp "$test_dir/guest.sh" "$work/$1/tests/"
	: > "$work/$1/list"
	while IFS=$tab read -r name program seconds _ skip; do
		file=${program%% *}
		[ -z "$skip" ] || continue
		[ -x "$selftests/$file" ] || continue
		mkdir -p "$work/$1/tests/$(dirname "$file")"
		[ -e "$work/$1/tests/$file" ] ||
			strip -o "$work/$1/tests/$file" "$selftests/$file" 2> /dev/null ||
			cp "$selftests/$file" "$work/$1/tests/$file"
		printf '%s\t%s\t%s\n' "$name" "$seconds" "$program" >> "$work/$1/list"
	done < "$work/$1/plan"
	cp "$work/$1/list" "$work/$1/tests/list"
}

# Cuts what the guest printed into one file per test, and a line "name status
# seconds" for each that ended.
cut_output()
{
	rm -rf "${logs:?}/$1"
	mkdir -p "$logs/$1"
	awk -v dir="$logs/$1" -v ends="$work/$1/ends" '
		/^@@ begin / { name = $3; file = name; gsub(/\//, "_", file)
			file = dir "/" file; printf "" > file; next }
		/^@@ end / { print name, $3, $4 > ends; close(file); name = ""; next }
		name != "" { print > file }' "$work/$1/out"
	touch "$work/$1/ends"
}

log_result()
{
	case $2 in
	99) echo "FAIL $host log:$1 $(head -n 1 "$work/$1/err")" ;;
	0) echo "PASS $host log:$1" ;;
	*) echo "FAIL $host log:$1 $(tail -n 1 "$work/$1/err")" ;;
	esac
}

# Boots with the kernel parameters $2, at most $3 seconds, with the variables $4 of
# host/boot.sh, for the tests of boot $1.  Warnings like $5 are wanted.  Sets $status.
boot()
{
	status=0
	# shellcheck disable=SC2086 # words
	env ${4#-} HOST="$host" RUN='sh /tests/guest.sh list' FILES="$work/$1/tests" \
		CMDLINE="$2" TIMEOUT="$3" EXPECT="$5" LOG="$work/$1/console" \
		"$root/host/boot.sh" > "$work/$1/out" 2> "$work/$1/err" &
	trap 'kill $! 2> /dev/null; wait $!; exit 143' TERM INT HUP
	wait "$!" || status=$?
	cut_output "$1"
	for file in console err ends; do
		[ ! -e "$work/$1/$file" ] || cp "$work/$1/$file" "$logs/$1/"
	done
}

# Runs the tests of boot $1, with the kernel parameters $2, at most $3 seconds, with
# the variables $4 of host/boot.sh (-: none), with warnings like $5.
run_boot()
{
	stage "$1"
	: > "$work/$1/ends"
	: > "$work/$1/results"
	if [ -s "$work/$1/list" ]; then
		boot "$@"
		log_result "$1" "$status" > "$work/$1/results"
	fi
	"$test_dir/judge.py" "$host" "$1" "$work/$1" "$logs/$1" "$test_dir/$host.known" >> "$work/$1/results" ||
		echo "judge.py failed on $1" >&2
	cat "$work/$1/results"
	cat "$work/$1/results" >> "$results"
}

# On one host, host/boot.sh is tested, too.
test_boot()
{
	[ "$host$suffix" = npt ] || return 0
	wanted boot: || return 0
	mkdir "$work/boot.sh"
	"$test_dir/boot_test.sh" "$host" > "$work/boot.sh/results" &
	pids=$!
	status=0
	wait "$pids" || status=$?
	pids=
	[ "$status" -eq 0 ] || grep -q '^FAIL' "$work/boot.sh/results" ||
		echo "FAIL $host boot:all boot_test.sh ended with status $status" >> "$work/boot.sh/results"
	tee -a "$results" < "$work/boot.sh/results"
}

# Starts the boots, $jobs at a time: whichever ends makes room for the next.
run_boots()
{
	room=$jobs
	mkfifo "$work/ended"
	exec 3<> "$work/ended"
	while IFS=$tab read -r boot params seconds variables expect; do
		mkdir -p "$work/$boot"
		tests_of "$boot" > "$work/$boot/plan"
		[ -s "$work/$boot/plan" ] || continue
		if [ "$room" -eq 0 ]; then
			read -r _ <&3
			room=1
		fi
		room=$((room - 1))
		{
			trap 'echo >&3' EXIT
			run_boot "$boot" "$params" "$seconds" "${variables:--}" "$expect"
		} &
		pids="$pids $!"
	done < "$work/boots"
	for pid in $pids; do
		wait "$pid" || :
	done
	pids=
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
	status=$?
	trap - EXIT
	# shellcheck disable=SC2086 # process ids
	[ -z "$pids" ] || kill $pids 2> /dev/null || :
	wait
	rm -rf "$work"
	exit "$status"
}

suffix=''
case ${1-} in
-h | --help) usage; exit 0 ;;
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
[ -f "$list" ] || fail "there is no ${list#"$root"/}: the hosts are npt and ept (--help says more)"
shift
names=$*
jobs=${JOBS:-2}
logs=$build/test/$host$suffix
pids=''
mkdir -p "$logs" "$(dirname "$results")"
work=$(mktemp -d "$build/test/work.XXXXXX")
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
list boot > "$work/boots"
test_boot
run_boots
fail_without_result
cat "$work"/*/results > "$work/all" 2> /dev/null || fail "no test of $host matches: $names"
"$test_dir/judge.py" --ktap < "$work/all" > "$logs/results.ktap"
awk '{ n[$1]++ } END { printf "%d passed, %d failed, %d skipped\n",
	n["PASS"], n["FAIL"], n["SKIP"]; exit n["FAIL"] > 0 }' "$work/all"
