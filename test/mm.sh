#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/mm.sh npt|ept [NAME ...]
#
# Runs the selftests of mm in test/mm-selftests, or those with a NAME, inside an emulated host:
# on the kernel without the series, and on the one with it, where x86/map_memory_fuzz_test
# maps memory of VMs beside them. Prints a line for each of their results, as run.sh does:
#   PASS host mm:name
#   FAIL host mm:name      what the series breaks: it passes on the kernel without only
#   SKIP host mm:name      fails, or is skipped, without the series, too
# What they printed is in build/test/mm/HOST.base and HOST.series.
#
# TIMEOUT=         limit for each of the two boots (9000)
# KERNEL=, BASE=   bzImages to boot
# SELFTESTS=       directory of KVM's selftests
set -eu

test_dir=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$test_dir")
. "$top/host/lib.sh"
. "$test_dir/without.sh"
selftests=${SELFTESTS:-$build/selftests}
out=$build/selftests-mm

# Build these programs; others of that directory may not build.
build_tests()
{
	"$top/scripts/need.sh" kernel mm
	mkdir -p "$out" "$build/log"
	say build 'selftests of mm (log: build/log/selftests-mm.log)'
	# shellcheck disable=SC2046 # words
	LDFLAGS=-static make -s -C "$build/linux/tools/testing/selftests/mm" OUTPUT="$out" \
		KHDR_INCLUDES="-isystem $build/headers/usr/include" $(sed "s,^,$out/," "$1") \
		> "$build/log/selftests-mm.log" 2>&1 ||
		die "not all of $(xargs < "$1") did build: see build/log/selftests-mm.log"
}

prepare()
{
	mkdir -p "$work/mm"
	grep -v '^#' "$test_dir/mm-selftests" | grep . | awk -F '|' -v names=" $* " '
		{ name = $1; sub(/ *$/, "", name) }
		names == "  " || index(names, " " name " ")' > "$work/mm/list"
	for name; do
		grep -q "^${name}[ |]" "$work/mm/list" || fail 2 "test/mm-selftests has no $name"
	done
	cut -d '|' -f 2 "$work/mm/list" | awk '{ print $1 }' | sort -u > "$work/programs"
	build_tests "$work/programs"
	while read -r program; do
		cp "$out/$program" "$work/mm/"
	done < "$work/programs"
	strip "$work"/mm/* 2> /dev/null || :
}

case ${1-} in
-h | --help) usage 0 ;;
npt | ept) host=$1 ;;
*) fail 2 "which host, npt or ept? (--help says more)" ;;
esac
shift
# The fuzzer migrates pages to a node that a selftest has filled by mlock().
full_node='map_memory_fuzz: page allocation failure: order:0, mode:.*__GFP_THISNODE'
fuzzer=$selftests/x86/map_memory_fuzz_test
[ -e "$fuzzer" ] || fail 2 "there is no $fuzzer: make selftests"
begin "$host" "$build/test/mm"
prepare "$@"
run_both MM mm /mm-host.sh TIMEOUT="${TIMEOUT:-9000}" SMP=4 \
	CMDLINE='hugepages=256 numa=fake=2' EXPECT="$full_node" \
	FILES="$work/mm $fuzzer $test_dir/mm-host.sh $test_dir/verdict.sh"
