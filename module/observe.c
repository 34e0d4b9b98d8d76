// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kprobes.h>
#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "observe.h"

/*
 * Who is counting. No lock: a kprobe may hit where none can be taken, and each
 * task looks only for the slot that it has itself.
 */
static struct {
	struct task_struct *task;
	u32 nr;
} slots[64];
static bool counting;

static int __maybe_unused on_slow_path(struct kprobe *probe,
				       struct pt_regs *regs)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slots); i++)
		if (READ_ONCE(slots[i].task) == current)
			slots[i].nr++;
	return 0;
}

int slow_count_start(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		if (cmpxchg(&slots[i].task, NULL, current))
			continue;
		slots[i].nr = 0;
		return i;
	}
	return -1;
}

u32 slow_count_stop(int slot)
{
	u32 nr;

	if (slot < 0)
		return PIN_PROBE_SLOW_UNKNOWN;
	nr = slots[slot].nr;
	/* Not before nr is read: then the slot may be somebody else's. */
	smp_store_release(&slots[slot].task, NULL);
	return counting ? nr : PIN_PROBE_SLOW_UNKNOWN;
}

#ifdef CONFIG_KPROBES
/*
 * Long-term or not, pin or reference: what GUP-fast cannot do comes here. Its
 * callers are of no use: before 6.2 there was one for long-term pins alone.
 */
static struct kprobe slow_path = {
	.symbol_name = "__get_user_pages",
	.pre_handler = on_slow_path,
};

/* With probes disarmed, or with copies of it inlined, nothing is seen. */
static bool sees_slow_path(void)
{
	int slot = slow_count_start();
	struct page *page;
	u32 seen;

	if (current->mm &&
	    get_user_pages_unlocked(current->mm->arg_start & PAGE_MASK, 1,
				    &page, 0) == 1)
		put_page(page);
	seen = slow_count_stop(slot);
	return seen && seen != PIN_PROBE_SLOW_UNKNOWN;
}

/* Where it cannot be counted, that is told. */
void slow_count_init(void)
{
	counting = !register_kprobe(&slow_path);
	if (counting && !sees_slow_path()) {
		unregister_kprobe(&slow_path);
		counting = false;
	}
}

void slow_count_exit(void)
{
	if (counting)
		unregister_kprobe(&slow_path);
}
#else
void slow_count_init(void)
{
}

void slow_count_exit(void)
{
}
#endif

static u32 flag_if(bool is, u32 flag)
{
	return is ? flag : 0;
}

static bool is_exclusive(struct folio *folio, struct page *page)
{
	if (!folio_test_anon(folio) || folio_test_ksm(folio))
		return false;
	/* A hugetlb folio has one such flag, that of its first page. */
	return PageAnonExclusive(folio_test_hugetlb(folio) ?
				 folio_page(folio, 0) : page);
}

/*
 * Pins have a counter of their own where a folio has room for one: by its second
 * page, or with 32 bits its third since Linux 6.15.
 */
static bool has_pincount(struct folio *folio)
{
	return folio_nr_pages(folio) >
	       offsetof(struct folio, _pincount) / sizeof(struct page);
}

static u32 flags_of(struct folio *folio, struct page *page)
{
	return flag_if(folio_maybe_dma_pinned(folio), PIN_PROBE_PAGE_PINNED) |
	       flag_if(folio_test_anon(folio), PIN_PROBE_PAGE_ANON) |
	       flag_if(is_exclusive(folio, page), PIN_PROBE_PAGE_EXCLUSIVE) |
	       flag_if(folio_test_ksm(folio), PIN_PROBE_PAGE_KSM) |
	       flag_if(folio_test_hugetlb(folio), PIN_PROBE_PAGE_HUGETLB) |
	       flag_if(is_zero_pfn(page_to_pfn(page)), PIN_PROBE_PAGE_ZERO) |
	       flag_if(folio_test_dirty(folio), PIN_PROBE_PAGE_DIRTY) |
	       flag_if(folio_test_writeback(folio), PIN_PROBE_PAGE_WRITEBACK) |
	       flag_if(folio_test_swapcache(folio), PIN_PROBE_PAGE_SWAPCACHE) |
	       flag_if(folio_test_lru(folio), PIN_PROBE_PAGE_LRU) |
	       flag_if(is_zone_device_page(page), PIN_PROBE_PAGE_DEVICE) |
	       flag_if(is_zone_movable_page(page), PIN_PROBE_PAGE_MOVABLE) |
	       flag_if(PageHWPoison(page), PIN_PROBE_PAGE_POISON);
}

void page_facts(struct page *page, struct pin_probe_page *facts)
{
	struct folio *folio = page_folio(page);

	*facts = (struct pin_probe_page){
		.pfn = page_to_pfn(page),
		.head = page_to_pfn(folio_page(folio, 0)),
		.flags = flags_of(folio, page),
		.order = folio_order(folio),
		.refs = folio_ref_count(folio),
		.pins = folio_ref_count(folio) / GUP_PIN_COUNTING_BIAS,
		.node = page_to_nid(page),
	};
	if (has_pincount(folio))
		facts->pins = atomic_read(&folio->_pincount);
	strscpy(facts->zone, page_zone(page)->name, sizeof(facts->zone));
}
