// SPDX-License-Identifier: GPL-2.0-only
/*
 * GUP-fast and slow GUP agree: the lockless path never grants what the slow path
 * refuses, takes the same pages, leaves movable memory as the slow path does, and
 * fails like it.
 *
 * Fixtures:
 *
 * paths_agree			the verdicts of GUP-fast, slow GUP and remote GUP
 * fast_alone			what is there already is pinned without the slow path
 * needs_slow			what may have to be unshared is not
 * just_faulted			memory that nobody may reach, just faulted in
 * remote_read			by somebody who has no pin, and asks for a copy
 * subpages			pages in the middle of a huge page, and over its end
 * remapped_subpages		pages of a huge page that are mapped at another offset
 * foll_split_pmd		FOLL_SPLIT_PMD splits a transparent huge page
 * foll_split_pmd_hugetlb	and none of hugetlb
 * partial_range		a range with one page that is refused
 * userfault_resolved		pages that userfaultfd has yet to give
 * userfault_killed		the same, and the process is killed meanwhile
 * address_limits		addresses that are not the process's
 * uring_buffer_limits		io_uring's own limits
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "common/harness.h"
#include "common/base/uffd.h"
#include "common/memory/pattern.h"
#include "common/observe/smaps.h"

static const struct pinner *const paths[] = {
	&pin_gup_slow, &pin_gup_fast, &pin_gup_remote,
};

static const struct range one_page = { .pages = 1 };

/* Does the contract name this page as one of which the path knows less? */
static bool knows_less(const struct pin_test *t, enum page_state state,
		       enum access access)
{
	struct promise slow, own;

	return !contract_promise(t->row, t->mem, state, &one_page,
				 &pin_gup_slow, access, &slow) &&
	       !contract_promise(t->row, t->mem, state, &one_page,
				 t->door->pinner, access, &own) &&
	       slow.err != own.err;
}

struct verdict {
	int err;
	bool knows_less;
};

/*
 * The verdict of one path, in a mapping of its own: a pin may change the state
 * of the page.
 */
static struct verdict verdict(struct pin_test *t, enum page_state state,
			      enum access access)
{
	struct verdict verdict = { .err = ENODEV };
	int ret = memory_map(t->mem, 1);
	char where[64];

	if (ret == -ENODEV && (t->mem->backing->flags & B_MAY_NOT_MAP))
		return verdict;
	case_needs(ret);
	case_needs(memory_enter(t->mem, state, 0, 1));
	snprintf(where, sizeof(where), "%s, %s", page_state_name[state],
		 t->door->pinner->name);
	verdict.knows_less = knows_less(t, state, access);
	verdict.err = -__test_pin(t, &one_page, access, where);
	if (!verdict.err)
		test_unpin(t);
	memory_unmap(t->mem);
	return verdict;
}

static void agree_in(struct pin_test *t, enum page_state state,
		     enum access access)
{
	static const struct reason reason = {
		"the paths decide by different evidence, and must decide alike",
		NULL
	};
	struct verdict seen[ARRAY_LEN(paths)];

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		/* pin_probe's door is one for all of them. */
		t->door->pinner = paths[i];
		seen[i] = verdict(t, state, access);
		if (seen[i].err != seen[0].err && !seen[i].knows_less)
			case_wrong(&reason, "%s: %s: %s, but %s: %s",
				   page_state_name[state], paths[0]->name,
				   errno_name(seen[0].err), paths[i]->name,
				   errno_name(seen[i].err));
	}
}

static void agree(const struct contract_row *row, enum access access)
{
	struct pin_test *t = test_open(row, &pin_gup_remote);

	if (memory_is_costly(t->mem))
		t->mem->states &= BIT(READ_FAULTED);
	for (enum page_state s = 0; s < NR_PAGE_STATES; s++)
		if (t->mem->states & BIT(s))
			agree_in(t, s, access);
}

PIN_FIXTURE_WHERE(paths_agree, ANY_ROW)
#define ROW(variant, ...) PIN_VARIANT(paths_agree, variant);
#include "common/contract/rows.h"
#undef ROW
PIN_TEST(paths_agree, rw, agree, RW)
PIN_TEST(paths_agree, ro, agree, RO)

static void pin_once(struct pin_test *t, enum access access, const char *where)
{
	test_pin(t, &one_page, access, where);
	test_unpin(t);
}

