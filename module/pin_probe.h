/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pin_probe: take pins on user memory from a kernel module, and look at and
 * write to the pinned pages the way a device would.
 *
 * The module answers on /dev/pin_probe, and on /sys/kernel/debug/gup_test when
 * the kernel has no gup_test of its own (CONFIG_GUP_TEST). The ioctls 1 to 9
 * carry the numbers and struct layouts of the kernel's gup_test, so programs
 * written for either work with both. How pin_probe differs from gup_test:
 *
 * - A pin belongs to the open file. Two opens never see each other's pins, and
 *   close() (exit and SIGKILL as well) releases them. ioctls on one open file
 *   take turns.
 * - Every call returns the kernel's errno. A range that fails half way is an
 *   error too, and leaves nothing pinned. gup_test's BENCHMARK and BASIC calls
 *   return 0 and a shortened size instead.
 * - gup_flags have one meaning on every kernel, see PIN_PROBE_FOLL_WRITE.
 * - The shared zeropage, which kernels since 6.5 (and stable ones that took
 *   that change) hand out without a pin, is not reported as missing its pin.
 * - gup_test's DUMP_USER_PAGES_TEST (6) is not offered: it only writes
 *   struct page to the kernel log, where a test cannot check it.
 *
 * Errors that every call may return:
 *
 * EINTR     a fatal signal ended the call
 * EFAULT    the argument, or a user buffer, cannot be read or written
 * ENOTTY    there is no such ioctl; gup_test answers EINVAL
 */
#ifndef PIN_PROBE_H
#define PIN_PROBE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* What PIN_PROBE_VERSION returns; grows with every addition to this file. */
#define PIN_PROBE_INTERFACE_VERSION	1

/*
 * Flags for pin_probe_gup.gup_flags: the numbers that Linux has used since 6.3,
 * translated to those of the running kernel. Any other bit is EINVAL and never
 * reaches the kernel, which WARNs about its internal ones.
 */
#define PIN_PROBE_FOLL_WRITE		0x001	/* the pages will be written */
#define PIN_PROBE_FOLL_FORCE		0x008	/* against the protection, like a debugger */
#define PIN_PROBE_FOLL_NOFAULT		0x020	/* take only what is mapped already */
#define PIN_PROBE_FOLL_HWPOISON		0x040	/* EHWPOISON instead of EFAULT; not in FAST calls */
#define PIN_PROBE_FOLL_LONGTERM		0x100	/* held for long; not in GUP calls */
#define PIN_PROBE_FOLL_SPLIT_PMD	0x200	/* split a huge mapping first; not in FAST calls */

#define PIN_PROBE_MAX_PAGES_TO_DUMP	8

/**
 * struct pin_probe_gup - pin a range and release it again at once
 * @get_delta_usec: out: microseconds that pinning took
 * @put_delta_usec: out: microseconds that releasing took
 * @addr: start of the range, page aligned
 * @size: bytes in the range, a multiple of the page size, not 0. Written back
 *	unchanged, because success means that the whole range was pinned.
 * @nr_pages_per_call: pages to ask the kernel for in one call, not 0
 * @gup_flags: PIN_PROBE_FOLL_* bits
 * @test_flags: ignored
 * @which_pages: ignored
 *
 * Errors: those of the kernel's get_user_pages() and pin_user_pages() families,
 * and
 *
 * EINVAL     misaligned or empty range, no pages per call, flag not allowed
 * EOVERFLOW  @addr + @size wraps around, or does not fit the kernel's pointers
 * E2BIG      the range is larger than the machine's RAM, or its list of pages
 *	      larger than 2 GiB (1 TiB of memory in 4 KiB pages)
 * ENOMEM     no memory for the list of pages
 * EIO        the kernel pinned no page and gave no reason
 * EUCLEAN    a page that the kernel said to have pinned carries no pin (of the
 *	      zeropage: a R/W pin was asked for); the kernel log says which
 */
struct pin_probe_gup {
	__u64 get_delta_usec;
	__u64 put_delta_usec;
	__u64 addr;
	__u64 size;
	__u32 nr_pages_per_call;
	__u32 gup_flags;
	__u32 test_flags;
	__u32 which_pages[PIN_PROBE_MAX_PAGES_TO_DUMP];
};

/* get_user_pages_fast(): plain references */
#define PIN_PROBE_GUP_FAST_BENCHMARK	_IOWR('g', 1, struct pin_probe_gup)
/* pin_user_pages_fast() */
#define PIN_PROBE_PIN_FAST_BENCHMARK	_IOWR('g', 2, struct pin_probe_gup)
/* pin_user_pages(), PIN_PROBE_FOLL_LONGTERM added to the flags */
#define PIN_PROBE_LONGTERM_BENCHMARK	_IOWR('g', 3, struct pin_probe_gup)
/* get_user_pages(): plain references */
#define PIN_PROBE_GUP_BASIC		_IOWR('g', 4, struct pin_probe_gup)
/* pin_user_pages() */
#define PIN_PROBE_PIN_BASIC		_IOWR('g', 5, struct pin_probe_gup)

#define PIN_PROBE_LONGTERM_USE_WRITE	1	/* FOLL_WRITE: a R/W pin */
#define PIN_PROBE_LONGTERM_USE_FAST	2	/* pin_user_pages_fast() */

/**
 * struct pin_probe_longterm - take a long-term pin and keep it
 * @addr: start of the range, page aligned
 * @size: bytes in the range, a multiple of the page size, not 0
 * @flags: PIN_PROBE_LONGTERM_* bits
 *
 * Errors: those of struct pin_probe_gup, where EINVAL also means that this open
 * file holds a pin already.
 */
struct pin_probe_longterm {
	__u64 addr;
	__u64 size;
	__u32 flags;
};

/* Pin the range until PIN_PROBE_LONGTERM_STOP or close(). */
#define PIN_PROBE_LONGTERM_START	_IOW('g', 7, struct pin_probe_longterm)
/* Release the pin; no error if there is none. */
#define PIN_PROBE_LONGTERM_STOP		_IO('g', 8)
/*
 * Copy all pinned pages to the user address that the argument points to.
 * Errors: EINVAL if nothing is pinned; EHWPOISON if a page is poisoned.
 */
#define PIN_PROBE_LONGTERM_READ		_IOW('g', 9, __u64)

/**
 * struct pin_probe_io - copy bytes out of, or into, the pinned pages
 * @buf: user address to copy to (READ) or from (WRITE)
 * @offset: byte in the pinned range to start at
 * @len: bytes to copy; 0 does nothing
 *
 * The copy goes through the pages, whatever is mapped in the process by now. An
 * error in the middle leaves what was copied so far. Pages of a pin that was
 * written to are marked dirty on release, as a driver has to.
 *
 * Errors:
 *
 * EINVAL     nothing is pinned
 * ERANGE     the bytes are not all inside the pinned range
 * EPERM      WRITE, but pinned without PIN_PROBE_LONGTERM_USE_WRITE
 * EHWPOISON  a page is poisoned
 */
struct pin_probe_io {
	__u64 buf;
	__u64 offset;
	__u64 len;
};

/* Returns PIN_PROBE_INTERFACE_VERSION; gup_test answers EINVAL. */
#define PIN_PROBE_VERSION		_IO('g', 64)
#define PIN_PROBE_READ			_IOW('g', 65, struct pin_probe_io)
#define PIN_PROBE_WRITE			_IOW('g', 66, struct pin_probe_io)

#endif /* PIN_PROBE_H */
