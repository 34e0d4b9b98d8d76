/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the parts of the suite say that something could not be had.
 *
 * Every function that builds something (a backing, a door, a scratch
 * filesystem) returns
 *
 *	0	it is there
 *	> 0	an enum skip: this machine or kernel lacks it, nobody is at fault
 *	< 0	-errno: our own set-up failed, setup_error_text() says at what
 *
 * The distinction is what keeps a broken set-up from passing as a skip, and a
 * skip from hiding a kernel bug.
 */
#ifndef GUP_PIN_SKIP_H
#define GUP_PIN_SKIP_H

#include "base/filesystems.h"

#define SKIP_PACKAGE(with, name, package, ...)		" " package
#define SKIP_SYMBOLS(with, name, package, symbols, ...)	" and " symbols

/*
 * The fixed list of skip reasons: X(name, reason, what would make it run).
 * Result parsers append the reason to the case's name, so a reason never
 * holds a number, an address or an errno.
 */
#define SKIP_REASONS(X) \
	X(SKIP_DOOR_ROOT, "door: needs root", \
	  "run as root, in no container or user namespace that takes its capabilities") \
	X(SKIP_NO_GUP_TEST, "door: no gup_test interface", \
	  "load pin_probe.ko (make -C module), or CONFIG_GUP_TEST=y and debugfs mounted") \
	X(SKIP_OLD_GUP_TEST, "door: gup_test without long-term pins", \
	  "load pin_probe.ko (make -C module): this kernel's gup_test predates PIN_LONGTERM_TEST_START") \
	X(SKIP_GUP_TEST_TAKEN, "door: the one pin of gup_test is taken", \
	  "load pin_probe.ko (make -C module), which has a pin for each that opens it") \
	X(SKIP_NO_PIN_PROBE, "door: no pin_probe module", \
	  "load pin_probe.ko (make -C module): this needs more than the kernel's gup_test") \
	X(SKIP_NO_SLOW_COUNT, "door: slow path cannot be counted", \
	  "a kernel with CONFIG_KPROBES where __gup_longterm_locked() is a function of its own") \
	X(SKIP_NO_IO_URING, "door: no io_uring", \
	  "CONFIG_IO_URING=y") \
	X(SKIP_IO_URING_DISABLED, "door: io_uring disabled", \
	  "sysctl kernel.io_uring_disabled=0, and no seccomp filter against io_uring") \
	X(SKIP_NO_CLONE, "door: io_uring cannot clone buffers", \
	  "Linux 6.12 or newer (IORING_REGISTER_CLONE_BUFFERS)") \
	X(SKIP_NO_CLONE_SLOT, "door: io_uring cannot clone one buffer of several", \
	  "Linux 6.13 or newer (IORING_REGISTER_DST_REPLACE)") \
	X(SKIP_NO_USER_QUEUES, "door: no io_uring in user memory", \
	  "Linux 6.5 or newer (IORING_SETUP_NO_MMAP)") \
	X(SKIP_NO_PROVIDED, "door: no ring of provided buffers", \
	  "Linux 5.19 or newer (IORING_REGISTER_PBUF_RING)") \
	X(SKIP_NO_XDP, "door: no AF_XDP", \
	  "CONFIG_XDP_SOCKETS=y") \
	X(SKIP_NO_NET_NS, "door: no network namespaces", \
	  "CONFIG_NET_NS=y") \
	X(SKIP_NO_RXE, "door: no software RDMA device", \
	  "CONFIG_RDMA_RXE") \
	X(SKIP_NO_VERBS, "door: no RDMA from user space", \
	  "CONFIG_INFINIBAND_USER_ACCESS, and ib_uverbs loaded where it is a module") \
	X(SKIP_MEMLOCK, "door: memlock limit too small", \
	  "run as root, or raise RLIMIT_MEMLOCK (ulimit -l) to twice the largest page, at least 4 MiB") \
	X(SKIP_NO_VFIO_DEVICE, "door: no VFIO device named", \
	  "run_tests.sh --vfio-device BDF, or GUP_PIN_VFIO_DEVICE=BDF, names a PCI device that nobody uses (QEMU's edu, for DMA)") \
	X(SKIP_NO_IOMMU, "door: no IOMMU", \
	  "an IOMMU that the kernel uses (intel_iommu=on)") \
	X(SKIP_NO_VFIO, "door: no VFIO", \
	  "CONFIG_VFIO_PCI and CONFIG_VFIO_IOMMU_TYPE1, with the device bound to vfio-pci (run_tests.sh as root does it)") \
	X(SKIP_NO_IRQ_REMAPPING, "door: no interrupt remapping", \
	  "an IOMMU that remaps interrupts (QEMU: intel-iommu,intremap=on)") \
	X(SKIP_NO_IOMMUFD, "door: no iommufd", \
	  "CONFIG_IOMMUFD") \
	X(SKIP_NO_IOMMUFD_TEST, "door: no iommufd test mode", \
	  "CONFIG_IOMMUFD_TEST (vm/build-kernel builds with it)") \
	X(SKIP_NO_MOCK_DEVICE, "door: no iommufd mock device", \
	  "no IOMMU that the kernel uses (intel_iommu=off, or vm/run --profile noiommu)") \
	X(SKIP_NO_VFIO_CDEV, "door: no VFIO device file", \
	  "CONFIG_VFIO_DEVICE_CDEV (Linux 6.6)") \
	X(SKIP_NO_UDMABUF_DOOR, "door: no udmabuf", \
	  "CONFIG_UDMABUF") \
	X(SKIP_NO_QEMU, "machine: no QEMU", \
	  "install qemu-system-x86 (for a guest: vm/run --scenario qemu-memory-backend)") \
	X(SKIP_NO_EDU, "machine: no edu device", \
	  "--vfio-device with QEMU's edu (vm/run has one)") \
	X(SKIP_BACKING_ROOT, "backing: needs root", \
	  "run as root, in no container or user namespace that takes CAP_SYS_ADMIN from it (scratch filesystems are mounted in a private namespace)") \
	X(SKIP_NO_LIBMOUNT, "backing: no libmount", \
	  "install libmount1 (libmount.so.1): the helper scratchfs needs it") \
	X(SKIP_HIDDEN_MOUNT, "backing: filesystem not in mountinfo", \
	  "TMPDIR where /proc/self/mountinfo shows the filesystem, and the upper one of an overlay (in a chroot: as root)") \
	X(SKIP_NO_HUGE_SIZE, "backing: huge page size not supported", \
	  "an architecture, CPU and kernel with this huge page size") \
	X(SKIP_NO_HUGE_PAGE, "backing: not enough free huge pages", \
	  "reserve huge pages of this size (run_tests.sh --hugepages SIZE=N, or hugepagesz= hugepages= at boot)") \
	X(SKIP_HUGE_ON_DEMAND, "machine: huge pages are made on demand", \
	  "nr_overcommit_hugepages of this size at 0") \
	X(SKIP_NO_THP, "backing: no transparent huge page", \
	  "CONFIG_TRANSPARENT_HUGEPAGE, enabled=madvise or always, and unfragmented memory") \
	X(SKIP_NO_SHMEM_THP, "backing: no shmem huge page", \
	  "shmem_enabled=advise (run_tests.sh as root sets it)") \
	X(SKIP_NO_HUGE_ZEROPAGE, "backing: no huge zeropage", \
	  "transparent_hugepage/use_zero_page=1 and enabled=madvise or always") \
	X(SKIP_NO_LOOP, "backing: no loop device", \
	  "CONFIG_BLK_DEV_LOOP, /dev/loop-control and /dev/loopN") \
	X(SKIP_NO_MKFS, "backing: mkfs not installed", \
	  "install" FILESYSTEMS(SKIP_PACKAGE)) \
	X(SKIP_NO_FS, "backing: filesystem not in this kernel", \
	  "CONFIG_OVERLAY_FS" FILESYSTEMS(SKIP_SYMBOLS)) \
	X(SKIP_UNKNOWN_FS, "backing: unknown filesystem", \
	  "TMPDIR on a filesystem that common/contract.c knows") \
	X(SKIP_NO_SECRETMEM, "backing: no memfd_secret", \
	  "CONFIG_SECRETMEM=y, and secretmem.enable=1 at boot before Linux 6.5") \
	X(SKIP_NO_KVM, "backing: no usable /dev/kvm", \
	  "a machine with KVM, and access to /dev/kvm") \
	X(SKIP_NO_GUEST_MEMFD, "backing: no guest_memfd", \
	  "Linux 6.8 or newer with KVM_CREATE_GUEST_MEMFD for this VM type") \
	X(SKIP_NO_GUEST_MEMFD_MMAP, "backing: guest_memfd cannot be shared", \
	  "Linux 6.18 or newer (GUEST_MEMFD_FLAG_INIT_SHARED)") \
	X(SKIP_NO_UDMABUF, "backing: no udmabuf", \
	  "CONFIG_UDMABUF, and access to /dev/udmabuf") \
	X(SKIP_NO_VVAR, "backing: no vvar mapping", \
	  "an architecture that maps [vvar] into every process") \
	X(SKIP_NOT_PFNMAP, "backing: mapping is not VM_PFNMAP", \
	  "a kernel that maps it by page frames: [vvar] before Linux 7.1") \
	X(SKIP_NOT_IO, "backing: mapping is not VM_IO alone", \
	  "a kernel that maps [vvar] by pages, as those of a device (Linux 7.1 and 7.2)") \
	X(SKIP_NOT_MIXEDMAP, "backing: mapping is not VM_MIXEDMAP alone", \
	  "Linux 7.3 or newer, which maps [vvar] by pages of the kernel's (c27e727c9a60)") \
	X(SKIP_NO_RING, "backing: no io_uring", \
	  "CONFIG_IO_URING=y and sysctl kernel.io_uring_disabled=0") \
	X(SKIP_NO_SYSV, "backing: no System V shared memory", \
	  "CONFIG_SYSVIPC=y") \
	X(SKIP_NO_UFFD_WP, "machine: no userfaultfd write protection", \
	  "a kernel whose userfaultfd write-protects this memory (CONFIG_USERFAULTFD; shmem and hugetlb since Linux 5.19)") \
	X(SKIP_NO_MOVABLE, "machine: no movable memory", \
	  "movablecore=SIZE at boot, hot-plugged memory that was onlined as movable, or cma=SIZE of most of the memory and CONFIG_CMA_DEBUGFS") \
	X(SKIP_NO_OVERLAP, "machine: two threads did not overlap", \
	  "a second CPU, and a machine that is less busy") \
	X(SKIP_NO_SWAP, "machine: no swap", \
	  "mkswap and swapon, on zram for example") \
	X(SKIP_NO_KSM, "machine: KSM does not run", \
	  "CONFIG_KSM=y and /sys/kernel/mm/ksm/run at 1 (run_tests.sh as root sets it)") \
	X(SKIP_NO_COLLAPSE, "machine: no MADV_COLLAPSE", \
	  "Linux 6.1 or newer with CONFIG_TRANSPARENT_HUGEPAGE=y") \
	X(SKIP_NO_NODE, "machine: only one NUMA node", \
	  "CONFIG_NUMA=y and a second node with memory") \
	X(SKIP_NO_MOVE_PAGES, "machine: no migration between NUMA nodes", \
	  "CONFIG_MIGRATION=y and, where the kernel has it, CONFIG_NUMA_MIGRATION=y") \
	X(SKIP_NO_COMPACTION, "machine: compaction moves nothing", \
	  "root, CONFIG_COMPACTION=y, and free memory above what is in use") \
	X(SKIP_NO_UFFD, "machine: no userfaultfd", \
	  "CONFIG_USERFAULTFD=y, no seccomp filter against it, and root for the kernel's own faults") \
	X(SKIP_NO_UFFD_MOVE, "machine: no UFFDIO_MOVE", \
	  "Linux 6.8 or newer with CONFIG_USERFAULTFD=y") \
	X(SKIP_MAY_NOT_OFFLINE, "machine: no memory that may be offlined", \
	  "GUP_PIN_OFFLINE=1 allows it, and memory in ZONE_MOVABLE is needed, best hot-plugged (memhp_default_state=online_movable)") \
	X(SKIP_NO_PMEM, "backing: no pmem device named", \
	  "GUP_PIN_PMEM=/dev/pmemN names a pmem device that may be formatted (memmap=SIZE!START makes one)") \
	X(SKIP_NO_DAX, "backing: file is not DAX", \
	  "a filesystem that mounts with dax=always on this pmem device (statx: STATX_ATTR_DAX)") \
	X(SKIP_NO_FSDAX_HUGE, "backing: no huge page of a DAX file", \
	  "CONFIG_FS_DAX_PMD, and a pmem device that begins at a huge page")

enum skip {
	SKIP_NONE,
#define X(name, reason, hint) name,
	SKIP_REASONS(X)
#undef X
	NR_SKIPS
};

/**
 * skip_reason() - the fixed text of a skip
 * @skip: a value of enum skip other than SKIP_NONE
 */
const char *skip_reason(enum skip skip);

/**
 * skip_hint() - what would make the skipped case run
 * @skip: a value of enum skip other than SKIP_NONE
 */
const char *skip_hint(enum skip skip);

/**
 * setup_error() - note a failure of our own set-up
 * @err: the errno, 0 if there is none to be told
 * @fmt: what was attempted, printf style, without the error's text
 *
 * Return: -err, or -EIO if @err is 0, so that it can be returned directly.
 */
int setup_error(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * setup_error_text() - what the last setup_error() noted, with its errno's text
 */
const char *setup_error_text(void);

#endif /* GUP_PIN_SKIP_H */
