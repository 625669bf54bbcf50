#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: clean.sh [all]
#
# Remove what was built. build/linux stays, as a developer works in it; "all"
# removes it too, unless that would lose commits or edits (FORCE=1).
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"

nothing_to_lose()
{
	[ -z "$(lgit status --porcelain)" ] ||
		die "$tree has uncommitted edits: commit and make patches, or make distclean FORCE=1"
	read_sync
	[ "$series_moved" = no ] ||
		die "$tree has commits that are not in $queue/: make patches, or make distclean FORCE=1"
}

case ${1:-} in
'')	;;
all)	[ ! -d "$linux/.git" ] || [ -n "${FORCE:-}" ] || nothing_to_lose
	rm -rf "$build"
	exit ;;
*)	usage 2 ;;
esac

[ -d "$build" ] || exit 0
find "$build" -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} +
[ ! -d "$linux/.git" ] || git -C "$linux" worktree prune
