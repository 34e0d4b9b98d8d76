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
#define PIN_PROBE_INTERFACE_VERSION	4

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
 * EPERM      WRITE, but pinned without PIN_PROBE_LONGTERM_USE_WRITE, or held
 *	      without PIN_PROBE_FOLL_WRITE
 * ENOENT     a page was released by PIN_PROBE_UNPIN
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

/* The kernel's call by which pages are taken. */
enum pin_probe_api {
	PIN_PROBE_API_PIN_SLOW,		/* pin_user_pages() */
	PIN_PROBE_API_PIN_FAST,		/* pin_user_pages_fast() */
	PIN_PROBE_API_PIN_REMOTE,	/* pin_user_pages_remote() */
	PIN_PROBE_API_PIN_UNLOCKED,	/* pin_user_pages_unlocked() */
	PIN_PROBE_API_GET_SLOW,		/* get_user_pages(): plain references */
	PIN_PROBE_API_GET_FAST,		/* get_user_pages_fast(): likewise */
	PIN_PROBE_NR_APIS
};

/* pin_probe_pin.slow where entries to the slow path cannot be counted. */
#define PIN_PROBE_SLOW_UNKNOWN		0xffffffffU

/**
 * struct pin_probe_pin - take the pages of a range and keep them
 * @addr: start of the range, page aligned
 * @size: bytes in the range, a multiple of the page size, not 0
 * @api: enum pin_probe_api
 * @flags: PIN_PROBE_FOLL_* bits
 * @pid: PIN_REMOTE: the process (as the caller knows it) whose memory it is, 0:
 *	the caller; must be 0 for every other call
 * @slow: out, also where the call fails with an error of the kernel's: how often
 *	the slow path was taken (__get_user_pages() entered), 0 if GUP-fast alone
 *	took all pages; or PIN_PROBE_SLOW_UNKNOWN where it cannot be counted. It
 *	is more than 1 where the slow path had to begin again, such as after a
 *	migration
 *
 * Errors: those of struct pin_probe_gup, where EINVAL also means that this open
 * file holds pages already, an unknown @api, or a @pid that has no place; and
 *
 * ESRCH       there is no such process, or it has no memory any more
 * EPERM       it is another process, and the caller has no CAP_SYS_PTRACE
 * EOPNOTSUPP  PIN_UNLOCKED with LONGTERM before Linux 6.5: it WARNs before 6.2,
 *	       and from outside 6.2 to 6.4 look the same
 */
struct pin_probe_pin {
	__u64 addr;
	__u64 size;
	__u32 api;
	__u32 flags;
	__s32 pid;
	__u32 slow;
};

/* Take the range until PIN_PROBE_LONGTERM_STOP or close(). */
#define PIN_PROBE_PIN			_IOWR('g', 67, struct pin_probe_pin)

#define PIN_PROBE_UNPIN_DIRTY		1	/* mark the pages dirty, as a driver does */

/**
 * struct pin_probe_unpin - release some of the pages that are held
 * @first: index of the first page in the range
 * @pages: how many, not 0
 * @flags: PIN_PROBE_UNPIN_* bits
 *
 * What is released cannot be read, written or released again: such calls answer
 * ENOENT. The rest stays held.
 *
 * Errors: EINVAL: nothing is held, or @pages is 0, or a flag is unknown, or
 * @reserved is not; ERANGE: the pages are not all inside the range; ENOENT: one
 * of them is released already; EPERM: DIRTY, but held without
 * PIN_PROBE_FOLL_WRITE. Then nothing is released.
 */
struct pin_probe_unpin {
	__u64 first;
	__u64 pages;
	__u32 flags;
	__u32 reserved;		/* must be 0 */
};

#define PIN_PROBE_UNPIN			_IOW('g', 68, struct pin_probe_unpin)

/**
 * struct pin_probe_same - does the caller's page table map the pages held?
 * @addr: address that may map the first of them, page aligned
 * @first: index of that page in the range
 * @pages: how many, not 0
 * @same: out: how many of them are mapped in a row, from the first on;
 *	  @pages if all are
 *
 * Nothing is faulted in: a page that is not mapped at all is not the same. It is
 * mapped also where it may not be read (PROT_NONE), save in hugetlb.
 *
 * Errors: ERANGE and ENOENT as for struct pin_probe_unpin; EINVAL also for a
 * misaligned @addr; EOVERFLOW where the addresses wrap around, or do not fit the
 * kernel's pointers.
 */
