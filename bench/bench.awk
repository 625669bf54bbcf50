# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -F '\t' [-v sizes=1 | -v limits=1] -f bench.awk bench.tsv
#
# Makes the report from what bench.sh collected; with sizes=1, the cost per page
# for each size, for bench.gp; with limits=1, a line PASS or FAIL per limit that
# the series must keep, and a status of 1 if it doesn't keep one.  Lines of bench.tsv: TSV, SIZE, PAGEWISE, BASE and
# EPT (map_memory_perf_test -h), FLOOR (floor/measure_floor.c), CASE
# (count-rows.sh), phase (count/count.c).
#
# Figures are rounded up, those that are in our disfavour if larger, too.

function up(x) { return (x == int(x)) ? x : int(x) + 1 }
function cell(x) { return (x < 20) ? sprintf("%.2f", x) : sprintf("%d", up(x)) }

function ioctl_name(mode) {
	if (mode == "pre_fault")
		return "KVM_PRE_FAULT_MEMORY"
	return mode == "map" ? "KVM_MAP_MEMORY" : "KVM_MAP_MEMORY, FLAG_WRITE"
}

function what(populated, mode) {
	if (mode == "nothing")
		return populated ? "populate" : "nothing"
	return (populated ? "populate, " : "") ioctl_name(mode)
}

function title(text) { printf("%s%s\n", titles++ ? "\n" : "", text) }

/^(TSV|BASE)/ {
	key = $1 FS $2 FS $3 FS $4
	if ($1 == "TSV" && !($2 in seen)) { seen[$2]; kinds[++nr_kinds] = $2 }
	pop[key] = $6 / $5; map[key] = $7 / $5; again[key] = $8 / $5
	write[key] = $9 / $5; faults[key] = $10; pages = $5
}
/^SIZE/ {
	if (!($5 in size_seen)) { size_seen[$5]; size_list[++nr_sizes] = $5 }
	by_size[$5 FS $4] = $7 / $5
}
/^PAGEWISE/ { pagewise[$4] = $7 / $5 }
/^FLOOR/ { floor[$2] = $4 / $3 }
/^EPT/ { ept[$3 FS $4] = $7 / $5 / 10; ept_pages = $5 }
/^CASE/ { cases[++nr_cases] = $2; case_name[$2] = $3; case_pages[$2] = $4 }
/^phase/ && $4 == "total" { total[$2 FS $3] = $0 }
/^phase/ && $4 == "symbol" { nr_symbols[$2 FS $3]++
	symbol[$2 FS $3, nr_symbols[$2 FS $3]] = $5 FS $6 FS $7 FS $8 }
/^phase/ && $4 == "line" { shared[$2 FS $3] += $5 }

function matrix(    i, p, m, k, modes, key) {
	split("nothing pre_fault map map_write", modes, " ")
	title("Instructions per 4 KiB page until the guest has written to all of it, NPT, " pages " pages.")
	print "Faults are the guest's stage-2 faults at its first writes; \"again\" is the same ioctl"
	print "once more. A page that was never touched is not resident; private_file is in the page"
	print "cache; populate is MADV_POPULATE_WRITE, for guest_memfd fallocate()."
	printf "\n%-22s %-36s %8s %7s %7s %7s %7s %7s\n", "memory", "before the guest runs",
	       "populate", "ioctl", "again", "write", "total", "faults"
	for (i = 1; i <= nr_kinds; i++) {
		print ""
		for (p = 0; p < 2; p++)
			for (m = 1; m <= 4; m++) {
				key = "TSV" FS kinds[i] FS (p ? "populated" : "fresh") FS modes[m]
				printf "%-22s %-36s %8s %7s %7s %7s %7s %7d\n",
				       p + m == 1 ? kinds[i] : "", what(p, modes[m]),
				       cell(pop[key]), cell(map[key]), cell(again[key]),
				       cell(write[key]),
				       cell(pop[key] + map[key] + write[key]), faults[key]
			}
	}
}

function growth(    i) {
	title("Cost per page of one ioctl over populated anonymous memory, as the memory grows.")
	printf "\n%12s %22s %28s\n", "pages", "KVM_PRE_FAULT_MEMORY", "KVM_MAP_MEMORY, FLAG_WRITE"
	for (i = 1; i <= nr_sizes; i++)
		printf "%12d %22s %28s\n", size_list[i],
		       cell(by_size[size_list[i] FS "pre_fault"]),
		       cell(by_size[size_list[i] FS "map_write"])
	printf "\nOne ioctl per page: KVM_PRE_FAULT_MEMORY %s, KVM_MAP_MEMORY %s.\n",
	       cell(pagewise["pre_fault"]), cell(pagewise["map_write"])
}

