// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps one VM for as long as it runs.  With the first VM and with the last, KVM
 * has the kernel patch code that every processor executes, and QEMU, which
 * emulates each processor by a thread, may run a stale breakpoint after that.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR);

	if (kvm < 0 || ioctl(kvm, KVM_CREATE_VM, 0) < 0) {
		perror("hold_vm: no VM");
		return 1;
	}

	pause();
	return 0;
}
