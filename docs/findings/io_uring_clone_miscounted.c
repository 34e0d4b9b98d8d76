// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring counts wrongly if one of two buffers in a huge page is cloned: too much
 * for ever, or too little, so that a user without privilege pins more than
 * RLIMIT_MEMLOCK.
 *
 * Too much: each of two rings has a buffer in the huge page, and one clones the
 * other's. When both have given back everything, the huge page still counts.
 *
 * Too little: one ring has two buffers in the huge page, and another clones the
 * first. When the one has given back both, the huge page counts no longer, and the
 * clone still pins it. And so on with the next huge page. Each clone takes off as
 * much again when it goes: the count falls below zero, which is above any limit, and
 * the user can register nothing.
 *
 * Needs transparent huge pages ("always" or "madvise"), and Linux 6.13, which can
 * clone one buffer. Root becomes a user of whom nothing else counts. What is counted
 * wrongly stays so until the last process of the user has ended.
 *
 * Exit status: 0 the count is right, 1 it is not, 4 cannot be tried here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define HUGE_KB		(2L << 10)
#define HUGE_PAGES	8
#define LONELY_USER	77777

/* Two huge pages, and what the rings themselves count. */
#define LIMIT		(2 * HUGE_SIZE + HUGE_SIZE / 2)

/* Of Linux 6.12 and 6.13 */
#define IORING_REGISTER_CLONE_BUFFERS	30
#define IORING_REGISTER_DST_REPLACE	(1U << 1)

struct clone_buffers {
	uint32_t src_fd;
	uint32_t flags;
	uint32_t src_off;
	uint32_t dst_off;
	uint32_t nr;
	uint32_t pad[3];
};

static void __attribute__((noreturn)) cannot(const char *what)
{
	perror(what);
	exit(4);
}

static int make_ring(void)
{
	struct io_uring_params params = {};
	struct iovec empty[HUGE_PAGES] = {};
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		cannot("io_uring_setup");
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, empty,
		    HUGE_PAGES))
		cannot("IORING_REGISTER_BUFFERS");
	return ring;
}

/*
 * Put a page into a slot of the ring; NULL empties it.
 *
 * Return: whether RLIMIT_MEMLOCK allows it.
 */
static bool fill(int ring, unsigned int slot, void *page)
{
	struct iovec buffer = { page, page ? getpagesize() : 0 };
	struct io_uring_rsrc_update2 update = {
		.offset = slot,
		.data = (uintptr_t)&buffer,
		.nr = 1,
	};
	bool done = syscall(SYS_io_uring_register, ring,
			    IORING_REGISTER_BUFFERS_UPDATE, &update,
			    sizeof(update)) == 1;

	if (!done && errno != ENOMEM)
		cannot("IORING_REGISTER_BUFFERS_UPDATE");
	return done;
}

/* Clone the first buffer of a ring into a slot of another. */
static void clone_first(int from, int to, unsigned int slot)
{
	struct clone_buffers clone = {
		.src_fd = from,
		.flags = IORING_REGISTER_DST_REPLACE,
		.dst_off = slot,
		.nr = 1,
	};

	if (syscall(SYS_io_uring_register, to, IORING_REGISTER_CLONE_BUFFERS,
		    &clone, 1))
		cannot("cloning one buffer, which Linux 6.13 can");
}

/* VmPin of this process, in kB. The kernel prints it without a sign. */
static long counted(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	unsigned long kb = 0;
	char line[256];

	if (!status)
		cannot("/proc/self/status");
	while (fgets(line, sizeof(line), status))
		if (sscanf(line, "VmPin: %lu", &kb) == 1)
			break;
	fclose(status);
	return kb;
}

/* Fill the first slot of a ring, of which nothing else is in the huge page. */
static bool fill_first(int ring, void *huge)
{
	long before = counted();

	if (!fill(ring, 0, huge))
		return false;
	if (counted() == before + HUGE_KB)
		return true;
	fprintf(stderr, "no huge page, or no limit: VmPin is %ld kB\n", counted());
	exit(4);
}

static bool is_wrong(const char *what, long expected)
{
	long seen = counted();

	printf("%s: expected VmPin of %ld kB, seen %ld kB\n", what, expected, seen);
	return seen != expected;
}

static bool too_much(int from, int to, char *huge)
{
	if (!fill_first(from, huge) || !fill(to, 1, huge + getpagesize()))
		cannot("IORING_REGISTER_BUFFERS_UPDATE");
	clone_first(from, to, 0);
	fill(from, 0, NULL);
	fill(to, 0, NULL);
	fill(to, 1, NULL);
	return is_wrong("given back", 0);
}

static bool too_little(int from, int to, char *huge)
{
	bool wrong;
	int pinned;

	for (pinned = 0; pinned < HUGE_PAGES; pinned++, huge += HUGE_SIZE) {
		if (!fill_first(from, huge))
			break;
		if (!fill(from, 1, huge + getpagesize()))
			cannot("IORING_REGISTER_BUFFERS_UPDATE");
		clone_first(from, to, pinned);
		fill(from, 0, NULL);
		fill(from, 1, NULL);
	}
	wrong = is_wrong("pinned", pinned * HUGE_KB);
	while (pinned)
		fill(to, --pinned, NULL);
	return is_wrong("given back", 0) || wrong;
}

int main(void)
{
	struct rlimit limit = { LIMIT, LIMIT };
	char *memory = mmap(NULL, (HUGE_PAGES + 1) * HUGE_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool wrong;
	int from, to;

	if (memory == MAP_FAILED)
		cannot("mmap");
	memory = (char *)(((uintptr_t)memory + HUGE_SIZE - 1) & -HUGE_SIZE);
	madvise(memory, HUGE_PAGES * HUGE_SIZE, MADV_HUGEPAGE);
	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		cannot("setrlimit");
	if (!geteuid() && (setgid(LONELY_USER) || setuid(LONELY_USER)))
		cannot("become another user");
	from = make_ring();
	to = make_ring();

	printf("RLIMIT_MEMLOCK is %lu kB\n", LIMIT >> 10);
	wrong = too_much(from, to, memory);
	wrong |= too_little(from, to, memory);
	return wrong;
}
