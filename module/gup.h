/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's calls that take pages of user memory, and giving them back.
 */
#ifndef PIN_PROBE_GUP_H
#define PIN_PROBE_GUP_H

#include <linux/mm.h>

#include "pin_probe.h"

/* kvcalloc() WARNs above INT_MAX bytes, and GUP-fast counts pages in an int. */
#define MAX_PAGES (INT_MAX / sizeof(struct page *))

/**
 * struct gup_call - how to ask the kernel for pages
 * @api: which of the kernel's functions
 * @flags: FOLL_* flags of the running kernel
 * @mm: whose memory it is
 */
struct gup_call {
	enum pin_probe_api api;
	unsigned int flags;
	struct mm_struct *mm;
};

/**
 * struct page_set - the pages of one user range
 * @call: how the pages were taken, and thus how they are given back
 * @pages: the pages, in the order of their addresses; NULL where a page was
 *	   released ahead of the others
 * @nr: how many of @pages are taken
 */
struct page_set {
	struct gup_call call;
	struct page **pages;
	unsigned long nr;
};

/* Does this call of this kernel know FOLL_LONGTERM? */
bool takes_longterm(const struct gup_call *call);

/* Add to @call the flags that the user asked for in our numbering: 0 or -EINVAL. */
int translate_flags(struct gup_call *call, u32 gup_flags);

/* Release @nr pages from @first on, all of them still taken. */
void release_run(struct page_set *set, unsigned long first,
		 unsigned long nr, bool dirty);

/* Release all that are left, and the list. */
void release_pages_of(struct page_set *set, bool dirty);

/*
 * Take all pages of a user range, or none. The range comes from user space as
 * it is. On success the caller owns @set.
 */
int take_range(struct page_set *set, const struct gup_call *call,
	       u64 addr, u64 size, unsigned long nr_per_call);

/*
 * The page that the caller's page table maps, or NULL. By a plain reference: a
 * pin would mark the process as one that pins.
 *
 * Nothing is faulted in. With hugetlb, 6.1 disregards FOLL_NOFAULT, but GUP-fast
 * sees all of its pages that can be read. FOLL_FORCE is for other pages that
 * cannot be read, and for NUMA hints.
 */
struct page *mapped_page(unsigned long addr);

#endif /* PIN_PROBE_GUP_H */
