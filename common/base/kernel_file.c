// SPDX-License-Identifier: GPL-2.0-only
/* Small files of the kernel: procfs, sysfs, debugfs. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/kernel_file.h"
#include "base/page.h"

ssize_t kernel_file_read_fd(int fd, char *buf, size_t size, const char *until)
{
	size_t len = 0;
	ssize_t got;

	do {
		got = pread(fd, buf + len, size - 1 - len, len);
		if (got > 0)
			len += got;
		buf[len] = '\0';
	} while (got > 0 && !strstr(buf, until));
	return got < 0 ? -errno : (ssize_t)len;
}

ssize_t kernel_file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = kernel_file_read_fd(fd, buf, size, "\n\n");
	close(fd);
	return len;
}

int kernel_file_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, line, size - 1);
	close(fd);
	if (len < 0)
		return -EIO;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

int kernel_file_write(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line, strlen(line)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

long kernel_file_long(const char *path)
{
	char buf[64];

	return kernel_file_read(path, buf, sizeof(buf)) < 0 ? -1 : atol(buf);
}

long kernel_file_long_fd(int fd)
{
	char buf[64];

	return kernel_file_read_fd(fd, buf, sizeof(buf), "\n") < 0 ? -1 : atol(buf);
}

long kernel_file_field(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, name, len))
			return atol(text + len);
	}
	return 0;
}

long meminfo_kb(const char *name)
{
	char buf[4096];

	return kernel_file_read("/proc/meminfo", buf, sizeof(buf)) < 0 ?
		0 : kernel_file_field(buf, name);
}
