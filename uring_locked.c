// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: the memory that a ring's buffers hold is counted and limited for
 * exactly as long as it is held, whoever holds it in the end.
 *
 * Fixtures:
 *
 * buffer_counted	while it is registered, huge pages as a whole
 * buffer_closed	closing the ring gives it back
 * buffer_shared	two buffers in one huge page
 * buffer_limited	RLIMIT_MEMLOCK, of a user of whom nothing else is counted
 * buffer_cloned	held by every ring that took it over
 * buffer_cloned_of_two	one of two buffers in a huge page, by another ring
 * buffer_cloned_beside	a buffer beside another one in its huge page
 * clone_process	a ring of another process may not take it over
 * clone_user		nor one that another user pays for
 */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/scene.h"
#include "common/uring.h"

static const struct reason reason_counted = {
	"without CAP_IPC_LOCK a buffer counts as pinned memory until it is given back, huge pages as a whole",
	FIXES({ "de2939388be5", "io_uring: account whole huge pages", 5, 10 })
};

#define PAGES	11

static const struct range all_pages = { .pages = PAGES };

/* What so many base pages count as. */
static size_t whole(const struct memory *mem, size_t pages)
{
	size_t unit = memory_unit(mem);

	return (pages + unit - 1) / unit * unit;
}

static long counted_pages(void)
{
	long lck, pin;

	oracle_locked_kb(&lck, &pin);
	return pin * 1024 / (long)page_size();
}

static void is_counted(struct __test_metadata *_metadata, long pages,
		       const char *where)
{
	long seen = counted_pages();

	if (seen != pages)
		case_wrong(_metadata, &reason_counted,
			   "%s: expected VmPin of %ld pages, seen %ld", where,
			   pages, seen);
}

/*
 * Only what counts can be limited. From Linux 7.2 on a ring counts if its maker
 * lacked CAP_IPC_LOCK (df0a52537c0f), before that every ring did: so make rings without it. The
 * limit is no question here; where it may not be lifted, the door looks at it.
 */
static bool be_counted(struct __test_metadata *_metadata)
{
	if (memlock_applies())
		return true;
	limit_memlock(RLIM_INFINITY);
	return case_did(_metadata, !set_ipc_lock(false),
			"give up CAP_IPC_LOCK");
}

/* Map so many pages, all of them there. */
static bool enter(struct __test_metadata *_metadata, struct scene *scene,
		  const struct contract_row *row, size_t pages)
{
	if (!be_counted(_metadata) ||
	    !scene_open(_metadata, scene, row, &pin_io_uring) ||
	    !case_has(_metadata, memory_map(&scene->mem, pages)) ||
	    !case_has(_metadata, memory_fault_in(&scene->mem)))
		return false;
	is_counted(_metadata, 0, "before");
	return true;
}

static void counted(struct __test_metadata *_metadata,
		    const struct contract_row *row)
{
	struct scene scene;

	if (!enter(_metadata, &scene, row, PAGES))
		return;
	/* Again and again: as much must be given back as was counted. */
	for (int i = 0; i < 2; i++) {
		if (!scene_pinned(_metadata, &scene, &all_pages, RW,
				  "populated"))
			break;
		is_counted(_metadata, whole(&scene.mem, PAGES), "registered");
		scene_unpin(_metadata, &scene);
		is_counted(_metadata, 0, "unregistered");
	}
	scene_leave(_metadata, &scene);
}

SCENES(buffer_counted)
SCENES_ROW(buffer_counted, anon);
SCENES_ROW(buffer_counted, anon_thp);
SCENES_ROW(buffer_counted, anon_hugetlb_private);
SCENES_ROW(buffer_counted, anon_hugetlb_shared);
SCENES_ROW(buffer_counted, shmem_anon);
SCENES_ROW(buffer_counted, memfd_shared);
SCENES_ROW(buffer_counted, memfd_private);
SCENES_ROW(buffer_counted, memfd_thp_shared);
SCENES_ROW(buffer_counted, memfd_hugetlb_2m_shared);
SCENES_ROW(buffer_counted, memfd_hugetlb_2m_private);
SCENES_ROW(buffer_counted, ext4_private);
SCENE(buffer_counted, io_uring, counted)

/* A worker gives it back: the questions at the end wait for that. */
static void closed(struct __test_metadata *_metadata,
		   const struct contract_row *row)
{
	struct scene scene;

	if (!enter(_metadata, &scene, row, PAGES) ||
	    !scene_pinned(_metadata, &scene, &all_pages, RW, "populated"))
		return;
	is_counted(_metadata, whole(&scene.mem, PAGES), "registered");
	scene_drop(_metadata, &scene);
}

