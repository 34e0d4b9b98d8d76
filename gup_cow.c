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
 * forced		FOLL_FORCE against a read-only private mapping
 * forced_hugetlb	the same, of huge pages
 * direct_write		O_DIRECT out of the zeropage, thousands of times
 * direct_read		O_DIRECT into a file mapping
 * direct_skewed	O_DIRECT to and from within a page, huge or not
 * write_notify		why long-term writing to files is refused
 *
 * A process that pinned once is treated with care for ever (MMF_HAS_PINNED),
 * so that no case asks for a pin through a second door: each runs in a process
 * that has never pinned before.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/child.h"
#include "common/scene.h"
#include "common/uffd.h"

/* Several pages: a mistake at one of them must not show as its neighbour's. */
static const struct range some_pages = { .first = 3, .pages = 5 };
#define MAPPED	11

static bool enter(struct __test_metadata *_metadata, struct scene *scene,
		  const struct contract_row *row, const struct pinner *pinner,
		  enum page_state state)
{
	return scene_open(_metadata, scene, row, pinner) &&
	       scene_enter(_metadata, scene, MAPPED, state, &some_pages);
}

static bool pinned(struct __test_metadata *_metadata, struct scene *scene,
		   enum access access, const char *where)
{
	return scene_pinned(_metadata, scene, &some_pages, access, where);
}

/* What the process writes the pin sees; a R/W pin's writes the process sees. */
static void stays_true(struct __test_metadata *_metadata, struct scene *scene,
		       enum access access, const char *where)
{
	const struct reason *reason = access == RW ? &reason_truth_rw :
						     &reason_truth_ro;

	if (scene_follows(_metadata, scene, &some_pages, reason, where) &&
	    access == RW)
		scene_writes(_metadata, scene, &some_pages, reason, where);
}

static void same_pages(struct __test_metadata *_metadata, struct scene *scene,
		       const char *where)
{
	scene_same(_metadata, scene, &some_pages, &reason_truth_rw, where);
}

/*
 * Before a R/O pin: the zeropage, or a page of the file. The pin must not get
 * that page, but the one that the process will see once it writes.
 */
static void private_page(struct __test_metadata *_metadata,
			 const struct contract_row *row,
			 const struct pinner *pinner, enum access access)
{
	static const enum page_state states[] = { UNTOUCHED, READ_FAULTED };
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		const char *where = page_state_name[states[i]];

		if (!(scene.mem.states & BIT(states[i])))
			continue;
		if (!scene_enter(_metadata, &scene, MAPPED, states[i],
				 &some_pages))
			return;
		if (pinned(_metadata, &scene, access, where)) {
			stays_true(_metadata, &scene, access, where);
			scene_unpin(_metadata, &scene);
		}
		if (memory_check_file(&scene.mem, some_pages.first,
				      some_pages.pages) >= 0)
			case_wrong(_metadata, row->reason,
				   "%s: the file has changed", where);
		memory_unmap(&scene.mem);
	}
	scene_close(_metadata, &scene);
}

#define PRIVATE_ROWS(fixture) \
SCENES_ROW(fixture, zeropage); \
SCENES_ROW(fixture, huge_zeropage); \
SCENES_ROW(fixture, memfd_private); \
SCENES_ROW(fixture, memfd_thp_private); \
SCENES_ROW(fixture, memfd_hugetlb_64k_private); \
SCENES_ROW(fixture, memfd_hugetlb_1m_private); \
SCENES_ROW(fixture, memfd_hugetlb_2m_private); \
SCENES_ROW(fixture, memfd_hugetlb_16m_private); \
SCENES_ROW(fixture, memfd_hugetlb_32m_private); \
SCENES_ROW(fixture, memfd_hugetlb_256m_private); \
SCENES_ROW(fixture, memfd_hugetlb_512m_private); \
SCENES_ROW(fixture, memfd_hugetlb_1g_private); \
SCENES_ROW(fixture, memfd_hugetlb_2g_private); \
SCENES_ROW(fixture, memfd_hugetlb_16g_private); \
SCENES_ROW(fixture, hugetlbfs_private); \
SCENES_ROW(fixture, tmpfs_private); \
SCENES_ROW(fixture, tmpfile_private); \
SCENES_ROW(fixture, ext4_private); \
SCENES_ROW(fixture, xfs_private); \
SCENES_ROW(fixture, btrfs_private)

