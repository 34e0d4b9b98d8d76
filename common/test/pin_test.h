/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One door, one memory of a row of the contract, and what a case does with both. The
 * case owns them (case.h).
 */
#ifndef GUP_PIN_PIN_TEST_H
#define GUP_PIN_PIN_TEST_H

#include "base/page.h"
#include "contract/contract.h"
#include "test/case.h"
#include "test/coherency.h"

struct pin_test {
	const struct contract_row *row;
	struct memory *mem;
	struct door *door;
};

/**
 * test_open() - open a door, and get the memory of a row
 * @row: of the contract
 * @pinner: the door, or NULL: none
 *
 * Return: both, until the end of the case.
 */
struct pin_test *test_open(const struct contract_row *row,
			   const struct pinner *pinner);

/**
 * test_enter() - map the memory anew and bring a range into a page state
 * @pages: to map
 * @state: one that the memory has
 * @range: of the mapping
 */
void test_enter(struct pin_test *t, size_t pages, enum page_state state,
		const struct range *range);

/** test_addr() - address of the first byte of a range */
char *test_addr(const struct pin_test *t, const struct range *range);

/** test_len() - bytes of a range, with what the pin adds around it */
size_t test_len(const struct range *range);

/**
 * test_promise() - what the contract says of a pin
 * @range: of the memory, which is mapped
 * @state: page state that it is in
 * @access: R/O or R/W
 *
 * Return: the promise; where nothing is promised the case has ended as SKIP.
 */
struct promise test_promise(const struct pin_test *t, enum page_state state,
			    const struct range *range, enum access access);

/**
 * __test_pin() - ask for a pin
 * @range: of the memory
 * @access: R/O or R/W
 * @where: names the pin
 *
 * Return: 0, and the pin is given back at the end; or the kernel's -errno.
 */
int __test_pin(struct pin_test *t, const struct range *range,
	       enum access access, const char *where);

/** test_pin() - the same, of a pin that the contract allows */
void test_pin(struct pin_test *t, const struct range *range,
	      enum access access, const char *where);
#define test_pin(...)	CASE_SITE(test_pin(__VA_ARGS__))

/**
 * __test_take() - like __test_pin(), by any call of the kernel
 * @range: of the memory
 * @api: the kernel's call
 * @flags: PIN_PROBE_FOLL_* bits
 * @where: names the call
 *
 * The door is that of pin_gup_remote.
 */
int __test_take(struct pin_test *t, const struct range *range,
		enum pin_probe_api api, unsigned int flags, const char *where);

/** test_unpin() - give it back */
void test_unpin(struct pin_test *t);
#define test_unpin(...)	CASE_SITE(test_unpin(__VA_ARGS__))

/*
 * Are the pinned pages the ones that the process maps? All of them return whether
 * they are; if not, the case has failed.
 *
 * @range: what is pinned
 * @reason: the promise
 * @where: begins the message
 */

/** pin_sees() - the pin has the bytes that the process has written */
bool pin_sees(struct pin_test *t, const struct range *range,
	      const struct reason *reason, const char *where);
#define pin_sees(...)	CASE_SITE(pin_sees(__VA_ARGS__))

/** pin_sees_write() - what the process writes now, the pin sees */
bool pin_sees_write(struct pin_test *t, const struct range *range,
		    const struct reason *reason, const char *where);
#define pin_sees_write(...)	CASE_SITE(pin_sees_write(__VA_ARGS__))

/**
 * process_sees() - the process has the bytes that it, or the pin, has written
 */
bool process_sees(struct pin_test *t, const struct range *range,
		  const struct reason *reason, const char *where);
#define process_sees(...)	CASE_SITE(process_sees(__VA_ARGS__))

/**
 * process_sees_write() - what is written through the pin now, the process sees
 *
 * True where this kernel's door cannot write.
 */
bool process_sees_write(struct pin_test *t, const struct range *range,
			const struct reason *reason, const char *where);
#define process_sees_write(...)	CASE_SITE(process_sees_write(__VA_ARGS__))

/**
 * process_maps_pin() - the process maps the very pages that are pinned
 *
 * Their bytes alone do not tell that. True where pin_probe does not hold the pin.
 */
bool process_maps_pin(struct pin_test *t, const struct range *range,
		      const struct reason *reason, const char *where);
#define process_maps_pin(...)	CASE_SITE(process_maps_pin(__VA_ARGS__))

/**
 * pin_is_coherent() - what the process writes the pin sees, and the other way round
 * @access: of the pin: through a R/O pin nothing is written
 *
 * Where the process may not write, the pin has its bytes; where those are the
 * kernel's, the process maps what is pinned. Of a blind door the process is asked alone.
 */
bool pin_is_coherent(struct pin_test *t, const struct range *range,
		     enum access access, const char *where);
#define pin_is_coherent(...)	CASE_SITE(pin_is_coherent(__VA_ARGS__))

/** file_is_unchanged() - the file has the bytes that it was given */
bool file_is_unchanged(struct pin_test *t, const struct range *range,
		       const struct reason *reason, const char *where);
#define file_is_unchanged(...)	CASE_SITE(file_is_unchanged(__VA_ARGS__))

#endif /* GUP_PIN_PIN_TEST_H */
