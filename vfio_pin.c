// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO: what is mapped for a device's DMA is pinned for long, and is what the
 * device reads and writes.
 *
 * Fixtures:
 *
 * longterm			long-term pins, of all memory
 * vfio_fails_whole		good pages, then bad ones: nothing is left of the attempt
 * vfio_address_limits		addresses that are not the process's, in VFIO's container
 * iommufd_address_limits	the same in iommufd's address space
 * iommufd_alone_address_limits	and in one without a device
 * vfio_zeropage_rounds		never written memory, mapped R/O again and again
 * vfio_dma			what the process writes the device reads, and back
 * vfio_dma_ro			the device reads what the process writes after a R/O map
 * vfio_dma_after_fork		the device stays with the parent
 * vfio_dma_write_blocked	a R/O map stops the device's writes
 * vfio_dma_after_unmap		after the unmap nothing reaches the memory
 *
 * The device needs 100 ms for each transfer: in admission pin_probe looks through
 * the IOMMU's page table instead, and the fixtures of DMA are few.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/observe/pins.h"
#include "common/pinners/edu.h"
#include "common/pinners/vfio.h"
#include "common/test/admission.h"
#include "common/harness.h"

PIN_FIXTURE_WHERE(longterm, ANY_ROW)

#define ROW(variant, ...) PIN_VARIANT(longterm, variant);
#include "common/contract/rows.h"
#undef ROW

PIN_TEST(longterm, vfio_type1_rw, admission, &pin_vfio_type1, RW)
PIN_TEST(longterm, vfio_type1_ro, admission, &pin_vfio_type1, RO)
PIN_TEST(longterm, iommufd_rw, admission, &pin_iommufd, RW)
PIN_TEST(longterm, iommufd_ro, admission, &pin_iommufd, RO)
PIN_TEST(longterm, iommufd_vfio_rw, admission, &pin_iommufd_vfio, RW)
PIN_TEST(longterm, iommufd_vfio_ro, admission, &pin_iommufd_vfio, RO)

static const struct reason reason_whole = {
	"a map that fails gives back what it had pinned and counted already",
	NULL
};

static const struct reason reason_device = {
	"the device reads and writes the pages that the process sees", NULL
};

/* VFIO pins 512 pages at once: the failure is in the second batch. */
#define GOOD_PAGES	(LARGE_BYTES / 4096 + 8)

/*
 * Good pages up to the end of the mapping, then a hole; or, before memory that is
 * denied, a few anonymous ones.
 */
static void fails_whole(const struct contract_row *row,
			const struct pinner *pinner)
{
	struct pin_test *t = test_open(row, pinner);
	struct range good = { .pages = 1 }, bad = good;
	struct promise promise = test_promise(t, UNTOUCHED, &bad, RW);
	long pins = 0;
	int ret;

	if (promise.err) {
		bad.before = NEIGHBOURS;
		good = (struct range){ .before = NEIGHBOURS };
	} else {
		good.pages = GOOD_PAGES;
		bad = (struct range){ .pages = GOOD_PAGES, .behind = 1 };
	}
	test_enter(t, bad.pages, UNTOUCHED, &bad);
	case_needs(memory_put_neighbours(t->mem, bad.before, 0));
	promise = test_promise(t, UNTOUCHED, &bad, RW);
	pins_balance(&pins);
	for (int i = 0; i < 3; i++) {
		ret = __test_pin(t, &bad, RW, "good pages, then bad ones");
		case_answer(promise.reason, promise.err, ret,
			    "good pages, then bad ones");
		if (!ret)
			test_unpin(t);
		nothing_is_pinned(pins, &reason_whole, "after the failure");
	}
	test_pin(t, &good, RW, "the good pages alone, at the same address");
}

PIN_FIXTURE_WHERE(vfio_fails_whole, IN_STATE(UNTOUCHED))
PIN_VARIANT(vfio_fails_whole, anon);
PIN_VARIANT(vfio_fails_whole, memfd_shared);
PIN_VARIANT(vfio_fails_whole, ext4_shared);
PIN_VARIANT(vfio_fails_whole, blkdev_shared);
PIN_TEST(vfio_fails_whole, vfio_type1_rw, fails_whole, &pin_vfio_type1)
PIN_TEST(vfio_fails_whole, iommufd_rw, fails_whole, &pin_iommufd)
PIN_TEST(vfio_fails_whole, iommufd_vfio_rw, fails_whole, &pin_iommufd_vfio)

#define KERNEL_ADDRESS	\
	-(1UL << 30), 1UL << 16, EFAULT, "the kernel's own addresses"

/*
 * Refused before any page is looked for, lest the sums wrap as well. Much longer
 * than what is pinned at once, which GUP would look at.
 */
#define WRAPPED	-(1UL << 26), 1UL << 27, REFUSED, "the end lies before the start"

