// SPDX-License-Identifier: GPL-2.0-only
/*
 * A R/O long-term pin of a private mapping of a shmem huge page never returns.
 *
 * Needs root, and CONFIG_GUP_TEST=y or a module with its interface. The pin is
 * pin_user_pages(FOLL_LONGTERM): what VFIO_IOMMU_MAP_DMA without
 * VFIO_DMA_MAP_FLAG_WRITE does, or ibv_reg_mr() without IBV_ACCESS_LOCAL_WRITE.
 *
 * Exit status: 0 the pin returns, 1 it does not, 4 cannot be tried here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define SECONDS		10

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* mm/gup_test.h */
struct pin_longterm_test {
	uint64_t addr;
	uint64_t size;
	uint32_t flags;
};

#define PIN_LONGTERM_TEST_START	_IOW('g', 7, struct pin_longterm_test)

static void __attribute__((noreturn)) cannot(const char *what)
{
	perror(what);
	exit(4);
}

/* Where the file's huge page can be mapped as one. */
static char *map(int fd, int flags)
{
	char *room = mmap(NULL, 2 * HUGE_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t aligned = ((uintptr_t)room + HUGE_SIZE - 1) & -HUGE_SIZE;

	if (room == MAP_FAILED)
		cannot("mmap");
	room = mmap((void *)aligned, HUGE_SIZE, PROT_READ | PROT_WRITE,
		    flags | MAP_FIXED, fd, 0);
	if (room == MAP_FAILED)
		cannot("mmap a memfd");
	return room;
}

int main(void)
{
	int gup_test = open("/sys/kernel/debug/gup_test", O_RDWR);
	struct pin_longterm_test pin = { .size = getpagesize() };
	int memfd = memfd_create("huge page", 0);
	char *shared, *private;
	int status;
	pid_t pid;

	if (gup_test < 0)
		cannot("/sys/kernel/debug/gup_test");
	if (memfd < 0 || ftruncate(memfd, HUGE_SIZE))
		cannot("memfd_create");
	shared = map(memfd, MAP_SHARED);
	memset(shared, 1, HUGE_SIZE);
	if (madvise(shared, HUGE_SIZE, MADV_COLLAPSE))
		cannot("MADV_COLLAPSE");

	private = map(memfd, MAP_PRIVATE);
	pin.addr = (uintptr_t)private;
	pid = fork();
	if (pid < 0)
		cannot("fork");
	if (!pid) {
		/* The page table is not copied by fork: have the PMD mapped. */
		if (*(volatile char *)private != 1)
			_exit(4);
		alarm(SECONDS);
		if (ioctl(gup_test, PIN_LONGTERM_TEST_START, &pin))
			cannot("PIN_LONGTERM_TEST_START");
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		cannot("waitpid");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		printf("the pin did not return in %d s: killed\n", SECONDS);
		return 1;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return 4;
	printf("the pin returned\n");
	return 0;
}
