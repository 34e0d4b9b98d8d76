/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backings: the kinds of memory that a pin can be asked for.
 *
 * A backing is one entry of the table in backings.c, and at most one
 * constructor. It knows nothing about pins. struct memory is one instance of a
 * backing: it is opened once for a case, then mapped, brought into a page
 * state, checked and unmapped once for each probe of the case.
 */
#ifndef GUP_PIN_MEMORY_H
#define GUP_PIN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/page.h"

#define BIT(n)	(1U << (n))

/* A range in base pages of the memory, with what a pin adds around it. */
struct range {
	size_t first;
	size_t pages;
	size_t before;		/* pages of a neighbour */
	size_t behind;		/* pages of a neighbour, or of a hole */
	size_t skew;		/* bytes left out at either end */
};

enum sharing {
	PRIVATE,	/* MAP_PRIVATE */
	SHARED,		/* MAP_SHARED */
};

/* What the page table holds when the pin is asked for. */
enum page_state {
	UNTOUCHED,	/* nothing: the pin itself has to fault */
	READ_FAULTED,	/* the page as a read found it */
	POPULATED,	/* written through the mapping */
	CLEAN,		/* written, then written back: mapped write-protected */
	READONLY,	/* written, then mprotect(PROT_READ) */
	NR_PAGE_STATES
};

extern const char *const page_state_name[NR_PAGE_STATES];

/* The longest range that any case asks for: a little more than 2 MiB. */
#define LARGE_BYTES	(2UL << 20)
#define MAX_PAGES	(LARGE_BYTES / 4096 + 32)

struct memory;

enum backing_flags {
	/* The file can be read with pread(2), so its bytes can be checked. */
	B_READABLE	= BIT(0),
	/* ... and filled with pwrite(2). */
	B_WRITABLE	= BIT(1),
	/* Filesystems: also probed with a range of more than 2 MiB. */
	B_LARGE		= BIT(2),
	/* Mapped for good by open(), at the kernel's choice: one page only. */
	B_SOLITARY	= BIT(3),
	/* States are reached by reading alone (zeropages). */
	B_READ_ONLY	= BIT(4),
	/* Finally mapped PROT_NONE, or PROT_WRITE without PROT_READ. */
	B_PROT_NONE	= BIT(5),
	B_PROT_WRITE	= BIT(6),
	/* A kernel may refuse the mmap(2) itself with ENODEV. */
	B_MAY_NOT_MAP	= BIT(7),
	/* The kernel writes its bytes, so that they cannot be known. */
	B_KERNELS_BYTES	= BIT(8),
};

struct backing {
	const char *name;
	unsigned int states;	/* BIT(enum page_state) that may apply */
	unsigned int flags;	/* enum backing_flags */
	size_t granule;		/* size in bytes of its pages; 0: base pages */
	const char *arg;	/* for constructors that serve several entries */
	/*
	 * By which the kernel tells it: flags that the mapping must have, or,
	 * behind a "!", must not have (VmFlags of smaps); and the enum skip if
	 * this kernel maps it otherwise.
	 */
	const char *vm_flags;
	int other_flags;
	/*
	 * Make ready what outlives the case, before its state is noted. Return 1
	 * if anything may have changed thereby, 0, or -errno.
	 */
	int (*keep)(const struct backing *backing, enum sharing sharing);
	/* Get what mmap(2) needs. NULL: nothing (anonymous memory). */
	int (*open)(struct memory *mem);
	/*
	 * Map mem->len bytes at mem->base. Return 0, an enum skip, or -errno.
	 * NULL: mmap(2) of mem->fd.
	 */
	int (*map)(struct memory *mem);
	/* Once populated: is this the memory that was meant? Else make it so. */
	int (*check)(struct memory *mem);
};

struct memory {
	const struct backing *backing;
	enum sharing sharing;
	int fd;			/* -1: none */
	const char *fs;		/* filesystem type of a file that was found */
	bool dax;		/* the file's pages are the device's */
	bool reserved;		/* its page frames are the kernel's for ever */
	size_t granule;		/* bytes, never 0 */
	unsigned int states;	/* BIT(enum page_state) of those that apply */

