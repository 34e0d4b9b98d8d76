/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scene: the memory and the door of one case, from the first question to the
 * last.
 *
 * Like case.h, to be included by test programs only.
 */
#ifndef GUP_PIN_SCENE_H
#define GUP_PIN_SCENE_H

#include "case.h"
#include "probe.h"
#include "truth.h"

struct scene {
	const struct contract_row *row;
	struct memory mem;
	struct door door;
	struct aftermath before;
};

/**
 * scene_open() - get a door and the memory of a row
 * @scene: filled in
 * @row: of the contract
 * @pinner: the door
 *
 * Return: whether the case can go on.
 */
static inline bool scene_open(struct __test_metadata *_metadata,
			      struct scene *scene,
			      const struct contract_row *row,
			      const struct pinner *pinner)
{
	const struct backing *backing = backing_find(row->backing);
	int kept;

	scene->row = row;
	scene->door = (struct door){ .pinner = pinner };
	if (!case_has(_metadata, pinner->open(&scene->door)))
		return false;
	kept = backing->keep ? backing->keep(backing, row->sharing) : 0;
	if (kept > 0)
		aftermath_forget();
	else if (!case_has(_metadata, kept))
		return false;
	case_begin(&scene->before);
	if (!case_has(_metadata,
		      memory_open(&scene->mem, backing, row->sharing)))
		return false;
	return scene->mem.granule <= scene->door.max_page ||
	       case_has(_metadata, SKIP_MEMLOCK);
}

/**
 * scene_close() - give all of it back, and ask the questions at the end
 */
static inline void scene_close(struct __test_metadata *_metadata,
			       struct scene *scene)
{
	memory_close(&scene->mem);
	case_end(_metadata, &scene->before);
	scene->door.pinner->close(&scene->door);
}

/**
 * scene_leave() - unmap the memory, and close the scene
 */
static inline void scene_leave(struct __test_metadata *_metadata,
			       struct scene *scene)
{
	memory_unmap(&scene->mem);
	scene_close(_metadata, scene);
}

/**
 * scene_enter() - map the memory anew and bring a range into a page state
 * @pages: to map
 * @state: one that the memory has
 * @range: of the mapping
 *
 * Return: whether the case can go on.
 */
static inline bool scene_enter(struct __test_metadata *_metadata,
			       struct scene *scene, size_t pages,
			       enum page_state state, const struct range *range)
{
	return case_has(_metadata, memory_map(&scene->mem, pages)) &&
	       case_has(_metadata, memory_enter(&scene->mem, state,
						range->first, range->pages));
}

/**
 * scene_drop() - like scene_leave(), but the door is closed while it holds
 */
static inline void scene_drop(struct __test_metadata *_metadata,
			      struct scene *scene)
{
	scene->door.pinner->close(&scene->door);
	memory_unmap(&scene->mem);
	memory_close(&scene->mem);
	case_end(_metadata, &scene->before);
}

static inline void *scene_at(const struct scene *scene,
			     const struct range *range)
{
	return scene->mem.base + (range->first - range->before) * page_size() +
	       range->skew;
}

/**
 * scene_pin() - ask for a pin, under the eyes of the watchdog
 * @range: of the memory
 * @where: names the pin should it never return
 *
 * Return: 0 or the kernel's -errno.
 */
static inline int scene_pin(struct scene *scene, const struct range *range,
			    enum access access, const char *where)
{
	size_t pages = range->before + range->pages + range->behind;
	int ret;

	watchdog_enter(where, scene->mem.granule, pages);
	ret = scene->door.pinner->pin(&scene->door, scene_at(scene, range),
				      pages * page_size() - 2 * range->skew,
				      access);
	watchdog_leave();
	return ret;
}

/**
 * scene_pinned() - ask for a pin that the contract allows
 *
 * Return: whether it was granted; if not, the case has failed.
 */
static inline bool scene_pinned(struct __test_metadata *_metadata,
				struct scene *scene, const struct range *range,
				enum access access, const char *where)
{
	int ret = scene_pin(scene, range, access, where);

	if (ret)
		case_wrong(_metadata, scene->row->reason,
			   "%s: expected success, seen %s", where,
			   errno_name(-ret));
	return !ret;
}

static inline void scene_unpin(struct __test_metadata *_metadata,
			       struct scene *scene)
{
	EXPECT_EQ(0, scene->door.pinner->unpin(&scene->door));
}

/**
 * scene_sees() - the pin sees what the process has written
 * @range: what is pinned
 * @reason: the promise
 * @where: begins the message
 *
 * Return: whether it does; if not, the case has failed.
 */
