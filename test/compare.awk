# SPDX-License-Identifier: GPL-2.0
# usage: awk -v host=HOST -v prefix=PREFIX [-v unsteady='NAME ...'] -f compare.awk BASE SERIES
#
# Says what the series does to tests that are not its own: BASE and SERIES are files with
# lines "name verdict", of the kernel without and with it. Prints the lines of run.sh. What
# is unsteady fails now and then without the series, too, and is at most skipped.
!($1 in seen) { order[n++] = $1; seen[$1] }
FILENAME == ARGV[1] { before[$1] = $2; next }
{ after[$1] = $2 }
END {
	unsteady = " " unsteady " "
	for (i = 0; i < n; i++) {
		name = order[i]
		had = name in before ? before[name] : "nothing"
		has = name in after ? after[name] : "nothing"
		if (has == "PASS")
			print "PASS", host, prefix ":" name
		else if (index(unsteady, " " name " "))
			print "SKIP", host, prefix ":" name, has ", as now and then without the series"
		else if (had == "PASS")
			print "FAIL", host, prefix ":" name, has ", passes without the series"
		else if (has != had && has != "SKIP")
			print "FAIL", host, prefix ":" name, has ", without the series: " had
		else
			print "SKIP", host, prefix ":" name, had " without the series, too"
	}
	if (!n)
		print "FAIL", host, prefix ":all no results"
}
