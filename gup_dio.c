// SPDX-License-Identifier: GPL-2.0-only
/*
 * O_DIRECT: short-term pins of the kernel's own, of memory where long-term pins are
 * refused as well. They are given back, each, and move the bytes that they should.
 *
 * Fixtures:
 *
 * o_direct_write	out of the zeropage, thousands of times
 * o_direct_read	into a file mapping
 * o_direct_unaligned	to and from within a page, huge or not
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/memory/pattern.h"

static const struct range some_pages = { .first = 3, .pages = 5 };
#define MAPPED	11

static struct pin_test *enter(const struct contract_row *row,
			      enum page_state state)
{
	struct pin_test *t = test_open(row, NULL);

	test_enter(t, MAPPED, state, &some_pages);
	return t;
}

/* As often as a leak of one reference a time would show for sure. */
#define OFTEN	2000

/* A file that is read and written past the page cache, with these bytes. */
static struct memory *direct_file(const void *bytes, size_t len)
{
	struct memory *file = case_memory(backing_find("ext4"), SHARED);

	case_did(pwrite(file->fd, bytes, len, 0) == (ssize_t)len &&
		 !fsync(file->fd) && !fcntl(file->fd, F_SETFL, O_DIRECT),
		 "write a file");
	return file;
}

/* A part of the bytes is as wrong as none. */
static bool all_moved(ssize_t seen, size_t len, const struct reason *reason,
		      const char *what, int i)
{
	if (seen < 0)
		case_wrong(reason, "%s %d: %s", what, i, errno_name(errno));
	else if (seen != (ssize_t)len)
		case_wrong(reason, "%s %d: less than asked for", what, i);
	return seen == (ssize_t)len;
}

static const struct reason reason_zeropage = {
	"the zeropage can be pinned for short, without being counted",
	FIXES({ "c8070b787519", NULL, 6, 5 })
};

/*
 * Out of memory that was never written: the pins are of the zeropage, which once
 * ran out of them, and once refused them.
 */
static void direct_write(const struct contract_row *row)
{
	enum page_state state = strcmp(row->backing, "anon") ? READ_FAULTED :
							       UNTOUCHED;
	struct pin_test *t = enter(row, state);
	const size_t len = test_len(&some_pages);
	char *from = test_addr(t, &some_pages);
	char zeros[len], bytes[len];
	struct memory *file;
	bool ok = true;

	memset(zeros, 0, len);
	memset(bytes, 1, len);
	file = direct_file(bytes, len);
	for (int i = 0; i < OFTEN && ok; i++) {
		if (state == UNTOUCHED)
			case_did(!madvise(from, len, MADV_DONTNEED), "madvise");
		ok = all_moved(pwrite(file->fd, from, len, 0), len,
			       &reason_zeropage, "write", i);
	}
	case_did(!fcntl(file->fd, F_SETFL, 0) &&
		 pread(file->fd, bytes, len, 0) == (ssize_t)len, "read a file");
	if (memcmp(bytes, zeros, len))
		case_wrong(&reason_zeropage, "the file is not zeros");
}

PIN_FIXTURE(o_direct_write)
PIN_VARIANT(o_direct_write, anon);
PIN_VARIANT(o_direct_write, zeropage);
PIN_VARIANT(o_direct_write, huge_zeropage);
PIN_TEST(o_direct_write, o_direct, direct_write)

/* A short-term pin for writing, where a long-term one is refused. */
static void direct_read(const struct contract_row *row)
{
	struct pin_test *t = enter(row, POPULATED);
	const size_t len = test_len(&some_pages);
	char *to = test_addr(t, &some_pages);
	char image[len];
	struct memory *file;
	bool ok = true;

	memory_renew(t->mem, some_pages.first, some_pages.pages);
	for (size_t i = 0; i < some_pages.pages; i++)
		memory_expect(t->mem, some_pages.first + i,
			      image + bytes_of(i));
	file = direct_file(image, len);
	for (int i = 0; i < OFTEN && ok; i++)
		ok = all_moved(pread(file->fd, to, len, 0), len,
			       &reason_short_term, "read", i);
	process_sees(t, &some_pages, &reason_short_term, "after the reads");
}

PIN_FIXTURE_WHERE(o_direct_read, ONLY_LONGTERM)
PIN_VARIANT(o_direct_read, ext4_shared);
PIN_TEST(o_direct_read, o_direct, direct_read)

static const struct reason reason_given_back = {
	"direct I/O gives back each page that it touched",
	FIXES({ "38b43539d64b", NULL, 6, 9 })
};

/*
 * From within a page as many bytes touch one page more, and all of them must be
 * given back, by the block layer, which sees them as one piece of a huge page.
 */
static void direct_skewed(const struct contract_row *row)
{
	struct pin_test *t = enter(row, POPULATED);
	const size_t len = bytes_of(some_pages.pages - 1);
	char *at = test_addr(t, &some_pages) + 512;
	struct memory *file;
	char saved[len];

	memset(saved, 1, len);
	file = direct_file(saved, len);
	memcpy(saved, at, len);
	all_moved(pwrite(file->fd, at, len, 0), len, &reason_short_term,
		  "write", 0);
	memset(at, 0, len);
	all_moved(pread(file->fd, at, len, 0), len, &reason_short_term,
		  "read", 0);
	if (memcmp(saved, at, len))
		case_wrong(&reason_given_back,
			   "what was written is not what was read");
}

PIN_FIXTURE_WHERE(o_direct_unaligned, ONLY_LONGTERM)
PIN_VARIANT(o_direct_unaligned, anon);
PIN_VARIANT(o_direct_unaligned, anon_thp);
PIN_VARIANT(o_direct_unaligned, anon_hugetlb_private);
PIN_VARIANT(o_direct_unaligned, anon_hugetlb_shared);
PIN_VARIANT(o_direct_unaligned, memfd_thp_shared);
PIN_VARIANT(o_direct_unaligned, memfd_hugetlb_2m_shared);
PIN_VARIANT(o_direct_unaligned, ext4_shared);
PIN_VARIANT(o_direct_unaligned, xfs_shared);
PIN_TEST(o_direct_unaligned, o_direct, direct_skewed)
