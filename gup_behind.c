// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel does behind the pin: while a long-term pin is held, something
 * happens to the page. Either it is refused, or it does no harm.
 *
 * Fixtures:
 *
 * behind_EVENT		memory that may be pinned R/W
 * behind_file_EVENT	files where only R/O pins are allowed
 *
 * Every case has a control: the same event must have its effect on memory of
 * the same kind that is not pinned, else nothing was tested.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/events/events.h"
#include "common/memory/pattern.h"
#include "common/observe/huge_pages.h"
#include "common/observe/pagemap.h"
#include "common/harness.h"

/* What becomes of the pinned page. */
enum after {
	STAYS,		/* mapped all the time, and not in the swap cache */
	KEPT,		/* mapped, if only by the next fault, at the same frame */
	DETACHED,	/* the pin's alone: the process gets a fresh page */
};

struct event {
	int answer;		/* errno that the pinned memory is promised */
	int (*happen)(struct subject *s);
	bool (*shows)(const struct subject *control);
	int (*lacks)(const struct subject *control, int answer);
	struct reason reason;
	int (*prepare)(struct subject *s);	/* before it is touched */
	int (*fits)(const struct subject *s);	/* before it is pinned */
	bool together;		/* it happens to both memories at once */
	int tries;		/* where the pages may lie badly */
	size_t pages;		/* of either memory */
	size_t control_pages;	/* of the control, where it needs more */
};

#define PINNED_PAGES	2

/* How long the control is given; only where others work for it is it used up. */
#define CONTROL_SECONDS	3

struct behind {
	struct pin_test *t;
	const struct event *event;
	enum access access;
	enum after after;
	struct subject pinned;
	struct subject control;
	struct range range;	/* what is pinned */
	unsigned long frame[PINNED_PAGES];
	char *held;		/* its bytes */
};

static void enter(struct behind *self, struct subject *s, size_t pages,
		  size_t touched)
{
	/* Files are reclaimed only when they are clean. */
	enum page_state state = s->mem->states & BIT(CLEAN) ? CLEAN : POPULATED;
	const struct event *event = self->event;

	case_needs(memory_map(s->mem, pages));
	if (event->prepare)
		case_needs(event->prepare(s));
	case_needs(memory_enter(s->mem, state, s->first, touched));
	case_needs(subject_note(s));
	if (event->fits)
		case_needs(event->fits(s));
}

/* Each memory has its huge page, and may get a second one in its place. */
#define HUGE_PAGES	4

static void open_control(struct behind *self)
{
	struct memory *mem = self->t->mem;

	if (mem->backing->granule &&
	    hugetlb_unused(mem->granule) < HUGE_PAGES)
		case_needs(SKIP_NO_HUGE_PAGE);
	self->pinned.mem = mem;
	self->control.mem = case_memory(mem->backing, mem->sharing);
	self->control.beside = &self->pinned;
}

static void enter_both(struct behind *self)
{
	const struct event *event = self->event;
	size_t pages = event->pages ?: PINNED_PAGES;

	enter(self, &self->pinned, pages, PINNED_PAGES);
	enter(self, &self->control, event->control_pages ?: pages,
	      event->control_pages ?: PINNED_PAGES);
}

static char *pinned_at(const struct behind *self, size_t page)
{
	return subject_at(&self->pinned) + page * page_size();
}

