// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: several hold the same pages. A device holds all that is mapped, a
 * driver in the kernel (an access) the parts that it asked for.
 *
 * Fixtures, each the story of one mapping. Each is told with accesses to many
 * parts of it, and with batches of many sizes:
 *
 * detached		the device goes first
 * detached_between	and of pages side by side, some between are not accessed
 * attached		the device comes last
 * attached_again	the device comes, goes and comes
 * unmapped		under all of them
 * copied		a part is mapped a second time, and stays
 * closed		with all of them
 * fails_beside		a device, and an access, that would hold a hole as well
 *
 * After each step: each page is pinned if anyone holds it, and once; the device
 * reaches what is mapped, and nothing else; what is read and written through the
 * address space are the pages of the process.
 */
#include <sys/mman.h>

#include "common/harness.h"
#include "common/iommufd_mock.h"
#include "common/oracle.h"
#include "common/pagemap.h"

static const struct reason reason_held = {
	"a page is pinned, once, until nobody holds it, and out of the device's reach before",
	FIXES({ "727c28c1cef2", NULL, 6, 3 },
	      { "13a0d1ae7ee6", NULL, 6, 3 },
	      { "b7c822fa6b77", NULL, 6, 5 })
};

/* More than fit into the kernel's batch of last resort (BATCH_BACKUP_SIZE). */
#define PAGES	24

/* Where pages cease to lie side by side in memory: cut_into_runs(). */
#define RUN	12

struct part {
	size_t first;
	size_t pages;
};

static const struct part all_pages = { 0, PAGES }, copied_part = { 7, 9 };

#define ACCESSES	3

static const struct shape {
	const char *name;
	struct part accesses[ACCESSES];
} shapes[] = {
	{ "to all", { { 0, PAGES } } },
	{ "to the first pages", { { 0, 5 } } },
	{ "to the last pages", { { PAGES - 5, 5 } } },
	{ "to a page in a run", { { 4, 1 } } },
	{ "over the end of a run", { { RUN - 3, 6 } } },
	{ "to both ends", { { 0, 3 }, { PAGES - 4, 4 } } },
	{ "to the same pages twice", { { 2, 9 }, { 2, 9 } } },
	{ "to overlapping parts", { { 2, 9 }, { 6, 12 }, { 8, 1 } } },
	{}
}, between[] = {
	{ "to two parts of a run", { { 2, 3 }, { 7, 2 } } },
	{}
};

/* Bytes for a batch: enough for all pages, for two runs, for three. */
static const uint32_t limits[] = {
	MOCK_LIMIT_DEFAULT, 2 * MOCK_LIMIT_RUN, 3 * MOCK_LIMIT_RUN
};

enum act {
	END, ATTACH, DETACH, ACCESS, RELEASE, COPY, UNCOPY, UNMAP, CLOSE,
	ATTACH_HOLE, ACCESS_HOLE
};

static const char *const act_name[] = {
	[ATTACH] = "attached",
	[DETACH] = "detached",
	[ACCESS] = "accessed",
	[RELEASE] = "released",
	[COPY] = "copied",
	[UNCOPY] = "copy unmapped",
	[UNMAP] = "unmapped",
	[CLOSE] = "closed",
	[ATTACH_HOLE] = "attached over a hole",
	[ACCESS_HOLE] = "accessed over a hole",
};

struct story {
	const struct shape *shapes;
	size_t holes;		/* pages of a hole behind the memory, mapped too */
	enum act acts[8];
};

struct play {
	struct pin_test *t;
	struct range range;	/* what is mapped */
	const struct shape *shape;
	uint32_t limit;
	long pins;		/* of all others */
	/* Who holds what, now. */
	bool mapped, copied, attached;
	bool accessed[ACCESSES];
	uint32_t id[ACCESSES];
	char where[100];
};

static char *address_of(const struct play *play, size_t page)
{
	return test_addr(play->t, &play->range) + bytes_of(page);
}

static bool lies_in(size_t page, const struct part *part)
{
	return page >= part->first && page < part->first + part->pages;
}

static bool is_held(const struct play *play, size_t page)
{
	if (play->attached && (play->mapped ||
			       (play->copied && lies_in(page, &copied_part))))
		return true;
	for (int i = 0; i < ACCESSES; i++)
		if (play->accessed[i] &&
		    lies_in(page, &play->shape->accesses[i]))
			return true;
	return false;
}

