/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Admission: is a long-term pin of this memory through this door allowed or
 * denied, exactly as the contract says, and is a pin that was granted true?
 *
 * Like case.h, to be included by test programs only.
 */
#ifndef GUP_PIN_ADMISSION_H
#define GUP_PIN_ADMISSION_H

#include "oracle.h"
#include "scene.h"

/* Which part of a mapping is pinned at once. */
enum shape {
	ONE_PAGE,
	SEVERAL,	/* pages in the middle, unaligned where the door can */
	LARGE,		/* more than 2 MiB: more than any PMD maps */
	INTO_HOLE,	/* good pages, then nothing */
	BEHIND_ANON,	/* an anonymous page, then this memory */
};

static const char *const shape_name[] = {
	[ONE_PAGE] = "one page",
	[SEVERAL] = "several pages",
	[LARGE] = "more than 2 MiB",
	[INTO_HOLE] = "into a hole",
	[BEHIND_ANON] = "behind an anonymous page",
};

/*
 * GUP-fast and slow GUP decide by different evidence, so every page state is
 * tried. The shapes are tried in one state: the last of those named that the
 * memory has.
 */
static const struct probe {
	enum shape shape;
	unsigned int states;
	bool one_state;
} probes[] = {
	{ ONE_PAGE, BIT(NR_PAGE_STATES) - 1, false },
	{ SEVERAL, BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED), true },
	{ LARGE, BIT(UNTOUCHED), true },
	{ INTO_HOLE, BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED), true },
	{ BEHIND_ANON, BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED), true },
};

struct admission {
	struct scene scene;
	enum access access;
};

static inline bool shape_applies(const struct memory *mem, enum shape shape)
{
	if (shape == LARGE)
		return mem->backing->flags & B_LARGE;
	if (memory_is_costly(mem))
		return shape == ONE_PAGE;
	return shape == ONE_PAGE || !(mem->backing->flags & B_SOLITARY);
}

static inline struct range range_of(const struct memory *mem, enum shape shape,
			     const struct pinner *pinner)
{
	switch (shape) {
	case SEVERAL:
		return (struct range){ .first = 3, .pages = 5,
				       .skew = pinner->unaligned ? 512 : 0 };
	case LARGE:
		return (struct range){ .first = 1,
				       .pages = LARGE_BYTES / page_size() + 2 };
	case INTO_HOLE:
		return (struct range){ .first = mem->len / page_size() - 2,
				       .pages = 2, .behind = 2 };
	case BEHIND_ANON:
		return (struct range){ .pages = 2, .before = 1 };
	default:
		return (struct range){ .pages = 1 };
	}
}

static inline size_t pages_to_map(enum shape shape)
{
	switch (shape) {
	case LARGE:
		return LARGE_BYTES / page_size() + 4;
	case ONE_PAGE:
		return 1;
	default:
		return 11;
	}
}

static inline int promised(const struct admission *self, enum page_state state,
			   const struct range *range, struct promise *promise)
{
	const struct scene *scene = &self->scene;

	return contract_promise(scene->row, &scene->mem, state, range,
				scene->door.pinner, self->access, promise);
}

/*
 * The pinned pages are the ones that the process sees: what it writes is read
 * through the pin, and what is written through the pin it reads.
 */
static inline void pin_is_true(struct __test_metadata *_metadata,
			struct admission *self, const struct range *range,
			const char *where)
{
	const struct reason *reason = self->access == RW ? &reason_truth_rw :
							   &reason_truth_ro;
	struct scene *scene = &self->scene;
	bool writable = scene->mem.writable;

	if (scene->mem.backing->flags & B_KERNELS_BYTES) {
		scene_same(_metadata, scene, range, reason, where);
		return;
	}
	if (!(writable ? scene_follows : scene_sees)(_metadata, scene, range,
						     reason, where))
		return;
	if (self->access == RW && writable)
		scene_writes(_metadata, scene, range, reason, where);
}

static inline void nothing_is_pinned(struct __test_metadata *_metadata,
				     long before, const struct reason *reason,
				     const char *where)
{
	long now = before, lck, pin;

	oracle_pin_balance(&now);
	oracle_locked_kb(&lck, &pin);
	if (now != before || lck || pin)
		case_wrong(_metadata, reason,
			   "%s: %ld pages are pinned, VmLck %ld kB, VmPin %ld kB",
			   where, now - before, lck, pin);
}

