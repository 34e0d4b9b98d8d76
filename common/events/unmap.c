// SPDX-License-Identifier: GPL-2.0-only
/* Unmapping: the process, or the file, parts with a page. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/page.h"
#include "events/events.h"
#include "memory/memory.h"
#include "memory/pattern.h"

int do_dontneed(struct subject *s)
{
	memory_lose_copies(s->mem);
	return subject_advise(s, MADV_DONTNEED);
}

int do_munmap(struct subject *s)
{
	size_t pages = s->mem->len / page_size();

	memory_unmap(s->mem);
	return memory_map(s->mem, pages);
}

int do_mremap(struct subject *s)
{
	struct memory *mem = s->mem;
	size_t area_len;
	char *area, *to = subject_elsewhere(mem, &area, &area_len);

	if (!to)
		return -errno;
	if (mremap(mem->base, mem->len, mem->len, MREMAP_MAYMOVE | MREMAP_FIXED,
		   to) == MAP_FAILED)
		return -errno;
	munmap(mem->area, mem->base - mem->area);
	munmap(to + mem->len, area + area_len - (to + mem->len));
	mem->area = area;
	mem->area_len = to + mem->len - area;
	mem->base = to;
	return 0;
}

int do_truncate(struct subject *s)
{
	struct memory *mem = s->mem;
	struct stat st;

	if (fstat(mem->fd, &st) || ftruncate(mem->fd, 0) ||
	    ftruncate(mem->fd, st.st_size))
		return -errno;
	memory_lose_file(mem);
	memory_lose_copies(mem);
	return 0;
}

int do_punch_hole(struct subject *s)
{
	struct memory *mem = s->mem;

	if (fallocate(mem->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      mem->len))
		return -errno;
	memory_lose_file(mem);
	return 0;
}
