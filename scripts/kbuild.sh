# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Sourced after lib.sh: configure and build a kernel tree, out of tree.

# The same source and tools give the same kernel.
export KBUILD_BUILD_TIMESTAMP='2026-01-01 00:00:00 UTC' KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_USER=series KBUILD_BUILD_HOST=build LOCALVERSION=

lgit()
{
	git -C "$linux" "$@"
}

# What decides how the working tree of build/linux is built; "dirty" if no key can.
source_key()
{
	if [ -n "$(lgit status --porcelain)" ]; then
		echo dirty
	else
		{ lgit rev-parse 'HEAD^{tree}'; cat "$@" "${BASH_SOURCE[0]}"; tools_id; } | digest -
	fi
}

# configure TREE OBJ FRAGMENT...: tinyconfig, the fragments, every line verified.
configure()
{
	local tree=$1 obj=$2

	shift 2
	mkdir -p "$obj" "$build/log"
	{
		make -s -C "$tree" O="$obj" tinyconfig
		(cd "$tree" && KCONFIG_CONFIG=$obj/.config scripts/kconfig/merge_config.sh -m -O "$obj" "$obj/.config" "$@")
		make -s -C "$tree" O="$obj" olddefconfig
	} >"$build/log/config.log" 2>&1 </dev/null || log_failure "configuring $obj" "$build/log/config.log"
	verify_config "$obj/.config" "$@"
}

# A line that a later fragment overrides does not count.
verify_config()
{
	local config=$1 line name failed=''

	shift
	while read -r line; do
		name=${line#\# }
		name=${name%%[= ]*}
		case $line in
		'#'*)	! grep -q "^$name=" "$config" || failed="$failed $name=n" ;;
		*)	grep -qxF -- "$line" "$config" || failed="$failed ${line#CONFIG_}" ;;
		esac
	done < <(cat "$@" | awk '/^(# )?CONFIG_/ { n = $0; sub(/^# /, "", n); sub(/[= ].*/, "", n)
		if (!(n in line)) order[++count] = n; line[n] = $0 }
		END { for (i = 1; i <= count; i++) print line[order[i]] }')
	[ -z "$failed" ] || die "the kernel's configuration did not take:$failed (renamed, or a dependency is missing: see kernel/*.config)"
}

# build_bzimage OBJ WHAT LOG FRAGMENT...
build_bzimage()
{
	local obj=$1 what=$2 log=$3

	shift 3
	say build "$what (log: ${log#"$top"/})"
	configure "$linux" "$obj" "$@"
	run_logged build "$log" make -C "$linux" O="$obj" -j"$jobs" bzImage
}