static void check_pins(struct play *play)
{
	struct door *door = play->t->door;
	size_t wrong = 0, first = 0;
	long held = 0;

	for (size_t page = 0; page < PAGES; page++) {
		bool is = is_held(play, page);

		held += is;
		if (mock_count(door, address_of(play, page), page_size(), is) &&
		    !wrong++)
			first = page;
	}
	if (wrong)
		case_wrong(&reason_held,
			   "%s: page %zu is not pinned %d times (and %zu others are wrong)",
			   play->where, first, is_held(play, first), wrong - 1);
	case_pins(&reason_held, play->pins, held, play->where);
	case_charged(door, held, &reason_held, play->where);
}

/* Of a part of the memory, that is or was mapped at an address of the device. */
static void check_reach(struct play *play, const struct part *part,
			uint64_t iova, bool mapped)
{
	for (size_t i = 0; i < part->pages; i++) {
		size_t page = part->first + i;
		int ret = mock_reaches(play->t->door, iova + bytes_of(i),
				       address_of(play, page), page_size());

		if (mapped && ret)
			case_wrong(&reason_held,
				   "%s: the device does not reach page %zu: %s",
				   play->where, page, errno_name(-ret));
		if (!mapped && ret != -EINVAL)
			case_wrong(&reason_held,
				   "%s: the device still reaches page %zu",
				   play->where, page);
	}
}

/* What comes after a wrong answer would tell the same again. */
static void check(struct play *play)
{
	check_pins(play);
	if (play->attached) {
		check_reach(play, &all_pages, MOCK_IOVA, play->mapped);
		check_reach(play, &copied_part, MOCK_COPY_IOVA, play->copied);
	}
	if (play->mapped) {
		pin_sees_write(play->t, &play->range, &reason_held,
			       play->where);
		process_sees_write(play->t, &play->range, &reason_held,
				   play->where);
	}
	if (case_failed())
		case_leave();
}

static int detach(void *door)
{
	return mock_detach(door);
}

static int uncopy(void *door)
{
	return mock_uncopy(door, bytes_of(copied_part.pages));
}

static int taken(int ret, int (*give_back)(void *door), struct door *door)
{
	if (!ret)
		case_own(give_back, door);
	return ret;
}

static int given_back(int (*give_back)(void *door), struct door *door)
{
	case_disown(give_back, door);
	return give_back(door);
}

static int access_part(struct play *play, const struct part *part, uint32_t *id)
{
	return mock_hold(play->t->door, bytes_of(part->first),
			 bytes_of(part->pages), id);
}

/*
 * What comes of it is noted as if it succeeded, but for the holes. The accesses to
 * what is mapped go with it.
 */
static int perform(struct play *play, enum act act, int i)
{
	const struct part hole = { PAGES - 8, 8 + 1 };
	struct door *door = play->t->door;
	uint32_t none;

	switch (act) {
	case ATTACH:
		play->attached = true;
		return taken(mock_attach(door), detach, door);
	case DETACH:
		play->attached = false;
		return given_back(detach, door);
	case ACCESS:
		play->accessed[i] = true;
		return access_part(play, &play->shape->accesses[i],
				   &play->id[i]);
	case RELEASE:
		play->accessed[i] = false;
		return mock_release(door, play->id[i]);
	case COPY:
		play->copied = true;
		return taken(mock_copy(door, bytes_of(copied_part.first),
				       bytes_of(copied_part.pages)),
			     uncopy, door);
	case UNCOPY:
		play->copied = false;
		return given_back(uncopy, door);
	case UNMAP:
		play->mapped = false;
		memset(play->accessed, 0, sizeof(play->accessed));
		test_unpin(play->t);
		return 0;
	case CLOSE:
		play->mapped = play->copied = play->attached = false;
		memset(play->accessed, 0, sizeof(play->accessed));
		case_close(door);
		return 0;
	case ATTACH_HOLE:
		return taken(mock_attach(door), detach, door);
	case ACCESS_HOLE:
		return access_part(play, &hole, &none);
	default:
		return -EINVAL;
	}
}

static void step(struct play *play, enum act act, int i)
{
	int ret, expected = act >= ATTACH_HOLE ? EFAULT : 0;

	snprintf(play->where, sizeof(play->where),
		 "accesses %s, batches of %u bytes, %s", play->shape->name,
		 play->limit, act_name[act]);
	if (expected)
		case_needs(memory_check_hole(play->t->mem));
	case_watch(play->where, address_of(play, 0), bytes_of(PAGES));
	ret = perform(play, act, i);
	watchdog_leave();
	if (act == CLOSE)
		play->t->door = case_door(&pin_iommufd_mock);
	if (!case_answer(&reason_held, expected, ret, play->where))
		case_leave();
	check(play);
}