/* How often the last pin took the slow path. To be asked last: it may be a SKIP. */
static int slow_entries(const struct pin_test *t)
{
	if (t->door->slow < 0)
		case_needs(SKIP_NO_SLOW_COUNT);
	return t->door->slow;
}

/*
 * The first pin may have had to move the page out of movable memory, for which
 * the slow path is needed: the second may not.
 */
static void fast_alone(const struct contract_row *row, enum access access)
{
	static const struct reason reason = {
		"what is mapped writable and has no file to tell needs no slow path",
		NULL
	};
	struct pin_test *t = test_open(row, &pin_gup_fast);

	test_enter(t, 1, POPULATED, &one_page);
	pin_once(t, access, "first pin");
	pin_once(t, access, "second pin");
	if (slow_entries(t))
		case_wrong(&reason,
			   "expected a pin by GUP-fast alone, seen the slow path");
}

PIN_FIXTURE_WHERE(fast_alone, ALLOWS | IN_STATE(POPULATED))
PIN_VARIANT(fast_alone, anon);
PIN_VARIANT(fast_alone, anon_thp);
PIN_VARIANT(fast_alone, anon_thp_pte);
PIN_VARIANT(fast_alone, anon_hugetlb_shared);
PIN_VARIANT(fast_alone, anon_hugetlb_private);
PIN_VARIANT(fast_alone, shmem_anon);
PIN_VARIANT(fast_alone, sysv_shm);
PIN_VARIANT(fast_alone, memfd_shared);
PIN_VARIANT(fast_alone, memfd_private);
PIN_VARIANT(fast_alone, memfd_thp_shared);
PIN_VARIANT(fast_alone, memfd_hugetlb_2m_shared);
PIN_VARIANT(fast_alone, memfd_hugetlb_2m_private);
PIN_VARIANT(fast_alone, hugetlbfs_shared);
PIN_VARIANT(fast_alone, tmpfs_shared);
PIN_VARIANT(fast_alone, ext4_private);
PIN_TEST(fast_alone, rw, fast_alone, RW)
PIN_TEST(fast_alone, ro, fast_alone, RO)

static const struct reason reason_slow = {
	"a R/O pin of a page that a private mapping maps R/O asks the mapping first",
	FIXES({ "a7f226604170", NULL, 5, 19 }, { "84209e87c696", NULL, 6, 2 })
};

/*
 * A page of private memory that is mapped R/O may be one that has to be unshared
 * before a R/O pin, and only the mapping tells whether it is. Of shared memory no
 * page is: whichever path grants it, nothing is wrong.
 */
static void needs_slow(const struct contract_row *row)
{
	struct pin_test *t = test_open(row, &pin_gup_fast);

	test_enter(t, 1, READ_FAULTED, &one_page);
	pin_once(t, RO, "read_faulted");
	if (!slow_entries(t))
		case_wrong(&reason_slow,
			   "expected the slow path, seen a pin by GUP-fast alone");
}

PIN_FIXTURE_WHERE(needs_slow, ALLOWS_RO | IS_PRIVATE | IN_STATE(READ_FAULTED))
PIN_VARIANT(needs_slow, zeropage);
PIN_VARIANT(needs_slow, huge_zeropage);
PIN_VARIANT(needs_slow, memfd_private);
PIN_VARIANT(needs_slow, memfd_hugetlb_2m_private);
PIN_VARIANT(needs_slow, tmpfs_private);
PIN_PRIVATE_FILES(needs_slow)
PIN_TEST(needs_slow, ro, needs_slow)

static const struct {
	const char *name;
	enum pin_probe_api api;
	unsigned int flags;
} reaches[] = {
	{ "long-term R/O pin of a fresh page",
	  PIN_PROBE_API_PIN_FAST, PIN_PROBE_FOLL_LONGTERM },
	{ "R/O pin of a fresh page", PIN_PROBE_API_PIN_FAST, 0 },
	{ "R/W pin of a fresh page",
	  PIN_PROBE_API_PIN_FAST, PIN_PROBE_FOLL_WRITE },
	{ "reference of a fresh page", PIN_PROBE_API_GET_FAST, 0 },
};

/* What is promised of a populated page. */
static struct promise promise_of(const struct pin_test *t,
				 const struct pinner *pinner,
				 enum access access)
{
	struct promise promise;

