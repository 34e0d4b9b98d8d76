// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "contract/reason.h"

/* A release candidate of the version may be from before the fix. */
static bool is_in(const struct fix *fix, const char *release)
{
	int version, patchlevel;

	if (sscanf(release, "%d.%d", &version, &patchlevel) != 2)
		return false;
	if (version != fix->version)
		return version > fix->version;
	if (patchlevel != fix->patchlevel)
		return patchlevel > fix->patchlevel;
	return !strstr(release, "-rc");
}

/* Return: how many of the fixes are in the release, or are not, as wanted. */
static int print_fixes(FILE *out, const struct fix *fix, const char *release,
		       bool in, const char *before)
{
	int nr = 0;

	for (; fix->commit; fix++) {
		if (is_in(fix, release) != in)
			continue;
		fprintf(out, "%s%s (%s%sLinux %d.%d)", nr++ ? ", " : before,
			fix->commit, fix->part ?: "", fix->part ? ", " : "",
			fix->version, fix->patchlevel);
	}
	return nr;
}

void reason_print(FILE *out, const struct reason *reason, const char *release)
{
	fprintf(out, "# reason: %s\n", reason->why);
	if (!reason->fixes)
		return;
	if (print_fixes(out, reason->fixes, release, false,
			"# this kernel may lack "))
		fprintf(out, "\n");
	else if (print_fixes(out, reason->fixes, release, true, "# "))
		fprintf(out, " brought this promise, and this kernel has lost it\n");
}
