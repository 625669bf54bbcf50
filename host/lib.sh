# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
#
# Sourced by the scripts of host/, test/ and bench/, which are POSIX sh, as scripts/lib.sh
# is by those of scripts/, once they set $top: where things are, usage, errors, jobs in
# the background, results.

# The Linux that the series is for, and what is built for it: see scripts/lib.sh.
read -r default < "$top/bases/default"
queue=bases/${LINUX:-$default}
build=$top/build
[ "$queue" = "bases/$default" ] || build=$top/build-$LINUX
build=${BUILD:-$build}

# Print what the first lines of this script say, and exit with status $1.
usage()
{
	sed -n '1d; /^# SPDX/d; /^# shellcheck/d; /^#/!q; s/^# \{0,1\}//p' "$0"
	exit "$1"
}

# fail STATUS MESSAGE...
fail()
{
	status=$1
	shift
	echo "error: $*" >&2
	exit "$status"
}

die()
{
	fail 1 "$@"
}

# need_program PROGRAM PACKAGE: it is there.
need_program()
{
	command -v "$1" > /dev/null || fail 2 "$1 is missing: install the package $2"
}

# need_number NAME VALUE: more than zero.
need_number()
{
	case $2 in
	'' | 0 | 0[0-9]* | *[!0-9]*) fail 2 "$1=$2 is not a number" ;;
	esac
}

say()
{
	printf '%-8s %s\n' "$1" "$2"
}

# ---- jobs in the background ----

jobs_left=

# Start a command in the background: its process id is $job.
start()
{
	"$@" &
	job=$!
	jobs_left="$jobs_left $job"
}

# Wait for job $1, and set $status to how it ended.
finish()
{
	status=0
	wait "$1" || status=$?
	others=
	for pid in $jobs_left; do
		[ "$pid" = "$1" ] || others="$others $pid"
	done
	jobs_left=$others
}

# Twice, as a job that has just been started loses the first signal: the handler of
# this shell, which it still has, takes it.
stop_jobs()
{
	[ -n "$jobs_left" ] || return 0
	for again in '' 1; do
		for pid in $jobs_left; do
			kill "$pid" 2> /dev/null || :
		done
		[ -n "$again" ] || sleep 0.1
	done
	wait
	jobs_left=
}

# However this script ends, also if it is told to: end its jobs, then call $1.
at_end()
{
	# shellcheck disable=SC2064 # now
	trap "status=\$?; trap - EXIT; stop_jobs; $1; exit \$status" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# ---- results ----

failed=0

# Say what is wrong, and go on.
complain()
{
	echo "error: $*"
	failed=1
}

# report STATUS NAME REASON...: a line PASS if STATUS is 0, else FAIL with the reason.
report()
{
	if [ "$1" -eq 0 ]; then
		echo "PASS $2"
		return
	fi
	failed=1
	shift
	echo "FAIL $*"
}
