/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What pin_probe tells of the kernel: facts about pages, and which path GUP took.
 */
#ifndef PIN_PROBE_OBSERVE_H
#define PIN_PROBE_OBSERVE_H

#include <linux/mm_types.h>

#include "pin_probe.h"

void slow_count_init(void);
void slow_count_exit(void);

/* Return: a number for slow_count_stop(). */
int slow_count_start(void);

/* Return: entries of this task since the start, or PIN_PROBE_SLOW_UNKNOWN. */
u32 slow_count_stop(int slot);

/* Fill in all of @facts but the index. The caller holds a reference to @page. */
void page_facts(struct page *page, struct pin_probe_page *facts);

#endif /* PIN_PROBE_OBSERVE_H */