	case_needs(contract_promise(t->row, t->mem, POPULATED, &one_page,
				    pinner, access, &promise));
	return promise;
}

static void fresh(const struct contract_row *row)
{
	struct pin_test *t = test_open(row, &pin_gup_remote);

	case_stay_on_cpu();
	for (size_t i = 0; i < ARRAY_LEN(reaches); i++) {
		enum access access = reaches[i].flags & PIN_PROBE_FOLL_WRITE ?
				     RW : RO;
		struct promise promise;
		int ret;

		test_enter(t, 1, POPULATED, &one_page);
		promise = promise_of(t, &pin_gup_fast, access);
		ret = __test_take(t, &one_page, reaches[i].api,
				  reaches[i].flags, reaches[i].name);
		if (!ret)
			test_unpin(t);
		case_answer(promise.reason, promise.err, ret, reaches[i].name);
		memory_unmap(t->mem);
	}
}

PIN_FIXTURE_WHERE(just_faulted, DENIES_RW | DENIES_RO | READS_ALIKE | IN_STATE(POPULATED))
PIN_VARIANT(just_faulted, secretmem);
PIN_TEST(just_faulted, gup_fast, fresh)

/* How others read a process's memory: the kernel takes its pages for them. */
static ssize_t by_process_vm_readv(const void *from, void *to, size_t len)
{
	struct iovec local = { .iov_base = to, .iov_len = len };
	struct iovec remote = { .iov_base = (void *)from, .iov_len = len };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
}

static ssize_t by_proc_mem(const void *from, void *to, size_t len)
{
	int fd = case_fd(open("/proc/self/mem", O_RDONLY | O_CLOEXEC),
			 "open /proc/self/mem");

	return pread(fd, to, len, (uintptr_t)from);
}

/* Whatever the call says: the bytes must be there if it says so, and else not. */
static void readable(const struct contract_row *row,
		     ssize_t (*read_by)(const void *from, void *to, size_t len))
{
	struct pin_test *t = test_open(row, NULL);
	const size_t len = page_size();
	struct promise promise;
	char image[len];
	int promised, ret = 0;

	memset(image, 0, len);
	test_enter(t, 1, POPULATED, &one_page);
	promise = promise_of(t, &pin_gup_remote, RO);
	promised = promise.err ? REFUSED : 0;
	if (read_by(t->mem->base, image, len) != (ssize_t)len)
		ret = -REFUSED;
	case_answer(promise.reason, promised, ret, "reading");
	if (promised && memory_same_tag(t->mem, 0, image))
		case_wrong(promise.reason, "the bytes are there");
	if (!promised && !memory_same_tag(t->mem, 0, image))
		case_wrong(promise.reason, "the bytes are not there");
}

PIN_FIXTURE_WHERE(remote_read, READS_ALIKE | IN_STATE(POPULATED))
PIN_VARIANT(remote_read, anon);
PIN_VARIANT(remote_read, secretmem);
PIN_TEST(remote_read, process_vm_readv, readable, by_process_vm_readv)
PIN_TEST(remote_read, proc_mem, readable, by_proc_mem)

/* Each page of a range, and no other: in both directions, and by its pfn. */
static void range_is_true(struct pin_test *t, const struct range *range,
			  const char *where)
{
	int ret = __test_pin(t, range, RW, where);

	if (!case_answer(t->row->reason, 0, ret, where))
		return;
	pin_sees_write(t, range, &reason_coherent_rw, where);
	process_sees_write(t, range, &reason_coherent_rw, where);
	process_maps_pin(t, range, &reason_coherent_rw, where);
	test_unpin(t);
}

static void subpages(const struct contract_row *row,
		     const struct pinner *pinner)
{
	struct pin_test *t = test_open(row, pinner);
	const struct range over_end = {
		.first = memory_unit(t->mem) - 3, .pages = 6
	};
	const struct range inside = { .first = 101, .pages = 7 };
	const size_t pages = over_end.first + over_end.pages;

	test_enter(t, pages, POPULATED, &over_end);
	range_is_true(t, &over_end, "over the end");
	memory_unmap(t->mem);
	test_enter(t, pages, POPULATED, &inside);
	range_is_true(t, &inside, "inside");
}

