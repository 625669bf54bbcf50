# SPDX-License-Identifier: GPL-2.0
#
# Reads what bench.sh collected, for bench.awk and bench-limits.awk. Lines of bench.tsv:
# TSV, SIZE, WALK, PAGEWISE, those of the base kernel as BASE, BASE_SIZE, BASE_WALK,
# BASE_PAGEWISE, and EPT (bench-rows.sh, map_memory_perf_test -h), CASE
# (count-rows.sh), phase (count/plugin.c).

$1 == "TSV" || $1 == "BASE" {
	key = $1 FS $2 FS $3 FS $4
	if ($1 == "TSV" && !($2 in seen)) { seen[$2]; kinds[++nr_kinds] = $2 }
	pop[key] = $6 / $5; map[key] = $7 / $5; again[key] = $8 / $5
	write[key] = $9 / $5; faults[key] = $10; pages = $5
}
$1 ~ /SIZE$/ {
	if (!($5 in size_seen)) { size_seen[$5]; size_list[++nr_sizes] = $5 }
	by_size[$5 FS $4] = $7 / $5
}
$1 ~ /PAGEWISE$/ { pagewise[$4] = $7 / $5 }
$1 == "WALK" { walks[++nr_walks] = $2; walk[$2] = $8 / $6; walk_again[$2] = $9 / $6 }
$1 == "BASE_WALK" { base_walk[$2] = $8 / $6; base_walk_again[$2] = $9 / $6 }
/^EPT_DEVICE/ { ept["device"] = $7 / 1024 / 10; next }
/^EPT/ { ept[$3 FS $4] = $7 / $5 / 10; ept_pages = $5 }
/^CASE/ { cases[++nr_cases] = $2; case_name[$2] = $3; case_pages[$2] = $4 }
/^phase/ && $4 == "total" { total[$2 FS $3] = $0 }
/^phase/ && $4 == "symbol" && $5 == "mmu_notifier_peek" { peeks[$2] = $7 }
/^phase/ && $4 == "symbol" { nr_symbols[$2 FS $3]++
	symbol[$2 FS $3, nr_symbols[$2 FS $3]] = $5 FS $6 FS $7 FS $8 }
/^phase/ && $4 == "line" { shared[$2 FS $3] += $5 }

# What a call costs beside its pages, which cost what they cost in one call for all.
function call_cost(chunk, name) {
	return (walk[name] - walk["by the VM"]) * chunk
}
