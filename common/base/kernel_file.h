/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files of the kernel: procfs, sysfs, debugfs.
 */
#ifndef GUP_PIN_KERNEL_FILE_H
#define GUP_PIN_KERNEL_FILE_H

#include <stddef.h>
#include <sys/types.h>

/**
 * kernel_file_read_fd() - read from the start, to the end or until it holds a text
 * @fd: open for reading
 * @buf: filled, and ended by a NUL
 * @size: bytes of @buf
 * @until: a text; each further read makes the kernel write all of it again
 *
 * Return: the length, or -errno.
 */
ssize_t kernel_file_read_fd(int fd, char *buf, size_t size, const char *until);

/**
 * kernel_file_read() - read a whole file
 * @path: of the file
 * @buf: filled, and ended by a NUL
 * @size: bytes of @buf
 *
 * Return: the length, or -errno.
 */
ssize_t kernel_file_read(const char *path, char *buf, size_t size);

/**
 * kernel_file_line() - read the first line, without its newline
 * @path: of the file
 * @line: filled, and ended by a NUL
 * @size: bytes of @line
 *
 * Return: 0 or -errno.
 */
int kernel_file_line(const char *path, char *line, size_t size);

/**
 * kernel_file_write() - write a text in one go
 * @path: of the file
 * @text: for it
 *
 * Return: 0 or -errno.
 */
int kernel_file_write(const char *path, const char *text);

/** kernel_file_long() - the number that a file holds, -1 if it cannot be read */
long kernel_file_long(const char *path);

/** kernel_file_long_fd() - the same, of an open file */
long kernel_file_long_fd(int fd);

/**
 * kernel_file_field() - the number behind a name at the start of a line
 * @text: of a file
 * @name: with the separator that follows it
 *
 * Return: the number, 0 if there is none.
 */
long kernel_file_field(const char *text, const char *name);
/** meminfo_kb() - a number of /proc/meminfo by its name, with the colon; 0: none */
long meminfo_kb(const char *name);

#endif /* GUP_PIN_KERNEL_FILE_H */
