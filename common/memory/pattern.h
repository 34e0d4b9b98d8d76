/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bytes of a memory must be: each base page carries tags of its own, which
 * are others each time that it is written.
 */
#ifndef GUP_PIN_PATTERN_H
#define GUP_PIN_PATTERN_H

#include "memory/memory.h"

/**
 * touch() - read or write one byte as the process would
 * @addr: where
 * @write: write back what was read, or only read
 *
 * Return: 0, or -EFAULT where the process would have got SIGBUS or SIGSEGV.
 */
int touch(char *addr, bool write);

/**
 * memory_write() - write a new tag into each page through the mapping
 * @mem: mapped, writable
 * @first: first base page
 * @pages: number of base pages
 *
 * Return: 0, or -EFAULT where the process itself may not write.
 */
int memory_write(struct memory *mem, size_t first, size_t pages);

/**
 * memory_expect() - what a page's bytes must be, as the process sees them
 * @mem: mapped
 * @page: base page
 * @image: filled with page_size() bytes: zeros and the tag
 */
void memory_expect(const struct memory *mem, size_t page, char *image);

/**
 * memory_renew() - a new expectation, for bytes that something else will write
 * @mem: mapped
 * @first: first base page
 * @pages: number of base pages
 *
 * Until they are written the memory does not match its expectation.
 */
void memory_renew(struct memory *mem, size_t first, size_t pages);

/**
 * memory_same_tag() - does a page image carry the expected tag?
 * @mem: mapped
 * @page: base page
 * @image: page_size() bytes
 */
bool memory_same_tag(const struct memory *mem, size_t page, const char *image);

/**
 * memory_check_mapping() - are the bytes seen through the mapping as expected?
 * @mem: mapped
 * @first: first base page
 * @pages: number of base pages
 *
 * Return: the first wrong page, -1 if all are right.
 */
long memory_check_mapping(const struct memory *mem, size_t first, size_t pages);

/**
 * memory_check_file() - are the file's bytes as expected?
 * @mem: opened
 * @first: first base page
 * @pages: number of base pages
 *
 * Return: the first wrong page, -1 if all are right or there is no file that
 * can be read.
 */
long memory_check_file(const struct memory *mem, size_t first, size_t pages);

/**
 * memory_read() - read a byte of each page through the mapping
 * @mem: mapped
 * @first: first base page
 * @pages: number of base pages
 *
 * Return: 0, or -EFAULT where the process itself may not read.
 */
int memory_read(struct memory *mem, size_t first, size_t pages);

/**
 * memory_fill_file() - give a file known bytes, without touching the mapping
 * @mem: opened, with a file that pwrite(2) fills
 * @pages: that will be mapped
 *
 * Return: 0 or -errno.
 */
int memory_fill_file(struct memory *mem, size_t pages);

/** memory_lose_copies() - private copies are gone: what was the file's is there */
void memory_lose_copies(struct memory *mem);

/** memory_lose_file() - the file's bytes are gone: zeros are there */
void memory_lose_file(struct memory *mem);

#endif /* GUP_PIN_PATTERN_H */
