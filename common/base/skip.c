// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/skip.h"

static const struct {
	const char *reason;
	const char *hint;
} skips[NR_SKIPS] = {
#define X(name, reason, hint) [name] = { reason, hint },
	SKIP_REASONS(X)
#undef X
};

static char text[512];

const char *skip_reason(enum skip skip)
{
	return skips[skip].reason;
}

const char *skip_hint(enum skip skip)
{
	return skips[skip].hint;
}

int setup_error(int err, const char *fmt, ...)
{
	char what[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (err)
		snprintf(text, sizeof(text), "%s: %s", what, strerror(err));
	else
		snprintf(text, sizeof(text), "%s", what);
	return err ? -err : -EIO;
}

const char *setup_error_text(void)
{
	return text;
}
