// SPDX-License-Identifier: GPL-2.0-only
/* Files: memfd, scratch filesystems, a file in TMPDIR, a block device. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backing.h"
#include "oracle.h"
#include "outcome.h"
#include "testbed.h"

int open_memfd(struct memory *mem)
{
	mem->fd = memfd_create("gup_pin", MFD_CLOEXEC);
	return mem->fd < 0 ? fault(errno, "memfd_create") : 0;
}

/*
 * Whether shmem gives a huge page is decided when the file's page is
 * allocated: do it through a mapping of its own, and look.
 */
int open_memfd_thp(struct memory *mem)
{
	/* Not filled with pwrite(2), which would allocate base pages. */
	struct backing unfilled = *mem->backing;
	struct memory probe;
	size_t size = oracle_thp_size();
	int ret = open_memfd(mem);

	if (ret)
		return ret;
	if (!size)
		return SKIP_NO_SHMEM_THP;
	if (ftruncate(mem->fd, size))
		return fault(errno, "ftruncate a memfd");
	mem->granule = size;
	unfilled.flags = 0;
	probe = *mem;
	probe.backing = &unfilled;
	probe.sharing = SHARED;
	ret = memory_map(&probe, 1);
	if (ret)
		return ret;
	if (madvise(probe.base, size, MADV_HUGEPAGE))
		ret = SKIP_NO_SHMEM_THP;
	else if (touch(probe.base, true))
		ret = fault(EFAULT, "touch a memfd");
	else if (page_present(probe.base + size - page_size()) != 1)
		ret = SKIP_NO_SHMEM_THP;
	memory_unmap(&probe);
	return ret;
}

int open_scratch_file(struct memory *mem)
{
	int dir, ret = testbed_scratch(mem->backing->arg, &dir);

	if (ret)
		return ret;
	mem->fd = testbed_file(dir);
	return mem->fd < 0 ? mem->fd : 0;
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
	mem->fd = testbed_file(dir);
	return mem->fd < 0 ? mem->fd : 0;
}

int open_blkdev(struct memory *mem)
{
	return testbed_blkdev(&mem->fd);
}
