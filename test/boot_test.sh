#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/boot_test.sh HOST
#
# Tests host/boot.sh on HOST; prints a line per property, as run.sh does.
# Exits with 1 if one fails.
set -eu

host=${1:?usage: test/boot_test.sh HOST}
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${BUILD:-$root/build}/test"
work=$(mktemp -d "${BUILD:-$root/build}/test/boot_test.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill "$pid" 2> /dev/null || :; wait; rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP
failed=0

# Boots with the settings $3... and compares the exit status with $2.
expect()
{
	name=$1 want=$2
	shift 2
	got=0
	env HOST="$host" "$@" "$root/host/boot.sh" > "$work/out" 2> "$work/err" &
	pid=$!
	wait "$pid" || got=$?
	pid=
	if [ "$got" = "$want" ]; then
		echo "PASS $host boot:$name"
	else
		echo "FAIL $host boot:$name status $got, not $want: $(tail -n 1 "$work/err")"
		failed=1
	fi
}

# Compares a file with the text $2 (as for printf).
expect_text()
{
	# shellcheck disable=SC2059 # the text has its escapes
	if printf "$3" | cmp -s - "$2"; then
		echo "PASS $host boot:$1"
	else
		echo "FAIL $host boot:$1 $(head -c 200 "$2" | tr '\n' ' ')"
		failed=1
	fi
}

expect_line()
{
	if grep -q "$3" "$2"; then
		echo "PASS $host boot:$1"
	else
		echo "FAIL $host boot:$1 $(head -c 200 "$2" | tr '\n' ' ')"
		failed=1
	fi
}

expect unknown-host 2 HOST=foo RUN=true
expect no-command 2 RUN=
expect no-kernel 2 RUN=true KERNEL="$work/none"
expect no-file 2 RUN=true FILES="$work/none"
expect bad-timeout 2 RUN=true TIMEOUT=soon
expect icount-on-ept 2 HOST=ept ICOUNT=1 RUN=true

echo 'in a file' > "$work/given"
expect status 7 FILES="$work/given" \
	RUN='cat /given; printf "a\n\nb"; echo c >&2; exit 7'
expect_text output "$work/out" 'in a file\na\n\nbc\n'

expect big-output 0 RUN='seq 20000 | sed "s/^/line /"'
seq -f 'line %.0f' 20000 > "$work/lines"
if cmp -s "$work/out" "$work/lines"; then
	echo "PASS $host boot:big-output-whole"
else
	echo "FAIL $host boot:big-output-whole $(wc -c < "$work/out") bytes came"
	failed=1
fi

expect warning 99 RUN='echo "WARNING: a test" > /dev/kmsg; echo out'
expect_text warning-output "$work/out" 'out\n'
expect_line warning-shown "$work/err" '^WARNING: a test'
expect panic 99 RUN=true CMDLINE=rdinit=/none
expect_line panic-shown "$work/err" 'Kernel panic'
expect early-end 98 RUN='poweroff -f'
expect hang 124 TIMEOUT=30 RUN='echo before; sleep 1000'
expect_text hang-output "$work/out" 'before\n'
exit "$failed"
