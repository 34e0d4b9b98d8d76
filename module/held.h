/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an open file holds: the commands that take, look at and release it.
 */
#ifndef PIN_PROBE_HELD_H
#define PIN_PROBE_HELD_H

#include <linux/mutex.h>

#include "gup.h"

/* Up to the last member: see GUP_BYTES. */
#define LONGTERM_BYTES	offsetofend(struct pin_probe_longterm, flags)

/**
 * struct probe_file - what an open file owns
 * @lock: held for the whole of an ioctl
 * @held: the pages that are held; pages is NULL if there are none
 * @written: the held pages were written to and have to be marked dirty
 */
struct probe_file {
	struct mutex lock;
	struct page_set held;
	bool written;
};

/* All of them hold @lock. Return: 0 or -errno. */
int longterm_start(struct probe_file *probe, const void __user *arg);
void longterm_stop(struct probe_file *probe);
int read_all(struct probe_file *probe, const void __user *arg);
int read_or_write(struct probe_file *probe, unsigned int cmd,
		  const void __user *arg);
int pin_any(struct probe_file *probe, struct pin_probe_pin __user *arg);
int unpin_some(struct probe_file *probe, const void __user *arg);
int compare_pages(struct probe_file *probe,
		  struct pin_probe_same __user *arg);
int tell_page(struct probe_file *probe, struct pin_probe_page __user *arg);

#endif /* PIN_PROBE_HELD_H */