SCENES(ro_longterm_pin)
PRIVATE_ROWS(ro_longterm_pin);
SCENE(ro_longterm_pin, gup_slow, private_page, &pin_gup_slow, RO)
SCENE(ro_longterm_pin, gup_fast, private_page, &pin_gup_fast, RO)

SCENES(rw_longterm_pin)
PRIVATE_ROWS(rw_longterm_pin);
SCENE(rw_longterm_pin, gup_slow, private_page, &pin_gup_slow, RW)
SCENE(rw_longterm_pin, gup_fast, private_page, &pin_gup_fast, RW)

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
	struct scene *scene = with;
	static struct door own;
	int err;

	switch (question) {
	case FIRST_WRONG_PAGE:
		return memory_check_mapping(&scene->mem, some_pages.first,
					    some_pages.pages);
	case WRITE:
		return memory_write(&scene->mem, some_pages.first,
				    some_pages.pages);
	case SHARES_PIN:
		return probe_same(&scene->door, scene_at(scene, &some_pages), 0,
				  some_pages.pages);
	case PIN:
		own.pinner = scene->door.pinner;
		return own.pinner->open(&own) ?:
			own.pinner->pin(&own, scene_at(scene, &some_pages),
					some_pages.pages * page_size(), RW);
	case FOLLOWS:
		memory_write(&scene->mem, some_pages.first, some_pages.pages);
		return truth_read(&own, &scene->mem, &some_pages, &err);
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

static void expect_answer(struct __test_metadata *_metadata,
			  const struct child *child, enum question question,
			  long expected, const char *otherwise)
{
	long said;

	if (case_has(_metadata, child_ask(child, question, &said)) &&
	    said != expected)
		case_wrong(_metadata, &reason_fork, "%s (%ld)", otherwise, said);
}

static void fork_after_pin(struct __test_metadata *_metadata,
			   const struct contract_row *row,
			   const struct pinner *pinner, enum access access)
{
	struct scene scene;
	struct child child;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !pinned(_metadata, &scene, access, "before fork") ||
	    !case_has(_metadata, child_fork(&child, answer, &scene)))
		return;
	if (scene.door.probed)
		expect_answer(_metadata, &child, SHARES_PIN, 0,
			      "the child maps the pinned page");
	same_pages(_metadata, &scene, "after fork");
	stays_true(_metadata, &scene, access, "after fork");
	same_pages(_metadata, &scene, "after fork and a write");
	expect_answer(_metadata, &child, FIRST_WRONG_PAGE, -1,
		      "the child sees what the parent wrote, at page");
	expect_answer(_metadata, &child, WRITE, 0, "the child cannot write");
	scene_sees(_metadata, &scene, &some_pages, &reason_fork,
		   "after the child's write");
	child_end(&child);
	stays_true(_metadata, &scene, access, "after the child's end");
	scene_unpin(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

#define EACH_PATH(fixture, ...) \
SCENE(fixture, gup_slow, fixture, &pin_gup_slow, ##__VA_ARGS__) \
SCENE(fixture, gup_fast, fixture, &pin_gup_fast, ##__VA_ARGS__) \
SCENE(fixture, gup_remote, fixture, &pin_gup_remote, ##__VA_ARGS__)

#define EACH_PATH_AND_ACCESS(fixture) \
SCENE(fixture, gup_slow_rw, fixture, &pin_gup_slow, RW) \
SCENE(fixture, gup_slow_ro, fixture, &pin_gup_slow, RO) \
SCENE(fixture, gup_fast_rw, fixture, &pin_gup_fast, RW) \
SCENE(fixture, gup_fast_ro, fixture, &pin_gup_fast, RO) \
SCENE(fixture, gup_remote_rw, fixture, &pin_gup_remote, RW) \
SCENE(fixture, gup_remote_ro, fixture, &pin_gup_remote, RO)

#define COW_ROWS(fixture) \
SCENES_ROW(fixture, anon); \
SCENES_ROW(fixture, anon_thp); \
SCENES_ROW(fixture, anon_thp_pte); \
SCENES_ROW(fixture, anon_hugetlb_private)

SCENES(fork_after_pin)
COW_ROWS(fork_after_pin);
EACH_PATH_AND_ACCESS(fork_after_pin)

/*
 * Shared with a child once, the pages are mapped R/O: a R/O pin must make sure
 * that the next write does not replace them.
 */
static void pinned_after_fork(struct __test_metadata *_metadata,
			      struct scene *scene, const char *where)
{
	if (!pinned(_metadata, scene, RO, where))
		return;
	stays_true(_metadata, scene, RO, where);
	same_pages(_metadata, scene, where);
	scene_unpin(_metadata, scene);
}

static void previously_shared(struct __test_metadata *_metadata,
			      const struct contract_row *row,
			      const struct pinner *pinner)
{
	struct scene scene;
	struct child child;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !case_has(_metadata, child_fork(&child, answer, &scene)))
		return;
	child_end(&child);
	pinned_after_fork(_metadata, &scene, "after the child's end");
	scene_leave(_metadata, &scene);
}

SCENES(previously_shared)
COW_ROWS(previously_shared);
EACH_PATH(previously_shared)

static void possibly_shared(struct __test_metadata *_metadata,
			    const struct contract_row *row,
			    const struct pinner *pinner)
{
	struct scene scene;
	struct child child;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !case_has(_metadata, child_fork(&child, answer, &scene)))
		return;
	pinned_after_fork(_metadata, &scene, "while the child lives");
	expect_answer(_metadata, &child, FIRST_WRONG_PAGE, -1,
		      "the child sees what the parent wrote, at page");
	child_end(&child);
	scene_leave(_metadata, &scene);
}

SCENES(possibly_shared)
COW_ROWS(possibly_shared);
EACH_PATH(possibly_shared)

/* Copying so much is nearly all that a fork does. */
#define COPIED		(32UL << 20)
/* Pins in the midst of so many forks: they cannot all have missed the copying. */
#define ENOUGH		16
#define SECONDS		10

/* Odd while a fork is under way. */
static atomic_uint forks;
static atomic_bool no_more_forks;

static void *keep_forking(void *unused)
{
	while (!no_more_forks) {
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
 * ended. Return the number of these forks, -1 if the slow path was taken.
 */
static int pin_during_forks(struct __test_metadata *_metadata,
			     const struct scene *scene, struct door *door)
{
	time_t end = time(NULL) + SECONDS;
	unsigned int met = 0;
	int nr_met = 0;

	while (nr_met < ENOUGH && time(NULL) <= end) {
		unsigned int before = forks;
		int ret = door->pinner->pin(door, scene_at(scene, &some_pages),
					    page_size(), RW);

		if (ret) {
			case_wrong(_metadata, scene->row->reason,
				   "during fork: expected success, seen %s",
				   errno_name(-ret));
			return -1;
		}
		if (before % 2 && before != met && before == forks) {
			met = before;
			nr_met++;
		}
		door->pinner->unpin(door);
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
static void pinned_during_fork(struct __test_metadata *_metadata,
			       const struct contract_row *row,
			       const struct pinner *pinner)
{
	char *copied = mmap(NULL, COPIED, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct door second = { .pinner = pinner };
	struct scene scene;
	pthread_t thread;
	int met;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !pinned(_metadata, &scene, RW, "before fork") ||
	    !case_has(_metadata, pinner->open(&second)) ||
	    !case_did(_metadata, copied != MAP_FAILED, "map memory"))
		return;
	madvise(copied, COPIED, MADV_NOHUGEPAGE);
	memset(copied, 1, COPIED);
	errno = pthread_create(&thread, NULL, keep_forking, NULL);
	if (!case_did(_metadata, !errno, "create a thread"))
		return;
	met = pin_during_forks(_metadata, &scene, &second);
	no_more_forks = true;
	pthread_join(thread, NULL);
	if (met >= ENOUGH)
		case_wrong(_metadata, &reason_waits,
			   "pins in the midst of %d forks, all by GUP-fast alone",
			   met);
	else if (met >= 0)
		case_has(_metadata, SKIP_NO_OVERLAP);
	else if (second.slow < 0)
		case_has(_metadata, SKIP_NO_SLOW_COUNT);
	pinner->close(&second);
	munmap(copied, COPIED);
	stays_true(_metadata, &scene, RW, "after forks");
	same_pages(_metadata, &scene, "after forks");
	scene_unpin(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

SCENES(pinned_during_fork)
SCENES_ROW(pinned_during_fork, anon);
SCENE(pinned_during_fork, gup_fast, pinned_during_fork, &pin_gup_fast)

/* Its door may not be there, where the parent has the only one. */
static bool child_pinned(struct __test_metadata *_metadata,
			 const struct child *child)
{
	long said;

	if (!case_has(_metadata, child_ask(child, PIN, &said)) ||
	    (said > 0 && !case_has(_metadata, said)))
		return false;
	if (said)
		case_wrong(_metadata, &reason_fork,
			   "the child: expected success, seen %s",
			   errno_name(-said));
	return !said;
}

static void both_pinned(struct __test_metadata *_metadata,
			const struct contract_row *row,
			const struct pinner *pinner)
{
	struct scene scene;
	struct child child;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !pinned(_metadata, &scene, RW, "the parent") ||
	    !case_has(_metadata, child_fork(&child, answer, &scene)))
		return;
	if (child_pinned(_metadata, &child)) {
		expect_answer(_metadata, &child, FOLLOWS, -1,
			      "the child's pin does not see its write, at page");
		stays_true(_metadata, &scene, RW, "the parent");
		expect_answer(_metadata, &child, FIRST_WRONG_PAGE, -1,
			      "the child sees what the parent wrote, at page");
		expect_answer(_metadata, &child, UNPIN, 0,
			      "the child cannot unpin");
	}
	child_end(&child);
	scene_unpin(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

SCENES(both_pinned)
COW_ROWS(both_pinned);
EACH_PATH(both_pinned)

static bool allow(struct __test_metadata *_metadata, const struct memory *mem,
		  int prot)
{
	return case_did(_metadata, !mprotect(mem->base, mem->len, prot),
			"mprotect");
}

/* A write fault on a page that is mapped R/O must not copy it when it is pinned. */
static void write_protected(struct __test_metadata *_metadata,
			    const struct contract_row *row,
			    const struct pinner *pinner, enum access access)
{
	struct scene scene;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !pinned(_metadata, &scene, access, "before mprotect"))
		return;
	if (!allow(_metadata, &scene.mem, PROT_READ))
		return;
	scene_sees(_metadata, &scene, &some_pages, &reason_truth_rw,
		   "while mapped R/O");
	if (!allow(_metadata, &scene.mem, PROT_READ | PROT_WRITE))
		return;
	stays_true(_metadata, &scene, access, "after mprotect");
	same_pages(_metadata, &scene, "after mprotect");
	scene_unpin(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

SCENES(write_protected)
COW_ROWS(write_protected);
SCENES_ROW(write_protected, memfd_shared);
SCENES_ROW(write_protected, memfd_private);
EACH_PATH_AND_ACCESS(write_protected)

static bool uffd_protect(struct __test_metadata *_metadata, int uffd,
			 const struct memory *mem, bool on)
{
	struct uffdio_writeprotect args = {
		.range = { (unsigned long)mem->base, mem->len },
		.mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0,
	};

	return case_did(_metadata, !ioctl(uffd, UFFDIO_WRITEPROTECT, &args),
			"UFFDIO_WRITEPROTECT");
}

static void uffd_protected(struct __test_metadata *_metadata,
			   const struct contract_row *row,
			   const struct pinner *pinner, enum access access)
{
	struct scene scene;
	int uffd;

	if (!enter(_metadata, &scene, row, pinner, POPULATED))
		return;
	uffd = uffd_watch(scene.mem.base, scene.mem.len,
			  UFFDIO_REGISTER_MODE_WP,
			  UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFD_USER_MODE_ONLY);
	if ((uffd < 0 && !case_has(_metadata, SKIP_NO_UFFD_WP)) ||
	    !pinned(_metadata, &scene, access, "before protection") ||
	    !uffd_protect(_metadata, uffd, &scene.mem, true))
		return;
	scene_sees(_metadata, &scene, &some_pages, &reason_truth_rw,
		   "while protected");
	if (!uffd_protect(_metadata, uffd, &scene.mem, false))
		return;
	stays_true(_metadata, &scene, access, "after protection");
	same_pages(_metadata, &scene, "after protection");
	scene_unpin(_metadata, &scene);
	close(uffd);
	scene_leave(_metadata, &scene);
}

SCENES(uffd_protected)
COW_ROWS(uffd_protected);
SCENES_ROW(uffd_protected, memfd_shared);
EACH_PATH_AND_ACCESS(uffd_protected)

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
static void forced(struct __test_metadata *_metadata,
		   const struct contract_row *row, enum pin_probe_api api,
		   const struct reason *reason)
{
	struct scene scene;
	int ret;

	if (!enter(_metadata, &scene, row, &pin_gup_remote, READ_FAULTED) ||
	    !allow(_metadata, &scene.mem, PROT_READ))
		return;
	ret = probe_take(&scene.door, api, PIN_PROBE_FOLL_LONGTERM |
			 PIN_PROBE_FOLL_WRITE | PIN_PROBE_FOLL_FORCE,
			 scene_at(&scene, &some_pages),
			 some_pages.pages * page_size());
	if (ret)
		case_wrong(_metadata, reason, "expected success, seen %s",
			   errno_name(-ret));
	else if (scene_writes(_metadata, &scene, &some_pages, reason,
			      "FOLL_FORCE"))
		same_pages(_metadata, &scene, "FOLL_FORCE");
	if (memory_check_file(&scene.mem, some_pages.first, some_pages.pages) >= 0)
		case_wrong(_metadata, reason, "the file has changed");
	probe_release(&scene.door);
	scene_leave(_metadata, &scene);
}

#define FORCED(fixture, reason) \
SCENE(fixture, gup_slow, forced, PIN_PROBE_API_PIN_SLOW, reason) \
SCENE(fixture, gup_fast, forced, PIN_PROBE_API_PIN_FAST, reason) \
SCENE(fixture, gup_remote, forced, PIN_PROBE_API_PIN_REMOTE, reason)

SCENES_WHERE(forced, ALLOWS | IS_PRIVATE | IN_STATE(READ_FAULTED))
SCENES_ROW(forced, memfd_private);
SCENES_ROW(forced, tmpfs_private);
SCENES_ROW(forced, ext4_private);
SCENES_ROW(forced, xfs_private);
SCENES_ROW(forced, btrfs_private);
FORCED(forced, &reason_forced)

SCENES_WHERE(forced_hugetlb, ALLOWS | IS_PRIVATE | IN_STATE(READ_FAULTED))
SCENES_ROW(forced_hugetlb, anon_hugetlb_private);
SCENES_ROW(forced_hugetlb, memfd_hugetlb_2m_private);
FORCED(forced_hugetlb, &reason_forced_hugetlb)

/* As often as a leak of one reference a time would show for sure. */
#define OFTEN	2000

/* A file that is read and written past the page cache, with these bytes. */
static bool direct_file(struct __test_metadata *_metadata, struct memory *file,
			const void *bytes, size_t len)
{
	if (!case_has(_metadata, memory_open(file, backing_find("ext4"),
					     SHARED)))
		return false;
	return case_did(_metadata,
			pwrite(file->fd, bytes, len, 0) == (ssize_t)len &&
			!fsync(file->fd) &&
			!fcntl(file->fd, F_SETFL, O_DIRECT), "write a file");
}

static const struct reason reason_zeropage = {
	"the zeropage can be pinned for short, without being counted",
	FIXES({ "c8070b787519", NULL, 6, 5 })
};

/*
 * Out of memory that was never written: the pins are of the zeropage, which once
 * ran out of them, and once refused them.
 */
static void direct_write(struct __test_metadata *_metadata,
			 const struct contract_row *row)
{
	enum page_state state = strcmp(row->backing, "anon") ? READ_FAULTED :
							       UNTOUCHED;
	size_t len = some_pages.pages * page_size();
	char ones[len], seen[len];
	struct scene scene;
	struct memory file;
	char *from;

	memset(ones, 1, len);
	if (!enter(_metadata, &scene, row, &pin_gup_slow, state) ||
	    !direct_file(_metadata, &file, ones, len))
		return;
	from = scene_at(&scene, &some_pages);
	for (int i = 0; i < OFTEN; i++) {
		if (state == UNTOUCHED)
			madvise(from, len, MADV_DONTNEED);
		if (pwrite(file.fd, from, len, 0) == (ssize_t)len)
			continue;
		case_wrong(_metadata, &reason_zeropage, "write %d: %s", i,
			   errno_name(errno));
		break;
	}
	fcntl(file.fd, F_SETFL, 0);
	memset(ones, 0, len);
	if (case_did(_metadata, pread(file.fd, seen, len, 0) == (ssize_t)len,
		     "read a file") && memcmp(seen, ones, len))
		case_wrong(_metadata, &reason_zeropage, "the file is not zeros");
	memory_close(&file);
	scene_leave(_metadata, &scene);
}

SCENES(direct_write)
SCENES_ROW(direct_write, anon);
SCENES_ROW(direct_write, zeropage);
SCENES_ROW(direct_write, huge_zeropage);
SCENE(direct_write, o_direct, direct_write)

/* A short-term pin for writing, where a long-term one is refused. */
static void direct_read(struct __test_metadata *_metadata,
			const struct contract_row *row)
{
	size_t len = some_pages.pages * page_size();
	struct scene scene;
	struct memory file;
	char image[len];

	if (!enter(_metadata, &scene, row, &pin_gup_slow, POPULATED))
		return;
	memory_renew(&scene.mem, some_pages.first, some_pages.pages);
	for (size_t i = 0; i < some_pages.pages; i++)
		memory_expect(&scene.mem, some_pages.first + i,
			      image + i * page_size());
	if (!direct_file(_metadata, &file, image, len))
		return;
	for (int i = 0; i < OFTEN; i++) {
		if (pread(file.fd, scene_at(&scene, &some_pages), len, 0) ==
		    (ssize_t)len)
			continue;
		case_wrong(_metadata, &reason_short_term, "read %d: %s", i,
			   errno_name(errno));
		break;
	}
	if (memory_check_mapping(&scene.mem, some_pages.first,
				 some_pages.pages) >= 0)
		case_wrong(_metadata, &reason_short_term,
			   "the mapping has not what was read into it");
	memory_close(&file);
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(direct_read, ONLY_LONGTERM)
SCENES_ROW(direct_read, ext4_shared);
SCENE(direct_read, o_direct, direct_read)

static const struct reason reason_given_back = {
	"direct I/O gives back each page that it touched",
	FIXES({ "38b43539d64b", NULL, 6, 9 })
};

/*
 * From within a page as many bytes touch one page more, and all of them must be
 * given back, by the block layer, which sees them as one piece of a huge page.
 */
static void direct_skewed(struct __test_metadata *_metadata,
			  const struct contract_row *row)
{
	ssize_t len = (some_pages.pages - 1) * page_size();
	char saved[len];
	struct scene scene;
	struct memory file;
	char *at;

	memset(saved, 1, len);
	if (!enter(_metadata, &scene, row, &pin_gup_slow, POPULATED) ||
	    !direct_file(_metadata, &file, saved, len))
		return;
	at = (char *)scene_at(&scene, &some_pages) + 512;
	memcpy(saved, at, len);
	if (pwrite(file.fd, at, len, 0) != len)
		case_wrong(_metadata, &reason_short_term, "write: %s",
			   errno_name(errno));
	memset(at, 0, len);
	if (pread(file.fd, at, len, 0) != len)
		case_wrong(_metadata, &reason_short_term, "read: %s",
			   errno_name(errno));
	if (memcmp(saved, at, len))
		case_wrong(_metadata, &reason_given_back,
			   "what was written is not what was read");
	memory_close(&file);
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(direct_skewed, ONLY_LONGTERM)
SCENES_ROW(direct_skewed, anon);
SCENES_ROW(direct_skewed, anon_thp);
SCENES_ROW(direct_skewed, anon_hugetlb_private);
SCENES_ROW(direct_skewed, anon_hugetlb_shared);
SCENES_ROW(direct_skewed, memfd_thp_shared);
SCENES_ROW(direct_skewed, memfd_hugetlb_2m_shared);
SCENES_ROW(direct_skewed, ext4_shared);
SCENES_ROW(direct_skewed, xfs_shared);
SCENE(direct_skewed, o_direct, direct_skewed)

/*
 * The danger: a write through the pin is no write that the filesystem is told of.
 * After writeback the page is clean, and whoever asks for the file to be on the
 * disk is told that it is. Bytes that are on the disk are read past the page
 * cache.
 */
static void show_the_loss(struct __test_metadata *_metadata,
			  struct scene *scene)
{
	struct memory *mem = &scene->mem;
	bool written;

	case_wrong(_metadata, scene->row->reason, "the pin was granted");
	if (!case_did(_metadata, !msync(mem->base, mem->len, MS_SYNC), "msync"))
		return;
	written = scene_writes(_metadata, scene, &some_pages,
			       scene->row->reason, "after writeback");
	if (case_did(_metadata, !fsync(mem->fd) &&
		     !fcntl(mem->fd, F_SETFL, O_DIRECT), "fsync") && written &&
	    memory_check_file(mem, some_pages.first, some_pages.pages) >= 0)
		case_wrong(_metadata, scene->row->reason,
			   "written through the pin, synced: the disk does not have the bytes");
	scene_unpin(_metadata, scene);
}

static void show_no_loss(struct __test_metadata *_metadata,
			 struct scene *scene)
{
	struct memory *mem = &scene->mem;

	case_did(_metadata, !msync(mem->base, mem->len, MS_SYNC), "msync");
	scene_writes(_metadata, scene, &some_pages, scene->row->reason,
		     "after msync");
	scene_unpin(_metadata, scene);
	memory_unmap(mem);
	if (!case_has(_metadata, memory_map(mem, MAPPED)))
		return;
	if (memory_check_mapping(mem, some_pages.first, some_pages.pages) >= 0)
		case_wrong(_metadata, scene->row->reason,
			   "what the pin wrote is lost once it is unmapped");
}

static void write_notify(struct __test_metadata *_metadata,
			 const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct promise promise;
	struct scene scene;
	int ret;

	if (!enter(_metadata, &scene, row, pinner, POPULATED) ||
	    !case_has(_metadata,
		      contract_promise(row, &scene.mem, POPULATED, &some_pages,
				       pinner, RW, &promise)))
		return;
	ret = scene_pin(&scene, &some_pages, RW, "written");
	if (!ret && promise.err)
		show_the_loss(_metadata, &scene);
	else if (!contract_kept(promise.err, ret))
		case_wrong(_metadata, promise.reason, "expected %s, seen %s",
			   errno_name(promise.err), errno_name(-ret));
	else if (!ret)
		show_no_loss(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(write_notify, IS_SHARED | IN_STATE(POPULATED))
SCENES_ROW(write_notify, ext4_shared);
SCENES_ROW(write_notify, xfs_shared);
SCENES_ROW(write_notify, btrfs_shared);
SCENES_ROW(write_notify, memfd_shared);
SCENES_ROW(write_notify, memfd_hugetlb_2m_shared);
EACH_PATH(write_notify)
SCENE(write_notify, io_uring, write_notify, &pin_io_uring)
