/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP of a test program of the suite's own code, which ends with its plan.
 */
#ifndef GUP_PIN_TAP_H
#define GUP_PIN_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int number, failures;

static bool __attribute__((format(printf, 2, 3)))
ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++number);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	failures += !good;
	return good;
}

#endif /* GUP_PIN_TAP_H */
