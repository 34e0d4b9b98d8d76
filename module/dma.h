/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a device's DMA goes, by the IOMMU's page table.
 */
#ifndef PIN_PROBE_DMA_H
#define PIN_PROBE_DMA_H

#include "pin_probe.h"

int dma_copy(struct pin_probe_dma *io);

#endif /* PIN_PROBE_DMA_H */
