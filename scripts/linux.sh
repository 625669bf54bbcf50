#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: linux.sh
#
# Make build/linux: a git repository with the tag "base" (the source as
# unpacked) and the branch "series" (one commit per patch, topic by topic). Of
# the source, only .gitignore loses Debian's line that hides new files.
# Run again, it takes over what changed in patches/ and touches no other file;
# it never throws away commits or edits that are not in patches/ yet.
#
# FORCE=1     when both changed: patches/ wins (git reflog still has the commits)
# LINUX_SRC=  a directory or tarball with the source of the base version, or of
#             a later release of the same series; without it, see fetch.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"

new=$build/linux.new

# ---- the base ----

unpack()
{
	case $1 in
	*.deb)	dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
			tar -xJ --strip-components=1 -C "$new" ;;
	*)	tar -xf "$1" --strip-components=1 -C "$new" ;;
	esac 2>/dev/null || die "$1 could not be unpacked: is it a whole tarball of the kernel's source?"
}

copy_directory()
{
	if git -C "$1" rev-parse -q --verify HEAD >/dev/null 2>&1 && [ -e "$1/.git" ]; then
		[ -z "$(git -C "$1" status --porcelain -uno)" ] ||
			say linux "$1 has uncommitted edits: what is committed is taken"
		git -C "$1" archive HEAD | tar -x -C "$new"
	else
		(cd "$1" && tar -c --exclude=./.git .) | tar -x -C "$new"
		if [ -e "$new/.config" ] || [ -e "$new/include/config" ]; then
			make -s -C "$new" mrproper
		fi
	fi
}

source_version()
{
	[ ! -f "$1/Makefile" ] || [ ! -d "$1/virt/kvm" ] || makefile_version <"$1/Makefile"
}

makefile_version()
{
	awk -F' *= *' 'past { next }
		/^(VERSION|PATCHLEVEL|SUBLEVEL) *=/ { v = v sep $2; sep = "." }
		/^EXTRAVERSION *= *[^ ]/ { v = v $2 }
		/^NAME/ { print v; past = 1 }'
}

# The base version or a later release of the same series, nothing else.
check_version()
{
	local have=$1 from=$2 want

	want=$(base_key VERSION)
	[ -n "$have" ] || die "$from does not hold the source of Linux: give LINUX_SRC= that of $want"
	case $have in
	"$want")	return ;;
	"${want%.*}".*[!0-9.]*) ;;
	"${want%.*}".*)
		if [ "${have##*.}" -gt "${want##*.}" ]; then
			say linux "$have is later than the base $want: taken if every patch applies with no fuzz"
			return
		fi ;;
	esac
	die "$from is Linux $have: the series needs $want or a later ${want%.*}.y"
}

obtain()
{
	local src

	src=${LINUX_SRC:-}
	if [ -z "$src" ]; then
		src=$("$top/scripts/fetch.sh")
	fi
	say linux "unpack $(basename "$src")"
	if [ -d "$src" ]; then
		copy_directory "$(cd "$src" && pwd)"
	else
		unpack "$src"
	fi
	check_version "$(source_version "$new")" "$(basename "$src")"
}

commit_base()
{
	local tree commit

	say linux "commit it as base"
	# Debian's packaging ignores every new file; a developer adds some.
	[ ! -e "$new/.gitignore" ] || sed -i '/^[/][*]$/d' "$new/.gitignore"
	git -C "$new" init -q -b series
	git -C "$new" config gc.auto 0
	git -C "$new" config core.untrackedCache true
	git -C "$new" -c core.looseCompression=1 add -fA
	tree=$(git -C "$new" write-tree)
	commit=$(echo "Linux $(source_version "$new")" |
		as_committer "$base_date" env GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@localhost \
			GIT_AUTHOR_DATE="$base_date" git -C "$new" commit-tree "$tree")
	git -C "$new" update-ref refs/heads/series "$commit"
	git -C "$new" tag base "$commit"
	[ "$tree" = "$(base_key TREE)" ] ||
		say linux "this is not byte for byte the base that the series was made on (patches/BASE)"
}

# build/linux appears under its name only when it is whole.
create()
{
	need linux
	mkdir -p "$build"
	need_space 4 "$build"
	rm -rf "$new"
	mkdir "$new"
	obtain
	commit_base
	mv "$new" "$linux"
	mkdir -p "$state"
	echo "$(lgit rev-parse 'base^{commit}') none" >"$state/sync"
}

check_base()
{
	local have=$1

	check_version "$have" build/linux
	[ -z "${LINUX_SRC:-}" ] || [ ! -d "$LINUX_SRC" ] ||
		[ "$(source_version "$LINUX_SRC")" = "$have" ] ||
		die "build/linux holds Linux $have, LINUX_SRC another version: make distclean, then make linux again"
	[ -z "${LINUX_SRC:-}" ] ||
		say linux "LINUX_SRC is not looked at, as build/linux is there; make distclean removes it"
}

# ---- the series ----

# kernel.sh was killed while it built the base: go back to where it came from.
undo_flip()
{
	[ -e "$state/flip" ] || return 0
	lgit checkout -q "$(cat "$state/flip")"
	rm -f "$state/flip"
}

take_over()
{
	local tip

	import_series "$top/patches"
	if [ "$tip" != "$series" ]; then
		[ "$(lgit symbolic-ref -q HEAD)" = refs/heads/series ] ||
			die "patches/ changed, but build/linux is not on branch series: finish what is under way there (git -C build/linux status)"
		[ -z "$(lgit status --porcelain -uno)" ] ||
			die "patches/ changed, but build/linux has uncommitted edits: commit and make patches, or git -C build/linux stash"
		lgit reset -q --keep "$tip" ||
			die "build/linux could not be moved to the new patches: see git -C build/linux status"
	fi
	save_sync "$tip"
	say linux "$(lgit rev-list --count "base..$tip") commits on base $(source_version "$linux")"
}

# Both sides moved: no harm if they moved to the same place.
same_or_die()
{
	local out=$scratch/same

	mkdir "$out"
	if (export_series "$series" "$out") 2>/dev/null &&
		[ "$(patches_digest "$out")" = "$(patches_digest "$top/patches")" ]; then
		save_sync "$series"
	else
		die "build/linux has commits that are not in patches/, and patches/ changed too: make patches FORCE=1 takes the commits, make linux FORCE=1 takes patches/"
	fi
}

update()
{
	undo_flip
	read_sync
	if [ "$patches_moved" = no ]; then
		[ "$series_moved" = no ] ||
			say linux "build/linux has commits that are not in patches/ yet: make patches exports them"
	elif [ "$series_moved" = no ] || [ -n "${FORCE:-}" ]; then
		take_over
	else
		same_or_die
	fi
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -z "${LINUX_SRC:-}" ] || [ -e "$LINUX_SRC" ] ||
	die "LINUX_SRC=$LINUX_SRC is not there: give a directory or a tarball with the source of Linux $(base_key VERSION)"
if [ ! -d "$linux/.git" ]; then
	create
else
	check_base "$(lgit cat-file blob base:Makefile | makefile_version)"
fi
update