# Sorts the symbols of a phase by instructions, prints those above a threshold.
function breakdown(key, pages, least,    i, j, n, t, f, rest) {
	n = nr_symbols[key]
	for (i = 1; i <= n; i++)
		sorted[i] = symbol[key, i]
	for (i = 2; i <= n; i++) {
		t = sorted[i]; split(t, f, FS); insns = f[2]
		for (j = i - 1; j > 0; j--) {
			split(sorted[j], f, FS)
			if (f[2] >= insns) break
			sorted[j + 1] = sorted[j]
		}
		sorted[j + 1] = t
	}
	for (i = 1; i <= n; i++) {
		split(sorted[i], f, FS)
		if (f[2] / pages >= least)
			printf "  %-34s %8.2f %10.2f %8.3f\n", f[1], f[2] / pages, f[4] / pages, f[3] / pages
		else
			rest += f[2]
	}
	printf "  %-34s %8.2f\n", "all others together", rest / pages
}

function floors(    k, key) {
	title("The floor: GUP-fast of 512 pages at a time, mark dirty, put, in the same kernel.")
	printf "\n%-12s %8s %24s %24s\n", "populated", "floor", "KVM_MAP_MEMORY above it", "KVM_PRE_FAULT above it"
	for (k = 1; k <= nr_kinds; k++) {
		key = "TSV" FS kinds[k] FS "populated" FS
		if (kinds[k] in floor)
			printf "%-12s %8s %24s %24s\n", kinds[k], cell(floor[kinds[k]]),
			       cell(map[key "map_write"] - floor[kinds[k]]),
			       cell(map[key "pre_fault"] - floor[kinds[k]])
	}
	title("Where they are, KVM_MAP_MEMORY, populated anonymous memory: per page, by function.")
	printf "\n  %-34s %8s %10s %8s\n", "function, with what is inlined", "insns", "locked", "calls"
	for (k = 1; k <= nr_cases; k++)
		if (case_name[cases[k]] == "KVM_MAP_MEMORY")
			breakdown(cases[k] FS "kvm_arch_vcpu_map_memory", case_pages[cases[k]], 0.3)
}

function contention(    i, c, t, enter, per) {
	title("What mappers contend for, counted: per page, populated memory.")
	print "A batch is up to 512 pages, or one for KVM_PRE_FAULT_MEMORY; the longest hold of"
	print "mmu_lock is in instructions. Shared writes: to cache lines that two mappers, on two"
	print "processors, each with its half of the memory, both write to."
	printf "\n%-34s %8s %8s %8s %8s %8s\n", "", "batches", "mmu_lock", "locked", "longest", "shared"
	printf "%-34s %8s %8s %8s %8s %8s\n", "", "", "taken", "insns", "hold", "writes"
	for (i = 1; i <= nr_cases; i++) {
		c = cases[i]
		enter = case_name[c] ~ /PRE_FAULT/ ? "kvm_arch_vcpu_pre_fault_memory" : "kvm_arch_vcpu_map_memory"
		split(total[c FS enter], t, FS)
		# The test pre-faults its own memory, too: one call per page.
		per = enter ~ /pre_fault/ ? t[5] : case_pages[c]
		printf "%-34s %8.5f %8.5f %8.3f %8d %8s\n", case_name[c], t[5] / per, t[8] / per,
		       t[7] / per, t[9],
		       case_name[c] ~ /mappers/ ? sprintf("%.5f", shared[c FS enter] / per) : "-"
	}
}

# One line: what it costs without the series and with it.
function compare(memory, row, a, b) {
	printf "%-22s %-34s %10s %10s %+8.2f\n", memory, row, cell(a), cell(b), (b - a) / a * 100
}

