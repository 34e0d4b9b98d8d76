// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/skip.h"
#include "contract/contract.h"

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

const struct reason reason_coherent_rw = {
	"a page pinned for writing is the page that the process sees",
	FIXES({ "6c287605fd56", NULL, 5, 19 })
};

const struct reason reason_coherent_ro = {
	"a page pinned R/O for long stays the page that the process sees",
	FIXES(COW_FIX)
};

const struct reason reason_short_term = {
	"only long-term pins (FOLL_PIN and FOLL_LONGTERM) may be refused", NULL
};

const struct contract_row contract_rows[] = {
#define ROW(_variant, _backing, _sharing, _rw, _ro, _reason) \
	[ROW_##_variant] = { #_variant, #_backing, _sharing, &reason_##_reason },
#include "contract/rows.h"
#undef ROW
};

/* Judged by the type of the filesystem that the file is on. */
#define BY_FILESYSTEM	(-1)

/* By access: errno of a pin; 0: allowed. */
static const int row_says[][2] = {
#define ROW(_variant, _backing, _sharing, _rw, _ro, _reason) \
	[ROW_##_variant] = { [RW] = _rw, [RO] = _ro },
#include "contract/rows.h"
#undef ROW
};

static int says(const struct contract_row *row, enum access access)
{
	return row_says[row - contract_rows][access];
}

const size_t contract_nr_rows = sizeof(contract_rows) / sizeof(*contract_rows);

/* Filesystems by the kernel's name for them: who needs write-notify? */
static const struct {
	const char *type;
	int rw;
} filesystems[] = {
	{ "tmpfs", 0 }, { "devtmpfs", 0 }, { "hugetlbfs", 0 },
#define FS(with, name, ...) { #name, EFAULT },
	FILESYSTEMS(FS)
#undef FS
	{ "ext2", EFAULT }, { "ext3", EFAULT }, { "bcachefs", EFAULT },
	{ "nfs", EFAULT }, { "nfs4", EFAULT }, { "fuse", EFAULT },
	{ "fuseblk", EFAULT }, { "virtiofs", EFAULT }, { "ramfs", EFAULT },
};

const char *contract_filesystem(size_t i)
{
	return i < sizeof(filesystems) / sizeof(*filesystems) ?
	       filesystems[i].type : NULL;
}

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
static const struct reason *fast_exception(const struct query *q)
{
	if (!strcmp(q->row->backing, "anon_prot_write") &&
	    q->state == POPULATED && q->access == RO)
		return &reason_fast_unreadable;
	/* The private copy of the page, which is anonymous. */
	if (q->dax && q->row->sharing == PRIVATE &&
	    (q->state == POPULATED ||
	     (q->state == READONLY && q->access == RO)))
		return &reason_fsdax_copy;
	return NULL;
}

/* The memory and how it is mapped, for any door. */
static int judge_memory(const struct query *q, struct promise *promise)
{
	*promise = (struct promise){
		.err = says(q->row, q->access),
		.reason = q->row->reason,
	};
	if (q->dax) {
		promise->err = EOPNOTSUPP;
		promise->reason = &reason_fsdax;
	} else if (promise->err == BY_FILESYSTEM) {
		int ret = by_filesystem(q->fs, &promise->err);

		if (ret)
			return ret;
	}
	if (!promise->err && q->access == RW && q->state == READONLY) {
		promise->err = EFAULT;
		promise->reason = &reason_unwritable;
	}
	return 0;
}

/* What would be denied, and is allowed by this door. */
static void judge_door(const struct query *q, struct promise *promise)
{
	const struct reason *exception = NULL;

	if (q->row->reason == &reason_pfnmap && q->reserved &&
	    q->pinner->takes_reserved && q->access == RO) {
		promise->no_pin = true;
		exception = &reason_reserved;
	} else if (q->pinner->path == FAST && !q->movable) {
		exception = fast_exception(q);
		promise->unmoved = exception;
	}
	if (exception) {
		promise->err = 0;
		promise->reason = exception;
	}
}

/* The range may change what the memory alone would be promised. */
static void judge_range(const struct query *q, struct promise *promise)
{
	int partial = q->pinner->partial_errno;

	if (promise->err) {
		if (q->behind_other && partial)
			promise->err = partial;
	} else if (q->into_hole) {
		promise->err = partial ?: EFAULT;
		promise->no_pin = false;
		promise->reason = &reason_hole;
	} else if (q->behind_other) {
		promise->reason = &reason_two_kinds;
	}
}

int contract_verdict(const struct query *q, struct promise *promise)
{
	int ret = judge_memory(q, promise);

	if (ret)
		return ret;
	if (promise->err)
		judge_door(q, promise);
	judge_range(q, promise);
	return 0;
}

int contract_promise(const struct contract_row *row, const struct memory *mem,
		     enum page_state state, const struct range *range,
		     const struct pinner *pinner, enum access access,
		     struct promise *promise)
{
	struct query q = {
		.row = row,
		.pinner = pinner,
		.access = access,
		.state = state,
		.fs = mem->fs,
		.dax = mem->dax,
		.reserved = mem->reserved,
		.behind_other = range->before,
		.into_hole = range->behind > mem->behind,
	};
	int ret = contract_verdict(&q, promise);

	/* It takes time to look for the pages, and little depends on them. */
	if (!ret && promise->unmoved && memory_in_movable(mem)) {
		q.movable = true;
		ret = contract_verdict(&q, promise);
	}
	return ret;
}

static bool only_longterm(const struct contract_row *row)
{
	return row->reason == &reason_write_notify ||
	       row->reason == &reason_fsdax ||
	       (!says(row, RW) && !says(row, RO));
}

static bool reads_alike(const struct contract_row *row)
{
	return !says(row, RO) || row->reason == &reason_secretmem;
}

static const char *unfit_pin(const struct contract_row *row,
			     enum access access, bool allows, bool denies)
{
	static char text[64];
	int err = says(row, access);

	if ((!allows || !err) && (!denies || err > 0))
		return NULL;
	snprintf(text, sizeof(text), "the %s pin of this row is %s",
		 access == RW ? "R/W" : "R/O", !err ? "allowed" :
		 err == BY_FILESYSTEM ? "up to the filesystem" : "denied");
	return text;
}

static const char *unfit_state(const struct contract_row *row,
			       unsigned int conditions)
{
	static char text[64];

	for (enum page_state s = 0; s < NR_PAGE_STATES; s++) {
		if (!(conditions & IN_STATE(s)) ||
		    backing_find(row->backing)->states & BIT(s))
			continue;
		snprintf(text, sizeof(text), "this row is never %s",
			 page_state_name[s]);
		return text;
	}
	return NULL;
}

const char *contract_unfit(const struct contract_row *row,
			   unsigned int conditions)
{
	if (conditions & IS_PRIVATE && row->sharing != PRIVATE)
		return "this row is shared";
	if (conditions & IS_SHARED && row->sharing != SHARED)
		return "this row is private";
	if (conditions & IS_MEMFD && strncmp(row->backing, "memfd", 5))
		return "this row is no memfd";
	if (conditions & ONLY_LONGTERM && !only_longterm(row))
		return "this row is denied to short-term pins, too";
	if (conditions & READS_ALIKE && !reads_alike(row))
		return "this row is denied to pins, but not to readers";
	return unfit_pin(row, RW, conditions & ALLOWS_RW,
			 conditions & DENIES_RW) ?:
	       unfit_pin(row, RO, conditions & ALLOWS_RO,
			 conditions & DENIES_RO) ?:
	       unfit_state(row, conditions);
}
