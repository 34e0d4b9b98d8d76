// SPDX-License-Identifier: GPL-2.0-only
/* /dev/kmsg and the taint mask. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/kernel_file.h"
#include "base/page.h"
#include "observe/kernel_log.h"

unsigned long kernel_taint(void)
{
	const unsigned long module_bits = 1UL << 12 | 1UL << 13;
	static int tainted = -1;
	long taint;

	if (tainted < 0)
		tainted = open("/proc/sys/kernel/tainted",
			       O_RDONLY | O_CLOEXEC);
	taint = kernel_file_long_fd(tainted);
	return taint < 0 ? 0 : taint & ~module_bits;
}

static int log_fd = -1;

void kernel_log_mark(void)
{
	if (log_fd < 0)
		log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd >= 0)
		lseek(log_fd, 0, SEEK_END);
}

static bool is_complaint(const char *text)
{
	static const char *const marks[] = {
		"WARNING: ", "BUG: ", "kernel BUG at", "Oops", "UBSAN: ",
		"KASAN: ", "KCSAN: ", "general protection fault",
		"blocked for more than", "soft lockup", "hard LOCKUP",
		"self-detected stall", "detected stalls", "Unable to handle",
		"vmstat_refresh: nr_foll_pin",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strstr(text, marks[i]))
			return true;
	return false;
}

int kernel_log_complaint(char *line, size_t size)
{
	char record[2048];
	ssize_t len;

	if (log_fd < 0)
		return 0;
	for (;;) {
		char *text;

		len = read(log_fd, record, sizeof(record) - 1);
		/* Overrun: what was lost cannot be judged, what follows can. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return 0;
		record[len] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		text++;
		text[strcspn(text, "\n")] = '\0';
		if (is_complaint(text)) {
			snprintf(line, size, "%s", text);
			return 1;
		}
	}
}
