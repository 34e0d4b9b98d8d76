// SPDX-License-Identifier: GPL-2.0-only
/* Files: memfd, scratch filesystems, a file in TMPDIR, a block device. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/skip.h"
#include "memory/constructors.h"
#include "memory/memory.h"
#include "memory/pattern.h"
#include "memory/testbed.h"
#include "observe/huge_pages.h"
#include "observe/pagemap.h"

int open_memfd(struct memory *mem)
{
	mem->fd = memfd_create("gup_pin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return mem->fd < 0 ? setup_error(errno, "memfd_create") : 0;
}

/* Whether shmem gives a huge page is decided when the file's page is allocated. */
static int want_huge_shmem(struct memory *mem)
{
	if (madvise(mem->base, mem->len, MADV_HUGEPAGE))
		return SKIP_NO_SHMEM_THP;
	if (touch(mem->base, true))
		return setup_error(EFAULT, "touch a memfd");
	return pagemap_present(mem->base + mem->len - page_size()) == 1 ?
		0 : SKIP_NO_SHMEM_THP;
}

/* A file of one huge page. */
static int fill_huge(struct memory *mem, int (*want_huge)(struct memory *),
		     int missing)
{
	mem->granule = thp_bytes();
	if (!mem->granule)
		return missing;
	if (ftruncate(mem->fd, mem->granule))
		return setup_error(errno, "ftruncate %s", mem->backing->name);
	return memory_fill_shared(mem, want_huge);
}

int open_memfd_thp(struct memory *mem)
{
	return open_memfd(mem) ?: fill_huge(mem, want_huge_shmem,
					    SKIP_NO_SHMEM_THP);
}

static bool is_dax(int fd)
{
	struct statx facts;

	return !statx(fd, "", AT_EMPTY_PATH, 0, &facts) &&
	       facts.stx_attributes & STATX_ATTR_DAX;
}

/* A file that nobody else has, of which the kernel says whether it is DAX. */
static int open_file_in(struct memory *mem, int dir)
{
	mem->fd = testbed_file(dir);
	if (mem->fd < 0)
		return mem->fd;
	mem->dax = is_dax(mem->fd);
	return 0;
}

int open_scratch_file(struct memory *mem)
{
	int dir, ret = testbed_scratch(mem->backing->arg, &dir);

	return ret ?: open_file_in(mem, dir);
}

int open_dax_file(struct memory *mem)
{
	return open_scratch_file(mem) ?: (mem->dax ? 0 : SKIP_NO_DAX);
}

/* Nobody has touched the last page. */
int check_fsdax_huge(struct memory *mem)
{
	return pagemap_present(mem->base + mem->len - page_size()) == 1 ?
		0 : SKIP_NO_FSDAX_HUGE;
}

/* The first write gets the file's blocks, if it can so that one PMD maps them. */
static int want_huge_dax(struct memory *mem)
{
	return touch(mem->base, true) ? setup_error(EFAULT, "touch a DAX file") :
					check_fsdax_huge(mem);
}

int open_fsdax_huge(struct memory *mem)
{
	return open_dax_file(mem) ?: fill_huge(mem, want_huge_dax,
						   SKIP_NO_FSDAX_HUGE);
}

int open_tmpfile(struct memory *mem)
{
	static const char *const never_written_back[] = {
		"tmpfs", "ramfs", "devtmpfs", "rootfs"
	};
	int dir, ret = testbed_tmpdir(&dir, &mem->fs);

	if (ret)
		return ret;
	for (size_t i = 0; i < 4; i++)
		if (!strcmp(mem->fs, never_written_back[i]))
			mem->states &= ~BIT(CLEAN);
	return open_file_in(mem, dir);
}

int open_blkdev(struct memory *mem)
{
	return testbed_blkdev(&mem->fd);
}
