/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes a test program of a file: the kernel's test harness, which is included
 * here and nowhere else, the registration of cases, and main().
 *
 * PIN_FIXTURE(dma)			variants are rows that may be pinned, R/W and R/O
 * PIN_FIXTURE_WHERE(failing, DENIES_RW) or other rows (enum condition)
 * PIN_VARIANT(dma, anon)		a row of the contract
 * PIN_SHARED_FILES(dma)		those of each filesystem in base/filesystems.h,
 * PIN_PRIVATE_FILES(dma)		mapped so
 * PIN_TEST(dma, gup_fast, function, ...) calls function(row, ...) as a case
 */
#ifndef GUP_PIN_HARNESS_H
#define GUP_PIN_HARNESS_H

#define TH_LOG_STREAM stdout
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "observe/baseline.h"
#include "test/case.h"
#include "contract/contract.h"
#include "test/limits.h"
#include "test/pin_test.h"
#include "memory/testbed.h"
#include "base/watchdog.h"

#define EXIT_USAGE	2

/* The watchdog ends a pin that loops. The largest huge pages take minutes. */
#define CASE_SECONDS	300

static inline void pass_on(struct __test_metadata *_metadata)
{
	enum skip skip;

	switch (case_end(&skip)) {
	case CASE_PASS:
		return;
	case CASE_SKIP:
		printf("# to run it: %s\n", skip_hint(skip));
		SKIP(return, "%s", skip_reason(skip));
	default:
		_metadata->exit_code = KSFT_FAIL;
	}
}

/* However the call ends. */
#define CASE(call) do { \
	case_site(__FILE__, __LINE__); \
	if (!sigsetjmp(case_begin()->env, 1)) \
		call; \
	pass_on(_metadata); \
} while (0)

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

/* A fixture whose variants hold what is given after its name. */
#define CASE_FIXTURE(fixture, ...) \
FIXTURE(fixture) {}; \
FIXTURE_VARIANT(fixture) \
{ \
	__VA_ARGS__ \
}; \
FIXTURE_SETUP(fixture) {} \
FIXTURE_TEARDOWN_PARENT(fixture) \
{ \
	baseline_settle(); \
	if (case_died()) \
		_metadata->exit_code = KSFT_FAIL; \
}

/*
 * A fixture whose variants are rows that meet the conditions, with more that is given
 * after these. Variants are registered by constructors that have a priority, and so
 * run before this one.
 */
#define PIN_FIXTURE_WITH(fixture, conditions, ...) \
CASE_FIXTURE(fixture, const struct contract_row *row; __VA_ARGS__) \
static void __attribute__((constructor)) fixture##_rows_are(void) \
{ \
	rows_are(&_##fixture##_fixture_object, conditions); \
}

#define PIN_FIXTURE_WHERE(fixture, conditions) \
PIN_FIXTURE_WITH(fixture, conditions)

#define PIN_FIXTURE(fixture) PIN_FIXTURE_WHERE(fixture, ALLOWS)

#define PIN_VARIANT(fixture, name, ...) \
FIXTURE_VARIANT_ADD(fixture, name) { \
	.row = &contract_rows[ROW_##name], ##__VA_ARGS__ \
}

#define SHARED_FILE(fixture, fs, ...)	PIN_VARIANT(fixture, fs##_shared);
#define PRIVATE_FILE(fixture, fs, ...)	PIN_VARIANT(fixture, fs##_private);
#define PIN_SHARED_FILES(fixture)	FILESYSTEMS(SHARED_FILE, fixture)
#define PIN_PRIVATE_FILES(fixture)	FILESYSTEMS(PRIVATE_FILE, fixture)

#define PIN_TEST(fixture, test, function, ...) \
TEST_F_TIMEOUT(fixture, test, CASE_SECONDS) \
{ \
	CASE(function(variant->row, ##__VA_ARGS__)); \
}

/* Through each of GUP's own paths, and with either access. */
#define PIN_TESTS_BY_PATH(fixture, function, ...) \
PIN_TEST(fixture, gup_slow, function, &pin_gup_slow, ##__VA_ARGS__) \
PIN_TEST(fixture, gup_fast, function, &pin_gup_fast, ##__VA_ARGS__) \
PIN_TEST(fixture, gup_remote, function, &pin_gup_remote, ##__VA_ARGS__)

#define PIN_TESTS_BY_PATH_AND_ACCESS(fixture, function) \
PIN_TEST(fixture, gup_slow_rw, function, &pin_gup_slow, RW) \
PIN_TEST(fixture, gup_slow_ro, function, &pin_gup_slow, RO) \
PIN_TEST(fixture, gup_fast_rw, function, &pin_gup_fast, RW) \
PIN_TEST(fixture, gup_fast_ro, function, &pin_gup_fast, RO) \
PIN_TEST(fixture, gup_remote_rw, function, &pin_gup_remote, RW) \
PIN_TEST(fixture, gup_remote_ro, function, &pin_gup_remote, RO)

/*
 * Fixtures whose variants are ranges of addresses:
 *
 * LIMITS(limits)
 * LIMIT(limits, name, address, length, errno, why)
 * LIMIT_TEST(limits, gup_fast)		asks through pin_gup_fast
 * LIMIT_TEST_AS(limits, name, gup_fast) the same, by another name
 */
#define LIMITS(fixture) CASE_FIXTURE(fixture, struct limit limit;)

#define LIMIT(fixture, name, ...) \
FIXTURE_VARIANT_ADD(fixture, name) { .limit = { __VA_ARGS__ } }

#define LIMIT_TEST_AS(fixture, test, door) \
TEST_F_TIMEOUT(fixture, test, CASE_SECONDS) \
{ \
	CASE(limit(&variant->limit, &pin_##door)); \
}

#define LIMIT_TEST(fixture, door) LIMIT_TEST_AS(fixture, door, door)

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
	if (testbed_init() || baseline_init() || watchdog_start()) {
		fprintf(stderr, "%s: %s\n", argv[0], setup_error_text());
		return KSFT_FAIL;
	}
	backing_init();
	on_exit(exit_status, NULL);
	return test_harness_run(argc, argv);
}

#endif /* GUP_PIN_HARNESS_H */
