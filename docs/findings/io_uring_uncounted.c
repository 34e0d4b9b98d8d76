// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring stops counting a huge page that another of its buffers still pins, so
 * that a user without privilege pins more than RLIMIT_MEMLOCK.
 *
 * Two buffers of one ring are pages of the same huge page, which is counted whole,
 * once. When the first buffer goes, nothing is counted any more, and the second
 * still pins the huge page. And so on with the next huge page.
 *
 * Needs transparent huge pages ("always" or "madvise"). Root becomes nobody first.
 *
 * Exit status: 0 the limit is kept, 1 it is not, 4 cannot be tried here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define HUGE_PAGES	8
#define NOBODY		65534

/* One huge page, and what the ring itself may count. */
#define LIMIT		(HUGE_SIZE + HUGE_SIZE / 2)

static int ring;

static void __attribute__((noreturn)) cannot(const char *what)
{
	perror(what);
	exit(4);
}

/* Put a buffer into a slot of the ring; with no length, empty it. */
static int update(unsigned int slot, void *base, size_t len)
{
	struct iovec buffer = { base, len };
	struct io_uring_rsrc_update2 update = {
		.offset = slot,
		.data = (uintptr_t)&buffer,
		.nr = 1,
	};

	return syscall(SYS_io_uring_register, ring,
		       IORING_REGISTER_BUFFERS_UPDATE, &update,
		       sizeof(update)) == 1 ? 0 : -1;
}

/* VmPin of this process, in kB. */
static long counted(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[256];
	long kb = -1;

	if (!status)
		cannot("/proc/self/status");
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "VmPin: %ld", &kb) == 1)
			break;
	fclose(status);
	return kb;
}

/* Old kernels give back what was in a slot a little later: try for 2 seconds. */
static bool update_in_time(unsigned int slot, void *base, size_t len)
{
	for (int tries = 0; tries < 20; tries++) {
		if (!update(slot, base, len))
			return true;
		if (errno != ENOMEM)
			cannot("IORING_REGISTER_BUFFERS_UPDATE");
		usleep(100000);
	}
	return false;
}

static void make_ring(void)
{
	struct io_uring_params params = {};
	struct iovec empty[2 * HUGE_PAGES] = {};

	ring = syscall(SYS_io_uring_setup, 1, &params);
	if (ring < 0)
		cannot("io_uring_setup");
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, empty,
		    2 * HUGE_PAGES))
		cannot("IORING_REGISTER_BUFFERS");
}

int main(void)
{
	struct rlimit limit = { LIMIT, LIMIT };
	char *memory = mmap(NULL, (HUGE_PAGES + 1) * HUGE_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t page = getpagesize();
	int pinned;

	if (memory == MAP_FAILED)
		cannot("mmap");
	memory = (char *)(((uintptr_t)memory + HUGE_SIZE - 1) & -HUGE_SIZE);
	madvise(memory, HUGE_PAGES * HUGE_SIZE, MADV_HUGEPAGE);
	memset(memory, 1, HUGE_PAGES * HUGE_SIZE);
	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		cannot("setrlimit");
	if (!geteuid() && (setgid(NOBODY) || setuid(NOBODY)))
		cannot("become nobody");
	make_ring();

	for (pinned = 0; pinned < HUGE_PAGES; pinned++) {
		char *huge = memory + pinned * HUGE_SIZE;

		if (!update_in_time(2 * pinned, huge, page))
			break;
		if (!pinned && counted() != (long)(HUGE_SIZE >> 10)) {
			fprintf(stderr, "no huge page, or no limit: VmPin is %ld kB\n",
				counted());
			return 4;
		}
		if (update(2 * pinned + 1, huge + page, page) ||
		    update(2 * pinned, NULL, 0))
			cannot("IORING_REGISTER_BUFFERS_UPDATE");
	}
	printf("RLIMIT_MEMLOCK is %lu kB, pinned are %lu kB, VmPin is %ld kB\n",
	       LIMIT >> 10, pinned * HUGE_SIZE >> 10, counted());
	return pinned > 1;
}
