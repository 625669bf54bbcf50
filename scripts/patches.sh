#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: patches.sh
#
# Export the commits base..series of build/linux into patches/, topic by topic,
# and the list of those to be mailed into patches/series. The same commits
# always give the same files; files that did not change are not touched.
#
# FORCE=1  also when patches/ changed since the two were last the same
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"

# Write what differs, remove what is no longer there.
install_patches()
{
	local out=$1 file

	(cd "$out" && find . -type f) | while read -r file; do
		cmp -s "$out/$file" "$top/patches/$file" && continue
		mkdir -p "$(dirname "$top/patches/$file")"
		cp "$out/$file" "$top/patches/$file"
	done
	(cd "$top/patches" && find . -path './[0-9][0-9]-*/*.patch') | while read -r file; do
		[ -e "$out/$file" ] || rm "$top/patches/$file"
	done
	find "$top/patches" -mindepth 1 -type d -empty -delete
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -d "$linux/.git" ] || die "there is no build/linux to export from: make linux"
read_sync
[ "$patches_moved" = no ] || [ -n "${FORCE:-}" ] ||
	die "patches/ changed since build/linux was made from it: make linux takes that over; make patches FORCE=1 overwrites it"
out=$scratch/out
mkdir "$out"
export_series "$series" "$out"
install_patches "$out"
save_sync "$series"
say patches "$(wc -l <"$top/patches/series") to be mailed, $(topics_in "$top/patches" | wc -l) topics"
