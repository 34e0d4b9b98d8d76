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

#include "common/iommufd_mock.h"
#include "common/pagemap.h"
#include "common/scene.h"

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
	struct scene scene;
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
	return (char *)scene_at(&play->scene, &play->range) + bytes_of(page);
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

static void check_pins(struct __test_metadata *_metadata, struct play *play)
{
	long held = 0, lck, pin;
	size_t wrong = 0, first = 0;

	for (size_t page = 0; page < PAGES; page++) {
		bool is = is_held(play, page);

		held += is;
		if (mock_count(&play->scene.door, address_of(play, page),
			       page_size(), is) && !wrong++)
			first = page;
	}
	if (wrong)
		case_wrong(_metadata, &reason_held,
			   "%s: page %zu is not pinned %d times (and %zu others are wrong)",
			   play->where, first, is_held(play, first), wrong - 1);
	case_pins(_metadata, &reason_held, play->pins, held, play->where);
	oracle_locked_kb(&lck, &pin);
	if (lck || pin * 1024 != (long)bytes_of(held))
		case_wrong(_metadata, &reason_held,
			   "%s: expected VmPin %zu kB and VmLck 0, seen %ld and %ld",
			   play->where, bytes_of(held) / 1024, pin, lck);
}

/* Of a part of the memory, that is or was mapped at an address of the device. */
static void check_reach(struct __test_metadata *_metadata, struct play *play,
			const struct part *part, uint64_t iova, bool mapped)
{
	for (size_t i = 0; i < part->pages; i++) {
		size_t page = part->first + i;
		int ret = mock_reaches(&play->scene.door, iova + bytes_of(i),
				       address_of(play, page), page_size());

		if (mapped && ret)
			case_wrong(_metadata, &reason_held,
				   "%s: the device does not reach page %zu: %s",
				   play->where, page, errno_name(-ret));
		if (!mapped && ret != -EINVAL)
			case_wrong(_metadata, &reason_held,
				   "%s: the device still reaches page %zu",
				   play->where, page);
	}
}

static bool check(struct __test_metadata *_metadata, struct play *play)
{
	check_pins(_metadata, play);
	if (play->attached) {
		check_reach(_metadata, play, &all_pages, MOCK_IOVA,
			    play->mapped);
		check_reach(_metadata, play, &copied_part, MOCK_COPY_IOVA,
			    play->copied);
	}
	if (play->mapped) {
		scene_follows(_metadata, &play->scene, &play->range,
			      &reason_held, play->where);
		scene_writes(_metadata, &play->scene, &play->range,
			     &reason_held, play->where);
	}
	return _metadata->exit_code == KSFT_PASS;
}

static int access_part(struct play *play, const struct part *part, uint32_t *id)
{
	return mock_hold(&play->scene.door, bytes_of(part->first),
			 bytes_of(part->pages), id);
}

/* What comes of it is noted as if it succeeded, but for the holes. */
static int perform(struct play *play, enum act act, int i)
{
	const struct part hole = { PAGES - 8, 8 + 1 };
	struct door *door = &play->scene.door;
	uint32_t none;

	switch (act) {
	case ATTACH:
		play->attached = true;
		return mock_attach(door);
	case DETACH:
		play->attached = false;
		return mock_detach(door);
	case ACCESS:
		play->accessed[i] = true;
		return access_part(play, &play->shape->accesses[i],
				   &play->id[i]);
	case RELEASE:
		play->accessed[i] = false;
		return mock_release(door, play->id[i]);
	case COPY:
		play->copied = true;
		return mock_copy(door, bytes_of(copied_part.first),
				 bytes_of(copied_part.pages));
	case UNCOPY:
		play->copied = false;
		return mock_uncopy(door, bytes_of(copied_part.pages));
	case UNMAP:
		play->mapped = false;
		memset(play->accessed, 0, sizeof(play->accessed));
		return door->pinner->unpin(door);
	case CLOSE:
		play->mapped = play->copied = play->attached = false;
		memset(play->accessed, 0, sizeof(play->accessed));
		door->pinner->close(door);
		return door->pinner->open(door);
	case ATTACH_HOLE:
		return mock_attach(door);
	case ACCESS_HOLE:
		return access_part(play, &hole, &none);
	default:
		return -EINVAL;
	}
}

static bool step(struct __test_metadata *_metadata, struct play *play,
		 enum act act, int i)
{
	int ret, expected = act >= ATTACH_HOLE ? EFAULT : 0;

	snprintf(play->where, sizeof(play->where),
		 "accesses %s, batches of %u bytes, %s", play->shape->name,
		 play->limit, act_name[act]);
	if (expected && !case_has(_metadata,
				  memory_check_hole(&play->scene.mem)))
		return false;
	watchdog_enter(play->where, play->scene.mem.granule, PAGES);
	ret = perform(play, act, i);
	watchdog_leave();
	if (ret != -expected)
		case_wrong(_metadata, &reason_held,
			   "%s: expected %s, seen %s", play->where,
			   errno_name(expected), errno_name(-ret));
	return ret == -expected && check(_metadata, play);
}

