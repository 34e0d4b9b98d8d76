// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placement: memory that the kernel may want back (ZONE_MOVABLE, CMA) is not kept
 * from it for long. A long-term pin moves the page elsewhere first, or is refused.
 *
 * Fixtures:
 *
 * leaves_movable	a long-term pin leaves no page in movable memory
 * file_leaves_movable	the same, pinned by their place in a file
 * stays_allowed	a short-term pin of movable memory is allowed
 * held_movable		a page that cannot be moved just now is refused
 * busy_movable		a page that somebody else has taken off the LRU list
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/oracle.h"
#include "common/probe.h"
#include "common/scene.h"

static const struct range some_pages = { .first = 3, .pages = 5 };
#define MAPPED	11

static const struct reason reason_moved = {
	"a long-term pin must not keep movable memory from being freed",
	FIXES({ "d1e153fea2a8", NULL, 5, 13 },
	      { "f442fa614137", "huge pages", 6, 10 },
	      { "517f496e1e61", NULL, 6, 16 })
};

/* To look at pages with, beside the door that pins. */
static struct door eye;

static bool may_be_wanted_back(const struct pin_probe_page *page)
{
	return page->flags & PIN_PROBE_PAGE_MOVABLE || oracle_in_cma(page->pfn);
}

/* All of the pages, mapped and not yet pinned: 0, an enum skip, or -errno. */
static int in_movable(struct scene *scene, bool *hugetlb)
{
	struct pin_probe_page page;
	char *addr = scene_at(scene, &some_pages);

	for (size_t i = 0; i < some_pages.pages; i++) {
		int ret = probe_look(&eye, addr + i * page_size(), &page);

		if (ret)
			return fault(-ret, "look at a page");
		*hugetlb = page.flags & PIN_PROBE_PAGE_HUGETLB;
		if (!may_be_wanted_back(&page))
			return SKIP_NO_MOVABLE;
	}
	return 0;
}

static void *take_huge_pages(size_t size, size_t pages)
{
	return mmap(NULL, size * pages, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE |
		    __builtin_ctzl(size) << MAP_HUGE_SHIFT, -1, 0);
}

/*
 * A huge page that was moved to be pinned stays in the pool, movable no more.
 * While all of these are taken, the next one is made anew, where that is allowed
 * (nr_overcommit_hugepages).
 */
static bool enter_fresh(struct __test_metadata *_metadata,
			struct scene *scene)
{
	size_t size = scene->mem.granule;
	long unused = oracle_hugetlb_unused(size);
	void *others = take_huge_pages(size, unused);
	void *one = take_huge_pages(size, 1);
	bool entered = one != MAP_FAILED;

	if (entered) {
		munmap(one, size);
		entered = scene_enter(_metadata, scene, MAPPED, POPULATED,
				      &some_pages);
	} else {
		case_has(_metadata, SKIP_NO_MOVABLE);
	}
	if (others != MAP_FAILED)
		munmap(others, size * unused);
	return entered;
}

/* More than a CPU has at hand of pages that were freed there. */
#define AT_HAND	(16UL << 20)

/*
 * Movable memory is what user space gets first, where there is any; CMA, where it
 * is most of what is free, but not before pages at hand.
 */
