#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: selftests.sh
#
# Build all KVM selftests of build/linux, static, in build/selftests, and with
# the headers that they include (build/headers) the programs of test/.
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"

out=$build/selftests
log=$build/log/selftests.log

# build_program NAME SOURCE...
build_program()
{
	local name=$1

	shift
	gcc -O2 -Wall -Wextra -Werror -static -isystem "$build/headers/usr/include" -o "$out/$name" "$@"
}

build_selftests()
{
	make -s -C "$linux" O="$build/headers" headers &&
		LDFLAGS=-static make -C "$linux/tools/testing/selftests/kvm" -j"$jobs" \
			OUTPUT="$out" KHDR_INCLUDES="-isystem $build/headers/usr/include" &&
		build_program map_memory_example "$top/test/example/map_memory_example.c" &&
		build_program probe "$top"/bench/probe/*.c
}

case ${1:-} in
'') ;;
*) usage 2 ;;
esac

[ -d "$linux/.git" ] || die "there is no $tree: make linux"
need kernel
key=$(source_key "$top/scripts/selftests.sh" "$top"/test/example/*.c "$top"/bench/probe/*.[ch] "$top"/include/*.h)
if [ "$key" != dirty ] && [ "$key" = "$(cat "$out/built" 2>/dev/null)" ]; then
	exit
fi
mkdir -p "$out" "$build/headers"
rm -f "$out/built"
say build "KVM selftests (log: ${log#"$top"/})"
run_logged selftests "$log" build_selftests
echo "$key" >"$out/built"