static inline bool scene_sees(struct __test_metadata *_metadata,
			      struct scene *scene, const struct range *range,
			      const struct reason *reason, const char *where)
{
	int err;
	long page = truth_read(&scene->door, &scene->mem, range, &err);

	if (err)
		case_wrong(_metadata, reason, "%s: reading through the pin: %s",
			   where, errno_name(-err));
	else if (page >= 0)
		case_wrong(_metadata, reason,
			   "%s: page %ld was written, the pin sees something else",
			   where, page);
	return !err && page < 0;
}

/**
 * scene_follows() - what the process writes from now on, the pin sees
 */
static inline bool scene_follows(struct __test_metadata *_metadata,
				 struct scene *scene, const struct range *range,
				 const struct reason *reason, const char *where)
{
	if (memory_write(&scene->mem, range->first, range->pages)) {
		case_wrong(_metadata, reason, "%s: the process cannot write",
			   where);
		return false;
	}
	return scene_sees(_metadata, scene, range, reason, where);
}

/**
 * scene_writes() - what is written through the pin, the process sees
 *
 * Says nothing where this kernel's door cannot write.
 */
static inline bool scene_writes(struct __test_metadata *_metadata,
				struct scene *scene, const struct range *range,
				const struct reason *reason, const char *where)
{
	int err;
	long page = truth_write(&scene->door, &scene->mem, range, &err);

	if (err && err != -EOPNOTSUPP)
		case_wrong(_metadata, reason, "%s: writing through the pin: %s",
			   where, errno_name(-err));
	else if (page >= 0)
		case_wrong(_metadata, reason,
			   "%s: the pin wrote page %ld, the process sees something else",
			   where, page);
	return !err && page < 0;
}

/**
 * scene_same() - the process maps the very pages that are pinned
 * @range: what is pinned
 * @reason: the promise
 * @where: begins the message
 *
 * Their bytes alone do not tell that. Says nothing where pin_probe does not hold
 * the pin.
 */
static inline void scene_same(struct __test_metadata *_metadata,
			      struct scene *scene, const struct range *range,
			      const struct reason *reason, const char *where)
{
	if (scene->door.probed &&
	    probe_same(&scene->door, scene_at(scene, range), 0,
		       range->before + range->pages + range->behind) != 1)
		case_wrong(_metadata, reason,
			   "%s: other pages are mapped than are pinned", where);
}

/* End a program that has a row where it makes no sense. */
static inline void rows_are(const struct __fixture_metadata *fixture,
			    unsigned int conditions)
{
	const struct __fixture_variant_metadata *v;

	for (v = fixture->variant; v; v = v->next) {
		const struct contract_row *const *row = v->data;
		const char *unfit = contract_unfit(*row, conditions);

		if (!unfit)
			continue;
		fprintf(stderr, "%s: %s.%s: %s\n",
			program_invocation_short_name, fixture->name, v->name,
			unfit);
		_exit(EXIT_USAGE);
	}
}

/*
 * What the rows of a fixture must be (enum condition). Variants are registered by
 * constructors that have a priority, and so run before this one.
 */
#define ROWS_ARE(fixture, conditions) \
_Static_assert(!offsetof(FIXTURE_VARIANT(fixture), row), "the row is first"); \
static void __attribute__((constructor)) fixture##_rows_are(void) \
{ \
	rows_are(&_##fixture##_fixture_object, conditions); \
}

/*
 * Fixtures whose variants are rows of the contract:
 *
 * SCENES(dma); rows that may be pinned, R/W and R/O
 * SCENES_WHERE(failing, DENIES_RW); other rows
 * SCENES_ROW(dma, anon);
 * SCENE(dma, gup_fast, function, ...) calls function(_metadata, row, ...)
 */
#define SCENES(fixture) SCENES_WHERE(fixture, ALLOWS)

#define SCENES_WHERE(fixture, conditions) \
FIXTURE(fixture) {}; \
FIXTURE_VARIANT(fixture) \
{ \
	const struct contract_row *row; \
}; \
FIXTURE_SETUP(fixture) {} \
FIXTURE_TEARDOWN_PARENT(fixture) \
{ \
	case_survived(_metadata); \
} \
ROWS_ARE(fixture, conditions)

#define SCENES_ROW(fixture, name) \
FIXTURE_VARIANT_ADD(fixture, name) { .row = &contract_rows[ROW_##name] }

/* The watchdog ends a pin that loops. The largest huge pages take minutes. */
#define SCENE_SECONDS	300

#define SCENE(fixture, test, function, ...) \
TEST_F_TIMEOUT(fixture, test, SCENE_SECONDS) \
{ \
	function(_metadata, variant->row, ##__VA_ARGS__); \
}

#endif /* GUP_PIN_SCENE_H */
