// SPDX-License-Identifier: GPL-2.0-only
/* Pools of hugetlb, and whether there are transparent huge pages. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kernel_file.h"
#include "base/page.h"
#include "observe/huge_pages.h"

#define HUGEPAGES	"/sys/kernel/mm/hugepages"

/* Open for good, and inherited: they say the same to every process. */
static struct pool {
	size_t size;
	int free, reserved;
} pools[16];
static size_t nr_pools;

static int open_in(int dir, const char *name, const char *file)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", name, file);
	return openat(dir, path, O_RDONLY | O_CLOEXEC);
}

static void open_pools(void)
{
	static bool opened;
	struct dirent *entry;
	DIR *dir;

	if (opened)
		return;
	opened = true;
	dir = opendir(HUGEPAGES);
	while (dir && nr_pools < 16 && (entry = readdir(dir))) {
		struct pool *pool = &pools[nr_pools];

		if (sscanf(entry->d_name, "hugepages-%zukB", &pool->size) != 1)
			continue;
		pool->size *= 1024;
		pool->free = open_in(dirfd(dir), entry->d_name,
				     "free_hugepages");
		pool->reserved = open_in(dirfd(dir), entry->d_name,
					 "resv_hugepages");
		nr_pools++;
	}
	if (dir)
		closedir(dir);
}

size_t thp_bytes(void)
{
	const char *const dir = "/sys/kernel/mm/transparent_hugepage";
	char path[96], buf[128];
	long size;

	snprintf(path, sizeof(path), "%s/enabled", dir);
	if (kernel_file_read(path, buf, sizeof(buf)) < 0 || strstr(buf, "[never]"))
		return 0;
	snprintf(path, sizeof(path), "%s/hpage_pmd_size", dir);
	size = kernel_file_long(path);
	return size > 0 ? size : 0;
}

static long unused_pages(const struct pool *pool)
{
	return kernel_file_long_fd(pool->free) - kernel_file_long_fd(pool->reserved);
}

long hugetlb_unused(size_t size)
{
	open_pools();
	for (size_t i = 0; i < nr_pools; i++)
		if (pools[i].size == size)
			return unused_pages(&pools[i]);
	return -1;
}

size_t hugetlb_default_bytes(void)
{
	return meminfo_kb("Hugepagesize:") * 1024;
}

long long hugetlb_unused_bytes(void)
{
	long long sum = 0;

	open_pools();
	for (size_t i = 0; i < nr_pools; i++)
		sum += (long long)pools[i].size *
		       unused_pages(&pools[i]);
	return sum;
}
