// SPDX-License-Identifier: GPL-2.0-only
/* An instance of a backing: opened, mapped, brought into a page state, unmapped. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/skip.h"
#include "base/page.h"
#include "memory/constructors.h"
#include "memory/memory.h"
#include "memory/pattern.h"
#include "observe/pagemap.h"
#include "observe/smaps.h"
#include "observe/zones.h"

int memory_fault_in(struct memory *mem)
{
	size_t unit = memory_unit(mem);

	for (size_t page = 0; page < mem->len / page_size(); page += unit) {
		int ret = memory_write(mem, page, 1);

		if (ret)
			return setup_error(-ret, "touch %s", mem->backing->name);
		ret = pagemap_present(mem->base + bytes_of(page + unit - 1));
		if (ret < 0)
			return setup_error(-ret, "read pagemap");
		if (!ret)
			return SKIP_NO_THP;
	}
	return 0;
}

/*
 * For files that pwrite(2) does not fill, or not with huge pages: write through
 * a shared mapping that exists only here.
 */
int memory_fill_shared(struct memory *mem, int (*prepare)(struct memory *))
{
	size_t last = memory_unit(mem) - FILL_PAGES;
	struct backing filler = *mem->backing;
	struct memory shared;
	int ret;

	filler.flags = 0;
	filler.map = NULL;
	shared = *mem;
	shared.backing = &filler;
	shared.sharing = SHARED;
	ret = memory_map(&shared, 1);
	if (ret)
		return ret;
	ret = prepare ? prepare(&shared) : 0;
	if (!ret && (memory_write(&shared, 0, FILL_PAGES) ||
		     memory_write(&shared, last, FILL_PAGES)))
		ret = setup_error(EFAULT, "touch %s", mem->backing->name);
	memory_unmap(&shared);
	memcpy(mem->file_gen, shared.file_gen, sizeof(mem->file_gen));
	mem->gen = shared.gen;
	return ret;
}

bool memory_is_costly(const struct memory *mem)
{
	return mem->granule >= 256 * MiB && mem->sharing == PRIVATE;
}

bool memory_in_movable(const struct memory *mem)
{
	for (char *at = mem->base; at < mem->base + mem->len; at += page_size()) {
		unsigned long frame = pagemap_frame(at);

		if (frame && zones_movable(frame))
			return true;
	}
	return false;
}

int memory_open(struct memory *mem, const struct backing *backing,
		enum sharing sharing)
{
	int ret = 0;

	memset(mem, 0, sizeof(*mem));
	mem->backing = backing;
	mem->sharing = sharing;
	mem->fd = -1;
	mem->granule = backing->granule ?: page_size();
	mem->states = backing->states;
	/* Private copies are never written back. */
	if (sharing == PRIVATE)
		mem->states &= ~BIT(CLEAN);
	if (backing->open)
		ret = backing->open(mem);
	if (ret)
		memory_close(mem);
	else if (memory_is_costly(mem))
		mem->states &= BIT(READ_FAULTED) | BIT(POPULATED);
	return ret;
}

void memory_close(struct memory *mem)
{
	memory_unmap(mem);
	if (mem->fd >= 0)
		close(mem->fd);
	mem->fd = -1;
}

