// SPDX-License-Identifier: GPL-2.0-only
/*
 * Placement: memory that the kernel may want back (ZONE_MOVABLE, CMA) is not kept
 * from it for long. A long-term pin moves the page elsewhere first, or is refused.
 *
 * Fixtures:
 *
 * leaves_movable	a long-term pin leaves no page in movable memory
 * file_leaves_movable	the same, pinned by their place in a file
 * shortterm_movable	a short-term pin of movable memory is allowed
 * held_movable		a page that cannot be moved just now is refused
 * busy_movable		a page that somebody else has taken off the LRU list
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/observe/huge_pages.h"
#include "common/observe/pins.h"
#include "common/observe/zones.h"
#include "common/pinners/pin_probe.h"

static const struct range some_pages = { .first = 3, .pages = 5 };
#define MAPPED	11

static const struct reason reason_moved = {
	"a long-term pin must not keep movable memory from being freed",
	FIXES({ "d1e153fea2a8", NULL, 5, 13 },
	      { "f442fa614137", "huge pages", 6, 10 },
	      { "517f496e1e61", NULL, 6, 16 })
};

/* To look at pages with, beside the door that pins. */
static struct door observer;

static void open_observer(void)
{
	case_needs(pin_probe_open(&observer));
	case_fd(observer.fd, "pin_probe");
}

static bool may_be_wanted_back(const struct pin_probe_page *page)
{
	return page->flags & PIN_PROBE_PAGE_MOVABLE || zones_cma(page->pfn);
}

/* Are all of the pages, mapped and not yet pinned? */
static bool in_movable(struct pin_test *t, bool *hugetlb)
{
	struct pin_probe_page page;
	char *addr = test_addr(t, &some_pages);

	for (size_t i = 0; i < some_pages.pages; i++) {
		int ret = pin_probe_look(&observer, addr + bytes_of(i), &page);

		if (ret)
			case_needs(setup_error(-ret, "look at a page"));
		*hugetlb = page.flags & PIN_PROBE_PAGE_HUGETLB;
		if (!may_be_wanted_back(&page))
			return false;
	}
	return true;
}

static void *take_huge_pages(size_t size, size_t pages)
{
	return __case_mmap(size * pages, PROT_READ | PROT_WRITE,
			   MAP_HUGETLB | MAP_POPULATE |
			   __builtin_ctzl(size) << MAP_HUGE_SHIFT);
}

/*
 * A huge page that was moved to be pinned stays in the pool, movable no more.
 * While all of these are taken, the next one is made anew, where that is allowed
 * (nr_overcommit_hugepages).
 */
static void enter_fresh(struct pin_test *t)
{
	size_t size = t->mem->granule;
	long unused = hugetlb_unused(size);
	void *others = take_huge_pages(size, unused);
	void *one = take_huge_pages(size, 1);

	if (!one)
		case_needs(SKIP_NO_MOVABLE);
	case_munmap(one);
	test_enter(t, MAPPED, POPULATED, &some_pages);
	if (others)
		case_munmap(others);
}

/* More than a CPU has at hand of pages that were freed there. */
#define AT_HAND	(16UL << 20)

/*
 * Movable memory is what user space gets first, where there is any; CMA, where it
 * is most of what is free, but not before pages at hand.
 */
static struct pin_test *enter_first(const struct contract_row *row,
				    const struct pinner *pinner)
{
	char *others = case_mmap(AT_HAND, PROT_READ | PROT_WRITE, 0);
	struct pin_test *t;

	madvise(others, AT_HAND, MADV_NOHUGEPAGE);
	if (zones_have_cma())
		memset(others, 1, AT_HAND);
	t = test_open(row, pinner);
	test_enter(t, MAPPED, POPULATED, &some_pages);
	case_munmap(others);
	return t;
}

