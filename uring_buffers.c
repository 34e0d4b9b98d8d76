// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: what a ring holds of a process's memory are the right pages, however
 * they are joined, and all of them are given back.
 *
 * Fixtures:
 *
 * uring_buffer_parts		every part of a buffer is where it should be
 * uring_buffer_direct		likewise, for direct I/O
 * uring_buffer_joined		pages of a huge page that are not in its order
 * uring_buffer_exclusive	a part of a huge page, the rest of which is shared
 * uring_ring_memory		rings in memory of the process
 * uring_ring_closed		closing the io_uring gives that back
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/memory/pattern.h"
#include "common/observe/pagemap.h"
#include "common/observe/pins.h"
#include "common/pinners/uring.h"

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

struct buffer {
	struct door *door;	/* that it is pinned by */
	char *should_be;	/* what all of it must hold */
	char *part;		/* room for one part, aligned for direct I/O */
};

static struct buffer buffer_of(struct door *door)
{
	struct buffer buffer = {
		.door = door,
		.should_be = case_mmap(door->len, PROT_READ | PROT_WRITE, 0),
		.part = case_mmap(PART_BYTES, PROT_READ | PROT_WRITE, 0),
	};

	memcpy(buffer.should_be, door->addr, door->len);
	return buffer;
}

static void read_part(const struct buffer *buffer, size_t offset, size_t len)
{
	struct door *door = buffer->door;
	int err = door->pinner->read(door, offset, buffer->part, len);

	if (err)
		case_wrong(&reason_parts, "reading %zu bytes at %zu: %s", len,
			   offset, errno_name(-err));
	else if (memcmp(buffer->part, buffer->should_be + offset, len))
		case_wrong(&reason_parts,
			   "reading %zu bytes at %zu: they are not those", len,
			   offset);
}

static void write_part(const struct buffer *buffer, size_t offset, size_t len)
{
	struct door *door = buffer->door;
	int err;

	fill(buffer->part, PART_BYTES);
	memcpy(buffer->should_be + offset, buffer->part, len);
	err = door->pinner->write(door, offset, buffer->part, len);
	if (err)
		case_wrong(&reason_parts, "writing %zu bytes at %zu: %s", len,
			   offset, errno_name(-err));
	else if (memcmp(door->addr + offset, buffer->should_be + offset, len))
		case_wrong(&reason_parts,
			   "writing %zu bytes at %zu: they are not there", len,
			   offset);
}

/* What is wrong of one part is wrong of many: the first one tells. */
static void part_is_right(const struct buffer *buffer, size_t offset,
			  size_t len)
{
	if (case_failed())
		return;
	read_part(buffer, offset, len);
	write_part(buffer, offset, len);
}

static void all_is_right(const struct buffer *buffer)
{
	if (memcmp(buffer->door->addr, buffer->should_be, buffer->door->len))
		case_wrong(&reason_parts,
			   "something was written elsewhere in the buffer");
}

/* Parts that begin and end around an offset where one page follows another. */
static void seam_is_right(const struct buffer *buffer, size_t seam)
{
	const size_t lens[] = { 1, 8, bytes_of(2) + 3 };

	for (size_t from = seam - 1; from <= seam + 1; from++)
		for (size_t i = 0; i < ARRAY_LEN(lens); i++)
			if (from + lens[i] <= buffer->door->len)
				part_is_right(buffer, from, lens[i]);
}

/*
 * From inside the first page to inside the last one. Of each huge page only the
 * seams at its ends are looked at: there the kernel could be wrong.
 */
static void parts(const struct contract_row *row)
{
	struct pin_test *t = test_open(row, &pin_io_uring);
	size_t unit = memory_unit(t->mem);
	size_t first = unit > PAGES ? unit - 3 : 0;
	size_t end = unit > PAGES ? 2 * unit + 5 : PAGES;
	struct range range = {
		.first = first, .pages = end - first, .skew = 100,
	};
	struct buffer buffer;
	long pins;

	if (bytes_of(3 * unit) > t->door->max_page)
		case_needs(SKIP_MEMLOCK);
	case_needs(memory_map(t->mem, end));
	case_needs(memory_fault_in(t->mem));
	case_needs(memory_enter(t->mem, POPULATED, 0, end));
	fill(t->mem->base, t->mem->len);
	pins_balance(&pins);
	test_pin(t, &range, RW, "several pages");
	buffer = buffer_of(t->door);
	for (size_t page = first + 1; page < end; page++)
		if ((page + 3) % unit < 6)
			seam_is_right(&buffer,
				      bytes_of(page - first) - range.skew);
	all_is_right(&buffer);
	test_unpin(t);
	case_pins(&reason_parts, pins, 0, "unregistered");
}

