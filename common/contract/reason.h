/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the kernel promises something, and since when.
 *
 * Only what is printed depends on the kernel's version, never a verdict.
 */
#ifndef GUP_PIN_REASON_H
#define GUP_PIN_REASON_H

#include <stdio.h>

/* A commit that established a promise, or a part of it. */
struct fix {
	const char *commit;
	const char *part;	/* or NULL: all of it */
	int version, patchlevel;	/* of Linux, the first that has it */
};

/* In the kernel's terms. */
struct reason {
	const char *why;
	const struct fix *fixes;	/* FIXES(); NULL: always so */
};

/* At file scope: FIXES({ "84209e87c696", NULL, 6, 2 }, ...) */
#define FIXES(...)	((const struct fix []){ __VA_ARGS__, { } })

/**
 * reason_print() - why something was promised, and what has become of that
 * @out: takes lines that begin with "# "
 * @reason: of a promise that was broken
 * @release: of the kernel that broke it, as uname(2) says
 *
 * Distributions take fixes into older kernels: what this version of Linux did not
 * have may be there all the same.
 */
void reason_print(FILE *out, const struct reason *reason, const char *release);

#endif /* GUP_PIN_REASON_H */
