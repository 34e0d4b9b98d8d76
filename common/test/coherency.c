// SPDX-License-Identifier: GPL-2.0-only
#include "memory/pattern.h"
#include "test/coherency.h"

/* Pages that are read or written through the pin at once. */
#define CHUNK	32

/* A part of a range: the bytes of some of its pages, less the skew. */
struct part {
	size_t page;		/* of the memory */
	size_t pages;
	size_t offset;		/* in bytes, of the pin */
	size_t in_buf;		/* where the bytes go in an image of the pages */
	size_t len;
};

static struct part part_of(const struct range *range, size_t index)
{
	struct part part = { .page = range->first + index };
	size_t left = range->pages - index;

	part.pages = left < CHUNK ? left : CHUNK;
	part.offset = (range->before + index) * page_size();
	part.len = part.pages * page_size();
	if (index)
		part.offset -= range->skew;
	else
		part.in_buf = range->skew;
	part.len -= part.in_buf;
	if (left <= CHUNK)
		part.len -= range->skew;
	return part;
}

long coherency_read(struct door *door, const struct memory *mem,
		const struct range *range, int *err)
{
	char buf[CHUNK * page_size()];

	*err = 0;
	for (size_t i = 0; i < range->pages; i += CHUNK) {
		struct part part = part_of(range, i);

		*err = door->pinner->read(door, part.offset,
					  buf + part.in_buf, part.len);
		if (*err)
			return -1;
		for (size_t p = 0; p < part.pages; p++)
			if (!memory_same_tag(mem, part.page + p,
					     buf + p * page_size()))
				return part.page + p;
	}
	return -1;
}

long coherency_write(struct door *door, struct memory *mem,
		 const struct range *range, int *err)
{
	char buf[CHUNK * page_size()];

	*err = 0;
	memory_renew(mem, range->first, range->pages);
	for (size_t i = 0; i < range->pages; i += CHUNK) {
		struct part part = part_of(range, i);

		for (size_t p = 0; p < part.pages; p++)
			memory_expect(mem, part.page + p,
				      buf + p * page_size());
		*err = door->pinner->write(door, part.offset,
					   buf + part.in_buf, part.len);
		if (*err) {
			/* What is expected must be there all the same. */
			memory_write(mem, range->first, range->pages);
			return -1;
		}
	}
	return memory_check_mapping(mem, range->first, range->pages);
}
