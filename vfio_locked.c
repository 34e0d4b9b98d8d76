// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO: what is mapped for a device's DMA counts as locked memory, for exactly as
 * long as it is mapped, and is limited.
 *
 * Fixtures:
 *
 * counted		while it is mapped
 * counted_twice	mapped at two of the device's addresses
 * counted_until_closed	closing the container unmaps
 * counted_over_exec	by the memory that was mapped, not by what replaced it
 * counted_over_death	by nobody, once the owner has ended
 * limited		RLIMIT_MEMLOCK, of a process without CAP_IPC_LOCK
 * unmapped_parts	what UNMAP takes for a mapping, and what not
 * mappings		the largest number of mappings
 *
 * VFIO counts in VmLck. iommufd counts in VmPin, and limits by user.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/scene.h"
#include "common/vfio.h"

static const struct reason reason_counted = {
	"pages that a device may reach count as locked memory until they are unmapped",
	FIXES({ "84209e87c696", "memory that was never written", 6, 2 })
};

#define PAGES	11

static const struct range all_pages = { .pages = PAGES };

static void is_counted(struct __test_metadata *_metadata,
		       const struct scene *scene, size_t pages,
		       const char *where)
{
	long kb = bytes_of(pages) / 1024, lck = kb, pin = kb;

	oracle_locked_kb(&lck, &pin);
	if (scene->door.pinner == &pin_vfio_type1 && (lck != kb || pin))
		case_wrong(_metadata, &reason_counted,
			   "%s: expected VmLck %ld kB and VmPin 0, seen %ld and %ld",
			   where, kb, lck, pin);
	if (scene->door.pinner != &pin_vfio_type1 && (lck || pin != kb))
		case_wrong(_metadata, &reason_counted,
			   "%s: expected VmLck 0 and VmPin %ld kB, seen %ld and %ld",
			   where, kb, lck, pin);
}

static bool enter(struct __test_metadata *_metadata, struct scene *scene,
		  const struct contract_row *row, const struct pinner *pinner)
{
	if (!scene_open(_metadata, scene, row, pinner) ||
	    !scene_enter(_metadata, scene, PAGES, UNTOUCHED, &all_pages))
		return false;
	is_counted(_metadata, scene, 0, "before");
	return true;
}

/* Huge pages, and the zeropage, count by base pages like all memory. */
static void counted(struct __test_metadata *_metadata,
		    const struct contract_row *row,
		    const struct pinner *pinner, enum access access)
{
	struct scene scene;

	if (!enter(_metadata, &scene, row, pinner))
		return;
	if (scene_pinned(_metadata, &scene, &all_pages, access, "untouched")) {
		is_counted(_metadata, &scene, PAGES, "mapped");
		scene_unpin(_metadata, &scene);
	}
	is_counted(_metadata, &scene, 0, "unmapped");
	scene_leave(_metadata, &scene);
}

SCENES(counted)
SCENES_ROW(counted, anon);
SCENES_ROW(counted, anon_thp);
SCENES_ROW(counted, zeropage);
SCENES_ROW(counted, memfd_shared);
SCENES_ROW(counted, memfd_hugetlb_2m_shared);
SCENES_ROW(counted, ext4_private);
SCENE(counted, vfio_type1_rw, counted, &pin_vfio_type1, RW)
SCENE(counted, vfio_type1_ro, counted, &pin_vfio_type1, RO)
SCENE(counted, iommufd_rw, counted, &pin_iommufd, RW)
SCENE(counted, iommufd_vfio_rw, counted, &pin_iommufd_vfio, RW)

/* Away from where pin() maps. */
#define SECOND_IOVA	(VFIO_IOVA + (64UL << 20))

static void unmap(struct __test_metadata *_metadata, struct scene *scene,
		  uint64_t iova, size_t pages)
{
	size_t unmapped = 0;

	EXPECT_EQ(0, vfio_unmap(&scene->door, iova, bytes_of(pages),
				&unmapped));
	EXPECT_EQ(bytes_of(pages), unmapped);
}

