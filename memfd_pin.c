// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins of a memfd's pages by their place in the file (memfd_pin_folios()), where
 * they need not be yet.
 *
 * Fixtures:
 *
 * by_offset	pages on both sides of a huge page's end, there or not
 * half_way	more than there is memory for
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/child.h"
#include "common/oracle.h"
#include "common/scene.h"

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
static bool soil_pool(struct __test_metadata *_metadata, size_t size)
{
	long unused = oracle_hugetlb_unused(size);
	char *pages;

	if (unused < 2)
		return case_has(_metadata, SKIP_NO_HUGE_PAGE);
	pages = mmap(NULL, size * unused, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		     MAP_ANONYMOUS | MAP_HUGETLB |
		     __builtin_ctzl(size) << MAP_HUGE_SHIFT, -1, 0);
	if (!case_did(_metadata, pages != MAP_FAILED, "map huge pages"))
		return false;
	memset(pages, 0xa5, size * unused);
	munmap(pages, size * unused);
	return true;
}

/* Of a file without huge pages. */
#define MIN_PAGES	16

static void pin_in(struct __test_metadata *_metadata, struct scene *scene,
		   enum page_state state, size_t pages)
{
	const char *where = page_state_name[state];
	struct range over_end = { .first = pages / 2 - 2, .pages = 5 };
	long long unused;

	if (!scene_enter(_metadata, scene, pages, state, &over_end))
		return;
	unused = oracle_hugetlb_sum();
	if (scene_pinned(_metadata, scene, &over_end, RW, where)) {
		if (oracle_hugetlb_sum() != unused)
			case_wrong(_metadata, &reason_reserved,
				   "%s: unused huge pages: were %lld kB, are %lld kB",
				   where, unused / 1024,
				   oracle_hugetlb_sum() / 1024);
		scene_sees(_metadata, scene, &over_end, &reason_made, where);
		if (memory_check_mapping(&scene->mem, over_end.first,
					 over_end.pages) >= 0)
			case_wrong(_metadata, &reason_made,
				   "%s: the process sees other bytes", where);
		scene_follows(_metadata, scene, &over_end, &reason_truth_rw,
			      where);
		scene_writes(_metadata, scene, &over_end, &reason_truth_rw,
			     where);
		scene_unpin(_metadata, scene);
	}
	memory_unmap(&scene->mem);
}

/*
 * The file is longer than one huge page, because the first is found even where
 * offsets are counted wrongly. It is mapped first: that reserves huge pages, and
 * to pin others once killed the kernel (717cf9357325; Linux 6.17).
 */
static void by_offset(struct __test_metadata *_metadata,
		      const struct contract_row *row,
		      const struct pinner *pinner)
{
	struct memory *mem;
	struct scene scene;
	size_t pages;

	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	mem = &scene.mem;
	pages = 2 * memory_unit(mem);
	if (pages < MIN_PAGES)
		pages = MIN_PAGES;
	if (mem->backing->granule && !soil_pool(_metadata, mem->granule))
		return;
	if (!case_did(_metadata, !ftruncate(mem->fd, pages * page_size()),
		      "ftruncate a memfd"))
		return;
	/* Holes, which memory_map() is not to fill. */
	mem->file_pages = pages;
	/* A pin that goes on for ever may hold what the next one needs. */
	for (enum page_state s = UNTOUCHED;
	     s <= POPULATED && _metadata->exit_code == KSFT_PASS; s++)
		pin_in(_metadata, &scene, s, pages);
	scene_close(_metadata, &scene);
}

SCENES_WHERE(by_offset, ALLOWS | IS_SHARED | IS_MEMFD)
SCENES_ROW(by_offset, memfd_shared);
SCENES_ROW(by_offset, memfd_thp_shared);
SCENES_ROW(by_offset, memfd_hugetlb_64k_shared);
SCENES_ROW(by_offset, memfd_hugetlb_1m_shared);
SCENES_ROW(by_offset, memfd_hugetlb_2m_shared);
SCENES_ROW(by_offset, memfd_hugetlb_16m_shared);
SCENES_ROW(by_offset, memfd_hugetlb_32m_shared);
SCENE(by_offset, udmabuf, by_offset, &pin_udmabuf)

/* More huge pages on demand than this are not for a test to use up. */
#define ON_DEMAND	16

/* A child does, so that all of them come back. */
static long use_up_pool(int unused, void *with)
{
	const size_t size = *(size_t *)with;

	(void)unused;
	for (long more = oracle_hugetlb_unused(size) + ON_DEMAND; more; more--)
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
static void half_way(struct __test_metadata *_metadata,
		     const struct contract_row *row,
		     const struct pinner *pinner)
{
	const struct range range = { .pages = 1 };
	struct memory *mem;
	struct scene scene;
	struct child child;
	long pins, said;
	int ret;

	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	mem = &scene.mem;
	if ((oracle_hugetlb_unused(mem->granule) < 1 &&
	     !case_has(_metadata, SKIP_NO_HUGE_PAGE)) ||
	    !case_did(_metadata, !ftruncate(mem->fd, 2 * mem->granule),
		      "ftruncate a memfd"))
		return;
	mem->file_pages = 2 * memory_unit(mem);
	if (!scene_enter(_metadata, &scene, memory_unit(mem), UNTOUCHED,
			 &range) ||
	    !case_has(_metadata, child_fork(&child, use_up_pool,
					    &mem->granule)) ||
	    !case_has(_metadata, child_ask(&child, 0, &said)) ||
	    !case_has(_metadata, said))
		return;
	oracle_pin_balance(&pins);
	ret = pinner->pin(&scene.door, mem->base, 2 * mem->granule, RW);
	if (!contract_kept(REFUSED, ret))
		case_wrong(_metadata, &reason_half, "expected a refusal, seen %s",
			   errno_name(-ret));
	if (!ret)
		pinner->unpin(&scene.door);
	case_pins(_metadata, &reason_half, pins, 0, "refused");
	child_end(&child);
	memory_unmap(mem);
	scene_close(_metadata, &scene);
}

SCENES_WHERE(half_way, ALLOWS | IS_SHARED | IS_MEMFD)
SCENES_ROW(half_way, memfd_hugetlb_64k_shared);
SCENES_ROW(half_way, memfd_hugetlb_1m_shared);
SCENES_ROW(half_way, memfd_hugetlb_2m_shared);
SCENES_ROW(half_way, memfd_hugetlb_16m_shared);
SCENES_ROW(half_way, memfd_hugetlb_32m_shared);
SCENE(half_way, udmabuf, half_way, &pin_udmabuf)
