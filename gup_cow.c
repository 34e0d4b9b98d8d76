// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was pinned stays true: copy-on-write, fork and changed rights never part
 * the pinned page from the page that the process sees.
 *
 * Fixtures:
 *
 * ro_longterm_pin	R/O pins of pages that the next write would replace
 * rw_longterm_pin	the same pages, pinned R/W
 * fork_after_pin	the parent keeps the pinned page, the child gets a copy
 * previously_shared	pinned R/O after the child has ended
 * possibly_shared	pinned R/O while the child lives
 * pinned_during_fork	GUP-fast waits while fork write-protects
 * both_pinned		parent and child each pin their own
 * write_protected	mprotect() and back, behind the pin
 * uffd_protected	UFFDIO_WRITEPROTECT and back, behind the pin
 * foll_force		FOLL_FORCE against a read-only private mapping
 * foll_force_hugetlb	the same, of huge pages
 *
 * A process that pinned once is treated with care for ever (MMF_HAS_PINNED),
 * so that no case asks for a pin through a second door: each runs in a process
 * that has never pinned before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/base/uffd.h"
#include "common/memory/pattern.h"
#include "common/pinners/pin_probe.h"

/* Several pages: a mistake at one of them must not show as its neighbour's. */
static const struct range some_pages = { .first = 3, .pages = 5 };
#define MAPPED	11

static struct pin_test *enter(const struct contract_row *row,
			      const struct pinner *pinner,
			      enum page_state state)
{
	struct pin_test *t = test_open(row, pinner);

	test_enter(t, MAPPED, state, &some_pages);
	return t;
}

static struct pin_test *enter_pinned(const struct contract_row *row,
				     const struct pinner *pinner,
				     enum access access, const char *where)
{
	struct pin_test *t = enter(row, pinner, POPULATED);

	test_pin(t, &some_pages, access, where);
	return t;
}

static void same_pages(struct pin_test *t, const char *where)
{
	process_maps_pin(t, &some_pages, &reason_coherent_rw, where);
}

/*
 * Before a R/O pin: the zeropage, or a page of the file. The pin must not get
 * that page, but the one that the process will see once it writes.
 */
static void private_page(const struct contract_row *row,
			 const struct pinner *pinner, enum access access)
{
	static const enum page_state states[] = { UNTOUCHED, READ_FAULTED };
	struct pin_test *t = test_open(row, pinner);

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		const char *where = page_state_name[states[i]];
		int ret;

		if (!(t->mem->states & BIT(states[i])))
			continue;
		test_enter(t, MAPPED, states[i], &some_pages);
		ret = __test_pin(t, &some_pages, access, where);
		if (case_answer(row->reason, 0, ret, where)) {
			pin_is_coherent(t, &some_pages, access, where);
			test_unpin(t);
		}
		file_is_unchanged(t, &some_pages, row->reason, where);
		memory_unmap(t->mem);
	}
}

#define PRIVATE_ROWS(fixture) \
PIN_VARIANT(fixture, zeropage); \
PIN_VARIANT(fixture, huge_zeropage); \
PIN_VARIANT(fixture, memfd_private); \
PIN_VARIANT(fixture, memfd_thp_private); \
PIN_VARIANT(fixture, memfd_hugetlb_64k_private); \
PIN_VARIANT(fixture, memfd_hugetlb_1m_private); \
PIN_VARIANT(fixture, memfd_hugetlb_2m_private); \
PIN_VARIANT(fixture, memfd_hugetlb_16m_private); \
PIN_VARIANT(fixture, memfd_hugetlb_32m_private); \
PIN_VARIANT(fixture, memfd_hugetlb_256m_private); \
PIN_VARIANT(fixture, memfd_hugetlb_512m_private); \
PIN_VARIANT(fixture, memfd_hugetlb_1g_private); \
PIN_VARIANT(fixture, memfd_hugetlb_2g_private); \
PIN_VARIANT(fixture, memfd_hugetlb_16g_private); \
PIN_VARIANT(fixture, hugetlbfs_private); \
PIN_VARIANT(fixture, tmpfs_private); \
PIN_PRIVATE_FILES(fixture) \
PIN_VARIANT(fixture, tmpfile_private)

PIN_FIXTURE(ro_longterm_pin)
PRIVATE_ROWS(ro_longterm_pin);
PIN_TEST(ro_longterm_pin, gup_slow, private_page, &pin_gup_slow, RO)
PIN_TEST(ro_longterm_pin, gup_fast, private_page, &pin_gup_fast, RO)