static void counted_twice(struct __test_metadata *_metadata,
			  const struct contract_row *row,
			  const struct pinner *pinner)
{
	struct scene scene;
	int ret;

	if (!enter(_metadata, &scene, row, pinner) ||
	    !scene_pinned(_metadata, &scene, &all_pages, RW, "untouched"))
		return;
	EXPECT_EQ(0, vfio_map(&scene.door, scene.mem.base, SECOND_IOVA,
			      bytes_of(PAGES), RW));
	is_counted(_metadata, &scene, 2 * PAGES, "mapped twice");
	/* An address of the device that is taken: nothing changes. */
	ret = vfio_map(&scene.door, scene.mem.base,
		       SECOND_IOVA + bytes_of(PAGES - 1),
		       bytes_of(2), RW);
	if (ret != -EEXIST)
		case_wrong(_metadata, &reason_counted,
			   "mapped over a mapping: expected EEXIST, seen %s",
			   errno_name(-ret));
	is_counted(_metadata, &scene, 2 * PAGES, "mapped twice, and refused");
	scene_unpin(_metadata, &scene);
	is_counted(_metadata, &scene, PAGES, "unmapped once");
	unmap(_metadata, &scene, SECOND_IOVA, PAGES);
	is_counted(_metadata, &scene, 0, "unmapped");
	scene_leave(_metadata, &scene);
}

SCENES(counted_twice)
SCENES_ROW(counted_twice, anon);
SCENES_ROW(counted_twice, memfd_shared);
SCENE(counted_twice, vfio_type1_rw, counted_twice, &pin_vfio_type1)
SCENE(counted_twice, iommufd_rw, counted_twice, &pin_iommufd)

static void until_closed(struct __test_metadata *_metadata,
			 const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct scene scene;

	if (!enter(_metadata, &scene, row, pinner) ||
	    !scene_pinned(_metadata, &scene, &all_pages, RW, "untouched"))
		return;
	is_counted(_metadata, &scene, PAGES, "mapped");
	pinner->close(&scene.door);
	is_counted(_metadata, &scene, 0, "closed");
	memory_unmap(&scene.mem);
	memory_close(&scene.mem);
	case_end(_metadata, &scene.before);
}

SCENES(counted_until_closed)
SCENES_ROW(counted_until_closed, anon);
SCENES_ROW(counted_until_closed, memfd_shared);
SCENES_ROW(counted_until_closed, memfd_hugetlb_2m_shared);
SCENE(counted_until_closed, vfio_type1_rw, until_closed, &pin_vfio_type1)
SCENE(counted_until_closed, iommufd_rw, until_closed, &pin_iommufd)

/* The child's memory is the case's, mapped by the child. */
static long child_maps(int pages, void *with)
{
	struct scene *scene = with;

	return vfio_map(&scene->door, scene->mem.base, VFIO_IOVA,
			bytes_of(pages), RW);
}

static void counted_over_death(struct __test_metadata *_metadata,
			       const struct contract_row *row,
			       const struct pinner *pinner)
{
	struct scene scene;
	struct child child;
	long pins, ret;

	if (!enter(_metadata, &scene, row, pinner))
		return;
	oracle_pin_balance(&pins);
	if (!case_has(_metadata, child_fork(&child, child_maps, &scene)) ||
	    !case_has(_metadata, child_ask(&child, PAGES, &ret)))
		return;
	if (ret)
		case_wrong(_metadata, row->reason, "expected success, seen %s",
			   errno_name(-ret));
	child_end(&child);
	/* The device may be at it still. */
	case_pins(_metadata, &reason_counted, pins, PAGES,
		  "the owner has ended");
	is_counted(_metadata, &scene, 0, "the owner has ended");
	if (!ret)
		unmap(_metadata, &scene, VFIO_IOVA, PAGES);
	case_pins(_metadata, &reason_counted, pins, 0, "unmapped");
	is_counted(_metadata, &scene, 0, "unmapped");
	scene_leave(_metadata, &scene);
}