PIN_FIXTURE(subpages)
PIN_VARIANT(subpages, anon_thp);
PIN_VARIANT(subpages, anon_thp_pte);
PIN_VARIANT(subpages, anon_hugetlb_private);
PIN_VARIANT(subpages, anon_hugetlb_shared);
PIN_TESTS_BY_PATH(subpages, subpages)
PIN_TEST(subpages, io_uring, subpages, &pin_io_uring)

/* The offset in the huge page must come from the page, not from the address. */
static void remapped_subpages(const struct contract_row *row,
		     const struct pinner *pinner)
{
	const struct range range = { .first = 100, .pages = 16 };
	const size_t skip = bytes_of(range.first), len = bytes_of(range.pages);
	struct pin_test *t = test_open(row, pinner);
	char *from, *to;

	test_enter(t, 1, POPULATED, &range);
	from = t->mem->base + skip;
	/* Room at another offset in a huge page. */
	to = case_mmap(t->mem->granule, PROT_NONE, 0);
	if (((uintptr_t)to ^ (uintptr_t)from) % t->mem->granule == 0)
		to += page_size();
	case_did(mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to,
		 "mremap");
	t->mem->base = to - skip;
	range_is_true(t, &range, "remapped");
}

PIN_FIXTURE(remapped_subpages)
PIN_VARIANT(remapped_subpages, anon_thp);
PIN_VARIANT(remapped_subpages, anon_thp_pte);
PIN_VARIANT(remapped_subpages, memfd_thp_shared);
PIN_TESTS_BY_PATH(remapped_subpages, remapped_subpages)
PIN_TEST(remapped_subpages, io_uring, remapped_subpages, &pin_io_uring)

#define SPLITS		"FOLL_SPLIT_PMD"

static const struct reason reason_split = {
	"FOLL_SPLIT_PMD splits a transparent huge page, and is refused for hugetlb",
	FIXES({ "8977752c8056", NULL, 6, 15 })
};

static const struct range split_range = { .first = 3, .pages = 5 };

static struct pin_test *enter_split(const struct contract_row *row)
{
	struct pin_test *t = test_open(row, &pin_gup_remote);

	test_enter(t, 8, POPULATED, &split_range);
	return t;
}

static int pin_splitting(struct pin_test *t, enum pin_probe_api api)
{
	return __test_take(t, &split_range, api, PIN_PROBE_FOLL_LONGTERM |
			   PIN_PROBE_FOLL_WRITE | PIN_PROBE_FOLL_SPLIT_PMD,
			   SPLITS);
}

/* uprobes rely on it: they replace one page of those that the PMD maps. */
static void split(const struct contract_row *row, enum pin_probe_api api)
{
	struct pin_test *t = enter_split(row);

	case_did(smaps_huge_kb(t->mem->base) > 0, "map a huge page");
	if (case_answer(&reason_split, 0, pin_splitting(t, api), SPLITS))
		pin_sees_write(t, &split_range, &reason_split, SPLITS);
	if (smaps_huge_kb(t->mem->base))
		case_wrong(&reason_split, "it is still mapped as a huge page");
	process_sees(t, &split_range, &reason_split, SPLITS);
}

/* A page of hugetlb cannot be split: who tried would break its page table. */
static void split_refused(const struct contract_row *row,
			  enum pin_probe_api api)
{
	struct pin_test *t = enter_split(row);

	case_answer(&reason_split, REFUSED, pin_splitting(t, api), SPLITS);
	process_sees(t, &split_range, &reason_split, SPLITS);
}

PIN_FIXTURE(foll_split_pmd)
PIN_VARIANT(foll_split_pmd, anon_thp);
PIN_TEST(foll_split_pmd, gup_slow, split, PIN_PROBE_API_PIN_SLOW)
PIN_TEST(foll_split_pmd, gup_remote, split, PIN_PROBE_API_PIN_REMOTE)

PIN_FIXTURE(foll_split_pmd_hugetlb)
PIN_VARIANT(foll_split_pmd_hugetlb, anon_hugetlb_private);
PIN_VARIANT(foll_split_pmd_hugetlb, memfd_hugetlb_2m_shared);
PIN_TEST(foll_split_pmd_hugetlb, gup_slow, split_refused, PIN_PROBE_API_PIN_SLOW)
PIN_TEST(foll_split_pmd_hugetlb, gup_remote, split_refused, PIN_PROBE_API_PIN_REMOTE)

