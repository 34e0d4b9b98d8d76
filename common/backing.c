// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of backings, and what all of them share: mapping, page states and
 * contents.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backing.h"
#include "guard.h"
#include "oracle.h"
#include "outcome.h"
#include "pagemap.h"

#define S_FRESH		BIT(UNTOUCHED)
#define S_SHMEM		(BIT(UNTOUCHED) | BIT(READ_FAULTED) | BIT(POPULATED) | \
			 BIT(READONLY))
#define S_FILE		(S_SHMEM | BIT(CLEAN))
#define S_ANON		(BIT(UNTOUCHED) | BIT(POPULATED) | BIT(READONLY))
#define S_ZERO		(BIT(READ_FAULTED) | BIT(READONLY))
#define S_DENIED	(BIT(UNTOUCHED) | BIT(POPULATED))
#define S_MAPPED	(BIT(POPULATED) | BIT(READONLY))

#define KiB		1024UL
#define MiB		(1024UL * KiB)
#define GiB		(1024UL * MiB)

#define FILE_FLAGS	(B_READABLE | B_WRITABLE | B_LARGE)

#define SCRATCH(_name, _states) \
	{ .name = #_name, .states = _states, .flags = FILE_FLAGS, \
	  .open = open_scratch_file, .arg = #_name }
#define DAX(_name) \
	{ .name = #_name, .states = S_SHMEM, .flags = FILE_FLAGS, \
	  .open = open_dax_file, .arg = #_name }
#define HUGETLB(_size, _bytes) \
	{ .name = "memfd_hugetlb_" #_size, .states = S_SHMEM, \
	  .flags = B_READABLE, .granule = (_bytes), .keep = keep_hugetlb, \
	  .open = open_hugetlb_memfd }

#define VVAR(_name, _vm_flags, _skip) \
	{ .name = _name, .states = BIT(READ_FAULTED), \
	  .flags = B_SOLITARY | B_READ_ONLY | B_KERNELS_BYTES, \
	  .open = open_vvar, .vm_flags = _vm_flags, .other_flags = _skip }

static const struct backing backings[] = {
	{ .name = "anon", .states = S_ANON, .map = map_anon },
	{ .name = "anon_thp", .states = S_ANON, .open = open_anon_thp,
	  .map = map_anon_thp, .check = check_anon_thp },
	{ .name = "anon_thp_pte", .states = S_MAPPED, .open = open_anon_thp,
	  .map = map_anon_thp, .check = split_anon_thp },
	{ .name = "zeropage", .states = S_ZERO, .flags = B_READ_ONLY,
	  .map = map_anon },
	{ .name = "huge_zeropage", .states = S_ZERO, .flags = B_READ_ONLY,
	  .open = open_anon_thp, .map = map_anon_thp,
	  .check = check_huge_zeropage },
	{ .name = "anon_prot_write", .states = S_DENIED, .flags = B_PROT_WRITE,
	  .map = map_anon },
	{ .name = "anon_hugetlb", .states = S_SHMEM,
	  .open = open_anon_hugetlb, .map = map_anon_hugetlb },
	{ .name = "shmem_anon", .states = S_SHMEM, .map = map_anon },
	{ .name = "sysv_shm", .states = S_SHMEM, .open = open_sysv_shm,
	  .map = map_sysv_shm },
	{ .name = "memfd", .states = S_SHMEM,
	  .flags = B_READABLE | B_WRITABLE,
	  .open = open_memfd },
	{ .name = "memfd_thp", .states = S_SHMEM, .flags = B_READABLE,
	  .open = open_memfd_thp },
	HUGETLB(64k, 64 * KiB),
	HUGETLB(1m, MiB),
	HUGETLB(2m, 2 * MiB),
	HUGETLB(16m, 16 * MiB),
	HUGETLB(32m, 32 * MiB),
	HUGETLB(256m, 256 * MiB),
	HUGETLB(512m, 512 * MiB),
	HUGETLB(1g, GiB),
	HUGETLB(2g, 2 * GiB),
	HUGETLB(16g, 16 * GiB),
	{ .name = "hugetlbfs", .states = S_SHMEM, .flags = B_READABLE,
	  .open = open_hugetlbfs },
	SCRATCH(tmpfs, S_SHMEM),
	SCRATCH(ramfs, S_SHMEM),
	SCRATCH(ext4, S_FILE),
	SCRATCH(xfs, S_FILE),
	SCRATCH(btrfs, S_FILE),
	SCRATCH(overlay, S_FILE),
	DAX(fsdax_ext4),
	DAX(fsdax_xfs),
	{ .name = "fsdax_ext4_huge", .states = S_SHMEM, .flags = B_READABLE,
	  .open = open_fsdax_huge, .check = check_fsdax_huge,
	  .arg = "fsdax_ext4" },
	{ .name = "tmpfile", .states = S_FILE, .flags = FILE_FLAGS,
	  .open = open_tmpfile },
	{ .name = "blkdev", .states = S_FILE, .flags = FILE_FLAGS,
	  .open = open_blkdev },
	{ .name = "secretmem", .states = S_ANON, .open = open_secretmem },
	{ .name = "guest_memfd", .states = S_FRESH, .flags = B_MAY_NOT_MAP,
	  .open = open_guest_memfd },
	{ .name = "guest_memfd_initshared", .states = S_SHMEM,
	  .open = open_guest_memfd, .arg = "init_shared" },
	{ .name = "pfnmap_udmabuf", .states = S_DENIED, .open = open_udmabuf,
	  .vm_flags = "pf", .other_flags = SKIP_NOT_PFNMAP },
	VVAR("pfnmap_vvar", "pf", SKIP_NOT_PFNMAP),
	VVAR("io_vvar", "io !pf", SKIP_NOT_IO),
	VVAR("mixedmap_vvar", "mm !io !pf", SKIP_NOT_MIXEDMAP),
	{ .name = "io_uring_ring", .states = S_MAPPED, .flags = B_SOLITARY,
	  .open = open_io_uring_ring },
	{ .name = "prot_none", .states = S_DENIED, .flags = B_PROT_NONE,
	  .map = map_anon },
	{ .name = "hole", .states = S_FRESH, .map = map_hole },
	{ .name = "beyond_eof", .states = S_FRESH, .open = open_memfd,
	  .map = map_past_eof },
};

const char *const page_state_name[NR_PAGE_STATES] = {
	[UNTOUCHED] = "untouched",
	[READ_FAULTED] = "read_faulted",
	[POPULATED] = "populated",
	[CLEAN] = "clean",
	[READONLY] = "readonly",
};

void backing_init(void)
{
	hugetlb_init();
}

const struct backing *backing_find(const char *name)
{
	for (size_t i = 0; i < sizeof(backings) / sizeof(*backings); i++)
		if (!strcmp(backings[i].name, name))
			return &backings[i];
	return NULL;
}

int touch(char *addr, bool write)
{
	char byte;
	int ret = __guard_copy(&byte, addr, 1);

	return ret || !write ? ret : __guard_copy(addr, &byte, 1);
}

/*
 * Each base page carries two tags, different in every page and every
 * generation: a uniform fill could not tell the right page from its neighbour.
 * They lie inside the page, so that a range that starts or ends in mid-page
 * still covers them.
 */
static size_t tag_offset(int which)
{
	return which ? page_size() / 4 * 3 - sizeof(uint64_t) : page_size() / 4;
}

static uint64_t tag_value(size_t page, uint32_t gen, int which)
{
	if (!gen)
		return 0;
	return (((uint64_t)gen << 32) | (page << 1) | which) *
	       0x9e3779b97f4a7c15ULL;
}

/*
 * Of a huge page larger than MAX_PAGES only a few pages at either end are ever
 * used, and these do not share a slot.
 */
static size_t slot(size_t page)
{
	return page % MAX_PAGES;
}

static uint32_t expected_gen(const struct memory *mem, size_t page)
{
	return mem->copy_gen[slot(page)] ?: mem->file_gen[slot(page)];
}

static void put_tag(char *image, size_t page, uint32_t gen)
{
	for (int which = 0; which < 2; which++) {
		uint64_t tag = tag_value(page, gen, which);

		memcpy(image + tag_offset(which), &tag, sizeof(tag));
	}
}

/* The same, into memory that may not be there. Return 0, or -EFAULT. */
static int write_tag(char *addr, size_t page, uint32_t gen)
{
	int ret = 0;

	for (int which = 0; which < 2 && !ret; which++) {
		uint64_t tag = tag_value(page, gen, which);

		ret = __guard_copy(addr + tag_offset(which), &tag, sizeof(tag));
	}
	return ret;
}

static bool has_tag(const char *image, size_t page, uint32_t gen)
{
	for (int which = 0; which < 2; which++) {
		uint64_t tag = tag_value(page, gen, which);

		if (memcmp(image + tag_offset(which), &tag, sizeof(tag)))
			return false;
	}
	return true;
}

void memory_expect(const struct memory *mem, size_t page, char *image)
{
	memset(image, 0, page_size());
	put_tag(image, page, expected_gen(mem, page));
}

bool memory_same_tag(const struct memory *mem, size_t page, const char *image)
{
	return has_tag(image, page, expected_gen(mem, page));
}

void memory_renew(struct memory *mem, size_t first, size_t pages)
{
	uint32_t *gen = mem->sharing == SHARED ? mem->file_gen : mem->copy_gen;

	mem->gen++;
	for (size_t page = first; page < first + pages; page++)
		gen[slot(page)] = mem->gen;
}

int memory_write(struct memory *mem, size_t first, size_t pages)
{
	int ret = 0;

	memory_renew(mem, first, pages);
	for (size_t page = first; page < first + pages && !ret; page++)
		ret = write_tag(mem->base + page * page_size(), page, mem->gen);
	return ret;
}

int memory_fault_in(struct memory *mem)
{
	size_t unit = memory_unit(mem);

	for (size_t page = 0; page < mem->len / page_size(); page += unit) {
		int ret = memory_write(mem, page, 1);

		if (ret)
			return fault(-ret, "touch %s", mem->backing->name);
		ret = pagemap_present(mem->base + bytes_of(page + unit - 1));
		if (ret < 0)
			return fault(-ret, "read pagemap");
		if (!ret)
			return SKIP_NO_THP;
	}
	return 0;
}

static int memory_read(struct memory *mem, size_t first, size_t pages)
{
	for (size_t page = first; page < first + pages; page++) {
		int ret = touch(mem->base + page * page_size(), false);

		if (ret)
			return ret;
	}
	return 0;
}

long memory_check_mapping(const struct memory *mem, size_t first, size_t pages)
{
	for (size_t page = first; page < first + pages; page++)
		if (!memory_same_tag(mem, page,
				     mem->base + page * page_size()))
			return page;
	return -1;
}

/* As many pages as are read or written at once: more would only cost memory. */
#define CHUNK	32

long memory_check_file(const struct memory *mem, size_t first, size_t pages)
{
	static char *image;
	size_t end = first + pages;

	if (!(mem->backing->flags & B_READABLE))
		return -1;
	if (!image)
		image = aligned_alloc(page_size(), CHUNK * page_size());
	for (size_t page = first; page < end; page++) {
		size_t nr = (page - first) % CHUNK;
		size_t todo = end - page < CHUNK ? end - page : CHUNK;

		if (!nr && pread(mem->fd, image, todo * page_size(),
				 page * page_size()) !=
			   (ssize_t)(todo * page_size()))
			return page;
		if (!has_tag(image + nr * page_size(), page,
			     mem->file_gen[slot(page)]))
			return page;
	}
	return -1;
}

static int fill_pages(struct memory *mem, size_t first, size_t pages)
{
	size_t size = pages * page_size();
	char *image = calloc(1, size);
	int ret = 0;

	if (!image)
		return fault(ENOMEM, "no memory for %zu pages", pages);
	for (size_t i = 0; i < pages; i++) {
		put_tag(image + i * page_size(), first + i, mem->gen);
		mem->file_gen[first + i] = mem->gen;
	}
	if (pwrite(mem->fd, image, size, first * page_size()) != (ssize_t)size)
		ret = fault(errno, "write %zu bytes to a %s file", size,
			    mem->backing->name);
	free(image);
	return ret;
}

/*
 * Give the file known bytes, without touching the mapping. Of a long file the
 * middle is a hole, known to be zeros: it is not what the states differ in.
 */
static int fill_file(struct memory *mem, size_t pages)
{
	size_t tagged = pages < FILL_PAGES ? pages : FILL_PAGES;
	int ret;

	if (pages <= mem->file_pages)
		return 0;
	mem->gen++;
	ret = fill_pages(mem, 0, tagged);
	if (!ret && pages > tagged)
		ret = fill_pages(mem, pages - 1, 1);
	if (!ret)
		mem->file_pages = pages;
	return ret;
}

/*
 * For files that pwrite(2) does not fill, or not with huge pages: write through
 * a shared mapping that exists only here.
 */
int memory_fill_shared(struct memory *mem, int (*prepare)(struct memory *))
{
	size_t last = memory_unit(mem) - FILL_PAGES;
	struct backing filler = *mem->backing;
	struct memory shared;
	int ret;

	filler.flags = 0;
	filler.map = NULL;
	shared = *mem;
	shared.backing = &filler;
	shared.sharing = SHARED;
	ret = memory_map(&shared, 1);
	if (ret)
		return ret;
	ret = prepare ? prepare(&shared) : 0;
	if (!ret && (memory_write(&shared, 0, FILL_PAGES) ||
		     memory_write(&shared, last, FILL_PAGES)))
		ret = fault(EFAULT, "touch %s", mem->backing->name);
	memory_unmap(&shared);
	memcpy(mem->file_gen, shared.file_gen, sizeof(mem->file_gen));
	mem->gen = shared.gen;
	return ret;
}

bool memory_is_costly(const struct memory *mem)
{
	return mem->granule >= 256 * MiB && mem->sharing == PRIVATE;
}

bool memory_in_movable(const struct memory *mem)
{
	for (char *at = mem->base; at < mem->base + mem->len; at += page_size()) {
		unsigned long frame = pagemap_frame(at);

		if (frame && oracle_in_movable(frame))
			return true;
	}
	return false;
}

int memory_open(struct memory *mem, const struct backing *backing,
		enum sharing sharing)
{
	int ret = 0;

	memset(mem, 0, sizeof(*mem));
	mem->backing = backing;
	mem->sharing = sharing;
	mem->fd = -1;
	mem->granule = backing->granule ?: page_size();
	mem->states = backing->states;
	/* Private copies are never written back. */
	if (sharing == PRIVATE)
		mem->states &= ~BIT(CLEAN);
	if (backing->open)
		ret = backing->open(mem);
	if (ret)
		memory_close(mem);
	else if (memory_is_costly(mem))
		mem->states &= BIT(READ_FAULTED) | BIT(POPULATED);
	return ret;
}

void memory_close(struct memory *mem)
{
	memory_unmap(mem);
	if (mem->fd >= 0)
		close(mem->fd);
	mem->fd = -1;
}

static int map_file(struct memory *mem)
{
	int flags = mem->sharing == SHARED ? MAP_SHARED : MAP_PRIVATE;

	if (mmap(mem->base, mem->len, PROT_READ | PROT_WRITE,
		 flags | MAP_FIXED, mem->fd, 0) == MAP_FAILED)
		return -errno;
	return 0;
}

/*
 * Find room for the mapping in the middle of an area of our own, so that what
 * lies before and behind it is known.
 */
static int reserve(struct memory *mem, size_t len)
{
	size_t align = mem->granule;
	uintptr_t start;

	mem->len = (len + align - 1) / align * align;
	mem->area_len = mem->len + align + 2 * NEIGHBOURS * page_size();
	mem->area = mmap(NULL, mem->area_len, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem->area == MAP_FAILED) {
		mem->area = NULL;
		return fault(errno, "reserve %zu bytes of addresses",
			     mem->area_len);
	}
	start = (uintptr_t)mem->area + NEIGHBOURS * page_size();
	mem->base = (char *)((start + align - 1) / align * align);
	return 0;
}

static int protect(struct memory *mem, int prot)
{
	if (mprotect(mem->base, mem->len, prot))
		return fault(errno, "mprotect %s", mem->backing->name);
	mem->writable = prot == (PROT_READ | PROT_WRITE);
	return 0;
}

int memory_make_writable(struct memory *mem)
{
	return protect(mem, PROT_READ | PROT_WRITE);
}

/* A row is about what the kernel decides by: is that what was mapped? */
static int check_vma(const struct memory *mem)
{
	const struct backing *backing = mem->backing;
	int has = backing->vm_flags ?
		oracle_vma_has(mem->base, backing->vm_flags) : 1;

	if (has < 0)
		return fault(-has, "read the flags of %s", backing->name);
	return has ? 0 : backing->other_flags;
}

int memory_map(struct memory *mem, size_t pages)
{
	const struct backing *backing = mem->backing;
	char *end;
	int ret;

	if (backing->flags & B_WRITABLE) {
		ret = fill_file(mem, pages);
		if (ret)
			return ret;
	}
	memset(mem->copy_gen, 0, sizeof(mem->copy_gen));
	mem->behind = 0;
	/* What open() mapped stays: only undo the last probe's mprotect. */
	if (backing->flags & B_SOLITARY)
		return check_vma(mem) ?:
		       (backing->flags & B_READ_ONLY ?
			0 : memory_make_writable(mem));
	mem->writable = true;
	ret = reserve(mem, pages * page_size());
	if (ret)
		return ret;
	ret = backing->map ? backing->map(mem) : map_file(mem);
	if (ret) {
		memory_unmap(mem);
		if (ret > 0 ||
		    (ret == -ENODEV && (backing->flags & B_MAY_NOT_MAP)))
			return ret;
		return fault(-ret, "map %s", backing->name);
	}
	end = mem->base + mem->len;
	munmap(end, mem->area + mem->area_len - end);
	mem->area_len = end - mem->area;
	ret = check_vma(mem);
	if (ret)
		memory_unmap(mem);
	return ret;
}

void memory_unmap(struct memory *mem)
{
	if (mem->area)
		munmap(mem->area, mem->area_len);
	mem->area = NULL;
	mem->area_len = 0;
}

/* Map populated anonymous pages. */
static int put_pages(char *addr, size_t pages, int flags)
{
	if (pages && mmap(addr, pages * page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | flags, -1,
			  0) == MAP_FAILED)
		return fault(errno, "map a neighbour");
	for (size_t i = 0; i < pages; i++)
		addr[i * page_size()] = 1;
	return 0;
}

int memory_put_neighbours(struct memory *mem, size_t before, size_t behind)
{
	int ret = put_pages(mem->base - before * page_size(), before,
			    MAP_FIXED);

	if (ret)
		return ret;
	mem->behind = behind;
	mem->area_len += behind * page_size();
	return put_pages(mem->base + mem->len, behind, MAP_FIXED_NOREPLACE);
}

int memory_check_hole(const struct memory *mem)
{
	unsigned char present;

	if (!mincore(mem->base + mem->len, page_size(), &present))
		return fault(EEXIST, "something was mapped into the hole");
	return 0;
}

static int write_back(struct memory *mem, size_t first, size_t pages)
{
	char *start = mem->base + first * page_size();
	long dirty;

	if (msync(start, pages * page_size(), MS_SYNC))
		return fault(errno, "msync %s", mem->backing->name);
	dirty = oracle_dirty_kb(mem->base);
	if (dirty)
		return fault(dirty < 0 ? -dirty : EBUSY,
			     "%s still dirty after msync", mem->backing->name);
	return 0;
}

static int populate(struct memory *mem, enum page_state state, size_t first,
		    size_t pages)
{
	bool read = state == READ_FAULTED || mem->backing->flags & B_READ_ONLY;
	int ret;

	if (state == UNTOUCHED)
		return 0;
	ret = read ? memory_read(mem, first, pages) :
		     memory_write(mem, first, pages);
	if (ret)
		return fault(-ret, "touch %s", mem->backing->name);
	return mem->backing->check ? mem->backing->check(mem) : 0;
}

int memory_enter(struct memory *mem, enum page_state state, size_t first,
		 size_t pages)
{
	int ret = populate(mem, state, first, pages);

	if (ret)
		return ret;
	if (state == CLEAN)
		return write_back(mem, first, pages);
	if (state == READONLY)
		return protect(mem, PROT_READ);
	if (mem->backing->flags & B_PROT_NONE)
		return protect(mem, PROT_NONE);
	if (mem->backing->flags & B_PROT_WRITE)
		return protect(mem, PROT_WRITE);
	return 0;
}
