/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/self/smaps: mappings of this process.
 */
#ifndef GUP_PIN_SMAPS_H
#define GUP_PIN_SMAPS_H


/**
 * smaps_dirty_kb() - dirty memory of the mapping at an address
 * @addr: start of the mapping
 *
 * Return: KiB that are dirty in the page table or in the page cache
 * (Shared_Dirty and Private_Dirty of smaps), or -errno.
 */
long smaps_dirty_kb(const void *addr);

/**
 * smaps_has_flags() - does the mapping at an address have these flags?
 * @addr: start of the mapping
 * @flags: words of VmFlags in smaps, such as "pf" for VM_PFNMAP, "io" and "mm"; one
 *	   behind a "!" must not be there
 *
 * Return: 1 if so, 0 if not, or -errno.
 */
int smaps_has_flags(const void *addr, const char *flags);

/**
 * smaps_huge_kb() - what of a mapping is mapped as transparent huge pages
 * @addr: start of the mapping
 *
 * Return: KiB (AnonHugePages and ShmemPmdMapped of smaps), or -errno.
 */
long smaps_huge_kb(const void *addr);

#endif /* GUP_PIN_SMAPS_H */
