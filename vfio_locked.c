// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO: what is mapped for a device's DMA counts as locked memory, for exactly as
 * long as it is mapped, and is limited.
 *
 * Fixtures:
 *
 * vfio_charged			while it is mapped
 * vfio_charged_twice		mapped at two of the device's addresses
 * vfio_charged_until_closed	closing the container unmaps
 * vfio_charged_over_exec	by the memory that was mapped, not by what replaced it
 * vfio_charged_over_exit	by no process, once the owner has ended
 * vfio_memlock			RLIMIT_MEMLOCK, of a process without CAP_IPC_LOCK
 * vfio_unmap_parts		what UNMAP takes for a mapping, and what not
 * vfio_mappings		the largest number of mappings
 *
 * VFIO counts in VmLck. iommufd counts in VmPin, and limits by user.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/observe/pins.h"
#include "common/pinners/vfio.h"
#include "common/test/admission.h"
#include "common/harness.h"

static const struct reason reason_counted = {
	"pages that a device may reach count as locked memory until they are unmapped",
	FIXES({ "84209e87c696", "memory that was never written", 6, 2 })
};

#define PAGES	11

static const struct range all_pages = { .pages = PAGES };

static void is_counted(const struct pin_test *t, size_t pages,
		       const char *where)
{
	case_charged(t->door, pages, &reason_counted, where);
}

static struct pin_test *enter(const struct contract_row *row,
			      const struct pinner *pinner)
{
	struct pin_test *t = test_open(row, pinner);

	test_enter(t, PAGES, UNTOUCHED, &all_pages);
	is_counted(t, 0, "before");
	return t;
}

/* Huge pages, and the zeropage, count by base pages like all memory. */
static void counted(const struct contract_row *row,
		    const struct pinner *pinner, enum access access)
{
	struct pin_test *t = enter(row, pinner);

	test_pin(t, &all_pages, access, "untouched");
	is_counted(t, PAGES, "mapped");
	test_unpin(t);
	is_counted(t, 0, "unmapped");
}

PIN_FIXTURE(vfio_charged)
PIN_VARIANT(vfio_charged, anon);
PIN_VARIANT(vfio_charged, anon_thp);
PIN_VARIANT(vfio_charged, zeropage);
PIN_VARIANT(vfio_charged, memfd_shared);
PIN_VARIANT(vfio_charged, memfd_hugetlb_2m_shared);
PIN_VARIANT(vfio_charged, ext4_private);
PIN_TEST(vfio_charged, vfio_type1_rw, counted, &pin_vfio_type1, RW)
PIN_TEST(vfio_charged, vfio_type1_ro, counted, &pin_vfio_type1, RO)
PIN_TEST(vfio_charged, iommufd_rw, counted, &pin_iommufd, RW)
PIN_TEST(vfio_charged, iommufd_vfio_rw, counted, &pin_iommufd_vfio, RW)

/* Not by the door's pin(), which knows of one mapping only. */
static int __map(struct pin_test *t, uint64_t iova, size_t pages,
		 const char *where)
{
	int ret;

	case_watch(where, t->mem->base, bytes_of(pages));
	ret = vfio_map(t->door, t->mem->base, iova, bytes_of(pages), RW);
	watchdog_leave();
	return ret;
}

static void map(struct pin_test *t, uint64_t iova, size_t pages,
		const char *where)
{
	if (!case_answer(t->row->reason, 0, __map(t, iova, pages, where),
			 where))
		case_leave();
}

static const struct reason reason_unmap = {
	"UNMAP takes whole mappings, says how much, or changes nothing", NULL
};

static void unmapped_are(size_t pages, int ret, size_t bytes,
			 const char *where)
{
	if (case_answer(&reason_unmap, 0, ret, where) &&
	    bytes != bytes_of(pages))
		case_wrong(&reason_unmap,
			   "%s: expected %zu bytes unmapped, seen %zu", where,
			   bytes_of(pages), bytes);
}

static void unmap(struct pin_test *t, uint64_t iova, size_t pages,
		  const char *where)
{
	size_t bytes;
	int ret = vfio_unmap(t->door, iova, bytes_of(pages), &bytes);

	unmapped_are(pages, ret, bytes, where);
}

static void unmap_all(struct pin_test *t, size_t pages, const char *where)
{
	size_t bytes;
	int ret = vfio_unmap_all(t->door, &bytes);

	unmapped_are(pages, ret, bytes, where);
}

static int unmap_rest(void *door)
{
	size_t bytes;

	return vfio_unmap_all(door, &bytes);
}

/* For what is mapped by __map(), by the case or by its children. */
static struct pin_test *enter_to_map(const struct contract_row *row,
				     const struct pinner *pinner)
{
	struct pin_test *t = enter(row, pinner);

	case_own(unmap_rest, t->door);
	return t;
}

