/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * KVM_MAP_MEMORY for programs that are built with a <linux/kvm.h> without it, which
 * may be included before this header or after it.  KVM_CAP_MAP_MEMORY and the number
 * of the ioctl are provisional until the series is merged.
 *
 * Made by scripts/uapi-header.sh from the series: do not edit.
 */
#ifndef KVM_MAP_MEMORY_H
#define KVM_MAP_MEMORY_H

#include <linux/const.h>
#include <linux/kvm.h>

#ifndef KVM_MAP_MEMORY

#define KVM_CAP_MAP_MEMORY 252

/*
 * Map guest memory, by a vCPU or for all vCPUs of a VM: what is in the range is mapped
 * as if the guest read it, or wrote it.  On return, base_address and size describe
 * what is left.
 */
#define KVM_MAP_MEMORY	_IOWR(KVMIO, 0xd6, struct kvm_memory_mapping)

#define KVM_MEMORY_MAPPING_FLAG_WRITE		_BITULL(0)
/* Map only what the host has in place already, and skip the rest. */
#define KVM_MEMORY_MAPPING_FLAG_RESIDENT	_BITULL(1)

/* In the value of KVM_CAP_MAP_MEMORY, beside the flags: VMs have the ioctl, too. */
#define KVM_MAP_MEMORY_CAP_VM			_BITULL(16)

struct kvm_memory_mapping {
	__u64 base_address;	/* in/out: guest physical address, page aligned */
	__u64 size;		/* in/out: bytes, page aligned, not zero */
	__u64 flags;		/* in: KVM_MEMORY_MAPPING_FLAG_* */
	__u64 padding[5];	/* in: zero */
};

#endif /* KVM_MAP_MEMORY */

#endif /* KVM_MAP_MEMORY_H */
