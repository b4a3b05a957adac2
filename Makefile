# signal-client: one non-recursive GNU Makefile.  `make help` lists the targets.
.DEFAULT_GOAL := all
V      ?= release
CC     := $(if $(filter default,$(origin CC)),$(if $(filter fuzz,$(V)),clang,cc),$(CC))
PREFIX ?= /usr/local
B      := build/$(V)
VERSION := 0.1.0

std  := -std=c17 -D_GNU_SOURCE -DSC_VERSION=\"$(VERSION)\" \
        -DSC_PREFIX=\"$(PREFIX)\"
warn := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
        -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
        -Wold-style-definition -Wwrite-strings -Wpointer-arith -Wcast-qual \
        -Wundef -Wvla -Wswitch-enum $(WERROR)
san  := -fsanitize=address,undefined -fno-sanitize-recover=all

opt.release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
opt.debug   := -O0 -g -fPIE
opt.asan    := -O1 -g $(san) -fno-omit-frame-pointer
opt.cov     := -O0 -g --coverage
opt.fuzz    := -O1 -g $(san) -fsanitize=fuzzer-no-link -fno-omit-frame-pointer
link.release := -pie -Wl,-z,relro,-z,now
link.debug  := -pie
link.asan   := $(san)
link.cov    := --coverage
link.fuzz   := $(san)
ifeq ($(opt.$(V)),)
$(error unknown V=$(V): release, debug, asan, cov or fuzz)
endif

# Libraries are found when something is linked, not when make is started:
# `make deps` must work on a machine that has none of them.  --as-needed gives
# every program only the libraries that it really uses.
pkgs = libcurl openssl libbsd-overlay libmd yaml-0.1 sqlite3 zlib
LIBS = $(shell pkg-config --libs $(pkgs)) -ljq -lm
PKG_CFLAGS := $(shell pkg-config --cflags $(pkgs) 2>/dev/null)

CPPFLAGS += -Ilibcommon -I. $(PKG_CFLAGS) -include libcommon/sc/banned.h
ALL_CFLAGS = $(std) $(warn) $(opt.$(V)) $(CFLAGS)
ALL_LDFLAGS = $(link.$(V)) -Wl,--as-needed $(LDFLAGS)

