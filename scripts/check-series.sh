# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced by check.sh: the series as it is in bases/, without a compiler but for
# the header for VMMs.

check_applies()
{
	import_series "$patches"
	echo "$tip" >"$logs/tip"
}

check_quilt()
{
	local files=()

	diff <(list_series "$patches") "$patches/series"
	mapfile -t files < <(sed "s,^,$patches/," "$patches/series")
	[ ${#files[@]} -gt 0 ] || return 0
	export GIT_INDEX_FILE=$scratch/quilt
	lgit read-tree base
	lgit apply --cached --whitespace=nowarn "${files[@]}"
}

check_stable()
{
	mkdir "$scratch/stable"
	export_series "$tip" "$scratch/stable"
	(cd "$patches" && find . -path './[0-9][0-9]-*/*.patch' -o -path ./series) | sort >"$scratch/have"
	(cd "$scratch/stable" && find . -type f) | sort | diff "$scratch/have" -
	while read -r file; do
		diff "$patches/$file" "$scratch/stable/$file"
	done <"$scratch/have"
}

# Code that a later patch throws away is code that nobody should have to review. What
# there is of it is in the log; a dozen lines are a function that was rewritten.
check_rewrites()
{
	"$top/scripts/rewrites.sh" "$tip" | tee "$scratch/rewrites"
	awk '$1 > 12 { found = 1 } END { exit found }' "$scratch/rewrites"
}

# The kernel that the hosts boot is built from build/linux.
check_same()
{
	[ "$(lgit rev-parse 'HEAD^{tree}')" = "$(lgit rev-parse "$tip^{tree}")" ] ||
		die "what $tree has checked out is not what $queue/ says: make patches, or make linux"
	[ -z "$(lgit status --porcelain -uno)" ] || die "$tree has uncommitted edits"
}

# What was said of the patch $1, and whether that was nothing.
check_style()
{
	cat "$scratch/style/$1.out"
	[ -e "$scratch/style/$1.good" ]
}

# With all processors at first; what was said of each is judged one by one.
style_of_all()
{
	local patch

	(cd "$patches" && find . -path './[0-9][0-9]-*/*.patch' ! -name 0000-cover-letter.patch) |
		sed 's,^\./,,' | sort >"$scratch/all"
	sed 's,/.*,,' "$scratch/all" | sort -u | (cd "$scratch" && sed 's,^,style/,' | xargs mkdir -p)
	# shellcheck disable=SC2016
	xargs -P "$jobs" -I '{}' sh -c '"$1/scripts/checkpatch.sh" "$4/$3" >"$2/style/$3.out" 2>&1 &&
		touch "$2/style/$3.good"; :' - "$top" "$scratch" '{}' "$patches" <"$scratch/all"
	while read -r patch; do
		check "checkpatch ${patch%.patch}" check_style "$patch"
	done <"$scratch/all"
}

check_mails()
{
	env -u RFC -u V -u BASE_COMMIT -u SIGN -u CHECK OUT="$scratch/mail" \
		"$top/scripts/mail.sh" "$1" quick >"$scratch/mail.out" ||
		{ grep -v '^PASS' "$scratch/mail.out"; return 1; }
}

# The mails depend on the topic's commits, which those before are part of.
mails_of_all()
{
	local topic cover last scripts

	scripts=$({ cat "$top"/scripts/{lib,series,results,mail,mails,mailcheck}.sh; git --version; } | digest -)
	for topic in $(mailed_topics); do
		find_topic "$tip" "$topic"
		check_once "mail $topic" "$(printf '%s\n' mail "$topic" "$last" "$scripts" | digest -)" \
			check_mails "$topic"
	done
}

check_series()
{
	check "series for quilt" check_quilt
	check "linux patches is stable" check_stable
	check "build/linux is patches" check_same
	check_header
	check "series rewrites nothing of its own" check_rewrites
	style_of_all
	mails_of_all
}
