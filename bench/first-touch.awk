# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -F '\t' -f first-touch.awk first-touch.tsv
#
# Prints the table of what first-touch.sh measured.

BEGIN {
	name["nothing"] = "nothing"
	name["pre_fault"] = "KVM_PRE_FAULT_MEMORY*"
	name["map"] = "KVM_MAP_MEMORY"
	name["map_write"] = "KVM_MAP_MEMORY, WRITE"
	format = "%-14s %-22s | %8s %6s %6s %6s | %9s %9s\n"
}
NR == 1 { next }
NR == 2 {
	printf format, "", "", "instructions per page:", "", "", "", "faults,", "faults,"
	printf format, "memory", "before the guest runs", "populate", "map", "write", "total",
	       "NPT, " $8, "EPT, " $10
}
$1 != last { print "" }
{
	printf format, $1 == last ? "" : $1, name[$2], $3, $4, $5, $6, $7, $9
	last = $1
}
END { print "\n* of 7.3.4" }
