// SPDX-License-Identifier: GPL-2.0-only
/*
 * GUP-fast and slow GUP agree: the lockless path never grants what the slow path
 * refuses, takes the same pages, leaves movable memory as the slow path does, and
 * fails like it.
 *
 * Fixtures:
 *
 * agree	the verdicts of GUP-fast, slow GUP and remote GUP
 * fast_alone	what is there already is pinned without the slow path
 * needs_slow	what may have to be unshared is not
 * fresh	memory that nobody may reach, just faulted in
 * readable	by somebody who has no pin, and asks for a copy
 * subpages	pages in the middle of a huge page, and over its end
 * remapped	pages of a huge page that are mapped at another offset
 * split	FOLL_SPLIT_PMD splits a transparent huge page
 * split_hugetlb	and none of hugetlb
 * failing	a range with one page that is refused
 * userfault_given	pages that userfaultfd has yet to give
 * userfault_killed	the same, and the process is killed meanwhile
 * limits	addresses that are not the process's
 * buffer	io_uring's own limits
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "common/child.h"
#include "common/limits.h"
#include "common/scene.h"
#include "common/uffd.h"

static const struct pinner *const paths[] = {
	&pin_gup_slow, &pin_gup_fast, &pin_gup_remote,
};

static const struct range one_page = { .pages = 1 };

/* Does the contract name this page as one of which the path knows less? */
static bool knows_less(const struct scene *scene, enum page_state state,
		       enum access access)
{
	struct promise slow, own;

	return !contract_promise(scene->row, &scene->mem, state, &one_page,
				 &pin_gup_slow, access, &slow) &&
	       !contract_promise(scene->row, &scene->mem, state, &one_page,
				 scene->door.pinner, access, &own) &&
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
static bool verdict(struct __test_metadata *_metadata, struct scene *scene,
		    enum page_state state, enum access access,
		    struct verdict *verdict)
{
	char where[64];
	int ret;

	snprintf(where, sizeof(where), "%s, %s", page_state_name[state],
		 scene->door.pinner->name);
	ret = memory_map(&scene->mem, 1);
	if (ret == -ENODEV && (scene->mem.backing->flags & B_MAY_NOT_MAP)) {
		*verdict = (struct verdict){ .err = ENODEV };
		return true;
	}
	if (!case_has(_metadata, ret) ||
	    !case_has(_metadata, memory_enter(&scene->mem, state, 0, 1)))
		return false;
	verdict->knows_less = knows_less(scene, state, access);
	verdict->err = -scene_pin(scene, &one_page, access, where);
	if (!verdict->err)
		scene_unpin(_metadata, scene);
	memory_unmap(&scene->mem);
	return true;
}

static void agree_in(struct __test_metadata *_metadata, struct scene *scene,
		     enum page_state state, enum access access)
{
	static const struct reason reason = {
		"the paths decide by different evidence, and must decide alike",
		NULL
	};
	struct verdict seen[ARRAY_LEN(paths)];

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		scene->door.pinner = paths[i];
		if (!verdict(_metadata, scene, state, access, &seen[i]))
			return;
		if (seen[i].err == seen[0].err || seen[i].knows_less)
			continue;
		case_wrong(_metadata, &reason, "%s: %s: %s, but %s: %s",
			   page_state_name[state], paths[0]->name,
			   errno_name(seen[0].err), paths[i]->name,
			   errno_name(seen[i].err));
	}
}

static void agree(struct __test_metadata *_metadata,
		  const struct contract_row *row, enum access access)
{
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, &pin_gup_remote))
		return;
	if (memory_is_costly(&scene.mem))
		scene.mem.states &= BIT(READ_FAULTED);
	for (enum page_state s = 0; s < NR_PAGE_STATES; s++)
		if (scene.mem.states & BIT(s) &&
		    _metadata->exit_code != KSFT_SKIP)
			agree_in(_metadata, &scene, s, access);
	scene_close(_metadata, &scene);
}

SCENES_WHERE(agree, ANY_ROW)
#define ROW(variant, ...) SCENES_ROW(agree, variant);
#include "common/contract_rows.h"
#undef ROW
SCENE(agree, rw, agree, RW)
SCENE(agree, ro, agree, RO)

