#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/lists_test.sh
#
# No program that the series adds to KVM's selftests may be left out of make test: one
# that a list names must be run by a boot of it. Every boot of a list must be one that the
# list has, every name be there once, and what is known to fail, or expected to be skipped,
# must be in a list. Then tests test/select.sh, with lists of its own. Prints what is wrong, and exits with 1.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
. "$top/test/select.sh"
case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
unset LINUX
queue=bases/$default
work=$(mktemp -d)
tab=$(printf '\t')
names=
trap 'rm -rf "$work"' EXIT

# Prints what is wrong with the list.
check_list()
{
	list boot > "$work/boots"
	list test > "$work/tests"
	cut -f 1 "$work/boots" > "$work/names"
	cut -f 4 "$work/tests" | sort -u | grep -v -x -F -f "$work/names" | sed 's/^/there is no boot /'
	cut -f 1 "$work/tests" | sort | uniq -d | sed 's/^/is there twice: /'
	cut -f 2 "$work/tests" | grep -n '^$' | sed 's/^/no program: /' || :
	awk -F '\t' '$3 !~ /^[1-9][0-9]*$/ { print $1 ": not a number of seconds: " $3 }' "$work/tests"
}

check_lists()
{
	for list in "$top"/test/*.list; do
		check_list > "$work/wrong"
		[ ! -s "$work/wrong" ] || complain "${list#"$top"/}: $(cat "$work/wrong")"
		awk -F '\t' '$5 == "" { sub(/ .*/, "", $2); print $2 }' "$work/tests" > "$work/run.${list##*/}"
		cut -f 1 "$work/tests" > "$work/all.${list##*/}"
	done
}

check_programs()
{
	programs_of_series > "$work/series"
	[ -s "$work/series" ] || complain "no patch adds a program to Makefile.kvm"
	sort -u "$work/run.npt.list" "$work/run.ept.list" > "$work/run"
	grep -v -x -F -f "$work/run" "$work/series" > "$work/left" || :
	while read -r program; do
		complain "no boot of make test runs $program: it is skipped wherever it is listed"
	done < "$work/left"
}

check_known()
{
	for host in npt ept; do
		cat "$work"/all."$host".* > "$work/names"
		fields "$top/test/$host.known" | cut -d '|' -f 1 | sed 's/ *$//' |
			grep -v -x -F -f "$work/names" > "$work/wrong" || :
		[ ! -s "$work/wrong" ] || complain "test/$host.known: no list has $(cat "$work/wrong")"
	done
}

check_skips()
{
	fields "$top/test/skips" | while IFS='|' read -r host name text; do
		names=$name
		# shellcheck disable=SC2086 # a pattern
		cat "$work"/all.$host.list > "$work/names"
		while read -r test && ! wanted "$test"; do
			test=
		done < "$work/names"
		[ -n "$test" ] || echo "$host | $name | $text"
	done > "$work/wrong"
	names=
	[ ! -s "$work/wrong" ] || complain "test/skips: no list has $(cat "$work/wrong")"
}

# expect NAME TEXT: what list test prints of a tree with a series and these lists.
expect()
{
	list=$top/test/npt.list
	list test | tr '\t' '|' > "$work/have"
	[ "$(cat "$work/have")" = "$2" ] || complain "$1: $(cat "$work/have")"
}

test_select()
{
	top=$work/tree
	build=$top/build-1.2
	mkdir -p "$top/test" "$top/$queue/10-topic" "$build/linux/tools/testing/selftests/kvm"
	printf '+TEST_GEN_PROGS_x86 += x86/%s\n' new tdx > "$top/$queue/10-topic/0001-a.patch"
	printf 'TEST_GEN_PROGS_x86 += x86/old\n' > "$build/linux/tools/testing/selftests/kvm/Makefile.kvm"
	echo 'x86/tdx | x86/tdx -a | 60 | tdx | not here' > "$top/test/ept.list"
	printf '# a list\nboot | default | | 9\nx86/old,a | | 7 | a\n\nx86/old\nx86/no | x86/no -b\n' > "$top/test/npt.list"
	expect 'defaults' 'x86/old,a|x86/old|7|a|
x86/old|x86/old|600|default|
x86/no|x86/no -b|600|default|
x86/new|x86/new|600|default|'
	mkdir -p "$top/bases/1.2/10-topic"
	cp "$top/$queue/10-topic/0001-a.patch" "$top/bases/1.2/10-topic/"
	queue=bases/1.2
	expect 'another Linux' 'x86/old,a|x86/old|7|a|
x86/old|x86/old|600|default|'
}

check_lists
check_programs
check_known
check_skips
test_select
exit "$failed"
