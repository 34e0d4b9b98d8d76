// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hugetlb_inline.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stringify.h>

#include "gup.h"

static bool is_pin(const struct gup_call *call)
{
	return call->api != PIN_PROBE_API_GET_SLOW &&
	       call->api != PIN_PROBE_API_GET_FAST;
}

static bool is_fast(const struct gup_call *call)
{
	return call->api == PIN_PROBE_API_PIN_FAST ||
	       call->api == PIN_PROBE_API_GET_FAST;
}

/* The others take mmap_lock themselves, if at all. */
static bool needs_mmap_lock(const struct gup_call *call)
{
	return call->api == PIN_PROBE_API_PIN_SLOW ||
	       call->api == PIN_PROBE_API_PIN_REMOTE ||
	       call->api == PIN_PROBE_API_GET_SLOW;
}

int translate_flags(struct gup_call *call, u32 gup_flags)
{
	static const struct {
		u32 ours;
		unsigned int kernels;
		bool in_fast;
		bool in_get;
	} table[] = {
		{ PIN_PROBE_FOLL_WRITE, FOLL_WRITE, true, true },
		{ PIN_PROBE_FOLL_FORCE, FOLL_FORCE, true, true },
		{ PIN_PROBE_FOLL_NOFAULT, FOLL_NOFAULT, true, true },
		{ PIN_PROBE_FOLL_HWPOISON, FOLL_HWPOISON, false, true },
		{ PIN_PROBE_FOLL_LONGTERM, FOLL_LONGTERM, true, false },
		{ PIN_PROBE_FOLL_SPLIT_PMD, FOLL_SPLIT_PMD, false, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (!(gup_flags & table[i].ours))
			continue;
		if (is_fast(call) && !table[i].in_fast)
			return -EINVAL;
		if (!is_pin(call) && !table[i].in_get)
			return -EINVAL;
		call->flags |= table[i].kernels;
		gup_flags &= ~table[i].ours;
	}
	return gup_flags ? -EINVAL : 0;
}

/*
 * Before 6.5, get_user_pages() and pin_user_pages() had one argument more. Look
 * at their type and not at the version: a distribution may have backported it.
 */
typedef long gup_fn(unsigned long addr, unsigned long nr, unsigned int flags,
		    struct page **pages);
typedef long gup_vmas_fn(unsigned long addr, unsigned long nr,
			 unsigned int flags, struct page **pages,
			 struct vm_area_struct **vmas);

static __always_inline long __maybe_unused
call_gup(gup_fn *fn, unsigned long addr, unsigned long nr, unsigned int flags,
	 struct page **pages)
{
	return fn(addr, nr, flags, pages);
}

static __always_inline long __maybe_unused
call_gup_vmas(gup_vmas_fn *fn, unsigned long addr, unsigned long nr,
	      unsigned int flags, struct page **pages)
{
	return fn(addr, nr, flags, pages, NULL);
}

#define slow_gup(fn, addr, nr, flags, pages)				\
	__builtin_choose_expr(__same_type(fn, gup_fn),			\
			      call_gup, call_gup_vmas)(fn, addr, nr, flags, pages)

typedef long remote_fn(struct mm_struct *mm, unsigned long addr,
		       unsigned long nr, unsigned int flags,
		       struct page **pages, int *locked);
typedef long remote_vmas_fn(struct mm_struct *mm, unsigned long addr,
			    unsigned long nr, unsigned int flags,
			    struct page **pages, struct vm_area_struct **vmas,
			    int *locked);

static __always_inline long __maybe_unused
call_remote(remote_fn *fn, struct mm_struct *mm, unsigned long addr,
	    unsigned long nr, unsigned int flags, struct page **pages)
{
	return fn(mm, addr, nr, flags, pages, NULL);
}

static __always_inline long __maybe_unused
call_remote_vmas(remote_vmas_fn *fn, struct mm_struct *mm, unsigned long addr,
		 unsigned long nr, unsigned int flags, struct page **pages)
{
	return fn(mm, addr, nr, flags, pages, NULL, NULL);
}

#define remote_gup(fn, mm, addr, nr, flags, pages)			\
	__builtin_choose_expr(__same_type(fn, remote_fn),		\
			      call_remote, call_remote_vmas)(fn, mm, addr, nr, flags, pages)

/*
 * Where pin_user_pages_unlocked() does not know long-term pins (before 6.2), it
 * WARNs. That change cannot be seen in a type; the next one, of 6.5, can.
 */
#define unlocked_takes_longterm() __same_type(pin_user_pages, gup_fn)

bool takes_longterm(const struct gup_call *call)
{
	return call->api != PIN_PROBE_API_PIN_UNLOCKED ||
	       unlocked_takes_longterm();
}

static long take_some(const struct gup_call *call, unsigned long addr,
		      unsigned long nr, struct page **pages)
{
	switch (call->api) {
	case PIN_PROBE_API_PIN_SLOW:
		return slow_gup(pin_user_pages, addr, nr, call->flags, pages);
	case PIN_PROBE_API_PIN_FAST:
		return pin_user_pages_fast(addr, nr, call->flags, pages);
	case PIN_PROBE_API_PIN_REMOTE:
		return remote_gup(pin_user_pages_remote, call->mm, addr, nr,
				  call->flags, pages);
	case PIN_PROBE_API_PIN_UNLOCKED:
		return pin_user_pages_unlocked(addr, nr, pages, call->flags);
	case PIN_PROBE_API_GET_SLOW:
		return slow_gup(get_user_pages, addr, nr, call->flags, pages);
	case PIN_PROBE_API_GET_FAST:
		return get_user_pages_fast(addr, nr, call->flags, pages);
	default:
		return -EINVAL;
	}
}

/* A short count is no error: only asking again tells why it was short. */
static int take_all(struct page_set *set, unsigned long addr, unsigned long nr,
		    unsigned long nr_per_call)
{
	long got;

	while (set->nr < nr) {
		if (fatal_signal_pending(current))
			return -EINTR;
		got = take_some(&set->call, addr + set->nr * PAGE_SIZE,
				min(nr - set->nr, nr_per_call),
				set->pages + set->nr);
		if (got < 0)
			return got;
		if (!got)
			return -EIO;
		set->nr += got;
	}
	return 0;
}

/* A pinned page cannot lose its pin before we release it, so this cannot race. */
static int check_pins(const struct page_set *set)
{
	unsigned long i;

	if (!is_pin(&set->call))
		return 0;
	for (i = 0; i < set->nr; i++) {
		cond_resched();
		if (folio_maybe_dma_pinned(page_folio(set->pages[i])))
			continue;
		/* GUP hands out the zeropage without a pin (c8070b787519). */
		if (is_zero_pfn(page_to_pfn(set->pages[i])) &&
		    !(set->call.flags & FOLL_WRITE))
			continue;
		pr_err("page %lu of %lu is not pinned, pfn %#lx\n", i, set->nr,
		       page_to_pfn(set->pages[i]));
		return -EUCLEAN;
	}
	return 0;
}

/* What unpin_user_pages_dirty_lock() does, for plain references. */
static void put_pages(struct page **pages, unsigned long nr, bool dirty)
{
	struct folio *folio;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		folio = page_folio(pages[i]);
		if (dirty) {
			folio_lock(folio);
			folio_mark_dirty(folio);
			folio_unlock(folio);
		}
		folio_put(folio);
	}
}

