/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Admission: is a long-term pin of this memory through this door allowed or
 * denied, exactly as the contract says, and is a pin that was granted true?
 */
#ifndef GUP_PIN_ADMISSION_H
#define GUP_PIN_ADMISSION_H

#include "contract/contract.h"

/**
 * admission() - ask for pins of all ranges, in all page states
 * @row: of the contract
 * @pinner: the door
 * @access: R/O or R/W
 */
void admission(const struct contract_row *row, const struct pinner *pinner,
	       enum access access);

/**
 * nothing_is_pinned() - neither a page, nor does the process count one
 * @before: pages pinned in the whole system, by pins_balance()
 * @reason: the promise
 * @where: begins the message
 */
void nothing_is_pinned(long before, const struct reason *reason,
		       const char *where);

#endif /* GUP_PIN_ADMISSION_H */
