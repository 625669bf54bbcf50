#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: build-tools.sh
#
# Build what make bench needs beside the selftests, in build/bench: the plugin for
# QEMU that counts, and the module and the program that measure the floor.
. "${BASH_SOURCE[0]%/*}/../scripts/lib.sh"
. "${BASH_SOURCE[0]%/*}/../scripts/kbuild.sh"

out=$build/bench
obj=$build/kernel

# The kernel is built without modules, so its list of symbols has another name.
build_module()
{
	mkdir -p "$out/floor" &&
		cp "$top/bench/floor/Kbuild" "$top/bench/floor/floor.c" "$out/floor/" &&
		make -s -C "$linux" O="$obj" modules_prepare &&
		make -s -C "$linux" O="$obj" M="$out/floor" \
			KBUILD_EXTRA_SYMBOLS="$obj/vmlinux.symvers" modules &&
		cp "$out/floor/floor.ko" "$out/"
}

build_tools()
{
	gcc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$out/count.so" "$top/bench/count/count.c" &&
		gcc -O2 -Wall -Wextra -Werror -static -o "$out/measure_floor" "$top/bench/floor/measure_floor.c" &&
		build_module
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -e "$obj/vmlinux.symvers" ] || die "there is no built kernel in build/kernel: make kernel"
mkdir -p "$out"
run_logged bench "$build/log/bench.log" build_tools