PIN_FIXTURE(uring_buffer_parts)
PIN_VARIANT(uring_buffer_parts, anon);
PIN_VARIANT(uring_buffer_parts, anon_thp);
PIN_VARIANT(uring_buffer_parts, anon_thp_pte);
PIN_VARIANT(uring_buffer_parts, anon_hugetlb_private);
PIN_VARIANT(uring_buffer_parts, anon_hugetlb_shared);
PIN_TEST(uring_buffer_parts, io_uring, parts)

#define DIRECT_PAGES	8

/* The file that reads and writes go through is now this one. */
static void go_through(struct door *door, int fd)
{
	case_did(!fcntl(fd, F_SETFL, O_DIRECT), "O_DIRECT");
	case_did(dup2(fd, door->fd) == door->fd, "dup2");
}

/*
 * One page to another place. Where it was stays mapped: nothing else comes to lie
 * there.
 */
static bool move_page(void *from, void *to)
{
	return mremap(from, page_size(), page_size(), MREMAP_MAYMOVE |
		      MREMAP_FIXED | MREMAP_DONTUNMAP, to) == to;
}

/*
 * Pages in the reverse of the order that they have in the machine: the frame
 * behind a page of the buffer must not be the buffer's next page by chance.
 */
static char *backward_pages(size_t len)
{
	char *from = case_mmap(len, PROT_READ | PROT_WRITE, MAP_POPULATE);
	char *to = case_mmap(len, PROT_NONE, 0);

	for (size_t done = 0; done < len; done += page_size()) {
		char *last = from;

		/* What was moved is in no frame any more. */
		for (char *page = from; page < from + len; page += page_size())
			if (pagemap_frame(page) > pagemap_frame(last))
				last = page;
		case_did(move_page(last, to + done), "order pages");
	}
	return to;
}

/*
 * A file system passes the pages of a buffer on to its device, and neither may
 * forgive what copying does: an empty segment, for example. Rows name the file.
 * Whole pages, as a device wants them.
 */
static void direct(const struct contract_row *row)
{
	const size_t len = bytes_of(DIRECT_PAGES);
	struct pin_test *t = test_open(row, &pin_io_uring);
	struct buffer buffer;
	char *pages;

	go_through(t->door, t->mem->fd);
	if (!pagemap_tells())
		case_needs(SKIP_DOOR_ROOT);
	pages = backward_pages(len);
	fill(pages, len);
	case_pin(t->door, pages, len, RW, contract_rows[ROW_anon].reason,
		 "backwards");
	buffer = buffer_of(t->door);
	for (size_t page = 0; page < DIRECT_PAGES; page++)
		for (size_t n = 1; n <= 3 && page + n <= DIRECT_PAGES; n++)
			part_is_right(&buffer, bytes_of(page), bytes_of(n));
	all_is_right(&buffer);
}

PIN_FIXTURE_WHERE(uring_buffer_direct, ANY_ROW)
PIN_SHARED_FILES(uring_buffer_direct)
PIN_VARIANT(uring_buffer_direct, blkdev_shared);
PIN_TEST(uring_buffer_direct, io_uring, direct)

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
		return move_page(mem->base + bytes_of(page), to);
	return mmap(to, page_size(), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, mem->fd, bytes_of(page)) == to;
}

/* Map the pages of an order in a row. */
static char *put_pages(const struct memory *mem, const size_t *pages)
{
	char *row = case_mmap(bytes_of(ROW_PAGES), PROT_NONE, 0);

	for (int i = 0; i < ROW_PAGES; i++)
		case_did(put_page(mem, pages[i], row + bytes_of(i)),
			 "map one page");
	return row;
}

/* Page i of the buffer is this page of the memory, in both directions. */
static void page_is_right(struct pin_test *t, size_t i, size_t page,
			  const char *where)
{
	struct door *door = t->door;
	char image[page_size()];
	int err = door->pinner->read(door, bytes_of(i), image, page_size());

	if (case_answer(&reason_joined, 0, err, where) &&
	    !memory_same_tag(t->mem, page, image))
		case_wrong(&reason_joined,
			   "%s: page %zu of the buffer is not the one mapped there",
			   where, i);
	memory_renew(t->mem, page, 1);
	memory_expect(t->mem, page, image);
	err = door->pinner->write(door, bytes_of(i), image, page_size());
	if (case_answer(&reason_joined, 0, err, where) &&
	    !memory_same_tag(t->mem, page, door->addr + bytes_of(i)))
		case_wrong(&reason_joined,
			   "%s: page %zu of the buffer was written elsewhere",
			   where, i);
}

