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

#include "common/admission.h"

SCENES_WHERE(longterm, ANY_ROW)

#define ROW(variant, ...) SCENES_ROW(longterm, variant);
#include "common/contract_rows.h"
#undef ROW

/* io_uring and AF_XDP know only R/W pins. */
SCENE(longterm, io_uring, admission, &pin_io_uring, RW)
SCENE(longterm, xdp, admission, &pin_xdp, RW)
SCENE(longterm, rdma_rw, admission, &pin_rdma, RW)
SCENE(longterm, rdma_ro, admission, &pin_rdma, RO)
SCENE(longterm, gup_slow_rw, admission, &pin_gup_slow, RW)
SCENE(longterm, gup_slow_ro, admission, &pin_gup_slow, RO)
SCENE(longterm, gup_fast_rw, admission, &pin_gup_fast, RW)
SCENE(longterm, gup_fast_ro, admission, &pin_gup_fast, RO)

/*
 * Over-blocking is a regression too: O_DIRECT into a file mapping has always
 * worked, and a debugger must be able to write there.
 */
typedef int (*take_fn)(struct memory *mem, void *with, size_t pages);

static void take_in(struct __test_metadata *_metadata, struct memory *mem,
		    enum page_state state, take_fn take, void *with)
{
	const size_t pages = 4;
	int ret;

	if (!case_has(_metadata, memory_map(mem, pages)))
		return;
	if (!case_has(_metadata, memory_enter(mem, state, 0, pages)))
		return;
	ret = take(mem, with, pages);
	if (ret)
		case_wrong(_metadata, &reason_short_term,
			   "%s: expected success, seen %s",
			   page_state_name[state], errno_name(-ret));
	else if (memory_check_mapping(mem, 0, pages) >= 0)
		case_wrong(_metadata, &reason_short_term,
			   "%s: the mapping has wrong bytes",
			   page_state_name[state]);
	memory_unmap(mem);
}

static void stays_allowed(struct __test_metadata *_metadata,
			  const struct contract_row *row, take_fn take,
			  void *with)
{
	struct aftermath before;
	struct memory mem;

	case_begin(&before);
	if (!case_has(_metadata, memory_open(&mem, backing_find(row->backing),
					     row->sharing)))
		return;
	take_in(_metadata, &mem, UNTOUCHED, take, with);
	take_in(_metadata, &mem, POPULATED, take, with);
	memory_close(&mem);
	case_end(_metadata, &before);
}

struct short_door {
	struct door door;
	enum short_kind kind;
};

static int take_short_pin(struct memory *mem, void *with, size_t pages)
{
	struct short_door *s = with;

	return short_pin(&s->door, s->kind, mem->base, pages * page_size());
}

static void short_term(struct __test_metadata *_metadata,
		       const struct contract_row *row, enum short_kind kind)
{
	struct short_door s = { .door.pinner = &pin_gup_slow, .kind = kind };

	if (!case_has(_metadata, s.door.pinner->open(&s.door)))
		return;
	stays_allowed(_metadata, row, take_short_pin, &s);
	s.door.pinner->close(&s.door);
}

/* Fill the mapping with a direct read of another file, fd. */
static int take_direct_read(struct memory *mem, void *with, size_t pages)
{
	size_t len = pages * page_size();
	struct memory *source = with;
	char *image = malloc(len);
	int ret = 0;

	if (!image)
		return -ENOMEM;
	memory_renew(mem, 0, pages);
	for (size_t page = 0; page < pages; page++)
		memory_expect(mem, page, image + page * page_size());
	if (pwrite(source->fd, image, len, 0) != (ssize_t)len ||
	    fsync(source->fd) || fcntl(source->fd, F_SETFL, O_DIRECT))
		ret = -errno;
	else if (pread(source->fd, mem->base, len, 0) != (ssize_t)len)
		ret = -errno;
	fcntl(source->fd, F_SETFL, 0);
	free(image);
	return ret;
}

static void direct_read(struct __test_metadata *_metadata,
			const struct contract_row *row)
{
	struct memory source;

	if (!case_has(_metadata, memory_open(&source, backing_find("ext4"),
					     SHARED)))
		return;
	stays_allowed(_metadata, row, take_direct_read, &source);
	memory_close(&source);
}

SCENES_WHERE(shortterm, ONLY_LONGTERM)
SCENES_WHERE(reference, ONLY_LONGTERM)

#define ROW(...)
#define FILE_ROW(variant, ...) \
	SCENES_ROW(shortterm, variant); \
	SCENES_ROW(reference, variant);
#include "common/contract_rows.h"
#undef ROW
#undef FILE_ROW

/* Likewise DAX, of which only what lasts for ever is refused. */
#define DAX_ROW(variant) \
	SCENES_ROW(shortterm, variant); \
	SCENES_ROW(reference, variant)
DAX_ROW(fsdax_ext4_shared);
DAX_ROW(fsdax_ext4_huge_shared);
DAX_ROW(fsdax_xfs_shared);

SCENE(shortterm, o_direct, direct_read)
SCENE(shortterm, gup_slow_rw, short_term, PIN_SLOW)
SCENE(shortterm, gup_fast_rw, short_term, PIN_FAST)
SCENE(reference, gup_slow_rw, short_term, GET_SLOW)
SCENE(reference, gup_fast_rw, short_term, GET_FAST)
