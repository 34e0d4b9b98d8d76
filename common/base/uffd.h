/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * userfaultfd: faults that somebody else resolves.
 */
#ifndef GUP_PIN_UFFD_H
#define GUP_PIN_UFFD_H

#include <linux/userfaultfd.h>
#include <stddef.h>
#include <stdint.h>

/**
 * uffd_watch() - have the faults in a range handled through a userfaultfd
 * @addr: of this process, aligned to a page
 * @len: bytes
 * @mode: UFFDIO_REGISTER_MODE_*
 * @features: UFFD_FEATURE_* that are needed
 * @flags: UFFD_USER_MODE_ONLY; or 0: faults of the kernel as well, pins among
 *	   them, which takes CAP_SYS_PTRACE
 *
 * Return: a descriptor; -EPERM if that is not permitted, -ENOSYS if the kernel
 * lacks a feature, -EINVAL if it cannot be for this memory.
 */
int uffd_watch(void *addr, size_t len, uint64_t mode, uint64_t features,
	       int flags);

/**
 * uffd_wait() - wait until the process faults
 * @uffd: of uffd_watch(), mode MISSING
 * @child: descriptor that can be read once nothing faults any more
 * @addr: set to the address
 *
 * Return: 1 if it faulted, 0 if the child has something to say instead, -errno.
 */
int uffd_wait(int uffd, int child, char **addr);

/**
 * uffd_give() - put a page where one was missed
 * @uffd: of uffd_watch()
 * @addr: where, aligned to a page
 * @image: its bytes, page_size() of them
 *
 * Return: 0 or -errno.
 */
int uffd_give(int uffd, char *addr, const void *image);

#endif /* GUP_PIN_UFFD_H */
