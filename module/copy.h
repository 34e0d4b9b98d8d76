/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copy between a page of the kernel's choice and a user buffer.
 */
#ifndef PIN_PROBE_COPY_H
#define PIN_PROBE_COPY_H

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

/* Return: 0, -EFAULT of the buffer, or -EHWPOISON. */
static inline int copy_page_part(struct page *page, unsigned int offset,
				 char __user *buf, unsigned int n, bool write)
{
	unsigned long left;
	char *kaddr;

	/* Touching real poison from here would be a machine check. */
	if (PageHWPoison(page))
		return -EHWPOISON;
	kaddr = kmap_local_page(page);
	if (write) {
		left = copy_from_user(kaddr + offset, buf, n);
		flush_dcache_page(page);
	} else {
		left = copy_to_user(buf, kaddr + offset, n);
	}
	kunmap_local(kaddr);
	return left ? -EFAULT : 0;
}

#endif /* PIN_PROBE_COPY_H */
