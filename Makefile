# SPDX-License-Identifier: GPL-2.0-only
#
# One Makefile, two lives: in a folder of its own, and unchanged as
# tools/testing/selftests/gup_pin of a kernel tree. Both use the kernel's own
# build rules and test harness: those of the tree that it sits in, of KSRC=DIR,
# or of Debian's linux-source package, from which deps.sh takes the few files.

ifneq ($(wildcard ../lib.mk),)
KSFT := ..
KSRC := $(abspath ../../../..)
else
KSRC ?= $(CURDIR)/build/ksrc
KSFT := $(KSRC)/tools/testing/selftests
STANDALONE := 1
endif

CFLAGS += -std=gnu11 -O2 -g -Wall -Wextra -Icommon -isystem $(KSFT)

PROGRAMS := gup_longterm gup_fast gup_cow gup_dio gup_writeback gup_place gup_behind memfd_pin uring_buffers uring_locked vfio_pin vfio_locked iommufd_access qemu_memory_backend
COMMON := $(patsubst %.c,%.o,$(wildcard common/*/*.c))
LOCAL_HDRS := $(wildcard common/*.h common/*/*.h) module/pin_probe.h

# The runner is the one test for lib.mk: it prepares, and runs the programs.
TEST_PROGS := run_tests.sh
TEST_GEN_FILES := $(PROGRAMS) scratchfs
TEST_FILES := runner known module

# Goals that need no kernel files.
FREE_GOALS := help deps clean distclean
GOALS := $(or $(MAKECMDGOALS),all)

ifdef STANDALONE
ifdef DESTDIR
override INSTALL_PATH := $(DESTDIR)$(or $(INSTALL_PATH),/usr/lib/gup_pin)
endif
endif

all:

ifneq ($(filter-out $(FREE_GOALS),$(GOALS)),)
include $(KSFT)/lib.mk

# Static: each case is a fork, and a small process forks fast. And a missing
# liburing.so once ended upstream's tests with 127.
$(addprefix $(OUTPUT)/,$(PROGRAMS)): LDFLAGS += -static
$(addprefix $(OUTPUT)/,$(PROGRAMS)): LDLIBS += -luring
$(addprefix $(OUTPUT)/,$(PROGRAMS)): $(addprefix $(OUTPUT)/,$(COMMON))

$(OUTPUT)/common/%.o: common/%.c $(LOCAL_HDRS)
	$(call msg,CC,,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE.c) $< -o $@
EXTRA_CLEAN += $(addprefix $(OUTPUT)/,$(COMMON))

# One alone, by its name.
.PHONY: $(PROGRAMS) scratchfs
$(PROGRAMS) scratchfs: %: $(OUTPUT)/%

# Debian has no static libmount, and its helpers come with it.
$(OUTPUT)/scratchfs: LDLIBS += -lmount
$(OUTPUT)/scratchfs: testbed/scratchfs.c common/base/skip.c common/memory/scratch.c $(LOCAL_HDRS)
	$(call msg,CC,,$@)
	$(Q)$(LINK.c) $(filter %.c,$^) $(LDLIBS) -o $@

ifdef STANDALONE
define RUN_TESTS
	./run_tests.sh $(ARGS)
endef
else
# The kernel's runner reports a failed test and then succeeds.
define RUN_TESTS
	BASE_DIR="$(selfdir)"; . $(selfdir)/kselftest/runner.sh; \
	run_many $(1) | tee $(OUTPUT)/run_tests.log; \
	! grep -q '^not ok' $(OUTPUT)/run_tests.log
endef
EXTRA_CLEAN += $(OUTPUT)/run_tests.log
endif

run_tests: module
endif

ifdef STANDALONE
# Remade by make itself before anything else, when it is not there.
$(KSFT)/lib.mk:
	./deps.sh build run
	./deps.sh ksrc $(KSRC)
endif

# gup_slow and gup_fast need it, where the kernel has no gup_test of its own. It
# can be built only with the running kernel's headers; without, they skip.
KDIR ?= /lib/modules/$(shell uname -r)/build
module:
	$(if $(wildcard $(KDIR)/Makefile),$(MAKE) -C module KDIR=$(KDIR) OUT=$(shell uname -r),@:)

deps:
	./deps.sh build run vm check
	$(if $(STANDALONE),./deps.sh ksrc $(KSRC))

vm: all
	vm/run --kernel debian:6.12 -- $(ARGS)

check: all
	./deps.sh vm kernel check
	KSRC=$(KSRC) KUNIT_PY=$(KSRC)/tools/testing/kunit/kunit.py \
		prove --timer --failures --comments tests/

# Builds kernels: hours.
check-all: export GUP_PIN_BUILD := 1
check-all: export GUP_PIN_SLOW := 1
check-all: check mutants coverage

mutants: all
	./deps.sh vm kernel mutants
	mutants/run $(ARGS)

coverage: all
	./deps.sh vm kernel coverage
	vm/coverage $(ARGS)

bench: all
	./deps.sh vm check
	KSRC=$(KSRC) tests/bench $(ARGS)

ifeq ($(filter-out $(FREE_GOALS),$(GOALS)),)
clean:
	rm -rf $(PROGRAMS) scratchfs common/*/*.o run_tests.log module/[0-9]* build/vm

distclean: clean
	rm -rf build
endif

help:
	@echo 'make run_tests [ARGS=...]  run the suite on this kernel (ARGS: see run_tests.sh --help)'
	@echo 'make vm [ARGS=...]         run it on Debian 6.12 in QEMU (other kernels: vm/run --help)'
	@echo 'make check                 test the suite itself'
	@echo 'make mutants               put known bugs into a kernel, and see which case catches which'
	@echo 'make coverage              which lines of the code that pins are reached'
	@echo 'make check-all             all three; builds kernels, takes hours'
	@echo 'make bench                 time it beside the kernel'\''s own gup_longterm'
	@echo 'make install INSTALL_PATH=DIR | DESTDIR=DIR'
	@echo 'make deps                  install what Debian lacks, fetch the kernel'\''s test harness'
	@echo 'make clean | distclean     remove what was built | and what was downloaded'
	@echo 'make LLVM=1 ...            build with clang'
	@echo 'KSRC=DIR                   take the harness from this kernel tree'

.PHONY: module deps vm check check-all mutants coverage bench help distclean
