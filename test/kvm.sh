#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: test/kvm.sh npt|ept [NAME ...]
#
# Runs the programs of KVM's selftests that 7.3.4 has, without arguments, or those with a NAME
# as x86/cpuid_test, inside an emulated host: on the kernel without the series, and on the one
# with it. They are those of build/selftests, i.e. as the series leaves them. Prints a line for each, as run.sh does:
#   PASS host kvm:name
#   FAIL host kvm:name      what the series breaks: it passes on the kernel without only
#   SKIP host kvm:name      fails, or is skipped, without the series, too
# What they printed is in build/test/kvm/HOST.base and HOST.series.
#
# SECONDS_EACH=    limit for each program, of the host's clock (300)
# TIMEOUT=         limit for each of the two boots (14400)
# KERNEL=, BASE=   bzImages to boot
# SELFTESTS=       directory of KVM's selftests
set -eu

test_dir=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$test_dir")
. "$top/host/lib.sh"
. "$test_dir/without.sh"
selftests=${SELFTESTS:-$build/selftests}
# The emulated processors' TSCs and the host's clock differ in some boots, on any kernel.
unsteady='x86/hyperv_clock x86/kvm_clock_test x86/nested_tsc_adjust_test'

# The tests of the base's makefile that run by themselves on x86.
base_tests()
{
	git -C "$build/linux" show base:tools/testing/selftests/kvm/Makefile.kvm |
		sed -n 's/^TEST_GEN_PROGS_\(COMMON\|x86\) +\{0,1\}= *\([a-z].*\)$/\2/p'
}

prepare()
{
	mkdir -p "$work/kvm"
	base_tests > "$work/tests"
	grep -q . "$work/tests" || die 'no tests in the makefile of the base: make linux'
	for name; do
		grep -qx "$name" "$work/tests" || fail 2 "7.3.4 has no selftest $name"
	done
	while read -r name; do
		[ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
		[ -x "$selftests/$name" ] || die "there is no $selftests/$name: make selftests"
		mkdir -p "$work/kvm/$(dirname "$name")"
		strip -o "$work/kvm/$name" "$selftests/$name" 2> /dev/null ||
			cp "$selftests/$name" "$work/kvm/$name"
		echo "$name"
	done < "$work/tests" > "$work/list"
	mv "$work/list" "$work/kvm/list"
}

case ${1-} in
-h | --help) usage 0 ;;
npt | ept) host=$1 ;;
*) fail 2 "which host, npt or ept? (--help says more)" ;;
esac
shift
begin "$host" "$build/test/kvm"
prepare "$@"
run_both KVM kvm "/kvm-host.sh ${SECONDS_EACH:-300}" TIMEOUT="${TIMEOUT:-14400}" \
	CMDLINE='hugepages=64 numa=fake=2' FILES="$work/kvm $test_dir/kvm-host.sh $test_dir/verdict.sh"
