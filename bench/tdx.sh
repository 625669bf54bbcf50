#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# usage: tdx.sh
#
# What does KVM_MAP_MEMORY save a TD? Boots the emulated Intel host with the model of
# the TDX module once per row, runs tdx_map_memory_perf_test, prints the rows and writes
# tdx.tsv, whose columns are
#   memory choice            what is measured, see rows()
#   exits aug                exits of the TD that accepts it, calls of TDH.MEM.PAGE.AUG
#   sept_add page_add extend vp_wr       calls of these leaves
#   own                      instructions of KVM and the program, not the module's
#   elapsed                  instructions from start to end
# with "-" for what a row doesn't have. The clock of that host advances by one per
# instruction. Takes about 20 minutes.
#
# Environment, with defaults:
#   ROWS=                    only the rows that match, e.g. '64M *'
#   SELFTESTS=build/selftests    directory of the built selftests
#   REPORT=build/report      where tdx.tsv and the logs go
#   JOBS=2                   boots at the same time
#   KERNEL=                  see host/boot.sh
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/host/lib.sh"
selftests=${SELFTESTS:-$build/selftests}
report=${REPORT:-$build/report}
program=$selftests/x86/tdx_map_memory_perf_test
header='memory	choice	exits	aug	sept_add	page_add	extend	vp_wr	own	elapsed'

# Memory and choice, arguments of the program, and the phases of what it prints that
# make up the row.
rows()
{
	for m in 64M 1G; do
		size=66M
		[ "$m" = 64M ] || size=1026M
		cat <<-END
		$m	none	-i 2M -m $size -v 0 -u -a 0	accept
		$m	one_before	-i 2M -m $size -v 0 -u -a 1	KVM_MAP_MEMORY, final TD;accept
		$m	two_before	-i 2M -m $size -v 0 -u -a 2	KVM_MAP_MEMORY, final TD;accept
		$m	meanwhile	-i 2M -m $size -v 0 -u -a 1 -w	accept, KVM_MAP_MEMORY meanwhile
		END
	done
	cat <<-END
	image	none	-i 64M -m 66M -v 0	KVM_TDX_INIT_MEM_REGION
	image	not_measured	-i 64M -m 66M -v 0 -u	KVM_TDX_INIT_MEM_REGION
	tables	one	-i 64M -m 4G -v 1	KVM_MAP_MEMORY
	image	after_one	-i 64M -m 4G -v 1	KVM_TDX_INIT_MEM_REGION
	tables	two	-i 64M -m 4G -v 2	KVM_MAP_MEMORY
	image	after_two	-i 64M -m 4G -v 2	KVM_TDX_INIT_MEM_REGION
	END
}

# The log of a run: one per list of arguments.
log_of()
{
	echo "$report/tdx$(echo "$1" | tr -d ' ').log"
}

# Starts a boot.
measure()
{
	# The memory of a TD that only gets tables is never touched.
	start env HOST=ept MODEL=1 MEM=1900 TIMEOUT="${TIMEOUT:-3000}" FILES="$program" \
		RUN="echo 1 > /proc/sys/vm/overcommit_memory; /tdx_map_memory_perf_test $1" \
		"$top/host/boot.sh" > "$(log_of "$1")" 2>&1
}

# A row that is missing is found when the rows are read.
finish_all()
{
	for job in $jobs_left; do
		finish "$job"
	done
}

# row MEMORY CHOICE ARGUMENTS PHASES: sums the phases that the program printed.
row()
{
	tr -d '\r' < "$(log_of "$3")" | awk -F '\t' -v OFS='\t' -v row="$1$tab$2" -v phases="$4" '
		BEGIN { nr = split(phases, list, ";"); for (i in list) wanted[list[i]] }
		/^accept exits / { sub(/.* /, ""); exits = $0 }
		$1 in wanted {
			found++
			for (i = 2; i <= NF; i++) {
				n = split($i, pair, " ")
				sum[pair[1]] += pair[n]
			}
		}
		END {
			if (found != nr) exit 1
			printf "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.0f\t%.0f\n", row, exits == "" ? "-" : exits,
			       sum["MEM.PAGE.AUG"], sum["MEM.SEPT.ADD"], sum["MEM.PAGE.ADD"],
			       sum["MR.EXTEND"], sum["VP.WR"], sum["own"], sum["elapsed"]
		}' || die "no figures of '$3': see $(log_of "$3")"
}

case ${1-} in
'') ;;
--help | -h) usage 0 ;;
*) usage 2 >&2 ;;
esac
tab=$(printf '\t')
[ -x "$program" ] || die "no tdx_map_memory_perf_test in $selftests: run 'make selftests' first"
mkdir -p "$report"
at_end :
rows | while IFS=$tab read -r memory choice arguments phases; do
	# shellcheck disable=SC2254 # a pattern
	case "$memory $choice" in
	${ROWS:-*}) printf '%s\t%s\t%s\t%s\n' "$memory" "$choice" "$arguments" "$phases" ;;
	esac
done > "$report/tdx.rows"
[ -s "$report/tdx.rows" ] || die "no row matches '$ROWS'"

cut -f 3 "$report/tdx.rows" | sort -u > "$report/tdx.runs"
say boot "ept with the model, $(wc -l < "$report/tdx.runs") times"
running=0
while read -r arguments; do
	measure "$arguments"
	running=$((running + 1))
	if [ "$running" -ge "${JOBS:-2}" ]; then
		finish_all
		running=0
	fi
done < "$report/tdx.runs"
finish_all

{
	echo "$header"
	while IFS=$tab read -r memory choice arguments phases; do
		row "$memory" "$choice" "$arguments" "$phases"
	done < "$report/tdx.rows"
} > "$report/tdx.tsv.new"
mv "$report/tdx.tsv.new" "$report/tdx.tsv"
cat "$report/tdx.tsv"