void release_run(struct page_set *set, unsigned long first,
		 unsigned long nr, bool dirty)
{
	struct page **pages = set->pages + first;
	unsigned long n;

	/* In parts, because the kernel's function does not yield the CPU. */
	for (; nr; nr -= n, pages += n) {
		n = min(nr, 1UL << 16);
		if (is_pin(&set->call))
			unpin_user_pages_dirty_lock(pages, n, dirty);
		else
			put_pages(pages, n, dirty);
		cond_resched();
	}
}

void release_pages_of(struct page_set *set, bool dirty)
{
	unsigned long first, end;

	for (first = 0; first < set->nr; first = end + 1) {
		for (end = first; end < set->nr && set->pages[end]; end++)
			;
		release_run(set, first, end - first, dirty);
	}
	kvfree(set->pages);
	*set = (struct page_set){};
}

static int fill_set(struct page_set *set, unsigned long addr, unsigned long nr,
		    unsigned long nr_per_call)
{
	struct mm_struct *mm = set->call.mm;
	int err;

	if (needs_mmap_lock(&set->call)) {
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		err = take_all(set, addr, nr, nr_per_call);
		mmap_read_unlock(mm);
	} else {
		err = take_all(set, addr, nr, nr_per_call);
	}
	return err ? err : check_pins(set);
}

int take_range(struct page_set *set, const struct gup_call *call,
	       u64 addr, u64 size, unsigned long nr_per_call)
{
	unsigned long start, len, end;
	int err;

	if (!size || !nr_per_call || !IS_ALIGNED(addr | size, PAGE_SIZE))
		return -EINVAL;
	start = addr;
	len = size;
	if (start != addr || len != size || check_add_overflow(start, len, &end))
		return -EOVERFLOW;
	/* The list of a range larger than RAM could wake the OOM killer. */
	if (len / PAGE_SIZE > min_t(unsigned long, totalram_pages(), MAX_PAGES))
		return -E2BIG;

	*set = (struct page_set){ .call = *call };
	set->pages = kvcalloc(len / PAGE_SIZE, sizeof(*set->pages),
			      GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!set->pages)
		return -ENOMEM;

	err = fill_set(set, start, len / PAGE_SIZE, nr_per_call);
	/* The pages may be held for longer than the memory that they are from. */
	set->call.mm = NULL;
	if (err)
		release_pages_of(set, false);
	return err;
}

struct page *mapped_page(unsigned long addr)
{
	struct vm_area_struct *vma;
	struct page *page;
	long got = 0;

	if (get_user_pages_fast_only(addr, 1, 0, &page) == 1)
		return page;
	if (mmap_read_lock_killable(current->mm))
		return NULL;
	vma = vma_lookup(current->mm, addr);
	if (vma && !is_vm_hugetlb_page(vma))
		got = slow_gup(get_user_pages, addr, 1,
			       FOLL_NOFAULT | FOLL_FORCE, &page);
	mmap_read_unlock(current->mm);
	return got == 1 ? page : NULL;
}
