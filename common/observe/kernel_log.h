/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel says of its own health: the log and the taint mask.
 */
#ifndef GUP_PIN_KERNEL_LOG_H
#define GUP_PIN_KERNEL_LOG_H

#include <stddef.h>

/**
 * kernel_taint() - the taint mask, without the bits that loading an
 * out-of-tree, unsigned module sets
 */
unsigned long kernel_taint(void);

/**
 * kernel_log_mark() - complaints of the kernel are from now on new
 */
void kernel_log_mark(void);

/**
 * kernel_log_complaint() - did the kernel complain since the mark?
 * @line: filled with the first complaint
 * @size: bytes of @line
 *
 * A complaint is a WARNING, BUG, Oops, a sanitizer's report, a stall, or a
 * negative pin counter. Each is reported once.
 *
 * Return: 1 if there was one, 0 if not or the log cannot be read.
 */
int kernel_log_complaint(char *line, size_t size);

#endif /* GUP_PIN_KERNEL_LOG_H */
