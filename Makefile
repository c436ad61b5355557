# Vansire. `make help` tells what there is. GNU make, Linux; needs Rust, a C compiler, Python 3.10 or later with venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CARGO  ?= cargo
CC     ?= cc
PYTHON ?= python3
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PORT ?= 8765

VERSION   := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
SOVERSION := 0

OUT     := target/release
STATIC  := $(OUT)/libvansire.a
SHARED  := $(OUT)/libvansire.so.$(SOVERSION)
LIBS    := -lpthread -lm -ldl
STRICT  := -std=c99 -pedantic -Wall -Wextra -Werror -Wconversion -Wshadow -Wundef
VENV    := .venv
EXAMPLES := $(patsubst examples/c/%/main.c,build/examples/c/%,$(wildcard examples/c/*/main.c))
PY_SOURCES := $(shell find bindings/python -type f \( -name '*.py' -o -name '*.py[xi]' -o -name '*.p[xy][di]' \
                -o -name '*.h' -o -name '*.toml' \) -not -path '*/build/*' 2>/dev/null)

##@ Use
help: ## What there is
	@awk 'BEGIN { FS = ":.*## "; print "Vansire $(VERSION): make TARGET" } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: $(STATIC) $(OUT)/libvansire.so ## The libraries: target/release/libvansire.a and libvansire.so

serve: build examples $(VENV)/package.stamp ## Build everything, then the demo server on port 8765 (PORT=...)
	@exec $(VENV)/bin/python examples/python/hello.py $(PORT)

examples: $(EXAMPLES) ## Every C example: examples/c/NAME/ -> build/examples/c/NAME

python: $(VENV)/package.stamp ## The Python package, in .venv

install: build packaging ## Headers, libraries, pkg-config and CMake files (PREFIX=, DESTDIR=)
	install -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/cmake/Vansire
	install -m 644 include/mongoose.h include/vansire.h $(DESTDIR)$(INCLUDEDIR)/
	install -m 644 $(STATIC) $(DESTDIR)$(LIBDIR)/libvansire.a
	install -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)/libvansire.so.$(VERSION)
	ln -sf libvansire.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libvansire.so.$(SOVERSION)
	ln -sf libvansire.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libvansire.so
	install -m 644 build/packaging/vansire.pc $(DESTDIR)$(LIBDIR)/pkgconfig/
	install -m 644 build/packaging/VansireConfig.cmake build/packaging/VansireConfigVersion.cmake \
	  $(DESTDIR)$(LIBDIR)/cmake/Vansire/

##@ Check
test: ## Every suite; ends with a line for each and the sum
	@$(PYTHON) tests/run.py rust rust-poll rust-uring c packaging peers python instructions

test-rust: ## Unit, property and whole-library tests in Rust, over epoll, poll and io_uring
	@$(PYTHON) tests/run.py rust rust-poll rust-uring

test-c: ## tests/c: as C99, as C++, under the address and undefined-behaviour sanitizers
	@$(PYTHON) tests/run.py c

test-packaging: ## What is exported and installed: symbols, pkg-config, CMake
	@$(PYTHON) tests/run.py packaging

test-python: ## The tests of the Python package
	@$(PYTHON) tests/run.py python

guard: build examples python ## Instructions for a request against their budget (UPDATE=1 writes a new one); needs valgrind
	$(PYTHON) benches/guard/run.py $(if $(UPDATE),--update)

test-browser: examples ## The examples with a headless Chromium; not a part of `make test`
	$(PYTHON) tests/browser/run.py
	$(PYTHON) tests/browser/dashboards.py

lint: lint-rust lint-python ## Format and lint checks, nothing is changed

lint-rust:
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --profile firmware --lib --no-default-features --features firmware -- -D warnings
	$(CARGO) check --manifest-path fuzz/Cargo.toml

lint-python: $(VENV)/tools.stamp
	$(PYTHON) tests/house.py
	$(VENV)/bin/ruff format --check --exclude "*.md" .
	$(VENV)/bin/ruff check --output-format concise .
	cd benches/compare && ../../$(VENV)/bin/mypy --strict run.py
	cd benches/engine && MYPYPATH=../compare ../../$(VENV)/bin/mypy --strict run.py
	cd benches/guard && ../../$(VENV)/bin/mypy --strict run.py functions.py history.py
	cd bindings/python && ../../$(VENV)/bin/mypy --strict src/cymongoose

bench: build examples ## Vansire beside its peers, then the engine alone; about 20 minutes (BENCH="hello --servers limit vansire-c" ...)
	$(PYTHON) benches/compare/run.py $(BENCH)
	$(if $(BENCH),,$(PYTHON) benches/engine/run.py --write)

bench-docs: ## Write docs/benchmarks.md anew from benches/results
	$(PYTHON) benches/compare/run.py --docs

##@ Work on it
header: ## Write include/vansire.h from the sources
	VANSIRE_UPDATE_HEADER=1 $(CARGO) test --test header

fmt: $(VENV)/tools.stamp ## Format Rust and Python
	$(CARGO) fmt
	$(VENV)/bin/ruff format --exclude "*.md" .
	$(VENV)/bin/ruff check --fix .

firmware: ## The library without an operating system's comforts, optimised for size
	$(CARGO) rustc --lib --crate-type staticlib --profile firmware --no-default-features --features firmware
	@ls -l target/firmware/libvansire.a

clean: ## Remove everything that was built
	$(CARGO) clean
	rm -rf build $(VENV) bindings/python/build

.PHONY: help build serve examples python install test test-rust test-c test-packaging test-python guard test-browser lint lint-rust lint-python bench bench-docs header fmt firmware clean
.PHONY: packaging FORCE

# The static library is cargo's. The shared one is linked from it: the variadic functions of the API are C, and symbols
# of C objects are not exported from a Rust cdylib.
$(STATIC): FORCE
	@$(CARGO) build --release --lib

$(SHARED): $(STATIC) packaging/vansire.map
	$(CC) -shared -o $@ -Wl,--whole-archive $(STATIC) -Wl,--no-whole-archive \
	  -Wl,--version-script=packaging/vansire.map -Wl,--gc-sections -Wl,-soname,libvansire.so.$(SOVERSION) \
	  -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,--strip-debug $(LIBS)

$(OUT)/libvansire.so: $(SHARED)
	@ln -sf $(notdir $(SHARED)) $@

.SECONDEXPANSION:
build/examples/c/%: $$(wildcard examples/c/$$*/*.c) $(STATIC) $$(wildcard include/*.h)
	@mkdir -p $(@D)
	$(CC) -O2 $(STRICT) -Iinclude -o $@ $(filter %.c,$^) $(STATIC) -Wl,--gc-sections $(LIBS)

# Installed files name the place they were installed to, so they are written anew each time.
packaging:
	@mkdir -p build/packaging
	@for file in vansire.pc VansireConfig.cmake VansireConfigVersion.cmake; do \
	  sed -e 's|@VERSION@|$(VERSION)|' -e 's|@SOVERSION@|$(SOVERSION)|' -e 's|@PREFIX@|$(PREFIX)|' \
	    -e 's|@PC_LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	    -e 's|@PC_INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	    -e "s|@LIBDIR_TO_INCLUDEDIR@|$$(realpath -m --relative-to=$(LIBDIR) $(INCLUDEDIR))|" \
	    packaging/$$file.in > build/packaging/$$file; \
	done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or later is needed, this is " + sys.version if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/package.stamp: $(STATIC) $(PY_SOURCES) | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check ./bindings/python
	@touch $@

$(VENV)/tools.stamp: requirements-dev.txt | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
