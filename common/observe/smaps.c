// SPDX-License-Identifier: GPL-2.0-only
/* /proc/self/smaps, mapping by mapping. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/kernel_file.h"
#include "base/page.h"
#include "observe/smaps.h"

static bool starts_mapping(const char *line, unsigned long *start)
{
	unsigned long end;

	return sscanf(line, "%lx-%lx ", start, &end) == 2;
}

/* smaps, read up to the fields of the mapping that begins here. */
static FILE *smaps_of(const void *addr)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	unsigned long start;
	char line[512];

	while (smaps && fgets(line, sizeof(line), smaps))
		if (starts_mapping(line, &start) &&
		    start == (unsigned long)addr)
			return smaps;
	if (smaps)
		fclose(smaps);
	errno = smaps ? ENODATA : errno;
	return NULL;
}

static bool next_field(FILE *smaps, char *line, int size)
{
	unsigned long start;

	return fgets(line, size, smaps) && !starts_mapping(line, &start);
}

/* Two of smaps' fields of the mapping that begins here, in all. */
static long smaps_kb(const void *addr, const char *field, const char *other)
{
	FILE *smaps = smaps_of(addr);
	char line[512];
	long sum = 0;

	if (!smaps)
		return -errno;
	while (next_field(smaps, line, sizeof(line)))
		sum += kernel_file_field(line, field) + kernel_file_field(line, other);
	fclose(smaps);
	return sum;
}

/* A line of words, with a blank before and behind each. */
static bool has_words(const char *line, const char *words)
{
	bool has = true;

	while (*words) {
		bool wanted = *words != '!';
		char word[8];

		words += !wanted;
		snprintf(word, sizeof(word), " %.2s ", words);
		has &= wanted == !!strstr(line, word);
		words += 2;
		words += *words == ' ';
	}
	return has;
}

int smaps_has_flags(const void *addr, const char *flags)
{
	FILE *smaps = smaps_of(addr);
	int has = -ENODATA;
	char line[512];

	if (!smaps)
		return -errno;
	while (next_field(smaps, line, sizeof(line)))
		if (!strncmp(line, "VmFlags:", 8))
			has = has_words(line, flags);
	fclose(smaps);
	return has;
}

long smaps_dirty_kb(const void *addr)
{
	return smaps_kb(addr, "Shared_Dirty:", "Private_Dirty:");
}

long smaps_huge_kb(const void *addr)
{
	return smaps_kb(addr, "AnonHugePages:", "ShmemPmdMapped:");
}
