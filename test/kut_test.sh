#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # at_end calls back
# usage: test/kut_test.sh
#
# Tests what kut.sh reads of unittests.cfg, and compare.awk. Prints what is wrong, and
# exits with 1.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
work=$(mktemp -d)

clean_up()
{
	rm -rf "$work"
}

# same WHAT: $work/got is what stdin says.
same()
{
	cat > "$work/want"
	diff -u "$work/want" "$work/got" || complain "kut_test.sh: $1 is not as it should be"
}

at_end clean_up
mkdir -p "$work/kut/x86"
cat > "$work/kut/x86/unittests.cfg" << 'E'
# [not]
[plain]
file = a.flat

[much]
file = b.flat
smp = $(($MAX_SMP>4?4:$MAX_SMP))
extra_params = -cpu max,+x = -append 'c d'
arch = x86_64
timeout = 7
groups = g

[arguments]
file = b.flat
qemu_params = -cpu max
test_args = "e f"

[small]
file = c.flat
arch = i386

[emulated]
file = c.flat
accel = tcg
E
export KUT="$work/kut"
"$top/test/kut.sh" --tests > "$work/got"
same 'the list of tests' << 'E'
plain|a.flat|1||
much|b.flat|$(($MAX_SMP>4?4:$MAX_SMP))| -cpu max,+x = -append 'c d'|7
arguments|b.flat|1| -cpu max -append "e f"|
E
"$top/test/kut.sh" --tests much > "$work/got"
same 'a test by its name' << 'E'
much|b.flat|$(($MAX_SMP>4?4:$MAX_SMP))| -cpu max,+x = -append 'c d'|7
E

printf '%s\n' 'a PASS' 'b PASS' 'c FAIL(3)' 'd SKIP' 'e PASS' 'f TIMEOUT' > "$work/base"
printf '%s\n' 'a PASS' 'b FAIL(3)' 'c FAIL(3)' 'd SKIP' 'f PASS' 'g FAIL(3)' 'h SKIP' > "$work/series"
: > "$work/nothing"
awk -v host=npt -v prefix=kut -f "$top/test/compare.awk" "$work/base" "$work/series" > "$work/got"
same 'the comparison' << 'E'
PASS npt kut:a
FAIL npt kut:b FAIL(3), passes without the series
SKIP npt kut:c FAIL(3) without the series, too
SKIP npt kut:d SKIP without the series, too
FAIL npt kut:e nothing, passes without the series
PASS npt kut:f
FAIL npt kut:g FAIL(3), without the series: nothing
SKIP npt kut:h nothing without the series, too
E
awk -v host=npt -v prefix=kut -v unsteady='b g' -f "$top/test/compare.awk" "$work/base" "$work/series" |
	grep -E ':(b|e|g) ' > "$work/got"
same 'what is unsteady' << 'E'
SKIP npt kut:b FAIL(3), as now and then without the series
FAIL npt kut:e nothing, passes without the series
SKIP npt kut:g FAIL(3), as now and then without the series
E
awk -v host=npt -v prefix=kut -f "$top/test/compare.awk" "$work/nothing" "$work/base" > "$work/got"
same 'the comparison with nothing' << 'E'
PASS npt kut:a
PASS npt kut:b
FAIL npt kut:c FAIL(3), without the series: nothing
SKIP npt kut:d nothing without the series, too
PASS npt kut:e
FAIL npt kut:f TIMEOUT, without the series: nothing
E
awk -v host=npt -v prefix=kut -f "$top/test/compare.awk" "$work/nothing" "$work/nothing" > "$work/got"
same 'the comparison of nothing' << 'E'
FAIL npt kut:all no results
E
exit "$failed"
