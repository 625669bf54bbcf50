#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: uapi-header.sh [--check] [COMMIT]
#
# Write include/kvm_map_memory.h: what the series adds to the kernel's
# include/uapi/linux/kvm.h, as a header for programs that are built with an older
# one. COMMIT is the end of the series in build/linux (series).
#
# --check  write nothing; fail, with the difference, if the file is another one
. "${BASH_SOURCE[0]%/*}/lib.sh"

header=$top/include/kvm_map_memory.h
uapi=include/uapi/linux/kvm.h

# Every line that the series adds, whatever patch it comes from, one hunk after another.
added_lines()
{
	git -C "$linux" diff -U0 --no-ext-diff base "$1" -- "$uapi" | sed -n '/^+++/d; s/^@@.*//p; s/^+//p'
}

write_header()
{
	cat <<-'END'
	/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
	/*
	 * KVM_MAP_MEMORY for programs that are built with a <linux/kvm.h> without it, which
	 * may be included before this header or after it.  KVM_CAP_MAP_MEMORY and the number
	 * of the ioctl are provisional until the series is merged.
	 *
	 * Made by scripts/uapi-header.sh from the series: do not edit.
	 */
	#ifndef KVM_MAP_MEMORY_H
	#define KVM_MAP_MEMORY_H

	#include <linux/const.h>
	#include <linux/kvm.h>

	#ifndef KVM_MAP_MEMORY
	END
	cat "$1"
	cat <<-'END'

	#endif /* KVM_MAP_MEMORY */

	#endif /* KVM_MAP_MEMORY_H */
	END
}

check=''
if [ "${1:-}" = --check ]; then
	check=1
	shift
fi
[ $# -le 1 ] || usage 2
commit=${1:-series}

[ -d "$linux/.git" ] || die "there is no $tree: make linux"
git -C "$linux" rev-parse -q --verify "$commit^{commit}" >/dev/null || die "$tree has no commit $commit"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
added_lines "$commit" >"$scratch/added"
grep -q 'KVM_MAP_MEMORY[[:space:]]*_IOWR' "$scratch/added" ||
	die "$commit does not add KVM_MAP_MEMORY to $uapi"
write_header "$scratch/added" | cat -s >"$scratch/header"

if [ -n "$check" ]; then
	diff -u "$header" "$scratch/header" ||
		die "include/kvm_map_memory.h is not what the series has: scripts/uapi-header.sh writes it"
else
	mkdir -p "${header%/*}"
	cp "$scratch/header" "$header"
fi
