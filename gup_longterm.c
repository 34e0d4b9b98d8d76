// SPDX-License-Identifier: GPL-2.0-only
/*
 * Admission: for every kind of memory, mapped shared and private, through every
 * door: is a long-term pin allowed or denied, exactly as the contract says?
 *
 * Fixtures:
 *
 * longterm	long-term pins, of all memory
 * shortterm	short-term pins of the mappings where long-term writing is
 *		refused: they must stay allowed
 * reference	plain page references of the same mappings: likewise
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/memory/pattern.h"
#include "common/test/admission.h"
#include "common/harness.h"

PIN_FIXTURE_WHERE(longterm, ANY_ROW)

#define ROW(variant, ...) PIN_VARIANT(longterm, variant);
#include "common/contract/rows.h"
#undef ROW

/* io_uring and AF_XDP know only R/W pins. */
PIN_TEST(longterm, io_uring, admission, &pin_io_uring, RW)
PIN_TEST(longterm, xdp, admission, &pin_xdp, RW)
PIN_TEST(longterm, rdma_rw, admission, &pin_rdma, RW)
PIN_TEST(longterm, rdma_ro, admission, &pin_rdma, RO)
PIN_TEST(longterm, gup_slow_rw, admission, &pin_gup_slow, RW)
PIN_TEST(longterm, gup_slow_ro, admission, &pin_gup_slow, RO)
PIN_TEST(longterm, gup_fast_rw, admission, &pin_gup_fast, RW)
PIN_TEST(longterm, gup_fast_ro, admission, &pin_gup_fast, RO)

/*
 * Over-blocking is a regression too: O_DIRECT into a file mapping has always
 * worked, and a debugger must be able to write there.
 */
#define PAGES	4

static const struct range all_pages = { .pages = PAGES };

static void is_allowed(struct pin_test *t, enum page_state state, int ret)
{
	const char *where = page_state_name[state];

	if (case_answer(&reason_short_term, 0, ret, where))
		process_sees(t, &all_pages, &reason_short_term, where);
	memory_unmap(t->mem);
}

static void short_term(const struct contract_row *row,
		       const struct pinner *pinner)
{
	static const enum page_state states[] = { UNTOUCHED, POPULATED };
	struct pin_test *t = test_open(row, pinner);

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		test_enter(t, PAGES, states[i], &all_pages);
		is_allowed(t, states[i],
			   __test_pin(t, &all_pages, RW,
				      page_state_name[states[i]]));
	}
}

/* Fill the mapping with a direct read of another file. */
static int read_directly(struct memory *mem, const struct memory *source)
{
	const size_t len = bytes_of(PAGES);
	char image[len];
	int ret = 0;

	memory_renew(mem, 0, PAGES);
	for (size_t page = 0; page < PAGES; page++)
		memory_expect(mem, page, image + bytes_of(page));
	case_did(pwrite(source->fd, image, len, 0) == (ssize_t)len &&
		 !fsync(source->fd) && !fcntl(source->fd, F_SETFL, O_DIRECT),
		 "write a file");
	if (pread(source->fd, mem->base, len, 0) != (ssize_t)len)
		ret = -errno;
	case_did(!fcntl(source->fd, F_SETFL, 0), "fcntl");
	return ret;
}

static void direct_read(const struct contract_row *row)
{
	static const enum page_state states[] = { UNTOUCHED, POPULATED };
	struct memory *source = case_memory(backing_find("ext4"), SHARED);
	struct pin_test *t = test_open(row, NULL);

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		test_enter(t, PAGES, states[i], &all_pages);
		is_allowed(t, states[i], read_directly(t->mem, source));
	}
}

PIN_FIXTURE_WHERE(shortterm, ONLY_LONGTERM)
PIN_FIXTURE_WHERE(reference, ONLY_LONGTERM)

#define ROW(...)
#define FILE_ROW(variant, ...) \
	PIN_VARIANT(shortterm, variant); \
	PIN_VARIANT(reference, variant);
#include "common/contract/rows.h"
#undef ROW
#undef FILE_ROW

/* Likewise DAX, of which only what lasts for ever is refused. */
#define DAX_ROW(variant) \
	PIN_VARIANT(shortterm, variant); \
	PIN_VARIANT(reference, variant)
DAX_ROW(fsdax_ext4_shared);
DAX_ROW(fsdax_ext4_huge_shared);
DAX_ROW(fsdax_xfs_shared);

PIN_TEST(shortterm, o_direct, direct_read)
PIN_TEST(shortterm, gup_slow_rw, short_term, &pin_gup_slow_short)
PIN_TEST(shortterm, gup_fast_rw, short_term, &pin_gup_fast_short)
PIN_TEST(reference, gup_slow_rw, short_term, &get_gup_slow)
PIN_TEST(reference, gup_fast_rw, short_term, &get_gup_fast)
