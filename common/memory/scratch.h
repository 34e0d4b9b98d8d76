/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the testbed and its helper program, testbed/scratchfs.c, share.
 */
#ifndef GUP_PIN_SCRATCH_H
#define GUP_PIN_SCRATCH_H

#include <stdbool.h>

/*
 * Where the scratch filesystems are mounted, on a tmpfs that only our own mount
 * namespace sees. A folder that every kernel has, so that nothing is left to be
 * removed, and that holds nothing of anybody's, because the tmpfs hides it. What
 * became of each filesystem is in SCRATCH_BASE/NAME.outcome.
 */
#define SCRATCH_BASE	"/proc/driver"

/* Exit status of scratchfs when our own set-up failed. */
#define SCRATCH_ERROR	255

/**
 * scratch_enter() - be in a mount namespace where SCRATCH_BASE is ours
 *
 * The programs that run_tests.sh starts are in one already, and share what is
 * made there.
 *
 * Return: 0, an enum skip, or -errno.
 */
int scratch_enter(void);

/**
 * scratch_remembered() - what became of a filesystem that was asked for before
 * @name: of the filesystem
 * @outcome: set to 0 or an enum skip
 *
 * Return: whether it was asked for before. What cannot be had is not tried
 * again for each case.
 */
bool scratch_remembered(const char *name, int *outcome);

/**
 * scratch_loop() - a loop device over memory
 * @name: of the image: mkfs.btrfs takes images of the same name for the same
 * @mib: size
 * @path: set to the device's path, of at least 32 bytes
 *
 * It detaches itself when the last user is gone.
 *
 * Return: the device, open, or -errno.
 */
int scratch_loop(const char *name, unsigned int mib, char *path);

/**
 * scratch_loop_outcome() - what a failure of scratch_loop() means
 * @err: the errno
 *
 * Return: an enum skip, or -errno.
 */
int scratch_loop_outcome(int err);

#endif /* GUP_PIN_SCRATCH_H */