LIMITS(vfio_address_limits)
LIMIT(vfio_address_limits, kernel_address, KERNEL_ADDRESS);
LIMIT(vfio_address_limits, wrapped, WRAPPED);
LIMIT_TEST(vfio_address_limits, vfio_type1)

LIMITS(iommufd_address_limits)
LIMIT(iommufd_address_limits, kernel_address, KERNEL_ADDRESS);
LIMIT_TEST(iommufd_address_limits, iommufd)

/* Without a device nothing is pinned, so that only iommufd itself can refuse. */
LIMITS(iommufd_alone_address_limits)
LIMIT(iommufd_alone_address_limits, wrapped, WRAPPED);
LIMIT_TEST_AS(iommufd_alone_address_limits, iommufd, iommufd_alone)

/*
 * The zeropage was pinned once in each round, and never given back: after 2^31
 * rounds its count wrapped.
 */
#define ROUNDS	10000

static const struct reason reason_zeropage = {
	"R/O maps of never written memory are unpinned like all others",
	FIXES({ "873aefb376bb", NULL, 6, 0 })
};

static void zeropage_rounds(const struct contract_row *row,
			    const struct pinner *pinner)
{
	const struct range range = { .pages = 1 };
	struct pin_test *t = test_open(row, pinner);
	long before = 0;

	test_enter(t, range.pages, UNTOUCHED, &range);
	pins_balance(&before);
	for (int i = 0; i < ROUNDS && !case_failed(); i++) {
		test_pin(t, &range, RO, "untouched");
		test_unpin(t);
		case_did(!madvise(t->mem->base, page_size(), MADV_DONTNEED),
			 "madvise(MADV_DONTNEED)");
	}
	case_pins(&reason_zeropage, before, 0, "after all rounds");
}

PIN_FIXTURE(vfio_zeropage_rounds)
PIN_VARIANT(vfio_zeropage_rounds, anon);
PIN_TEST(vfio_zeropage_rounds, vfio_type1_ro, zeropage_rounds, &pin_vfio_type1)
PIN_TEST(vfio_zeropage_rounds, iommufd_ro, zeropage_rounds, &pin_iommufd)

/*
 * Bytes of two neighbouring pages, at an odd place in both: pages that lie
 * side by side in the process need not in memory.
 */
#define DMA_PAGES	4
#define DMA_FIRST	1
#define DMA_OFFSET	(page_size() - 701)
#define DMA_BYTES	1503

struct dma {
	struct pin_test *t;
	struct edu edu;
	char *at;		/* the bytes */
	uint64_t iova;
};

static const struct range dma_range = { .first = DMA_FIRST,
					.pages = DMA_PAGES - DMA_FIRST };

static int close_edu(void *edu)
{
	edu_close(edu);
	return 0;
}

static struct dma *dma_begin(const struct contract_row *row,
			     const struct pinner *pinner, enum access access)
{
	struct dma *dma = malloc(sizeof(*dma));
	struct pin_test *t = test_open(row, pinner);
	enum page_state state = t->mem->states & BIT(READ_FAULTED) ?
				READ_FAULTED : UNTOUCHED;

	case_did(dma, "malloc");
	dma->t = t;
	case_needs(edu_open(&dma->edu, vfio_device(t->door)));
	case_own(close_edu, &dma->edu);
	test_enter(t, DMA_PAGES, state, &dma_range);
	test_pin(t, &dma_range, access, page_state_name[state]);
	dma->at = test_addr(t, &dma_range) + DMA_OFFSET;
	dma->iova = VFIO_IOVA + DMA_OFFSET;
	return dma;
}

static void fill(char *at, int which)
{
	for (int i = 0; i < DMA_BYTES; i++)
		at[i] = i * 7 + which;
}

static bool filled(const char *at, int which)
{
	char image[DMA_BYTES];

	fill(image, which);
	return !memcmp(at, image, DMA_BYTES);
}

static void fetch(struct dma *dma, uint64_t iova)
{
	case_needs(edu_fetch(&dma->edu, iova, DMA_BYTES));
}

static void store(struct dma *dma, uint64_t iova)
{
	case_needs(edu_store(&dma->edu, iova, DMA_BYTES));
}

/* The device gives back what it was given: it read it, and it wrote it. */
static void echo(struct dma *dma)
{
	fill(dma->at, 1);
	fetch(dma, dma->iova);
	fill(dma->at, 2);
	store(dma, dma->iova);
	if (filled(dma->at, 2))
		case_wrong(&reason_device,
			   "the device wrote elsewhere than the process looks");
	else if (!filled(dma->at, 1))
		case_wrong(&reason_device,
			   "the device read elsewhere than the process wrote");
}

