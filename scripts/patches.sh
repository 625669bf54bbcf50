#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: patches.sh
#
# Export the commits base..series of build/linux into bases/, topic by topic,
# and the list of those to be mailed into bases/series. The same commits
# always give the same files; files that did not change are not touched.
#
# FORCE=1  also when bases/ changed since the two were last the same
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/series.sh"

# Write what differs, remove what is no longer there.
install_patches()
{
	local out=$1 file

	(cd "$out" && find . -type f) | while read -r file; do
		cmp -s "$out/$file" "$patches/$file" && continue
		mkdir -p "$(dirname "$patches/$file")"
		cp "$out/$file" "$patches/$file"
	done
	(cd "$patches" && find . -path './[0-9][0-9]-*/*.patch') | while read -r file; do
		[ -e "$out/$file" ] || rm "$patches/$file"
	done
	find "$patches" -mindepth 1 -type d -empty -delete
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -d "$linux/.git" ] || die "there is no $tree to export from: make linux"
read_sync
[ "$patches_moved" = no ] || [ -n "${FORCE:-}" ] ||
	die "$queue/ changed since $tree was made from it: make linux takes that over; make patches FORCE=1 overwrites it"
out=$scratch/out
mkdir "$out"
export_series "$series" "$out"
install_patches "$out"
save_sync "$series"
say patches "$(wc -l <"$patches/series") to be mailed, $(topics_in "$patches" | wc -l) topics"
