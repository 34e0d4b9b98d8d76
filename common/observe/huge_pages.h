/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Huge pages: the pools of hugetlb, and transparent ones.
 */
#ifndef GUP_PIN_HUGE_PAGES_H
#define GUP_PIN_HUGE_PAGES_H

#include <stddef.h>

/**
 * thp_bytes() - size of a PMD-mapped transparent huge page
 *
 * Return: bytes, 0 if transparent huge pages are off or not there.
 */
size_t thp_bytes(void);

/**
 * hugetlb_unused() - pages of a pool that nobody uses or has reserved
 * @size: huge page size in bytes
 *
 * Return: the number, -1 if there is no pool of this size.
 */
long hugetlb_unused(size_t size);

/**
 * hugetlb_default_bytes() - size of the default huge page in bytes, 0: none
 */
size_t hugetlb_default_bytes(void);

/**
 * hugetlb_unused_bytes() - state of all pools in one number
 *
 * Return: unused bytes of all pools; as good as a list for seeing a change.
 */
long long hugetlb_unused_bytes(void);

#endif /* GUP_PIN_HUGE_PAGES_H */