SCENES(counted_over_death)
SCENES_ROW(counted_over_death, anon);
SCENES_ROW(counted_over_death, memfd_shared);
SCENE(counted_over_death, vfio_type1_rw, counted_over_death, &pin_vfio_type1)
SCENE(counted_over_death, iommufd_rw, counted_over_death, &pin_iommufd)

static const struct reason reason_exec = {
	"memory is uncounted where it was counted: not in the program that was executed since",
	FIXES({ "046eca5018f8", NULL, 6, 3 },
	      { "18e292705ba2", NULL, 6, 3 })
};

/*
 * A child that maps its memory, and then becomes another program, which lives
 * until it is killed.
 */
static pid_t map_and_exec(struct __test_metadata *_metadata,
			  struct scene *scene)
{
	int pipes[2], ret = -1;
	pid_t pid;

	/* Closed by exec(): then the other end reads nothing. */
	if (!case_did(_metadata, !pipe2(pipes, O_CLOEXEC), "make a pipe"))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ret = child_maps(PAGES, scene);
		if (!ret)
			execlp("sleep", "sleep", "1000", NULL);
		ret = ret ?: -errno;
		_exit(write(pipes[1], &ret, sizeof(ret)) != sizeof(ret));
	}
	close(pipes[1]);
	if (read(pipes[0], &ret, sizeof(ret)) == sizeof(ret))
		case_wrong(_metadata, scene->row->reason,
			   "the child cannot map and execute: %s",
			   errno_name(-ret));
	close(pipes[0]);
	return pid;
}

static void counted_over_exec(struct __test_metadata *_metadata,
			      const struct contract_row *row,
			      const struct pinner *pinner)
{
	long pins, lck, pin;
	struct scene scene;
	pid_t pid;

	if (!enter(_metadata, &scene, row, pinner))
		return;
	oracle_pin_balance(&pins);
	pid = map_and_exec(_metadata, &scene);
	if (pid < 0)
		return;
	case_pins(_metadata, &reason_counted, pins, PAGES, "after exec()");
	unmap(_metadata, &scene, VFIO_IOVA, PAGES);
	oracle_locked_kb_of(pid, &lck, &pin);
	if (lck || pin)
		case_wrong(_metadata, &reason_exec,
			   "unmapped: the new program's VmLck is %ld kB, VmPin %ld kB",
			   lck, pin);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	scene_leave(_metadata, &scene);
}

SCENES(counted_over_exec)
SCENES_ROW(counted_over_exec, anon);
SCENE(counted_over_exec, vfio_type1_rw, counted_over_exec, &pin_vfio_type1)
SCENE(counted_over_exec, iommufd_rw, counted_over_exec, &pin_iommufd)

static const struct reason reason_limited = {
	"RLIMIT_MEMLOCK limits what a process without CAP_IPC_LOCK maps", NULL
};

/* More than VFIO's batch of 512 pages, which it once checked as one. */
#define LIMIT_PAGES	520

enum question { BECOME_NOBODY, MAP_LIMIT, MAP_MORE, UNMAP, LOCKED };

static long nobody(int question, void *with)
{
	struct scene *scene = with;
	size_t unmapped;
	long lck, pin;

	switch (question) {
	case BECOME_NOBODY:
		return limit_memlock(bytes_of(LIMIT_PAGES)) ?: become_nobody();
	case MAP_LIMIT:
		return child_maps(LIMIT_PAGES, scene);
	case MAP_MORE:
		return child_maps(LIMIT_PAGES + 1, scene);
	case UNMAP:
		return vfio_unmap(&scene->door, VFIO_IOVA,
				  bytes_of(LIMIT_PAGES), &unmapped);
	default:
		oracle_locked_kb(&lck, &pin);
		return lck + pin;
	}
}