static struct pin_test *enter_movable(const struct contract_row *row,
				      const struct pinner *pinner)
{
	bool hugetlb = false;
	struct pin_test *t;

	open_observer();
	t = enter_first(row, pinner);
	if (in_movable(t, &hugetlb))
		return t;
	if (!hugetlb)
		case_needs(SKIP_NO_MOVABLE);
	memory_unmap(t->mem);
	/* The file keeps its page, too. */
	if (t->mem->fd >= 0)
		case_did(!ftruncate(t->mem->fd, 0) &&
			 !ftruncate(t->mem->fd, t->mem->granule), "ftruncate");
	enter_fresh(t);
	if (!in_movable(t, &hugetlb))
		case_needs(SKIP_NO_MOVABLE);
	return t;
}

static void expect_moved(struct pin_test *t, const struct range *range)
{
	struct pin_probe_page page;

	for (size_t i = 0; i < range->pages; i++) {
		if (pin_probe_look(&observer, test_addr(t, range) + bytes_of(i), &page))
			case_wrong(&reason_moved,
				   "page %zu is not mapped any more",
				   range->first + i);
		else if (may_be_wanted_back(&page))
			case_wrong(&reason_moved,
				   "page %zu is pinned in zone %s, CMA %d (pfn %#llx)",
				   range->first + i, page.zone,
				   zones_cma(page.pfn), page.pfn);
	}
}

static void pin_and_move(struct pin_test *t, enum access access,
			 const char *where)
{
	int ret = __test_pin(t, &some_pages, access, where);

	if (!case_answer(&reason_moved, 0, ret, where))
		return;
	expect_moved(t, &some_pages);
	process_maps_pin(t, &some_pages, &reason_coherent_rw, where);
	pin_sees_write(t, &some_pages, &reason_coherent_rw, where);
	test_unpin(t);
}

static void leaves_movable(const struct contract_row *row,
			   const struct pinner *pinner, enum access access)
{
	pin_and_move(enter_movable(row, pinner), access, "pin");
}

PIN_FIXTURE(leaves_movable)
PIN_VARIANT(leaves_movable, anon);
PIN_VARIANT(leaves_movable, anon_thp);
PIN_VARIANT(leaves_movable, anon_thp_pte);
PIN_VARIANT(leaves_movable, anon_hugetlb_private);
PIN_VARIANT(leaves_movable, shmem_anon);
PIN_VARIANT(leaves_movable, memfd_shared);
PIN_VARIANT(leaves_movable, memfd_private);
PIN_VARIANT(leaves_movable, memfd_thp_shared);
PIN_VARIANT(leaves_movable, memfd_hugetlb_2m_shared);
PIN_TEST(leaves_movable, io_uring, leaves_movable, &pin_io_uring, RW)
PIN_TEST(leaves_movable, gup_slow_rw, leaves_movable, &pin_gup_slow, RW)
PIN_TEST(leaves_movable, gup_slow_ro, leaves_movable, &pin_gup_slow, RO)
PIN_TEST(leaves_movable, gup_fast_rw, leaves_movable, &pin_gup_fast, RW)
PIN_TEST(leaves_movable, gup_fast_ro, leaves_movable, &pin_gup_fast, RO)
PIN_TEST(leaves_movable, gup_remote_rw, leaves_movable, &pin_gup_remote, RW)
PIN_TEST(leaves_movable, gup_remote_ro, leaves_movable, &pin_gup_remote, RO)

PIN_FIXTURE_WHERE(file_leaves_movable, ALLOWS | IS_MEMFD)
PIN_VARIANT(file_leaves_movable, memfd_shared);
PIN_VARIANT(file_leaves_movable, memfd_thp_shared);
PIN_VARIANT(file_leaves_movable, memfd_hugetlb_2m_shared);
PIN_TEST(file_leaves_movable, udmabuf, leaves_movable, &pin_udmabuf, RW)

static void stays_allowed(const struct contract_row *row,
			  enum pin_probe_api api)
{
	struct pin_test *t = enter_movable(row, &pin_gup_remote);
	int ret = __test_take(t, &some_pages, api, PIN_PROBE_FOLL_WRITE,
			      "short-term pin");

	if (case_answer(&reason_short_term, 0, ret, "short-term pin"))
		pin_sees_write(t, &some_pages, &reason_coherent_rw,
			       "short-term pin");
}

