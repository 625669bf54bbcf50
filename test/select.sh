# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# Which tests, and in which boots. Sourced by run.sh, which sets $list, $names and $tab.
#
# A list has what deviates. In the line of a test, "name | program and arguments | seconds |
# boot | reason to skip", what is empty at the end can be left out: the program is the
# name up to a comma, the seconds are 600, the boot is "default". What the series adds
# and neither test/npt.list nor test/ept.list names, runs so on both hosts.

# Prints the programs that the series adds to KVM's selftests.
programs_of_series()
{
	cat "$top/$queue"/[0-9][0-9]-*/*.patch |
		sed -n 's/^+TEST_GEN_PROGS_\(x86\|COMMON\) += *\([a-z0-9_/]*\).*/\2/p' | sort -u
}

# Prints the fields of the lines of lists, separated by "|", without what is around them.
fields()
{
	cat "$@" | sed 's/[[:space:]]*|[[:space:]]*/|/g; s/^[[:space:]]*//; s/[[:space:]]*$//; /^#/d; /^$/d'
}

# Prints the programs that lists name, whether they are skipped or not.
programs_of_lists()
{
	fields "$@" | awk -F '|' '$1 != "boot" { program = $2 == "" ? $1 : $2; sub(/[ ,].*/, "", program); print program }' | sort -u
}

# Prints the programs of the series that no list names, for the lists of make test.
unlisted_programs()
{
	case $list in
	*/npt.list | */ept.list)
		programs_of_lists "$top/test/npt.list" "$top/test/ept.list" > "$work/listed"
		programs_of_series | grep -v -x -F -f "$work/listed" || :
		;;
	esac
}

# The lists are those of the default's Linux. Prints the programs of its own that another
# one has, with those of test/ and bench/; or "*", as there all must be.
programs_there()
{
	if [ "$queue" = "bases/$default" ]; then
		echo '*'
	else
		echo map_memory_example probe
		sed -n 's/^TEST_GEN_PROGS_[A-Za-z0-9]* *+*= *\([a-z0-9_/]*\).*/\1/p' \
			"$build/linux/tools/testing/selftests/kvm/Makefile.kvm"
	fi
}

# Prints the fields of the lines of kind $1 in the list, separated by tabs:
# "boot": name, kernel parameters, seconds, variables and EXPECT of host/boot.sh; "test":
# name, program, seconds, boot, reason to skip.
list()
{
	{ fields "$list"; unlisted_programs; } |
		awk -v kind="$1" -v there="$(programs_there | tr '\n' ' ')" -F '|' -v OFS='\t' '
		BEGIN { split(there, names, " "); for (i in names) is_there[names[i]] }
		$1 == "boot" { if (kind == "boot") print $2, $3, $4, $5, $6; next }
		kind == "test" {
			program = $2
			if (program == "") { program = $1; sub(/,.*/, "", program) }
			split(program, words, " ")
			if (there ~ /^\*/ || words[1] in is_there)
				print $1, program, $3 == "" ? 600 : $3, $4 == "" ? "default" : $4, $5
		}'
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