/* All accesses, one after the other. */
static bool steps(struct __test_metadata *_metadata, struct play *play,
		  enum act act)
{
	if (act != ACCESS && act != RELEASE)
		return step(_metadata, play, act, 0);
	for (int i = 0; i < ACCESSES && play->shape->accesses[i].pages; i++)
		if (!step(_metadata, play, act, i))
			return false;
	return true;
}

static bool tell_once(struct __test_metadata *_metadata, struct play *play,
		      const struct story *story)
{
	int ret = mock_limit(&play->scene.door, play->limit);

	errno = -ret;
	if (!case_did(_metadata, !ret, "limit iommufd's batches") ||
	    !scene_pinned(_metadata, &play->scene, &play->range, RW, "mapped"))
		return false;
	play->mapped = true;
	for (const enum act *act = story->acts; *act; act++)
		if (!steps(_metadata, play, *act))
			return false;
	return true;
}

static bool tell(struct __test_metadata *_metadata, struct play *play,
		 const struct story *story)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		play->limit = limits[i];
		play->shape = story->shapes;
		for (; play->shape->name; play->shape++)
			if (!tell_once(_metadata, play, story))
				return false;
	}
	return true;
}

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
static bool cut_into_runs(struct __test_metadata *_metadata, struct play *play)
{
	char *base = address_of(play, 0);

	if (!case_did(_metadata, !madvise(base, bytes_of(PAGES), MADV_COLD),
		      "madvise(MADV_COLD) a part of a huge page"))
		return false;
	if (pagemap_flags(pagemap_frame(base)) & FRAME_COMPOUND)
		return case_has(_metadata, fault(0, "a huge page does not split"));
	return case_did(_metadata, exchange(address_of(play, RUN),
					    address_of(play, RUN + 1)),
			"exchange two pages");
}

/*
 * The pages are the last ones of the memory, before the hole. What is touched
 * first tells whether it is a huge page.
 */
static bool enter(struct __test_metadata *_metadata, struct play *play,
		  const struct contract_row *row, const struct pinner *pinner)
{
	static const struct range one = { .pages = 1 };
	struct memory *mem = &play->scene.mem;

	if (!scene_open(_metadata, &play->scene, row, pinner) ||
	    !scene_enter(_metadata, &play->scene, PAGES, POPULATED, &one))
		return false;
	play->range.first = mem->len / page_size() - PAGES;
	if (!case_has(_metadata, memory_enter(mem, POPULATED, play->range.first,
					      PAGES)))
		return false;
	oracle_pin_balance(&play->pins);
	return true;
}

static void accesses(struct __test_metadata *_metadata,
		     const struct contract_row *row,
		     const struct pinner *pinner, const struct story *story)
{
	struct play play = {
		.range = { .pages = PAGES, .behind = story->holes },
	};

	if (!enter(_metadata, &play, row, pinner))
		return;
	if (tell(_metadata, &play, story) &&
	    row == &contract_rows[ROW_anon_thp] &&
	    cut_into_runs(_metadata, &play))
		tell(_metadata, &play, story);
	scene_drop(_metadata, &play.scene);
}

/* Of the huge pages it is known that they lie side by side. */
#define STORY_HUGE(name, shapes, holes, ...) \
static const struct story name = { shapes, holes, { __VA_ARGS__ } }; \
SCENES(name) \
SCENES_ROW(name, anon_thp); \
SCENES_ROW(name, memfd_hugetlb_2m_shared); \
SCENE(name, iommufd_mock_rw, accesses, &pin_iommufd_mock, &name)

#define STORY(name, shapes, holes, ...) \
STORY_HUGE(name, shapes, holes, __VA_ARGS__) \
SCENES_ROW(name, anon); \
SCENES_ROW(name, memfd_shared)

STORY(detached, shapes, 0, ATTACH, ACCESS, DETACH, RELEASE, UNMAP);
STORY_HUGE(detached_between, between, 0, ATTACH, ACCESS, DETACH, RELEASE, UNMAP);
STORY(attached, shapes, 0, ACCESS, ATTACH, RELEASE, DETACH, UNMAP);
STORY(attached_again, shapes, 0, ATTACH, ACCESS, DETACH, ATTACH, RELEASE, DETACH, UNMAP);
STORY(unmapped, shapes, 0, ATTACH, ACCESS, UNMAP, DETACH);
STORY(copied, shapes, 0, ATTACH, COPY, ACCESS, UNMAP, UNCOPY, DETACH);
STORY(closed, shapes, 0, ATTACH, COPY, ACCESS, CLOSE);
STORY(fails_beside, shapes, 1, ACCESS, ATTACH_HOLE, ACCESS_HOLE, RELEASE, UNMAP);
