// SPDX-License-Identifier: GPL-2.0
/*
 * How a VMM maps its guest's memory before the guest runs: map_guest_memory()
 * is all of it, and stands in README.md.  The rest is the smallest VMM that can
 * call it: one vCPU in real mode, whose guest writes a byte and halts.
 *
 * Exit status: 0, 4 if this kernel or host cannot map memory, 1 on failure.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "../../include/kvm_map_memory.h"

#define SIZE	(4ull << 20)
#define DATA	0x1000

/* Returns how many bytes are mapped; the guest faults in the rest itself. */
static __u64 map_guest_memory(int vm, int vcpu, __u64 gpa, __u64 size)
{
	struct kvm_memory_mapping mapping = {
		.base_address = gpa,
		.size = size,
		.flags = KVM_MEMORY_MAPPING_FLAG_WRITE,
	};
	int cap = ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_MAP_MEMORY);
	int fd = vcpu;

	/* Without the capability the ioctl does not exist: go on without. */
	if (cap <= 0)
		return 0;

	/* By the VM, it does not matter what vCPUs do, and in which thread this is. */
	if (cap & KVM_MAP_MEMORY_CAP_VM)
		fd = vm;

	/* The struct holds what is left.  A signal or a memslot in flux: again. */
	while (mapping.size)
		if (ioctl(fd, KVM_MAP_MEMORY, &mapping) &&
		    errno != EINTR && errno != EAGAIN)
			break;

	/* EOPNOTSUPP: this VM, or this vCPU in its current mode, cannot. */
	if (mapping.size && errno != EOPNOTSUPP)
		warn("KVM_MAP_MEMORY at 0x%llx", mapping.base_address);

	return size - mapping.size;
}

static int create_vcpu(int vm)
{
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;
	int vcpu;

	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0 || ioctl(vcpu, KVM_GET_SREGS, &sregs))
		err(1, "KVM_CREATE_VCPU");

	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_SREGS");

	return vcpu;
}

static char *create_memory(int vm)
{
	/* movb $42, DATA; hlt */
	static const char code[] = { 0xc6, 0x06, DATA & 0xff, DATA >> 8, 42, 0xf4 };
	struct kvm_userspace_memory_region slot = { .memory_size = SIZE };
	char *mem;

	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "mmap");

	memcpy(mem, code, sizeof(code));
	slot.userspace_addr = (unsigned long)mem;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot))
		err(1, "KVM_SET_USER_MEMORY_REGION");

	return mem;
}

int main(void)
{
	int kvm, vm, vcpu;
	__u64 mapped;
	char *mem;

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		err(1, "/dev/kvm");

	mem = create_memory(vm);
	vcpu = create_vcpu(vm);
	mapped = map_guest_memory(vm, vcpu, 0, SIZE);
	printf("mapped %llu of %llu bytes before the guest ran\n", mapped, SIZE);

	if (ioctl(vcpu, KVM_RUN, 0))
		err(1, "KVM_RUN");
	if (mem[DATA] != 42)
		errx(1, "the guest's byte: wanted 42, got %d", mem[DATA]);

	if (mapped == SIZE)
		return 0;

	return ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_MAP_MEMORY) > 0 ? 1 : 4;
}
