#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: rewrites.sh [COMMIT]
#
# Which patches of the series delete lines that an earlier patch added: lines
# "LINES PATCH, of PATCH" for base..COMMIT (series) of build/linux, most first.
# Nobody reviews code that is thrown away, so there should be few, but for what a
# topic changes for the next one. Lists and tables, to which every patch adds, are
# left out.
. "${BASH_SOURCE[0]%/*}/lib.sh"

lgit()
{
	git -C "$linux" "$@"
}

# The ranges of lines, "FILE START,COUNT", that a commit deletes of what was there.
deleted()
{
	lgit diff -U0 --no-renames "$1^" "$1" -- . ':!MAINTAINERS' ':!*Makefile*' ':!*Kconfig*' |
		awk '/^--- a\// { file = substr($0, 7); next }
		/^--- / { file = "" }
		/^@@ / && file != "" {
			split(substr($2, 2), range, ",")
			count = range[2] == "" ? 1 : range[2]
			if (count) print file, range[1] ",+" count
		}'
}

# The commits since base that those lines are from, one per line.
blame()
{
	deleted "$1" | while read -r file range; do
		lgit blame -s -l --abbrev=40 -L "$range" "base..$1^" -- "$file" | { grep -v '^^' || :; } | cut -c1-40
	done
}

case ${1:-} in
-*) usage 2 ;;
esac

tip=${1:-series}
for commit in $(lgit rev-list --reverse "base..$tip"); do
	blame "$commit" | sort | uniq -c | while read -r lines of; do
		printf '%4d %s, of %s\n' "$lines" "$(lgit log -1 --format=%s "$commit")" \
			"$(lgit log -1 --format=%s "$of")"
	done
done | sort -rn