#define SECOND_IOVA	(VFIO_IOVA + (64UL << 20))

static void counted_twice(const struct contract_row *row,
			  const struct pinner *pinner)
{
	struct pin_test *t = enter_to_map(row, pinner);
	int ret;

	map(t, VFIO_IOVA, PAGES, "mapped");
	is_counted(t, PAGES, "mapped");
	map(t, SECOND_IOVA, PAGES, "mapped twice");
	is_counted(t, 2 * PAGES, "mapped twice");
	/* An address of the device that is taken: nothing changes. */
	ret = __map(t, SECOND_IOVA + bytes_of(PAGES - 1), 2,
		    "mapped over a mapping");
	case_answer(&reason_counted, EEXIST, ret, "mapped over a mapping");
	is_counted(t, 2 * PAGES, "mapped twice, and refused");
	unmap(t, VFIO_IOVA, PAGES, "unmapped once");
	is_counted(t, PAGES, "unmapped once");
	unmap(t, SECOND_IOVA, PAGES, "unmapped");
	is_counted(t, 0, "unmapped");
}

PIN_FIXTURE(vfio_charged_twice)
PIN_VARIANT(vfio_charged_twice, anon);
PIN_VARIANT(vfio_charged_twice, memfd_shared);
PIN_TEST(vfio_charged_twice, vfio_type1_rw, counted_twice, &pin_vfio_type1)
PIN_TEST(vfio_charged_twice, iommufd_rw, counted_twice, &pin_iommufd)

static void until_closed(const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct pin_test *t = enter(row, pinner);
	long pins = 0;

	pins_balance(&pins);
	test_pin(t, &all_pages, RW, "untouched");
	is_counted(t, PAGES, "mapped");
	case_close(t->door);
	nothing_is_pinned(pins, &reason_counted, "closed");
}

PIN_FIXTURE(vfio_charged_until_closed)
PIN_VARIANT(vfio_charged_until_closed, anon);
PIN_VARIANT(vfio_charged_until_closed, memfd_shared);
PIN_VARIANT(vfio_charged_until_closed, memfd_hugetlb_2m_shared);
PIN_TEST(vfio_charged_until_closed, vfio_type1_rw, until_closed, &pin_vfio_type1)
PIN_TEST(vfio_charged_until_closed, iommufd_rw, until_closed, &pin_iommufd)

/* The child's memory is the case's, mapped by the child. */
static long child_maps(int pages, void *with)
{
	return __map(with, VFIO_IOVA, pages, "mapped by a child");
}

static void counted_over_death(const struct contract_row *row,
			       const struct pinner *pinner)
{
	struct pin_test *t = enter_to_map(row, pinner);
	struct child *child = case_fork(child_maps, t);
	long pins;

	pins_balance(&pins);
	if (!case_answer(row->reason, 0, case_ask(child, PAGES),
			 "mapped by a child"))
		case_leave();
	case_reap(child);
	/* The device may be at it still. */
	case_pins(&reason_counted, pins, PAGES, "the owner has ended");
	is_counted(t, 0, "the owner has ended");
	unmap(t, VFIO_IOVA, PAGES, "unmapped");
	case_pins(&reason_counted, pins, 0, "unmapped");
	is_counted(t, 0, "unmapped");
}

PIN_FIXTURE(vfio_charged_over_exit)
PIN_VARIANT(vfio_charged_over_exit, anon);
PIN_VARIANT(vfio_charged_over_exit, memfd_shared);
PIN_TEST(vfio_charged_over_exit, vfio_type1_rw, counted_over_death, &pin_vfio_type1)
PIN_TEST(vfio_charged_over_exit, iommufd_rw, counted_over_death, &pin_iommufd)

static const struct reason reason_exec = {
	"memory is uncounted where it was counted: not in the program that was executed since",
	FIXES({ "046eca5018f8", NULL, 6, 3 },
	      { "18e292705ba2", NULL, 6, 3 })
};

/* Closed by exec(), the pipe ends: then it has told of the map alone. */
static void __attribute__((noreturn))
map_and_exec(struct pin_test *t, int tell)
{
	int ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ret = child_maps(PAGES, t);
	if (write(tell, &ret, sizeof(ret)) == sizeof(ret) && !ret) {
		execlp("sleep", "sleep", "1000", NULL);
		ret = errno;
		(void)!write(tell, &ret, sizeof(ret));
	}
	_exit(1);
}

static int end_program(void *pid)
{
	kill((intptr_t)pid, SIGKILL);
	waitpid((intptr_t)pid, NULL, 0);
	return 0;
}

