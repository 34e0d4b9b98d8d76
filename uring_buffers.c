// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: what a ring holds of a process's memory are the right pages, however
 * they are joined, and all of them are given back.
 *
 * Fixtures:
 *
 * buffer_parts		every part of a buffer is where it should be
 * buffer_direct	likewise, for direct I/O
 * buffer_joined	pages of a huge page that are not in its order
 * buffer_exclusive	a part of a huge page, the rest of which is shared
 * ring_memory		rings in memory of the process
 * ring_closed		closing the io_uring gives that back
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/pagemap.h"
#include "common/scene.h"
#include "common/uring.h"

#define PAGES	11

static const struct reason reason_parts = {
	"any part of a buffer, from any byte of it, is that part of the memory",
	FIXES({ "3a3c6d61577d", "the start of joined pages", 6, 16 },
	      { "d6fef34ee4d1", "the end of the first", 6, 7 })
};

/* Bytes that are different in each word of a memory, and each time. */
static void fill(void *to, size_t len)
{
	static uint64_t state;
	uint64_t *words = to;

	for (size_t i = 0; i < len / sizeof(*words); i++)
		words[i] = ++state * 0x9e3779b97f4a7c15ULL;
}

#define PART_BYTES	(3 * page_size())

/*
 * Read one part of the buffer and write it: should_be is what all of it must hold,
 * and is kept so.
 */
static bool part_is_right(struct __test_metadata *_metadata, struct door *door,
			  char *should_be, size_t offset, size_t len)
{
	static char *buf;
	int err;

	if (!buf)
		buf = aligned_alloc(page_size(), PART_BYTES);
	err = door->pinner->read(door, offset, buf, len);
	if (err)
		case_wrong(_metadata, &reason_parts,
			   "reading %zu bytes at %zu: %s", len, offset,
			   errno_name(-err));
	else if (memcmp(buf, should_be + offset, len))
		case_wrong(_metadata, &reason_parts,
			   "reading %zu bytes at %zu: they are not those", len,
			   offset);
	fill(buf, PART_BYTES);
	memcpy(should_be + offset, buf, len);
	err = door->pinner->write(door, offset, buf, len);
	if (err)
		case_wrong(_metadata, &reason_parts,
			   "writing %zu bytes at %zu: %s", len, offset,
			   errno_name(-err));
	else if (memcmp(door->addr + offset, should_be + offset, len))
		case_wrong(_metadata, &reason_parts,
			   "writing %zu bytes at %zu: they are not there", len,
			   offset);
	return _metadata->exit_code != KSFT_FAIL;
}

static void all_is_right(struct __test_metadata *_metadata,
			 const struct door *door, const char *should_be)
{
	if (memcmp(door->addr, should_be, door->len))
		case_wrong(_metadata, &reason_parts,
			   "something was written elsewhere in the buffer");
}

/* Parts that begin and end around an offset where one page follows another. */
static bool seam_is_right(struct __test_metadata *_metadata, struct door *door,
			  char *should_be, size_t seam)
{
	const size_t lens[] = { 1, 8, bytes_of(2) + 3 };

	for (size_t from = seam - 1; from <= seam + 1; from++)
		for (size_t i = 0; i < ARRAY_LEN(lens); i++)
			if (from + lens[i] <= door->len &&
			    !part_is_right(_metadata, door, should_be, from,
					   lens[i]))
				return false;
	return true;
}

/*
 * From inside the first page to inside the last one. Of each huge page only the
 * seams at its ends are looked at: there the kernel could be wrong.
 */
static void parts(struct __test_metadata *_metadata,
		  const struct contract_row *row)
{
	struct range range = { .skew = 100 };
	struct scene scene;
	size_t unit, end;
	char *should_be;
	long pins;

	if (!scene_open(_metadata, &scene, row, &pin_io_uring))
		return;
	unit = memory_unit(&scene.mem);
	range.first = unit > PAGES ? unit - 3 : 0;
	end = unit > PAGES ? 2 * unit + 5 : PAGES;
	range.pages = end - range.first;
	if ((bytes_of(3 * unit) > scene.door.max_page &&
	     !case_has(_metadata, SKIP_MEMLOCK)) ||
	    !case_has(_metadata, memory_map(&scene.mem, end)) ||
	    !case_has(_metadata, memory_fault_in(&scene.mem)) ||
	    !case_has(_metadata, memory_enter(&scene.mem, POPULATED, 0, end)))
		return;
	fill(scene.mem.base, scene.mem.len);
	oracle_pin_balance(&pins);
	if (!scene_pinned(_metadata, &scene, &range, RW, "several pages"))
		return;
	should_be = malloc(scene.door.len);
	if (!case_did(_metadata, should_be, "malloc"))
		return;
	memcpy(should_be, scene.door.addr, scene.door.len);
	for (size_t page = range.first + 1; page < end; page++)
		if ((page + 3) % unit < 6 &&
		    !seam_is_right(_metadata, &scene.door, should_be,
				   bytes_of(page - range.first) - range.skew))
			break;
	all_is_right(_metadata, &scene.door, should_be);
	free(should_be);
	scene_unpin(_metadata, &scene);
	case_pins(_metadata, &reason_parts, pins, 0, "unregistered");
	scene_leave(_metadata, &scene);
}