static int map_file(struct memory *mem)
{
	int flags = mem->sharing == SHARED ? MAP_SHARED : MAP_PRIVATE;

	if (mmap(mem->base, mem->len, PROT_READ | PROT_WRITE,
		 flags | MAP_FIXED, mem->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/*
 * Find room for the mapping in the middle of an area of our own, so that what
 * lies before and behind it is known.
 */
static int reserve(struct memory *mem, size_t len)
{
	size_t align = mem->granule;
	uintptr_t start;

	mem->len = (len + align - 1) / align * align;
	mem->area_len = mem->len + align + 2 * NEIGHBOURS * page_size();
	mem->area = mmap(NULL, mem->area_len, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem->area == MAP_FAILED) {
		mem->area = NULL;
		return setup_error(errno, "reserve %zu bytes of addresses",
			     mem->area_len);
	}
	start = (uintptr_t)mem->area + NEIGHBOURS * page_size();
	mem->base = (char *)((start + align - 1) / align * align);
	return 0;
}

static int protect(struct memory *mem, int prot)
{
	if (mprotect(mem->base, mem->len, prot))
		return setup_error(errno, "mprotect %s", mem->backing->name);
	mem->writable = prot == (PROT_READ | PROT_WRITE);
	return 0;
}

int memory_make_writable(struct memory *mem)
{
	return protect(mem, PROT_READ | PROT_WRITE);
}

/* A row is about what the kernel decides by: is that what was mapped? */
static int check_vma(const struct memory *mem)
{
	const struct backing *backing = mem->backing;
	int has = backing->vm_flags ?
		smaps_has_flags(mem->base, backing->vm_flags) : 1;

	if (has < 0)
		return setup_error(-has, "read the flags of %s", backing->name);
	return has ? 0 : backing->other_flags;
}

int memory_map(struct memory *mem, size_t pages)
{
	const struct backing *backing = mem->backing;
	char *end;
	int ret;

	if (backing->flags & B_WRITABLE) {
		ret = memory_fill_file(mem, pages);
		if (ret)
			return ret;
	}
	memory_lose_copies(mem);
	mem->behind = 0;
	/* What open() mapped stays: only undo the last probe's mprotect. */
	if (backing->flags & B_SOLITARY)
		return check_vma(mem) ?:
		       (backing->flags & B_READ_ONLY ?
			0 : memory_make_writable(mem));
	mem->writable = true;
	ret = reserve(mem, pages * page_size());
	if (ret)
		return ret;
	ret = backing->map ? backing->map(mem) : map_file(mem);
	if (ret) {
		memory_unmap(mem);
		if (ret > 0 ||
		    (ret == -ENODEV && (backing->flags & B_MAY_NOT_MAP)))
			return ret;
		return setup_error(-ret, "map %s", backing->name);
	}
	end = mem->base + mem->len;
	munmap(end, mem->area + mem->area_len - end);
	mem->area_len = end - mem->area;
	ret = check_vma(mem);
	if (ret)
		memory_unmap(mem);
	return ret;
}

void memory_unmap(struct memory *mem)
{
	if (mem->area)
		munmap(mem->area, mem->area_len);
	mem->area = NULL;
	mem->area_len = 0;
}

/* Map populated anonymous pages. */
static int put_pages(char *addr, size_t pages, int flags)
{
	if (pages && mmap(addr, pages * page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
			  0) == MAP_FAILED)
		return setup_error(errno, "map a neighbour");
	for (size_t i = 0; i < pages; i++)
		addr[i * page_size()] = 1;
	return 0;
}

int memory_put_neighbours(struct memory *mem, size_t before, size_t behind)
{
	int ret = put_pages(mem->base - before * page_size(), before,
			    MAP_FIXED);

	if (ret)
		return ret;
	mem->behind = behind;
	mem->area_len += behind * page_size();
	return put_pages(mem->base + mem->len, behind, MAP_FIXED_NOREPLACE);
}

int memory_check_hole(const struct memory *mem)
{
	unsigned char present;

	if (!mincore(mem->base + mem->len, page_size(), &present))
		return setup_error(EEXIST, "something was mapped into the hole");
	return 0;
}

static int write_back(struct memory *mem, size_t first, size_t pages)
{
	char *start = mem->base + first * page_size();
	long dirty;

	if (msync(start, pages * page_size(), MS_SYNC))
		return setup_error(errno, "msync %s", mem->backing->name);
	dirty = smaps_dirty_kb(mem->base);
	if (dirty)
		return setup_error(dirty < 0 ? -dirty : EBUSY,
			     "%s still dirty after msync", mem->backing->name);
	return 0;
}

static int populate(struct memory *mem, enum page_state state, size_t first,
		    size_t pages)
{
	bool read = state == READ_FAULTED || mem->backing->flags & B_READ_ONLY;
	int ret;

	if (state == UNTOUCHED)
		return 0;
	ret = read ? memory_read(mem, first, pages) :
		     memory_write(mem, first, pages);
	if (ret)
		return setup_error(-ret, "touch %s", mem->backing->name);
	return mem->backing->check ? mem->backing->check(mem) : 0;
}

int memory_enter(struct memory *mem, enum page_state state, size_t first,
		 size_t pages)
{
	int ret = populate(mem, state, first, pages);

	if (ret)
		return ret;
	if (state == CLEAN)
		return write_back(mem, first, pages);
	if (state == READONLY)
		return protect(mem, PROT_READ);
	if (mem->backing->flags & B_PROT_NONE)
		return protect(mem, PROT_NONE);
	if (mem->backing->flags & B_PROT_WRITE)
		return protect(mem, PROT_WRITE);
	return 0;
}
