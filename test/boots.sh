# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Runs the tests of a list in their boots. Sourced by run.sh, which sets $host, $suffix,
# $top, $selftests, $work, $logs, $results, $jobs and $tab.

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
	# shellcheck disable=SC2086 # words
	start env ${4#-} HOST="$host" RUN='sh /tests/guest.sh list' FILES="$work/$1/tests" \
		CMDLINE="$2" TIMEOUT="$3" EXPECT="$5" LOG="$work/$1/console" \
		"$top/host/boot.sh" > "$work/$1/out" 2> "$work/$1/err"
	finish "$job"
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
	skips=
	[ -n "$suffix" ] || skips=$test_dir/skips
	"$test_dir/judge.py" "$host" "$1" "$work/$1" "$logs/$1" "$test_dir/$host.known" ${skips:+"$skips"} >> "$work/$1/results" ||
		echo "judge.py failed on $1" >&2
	cat "$work/$1/results"
	cat "$work/$1/results" >> "$results"
}

# The same as a job of its own, which says when it ends, and ends its boot with it.
run_boot_job()
{
	jobs_left=
	at_end 'echo >&3'
	run_boot "$@"
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
		start run_boot_job "$boot" "$params" "$seconds" "${variables:--}" "$expect"
	done < "$work/boots"
	for job in $jobs_left; do
		finish "$job"
	done
}