static void expect_child(struct __test_metadata *_metadata,
			 const struct child *child, int question, long expected,
			 const char *where)
{
	case_child_says(_metadata, &reason_limited, child, question, expected,
			where);
}

static void limited(struct __test_metadata *_metadata,
		    const struct contract_row *row,
		    const struct pinner *pinner)
{
	const struct range range = { .pages = LIMIT_PAGES + 1 };
	long pins, kb = bytes_of(LIMIT_PAGES) / 1024;
	struct scene scene;
	struct child child;
	long ret;

	if (!scene_open(_metadata, &scene, row, pinner) ||
	    !scene_enter(_metadata, &scene, range.pages, UNTOUCHED, &range) ||
	    !case_has(_metadata, child_fork(&child, nobody, &scene)) ||
	    !case_has(_metadata, child_ask(&child, BECOME_NOBODY, &ret)))
		return;
	errno = -ret;
	if (!case_did(_metadata, !ret, "drop privileges"))
		return;
	oracle_pin_balance(&pins);
	/* Again and again: nothing of a refusal may count. */
	for (int i = 0; i < 2; i++) {
		expect_child(_metadata, &child, MAP_MORE, -ENOMEM,
			     "one page more than the limit");
		expect_child(_metadata, &child, LOCKED, 0, "refused");
		case_pins(_metadata, &reason_counted, pins, 0, "refused");
		expect_child(_metadata, &child, MAP_LIMIT, 0,
			     "as much as the limit");
		expect_child(_metadata, &child, LOCKED, kb, "mapped");
		case_pins(_metadata, &reason_counted, pins, LIMIT_PAGES,
			  "mapped");
		expect_child(_metadata, &child, UNMAP, 0, "unmapping");
		expect_child(_metadata, &child, LOCKED, 0, "unmapped");
	}
	child_end(&child);
	scene_leave(_metadata, &scene);
}

SCENES(limited)
SCENES_ROW(limited, anon);
SCENES_ROW(limited, anon_thp);
SCENES_ROW(limited, memfd_shared);
SCENES_ROW(limited, memfd_hugetlb_2m_shared);
SCENE(limited, vfio_type1_rw, limited, &pin_vfio_type1)
SCENE(limited, iommufd_rw, limited, &pin_iommufd)

static const struct reason reason_parts = {
	"UNMAP takes whole mappings, says how much, or changes nothing", NULL
};

/* Three mappings, side by side for the device, of the same pages. */
#define PARTS	3

static void map_parts(struct __test_metadata *_metadata, struct scene *scene)
{
	for (int i = 0; i < PARTS; i++)
		EXPECT_EQ(0, vfio_map(&scene->door, scene->mem.base,
				      VFIO_IOVA + bytes_of(i * PAGES),
				      bytes_of(PAGES), RW));
}

static void not_unmapped(struct __test_metadata *_metadata,
			 struct scene *scene, size_t first, size_t pages)
{
	bool by_ioas = scene->door.pinner != &pin_vfio_type1;
	/* iommufd's uapi names its errno. */
	int expected = by_ioas ? ENOENT : REFUSED;
	size_t unmapped;
	int ret = vfio_unmap(&scene->door, VFIO_IOVA + bytes_of(first),
			     bytes_of(pages), &unmapped);

	if (!contract_kept(expected, ret))
		case_wrong(_metadata, &reason_parts,
			   "%zu pages from page %zu of a mapping: expected %s, seen %s",
			   pages, first, errno_name(expected), errno_name(-ret));
	is_counted(_metadata, scene, PARTS * PAGES, "a part unmapped");
}