static void pin(struct behind *self)
{
	self->range = (struct range){ .first = self->pinned.first,
				      .pages = PINNED_PAGES };
	test_pin(self->t, &self->range, self->access, "before the event");
	for (size_t page = 0; page < PINNED_PAGES; page++)
		self->frame[page] = pagemap_frame(pinned_at(self, page));
	self->pinned.frame = self->frame[0];
	if (!pin_sees(self->t, &self->range, &self->event->reason,
		      "before the event"))
		case_leave();
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/*
 * Let it happen to the control, until it shows. Again, because what happens by
 * the way (a page in a per-CPU batch, a lock that is taken) may hinder it once.
 * Return: 0, an enum skip, or -errno.
 */
static int happens_here(struct behind *self)
{
	const struct event *event = self->event;
	const struct subject *control = &self->control;
	double end = now() + CONTROL_SECONDS;
	int answer, lack;

	do {
		answer = event->happen(&self->control);
		if (!answer && event->shows(control))
			return 0;
		lack = event->lacks ? event->lacks(control, answer) : 0;
		if (lack)
			return lack;
	} while (now() < end);
	return setup_error(-answer, "no effect on memory that is not pinned");
}

/* They share a block of memory: the pin may hinder the control as well. */
static int happens_to_both(struct behind *self, int *answer)
{
	const struct event *event = self->event;
	int lack;

	*answer = event->happen(&self->pinned);
	lack = event->lacks(&self->control, *answer);
	if (lack || *answer || event->shows(&self->control))
		return lack;
	return setup_error(0, "no effect on memory that is not pinned");
}

/* The process maps the pinned page still: seen without a fault. */
static void stays(struct behind *self)
{
	const struct reason *reason = &self->event->reason;

	for (size_t page = 0; page < PINNED_PAGES; page++) {
		unsigned long frame = pagemap_frame(pinned_at(self, page));

		if (!frame)
			case_wrong(reason,
				   "the pinned page %zu is not mapped any more",
				   page);
		else if (pagemap_flags(frame) & FRAME_SWAPCACHE)
			case_wrong(reason,
				   "the pinned page %zu is in the swap cache",
				   page);
	}
}

/* So that the process maps them again, if by another fault. */
static void touch_all(struct behind *self)
{
	for (size_t page = 0; page < PINNED_PAGES; page++)
		if (touch(pinned_at(self, page), false)) {
			case_wrong(&self->event->reason,
				   "fault at %p in page %zu of %s",
				   pinned_at(self, page), page,
				   self->t->row->variant);
			case_leave();
		}
}

/* How many of the pages that the process maps are the pinned ones? */
static size_t same_frames(const struct behind *self)
{
	size_t same = 0;

	for (size_t page = 0; page < PINNED_PAGES; page++)
		same += pagemap_frame(pinned_at(self, page)) ==
			self->frame[page];
	return same;
}

static void kept(struct behind *self)
{
	const struct reason *reason = &self->event->reason;
	const struct range *range = &self->range;
	const char *where = "after the event";
	struct pin_test *t = self->t;

	if (same_frames(self) != PINNED_PAGES)
		case_wrong(reason,
			   "the process maps other pages than those pinned");
	process_sees(t, range, reason, where);
	pin_sees(t, range, reason, where);
	pin_sees_write(t, range, reason, where);
	if (self->access == RW)
		process_sees_write(t, range, reason, where);
	if (same_frames(self) != PINNED_PAGES)
		case_wrong(reason,
			   "writing gave the process other pages than those pinned");
}

/* Does the pin hold these bytes? */
static void holds(struct behind *self, const char *bytes, const char *when)
{
	size_t len = PINNED_PAGES * page_size();
	struct door *door = self->t->door;
	char seen[len];
	int err = door->pinner->read(door, 0, seen, len);

	if (err)
		case_wrong(&self->event->reason,
			   "%s: reading through the pin: %s", when,
			   errno_name(-err));
	else if (memcmp(seen, bytes, len))
		case_wrong(&self->event->reason,
			   "%s: the pin has lost its bytes", when);
}

/* The pin and the process have parted for good, in both directions. */
static void detached(struct behind *self)
{
	const struct reason *reason = &self->event->reason;
	const struct range *range = &self->range;
	size_t len = PINNED_PAGES * page_size();
	struct pin_test *t = self->t;
	int err;

	if (same_frames(self))
		case_wrong(reason, "the process still maps a pinned page");
	process_sees(t, range, reason, "after the event");
	holds(self, self->held, "after the event");
	if (memory_write(t->mem, range->first, range->pages))
		case_wrong(reason, "the process cannot write");
	holds(self, self->held, "after the process wrote");
	if (self->access == RO)
		return;
	memset(self->held, 0x5a, len);
	err = t->door->pinner->write(t->door, 0, self->held, len);
	if (err == -EOPNOTSUPP)
		return;
	case_answer(reason, 0, err, "writing through the pin");
	holds(self, self->held, "after the pin wrote");
	process_sees(t, range, reason, "after the pin wrote");
}

static void judge(struct behind *self, int answer)
{
	const struct event *event = self->event;

	case_answer(&event->reason, event->answer, answer, "the event");
	if (self->after == STAYS)
		stays(self);
	touch_all(self);
	if (self->after == DETACHED)
		detached(self);
	else
		kept(self);
}

static int happens(struct behind *self, int *answer)
{
	int ret;

	if (self->event->together)
		return happens_to_both(self, answer);
	ret = happens_here(self);
	if (!ret)
		*answer = self->event->happen(&self->pinned);
	return ret;
}

/* Return: 0 if it happened, an enum skip, or -errno. */
static int while_pinned(struct behind *self)
{
	struct door *door = self->t->door;
	size_t len = PINNED_PAGES * page_size();
	char held[len];
	int answer, ret;

	self->held = held;
	if (!case_answer(&self->event->reason, 0,
			 door->pinner->read(door, 0, held, len),
			 "reading through the pin"))
		case_leave();
	ret = happens(self, &answer);
	if (!ret)
		judge(self, answer);
	return ret;
}

/* One try. Return likewise. */
static int try_behind(struct behind *self)
{
	int ret;

	enter_both(self);
	pin(self);
	ret = while_pinned(self);
	test_unpin(self->t);
	memory_unmap(self->control.mem);
	memory_unmap(self->t->mem);
	return ret;
}

static void behind(const struct contract_row *row, const struct event *event,
		   enum after after, const struct pinner *pinner,
		   enum access access)
{
	struct behind self = {
		.event = event, .after = after, .access = access,
	};
	int ret, tries = 0;

	case_stay_on_cpu();
	self.t = test_open(row, pinner);
	open_control(&self);
	do {
		ret = try_behind(&self);
	} while (ret > 0 && ++tries < event->tries);
	case_needs(ret);
}

#define TEST_BEHIND(fixture, event, test, pinner, access) \
PIN_TEST(fixture, test, behind, &event, variant->after, &pin_##pinner, access)

#define VARIANT(fixture, variant, _after) \
PIN_VARIANT(fixture, variant, .after = _after);

#define BEHIND(fixture, MEMORIES, conditions) \
PIN_FIXTURE_WITH(fixture, conditions, enum after after;) \
MEMORIES(VARIANT, fixture)

#define TESTS_RO(fixture, event) \
TEST_BEHIND(fixture, event, gup_slow_ro, gup_slow, RO) \
TEST_BEHIND(fixture, event, gup_fast_ro, gup_fast, RO)

#define BEHIND_RO(fixture, event, MEMORIES) \
BEHIND(fixture, MEMORIES, ALLOWS_RO) \
TESTS_RO(fixture, event)

#define BEHIND_RW(fixture, event, MEMORIES) \
BEHIND(fixture, MEMORIES, ALLOWS) \
TESTS_RO(fixture, event) \
TEST_BEHIND(fixture, event, gup_slow_rw, gup_slow, RW) \
TEST_BEHIND(fixture, event, gup_fast_rw, gup_fast, RW)

/*
 * In which memory what becomes of the pinned page:
 * X(fixture, row of the contract, after)
 */
#define PAGEOUT(X, f) \
	X(f, anon, STAYS) \
	X(f, anon_thp, STAYS) \
	X(f, memfd_private, STAYS) \
	X(f, memfd_shared, KEPT)
#define LAZYFREE(X, f) \
	X(f, anon, STAYS) \
	X(f, anon_thp, STAYS)
/* A shared page is the file's: whoever maps it again maps the same one. */
#define UNMAPPING(X, f) \
	X(f, anon, DETACHED) \
	X(f, anon_thp, DETACHED) \
	X(f, memfd_private, DETACHED) \
	X(f, memfd_shared, KEPT) \
	X(f, memfd_hugetlb_2m_shared, KEPT)
#define MOVING(X, f) \
	X(f, anon, KEPT) \
	X(f, anon_thp, KEPT) \
	X(f, memfd_private, KEPT) \
	X(f, memfd_shared, KEPT) \
	X(f, memfd_hugetlb_2m_shared, KEPT)
#define TRUNCATION(X, f) \
	X(f, memfd_private, DETACHED) \
	X(f, memfd_shared, DETACHED) \
	X(f, memfd_hugetlb_2m_shared, DETACHED)
#define HOLE(X, f) \
	X(f, memfd_private, KEPT) \
	X(f, memfd_shared, DETACHED) \
	X(f, memfd_hugetlb_2m_shared, DETACHED)
#define KSM(X, f) \
	X(f, anon, STAYS) \
	X(f, memfd_private, STAYS)
#define COLLAPSE(X, f) \
	X(f, anon, STAYS)
#define COMPACTION(X, f) \
	X(f, anon, KEPT) \
	X(f, shmem_anon, KEPT)
#define UFFD_MOVE(X, f) \
	X(f, anon, STAYS) \
	X(f, anon_thp, STAYS)
#define OFFLINING(X, f) \
	X(f, anon, KEPT) \
	X(f, memfd_shared, KEPT)
#define FILE_KEPT(X, f) \
	X(f, ext4_shared, KEPT)
#define FILE_DETACHED(X, f) \
	X(f, ext4_shared, DETACHED)

/*
 * An event is one row: a name, the memory that it happens to, that of files which may
 * be pinned R/O alone, and struct event. Fixtures behind_NAME, behind_file_NAME.
 */
#define EVENT(name, MEMORIES, ...) \
static const struct event event_##name = { __VA_ARGS__ }; \
BEHIND_RW(behind_##name, event_##name, MEMORIES)

#define EVENT_ALSO_FILES(name, MEMORIES, FILES, ...) \
EVENT(name, MEMORIES, __VA_ARGS__) \
BEHIND_RO(behind_file_##name, event_##name, FILES)

EVENT_ALSO_FILES(pageout, PAGEOUT, FILE_KEPT,
	.happen = do_pageout,
	.shows = is_paged_out,
	.fits = fits_pageout,
	.reason = { "reclaim leaves a pinned page where it is, out of the swap cache",
		    FIXES({ "feb889fb40fa", NULL, 5, 11 },
			    { "d824ec2a1546", NULL, 6, 4 }) })

EVENT(free, LAZYFREE,
	.happen = do_free,
	.shows = is_discarded,
	.reason = { "MADV_FREE only allows to discard, and a page that others use is not discarded", NULL })

EVENT_ALSO_FILES(dontneed, UNMAPPING, FILE_KEPT,
	.happen = do_dontneed,
	.shows = is_unmapped,
	.reason = { "MADV_DONTNEED takes the page from the process, not from the pin", NULL })

EVENT_ALSO_FILES(munmap, UNMAPPING, FILE_KEPT,
	.happen = do_munmap,
	.shows = is_unmapped,
	.reason = { "munmap takes the page from the process, not from the pin", NULL })

EVENT_ALSO_FILES(mremap, MOVING, FILE_KEPT,
	.happen = do_mremap,
	.shows = is_as_expected,
	.reason = { "mremap moves the page table entries, not the pages", NULL })

EVENT_ALSO_FILES(truncate, TRUNCATION, FILE_DETACHED,
	.happen = do_truncate,
	.shows = is_as_expected,
	.reason = { "truncation takes the page from the file and from its private mappings, not from the pin", NULL })

EVENT_ALSO_FILES(punch_hole, HOLE, FILE_DETACHED,
	.happen = do_punch_hole,
	.shows = is_as_expected,
	.reason = { "a hole takes the page from the file, not from the pin or from private copies", NULL })

EVENT(ksm, KSM,
	.happen = do_ksm,
	.shows = is_merged,
	.fits = fits_ksm,
	.reason = { "KSM merges no page that others use (write_protect_page)", NULL })

EVENT(collapse, COLLAPSE,
	.answer = EAGAIN,
	.happen = do_collapse,
	.shows = is_collapsed,
	.lacks = lacks_collapse,
	.reason = { "MADV_COLLAPSE copies no page that others use (SCAN_PAGE_COUNT)", NULL },
	.prepare = prepare_collapse,
	.pages = COLLAPSE_PAGES)

EVENT_ALSO_FILES(move_pages, MOVING, FILE_KEPT,
	.answer = EBUSY,
	.happen = do_move_pages,
	.shows = is_moved,
	.lacks = lacks_node,
	.reason = { "a page that others use is not migrated", NULL })

EVENT(compact, COMPACTION,
	.happen = do_compact,
	.shows = is_compacted,
	.lacks = lacks_compaction,
	.reason = { "compaction leaves pinned pages where they are", NULL },
	.prepare = prepare_compact,
	.tries = 8,
	.control_pages = NOTED_PAGES)

EVENT(uffd_move, UFFD_MOVE,
	.answer = EBUSY,
	.happen = do_uffd_move,
	.shows = is_unmapped,
	.lacks = lacks_uffd_move,
	.reason = { "UFFDIO_MOVE moves no pinned page", NULL })

/* It is not the pin that may not be there, but the page that moved away for it. */
EVENT(offline, OFFLINING,
	.happen = do_offline,
	.shows = is_moved,
	.lacks = lacks_offline,
	.fits = fits_offline,
	.together = true,
	.reason = { "a long-term pin takes its page out of ZONE_MOVABLE, so that the memory can be offlined",
		    FIXES({ "d1e153fea2a8", NULL, 5, 13 },
			    { "517f496e1e61", NULL, 6, 16 }) })
