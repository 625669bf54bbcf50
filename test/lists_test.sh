#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/lists_test.sh
#
# Every program that the series adds to KVM's selftests must be in a list of those
# that make test runs, and
# every boot of a list must be one that the list has.  Prints what is wrong, and
# exits with 1.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
cd "$top"
wrong=$(mktemp)
trap 'rm -f "$wrong"' EXIT

# The fields of the lines that are not comments.
fields()
{
	grep -h -v -E '^[[:space:]]*(#|$)' "$@" | sed 's/[[:space:]]*|[[:space:]]*/|/g; s/^ *//; s/ *$//'
}

programs=$(cat patches/[0-9][0-9]-*/*.patch |
	sed -n 's/^+TEST_GEN_PROGS_\(x86\|COMMON\) += *\([a-z0-9_/]*\).*/\2/p' | sort -u)
[ -n "$programs" ] || complain "no patch adds a program to Makefile.kvm"

for program in $programs; do
	fields test/npt.list test/ept.list | awk -F '|' -v program="$program" '
		$1 != "boot" { split($2, words, " "); if (words[1] == program && $5 == "") found = 1 }
		END { exit !found }' ||
		complain "no boot of make test runs $program: put it into test/npt.list or test/ept.list"
done

for list in test/*.list; do
	boots=$(fields "$list" | awk -F '|' '$1 == "boot" { print $2 }')
	fields "$list" | awk -F '|' '$1 != "boot" { print $4 }' | sort -u | while read -r boot; do
		echo "$boots" | grep -q -x -F "$boot" || echo "$list: there is no boot $boot"
	done
done > "$wrong"
[ ! -s "$wrong" ] || complain "$(cat "$wrong")"
exit "$failed"
