#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/readme_test.sh [--paths | --subjects]
#
# Checks what README.md and docs/ say against the tree: the C example is the one
# that is compiled and run, the tables of docs/series.md are those of the default in bases/,
# files that are linked exist, and so do the targets of make.  Prints what is wrong and
# exits with 1.
#
# --paths      print the table of kernel paths, to be put into docs/series.md
# --subjects   print the lists of patches, likewise
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
example=test/example/map_memory_example.c

# The block of C in README.md must stand in the example, line by line.
check_example()
{
	awk '
	FNR == NR {
		if (/^```/) { inside = ($0 == "```c"); next }
		if (inside) block[++n] = $0
		next
	}
	m < n { if ($0 == block[m + 1]) m++; else m = ($0 == block[1]) }
	END { exit !(n && m == n) }
	' README.md "$example" ||
		complain "the C code of README.md is not in $example"
}

# Lines "path TAB topic TAB number", one per path that a patch touches.
touched()
{
	for patch in "$queue"/[0-9][0-9]-*/[0-9][0-9][0-9][0-9]-*.patch; do
		case $patch in */0000-*) continue ;; esac
		topic=${patch#"$queue"/}
		number=${topic#*/}
		sed -n "s,^diff --git a/.* b/\(.*\),\1\t${topic%%/*}\t${number%%-*},p" "$patch"
	done
}

# The table: files of these directories share a row, any other file has its own.
paths()
{
	echo '| path in the kernel | topic | patches |'
	echo '|---|---|---|'
	touched | awk -F '\t' '
	BEGIN {
		split("arch/x86/kvm/mmu arch/x86/kvm virt/kvm tools/testing/selftests/kvm", dirs, " ")
	}
	{
		row = $1
		for (i = 1; i <= 4; i++)
			if (index($1, dirs[i] "/") == 1) { row = dirs[i]; break }
		row = "| `" row "` | " $2
		number = $3 + 0
		if (!(row in numbers)) order[++n] = row
		if (!seen[row, number]++)
			numbers[row] = numbers[row] (row in numbers && numbers[row] != "" ? ", " : "") number
	}
	END { for (i = 1; i <= n; i++) print order[i] " | " numbers[order[i]] " |" }
	' | LC_ALL=C sort
}

# A line per patch that is mailed or applied, numbered within its topic.
subjects()
{
	for patch in "$queue"/[0-9][0-9]-*/[0-9][0-9][0-9][0-9]-*.patch; do
		case $patch in
		*/0000-*)
			topic=${patch#"$queue"/}
			printf '\n### %s\n\n' "${topic%%/*}"
			;;
		*) awk '
			/^Subject: / { subject = $0; sub(/^Subject: (\[[^]]*\] )?/, "", subject); next }
			subject != "" && /^ / { subject = subject $0; next }
			subject != "" { n = FILENAME; sub(/.*\//, "", n); print n + 0 ". " subject; exit }
			' "$patch" ;;
		esac
	done
}

check_subjects()
{
	subjects > "$tmp/want"
	grep -E '^[0-9]+\. |^### ' docs/series.md > "$tmp/have" || :
	grep -v '^$' "$tmp/want" | diff - "$tmp/have" > "$tmp/diff" ||
		complain "the lists of docs/series.md are not those of $queue: see test/readme_test.sh --subjects: $(cat "$tmp/diff")"
}

check_paths()
{
	paths > "$tmp/want"
	# shellcheck disable=SC2016 # backticks of Markdown
	grep -E '^\| `[^`]*` \| [0-9][0-9]-[a-z0-9-]+ \|' docs/series.md |
		grep -F -x -v -f "$tmp/want" > "$tmp/stale" || :
	grep -F -x -v -f docs/series.md "$tmp/want" > "$tmp/missing" || :
	if [ -s "$tmp/missing" ] || [ -s "$tmp/stale" ]; then
		complain "the table of paths is not that of $queue: see test/readme_test.sh --paths"
		sed 's/^/  missing: /' "$tmp/missing"
		sed 's/^/  stale: /' "$tmp/stale"
	fi
}

check_links()
{
	for page in README.md docs/*.md; do
		grep -o '](\([^):#]*\))' "$page" | sed 's/^](//; s/)$//' > "$tmp/links" || :
		while read -r link; do
			[ -e "$(dirname "$page")/$link" ] ||
				complain "$page: $link is not there"
		done < "$tmp/links"
	done
}

check_targets()
{
	grep -h -o -E '(^ *|`|[$] )make [a-z][a-z0-9-]*' README.md docs/*.md |
		sed 's/.*make //' | sort -u > "$tmp/targets"
	while read -r target; do
		grep -q "^$target:" Makefile || complain "there is no make $target"
	done < "$tmp/targets"
}

case ${1-} in
'' | --paths | --subjects) ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
cd "$top"
case ${1-} in
--paths) paths; exit ;;
--subjects) subjects; exit ;;
esac

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
check_example
check_paths
check_subjects
check_links
check_targets
exit "$failed"
