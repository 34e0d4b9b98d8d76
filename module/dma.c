// SPDX-License-Identifier: GPL-2.0-only
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/sched/signal.h>

#include "copy.h"
#include "dma.h"

/* Page tables of the DMA API are none of a test's business. */
static struct iommu_domain *user_domain(struct pci_dev *pdev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(&pdev->dev);

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
	return PageReserved(page) ? NULL : page;
}

static int copy_domain(struct iommu_domain *domain,
		       const struct pin_probe_dma *io)
{
	char __user *buf = u64_to_user_ptr(io->buf);
	u64 iova = io->iova, end, n;
	struct page *page;
	int err;

	if (check_add_overflow(io->iova, io->len, &end))
		return -EOVERFLOW;
	for (; iova < end; iova += n, buf += n) {
		if (fatal_signal_pending(current))
			return -EINTR;
		page = page_at(domain, iova);
		if (!page)
			return -ENXIO;
		n = min_t(u64, end - iova, PAGE_SIZE - offset_in_page(iova));
		err = copy_page_part(page, offset_in_page(iova), buf, n,
				     io->flags & PIN_PROBE_DMA_WRITE);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/**
 * dma_copy() - copy bytes where a device's DMA would go
 * @io: as user space gave it
 *
 * Return: 0, or -errno as struct pin_probe_dma tells them.
 */
int dma_copy(const struct pin_probe_dma *io)
{
	struct iommu_domain *domain;
	struct pci_dev *pdev;
	int err = -ENODEV;

	if (io->flags & ~PIN_PROBE_DMA_WRITE)
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(io->device >> 16,
					   io->device >> 8 & 0xff,
					   io->device & 0xff);
	if (!pdev)
		return -ENODEV;
	domain = user_domain(pdev);
	if (domain)
		err = copy_domain(domain, io);
	pci_dev_put(pdev);
	return err;
}
