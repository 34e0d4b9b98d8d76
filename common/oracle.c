// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

#define HUGEPAGES	"/sys/kernel/mm/hugepages"
#define CMA_AREAS	"/sys/kernel/debug/cma"

/*
 * Read a small kernel file from its start, to its end or until it holds a text:
 * each further read makes the kernel write all of it again. Return its length or
 * -errno; what was read ends with a NUL.
 */
static ssize_t slurp_fd(int fd, char *buf, size_t size, const char *until)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = pread(fd, buf + len, size - 1 - len, len);
		if (got > 0)
			len += got;
		buf[len] = '\0';
	} while (got > 0 && !strstr(buf, until));
	return got < 0 ? -errno : (ssize_t)len;
}

static ssize_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = slurp_fd(fd, buf, size, "\n\n");
	close(fd);
	return len;
}

static long slurp_long(const char *path)
{
	char buf[64];

	return slurp(path, buf, sizeof(buf)) < 0 ? -1 : atol(buf);
}

static long slurp_long_fd(int fd)
{
	char buf[64];

	return slurp_fd(fd, buf, sizeof(buf), "\n") < 0 ? -1 : atol(buf);
}

/*
 * What every case reads stays open, and is inherited: the files of the whole
 * system say the same to every process.
 */
static struct {
	bool opened;
	int refresh, vmstat, tainted;
	struct pool {
		size_t size;
		int free, reserved;
	} pools[16];
	size_t nr_pools;
} files;

static int open_in(int dir, const char *name, const char *file)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", name, file);
	return openat(dir, path, O_RDONLY | O_CLOEXEC);
}

static void open_pools(void)
{
	DIR *dir = opendir(HUGEPAGES);
	struct dirent *entry;

	while (dir && files.nr_pools < 16 && (entry = readdir(dir))) {
		struct pool *pool = &files.pools[files.nr_pools];

		if (sscanf(entry->d_name, "hugepages-%zukB", &pool->size) != 1)
			continue;
		pool->size *= 1024;
		pool->free = open_in(dirfd(dir), entry->d_name,
				     "free_hugepages");
		pool->reserved = open_in(dirfd(dir), entry->d_name,
					 "resv_hugepages");
		files.nr_pools++;
	}
	if (dir)
		closedir(dir);
}

static void open_files(void)
{
	if (files.opened)
		return;
	files.opened = true;
	files.refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	files.vmstat = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
	files.tainted = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	open_pools();
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

int oracle_pin_balance(long *balance)
{
	static char buf[16384];
	ssize_t len;

	open_files();
	if (pwrite(files.refresh, "1", 1, 0) != 1)
		return -errno;
	/* The line behind the two counters. */
	len = slurp_fd(files.vmstat, buf, sizeof(buf), "nr_kernel_stack ");
	if (len < 0)
		return len;
	*balance = number_of(buf, "nr_foll_pin_acquired ") -
		   number_of(buf, "nr_foll_pin_released ");
	return 0;
}

void oracle_locked_kb_of(pid_t pid, long *vm_lck, long *vm_pin)
{
	char path[32], buf[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		slurp_fd(fd, buf, sizeof(buf), "VmHWM:");
		close(fd);
	}
	*vm_lck = number_of(buf, "VmLck:");
	*vm_pin = number_of(buf, "VmPin:");
}

void oracle_locked_kb(long *vm_lck, long *vm_pin)
{
	oracle_locked_kb_of(getpid(), vm_lck, vm_pin);
}

static bool starts_mapping(const char *line, unsigned long *start)
{
	unsigned long end;

	return sscanf(line, "%lx-%lx ", start, &end) == 2;
}

/* smaps, read up to the fields of the mapping that begins here. */
static FILE *smaps_of(const void *addr)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start;
	char line[512];

	while (smaps && fgets(line, sizeof(line), smaps))
		if (starts_mapping(line, &start) &&
		    start == (unsigned long)addr)
			return smaps;
	if (smaps)
		fclose(smaps);
	errno = smaps ? ENODATA : errno;
	return NULL;
}

static bool next_field(FILE *smaps, char *line, int size)
{
	unsigned long start;

	return fgets(line, size, smaps) && !starts_mapping(line, &start);
}

/* Two of smaps' fields of the mapping that begins here, in all. */
static long smaps_kb(const void *addr, const char *field, const char *other)
{
	FILE *smaps = smaps_of(addr);
	char line[512];
	long sum = 0;

	if (!smaps)
		return -errno;
	while (next_field(smaps, line, sizeof(line)))
		sum += number_of(line, field) + number_of(line, other);
	fclose(smaps);
	return sum;
}

