// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: the memory that a ring's buffers hold is counted and limited for
 * exactly as long as it is held, whoever holds it in the end.
 *
 * Fixtures:
 *
 * uring_buffer_charged		while it is registered, huge pages as a whole
 * uring_buffer_closed		closing the ring gives it back
 * uring_buffer_shared		two buffers in one huge page
 * uring_buffer_memlock		RLIMIT_MEMLOCK, of a user of whom nothing else is counted
 * uring_buffer_cloned		held by every ring that took it over
 * uring_buffer_cloned_of_two	one of two buffers in a huge page, by another ring
 * uring_buffer_cloned_beside	a buffer beside another one in its huge page
 * uring_clone_other_process	a ring of another process may not take it over
 * uring_clone_other_user	nor one that another user pays for
 */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/harness.h"
#include "common/observe/pins.h"
#include "common/pinners/uring.h"

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

/* A step before what is asked: 0, an enum skip, or -errno. */
static void made_ready(int ret, const char *what)
{
	if (ret < 0)
		ret = setup_error(-ret, "%s", what);
	case_needs(ret);
}

/*
 * Only what counts can be limited. From Linux 7.2 on a ring counts if its maker
 * lacked CAP_IPC_LOCK (df0a52537c0f), before that every ring did: so make rings
 * without it. The limit is no question here; where it may not be lifted, the door
 * looks at it.
 */
static void be_counted(void)
{
	if (memlock_applies())
		return;
	limit_memlock(RLIM_INFINITY);
	made_ready(set_ipc_lock(false), "give up CAP_IPC_LOCK");
}

/* Map the pages, all of them there, with a ring that counts. */
static struct pin_test *enter(const struct contract_row *row)
{
	struct pin_test *t;

	be_counted();
	t = test_open(row, &pin_io_uring);
	case_needs(memory_map(t->mem, PAGES));
	case_needs(memory_fault_in(t->mem));
	case_charged(t->door, 0, &reason_counted, "before");
	return t;
}

static void counted(const struct contract_row *row)
{
	struct pin_test *t = enter(row);

	/* Again and again: as much must be given back as was counted. */
	for (int i = 0; i < 2; i++) {
		test_pin(t, &all_pages, RW, "populated");
		case_charged(t->door, whole(t->mem, PAGES), &reason_counted,
			     "registered");
		pin_sees_write(t, &all_pages, &reason_coherent_rw, "registered");
		test_unpin(t);
		case_charged(t->door, 0, &reason_counted, "unregistered");
	}
}

PIN_FIXTURE(uring_buffer_charged)
PIN_VARIANT(uring_buffer_charged, anon);
PIN_VARIANT(uring_buffer_charged, anon_thp);
PIN_VARIANT(uring_buffer_charged, anon_hugetlb_private);
PIN_VARIANT(uring_buffer_charged, anon_hugetlb_shared);
PIN_VARIANT(uring_buffer_charged, shmem_anon);
PIN_VARIANT(uring_buffer_charged, memfd_shared);
PIN_VARIANT(uring_buffer_charged, memfd_private);
PIN_VARIANT(uring_buffer_charged, memfd_thp_shared);
PIN_VARIANT(uring_buffer_charged, memfd_hugetlb_2m_shared);
PIN_VARIANT(uring_buffer_charged, memfd_hugetlb_2m_private);
PIN_VARIANT(uring_buffer_charged, ext4_private);
PIN_TEST(uring_buffer_charged, io_uring, counted)

/* A worker gives it back: the questions at the end wait for that. */
static void closed(const struct contract_row *row)
{
	struct pin_test *t = enter(row);

	test_pin(t, &all_pages, RW, "populated");
	case_charged(t->door, whole(t->mem, PAGES), &reason_counted,
		     "registered");
	pin_sees_write(t, &all_pages, &reason_coherent_rw, "registered");
	case_close(t->door);
}

PIN_FIXTURE(uring_buffer_closed)
PIN_VARIANT(uring_buffer_closed, anon);
PIN_VARIANT(uring_buffer_closed, anon_thp);
PIN_VARIANT(uring_buffer_closed, memfd_shared);
PIN_VARIANT(uring_buffer_closed, memfd_hugetlb_2m_shared);
PIN_VARIANT(uring_buffer_closed, ext4_private);
PIN_TEST(uring_buffer_closed, io_uring, closed)