/* How often pinning one page by GUP-fast takes the slow path; -1: failed. */
static int slow_entries(struct __test_metadata *_metadata, struct scene *scene,
			enum access access, const char *where)
{
	if (!scene_pinned(_metadata, scene, &one_page, access, where))
		return -1;
	scene_unpin(_metadata, scene);
	if (scene->door.slow < 0)
		case_has(_metadata, SKIP_NO_SLOW_COUNT);
	return scene->door.slow;
}

/*
 * The first pin may have had to move the page out of movable memory, for which
 * the slow path is needed: the second may not.
 */
static void fast_alone(struct __test_metadata *_metadata,
		       const struct contract_row *row, enum access access)
{
	static const struct reason reason = {
		"what is mapped writable and has no file to tell needs no slow path",
		NULL
	};
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, &pin_gup_fast))
		return;
	if (scene_enter(_metadata, &scene, 1, POPULATED, &one_page) &&
	    slow_entries(_metadata, &scene, access, "first pin") >= 0 &&
	    slow_entries(_metadata, &scene, access, "second pin") > 0)
		case_wrong(_metadata, &reason,
			   "expected a pin by GUP-fast alone, seen the slow path");
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(fast_alone, ALLOWS | IN_STATE(POPULATED))
SCENES_ROW(fast_alone, anon);
SCENES_ROW(fast_alone, anon_thp);
SCENES_ROW(fast_alone, anon_thp_pte);
SCENES_ROW(fast_alone, anon_hugetlb_shared);
SCENES_ROW(fast_alone, anon_hugetlb_private);
SCENES_ROW(fast_alone, shmem_anon);
SCENES_ROW(fast_alone, sysv_shm);
SCENES_ROW(fast_alone, memfd_shared);
SCENES_ROW(fast_alone, memfd_private);
SCENES_ROW(fast_alone, memfd_thp_shared);
SCENES_ROW(fast_alone, memfd_hugetlb_2m_shared);
SCENES_ROW(fast_alone, memfd_hugetlb_2m_private);
SCENES_ROW(fast_alone, hugetlbfs_shared);
SCENES_ROW(fast_alone, tmpfs_shared);
SCENES_ROW(fast_alone, ext4_private);
SCENE(fast_alone, rw, fast_alone, RW)
SCENE(fast_alone, ro, fast_alone, RO)

static const struct reason reason_slow = {
	"a R/O pin of a page that a private mapping maps R/O asks the mapping first",
	FIXES({ "a7f226604170", NULL, 5, 19 }, { "84209e87c696", NULL, 6, 2 })
};

/*
 * A page of private memory that is mapped R/O may be one that has to be unshared
 * before a R/O pin, and only the mapping tells whether it is. Of shared memory no
 * page is: whichever path grants it, nothing is wrong.
 */
static void needs_slow(struct __test_metadata *_metadata,
		       const struct contract_row *row)
{
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, &pin_gup_fast))
		return;
	if (scene_enter(_metadata, &scene, 1, READ_FAULTED, &one_page) &&
	    !slow_entries(_metadata, &scene, RO, "read_faulted"))
		case_wrong(_metadata, &reason_slow,
			   "expected the slow path, seen a pin by GUP-fast alone");
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(needs_slow, ALLOWS_RO | IS_PRIVATE | IN_STATE(READ_FAULTED))
SCENES_ROW(needs_slow, zeropage);
SCENES_ROW(needs_slow, huge_zeropage);
SCENES_ROW(needs_slow, memfd_private);
SCENES_ROW(needs_slow, memfd_hugetlb_2m_private);
SCENES_ROW(needs_slow, tmpfs_private);
SCENES_ROW(needs_slow, ext4_private);
SCENES_ROW(needs_slow, xfs_private);
SCENES_ROW(needs_slow, btrfs_private);
SCENE(needs_slow, ro, needs_slow)

/*
 * A page that was just faulted in waits in a batch of its CPU until it is put on
 * an LRU list, and once passed for a page of no file. Stay on that CPU.
 */
