// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <unistd.h>

#include "page.h"
#include "pagemap.h"

#define PRESENT		(1ULL << 63)
#define FRAME_MASK	((1ULL << 55) - 1)

static uint64_t entry_of(const char *path, unsigned long index)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t entry;
	ssize_t got;

	if (fd < 0)
		return 0;
	got = pread(fd, &entry, sizeof(entry), index * sizeof(entry));
	close(fd);
	return got == sizeof(entry) ? entry : 0;
}

unsigned long pagemap_frame(const void *addr)
{
	uint64_t entry = entry_of("/proc/self/pagemap",
				  (uintptr_t)addr / page_size());

	return entry & PRESENT ? entry & FRAME_MASK : 0;
}

uint64_t pagemap_flags(unsigned long frame)
{
	return entry_of("/proc/kpageflags", frame);
}
