/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lying_door.c puts into the place of the suite's own (ld --wrap): __wrap_X() is
 * called for X(), which is __real_X() now.
 */
#ifndef GUP_PIN_LYING_DOOR_H
#define GUP_PIN_LYING_DOOR_H

#include <sys/types.h>

#include "../common/observe/baseline.h"
#include "../common/base/guard.h"
#include "../common/pinners/pinner.h"

#define LIARS(X) \
	X(pin_io_uring) \
	X(pin_io_uring_queues) \
	X(pin_io_uring_provided) \
	X(pin_gup_slow) \
	X(pin_gup_fast) \
	X(pin_gup_remote) \
	X(pin_xdp) \
	X(pin_rdma) \
	X(pin_vfio_type1) \
	X(pin_iommufd) \
	X(pin_iommufd_vfio) \
	X(pin_iommufd_mock) \
	X(pin_udmabuf) \
	X(pin_gup_slow_short) \
	X(pin_gup_fast_short) \
	X(get_gup_slow) \
	X(get_gup_fast)

struct liar;

#define DECLARE(name) \
extern const struct pinner __real_##name; \
extern struct liar __wrap_##name;
LIARS(DECLARE)
#undef DECLARE

int __real_pins_balance(long *balance);
int __wrap_pins_balance(long *balance);
void __real_pins_charged_kb_of(pid_t pid, long *vm_lck, long *vm_pin);
void __wrap_pins_charged_kb_of(pid_t pid, long *vm_lck, long *vm_pin);
void __wrap_pins_charged_kb(long *vm_lck, long *vm_pin);
void __real_baseline_check(const struct baseline *before, struct complaints *complaints);
void __wrap_baseline_check(const struct baseline *before, struct complaints *complaints);
int __real_usleep(useconds_t us);
int __wrap_usleep(useconds_t us);
struct guard *__real_case_begin(void);
struct guard *__wrap_case_begin(void);

#endif /* GUP_PIN_LYING_DOOR_H */
