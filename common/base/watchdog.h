/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watchdog ends a pin that loops in the kernel for ever.
 *
 * Only a fatal signal from another process does that: limits of CPU time and
 * the process's own timers act on the way back to user space, which is never
 * taken. It counts CPU time, because on a busy machine wall time proves nothing.
 */
#ifndef GUP_PIN_WATCHDOG_H
#define GUP_PIN_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Bytes of a text that names a pin. */
#define WATCHDOG_TEXT	128

/**
 * watchdog_start() - start the watching process
 *
 * To be called once, before any case is forked. It ends with the caller.
 *
 * Return: 0 or -errno.
 */
int watchdog_start(void);

/**
 * watchdog_enter() - this process asks for a pin now
 * @where: what is pinned, for watchdog_victim()
 * @page: the largest page in bytes that the kernel may have to clear or copy
 * @pages: base pages, each of which may be a fault
 */
void watchdog_enter(const char *where, size_t page, size_t pages);

/** watchdog_leave() - the pin has returned */
void watchdog_leave(void);

/**
 * watchdog_victim() - the pin that did not return
 *
 * @killed: set to whether the watchdog ended it; if not, the kernel has killed
 *	    the process, in an oops most likely
 *
 * For the parent of a case that has ended.
 *
 * Return: what was pinned, NULL if every pin has returned.
 */
const char *watchdog_victim(bool *killed);

/**
 * watchdog_cpu_ms() - CPU time of a process
 * @pid: of the process, 0: the caller
 *
 * Return: milliseconds, -1 if there is no such process.
 */
long watchdog_cpu_ms(pid_t pid);

#endif /* GUP_PIN_WATCHDOG_H */