PIN_FIXTURE(rw_longterm_pin)
PRIVATE_ROWS(rw_longterm_pin);
PIN_TEST(rw_longterm_pin, gup_slow, private_page, &pin_gup_slow, RW)
PIN_TEST(rw_longterm_pin, gup_fast, private_page, &pin_gup_fast, RW)

/* What a child is asked. Pages are of some_pages, -1 is none. */
enum question {
	FIRST_WRONG_PAGE,	/* that has not the bytes that it was forked with */
	WRITE,			/* all of them; 0 or -errno */
	SHARES_PIN,		/* maps the pages that the parent has pinned? */
	PIN,			/* 0, -errno, or an enum skip */
	FOLLOWS,		/* first page whose pin does not follow a write */
	UNPIN,			/* 0 or -errno */
};

static long answer(int question, void *with)
{
	struct pin_test *t = with;
	static struct door own;
	int err;

	switch (question) {
	case FIRST_WRONG_PAGE:
		return memory_check_mapping(t->mem, some_pages.first,
					    some_pages.pages);
	case WRITE:
		return memory_write(t->mem, some_pages.first, some_pages.pages);
	case SHARES_PIN:
		return pin_probe_same(t->door, test_addr(t, &some_pages), 0,
				  some_pages.pages);
	case PIN:
		own.pinner = t->door->pinner;
		return own.pinner->open(&own) ?:
		       own.pinner->pin(&own, test_addr(t, &some_pages),
				       test_len(&some_pages), RW);
	case FOLLOWS:
		memory_write(t->mem, some_pages.first, some_pages.pages);
		return coherency_read(&own, t->mem, &some_pages, &err);
	default:
		return own.pinner->unpin(&own);
	}
}

static const struct reason reason_fork = {
	"fork copies what may be pinned: the parent keeps the pinned page",
	FIXES({ "70e806e4e645", NULL, 5, 9 },
	      { "d042035eaf5f", "huge pages", 5, 9 },
	      { "4eae4efa2c29", "hugetlb", 5, 12 },
	      { "6c287605fd56", NULL, 5, 19 })
};

static void child_kept_its_bytes(struct child *child)
{
	case_child_says(&reason_fork, child, FIRST_WRONG_PAGE, -1,
			"the child sees what the parent wrote, at page");
}

static void fork_after_pin(const struct contract_row *row,
			   const struct pinner *pinner, enum access access)
{
	struct pin_test *t = enter_pinned(row, pinner, access, "before fork");
	struct child *child = case_fork(answer, t);

	if (t->door->probed)
		case_child_says(&reason_fork, child, SHARES_PIN, 0,
				"the child maps the pinned page");
	same_pages(t, "after fork");
	pin_is_coherent(t, &some_pages, access, "after fork");
	same_pages(t, "after fork and a write");
	child_kept_its_bytes(child);
	case_child_says(&reason_fork, child, WRITE, 0, "the child's write");
	pin_sees(t, &some_pages, &reason_fork, "after the child's write");
	case_reap(child);
	pin_is_coherent(t, &some_pages, access, "after the child's end");
}

#define COW_ROWS(fixture) \
PIN_VARIANT(fixture, anon); \
PIN_VARIANT(fixture, anon_thp); \
PIN_VARIANT(fixture, anon_thp_pte); \
PIN_VARIANT(fixture, anon_hugetlb_private)

PIN_FIXTURE(fork_after_pin)
COW_ROWS(fork_after_pin);
PIN_TESTS_BY_PATH_AND_ACCESS(fork_after_pin, fork_after_pin)

/*
 * Shared with a child once, the pages are mapped R/O: a R/O pin must make sure
 * that the next write does not replace them.
 */
static void pinned_after_fork(struct pin_test *t, const char *where)
{
	test_pin(t, &some_pages, RO, where);
	pin_is_coherent(t, &some_pages, RO, where);
	same_pages(t, where);
}

static void previously_shared(const struct contract_row *row,
			      const struct pinner *pinner)
{
	struct pin_test *t = enter(row, pinner, POPULATED);

	case_reap(case_fork(answer, t));
	pinned_after_fork(t, "after the child's end");
}

PIN_FIXTURE(previously_shared)
COW_ROWS(previously_shared);
PIN_TESTS_BY_PATH(previously_shared, previously_shared)

static void possibly_shared(const struct contract_row *row,
			    const struct pinner *pinner)
{
	struct pin_test *t = enter(row, pinner, POPULATED);
	struct child *child = case_fork(answer, t);

	pinned_after_fork(t, "while the child lives");
	child_kept_its_bytes(child);
}