/* Some kernels empty a slot a second later. */
#define SETTLE_MS	4000

static void await_pins(long pins)
{
	long now;

	for (int ms = 1; ms < SETTLE_MS; ms *= 2) {
		if (pins_balance(&now) || now == pins)
			return;
		usleep(ms * 1000);
	}
}

static const struct reason reason_shared = {
	"a huge page counts once, and for as long as any buffer of the ring is in it",
	FIXES({ "df0a52537c0f", NULL, 7, 2 })
};

static void fill_slot(struct pin_test *t, unsigned int slot, size_t page)
{
	if (!case_answer(&reason_shared, 0,
			 uring_fill_slot(t->door, slot,
					 t->mem->base + bytes_of(page),
					 page_size()),
			 "one page"))
		case_leave();
}

static void shared(const struct contract_row *row)
{
	struct pin_test *t = enter(row);
	long pages = memory_unit(t->mem), one;

	made_ready(uring_add_slots(t->door, 2), "have slots for two buffers");
	case_holds(t->door);
	fill_slot(t, 0, 0);
	case_charged(t->door, pages, &reason_counted, "one page");
	pins_balance(&one);
	fill_slot(t, 1, 5);
	case_charged(t->door, pages, &reason_counted, "and another");
	case_answer(&reason_shared, 0, uring_fill_slot(t->door, 0, NULL, 0),
		    "emptying the first slot");
	await_pins(one);
	case_charged(t->door, pages, &reason_shared, "without the first");
	test_unpin(t);
	case_charged(t->door, 0, &reason_counted, "unregistered");
}

PIN_FIXTURE(uring_buffer_shared)
PIN_VARIANT(uring_buffer_shared, anon_thp);
PIN_VARIANT(uring_buffer_shared, memfd_hugetlb_2m_shared);
PIN_TEST(uring_buffer_shared, io_uring, shared)

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

struct unprivileged {
	struct memory *mem;
	struct door rings[2];
};