SCENES(buffer_parts)
SCENES_ROW(buffer_parts, anon);
SCENES_ROW(buffer_parts, anon_thp);
SCENES_ROW(buffer_parts, anon_thp_pte);
SCENES_ROW(buffer_parts, anon_hugetlb_private);
SCENES_ROW(buffer_parts, anon_hugetlb_shared);
SCENE(buffer_parts, io_uring, parts)

#define DIRECT_PAGES	8

/* The file that reads and writes go through is now this one. */
static bool go_through(struct __test_metadata *_metadata, struct door *door,
		       int fd)
{
	return case_did(_metadata, !fcntl(fd, F_SETFL, O_DIRECT), "O_DIRECT") &&
	       case_did(_metadata, dup2(fd, door->fd) == door->fd, "dup2");
}

/*
 * Pages in the reverse of the order that they have in the machine: the frame
 * behind a page of the buffer must not be the buffer's next page by chance.
 */
static char *backward_pages(void)
{
	size_t len = bytes_of(DIRECT_PAGES);
	char *from = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	char *to = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	for (size_t done = 0; done < len; done += page_size()) {
		char *last = from;

		/* What was moved is in no frame any more. */
		for (char *page = from; page < from + len; page += page_size())
			if (pagemap_frame(page) > pagemap_frame(last))
				last = page;
		if (mremap(last, page_size(), page_size(), MREMAP_MAYMOVE |
			   MREMAP_FIXED, to + done) == MAP_FAILED)
			return NULL;
	}
	return to;
}

/* Whole pages, as a device wants them. */
static void direct_parts(struct __test_metadata *_metadata, struct door *door,
			 char *should_be)
{
	for (size_t page = 0; page < DIRECT_PAGES; page++)
		for (size_t n = 1; n <= 3 && page + n <= DIRECT_PAGES; n++)
			if (!part_is_right(_metadata, door, should_be,
					   bytes_of(page), bytes_of(n)))
				return;
	all_is_right(_metadata, door, should_be);
}

/*
 * A file system passes the pages of a buffer on to its device, and neither may
 * forgive what copying does: an empty segment, for example. Rows name the file.
 */
static void direct(struct __test_metadata *_metadata,
		   const struct contract_row *row)
{
	size_t len = bytes_of(DIRECT_PAGES);
	struct scene scene;
	char *buffer, *should_be;

	if (!scene_open(_metadata, &scene, row, &pin_io_uring) ||
	    !go_through(_metadata, &scene.door, scene.mem.fd))
		return;
	if (!pagemap_tells() && !case_has(_metadata, SKIP_DOOR_ROOT))
		return;
	buffer = backward_pages();
	should_be = malloc(len);
	if (!case_did(_metadata, buffer && should_be, "order pages"))
		return;
	fill(buffer, len);
	memcpy(should_be, buffer, len);
	EXPECT_EQ(0, pin_io_uring.pin(&scene.door, buffer, len, RW));
	direct_parts(_metadata, &scene.door, should_be);
	scene_unpin(_metadata, &scene);
	munmap(buffer, len);
	free(should_be);
	scene_close(_metadata, &scene);
}

SCENES_WHERE(buffer_direct, ANY_ROW)
SCENES_ROW(buffer_direct, ext4_shared);
SCENES_ROW(buffer_direct, xfs_shared);
SCENES_ROW(buffer_direct, btrfs_shared);
SCENES_ROW(buffer_direct, blkdev_shared);
SCENE(buffer_direct, io_uring, direct)

static const struct reason reason_joined = {
	"only pages that follow each other in a huge page are taken as one range",
	FIXES({ "776617db78c6", "CVE-2023-2598", 6, 4 })
};

/* Pages as they are put in a row, counted from the end of the first huge page. */
#define ROW_PAGES	4

static const struct order {
	const char *name;
	int pages[ROW_PAGES];
} orders[] = {
	{ "one page again and again", { -5, -5, -5, -5 } },
	{ "backwards", { -5, -6, -7, -8 } },
	{ "with gaps", { -8, -6, -4, -2 } },
	{ "not to the end of a huge page", { -3, -2, 0, 1 } },
	{ "not from the start of a huge page", { -2, -1, 1, 2 } },
};