SCENES(buffer_closed)
SCENES_ROW(buffer_closed, anon);
SCENES_ROW(buffer_closed, anon_thp);
SCENES_ROW(buffer_closed, memfd_shared);
SCENES_ROW(buffer_closed, memfd_hugetlb_2m_shared);
SCENES_ROW(buffer_closed, ext4_private);
SCENE(buffer_closed, io_uring, closed)

/* Some kernels empty a slot a second later. */
#define SETTLE_MS	4000

static void await_pins(long pins)
{
	long now;

	for (int ms = 1; ms < SETTLE_MS; ms *= 2) {
		if (oracle_pin_balance(&now) || now == pins)
			return;
		usleep(ms * 1000);
	}
}

static const struct reason reason_shared = {
	"a huge page counts once, and for as long as any buffer of the ring is in it",
	FIXES({ "df0a52537c0f", NULL, 7, 2 })
};

static void shared(struct __test_metadata *_metadata,
		   const struct contract_row *row)
{
	struct scene scene;
	long one, pages;

	if (!enter(_metadata, &scene, row, PAGES))
		return;
	pages = memory_unit(&scene.mem);
	EXPECT_EQ(0, uring_add_slots(&scene.door, 2));
	EXPECT_EQ(0, uring_fill_slot(&scene.door, 0, scene.mem.base,
				     page_size()));
	is_counted(_metadata, pages, "one page");
	oracle_pin_balance(&one);
	EXPECT_EQ(0, uring_fill_slot(&scene.door, 1,
				     scene.mem.base + bytes_of(5),
				     page_size()));
	is_counted(_metadata, pages, "and another");
	EXPECT_EQ(0, uring_fill_slot(&scene.door, 0, NULL, 0));
	await_pins(one);
	if (counted_pages() != pages)
		case_wrong(_metadata, &reason_shared,
			   "without the first: expected VmPin of %ld pages, seen %ld",
			   pages, counted_pages());
	scene_unpin(_metadata, &scene);
	is_counted(_metadata, 0, "unregistered");
	scene_leave(_metadata, &scene);
}

SCENES(buffer_shared)
SCENES_ROW(buffer_shared, anon_thp);
SCENES_ROW(buffer_shared, memfd_hugetlb_2m_shared);
SCENE(buffer_shared, io_uring, shared)

static const struct reason reason_limited = {
	"RLIMIT_MEMLOCK limits what a user without CAP_IPC_LOCK registers, in all rings together",
	FIXES({ "e1c75831f682", "pins of a buffer above the limit", 6, 16 })
};

/*
 * The rings themselves may count as well, as Linux 6.14 began to: room for them,
 * which is left over where they do not.
 */
#define ROOM_PAGES	16
#define LIMITED_PAGES	(2 * ROOM_PAGES)

struct nobody {
	struct scene *scene;
	struct door rings[2];
};

/* All of them but BECOME_NOBODY and COUNTED have two: for either ring. */
enum question {
	BECOME_NOBODY,
	COUNTED,
	PIN_MOST,
	PIN_MORE,
	PIN_REST,
	UNPIN,
};

#define OF_RING(question, ring)	((question) << 1 | (ring))

/* In pages. Behind a buffer that counts as all but the room for rings. */
static size_t limit_of(const struct memory *mem)
{
	return whole(mem, LIMITED_PAGES) + ROOM_PAGES;
}

/* A ring is limited if its maker was, as it was made. */
static long become_limited(struct nobody *nobody)
{
	struct memory *mem = &nobody->scene->mem;
	int ret = memory_fault_in(mem) ?: become_nobody();

	for (int i = 0; i < 2 && !ret; i++)
		ret = pin_io_uring.open(&nobody->rings[i]);
	return ret ?: limit_memlock(bytes_of(limit_of(mem)));
}

static long answer(int question, void *with)
{
	struct nobody *nobody = with;
	struct door *door = &nobody->rings[question & 1];
	const struct memory *mem = &nobody->scene->mem;
	size_t limit = limit_of(mem);

	switch (question >> 1) {
	case BECOME_NOBODY:
		return become_limited(nobody);
	case PIN_MOST:
		return pin_io_uring.pin(door, mem->base,
					bytes_of(LIMITED_PAGES), RW);
	case PIN_MORE:
		return pin_io_uring.pin(door, mem->base, bytes_of(limit + 1),
					RW);
	case PIN_REST:
		return pin_io_uring.pin(door, mem->base +
					bytes_of(limit - ROOM_PAGES),
					bytes_of(ROOM_PAGES + 1), RW);
	case UNPIN:
		return pin_io_uring.unpin(door);
	default:
		return counted_pages();
	}
}

