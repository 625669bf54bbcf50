#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# usage: variants.sh [NAME ...]
#
# Compile what the series touches in the configurations of kernel/variants.list, or
# in those of the given names. Prints "PASS variant:NAME", or FAIL with the first error
# or warning; logs are in build/log/variants/. Exits with 1 if any failed. One source
# and configuration is compiled once: what passed is remembered in build/variants.
. "${BASH_SOURCE[0]%/*}/lib.sh"
. "${BASH_SOURCE[0]%/*}/kbuild.sh"

logs=$build/log/variants

# Of lines "NAME=y" and "-NAME": as they are in .config.
config_lines()
{
	local line

	for line; do
		case $line in
		-*)	echo "# CONFIG_${line#-} is not set" ;;
		*)	echo "CONFIG_$line" ;;
		esac
	done
}

# compile OBJ FRAGMENT VARIABLES DIRECTORIES. Other architectures have nothing of
# host.config. A line that isn't taken is an error; one that isn't known is none.
compile()
{
	local obj=$1 fragment=$2 fragments=("$2") vars dirs

	read -ra vars <<<"$3"
	read -ra dirs <<<"$4"
	[[ $3 = *ARCH=* ]] || fragments=("$top/kernel/host.config" "$fragment")
	make -s -C "$linux" O="$obj" "${vars[@]}" tinyconfig
	(cd "$linux" && scripts/kconfig/merge_config.sh -m -O "$obj" "$obj/.config" "${fragments[@]}")
	make -s -C "$linux" O="$obj" "${vars[@]}" olddefconfig
	verify_config "$obj/.config" "$fragment"
	make -C "$linux" O="$obj" -j"$jobs" "${vars[@]}" "${dirs[@]}"
}

# run NAME VARIABLES DIRECTORIES LINE...
run()
{
	local name=$1 log key slug=${1//[^a-zA-Z0-9]/-}

	log=$logs/$slug
	config_lines "${@:4}" >"$work/fragment"
	key=$(source_key "$top/kernel/host.config" "$work/fragment" "${BASH_SOURCE[0]}" <(echo "$2 $3"))
	if [ "$key" = dirty ] || [ "$key" != "$(cat "$build/variants/$slug" 2>/dev/null)" ]; then
		rm -rf "$work/obj"
		mkdir -p "$work/obj"
		if ! (compile "$work/obj" "$work/fragment" "$2" "$3") </dev/null >"$log" 2>&1 ||
		   grep -q 'warning:' "$log"; then
			echo "FAIL variant:$name $(grep -m 1 -E 'warning:|rror:|\*\*\*' "$log" || tail -n 1 "$log")"
			return 1
		fi
		echo "$key" >"$build/variants/$slug"
	fi
	echo "PASS variant:$name"
}

[ -d "$linux/.git" ] || die "there is no $tree: make linux"
need kernel variants
mkdir -p "$logs" "$build/variants"
work=$(mktemp -d "$build/variants/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
status=0 found=''
while IFS='|' read -r name vars dirs lines; do
	read -r name <<<"$name"
	[[ -n $name && $name != '#'* ]] || continue
	if [ $# -gt 0 ]; then
		[[ " $* " = *" $name "* ]] || continue
	fi
	found=1
	read -ra words <<<"$lines"
	run "$name" "$vars" "$dirs" "${words[@]}" || status=1
done <"$top/kernel/variants.list"
[ -n "$found" ] || die "kernel/variants.list has none of: $*"
exit "$status"
