// SPDX-License-Identifier: GPL-2.0-only
#define CASE_SHARED
#include <errno.h>
#include <stdio.h>

#include "observe/pins.h"
#include "test/admission.h"
#include "test/pin_test.h"

/* Which part of a mapping is pinned at once. */
enum range_kind {
	ONE_PAGE,
	SEVERAL,	/* pages in the middle, unaligned where the door can */
	LARGE,		/* more than 2 MiB: more than any PMD maps */
	INTO_HOLE,	/* good pages, then nothing */
	BEHIND_ANON,	/* an anonymous page, then this memory */
};

static const char *const range_name[] = {
	[ONE_PAGE] = "one page",
	[SEVERAL] = "several pages",
	[LARGE] = "more than 2 MiB",
	[INTO_HOLE] = "into a hole",
	[BEHIND_ANON] = "behind an anonymous page",
};

/*
 * GUP-fast and slow GUP decide by different evidence, so every page state is
 * tried. The ranges are tried in one state: the last of those named that the
 * memory has.
 */
static const struct attempt {
	enum range_kind kind;
	unsigned int states;
	bool one_state;
} attempts[] = {
	{ ONE_PAGE, BIT(NR_PAGE_STATES) - 1, false },
	{ SEVERAL, BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED), true },
	{ LARGE, BIT(UNTOUCHED), true },
	{ INTO_HOLE, BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED), true },
	{ BEHIND_ANON, BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED), true },
};

static bool applies(const struct memory *mem, enum range_kind kind)
{
	if (kind == LARGE)
		return mem->backing->flags & B_LARGE;
	if (memory_is_costly(mem))
		return kind == ONE_PAGE;
	return kind == ONE_PAGE || !(mem->backing->flags & B_SOLITARY);
}

static struct range range_of(const struct pin_test *t, enum range_kind kind)
{
	switch (kind) {
	case SEVERAL:
		return (struct range){ .first = 3, .pages = 5,
				       .skew = t->door->pinner->unaligned ?
					       512 : 0 };
	case LARGE:
		return (struct range){ .first = 1,
				       .pages = LARGE_BYTES / page_size() + 2 };
	case INTO_HOLE:
		return (struct range){ .first = t->mem->len / page_size() - 2,
				       .pages = 2, .behind = 2 };
	case BEHIND_ANON:
		return (struct range){ .pages = 2, .before = 1 };
	default:
		return (struct range){ .pages = 1 };
	}
}

static size_t pages_to_map(enum range_kind kind)
{
	switch (kind) {
	case LARGE:
		return LARGE_BYTES / page_size() + 4;
	case ONE_PAGE:
		return 1;
	default:
		return 11;
	}
}

void nothing_is_pinned(long before, const struct reason *reason,
		       const char *where)
{
	long now = before, lck, pin;

	pins_balance(&now);
	pins_charged_kb(&lck, &pin);
	if (now != before || lck || pin)
		case_wrong(reason,
			   "%s: %ld pages are pinned, VmLck %ld kB, VmPin %ld kB",
			   where, now - before, lck, pin);
}

static void pin_once(struct pin_test *t, enum page_state state,
		     enum range_kind kind, enum access access)
{
	struct range range = range_of(t, kind);
	struct promise promise;
	long before = 0;
	char where[64];
	int ret;

	snprintf(where, sizeof(where), "%s, %s", page_state_name[state],
		 range_name[kind]);
	if (range.before)
		case_needs(memory_put_neighbours(t->mem, 1, 0));
	if (range.behind)
		case_needs(memory_check_hole(t->mem));
	case_needs(memory_enter(t->mem, state, range.first, range.pages));
	promise = test_promise(t, state, &range, access);
	if (promise.no_pin)
		pins_balance(&before);
	ret = __test_pin(t, &range, access, where);
	case_answer(promise.reason, promise.err, ret, where);
	if (promise.no_pin)
		nothing_is_pinned(before, promise.reason, where);
	else if (!ret && !promise.err) {
		/* Whoever may write again must not leave the pin behind. */
		if (state == READONLY)
			case_needs(memory_make_writable(t->mem));
		pin_is_coherent(t, &range, access, where);
	}
	if (!ret)
		test_unpin(t);
	file_is_unchanged(t, &range, promise.reason, where);
}

/* A fresh mapping for each: the last pin may have changed the page's state. */
static void attempt(struct pin_test *t, enum page_state state,
		    enum range_kind kind, enum access access)
{
	const struct range range = range_of(t, kind);
	int ret = memory_map(t->mem, pages_to_map(kind));
	struct promise promise;

	if (ret == -ENODEV && (t->mem->backing->flags & B_MAY_NOT_MAP)) {
		/* Refused even earlier than promised, and just as well. */
		promise = test_promise(t, state, &range, access);
		if (!promise.err)
			case_wrong(promise.reason,
				   "expected a mapping, seen ENODEV");
		return;
	}
	case_needs(ret);
	pin_once(t, state, kind, access);
	memory_unmap(t->mem);
}

static void attempt_all(struct pin_test *t, enum access access)
{
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		unsigned int states = attempts[i].states & t->mem->states;

		if (!states || !applies(t->mem, attempts[i].kind))
			continue;
		if (attempts[i].one_state)
			states = 1U << (31 - __builtin_clz(states));
		for (enum page_state s = 0; s < NR_PAGE_STATES; s++)
			if (states & BIT(s))
				attempt(t, s, attempts[i].kind, access);
	}
}

void admission(const struct contract_row *row, const struct pinner *pinner,
	       enum access access)
{
	struct pin_test *t = test_open(row, pinner);

	if (t->door->blind)
		case_note("what is pinned is not looked at: %s",
			  t->door->blind);
	attempt_all(t, access);
}
