// SPDX-License-Identifier: GPL-2.0
/*
 * System calls in the name of QEMU, which is stopped, and made to call.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <linux/kvm.h>

#include "vmm-run.h"

static void wait_for_stop(pid_t pid, int *status)
{
	if (waitpid(pid, status, __WALL) != pid || !WIFSTOPPED(*status))
		fail("waiting for QEMU to stop");
}

/*
 * Makes QEMU's main thread execute a system call.  It waits in one, so that the
 * instruction before its next one is what is needed.  A process that it forks is
 * stopped, stays so, and is stored in child.
 */
static long call(pid_t *child, long nr, uint64_t a, uint64_t b, uint64_t c)
{
	struct user_regs_struct saved, regs;
	unsigned long message;
	int status, nr_stops = 0;

	if (ptrace(PTRACE_ATTACH, vm.pid, 0, 0))
		fail("PTRACE_ATTACH");
	wait_for_stop(vm.pid, &status);
	if (ptrace(PTRACE_SETOPTIONS, vm.pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_GETREGS, vm.pid, 0, &saved))
		fail("PTRACE_GETREGS");
	if ((ptrace(PTRACE_PEEKTEXT, vm.pid, saved.rip - 2, 0) & 0xffff) != 0x050f)
		fail("QEMU's main thread is not in a system call");

	regs = saved;
	regs.rip -= 2;
	regs.rax = nr;
	regs.orig_rax = -1;
	regs.rdi = a;
	regs.rsi = b;
	regs.rdx = c;
	regs.r10 = regs.r8 = regs.r9 = 0;
	if (ptrace(PTRACE_SETREGS, vm.pid, 0, &regs))
		fail("PTRACE_SETREGS");
	/* It stops at both ends.  To step over it, Bochs would trap in the kernel's entry. */
	while (nr_stops < 2) {
		if (ptrace(PTRACE_SYSCALL, vm.pid, 0, 0))
			fail("PTRACE_SYSCALL");
		wait_for_stop(vm.pid, &status);
		if (status >> 16 == PTRACE_EVENT_FORK) {
			if (ptrace(PTRACE_GETEVENTMSG, vm.pid, 0, &message))
				fail("PTRACE_GETEVENTMSG");
			*child = message;
		}
		nr_stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
	}

	if (ptrace(PTRACE_GETREGS, vm.pid, 0, &regs) ||
	    ptrace(PTRACE_SETREGS, vm.pid, 0, &saved) ||
	    ptrace(PTRACE_DETACH, vm.pid, 0, 0))
		fail("PTRACE_DETACH");
	return regs.rax;
}

/* The stack of the main thread, below what it uses. */
static uint64_t scratch(void)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_ATTACH, vm.pid, 0, 0))
		fail("PTRACE_ATTACH");
	wait_for_stop(vm.pid, &status);
	if (ptrace(PTRACE_GETREGS, vm.pid, 0, &regs) ||
	    ptrace(PTRACE_DETACH, vm.pid, 0, 0))
		fail("PTRACE_GETREGS");
	return (regs.rsp - 4096) & ~63ull;
}

/* An ioctl whose argument is copied there and back. */
static long call_ioctl(int fd, unsigned long nr, void *argument, size_t size)
{
	uint64_t at = scratch();
	int memory = open_memory(vm.pid, O_RDWR);
	long ret;

	if (pwrite(memory, argument, size, at) != (ssize_t)size)
		fail("write to QEMU's stack");
	ret = call(NULL, SYS_ioctl, fd, nr, at);
	if (pread(memory, argument, size, at) != (ssize_t)size)
		fail("read from QEMU's stack");
	close(memory);
	return ret;
}

void pre_fault(uint64_t gpa, uint64_t size)
{
	struct kvm_pre_fault_memory range = { .gpa = gpa, .size = size };
	int vcpu = fd_of("anon_inode:kvm-vcpu:0");
	long ret;

	do {
		ret = call_ioctl(vcpu, KVM_PRE_FAULT_MEMORY, &range, sizeof(range));
	} while (range.size && (!ret || ret == -EINTR || ret == -EAGAIN));
	errno = -ret;
	if (ret)
		fail("KVM_PRE_FAULT_MEMORY");
}

void map(uint64_t gpa, uint64_t size, uint64_t flags)
{
	struct kvm_memory_mapping range = {
		.base_address = gpa,
		.size = size,
		.flags = flags,
	};
	int fd = fd_of("anon_inode:kvm-vm");
	long ret;

	do {
		ret = call_ioctl(fd, KVM_MAP_MEMORY, &range, sizeof(range));
	} while (range.size && (!ret || ret == -EINTR || ret == -EAGAIN));
	errno = -ret;
	if (ret)
		fail("KVM_MAP_MEMORY");
}

void disable_zap_all(void)
{
	struct kvm_enable_cap cap = {
		.cap = KVM_CAP_DISABLE_QUIRKS2,
		.args = { KVM_X86_QUIRK_SLOT_ZAP_ALL },
	};
	long ret = call_ioctl(fd_of("anon_inode:kvm-vm"), KVM_ENABLE_CAP, &cap, sizeof(cap));

	errno = -ret;
	if (ret)
		fail("KVM_CAP_DISABLE_QUIRKS2");
}

void call_madvise(uint64_t ram, int advice)
{
	long ret = call(NULL, SYS_madvise, ram, RAM, advice);

	errno = -ret;
	if (ret)
		fail("madvise");
}

/* The child is stopped, and stays so. */
pid_t call_fork(void)
{
	pid_t child = 0;

	call(&child, SYS_fork, 0, 0, 0);
	if (!child)
		fail("QEMU did not fork");
	return child;
}
