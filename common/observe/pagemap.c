// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/page.h"
#include "observe/pagemap.h"

#define PRESENT		(1ULL << 63)
#define FRAME_MASK	((1ULL << 55) - 1)

static int entry_of(const char *path, unsigned long index, uint64_t *entry)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	*entry = 0;
	if (fd < 0)
		return -errno;
	got = pread(fd, entry, sizeof(*entry), index * sizeof(*entry));
	close(fd);
	if (got == sizeof(*entry))
		return 0;
	return got < 0 ? -errno : -ENODATA;
}

static int entry_at(const void *addr, uint64_t *entry)
{
	return entry_of("/proc/self/pagemap", (uintptr_t)addr / page_size(),
			entry);
}

unsigned long pagemap_frame(const void *addr)
{
	uint64_t entry;

	entry_at(addr, &entry);
	return entry & PRESENT ? entry & FRAME_MASK : 0;
}

bool pagemap_tells(void)
{
	char here = 0;

	return pagemap_frame(&here);
}

int pagemap_present(const void *addr)
{
	uint64_t entry;

	return entry_at(addr, &entry) ?: !!(entry & PRESENT);
}

uint64_t pagemap_flags(unsigned long frame)
{
	uint64_t flags;

	entry_of("/proc/kpageflags", frame, &flags);
	return flags;
}