/*
 * Four good pages and one that is refused: at the start, in the middle, at the
 * end. The good ones are pinned and released again, neither less nor more.
 */
static void failing_at(struct pin_test *t, enum page_state state,
		       size_t before)
{
	const struct range range = {
		.pages = 1, .before = before, .behind = 4 - before
	};
	struct promise promise;
	char where[64];
	int ret;

	snprintf(where, sizeof(where), "%s, behind %zu pages",
		 page_state_name[state], before);
	case_needs(memory_map(t->mem, 1));
	case_needs(memory_put_neighbours(t->mem, range.before, range.behind));
	case_needs(memory_enter(t->mem, state, 0, 1));
	promise = test_promise(t, state, &range, RW);
	ret = __test_pin(t, &range, RW, where);
	if (!ret)
		test_unpin(t);
	case_answer(promise.reason, promise.err, ret, where);
	memory_unmap(t->mem);
}

static void partial_range(const struct contract_row *row,
		    const struct pinner *pinner)
{
	static const enum page_state states[] = { UNTOUCHED, POPULATED };
	struct pin_test *t = test_open(row, pinner);

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		for (size_t before = 0; before <= 4; before += 2)
			if (t->mem->states & BIT(states[i]))
				failing_at(t, states[i], before);
}

PIN_FIXTURE_WHERE(partial_range, DENIES_RW)
PIN_VARIANT(partial_range, hole);
PIN_VARIANT(partial_range, prot_none);
PIN_VARIANT(partial_range, beyond_eof);
PIN_VARIANT(partial_range, secretmem);
PIN_VARIANT(partial_range, pfnmap_udmabuf);
PIN_SHARED_FILES(partial_range)
PIN_VARIANT(partial_range, fsdax_ext4_shared);
PIN_TESTS_BY_PATH(partial_range, partial_range)
PIN_TEST(partial_range, io_uring, partial_range, &pin_io_uring)

/*
 * Pages that userfaultfd has yet to give. A pin waits for each of them, without the
 * lock of the mapping, and begins again there.
 */
#define MISSED_PAGES	6

struct waiting {
	struct pin_test *t;
	struct door door;	/* the child's */
	struct child *child;
	int uffd;		/* of the child's memory */
};

enum question {
	WATCH,			/* its memory by a userfaultfd, or -errno */
	PIN,			/* 0 or -errno */
	WRONG_PAGE,		/* the first, -1: none */
	UNPIN,			/* 0 or -errno */
};

static long watch(struct waiting *waiting)
{
	const struct memory *mem = waiting->t->mem;

	if (waiting->door.pinner->open(&waiting->door))
		return -ENODEV;
	return uffd_watch(mem->base, mem->len, UFFDIO_REGISTER_MODE_MISSING,
			  0, 0);
}

/* That is another one through the pin, or not the one that was given. */
static long wrong_page(struct waiting *waiting)
{
	const struct range all = { .pages = MISSED_PAGES };
	int err;
	long page = coherency_read(&waiting->door, waiting->t->mem, &all, &err);

	if (err)
		return 0;
	if (page >= 0)
		return page;
	return memory_check_mapping(waiting->t->mem, 0, MISSED_PAGES);
}

static long answer(int question, void *with)
{
	struct waiting *waiting = with;
	const struct pinner *pinner = waiting->door.pinner;

	switch (question) {
	case WATCH:
		return watch(waiting);
	case PIN:
		return pinner->pin(&waiting->door, waiting->t->mem->base,
				   bytes_of(MISSED_PAGES), RW);
	case WRONG_PAGE:
		return wrong_page(waiting);
	default:
		return pinner->unpin(&waiting->door);
	}
}

static const struct reason reason_waits = {
	"a pin waits for a page that userfaultfd is to give, as a fault does",
	/* After Linux 6.1. */
	FIXES({ "what long-term pins need to let go of the mapping's lock", NULL, 6, 12 })
};