lib_src  := $(wildcard libcommon/*.c)
lib_obj  := $(lib_src:%.c=$(B)/obj/%.o)
mock_src := $(wildcard mocksrv/*.c mocksrv/*/*.c)
mock_obj := $(filter-out %/main.o,$(mock_src:%.c=$(B)/obj/%.o))
tools    := $(notdir $(patsubst %/,%,$(wildcard bin/*/)))
exes     := $(tools:%=$(B)/%) $(if $(mock_src),$(B)/sc-mock)
unit_src := $(wildcard t/unit/test_*.c)
units    := $(unit_src:t/unit/%.c=$(B)/%)
fuzz_src := $(wildcard t/fuzz/fuzz_*.c)
fuzzers  := $(fuzz_src:t/fuzz/%.c=build/fuzz/%)
bench_src := $(wildcard t/bench/*.c)
benches  := $(bench_src:t/bench/%.c=$(B)/%)
all_src  := $(lib_src) $(wildcard bin/*/*.c) $(mock_src) $(unit_src) \
            $(fuzz_src) $(bench_src) $(wildcard t/lib/*.c)
all_hdr  := $(wildcard libcommon/sc/*.h bin/*/*.h mocksrv/*.h \
             mocksrv/*/*.h)
mans     := $(wildcard bin/*/*.1 mocksrv/*.1 docs/man/*.[1-8])

# Short lines unless VERBOSE=1.
Q := $(if $(VERBOSE),,@)
say = $(if $(VERBOSE),,@printf '  %-4s %s\n' $(1) $(2))

all: $(exes)

$(B)/libcommon.a: $(lib_obj)
	@rm -f $@ && $(AR) rcs $@ $^
$(B)/libmock.a: $(mock_obj)
	@rm -f $@ && $(AR) rcs $@ $^

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define tool
$(B)/$(1): $(patsubst %.c,$(B)/obj/%.o,$(wildcard bin/$(1)/*.c)) $(B)/libcommon.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach t,$(tools),$(eval $(call tool,$(t))))

$(B)/sc-mock: $(B)/obj/mocksrv/main.o $(B)/libmock.a $(B)/libcommon.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# A unit test named test_PROGRAM_x.c may link the objects of bin/sc-PROGRAM.
prog_objs = $(filter-out %/main.o,$(patsubst %.c,$(B)/obj/%.o,\
            $(wildcard bin/sc-$(word 2,$(subst _, ,$(1)))/*.c)))
mock_lib = $(if $(filter test_mock%,$(1)),$(B)/libmock.a)
.SECONDEXPANSION:
$(units): $(B)/%: $(B)/obj/t/unit/%.o $$(call prog_objs,$$*) $$(call mock_lib,$$*) $(B)/libcommon.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka
$(benches): $(B)/%: $(B)/obj/t/bench/%.o $(B)/libcommon.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)
# Preloaded by tests into programs, so without sanitizers whatever V is.
$(B)/faulty.so: t/lib/faulty.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(std) $(warn) -O2 -fPIC -shared -o $@ $<

ifeq ($(V),fuzz)
$(fuzzers): build/fuzz/%: $(B)/obj/t/fuzz/%.o $(B)/libmock.a $(B)/libcommon.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)
fuzzers: $(fuzzers)
endif

build/compile_commands.json: Makefile $(all_src)
	@mkdir -p build
	@{ echo '['; sep=; for f in $(all_src); do \
	   printf '%s{"directory":"%s","file":"%s","command":"%s"}\n' "$$sep" \
	     "$(CURDIR)" "$$f" \
	     'cc $(subst \",\\\",$(CPPFLAGS) $(std) $(warn)) -c '"$$f"; \
	   sep=,; done; echo ']'; } >$@

# --- what people type ---------------------------------------------------

help:
	@echo 'make demo       build, run everything against simulated vendors, show it'
	@echo 'make check      all tests, and the fuzz targets briefly (V=asan: sanitizers)'
	@echo 'make soak       a simulated week of polling, and 10,000 agents (SOAK_DAYS=7)'
	@echo 'make            build into $(B)'
	@echo 'make install    to $(DESTDIR)$(PREFIX) (DESTDIR=, PREFIX=)'
	@echo 'make lint       formatting, clang-tidy, cppcheck, manuals, scripts, fixtures'
	@echo 'make bench      speed, as ratios against jq and curl | jq'
	@echo 'make fuzz       each fuzz target for FUZZ_SECONDS (default 60)'
	@echo 'make deps       install what is missing (DEPS=no: only tell)'

# deps may install the very libraries that this Makefile asks pkg-config
# about, so what needs them is a second make.
deps:
	@DEPS=$(DEPS) sh .ci/deps build test

demo: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@SC_BIN=$(CURDIR)/$(B) sh docs/demo.sh

check: deps
	@DEPS=$(DEPS) sh .ci/deps fuzz
	@$(MAKE) --no-print-directory -j$$(nproc) V=fuzz CC=clang WERROR=-Werror fuzzers
	@$(MAKE) --no-print-directory -j$$(nproc) WERROR=-Werror check-only
# What takes long proves what does not depend on how the programs were built.
long_tests := $(wildcard t/e2e/79-*.bats t/e2e/8?-*.bats)
e2e_tests  := $(if $(filter asan,$(V)),$(filter-out $(long_tests),$(wildcard t/e2e/*.bats)),$(wildcard t/e2e/*.bats))
check-only: all $(units) $(B)/faulty.so
	@SC_BIN=$(CURDIR)/$(B) SC_ROOT=$(CURDIR) sh t/run.sh $(B)/check $(units) \
	  t/fuzz/check.sh $(e2e_tests)

# The days of make check, but more of them, with the vendors' own maps.
SOAK_DAYS ?= 7
soak: deps
	@$(MAKE) --no-print-directory all
	@SC_BIN=$(CURDIR)/$(B) SC_ROOT=$(CURDIR) SOAK_DAYS=$(SOAK_DAYS) \
	  bats t/e2e/79-days.bats

bench: deps
	@DEPS=$(DEPS) sh .ci/deps bench
	@$(MAKE) --no-print-directory V=release all $(benches:$(B)/%=build/release/%)
	@SC_BIN=$(CURDIR)/build/release SC_ROOT=$(CURDIR) sh t/bench/run.sh

FUZZ_SECONDS ?= 60
fuzz:
	@DEPS=$(DEPS) sh .ci/deps build fuzz
	@$(MAKE) --no-print-directory V=fuzz CC=clang fuzzers
	@for f in $(fuzzers); do n=$${f##*/fuzz_}; \
	  mkdir -p build/fuzz/corpus/$$n && \
	  $$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/ build/fuzz/corpus/$$n t/fuzz/corpus/$$n \
	    || exit 1; done

lint: deps
	@DEPS=$(DEPS) sh .ci/deps lint
	@$(MAKE) --no-print-directory build/compile_commands.json lint-only
lint-only: lint-format lint-tidy lint-cppcheck lint-manuals lint-scripts \
           lint-fixtures
lint-format:
	@echo '  LINT format'
	@clang-format -n -Werror $(all_src) $(all_hdr)
lint-tidy:
	@echo '  LINT clang-tidy'
	@printf '%s\n' $(lib_src) $(wildcard bin/*/*.c) $(mock_src) | \
	  xargs -P "$$(nproc)" -n 6 clang-tidy --quiet -p build 2>build/tidy.err || \
	  { cat build/tidy.err; exit 1; }
# ctunullpointer: does not see across files that sc_prog_usage() never returns.
lint-cppcheck:
	@echo '  LINT cppcheck'
	@cppcheck -q --enable=warning,portability,performance --inline-suppr \
	  --suppress=ctunullpointer --error-exitcode=1 -Ilibcommon -I. bin libcommon mocksrv
lint-manuals:
	@echo '  LINT manuals'
	@! mandoc -Tlint -W style $(mans) | grep -v 'referenced manual not found'
lint-scripts:
	@echo '  LINT scripts'
	@shellcheck -x -S warning .ci/run .ci/deps .ci/roots docs/*.sh t/*.sh t/lib/*.bash t/bench/*.sh \
	  t/fuzz/*.sh t/e2e/*.bats

lint-fixtures: $(B)/sc-mock
	@echo '  LINT fixtures'
	@$(B)/sc-mock lint fixtures

share := $(DESTDIR)$(PREFIX)/share
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(share)/man/man1 $(share)/man/man5 \
	  $(share)/signal-client/vendors $(share)/doc/signal-client
	install -m 755 $(exes) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(filter %.1,$(mans)) $(share)/man/man1
	install -m 644 $(filter %.5,$(mans)) $(share)/man/man5
	cp -R vendors/. $(share)/signal-client/vendors
	install -m 644 README.md LICENSE $(wildcard docs/*.md) \
	  $(share)/doc/signal-client

uninstall:
	cd $(DESTDIR)$(PREFIX)/bin && rm -f $(notdir $(exes))
	cd $(share)/man && rm -f $(patsubst %,man1/%,$(notdir $(filter %.1,$(mans)))) \
	  $(patsubst %,man5/%,$(notdir $(filter %.5,$(mans))))
	rm -rf $(share)/signal-client $(share)/doc/signal-client

fmt:
	clang-format -i $(all_src) $(all_hdr)

clean:
	rm -rf build

lint_parts := lint-format lint-tidy lint-cppcheck lint-manuals lint-scripts \
              lint-fixtures
.PHONY: all help deps demo check check-only soak bench fuzz fuzzers lint lint-only \
        $(lint_parts) \
        install uninstall fmt clean
.SECONDARY:
-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d)
