# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced after lib.sh: commits into patches and back, without a working tree.
#
# A topic starts with an empty commit whose subject is "topic 20-name: title"
# and whose body is the text of the cover letter. It is kept as
# bases/7.3/20-name/0000-cover-letter.patch: the same text, then a line "---",
# then a shortlog and a diffstat. Reading stops at that line, as it does in any
# patch, so that what was generated never gets back into the text.

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Fixed, so that the same patches always make the same commits.
base_date='1767225600 +0000'

as_committer()
{
	local date=$1

	shift
	GIT_COMMITTER_NAME=series GIT_COMMITTER_EMAIL=series@localhost GIT_COMMITTER_DATE=$date "$@"
}

lgit()
{
	git -C "$linux" "$@"
}

topics_in()
{
	(cd "$1" && find . -maxdepth 1 -type d -name '[0-9][0-9]-*' | sed 's,^\./,,' | sort)
}

# What the patches say, whatever their times and owners.
patches_digest()
{
	(cd "$1" && find . -path './[0-9][0-9]-*' -name '*.patch' -print0 |
		sort -z | xargs -0r sha256sum) | digest -
}

# ---- patches to commits ----

# Read one mail into $tmp/{info,msg,diff}; the author goes to the environment.
read_mail()
{
	git mailinfo -b --no-scissors "$tmp/msg" "$tmp/diff" <"$1" >"$tmp/info" 2>/dev/null || true
	grep -q '^Subject: .' "$tmp/info" ||
		die "${1#"$top"/} is not a patch in mail format: make patches writes such files"
	GIT_AUTHOR_NAME=$(sed -n 's/^Author: //p' "$tmp/info")
	GIT_AUTHOR_EMAIL=$(sed -n 's/^Email: //p' "$tmp/info")
	GIT_AUTHOR_DATE=$(sed -n 's/^Date: //p' "$tmp/info")
	subject=$(sed -n 's/^Subject: //p' "$tmp/info")
	subject=${subject#\[PATCH*\] }
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
}

# Commit the temporary index on top of $tip with this subject and $tmp/msg.
commit_mail()
{
	local tree

	tree=$(lgit write-tree)
	tip=$({ printf '%s\n\n' "$1"; cat "$tmp/msg"; } | git stripspace |
		as_committer "$GIT_AUTHOR_DATE" git -C "$linux" commit-tree "$tree" -p "$tip")
}

apply_patch()
{
	# git apply takes a hunk that moved, never one whose context changed.
	lgit apply --cached --whitespace=nowarn "$tmp/diff" 2>"$tmp/err" ||
		die "${1#"$top"/} does not apply to $(lgit log -1 --format=%s base) and the patches before it: $(sed -n '1s/^error: //p' "$tmp/err")"
}

import_topic()
{
	local dir=$1/$2 patch twice

	[ -e "$dir/0000-cover-letter.patch" ] ||
		die "${dir#"$top"/} has no 0000-cover-letter.patch: every topic starts with one"
	twice=$(cd "$dir" && printf '%s\n' [0-9][0-9][0-9][0-9]-*.patch | cut -c1-4 | uniq -d)
	[ -z "$twice" ] || die "${dir#"$top"/} has more than one patch ${twice%%[!0-9]*}: remove the one that is not meant"
	read_mail "$dir/0000-cover-letter.patch"
	commit_mail "topic $2: $subject"
	for patch in "$dir"/[0-9][0-9][0-9][0-9]-*.patch; do
		[ "$patch" != "$dir/0000-cover-letter.patch" ] || continue
		read_mail "$patch"
		[ -s "$tmp/diff" ] || die "${patch#"$top"/} changes nothing"
		apply_patch "$patch"
		commit_mail "$subject"
	done
}

# Set $tip to the commits that the patches of a directory make on top of base.
import_series()
{
	local topic tmp=$scratch/import subject

	rm -rf "$tmp"
	mkdir "$tmp"
	export GIT_INDEX_FILE=$tmp/index
	lgit read-tree base
	tip=$(lgit rev-parse 'base^{commit}')
	for topic in $(topics_in "$1"); do
		import_topic "$1" "$topic"
	done
	unset GIT_INDEX_FILE GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
}

# ---- commits to patches ----

format_patch()
{
	git -C "$linux" -c diff.renames=true -c diff.algorithm=myers -c core.quotePath=true \
		format-patch --quiet --zero-commit --no-signature --full-index \
		--no-base --no-notes --no-thread --no-attach --no-to --no-cc --no-from \
		--encode-email-headers --diff-algorithm=myers --unified=3 "$@"
}

# The mail of a topic's cover letter: the text of commit $1, and what git says
# of the commits up to $2.
cover_letter()
{
	local count zero number commit

	count=$(lgit rev-list --count "$1..$2")
	zero=$(printf "%0${#count}d" 0)
	number="PATCH $zero/$count"
	commit=$(lgit log -1 --format=%B "$1" | sed '1s/^topic [^:]*: //' |
		as_committer "$base_date" env "GIT_AUTHOR_NAME=$(lgit log -1 --format=%an "$1")" \
			"GIT_AUTHOR_EMAIL=$(lgit log -1 --format=%ae "$1")" \
			"GIT_AUTHOR_DATE=$(lgit log -1 --format=%aD "$1")" \
			git -C "$linux" commit-tree "$1^{tree}" -p "$1")
	format_patch --stdout --always --subject-prefix="$number" -1 "$commit" |
		git stripspace
	printf '\n---\n'
	[ "$count" -gt 0 ] || return 0
	lgit shortlog -w72,2,4 "$1..$2"
	lgit diff --stat=72 --summary -M --diff-algorithm=myers "$1" "$2"
}

export_topic()
{
	local name=$1 cover=$2 last=$3 dir=$4/$1

	mkdir -p "$dir"
	cover_letter "$cover" "$last" >"$dir/0000-cover-letter.patch"
	format_patch --numbered -o "$dir" "$cover..$last"
}

# Every commit must belong to a topic, in the order of the topics.
export_series()
{
	local tip=$1 out=$2 topic='' cover='' last='' commit subject name

	[ -z "$(lgit rev-list --merges "base..$tip")" ] ||
		die "the series has a merge: rebase it (git rebase base)"
	for commit in $(lgit rev-list --reverse "base..$tip"); do
		subject=$(lgit log -1 --format=%s "$commit")
		name=
		[[ ! $subject =~ ^topic\ ([0-9][0-9]-[a-z0-9-]+):\ . ]] || name=${BASH_REMATCH[1]}
		check_commit "$commit" "$subject" "$name" "$topic"
		if [ -n "$name" ]; then
			[ -z "$topic" ] || export_topic "$topic" "$cover" "$last" "$out"
			topic=$name
			cover=$commit
		fi
		last=$commit
	done
	[ -z "$topic" ] || export_topic "$topic" "$cover" "$last" "$out"
	list_series "$out" >"$out/series"
	verify_export "$tip" "$out"
}

check_commit()
{
	local commit=$1 subject=$2 name=$3 topic=$4 empty=no

	[ "$(lgit rev-parse "$commit^{tree}")" != "$(lgit rev-parse "$commit^^{tree}")" ] || empty=yes
	case $subject in
	fixup!* | squash!* | amend!*)
		die "\"$subject\" is not folded yet: git rebase -i --autosquash base" ;;
	esac
	if [ -n "$name" ]; then
		[ $empty = yes ] || die "\"$subject\" must be an empty commit: it is a cover letter"
		[[ -z $topic || $topic < $name ]] || die "topic $name comes after topic $topic: reorder or rename it"
		return
	fi
	[ -n "$topic" ] || die "\"$subject\" belongs to no topic: put an empty commit \"topic NN-name: title\" before it"
	[ $empty = no ] || die "\"$subject\" changes nothing: drop it, or call it \"topic NN-name: title\""
}