/*
 * A child that maps its memory, and then becomes another program, which lives
 * until it is killed.
 */
static pid_t fork_and_exec(struct pin_test *t)
{
	int pipes[2], ret;
	pid_t pid;

	case_did(!pipe2(pipes, O_CLOEXEC), "make a pipe");
	case_fd(pipes[0], "pipe");
	case_fd(pipes[1], "pipe");
	pid = fork();
	if (!pid)
		map_and_exec(t, pipes[1]);
	case_did(pid > 0, "fork a child");
	case_own(end_program, (void *)(intptr_t)pid);
	case_close_fd(pipes[1]);
	if (read(pipes[0], &ret, sizeof(ret)) != sizeof(ret))
		case_needs(setup_error(EPIPE, "hear the child"));
	if (!case_answer(t->row->reason, 0, ret, "mapped by a child"))
		case_leave();
	if (read(pipes[0], &ret, sizeof(ret)) == sizeof(ret))
		case_needs(setup_error(ret, "execute sleep"));
	return pid;
}

static void counted_over_exec(const struct contract_row *row,
			      const struct pinner *pinner)
{
	struct pin_test *t = enter_to_map(row, pinner);
	long pins, lck, pin;
	pid_t pid;

	pins_balance(&pins);
	pid = fork_and_exec(t);
	case_pins(&reason_counted, pins, PAGES, "after exec()");
	unmap(t, VFIO_IOVA, PAGES, "unmapped");
	pins_charged_kb_of(pid, &lck, &pin);
	if (lck || pin)
		case_wrong(&reason_exec,
			   "unmapped: the new program's VmLck is %ld kB, VmPin %ld kB",
			   lck, pin);
}

PIN_FIXTURE(vfio_charged_over_exec)
PIN_VARIANT(vfio_charged_over_exec, anon);
PIN_TEST(vfio_charged_over_exec, vfio_type1_rw, counted_over_exec, &pin_vfio_type1)
PIN_TEST(vfio_charged_over_exec, iommufd_rw, counted_over_exec, &pin_iommufd)

static const struct reason reason_limited = {
	"RLIMIT_MEMLOCK limits what a process without CAP_IPC_LOCK maps", NULL
};

/* More than VFIO's batch of 512 pages, which it once checked as one. */
#define LIMIT_PAGES	520

enum question { DROP_PRIVILEGES, MAP_LIMIT, MAP_MORE, UNMAP, LOCKED };

static long unprivileged(int question, void *with)
{
	struct pin_test *t = with;
	size_t unmapped;
	long lck, pin;

	switch (question) {
	case DROP_PRIVILEGES:
		return limit_memlock(bytes_of(LIMIT_PAGES)) ?: drop_privileges();
	case MAP_LIMIT:
		return child_maps(LIMIT_PAGES, t);
	case MAP_MORE:
		return child_maps(LIMIT_PAGES + 1, t);
	case UNMAP:
		return vfio_unmap(t->door, VFIO_IOVA, bytes_of(LIMIT_PAGES),
				  &unmapped);
	default:
		pins_charged_kb(&lck, &pin);
		return lck + pin;
	}
}

static void child_says(struct child *child, int question, long expected,
		       const char *where)
{
	case_child_says(&reason_limited, child, question, expected, where);
}

static void limited(const struct contract_row *row,
		    const struct pinner *pinner)
{
	const struct range range = { .pages = LIMIT_PAGES + 1 };
	long pins, kb = bytes_of(LIMIT_PAGES) / 1024;
	struct pin_test *t = test_open(row, pinner);
	struct child *child;

	test_enter(t, range.pages, UNTOUCHED, &range);
	case_own(unmap_rest, t->door);
	child = case_fork(unprivileged, t);
	errno = -case_ask(child, DROP_PRIVILEGES);
	case_did(!errno, "drop privileges");
	pins_balance(&pins);
	/* Again and again: nothing of a refusal may count. */
	for (int i = 0; i < 2; i++) {
		child_says(child, MAP_MORE, -ENOMEM,
			   "one page more than the limit");
		child_says(child, LOCKED, 0, "refused");
		case_pins(&reason_counted, pins, 0, "refused");
		child_says(child, MAP_LIMIT, 0, "as much as the limit");
		child_says(child, LOCKED, kb, "mapped");
		case_pins(&reason_counted, pins, LIMIT_PAGES, "mapped");
		child_says(child, UNMAP, 0, "unmapping");
		child_says(child, LOCKED, 0, "unmapped");
	}
}

