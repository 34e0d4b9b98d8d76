// SPDX-License-Identifier: GPL-2.0-only
/* The table of backings. */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "base/filesystems.h"
#include "base/skip.h"
#include "base/page.h"
#include "memory/constructors.h"
#include "memory/memory.h"

#define S_FRESH		BIT(UNTOUCHED)
#define S_SHMEM		(BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED) | \
			 BIT(READONLY))
#define S_FILE		(S_SHMEM | BIT(CLEAN))
#define S_ANON		(BIT(UNTOUCHED) | BIT(POPULATED) | BIT(READONLY))
#define S_ZERO		(BIT(READ_FAULTED) | BIT(READONLY))
#define S_DENIED	(BIT(UNTOUCHED) | BIT(POPULATED))
#define S_MAPPED	(BIT(POPULATED) | BIT(READONLY))

#define FILE_FLAGS	(B_READABLE | B_WRITABLE | B_LARGE)

#define SCRATCH(_name, _states) \
	{ .name = #_name, .states = _states, .flags = FILE_FLAGS, \
	  .open = open_scratch_file, .arg = #_name }
#define FS_BACKING(with, name, ...) SCRATCH(name, S_FILE),
#define DAX(_name) \
	{ .name = #_name, .states = S_SHMEM, .flags = FILE_FLAGS, \
	  .open = open_dax_file, .arg = #_name }
#define HUGETLB(_size, _bytes) \
	{ .name = "memfd_hugetlb_" #_size, .states = S_SHMEM, \
	  .flags = B_READABLE, .granule = (_bytes), .keep = keep_hugetlb, \
	  .open = open_hugetlb_memfd }

#define VVAR(_name, _vm_flags, _skip) \
	{ .name = _name, .states = BIT(READ_FAULTED), \
	  .flags = B_SOLITARY | B_READ_ONLY | B_KERNELS_BYTES, \
	  .open = open_vvar, .vm_flags = _vm_flags, .other_flags = _skip }

static const struct backing backings[] = {
	{ .name = "anon", .states = S_ANON, .map = map_anon },
	{ .name = "anon_thp", .states = S_ANON, .open = open_anon_thp,
	  .map = map_anon_thp, .check = check_anon_thp },
	{ .name = "anon_thp_pte", .states = S_MAPPED, .open = open_anon_thp,
	  .map = map_anon_thp, .check = split_anon_thp },
	{ .name = "zeropage", .states = S_ZERO, .flags = B_READ_ONLY,
	  .map = map_anon },
	{ .name = "huge_zeropage", .states = S_ZERO, .flags = B_READ_ONLY,
	  .open = open_anon_thp, .map = map_anon_thp,
	  .check = check_huge_zeropage },
	{ .name = "anon_prot_write", .states = S_DENIED, .flags = B_PROT_WRITE,
	  .map = map_anon },
	{ .name = "anon_hugetlb", .states = S_SHMEM,
	  .open = open_anon_hugetlb, .map = map_anon_hugetlb },
	{ .name = "shmem_anon", .states = S_SHMEM, .map = map_anon },
	{ .name = "sysv_shm", .states = S_SHMEM, .open = open_sysv_shm,
	  .map = map_sysv_shm },
	{ .name = "memfd", .states = S_SHMEM,
	  .flags = B_READABLE | B_WRITABLE,
	  .open = open_memfd },
	{ .name = "memfd_thp", .states = S_SHMEM, .flags = B_READABLE,
	  .open = open_memfd_thp },
	HUGETLB(64k, 64 * KiB),
	HUGETLB(1m, MiB),
	HUGETLB(2m, 2 * MiB),
	HUGETLB(16m, 16 * MiB),
	HUGETLB(32m, 32 * MiB),
	HUGETLB(256m, 256 * MiB),
	HUGETLB(512m, 512 * MiB),
	HUGETLB(1g, GiB),
	HUGETLB(2g, 2 * GiB),
	HUGETLB(16g, 16 * GiB),
	{ .name = "hugetlbfs", .states = S_SHMEM, .flags = B_READABLE,
	  .open = open_hugetlbfs },
	SCRATCH(tmpfs, S_SHMEM),
	SCRATCH(ramfs, S_SHMEM),
	FILESYSTEMS(FS_BACKING)
	SCRATCH(overlay, S_FILE),
	DAX(fsdax_ext4),
	DAX(fsdax_xfs),
	{ .name = "fsdax_ext4_huge", .states = S_SHMEM, .flags = B_READABLE,
	  .open = open_fsdax_huge, .check = check_fsdax_huge,
	  .arg = "fsdax_ext4" },
	{ .name = "tmpfile", .states = S_FILE, .flags = FILE_FLAGS,
	  .open = open_tmpfile },
	{ .name = "blkdev", .states = S_FILE, .flags = FILE_FLAGS,
	  .open = open_blkdev },
	{ .name = "secretmem", .states = S_ANON, .open = open_secretmem },
	{ .name = "guest_memfd", .states = S_FRESH, .flags = B_MAY_NOT_MAP,
	  .open = open_guest_memfd },
	{ .name = "guest_memfd_initshared", .states = S_SHMEM,
	  .open = open_guest_memfd, .arg = "init_shared" },
	{ .name = "pfnmap_udmabuf", .states = S_DENIED, .open = open_udmabuf,
	  .vm_flags = "pf", .other_flags = SKIP_NOT_PFNMAP },
	VVAR("pfnmap_vvar", "pf", SKIP_NOT_PFNMAP),
	VVAR("io_vvar", "io !pf", SKIP_NOT_IO),
	VVAR("mixedmap_vvar", "mm !io !pf", SKIP_NOT_MIXEDMAP),
	{ .name = "io_uring_ring", .states = S_MAPPED, .flags = B_SOLITARY,
	  .open = open_io_uring_ring },
	{ .name = "prot_none", .states = S_DENIED, .flags = B_PROT_NONE,
	  .map = map_anon },
	{ .name = "hole", .states = S_FRESH, .map = map_hole },
	{ .name = "beyond_eof", .states = S_FRESH, .open = open_memfd,
	  .map = map_past_eof },
};

const char *const page_state_name[NR_PAGE_STATES] = {
	[UNTOUCHED] = "untouched",
	[READ_FAULTED] = "read_faulted",
	[POPULATED] = "populated",
	[CLEAN] = "clean",
	[READONLY] = "readonly",
};

void backing_init(void)
{
	hugetlb_init();
}

const struct backing *backing_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backings) / sizeof(*backings); i++)
		if (!strcmp(backings[i].name, name))
			return &backings[i];
	return NULL;
}