PIN_FIXTURE(possibly_shared)
COW_ROWS(possibly_shared);
PIN_TESTS_BY_PATH(possibly_shared, possibly_shared)

/* Copying so much is nearly all that a fork does. */
#define COPIED		(32UL << 20)
/* Pins in the midst of so many forks: they cannot all have missed the copying. */
#define ENOUGH		16
#define SECONDS		10

/* Odd while a fork is under way. */
static atomic_uint forks;

static void *keep_forking(void *unused)
{
	while (!case_thread_stops()) {
		pid_t pid;

		forks++;
		pid = fork();
		if (!pid)
			_exit(0);
		forks++;
		waitpid(pid, NULL, 0);
	}
	return unused;
}

/*
 * Pin until one pin takes the slow path, or in enough forks one has begun and
 * ended. Return the number of these forks, -1 if the slow path was taken, or if
 * that cannot be known.
 */
static int pin_during_forks(const struct pin_test *t, struct door *door)
{
	time_t end = time(NULL) + SECONDS;
	unsigned int met = 0;
	int nr_met = 0;

	while (nr_met < ENOUGH && time(NULL) <= end) {
		unsigned int before = forks;

		case_pin(door, test_addr(t, &some_pages), page_size(), RW,
			 t->row->reason, "during fork");
		if (before % 2 && before != met && before == forks) {
			met = before;
			nr_met++;
		}
		case_unpin(door);
		if (door->slow)
			return -1;
	}
	return nr_met;
}

static const struct reason reason_waits = {
	"GUP-fast pins nothing while fork write-protects the process's pages",
	FIXES({ "57efa1fe5957", NULL, 5, 11 })
};

/*
 * GUP-fast sees a page table that fork is about to write-protect, and fork a page
 * that is not pinned yet: that one of them waits cannot be seen in the pages. The
 * page is pinned already, so that it is copied, and nothing but the fork can be a
 * reason for the slow path.
 */
static void pinned_during_fork(const struct contract_row *row,
			       const struct pinner *pinner)
{
	struct pin_test *t = enter_pinned(row, pinner, RW, "before fork");
	struct door *second = case_door(pinner);
	char *copied = case_mmap(COPIED, PROT_READ | PROT_WRITE, 0);
	struct thread *thread;
	int met;

	madvise(copied, COPIED, MADV_NOHUGEPAGE);
	memset(copied, 1, COPIED);
	thread = case_thread(keep_forking, NULL);
	met = pin_during_forks(t, second);
	case_stop(thread);
	pin_is_coherent(t, &some_pages, RW, "after forks");
	same_pages(t, "after forks");
	if (second->slow < 0)
		case_needs(SKIP_NO_SLOW_COUNT);
	if (met >= ENOUGH)
		case_wrong(&reason_waits,
			   "pins in the midst of %d forks, all by GUP-fast alone",
			   met);
	else if (met >= 0)
		case_needs(SKIP_NO_OVERLAP);
}

PIN_FIXTURE(pinned_during_fork)
PIN_VARIANT(pinned_during_fork, anon);
PIN_TEST(pinned_during_fork, gup_fast, pinned_during_fork, &pin_gup_fast)

/* Its door may not be there, where the parent has the only one. */
static void child_pins(struct child *child)
{
	long said = case_ask(child, PIN);

	if (said > 0)
		case_needs(said);
	if (!case_answer(&reason_fork, 0, said, "the child"))
		case_leave();
}

static void both_pinned(const struct contract_row *row,
			const struct pinner *pinner)
{
	struct pin_test *t = enter_pinned(row, pinner, RW, "the parent");
	struct child *child = case_fork(answer, t);

	child_pins(child);
	case_child_says(&reason_fork, child, FOLLOWS, -1,
			"the child's pin does not see its write, at page");
	pin_is_coherent(t, &some_pages, RW, "the parent");
	child_kept_its_bytes(child);
	case_child_says(&reason_fork, child, UNPIN, 0, "the child's unpinning");
}

PIN_FIXTURE(both_pinned)
COW_ROWS(both_pinned);
PIN_TESTS_BY_PATH(both_pinned, both_pinned)

static void allow(const struct memory *mem, int prot)
{
	case_did(!mprotect(mem->base, mem->len, prot), "mprotect");
}

