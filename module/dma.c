// SPDX-License-Identifier: GPL-2.0-only
#include <linux/backing-dev.h>
#include <linux/iommu.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>
#include <linux/stop_machine.h>

#include "copy.h"
#include "dma.h"

/* A look takes so many pages at most: the whole machine waits for it. */
#define LOOK_PAGES	32

/**
 * struct look - what one look at a device's page table takes
 * @pdev: the device
 * @iova: where to begin
 * @want: pages to take
 * @nr: out: pages taken, each by a plain reference
 * @pages: out: the pages
 */
struct look {
	struct pci_dev *pdev;
	u64 iova;
	unsigned int want;
	unsigned int nr;
	struct page *pages[LOOK_PAGES];
};

/*
 * Page tables of the DMA API are none of a test's business, nor are those that a
 * driver fills.
 */
static struct iommu_domain *user_domain(struct pci_dev *pdev)
{
	struct iommu_domain *domain;

	if (!pdev->driver || !pdev->driver->driver_managed_dma)
		return NULL;
	domain = iommu_get_domain_for_dev(&pdev->dev);
	return domain && domain->type == IOMMU_DOMAIN_UNMANAGED ? domain : NULL;
}

/* What VFIO maps without a pin, such as MMIO, is not to be touched either. */
static struct page *page_at(struct iommu_domain *domain, u64 iova)
{
	phys_addr_t phys = iommu_iova_to_phys(domain, iova);
	struct page *page;

	if (!phys || !pfn_valid(PHYS_PFN(phys)))
		return NULL;
	page = pfn_to_page(PHYS_PFN(phys));
	return PageReserved(page) || is_pci_p2pdma_page(page) ? NULL : page;
}

/*
 * The locks that keep the domain, its page table and what that maps are private
 * to VFIO and to iommufd. So this runs while nothing else does (stop_machine()):
 * a domain is freed after it was detached, a table after it was unlinked, and a
 * page is unpinned after it was unmapped.
 */
static int take_mapped(void *data)
{
	struct look *look = data;
	struct iommu_domain *domain = user_domain(look->pdev);
	struct page *page;

	if (!domain)
		return -ENODEV;
	for (look->nr = 0; look->nr < look->want; look->nr++) {
		page = page_at(domain, look->iova + look->nr * PAGE_SIZE);
		if (!page)
			return -ENXIO;
		if (!folio_try_get(page_folio(page)))
			return -EUCLEAN;
		look->pages[look->nr] = page;
	}
	return 0;
}

static void put_taken(const struct look *look)
{
	unsigned int i;

	for (i = 0; i < look->nr; i++)
		put_page(look->pages[i]);
}

/* Of a file whose filesystem has to be told of writes? */
static bool is_written_back(struct page *page)
{
	struct folio *folio = page_folio(page);
	struct address_space *mapping;
	bool is;

	if (folio_test_anon(folio))
		return false;
	folio_lock(folio);
	mapping = folio_mapping(folio);
	is = mapping && mapping_can_writeback(mapping);
	folio_unlock(folio);
	return is;
}

/* Copy between the pages that were taken and @buf; count what is done in @io. */
static int copy_taken(const struct look *look, struct pin_probe_dma *io)
{
	bool write = io->flags & PIN_PROBE_DMA_WRITE;
	unsigned int i, at, n;
	int err;

	for (i = 0; i < look->nr; i++) {
		at = offset_in_page(io->iova);
		n = min_t(u64, io->len, PAGE_SIZE - at);
		if (write && is_written_back(look->pages[i]))
			return -EPERM;
		err = copy_page_part(look->pages[i], at,
				     u64_to_user_ptr(io->buf), n, write);
		if (err)
			return err;
		io->iova += n;
		io->buf += n;
		io->len -= n;
	}
	return 0;
}

static int copy_some(struct pci_dev *pdev, struct pin_probe_dma *io)
{
	unsigned int at = offset_in_page(io->iova);
	u64 len = min_t(u64, io->len, LOOK_PAGES * PAGE_SIZE - at);
	struct look look = {
		.pdev = pdev,
		.iova = io->iova - at,
		.want = len ? PFN_UP(at + len) : 0,
	};
	int err, copied;

	err = stop_machine(take_mapped, &look, NULL);
	copied = copy_taken(&look, io);
	put_taken(&look);
	return copied ? copied : err;
}

/**
 * dma_copy() - copy bytes where a device's DMA would go
 * @io: as user space gave it; consumed
 *
 * Return: 0, or -errno as struct pin_probe_dma tells them.
 */
int dma_copy(struct pin_probe_dma *io)
{
	struct pci_dev *pdev;
	u64 end;
	int err;

	if (io->flags & ~PIN_PROBE_DMA_WRITE)
		return -EINVAL;
	if (check_add_overflow(io->iova, io->len, &end))
		return -EOVERFLOW;
	pdev = pci_get_domain_bus_and_slot(io->device >> 16,
					   io->device >> 8 & 0xff,
					   io->device & 0xff);
	if (!pdev)
		return -ENODEV;
	do {
		err = fatal_signal_pending(current) ? -EINTR :
						      copy_some(pdev, io);
		cond_resched();
	} while (!err && io->len);
	pci_dev_put(pdev);
	return err;
}