static void stay_on_this_cpu(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

static const struct {
	const char *name;
	enum pin_probe_api api;
	unsigned int flags;
} reaches[] = {
	{ "long-term R/O pin", PIN_PROBE_API_PIN_FAST, PIN_PROBE_FOLL_LONGTERM },
	{ "R/O pin", PIN_PROBE_API_PIN_FAST, 0 },
	{ "R/W pin", PIN_PROBE_API_PIN_FAST, PIN_PROBE_FOLL_WRITE },
	{ "reference", PIN_PROBE_API_GET_FAST, 0 },
};

static void fresh(struct __test_metadata *_metadata,
		  const struct contract_row *row)
{
	struct promise promise;
	struct scene scene;
	int ret;

	stay_on_this_cpu();
	if (!scene_open(_metadata, &scene, row, &pin_gup_remote))
		return;
	for (size_t i = 0; i < ARRAY_LEN(reaches); i++) {
		enum access access = reaches[i].flags & PIN_PROBE_FOLL_WRITE ?
				     RW : RO;

		if (!scene_enter(_metadata, &scene, 1, POPULATED, &one_page) ||
		    !case_has(_metadata,
			      contract_promise(row, &scene.mem, POPULATED,
					       &one_page, &pin_gup_fast, access,
					       &promise)))
			return;
		ret = probe_take(&scene.door, reaches[i].api, reaches[i].flags,
				 scene.mem.base, page_size());
		if (!ret)
			probe_release(&scene.door);
		if (!contract_kept(promise.err, ret))
			case_wrong(_metadata, promise.reason,
				   "%s of a fresh page: expected %s, seen %s",
				   reaches[i].name, errno_name(promise.err),
				   errno_name(-ret));
		memory_unmap(&scene.mem);
	}
	scene_close(_metadata, &scene);
}

SCENES_WHERE(fresh, DENIES_RW | DENIES_RO | READS_ALIKE | IN_STATE(POPULATED))
SCENES_ROW(fresh, secretmem);
SCENE(fresh, gup_fast, fresh)

/* How others read a process's memory: the kernel takes its pages for them. */
static ssize_t by_process_vm_readv(const void *from, void *to, size_t len)
{
	struct iovec local = { .iov_base = to, .iov_len = len };
	struct iovec remote = { .iov_base = (void *)from, .iov_len = len };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
}

static ssize_t by_proc_mem(const void *from, void *to, size_t len)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t got = pread(fd, to, len, (uintptr_t)from);

	close(fd);
	return got;
}

/* Whatever the call says: the bytes must be there if it says so, and else not. */
static void readable(struct __test_metadata *_metadata,
		     const struct contract_row *row,
		     ssize_t (*read_by)(const void *from, void *to, size_t len))
{
	const struct backing *backing = backing_find(row->backing);
	char *image = calloc(1, page_size());
	struct aftermath before;
	struct promise promise;
	struct memory mem;
	int promised, seen = 0;

	case_begin(&before);
	if (!case_has(_metadata, memory_open(&mem, backing, row->sharing)) ||
	    !case_has(_metadata, memory_map(&mem, 1)) ||
	    !case_has(_metadata, memory_enter(&mem, POPULATED, 0, 1)) ||
	    !case_has(_metadata, contract_promise(row, &mem, POPULATED,
						  &one_page, &pin_gup_remote,
						  RO, &promise)))
		return;
	promised = promise.err ? REFUSED : 0;
	if (read_by(mem.base, image, page_size()) != (ssize_t)page_size())
		seen = REFUSED;
	if (promised != seen)
		case_wrong(_metadata, promise.reason, "expected %s, seen %s",
			   errno_name(promised), errno_name(seen));
	if (memory_same_tag(&mem, 0, image) != !promised)
		case_wrong(_metadata, promise.reason,
			   "expected %s, seen other bytes",
			   errno_name(promised));
	memory_unmap(&mem);
	memory_close(&mem);
	free(image);
	case_end(_metadata, &before);
}

SCENES_WHERE(readable, READS_ALIKE | IN_STATE(POPULATED))
SCENES_ROW(readable, anon);
SCENES_ROW(readable, secretmem);
SCENE(readable, process_vm_readv, readable, by_process_vm_readv)
SCENE(readable, proc_mem, readable, by_proc_mem)

