// SPDX-License-Identifier: GPL-2.0-only
/* The memory that an event happens to, and what several events look at. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/skip.h"
#include "base/page.h"
#include "events/events.h"
#include "memory/memory.h"
#include "memory/pattern.h"
#include "observe/pagemap.h"

size_t noted_pages(const struct subject *s)
{
	size_t pages = s->mem->len / page_size();

	return pages < NOTED_PAGES ? pages : NOTED_PAGES;
}

int subject_note(struct subject *s)
{
	for (size_t page = 0; page < noted_pages(s); page++)
		s->old_pfn[page] = pagemap_frame(s->mem->base +
					      page * page_size());
	s->frame = pagemap_frame(subject_at(s));
	return s->frame ? 0 : setup_error(0, "/proc/self/pagemap tells no page frames");
}

int subject_advise(struct subject *s, int advice)
{
	return madvise(s->mem->base, s->mem->len, advice) ? -errno : 0;
}

char *subject_elsewhere(const struct memory *mem, char **area, size_t *area_len)
{
	uintptr_t align = mem->granule;

	*area_len = mem->len + align;
	*area = mmap(NULL, *area_len, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (*area == MAP_FAILED)
		return NULL;
	return (char *)(((uintptr_t)*area + align - 1) / align * align);
}

bool is_unmapped(const struct subject *s)
{
	return !pagemap_frame(subject_at(s));
}

bool is_as_expected(const struct subject *s)
{
	return memory_check_mapping(s->mem, s->first, 1) < 0;
}

bool is_moved(const struct subject *s)
{
	unsigned long frame = pagemap_frame(subject_at(s));

	return frame && frame != s->old_pfn[s->first];
}
