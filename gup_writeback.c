// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writeback: why long-term writing to files is refused. Where the pin is granted all
 * the same, the loss is shown.
 *
 * Fixtures:
 *
 * write_notify		pinned R/W, written back, and then written through the pin
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/memory/pattern.h"

static const struct range some_pages = { .first = 3, .pages = 5 };
#define MAPPED	11

/*
 * The danger: a write through the pin is no write that the filesystem is told of.
 * After writeback the page is clean, and whoever asks for the file to be on the
 * disk is told that it is. Bytes that are on the disk are read past the page
 * cache.
 */
static void show_the_loss(struct pin_test *t)
{
	const struct reason *reason = t->row->reason;
	struct memory *mem = t->mem;
	bool written;

	case_wrong(reason, "the pin was granted");
	case_did(!msync(mem->base, mem->len, MS_SYNC), "msync");
	written = process_sees_write(t, &some_pages, reason, "after writeback");
	case_did(!fsync(mem->fd) && !fcntl(mem->fd, F_SETFL, O_DIRECT), "fsync");
	if (written &&
	    memory_check_file(mem, some_pages.first, some_pages.pages) >= 0)
		case_wrong(reason,
			   "written through the pin, synced: the disk does not have the bytes");
}

static void show_no_loss(struct pin_test *t)
{
	const struct reason *reason = t->row->reason;
	struct memory *mem = t->mem;

	case_did(!msync(mem->base, mem->len, MS_SYNC), "msync");
	process_sees_write(t, &some_pages, reason, "after msync");
	test_unpin(t);
	memory_unmap(mem);
	case_needs(memory_map(mem, MAPPED));
	process_sees(t, &some_pages, reason, "mapped again");
}

static void write_notify(const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct pin_test *t = test_open(row, pinner);
	struct promise promise;
	int ret;

	test_enter(t, MAPPED, POPULATED, &some_pages);
	promise = test_promise(t, POPULATED, &some_pages, RW);
	ret = __test_pin(t, &some_pages, RW, "written");
	if (!ret && promise.err)
		show_the_loss(t);
	else if (case_answer(promise.reason, promise.err, ret, "written") &&
		 !ret)
		show_no_loss(t);
}

PIN_FIXTURE_WHERE(write_notify, IS_SHARED | IN_STATE(POPULATED))
PIN_SHARED_FILES(write_notify)
PIN_VARIANT(write_notify, memfd_shared);
PIN_VARIANT(write_notify, memfd_hugetlb_2m_shared);
PIN_TESTS_BY_PATH(write_notify, write_notify)
PIN_TEST(write_notify, io_uring, write_notify, &pin_io_uring)
