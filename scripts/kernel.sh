#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: kernel.sh [debug | rt | kcsan | gcov]
#
# Build the kernel of the emulated hosts from build/linux as it stands, out of
# tree, in build/kernel: tinyconfig, then kernel/host.config and model.config, and
# every line of them verified. build/kernel-base/bzImage is the same kernel without
# the series; it is built once, in the same objects, and kept in the cache.
#
# With an argument, adds kernel/KIND.config and builds in build/kernel-KIND, without a base.
# gcov counts the lines of what the series changes in KVM, see coverage.sh.
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"

base_bzimage=$build/kernel-base/bzImage

# The unpatched kernel depends on nothing but this.
base_key_of_kernel()
{
	{ lgit ls-tree base | grep -v '\.gitignore$'; cat "$top/kernel/host.config" "$top/scripts/kbuild.sh"; tools_id; } | digest -
}

back_from_base()
{
	[ ! -e "$state/flip" ] || lgit checkout -q "$(cat "$state/flip")"
	rm -f "$state/flip"
}

# Check out base where the series stands, so that the objects that the series
# does not touch are built once only. If this is killed, linux.sh puts it back, or who
# comes here next.
build_base()
{
	[ -z "$(lgit status --porcelain -uno)" ] ||
		die "the kernel without the series is built first, once, and $tree has uncommitted edits: commit them or git -C $tree stash"
	mkdir -p "$state"
	{ lgit symbolic-ref -q --short HEAD || lgit rev-parse HEAD; } >"$state/flip.new"
	mv "$state/flip.new" "$state/flip"
	trap back_from_base EXIT
	lgit checkout -q --detach base
	build_bzimage "$obj" "kernel without the series" "$build/log/kernel-base.log" "$top/kernel/host.config"
	mkdir -p "$1"
	cp "$obj/arch/x86/boot/bzImage" "$1/bzImage.new"
	mv "$1/bzImage.new" "$1/bzImage"
	back_from_base
}

base_kernel()
{
	local dir

	dir=$cache/kernel-base/$(base_key_of_kernel)
	[ -e "$dir/bzImage" ] || build_base "$dir"
	cmp -s "$dir/bzImage" "$base_bzimage" && return
	mkdir -p "${base_bzimage%/*}"
	cp "$dir/bzImage" "$base_bzimage.new"
	mv "$base_bzimage.new" "$base_bzimage"
}

# Variables of kbuild, e.g. GCOV_PROFILE_mmu/mmu.o=y. arch/x86/kvm/Makefile has the objects
# of virt/kvm, too; those of mm are of mm/Makefile.
counted_objects()
{
	lgit diff --name-only base HEAD -- 'arch/x86/kvm/*.c' 'virt/kvm/*.c' 'mm/*.c' |
		sed -e 's,^arch/x86/kvm/,,' -e 's,^virt/,../../../virt/,' -e 's,^mm/,,' \
			-e 's,^\(.*\)\.c$,GCOV_PROFILE_\1.o=y,' | tr '\n' ' '
}

# The functions that the series adds or changes, one per line: of what KCSAN reports, only
# what is in one of these is bad for host/boot.sh, which looks for them beside the bzImage.
series_functions()
{
	lgit diff -U0 --histogram base HEAD -- arch/x86/kvm arch/x86/include include mm virt | awk '
		/^@@/ { heading = $0; sub(/^@@[^@]*@@ /, "", heading); next }
		/^\+\+\+|^---/ { next }
		# What changes is in the function of the heading if it is indented.
		/^[-+][ \t]/ && heading { print heading }
		!/^[-+](#|$)/ { heading = "" }
		/^\+[a-z][^;]*$/ { print substr($0, 2) }' |
		sed -n -E 's/^[a-z][^(]*[ *]([a-zA-Z_0-9]+)\(.*/\1/p' | sort -u
}

fragments=("$top/kernel/host.config")
[ ! -d "$patches/90-model" ] || fragments+=("$top/kernel/model.config")
case ${1:-} in
'')	obj=$build/kernel ;;
debug | rt | kcsan | gcov)	obj=$build/kernel-$1 fragments+=("$top/kernel/$1.config") ;;
*)	usage 2 ;;
esac

[ -d "$linux/.git" ] || die "there is no $tree: make linux"
back_from_base
if [ "${1:-}" = gcov ]; then
	MAKEFLAGS=$(counted_objects)
	export MAKEFLAGS
fi
if [ "${1:-}" = kcsan ]; then
	mkdir -p "$obj/arch/x86/boot"
	series_functions >"$obj/arch/x86/boot/bzImage.functions"
fi
need kernel
need_space 2 "$build"
[ "$obj" != "$build/kernel" ] || base_kernel
key=$(source_key "${fragments[@]}" <(echo "${MAKEFLAGS:-}"))
if [ "$key" != dirty ] && [ "$key" = "$(cat "$obj/built" 2>/dev/null)" ]; then
	exit
fi
rm -f "$obj/built"
build_bzimage "$obj" "kernel $(lgit log -1 --format=%h)" "$build/log/${obj##*/}.log" "${fragments[@]}"
echo "$key" >"$obj/built"
