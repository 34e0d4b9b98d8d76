// SPDX-License-Identifier: GPL-2.0-only
#define CASE_SHARED
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/guard.h"
#include "base/page.h"
#include "base/watchdog.h"
#include "contract/contract.h"
#include "observe/baseline.h"
#include "observe/pins.h"
#include "test/case.h"

#define MAX_OWNED	64

struct owned {
	int (*give_back)(void *what);
	void *what;
};

static struct {
	struct guard ended;
	enum case_outcome outcome;
	enum skip skip;
	struct baseline before;
	const struct reason *told;
	const char *file, *first_file;	/* of the program */
	int line, first_line;
	struct owned owned[MAX_OWNED];
	size_t nr_owned;
	bool owned_any;
} self;

/* Failures. */

void case_site(const char *file, int line)
{
	const char *slash = strrchr(file, '/');

	self.file = slash ? slash + 1 : file;
	self.line = line;
}

static void becomes(enum case_outcome outcome)
{
	if (self.outcome < outcome)
		self.outcome = outcome;
}

bool case_failed(void)
{
	return self.outcome == CASE_FAIL;
}

void case_leave(void)
{
	siglongjmp(self.ended.env, 1);
}

static void __attribute__((noreturn)) lacks(int outcome)
{
	if (outcome < 0)
		printf("# ERROR: %s\n", setup_error_text());
	else
		self.skip = outcome;
	becomes(outcome < 0 ? CASE_ERROR : CASE_SKIP);
	case_leave();
}

void case_needs(int outcome)
{
	if (outcome)
		lacks(outcome);
}

void case_did(bool done, const char *what)
{
	if (!done)
		lacks(setup_error(errno, "%s", what));
}

const char *errno_name(int err)
{
	if (err == REFUSED)
		return "a refusal";
	return err ? strerrorname_np(err) ?: "unknown errno" : "success";
}

/* The reason is what makes the case a FAIL for whoever reads the output. */
static void tell_reason(const struct reason *reason)
{
	struct utsname kernel;

	if (self.told == reason)
		return;
	self.told = reason;
	uname(&kernel);
	reason_print(stdout, reason, kernel.release);
}

void case_wrong(const struct reason *reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# %s:%d: ", self.file, self.line);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	tell_reason(reason);
	becomes(CASE_FAIL);
}

void case_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# note: ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

bool case_answer(const struct reason *reason, int err, int ret,
		 const char *where)
{
	if (contract_kept(err, ret))
		return true;
	case_wrong(reason, "%s: expected %s, seen %s", where, errno_name(err),
		   errno_name(-ret));
	return false;
}

void case_pins(const struct reason *reason, long before, long pages,
	       const char *where)
{
	long now;

	if (!pins_balance(&now) && now - before != pages)
		case_wrong(reason, "%s: expected %ld pages pinned, seen %ld",
			   where, pages, now - before);
}

void case_charged(const struct door *door, long pages,
		  const struct reason *reason, const char *where)
{
	unsigned int charges = door->pinner->charges;
	long kb = bytes_of(pages) / 1024, lck, pin;
	long want_lck = charges & CHARGES_VM_LCK ? kb : 0;
	long want_pin = charges & CHARGES_VM_PIN ? kb : 0;

	pins_charged_kb(&lck, &pin);
	if (lck != want_lck || pin != want_pin)
		case_wrong(reason,
			   "%s: expected VmLck %ld kB and VmPin %ld kB, seen %ld and %ld",
			   where, want_lck, want_pin, lck, pin);
}

/* What it owns. */

void case_own(int (*give_back)(void *what), void *what)
{
	if (self.nr_owned == MAX_OWNED) {
		give_back(what);
		lacks(setup_error(0, "own more than %d things", MAX_OWNED));
	}
	self.owned[self.nr_owned++] = (struct owned){ give_back, what };
	self.owned_any = true;
}

static void forget(size_t i)
{
	memmove(&self.owned[i], &self.owned[i + 1],
		(--self.nr_owned - i) * sizeof(*self.owned));
}

bool case_disown(int (*give_back)(void *what), void *what)
{
	for (size_t i = self.nr_owned; i--;)
		if (self.owned[i].give_back == give_back &&
		    self.owned[i].what == what) {
			forget(i);
			return true;
		}
	return false;
}

static int close_door(void *what)
{
	struct door *door = what;

	door->pinner->close(door);
	free(door);
	return 0;
}

struct door *case_door(const struct pinner *pinner)
{
	struct door *door = calloc(1, sizeof(*door));

	case_did(door, "calloc");
	door->pinner = pinner;
	case_needs(pinner->open(door));
	case_own(close_door, door);
	return door;
}

static int unpin(void *what)
{
	struct door *door = what;

	return door->pinner->unpin(door);
}

void case_close(struct door *door)
{
	for (size_t i = self.nr_owned; i--;)
		if (self.owned[i].what == door)
			forget(i);
	close_door(door);
}

