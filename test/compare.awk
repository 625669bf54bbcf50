# SPDX-License-Identifier: GPL-2.0
# usage: awk -v host=HOST -v prefix=PREFIX -f compare.awk BASE SERIES
#
# Says what the series does to tests that are not its own: BASE and SERIES are files with
# lines "name verdict", of the kernel without and with it. Prints the lines of run.sh.
NR == FNR { before[$1] = $2; order[n++] = $1; next }
{ after[$1] = $2 }
END {
	for (i = 0; i < n; i++) {
		name = order[i]
		if (!(name in after))
			after[name] = "nothing"
		if (after[name] == "PASS")
			print "PASS", host, prefix ":" name
		else if (before[name] == "PASS")
			print "FAIL", host, prefix ":" name, after[name] ", passes without the series"
		else
			print "SKIP", host, prefix ":" name, before[name] " without the series, too"
	}
}
