// SPDX-License-Identifier: GPL-2.0
/*
 * The only process of an emulated host of 32 bits, see scripts/i386.sh: KVM runs a guest
 * there, says that it can't map memory ahead of time, and refuses to.  Prints "PASS" and
 * "FAIL" with what was tried to the serial port, and then "done".
 *
 * For nolibc of the kernel's tools/include, as Debian's compiler comes without a library of
 * 32 bits.
 */
#include <linux/kvm.h>

static int port;

static void report(int ok, const char *what, long got)
{
	if (ok)
		dprintf(port, "PASS %s\n", what);
	else
		dprintf(port, "FAIL %s: got %d, errno %d\n", what, (int)got, errno);
}

/* A guest in real mode that halts at once. */
static void run_guest(int kvm, int vm, int vcpu)
{
	struct kvm_userspace_memory_region slot = { .memory_size = 4096 };
	long size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;
	struct kvm_run *run;
	char *memory;

	run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory[0] = 0xf4;
	slot.userspace_addr = (unsigned long)memory;
	ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot);

	ioctl(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	ioctl(vcpu, KVM_SET_SREGS, &sregs);
	ioctl(vcpu, KVM_SET_REGS, &regs);

	errno = 0;
	report(!ioctl(vcpu, KVM_RUN, 0) && run->exit_reason == KVM_EXIT_HLT,
	       "run", run->exit_reason);
}

/* An ioctl that KVM doesn't know is EINVAL on a vCPU, and ENOTTY on a VM. */
static void map_memory(int kvm, int vm, int vcpu)
{
	struct kvm_memory_mapping mapping = { .size = 4096 };
	int ret;

	errno = 0;
	ret = ioctl(kvm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MAP_MEMORY);
	report(ret == 0, "capability", ret);
	ret = ioctl(vm, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MAP_MEMORY);
	report(ret == 0, "capability_vm", ret);
	ret = ioctl(vcpu, KVM_MAP_MEMORY, &mapping);
	report(ret == -1 && errno == EINVAL, "ioctl_vcpu", ret);
	ret = ioctl(vm, KVM_MAP_MEMORY, &mapping);
	report(ret == -1 && errno == ENOTTY, "ioctl_vm", ret);
	report(mapping.base_address == 0 && mapping.size == 4096, "struct", 0);
}

/* Two-dimensional paging, which is what the ioctl takes on other hosts. */
static void check_npt(void)
{
	char value = 0;
	int fd = open("/sys/module/kvm_amd/parameters/npt", O_RDONLY);

	read(fd, &value, 1);
	report(value == 'Y' || value == '1', "npt", value);
}

int main(void)
{
	int kvm, vm, vcpu;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	port = open("/dev/ttyS1", O_WRONLY);
	kvm = open("/dev/kvm", O_RDWR);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	report(vcpu >= 0, "vcpu", vcpu);
	check_npt();
	if (vcpu >= 0) {
		run_guest(kvm, vm, vcpu);
		map_memory(kvm, vm, vcpu);
	}

	dprintf(port, "done\n");
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return 1;
}
