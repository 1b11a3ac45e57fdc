# The verbs of the project. Each is a script in tools/, complete on a fresh Debian 12: it installs what
# is missing, builds, does its work, and is quiet unless something fails (logs stand in build/logs).

VERBS := demo build test check bench format tidy headers tsan fuzz soak clean
.PHONY: help $(VERBS)
.DEFAULT_GOAL := help

export T            # make test T=PATTERN: only the tests whose name matches
export FUZZ_SECONDS # make fuzz FUZZ_SECONDS=60: per target; 600 by default

help: ## this list
	@echo 'make VERB, where VERB is one of'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the first measured run: build the programs, train on real digits, show the receipt
	@tools/demo
build: ## the programs, optimised, into build/release/bin
	@tools/build
test: ## every test under AddressSanitizer; T=PATTERN picks by name
	@tools/test
check: ## what a change must pass: format, build, tests, scenarios, clang-tidy, headers
	@tools/check
bench: ## every benchmark, optimised; results as JSON in build/bench/results
	@tools/bench
format: ## lay out every C++ file with clang-format 19
	@tools/format
tidy: ## clang-tidy 19 over every C++ source
	@tools/clang_tidy
headers: ## prove that every header compiles on its own
	@tools/headers
tsan: ## every test under ThreadSanitizer
	@tools/tsan
fuzz: ## libFuzzer on every parser, FUZZ_SECONDS each
	@tools/fuzz
soak: ## the long tests (ctest label soak)
	@tools/soak
clean: ## remove build/
	@rm -rf build