/* All accesses, one after the other. */
static void steps(struct play *play, enum act act)
{
	if (act != ACCESS && act != RELEASE) {
		step(play, act, 0);
		return;
	}
	for (int i = 0; i < ACCESSES && play->shape->accesses[i].pages; i++)
		step(play, act, i);
}

static void tell_once(struct play *play, const struct story *story)
{
	errno = -mock_limit(play->t->door, play->limit);
	case_did(!errno, "limit iommufd's batches");
	test_pin(play->t, &play->range, RW, "mapped");
	play->mapped = true;
	for (const enum act *act = story->acts; *act; act++)
		steps(play, *act);
}

static void tell(struct play *play, const struct story *story)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		play->limit = limits[i];
		play->shape = story->shapes;
		for (; play->shape->name; play->shape++)
			tell_once(play, story);
	}
}

/* The case does not own a place that moves away. */
static bool exchange(char *a, char *b)
{
	size_t size = page_size();
	char *spare = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	return spare != MAP_FAILED &&
	       mremap(a, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
		      spare) == spare &&
	       mremap(b, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, a) == a &&
	       mremap(spare, size, size, MREMAP_MAYMOVE | MREMAP_FIXED,
		      b) == b;
}

/*
 * Small pages, of which is known where they lie side by side in memory: a huge
 * page splits when a part of it is cold, and two of its pages change places. Only
 * of small pages is each one's pin counted.
 */
static void cut_into_runs(struct play *play)
{
	char *base = address_of(play, 0);

	case_did(!madvise(base, bytes_of(PAGES), MADV_COLD),
		 "madvise(MADV_COLD) a part of a huge page");
	if (pagemap_flags(pagemap_frame(base)) & FRAME_COMPOUND)
		case_needs(fault(0, "a huge page does not split"));
	case_did(exchange(address_of(play, RUN), address_of(play, RUN + 1)),
		 "exchange two pages");
}

/*
 * The pages are the last ones of the memory, before the hole. What is touched
 * first tells whether it is a huge page.
 */
static void enter(struct play *play, const struct contract_row *row,
		  const struct pinner *pinner)
{
	static const struct range one = { .pages = 1 };
	struct pin_test *t = test_open(row, pinner);

	play->t = t;
	test_enter(t, PAGES, POPULATED, &one);
	play->range.first = t->mem->len / page_size() - PAGES;
	case_needs(memory_enter(t->mem, POPULATED, play->range.first, PAGES));
	oracle_pin_balance(&play->pins);
}

static void accesses(const struct contract_row *row,
		     const struct pinner *pinner, const struct story *story)
{
	struct play play = {
		.range = { .pages = PAGES, .behind = story->holes },
	};

	enter(&play, row, pinner);
	tell(&play, story);
	if (row == &contract_rows[ROW_anon_thp]) {
		cut_into_runs(&play);
		tell(&play, story);
	}
}

/* Of the huge pages it is known that they lie side by side. */
#define STORY_HUGE(name, shapes, holes, ...) \
static const struct story name = { shapes, holes, { __VA_ARGS__ } }; \
PIN_FIXTURE(name) \
PIN_VARIANT(name, anon_thp); \
PIN_VARIANT(name, memfd_hugetlb_2m_shared); \
PIN_TEST(name, iommufd_mock_rw, accesses, &pin_iommufd_mock, &name)

#define STORY(name, shapes, holes, ...) \
STORY_HUGE(name, shapes, holes, __VA_ARGS__) \
PIN_VARIANT(name, anon); \
PIN_VARIANT(name, memfd_shared)

STORY(detached, shapes, 0, ATTACH, ACCESS, DETACH, RELEASE, UNMAP);
STORY_HUGE(detached_between, between, 0, ATTACH, ACCESS, DETACH, RELEASE, UNMAP);
STORY(attached, shapes, 0, ACCESS, ATTACH, RELEASE, DETACH, UNMAP);
STORY(attached_again, shapes, 0, ATTACH, ACCESS, DETACH, ATTACH, RELEASE, DETACH, UNMAP);
STORY(unmapped, shapes, 0, ATTACH, ACCESS, UNMAP, DETACH);
STORY(copied, shapes, 0, ATTACH, COPY, ACCESS, UNMAP, UNCOPY, DETACH);
STORY(closed, shapes, 0, ATTACH, COPY, ACCESS, CLOSE);
STORY(fails_beside, shapes, 1, ACCESS, ATTACH_HOLE, ACCESS_HOLE, RELEASE, UNMAP);
