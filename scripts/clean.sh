#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: clean.sh [all]
#
# Remove what was built. build/linux and build/qemu stay, as a developer works in
# them; "all" removes them, too, unless that would lose commits or edits (FORCE=1).
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"

# Nothing is in the tree build/$1 that isn't in $2/, where "$3" puts it.
nothing_to_lose()
{
	linux=$build/$1
	state=$linux/.git/map-memory
	tree=${linux#"$top"/}
	[ -d "$linux/.git" ] || return 0
	[ -z "$(lgit status --porcelain)" ] ||
		die "$tree has uncommitted edits: commit and $3, or make distclean FORCE=1"
	read_sync
	[ "$series_moved" = no ] ||
		die "$tree has commits that are not in $2/: $3, or make distclean FORCE=1"
}

case ${1:-} in
'')	;;
all)	if [ -z "${FORCE:-}" ]; then
		nothing_to_lose linux "$queue" 'make patches'
		nothing_to_lose qemu patches/qemu 'scripts/qemu.sh export'
	fi
	rm -rf "$build"
	exit ;;
*)	usage 2 ;;
esac

[ -d "$build" ] || exit 0
find "$build" -mindepth 1 -maxdepth 1 ! -name linux ! -name qemu -exec rm -rf {} +
[ ! -d "$linux/.git" ] || git -C "$linux" worktree prune