/* Each page of a range, and no other: in both directions, and by its pfn. */
static void range_is_true(struct __test_metadata *_metadata,
			  struct scene *scene, const struct range *range,
			  const char *where)
{
	if (!scene_pinned(_metadata, scene, range, RW, where))
		return;
	scene_follows(_metadata, scene, range, &reason_truth_rw, where);
	scene_writes(_metadata, scene, range, &reason_truth_rw, where);
	scene_same(_metadata, scene, range, &reason_truth_rw, where);
	scene_unpin(_metadata, scene);
}

static void subpages(struct __test_metadata *_metadata,
		     const struct contract_row *row,
		     const struct pinner *pinner)
{
	struct range inside = { .first = 101, .pages = 7 };
	struct range over_end = { .pages = 6 };
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	over_end.first = memory_unit(&scene.mem) - 3;
	if (scene_enter(_metadata, &scene, over_end.first + 6, POPULATED,
			&over_end))
		range_is_true(_metadata, &scene, &over_end, "over the end");
	memory_unmap(&scene.mem);
	if (scene_enter(_metadata, &scene, over_end.first + 6, POPULATED,
			&inside))
		range_is_true(_metadata, &scene, &inside, "inside");
	scene_leave(_metadata, &scene);
}

#define BY_EACH_PATH(fixture) \
SCENE(fixture, gup_slow, fixture, &pin_gup_slow) \
SCENE(fixture, gup_fast, fixture, &pin_gup_fast) \
SCENE(fixture, gup_remote, fixture, &pin_gup_remote)

SCENES(subpages)
SCENES_ROW(subpages, anon_thp);
SCENES_ROW(subpages, anon_thp_pte);
SCENES_ROW(subpages, anon_hugetlb_private);
SCENES_ROW(subpages, anon_hugetlb_shared);
BY_EACH_PATH(subpages)
SCENE(subpages, io_uring, subpages, &pin_io_uring)

/* The offset in the huge page must come from the page, not from the address. */
static void remapped(struct __test_metadata *_metadata,
		     const struct contract_row *row,
		     const struct pinner *pinner)
{
	const struct range range = { .first = 100, .pages = 16 };
	size_t skip = range.first * page_size();
	size_t len = range.pages * page_size();
	struct scene scene;
	char *base, *to;

	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	if (!scene_enter(_metadata, &scene, 1, POPULATED, &range))
		return;
	base = scene.mem.base;
	/* Room at the end of the mapping, one page off its old place. */
	to = mmap(NULL, scene.mem.granule, PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!case_did(_metadata, to != MAP_FAILED, "mmap"))
		return;
	if (((uintptr_t)to ^ (uintptr_t)(base + skip)) % scene.mem.granule == 0)
		to += page_size();
	if (!case_did(_metadata, mremap(base + skip, len, len, MREMAP_MAYMOVE |
					MREMAP_FIXED, to) == to, "mremap"))
		return;
	scene.mem.base = to - skip;
	range_is_true(_metadata, &scene, &range, "remapped");
	scene.mem.base = base;
	memory_unmap(&scene.mem);
	munmap(to, len);
	scene_close(_metadata, &scene);
}

SCENES(remapped)
SCENES_ROW(remapped, anon_thp);
SCENES_ROW(remapped, anon_thp_pte);
SCENES_ROW(remapped, memfd_thp_shared);
BY_EACH_PATH(remapped)
SCENE(remapped, io_uring, remapped, &pin_io_uring)

static int pin_splitting(struct scene *scene, const struct range *range,
			 enum pin_probe_api api)
{
	int ret;

	watchdog_enter("FOLL_SPLIT_PMD", scene->mem.granule, 1);
	ret = probe_take(&scene->door, api, PIN_PROBE_FOLL_LONGTERM |
			 PIN_PROBE_FOLL_WRITE | PIN_PROBE_FOLL_SPLIT_PMD,
			 scene_at(scene, range), range->pages * page_size());
	watchdog_leave();
	return ret;
}

static const struct reason reason_split = {
	"FOLL_SPLIT_PMD splits a transparent huge page, and is refused for hugetlb",
	FIXES({ "8977752c8056", NULL, 6, 15 })
};

static const struct range split_range = { .first = 3, .pages = 5 };