static bool holds(const struct memory *mem, const void *addr)
{
	const char *at = addr;

	return (at >= mem->area && at < mem->area + mem->area_len) ||
	       (at >= mem->base && at < mem->base + mem->len);
}

static int close_memory(void *what)
{
	memory_close(what);
	free(what);
	return 0;
}

/* The memory of the case at an address, or NULL. */
static const struct memory *memory_at(const void *addr)
{
	for (size_t i = 0; i < self.nr_owned; i++)
		if (self.owned[i].give_back == close_memory &&
		    holds(self.owned[i].what, addr))
			return self.owned[i].what;
	return NULL;
}

void case_holds(struct door *door)
{
	case_own(unpin, door);
}

void case_watch(const char *where, const void *addr, size_t len)
{
	const struct memory *mem = memory_at(addr);
	char text[WATCHDOG_TEXT];

	snprintf(text, sizeof(text), "%s:%d: %s", self.file, self.line, where);
	watchdog_enter(text, mem ? mem->granule : page_size(),
		       len / page_size() + 1);
}

static int watched(struct door *door, int ret)
{
	watchdog_leave();
	if (!ret && !door->pinner->lets_go)
		case_holds(door);
	return ret;
}

int __case_pin(struct door *door, void *addr, size_t len, enum access access,
	       const char *where)
{
	case_watch(where, addr, len);
	return watched(door, door->pinner->pin(door, addr, len, access));
}

int __case_take(struct door *door, void *addr, size_t len,
		enum pin_probe_api api, unsigned int flags, const char *where)
{
	case_watch(where, addr, len);
	return watched(door, pin_probe_take(door, api, flags, addr, len));
}

void case_pin(struct door *door, void *addr, size_t len, enum access access,
	      const struct reason *reason, const char *where)
{
	if (!case_answer(reason, 0, __case_pin(door, addr, len, access, where),
			 where))
		case_leave();
}

static const struct reason reason_unpin = {
	"what is pinned can be unpinned", NULL
};

void case_unpin(struct door *door)
{
	case_disown(unpin, door);
	case_answer(&reason_unpin, 0, unpin(door), "unpinning");
}

struct memory *case_memory(const struct backing *backing, enum sharing sharing)
{
	struct memory *mem = calloc(1, sizeof(*mem));
	int kept = backing->keep ? backing->keep(backing, sharing) : 0;

	case_did(mem, "calloc");
	if (kept > 0)
		baseline_new_pools(&self.before);
	else
		case_needs(kept);
	case_needs(memory_open(mem, backing, sharing));
	case_own(close_memory, mem);
	return mem;
}

struct mapping {
	void *addr;
	size_t len;
};

static int unmap(void *what)
{
	struct mapping *mapping = what;
	int ret = munmap(mapping->addr, mapping->len) ? -errno : 0;

	free(mapping);
	return ret;
}

/* That of the case at an address, or NULL. */
static struct mapping *mapping_at(const void *addr)
{
	for (size_t i = 0; i < self.nr_owned; i++) {
		struct mapping *mapping = self.owned[i].what;

		if (self.owned[i].give_back == unmap &&
		    (uintptr_t)addr - (uintptr_t)mapping->addr < mapping->len)
			return mapping;
	}
	return NULL;
}

void *__case_mmap(size_t len, int prot, int flags)
{
	struct mapping *mapping;
	void *addr = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags,
			  -1, 0);

	if (addr == MAP_FAILED)
		return NULL;
	mapping = malloc(sizeof(*mapping));
	case_did(mapping, "malloc");
	*mapping = (struct mapping){ addr, len };
	case_own(unmap, mapping);
	return addr;
}

void *case_mmap(size_t len, int prot, int flags)
{
	void *addr = __case_mmap(len, prot, flags);

	case_did(addr, "map memory");
	return addr;
}

void case_munmap(void *addr)
{
	struct mapping *mapping = mapping_at(addr);

	case_disown(unmap, mapping);
	unmap(mapping);
}

static int close_fd(void *what)
{
	return close((intptr_t)what) ? -errno : 0;
}

int case_fd(int fd, const char *what)
{
	case_did(fd >= 0, what);
	case_own(close_fd, (void *)(intptr_t)fd);
	return fd;
}

void case_close_fd(int fd)
{
	case_disown(close_fd, (void *)(intptr_t)fd);
	close(fd);
}

void case_stay_on_cpu(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	case_did(!sched_setaffinity(0, sizeof(here), &here),
		 "sched_setaffinity");
}

struct thread {
	pthread_t id;
};

static atomic_bool threads_stop;

bool case_thread_stops(void)
{
	return threads_stop;
}

static int stop_thread(void *what)
{
	struct thread *thread = what;

	threads_stop = true;
	pthread_join(thread->id, NULL);
	free(thread);
	return 0;
}

struct thread *case_thread(void *(*run)(void *with), void *with)
{
	struct thread *thread = malloc(sizeof(*thread));

