#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # at_end and expect_file call back
# usage: test/boot_test.sh HOST
#
# Tests host/boot.sh on HOST; prints a line per property, as run.sh does.
# Exits with 1 if one fails.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
[ $# -eq 1 ] || usage 2 >&2
host=$1
mkdir -p "$build/test"
work=$(mktemp -d "$build/test/boot_test.XXXXXX")

clean_up()
{
	rm -rf "$work"
}

# Boots with the settings $3... and compares the exit status with $2.
expect()
{
	name=$1 want=$2
	shift 2
	start env HOST="$host" "$@" "$top/host/boot.sh" > "$work/out" 2> "$work/err"
	finish "$job"
	same=0
	[ "$status" = "$want" ] || same=1
	report "$same" "$host boot:$name" "status $status, not $want: $(tail -n 1 "$work/err")"
}

# expect_file NAME FILE COMMAND...: the command says whether the file is as wanted.
expect_file()
{
	name=$1 file=$2 same=0
	shift 2
	"$@" "$file" > "$work/said" || same=1
	report "$same" "$host boot:$name" "$(wc -c < "$file") bytes: $(head -c 200 "$file" | tr '\n' ' ')"
}

# Whether the file $2 is the text $1 (as for printf).
is_text()
{
	# shellcheck disable=SC2059 # the text has its escapes
	printf "$1" | cmp -s - "$2"
}

at_end clean_up
expect unknown-host 2 HOST=foo RUN=true
expect no-command 2 RUN=
expect no-kernel 2 RUN=true KERNEL="$work/none"
expect no-file 2 RUN=true FILES="$work/none"
expect bad-timeout 2 RUN=true TIMEOUT=soon
expect icount-on-ept 2 HOST=ept ICOUNT=1 RUN=true

echo 'in a file' > "$work/given"
expect status 7 FILES="$work/given" \
	RUN='cat /given; printf "a\n\nb"; echo c >&2; exit 7'
expect_file output "$work/out" is_text 'in a file\na\n\nbc\n'

expect big-output 0 RUN='seq 20000 | sed "s/^/line /"'
seq -f 'line %.0f' 20000 > "$work/lines"
expect_file big-output-whole "$work/out" cmp -s "$work/lines"

expect warning 99 RUN='echo "WARNING: a test" > /dev/kmsg; echo out'
expect_file warning-output "$work/out" is_text 'out\n'
expect_file warning-shown "$work/err" grep '^WARNING: a test'

# A kernel with KCSAN, for all that boot.sh knows.
cp "${KERNEL:-$build/kernel/arch/x86/boot/bzImage}" "$work/bzImage"
echo ours > "$work/bzImage.functions"
expect race-of-others 0 KERNEL="$work/bzImage" \
	RUN='echo "BUG: KCSAN: data-race in theirs / others" > /dev/kmsg'
expect race-of-ours 99 KERNEL="$work/bzImage" \
	RUN='echo "BUG: KCSAN: data-race in theirs / ours.isra.0" > /dev/kmsg'
expect race-in-ours 99 KERNEL="$work/bzImage" \
	RUN='echo "BUG: KCSAN: data-race in ours+0x1c/0x80" > /dev/kmsg'

expect panic 99 RUN=true CMDLINE=rdinit=/none
expect_file panic-shown "$work/err" grep 'Kernel panic'
expect early-end 98 RUN='poweroff -f'
expect hang 124 TIMEOUT=30 RUN='echo before; sleep 1000'
expect_file hang-output "$work/out" is_text 'before\n'
expect hang-and-warning 99 TIMEOUT=20 RUN='echo "WARNING: a test" > /dev/kmsg; sleep 1000'
expect_file hang-and-warning-shown "$work/err" grep '^WARNING: a test'
exit "$failed"
