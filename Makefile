# A thin front to the CMake presets. `make help` lists the targets.
PREFIX ?= /usr/local
FUZZ_S ?= 20
JOBS   ?= $(shell nproc)
SHARED  = $(or $(FRS_SHARED),../shared)
B       = build
.DEFAULT_GOAL := build
.PHONY: help setup configure build demo test install lint format bench results fuzz asan tsan minimal ci clean

help: ## this list
	@sed -n 's/^\([a-z ]*\):.*## /\1\t/p' Makefile | expand -t 20

setup: ## install what the build needs (Debian)
	@bash tools/setup.sh

configure: setup
	@cmake --preset full -DCMAKE_INSTALL_PREFIX=$(PREFIX) > $(B).log 2>&1 || { cat $(B).log; exit 1; }
	@rm -f $(B).log

build: configure ## the library and the program, in build/
	@cmake --build --preset full -j $(JOBS)

demo: configure ## a synthetic catchment, trained and verified: ends with the path of the report
	@cmake --build --preset full -j $(JOBS) --target freshet_program
	@rm -rf demo
	@$(B)/freshet demo --out demo

test: build ## all tests that need no browser and no sanitizer
	@ctest --preset full -j $(JOBS)

install: ## after build: into $(DESTDIR)$(PREFIX)
	@cmake --install $(B) --prefix $(PREFIX)

lint: ## includes, banned functions, sizes, format, words
	@bash tools/lint

format: ## clang-format over the C files
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

bench: build ## time a training step; appends to bench/results.csv
	@cmake --build --preset full --target bench

results: build ## skill on real data: writes docs/results.md (needs ../shared or FRS_SHARED)
	@/usr/bin/python3 tools/results/results.py $(B)/freshet $(SHARED)/data $(SHARED)/peers docs/results.md

fuzz: ## each fuzzer FUZZ_S seconds (clang)
	@bash tools/fuzz $(FUZZ_S)

minimal asan tsan: setup ## built and tested that way: no optional library; sanitizers
	@cmake --preset $@ && cmake --build --preset $@ -j $(JOBS) && ctest --preset $@ -j $(JOBS)

ci: ## what the project's CI runs
	@bash .ci/run

clean: ## remove what was built
	@rm -rf build build-minimal build-asan build-tsan build-fuzz demo
