#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: guest.sh LIST
#
# Runs inside an emulated host, called by run.sh: every line of LIST,
# "name <tab> seconds <tab> program and arguments", one after another.  Prints
# "@@ begin NAME", what the program prints, "@@ end STATUS SECONDS".
set -u

cd "$(dirname "$0")" || exit 2
limit=30000

seconds()
{
	cut -d . -f 1 /proc/uptime
}

# The program gets a session of its own, so that what it leaves behind can be
# found and ended.
run_one()
{
	echo "test: $1" > /dev/kmsg
	echo "@@ begin $1"
	from=$(seconds)
	# shellcheck disable=SC2086 # the arguments are words
	setsid timeout -s KILL "$2" ./$3 < /dev/null > /tmp/out 2>&1 &
	session=$!
	wait "$session"
	status=$?
	pkill -KILL -s "$session"
	if [ "$(wc -c < /tmp/out)" -le "$limit" ]; then
		cat /tmp/out
	else
		head -c $((limit / 2)) /tmp/out
		printf '\n[...]\n'
		tail -c $((limit / 2)) /tmp/out
	fi
	printf '\n@@ end %s %s\n' "$status" "$(($(seconds) - from))"
}

while IFS="$(printf '\t')" read -r name limit_s program; do
	run_one "$name" "$limit_s" "$program"
done < "$1"
