/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child process that answers questions about the memory that it was forked
 * with.
 */
#ifndef GUP_PIN_CHILD_H
#define GUP_PIN_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	int ask;		/* pipe of questions */
	int hear;		/* pipe of answers */
};

/**
 * child_fork() - fork a child that waits for questions
 * @child: filled in
 * @answer: called in the child for each question
 * @with: passed on
 *
 * It dies with its parent.
 *
 * Return: 0 or -errno.
 */
int child_fork(struct child *child, long (*answer)(int question, void *with),
	       void *with);

/**
 * child_begin() - ask, and do not wait for the answer
 * @child: forked
 * @question: passed to its answer()
 *
 * Return: 0 or -errno.
 */
int child_begin(const struct child *child, int question);

/**
 * child_answer() - wait for the answer to child_begin()
 * @child: forked; what it hears can be polled
 * @ms: CPU time in milliseconds that it may need from now on
 * @said: set to what its answer() returned
 *
 * Return: 0, or -errno where the child did not answer; -ETIME if it is still at it.
 * Then perhaps it cannot be ended either.
 */
int child_answer(const struct child *child, long ms, long *said);

/**
 * child_take_fd() - a copy of a descriptor that the child has opened
 * @child: forked
 * @theirs: the child's number of it
 *
 * Return: our number, or -errno.
 */
int child_take_fd(const struct child *child, int theirs);

/**
 * child_end() - let the child end, and wait until it has
 * @child: forked
 */
void child_end(struct child *child);

/**
 * may_drop_privileges() - whether drop_privileges() can be had
 *
 * Needs root, and a user namespace that has this user.
 *
 * Return: 0 or an enum skip.
 */
int may_drop_privileges(void);

/* For what a child answers. */

/**
 * drop_privileges() - give up all privileges
 *
 * Becomes a user of whom nothing else is counted: some limits are by user.
 *
 * Return: 0 or -errno.
 */
int drop_privileges(void);

/**
 * memlock_applies() - does RLIMIT_MEMLOCK limit this process?
 *
 * Return: whether it lacks CAP_IPC_LOCK.
 */
bool memlock_applies(void);

/**
 * set_ipc_lock() - take or give up CAP_IPC_LOCK
 * @have: whether to have it; it can be taken again by who had it
 *
 * Who has it is limited by no RLIMIT_MEMLOCK, and counted by few.
 *
 * Return: 0 or -errno.
 */
int set_ipc_lock(bool have);

/**
 * limit_memlock() - set RLIMIT_MEMLOCK
 * @bytes: no more than it was, without CAP_SYS_RESOURCE
 *
 * Return: 0 or -errno.
 */
int limit_memlock(size_t bytes);

#endif /* GUP_PIN_CHILD_H */
