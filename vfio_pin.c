// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO: what is mapped for a device's DMA is pinned for long, and is what the
 * device reads and writes.
 *
 * Fixtures:
 *
 * admission		long-term pins, of all memory
 * container		some of that through iommufd in the place of VFIO's container
 * fails_whole		good pages, then bad ones: nothing is left of the attempt
 * container_limits	addresses that are not the process's, in VFIO's container
 * ioas_limits		the same in iommufd's address space
 * ioas_alone_limits	and in one without a device
 * zeropage_rounds	never written memory, mapped R/O again and again
 * dma			what the process writes the device reads, and back
 * dma_ro		the device reads what the process writes after a R/O map
 * dma_after_fork	the device stays with the parent
 * dma_stopped		a R/O map stops the device's writes
 * dma_unmapped		after the unmap nothing reaches the memory
 *
 * The device needs 100 ms for each transfer: in admission pin_probe looks through
 * the IOMMU's page table instead, and the fixtures of DMA are few.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "common/admission.h"
#include "common/child.h"
#include "common/edu.h"
#include "common/limits.h"
#include "common/oracle.h"
#include "common/vfio.h"

SCENES_WHERE(admission, ANY_ROW)

#define ROW(variant, ...) SCENES_ROW(admission, variant);
#include "common/contract_rows.h"
#undef ROW

SCENE(admission, vfio_type1_rw, admission, &pin_vfio_type1, RW)
SCENE(admission, vfio_type1_ro, admission, &pin_vfio_type1, RO)
SCENE(admission, iommufd_rw, admission, &pin_iommufd, RW)
SCENE(admission, iommufd_ro, admission, &pin_iommufd, RO)

/* Behind the container's interface, iommufd's own code: one of each verdict. */
SCENES_WHERE(container, ANY_ROW)
SCENES_ROW(container, anon);
SCENES_ROW(container, zeropage);
SCENES_ROW(container, memfd_shared);
SCENES_ROW(container, memfd_private);
SCENES_ROW(container, memfd_hugetlb_2m_shared);
SCENES_ROW(container, ext4_shared);
SCENES_ROW(container, ext4_private);
SCENES_ROW(container, secretmem);
SCENE(container, iommufd_vfio_rw, admission, &pin_iommufd_vfio, RW)
SCENE(container, iommufd_vfio_ro, admission, &pin_iommufd_vfio, RO)

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
static void fails_whole(struct __test_metadata *_metadata,
			const struct contract_row *row,
			const struct pinner *pinner)
{
	struct range good = { .pages = 1 }, bad = good;
	struct promise promise;
	struct scene scene;
	long pins = 0;
	int ret;

	if (!scene_open(_metadata, &scene, row, pinner) ||
	    !case_has(_metadata, contract_promise(row, &scene.mem, UNTOUCHED,
						  &bad, pinner, RW, &promise)))
		return;
	if (promise.err) {
		bad.before = NEIGHBOURS;
		good = (struct range){ .before = NEIGHBOURS };
	} else {
		good.pages = GOOD_PAGES;
		bad = (struct range){ .pages = GOOD_PAGES, .behind = 1 };
	}
	if (!scene_enter(_metadata, &scene, bad.pages, UNTOUCHED, &bad) ||
	    !case_has(_metadata,
		      memory_put_neighbours(&scene.mem, bad.before, 0)) ||
	    !case_has(_metadata, contract_promise(row, &scene.mem, UNTOUCHED,
						  &bad, pinner, RW, &promise)))
		return;
	oracle_pin_balance(&pins);
	for (int i = 0; i < 3; i++) {
		ret = scene_pin(&scene, &bad, RW, "good pages, then bad ones");
		if (!contract_kept(promise.err, ret))
			case_wrong(_metadata, promise.reason,
				   "expected %s, seen %s",
				   errno_name(promise.err), errno_name(-ret));
		if (!ret)
			scene_unpin(_metadata, &scene);
		nothing_is_pinned(_metadata, pins, &reason_whole,
				  "after the failure");
	}
	if (scene_pinned(_metadata, &scene, &good, RW,
			 "the good pages alone, at the same address"))
		scene_unpin(_metadata, &scene);
	scene_leave(_metadata, &scene);
}

