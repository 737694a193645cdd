# SPDX-License-Identifier: MIT
#
# The short ways in. Each installs what it needs on a Debian machine (scripts/setup says what, and asks
# for sudo where it must), and leaves the work to meson.

BUILD ?= build
TIER ?= all
JOBS ?= 2
FUZZ_SECONDS ?= 10
N ?= 2000
SEED ?= 1
SECONDS ?= 600
DESTDIR ?=
PREFIX ?= /usr/local

QUIET = >$(BUILD)/setup.log || { cat $(BUILD)/setup.log; exit 1; }

.PHONY: all demo test test-build fuzz swarm-build swarm soak fio bench bench-vm vm install format clean help

all: $(BUILD)/build.ninja ## build the library, the tool and the examples
	@ninja -C $(BUILD) --quiet

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

$(BUILD)/build.ninja:
	@scripts/setup build
	@meson setup $(BUILD) --prefix=$(PREFIX) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@mv $(BUILD).log $(BUILD)/setup.log

demo: all ## run the main job on the simulated controller
	@$(BUILD)/examples/demo

FUZZ_SETUP = -Dfuzz=true -Dwerror=true -Dbuildtype=debug -Doptimization=1 \
	-Db_sanitize=address,undefined -Db_lundef=false

# What the tests run: a release build, those with sanitizers, and clang for its warnings.
$(BUILD)/tests.stamp: meson_options.txt | $(BUILD)/build.ninja
	@scripts/setup test
	@meson setup --reconfigure $(BUILD) -Dtests=true -Dwerror=true -Dfio="$$(scripts/fio-source)" $(QUIET)
	@meson setup $(BUILD)/asan -Dtests=true -Dwerror=true -Dbuildtype=debug \
		-Db_sanitize=address,undefined -Db_lundef=false $(QUIET)
	@meson setup $(BUILD)/tsan -Dtests=true -Dtools=false -Dwerror=true -Dbuildtype=debug \
		-Doptimization=1 -Db_sanitize=thread -Db_lundef=false $(QUIET)
	@CC=clang meson setup $(BUILD)/clang -Dtests=true -Dwerror=true $(QUIET)
	@CC=clang meson setup $(BUILD)/fuzz $(FUZZ_SETUP) $(QUIET)
	@touch $@

test-build: $(BUILD)/tests.stamp
	@for variant in . asan clang; do ninja -C $(BUILD)/$$variant --quiet || exit 1; done
	@ninja -C $(BUILD)/tsan --quiet tests/device_test tests/swarm sim-programs
	@ninja -C $(BUILD)/fuzz --quiet fuzz-targets
	@DESTDIR=$(abspath $(BUILD))/vm-root meson install -C $(BUILD) --no-rebuild --quiet

test: test-build ## run the tests: TIER=unit, sim, qemu, vm or all
	@tests/run --tier $(TIER) --build $(BUILD) --jobs $(JOBS)

fuzz: $(BUILD)/build.ninja ## fuzz what reads foreign bytes: FUZZ_SECONDS a target
	@scripts/setup test
	@CC=clang meson setup $(BUILD)/fuzz $(FUZZ_SETUP) $(QUIET)
	@ninja -C $(BUILD)/fuzz --quiet fuzz-targets
	@BUILD=$(BUILD)/fuzz FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run

swarm-build: $(BUILD)/build.ninja
	@scripts/setup test
	@meson setup --reconfigure $(BUILD) -Dtests=true $(QUIET)
	@ninja -C $(BUILD) --quiet tests/swarm

swarm: swarm-build ## random load with random faults: N runs, drawn from SEED
	@$(BUILD)/tests/swarm --runs $(N) --seed $(SEED)

soak: swarm-build ## the same for SECONDS in one process; nothing may grow
	@$(BUILD)/tests/swarm --soak $(SECONDS) --seed $(SEED)

fio: $(BUILD)/build.ninja ## build the fio engine, for the fio that is installed
	@scripts/setup fio
	@meson setup --reconfigure $(BUILD) -Dfio="$$(scripts/fio-source)" $(QUIET)
	@ninja -C $(BUILD) --quiet

bench: all ## measure the driver's path: instructions and time an I/O
	@scripts/setup bench
	@meson setup --reconfigure $(BUILD) -Dbench=true $(QUIET)
	@ninja -C $(BUILD) --quiet
	@bench/run $(BUILD)

bench-vm: all ## measure it against the kernel's driver, in the virtual machine
	@scripts/setup bench-vm
	@meson setup --reconfigure $(BUILD) -Dbench=true -Dfio="$$(scripts/fio-source)" $(QUIET)
	@ninja -C $(BUILD) --quiet
	@DESTDIR=$(abspath $(BUILD))/vm-root meson install -C $(BUILD) --no-rebuild --quiet
	@bench/vm $(BUILD)

vm: all ## a shell in a virtual machine with an NVMe device and VFIO
	@scripts/setup vm
	@DESTDIR=$(abspath $(BUILD))/vm-root meson install -C $(BUILD) --no-rebuild --quiet
	@scripts/vm shell

install: all ## install, below DESTDIR if given
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

format: ## lay the source out by .clang-format
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## remove what was built
	@rm -rf $(BUILD) $(BUILD)-*