/* Let a child begin to pin. The parent's door tells what is missing, if it is. */
static void begin_waiting(struct waiting *waiting,
			  const struct contract_row *row,
			  const struct pinner *pinner)
{
	struct pin_test *t = test_open(row, pinner);
	long uffd;

	*waiting = (struct waiting){ .t = t, .door.pinner = pinner };
	case_needs(memory_map(t->mem, MISSED_PAGES));
	memory_renew(t->mem, 0, MISSED_PAGES);
	waiting->child = case_fork(answer, waiting);
	uffd = case_ask(waiting->child, WATCH);
	if (uffd == -EPERM || uffd == -ENOSYS)
		case_needs(SKIP_NO_UFFD);
	if (uffd < 0)
		case_needs(setup_error(-uffd, "watch memory by userfaultfd"));
	waiting->uffd = case_fd(child_take_fd(waiting->child, uffd),
				"take the userfaultfd");
	case_needs(child_begin(waiting->child, PIN));
}

/* Return the page that the pin waits for. */
static char *waits_for(const struct waiting *waiting)
{
	char *addr;
	int ret = uffd_wait(waiting->uffd, waiting->child->hear, &addr);

	if (ret > 0)
		return addr;
	if (ret < 0)
		case_needs(setup_error(-ret, "wait for a fault"));
	case_wrong(&reason_waits, "expected the pin to wait, seen %s",
		   errno_name(-case_hear(waiting->child)));
	case_leave();
}

/* Give the next pages that are missed. */
static void give(const struct waiting *waiting, size_t pages)
{
	const struct memory *mem = waiting->t->mem;
	char image[page_size()];

	while (pages--) {
		char *addr = waits_for(waiting);

		memory_expect(mem, (addr - mem->base) / page_size(), image);
		case_did(!uffd_give(waiting->uffd, addr, image), "UFFDIO_COPY");
	}
}

static void userfault_given(const struct contract_row *row,
			    const struct pinner *pinner)
{
	struct waiting waiting;

	begin_waiting(&waiting, row, pinner);
	give(&waiting, MISSED_PAGES);
	if (!case_answer(&reason_waits, 0, case_hear(waiting.child),
			 "all pages given"))
		return;
	case_child_says(&reason_waits, waiting.child, WRONG_PAGE, -1,
			"the page that is pinned and is not the one given");
	case_child_says(&reason_waits, waiting.child, UNPIN, 0, "unpinning");
}

/* What it has pinned till then must be given back: the end asks for that. */
static void userfault_killed(const struct contract_row *row,
			     const struct pinner *pinner)
{
	struct waiting waiting;

	begin_waiting(&waiting, row, pinner);
	give(&waiting, MISSED_PAGES / 2);
	waits_for(&waiting);
	case_did(!kill(waiting.child->pid, SIGKILL), "kill the child");
	/* Before the userfaultfd is closed, which would end the waiting, too. */
	case_reap(waiting.child);
}

PIN_FIXTURE(userfault_resolved)
PIN_VARIANT(userfault_resolved, anon);
PIN_VARIANT(userfault_resolved, shmem_anon);
PIN_TEST(userfault_resolved, gup_fast, userfault_given, &pin_gup_fast)
PIN_TEST(userfault_resolved, io_uring, userfault_given, &pin_io_uring)

PIN_FIXTURE(userfault_killed)
PIN_VARIANT(userfault_killed, anon);
PIN_VARIANT(userfault_killed, shmem_anon);
PIN_TEST(userfault_killed, gup_fast, userfault_killed, &pin_gup_fast)
PIN_TEST(userfault_killed, io_uring, userfault_killed, &pin_io_uring)

/* Whatever the process has mapped. */
LIMITS(address_limits)
LIMIT(address_limits, kernel_address, -(1UL << 30), 1UL << 16, EFAULT,
	"the kernel's own addresses");
LIMIT(address_limits, low_address, 1UL << 16, 1UL << 28, EFAULT,
	"a range with nothing at its start");
LIMIT_TEST(address_limits, gup_slow)
LIMIT_TEST(address_limits, gup_fast)
LIMIT_TEST(address_limits, gup_remote)
LIMIT_TEST(address_limits, io_uring)

LIMITS(uring_buffer_limits)
LIMIT(uring_buffer_limits, null, 0, 1UL << 16, EFAULT, "a length without an address");
LIMIT(uring_buffer_limits, empty, 1UL << 16, 0, REFUSED, "an address without a length");
LIMIT(uring_buffer_limits, wrapped, -(1UL << 16), 1UL << 17, REFUSED,
	"the end lies before the start");
LIMIT_TEST(uring_buffer_limits, io_uring)
