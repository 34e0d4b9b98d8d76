// SPDX-License-Identifier: GPL-2.0-only
/*
 * A long-term pin of a hugetlb page in ZONE_MOVABLE fails with ENOMEM, and a
 * WARNING in follow_hugetlb_page(): the page should be moved out, and pinned.
 *
 * Needs root, CONFIG_GUP_TEST=y or a module with its interface, movable memory
 * (movablecore=512M, say) and some huge pages (vm.nr_overcommit_hugepages=16): as
 * many as until one lies in ZONE_MOVABLE.
 *
 * Exit status: 0 the page is pinned, 1 it is not, 4 cannot be tried here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)

/* mm/gup_test.h */
struct pin_longterm_test {
	uint64_t addr;
	uint64_t size;
	uint32_t flags;
};

#define PIN_LONGTERM_TEST_START			_IOW('g', 7, struct pin_longterm_test)
#define PIN_LONGTERM_TEST_FLAG_USE_WRITE	1

static void __attribute__((noreturn)) cannot(const char *what)
{
	perror(what);
	exit(4);
}

static bool is_movable(unsigned long pfn)
{
	FILE *zones = fopen("/proc/zoneinfo", "r");
	unsigned long start, spanned = 0;
	bool in_movable = false, found = false;
	char line[256], zone[32];

	if (!zones)
		cannot("/proc/zoneinfo");
	while (fgets(line, sizeof(line), zones)) {
		if (sscanf(line, "Node %*d, zone %31s", zone) == 1)
			in_movable = !strcmp(zone, "Movable");
		if (sscanf(line, " spanned %lu", &spanned) == 1)
			continue;
		if (in_movable && sscanf(line, " start_pfn: %lu", &start) == 1 &&
		    pfn >= start && pfn - start < spanned)
			found = true;
	}
	fclose(zones);
	return found;
}

static unsigned long pfn_of(const void *addr)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;

	if (pagemap < 0 ||
	    pread(pagemap, &entry, sizeof(entry),
		  (uintptr_t)addr / getpagesize() * sizeof(entry)) != sizeof(entry))
		cannot("/proc/self/pagemap");
	close(pagemap);
	return entry & ((1UL << 55) - 1);
}

/* Return: a huge page in ZONE_MOVABLE. */
static char *movable_page(void)
{
	char *huge;

	do {
		huge = mmap(NULL, HUGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
			    21 << MAP_HUGE_SHIFT, -1, 0);
		if (huge == MAP_FAILED)
			cannot("mmap a huge page in ZONE_MOVABLE");
		memset(huge, 1, HUGE_SIZE);
	} while (!is_movable(pfn_of(huge)));
	return huge;
}

int main(void)
{
	int gup_test = open("/sys/kernel/debug/gup_test", O_RDWR);
	struct pin_longterm_test pin = {
		.size = getpagesize(),
		.flags = PIN_LONGTERM_TEST_FLAG_USE_WRITE,
	};

	if (gup_test < 0)
		cannot("/sys/kernel/debug/gup_test");
	alarm(60);
	pin.addr = (uintptr_t)movable_page();
	if (ioctl(gup_test, PIN_LONGTERM_TEST_START, &pin)) {
		printf("the pin failed: %s\n", strerror(errno));
		return 1;
	}
	printf("the pin succeeded, and the page was %s\n",
	       is_movable(pfn_of((void *)pin.addr)) ? "left where it is" : "moved");
	return 0;
}