static void expect(struct __test_metadata *_metadata, const struct child *child,
		   int question, long expected, const char *where)
{
	case_child_says(_metadata, &reason_limited, child, question, expected,
			where);
}

/* Most of what may be pinned, and the rest and one page more. */
static void limits_hold(struct __test_metadata *_metadata,
			const struct child *child, long most)
{
	long pins;

	oracle_pin_balance(&pins);
	expect(_metadata, child, OF_RING(PIN_MORE, 0), -ENOMEM,
	       "one page more than the limit");
	expect(_metadata, child, OF_RING(COUNTED, 0), 0, "refused");
	case_pins(_metadata, &reason_limited, pins, 0, "refused");

	expect(_metadata, child, OF_RING(PIN_MOST, 0), 0, "below the limit");
	expect(_metadata, child, OF_RING(COUNTED, 0), most, "registered");
	expect(_metadata, child, OF_RING(PIN_REST, 1), -ENOMEM,
	       "one page more, in two rings");
	expect(_metadata, child, OF_RING(COUNTED, 0), most, "refused again");
	expect(_metadata, child, OF_RING(UNPIN, 0), 0, "unregistering");
	expect(_metadata, child, OF_RING(COUNTED, 0), 0, "unregistered");
	case_pins(_metadata, &reason_limited, pins, 0, "unregistered");

	expect(_metadata, child, OF_RING(PIN_REST, 1), 0,
	       "the other ring alone");
	expect(_metadata, child, OF_RING(UNPIN, 1), 0, "unregistering it");
	case_pins(_metadata, &reason_limited, pins, 0, "unregistered it");
}

/* A child makes ready what it will be asked about: 0, an enum skip, or -errno. */
static bool is_ready(struct __test_metadata *_metadata,
		     const struct child *child, int question)
{
	long ret;

	if (!case_has(_metadata, child_ask(child, question, &ret)))
		return false;
	if (ret < 0)
		ret = fault(-ret, "become another user, with rings");
	return case_has(_metadata, ret);
}

static void limited(struct __test_metadata *_metadata,
		    const struct contract_row *row)
{
	struct scene scene;
	struct nobody nobody = { .scene = &scene };
	struct child child;

	if (!case_has(_metadata, may_become_nobody()) ||
	    !scene_open(_metadata, &scene, row, &pin_io_uring) ||
	    !case_has(_metadata,
		      memory_map(&scene.mem, limit_of(&scene.mem) + 1)) ||
	    !case_has(_metadata, child_fork(&child, answer, &nobody)) ||
	    !is_ready(_metadata, &child, BECOME_NOBODY))
		return;
	/* Again and again: nothing of a refusal may count. */
	for (int i = 0; i < 2; i++)
		limits_hold(_metadata, &child,
			    whole(&scene.mem, LIMITED_PAGES));
	child_end(&child);
	scene_leave(_metadata, &scene);
}

SCENES(buffer_limited)
SCENES_ROW(buffer_limited, anon);
SCENES_ROW(buffer_limited, anon_thp);
SCENES_ROW(buffer_limited, anon_hugetlb_shared);
SCENES_ROW(buffer_limited, memfd_shared);
SCENE(buffer_limited, io_uring, limited)

static const struct reason reason_cloned = {
	"a buffer stays pinned, and counted, until the last ring that has it gives it back",
	NULL
};

static void cloned(struct __test_metadata *_metadata,
		   const struct contract_row *row)
{
	struct door source, heir;
	struct scene scene;
	long held, pages;

	if (!enter(_metadata, &scene, row, PAGES) ||
	    !case_has(_metadata, pin_io_uring.open(&heir)) ||
	    !case_has(_metadata, uring_can_clone(&heir)) ||
	    !scene_pinned(_metadata, &scene, &all_pages, RW, "populated"))
		return;
	heir.pinner = &pin_io_uring;
	pages = whole(&scene.mem, PAGES);
	oracle_pin_balance(&held);
	EXPECT_EQ(0, uring_clone(&heir, &scene.door));
	case_pins(_metadata, &reason_cloned, held, 0, "cloned");
	is_counted(_metadata, pages, "cloned");
	scene_unpin(_metadata, &scene);
	case_pins(_metadata, &reason_cloned, held, 0, "held by the clone");
	is_counted(_metadata, pages, "held by the clone");

	source = scene.door;
	scene.door = heir;
	scene_follows(_metadata, &scene, &all_pages, &reason_cloned,
		      "held by the clone");
	scene_writes(_metadata, &scene, &all_pages, &reason_cloned,
		     "held by the clone");
	pin_io_uring.close(&source);
	scene_drop(_metadata, &scene);
}