static bool enter_first(struct __test_metadata *_metadata, struct scene *scene,
			const struct contract_row *row,
			const struct pinner *pinner)
{
	char *others = mmap(NULL, AT_HAND, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool entered;

	if (!case_did(_metadata, others != MAP_FAILED, "map memory"))
		return false;
	madvise(others, AT_HAND, MADV_NOHUGEPAGE);
	if (oracle_has_cma())
		memset(others, 1, AT_HAND);
	entered = scene_open(_metadata, scene, row, pinner) &&
		  scene_enter(_metadata, scene, MAPPED, POPULATED, &some_pages);
	munmap(others, AT_HAND);
	return entered;
}

static bool enter_movable(struct __test_metadata *_metadata,
			  struct scene *scene, const struct contract_row *row,
			  const struct pinner *pinner)
{
	bool hugetlb = false;
	int ret;

	if (!case_has(_metadata, probe_open(&eye)) ||
	    !enter_first(_metadata, scene, row, pinner))
		return false;
	ret = in_movable(scene, &hugetlb);
	if (ret == SKIP_NO_MOVABLE && hugetlb) {
		memory_unmap(&scene->mem);
		/* The file keeps its page, too. */
		if (scene->mem.fd >= 0 &&
		    (ftruncate(scene->mem.fd, 0) ||
		     ftruncate(scene->mem.fd, scene->mem.granule)))
			case_has(_metadata, fault(errno, "ftruncate"));
		if (!enter_fresh(_metadata, scene))
			return false;
		ret = in_movable(scene, &hugetlb);
	}
	return case_has(_metadata, ret);
}

static void expect_moved(struct __test_metadata *_metadata,
			 struct scene *scene)
{
	char *addr = scene_at(scene, &some_pages);
	struct pin_probe_page page;

	for (size_t i = 0; i < some_pages.pages; i++) {
		if (probe_look(&eye, addr + i * page_size(), &page))
			case_wrong(_metadata, &reason_moved,
				   "page %zu is not mapped any more", i);
		else if (may_be_wanted_back(&page))
			case_wrong(_metadata, &reason_moved,
				   "page %zu is pinned in zone %s, CMA %d (pfn %#llx)",
				   i, page.zone, oracle_in_cma(page.pfn),
				   page.pfn);
	}
	scene_same(_metadata, scene, &some_pages, &reason_truth_rw, "moved");
}

static bool pinned(struct __test_metadata *_metadata, struct scene *scene,
		   enum access access, int err, const char *where)
{
	int ret = scene_pin(scene, &some_pages, access, where);

	if (!contract_kept(err, ret))
		case_wrong(_metadata, &reason_moved,
			   "%s: expected %s, seen %s", where, errno_name(err),
			   errno_name(-ret));
	return !ret;
}

static void leaves_movable(struct __test_metadata *_metadata,
			   const struct contract_row *row,
			   const struct pinner *pinner, enum access access)
{
	struct scene scene;

	if (!enter_movable(_metadata, &scene, row, pinner))
		return;
	if (pinned(_metadata, &scene, access, 0, "pin")) {
		expect_moved(_metadata, &scene);
		scene_follows(_metadata, &scene, &some_pages,
			      &reason_truth_rw, "moved");
		scene_unpin(_metadata, &scene);
	}
	scene_leave(_metadata, &scene);
}

SCENES(leaves_movable)
SCENES_ROW(leaves_movable, anon);
SCENES_ROW(leaves_movable, anon_thp);
SCENES_ROW(leaves_movable, anon_thp_pte);
SCENES_ROW(leaves_movable, anon_hugetlb_private);
SCENES_ROW(leaves_movable, shmem_anon);
SCENES_ROW(leaves_movable, memfd_shared);
SCENES_ROW(leaves_movable, memfd_private);
SCENES_ROW(leaves_movable, memfd_thp_shared);
SCENES_ROW(leaves_movable, memfd_hugetlb_2m_shared);
SCENE(leaves_movable, io_uring, leaves_movable, &pin_io_uring, RW)
SCENE(leaves_movable, gup_slow_rw, leaves_movable, &pin_gup_slow, RW)
SCENE(leaves_movable, gup_slow_ro, leaves_movable, &pin_gup_slow, RO)
SCENE(leaves_movable, gup_fast_rw, leaves_movable, &pin_gup_fast, RW)
SCENE(leaves_movable, gup_fast_ro, leaves_movable, &pin_gup_fast, RO)
SCENE(leaves_movable, gup_remote_rw, leaves_movable, &pin_gup_remote, RW)
SCENE(leaves_movable, gup_remote_ro, leaves_movable, &pin_gup_remote, RO)

SCENES_WHERE(file_leaves_movable, ALLOWS | IS_MEMFD)
SCENES_ROW(file_leaves_movable, memfd_shared);
SCENES_ROW(file_leaves_movable, memfd_thp_shared);
SCENES_ROW(file_leaves_movable, memfd_hugetlb_2m_shared);
SCENE(file_leaves_movable, udmabuf, leaves_movable, &pin_udmabuf, RW)

static void stays_allowed(struct __test_metadata *_metadata,
			  const struct contract_row *row,
			  enum pin_probe_api api)
{
	struct scene scene;
	int ret;

	if (!enter_movable(_metadata, &scene, row, &pin_gup_remote))
		return;
	ret = probe_take(&scene.door, api, PIN_PROBE_FOLL_WRITE,
			 scene_at(&scene, &some_pages),
			 some_pages.pages * page_size());
	if (ret)
		case_wrong(_metadata, &reason_short_term,
			   "expected success, seen %s", errno_name(-ret));
	else
		scene_follows(_metadata, &scene, &some_pages,
			      &reason_truth_rw, "short-term pin");
	probe_release(&scene.door);
	scene_leave(_metadata, &scene);
}

SCENES(stays_allowed)
SCENES_ROW(stays_allowed, anon);
SCENES_ROW(stays_allowed, memfd_shared);
SCENE(stays_allowed, gup_slow, stays_allowed, PIN_PROBE_API_PIN_SLOW)
SCENE(stays_allowed, gup_fast, stays_allowed, PIN_PROBE_API_PIN_FAST)
SCENE(stays_allowed, gup_remote, stays_allowed, PIN_PROBE_API_PIN_REMOTE)

/* A pipe holds a reference that migration cannot explain, until it is read. */
static void held_movable(struct __test_metadata *_metadata,
			 const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct scene scene;
	struct iovec iov;
	long pins = 0;
	int held[2];

	if (!enter_movable(_metadata, &scene, row, pinner))
		return;
	iov.iov_base = (char *)scene_at(&scene, &some_pages) + 2 * page_size();
	iov.iov_len = page_size();
	if (!case_did(_metadata, !pipe(held) &&
		      vmsplice(held[1], &iov, 1, 0) == (ssize_t)iov.iov_len,
		      "vmsplice"))
		return;
	oracle_pin_balance(&pins);
	if (pinned(_metadata, &scene, RW, REFUSED, "held by a pipe"))
		pinner->unpin(&scene.door);
	case_pins(_metadata, &reason_moved, pins, 0, "held by a pipe");
	close(held[0]);
	close(held[1]);
	if (pinned(_metadata, &scene, RW, 0, "no longer held")) {
		expect_moved(_metadata, &scene);
		scene_follows(_metadata, &scene, &some_pages,
			      &reason_truth_rw, "no longer held");
		scene_unpin(_metadata, &scene);
	}
	scene_leave(_metadata, &scene);
}

SCENES(held_movable)
SCENES_ROW(held_movable, anon);
SCENES_ROW(held_movable, anon_thp);
SCENES_ROW(held_movable, memfd_shared);
SCENE(held_movable, io_uring, held_movable, &pin_io_uring)
SCENE(held_movable, gup_slow, held_movable, &pin_gup_slow)
SCENE(held_movable, gup_fast, held_movable, &pin_gup_fast)
SCENE(held_movable, gup_remote, held_movable, &pin_gup_remote)

static const struct range busy_pages = { .pages = 512 };
static atomic_bool reclaiming, no_more_reclaim;

/*
 * Takes all pages off the LRU list, and then puts back what it cannot have. As long
 * as that lasts a pin tries again and again: it must get its turn.
 */
static void *keep_reclaiming(void *memory)
{
	struct memory *mem = memory;

	while (!no_more_reclaim) {
		reclaiming = true;
		madvise(mem->base, mem->len, MADV_PAGEOUT);
		reclaiming = false;
		usleep(10000);
	}
	return NULL;
}

/*
 * Pin a page that is in movable memory. Return whether it was busy: then it took
 * more than to pin it, to move it, and to pin it again.
 */
static bool pin_busy(struct __test_metadata *_metadata, struct scene *scene,
		     size_t index)
{
	const struct range one = { .first = index, .pages = 1 };
	struct pin_probe_page page;
	int ret;

	if (probe_look(&eye, scene_at(scene, &one), &page) ||
	    !may_be_wanted_back(&page))
		return false;
	ret = scene_pin(scene, &one, RW, "busy");
	if (ret) {
		case_wrong(_metadata, &reason_moved,
			   "page %zu: expected success, seen %s", index,
			   errno_name(-ret));
		return false;
	}
	if (!probe_look(&eye, scene_at(scene, &one), &page) &&
	    may_be_wanted_back(&page))
		case_wrong(_metadata, &reason_moved,
			   "page %zu is pinned in zone %s, CMA %d (pfn %#llx)",
			   index, page.zone, oracle_in_cma(page.pfn), page.pfn);
	scene_unpin(_metadata, scene);
	return scene->door.slow > 2;
}

/* Until one page was busy. */
#define SECONDS		5

static void busy_movable(struct __test_metadata *_metadata,
			 const struct contract_row *row,
			 const struct pinner *pinner)
{
	time_t end = time(NULL) + SECONDS;
	struct scene scene;
	pthread_t thread;
	bool busy = false;

	if (!oracle_has_movable()) {
		case_has(_metadata, SKIP_NO_MOVABLE);
		return;
	}
	if (!case_has(_metadata, probe_open(&eye)) ||
	    !scene_open(_metadata, &scene, row, pinner) ||
	    !scene_enter(_metadata, &scene, busy_pages.pages, POPULATED,
			 &busy_pages))
		return;
	errno = pthread_create(&thread, NULL, keep_reclaiming, &scene.mem);
	if (!case_did(_metadata, !errno, "create a thread"))
		return;
	for (size_t i = 0; i < busy_pages.pages && !busy &&
	     _metadata->exit_code == KSFT_PASS && time(NULL) <= end; i++) {
		while (!reclaiming)
			sched_yield();
		busy = pin_busy(_metadata, &scene, i);
	}
	no_more_reclaim = true;
	pthread_join(thread, NULL);
	if (scene.door.slow < 0)
		case_has(_metadata, SKIP_NO_SLOW_COUNT);
	else if (!busy)
		case_has(_metadata, SKIP_NO_OVERLAP);
	scene_leave(_metadata, &scene);
}

SCENES(busy_movable)
SCENES_ROW(busy_movable, anon);
SCENE(busy_movable, gup_slow, busy_movable, &pin_gup_slow)
SCENE(busy_movable, gup_fast, busy_movable, &pin_gup_fast)
SCENE(busy_movable, gup_remote, busy_movable, &pin_gup_remote)
