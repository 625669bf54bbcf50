#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: linux.sh
#
# Make build/linux: a git repository with the tag "base" (the source as
# unpacked) and the branch "series" (one commit per patch, topic by topic). Of
# the source, only .gitignore loses Debian's line that hides new files.
# Run again, it takes over what changed in bases/ and touches no other file;
# it never throws away commits or edits that are not in bases/ yet.
#
# FORCE=1     when both changed: bases/ wins (git reflog still has the commits)
# LINUX_SRC=  a directory or tarball with the source of the base version, or of
#             a later release of the same series; without it, see fetch.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"
. "${BASH_SOURCE[0]%/*}/base.sh"

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

	check_version "$have" "$tree"
	[ -z "${LINUX_SRC:-}" ] || [ ! -d "$LINUX_SRC" ] ||
		[ "$(source_version "$LINUX_SRC")" = "$have" ] ||
		die "$tree holds Linux $have, LINUX_SRC another version: make distclean, then make linux again"
	[ -z "${LINUX_SRC:-}" ] ||
		say linux "LINUX_SRC is not looked at, as $tree is there; make distclean removes it"
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

	import_series "$patches"
	if [ "$tip" != "$series" ]; then
		[ "$(lgit symbolic-ref -q HEAD)" = refs/heads/series ] ||
			die "$queue/ changed, but $tree is not on branch series: finish what is under way there (git -C $tree status)"
		[ -z "$(lgit status --porcelain -uno)" ] ||
			die "$queue/ changed, but $tree has uncommitted edits: commit and make patches, or git -C $tree stash"
		lgit reset -q --keep "$tip" ||
			die "$tree could not be moved to the new patches: see git -C $tree status"
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
		[ "$(patches_digest "$out")" = "$(patches_digest "$patches")" ]; then
		save_sync "$series"
	else
		die "$tree has commits that are not in $queue/, and $queue/ changed too: make patches FORCE=1 takes the commits, make linux FORCE=1 takes $queue/"
	fi
}

update()
{
	undo_flip
	read_sync
	if [ "$patches_moved" = no ]; then
		[ "$series_moved" = no ] ||
			say linux "$tree has commits that are not in $queue/ yet: make patches exports them"
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

[ -e "$base_file" ] || die "there is no $queue: LINUX= is one of $(cd "$top/bases" && echo */ | tr -d /)"
[ -z "${LINUX_SRC:-}" ] || [ -e "$LINUX_SRC" ] ||
	die "LINUX_SRC=$LINUX_SRC is not there: give a directory or a tarball with the source of Linux $(base_key VERSION)"
if [ ! -d "$linux/.git" ]; then
	create
else
	check_base "$(lgit cat-file blob base:Makefile | makefile_version)"
fi
update
