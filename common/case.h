/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every test program shares: the kernel's test harness, how its cases say
 * skip, error and failure, and main().
 *
 * To be included by test programs only, once; nothing else prints.
 */
#ifndef GUP_PIN_CASE_H
#define GUP_PIN_CASE_H

#define TH_LOG_STREAM stdout
#include "kselftest_harness.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "aftermath.h"
#include "child.h"
#include "contract.h"
#include "oracle.h"
#include "outcome.h"
#include "testbed.h"
#include "watchdog.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof(*(a)))

/**
 * case_has() - does the case have what it needs?
 * @outcome: of a function that built something (outcome.h)
 *
 * Return: true if the case can go on. Otherwise it is a SKIP or an ERROR
 * already, unless the kernel broke its word, before or after: for whoever reads
 * the output, a reason (case_wrong()) goes before an ERROR, and that before a SKIP.
 */
static inline bool case_has(struct __test_metadata *_metadata,
				    int outcome)
{
	if (!outcome)
		return true;
	if (outcome < 0) {
		printf("# ERROR: %s\n", fault_text());
		_metadata->exit_code = KSFT_FAIL;
	} else if (_metadata->exit_code != KSFT_FAIL) {
		printf("# to run it: %s\n", skip_hint(outcome));
		SKIP(return false, "%s", skip_reason(outcome));
	}
	return false;
}

/**
 * case_did() - a step of our own, on the way to what is asked
 * @done: whether it succeeded; else errno says why
 * @what: it was
 *
 * Return: @done. A step that failed is an ERROR: it says nothing of pins.
 */
static inline bool case_did(struct __test_metadata *_metadata, bool done,
			    const char *what)
{
	return done || case_has(_metadata, fault(errno, "%s", what));
}

static inline const char *errno_name(int err)
{
	if (err == REFUSED)
		return "a refusal";
	return err ? strerrorname_np(err) ?: "unknown errno" : "success";
}

/**
 * case_wrong() - the kernel broke its word: fail, and say how
 * @reason: the promise
 * @fmt: expected and seen, printf style
 *
 * The reason is told once for each case. It is what makes the case a FAIL, even if
 * there is an ERROR as well.
 */
static inline void __attribute__((format(printf, 3, 4)))
case_wrong(struct __test_metadata *_metadata, const struct reason *reason,
	   const char *fmt, ...)
{
	static const struct __test_metadata *teller;
	static const struct reason *told;
	struct utsname kernel;
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	/* The parent of all cases tells how some of them died. */
	if (reason != told || _metadata != teller) {
		told = reason;
		teller = _metadata;
		uname(&kernel);
		reason_print(stdout, reason, kernel.release);
	}
	_metadata->exit_code = KSFT_FAIL;
}

/**
 * case_pins() - are as many pages pinned as should be?
 * @reason: the promise
 * @before: pages pinned in the whole system, by oracle_pin_balance()
 * @pages: expected to be pinned since
 * @where: begins the message
 *
 * Says nothing where that cannot be known.
 */
static inline void case_pins(struct __test_metadata *_metadata,
			     const struct reason *reason, long before,
			     long pages, const char *where)
{
	long now;

	if (!oracle_pin_balance(&now) && now - before != pages)
		case_wrong(_metadata, reason,
			   "%s: expected %ld pages pinned, seen %ld", where,
			   pages, now - before);
}

/**
 * case_child_says() - does a child answer as it should?
 * @reason: the promise
 * @child: forked
 * @question: for it
 * @expected: its answer: a number, or -errno
 * @where: begins the message
 */
static inline void case_child_says(struct __test_metadata *_metadata,
				   const struct reason *reason,
				   const struct child *child, int question,
				   long expected, const char *where)
{
	long seen;

	if (case_has(_metadata, child_ask(child, question, &seen)) &&
	    seen != expected)
		case_wrong(_metadata, reason,
			   "%s: expected %ld, seen %ld (a number, or -errno)",
			   where, expected, seen);
}

/**
 * case_begin() - note the state that the case must leave behind
 * @before: to be passed to case_end()
 *
 * To be called with the door open, and before any memory is had.
 */
static inline void case_begin(struct aftermath *before)
{
	/* Nobody is left to end a hanging case once the program is killed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	aftermath_begin(before);
}

/**
 * case_end() - ask the questions that every case ends with
 * @before: from case_begin()
 */
static inline void case_end(struct __test_metadata *_metadata,
				    const struct aftermath *before)
{
	static const struct reason reason = {
		"a pin leaves nothing behind once it is released", NULL
	};
	struct complaints complaints;

	aftermath_end(before, &complaints);
	for (size_t i = 0; i < complaints.nr; i++)
		case_wrong(_metadata, &reason, "afterwards: %s",
			   complaints.line[i]);
}

/**
 * case_survived() - tell where a case died, if in a pin
 *
 * For FIXTURE_TEARDOWN_PARENT(): in the parent of the case's process, which has
 * ended, by itself or by the watchdog.
 */
static inline void case_survived(struct __test_metadata *_metadata)
{
	static const struct reason reason = {
		"a pin ends: it is allowed, or denied, or a fatal signal ends it",
		NULL
	};
	bool killed;
	const char *where = watchdog_victim(&killed);

	if (where && killed)
		case_wrong(_metadata, &reason,
			   "%s: the pin did not return (time-out)", where);
	else if (where)
		case_wrong(_metadata, &reason,
			   "%s: the process died in the pin, see the kernel log",
			   where);
}

static void list_cases(void)
{
	struct __fixture_variant_metadata *v;
	struct __fixture_metadata *f;
	struct __test_metadata *t;

	for (f = __fixture_list; f; f = f->next)
		for (v = f->variant; v; v = v->next)
			for (t = f->tests; t; t = t->next)
				printf("%s.%s.%s\n", f->name, v->name, t->name);
}

/* The harness calls a run in which everything was skipped a success. */
static void exit_status(int status, void *unused)
{
	(void)unused;
	fflush(stdout);
	if (status == KSFT_PASS && !ksft_get_pass_cnt())
		_exit(KSFT_SKIP);
}

#define EXIT_USAGE	2

int main(int argc, char **argv)
{
	int ret;

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		list_cases();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--contract")) {
		contract_print();
		return 0;
	}
	ret = test_harness_argv_check(argc, argv);
	if (ret)
		return ret == KSFT_FAIL ? EXIT_USAGE : ret;
	if (testbed_init() || aftermath_init() || watchdog_start()) {
		fprintf(stderr, "%s: %s\n", argv[0], fault_text());
		return KSFT_FAIL;
	}
	backing_init();
	on_exit(exit_status, NULL);
	return test_harness_run(argc, argv);
}

#endif /* GUP_PIN_CASE_H */