static void dma(const struct contract_row *row, const struct pinner *pinner)
{
	echo(dma_begin(row, pinner, RW));
}

PIN_FIXTURE(vfio_dma)
PIN_VARIANT(vfio_dma, anon);
PIN_VARIANT(vfio_dma, anon_thp);
PIN_VARIANT(vfio_dma, memfd_shared);
PIN_VARIANT(vfio_dma, memfd_hugetlb_2m_shared);
PIN_VARIANT(vfio_dma, ext4_private);
PIN_TEST(vfio_dma, vfio_type1_rw, dma, &pin_vfio_type1)
PIN_TEST(vfio_dma, iommufd_rw, dma, &pin_iommufd)

/* Where the device writes what it could only read, for the process to see. */
#define BOUNCE_IOVA	(VFIO_IOVA + (64UL << 20))

static int unmap_bounce(void *door)
{
	size_t unmapped;

	return vfio_unmap(door, BOUNCE_IOVA, page_size(), &unmapped);
}

static char *map_bounce(struct door *door)
{
	char *bounce = case_mmap(page_size(), PROT_READ | PROT_WRITE, 0);
	int ret;

	case_watch("a page to write to", bounce, page_size());
	ret = vfio_map(door, bounce, BOUNCE_IOVA, page_size(), RW);
	watchdog_leave();
	errno = -ret;
	case_did(!ret, "map memory for the device");
	case_own(unmap_bounce, door);
	return bounce;
}

static void dma_ro(const struct contract_row *row, const struct pinner *pinner)
{
	struct dma *dma = dma_begin(row, pinner, RO);
	char *bounce = map_bounce(dma->t->door);

	/* A write that comes after the pin: COW must have been broken before. */
	fill(dma->at, 1);
	fetch(dma, dma->iova);
	store(dma, BOUNCE_IOVA);
	if (!filled(bounce, 1))
		case_wrong(&reason_coherent_ro,
			   "the device does not see what the process wrote");
}

PIN_FIXTURE(vfio_dma_ro)
PIN_VARIANT(vfio_dma_ro, anon);
PIN_VARIANT(vfio_dma_ro, ext4_private);
PIN_VARIANT(vfio_dma_ro, memfd_hugetlb_2m_private);
PIN_TEST(vfio_dma_ro, vfio_type1_ro, dma_ro, &pin_vfio_type1)

static long child_sees(int which, void *dma)
{
	return filled(((struct dma *)dma)->at, which);
}

static void dma_after_fork(const struct contract_row *row,
			   const struct pinner *pinner)
{
	struct dma *dma = dma_begin(row, pinner, RW);
	struct child *child;

	fill(dma->at, 3);
	child = case_fork(child_sees, dma);
	echo(dma);
	case_child_says(&reason_device, child, 3, true,
			"the child still has its bytes");
}

PIN_FIXTURE(vfio_dma_after_fork)
PIN_VARIANT(vfio_dma_after_fork, anon);
PIN_TEST(vfio_dma_after_fork, vfio_type1_rw, dma_after_fork, &pin_vfio_type1)

static const struct reason reason_stopped = {
	"a map without VFIO_DMA_MAP_FLAG_WRITE cannot be written by the device",
	NULL
};

/* The IOMMU's fault is in the kernel log, and is no complaint. */
static void dma_stopped(const struct contract_row *row,
			const struct pinner *pinner)
{
	struct dma *dma = dma_begin(row, pinner, RO);

	fill(dma->at, 1);
	fetch(dma, dma->iova);
	fill(dma->at, 2);
	store(dma, dma->iova);
	if (!filled(dma->at, 2))
		case_wrong(&reason_stopped, "the device wrote into a R/O map");
}

PIN_FIXTURE(vfio_dma_write_blocked)
PIN_VARIANT(vfio_dma_write_blocked, anon);
PIN_TEST(vfio_dma_write_blocked, vfio_type1_ro, dma_stopped, &pin_vfio_type1)

static const struct reason reason_unmapped = {
	"once it is unmapped, and unpinned, a device cannot reach the memory",
	NULL
};

static void dma_unmapped(const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct dma *dma = dma_begin(row, pinner, RW);

	fill(dma->at, 1);
	fetch(dma, dma->iova);
	fill(dma->at, 2);
	test_unpin(dma->t);
	store(dma, dma->iova);
	if (!filled(dma->at, 2))
		case_wrong(&reason_unmapped, "the device wrote after the unmap");
}

PIN_FIXTURE(vfio_dma_after_unmap)
PIN_VARIANT(vfio_dma_after_unmap, anon);
PIN_TEST(vfio_dma_after_unmap, vfio_type1_rw, dma_unmapped, &pin_vfio_type1)
PIN_TEST(vfio_dma_after_unmap, iommufd_rw, dma_unmapped, &pin_iommufd)
