# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Sourced by the scripts beside it: paths, messages, packages, disk space.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The Linux that the series is for: a directory of bases/, LINUX= or the default. What
# is built for another one than the default is beside that.
read -r default <"$top/bases/default"
queue=bases/${LINUX:-$default}
patches=$top/$queue
base_file=${BASE_FILE:-$patches/BASE}
build=$top/build
[ "$queue" = "bases/$default" ] || build=$top/build-$LINUX
linux=$build/linux
tree=${linux#"$top"/}
state=$linux/.git/map-memory
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kvm-map-memory
jobs=$(nproc)

# The user's git configuration and hooks must not change a byte of the output.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C TZ=UTC
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE MAKEFLAGS MFLAGS MAKELEVEL

say()
{
	printf '%-8s %s\n' "$1" "$2"
}

die()
{
	printf 'error: %s\n' "$*" >&2
	exit 1
}

usage()
{
	sed -n '1d; /^# SPDX/d; /^# shellcheck/d; /^#/!q; s/^# \{0,1\}//p' "$0"
	exit "$1"
}

# The value of a key in the BASE of the queue.
base_key()
{
	sed -n "s/^$1=//p" "$base_file"
}

digest()
{
	sha256sum "$@" | cut -c1-64
}

# What the compiler and linker are, for keys of cached results.
tools_id()
{
	gcc --version | sed -n 1p
	ld --version | sed -n 1p
}

need_space()
{
	local gib=$1 dir=$2 free

	free=$(df -Pk "$dir" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$gib" ] ||
		die "$dir has $free GiB free, $gib GiB are needed: free some space and run again"
}

. "$top/scripts/packages.sh"

# Start a command in the background, in a process group of its own, $group, that
# goes when this script is told to go. After wait, reset the trap.
start_group()
{
	set -m
	"$@" </dev/null &
	group=$!
	set +m
	# shellcheck disable=SC2064
	trap "kill -TERM -- -$group 2>/dev/null; wait $group; exit 143" INT TERM HUP
}

# Run a long command with its output in a log file, and say every half minute
# how far it is. run_logged NAME LOG COMMAND...
run_logged()
{
	local name=$1 log=$2 pid start=$SECONDS next=30 status=0

	shift 2
	mkdir -p "${log%/*}"
	start_group "$@" >"$log" 2>&1
	pid=$group
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		[ $((SECONDS - start)) -ge $next ] || continue
		next=$((next + 30))
		say "$name" "$((SECONDS - start)) s, $(grep -c '^  [A-Z]' "$log") steps"
	done
	wait "$pid" || status=$?
	trap - INT TERM HUP
	[ "$status" -eq 0 ] || log_failure "$name" "$log"
}

log_failure()
{
	local name=$1 log=$2

	{ grep -nE '(error|Error|ERROR)[: ]|No space left' "$log" || tail -n 8 "$log"; } | tail -n 8 >&2
	die "$name failed: see ${log#"$top"/}"
}
