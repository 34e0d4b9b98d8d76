// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of common/case.c: however a case ends, what it took is given back, the
 * questions are asked, and the worst of what was seen is its outcome. TAP on stdout.
 * Built and run by case.t.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/base/watchdog.h"
#include "../common/memory/testbed.h"
#include "../common/observe/baseline.h"
#include "../common/test/case.h"
#include "../common/test/pin_test.h"
#include "tap.h"

/* What a case did, and said. */
static char said[4096];
static int log_fd;

static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, fmt);
	vdprintf(log_fd, fmt, ap);
	va_end(ap);
}

/* Run a case in a process of its own. Return its outcome, -1 if it died. */
static int outcome_of(void (*run)(void))
{
	int pipes[2], status;
	enum skip skip;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	fflush(stdout);
	if (pipe(pipes))
		exit(1);
	pid = fork();
	if (!pid) {
		dup2(pipes[1], STDOUT_FILENO);
		log_fd = pipes[1];
		case_site(__FILE__, __LINE__);
		if (!sigsetjmp(case_begin()->env, 1))
			run();
		status = case_end(&skip);
		fflush(stdout);
		_exit(status);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += got;
	said[len] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	baseline_settle();
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void is(void (*run)(void), enum case_outcome expected,
	       const char *does, const char *what)
{
	int outcome = outcome_of(run);
	bool good = outcome == (int)expected && strstr(said, does);

	ok(good, "%s", what);
	if (good)
		return;
	for (char *line = strtok(strdup(said), "\n"); line;
	     line = strtok(NULL, "\n"))
		printf("#   %s\n", line);
}

/* A door that says what is done to it. */

static int open_fake(struct door *door)
{
	door->max_page = SIZE_MAX;
	note("open ");
	return 0;
}

static void close_fake(struct door *door)
{
	(void)door;
	note("close ");
}

static int pin_fake(struct door *door, void *addr, size_t len,
		    enum access access)
{
	(void)door, (void)addr, (void)len, (void)access;
	note("pin ");
	return 0;
}

static int refuse(struct door *door, void *addr, size_t len, enum access access)
{
	(void)door, (void)addr, (void)len, (void)access;
	return -EFAULT;
}

static int unpin_fake(struct door *door)
{
	(void)door;
	note("unpin ");
	return 0;
}

static int keep_pin(struct door *door)
{
	(void)door;
	return -EINVAL;
}

static const struct pinner fake = {
	.open = open_fake, .close = close_fake, .pin = pin_fake,
	.unpin = unpin_fake,
}, refuses = {
	.open = open_fake, .close = close_fake, .pin = refuse,
	.unpin = unpin_fake,
}, keeps = {
	.open = open_fake, .close = close_fake, .pin = pin_fake,
	.unpin = keep_pin,
};

static const struct reason reason = { "promised", NULL };

static int gone(void *what)
{
	note("%s ", (const char *)what);
	return 0;
}

static struct pin_test *open_test(const struct pinner *pinner)
{
	static const struct range range = { .pages = 2 };
	struct pin_test *t = test_open(&contract_rows[ROW_anon], pinner);

	test_enter(t, 2, POPULATED, &range);
	return t;
}

static void returns(void)
{
	struct pin_test *t = open_test(&fake);

	case_own(gone, "first");
	case_own(gone, "second");
	test_pin(t, &(const struct range){ .pages = 1 }, RW, "pin");
}

static void is_refused(void)
{
	struct pin_test *t = open_test(&refuses);

	case_own(gone, "first");
	test_pin(t, &(const struct range){ .pages = 1 }, RW, "pin");
	note("went on ");
}

static void unpins(void)
{
	struct pin_test *t = open_test(&fake);

	test_pin(t, &(const struct range){ .pages = 1 }, RW, "pin");
	test_unpin(t);
	note("unpinned ");
	case_close(t->door);
	note("closed ");
}

static void closes(void)
{
	struct pin_test *t = open_test(&fake);

	test_pin(t, &(const struct range){ .pages = 1 }, RW, "pin");
	case_close(t->door);
	note("closed ");
}

static void cannot_unpin(void)
{
	struct pin_test *t = open_test(&keeps);

	test_pin(t, &(const struct range){ .pages = 1 }, RW, "pin");
}

static void skips(void)
{
	case_own(gone, "first");
	case_needs(SKIP_NO_KVM);
}

static void skips_with_lock(void)
{
	char *page = case_mmap(page_size(), PROT_READ | PROT_WRITE, 0);

	/* What is mapped again when the case has ended is locked as well. */
	mlockall(MCL_FUTURE);
	mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*page = 1;
	case_needs(SKIP_NO_KVM);
}

static void errs(void)
{
	errno = ENOSPC;
	case_did(false, "mount");
}

static void fails_and_errs(void)
{
	case_wrong(&reason, "seen");
	errs();
}

static void fails_and_skips(void)
{
	case_wrong(&reason, "seen");
	skips();
}

static void loses_page(void)
{
	struct pin_test *t = open_test(&fake);

	mprotect(t->mem->base + page_size(), page_size(), PROT_NONE);
	process_sees(t, &(const struct range){ .pages = 2 }, &reason, "pin");
	note("went on ");
}

static void is_wrong_itself(void)
{
	case_own(gone, "first");
	*(volatile char *)page_size() = 1;
}

static long touch_it(int question, void *with)
{
	struct pin_test *t = with;

	return question ? t->mem->base[page_size()] : getpid();
}

static void child_loses_page(void)
{
	struct pin_test *t = open_test(&fake);
	struct child *child;

	mprotect(t->mem->base + page_size(), page_size(), PROT_NONE);
	child = case_fork(touch_it, t);
	case_child_says(&reason, child, 1, 0, "the child reads");
}

static void child_is_reaped(void)
{
	struct child *child = case_fork(touch_it, NULL);
	pid_t pid = case_ask(child, 0);

	case_reap(child);
	case_did(waitpid(pid, NULL, WNOHANG) < 0 && errno == ECHILD, "reap");
	case_fork(touch_it, NULL);
}

static long never_answers(int question, void *with)
{
	(void)with;
	for (;;)
		pause();
	return question;
}

static void child_hangs(void)
{
	child_begin(case_fork(never_answers, NULL), 0);
}

static void *run_thread(void *with)
{
	while (!case_thread_stops())
		usleep(1000);
	return with;
}

static void has_thread(void)
{
	case_own(gone, "first");
	case_thread(run_thread, NULL);
	case_leave();
}

static void owns_too_much(void)
{
	for (int i = 0; i < 1000; i++)
		case_own(gone, "x");
}

static int spin(struct door *door, void *addr, size_t len, enum access access)
{
	static volatile bool forever = true;

	(void)door, (void)addr, (void)len, (void)access;
	while (forever)
		;
	return 0;
}

static void never_returns(void)
{
	static const struct pinner loops = {
		.open = open_fake, .close = close_fake, .pin = spin,
	};
	struct pin_test *t = open_test(&loops);

	case_site("gup_x.c", 12);
	__test_pin(t, &(const struct range){ .pages = 1 }, RW, "one page");
}

static void test_ends(void)
{
	is(returns, CASE_PASS, "open pin unpin second first close ",
	   "a case that returns gives back in reverse order, the door last");
	is(is_refused, CASE_FAIL, "first close", "so does one that is ended");
	ok(strstr(said, "case.c:") && strstr(said, "expected success, seen EFAULT") &&
	   strstr(said, "# reason: ") && !strstr(said, "went on"),
	   "which says where, what and why, and does not go on");
	is(unpins, CASE_PASS, "pin unpin unpinned close closed ",
	   "what is given back early is not given back again");
	is(closes, CASE_PASS, "pin close closed ",
	   "closing a door gives back what it holds");
	is(cannot_unpin, CASE_FAIL, "giving back what the case had: EINVAL",
	   "a pin that cannot be given back is a failure");
	is(child_is_reaped, CASE_PASS, "", "children are waited for");
	is(child_hangs, CASE_PASS, "", "also those that never answer");
	is(has_thread, CASE_PASS, "first", "threads are stopped");
	is(owns_too_much, CASE_ERROR, "own more than", "a case cannot own too much");
}

static void test_outcomes(void)
{
	is(skips, CASE_SKIP, "first", "a SKIP gives back");
	is(skips_with_lock, CASE_FAIL, "afterwards: VmLck was 0 kB",
	   "a SKIP that leaves something behind is a FAIL");
	is(errs, CASE_ERROR, "# ERROR: mount: No space left on device",
	   "a step of our own that fails is an ERROR");
	is(fails_and_errs, CASE_FAIL, "ERROR", "FAIL goes over ERROR");
	is(fails_and_skips, CASE_FAIL, "seen", "and over SKIP");
}

static void test_faults(void)
{
	is(loses_page, CASE_FAIL, " in page 1 of anon",
	   "a page that is lost is a failure");
	ok(strstr(said, "fault at 0x") && strstr(said, "close") &&
	   !strstr(said, "went on"), "which ends the case");
	is(is_wrong_itself, CASE_ERROR, "the suite itself",
	   "a fault elsewhere is our own");
	ok(strstr(said, "first"), "which ends the case as well");
	is(child_loses_page, CASE_FAIL, "the child reads: expected 0, seen EFAULT",
	   "a child answers that it has faulted");
}

static void test_hang(void)
{
	ok(outcome_of(never_returns) == -1, "a pin that never returns is ended");
	ok(case_died(), "and told");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (testbed_init() || baseline_init() || watchdog_start()) {
		printf("Bail out! %s\n", setup_error_text());
		return 1;
	}
	test_ends();
	test_outcomes();
	test_faults();
	test_hang();
	printf("1..%d\n", number);
	return !!failures;
}
