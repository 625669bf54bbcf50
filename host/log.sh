# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154
# What an emulated host left: its console, its report, the kernel's log. Sourced by
# boot.sh, which sets $host_dir, $dir, $kernel and $token.

# One alternation of the patterns in a file.
patterns()
{
	grep -v '^#' "$1" | paste -s -d '|'
}

# Prints a kernel's log without what host/dmesg.known excuses or EXPECT wants: the
# line that matches, and the rest of a warning's block where it starts one, or the trace
# of an allocation that failed. A data race is excused if it is in none of the functions
# that stand beside a bzImage with KCSAN.
without_known()
{
	KNOWN=$(patterns "$host_dir/dmesg.known")${EXPECT:+|$EXPECT} awk -v functions="$kernel.functions" '
		BEGIN { while ((getline name < functions) > 0) { ours[name]; is_kcsan = 1 } }
		{ sub(/\r$/, "") }
		is_kcsan && /BUG: KCSAN: / {
			is_ours = 0
			for (i = 1; i <= NF; i++) {
				name = $i
				# A part that the compiler made of a function, or a place in it.
				sub(/[.+].*/, "", name)
				is_ours = is_ours || name in ours
			}
			if (!is_ours) next
		}
		hidden > 0 { hidden--; if ($0 ~ end) hidden = 0; next }
		ENVIRON["KNOWN"] != "" && $0 ~ ENVIRON["KNOWN"] {
			if (/WARNING:/) { hidden = 60; end = "---\\[ end trace" }
			if (/page allocation failure:/) { hidden = 60; end = "</TASK>" }
			next
		}
		{ print }' "$1"
}

# Prints the kernel's log, at most 40 lines, from the first one that must not be
# there; false if there is none.  The console has what a crash did not let dmesg
# report, and dmesg what a slow console dropped.
bad_lines()
{
	for log in console dmesg; do
		[ -e "$dir/$log" ] || continue
		without_known "$dir/$log" |
			BAD=$(patterns "$host_dir/dmesg.bad") awk '
				!seen && $0 ~ ENVIRON["BAD"] { seen = 1 }
				seen && n++ < 40
				END { exit !seen }' && return 0
	done
	return 1
}

# Splits the report into the output of the command, its status, and dmesg.
split_report()
{
	[ -e "$dir/report" ] || : > "$dir/report"
	status=$(grep -a "^$token status [0-9]*\$" "$dir/report" | cut -d ' ' -f 3)
	# The newline before the marker is init's, not the command's.
	awk -v mark="^$token status " -v dmesg="$dir/dmesg" '
		after { print > dmesg; next }
		$0 ~ mark { after = 1; printf "%s", held; next }
		NR > 1 { print held }
		{ held = $0 }
		END { if (!after && NR) print held }' "$dir/report" > "$dir/output"
}
