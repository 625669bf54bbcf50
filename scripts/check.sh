#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: check.sh [repository | series | topics | builds] ...
#
# What can be tested without an emulator, fast part first: repository, series and
# builds; with arguments, these parts only. Tests what bases/ says, not what build/linux
# holds. One line per check, PASS or FAIL, on stdout and in build/test/results.txt; what
# a check had to say is in build/log/check. A commit that passed is not built again (the
# cache keeps its tree's hash). Exits with 1 if a check failed.
#
# repository  scripts, README and docs, figures, lists, judging of tests
# series      whether it applies, exports to the same bytes, style, mails
# topics      each topic's objects and selftests, with no new warning; documentation
# builds      the same of each commit, which takes a quarter of an hour more
# APPEND=1    add to build/test/results.txt
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"
. "${BASH_SOURCE[0]%/*}/mails.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"
. "${BASH_SOURCE[0]%/*}/results.sh"
. "${BASH_SOURCE[0]%/*}/check-repository.sh"
. "${BASH_SOURCE[0]%/*}/check-header.sh"
. "${BASH_SOURCE[0]%/*}/check-series.sh"
. "${BASH_SOURCE[0]%/*}/check-builds.sh"

# Debian's python3 has the modules that sphinx wants.
PATH=/usr/bin:$PATH

results=$build/test/results.txt
logs=$build/log/check

# Set $tip to the commits that bases/ makes, which all of the series is about.
find_tip()
{
	check "series applies" check_applies
	[ "$status" -eq 0 ] || exit 1
	tip=$(cat "$logs/tip")
}

for part; do
	case $part in
	repository | series | topics | builds) ;;
	*) usage 2 ;;
	esac
done
[ $# -gt 0 ] || set -- repository series builds

need linux kernel check
need_space 4 "$build"
mkdir -p "$build/test" "$logs"
[ -n "${APPEND:-}" ] || : >"$results"
tip=
for part; do
	[ "$part" = repository ] || [ -n "$tip" ] || find_tip
	"check_$part"
done
[ $failed -eq 0 ]
