# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
#
# Sourced by kut.sh, kvm.sh and mm.sh, after host/lib.sh: run tests that are not the series' own
# on the kernel without it, and on the one with it, and say what it changes.

kernel=${KERNEL:-$build/kernel/arch/x86/boot/bzImage}
base=${BASE:-$build/kernel-base/bzImage}
work=
fail_boot=

clean_up()
{
	[ -z "$work" ] || rm -rf "$work"
}

# Sets $host and $work, a directory that is removed at exit; what boots print is in $logs.
begin()
{
	host=$1 logs=$2
	for file in "$kernel" "$base"; do
		[ -e "$file" ] || fail 2 "there is no $file: make kernel"
	done
	mkdir -p "$logs"
	work=$(mktemp -d "$logs/work.XXXXXX")
	at_end clean_up
}

# run PREFIX COMMAND base|series KERNEL [NAME=VALUE ...]: run "COMMAND base|series" in the
# host, with these variables of host/boot.sh. Lines "PREFIX name verdict" of what it
# prints become $work/results.WHICH.
run()
{
	prefix=$1 command=$2 which=$3 bzimage=$4
	shift 4
	say boot "$host, kernel ${bzimage#"$top"/}"
	start env HOST="$host" KERNEL="$bzimage" RUN="$command $which" "$@" "$top/host/boot.sh" > "$logs/$host.$which" 2>&1
	finish "$job"
	sed -n "s/^$prefix //p" "$logs/$host.$which" > "$work/results.$which"
	# A kernel that complained says so after all results.
	[ "$status" -eq 0 ] || fail_boot="$fail_boot $which"
}

# run_both PREFIX NAME COMMAND [NAME=VALUE ...]: NAME stands before the names of the
# results, and $unsteady has those of which compare.awk knows. Exits as run.sh does.
run_both()
{
	tag=$1 name=$2 what=$3
	shift 3
	run "$tag" "$what" base "$base" "$@"
	run "$tag" "$what" series "$kernel" "$@"
	{
		awk -v host="$host" -v prefix="$name" -v unsteady="${unsteady:-}" -f "$test_dir/compare.awk" \
			"$work/results.base" "$work/results.series"
		for which in $fail_boot; do
			echo "FAIL $host $name-boot:$which $(tail -n 1 "$logs/$host.$which")"
		done
	} > "$work/all"
	cat "$work/all"
	awk '{ n[$1]++ } END { printf "%d passed, %d failed, %d skipped\n",
		n["PASS"], n["FAIL"], n["SKIP"]; exit n["FAIL"] > 0 }' "$work/all"
}
