/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract: what today's upstream kernel promises for each kind of memory.
 *
 * rows.h is the table. It is the only place that knows both backings
 * and pinners, and it never asks for the version of the kernel under test.
 */
#ifndef GUP_PIN_CONTRACT_H
#define GUP_PIN_CONTRACT_H

#include "base/filesystems.h"
#include "contract/reason.h"
#include "memory/memory.h"
#include "pinners/pinner.h"

/* What it says is contract.c's alone: ask contract_promise(). */
struct contract_row {
	const char *variant;
	const char *backing;
	enum sharing sharing;
	const struct reason *reason;
};

/**
 * contract_kept() - is an answer of the kernel the one that was promised?
 * @err: errno that is promised, 0 or REFUSED
 * @ret: 0 or -errno
 */
static inline bool contract_kept(int err, int ret)
{
	return err == REFUSED ? ret < 0 : ret == -err;
}

struct promise {
	int err;		/* errno, or REFUSED; 0: allowed */
	bool no_pin;		/* allowed, but nothing is pinned */
	bool unmoved;		/* allowed, but not in movable memory */
	const struct reason *reason;
};

extern const struct contract_row contract_rows[];
extern const size_t contract_nr_rows;

/* One constant for each row, to register the row as a variant: ROW_ext4_shared */
enum {
#define ROW(variant, ...) ROW_##variant,
#include "contract/rows.h"
#undef ROW
};

/* All that a verdict depends on. */
struct query {
	const struct contract_row *row;
	const struct pinner *pinner;
	enum access access;
	enum page_state state;
	/* Of the memory, see struct memory. */
	const char *fs;
	bool dax;
	bool reserved;
	bool movable;		/* ZONE_MOVABLE or CMA: it is moved before it is pinned */
	/* Of the range. */
	bool behind_other;	/* it begins in memory that may be pinned */
	bool into_hole;		/* it ends where nothing is mapped */
};

/**
 * contract_verdict() - what the kernel promises
 * @q: the question
 * @promise: filled in
 *
 * Return: 0, or an enum skip where nothing is promised for this memory.
 */
int contract_verdict(const struct query *q, struct promise *promise);

/**
 * contract_promise() - the same for one pin of memory that is there
 * @row: kind of memory and sharing
 * @mem: the memory, mapped, its neighbours too
 * @state: page state that it is in
 * @range: what is pinned
 * @pinner: the door
 * @access: R/O or R/W
 * @promise: filled in
 *
 * Return: 0, or an enum skip where nothing is promised for this memory.
 */
int contract_promise(const struct contract_row *row, const struct memory *mem,
		     enum page_state state, const struct range *range,
		     const struct pinner *pinner, enum access access,
		     struct promise *promise);

/* What a row must be for a scenario, lest a correct kernel fails there. */
enum condition {
	ALLOWS_RW	= BIT(0),
	ALLOWS_RO	= BIT(1),
	DENIES_RW	= BIT(2),
	DENIES_RO	= BIT(3),
	IS_PRIVATE	= BIT(4),
	IS_SHARED	= BIT(5),
	IS_MEMFD	= BIT(6),
	/* Short-term pins are allowed, whatever it says of long-term ones. */
	ONLY_LONGTERM	= BIT(7),
	/* Whoever reads the memory without a pin is told what a R/O pin is. */
	READS_ALIKE	= BIT(8),
};

#define ANY_ROW		0
#define ALLOWS		(ALLOWS_RW | ALLOWS_RO)
#define IN_STATE(state)	BIT(16 + (state))

/**
 * contract_unfit() - what a scenario asks of a row, and the row is not
 * @row: of the contract
 * @conditions: enum condition, IN_STATE()
 *
 * Return: NULL, or a text that is overwritten by the next call.
 */
const char *contract_unfit(const struct contract_row *row,
			   unsigned int conditions);

/**
 * contract_filesystem() - the filesystems that the contract knows
 * @i: from 0 on
 *
 * Return: the kernel's name for it, NULL behind the last one.
 */
const char *contract_filesystem(size_t i);

/**
 * contract_print() - the verdicts on all combinations, in Markdown
 *
 * Of the doors by which cases judge memory: the others are asked only for what
 * every door allows.
 */
void contract_print(void);

/* A range that runs into a hole, or over two kinds of memory. */
extern const struct reason reason_hole, reason_two_kinds;

/* What a pin must keep seeing. */
extern const struct reason reason_coherent_rw, reason_coherent_ro;

/* Short-term pins and plain references of file mappings stay allowed. */
extern const struct reason reason_short_term;

#endif /* GUP_PIN_CONTRACT_H */
