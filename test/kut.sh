#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: KUT=DIRECTORY test/kut.sh npt|ept [NAME ...]
#
# Runs kvm-unit-tests, which no package carries, inside an emulated host, under build/vmm's
# QEMU: on the kernel without the series, and on the one with it. DIRECTORY is a checkout
# that was configured and built for x86_64. Runs all tests of its x86/unittests.cfg, or
# those with a NAME, and prints a line for each, as run.sh does:
#   PASS host kut:name
#   FAIL host kut:name      what the series breaks: it passes on the kernel without only
#   SKIP host kut:name      fails, or is skipped, without the series, too
# What the tests printed is in build/test/kut/HOST.base and HOST.series.
#
# SECONDS_EACH=   limit for a test that has none in unittests.cfg (90)
# TIMEOUT=        limit for each of the two boots                 (7200)
# KERNEL=, BASE=  bzImages to boot
set -eu

test_dir=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$test_dir")
. "$top/host/lib.sh"
. "$test_dir/without.sh"
vmm=$build/vmm

# name|file|processors|arguments of QEMU|seconds of what is for x86_64 and for KVM
tests()
{
	awk -v names=" $* " '
	function flush()
	{
		if (name != "" && arch != "i386" && accel != "tcg" && (names == "  " || index(names, " " name " ")))
			print name "|" file "|" smp "|" args "|" seconds
	}
	/^\[/	{ flush(); name = substr($0, 2, index($0, "]") - 2); file = args = arch = accel = ""; smp = 1; seconds = "" }
	!/^[a-z_]+ *=/ { next }
		{ key = $1; sub(/=.*/, "", key); value = $0; sub(/^[a-z_]+ *= */, "", value) }
	key == "file"		{ file = value }
	key == "smp"		{ smp = value }
	key == "extra_params" || key == "qemu_params" || key == "test_args" {
		args = args " " (key == "test_args" ? "-append " value : value)
	}
	key == "arch"		{ arch = value }
	key == "accel"		{ accel = value }
	key == "timeout"	{ seconds = value }
	END	{ flush() }' "$KUT/x86/unittests.cfg"
}

check_wants()
{
	[ -n "${KUT-}" ] || fail 2 'KUT= is missing: the directory of kvm-unit-tests, configured and built'
	[ -e "$KUT/x86/unittests.cfg" ] || fail 2 "$KUT has no x86/unittests.cfg: KUT= is the directory of kvm-unit-tests"
	[ -e "$vmm/qemu-system-x86_64" ] || fail 2 'there is no build/vmm/qemu-system-x86_64: scripts/qemu.sh builds it'
}

prepare()
{
	mkdir -p "$work/kut" "$work/firmware"
	tests "$@" > "$work/kut/tests"
	for name; do
		grep -q "^$name|" "$work/kut/tests" || fail 2 "x86/unittests.cfg has no test for x86_64 named $name"
	done
	cut -d '|' -f 2 "$work/kut/tests" | sort -u > "$work/files"
	while read -r file; do
		[ -e "$KUT/x86/$file" ] || fail 2 "there is no x86/$file in $KUT: ./configure and make there first"
		cp "$KUT/x86/$file" "$work/kut/"
	done < "$work/files"
	cp "$vmm"/*.bin "$work/firmware/"
}

case ${1-} in
-h | --help) usage 0 ;;
--tests)	# for kut_test.sh
	shift
	tests "$@"
	exit
	;;
npt | ept) host=$1 ;;
*) fail 2 "which host, npt or ept? (--help says more)" ;;
esac
shift
check_wants
begin "$host" "$build/test/kut"
prepare "$@"
run_both KUT kut "/kut-host.sh ${SECONDS_EACH:-90}" TIMEOUT="${TIMEOUT:-7200}" \
	FILES="$work/kut $work/firmware $vmm/qemu-system-x86_64 $test_dir/kut-host.sh"
