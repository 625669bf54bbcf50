# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Which tests, and in which boots. Sourced by run.sh, which sets $list, $names and $tab.

# Prints the fields of the lines of kind $1 in the list, separated by tabs:
# "boot": name, kernel parameters, seconds, variables and EXPECT of host/boot.sh; "test":
# name, program, seconds, boot, reason to skip.
list()
{
	awk -v kind="$1" -F '|' -v OFS='\t' '
		/^[ \t]*(#|$)/ { next }
		{
			for (i = 1; i <= NF; i++)
				gsub(/^[ \t]+|[ \t]+$/, "", $i)
			if ($1 == "boot") {
				if (kind == "boot") print $2, $3, $4, $5, $6
			} else if (kind == "test") {
				print $1, $2, $3, $4, $5
			}
		}' "$list"
}

# True if the test $1 was asked for.
wanted()
{
	[ -n "$names" ] || return 0
	found=1
	set -f
	for pattern in $names; do
		# shellcheck disable=SC2254 # a pattern
		case $1 in
		$pattern) found=0 ;;
		esac
	done
	set +f
	return "$found"
}

# Prints the tests of boot $1 that were asked for, in the form of list().
tests_of()
{
	list test | while IFS=$tab read -r name program seconds boot skip; do
		if [ "$boot" = "$1" ] && wanted "$name"; then
			printf '%s\t%s\t%s\t%s\t%s\n' \
				"$name" "$program" "$seconds" "$boot" "$skip"
		fi
	done
}
