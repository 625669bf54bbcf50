# SPDX-License-Identifier: GPL-2.0
#
# The one door. Every target can be run from nothing and again: each script
# behind it says in its first lines what it does and does only what is missing.

.DEFAULT_GOAL := help
# LINUX=7.2 is for the series in bases/7.2, see docs/rebase.md. The scripts use all
# processors themselves. Variables of the command line reach them through the
# environment.
.NOTPARALLEL:

.PHONY: help
help: ## this list
	@awk -F ': .*## ' '/^[a-z0-9-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: kernel selftests ## measure what mapping memory costs and saves, with table and picture
	@scripts/need.sh host report
	@bench/first-touch.sh

.PHONY: bench
bench: kernel selftests ## all figures: kinds and sizes of memory, what the walk meets, contention
	@scripts/need.sh host report
	@bench/bench.sh

.PHONY: vmm
vmm: kernel selftests ## a real VMM: QEMU with patches/qemu boots, restores and hot-plugs with and without
	@scripts/need.sh host report
	@scripts/qemu.sh base
	@scripts/qemu.sh
	@bench/vmm.sh

.PHONY: tdx
tdx: kernel selftests ## what mapping memory saves a TD, on the model of the TDX module: build/report/tdx.tsv
	@scripts/need.sh host
	@bench/tdx.sh

.PHONY: figures
figures: ## take what was measured last into bench/results, tables, pictures and sentences
	@scripts/need.sh report
	@scripts/figures.py --keep

.PHONY: test
test: ## all tests: check, then both emulated hosts
	@scripts/test.sh

.PHONY: test-full
test-full: ## make test, then what is slow: lockdep and KASAN, KCSAN, PREEMPT_RT, coverage, KVM's and mm's own selftests
	@scripts/test.sh full

.PHONY: check
check: linux ## the tests that need no emulator
	@scripts/check.sh

.PHONY: kut
kut: kernel ## kvm-unit-tests in an emulated host, with and without the series: KUT= HOST=npt|ept
	@scripts/need.sh host
	@scripts/qemu.sh
	@test/kut.sh "$(or $(HOST),npt)"

.PHONY: coverage
coverage: linux ## which lines of the series the tests of both hosts run (an hour)
	@scripts/coverage.sh

.PHONY: variants
variants: linux ## compile the series in all configurations of kernel/variants.list
	@scripts/variants.sh

.PHONY: i386
i386: linux ## boot a kernel of 32 bits: KVM works, and has no KVM_MAP_MEMORY
	@scripts/i386.sh

.PHONY: static
static: linux ## sparse, coccinelle and clang's analyser: no new report (half an hour)
	@scripts/static.sh

.PHONY: linux
linux: ## build/linux: the base and one commit per patch (LINUX_SRC= a source that you have)
	@scripts/linux.sh

.PHONY: patches
patches: ## export the commits of build/linux into bases/
	@scripts/patches.sh

# A topic that is not mailed is refused before Linux is fetched for it.
.PHONY: mail
mail: $(if $(wildcard bases/$(or $(LINUX),$(shell cat bases/default))/$(TOPIC:9%=)/0000-cover-letter.patch),linux) ## write and check a topic's mails: TOPIC= RFC=1 V=2 BASE_COMMIT= SIGN= CHECK=1
	@scripts/mail.sh "$(TOPIC)"

.PHONY: kernel
kernel: linux ## build/kernel: the kernel with the series; KIND=debug, rt, kcsan or gcov: build/kernel-KIND
	@scripts/kernel.sh $(KIND)

.PHONY: selftests
selftests: linux ## build/selftests: the KVM selftests, static
	@scripts/selftests.sh

ifneq ($(filter boot,$(MAKECMDGOALS)),)
ifeq ($(filter npt ept native,$(HOST)),)
$(error HOST='$(HOST)' is no host: make boot HOST=npt, ept or native, RUN='command')
endif
# As it is given: a "$" in it is for the shell inside.
override export RUN := $(value RUN)
endif

.PHONY: boot
boot: $(if $(KERNEL),,kernel) ## HOST=npt|ept|native RUN='command' FILES= KERNEL= ICOUNT=1 MODEL=1 CMDLINE= TIMEOUT=
	@scripts/need.sh host
	@host/boot.sh

.PHONY: deb
deb: linux ## Debian packages of the kernel for this computer: CONFIG= LSMOD= DEBUG_INFO=1
	@scripts/deb.sh

.PHONY: probe
probe: ## measure this computer's own KVM: build/report/probe.txt, probe.tsv
	@scripts/probe.sh

.PHONY: clean
clean: ## remove what was built, keep build/linux and build/qemu
	@scripts/clean.sh

.PHONY: distclean
distclean: ## remove build/ (refuses to lose commits; FORCE=1); downloads stay in the cache
	@scripts/clean.sh all
