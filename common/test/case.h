/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life of a case: it takes what it needs, and however it ends, all of that is
 * given back, and the questions of baseline.h are asked.
 *
 * A case is one process, so that all of this is about the case that runs. Whatever
 * is called x() here, and not __x(), ends the case where it fails; nothing that a
 * child process runs may call it.
 */
#ifndef GUP_PIN_CASE_H
#define GUP_PIN_CASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/child.h"
#include "base/guard.h"
#include "base/skip.h"
#include "contract/reason.h"
#include "memory/memory.h"
#include "pinners/pin_probe.h"
#include "pinners/pinner.h"

#define ARRAY_LEN(a)	(sizeof(a) / sizeof(*(a)))

/* Of what a case comes to, the worst counts. */
enum case_outcome {
	CASE_PASS,
	CASE_SKIP,	/* the machine or the kernel does not have it */
	CASE_ERROR,	/* our own set-up failed: it says nothing of the kernel */
	CASE_FAIL,	/* the kernel broke its word */
};

/*
 * A failure is told with the place in the program that asked, not in what the
 * programs share: there CASE_SHARED is defined.
 */
#ifdef CASE_SHARED
#define CASE_SITE(call)	call
#else
#define CASE_SITE(call)	(case_site(__FILE__, __LINE__), call)
#endif
void case_site(const char *file, int line);

/* For harness.h. */

/**
 * case_begin() - a case begins, in a process of its own
 *
 * Return: where the case goes on when it is ended; for sigsetjmp().
 */
struct guard *case_begin(void);

/**
 * case_end() - give back what the case still has, in reverse order, and ask the
 *		questions that every case ends with
 * @skip: set where the case is a SKIP
 *
 * The doors go last: what they hold they must not hold without a pin.
 *
 * Return: what the case has come to. All else has been printed.
 */
enum case_outcome case_end(enum skip *skip);

/**
 * case_died() - tell where a case died, if in a pin
 *
 * In the parent of the case's process, which has ended, by itself or by the
 * watchdog.
 *
 * Return: whether that was so.
 */
bool case_died(void);

/* What a case says. */

/**
 * case_needs() - what the case cannot do without
 * @outcome: of a function that built something (skip.h): other than 0 it ends the
 *	     case as SKIP or ERROR
 */
void case_needs(int outcome);

/**
 * case_did() - a step of our own, on the way to what is asked
 * @done: whether it succeeded; if not, the case ends as ERROR, and errno says why
 * @what: it was
 */
void case_did(bool done, const char *what);

/**
 * case_wrong() - the kernel broke its word: fail, say how, and go on
 * @reason: the promise, told once in a case
 * @fmt: expected and seen, printf style
 */
void __attribute__((format(printf, 2, 3)))
case_wrong(const struct reason *reason, const char *fmt, ...);
#define case_wrong(...)	CASE_SITE(case_wrong(__VA_ARGS__))

/**
 * case_note() - what a reader has to know of this case
 * @fmt: printf style, one line
 */
void __attribute__((format(printf, 1, 2))) case_note(const char *fmt, ...);

/** case_leave() - end the case here, as what it has come to */
_Noreturn void case_leave(void);

/** case_failed() - has it failed by now? */
bool case_failed(void);

/**
 * case_answer() - is it the answer of the kernel that was promised?
 * @reason: the promise
 * @err: errno that is promised, 0 or REFUSED
 * @ret: 0 or -errno
 * @where: begins the message
 *
 * Return: whether it is; if not, the case has failed.
 */
bool case_answer(const struct reason *reason, int err, int ret,
		 const char *where);
#define case_answer(...)	CASE_SITE(case_answer(__VA_ARGS__))

/** errno_name() - "EFAULT", "success", "a refusal" */
const char *errno_name(int err);

/* What a case owns. */

/**
 * case_own() - something to be given back at the end of the case
 * @give_back: called with it; returns 0, or the kernel's -errno where it would not
 *	       take it
 * @what: it is
 */
void case_own(int (*give_back)(void *what), void *what);

/**
 * case_disown() - it is not there any more
 * @give_back: as of case_own()
 * @what: as of case_own()
 *
 * Return: whether it was owned.
 */
bool case_disown(int (*give_back)(void *what), void *what);

/**
 * case_door() - open a door
 * @pinner: whose
 *
 * Return: the door, which is closed at the end.
 */
struct door *case_door(const struct pinner *pinner);

/**
 * case_close() - close a door before the end, with all that is owned of it
 * @door: of case_door(); not there any more
 */
void case_close(struct door *door);

/**
 * case_watch() - begin a call that pins, and that may never return
 * @where: names it, should it not
 * @addr: of what it pins
 * @len: bytes
 *
 * A child process may call it as well. watchdog_leave() is due after the call.
 */
void case_watch(const char *where, const void *addr, size_t len);
#define case_watch(...)		CASE_SITE(case_watch(__VA_ARGS__))

/**
 * __case_pin() - ask for a pin, under the eyes of the watchdog
 * @door: of case_door()
 * @addr: of the first byte
 * @len: bytes
 * @access: R/O or R/W
 * @where: names the pin, should it never return
 *
 * Return: 0, and the pin is given back at the end; or the kernel's -errno.
 */
int __case_pin(struct door *door, void *addr, size_t len, enum access access,
	       const char *where);

