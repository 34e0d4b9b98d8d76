/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The testbed: scratch filesystems in a mount namespace of our own.
 *
 * Each filesystem is made when the first case asks for it, on a loop device
 * over a memfd, and then serves all cases. The loop devices detach themselves
 * and the mounts end with the last process of the namespace, so nothing is
 * left behind, however the program dies.
 */
#ifndef GUP_PIN_TESTBED_H
#define GUP_PIN_TESTBED_H

/**
 * testbed_init() - get a mount namespace of our own
 *
 * To be called once, before any case is forked, so that all cases share it.
 * Without the privilege nothing is done, and testbed_scratch() says so.
 *
 * Return: 0 or -errno.
 */
int testbed_init(void);

/**
 * testbed_scratch() - a directory on a scratch filesystem
 * @name: one of base/filesystems.h, overlay, tmpfs, ramfs, hugetlbfs,
 *	  fsdax_ext4 or fsdax_xfs
 * @dir: set to a directory file descriptor, owned by the caller
 *
 * Return: 0, an enum skip, or -errno.
 */
int testbed_scratch(const char *name, int *dir);

/**
 * testbed_tmpdir() - the user's directory for temporary files
 * @dir: set to a directory file descriptor that stays open
 * @fs: set to the filesystem's type as mountinfo names it; of an overlay, the upper
 *	one's, which is what it maps
 *
 * Asks libmount: statfs(2) cannot tell ext2, ext3 and ext4 apart, and 9p passes
 * on the magic number of the server's filesystem.
 *
 * Return: 0, an enum skip, or -errno.
 */
int testbed_tmpdir(int *dir, const char **fs);

/**
 * testbed_file() - an empty file without a name
 * @dir: directory file descriptor
 *
 * Return: a file descriptor or -errno.
 */
int testbed_file(int dir);

/**
 * testbed_blkdev() - a block device that nobody else uses
 * @fd: set to a file descriptor open for reading and writing
 *
 * Return: 0, an enum skip, or -errno.
 */
int testbed_blkdev(int *fd);

#endif /* GUP_PIN_TESTBED_H */