SCENES_WHERE(fails_whole, IN_STATE(UNTOUCHED))
SCENES_ROW(fails_whole, anon);
SCENES_ROW(fails_whole, memfd_shared);
SCENES_ROW(fails_whole, ext4_shared);
SCENES_ROW(fails_whole, blkdev_shared);
SCENE(fails_whole, vfio_type1_rw, fails_whole, &pin_vfio_type1)
SCENE(fails_whole, iommufd_rw, fails_whole, &pin_iommufd)
SCENE(fails_whole, iommufd_vfio_rw, fails_whole, &pin_iommufd_vfio)

#define KERNEL_ADDRESS	{ .limit = { \
	-(1UL << 30), 1UL << 16, EFAULT, "the kernel's own addresses", \
} }

/*
 * Refused before any page is looked for, lest the sums wrap as well. Much longer
 * than what is pinned at once, which GUP would look at.
 */
#define WRAPPED	{ .limit = { \
	-(1UL << 26), 1UL << 27, REFUSED, "the end lies before the start", \
} }

LIMITS(container_limits)
FIXTURE_VARIANT_ADD(container_limits, kernel_address) KERNEL_ADDRESS;
FIXTURE_VARIANT_ADD(container_limits, wrapped) WRAPPED;
LIMIT(container_limits, vfio_type1, vfio_type1)

LIMITS(ioas_limits)
FIXTURE_VARIANT_ADD(ioas_limits, kernel_address) KERNEL_ADDRESS;
LIMIT(ioas_limits, iommufd, iommufd)

/* Without a device nothing is pinned, so that only iommufd itself can refuse. */
LIMITS(ioas_alone_limits)
FIXTURE_VARIANT_ADD(ioas_alone_limits, wrapped) WRAPPED;
LIMIT(ioas_alone_limits, iommufd, iommufd_alone)

/*
 * The zeropage was pinned once in each round, and never given back: after 2^31
 * rounds its count wrapped.
 */
#define ROUNDS	10000

static const struct reason reason_zeropage = {
	"R/O maps of never written memory are unpinned like all others",
	FIXES({ "873aefb376bb", NULL, 6, 0 })
};

static void zeropage_rounds(struct __test_metadata *_metadata,
			    const struct contract_row *row,
			    const struct pinner *pinner)
{
	struct range range = { .pages = 1 };
	long before = 0, after = 0;
	struct scene scene;

	if (!scene_open(_metadata, &scene, row, pinner) ||
	    !scene_enter(_metadata, &scene, range.pages, UNTOUCHED, &range))
		return;
	oracle_pin_balance(&before);
	for (int i = 0; i < ROUNDS && _metadata->exit_code == KSFT_PASS; i++) {
		if (scene_pinned(_metadata, &scene, &range, RO, "untouched"))
			scene_unpin(_metadata, &scene);
		madvise(scene.mem.base, page_size(), MADV_DONTNEED);
	}
	oracle_pin_balance(&after);
	if (before != after)
		case_wrong(_metadata, &reason_zeropage,
			   "after %d rounds: %ld pages are still pinned",
			   ROUNDS, after - before);
	scene_leave(_metadata, &scene);
}

SCENES(zeropage_rounds)
SCENES_ROW(zeropage_rounds, anon);
SCENE(zeropage_rounds, vfio_type1_ro, zeropage_rounds, &pin_vfio_type1)
SCENE(zeropage_rounds, iommufd_ro, zeropage_rounds, &pin_iommufd)

/*
 * Bytes of two neighbouring pages, at an odd place in both: pages that lie
 * side by side in the process need not in memory.
 */
#define DMA_PAGES	4
#define DMA_FIRST	1
#define DMA_OFFSET	(page_size() - 701)
#define DMA_BYTES	1503