function unpatched(    i, r, f) {
	title("With the series and without: what the series doesn't mean to change, per page.")
	printf "\n%-22s %-34s %10s %10s %8s\n", "memory", "", "unpatched", "series", "%"
	for (i = 1; i <= nr_kinds; i++) {
		f = FS kinds[i] FS "fresh" FS; r = FS kinds[i] FS "populated" FS
		compare(kinds[i], "first write, fresh", write["BASE" f "nothing"], write["TSV" f "nothing"])
		compare("", "first write, populated", write["BASE" r "nothing"], write["TSV" r "nothing"])
		compare("", "KVM_PRE_FAULT_MEMORY, populated", map["BASE" r "pre_fault"], map["TSV" r "pre_fault"])
		compare("", "KVM_PRE_FAULT_MEMORY, again", again["BASE" r "pre_fault"], again["TSV" r "pre_fault"])
	}
}

function on_ept() {
	title("EPT: the same on the Intel host, whose emulator's clock ticks per instruction, " ept_pages " pages.")
	printf "\npopulated anonymous memory: KVM_PRE_FAULT_MEMORY %s, KVM_MAP_MEMORY %s, FLAG_WRITE %s\n",
	       cell(ept["populated" FS "pre_fault"]), cell(ept["populated" FS "map"]),
	       cell(ept["populated" FS "map_write"])
}

# A limit is on what KVM_MAP_MEMORY costs, or what it may cost a peer. The peers are
# those of the kernel without the series.
function limit(name, value, most) {
	ok = value <= most
	printf("%s bench:%s %.3f, at most %.3f\n", ok ? "PASS" : "FAIL", name, value, most)
	failed += !ok
}

function check_limits(    r, f, k, b, i, n, c, t, cost, least, most) {
	r = FS "populated" FS; f = FS "fresh" FS
	k = "TSV" FS "anonymous"; b = "BASE" FS "anonymous"
	limit("resident-above-floor", map[k r "map_write"] - floor["anonymous"], 110)
	limit("resident-against-pre-fault", map[k r "map_write"], map[b r "pre_fault"] / 8)
	limit("fresh-until-written", map[k f "map_write"] + write[k f "map_write"], 1.12 * pop[k r "map_write"])
	limit("already-mapped", again[k r "map_write"], 20)
	limit("faults-after-flag-write", faults[k f "map_write"], 0)
	k = "TSV" FS "shmem"; b = "BASE" FS "shmem"
	limit("shmem-against-pre-fault", map[k r "map_write"], map[b r "pre_fault"] / 7)
	limit("thp", map["TSV" FS "anonymous_thp" r "map_write"], 8)
	k = "TSV" FS "anonymous_hugetlb_2mb"; b = "BASE" FS "anonymous_hugetlb_2mb"
	limit("hugetlb-against-pre-fault", map[k r "map_write"], map[b r "pre_fault"])
	k = "TSV" FS "guest_memfd"; b = "BASE" FS "guest_memfd"
	limit("guest_memfd-against-pre-fault", map[k r "map_write"], map[b r "pre_fault"])
	limit("page-by-page-against-pre-fault", pagewise["map_write"], 1.1 * pagewise["pre_fault"])
	# What the host needs to allocate memory varies by more than the limit.
	for (i = 1; i <= nr_kinds; i++) {
		k = FS kinds[i] r "nothing"
		limit("fault-path-" kinds[i], write["TSV" k], 1.005 * write["BASE" k])
	}
	for (i = 1; i <= nr_cases; i++) {
		c = cases[i]
		if (case_name[c] != "KVM_MAP_MEMORY")
			continue
		split(total[c FS "kvm_arch_vcpu_map_memory"], t, FS)
		limit("mmu_lock-per-512-pages", t[8] / case_pages[c] * 512, 1)
	}
	for (i = 1; i <= nr_sizes; i++)
		if (size_list[i] >= 512) {
			cost = by_size[size_list[i] FS "map_write"]
			if (!least || cost < least) least = cost
			if (cost > most) most = cost
			n++
		}
	# One size alone says nothing.
	limit("flat-from-2M", n > 1 ? most : 2 * most, 1.05 * least)
}

END {
	if (limits) {
		check_limits()
		exit failed > 0
	}
	if (sizes) {
		for (i = 1; i <= nr_sizes; i++)
			print size_list[i] * 4096, by_size[size_list[i] FS "pre_fault"],
			      by_size[size_list[i] FS "map_write"], floor["anonymous"]
		exit
	}
	print "Made by: make bench. Instructions, counted by emulators; not cycles: no cache misses, no"
	print "cost of atomics, each step of a rep stos counts."
	print ""
	matrix()
	growth()
	floors()
	contention()
	unpatched()
	on_ept()
}