static bool enter_split(struct __test_metadata *_metadata, struct scene *scene,
			const struct contract_row *row)
{
	return scene_open(_metadata, scene, row, &pin_gup_remote) &&
	       scene_enter(_metadata, scene, 8, POPULATED, &split_range);
}

static void leave_split(struct __test_metadata *_metadata, struct scene *scene)
{
	if (memory_check_mapping(&scene->mem, split_range.first,
				 split_range.pages) >= 0)
		case_wrong(_metadata, &reason_split,
			   "the process lost its bytes");
	scene_leave(_metadata, scene);
}

/* uprobes rely on it: they replace one page of those that the PMD maps. */
static void split(struct __test_metadata *_metadata,
		  const struct contract_row *row, enum pin_probe_api api)
{
	struct scene scene;
	int ret;

	if (!enter_split(_metadata, &scene, row) ||
	    !case_did(_metadata, oracle_huge_kb(scene.mem.base) > 0,
		      "map a huge page"))
		return;
	ret = pin_splitting(&scene, &split_range, api);
	if (ret)
		case_wrong(_metadata, &reason_split, "expected success, seen %s",
			   errno_name(-ret));
	else
		scene_follows(_metadata, &scene, &split_range, &reason_split,
			      "split");
	if (oracle_huge_kb(scene.mem.base))
		case_wrong(_metadata, &reason_split,
			   "it is still mapped as a huge page");
	probe_release(&scene.door);
	leave_split(_metadata, &scene);
}

/* A page of hugetlb cannot be split: who tried would break its page table. */
static void split_refused(struct __test_metadata *_metadata,
			  const struct contract_row *row,
			  enum pin_probe_api api)
{
	struct scene scene;
	int ret;

	if (!enter_split(_metadata, &scene, row))
		return;
	ret = pin_splitting(&scene, &split_range, api);
	if (!contract_kept(REFUSED, ret))
		case_wrong(_metadata, &reason_split,
			   "expected a refusal, seen %s", errno_name(-ret));
	probe_release(&scene.door);
	leave_split(_metadata, &scene);
}

SCENES(split)
SCENES_ROW(split, anon_thp);
SCENE(split, gup_slow, split, PIN_PROBE_API_PIN_SLOW)
SCENE(split, gup_remote, split, PIN_PROBE_API_PIN_REMOTE)

SCENES(split_hugetlb)
SCENES_ROW(split_hugetlb, anon_hugetlb_private);
SCENES_ROW(split_hugetlb, memfd_hugetlb_2m_shared);
SCENE(split_hugetlb, gup_slow, split_refused, PIN_PROBE_API_PIN_SLOW)
SCENE(split_hugetlb, gup_remote, split_refused, PIN_PROBE_API_PIN_REMOTE)

/*
 * Four good pages and one that is refused: at the start, in the middle, at the
 * end. The good ones are pinned and released again, neither less nor more.
 */
static void failing_at(struct __test_metadata *_metadata, struct scene *scene,
		       enum page_state state, size_t before)
{
	struct range range = { .pages = 1, .before = before,
			       .behind = 4 - before };
	struct promise promise;
	char where[64];
	int ret;

	snprintf(where, sizeof(where), "%s, behind %zu pages",
		 page_state_name[state], before);
	if (!case_has(_metadata, memory_map(&scene->mem, 1)) ||
	    !case_has(_metadata, memory_put_neighbours(&scene->mem, before,
						       4 - before)) ||
	    !case_has(_metadata, memory_enter(&scene->mem, state, 0, 1)) ||
	    !case_has(_metadata,
		      contract_promise(scene->row, &scene->mem, state, &range,
				       scene->door.pinner, RW, &promise)))
		return;
	ret = scene_pin(scene, &range, RW, where);
	if (!ret)
		scene->door.pinner->unpin(&scene->door);
	if (!contract_kept(promise.err, ret))
		case_wrong(_metadata, promise.reason,
			   "%s: expected %s, seen %s", where,
			   errno_name(promise.err), errno_name(-ret));
	memory_unmap(&scene->mem);
}

static void failing(struct __test_metadata *_metadata,
		    const struct contract_row *row,
		    const struct pinner *pinner)
{
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, pinner))
		return;
	for (enum page_state s = 0; s < NR_PAGE_STATES; s++) {
		if (!(scene.mem.states & (BIT(UNTOUCHED) | BIT(POPULATED)) &
		      BIT(s)))
			continue;
		for (size_t before = 0; before <= 4; before += 2)
			failing_at(_metadata, &scene, s, before);
	}
	scene_close(_metadata, &scene);
}

