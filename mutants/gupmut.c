// SPDX-License-Identifier: GPL-2.0-only
/*
 * gupmut=NAME on the kernel command line: the mutant that this boot is about. This
 * file is mm/gupmut.c in a kernel that mutants/run builds.
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "gupmut_list.h"

#define DEFINE(name) bool gupmut_##name; EXPORT_SYMBOL_GPL(gupmut_##name);
GUPMUT_LIST(DEFINE)

#define ENTRY(name) { #name, &gupmut_##name },
struct mutant {
	const char *name;
	bool *selected;
};

static const struct mutant mutants[] __initconst = { GUPMUT_LIST(ENTRY) };

/* A kernel without the mutant would pass for one whose bug nobody sees. */
static int __init select_mutant(char *name)
{
	int i;

	if (!strcmp(name, "none"))
		return 0;
	for (i = 0; i < ARRAY_SIZE(mutants); i++) {
		if (!strcmp(name, mutants[i].name)) {
			*mutants[i].selected = true;
			pr_notice("gupmut: %s\n", name);
			return 0;
		}
	}
	panic("gupmut=%s: there is no such mutant in this kernel", name);
}
early_param("gupmut", select_mutant);
