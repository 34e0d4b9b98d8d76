// SPDX-License-Identifier: GPL-2.0-only
/* hugetlb pages: memfd of every size, anonymous, and hugetlbfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/skip.h"
#include "memory/constructors.h"
#include "memory/memory.h"
#include "memory/testbed.h"
#include "observe/huge_pages.h"

#define HUGE_SHIFT	26

/*
 * Clearing a page of a gigabyte takes longer than all else that a case does. So
 * the program has one file for each size from here on, made before any case is
 * forked, and its page serves all cases that map it shared.
 */
#define GIGANTIC	(256UL << 20)

static struct {
	size_t size;
	int fd;
} kept[8];

static int kept_fd(size_t size)
{
	for (size_t i = 0; i < 8; i++)
		if (kept[i].size == size)
			return kept[i].fd;
	return -1;
}

static int create(size_t size)
{
	return memfd_create("gup_pin", MFD_CLOEXEC | MFD_ALLOW_SEALING |
			    MFD_HUGETLB |
			    (unsigned int)__builtin_ctzl(size) << HUGE_SHIFT);
}

void hugetlb_init(void)
{
	size_t nr = 0;

	for (size_t size = GIGANTIC; size && nr < 8; size <<= 1) {
		if (hugetlb_unused(size) < 0)
			continue;
		kept[nr].fd = create(size);
		kept[nr++].size = size;
	}
}

/*
 * A pool that runs dry in mid-case would kill the process: ask first. A
 * private mapping needs one page for the file and one for the copy.
 */
static int need_pages(struct memory *mem, size_t size)
{
	long need = mem->sharing == SHARED ? 1 : 2;
	long unused = hugetlb_unused(size);

	mem->granule = size;
	if (unused < 0)
		return SKIP_NO_HUGE_SIZE;
	return unused < need ? SKIP_NO_HUGE_PAGE : 0;
}

int keep_hugetlb(const struct backing *backing, enum sharing sharing)
{
	int fd = kept_fd(backing->granule);

	if (fd < 0)
		return 0;
	if (sharing == PRIVATE)
		return ftruncate(fd, 0) ? setup_error(errno, "drop a huge page") : 1;
	/* Not enough pages: open() will say so. */
	if (ftruncate(fd, backing->granule))
		return setup_error(errno, "ftruncate a hugetlb memfd");
	if (hugetlb_unused(backing->granule) > 0)
		(void)!fallocate(fd, 0, 0, backing->granule);
	return 1;
}

static bool has_page(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_blocks;
}

/*
 * The file gets its page before a private mapping is probed: it is this page
 * that must not be pinned. A shared mapping's first pin allocates it instead.
 */
static int size_file(struct memory *mem)
{
	if (ftruncate(mem->fd, mem->granule))
		return setup_error(errno, "ftruncate %s", mem->backing->name);
	return mem->sharing == SHARED ? 0 : memory_fill_shared(mem, NULL);
}

int open_hugetlb_memfd(struct memory *mem)
{
	int ret, fd = kept_fd(mem->backing->granule);

	if (mem->sharing == SHARED && fd >= 0 && has_page(fd)) {
		mem->fd = dup(fd);
		return memory_fill_shared(mem, NULL);
	}
	ret = need_pages(mem, mem->backing->granule);
	if (ret)
		return ret;
	mem->fd = create(mem->granule);
	if (mem->fd < 0)
		return setup_error(errno, "memfd_create with huge pages");
	return size_file(mem);
}

int open_anon_hugetlb(struct memory *mem)
{
	size_t size = hugetlb_default_bytes();

	return size ? need_pages(mem, size) : SKIP_NO_HUGE_SIZE;
}

int map_anon_hugetlb(struct memory *mem)
{
	int flags = mem->sharing == SHARED ? MAP_SHARED : MAP_PRIVATE;

	if (mmap(mem->base, mem->len, PROT_READ | PROT_WRITE,
		 flags | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1,
		 0) != MAP_FAILED)
		return 0;
	/* open() asked for the first only; the kernel may make more. */
	return errno == ENOMEM ? SKIP_NO_HUGE_PAGE : -errno;
}

int open_hugetlbfs(struct memory *mem)
{
	size_t size = hugetlb_default_bytes();
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