	case_did(thread, "malloc");
	threads_stop = false;
	errno = pthread_create(&thread->id, NULL, run, with);
	case_did(!errno, "create a thread");
	case_own(stop_thread, thread);
	return thread;
}

void case_stop(struct thread *thread)
{
	case_disown(stop_thread, thread);
	stop_thread(thread);
}

static int end_child(void *what)
{
	child_end(what);
	free(what);
	return 0;
}

struct child *case_fork(long (*answer)(int question, void *with), void *with)
{
	struct child *child = malloc(sizeof(*child));

	case_did(child, "malloc");
	case_needs(child_fork(child, answer, with));
	case_own(end_child, child);
	return child;
}

void case_reap(struct child *child)
{
	case_disown(end_child, child);
	end_child(child);
}

static const struct reason reason_ends = {
	"a pin ends: it is allowed, or denied, or a fatal signal ends it", NULL
};

/* Of CPU time: huge pages may have to be cleared and copied, under emulation. */
#define ANSWER_MS	5000

/* One that is at it for ever is left behind: perhaps no signal ends it. */
long case_hear(struct child *child)
{
	long said = 0;
	int ret = child_answer(child, ANSWER_MS, &said);

	if (ret == -ETIME) {
		kill(child->pid, SIGKILL);
		case_disown(end_child, child);
		case_wrong(&reason_ends, "a child did not return (time-out)");
		case_leave();
	}
	case_needs(ret);
	return said;
}

long case_ask(struct child *child, int question)
{
	case_needs(child_begin(child, question));
	return case_hear(child);
}

/* A number, or the name of -errno. */
static const char *answer_name(long said, char *buf, size_t size)
{
	if (said < -1 && said > -REFUSED)
		snprintf(buf, size, "%s", errno_name(-said));
	else
		snprintf(buf, size, "%ld", said);
	return buf;
}

void case_child_says(const struct reason *reason, struct child *child,
		     int question, long expected, const char *where)
{
	long seen = case_ask(child, question);
	char want[32], got[32];

	if (seen != expected)
		case_wrong(reason, "%s: expected %s, seen %s", where,
			   answer_name(expected, want, sizeof(want)),
			   answer_name(seen, got, sizeof(got)));
}

/* Its beginning and its end. */

struct guard *case_begin(void)
{
	/* Nobody is left to end a hanging case once the program is killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	self.first_file = self.file;
	self.first_line = self.line;
	guard_init(&self.ended);
	baseline_take(&self.before);
	return &self.ended;
}

static const struct reason reason_fault = {
	"a page that is mapped is there", NULL
};

static const struct reason reason_end = {
	"a pin leaves nothing behind once it is released", NULL
};

/* The case was ended by a fault, in memory under test or because of a mistake. */
static void tell_fault(void)
{
	const struct memory *mem;
	void *addr;

	if (!guard_faulted(&addr))
		return;
	mem = memory_at(addr);
	if (mem)
		case_wrong(&reason_fault, "fault at %p in page %td of %s", addr,
			   ((char *)addr - mem->base) /
			   (ptrdiff_t)page_size(), mem->backing->name);
	else if (mapping_at(addr))
		case_wrong(&reason_fault, "fault at %p in anonymous memory",
			   addr);
	else {
		setup_error(EFAULT, "the suite itself at %p", addr);
		printf("# ERROR: %s\n", setup_error_text());
		becomes(CASE_ERROR);
	}
}

static void give_back(size_t i)
{
	struct owned owned = self.owned[i];
	int ret;

	forget(i);
	ret = owned.give_back(owned.what);
	if (ret)
		case_wrong(&reason_end, "giving back what the case had: %s",
			   errno_name(-ret));
}

static bool is_clean(void)
{
	struct complaints complaints;

	baseline_check(&self.before, &complaints);
	for (size_t i = 0; i < complaints.nr; i++)
		case_wrong(&reason_end, "afterwards: %s", complaints.line[i]);
	return !complaints.nr;
}

/*
 * Twice: what a door keeps without a pin is gone once it is closed, and what closing
 * it does wrong is not there before.
 */
static void ask_at_end(void)
{
	bool clean = true;

	for (size_t i = self.nr_owned; i--;)
		if (self.owned[i].give_back != close_door)
			give_back(i);
	if (self.nr_owned)
		clean = is_clean();
	while (self.nr_owned)
		give_back(self.nr_owned - 1);
	if (clean)
		is_clean();
}

enum case_outcome case_end(enum skip *skip)
{
	tell_fault();
	guard_init(NULL);
	case_site(self.first_file, self.first_line);
	/* Who had nothing has nothing to answer for. */
	if (self.owned_any)
		ask_at_end();
	else
		baseline_stays();
	*skip = self.skip;
	return self.outcome;
}

bool case_died(void)
{
	bool killed;
	const char *where = watchdog_victim(&killed);

	if (!where)
		return false;
	printf("# %s: %s\n", where, killed ?
	       "the pin did not return (time-out)" :
	       "the process died in the pin, see the kernel log");
	tell_reason(&reason_ends);
	return true;
}