/* A page of a file can be mapped again, and is in one huge page only. */
static bool order_applies(const struct memory *mem, const struct order *order)
{
	if (order->pages[0] == order->pages[1])
		return mem->fd >= 0;
	return mem->fd < 0 || order->pages[ROW_PAGES - 1] < 0;
}

static bool put_page(const struct memory *mem, size_t page, char *to)
{
	if (mem->fd < 0)
		return mremap(mem->base + bytes_of(page), page_size(),
			      page_size(), MREMAP_MAYMOVE | MREMAP_FIXED,
			      to) == to;
	return mmap(to, page_size(), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, mem->fd, bytes_of(page)) == to;
}

/* Map the pages of an order in a row. */
static char *put_pages(struct __test_metadata *_metadata,
		       const struct memory *mem, const size_t *pages)
{
	char *row = mmap(NULL, bytes_of(ROW_PAGES), PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (!case_did(_metadata, row != MAP_FAILED, "mmap"))
		return NULL;
	for (int i = 0; i < ROW_PAGES; i++)
		if (!case_did(_metadata,
			      put_page(mem, pages[i], row + bytes_of(i)),
			      "map one page"))
			return NULL;
	return row;
}

/* Page i of the buffer is this page of the memory, in both directions. */
static void page_is_right(struct __test_metadata *_metadata,
			  struct scene *scene, size_t i, size_t page,
			  const char *where)
{
	struct door *door = &scene->door;
	char image[page_size()];

	EXPECT_EQ(0, door->pinner->read(door, bytes_of(i), image,
					page_size()));
	if (!memory_same_tag(&scene->mem, page, image))
		case_wrong(_metadata, &reason_joined,
			   "%s: page %zu of the buffer is not the one mapped there",
			   where, i);
	memory_renew(&scene->mem, page, 1);
	memory_expect(&scene->mem, page, image);
	EXPECT_EQ(0, door->pinner->write(door, bytes_of(i), image,
					 page_size()));
	if (!memory_same_tag(&scene->mem, page, door->addr + bytes_of(i)))
		case_wrong(_metadata, &reason_joined,
			   "%s: page %zu of the buffer was written elsewhere",
			   where, i);
}

static void joined_in(struct __test_metadata *_metadata, struct scene *scene,
		      const struct order *order)
{
	size_t unit = memory_unit(&scene->mem);
	struct range range = { .first = unit - PAGES, .pages = PAGES };
	size_t pages[ROW_PAGES];
	char *row;

	for (int i = 0; i < ROW_PAGES; i++)
		pages[i] = unit + order->pages[i];
	if (scene->mem.fd < 0)
		range.pages += PAGES;
	if (!case_has(_metadata, memory_map(&scene->mem,
					    range.first + range.pages)) ||
	    !case_has(_metadata, memory_fault_in(&scene->mem)) ||
	    !case_has(_metadata, memory_enter(&scene->mem, POPULATED,
					      range.first, range.pages)))
		return;
	row = put_pages(_metadata, &scene->mem, pages);
	if (!row)
		return;
	EXPECT_EQ(0, scene->door.pinner->pin(&scene->door, row,
					     bytes_of(ROW_PAGES), RW));
	for (int i = 0; i < ROW_PAGES; i++)
		page_is_right(_metadata, scene, i, pages[i], order->name);
	scene_unpin(_metadata, scene);
	munmap(row, bytes_of(ROW_PAGES));
	memory_unmap(&scene->mem);
}

static void joined(struct __test_metadata *_metadata,
		   const struct contract_row *row)
{
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, &pin_io_uring))
		return;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (order_applies(&scene.mem, &orders[i]) &&
		    _metadata->exit_code != KSFT_SKIP)
			joined_in(_metadata, &scene, &orders[i]);
	scene_close(_metadata, &scene);
}

SCENES(buffer_joined)
SCENES_ROW(buffer_joined, anon_thp);
SCENES_ROW(buffer_joined, memfd_thp_shared);
SCENE(buffer_joined, io_uring, joined)

static const struct reason reason_exclusive = {
	"a part of a huge page stays the process's own, whoever shares the rest",
	FIXES({ "5afb4bf9fc62", "unpinned by its first page", 6, 16 })
};

static long nothing(int question, void *with)
{
	(void)with;
	return question;
}

/*
 * fork() shares the lower half of a huge page, and with it the page that stands
 * for all of it. What is wrong here only CONFIG_DEBUG_VM tells.
 */