static void joined_in(struct pin_test *t, const struct order *order)
{
	size_t unit = memory_unit(t->mem);
	struct range range = { .first = unit - PAGES, .pages = PAGES };
	size_t pages[ROW_PAGES];
	char *row;

	for (int i = 0; i < ROW_PAGES; i++)
		pages[i] = unit + order->pages[i];
	if (t->mem->fd < 0)
		range.pages += PAGES;
	case_needs(memory_map(t->mem, range.first + range.pages));
	case_needs(memory_fault_in(t->mem));
	case_needs(memory_enter(t->mem, POPULATED, range.first, range.pages));
	row = put_pages(t->mem, pages);
	case_pin(t->door, row, bytes_of(ROW_PAGES), RW, t->row->reason,
		 order->name);
	for (int i = 0; i < ROW_PAGES; i++)
		page_is_right(t, i, pages[i], order->name);
	test_unpin(t);
	case_munmap(row);
	memory_unmap(t->mem);
}

static void joined(const struct contract_row *row)
{
	struct pin_test *t = test_open(row, &pin_io_uring);

	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		if (order_applies(t->mem, &orders[i]))
			joined_in(t, &orders[i]);
}

PIN_FIXTURE(uring_buffer_joined)
PIN_VARIANT(uring_buffer_joined, anon_thp);
PIN_VARIANT(uring_buffer_joined, memfd_thp_shared);
PIN_TEST(uring_buffer_joined, io_uring, joined)

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
static void exclusive(const struct contract_row *row)
{
	struct pin_test *t = test_open(row, &pin_io_uring);
	size_t half = t->mem->granule / 2;
	struct range range = {
		.first = half / page_size() + 3, .pages = PAGES,
	};
	long pins;

	test_enter(t, 1, POPULATED, &range);
	case_did(!madvise(t->mem->base + half, half, MADV_DONTFORK),
		 "MADV_DONTFORK");
	case_fork(nothing, NULL);
	pins_balance(&pins);
	test_pin(t, &range, RW, "exclusive");
	pin_sees_write(t, &range, &reason_exclusive, "exclusive");
	process_sees_write(t, &range, &reason_exclusive, "exclusive");
	test_unpin(t);
	case_pins(&reason_exclusive, pins, 0, "unregistered");
}

PIN_FIXTURE(uring_buffer_exclusive)
PIN_VARIANT(uring_buffer_exclusive, anon_thp);
PIN_TEST(uring_buffer_exclusive, io_uring, exclusive)

static const struct reason reason_ring = {
	"a ring in memory of the process is pinned there for as long as it is used",
	FIXES({ "67d1189d1095", "pins lost when that failed", 6, 9 })
};

#define RING_PAGES	8

static const struct range ring_pages = { .pages = RING_PAGES };

typedef int (*works_fn)(struct door *door);

/* Put the rings of a door into memory. */
static struct pin_test *put_ring(const struct contract_row *row,
				 const struct pinner *pinner, works_fn works)
{
	struct pin_test *t = test_open(row, pinner);
	struct promise promise;
	long before, held;
	int ret;

	test_enter(t, RING_PAGES, POPULATED, &ring_pages);
	promise = test_promise(t, POPULATED, &ring_pages, RW);
	pins_balance(&before);
	ret = __test_pin(t, &ring_pages, RW, "populated");
	case_answer(promise.reason, promise.err, ret, "populated");
	if (ret)
		return t;
	if (!pins_balance(&held) && held <= before)
		case_wrong(&reason_ring, "nothing is pinned");
	case_answer(&reason_ring, 0, works(t->door), "using that memory");
	return t;
}

/* The end of the case does that. */
static void given_back(const struct contract_row *row,
		       const struct pinner *pinner, works_fn works)
{
	put_ring(row, pinner, works);
}

PIN_FIXTURE_WHERE(uring_ring_memory, IN_STATE(POPULATED))
PIN_VARIANT(uring_ring_memory, anon);
PIN_VARIANT(uring_ring_memory, anon_thp);
PIN_VARIANT(uring_ring_memory, shmem_anon);
PIN_VARIANT(uring_ring_memory, memfd_shared);
PIN_VARIANT(uring_ring_memory, memfd_private);
PIN_VARIANT(uring_ring_memory, memfd_hugetlb_2m_shared);
PIN_VARIANT(uring_ring_memory, ext4_shared);
PIN_VARIANT(uring_ring_memory, ext4_private);
PIN_VARIANT(uring_ring_memory, secretmem);
PIN_VARIANT(uring_ring_memory, prot_none);
PIN_TEST(uring_ring_memory, io_uring_queues, given_back, &pin_io_uring_queues, uring_queues_work)
PIN_TEST(uring_ring_memory, io_uring_provided, given_back, &pin_io_uring_provided, uring_provided_works)

static void dropped(const struct contract_row *row,
		    const struct pinner *pinner, works_fn works)
{
	case_close(put_ring(row, pinner, works)->door);
}

PIN_FIXTURE(uring_ring_closed)
PIN_VARIANT(uring_ring_closed, anon);
PIN_VARIANT(uring_ring_closed, memfd_shared);
PIN_VARIANT(uring_ring_closed, memfd_hugetlb_2m_shared);
PIN_TEST(uring_ring_closed, io_uring_provided, dropped, &pin_io_uring_provided, uring_provided_works)
