# SPDX-License-Identifier: GPL-2.0
#
# usage: awk -F '\t' [-v sizes=1] -f bench-read.awk -f bench.awk bench.tsv
#
# Makes the report from what bench.sh collected; with sizes=1, the cost per page
# for each size, for bench.gp. Figures are rounded up, those that are in our disfavour
# if larger, too.

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

function matrix(    i, p, m, modes, key, kernel) {
	split("nothing pre_fault map map_write", modes, " ")
	title("Instructions per 4 KiB page until the guest has written to all of it, NPT, " pages " pages.")
	print "Faults are the guest's stage-2 faults at its first writes; \"again\" is the same ioctl"
	print "once more. A page that was never touched is not resident; private_file is in the page"
	print "cache; populate is MADV_POPULATE_WRITE, for guest_memfd fallocate(). What is done"
	print "without KVM_MAP_MEMORY is done on 7.3.4 without the series."
	printf "\n%-22s %-36s %8s %7s %7s %7s %7s %7s\n", "memory", "before the guest runs",
	       "populate", "ioctl", "again", "write", "total", "faults"
	for (i = 1; i <= nr_kinds; i++) {
		print ""
		for (p = 0; p < 2; p++)
			for (m = 1; m <= 4; m++) {
				kernel = m <= 2 ? "BASE" : "TSV"
				key = kernel FS kinds[i] FS (p ? "populated" : "fresh") FS modes[m]
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
	printf "\n%12s %30s %28s\n", "pages", "KVM_PRE_FAULT_MEMORY of 7.3.4", "KVM_MAP_MEMORY, FLAG_WRITE"
	for (i = 1; i <= nr_sizes; i++)
		printf "%12d %30s %28s\n", size_list[i],
		       cell(by_size[size_list[i] FS "pre_fault"]),
		       cell(by_size[size_list[i] FS "map_write"])
	printf "\nOne ioctl per page: KVM_PRE_FAULT_MEMORY of 7.3.4 %s, KVM_MAP_MEMORY %s.\n",
	       cell(pagewise["pre_fault"]), cell(pagewise["map_write"])
}

function dash(name, values) { return name in values ? cell(values[name]) : "-" }

function meets(    i, n) {
	title("What the walk can meet: one ioctl over populated memory, per 4 KiB page.")
	print "\"table there\": a page of each 2 MiB was mapped before. \"created again\": the memslot"
	print "was deleted, with KVM_X86_QUIRK_SLOT_ZAP_ALL disabled, and created, which is counted"
	print "along. Sparse memory: per page of what is there."
	printf "\n%-34s %22s %22s\n", "", "KVM_PRE_FAULT, 7.3.4", "KVM_MAP_MEMORY"
	for (i = 1; i <= nr_walks; i++) {
		n = walks[i]
		if (n ~ /^([0-9]+[KM], |by the )/)
			continue
		if (n ~ /created again/)
			printf "%-34s %22s %22s\n", n, dash(n, base_walk_again), cell(walk_again[n])
		else
			printf "%-34s %22s %22s\n", n, dash(n, base_walk), cell(walk[n])
	}
	printf "\nPer huge page of 2 MiB:\n"
	for (i = 1; i <= nr_walks; i++) {
		n = walks[i]
		if (n ~ /^THP/)
			printf "%-34s %22s %22s, again %s\n", n, cell(base_walk[n] * 512),
			       cell(walk[n] * 512), cell(walk_again[n] * 512)
	}
}

function calls(    i, n, chunks, modes, c, m, k) {
	title("KVM_MAP_MEMORY by the VM, a call per chunk of populated anonymous memory.")
	printf "One call for all: %s per page by the VM, %s by a vCPU. Beside that, a call costs, in\n",
	       cell(walk["by the VM"]), cell(walk["by the vCPU"])
	print "instructions, on average, with page tables that are made when they are missing:"
	split("4K 64K 2M", chunks, " "); split("map_resident map_write", modes, " ")
	pages_of["4K"] = 1; pages_of["64K"] = 16; pages_of["2M"] = 512
	printf "\n%-8s %22s %22s %22s %22s\n", "chunk", "RESIDENT", "at random", "FLAG_WRITE", "at random"
	for (c = 1; c <= 3; c++) {
		printf "%-8s", chunks[c]
		for (m = 1; m <= 2; m++)
			for (k = 0; k < 2; k++)
				printf " %22d", up(call_cost(pages_of[chunks[c]], chunks[c] ", " modes[m] (k ? ", at random" : "")))
		print ""
	}
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

function where(    k) {
	title("Where they are, KVM_MAP_MEMORY, populated anonymous memory: per page, by function.")
	printf "\n  %-34s %8s %10s %8s\n", "function, with what is inlined", "insns", "locked", "calls"
	for (k = 1; k <= nr_cases; k++)
		if (case_name[cases[k]] == "KVM_MAP_MEMORY")
			breakdown(cases[k] FS "kvm_arch_map_memory", case_pages[cases[k]], 0.2)
}

function contention(    i, c, t, enter, per) {
	title("What mappers contend for, counted: per page, populated memory.")
	print "A batch is up to 512 pages, or one for KVM_PRE_FAULT_MEMORY; the longest hold of"
	print "mmu_lock, and the longest time with IRQs off in which entries are read, are in"
	print "instructions. Struct pages: cache lines of them that are accessed. Shared writes: to"
	print "cache lines that two mappers, on two processors, each with its half of the memory,"
	print "both write to. \"Copying\" is FLAG_WRITE over memory that is the zero page, without"
	print "the copies themselves."
	printf "\n%-36s %8s %8s %8s %8s %8s %8s %8s\n", "", "batches", "mmu_lock", "locked", "struct", "longest", "IRQs", "shared"
	printf "%-36s %8s %8s %8s %8s %8s %8s %8s\n", "", "", "taken", "insns", "pages", "hold", "off", "writes"
	for (i = 1; i <= nr_cases; i++) {
		c = cases[i]
		enter = case_name[c] ~ /PRE_FAULT/ ? "kvm_arch_vcpu_pre_fault_memory" : "kvm_arch_map_memory"
		split(total[c FS enter], t, FS)
		per = case_pages[c]
		printf "%-36s %8.5f %8.5f %8.3f %8.4f %8d %8s %8s\n", case_name[c], t[5] / per, t[8] / per,
		       t[7] / per, t[11] / per, t[9], enter ~ /pre_fault/ ? "-" : t[10],
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
	printf "\npopulated anonymous memory, the kernel with the series: KVM_PRE_FAULT_MEMORY %s,\n",
	       cell(ept["populated" FS "pre_fault"])
	printf "KVM_MAP_MEMORY %s, FLAG_WRITE %s\n", cell(ept["populated" FS "map"]),
	       cell(ept["populated" FS "map_write"])
	printf "Memory of a device, i.e. with another memory type: %s\n", cell(ept["device"])
}

END {
	if (sizes) {
		for (i = 1; i <= nr_sizes; i++)
			print size_list[i] * 4096, by_size[size_list[i] FS "pre_fault"],
			      by_size[size_list[i] FS "map_write"]
		exit
	}
	print "Made by: make bench. Instructions, counted by emulators; not cycles: no cache misses, no"
	print "cost of atomics, each step of a rep stos counts."
	print ""
	matrix()
	growth()
	meets()
	calls()
	where()
	contention()
	unpatched()
	on_ept()
}