PIN_FIXTURE(vfio_memlock)
PIN_VARIANT(vfio_memlock, anon);
PIN_VARIANT(vfio_memlock, anon_thp);
PIN_VARIANT(vfio_memlock, memfd_shared);
PIN_VARIANT(vfio_memlock, memfd_hugetlb_2m_shared);
PIN_TEST(vfio_memlock, vfio_type1_rw, limited, &pin_vfio_type1)
PIN_TEST(vfio_memlock, iommufd_rw, limited, &pin_iommufd)

/* Three mappings, side by side for the device, of the same pages. */
#define PARTS	3

static void map_parts(struct pin_test *t)
{
	for (int i = 0; i < PARTS; i++)
		map(t, VFIO_IOVA + bytes_of(i * PAGES), PAGES, "mapping parts");
	is_counted(t, PARTS * PAGES, "mapped");
}

static void not_unmapped(struct pin_test *t, size_t first, size_t pages,
			 int err)
{
	size_t unmapped;
	int ret = vfio_unmap(t->door, VFIO_IOVA + bytes_of(first),
			     bytes_of(pages), &unmapped);
	char where[64];

	snprintf(where, sizeof(where), "%zu pages from page %zu of a mapping",
		 pages, first);
	case_answer(&reason_unmap, err, ret, where);
	is_counted(t, PARTS * PAGES, "a part unmapped");
}

static void unmapped_parts(const struct contract_row *row,
			   const struct pinner *pinner, int err)
{
	struct pin_test *t = enter_to_map(row, pinner);
	size_t bytes;
	int ret;

	map_parts(t);
	not_unmapped(t, 0, 1, err);
	not_unmapped(t, 3, 5, err);
	not_unmapped(t, PAGES - 1, 1, err);
	not_unmapped(t, 1, PAGES - 1, err);
	unmap(t, VFIO_IOVA + bytes_of(PAGES), PAGES, "the middle unmapped");
	is_counted(t, 2 * PAGES, "the middle unmapped");
	/* A hole in the range does no harm. */
	ret = vfio_unmap(t->door, VFIO_IOVA, bytes_of(PARTS * PAGES), &bytes);
	unmapped_are(2 * PAGES, ret, bytes, "several unmapped");
	is_counted(t, 0, "several unmapped");
	map_parts(t);
	unmap_all(t, PARTS * PAGES, "all unmapped");
	is_counted(t, 0, "all unmapped");
}

PIN_FIXTURE(vfio_unmap_parts)
PIN_VARIANT(vfio_unmap_parts, anon);
PIN_VARIANT(vfio_unmap_parts, memfd_hugetlb_2m_shared);
PIN_TEST(vfio_unmap_parts, vfio_type1_rw, unmapped_parts, &pin_vfio_type1, REFUSED)
/* iommufd's uapi names its errno. */
PIN_TEST(vfio_unmap_parts, iommufd_rw, unmapped_parts, &pin_iommufd, ENOENT)
PIN_TEST(vfio_unmap_parts, iommufd_vfio_rw, unmapped_parts, &pin_iommufd_vfio, ENOENT)

static const struct reason reason_mappings = {
	"a container has dma_entry_limit mappings, and refuses one more",
	FIXES({ "492855939bdb", NULL, 5, 1 })
};

static void expect_available(struct pin_test *t, long expected,
			     const char *where)
{
	long seen = vfio_mappings(t->door);

	if (seen != expected)
		case_wrong(&reason_mappings,
			   "%s: expected room for %ld more, seen %ld",
			   where, expected, seen);
}

static void mappings(const struct contract_row *row,
		     const struct pinner *pinner)
{
	struct pin_test *t = enter_to_map(row, pinner);
	long limit = vfio_mappings(t->door), i;
	int ret = 0;

	case_did(limit > 0, "VFIO_IOMMU_GET_INFO");
	case_watch("one mapping after the other", t->mem->base,
		   bytes_of(limit));
	for (i = 0; i <= limit && !ret; i++)
		ret = vfio_map(t->door, t->mem->base, VFIO_IOVA + bytes_of(i),
			       page_size(), RW);
	watchdog_leave();
	if (i != limit + 1 || !contract_kept(REFUSED, ret))
		case_wrong(&reason_mappings,
			   "expected a refusal after %ld, seen %s after %ld",
			   limit, errno_name(-ret), i - 1);
	is_counted(t, limit, "at the limit");
	expect_available(t, 0, "at the limit");
	unmap(t, VFIO_IOVA, 1, "one unmapped");
	expect_available(t, 1, "one unmapped");
	unmap_all(t, limit - 1, "all unmapped");
	expect_available(t, limit, "all unmapped");
	is_counted(t, 0, "all unmapped");
}

PIN_FIXTURE(vfio_mappings)
PIN_VARIANT(vfio_mappings, anon);
PIN_TEST(vfio_mappings, vfio_type1_rw, mappings, &pin_vfio_type1)