/* A write fault on a page that is mapped R/O must not copy it when it is pinned. */
static void write_protected(const struct contract_row *row,
			    const struct pinner *pinner, enum access access)
{
	struct pin_test *t = enter_pinned(row, pinner, access,
					  "before mprotect");

	allow(t->mem, PROT_READ);
	pin_sees(t, &some_pages, &reason_coherent_rw, "while mapped R/O");
	allow(t->mem, PROT_READ | PROT_WRITE);
	pin_is_coherent(t, &some_pages, access, "after mprotect");
	same_pages(t, "after mprotect");
}

PIN_FIXTURE(write_protected)
COW_ROWS(write_protected);
PIN_VARIANT(write_protected, memfd_shared);
PIN_VARIANT(write_protected, memfd_private);
PIN_TESTS_BY_PATH_AND_ACCESS(write_protected, write_protected)

static void uffd_protect(int uffd, const struct memory *mem, bool on)
{
	struct uffdio_writeprotect args = {
		.range = { (unsigned long)mem->base, mem->len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	case_did(!ioctl(uffd, UFFDIO_WRITEPROTECT, &args),
		 "UFFDIO_WRITEPROTECT");
}

static void uffd_protected(const struct contract_row *row,
			   const struct pinner *pinner, enum access access)
{
	struct pin_test *t = enter(row, pinner, POPULATED);
	int uffd = uffd_watch(t->mem->base, t->mem->len,
			      UFFDIO_REGISTER_MODE_WP,
			      UFFD_FEATURE_PAGEFAULT_FLAG_WP,
			      UFFD_USER_MODE_ONLY);

	if (uffd < 0)
		case_needs(SKIP_NO_UFFD_WP);
	case_fd(uffd, "userfaultfd");
	test_pin(t, &some_pages, access, "before protection");
	uffd_protect(uffd, t->mem, true);
	pin_sees(t, &some_pages, &reason_coherent_rw, "while protected");
	uffd_protect(uffd, t->mem, false);
	pin_is_coherent(t, &some_pages, access, "after protection");
	same_pages(t, "after protection");
}

PIN_FIXTURE(uffd_protected)
COW_ROWS(uffd_protected);
PIN_VARIANT(uffd_protected, memfd_shared);
PIN_TESTS_BY_PATH_AND_ACCESS(uffd_protected, uffd_protected)

static const struct reason reason_forced = {
	"FOLL_FORCE breaks COW, and never writes to the file",
	FIXES({ "5535be309971", NULL, 6, 0 })
};

static const struct reason reason_forced_hugetlb = {
	"FOLL_FORCE breaks COW, of hugetlb too, and never writes to the file",
	FIXES({ "\"mm/hugetlb: support FOLL_FORCE|FOLL_WRITE\"", NULL, 6, 14 })
};

/*
 * A debugger may write where the process may not: to a copy, never to the file.
 */
static void forced(const struct contract_row *row, enum pin_probe_api api,
		   const struct reason *reason)
{
	static const char where[] = "FOLL_FORCE";
	struct pin_test *t = enter(row, &pin_gup_remote, READ_FAULTED);
	int ret;

	allow(t->mem, PROT_READ);
	ret = __test_take(t, &some_pages, api, PIN_PROBE_FOLL_LONGTERM |
			  PIN_PROBE_FOLL_WRITE | PIN_PROBE_FOLL_FORCE, where);
	if (case_answer(reason, 0, ret, where) &&
	    process_sees_write(t, &some_pages, reason, where))
		same_pages(t, where);
	file_is_unchanged(t, &some_pages, reason, where);
}

#define FORCED(fixture, reason) \
PIN_TEST(fixture, gup_slow, forced, PIN_PROBE_API_PIN_SLOW, reason) \
PIN_TEST(fixture, gup_fast, forced, PIN_PROBE_API_PIN_FAST, reason) \
PIN_TEST(fixture, gup_remote, forced, PIN_PROBE_API_PIN_REMOTE, reason)

PIN_FIXTURE_WHERE(foll_force, ALLOWS | IS_PRIVATE | IN_STATE(READ_FAULTED))
PIN_VARIANT(foll_force, memfd_private);
PIN_VARIANT(foll_force, tmpfs_private);
PIN_PRIVATE_FILES(foll_force)
FORCED(foll_force, &reason_forced)

PIN_FIXTURE_WHERE(foll_force_hugetlb, ALLOWS | IS_PRIVATE | IN_STATE(READ_FAULTED))
PIN_VARIANT(foll_force_hugetlb, anon_hugetlb_private);
PIN_VARIANT(foll_force_hugetlb, memfd_hugetlb_2m_private);
FORCED(foll_force_hugetlb, &reason_forced_hugetlb)