/* A line of words, with a blank before and behind each. */
static bool has_words(const char *line, const char *words)
{
	bool has = true;

	while (*words) {
		bool wanted = *words != '!';
		char word[8];

		words += !wanted;
		snprintf(word, sizeof(word), " %.2s ", words);
		has &= wanted == !!strstr(line, word);
		words += 2;
		words += *words == ' ';
	}
	return has;
}

int oracle_vma_has(const void *addr, const char *flags)
{
	FILE *smaps = smaps_of(addr);
	int has = -ENODATA;
	char line[512];

	if (!smaps)
		return -errno;
	while (next_field(smaps, line, sizeof(line)))
		if (!strncmp(line, "VmFlags:", 8))
			has = has_words(line, flags);
	fclose(smaps);
	return has;
}

long oracle_dirty_kb(const void *addr)
{
	return smaps_kb(addr, "Shared_Dirty:", "Private_Dirty:");
}

long oracle_huge_kb(const void *addr)
{
	return smaps_kb(addr, "AnonHugePages:", "ShmemPmdMapped:");
}

static long meminfo(const char *name)
{
	char buf[4096];

	return slurp("/proc/meminfo", buf, sizeof(buf)) < 0 ?
		0 : number_of(buf, name);
}

bool oracle_has_cma(void)
{
	return meminfo("CmaTotal:") > 0;
}

/* A number of debugfs, whose files do not know pread(2). */
static unsigned long long cma_number(const char *area, const char *name)
{
	unsigned long long number = 0;
	char path[350];
	FILE *file;

	snprintf(path, sizeof(path), CMA_AREAS "/%s/%s", area, name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%llu", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

bool oracle_in_cma(unsigned long long pfn)
{
	DIR *dir = opendir(CMA_AREAS);
	struct dirent *area;
	bool in = false;

	while (dir && !in && (area = readdir(dir)))
		in = pfn - cma_number(area->d_name, "base_pfn") <
		     cma_number(area->d_name, "count");
	if (dir)
		closedir(dir);
	return in;
}

/* ZONE_MOVABLE of any node, from its first frame to its last. */
static bool in_zone_movable(unsigned long long pfn)
{
	FILE *zones = fopen("/proc/zoneinfo", "re");
	unsigned long long start, spanned = 0;
	bool here = false, in = false;
	char line[256];

	while (zones && !in && fgets(line, sizeof(line), zones)) {
		if (!strncmp(line, "Node", 4))
			here = strstr(line, "Movable");
		else if (here && sscanf(line, " start_pfn: %llu", &start) == 1)
			in = pfn - start < spanned;
		else if (here)
			sscanf(line, " spanned %llu", &spanned);
	}
	if (zones)
		fclose(zones);
	return in;
}

bool oracle_in_movable(unsigned long long pfn)
{
	return in_zone_movable(pfn) || oracle_in_cma(pfn);
}

bool oracle_has_movable(void)
{
	FILE *zones = fopen("/proc/zoneinfo", "re");
	unsigned long present = oracle_has_cma();
	bool here = false;
	char line[256];

	while (zones && !present && fgets(line, sizeof(line), zones)) {
		if (!strncmp(line, "Node", 4))
			here = strstr(line, "Movable");
		else if (here)
			sscanf(line, " present %lu", &present);
	}
	if (zones)
		fclose(zones);
	return present;
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

static long unused_pages(const struct pool *pool)
{
	return slurp_long_fd(pool->free) - slurp_long_fd(pool->reserved);
}

long oracle_hugetlb_unused(size_t size)
{
	open_files();
	for (size_t i = 0; i < files.nr_pools; i++)
		if (files.pools[i].size == size)
			return unused_pages(&files.pools[i]);
	return -1;
}

size_t oracle_hugetlb_default(void)
{
	return meminfo("Hugepagesize:") * 1024;
}

long long oracle_hugetlb_sum(void)
{
	long long sum = 0;

	open_files();
	for (size_t i = 0; i < files.nr_pools; i++)
		sum += (long long)files.pools[i].size *
		       unused_pages(&files.pools[i]);
	return sum;
}

unsigned long oracle_taint(void)
{
	const unsigned long module_bits = 1UL << 12 | 1UL << 13;
	long taint;

	open_files();
	taint = slurp_long_fd(files.tainted);
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
