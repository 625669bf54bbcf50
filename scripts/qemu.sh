#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: qemu.sh [base | export | fetch]
#
# Build QEMU with the series in patches/qemu, static and for KVM only:
# build/vmm/qemu-system-x86_64, and its firmware beside it. The source is
# build/qemu, a git repository like build/linux: tag "base", branch "series". What
# changed in patches/qemu is taken over; commits and edits that are not in
# patches/qemu yet are never thrown away.
#
# base       build build/vmm/qemu-base, the same without the series
# export     write the commits of build/qemu to patches/qemu
# fetch      get the sources into the cache, and nothing else
# FORCE=1    when both changed: patches/qemu wins, or with export the commits
# QEMU_SRC=  a tarball with the source of the base version; without it, Debian's
#
# The exit status is 3 if no archive has the source, or it can't be reached.
. "${BASH_SOURCE[0]%/*}/lib.sh"
linux=$build/qemu
state=$linux/.git/map-memory
tree=${linux#"$top"/}
. "${BASH_SOURCE[0]%/*}/series.sh"

apt_dir=$cache/apt-qemu
. "${BASH_SOURCE[0]%/*}/apt.sh"
. "${BASH_SOURCE[0]%/*}/qemu-fetch.sh"
. "${BASH_SOURCE[0]%/*}/qemu-series.sh"
queue=patches/qemu
patches=$top/$queue
base_file=$patches/BASE
vmm=$build/vmm
obj=$vmm/obj
fetch_log=$build/log/qemu-fetch.log

configure=(--python=/usr/bin/python3 --static --target-list=x86_64-softmmu
	--without-default-features --without-default-devices --with-devices-x86_64=vmm
	--enable-fdt=system --enable-kvm --disable-tcg --disable-tools --disable-docs
	--disable-werror --disable-stack-protector --disable-pie --disable-install-blobs)
devices="I440FX Q35 MICROVM SERIAL_ISA ISA_DEBUG ISA_TESTDEV PCI_TESTDEV TEST_DEVICES
	DIMM PCIE_PORT VIRTIO_PCI VIRTIO_BALLOON VIRTIO_MEM VIRTIO_BLK"

# ---- build/qemu ----

# Debian's tarball lacks the EDK2 images, and pycotap is for QEMU's own tests only.
prepare()
{
	sed -i '/^pycotap /d' "$1/pythondeps.toml"
	sed -i 's/unpack_edk2_blobs = bzip2.found()/unpack_edk2_blobs = false/' "$1/meson.build"
}

create()
{
	local new=$build/qemu.new src=${QEMU_SRC:-$cache/$(base_key TAR)} tree

	need_space 3 "$build"
	[ -n "${QEMU_SRC:-}" ] || fetch_source
	say qemu "unpack ${src##*/}"
	rm -rf "$new"
	mkdir -p "$new"
	tar -xf "$src" --strip-components=1 --exclude='*/roms' -C "$new" || die "$src could not be unpacked"
	[ "$(cat "$new/VERSION" 2>/dev/null)" = "$(base_key VERSION)" ] ||
		die "$src is not the source of QEMU $(base_key VERSION)"
	prepare "$new"
	git -C "$new" init -q -b series
	git -C "$new" config gc.auto 0
	echo '/configs/devices/x86_64-softmmu/vmm.mak' >"$new/.git/info/exclude"
	git -C "$new" -c core.looseCompression=1 add -fA
	tree=$(git -C "$new" write-tree)
	as_committer "$base_date" env GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@localhost \
		GIT_AUTHOR_DATE="$base_date" git -C "$new" commit -q --no-verify -m "QEMU $(base_key VERSION)"
	git -C "$new" tag base
	[ "$tree" = "$(base_key TREE)" ] ||
		say qemu "this is not byte for byte the base that the series was made on (patches/qemu/BASE)"
	mv "$new" "$linux"
}

# ---- build ----

# The key of what the tree $1 makes.
binary_key()
{
	{ echo "$1 ${configure[*]} $devices $(base_key MESON_VERSION)"; tools_id; } | digest -
}

configure_obj()
{
	local want

	want=$(binary_key config)
	[ "$want" != "$(cat "$obj/configured" 2>/dev/null)" ] || return 0
	rm -rf "$obj"
	mkdir -p "$obj"
	# shellcheck disable=SC2086
	printf 'CONFIG_%s=y\n' $devices >"$linux/configs/devices/x86_64-softmmu/vmm.mak"
	(cd "$obj" && run_logged qemu "$build/log/qemu-configure.log" "$linux/configure" "${configure[@]}")
	echo "$want" >"$obj/configured"
}

# compile NAME FILE: what is checked out now.
compile()
{
	configure_obj
	say qemu "build $1"
	NINJA_STATUS='  N%f/%t ' run_logged "$1" "$build/log/$1.log" ninja -C "$obj" -j "$jobs" qemu-system-x86_64
	strip -o "$2.new" "$obj/qemu-system-x86_64"
	mv "$2.new" "$2"
}

# binary NAME TREE: from the cache, or built and kept there.
binary()
{
	local dir

	dir=$cache/qemu/$(binary_key "$2")
	[ -e "$dir/qemu" ] || { mkdir -p "$dir"; compile "$1" "$dir/qemu"; }
	cmp -s "$dir/qemu" "$vmm/$1" && return
	cp "$dir/qemu" "$vmm/$1.new"
	mv "$vmm/$1.new" "$vmm/$1"
}

back_from_base()
{
	[ ! -e "$state/flip" ] || lgit checkout -q "$(cat "$state/flip")"
	rm -f "$state/flip"
}

# Check out base where the series stands; the next run puts it back if this is killed.
flip_to_base()
{
	[ -z "$(lgit status --porcelain -uno)" ] ||
		die "build/qemu has uncommitted edits: commit them or git -C build/qemu stash"
	mkdir -p "$state"
	{ lgit symbolic-ref -q --short HEAD || lgit rev-parse HEAD; } >"$state/flip"
	trap 'back_from_base; rm -rf "$scratch"' EXIT
	lgit checkout -q --detach base
}

build_base()
{
	local tree

	tree=$(lgit rev-parse 'base^{tree}')
	[ -e "$cache/qemu/$(binary_key "$tree")/qemu" ] || flip_to_base
	binary qemu-base "$tree"
}

build_series()
{
	take_over
	if [ -z "$(lgit status --porcelain -uno)" ]; then
		binary qemu-system-x86_64 "$(lgit rev-parse 'HEAD^{tree}')"
	else
		compile qemu-system-x86_64 "$vmm/qemu-system-x86_64"
	fi
}

firmware()
{
	cp -Lu /usr/share/seabios/bios-256k.bin /usr/share/qemu/{bios-microvm,kvmvapic,linuxboot_dma,multiboot_dma,pvh}.bin "$vmm/"
}

case ${1:-} in
'' | base | export | fetch) ;;
*) usage 2 ;;
esac
mkdir -p "$vmm"
if [ "${1:-}" = fetch ]; then
	[ -d "$linux/.git" ] || [ -n "${QEMU_SRC:-}" ] || fetch_source
	fetch_meson
	exit
fi
need host qemu
[ -d "$linux/.git" ] || create
back_from_base
if [ "${1:-}" = export ]; then
	export_patches
	exit
fi
fetch_meson
export PYTHONPATH=$meson/usr/lib/python3/dist-packages
firmware
"build_${1:-series}"
