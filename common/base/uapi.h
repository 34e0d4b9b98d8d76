/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the suite uses of the kernel's interface and headers at hand may be too old
 * for. All of it has the kernel's name behind uapi_ or UAPI_, for headers that are
 * new enough have it as well; and members have the kernel's types and places.
 *
 * A struct is as long as it was in the first version with it; later ones are longer.
 * tests/uapi.t compares everything here with the newest kernel's headers.
 */
#ifndef GUP_PIN_UAPI_H
#define GUP_PIN_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * linux/mman.h
 */

/* Linux 6.1 */
#define UAPI_MADV_COLLAPSE			25

/*
 * linux/userfaultfd.h, Linux 6.8
 */

#define UAPI_UFFD_FEATURE_MOVE			(1 << 16)

struct uapi_uffdio_move {
	__u64 dst;
	__u64 src;
	__u64 len;
	__u64 mode;
	__s64 move;
};

#define UAPI_UFFDIO_MOVE			_IOWR(0xAA, 0x05, struct uapi_uffdio_move)

/*
 * linux/io_uring.h
 */

/* Linux 6.5 */
#define UAPI_IORING_SETUP_NO_MMAP		(1U << 14)

/* Linux 6.5: the last member was reserved before. */
struct uapi_io_sqring_offsets {
	__u32 head;
	__u32 tail;
	__u32 ring_mask;
	__u32 ring_entries;
	__u32 flags;
	__u32 dropped;
	__u32 array;
	__u32 resv1;
	__u64 user_addr;
};

/* Likewise. */
struct uapi_io_cqring_offsets {
	__u32 head;
	__u32 tail;
	__u32 ring_mask;
	__u32 ring_entries;
	__u32 overflow;
	__u32 cqes;
	__u32 flags;
	__u32 resv1;
	__u64 user_addr;
};

/* Linux 6.12 */
#define UAPI_IORING_REGISTER_CLONE_BUFFERS	30

/* Linux 6.12; the members after flags were reserved before 6.13. */
struct uapi_io_uring_clone_buffers {
	__u32 src_fd;
	__u32 flags;
	__u32 src_off;
	__u32 dst_off;
	__u32 nr;
	__u32 pad[3];
};

/* Linux 6.13 */
#define UAPI_IORING_REGISTER_DST_REPLACE	(1U << 1)

/*
 * linux/kvm.h
 */

/* Linux 6.8 */
#define UAPI_KVM_X86_SW_PROTECTED_VM		1
#define UAPI_KVM_CAP_GUEST_MEMFD		234

/* Linux 6.8 */
struct uapi_kvm_create_guest_memfd {
	__u64 size;
	__u64 flags;
	__u64 reserved[6];
};

#define UAPI_KVM_CREATE_GUEST_MEMFD		_IOWR(0xAE, 0xd4, struct uapi_kvm_create_guest_memfd)

/* Linux 6.18 */
#define UAPI_GUEST_MEMFD_FLAG_MMAP		(1ULL << 0)
#define UAPI_GUEST_MEMFD_FLAG_INIT_SHARED	(1ULL << 1)

/*
 * linux/iommufd.h, Linux 6.2
 */

struct uapi_iommu_destroy {
	__u32 size;
	__u32 id;
};

struct uapi_iommu_ioas_alloc {
	__u32 size;
	__u32 flags;
	__u32 out_ioas_id;
};

struct uapi_iommu_ioas_map {
	__u32 size;
	__u32 flags;
	__u32 ioas_id;
	__u32 __reserved;
	__aligned_u64 user_va;
	__aligned_u64 length;
	__aligned_u64 iova;
};

struct uapi_iommu_ioas_copy {
	__u32 size;
	__u32 flags;
	__u32 dst_ioas_id;
	__u32 src_ioas_id;
	__aligned_u64 length;
	__aligned_u64 dst_iova;
	__aligned_u64 src_iova;
};

struct uapi_iommu_ioas_unmap {
	__u32 size;
	__u32 ioas_id;
	__aligned_u64 iova;
	__aligned_u64 length;
};

struct uapi_iommu_vfio_ioas {
	__u32 size;
	__u32 ioas_id;
	__u16 op;
	__u16 __reserved;
};

#define UAPI_IOMMU_IOAS_MAP_FIXED_IOVA		(1 << 0)
#define UAPI_IOMMU_IOAS_MAP_WRITEABLE		(1 << 1)
#define UAPI_IOMMU_IOAS_MAP_READABLE		(1 << 2)
#define UAPI_IOMMU_VFIO_IOAS_SET		1

#define UAPI_IOMMU_DESTROY			_IO(';', 0x80)
#define UAPI_IOMMU_IOAS_ALLOC			_IO(';', 0x81)
#define UAPI_IOMMU_IOAS_COPY			_IO(';', 0x83)
#define UAPI_IOMMU_IOAS_MAP			_IO(';', 0x85)
#define UAPI_IOMMU_IOAS_UNMAP			_IO(';', 0x86)
#define UAPI_IOMMU_VFIO_IOAS			_IO(';', 0x88)

/*
 * linux/vfio.h, Linux 6.6
 */

struct uapi_vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

struct uapi_vfio_device_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
};

#define UAPI_VFIO_DEVICE_BIND_IOMMUFD		_IO(';', 100 + 18)
#define UAPI_VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(';', 100 + 19)

/*
 * drivers/iommu/iommufd/iommufd_test.h, Linux 6.2. It is no uapi, and may change.
 */

#define UAPI_IOMMU_TEST_OP_MOCK_DOMAIN			2
#define UAPI_IOMMU_TEST_OP_MD_CHECK_MAP			3
#define UAPI_IOMMU_TEST_OP_MD_CHECK_REFS		4
#define UAPI_IOMMU_TEST_OP_CREATE_ACCESS		5
#define UAPI_IOMMU_TEST_OP_DESTROY_ACCESS_PAGES		6
#define UAPI_IOMMU_TEST_OP_ACCESS_PAGES			7
#define UAPI_IOMMU_TEST_OP_ACCESS_RW			8
#define UAPI_IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT	9

#define UAPI_MOCK_FLAGS_ACCESS_WRITE			(1 << 0)
#define UAPI_MOCK_ACCESS_RW_WRITE			(1 << 0)
#define UAPI_MOCK_ACCESS_RW_SLOW_PATH			(1 << 2)
#define UAPI_MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES	(1 << 0)

struct uapi_iommu_test_cmd {
	__u32 size;
	__u32 op;
	__u32 id;
	__u32 __reserved;
	union {
		struct {
			__u32 out_stdev_id;
			__u32 out_hwpt_id;
		} mock_domain;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} check_map;
		struct {
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 refs;
		} check_refs;
		struct {
			__u32 out_access_fd;
			__u32 flags;
		} create_access;
		struct {
			__u32 access_pages_id;
		} destroy_access_pages;
		struct {
			__u32 flags;
			__u32 out_access_pages_id;
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
		} access_pages;
		struct {
			__aligned_u64 iova;
			__aligned_u64 length;
			__aligned_u64 uptr;
			__u32 flags;
		} access_rw;
		struct {
			__u32 limit;
		} memory_limit;
	};
};

#define UAPI_IOMMU_TEST_CMD				_IO(';', 0x80 + 32)

#endif /* GUP_PIN_UAPI_H */
