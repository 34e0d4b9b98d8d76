// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct I/O of vfat counts more pages as unpinned than as pinned.
 *
 * Needs root, mkfs.vfat, a loop device, and a machine where nobody else pins.
 *
 * Exit status: 0 both are counted, 1 they are not, 4 cannot be tried here.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGES	16

static void __attribute__((noreturn)) cannot(const char *what)
{
	perror(what);
	exit(4);
}

/* Pages that are pinned, by the kernel's own count. */
static long pinned(void)
{
	long balance = 0, count;
	char name[64];
	FILE *file = fopen("/proc/sys/vm/stat_refresh", "w");

	if (!file || fputs("1", file) < 0 || fclose(file))
		cannot("/proc/sys/vm/stat_refresh");
	file = fopen("/proc/vmstat", "r");
	if (!file)
		cannot("/proc/vmstat");
	while (fscanf(file, "%63s %ld", name, &count) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			balance += count;
		if (!strcmp(name, "nr_foll_pin_released"))
			balance -= count;
	}
	fclose(file);
	return balance;
}

/* A filesystem that ends with this process. */
static void mount_vfat(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/mnt", "tmpfs", 0, NULL))
		cannot("mount a tmpfs on /mnt");
	if (mkdir("/mnt/vfat", 0700) ||
	    system("mkfs.vfat -C /mnt/image 8192 >/dev/null") ||
	    system("mount -t vfat -o loop /mnt/image /mnt/vfat"))
		exit(4);
}

int main(void)
{
	size_t len = PAGES * getpagesize();
	char *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long before, after;
	int file;

	mount_vfat();
	if (memory == MAP_FAILED)
		cannot("mmap");
	memset(memory, 1, len);
	file = open("/mnt/vfat/file", O_RDWR | O_CREAT, 0600);
	if (file < 0 || write(file, memory, len) != (ssize_t)len || fsync(file))
		cannot("write a file");
	if (fcntl(file, F_SETFL, O_DIRECT))
		cannot("O_DIRECT");

	before = pinned();
	if (pread(file, memory, len, 0) != (ssize_t)len)
		cannot("read a file");
	after = pinned();
	printf("of %d pages read, %ld more were counted as unpinned than as pinned\n",
	       PAGES, before - after);
	return before != after;
}
