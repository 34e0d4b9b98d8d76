// SPDX-License-Identifier: GPL-2.0-only
/* ZONE_MOVABLE by /proc/zoneinfo, CMA by its debugfs. */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/kernel_file.h"
#include "base/page.h"
#include "observe/zones.h"

#define CMA_AREAS	"/sys/kernel/debug/cma"

bool zones_have_cma(void)
{
	return meminfo_kb("CmaTotal:") > 0;
}

/* A number of debugfs, whose files do not know pread(2). */
static unsigned long long cma_number(const char *area, const char *name)
{
	unsigned long long number = 0;
	char path[350];
	FILE *file;

	snprintf(path, sizeof(path), CMA_AREAS "/%s/%s", area, name);
	file = fopen(path, "re");
	if (file && fscanf(file, "%llu", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

bool zones_cma(unsigned long long pfn)
{
	DIR *dir = opendir(CMA_AREAS);
	struct dirent *area;
	bool in = false;

	while (dir && !in && (area = readdir(dir)))
		in = pfn - cma_number(area->d_name, "base_pfn") <
		     cma_number(area->d_name, "count");
	if (dir)
		closedir(dir);
	return in;
}

/* ZONE_MOVABLE of any node, from its first frame to its last. */
static bool in_zone_movable(unsigned long long pfn)
{
	FILE *zones = fopen("/proc/zoneinfo", "re");
	unsigned long long start, spanned = 0;
	bool here = false, in = false;
	char line[256];

	while (zones && !in && fgets(line, sizeof(line), zones)) {
		if (!strncmp(line, "Node", 4))
			here = strstr(line, "Movable");
		else if (here && sscanf(line, " start_pfn: %llu", &start) == 1)
			in = pfn - start < spanned;
		else if (here)
			sscanf(line, " spanned %llu", &spanned);
	}
	if (zones)
		fclose(zones);
	return in;
}

bool zones_movable(unsigned long long pfn)
{
	return in_zone_movable(pfn) || zones_cma(pfn);
}

bool zones_have_movable(void)
{
	FILE *zones = fopen("/proc/zoneinfo", "re");
	unsigned long present = zones_have_cma();
	bool here = false;
	char line[256];

	while (zones && !present && fgets(line, sizeof(line), zones)) {
		if (!strncmp(line, "Node", 4))
			here = strstr(line, "Movable");
		else if (here)
			sscanf(line, " present %lu", &present);
	}
	if (zones)
		fclose(zones);
	return present;
}