PIN_FIXTURE(shortterm_movable)
PIN_VARIANT(shortterm_movable, anon);
PIN_VARIANT(shortterm_movable, memfd_shared);
PIN_TEST(shortterm_movable, gup_slow, stays_allowed, PIN_PROBE_API_PIN_SLOW)
PIN_TEST(shortterm_movable, gup_fast, stays_allowed, PIN_PROBE_API_PIN_FAST)
PIN_TEST(shortterm_movable, gup_remote, stays_allowed, PIN_PROBE_API_PIN_REMOTE)

/* A pipe holds a reference that migration cannot explain, until it is read. */
static void held_movable(const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct pin_test *t = enter_movable(row, pinner);
	struct iovec iov = {
		.iov_base = test_addr(t, &some_pages) + bytes_of(2),
		.iov_len = page_size(),
	};
	long pins = 0;
	int held[2];

	case_did(!pipe(held) &&
		 vmsplice(held[1], &iov, 1, 0) == (ssize_t)iov.iov_len,
		 "vmsplice");
	pins_balance(&pins);
	if (!case_answer(&reason_moved, REFUSED,
			 __test_pin(t, &some_pages, RW, "held by a pipe"),
			 "held by a pipe"))
		test_unpin(t);
	case_pins(&reason_moved, pins, 0, "held by a pipe");
	close(held[0]);
	close(held[1]);
	pin_and_move(t, RW, "no longer held");
}

PIN_FIXTURE(held_movable)
PIN_VARIANT(held_movable, anon);
PIN_VARIANT(held_movable, anon_thp);
PIN_VARIANT(held_movable, memfd_shared);
PIN_TEST(held_movable, io_uring, held_movable, &pin_io_uring)
PIN_TEST(held_movable, gup_slow, held_movable, &pin_gup_slow)
PIN_TEST(held_movable, gup_fast, held_movable, &pin_gup_fast)
PIN_TEST(held_movable, gup_remote, held_movable, &pin_gup_remote)

static const struct range busy_pages = { .pages = 512 };
static atomic_bool reclaiming;

/*
 * Takes all pages off the LRU list, and then puts back what it cannot have. As long
 * as that lasts a pin tries again and again: it must get its turn.
 */
static void *keep_reclaiming(void *memory)
{
	struct memory *mem = memory;

	while (!case_thread_stops()) {
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
static bool pin_busy(struct pin_test *t, size_t index)
{
	const struct range one = { .first = index, .pages = 1 };
	struct pin_probe_page page;

	if (pin_probe_look(&observer, test_addr(t, &one), &page) || !may_be_wanted_back(&page))
		return false;
	if (!case_answer(&reason_moved, 0, __test_pin(t, &one, RW, "busy"),
			 "busy"))
		case_leave();
	expect_moved(t, &one);
	test_unpin(t);
	return t->door->slow > 2;
}

/* Until one page was busy. */
#define SECONDS		5

static void busy_movable(const struct contract_row *row,
			 const struct pinner *pinner)
{
	time_t end = time(NULL) + SECONDS;
	struct thread *reclaim;
	struct pin_test *t;
	bool busy = false;

	if (!zones_have_movable())
		case_needs(SKIP_NO_MOVABLE);
	open_observer();
	t = test_open(row, pinner);
	test_enter(t, busy_pages.pages, POPULATED, &busy_pages);
	reclaim = case_thread(keep_reclaiming, t->mem);
	for (size_t i = 0; i < busy_pages.pages && !busy && !case_failed() &&
	     time(NULL) <= end; i++) {
		while (!reclaiming)
			sched_yield();
		busy = pin_busy(t, i);
	}
	case_stop(reclaim);
	if (t->door->slow < 0)
		case_needs(SKIP_NO_SLOW_COUNT);
	else if (!busy)
		case_needs(SKIP_NO_OVERLAP);
}

PIN_FIXTURE(busy_movable)
PIN_VARIANT(busy_movable, anon);
PIN_TEST(busy_movable, gup_slow, busy_movable, &pin_gup_slow)
PIN_TEST(busy_movable, gup_fast, busy_movable, &pin_gup_fast)
PIN_TEST(busy_movable, gup_remote, busy_movable, &pin_gup_remote)