static inline void check_file(struct __test_metadata *_metadata,
		       const struct memory *mem, const struct range *range,
		       const struct reason *reason, const char *where)
{
	long page = memory_check_file(mem, range->first, range->pages);

	if (page >= 0)
		case_wrong(_metadata, reason,
			   "%s: the file's page %ld has changed", where, page);
}

static inline void pin_once(struct __test_metadata *_metadata, struct admission *self,
		     enum page_state state, enum shape shape)
{
	struct scene *scene = &self->scene;
	struct memory *mem = &scene->mem;
	struct range range = range_of(mem, shape, scene->door.pinner);
	struct promise promise;
	long before = 0;
	char where[64];
	int ret;

	snprintf(where, sizeof(where), "%s, %s", page_state_name[state],
		 shape_name[shape]);
	if ((range.before &&
	     !case_has(_metadata, memory_put_neighbours(mem, 1, 0))) ||
	    (range.behind && !case_has(_metadata, memory_check_hole(mem))) ||
	    !case_has(_metadata,
		      memory_enter(mem, state, range.first, range.pages)) ||
	    !case_has(_metadata, promised(self, state, &range, &promise)))
		return;
	if (promise.no_pin)
		oracle_pin_balance(&before);
	ret = scene_pin(scene, &range, self->access, where);
	if (!contract_kept(promise.err, ret))
		case_wrong(_metadata, promise.reason,
			   "%s: expected %s, seen %s", where,
			   errno_name(promise.err), errno_name(-ret));
	if (promise.no_pin)
		nothing_is_pinned(_metadata, before, promise.reason, where);
	else if (!ret && !promise.err && !scene->door.blind) {
		/* Whoever may write again must not leave the pin behind. */
		if (state == READONLY)
			case_has(_metadata, memory_make_writable(mem));
		pin_is_true(_metadata, self, &range, where);
	}
	if (!ret)
		scene_unpin(_metadata, scene);
	check_file(_metadata, mem, &range, promise.reason, where);
}

/* A fresh mapping for each: the last pin may have changed the page's state. */
static inline void probe(struct __test_metadata *_metadata, struct admission *self,
		  enum page_state state, enum shape shape)
{
	struct memory *mem = &self->scene.mem;
	const struct range range = range_of(mem, shape,
					    self->scene.door.pinner);
	int ret = memory_map(mem, pages_to_map(shape));
	struct promise promise;

	if (ret == -ENODEV && (mem->backing->flags & B_MAY_NOT_MAP)) {
		/* Refused even earlier than promised, and just as well. */
		if (case_has(_metadata, promised(self, state, &range,
						 &promise)) && !promise.err)
			case_wrong(_metadata, promise.reason,
				   "expected a mapping, seen ENODEV");
		return;
	}
	if (!case_has(_metadata, ret))
		return;
	pin_once(_metadata, self, state, shape);
	memory_unmap(mem);
}

static inline void run_probes(struct __test_metadata *_metadata,
		       struct admission *self)
{
	const struct memory *mem = &self->scene.mem;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		unsigned int states = probes[i].states & mem->states;

		if (!states || !shape_applies(mem, probes[i].shape))
			continue;
		if (probes[i].one_state)
			states = 1U << (31 - __builtin_clz(states));
		for (enum page_state s = 0; s < NR_PAGE_STATES; s++)
			if (states & BIT(s) &&
			    _metadata->exit_code != KSFT_SKIP)
				probe(_metadata, self, s, probes[i].shape);
	}
}

static inline void admission(struct __test_metadata *_metadata,
		      const struct contract_row *row,
		      const struct pinner *pinner, enum access access)
{
	struct admission self = { .access = access };

	if (!scene_open(_metadata, &self.scene, row, pinner))
		return;
	if (self.scene.door.blind)
		printf("# what is pinned is not looked at: %s\n",
		       self.scene.door.blind);
	run_probes(_metadata, &self);
	scene_close(_metadata, &self.scene);
}

#endif /* GUP_PIN_ADMISSION_H */
