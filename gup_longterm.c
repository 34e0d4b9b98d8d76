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

#include "common/scene.h"

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

static bool shape_applies(const struct memory *mem, enum shape shape)
{
	if (shape == LARGE)
		return mem->backing->flags & B_LARGE;
	if (memory_is_costly(mem))
		return shape == ONE_PAGE;
	return shape == ONE_PAGE || !(mem->backing->flags & B_SOLITARY);
}

static struct range range_of(const struct memory *mem, enum shape shape,
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

static size_t pages_to_map(enum shape shape)
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

/* The shape may change what the memory alone would be promised. */
static int promised(const struct admission *self, enum page_state state,
		    enum shape shape, struct promise *promise)
{
	const struct scene *scene = &self->scene;
	int partial = scene->door.pinner->partial_errno;
	int ret = contract_promise(scene->row, &scene->mem, state,
				   scene->door.pinner, self->access, promise);

	if (ret)
		return ret;
	if (shape == INTO_HOLE && !promise->err) {
		promise->err = partial ?: EFAULT;
		promise->reason = &reason_hole;
	} else if (shape == BEHIND_ANON && !promise->err) {
		promise->reason = &reason_two_kinds;
	} else if (shape == BEHIND_ANON && partial) {
		promise->err = partial;
	}
	return 0;
}

/*
 * The pinned pages are the ones that the process sees: what it writes is read
 * through the pin, and what is written through the pin it reads.
 */
static void pin_is_true(struct __test_metadata *_metadata,
			struct admission *self, const struct range *range,
			const char *where)
{
	const struct reason *reason = self->access == RW ? &reason_truth_rw :
							   &reason_truth_ro;
	struct scene *scene = &self->scene;
	bool writable = scene->mem.writable;

	if (!(writable ? scene_follows : scene_sees)(_metadata, scene, range,
						     reason, where))
		return;
	if (self->access == RW && writable)
		scene_writes(_metadata, scene, range, reason, where);
}

static void check_file(struct __test_metadata *_metadata,
		       const struct memory *mem, const struct range *range,
		       const struct reason *reason, const char *where)
{
	long page = memory_check_file(mem, range->first, range->pages);

	if (page >= 0)
		case_wrong(_metadata, reason,
			   "%s: the file's page %ld has changed", where, page);
}

static void pin_once(struct __test_metadata *_metadata, struct admission *self,
		     enum page_state state, enum shape shape)
{
	struct scene *scene = &self->scene;
	struct memory *mem = &scene->mem;
	struct range range = range_of(mem, shape, scene->door.pinner);
	struct promise promise;
	char where[64];
	int ret;

	snprintf(where, sizeof(where), "%s, %s", page_state_name[state],
		 shape_name[shape]);
	if (!case_has(_metadata, promised(self, state, shape, &promise)) ||
	    (range.before &&
	     !case_has(_metadata, memory_put_neighbours(mem, 1, 0))) ||
	    (range.behind && !case_has(_metadata, memory_check_hole(mem))) ||
	    !case_has(_metadata,
		      memory_enter(mem, state, range.first, range.pages)))
		return;
	ret = scene_pin(scene, &range, self->access, where);
	if (!contract_kept(&promise, ret))
		case_wrong(_metadata, promise.reason,
			   "%s: expected %s, seen %s", where,
			   errno_name(promise.err), errno_name(-ret));
	if (!ret && !promise.err) {
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
static void probe(struct __test_metadata *_metadata, struct admission *self,
		  enum page_state state, enum shape shape)
{
	const struct contract_row *row = self->scene.row;
	struct memory *mem = &self->scene.mem;
	int ret = memory_map(mem, pages_to_map(shape));

	if (ret == -ENODEV && (mem->backing->flags & B_MAY_NOT_MAP)) {
		/* Refused even earlier than promised, and just as well. */
		if (!row->rw)
			case_wrong(_metadata, row->reason,
				   "expected a mapping, seen ENODEV");
		return;
	}
	if (!case_has(_metadata, ret))
		return;
	pin_once(_metadata, self, state, shape);
	memory_unmap(mem);
}

static void run_probes(struct __test_metadata *_metadata,
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

static void admission(struct __test_metadata *_metadata,
		      const struct contract_row *row,
		      const struct pinner *pinner, enum access access)
{
	struct admission self = { .access = access };

	if (!scene_open(_metadata, &self.scene, row, pinner))
		return;
	run_probes(_metadata, &self);
	scene_close(_metadata, &self.scene);
}

SCENES(longterm)

#define ROW(variant, ...) SCENES_ROW(longterm, variant);
#include "common/contract_rows.h"
#undef ROW

/* io_uring knows only R/W pins. */
SCENE(longterm, io_uring, admission, &pin_io_uring, RW)
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

SCENES(shortterm)
SCENES(reference)

#define ROW(...)
#define FILE_ROW(variant, ...) \
	SCENES_ROW(shortterm, variant); \
	SCENES_ROW(reference, variant);
#include "common/contract_rows.h"
#undef ROW
#undef FILE_ROW

SCENE(shortterm, o_direct, direct_read)
SCENE(shortterm, gup_slow_rw, short_term, PIN_SLOW)
SCENE(shortterm, gup_fast_rw, short_term, PIN_FAST)
SCENE(reference, gup_slow_rw, short_term, GET_SLOW)
SCENE(reference, gup_fast_rw, short_term, GET_FAST)
