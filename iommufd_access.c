// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommufd: several hold the same pages. A device holds all that is mapped, a
 * driver in the kernel (an access) the parts that it asked for.
 *
 * Fixtures, each the sequence of one mapping. Each is told with accesses to many
 * parts of it, and with batches of many sizes:
 *
 * iommufd_access_detach		the device goes first
 * iommufd_access_detach_between	and of pages side by side, some between are not accessed
 * iommufd_access_attach		the device comes last
 * iommufd_access_reattach		the device comes, goes and comes
 * iommufd_access_unmap			under all of them
 * iommufd_access_copy			a part is mapped a second time, and stays
 * iommufd_access_close			with all of them
 * iommufd_access_fails_beside		a device, and an access, that would hold a hole as well
 *
 * After each step: each page is pinned if anyone holds it, and once; the device
 * reaches what is mapped, and nothing else; what is read and written through the
 * address space are the pages of the process.
 */
#include <sys/mman.h>

#include "common/harness.h"
#include "common/observe/pagemap.h"
#include "common/observe/pins.h"
#include "common/pinners/iommufd_mock.h"

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

static const struct access_set {
	const char *name;
	struct part accesses[ACCESSES];
} access_sets[] = {
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

enum step {
	END, ATTACH, DETACH, ACCESS, RELEASE, COPY, UNCOPY, UNMAP, CLOSE,
	ATTACH_HOLE, ACCESS_HOLE
};

static const char *const step_name[] = {
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

struct sequence {
	const struct access_set *access_sets;
	size_t holes;		/* pages of a hole behind the memory, mapped too */
	enum step steps[8];
};

struct state {
	struct pin_test *t;
	struct range range;	/* what is mapped */
	const struct access_set *set;
	uint32_t limit;
	long pins;		/* of all others */
	/* Who holds what, now. */
	bool mapped, copied, attached;
	bool accessed[ACCESSES];
	uint32_t id[ACCESSES];
	char where[100];
};

static char *address_of(const struct state *state, size_t page)
{
	return test_addr(state->t, &state->range) + bytes_of(page);
}

static bool lies_in(size_t page, const struct part *part)
{
	return page >= part->first && page < part->first + part->pages;
}

static bool is_held(const struct state *state, size_t page)
{
	if (state->attached && (state->mapped ||
			       (state->copied && lies_in(page, &copied_part))))
		return true;
	for (int i = 0; i < ACCESSES; i++)
		if (state->accessed[i] &&
		    lies_in(page, &state->set->accesses[i]))
			return true;
	return false;
}

static void check_pins(struct state *state)
{
	struct door *door = state->t->door;
	size_t wrong = 0, first = 0;
	long held = 0;

	for (size_t page = 0; page < PAGES; page++) {
		bool is = is_held(state, page);

		held += is;
		if (mock_count(door, address_of(state, page), page_size(), is) &&
		    !wrong++)
			first = page;
	}
	if (wrong)
		case_wrong(&reason_held,
			   "%s: page %zu is not pinned %d times (and %zu others are wrong)",
			   state->where, first, is_held(state, first), wrong - 1);
	case_pins(&reason_held, state->pins, held, state->where);
	case_charged(door, held, &reason_held, state->where);
}

/* Of a part of the memory, that is or was mapped at an address of the device. */
static void check_reach(struct state *state, const struct part *part,
			uint64_t iova, bool mapped)
{
	for (size_t i = 0; i < part->pages; i++) {
		size_t page = part->first + i;
		int ret = mock_reaches(state->t->door, iova + bytes_of(i),
				       address_of(state, page), page_size());

		if (mapped && ret)
			case_wrong(&reason_held,
				   "%s: the device does not reach page %zu: %s",
				   state->where, page, errno_name(-ret));
		if (!mapped && ret != -EINVAL)
			case_wrong(&reason_held,
				   "%s: the device still reaches page %zu",
				   state->where, page);
	}
}

/* What comes after a wrong answer would tell the same again. */
static void check(struct state *state)
{
	check_pins(state);
	if (state->attached) {
		check_reach(state, &all_pages, MOCK_IOVA, state->mapped);
		check_reach(state, &copied_part, MOCK_COPY_IOVA, state->copied);
	}
	if (state->mapped) {
		pin_sees_write(state->t, &state->range, &reason_held,
			       state->where);
		process_sees_write(state->t, &state->range, &reason_held,
				   state->where);
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

static int access_part(struct state *state, const struct part *part, uint32_t *id)
{
	return mock_hold(state->t->door, bytes_of(part->first),
			 bytes_of(part->pages), id);
}

/*
 * What comes of it is noted as if it succeeded, but for the holes. The accesses to
 * what is mapped go with it.
 */
static int take_step(struct state *state, enum step step, int i)
{
	const struct part hole = { PAGES - 8, 8 + 1 };
	struct door *door = state->t->door;
	uint32_t none;

	switch (step) {
	case ATTACH:
		state->attached = true;
		return taken(mock_attach(door), detach, door);
	case DETACH:
		state->attached = false;
		return given_back(detach, door);
	case ACCESS:
		state->accessed[i] = true;
		return access_part(state, &state->set->accesses[i],
				   &state->id[i]);
	case RELEASE:
		state->accessed[i] = false;
		return mock_release(door, state->id[i]);
	case COPY:
		state->copied = true;
		return taken(mock_copy(door, bytes_of(copied_part.first),
				       bytes_of(copied_part.pages)),
			     uncopy, door);
	case UNCOPY:
		state->copied = false;
		return given_back(uncopy, door);
	case UNMAP:
		state->mapped = false;
		memset(state->accessed, 0, sizeof(state->accessed));
		test_unpin(state->t);
		return 0;
	case CLOSE:
		state->mapped = state->copied = state->attached = false;
		memset(state->accessed, 0, sizeof(state->accessed));
		case_close(door);
		return 0;
	case ATTACH_HOLE:
		return taken(mock_attach(door), detach, door);
	case ACCESS_HOLE:
		return access_part(state, &hole, &none);
	default:
		return -EINVAL;
	}
}

static void do_step(struct state *state, enum step step, int i)
{
	int ret, expected = step >= ATTACH_HOLE ? EFAULT : 0;

	snprintf(state->where, sizeof(state->where),
		 "accesses %s, batches of %u bytes, %s", state->set->name,
		 state->limit, step_name[step]);
	if (expected)
		case_needs(memory_check_hole(state->t->mem));
	case_watch(state->where, address_of(state, 0), bytes_of(PAGES));
	ret = take_step(state, step, i);
	watchdog_leave();
	if (step == CLOSE)
		state->t->door = case_door(&pin_iommufd_mock);
	if (!case_answer(&reason_held, expected, ret, state->where))
		case_leave();
	check(state);
}

/* All accesses, one after the other. */
static void do_steps(struct state *state, enum step step)
{
	if (step != ACCESS && step != RELEASE) {
		do_step(state, step, 0);
		return;
	}
	for (int i = 0; i < ACCESSES && state->set->accesses[i].pages; i++)
		do_step(state, step, i);
}

static void run_once(struct state *state, const struct sequence *sequence)
{
	errno = -mock_limit(state->t->door, state->limit);
	case_did(!errno, "limit iommufd's batches");
	test_pin(state->t, &state->range, RW, "mapped");
	state->mapped = true;
	for (const enum step *step = sequence->steps; *step; step++)
		do_steps(state, *step);
}

static void run(struct state *state, const struct sequence *sequence)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		state->limit = limits[i];
		state->set = sequence->access_sets;
		for (; state->set->name; state->set++)
			run_once(state, sequence);
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
static void cut_into_runs(struct state *state)
{
	char *base = address_of(state, 0);

	case_did(!madvise(base, bytes_of(PAGES), MADV_COLD),
		 "madvise(MADV_COLD) a part of a huge page");
	if (pagemap_flags(pagemap_frame(base)) & FRAME_COMPOUND)
		case_needs(setup_error(0, "a huge page does not split"));
	case_did(exchange(address_of(state, RUN), address_of(state, RUN + 1)),
		 "exchange two pages");
}

/*
 * The pages are the last ones of the memory, before the hole. What is touched
 * first tells whether it is a huge page.
 */
static void enter(struct state *state, const struct contract_row *row,
		  const struct pinner *pinner)
{
	static const struct range one = { .pages = 1 };
	struct pin_test *t = test_open(row, pinner);

	state->t = t;
	test_enter(t, PAGES, POPULATED, &one);
	state->range.first = t->mem->len / page_size() - PAGES;
	case_needs(memory_enter(t->mem, POPULATED, state->range.first, PAGES));
	pins_balance(&state->pins);
}

static void accesses(const struct contract_row *row,
		     const struct pinner *pinner, const struct sequence *sequence)
{
	struct state state = {
		.range = { .pages = PAGES, .behind = sequence->holes },
	};

	enter(&state, row, pinner);
	run(&state, sequence);
	if (row == &contract_rows[ROW_anon_thp]) {
		cut_into_runs(&state);
		run(&state, sequence);
	}
}

/* Of the huge pages it is known that they lie side by side. */
#define SEQUENCE_HUGE(name, access_sets, holes, ...) \
static const struct sequence name = { access_sets, holes, { __VA_ARGS__ } }; \
PIN_FIXTURE(name) \
PIN_VARIANT(name, anon_thp); \
PIN_VARIANT(name, memfd_hugetlb_2m_shared); \
PIN_TEST(name, iommufd_mock_rw, accesses, &pin_iommufd_mock, &name)

#define SEQUENCE(name, access_sets, holes, ...) \
SEQUENCE_HUGE(name, access_sets, holes, __VA_ARGS__) \
PIN_VARIANT(name, anon); \
PIN_VARIANT(name, memfd_shared)

SEQUENCE(iommufd_access_detach, access_sets, 0, ATTACH, ACCESS, DETACH, RELEASE, UNMAP);
SEQUENCE_HUGE(iommufd_access_detach_between, between, 0, ATTACH, ACCESS, DETACH, RELEASE, UNMAP);
SEQUENCE(iommufd_access_attach, access_sets, 0, ACCESS, ATTACH, RELEASE, DETACH, UNMAP);
SEQUENCE(iommufd_access_reattach, access_sets, 0, ATTACH, ACCESS, DETACH, ATTACH, RELEASE, DETACH, UNMAP);
SEQUENCE(iommufd_access_unmap, access_sets, 0, ATTACH, ACCESS, UNMAP, DETACH);
SEQUENCE(iommufd_access_copy, access_sets, 0, ATTACH, COPY, ACCESS, UNMAP, UNCOPY, DETACH);
SEQUENCE(iommufd_access_close, access_sets, 0, ATTACH, COPY, ACCESS, CLOSE);
SEQUENCE(iommufd_access_fails_beside, access_sets, 1, ACCESS, ATTACH_HOLE, ACCESS_HOLE, RELEASE, UNMAP);
