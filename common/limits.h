/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits: ranges of addresses that no mapping can hold.
 *
 * Like case.h, to be included by test programs only.
 */
#ifndef GUP_PIN_LIMITS_H
#define GUP_PIN_LIMITS_H

#include <stdint.h>
#include <sys/mman.h>

#include "case.h"
#include "pinner.h"

struct limit {
	uintptr_t addr;
	size_t len;
	int err;
	const char *why;
};

/* What was refused is not in the way of a page that may be pinned. */
static inline void limit_left_room(struct __test_metadata *_metadata,
				   const struct reason *reason,
				   struct door *door)
{
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (!case_did(_metadata, page != MAP_FAILED, "map memory"))
		return;
	ret = door->pinner->pin(door, page, page_size(), RW);
	if (ret)
		case_wrong(_metadata, reason,
			   "afterwards a good page: expected success, seen %s",
			   errno_name(-ret));
	else
		door->pinner->unpin(door);
	munmap(page, page_size());
}

/**
 * limit() - ask for a pin of such a range
 * @limit: the range, and the errno that is promised, or REFUSED
 * @pinner: the door
 */
static inline void limit(struct __test_metadata *_metadata,
			 const struct limit *limit,
			 const struct pinner *pinner)
{
	const struct reason reason = { limit->why, NULL };
	struct door door = { .pinner = pinner };
	struct aftermath before;
	int ret;

	if (!case_has(_metadata, pinner->open(&door)))
		return;
	case_begin(&before);
	ret = pinner->pin(&door, (void *)limit->addr, limit->len, RW);
	if (!contract_kept(limit->err, ret))
		case_wrong(_metadata, &reason, "expected %s, seen %s",
			   errno_name(limit->err), errno_name(-ret));
	if (!ret)
		pinner->unpin(&door);
	limit_left_room(_metadata, &reason, &door);
	case_end(_metadata, &before);
	pinner->close(&door);
}

/*
 * Fixtures whose variants are such ranges:
 *
 * LIMITS(limits);
 * FIXTURE_VARIANT_ADD(limits, name) { .limit = { ... } };
 * LIMIT(limits, gup_fast, gup_fast) asks through pin_gup_fast
 */
#define LIMITS(fixture) \
FIXTURE(fixture) {}; \
FIXTURE_VARIANT(fixture) \
{ \
	struct limit limit; \
}; \
FIXTURE_SETUP(fixture) {} \
FIXTURE_TEARDOWN(fixture) {}

#define LIMIT(fixture, test, door) \
TEST_F(fixture, test) \
{ \
	limit(_metadata, &variant->limit, &pin_##door); \
}

#endif /* GUP_PIN_LIMITS_H */
