# SPDX-License-Identifier: GPL-2.0
# usage: awk -f pipes.awk SCRIPT...
#
# Prints where a script reads a pipe not to its end, and exits with 1 if one does: with
# pipefail, who writes to that pipe fails, sometimes.
BEGIN {
	blank = "[ \t]*"
	early = "([A-Z_]+=[^ ]* )?(head|grep( -[^ ]+)* (-[a-zA-Z]*[qm]|--quiet)|grep -[A-Z] [0-9]+ -m|" \
		"grep -e [^ ]+ -q|sed '.*[;{/ ]q[;} ']|sed '?[0-9]+q|awk .*exit)"
}
$0 ~ "[^|][|]&?" blank early || (goes_on && $0 ~ "^" blank early) {
	print FILENAME ":" FNR ": " $0
	found = 1
}
{ goes_on = $0 ~ "[^|][|]" blank "$" }
END { exit found }
