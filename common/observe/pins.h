/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins that are held, and what processes are charged for them.
 */
#ifndef GUP_PIN_PINS_H
#define GUP_PIN_PINS_H

#include <sys/types.h>

/**
 * pins_balance() - pins that are held, in the whole system
 * @balance: set to nr_foll_pin_acquired - nr_foll_pin_released, in pages
 *
 * The counters are per CPU and batched (mod_node_page_state()), so they are
 * folded by stat_refresh first; that needs root.
 *
 * Return: 0, or -errno where the counters cannot be read exactly.
 */
int pins_balance(long *balance);

/**
 * pins_charged_kb() - VmLck and VmPin of this process
 * @vm_lck: set to mm->locked_vm in KiB
 * @vm_pin: set to mm->pinned_vm in KiB
 */
void pins_charged_kb(long *vm_lck, long *vm_pin);

/**
 * pins_charged_kb_of() - VmLck and VmPin of another process
 * @pid: of the process; without it both are 0
 * @vm_lck: set to mm->locked_vm in KiB
 * @vm_pin: set to mm->pinned_vm in KiB
 */
void pins_charged_kb_of(pid_t pid, long *vm_lck, long *vm_pin);

#endif /* GUP_PIN_PINS_H */
