// SPDX-License-Identifier: GPL-2.0-only
/* hugetlb pages: memfd of every size, anonymous, and hugetlbfs. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backing.h"
#include "oracle.h"
#include "outcome.h"
#include "testbed.h"

#ifndef MFD_HUGETLB
#define MFD_HUGETLB	4U
#endif
#define HUGE_SHIFT	26

/*
 * A pool that runs dry in mid-case would kill the process: ask first. A
 * private mapping needs one page for the file and one for the copy.
 */
static int need_pages(struct memory *mem, size_t size)
{
	long need = mem->sharing == SHARED ? 1 : 2;
	long unused = oracle_hugetlb_unused(size);

	mem->granule = size;
	if (unused < 0)
		return SKIP_NO_HUGE_SIZE;
	return unused < need ? SKIP_NO_HUGE_PAGE : 0;
}

/*
 * The file gets its page before a private mapping is probed: it is this page
 * that must not be pinned. A shared mapping's first pin allocates it instead.
 */
static int size_file(struct memory *mem)
{
	if (ftruncate(mem->fd, mem->granule))
		return fault(errno, "ftruncate %s", mem->backing->name);
	return mem->sharing == SHARED ? 0 : memory_fill_shared(mem, NULL);
}

int open_hugetlb_memfd(struct memory *mem)
{
	size_t size = mem->backing->granule;
	int ret = need_pages(mem, size);

	if (ret)
		return ret;
	mem->fd = memfd_create("gup_pin", MFD_CLOEXEC | MFD_HUGETLB |
			       (unsigned int)__builtin_ctzl(size) << HUGE_SHIFT);
	if (mem->fd < 0)
		return fault(errno, "memfd_create with huge pages");
	return size_file(mem);
}

int open_anon_hugetlb(struct memory *mem)
{
	size_t size = oracle_hugetlb_default();

	return size ? need_pages(mem, size) : SKIP_NO_HUGE_SIZE;
}

int map_anon_hugetlb(struct memory *mem)
{
	int flags = mem->sharing == SHARED ? MAP_SHARED : MAP_PRIVATE;

	if (mmap(mem->base, mem->len, PROT_READ | PROT_WRITE,
		 flags | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1,
		 0) == MAP_FAILED)
		return -errno;
	return 0;
}

int open_hugetlbfs(struct memory *mem)
{
	size_t size = oracle_hugetlb_default();
	int dir, ret;

	if (!size)
		return SKIP_NO_HUGE_SIZE;
	ret = need_pages(mem, size);
	if (ret)
		return ret;
	ret = testbed_scratch("hugetlbfs", &dir);
	if (ret)
		return ret;
	mem->fd = testbed_file(dir);
	return mem->fd < 0 ? mem->fd : size_file(mem);
}
