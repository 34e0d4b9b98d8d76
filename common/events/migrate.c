// SPDX-License-Identifier: GPL-2.0-only
/* Migration: the kernel moves a page, to another node or out of the way. */
#include <errno.h>
#include <linux/mempolicy.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/kernel_file.h"
#include "base/skip.h"
#include "base/page.h"
#include "events/events.h"
#include "memory/memory.h"
#include "observe/pagemap.h"

static int node_of(void *addr)
{
	int status;

	if (syscall(SYS_move_pages, 0, 1UL, &addr, NULL, &status, 0))
		return -errno;
	return status;
}

#define MAX_NODES	64

/*
 * move_pages(2) answers with the number of pages that it could not migrate, or
 * tells why in the page's status: for one page both mean the same.
 */
int do_move_pages(struct subject *s)
{
	void *addr = subject_at(s);
	int here = node_of(addr);

	if (here < 0)
		return here;
	for (int node = 0; node < MAX_NODES; node++) {
		int status = -1;
		long ret;

		if (node == here)
			continue;
		ret = syscall(SYS_move_pages, 0, 1UL, &addr, &node, &status,
			      MPOL_MF_MOVE);
		if (ret > 0)
			return -EBUSY;
		if (!ret)
			return status == node ? 0 : status;
		if (errno != ENODEV && errno != EACCES)
			return -errno;
	}
	return -ENODEV;
}

int lacks_node(const struct subject *s, int answer)
{
	(void)s;
	switch (answer) {
	case -ENODEV:
		return SKIP_NO_NODE;
	case -ENOSYS:
		return SKIP_NO_MOVE_PAGES;
	default:
		return 0;
	}
}

/*
 * Compaction moves pages upwards, into page blocks that are partly free, and of
 * these there may be none. So some are made, and the lowest are made last,
 * because what is freed last is what the memory will get. They are more than
 * the per-CPU lists hold back, and stat_refresh drains these (decay_pcp_high()).
 */
#define SPARSE_STEPS	768
#define SPARSE_STEP	(16 * page_size())
#define DRAINS		8

/* Of each step all pages but one. */
static void free_steps(char *sparse, unsigned long from, unsigned long to)
{
	for (size_t i = 0; i < SPARSE_STEPS; i++) {
		char *step = sparse + i * SPARSE_STEP;
		/* The last page, which stays. */
		unsigned long frame = pagemap_frame(step + SPARSE_STEP -
						    page_size());

		if (frame >= from && frame < to)
			madvise(step, SPARSE_STEP - page_size(), MADV_DONTNEED);
	}
}

static unsigned long lowest_frame(const char *sparse)
{
	unsigned long lowest = -1UL;

	for (size_t i = 0; i < SPARSE_STEPS; i++) {
		unsigned long frame = pagemap_frame(sparse + i * SPARSE_STEP);

		if (frame < lowest)
			lowest = frame;
	}
	return lowest;
}

int prepare_compact(struct subject *s)
{
	static char *sparse;
	const size_t len = SPARSE_STEPS * SPARSE_STEP;
	unsigned long low;

	/* Once for both, before the pinned memory. */
	if (s->beside)
		return 0;
	if (sparse)
		munmap(sparse, len);
	sparse = mmap(NULL, len, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (sparse == MAP_FAILED)
		return setup_error(errno, "map %zu bytes", len);
	madvise(sparse, len, MADV_NOHUGEPAGE);
	madvise(sparse, len, MADV_POPULATE_WRITE);
	low = lowest_frame(sparse) + len / page_size() / 4;
	free_steps(sparse, low, -1UL);
	for (int i = 0; i < DRAINS; i++)
		kernel_file_write("/proc/sys/vm/stat_refresh", "1");
	free_steps(sparse, 0, low);
	return 0;
}

int do_compact(struct subject *s)
{
	(void)s;
	return kernel_file_write("/proc/sys/vm/compact_memory", "1");
}

/*
 * Compaction takes pages from the bottom of a zone upwards. So if it took one
 * from above the pinned page, then it came by there.
 */
bool is_compacted(const struct subject *s)
{
	for (size_t page = 0; page < noted_pages(s); page++) {
		unsigned long frame = pagemap_frame(s->mem->base +
						    page * page_size());

		if (s->old_pfn[page] > s->beside->frame && frame &&
		    frame != s->old_pfn[page])
			return true;
	}
	return false;
}

int lacks_compaction(const struct subject *s, int answer)
{
	(void)s;
	(void)answer;
	return SKIP_NO_COMPACTION;
}
