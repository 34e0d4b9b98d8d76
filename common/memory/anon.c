// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory without a file of its own: anonymous, transparent huge pages, the
 * zeropages, System V shared memory, and addresses with nothing behind them.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "base/skip.h"
#include "memory/constructors.h"
#include "memory/memory.h"
#include "observe/huge_pages.h"
#include "observe/pagemap.h"

int map_anon(struct memory *mem)
{
	int flags = mem->sharing == SHARED ? MAP_SHARED : MAP_PRIVATE;

	if (mmap(mem->base, mem->len, PROT_READ | PROT_WRITE,
		 flags | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

int open_anon_thp(struct memory *mem)
{
	mem->granule = thp_bytes();
	return mem->granule ? 0 : SKIP_NO_THP;
}

int map_anon_thp(struct memory *mem)
{
	int ret = map_anon(mem);

	if (ret)
		return ret;
	return madvise(mem->base, mem->len, MADV_HUGEPAGE) ? -errno : 0;
}

/*
 * Only a few pages were touched. If the last one is mapped all the same, then
 * one huge page (or huge zeropage) maps them all.
 */
static int check_huge(const struct memory *mem, enum skip lack)
{
	int present = pagemap_present(mem->base + mem->granule - page_size());

	if (present < 0)
		return setup_error(-present, "read pagemap");
	return present ? 0 : lack;
}

int check_anon_thp(struct memory *mem)
{
	return check_huge(mem, SKIP_NO_THP);
}

/*
 * One page with other rights makes the kernel map the huge page by PTEs, and it
 * stays so when the rights are the same again.
 */
int split_anon_thp(struct memory *mem)
{
	char *middle = mem->base + mem->granule / 2;
	int ret = check_anon_thp(mem);

	if (ret)
		return ret;
	if (mprotect(middle, page_size(), PROT_READ) ||
	    mprotect(middle, page_size(), PROT_READ | PROT_WRITE))
		return setup_error(errno, "mprotect one page of a huge page");
	return 0;
}

int check_huge_zeropage(struct memory *mem)
{
	return check_huge(mem, SKIP_NO_HUGE_ZEROPAGE);
}

int open_sysv_shm(struct memory *mem)
{
	int id = shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

	(void)mem;
	if (id < 0)
		return errno == ENOSYS ? SKIP_NO_SYSV : setup_error(errno, "shmget");
	shmctl(id, IPC_RMID, NULL);
	return 0;
}

int map_sysv_shm(struct memory *mem)
{
	int id = shmget(IPC_PRIVATE, mem->len, IPC_CREAT | 0600);
	int ret = 0;

	if (id < 0)
		return -errno;
	if (shmat(id, mem->base, SHM_REMAP) == (void *)-1)
		ret = -errno;
	/* It lives until the last detach, however this process ends. */
	shmctl(id, IPC_RMID, NULL);
	return ret;
}

int map_hole(struct memory *mem)
{
	return munmap(mem->base, mem->len) ? -errno : 0;
}

int map_past_eof(struct memory *mem)
{
	if (mmap(mem->base, mem->len, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, mem->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}
