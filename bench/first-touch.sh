#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: first-touch.sh
#
# What does it cost until a guest has written to each page of its memory?
# Boots the emulated AMD host (NPT, counting instructions) and the emulated
# Intel host (EPT) side by side, runs first-touch-rows.sh in both, prints the
# table and writes first-touch.tsv and first-touch.svg.
#
# Environment, with defaults:
#   SIZE=64M                     guest memory on the AMD host
#   EPT_SIZE=16M                 guest memory on the Intel host, which is slow
#   KERNEL=                      bzImage, empty: the one that host/boot.sh takes
#   SELFTESTS=build/selftests    directory of the built selftests
#   REPORT=build/report          where the table, the picture and the logs go
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
selftests=${SELFTESTS:-$top/build/selftests}
report=${REPORT:-$top/build/report}
pids=

die() {
	echo "first-touch: $*" >&2
	exit 1
}

# measure HOST SIZE ICOUNT: start all rows on one host, what it prints in HOST.log.
measure() {
	env HOST="$1" ICOUNT="$3" TIMEOUT="${TIMEOUT:-300}" \
		RUN="/first-touch-rows.sh $2 anonymous anonymous_thp" \
		FILES="$selftests/map_memory_perf_test $top/bench/first-touch-rows.sh" \
		"$top/host/boot.sh" > "$report/$1.log" 2>&1 &
	pids="$pids $!"
}

stop() {
	for pid in $pids; do
		kill "$pid" 2> /dev/null || :
	done
}

# rows HOST: the lines of the table, without the carriage returns of a console.
rows() {
	tr -d '\r' < "$report/$1.log" | grep '^TSV	' || :
}

# One row: memory, what was done before, instructions per page to populate, to
# map, to write, in total; faults of the first write and pages, on NPT and EPT.
join_rows() {
	awk -F '\t' -v OFS='\t' '
	function per_page(n) { return int(n / $5 + 0.5) }
	BEGIN {
		print "memory", "before", "populate", "map", "write", "total",
		      "faults_npt", "pages_npt", "faults_ept", "pages_ept"
	}
	{ memory = $3 ($2 == "anonymous_thp" ? " THP" : ""); key = memory OFS $4 }
	FILENAME ~ /ept.rows$/ { ept[key] = $10 OFS $5; next }
	{
		print memory, $4, per_page($6), per_page($7), per_page($9),
		      per_page($6 + $7 + $9), $10, $5,
		      key in ept ? ept[key] : "-" OFS "-"
	}' "$report/ept.rows" "$report/npt.rows"
}

print_table() {
	awk -F '\t' '
	BEGIN {
		name["nothing"] = "nothing"
		name["pre_fault"] = "KVM_PRE_FAULT_MEMORY"
		name["map"] = "KVM_MAP_MEMORY"
		name["map_write"] = "KVM_MAP_MEMORY, FLAG_WRITE"
		fmt = "%-14s %-26s %8s %6s %6s %6s %9s %9s\n"
	}
	NR == 1 { next }
	NR == 2 {
		printf fmt, "", "", "instruc-", "tions", "per", "page", "faults", "faults"
		printf fmt, "", "", "populate", "map", "first", "total", "NPT, of", "EPT, of"
		printf fmt, "memory", "before the guest runs", "in host", "", "write", "", $8, $10
	}
	$1 != last { print "" }
	{
		printf fmt, $1 == last ? "" : $1, name[$2], $3, $4, $5, $6, $7, $9
		last = $1
	}' "$report/first-touch.tsv"
}

check_rows() {
	for host in npt ept; do
		n=$(wc -l < "$report/$host.rows")
		! grep -q '^SKIPPED' "$report/$host.log" ||
			die "$host: this kernel lacks an ioctl, see $report/$host.log"
		[ "$n" -eq 16 ] ||
			die "$host: $n rows of 16, see $report/$host.log"
	done
}

[ -x "$selftests/map_memory_perf_test" ] ||
	die "no map_memory_perf_test in $selftests: run 'make selftests' first"
mkdir -p "$report"
trap 'stop; exit 130' INT TERM
trap stop EXIT

failed=
echo "boot   npt and ept, 16 measurements in each"
measure npt "${SIZE:-64M}" 1
npt=$!
measure ept "${EPT_SIZE:-16M}" 0
ept=$!
wait "$npt" || failed="$failed npt"
wait "$ept" || failed="$failed ept"
pids=

for host in npt ept; do
	rows "$host" > "$report/$host.rows"
done
join_rows > "$report/first-touch.tsv"
print_table
for host in $failed; do
	grep '^FAILED' "$report/$host.log" >&2 || :
done
[ -z "$failed" ] || die "failed on$failed, the console is in $report/*.log"
check_rows
(cd "$report" && gnuplot "$top/bench/first-touch.gp")
echo
echo "picture: $report/first-touch.svg"