# For quilt and Debian's tools: what is to be mailed, in order.
list_series()
{
	(cd "$1" && find . -path './[0-8][0-9]-*/*.patch' ! -name 0000-cover-letter.patch |
		sed 's,^\./,,' | sort)
}

# What was written must make the same commits again.
verify_export()
{
	local format='%T%n%an <%ae> %aD%n%B' tip want=$1

	import_series "$2"
	cmp -s <(lgit log --format="$format" "base..$want") <(lgit log --format="$format" "base..$tip") ||
		die "$(lgit log --format="$format" "base..$want" | diff - <(lgit log --format="$format" "base..$tip") |
			sed -n 2p): a message that does not survive as a mail (a line \"---\", \"diff -\" or \"From:\" in it?)"
}

# ---- which side is ahead ----

# When build/linux and bases/ were last the same: "commit digest".
save_sync()
{
	mkdir -p "$state"
	printf '%s %s\n' "$1" "$(patches_digest "$patches")" >"$state/sync.new"
	mv "$state/sync.new" "$state/sync"
}

# Set series, series_moved and patches_moved.
read_sync()
{
	local synced='' digest=''

	series=$(lgit rev-parse -q --verify 'refs/heads/series^{commit}') ||
		die "$tree has no branch series: git -C $tree branch series base"
	[ ! -e "$state/sync" ] || read -r synced digest <"$state/sync"
	series_moved=no patches_moved=no
	[ "$series" = "$synced" ] || series_moved=yes
	[ "$(patches_digest "$patches")" = "$digest" ] || patches_moved=yes
	# Without a record, whichever side is empty has nothing to lose.
	if [ -z "$synced" ]; then
		[ "$series" != "$(lgit rev-parse 'base^{commit}')" ] || series_moved=no
		[ -n "$(topics_in "$patches")" ] || patches_moved=no
	fi
}
