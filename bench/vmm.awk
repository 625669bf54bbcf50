# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -F '\t' [-v only=WORKLOADS] [-v faults_only=1 | -v bars=1 | -v limits=1]
#            -f vmm.awk vmm.tsv
#
# Prints the table of what vmm.sh measured, or of some workloads, or of some columns;
# with bars=1, a line per row for vmm.gp;
# with limits=1, a line PASS or FAIL per limit that the series must keep, and a status
# of 1 if it doesn't keep one.

NR > 1 && (only == "" || index(" " only " ", " " $1 " ")) {
	row[++nr] = $1 FS $2
	workload[nr] = $1
	choice[nr] = $2
	faults[$1, $2] = $3
	guest[$1, $2] = $4
	instructions[$1, $2] = $5
	start[$1, $2] = $6
	rss[$1, $2] = $7
}

# After fork, it is not QEMU that maps; and where memory is preallocated anyway, it is in
# the name of the workload.
function label(w, c,    with, name) {
	if (c == "off")
		return "nothing*"
	with = sub(/^prealloc\+?/, "", c) ? (w == "fork" ? "MADV_POPULATE_WRITE" : "prealloc") : ""
	if (c ~ /pre_fault/)
		name = "KVM_PRE_FAULT_MEMORY" (c ~ /no_zap/ ? ", no zap" : "")
	else if (c != "")
		name = w == "fork" ? "KVM_MAP_MEMORY, " toupper(c) : "map-memory=" c
	return with (with != "" && name != "" ? ", " : "") name \
	       (c == "resident" || c == "write" ? "" : "*")
}

function describe(w) {
	if (w == "boot")
		return "boot: until init runs"
	if (w == "boot-prealloc")
		return "boot-prealloc: the same, memory preallocated"
	if (w == "boot-thp")
		return "boot-thp: the same, with transparent huge pages"
	if (w == "restore")
		return "restore: until a word of each page of 128 MiB is touched"
	if (w == "hotplug")
		return "hotplug: a DIMM, then each page of 120 MiB of it is written"
	return "fork: QEMU forks, then as restore"
}

# Both the boot and what comes after are shown as one bar where one follows the other.
function has_start(w) { return w ~ /^(boot|restore)/ }

function table(    i, w, c, format) {
	# What isn't formatted isn't printed.
	format = faults_only ? "%-46s %8s\n" : "%-46s %8s %10s %13s %10s %6s\n"
	printf format, "", "faults", "guest's", "instructions", "start", "RSS"
	printf format, "", "taken", "time, us", "in all, 1000", "us", "MiB"
	for (i = 1; i <= nr; i++) {
		w = workload[i]; c = choice[i]
		if (w != workload[i - 1])
			printf "\n%s\n", describe(w)
		printf format, "  " label(w, c), faults[w, c], guest[w, c],
		       sprintf("%.0f", instructions[w, c] / 1000), start[w, c], rss[w, c]
	}
	print "\n* 7.3.4 without the series, QEMU without patches"
}

function print_bars(    i, w, c, y) {
	for (i = 1; i <= nr; i++) {
		w = workload[i]; c = choice[i]
		y += w == workload[i - 1] ? 1 : 2.2
		printf "%.1f\t%s\t%.3f\t%.3f\t%d\t%s\n", y, label(w, c),
		       has_start(w) ? start[w, c] / 1000 : 0, guest[w, c] / 1000, faults[w, c],
		       w == workload[i - 1] ? "-" : describe(w)
	}
}

function limit(name, there, value, most,    ok) {
	ok = there && value <= most
	printf "%s vmm:%s %s, at most %s\n", ok ? "PASS" : "FAIL", name,
	       there ? value : "not measured", most
	failed += !ok
}

# Faults on the working set are the 32768 that a restored guest otherwise takes; those
# of the boot are where QEMU or the guest touch what no RAM is behind, or ROM.
function check_limits(    c, m, modes, there) {
	split("resident write", modes, " ")
	for (m = 1; m <= 2; m++) {
		c = modes[m]
		there = ("boot-prealloc", "off") in faults && ("boot-prealloc", c) in faults
		limit("boot-prealloc," c ",faults", there, faults["boot-prealloc", c], 100)
		there = ("restore", "off") in faults && ("restore", c) in faults
		limit("restore," c ",faults", there, faults["restore", c],
		      int(faults["restore", "off"] / 50))
		limit("restore," c ",microseconds", there, guest["restore", c],
		      int(guest["restore", "off"] / 20))
	}
}

END {
	if (limits) {
		check_limits()
		exit failed > 0
	}
	if (bars)
		print_bars()
	else
		table()
}