/* All of them but DROP_PRIVILEGES and COUNTED have two: for either ring. */
enum question {
	DROP_PRIVILEGES,
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
static long become_limited(struct unprivileged *user)
{
	int ret = memory_fault_in(user->mem) ?: drop_privileges();

	for (int i = 0; i < 2 && !ret; i++)
		ret = pin_io_uring.open(&user->rings[i]);
	return ret ?: limit_memlock(bytes_of(limit_of(user->mem)));
}

static long counted_pages(void)
{
	long lck, pin;

	pins_charged_kb(&lck, &pin);
	return pin * 1024 / (long)page_size();
}

static long answer(int question, void *with)
{
	struct unprivileged *user = with;
	struct door *door = &user->rings[question & 1];
	const struct memory *mem = user->mem;
	size_t limit = limit_of(mem);

	switch (question >> 1) {
	case DROP_PRIVILEGES:
		return become_limited(user);
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

/* Most of what may be pinned, and the rest and one page more. */
static void limits_hold(struct child *child, long most)
{
	long pins;

	pins_balance(&pins);
	case_child_says(&reason_limited, child, OF_RING(PIN_MORE, 0), -ENOMEM,
			"one page more than the limit");
	case_child_says(&reason_limited, child, OF_RING(COUNTED, 0), 0,
			"refused");
	case_pins(&reason_limited, pins, 0, "refused");

	case_child_says(&reason_limited, child, OF_RING(PIN_MOST, 0), 0,
			"below the limit");
	case_child_says(&reason_limited, child, OF_RING(COUNTED, 0), most,
			"registered");
	case_child_says(&reason_limited, child, OF_RING(PIN_REST, 1), -ENOMEM,
			"one page more, in two rings");
	case_child_says(&reason_limited, child, OF_RING(COUNTED, 0), most,
			"refused again");
	case_child_says(&reason_limited, child, OF_RING(UNPIN, 0), 0,
			"unregistering");
	case_child_says(&reason_limited, child, OF_RING(COUNTED, 0), 0,
			"unregistered");
	case_pins(&reason_limited, pins, 0, "unregistered");

	case_child_says(&reason_limited, child, OF_RING(PIN_REST, 1), 0,
			"the other ring alone");
	case_child_says(&reason_limited, child, OF_RING(UNPIN, 1), 0,
			"unregistering it");
	case_pins(&reason_limited, pins, 0, "unregistered it");
}

/* A child that makes ready, by question 0, what it will be asked about. */
static struct child *fork_user(long (*answer)(int question, void *with),
			       void *with)
{
	struct child *child = case_fork(answer, with);

	made_ready(case_ask(child, 0), "become another user, with rings");
	return child;
}

static void limited(const struct contract_row *row)
{
	struct unprivileged user = {};
	struct child *child;
	struct pin_test *t;

	case_needs(may_drop_privileges());
	t = test_open(row, &pin_io_uring);
	user.mem = t->mem;
	case_needs(memory_map(t->mem, limit_of(t->mem) + 1));
	child = fork_user(answer, &user);
	/* Again and again: nothing of a refusal may count. */
	for (int i = 0; i < 2; i++)
		limits_hold(child, whole(t->mem, LIMITED_PAGES));
}

PIN_FIXTURE(uring_buffer_memlock)
PIN_VARIANT(uring_buffer_memlock, anon);
PIN_VARIANT(uring_buffer_memlock, anon_thp);
PIN_VARIANT(uring_buffer_memlock, anon_hugetlb_shared);
PIN_VARIANT(uring_buffer_memlock, memfd_shared);
PIN_TEST(uring_buffer_memlock, io_uring, limited)

static const struct reason reason_cloned = {
	"a buffer stays pinned, and counted, until the last ring that has it gives it back",
	NULL
};

static void cloned(const struct contract_row *row)
{
	struct pin_test *t = enter(row);
	struct door *source = t->door, *clone = case_door(&pin_io_uring);
	long pages = whole(t->mem, PAGES), held;

	case_needs(uring_can_clone(clone));
	test_pin(t, &all_pages, RW, "populated");
	pins_balance(&held);
	if (!case_answer(&reason_cloned, 0, uring_clone(clone, source),
			 "cloning"))
		case_leave();
	case_holds(clone);
	case_pins(&reason_cloned, held, 0, "cloned");
	case_charged(clone, pages, &reason_counted, "cloned");
	case_unpin(source);
	case_pins(&reason_cloned, held, 0, "held by the clone");
	case_charged(clone, pages, &reason_counted, "held by the clone");

	t->door = clone;
	pin_sees_write(t, &all_pages, &reason_cloned, "held by the clone");
	process_sees_write(t, &all_pages, &reason_cloned, "held by the clone");
	case_close(clone);
}

PIN_FIXTURE(uring_buffer_cloned)
PIN_VARIANT(uring_buffer_cloned, anon);
PIN_VARIANT(uring_buffer_cloned, anon_thp);
PIN_VARIANT(uring_buffer_cloned, memfd_shared);
PIN_VARIANT(uring_buffer_cloned, memfd_hugetlb_2m_shared);
PIN_TEST(uring_buffer_cloned, io_uring, cloned)

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
	struct unprivileged user;
	const struct move *moves;
};

static int become_mover(struct unprivileged *user)
{
	struct memory *mem = user->mem;
	int ret = memory_fault_in(mem) ?:
		  limit_memlock(bytes_of(MOST_HELD * memory_unit(mem))) ?:
		  drop_privileges();

	for (int i = 0; i < 2 && !ret; i++)
		ret = pin_io_uring.open(&user->rings[i]) ?:
		      uring_add_slots(&user->rings[i], 2);
	return ret;
}

static int make_move(struct unprivileged *user, const struct move *move)
{
	char *at = user->mem->base + bytes_of(5 * move->slot);
	struct door *ring = &user->rings[move->ring];

	switch (move->how) {
	case FILL:
		return uring_fill_slot(ring, move->slot, at, page_size());
	case CLONE:
		return uring_clone_slot(ring, move->slot, user->rings, 0);
	default:
		return uring_fill_slot(ring, move->slot, NULL, 0);
	}
}

/* Question 0 is to become somebody else; then one for each move: what counts? */
static long answer_mover(int question, void *with)
{
	struct movers *movers = with;
	long unit = memory_unit(movers->user.mem);
	long seen, held = held_after(movers->moves, question - 1);
	int ret;

	if (!question)
		return become_mover(&movers->user);
	ret = make_move(&movers->user, &movers->moves[question - 1]);
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
static void moved(struct child *child, const struct move *moves,
		  long unit)
{
	for (int i = 0; i < MOVES && !case_failed(); i++) {
		long seen = case_ask(child, i + 1), held = held_after(moves, i);

		if (seen < 0 && seen > -REFUSED)
			case_answer(&reason_part, 0, seen, moves[i].what);
		else if (!is_fair(seen, held, unit))
			case_wrong(&reason_part,
				   "%s: buffers held %ld, in %ld pages; seen VmPin of %ld pages",
				   moves[i].what, held, unit, seen);
	}
}

static void cloned_part(const struct contract_row *row,
			const struct move *moves)
{
	struct movers movers = { .moves = moves };
	struct pin_test *t;

	case_needs(may_drop_privileges());
	t = test_open(row, &pin_io_uring);
	movers.user.mem = t->mem;
	case_needs(uring_can_clone_slot(t->door));
	case_needs(memory_map(t->mem, PAGES));
	moved(fork_user(answer_mover, &movers), moves, memory_unit(t->mem));
}

PIN_FIXTURE(uring_buffer_cloned_of_two)
PIN_VARIANT(uring_buffer_cloned_of_two, anon_thp);
PIN_VARIANT(uring_buffer_cloned_of_two, memfd_hugetlb_2m_shared);
PIN_TEST(uring_buffer_cloned_of_two, io_uring, cloned_part, one_of_two)

PIN_FIXTURE(uring_buffer_cloned_beside)
PIN_VARIANT(uring_buffer_cloned_beside, anon_thp);
PIN_VARIANT(uring_buffer_cloned_beside, memfd_hugetlb_2m_shared);
PIN_TEST(uring_buffer_cloned_beside, io_uring, cloned_part, beside)

static const struct reason reason_clone = {
	"only a ring that counts for the same process and user takes a buffer over",
	FIXES({ "19d340a2988d", NULL, 6, 14 })
};

struct cloner {
	const struct pin_test *t;
	struct door source, clone;
};

enum { MAKE_READY, TAKE_OVER };

static long clone_by_process(int question, void *with)
{
	struct cloner *cloner = with;

	return question == TAKE_OVER ?
	       uring_clone(&cloner->clone, cloner->t->door) :
	       pin_io_uring.open(&cloner->clone);
}

/* Made with CAP_IPC_LOCK a ring counts for no user, without for this one. */
static long clone_by_user(int question, void *with)
{
	struct cloner *cloner = with;

	if (question == TAKE_OVER)
		return uring_clone(&cloner->clone, &cloner->source);
	return set_ipc_lock(true) ?: pin_io_uring.open(&cloner->source) ?:
	       pin_io_uring.pin(&cloner->source, cloner->t->mem->base,
				bytes_of(PAGES), RW) ?:
	       drop_privileges() ?: pin_io_uring.open(&cloner->clone);
}

static void clone_refused(const struct contract_row *row,
			  long (*clone)(int question, void *with))
{
	struct pin_test *t = enter(row);
	struct cloner cloner = { .t = t };
	struct child *child;

	case_needs(uring_can_clone(t->door));
	test_pin(t, &all_pages, RW, "populated");
	pin_sees_write(t, &all_pages, &reason_coherent_rw, "populated");
	child = fork_user(clone, &cloner);
	case_answer(&reason_clone, REFUSED, case_ask(child, TAKE_OVER),
		    "a clone that counts for another");
	case_reap(child);
	case_charged(t->door, whole(t->mem, PAGES), &reason_counted,
		     "not cloned");
	test_unpin(t);
	case_charged(t->door, 0, &reason_counted, "unregistered");
}

static void clone_refused_to_user(const struct contract_row *row)
{
	case_needs(may_drop_privileges());
	clone_refused(row, clone_by_user);
}

PIN_FIXTURE(uring_clone_other_process)
PIN_VARIANT(uring_clone_other_process, anon);
PIN_VARIANT(uring_clone_other_process, memfd_shared);
PIN_TEST(uring_clone_other_process, io_uring, clone_refused, clone_by_process)

PIN_FIXTURE(uring_clone_other_user)
PIN_VARIANT(uring_clone_other_user, anon);
PIN_VARIANT(uring_clone_other_user, memfd_shared);
PIN_TEST(uring_clone_other_user, io_uring, clone_refused_to_user)
