#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: bench-tools.sh
#
# Build what make bench needs beside the selftests, in build/bench: the plugin for
# QEMU that counts.
. "${BASH_SOURCE[0]%/*}/lib.sh"

out=$build/bench

build_tools()
{
	gcc -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden -o "$out/count.so" "$top"/bench/count/*.c
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

mkdir -p "$out"
run_logged bench "$build/log/bench.log" build_tools
