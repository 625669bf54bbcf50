// SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note
//! KVM_MAP_MEMORY for VMMs in Rust. Everything above `main` can be copied: it needs no
//! crate, and takes what kvm-ioctls has, as its `VmFd` and `VcpuFd` are `AsRawFd`.
//! `main` prints the numbers and the layout, which scripts/check-header.sh compares with
//! those of the kernel's header.

use std::io;
use std::mem::size_of;
use std::os::raw::{c_int, c_ulong};
use std::os::unix::io::{AsRawFd, RawFd};

// Both numbers are provisional until the series is merged.
pub const KVM_CAP_MAP_MEMORY: c_ulong = 252;
pub const KVM_MAP_MEMORY: c_ulong = iowr(0xae, 0xd6, size_of::<KvmMemoryMapping>());

pub const KVM_MEMORY_MAPPING_FLAG_WRITE: u64 = 1 << 0;
pub const KVM_MEMORY_MAPPING_FLAG_RESIDENT: u64 = 1 << 1;
/// In the value of the capability, beside the flags: VMs have the ioctl, too.
pub const KVM_MAP_MEMORY_CAP_VM: u64 = 1 << 16;

const KVM_CHECK_EXTENSION: c_ulong = 0xae03;

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KvmMemoryMapping {
    /// In and out: guest physical address, page aligned.
    pub base_address: u64,
    /// In and out: bytes, page aligned, not zero.
    pub size: u64,
    pub flags: u64,
    pub padding: [u64; 5],
}

const _: () = assert!(size_of::<KvmMemoryMapping>() == 64);

/// _IOWR() of x86. The macro of vmm-sys-util does the same:
/// `ioctl_iowr_nr!(KVM_MAP_MEMORY, KVMIO, 0xd6, KvmMemoryMapping);`
const fn iowr(kind: c_ulong, nr: c_ulong, size: usize) -> c_ulong {
    (3 << 30) | ((size as c_ulong) << 16) | (kind << 8) | nr
}

// The C library, which std links, has it.
extern "C" {
    fn ioctl(fd: c_int, request: c_ulong, ...) -> c_int;
}

/// What KVM_CHECK_EXTENSION says of a VM: 0 means that there is no such ioctl.
pub fn map_memory_capability(vm: &impl AsRawFd) -> u64 {
    // SAFETY: the request takes a number and accesses no memory.
    let value = unsafe { ioctl(vm.as_raw_fd(), KVM_CHECK_EXTENSION, KVM_CAP_MAP_MEMORY) };
    u64::try_from(value).unwrap_or(0)
}

/// Map `size` bytes of guest memory at `gpa`, by a VM or by a vCPU that doesn't run.
/// Returns how many bytes are mapped; the guest faults in the rest itself.
pub fn map_memory(fd: &impl AsRawFd, gpa: u64, size: u64, flags: u64) -> (u64, io::Result<()>) {
    let fd: RawFd = fd.as_raw_fd();
    let mut mapping = KvmMemoryMapping {
        base_address: gpa,
        size,
        flags,
        ..Default::default()
    };

    // The struct holds what is left. A signal or a memslot in flux: again.
    while mapping.size > 0 {
        // SAFETY: the kernel reads and writes the struct, which outlives the call.
        if unsafe { ioctl(fd, KVM_MAP_MEMORY, &mut mapping as *mut KvmMemoryMapping) } == 0 {
            continue;
        }
        let error = io::Error::last_os_error();
        match error.kind() {
            io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock => {}
            _ => return (size - mapping.size, Err(error)),
        }
    }
    (size, Ok(()))
}

fn print_offset<T>(name: &str, mapping: &KvmMemoryMapping, field: &T) {
    let offset = field as *const T as usize - mapping as *const KvmMemoryMapping as usize;
    println!("{name} {offset}");
}

fn main() {
    println!("KVM_CAP_MAP_MEMORY {KVM_CAP_MAP_MEMORY}");
    println!("KVM_MAP_MEMORY {KVM_MAP_MEMORY}");
    println!("KVM_MEMORY_MAPPING_FLAG_WRITE {KVM_MEMORY_MAPPING_FLAG_WRITE}");
    println!("KVM_MEMORY_MAPPING_FLAG_RESIDENT {KVM_MEMORY_MAPPING_FLAG_RESIDENT}");
    println!("KVM_MAP_MEMORY_CAP_VM {KVM_MAP_MEMORY_CAP_VM}");
    println!("size {}", size_of::<KvmMemoryMapping>());

    let mapping = KvmMemoryMapping::default();
    print_offset("base_address", &mapping, &mapping.base_address);
    print_offset("size", &mapping, &mapping.size);
    print_offset("flags", &mapping, &mapping.flags);
    print_offset("padding", &mapping, &mapping.padding);

    // What is no VM has no capability, and maps nothing.
    let no_vm = std::fs::File::open("/dev/null").expect("/dev/null");
    assert_eq!(map_memory_capability(&no_vm), 0);
    let (mapped, result) = map_memory(&no_vm, 0, 4096, KVM_MEMORY_MAPPING_FLAG_WRITE);
    assert_eq!(mapped, 0);
    assert!(result.is_err());
}