static void unmapped_parts(struct __test_metadata *_metadata,
			   const struct contract_row *row,
			   const struct pinner *pinner)
{
	size_t unmapped = 0, whole = bytes_of(PARTS * PAGES);
	struct scene scene;

	if (!enter(_metadata, &scene, row, pinner))
		return;
	map_parts(_metadata, &scene);
	is_counted(_metadata, &scene, PARTS * PAGES, "mapped");
	not_unmapped(_metadata, &scene, 0, 1);
	not_unmapped(_metadata, &scene, 3, 5);
	not_unmapped(_metadata, &scene, PAGES - 1, 1);
	not_unmapped(_metadata, &scene, 1, PAGES - 1);
	unmap(_metadata, &scene, VFIO_IOVA + bytes_of(PAGES), PAGES);
	is_counted(_metadata, &scene, 2 * PAGES, "the middle unmapped");
	/* A hole in the range does no harm. */
	EXPECT_EQ(0, vfio_unmap(&scene.door, VFIO_IOVA, whole, &unmapped));
	EXPECT_EQ(bytes_of(2 * PAGES), unmapped);
	is_counted(_metadata, &scene, 0, "several unmapped");
	map_parts(_metadata, &scene);
	EXPECT_EQ(0, vfio_unmap_all(&scene.door, &unmapped));
	EXPECT_EQ(whole, unmapped);
	is_counted(_metadata, &scene, 0, "all unmapped");
	scene_leave(_metadata, &scene);
}

SCENES(unmapped_parts)
SCENES_ROW(unmapped_parts, anon);
SCENES_ROW(unmapped_parts, memfd_hugetlb_2m_shared);
SCENE(unmapped_parts, vfio_type1_rw, unmapped_parts, &pin_vfio_type1)
SCENE(unmapped_parts, iommufd_rw, unmapped_parts, &pin_iommufd)
SCENE(unmapped_parts, iommufd_vfio_rw, unmapped_parts, &pin_iommufd_vfio)

static const struct reason reason_mappings = {
	"a container has dma_entry_limit mappings, and refuses one more",
	FIXES({ "492855939bdb", NULL, 5, 1 })
};

static void expect_available(struct __test_metadata *_metadata,
			     struct scene *scene, long expected,
			     const char *where)
{
	long seen = vfio_mappings(&scene->door);

	if (seen != expected)
		case_wrong(_metadata, &reason_mappings,
			   "%s: expected room for %ld more, seen %ld",
			   where, expected, seen);
}

static void mappings(struct __test_metadata *_metadata,
		     const struct contract_row *row,
		     const struct pinner *pinner)
{
	struct scene scene;
	size_t unmapped;
	long limit, i;
	int ret = 0;

	if (!enter(_metadata, &scene, row, pinner))
		return;
	limit = vfio_mappings(&scene.door);
	if (!case_did(_metadata, limit > 0, "VFIO_IOMMU_GET_INFO"))
		return;
	for (i = 0; i <= limit && !ret; i++)
		ret = vfio_map(&scene.door, scene.mem.base,
			       VFIO_IOVA + bytes_of(i), page_size(), RW);
	if (i != limit + 1 || !contract_kept(REFUSED, ret))
		case_wrong(_metadata, &reason_mappings,
			   "expected a refusal after %ld, seen %s after %ld",
			   limit, errno_name(-ret), i - 1);
	is_counted(_metadata, &scene, limit, "at the limit");
	expect_available(_metadata, &scene, 0, "at the limit");
	unmap(_metadata, &scene, VFIO_IOVA, 1);
	expect_available(_metadata, &scene, 1, "one unmapped");
	EXPECT_EQ(0, vfio_unmap_all(&scene.door, &unmapped));
	expect_available(_metadata, &scene, limit, "all unmapped");
	is_counted(_metadata, &scene, 0, "all unmapped");
	scene_leave(_metadata, &scene);
}

SCENES(mappings)
SCENES_ROW(mappings, anon);
SCENE(mappings, vfio_type1_rw, mappings, &pin_vfio_type1)