struct dma {
	struct scene scene;
	struct edu edu;
	char *at;		/* the bytes */
	uint64_t iova;
};

static const struct range dma_range = { .first = DMA_FIRST,
					.pages = DMA_PAGES - DMA_FIRST };

static bool dma_begin(struct __test_metadata *_metadata, struct dma *dma,
		      const struct contract_row *row,
		      const struct pinner *pinner, enum access access)
{
	struct scene *scene = &dma->scene;
	enum page_state state;

	if (!scene_open(_metadata, scene, row, pinner) ||
	    !case_has(_metadata,
		      edu_open(&dma->edu, vfio_device(&scene->door))))
		return false;
	state = scene->mem.states & BIT(READ_FAULTED) ? READ_FAULTED :
							UNTOUCHED;
	if (!scene_enter(_metadata, scene, DMA_PAGES, state, &dma_range) ||
	    !scene_pinned(_metadata, scene, &dma_range, access,
			  page_state_name[state]))
		return false;
	dma->at = (char *)scene_at(scene, &dma_range) + DMA_OFFSET;
	dma->iova = VFIO_IOVA + DMA_OFFSET;
	return true;
}

static void dma_end(struct __test_metadata *_metadata, struct dma *dma)
{
	edu_close(&dma->edu);
	scene_leave(_metadata, &dma->scene);
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

static bool fetched(struct __test_metadata *_metadata, struct dma *dma,
		    uint64_t iova)
{
	return case_has(_metadata, edu_fetch(&dma->edu, iova, DMA_BYTES));
}

static bool stored(struct __test_metadata *_metadata, struct dma *dma,
		   uint64_t iova)
{
	return case_has(_metadata, edu_store(&dma->edu, iova, DMA_BYTES));
}

/* The device gives back what it was given: it read it, and it wrote it. */
static void echo(struct __test_metadata *_metadata, struct dma *dma)
{
	fill(dma->at, 1);
	if (!fetched(_metadata, dma, dma->iova))
		return;
	fill(dma->at, 2);
	if (!stored(_metadata, dma, dma->iova))
		return;
	if (filled(dma->at, 2))
		case_wrong(_metadata, &reason_device,
			   "the device wrote elsewhere than the process looks");
	else if (!filled(dma->at, 1))
		case_wrong(_metadata, &reason_device,
			   "the device read elsewhere than the process wrote");
}

static void dma(struct __test_metadata *_metadata,
		const struct contract_row *row, const struct pinner *pinner)
{
	struct dma dma;

	if (!dma_begin(_metadata, &dma, row, pinner, RW))
		return;
	echo(_metadata, &dma);
	scene_unpin(_metadata, &dma.scene);
	dma_end(_metadata, &dma);
}

SCENES(dma)
SCENES_ROW(dma, anon);
SCENES_ROW(dma, anon_thp);
SCENES_ROW(dma, memfd_shared);
SCENES_ROW(dma, memfd_hugetlb_2m_shared);
SCENES_ROW(dma, ext4_private);
SCENE(dma, vfio_type1_rw, dma, &pin_vfio_type1)
SCENE(dma, iommufd_rw, dma, &pin_iommufd)

/* Where the device writes what it could only read, for the process to see. */
#define BOUNCE_IOVA	(VFIO_IOVA + (64UL << 20))

static void dma_ro(struct __test_metadata *_metadata,
		   const struct contract_row *row, const struct pinner *pinner)
{
	size_t unmapped;
	struct dma dma;
	char *bounce;

	if (!dma_begin(_metadata, &dma, row, pinner, RO))
		return;
	bounce = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!case_did(_metadata, bounce != MAP_FAILED, "map memory") ||
	    !case_did(_metadata,
		      !vfio_map(&dma.scene.door, bounce, BOUNCE_IOVA,
				page_size(), RW), "map memory for the device"))
		return;
	/* A write that comes after the pin: COW must have been broken before. */
	fill(dma.at, 1);
	if (!fetched(_metadata, &dma, dma.iova) ||
	    !stored(_metadata, &dma, BOUNCE_IOVA))
		return;
	if (!filled(bounce, 1))
		case_wrong(_metadata, &reason_truth_ro,
			   "the device does not see what the process wrote");
	EXPECT_EQ(0, vfio_unmap(&dma.scene.door, BOUNCE_IOVA, page_size(),
				&unmapped));
	munmap(bounce, page_size());
	scene_unpin(_metadata, &dma.scene);
	dma_end(_metadata, &dma);
}