SCENES_WHERE(failing, DENIES_RW)
SCENES_ROW(failing, hole);
SCENES_ROW(failing, prot_none);
SCENES_ROW(failing, beyond_eof);
SCENES_ROW(failing, secretmem);
SCENES_ROW(failing, pfnmap_udmabuf);
SCENES_ROW(failing, ext4_shared);
SCENES_ROW(failing, xfs_shared);
SCENES_ROW(failing, btrfs_shared);
SCENES_ROW(failing, fsdax_ext4_shared);
BY_EACH_PATH(failing)
SCENE(failing, io_uring, failing, &pin_io_uring)

/*
 * Pages that userfaultfd has yet to give. A pin waits for each of them, without the
 * lock of the mapping, and begins again there.
 */
#define MISSED_PAGES	6

struct waiting {
	const struct pinner *pinner;
	struct door door;
	struct memory *mem;
};

enum question {
	WATCH,
	PIN,
	WRONG_PAGE,
	UNPIN,
};

static long watch(struct waiting *waiting)
{
	if (waiting->pinner->open(&waiting->door))
		return -ENODEV;
	return uffd_watch(waiting->mem->base, waiting->mem->len,
			  UFFDIO_REGISTER_MODE_MISSING, 0, 0);
}

/* The first that is another one through the pin, -1 if none is. */
static long wrong_page(struct waiting *waiting)
{
	char image[page_size()];

	for (size_t page = 0; page < MISSED_PAGES; page++)
		if (waiting->pinner->read(&waiting->door, bytes_of(page), image,
					  page_size()) ||
		    !memory_same_tag(waiting->mem, page, image))
			return page;
	return memory_check_mapping(waiting->mem, 0, MISSED_PAGES);
}

static long answer(int question, void *with)
{
	struct waiting *waiting = with;

	switch (question) {
	case WATCH:
		return watch(waiting);
	case PIN:
		return waiting->pinner->pin(&waiting->door, waiting->mem->base,
					    bytes_of(MISSED_PAGES), RW);
	case WRONG_PAGE:
		return wrong_page(waiting);
	default:
		return waiting->pinner->unpin(&waiting->door);
	}
}

static const struct reason reason_waits = {
	"a pin waits for a page that userfaultfd is to give, as a fault does",
	/* After Linux 6.1. */
	FIXES({ "what long-term pins need to let go of the mapping's lock", NULL, 6, 12 })
};

/* Let a child begin to pin. Return the userfaultfd of its memory, -1: there is none. */
static int begin_waiting(struct __test_metadata *_metadata,
			 struct scene *scene, const struct contract_row *row,
			 struct waiting *waiting, struct child *child)
{
	long said;
	int uffd;

	if (!scene_open(_metadata, scene, row, waiting->pinner) ||
	    !case_has(_metadata, memory_map(&scene->mem, MISSED_PAGES)))
		return -1;
	memory_renew(&scene->mem, 0, MISSED_PAGES);
	waiting->mem = &scene->mem;
	if (!case_has(_metadata, child_fork(child, answer, waiting)) ||
	    !case_has(_metadata, child_ask(child, WATCH, &said)) ||
	    ((said == -EPERM || said == -ENOSYS) &&
	     !case_has(_metadata, SKIP_NO_UFFD)) ||
	    !case_did(_metadata, said >= 0, "watch memory by userfaultfd"))
		return -1;
	uffd = child_take_fd(child, said);
	if (!case_did(_metadata, uffd >= 0, "take the userfaultfd") ||
	    !case_has(_metadata, child_begin(child, PIN)))
		return -1;
	return uffd;
}

/* Return whether the pin waits for a page, and where. */
static bool waits(struct __test_metadata *_metadata, int uffd,
		  const struct child *child, char **addr)
{
	int ret = uffd_wait(uffd, child->hear, addr);
	long said;

	if (ret < 0)
		return case_has(_metadata, fault(-ret, "wait for a fault"));
	if (!ret && case_has(_metadata, child_answer(child, &said)))
		case_wrong(_metadata, &reason_waits,
			   "expected the pin to wait, seen %s",
			   errno_name(-said));
	return ret;
}

