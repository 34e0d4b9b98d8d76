// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins of a memfd's pages by their place in the file (memfd_pin_folios()), where
 * they need not be yet.
 *
 * Fixtures:
 *
 * memfd_by_offset	pages on both sides of a huge page's end, there or not
 * memfd_half_way	more than there is memory for
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/observe/huge_pages.h"
#include "common/observe/pins.h"

static const struct reason reason_made = {
	"a page that the pin itself makes is all zeros, and the file's own",
	FIXES({ "9289f020da47", NULL, 6, 12 },
	      { "de8798965fd0", "zeros", 6, 18 })
};

static const struct reason reason_reserved = {
	"a huge page that the pin itself makes is one that the mapping had reserved",
	FIXES({ "26a8ea80929c", NULL, 6, 12 })
};

/* Unused huge pages keep the bytes of whoever had them last. */
static void soil_pool(size_t size)
{
	long unused = hugetlb_unused(size);
	char *pages;

	if (unused < 2)
		case_needs(SKIP_NO_HUGE_PAGE);
	pages = case_mmap(size * unused, PROT_READ | PROT_WRITE,
			  MAP_HUGETLB | __builtin_ctzl(size) << MAP_HUGE_SHIFT);
	memset(pages, 0xa5, size * unused);
	case_munmap(pages);
}

/* Holes, which memory_map() is not to fill. */
static void make_holes(struct memory *mem, size_t pages)
{
	case_did(!ftruncate(mem->fd, bytes_of(pages)), "ftruncate a memfd");
	mem->file_pages = pages;
}

/* Of a file without huge pages. */
#define MIN_PAGES	16

static void pin_in(struct pin_test *t, enum page_state state, size_t pages)
{
	const char *where = page_state_name[state];
	struct range over_end = { .first = pages / 2 - 2, .pages = 5 };
	long long unused;

	test_enter(t, pages, state, &over_end);
	unused = hugetlb_unused_bytes();
	test_pin(t, &over_end, RW, where);
	if (hugetlb_unused_bytes() != unused)
		case_wrong(&reason_reserved,
			   "%s: unused huge pages: were %lld kB, are %lld kB",
			   where, unused / 1024, hugetlb_unused_bytes() / 1024);
	pin_sees(t, &over_end, &reason_made, where);
	process_sees(t, &over_end, &reason_made, where);
	pin_sees_write(t, &over_end, &reason_coherent_rw, where);
	process_sees_write(t, &over_end, &reason_coherent_rw, where);
	test_unpin(t);
	memory_unmap(t->mem);
}

/*
 * The file is longer than one huge page, because the first is found even where
 * offsets are counted wrongly. It is mapped first: that reserves huge pages, and
 * to pin others once killed the kernel (717cf9357325; Linux 6.17).
 */
static void by_offset(const struct contract_row *row,
		      const struct pinner *pinner)
{
	struct pin_test *t = test_open(row, pinner);
	size_t pages = 2 * memory_unit(t->mem);

	if (pages < MIN_PAGES)
		pages = MIN_PAGES;
	if (t->mem->backing->granule)
		soil_pool(t->mem->granule);
	make_holes(t->mem, pages);
	for (enum page_state s = UNTOUCHED; s <= POPULATED; s++)
		pin_in(t, s, pages);
}

PIN_FIXTURE_WHERE(memfd_by_offset, ALLOWS | IS_SHARED | IS_MEMFD)
PIN_VARIANT(memfd_by_offset, memfd_shared);
PIN_VARIANT(memfd_by_offset, memfd_thp_shared);
PIN_VARIANT(memfd_by_offset, memfd_hugetlb_64k_shared);
PIN_VARIANT(memfd_by_offset, memfd_hugetlb_1m_shared);
PIN_VARIANT(memfd_by_offset, memfd_hugetlb_2m_shared);
PIN_VARIANT(memfd_by_offset, memfd_hugetlb_16m_shared);
PIN_VARIANT(memfd_by_offset, memfd_hugetlb_32m_shared);
PIN_TEST(memfd_by_offset, udmabuf, by_offset, &pin_udmabuf)

/* More huge pages on demand than this are not for a test to use up. */
#define ON_DEMAND	16

/* A child does, so that all of them come back. */
static long use_up_pool(int unused, void *with)
{
	const size_t size = *(size_t *)with;

	(void)unused;
	for (long more = hugetlb_unused(size) + ON_DEMAND; more; more--)
		if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			 MAP_ANONYMOUS | MAP_POPULATE | MAP_HUGETLB |
			 __builtin_ctzl(size) << MAP_HUGE_SHIFT, -1,
			 0) == MAP_FAILED)
			return 0;
	return SKIP_HUGE_ON_DEMAND;
}

static const struct reason reason_half = {
	"a pin that runs out of memory half way gives the first half back",
	FIXES({ "89c1905d9c14", "memfd_pin_folios()", 6, 12 })
};

/* The first huge page is reserved by its mapping, for the second there is none. */
static void half_way(const struct contract_row *row,
		     const struct pinner *pinner)
{
	const struct range range = { .pages = 1 };
	struct pin_test *t = test_open(row, pinner);
	struct memory *mem = t->mem;
	long pins;
	int ret;

	if (hugetlb_unused(mem->granule) < 1)
		case_needs(SKIP_NO_HUGE_PAGE);
	make_holes(mem, 2 * memory_unit(mem));
	test_enter(t, memory_unit(mem), UNTOUCHED, &range);
	case_needs(case_ask(case_fork(use_up_pool, &mem->granule), 0));
	pins_balance(&pins);
	ret = __case_pin(t->door, mem->base, 2 * mem->granule, RW, "half way");
	if (case_answer(&reason_half, REFUSED, ret, "half way"))
		case_pins(&reason_half, pins, 0, "refused");
}

PIN_FIXTURE_WHERE(memfd_half_way, ALLOWS | IS_SHARED | IS_MEMFD)
PIN_VARIANT(memfd_half_way, memfd_hugetlb_64k_shared);
PIN_VARIANT(memfd_half_way, memfd_hugetlb_1m_shared);
PIN_VARIANT(memfd_half_way, memfd_hugetlb_2m_shared);
PIN_VARIANT(memfd_half_way, memfd_hugetlb_16m_shared);
PIN_VARIANT(memfd_half_way, memfd_hugetlb_32m_shared);
PIN_TEST(memfd_half_way, udmabuf, half_way, &pin_udmabuf)
