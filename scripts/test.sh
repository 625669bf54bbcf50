#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: test.sh [full]
#
# All tests: build, check.sh, both emulated hosts. Of the series, what is built is each
# topic; each commit takes longer and is left to make check. Every part runs even if one
# before it failed, as far as it can. The results are in build/test/results.txt; the last
# line counts them, and the exit status is not 0 if any failed.
#
# full  then build each commit, compile the configurations of kernel/variants.list, boot
#       a kernel of 32 bits, analyse (static.sh), run the tests of test/*.full.list, all of
#       7.3.4's KVM selftests without and with the series (kvm.sh), those of mm beside it
#       (mm.sh) and all of make vmm, build the kernel with kernel/debug.config, too, and
#       run the tests of test/*.debug.list on it, those of the AMD host also on the
#       kernels with kernel/kcsan.config and kernel/rt.config, and count lines (coverage.sh)
. "${BASH_SOURCE[0]%/*}/lib.sh"

results=$build/test/results.txt

lines_of()
{
	grep -c "^$1 " "$results" || :
}

# Run a part that may fail; a part that fails without a FAIL line is one.
declare -A failed
part()
{
	local name=$1 before status=0

	shift
	before=$(lines_of FAIL)
	say test "$name"
	start_group "$@"
	wait "$group" || status=$?
	trap - INT TERM HUP
	[ "$status" -ne 0 ] || return 0
	failed[$name]=yes
	[ "$before" -ne "$(lines_of FAIL)" ] ||
		echo "FAIL $name ended with an error" | tee -a "$results"
}

# part_with "PART..." NAME COMMAND...: a part, unless one of those failed that it needs.
part_with()
{
	local needed

	for needed in $1; do
		[ -n "${failed[$needed]:-}" ] || continue
		echo "SKIP $2 was not run: it needs $needed" | tee -a "$results"
		failed[$2]=yes
		return
	done
	shift
	part "$@"
}

# What the series must not cost, on a small scale, see bench/bench.sh.
limits()
{
	SIZE=64M REPORT=$build/test/bench "$top/bench/bench.sh" --limits | tee -a "$results"
	return "${PIPESTATUS[0]}"
}

# A real VMM, in short, see bench/vmm.sh.
vmm()
{
	REPORT=$build/test/vmm "$top/bench/vmm.sh" --short | tee -a "$results"
	return "${PIPESTATUS[0]}"
}

variants()
{
	"$top/scripts/variants.sh" | tee -a "$results"
	return "${PIPESTATUS[0]}"
}

i386()
{
	"$top/scripts/i386.sh" | grep -E '^(PASS|FAIL) ' | tee -a "$results"
	return "${PIPESTATUS[0]}"
}

# without mm|kvm HOST: others' tests without and with the series, without their own count.
without()
{
	"$top/test/$1.sh" "$2" | grep -E '^(PASS|FAIL|SKIP) ' | tee -a "$results"
	return "${PIPESTATUS[0]}"
}

static()
{
	"$top/scripts/static.sh" | grep -E '^(PASS|FAIL|SKIP) ' | tee -a "$results"
	return "${PIPESTATUS[0]}"
}

coverage()
{
	"$top/scripts/coverage.sh" || return
	echo 'PASS coverage' | tee -a "$results"
}

# debug_list KIND: the tests of the AMD host's debug list on that kernel; as they have the
# same names on each, KIND is put before them.
debug_list()
{
	local kind=$1 status=0

	"$top/scripts/kernel.sh" "$kind" || return
	rm -f "$results.$kind"
	mkdir -p "$build/$kind"
	BUILD=$build/$kind SELFTESTS=$build/selftests RESULTS=$results.$kind \
		KERNEL=$build/kernel-$kind/arch/x86/boot/bzImage \
		"$top/test/run.sh" --debug npt || status=$?
	sed "s/^\([A-Z]* npt \)/\1$kind:/" "$results.$kind" >>"$results"
	return "$status"
}

case ${1:-} in
'' | full) ;;
*) usage 2 ;;
esac

mkdir -p "${results%/*}"
: >"$results"
part linux "$top/scripts/linux.sh"
part kernel "$top/scripts/kernel.sh"
part selftests "$top/scripts/selftests.sh"
APPEND=1 part check "$top/scripts/check.sh" repository series topics
built='linux kernel selftests'
part packages "$top/scripts/need.sh" host
part_with "$built" npt "$top/test/run.sh" npt
part_with "$built" ept "$top/test/run.sh" ept
part report "$top/scripts/need.sh" report
part_with "$built" bench limits
status=0
"$top/scripts/qemu.sh" fetch || status=$?
if [ "$status" -ne 3 ]; then
	part qemu "$top/scripts/qemu.sh"
else
	echo "SKIP qemu its source cannot be had here" | tee -a "$results"
	failed[qemu]=yes
fi
part_with "$built qemu" vmm vmm
if [ "${1:-}" = full ]; then
	APPEND=1 part builds "$top/scripts/check.sh" builds
	part variants variants
	part i386 i386
	part static static
	part_with "$built" npt-full "$top/test/run.sh" --full npt
	part_with "$built" ept-full "$top/test/run.sh" --full ept
	part_with "$built" kvm without kvm npt
	part_with "$built" mm without mm npt
	part_with "$built qemu" qemu-base "$top/scripts/qemu.sh" base
	part_with "$built qemu-base" vmm-full "$top/bench/vmm.sh"
	part_with linux debug-kernel "$top/scripts/kernel.sh" debug
	part_with 'selftests debug-kernel' npt-debug "$top/test/run.sh" --debug npt
	part_with 'selftests debug-kernel' ept-debug "$top/test/run.sh" --debug ept
	part_with 'linux selftests' kcsan debug_list kcsan
	part_with 'linux selftests' rt debug_list rt
	part_with 'linux selftests' coverage coverage
fi

grep '^FAIL ' "$results" || :
echo "$(lines_of PASS) passed, $(lines_of FAIL) failed, $(lines_of SKIP) skipped"
[ "$(lines_of FAIL)" -eq 0 ]