static void exclusive(struct __test_metadata *_metadata,
		      const struct contract_row *row)
{
	struct range range = { .pages = PAGES };
	struct scene scene;
	struct child child;
	size_t half;
	long pins;

	if (!scene_open(_metadata, &scene, row, &pin_io_uring))
		return;
	half = scene.mem.granule / 2;
	range.first = half / page_size() + 3;
	if (!scene_enter(_metadata, &scene, 1, POPULATED, &range) ||
	    !case_did(_metadata, !madvise(scene.mem.base + half, half,
					  MADV_DONTFORK), "MADV_DONTFORK") ||
	    !case_has(_metadata, child_fork(&child, nothing, NULL)))
		return;
	oracle_pin_balance(&pins);
	if (scene_pinned(_metadata, &scene, &range, RW, "exclusive")) {
		scene_follows(_metadata, &scene, &range, &reason_exclusive,
			      "exclusive");
		scene_writes(_metadata, &scene, &range, &reason_exclusive,
			     "exclusive");
		scene_unpin(_metadata, &scene);
	}
	case_pins(_metadata, &reason_exclusive, pins, 0, "unregistered");
	child_end(&child);
	scene_leave(_metadata, &scene);
}

SCENES(buffer_exclusive)
SCENES_ROW(buffer_exclusive, anon_thp);
SCENE(buffer_exclusive, io_uring, exclusive)

static const struct reason reason_ring = {
	"a ring in memory of the process is pinned there for as long as it is used",
	FIXES({ "67d1189d1095", "pins lost when that failed", 6, 9 })
};

#define RING_PAGES	8

static const struct range ring_pages = { .pages = RING_PAGES };

typedef int (*works_fn)(struct door *door);

static bool enter_ring(struct __test_metadata *_metadata, struct scene *scene,
		       const struct contract_row *row,
		       const struct pinner *pinner)
{
	return scene_open(_metadata, scene, row, pinner) &&
	       scene_enter(_metadata, scene, RING_PAGES, POPULATED,
			   &ring_pages);
}

/* Put the rings of a door into memory. Return whether they are there. */
static bool put_ring(struct __test_metadata *_metadata, struct scene *scene,
		     works_fn works)
{
	struct promise promise;
	long before, held;
	int ret;

	if (!case_has(_metadata,
		      contract_promise(scene->row, &scene->mem, POPULATED,
				       &ring_pages, scene->door.pinner, RW,
				       &promise)))
		return false;
	oracle_pin_balance(&before);
	ret = scene_pin(scene, &ring_pages, RW, "populated");
	if (!contract_kept(promise.err, ret))
		case_wrong(_metadata, promise.reason,
			   "expected %s, seen %s", errno_name(promise.err),
			   errno_name(-ret));
	if (ret)
		return false;
	if (!oracle_pin_balance(&held) && held <= before)
		case_wrong(_metadata, &reason_ring, "nothing is pinned");
	ret = works(&scene->door);
	if (ret)
		case_wrong(_metadata, &reason_ring,
			   "the kernel does not use that memory: %s",
			   errno_name(-ret));
	return true;
}

static void given_back(struct __test_metadata *_metadata,
		       const struct contract_row *row,
		       const struct pinner *pinner, works_fn works)
{
	struct scene scene;

	if (!enter_ring(_metadata, &scene, row, pinner))
		return;
	if (put_ring(_metadata, &scene, works))
		scene_unpin(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(ring_memory, IN_STATE(POPULATED))
SCENES_ROW(ring_memory, anon);
SCENES_ROW(ring_memory, anon_thp);
SCENES_ROW(ring_memory, shmem_anon);
SCENES_ROW(ring_memory, memfd_shared);
SCENES_ROW(ring_memory, memfd_private);
SCENES_ROW(ring_memory, memfd_hugetlb_2m_shared);
SCENES_ROW(ring_memory, ext4_shared);
SCENES_ROW(ring_memory, ext4_private);
SCENES_ROW(ring_memory, secretmem);
SCENES_ROW(ring_memory, prot_none);
SCENE(ring_memory, io_uring_queues, given_back, &pin_io_uring_queues, uring_queues_work)
SCENE(ring_memory, io_uring_provided, given_back, &pin_io_uring_provided, uring_provided_works)

static void dropped(struct __test_metadata *_metadata,
		    const struct contract_row *row,
		    const struct pinner *pinner, works_fn works)
{
	struct scene scene;

	if (!enter_ring(_metadata, &scene, row, pinner))
		return;
	put_ring(_metadata, &scene, works);
	scene_drop(_metadata, &scene);
}

SCENES(ring_closed)
SCENES_ROW(ring_closed, anon);
SCENES_ROW(ring_closed, memfd_shared);
SCENES_ROW(ring_closed, memfd_hugetlb_2m_shared);
SCENE(ring_closed, io_uring_provided, dropped, &pin_io_uring_provided, uring_provided_works)
