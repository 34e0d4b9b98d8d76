/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Oracles: what can be observed from user space. None of them judges.
 */
#ifndef GUP_PIN_ORACLE_H
#define GUP_PIN_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * oracle_pin_balance() - pins that are held, in the whole system
 * @balance: set to nr_foll_pin_acquired - nr_foll_pin_released, in pages
 *
 * The counters are per CPU and batched (mod_node_page_state()), so they are
 * folded by stat_refresh first; that needs root.
 *
 * Return: 0, or -errno where the counters cannot be read exactly.
 */
int oracle_pin_balance(long *balance);

/**
 * oracle_locked_kb() - VmLck and VmPin of this process
 * @vm_lck: set to mm->locked_vm in KiB
 * @vm_pin: set to mm->pinned_vm in KiB
 */
void oracle_locked_kb(long *vm_lck, long *vm_pin);

/**
 * oracle_locked_kb_of() - VmLck and VmPin of another process
 * @pid: of the process; without it both are 0
 * @vm_lck: set to mm->locked_vm in KiB
 * @vm_pin: set to mm->pinned_vm in KiB
 */
void oracle_locked_kb_of(pid_t pid, long *vm_lck, long *vm_pin);

/**
 * oracle_dirty_kb() - dirty memory of the mapping at an address
 * @addr: start of the mapping
 *
 * Return: KiB that are dirty in the page table or in the page cache
 * (Shared_Dirty and Private_Dirty of smaps), or -errno.
 */
long oracle_dirty_kb(const void *addr);

/**
 * oracle_vma_has() - does the mapping at an address have these flags?
 * @addr: start of the mapping
 * @flags: words of VmFlags in smaps, such as "pf" for VM_PFNMAP, "io" and "mm"; one
 *	   behind a "!" must not be there
 *
 * Return: 1 if so, 0 if not, or -errno.
 */
int oracle_vma_has(const void *addr, const char *flags);

/**
 * oracle_huge_kb() - what of a mapping is mapped as transparent huge pages
 * @addr: start of the mapping
 *
 * Return: KiB (AnonHugePages and ShmemPmdMapped of smaps), or -errno.
 */
long oracle_huge_kb(const void *addr);

/**
 * oracle_has_movable() - is there memory that long-term pins must leave?
 *
 * That is, ZONE_MOVABLE or CMA.
 */
bool oracle_has_movable(void);

/**
 * oracle_has_cma() - is there memory in CMA?
 */
bool oracle_has_cma(void);

/**
 * oracle_in_movable() - does a page frame belong to memory that long-term pins
 *			 must leave?
 * @pfn: page frame number
 */
bool oracle_in_movable(unsigned long long pfn);

/**
 * oracle_in_cma() - does a page frame belong to CMA?
 * @pfn: page frame number
 *
 * Return: false also where CONFIG_CMA_DEBUGFS is off, or without root.
 */
bool oracle_in_cma(unsigned long long pfn);

/**
 * oracle_thp_size() - size of a PMD-mapped transparent huge page
 *
 * Return: bytes, 0 if transparent huge pages are off or not there.
 */
size_t oracle_thp_size(void);

/**
 * oracle_hugetlb_unused() - pages of a pool that nobody uses or has reserved
 * @size: huge page size in bytes
 *
 * Return: the number, -1 if there is no pool of this size.
 */
long oracle_hugetlb_unused(size_t size);

/**
 * oracle_hugetlb_default() - size of the default huge page in bytes, 0: none
 */
size_t oracle_hugetlb_default(void);

/**
 * oracle_hugetlb_sum() - state of all pools in one number
 *
 * Return: unused bytes of all pools; as good as a list for seeing a change.
 */
long long oracle_hugetlb_sum(void);

/**
 * oracle_taint() - the taint mask, without the bits that loading an
 * out-of-tree, unsigned module sets
 */
unsigned long oracle_taint(void);

/**
 * oracle_log_mark() - complaints of the kernel are from now on new
 */
void oracle_log_mark(void);

/**
 * oracle_log_complaint() - did the kernel complain since the mark?
 * @line: filled with the first complaint
 * @size: bytes of @line
 *
 * A complaint is a WARNING, BUG, Oops, a sanitizer's report, a stall, or a
 * negative pin counter. Each is reported once.
 *
 * Return: 1 if there was one, 0 if not or the log cannot be read.
 */
int oracle_log_complaint(char *line, size_t size);

#endif /* GUP_PIN_ORACLE_H */