/* Give the next pages that are missed. */
static bool give(struct __test_metadata *_metadata, const struct memory *mem,
		 int uffd, const struct child *child, size_t pages)
{
	char image[page_size()], *addr;

	for (; pages; pages--) {
		if (!waits(_metadata, uffd, child, &addr))
			return false;
		memory_expect(mem, (addr - mem->base) / page_size(), image);
		if (!case_did(_metadata, !uffd_give(uffd, addr, image),
			      "UFFDIO_COPY"))
			return false;
	}
	return true;
}

static void userfault_given(struct __test_metadata *_metadata,
			    const struct contract_row *row,
			    const struct pinner *pinner)
{
	struct waiting waiting = { .pinner = pinner };
	struct scene scene;
	struct child child;
	long said;
	int uffd = begin_waiting(_metadata, &scene, row, &waiting, &child);

	if (uffd < 0 ||
	    !give(_metadata, &scene.mem, uffd, &child, MISSED_PAGES) ||
	    !case_has(_metadata, child_answer(&child, &said)))
		return;
	if (said) {
		case_wrong(_metadata, &reason_waits,
			   "expected success, seen %s", errno_name(-said));
	} else {
		case_child_says(_metadata, &reason_waits, &child, WRONG_PAGE,
				-1, "the page that is pinned and is not the one given");
		case_child_says(_metadata, &reason_waits, &child, UNPIN, 0,
				"unpinning");
	}
	child_end(&child);
	scene_close(_metadata, &scene);
}

/* What it has pinned till then must be given back: the end asks for that. */
static void userfault_killed(struct __test_metadata *_metadata,
			     const struct contract_row *row,
			     const struct pinner *pinner)
{
	struct waiting waiting = { .pinner = pinner };
	struct scene scene;
	struct child child;
	char *addr;
	int uffd = begin_waiting(_metadata, &scene, row, &waiting, &child);

	if (uffd < 0 ||
	    !give(_metadata, &scene.mem, uffd, &child, MISSED_PAGES / 2) ||
	    !waits(_metadata, uffd, &child, &addr))
		return;
	case_did(_metadata, !kill(child.pid, SIGKILL), "kill the child");
	child_end(&child);
	scene_close(_metadata, &scene);
}

SCENES(userfault_given)
SCENES_ROW(userfault_given, anon);
SCENES_ROW(userfault_given, shmem_anon);
SCENE(userfault_given, gup_fast, userfault_given, &pin_gup_fast)
SCENE(userfault_given, io_uring, userfault_given, &pin_io_uring)

SCENES(userfault_killed)
SCENES_ROW(userfault_killed, anon);
SCENES_ROW(userfault_killed, shmem_anon);
SCENE(userfault_killed, gup_fast, userfault_killed, &pin_gup_fast)
SCENE(userfault_killed, io_uring, userfault_killed, &pin_io_uring)

/* Whatever the process has mapped. */
LIMITS(limits)
FIXTURE_VARIANT_ADD(limits, kernel_address) { .limit = {
	-(1UL << 30), 1UL << 16, EFAULT, "the kernel's own addresses",
} };
FIXTURE_VARIANT_ADD(limits, low_address) { .limit = {
	1UL << 16, 1UL << 28, EFAULT, "a range with nothing at its start",
} };
LIMIT(limits, gup_slow, gup_slow)
LIMIT(limits, gup_fast, gup_fast)
LIMIT(limits, gup_remote, gup_remote)
LIMIT(limits, io_uring, io_uring)

LIMITS(buffer)
FIXTURE_VARIANT_ADD(buffer, null) { .limit = {
	0, 1UL << 16, EFAULT, "a length without an address",
} };
FIXTURE_VARIANT_ADD(buffer, empty) { .limit = {
	1UL << 16, 0, REFUSED, "an address without a length",
} };
FIXTURE_VARIANT_ADD(buffer, wrapped) { .limit = {
	-(1UL << 16), 1UL << 17, REFUSED, "the end lies before the start",
} };
LIMIT(buffer, io_uring, io_uring)