SCENES(dma_ro)
SCENES_ROW(dma_ro, anon);
SCENES_ROW(dma_ro, ext4_private);
SCENES_ROW(dma_ro, memfd_hugetlb_2m_private);
SCENE(dma_ro, vfio_type1_ro, dma_ro, &pin_vfio_type1)

static long child_sees(int which, void *dma)
{
	return filled(((struct dma *)dma)->at, which);
}

static void dma_after_fork(struct __test_metadata *_metadata,
			   const struct contract_row *row,
			   const struct pinner *pinner)
{
	struct child child;
	struct dma dma;
	long same;

	if (!dma_begin(_metadata, &dma, row, pinner, RW))
		return;
	fill(dma.at, 3);
	if (!case_has(_metadata, child_fork(&child, child_sees, &dma)))
		return;
	echo(_metadata, &dma);
	if (!case_has(_metadata, child_ask(&child, 3, &same)))
		return;
	if (!same)
		case_wrong(_metadata, &reason_device,
			   "the device wrote into the child's memory");
	child_end(&child);
	scene_unpin(_metadata, &dma.scene);
	dma_end(_metadata, &dma);
}

SCENES(dma_after_fork)
SCENES_ROW(dma_after_fork, anon);
SCENE(dma_after_fork, vfio_type1_rw, dma_after_fork, &pin_vfio_type1)

static const struct reason reason_stopped = {
	"a map without VFIO_DMA_MAP_FLAG_WRITE cannot be written by the device",
	NULL
};

/* The IOMMU's fault is in the kernel log, and is no complaint. */
static void dma_stopped(struct __test_metadata *_metadata,
			const struct contract_row *row,
			const struct pinner *pinner)
{
	struct dma dma;

	if (!dma_begin(_metadata, &dma, row, pinner, RO))
		return;
	fill(dma.at, 1);
	if (!fetched(_metadata, &dma, dma.iova))
		return;
	fill(dma.at, 2);
	if (!stored(_metadata, &dma, dma.iova))
		return;
	if (!filled(dma.at, 2))
		case_wrong(_metadata, &reason_stopped,
			   "the device wrote into a R/O map");
	scene_unpin(_metadata, &dma.scene);
	dma_end(_metadata, &dma);
}

SCENES(dma_stopped)
SCENES_ROW(dma_stopped, anon);
SCENE(dma_stopped, vfio_type1_ro, dma_stopped, &pin_vfio_type1)

static const struct reason reason_unmapped = {
	"once it is unmapped, and unpinned, a device cannot reach the memory",
	NULL
};

static void dma_unmapped(struct __test_metadata *_metadata,
			 const struct contract_row *row,
			 const struct pinner *pinner)
{
	struct dma dma;

	if (!dma_begin(_metadata, &dma, row, pinner, RW))
		return;
	fill(dma.at, 1);
	if (!fetched(_metadata, &dma, dma.iova))
		return;
	fill(dma.at, 2);
	scene_unpin(_metadata, &dma.scene);
	if (!stored(_metadata, &dma, dma.iova))
		return;
	if (!filled(dma.at, 2))
		case_wrong(_metadata, &reason_unmapped,
			   "the device wrote after the unmap");
	dma_end(_metadata, &dma);
}

SCENES(dma_unmapped)
SCENES_ROW(dma_unmapped, anon);
SCENE(dma_unmapped, vfio_type1_rw, dma_unmapped, &pin_vfio_type1)
SCENE(dma_unmapped, iommufd_rw, dma_unmapped, &pin_iommufd)
