#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: first-touch.sh
#
# What does it cost until a guest has written to each page of its memory?
# Boots the emulated AMD host (NPT, counting instructions) and the emulated
# Intel host (EPT) side by side, runs first-touch-rows.sh in both, prints the
# table and writes first-touch.tsv and first-touch.svg. What is done without
# KVM_MAP_MEMORY is done on the kernel without the series.
#
# Environment, with defaults:
#   SIZE=64M                     guest memory on the AMD host
#   EPT_SIZE=16M                 guest memory on the Intel host, which is slow
#   KERNEL=                      bzImage with the series, empty: as host/boot.sh
#   BASE=build/kernel-base/bzImage   the one without
#   SELFTESTS=build/selftests    directory of the built selftests
#   REPORT=build/report          where the table, the picture and the logs go
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
selftests=${SELFTESTS:-$build/selftests}
report=${REPORT:-$build/report}
base=${BASE:-$build/kernel-base/bzImage}
broken=

# measure NAME HOST SIZE ICOUNT MODES [KERNEL]: start rows on one host, what it prints
# goes to NAME.log.
measure()
{
	start env HOST="$2" ICOUNT="$4" TIMEOUT="${TIMEOUT:-300}" ${6:+KERNEL="$6"} \
		RUN="MODES='$5' /first-touch-rows.sh $3 anonymous anonymous_thp" \
		FILES="$selftests/x86/map_memory_perf_test $top/bench/first-touch-rows.sh" \
		"$top/host/boot.sh" > "$report/$1.log" 2>&1
}

# measure_both SUFFIX MODES [KERNEL]: the same on both hosts, and wait for them.
measure_both()
{
	measure "npt$1" npt "${SIZE:-64M}" 1 "$2" "${3-}"
	npt=$job
	measure "ept$1" ept "${EPT_SIZE:-16M}" 0 "$2" "${3-}"
	ept=$job
	finish "$npt"
	[ "$status" -eq 0 ] || broken="$broken npt$1"
	finish "$ept"
	[ "$status" -eq 0 ] || broken="$broken ept$1"
}

# rows HOST: the lines of the table, without the carriage returns of a console.
rows()
{
	cat "$report/$1-base.log" "$report/$1.log" | tr -d '\r' | grep '^TSV	' || :
}

# One row: memory, what was done before, instructions per page to populate, to
# map, to write, in total; faults of the first write and pages, on NPT and EPT.
join_rows()
{
	awk -F '\t' -v OFS='\t' '
	function per_page(n) { return int(n / $5 + 0.5) }
	BEGIN {
		print "memory", "before", "populate", "map", "write", "total",
		      "faults_npt", "pages_npt", "faults_ept", "pages_ept"
		nr_modes = split("nothing pre_fault map map_write", modes, " ")
	}
	{ memory = $3 ($2 == "anonymous_thp" ? " THP" : ""); key = memory OFS $4 }
	FILENAME ~ /ept.rows$/ { ept[key] = $10 OFS $5; next }
	!(memory in seen) { seen[memory]; memories[++nr_memories] = memory }
	{
		row[key] = memory OFS $4 OFS per_page($6) OFS per_page($7) OFS per_page($9) \
			   OFS per_page($6 + $7 + $9) OFS $10 OFS $5 \
			   OFS (key in ept ? ept[key] : "-" OFS "-")
	}
	END {
		for (i = 1; i <= nr_memories; i++)
			for (m = 1; m <= nr_modes; m++) {
				key = memories[i] OFS modes[m]
				if (key in row) print row[key]
			}
	}' "$report/ept.rows" "$report/npt.rows"
}

check_rows()
{
	for host in npt ept; do
		n=$(wc -l < "$report/$host.rows")
		! grep -q '^SKIPPED' "$report/$host.log" "$report/$host-base.log" ||
			die "$host: a kernel lacks an ioctl, see $report/$host*.log"
		[ "$n" -eq 16 ] ||
			die "$host: $n rows of 16, see $report/$host*.log"
	done
}

case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
[ -x "$selftests/x86/map_memory_perf_test" ] ||
	die "no x86/map_memory_perf_test in $selftests: run 'make selftests' first"
need_program gnuplot gnuplot-nox
mkdir -p "$report"
at_end :

say boot "npt and ept, on the kernel without the series and on that with it, 8 measurements in each"
[ -e "$base" ] || die "no kernel without the series at $base: run 'make kernel' first"
measure_both -base 'nothing pre_fault' "$base"
measure_both '' 'map map_write' "${KERNEL-}"

for host in npt ept; do
	rows "$host" > "$report/$host.rows"
done
join_rows > "$report/first-touch.tsv"
awk -F '\t' -f "$top/bench/first-touch.awk" "$report/first-touch.tsv"
for host in $broken; do
	grep '^FAILED' "$report/$host.log" >&2 || :
done
[ -z "$broken" ] || die "failed on$broken, the console is in $report/*.log"
check_rows
(cd "$report" && gnuplot "$top/bench/first-touch.gp")
echo
say picture "$report/first-touch.svg"
