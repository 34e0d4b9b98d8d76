/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The base page, which is what pins are counted in.
 */
#ifndef GUP_PIN_PAGE_H
#define GUP_PIN_PAGE_H

#include <stddef.h>
#include <unistd.h>

/** page_size() - bytes in a base page */
static inline size_t page_size(void)
{
	static size_t size;

	if (!size)
		size = sysconf(_SC_PAGESIZE);
	return size;
}

/** bytes_of() - bytes in so many base pages */
static inline size_t bytes_of(size_t pages)
{
	return pages * page_size();
}

#endif /* GUP_PIN_PAGE_H */