SCENES(buffer_cloned)
SCENES_ROW(buffer_cloned, anon);
SCENES_ROW(buffer_cloned, anon_thp);
SCENES_ROW(buffer_cloned, memfd_shared);
SCENES_ROW(buffer_cloned, memfd_hugetlb_2m_shared);
SCENE(buffer_cloned, io_uring, cloned)

static const struct reason reason_part = {
	"a huge page counts for as long as any ring has a buffer in it, and no longer",
	NULL
};

/*
 * Two rings, and buffers of theirs that are all in one huge page. However they come
 * and go, the page counts while any of them is held: at least once, and at most once
 * for each buffer and ring.
 *
 * By a user of whom nothing else is counted: where the kernel gives back what it has
 * not taken, that user could have too much or too little for ever.
 */
struct move {
	const char *what;
	enum { FILL, CLONE, EMPTY } how;
	int ring, slot;		/* a clone is taken from slot 0 of ring 0 */
};

#define MOVES		6
#define MOST_HELD	3

/* One of two buffers in the page is cloned. */
static const struct move one_of_two[MOVES] = {
	{ "one buffer", FILL, 0, 0 },
	{ "two buffers", FILL, 0, 1 },
	{ "the first cloned", CLONE, 1, 0 },
	{ "the first given back", EMPTY, 0, 0 },
	{ "the second given back", EMPTY, 0, 1 },
	{ "the clone given back", EMPTY, 1, 0 },
};

/* The ring that takes a clone has a buffer of its own in the page. */
static const struct move beside[MOVES] = {
	{ "one buffer", FILL, 0, 0 },
	{ "one in the other ring", FILL, 1, 1 },
	{ "the first cloned beside it", CLONE, 1, 0 },
	{ "the first given back", EMPTY, 0, 0 },
	{ "the clone given back", EMPTY, 1, 0 },
	{ "the other ring's given back", EMPTY, 1, 1 },
};

/* Buffers that either ring holds after a move. */
static long held_after(const struct move *moves, int last)
{
	long held = 0;

	for (int i = 0; i <= last; i++)
		held += moves[i].how == EMPTY ? -1 : 1;
	return held;
}

static bool is_fair(long seen, long held, long unit)
{
	return seen >= (held ? unit : 0) && seen <= held * unit;
}

struct movers {
	struct nobody nobody;
	const struct move *moves;
};

static int become_mover(struct nobody *nobody)
{
	struct memory *mem = &nobody->scene->mem;
	int ret = memory_fault_in(mem) ?:
		  limit_memlock(bytes_of(MOST_HELD * memory_unit(mem))) ?:
		  become_nobody();

	for (int i = 0; i < 2 && !ret; i++)
		ret = pin_io_uring.open(&nobody->rings[i]) ?:
		      uring_add_slots(&nobody->rings[i], 2);
	return ret;
}

static int make_move(struct nobody *nobody, const struct move *move)
{
	char *at = nobody->scene->mem.base + bytes_of(5 * move->slot);
	struct door *ring = &nobody->rings[move->ring];

	switch (move->how) {
	case FILL:
		return uring_fill_slot(ring, move->slot, at, page_size());
	case CLONE:
		return uring_clone_slot(ring, move->slot, nobody->rings, 0);
	default:
		return uring_fill_slot(ring, move->slot, NULL, 0);
	}
}

/* Question 0 is to become somebody else; then one for each move: what counts? */
static long answer_mover(int question, void *with)
{
	struct movers *movers = with;
	long unit = memory_unit(&movers->nobody.scene->mem);
	long seen, held = held_after(movers->moves, question - 1);
	int ret;

	if (!question)
		return become_mover(&movers->nobody);
	ret = make_move(&movers->nobody, &movers->moves[question - 1]);
	if (ret)
		return ret;
	seen = counted_pages();
	for (int ms = 1; !is_fair(seen, held, unit) && ms < SETTLE_MS; ms *= 2) {
		usleep(ms * 1000);
		seen = counted_pages();
	}
	return seen;
}

/* Whatever the first wrong move does, those behind it are its consequences. */
static void moved(struct __test_metadata *_metadata, const struct child *child,
		  const struct move *moves, long unit)
{
	long seen, held;

	for (int i = 0; i < MOVES && _metadata->exit_code == KSFT_PASS; i++) {
		held = held_after(moves, i);
		if (!case_has(_metadata, child_ask(child, i + 1, &seen)))
			return;
		if (seen < 0 && seen > -REFUSED)
			case_wrong(_metadata, &reason_part,
				   "%s: expected success, seen %s",
				   moves[i].what, errno_name(-seen));
		else if (!is_fair(seen, held, unit))
			case_wrong(_metadata, &reason_part,
				   "%s: buffers held %ld, in %ld pages; seen VmPin of %ld pages",
				   moves[i].what, held, unit, seen);
	}
}

