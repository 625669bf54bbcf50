# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced by qemu.sh, after series.sh: patches/qemu into commits of build/qemu, and back.

# What read_sync and save_sync of series.sh compare.
patches_digest()
{
	find "$patches" -maxdepth 1 -name '[0-9]*.patch' -print0 | sort -z | xargs -0r cat | digest -
}

# The only topic here, for series.sh.
topics_in()
{
	echo qemu
}

take_over()
{
	local tip

	read_sync
	if [ "$patches_moved" = no ]; then
		[ "$series_moved" = no ] || say qemu "build/qemu has commits that are not in patches/qemu yet: qemu.sh export"
		return 0
	fi
	[ "$series_moved" = no ] || [ -n "${FORCE:-}" ] ||
		die "build/qemu has commits that are not in patches/qemu, which changed too: FORCE=1 qemu.sh export takes the commits, FORCE=1 qemu.sh the patches"
	import_series "$top/patches"
	if [ "$tip" != "$series" ]; then
		[ "$(lgit symbolic-ref -q HEAD; lgit status --porcelain -uno)" = refs/heads/series ] ||
			die "patches/qemu changed, but build/qemu is not on branch series or has uncommitted edits: git -C build/qemu status"
		lgit reset -q --keep "$tip"
	fi
	save_sync "$tip"
}

export_patches()
{
	local out=$scratch/qemu cover

	read_sync
	[ "$patches_moved" = no ] || [ "$series_moved" = no ] || [ -n "${FORCE:-}" ] ||
		die "patches/qemu changed, too: FORCE=1 overwrites it"
	cover=$(lgit rev-list --reverse base..series | sed -n 1p)
	[[ $(lgit log -1 --format=%s "$cover") = 'topic qemu: '* ]] ||
		die 'the first commit after base is the cover letter, an empty commit "topic qemu: title"'
	! lgit log --format=%s base..series | grep -E '^(fixup|squash|amend)!' ||
		die "fold these first: git rebase -i --autosquash base"
	export_topic qemu "$cover" series "$scratch"
	(cd "$out" && find . -name '[0-9]*.patch' ! -name '0000-*' | sed 's,^\./,,' | sort) >"$out/series"
	verify_export "$series" "$scratch"
	rm -f "$patches"/[0-9]*.patch
	cp "$out"/* "$patches/"
	save_sync "$series"
}