/**
 * case_pin() - the same, of a pin that must be allowed
 * @reason: the promise
 */
void case_pin(struct door *door, void *addr, size_t len, enum access access,
	      const struct reason *reason, const char *where);
#define case_pin(...)	CASE_SITE(case_pin(__VA_ARGS__))

/**
 * __case_take() - like __case_pin(), by any call of the kernel
 * @door: of case_door(), whose pinner is pin_gup_remote
 * @addr: page aligned
 * @len: bytes, whole pages
 * @api: the kernel's call
 * @flags: PIN_PROBE_FOLL_* bits
 * @where: names the call, should it never return
 */
int __case_take(struct door *door, void *addr, size_t len,
		enum pin_probe_api api, unsigned int flags, const char *where);

/**
 * case_holds() - a door has come to hold pages by another call than its pin()
 * @door: of case_door(); gives them back at the end, or by case_unpin()
 */
void case_holds(struct door *door);

/**
 * case_unpin() - give a pin back, which must succeed
 * @door: holds it
 */
void case_unpin(struct door *door);
#define case_unpin(...)	CASE_SITE(case_unpin(__VA_ARGS__))

/**
 * case_memory() - get an instance of a backing
 * @backing: the kind
 * @sharing: how it will be mapped
 *
 * Return: the memory, which is unmapped and closed at the end.
 */
struct memory *case_memory(const struct backing *backing, enum sharing sharing);

/**
 * __case_mmap() - map anonymous, private memory beside that under test
 * @len: bytes
 * @prot: PROT_*
 * @flags: MAP_* beyond these
 *
 * Return: the address, which is unmapped at the end; NULL, and errno is set.
 */
void *__case_mmap(size_t len, int prot, int flags);

/** case_mmap() - the same; without memory the case ends as ERROR */
void *case_mmap(size_t len, int prot, int flags);

/**
 * case_munmap() - unmap it before the end
 * @addr: of case_mmap()
 */
void case_munmap(void *addr);

/**
 * case_fd() - have a descriptor closed at the end
 * @fd: an open one, or -1: an ERROR
 * @what: was opened
 *
 * Return: @fd.
 */
int case_fd(int fd, const char *what);

/**
 * case_close_fd() - close it before the end
 * @fd: of case_fd()
 */
void case_close_fd(int fd);

/**
 * case_stay_on_cpu() - run on this CPU alone from now on
 *
 * A page that was just faulted in waits in a batch of its CPU until it is put on an
 * LRU list. Until then it may pass for one of no file, and reclaim passes it by, which
 * drains only the batch of the CPU that it runs on.
 */
void case_stay_on_cpu(void);

/**
 * case_thread() - run a thread of this process
 * @run: called with @with; has to end soon once case_thread_stops()
 * @with: passed on
 *
 * Return: the thread, which is stopped at the end.
 */
struct thread *case_thread(void *(*run)(void *with), void *with);

/**
 * case_stop() - stop a thread before the end
 * @thread: of case_thread(); not there any more
 */
void case_stop(struct thread *thread);

/** case_thread_stops() - for the threads: shall they end? */
bool case_thread_stops(void);

/**
 * case_fork() - fork a child that waits for questions
 * @answer: called in the child for each; see child_fork()
 * @with: passed on
 *
 * Return: the child, which ends at the end.
 */
struct child *case_fork(long (*answer)(int question, void *with), void *with);

/**
 * case_ask() - what does the child say?
 * @child: of case_fork()
 * @question: for it
 *
 * Return: its answer. One that is at it for ever is a FAIL: it asks the kernel.
 */
long case_ask(struct child *child, int question);
#define case_ask(...)	CASE_SITE(case_ask(__VA_ARGS__))

/**
 * case_hear() - what does it say to a question that child_begin() has asked?
 * @child: of case_fork()
 *
 * Return: likewise.
 */
long case_hear(struct child *child);
#define case_hear(...)	CASE_SITE(case_hear(__VA_ARGS__))

/**
 * case_child_says() - does a child answer as it should?
 * @reason: the promise
 * @child: of case_fork()
 * @question: for it
 * @expected: its answer: a number, or -errno
 * @where: begins the message
 */
void case_child_says(const struct reason *reason, struct child *child,
		     int question, long expected, const char *where);
#define case_child_says(...)	CASE_SITE(case_child_says(__VA_ARGS__))

/**
 * case_reap() - let a child end before the end, and wait until it has
 * @child: of case_fork(); not there any more
 */
void case_reap(struct child *child);

/* What its pins come to. */

/**
 * case_charged() - does the process pay for so many pages?
 * @door: whose pinner says how; of all doors of the case none charges otherwise
 * @pages: that should be charged
 * @reason: the promise
 * @where: begins the message
 */
void case_charged(const struct door *door, long pages,
		  const struct reason *reason, const char *where);
#define case_charged(...)	CASE_SITE(case_charged(__VA_ARGS__))

/**
 * case_pins() - are as many pages pinned as should be?
 * @reason: the promise
 * @before: pages pinned in the whole system, by pins_balance()
 * @pages: expected to be pinned since
 * @where: begins the message
 *
 * Says nothing where that cannot be known.
 */
void case_pins(const struct reason *reason, long before, long pages,
	       const char *where);
#define case_pins(...)	CASE_SITE(case_pins(__VA_ARGS__))

#endif /* GUP_PIN_CASE_H */