struct pin_probe_same {
	__u64 addr;
	__u64 first;
	__u64 pages;
	__u64 same;
};

#define PIN_PROBE_SAME			_IOWR('g', 69, struct pin_probe_same)

/* pin_probe_page.flags */
#define PIN_PROBE_PAGE_PINNED		(1U << 0)	/* folio_maybe_dma_pinned() */
#define PIN_PROBE_PAGE_ANON		(1U << 1)
#define PIN_PROBE_PAGE_EXCLUSIVE	(1U << 2)	/* PageAnonExclusive() */
#define PIN_PROBE_PAGE_KSM		(1U << 3)
#define PIN_PROBE_PAGE_HUGETLB		(1U << 4)
#define PIN_PROBE_PAGE_ZERO		(1U << 5)	/* the shared zeropage */
#define PIN_PROBE_PAGE_DIRTY		(1U << 6)
#define PIN_PROBE_PAGE_WRITEBACK	(1U << 7)
#define PIN_PROBE_PAGE_SWAPCACHE	(1U << 8)
#define PIN_PROBE_PAGE_LRU		(1U << 9)
#define PIN_PROBE_PAGE_DEVICE		(1U << 10)	/* ZONE_DEVICE: pmem */
#define PIN_PROBE_PAGE_MOVABLE		(1U << 11)	/* in ZONE_MOVABLE */
#define PIN_PROBE_PAGE_POISON		(1U << 12)	/* hardware poison */

/**
 * struct pin_probe_page - facts about a page that is held
 * @index: of the page in the range
 * @pfn: of the page
 * @head: pfn of the first page of its folio
 * @flags: PIN_PROBE_PAGE_* bits
 * @order: of its folio
 * @refs: references to its folio
 * @pins: pins of its folio; where a folio has no counter of them (of one page, on 32
 *	bit of two) this is what its references tell, an upper bound
 * @node: NUMA node
 * @zone: name of its memory zone, such as "Movable", with a NUL at the end
 *
 * The folio is looked at without a lock: each fact was true at some moment of
 * the call.
 *
 * Errors: EINVAL: nothing is held; ERANGE: no such page; ENOENT: it was released.
 */
struct pin_probe_page {
	__u64 index;
	__u64 pfn;
	__u64 head;
	__u32 flags;
	__u32 order;
	__s32 refs;
	__s32 pins;
	__s32 node;
	char zone[20];
};

#define PIN_PROBE_PAGE			_IOWR('g', 70, struct pin_probe_page)

#define PIN_PROBE_DMA_WRITE		1	/* to the device's memory, else from it */

/**
 * struct pin_probe_dma - copy bytes where a device's DMA would go
 * @buf: user address to copy to, or from (WRITE)
 * @iova: the device's address to start at
 * @len: bytes to copy; 0 does nothing
 * @device: its PCI address: domain << 16 | bus << 8 | slot << 3 | function
 * @flags: PIN_PROBE_DMA_* bits
 *
 * The address is looked up in the IOMMU's page table, for a device whose driver
 * leaves that to user space (VFIO, iommufd). Mappings may come and go meanwhile: a
 * page is looked up while the whole machine is stopped, and referenced from then on
 * to the end of its copy. An error in the middle leaves what was copied so far.
 *
 * Not asked: whose device it is, and whether the table lets it write, which no
 * interface of the kernel tells. WRITE to what was mapped for reading alone is the
 * caller's mistake, and refused only where it would reach a disk.
 *
 * Errors:
 *
 * EINVAL     an unknown flag
 * EOVERFLOW  @iova + @len wraps around
 * ENODEV     there is no such device, or user space has no IOMMU page table of it
 * ENXIO      an address is not mapped, or not to memory that has a struct page
 * EPERM      WRITE to a page of a file that is written back
 * EUCLEAN    an address is mapped to a page that is free
 * EHWPOISON  a page is poisoned
 */
struct pin_probe_dma {
	__u64 buf;
	__u64 iova;
	__u64 len;
	__u32 device;
	__u32 flags;
};

#define PIN_PROBE_DMA			_IOW('g', 71, struct pin_probe_dma)

#endif /* PIN_PROBE_H */