static void cloned_part(struct __test_metadata *_metadata,
			const struct contract_row *row,
			const struct move *moves)
{
	struct scene scene;
	struct movers movers = { .nobody.scene = &scene, .moves = moves };
	struct child child;

	if (!case_has(_metadata, may_become_nobody()) ||
	    !scene_open(_metadata, &scene, row, &pin_io_uring) ||
	    !case_has(_metadata, uring_can_clone_slot(&scene.door)) ||
	    !case_has(_metadata, memory_map(&scene.mem, PAGES)) ||
	    !case_has(_metadata, child_fork(&child, answer_mover, &movers)))
		return;
	if (is_ready(_metadata, &child, 0))
		moved(_metadata, &child, moves, memory_unit(&scene.mem));
	child_end(&child);
	scene_leave(_metadata, &scene);
}

SCENES(buffer_cloned_of_two)
SCENES_ROW(buffer_cloned_of_two, anon_thp);
SCENES_ROW(buffer_cloned_of_two, memfd_hugetlb_2m_shared);
SCENE(buffer_cloned_of_two, io_uring, cloned_part, one_of_two)

SCENES(buffer_cloned_beside)
SCENES_ROW(buffer_cloned_beside, anon_thp);
SCENES_ROW(buffer_cloned_beside, memfd_hugetlb_2m_shared);
SCENE(buffer_cloned_beside, io_uring, cloned_part, beside)

static const struct reason reason_clone = {
	"only a ring that counts for the same process and user takes a buffer over",
	FIXES({ "19d340a2988d", NULL, 6, 14 })
};

struct cloner {
	const struct scene *scene;
	struct door source, heir;
};

enum { PREPARE, TAKE_OVER };

static long clone_by_process(int question, void *with)
{
	struct cloner *cloner = with;

	return question == PREPARE ? pin_io_uring.open(&cloner->heir) :
				     uring_clone(&cloner->heir,
						 &cloner->scene->door);
}

/* Made with CAP_IPC_LOCK a ring counts for no user, without for this one. */
static long clone_by_user(int question, void *with)
{
	struct cloner *cloner = with;

	if (question == TAKE_OVER)
		return uring_clone(&cloner->heir, &cloner->source);
	return set_ipc_lock(true) ?: pin_io_uring.open(&cloner->source) ?:
	       pin_io_uring.pin(&cloner->source, cloner->scene->mem.base,
				bytes_of(PAGES), RW) ?:
	       become_nobody() ?: pin_io_uring.open(&cloner->heir);
}

static void clone_refused(struct __test_metadata *_metadata,
			  const struct contract_row *row,
			  long (*clone)(int question, void *with))
{
	struct scene scene;
	struct cloner cloner = { .scene = &scene };
	struct child child;
	long pages, ret;

	if (!enter(_metadata, &scene, row, PAGES) ||
	    !case_has(_metadata, uring_can_clone(&scene.door)) ||
	    !scene_pinned(_metadata, &scene, &all_pages, RW, "populated") ||
	    !case_has(_metadata, child_fork(&child, clone, &cloner)) ||
	    !is_ready(_metadata, &child, PREPARE) ||
	    !case_has(_metadata, child_ask(&child, TAKE_OVER, &ret)))
		return;
	pages = whole(&scene.mem, PAGES);
	if (!contract_kept(REFUSED, ret))
		case_wrong(_metadata, &reason_clone,
			   "a clone that counts for another: expected a refusal, seen %s",
			   errno_name(-ret));
	child_end(&child);
	is_counted(_metadata, pages, "not cloned");
	scene_unpin(_metadata, &scene);
	is_counted(_metadata, 0, "unregistered");
	scene_leave(_metadata, &scene);
}

static void clone_refused_to_user(struct __test_metadata *_metadata,
				  const struct contract_row *row)
{
	if (case_has(_metadata, may_become_nobody()))
		clone_refused(_metadata, row, clone_by_user);
}

SCENES(clone_process)
SCENES_ROW(clone_process, anon);
SCENES_ROW(clone_process, memfd_shared);
SCENE(clone_process, io_uring, clone_refused, clone_by_process)

SCENES(clone_user)
SCENES_ROW(clone_user, anon);
SCENES_ROW(clone_user, memfd_shared);
SCENE(clone_user, io_uring, clone_refused_to_user)
