#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: mm-host.sh base|series
#
# Runs inside the emulated host: each selftest of /mm/list (see mm.sh), while VMs are
# mapped beside it for as long as it runs, where the kernel can do that. Prints
# "MM name verdict" for each of its results, and for the whole.  On the kernel without the
# series, there is nothing to map with.
set -eu

. /verdict.sh

default=120

map_beside()
{
	status=0
	while [ "$status" -eq 0 ] && [ ! -e /tmp/end ]; do
		/map_memory_fuzz_test -l -d 10 > /tmp/fuzz 2>&1 || status=$?
		# Not if it only said how to use it.
		[ "$status" -ne 0 ] || grep -q '[0-9] seeds, of' /tmp/fuzz || status=1
	done
	[ "$status" -ne 4 ] || [ "$kernel" != base ] || status=0
	tail -n 20 /tmp/fuzz
	printf '\nMM map_memory_beside %s\n' "$(verdict "$status")"
}

# The lines of TAP of program $1, by what they say but for numbers, which can be times.
results()
{
	sed -n -e 's/\r$//' -e "s/^\(not \)\{0,1\}ok [0-9]* *\(.*\)$/\1 \2/p" "/tmp/out" |
		sed -e 's/^not  /FAIL /; t' -e 's/^ *\(.*\)# SKIP/SKIP \1/; t' -e 's/^ */PASS /' |
		awk -v name="$1" '{
			result = $1
			sub(/^[A-Z]+ */, "")
			gsub(/[ \t]+/, "_")
			gsub(/[0-9]+/, "N")
			if (seen[$0]++)
				$0 = $0 "#" seen[$0]
			print "MM " name ":" $0, result
		}'
}

kernel=${1-}
case $kernel in
base | series) ;;
*)
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
	;;
esac
map_beside &
beside=$!
cd /mm
while IFS='|' read -r name program seconds; do
	# shellcheck disable=SC2086
	set -- $program
	name=${name%% *} program=$1
	shift
	status=0
	timeout -s KILL "$(echo "${seconds:-$default}" | tr -d ' ')" "/mm/$program" "$@" \
		< /dev/null > /tmp/out 2>&1 || status=$?
	echo "---- $name"
	tail -n 300 /tmp/out
	results "$name"
	printf '\nMM %s %s\n' "$name" "$(verdict "$status")"
done < /mm/list
touch /tmp/end
wait "$beside"
