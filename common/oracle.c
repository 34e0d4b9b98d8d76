// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backing.h"
#include "oracle.h"

#define HUGEPAGES	"/sys/kernel/mm/hugepages"

/*
 * Read a small kernel file whole. Return its length or -errno; what was read
 * ends with a NUL.
 */
static ssize_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, buf + len, size - 1 - len);
		if (got > 0)
			len += got;
	} while (got > 0);
	close(fd);
	buf[len] = '\0';
	return len;
}

static long slurp_long(const char *path)
{
	char buf[64];

	return slurp(path, buf, sizeof(buf)) < 0 ? -1 : atol(buf);
}

/* The number behind a name at the start of a line; 0 if there is none. */
static long number_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, name, len))
			return atol(text + len);
	}
	return 0;
}

static int refresh_counters(void)
{
	int fd = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, "1", 1) != 1)
		ret = -errno;
	close(fd);
	return ret;
}

int oracle_pin_balance(long *balance)
{
	static char buf[16384];
	int ret = refresh_counters();
	ssize_t len;

	if (ret)
		return ret;
	len = slurp("/proc/vmstat", buf, sizeof(buf));
	if (len < 0)
		return len;
	*balance = number_of(buf, "nr_foll_pin_acquired ") -
		   number_of(buf, "nr_foll_pin_released ");
	return 0;
}

long oracle_status_kb(const char *field)
{
	char buf[4096];

	if (slurp("/proc/self/status", buf, sizeof(buf)) < 0)
		return 0;
	return number_of(buf, field);
}

long oracle_dirty_kb(const void *addr)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start;
	bool here = false;
	char line[512];
	long sum = 0;

	if (!smaps)
		return -errno;
	while (fgets(line, sizeof(line), smaps)) {
		if (sscanf(line, "%lx-", &start) == 1 && strchr(line, '-') &&
		    strchr(line, '-') < strchr(line, ' '))
			here = start == (unsigned long)addr;
		if (here)
			sum += number_of(line, "Shared_Dirty:") +
			       number_of(line, "Private_Dirty:");
	}
	fclose(smaps);
	return sum;
}

int page_present(const void *addr)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t offset = (uintptr_t)addr / page_size() * sizeof(uint64_t);
	uint64_t entry;
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (pread(fd, &entry, sizeof(entry), offset) != sizeof(entry))
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret ?: (int)(entry >> 63);
}

size_t oracle_thp_size(void)
{
	const char *const dir = "/sys/kernel/mm/transparent_hugepage";
	char path[96], buf[128];
	long size;

	snprintf(path, sizeof(path), "%s/enabled", dir);
	if (slurp(path, buf, sizeof(buf)) < 0 || strstr(buf, "[never]"))
		return 0;
	snprintf(path, sizeof(path), "%s/hpage_pmd_size", dir);
	size = slurp_long(path);
	return size > 0 ? size : 0;
}

static long hugetlb_long(size_t size, const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), HUGEPAGES "/hugepages-%zukB/%s",
		 size / 1024, file);
	return slurp_long(path);
}

long oracle_hugetlb_unused(size_t size)
{
	long unused = hugetlb_long(size, "free_hugepages");

	return unused < 0 ? -1 :
			    unused - hugetlb_long(size, "resv_hugepages");
}

size_t oracle_hugetlb_default(void)
{
	char buf[4096];

	if (slurp("/proc/meminfo", buf, sizeof(buf)) < 0)
		return 0;
	return number_of(buf, "Hugepagesize:") * 1024;
}

long long oracle_hugetlb_sum(void)
{
	DIR *dir = opendir(HUGEPAGES);
	struct dirent *entry;
	long long sum = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		size_t kb;

		if (sscanf(entry->d_name, "hugepages-%zukB", &kb) == 1)
			sum += (long long)kb * 1024 *
			       oracle_hugetlb_unused(kb * 1024);
	}
	closedir(dir);
	return sum;
}

unsigned long oracle_taint(void)
{
	const unsigned long module_bits = 1UL << 12 | 1UL << 13;
	long taint = slurp_long("/proc/sys/kernel/tainted");

	return taint < 0 ? 0 : taint & ~module_bits;
}

static int log_fd = -1;

void oracle_log_mark(void)
{
	if (log_fd < 0)
		log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd >= 0)
		lseek(log_fd, 0, SEEK_END);
}

static bool is_complaint(const char *text)
{
	static const char *const marks[] = {
		"WARNING: ", "BUG: ", "kernel BUG at", "Oops", "UBSAN: ",
		"KASAN: ", "KCSAN: ", "general protection fault",
		"blocked for more than", "soft lockup", "hard LOCKUP",
		"self-detected stall", "detected stalls", "Unable to handle",
		"vmstat_refresh: nr_foll_pin",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strstr(text, marks[i]))
			return true;
	return false;
}

int oracle_log_complaint(char *line, size_t size)
{
	char record[2048];
	ssize_t len;

	if (log_fd < 0)
		return 0;
	for (;;) {
		char *text;

		len = read(log_fd, record, sizeof(record) - 1);
		/* Overrun: what was lost cannot be judged, what follows can. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return 0;
		record[len] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		text++;
		text[strcspn(text, "\n")] = '\0';
		if (is_complaint(text)) {
			snprintf(line, size, "%s", text);
			return 1;
		}
	}
}
