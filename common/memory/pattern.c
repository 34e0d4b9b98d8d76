// SPDX-License-Identifier: GPL-2.0-only
/* The tags that tell each page, and each writing of it, from all others. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/skip.h"
#include "base/page.h"
#include "memory/constructors.h"
#include "memory/memory.h"
#include "memory/pattern.h"

int touch(char *addr, bool write)
{
	char byte;
	int ret = __guard_copy(&byte, addr, 1);

	return ret || !write ? ret : __guard_copy(addr, &byte, 1);
}

/*
 * Each base page carries two tags, different in every page and every
 * generation: a uniform fill could not tell the right page from its neighbour.
 * They lie inside the page, so that a range that starts or ends in mid-page
 * still covers them.
 */
static size_t tag_offset(int which)
{
	return which ? page_size() / 4 * 3 - sizeof(uint64_t) : page_size() / 4;
}

static uint64_t tag_value(size_t page, uint32_t gen, int which)
{
	if (!gen)
		return 0;
	return (((uint64_t)gen << 32) | (page << 1) | which) *
	       0x9e3779b97f4a7c15ULL;
}

/*
 * Of a huge page larger than MAX_PAGES only a few pages at either end are ever
 * used, and these do not share a slot.
 */
static size_t slot(size_t page)
{
	return page % MAX_PAGES;
}

static uint32_t expected_gen(const struct memory *mem, size_t page)
{
	return mem->copy_gen[slot(page)] ?: mem->file_gen[slot(page)];
}

static void put_tag(char *image, size_t page, uint32_t gen)
{
	for (int which = 0; which < 2; which++) {
		uint64_t tag = tag_value(page, gen, which);

		memcpy(image + tag_offset(which), &tag, sizeof(tag));
	}
}

/* The same, into memory that may not be there. Return 0, or -EFAULT. */
static int write_tag(char *addr, size_t page, uint32_t gen)
{
	int ret = 0;

	for (int which = 0; which < 2 && !ret; which++) {
		uint64_t tag = tag_value(page, gen, which);

		ret = __guard_copy(addr + tag_offset(which), &tag, sizeof(tag));
	}
	return ret;
}

static bool has_tag(const char *image, size_t page, uint32_t gen)
{
	for (int which = 0; which < 2; which++) {
		uint64_t tag = tag_value(page, gen, which);

		if (memcmp(image + tag_offset(which), &tag, sizeof(tag)))
			return false;
	}
	return true;
}

void memory_expect(const struct memory *mem, size_t page, char *image)
{
	memset(image, 0, page_size());
	put_tag(image, page, expected_gen(mem, page));
}

bool memory_same_tag(const struct memory *mem, size_t page, const char *image)
{
	return has_tag(image, page, expected_gen(mem, page));
}

void memory_renew(struct memory *mem, size_t first, size_t pages)
{
	uint32_t *gen = mem->sharing == SHARED ? mem->file_gen : mem->copy_gen;

	mem->gen++;
	for (size_t page = first; page < first + pages; page++)
		gen[slot(page)] = mem->gen;
}

int memory_write(struct memory *mem, size_t first, size_t pages)
{
	int ret = 0;

	memory_renew(mem, first, pages);
	for (size_t page = first; page < first + pages && !ret; page++)
		ret = write_tag(mem->base + page * page_size(), page, mem->gen);
	return ret;
}

int memory_read(struct memory *mem, size_t first, size_t pages)
{
	for (size_t page = first; page < first + pages; page++) {
		int ret = touch(mem->base + page * page_size(), false);

		if (ret)
			return ret;
	}
	return 0;
}

long memory_check_mapping(const struct memory *mem, size_t first, size_t pages)
{
	for (size_t page = first; page < first + pages; page++)
		if (!memory_same_tag(mem, page,
				     mem->base + page * page_size()))
			return page;
	return -1;
}

/* As many pages as are read or written at once: more would only cost memory. */
#define CHUNK	32

long memory_check_file(const struct memory *mem, size_t first, size_t pages)
{
	static char *image;
	size_t end = first + pages;

	if (!(mem->backing->flags & B_READABLE))
		return -1;
	if (!image)
		image = aligned_alloc(page_size(), CHUNK * page_size());
	for (size_t page = first; page < end; page++) {
		size_t nr = (page - first) % CHUNK;
		size_t todo = end - page < CHUNK ? end - page : CHUNK;

		if (!nr && pread(mem->fd, image, todo * page_size(),
				 page * page_size()) !=
			   (ssize_t)(todo * page_size()))
			return page;
		if (!has_tag(image + nr * page_size(), page,
			     mem->file_gen[slot(page)]))
			return page;
	}
	return -1;
}

static int fill_pages(struct memory *mem, size_t first, size_t pages)
{
	size_t size = pages * page_size();
	char *image = calloc(1, size);
	int ret = 0;

	if (!image)
		return setup_error(ENOMEM, "no memory for %zu pages", pages);
	for (size_t i = 0; i < pages; i++) {
		put_tag(image + i * page_size(), first + i, mem->gen);
		mem->file_gen[first + i] = mem->gen;
	}
	if (pwrite(mem->fd, image, size, first * page_size()) != (ssize_t)size)
		ret = setup_error(errno, "write %zu bytes to a %s file", size,
			    mem->backing->name);
	free(image);
	return ret;
}

/*
 * Of a long file the middle is a hole, known to be zeros: it is not what the states
 * differ in.
 */
int memory_fill_file(struct memory *mem, size_t pages)
{
	size_t tagged = pages < FILL_PAGES ? pages : FILL_PAGES;
	int ret;

	if (pages <= mem->file_pages)
		return 0;
	mem->gen++;
	ret = fill_pages(mem, 0, tagged);
	if (!ret && pages > tagged)
		ret = fill_pages(mem, pages - 1, 1);
	if (!ret)
		mem->file_pages = pages;
	return ret;
}

void memory_lose_copies(struct memory *mem)
{
	memset(mem->copy_gen, 0, sizeof(mem->copy_gen));
}

void memory_lose_file(struct memory *mem)
{
	memset(mem->file_gen, 0, sizeof(mem->file_gen));
}
