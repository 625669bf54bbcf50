# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Sourced by check.sh: what concerns the files of this repository, for which no
# Linux is needed.

shell_scripts()
{
	local file

	find "$top" \( -path "$top/build*" -o -path "$top/.git" -o -path "$top/bases" -o -path "$top/patches" \) -prune -o -type f -print |
		sort | while read -r file; do
		case $file,$(head -c 80 "$file" | tr -d '\0' | sed -n 1p) in
		*.sh,* | *,'#!/bin/sh'* | *,'#!/bin/bash'* | *,'#!/bin/busybox sh'*) echo "$file" ;;
		esac
	done
}

check_shell()
{
	shell_scripts | xargs -d '\n' shellcheck
}

check_pipes()
{
	awk -f "$top/scripts/pipes.awk" "$top"/scripts/*.sh "$top"/bench/*.sh
}

check_repository()
{
	check "shellcheck" check_shell
	check "readers of pipes" check_pipes
	[ ! -e "$top/README.md" ] || check "README" "$top/test/readme_test.sh"
	check "figures" "$top/scripts/figures.py"
	check "figures, what they would miss" "$top/test/figures_test.py"
	check "lists of tests" "$top/test/lists_test.sh"
	check "judging of tests" "$top/test/judge_test.py"
	check "kvm-unit-tests" "$top/test/kut_test.sh"
	check "libraries" "$top/test/lib_test.sh"
}