	/* The present mapping. */
	char *base;
	size_t len;		/* bytes */
	char *area;		/* base with its surroundings; NULL: not mapped */
	size_t area_len;	/* bytes, with the neighbours behind it */
	size_t behind;		/* neighbours that lie behind it, in pages */
	bool writable;

	/*
	 * What the bytes must be: the generation of the tag in each page, of
	 * the file and of the private copy. 0 is zeros, or no private copy.
	 */
	uint32_t file_gen[MAX_PAGES];
	uint32_t copy_gen[MAX_PAGES];
	uint32_t gen;
	size_t file_pages;	/* of a file that was filled */
};

/**
 * backing_find() - look a backing up
 * @name: its name in the table
 *
 * Return: the table's entry, NULL if there is none.
 */
const struct backing *backing_find(const char *name);

/**
 * backing_init() - get what all cases share, before any case is forked
 */
void backing_init(void);

/**
 * memory_open() - get an instance of a backing
 * @mem: filled in
 * @backing: the kind
 * @sharing: how it will be mapped
 *
 * Return: 0, an enum skip, or -errno (see skip.h).
 */
int memory_open(struct memory *mem, const struct backing *backing,
		enum sharing sharing);

/** memory_close() - unmap it, and close what memory_open() has opened */
void memory_close(struct memory *mem);

/**
 * memory_map() - map it anew, with nothing mapped behind it
 * @mem: opened, not mapped
 * @pages: how many base pages are needed
 *
 * The pages before the mapping are PROT_NONE, the page behind it is a hole.
 *
 * Return: 0, an enum skip, or -errno. -ENODEV where a B_MAY_NOT_MAP backing
 * refused.
 */
int memory_map(struct memory *mem, size_t pages);
void memory_unmap(struct memory *mem);

/**
 * memory_check_hole() - is there still nothing mapped behind the memory?
 * @mem: mapped
 *
 * Any mmap(2) since memory_map() may have landed there.
 *
 * Return: 0 or -errno.
 */
int memory_check_hole(const struct memory *mem);

/* As many pages may be put before and behind a mapping. */
#define NEIGHBOURS	8

/**
 * memory_put_neighbours() - map anonymous, populated pages around the memory
 * @mem: mapped
 * @before: pages before it, up to NEIGHBOURS
 * @behind: pages behind it, up to NEIGHBOURS
 *
 * Return: 0 or -errno.
 */
int memory_put_neighbours(struct memory *mem, size_t before, size_t behind);

/**
 * memory_enter() - bring a range into a page state
 * @mem: mapped, its pages untouched
 * @state: one of mem->states
 * @first: first base page
 * @pages: number of base pages
 *
 * Return: 0, an enum skip, or -errno.
 */
int memory_enter(struct memory *mem, enum page_state state, size_t first,
		 size_t pages);

/**
 * memory_make_writable() - mprotect(PROT_READ | PROT_WRITE) all of it again
 * @mem: mapped
 *
 * Return: 0 or -errno.
 */
int memory_make_writable(struct memory *mem);

/**
 * memory_in_movable() - may the kernel want a page of it back?
 * @mem: mapped, and in its page state
 *
 * Return: whether any page that is mapped lies in ZONE_MOVABLE or CMA.
 */
bool memory_in_movable(const struct memory *mem);

/**
 * memory_is_costly() - does every pin of it copy a gigantic page?
 * @mem: opened
 *
 * Under emulation that takes seconds, so that it has fewer page states, and
 * fewer questions must do.
 */
bool memory_is_costly(const struct memory *mem);

/** memory_unit() - base pages in a page of this memory */
static inline size_t memory_unit(const struct memory *mem)
{
	return mem->granule / page_size();
}

/**
 * memory_fault_in() - write to each page of a mapping, so that huge memory is
 *		       mapped up to the end of each huge page
 * @mem: mapped
 *
 * Return: 0, SKIP_NO_THP if the kernel gave smaller pages, or -errno.
 */
int memory_fault_in(struct memory *mem);

#endif /* GUP_PIN_MEMORY_H */
