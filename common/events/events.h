/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what the kernel may do to memory while it is pinned.
 *
 * An event knows nothing about pins: it happens to the pinned memory and, to
 * show that it works on this machine at all, to a control that nobody has
 * pinned.
 */
#ifndef GUP_PIN_EVENTS_H
#define GUP_PIN_EVENTS_H

#include "memory/memory.h"

/* No memory of an event has more pages whose frames are noted. */
#define NOTED_PAGES	512

/* Memory that an event happens to. */
struct subject {
	struct memory *mem;
	size_t first;		/* the page that is looked at */
	unsigned long frame;	/* its frame; of what is pinned, by the pin */
	const struct subject *beside;	/* of a control: what is pinned */
	/* Page frames, from the start of the mapping on, by subject_note(). */
	unsigned long old_pfn[NOTED_PAGES];
};

/**
 * subject_note() - note which frames the memory has
 * @s: mapped and populated
 *
 * Return: 0 or -errno.
 */
int subject_note(struct subject *s);

static inline char *subject_at(const struct subject *s)
{
	return s->mem->base + s->first * page_size();
}

/*
 * Before the memory is touched: ready it for the event. 0 or -errno.
 */

/* Base pages where a huge page would fit. */
#define COLLAPSE_PAGES	1023
int prepare_collapse(struct subject *s);
/* Room for compaction to move pages to. */
int prepare_compact(struct subject *s);

/*
 * The events. All of the memory is meant, and its expected bytes are adjusted
 * where they are lost. 0, or the -errno that the kernel answered.
 */
int do_pageout(struct subject *s);	/* MADV_PAGEOUT */
int do_free(struct subject *s);		/* MADV_FREE, then reclaim */
int do_dontneed(struct subject *s);	/* MADV_DONTNEED */
int do_munmap(struct subject *s);	/* and mapped anew */
int do_mremap(struct subject *s);	/* to another address */
int do_truncate(struct subject *s);	/* to nothing, then as long as before */
int do_punch_hole(struct subject *s);	/* over the whole file */
int do_ksm(struct subject *s);		/* scanned, beside a page of the same bytes */
int do_collapse(struct subject *s);	/* MADV_COLLAPSE */
int do_move_pages(struct subject *s);	/* to any other node */
int do_compact(struct subject *s);	/* of all memory */
int do_uffd_move(struct subject *s);	/* to a place where it is forgotten */
int do_offline(struct subject *s);	/* the block that it came from, and online */

/* The effect of an event on memory that is not pinned. */
bool is_paged_out(const struct subject *s);
bool is_discarded(const struct subject *s);
bool is_unmapped(const struct subject *s);
bool is_as_expected(const struct subject *s);
bool is_merged(const struct subject *s);
bool is_collapsed(const struct subject *s);
bool is_moved(const struct subject *s);
bool is_compacted(const struct subject *s);

/*
 * Once the memory is populated: can it happen here? 0 or an enum skip.
 */
int fits_pageout(const struct subject *s);	/* swap, for all but files on disk */
int fits_ksm(const struct subject *s);
int fits_offline(const struct subject *s);	/* GUP_PIN_OFFLINE=1, ZONE_MOVABLE */

/*
 * Without the effect: the enum skip that tells what the machine lacks, from the
 * answer of the event; 0 if it should have worked.
 */
int lacks_collapse(const struct subject *s, int answer);
int lacks_node(const struct subject *s, int answer);
int lacks_compaction(const struct subject *s, int answer);
int lacks_uffd_move(const struct subject *s, int answer);
int lacks_offline(const struct subject *s, int answer);

/* For the events. */

/** noted_pages() - how many frames subject_note() notes */
size_t noted_pages(const struct subject *s);

/** subject_advise() - madvise(2) all of the memory; 0 or -errno */
int subject_advise(struct subject *s, int advice);

/**
 * subject_elsewhere() - room for the memory at another address, aligned as its pages
 * @mem: mapped
 * @area: set to what was mapped
 * @area_len: set to its bytes
 *
 * Return: the address, or NULL.
 */
char *subject_elsewhere(const struct memory *mem, char **area, size_t *area_len);

#endif /* GUP_PIN_EVENTS_H */
