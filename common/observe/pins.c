// SPDX-License-Identifier: GPL-2.0-only
/* Pins that are held, and what processes are charged for them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/kernel_file.h"
#include "base/page.h"
#include "observe/pins.h"

/*
 * What every case reads stays open, and is inherited: they say the same to every
 * process.
 */
static int refresh = -1, vmstat = -1;

static void open_files(void)
{
	if (refresh < 0)
		refresh = open("/proc/sys/vm/stat_refresh",
			       O_WRONLY | O_CLOEXEC);
	if (vmstat < 0)
		vmstat = open("/proc/vmstat", O_RDONLY | O_CLOEXEC);
}

int pins_balance(long *balance)
{
	static char buf[16384];
	ssize_t len;

	open_files();
	if (pwrite(refresh, "1", 1, 0) != 1)
		return -errno;
	/* The line behind the two counters. */
	len = kernel_file_read_fd(vmstat, buf, sizeof(buf), "nr_kernel_stack ");
	if (len < 0)
		return len;
	*balance = kernel_file_field(buf, "nr_foll_pin_acquired ") -
		   kernel_file_field(buf, "nr_foll_pin_released ");
	return 0;
}

void pins_charged_kb_of(pid_t pid, long *vm_lck, long *vm_pin)
{
	char path[32], buf[4096] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		kernel_file_read_fd(fd, buf, sizeof(buf), "VmHWM:");
		close(fd);
	}
	*vm_lck = kernel_file_field(buf, "VmLck:");
	*vm_pin = kernel_file_field(buf, "VmPin:");
}

void pins_charged_kb(long *vm_lck, long *vm_pin)
{
	pins_charged_kb_of(getpid(), vm_lck, vm_pin);
}
