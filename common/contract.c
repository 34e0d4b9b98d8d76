// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "contract.h"
#include "oracle.h"
#include "outcome.h"

#define COW_FIX		{ "84209e87c696", NULL, 6, 2 }

static const struct reason
reason_anon = {
	"anonymous memory has no file that could miss a write", NULL
},
reason_shmem = {
	"shmem needs no write-notify: nothing is written back behind the pin",
	FIXES({ "34ed8d0dcd69", "io_uring: any mapping that GUP allows", 6, 5 })
},
reason_hugetlb = {
	"hugetlb needs no write-notify: nothing is written back behind the pin",
	NULL
},
reason_cow = {
	"a pin of a private mapping gets a page of the process's own: COW is broken first",
	FIXES(COW_FIX, { "34ed8d0dcd69", "io_uring: private file mappings", 6, 5 })
},
reason_write_notify = {
	"a device's writes would bypass write-notify, and the filesystem loses them",
	FIXES({ "8ac268436e6d", "slow path", 6, 5 },
	      { "a6e79df92e4a", "GUP-fast", 6, 5 },
	      { "34ed8d0dcd69", "io_uring", 6, 5 })
},
reason_unreadable = {
	"a R/O pin reads, and the mapping may not be read (!VM_READ)", NULL
},
reason_fast_unreadable = {
	"GUP-fast sees only the page table, where a writable page is readable", NULL
},
reason_unwritable = {
	"a R/W pin writes, and the mapping may not be written (!VM_WRITE)", NULL
},
reason_fsdax = {
	"the filesystem could not take its blocks back (vma_is_fsdax)",
	FIXES({ "2bb6d2837083", NULL, 4, 15 })
},
reason_fsdax_copy = {
	"GUP-fast sees only the page table, where the private copy is anonymous", NULL
},
reason_secretmem = {
	"secret memory is out of the kernel's reach (vma_is_secretmem)",
	FIXES({ "1507f51255c9", NULL, 5, 14 },
	      { "65291dcfcf89", "GUP-fast", 6, 9 })
},
reason_guest_private = {
	"private guest memory cannot be reached through a mapping", NULL
},
reason_guest_shared = {
	"shared guest memory needs no write-notify", NULL
},
reason_pfnmap = {
	"VM_PFNMAP: there may be no struct page behind it", NULL
},
reason_reserved = {
	"VFIO maps a frame of a VM_PFNMAP mapping only if it is reserved, and then without a pin (follow_fault_pfn())",
	NULL
},
reason_io = {
	"VM_IO: it is a device's, and nobody else may reach it", NULL
},
reason_mixedmap = {
	"a VM_MIXEDMAP mapping that is not VM_IO has struct pages, and may be read",
	NULL
},
reason_kernel_pages = {
	"ordinary kernel pages, inserted with vm_insert_pages()",
	FIXES({ "34ed8d0dcd69", "io_uring: any mapping that GUP allows", 6, 5 })
},
reason_no_access = {
	"PROT_NONE refuses everybody", NULL
},
reason_beyond_eof = {
	"there is no page beyond the end of the file", NULL
};

const struct reason reason_hole = {
	"nothing is mapped here", NULL
};

const struct reason reason_two_kinds = {
	"a range may span mappings of different kinds, if each may be pinned",
	FIXES({ "34ed8d0dcd69", "io_uring", 6, 5 })
};

const struct reason reason_truth_rw = {
	"a page pinned for writing is the page that the process sees",
	FIXES({ "6c287605fd56", NULL, 5, 19 })
};

const struct reason reason_truth_ro = {
	"a page pinned R/O for long stays the page that the process sees",
	FIXES(COW_FIX)
};

const struct reason reason_short_term = {
	"only long-term pins (FOLL_PIN and FOLL_LONGTERM) may be refused", NULL
};

const struct contract_row contract_rows[] = {
#define ROW(_variant, _backing, _sharing, _rw, _ro, _reason) \
	[ROW_##_variant] = { #_variant, #_backing, _sharing, _rw, _ro, \
			     &reason_##_reason },
#include "contract_rows.h"
#undef ROW
};

const size_t contract_nr_rows = sizeof(contract_rows) / sizeof(*contract_rows);

/* Filesystems by the kernel's name for them: who needs write-notify? */
static const struct {
	const char *type;
	int rw;
} filesystems[] = {
	{ "tmpfs", 0 }, { "devtmpfs", 0 }, { "hugetlbfs", 0 },
	{ "ext2", EFAULT }, { "ext3", EFAULT }, { "ext4", EFAULT },
	{ "xfs", EFAULT }, { "btrfs", EFAULT }, { "f2fs", EFAULT },
	{ "bcachefs", EFAULT }, { "vfat", EFAULT }, { "nfs", EFAULT },
	{ "nfs4", EFAULT }, { "fuse", EFAULT }, { "fuseblk", EFAULT },
	{ "virtiofs", EFAULT }, { "ramfs", EFAULT },
};

/* An overlay is none of these: its files are mapped as those of its upper layer. */
static int by_filesystem(const char *type, int *rw)
{
	for (size_t i = 0; i < sizeof(filesystems) / sizeof(*filesystems); i++) {
		if (!strcmp(filesystems[i].type, type)) {
			*rw = filesystems[i].rw;
			return 0;
		}
	}
	return SKIP_UNKNOWN_FS;
}

/*
 * Where GUP-fast allows what the slow path denies, because the page table does
 * not tell what the mapping tells. A door on the fast path gets there only if
 * the page is mapped already, and not in movable memory: such a page is moved
 * first, by the slow path.
 */
static const struct reason *fast_exception(const struct contract_row *row,
					   const struct memory *mem,
					   enum page_state state,
					   enum access access)
{
	const struct reason *reason = NULL;

	if (!strcmp(row->backing, "anon_prot_write") && state == POPULATED &&
	    access == RO)
		reason = &reason_fast_unreadable;
	/* The private copy of the page, which is anonymous. */
	else if (mem->dax && row->sharing == PRIVATE &&
		 (state == POPULATED || (state == READONLY && access == RO)))
		reason = &reason_fsdax_copy;
	return reason && memory_in_movable(mem) ? NULL : reason;
}

/* The verdict of the memory and how it is mapped, for any door. */
static int promise_of_row(const struct contract_row *row,
			  const struct memory *mem, enum page_state state,
			  enum access access, struct promise *promise)
{
	*promise = (struct promise){
		.err = access == RW ? row->rw : row->ro,
		.reason = row->reason,
	};
	if (mem->dax) {
		promise->err = EOPNOTSUPP;
		promise->reason = &reason_fsdax;
	} else if (promise->err == BY_FILESYSTEM) {
		int ret = by_filesystem(mem->fs, &promise->err);

		if (ret)
			return ret;
	}
	if (!promise->err && access == RW && state == READONLY) {
		promise->err = EFAULT;
		promise->reason = &reason_unwritable;
	}
	return 0;
}

int contract_promise(const struct contract_row *row, const struct memory *mem,
		     enum page_state state, const struct pinner *pinner,
		     enum access access, struct promise *promise)
{
	int ret = promise_of_row(row, mem, state, access, promise);
	const struct reason *exception;

	if (ret || !promise->err)
		return ret;
	promise->no_pin = row->reason == &reason_pfnmap && mem->reserved &&
			  pinner->takes_reserved && access == RO;
	if (promise->no_pin)
		exception = &reason_reserved;
	else
		exception = pinner->path == FAST ?
			fast_exception(row, mem, state, access) : NULL;
	if (exception) {
		promise->err = 0;
		promise->reason = exception;
	}
	return 0;
}
