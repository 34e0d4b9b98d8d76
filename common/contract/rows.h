/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of the contract, included several times with different ROW()s:
 *
 * ROW(variant, backing, sharing, R/W pin, R/O pin, reason)
 *
 * ALLOW, or DENY(errno). BY_FS is what the file's filesystem promises.
 * FILE_ROW() marks the shared file mappings where only long-term writing is
 * refused; the cases of over-blocking run on these.
 */
/* No include guard: this file is a table. */
#define ALLOW		0
#define DENY(err)	(err)
#define BY_FS		BY_FILESYSTEM

#ifndef FILE_ROW
#define FILE_ROW ROW
#define GUP_PIN_DEFAULT_FILE_ROW
#endif

#define HUGETLB_ROWS(size) \
ROW(memfd_hugetlb_##size##_shared, memfd_hugetlb_##size, SHARED, ALLOW, ALLOW, hugetlb) \
ROW(memfd_hugetlb_##size##_private, memfd_hugetlb_##size, PRIVATE, ALLOW, ALLOW, cow)

#define FILESYSTEM_ROWS(with, name, ...) \
FILE_ROW(name##_shared, name, SHARED, DENY(EFAULT), ALLOW, write_notify) \
ROW(name##_private, name, PRIVATE, ALLOW, ALLOW, cow)

/*  variant			backing			sharing	R/W		R/O		reason */
ROW(anon,			anon,			PRIVATE, ALLOW,		ALLOW,		anon)
ROW(anon_thp,			anon_thp,		PRIVATE, ALLOW,		ALLOW,		anon)
ROW(anon_thp_pte,		anon_thp_pte,		PRIVATE, ALLOW,		ALLOW,		anon)
ROW(zeropage,			zeropage,		PRIVATE, ALLOW,		ALLOW,		cow)
ROW(huge_zeropage,		huge_zeropage,		PRIVATE, ALLOW,		ALLOW,		cow)
ROW(anon_prot_write,		anon_prot_write,	PRIVATE, ALLOW,		DENY(EFAULT),	unreadable)
ROW(anon_hugetlb_shared,	anon_hugetlb,		SHARED,	ALLOW,		ALLOW,		hugetlb)
ROW(anon_hugetlb_private,	anon_hugetlb,		PRIVATE, ALLOW,		ALLOW,		hugetlb)
ROW(shmem_anon,			shmem_anon,		SHARED,	ALLOW,		ALLOW,		shmem)
ROW(sysv_shm,			sysv_shm,		SHARED,	ALLOW,		ALLOW,		shmem)
ROW(memfd_shared,		memfd,			SHARED,	ALLOW,		ALLOW,		shmem)
ROW(memfd_private,		memfd,			PRIVATE, ALLOW,		ALLOW,		cow)
ROW(memfd_thp_shared,		memfd_thp,		SHARED,	ALLOW,		ALLOW,		shmem)
ROW(memfd_thp_private,		memfd_thp,		PRIVATE, ALLOW,		ALLOW,		cow)
HUGETLB_ROWS(64k)
HUGETLB_ROWS(1m)
HUGETLB_ROWS(2m)
HUGETLB_ROWS(16m)
HUGETLB_ROWS(32m)
HUGETLB_ROWS(256m)
HUGETLB_ROWS(512m)
HUGETLB_ROWS(1g)
HUGETLB_ROWS(2g)
HUGETLB_ROWS(16g)
ROW(hugetlbfs_shared,		hugetlbfs,		SHARED,	ALLOW,		ALLOW,		hugetlb)
ROW(hugetlbfs_private,		hugetlbfs,		PRIVATE, ALLOW,		ALLOW,		cow)
ROW(tmpfs_shared,		tmpfs,			SHARED,	ALLOW,		ALLOW,		shmem)
ROW(tmpfs_private,		tmpfs,			PRIVATE, ALLOW,		ALLOW,		cow)
FILE_ROW(ramfs_shared,		ramfs,			SHARED,	DENY(EFAULT),	ALLOW,		write_notify)
ROW(ramfs_private,		ramfs,			PRIVATE, ALLOW,		ALLOW,		cow)
FILESYSTEMS(FILESYSTEM_ROWS)
FILE_ROW(overlay_shared,	overlay,		SHARED,	DENY(EFAULT),	ALLOW,		write_notify)
ROW(overlay_private,		overlay,		PRIVATE, ALLOW,		ALLOW,		cow)
FILE_ROW(blkdev_shared,		blkdev,			SHARED,	DENY(EFAULT),	ALLOW,		write_notify)
ROW(blkdev_private,		blkdev,			PRIVATE, ALLOW,		ALLOW,		cow)
FILE_ROW(tmpfile_shared,	tmpfile,		SHARED,	BY_FS,		ALLOW,		write_notify)
ROW(tmpfile_private,		tmpfile,		PRIVATE, ALLOW,		ALLOW,		cow)
ROW(fsdax_ext4_shared,		fsdax_ext4,		SHARED,	DENY(EOPNOTSUPP), DENY(EOPNOTSUPP), fsdax)
ROW(fsdax_ext4_private,		fsdax_ext4,		PRIVATE, DENY(EOPNOTSUPP), DENY(EOPNOTSUPP), fsdax)
ROW(fsdax_ext4_huge_shared,	fsdax_ext4_huge,	SHARED,	DENY(EOPNOTSUPP), DENY(EOPNOTSUPP), fsdax)
ROW(fsdax_xfs_shared,		fsdax_xfs,		SHARED,	DENY(EOPNOTSUPP), DENY(EOPNOTSUPP), fsdax)
ROW(fsdax_xfs_private,		fsdax_xfs,		PRIVATE, DENY(EOPNOTSUPP), DENY(EOPNOTSUPP), fsdax)
ROW(secretmem,			secretmem,		SHARED,	DENY(EFAULT),	DENY(EFAULT),	secretmem)
ROW(guest_memfd,		guest_memfd,		SHARED,	DENY(EFAULT),	DENY(EFAULT),	guest_private)
ROW(guest_memfd_initshared,	guest_memfd_initshared,	SHARED,	ALLOW,		ALLOW,		guest_shared)
ROW(pfnmap_udmabuf,		pfnmap_udmabuf,		SHARED,	DENY(EFAULT),	DENY(EFAULT),	pfnmap)
ROW(pfnmap_vvar,		pfnmap_vvar,		PRIVATE, DENY(EFAULT),	DENY(EFAULT),	pfnmap)
ROW(io_vvar,			io_vvar,		PRIVATE, DENY(EFAULT),	DENY(EFAULT),	io)
ROW(mixedmap_vvar,		mixedmap_vvar,		PRIVATE, DENY(EFAULT),	ALLOW,		mixedmap)
ROW(io_uring_ring,		io_uring_ring,		SHARED,	ALLOW,		ALLOW,		kernel_pages)
ROW(prot_none,			prot_none,		PRIVATE, DENY(EFAULT),	DENY(EFAULT),	no_access)
ROW(hole,			hole,			PRIVATE, DENY(EFAULT),	DENY(EFAULT),	hole)
ROW(beyond_eof,			beyond_eof,		SHARED,	DENY(EFAULT),	DENY(EFAULT),	beyond_eof)

#ifdef GUP_PIN_DEFAULT_FILE_ROW
#undef FILE_ROW
#undef GUP_PIN_DEFAULT_FILE_ROW
#endif
#undef HUGETLB_ROWS
#undef FILESYSTEM_ROWS
#undef ALLOW
#undef DENY
#undef BY_FS
