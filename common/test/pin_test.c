// SPDX-License-Identifier: GPL-2.0-only
#define CASE_SHARED
#include <errno.h>
#include <stdlib.h>

#include "memory/pattern.h"
#include "pinners/pin_probe.h"
#include "test/pin_test.h"

struct pin_test *test_open(const struct contract_row *row,
			   const struct pinner *pinner)
{
	struct pin_test *t = malloc(sizeof(*t));

	case_did(t, "malloc");
	t->row = row;
	t->door = NULL;
	if (pinner)
		t->door = case_door(pinner);
	t->mem = case_memory(backing_find(row->backing), row->sharing);
	if (t->door && t->mem->granule > t->door->max_page)
		case_needs(SKIP_MEMLOCK);
	return t;
}

void test_enter(struct pin_test *t, size_t pages, enum page_state state,
		const struct range *range)
{
	case_needs(memory_map(t->mem, pages));
	case_needs(memory_enter(t->mem, state, range->first, range->pages));
}

char *test_addr(const struct pin_test *t, const struct range *range)
{
	return t->mem->base + bytes_of(range->first) - bytes_of(range->before) +
	       range->skew;
}

size_t test_len(const struct range *range)
{
	return bytes_of(range->before + range->pages + range->behind) -
	       2 * range->skew;
}

struct promise test_promise(const struct pin_test *t, enum page_state state,
			    const struct range *range, enum access access)
{
	struct promise promise;

	case_needs(contract_promise(t->row, t->mem, state, range,
				    t->door->pinner, access, &promise));
	return promise;
}

int __test_pin(struct pin_test *t, const struct range *range,
	       enum access access, const char *where)
{
	return __case_pin(t->door, test_addr(t, range), test_len(range), access,
			  where);
}

void test_pin(struct pin_test *t, const struct range *range,
	      enum access access, const char *where)
{
	case_pin(t->door, test_addr(t, range), test_len(range), access,
		 t->row->reason, where);
}

int __test_take(struct pin_test *t, const struct range *range,
		enum pin_probe_api api, unsigned int flags, const char *where)
{
	return __case_take(t->door, test_addr(t, range), test_len(range), api,
			   flags, where);
}

void test_unpin(struct pin_test *t)
{
	case_unpin(t->door);
}

bool pin_sees(struct pin_test *t, const struct range *range,
	      const struct reason *reason, const char *where)
{
	int err;
	long page = coherency_read(t->door, t->mem, range, &err);

	if (err)
		case_wrong(reason, "%s: reading through the pin: %s", where,
			   errno_name(-err));
	else if (page >= 0)
		case_wrong(reason,
			   "%s: page %ld was written, the pin sees something else",
			   where, page);
	return !err && page < 0;
}

bool pin_sees_write(struct pin_test *t, const struct range *range,
		    const struct reason *reason, const char *where)
{
	if (memory_write(t->mem, range->first, range->pages)) {
		case_wrong(reason, "%s: the process cannot write", where);
		return false;
	}
	return pin_sees(t, range, reason, where);
}

bool process_sees(struct pin_test *t, const struct range *range,
		  const struct reason *reason, const char *where)
{
	long page = memory_check_mapping(t->mem, range->first, range->pages);

	if (page >= 0)
		case_wrong(reason, "%s: the process sees other bytes in page %ld",
			   where, page);
	return page < 0;
}

bool process_sees_write(struct pin_test *t, const struct range *range,
			const struct reason *reason, const char *where)
{
	int err;
	long page = coherency_write(t->door, t->mem, range, &err);

	if (err && err != -EOPNOTSUPP)
		case_wrong(reason, "%s: writing through the pin: %s", where,
			   errno_name(-err));
	else if (page >= 0)
		case_wrong(reason,
			   "%s: the pin wrote page %ld, the process sees something else",
			   where, page);
	return (!err || err == -EOPNOTSUPP) && page < 0;
}

bool process_maps_pin(struct pin_test *t, const struct range *range,
		      const struct reason *reason, const char *where)
{
	if (!t->door->probed ||
	    pin_probe_same(t->door, test_addr(t, range), 0,
		       test_len(range) / page_size()) == 1)
		return true;
	case_wrong(reason, "%s: other pages are mapped than are pinned", where);
	return false;
}

/* Of a pin that cannot be looked through: the process has its pages all the same. */
static bool process_keeps(struct pin_test *t, const struct range *range,
			  const struct reason *reason, const char *where)
{
	if (t->mem->writable &&
	    memory_write(t->mem, range->first, range->pages)) {
		case_wrong(reason, "%s: the process cannot write", where);
		return false;
	}
	return process_sees(t, range, reason, where);
}

bool pin_is_coherent(struct pin_test *t, const struct range *range,
		     enum access access, const char *where)
{
	const struct reason *reason = access == RW ? &reason_coherent_rw :
						     &reason_coherent_ro;

	if (t->mem->backing->flags & B_KERNELS_BYTES)
		return process_maps_pin(t, range, reason, where);
	if (t->door->blind)
		return process_keeps(t, range, reason, where);
	if (!t->mem->writable)
		return pin_sees(t, range, reason, where);
	return pin_sees_write(t, range, reason, where) &&
	       (access == RO ||
		process_sees_write(t, range, reason, where));
}

bool file_is_unchanged(struct pin_test *t, const struct range *range,
		       const struct reason *reason, const char *where)
{
	long page = memory_check_file(t->mem, range->first, range->pages);

	if (page >= 0)
		case_wrong(reason, "%s: the file's page %ld has changed", where,
			   page);
	return page < 0;
}
