// SPDX-License-Identifier: GPL-2.0
/*
 * The VM: a vCPU in long mode, whose code and page tables are memslot 0, and whose
 * memory to be measured is memslot 1.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "probe.h"

/* Pages of memslot 0: code, three levels of page tables, one table per GiB of data. */
enum { CODE_PAGE, PML4_PAGE, PDPT_PAGE, PD_PAGE, DATA_PD_PAGE };

static char *allocate(size_t size, bool thp)
{
	char *mem, *aligned;

	mem = mmap(NULL, size + 2 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		   -1, 0);
	if (mem == MAP_FAILED)
		err(1, "%zu bytes of memory", size);

	aligned = (char *)(((unsigned long)mem + 2 * MIB - 1) & ~(2 * MIB - 1));
	if (aligned > mem)
		munmap(mem, aligned - mem);
	munmap(aligned + size, mem + 2 * MIB - aligned);
	if (madvise(aligned, size, thp ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) && thp)
		err(1, "madvise(MADV_HUGEPAGE)");

	return aligned;
}

static void add_memslot(struct vm *vm, __u32 slot, __u64 gpa, char *mem, __u64 size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (unsigned long)mem,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
}

/*
 * Both loops go through %rcx pages from %rdi on and halt.  The first writes a word to
 * each, how many there are to go; the second reads one.
 */
static const unsigned char code[] = {
	[WRITE_LOOP] = 0x48, 0x89, 0x0f,		/* 1: mov %rcx, (%rdi) */
	0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00,	/*    add $4096, %rdi */
	0x48, 0xff, 0xc9,				/*    dec %rcx */
	0x75, 0xf1,					/*    jnz 1b */
	0xf4,						/*    hlt */
	[READ_LOOP] = 0x48, 0x8b, 0x07,			/* 1: mov (%rdi), %rax */
	0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00,
	0x48, 0xff, 0xc9,
	0x75, 0xf1,
	0xf4,
};

/*
 * An identity mapping by pages of 2 MiB, which are accessed and dirty already, as those
 * of a kernel's memory are.
 */
static void write_slot0(struct vm *vm)
{
	__u64 *pages = (__u64 *)vm->slot0, gib, i;
	const __u64 table = 0x23, large_page = 0xe3;

	memset(vm->slot0, 0, vm->slot0_size);
	memcpy(vm->slot0, code, sizeof(code));
	pages[PML4_PAGE * 512] = PDPT_PAGE * PAGE | table;
	pages[PDPT_PAGE * 512] = PD_PAGE * PAGE | table;
	pages[PD_PAGE * 512] = large_page;
	for (gib = 0; gib < (bytes + GIB - 1) / GIB; gib++) {
		pages[PDPT_PAGE * 512 + 1 + gib] = (DATA_PD_PAGE + gib) * PAGE | table;
		for (i = 0; i < 512; i++)
			pages[(DATA_PD_PAGE + gib) * 512 + i] =
				(DATA_GPA + gib * GIB + i * 2 * MIB) | large_page;
	}
}

static void set_cpuid(struct vm *vm)
{
	const unsigned int nr = 256;
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + nr * sizeof(cpuid->entries[0]));

	if (!cpuid)
		err(1, "CPUID");
	cpuid->nent = nr;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) || ioctl(vm->vcpu, KVM_SET_CPUID2, cpuid))
		err(1, "KVM_SET_CPUID2");
	free(cpuid);
}

static void set_long_mode(struct vm *vm)
{
	const struct kvm_segment code_segment = {
		.limit = ~0u, .selector = 8, .type = 11, .present = 1, .s = 1, .l = 1, .g = 1,
	};
	const struct kvm_segment data_segment = {
		.limit = ~0u, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1,
	};
	struct kvm_sregs sregs;

	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs))
		err(1, "KVM_GET_SREGS");
	sregs.cr0 = 0x80000031;		/* PG, NE, ET, PE */
	sregs.cr3 = PML4_PAGE * PAGE;
	sregs.cr4 = 0x20;		/* PAE */
	sregs.efer = 0x500;		/* LMA, LME */
	sregs.cs = code_segment;
	sregs.ds = data_segment;
	sregs.es = data_segment;
	sregs.ss = data_segment;
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs))
		err(1, "KVM_SET_SREGS");
}

void run_guest(struct vm *vm, __u64 rip, __u64 gpa, __u64 nr_pages)
{
	struct kvm_regs regs = { .rip = rip, .rdi = gpa, .rcx = nr_pages, .rflags = 2 };

	if (ioctl(vm->vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
	if (ioctl(vm->vcpu, KVM_RUN, 0))
		err(1, "KVM_RUN");
	if (vm->run->exit_reason != KVM_EXIT_HLT)
		errx(1, "the guest ended with exit reason %u", vm->run->exit_reason);
}

void create_vm(struct vm *vm, bool thp)
{
	/* Without a PMU, the guest leaves the counters to the host. */
	struct kvm_enable_cap no_pmu = {
		.cap = KVM_CAP_PMU_CAPABILITY,
		.args = { KVM_PMU_CAP_DISABLE },
	};
	int run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		err(1, "KVM_CREATE_VM");
	ioctl(vm->fd, KVM_ENABLE_CAP, &no_pmu);
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0 || run_size < 0)
		err(1, "KVM_CREATE_VCPU");
	vm->run_size = run_size;
	vm->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	if (vm->run == MAP_FAILED)
		err(1, "struct kvm_run");

	set_cpuid(vm);
	vm->slot0_size = (DATA_PD_PAGE + (bytes + GIB - 1) / GIB) * PAGE;
	vm->slot0 = allocate(vm->slot0_size, false);
	write_slot0(vm);
	vm->data = allocate(bytes, thp);
	add_memslot(vm, 0, 0, vm->slot0, vm->slot0_size);
	add_memslot(vm, 1, DATA_GPA, vm->data, bytes);
	set_long_mode(vm);
}

void destroy_vm(struct vm *vm)
{
	munmap(vm->run, vm->run_size);
	close(vm->vcpu);
	close(vm->fd);
	munmap(vm->slot0, vm->slot0_size);
	munmap(vm->data, bytes);
}
