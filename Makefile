# playpipe - one Makefile, no recursion. A module is one word in MODULES, a
# tool one word in TOOLS. "make help" lists the targets.

VERSION := $(shell sed -n 's/^\#define CLI_VERSION "\(.*\)"/\1/p' lib/cli/cli.h)
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
SHAREDIR ?= $(PREFIX)/share/playpipe
LIBEXECDIR ?= $(PREFIX)/libexec/playpipe
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
ifeq ($(origin CC),default)
CC := gcc
endif
FLAVOUR ?= release

MODULES := base mem rng codec io http pace ndjson doc csv sketch cli barrier \
	envelope event stream lines expr table gen session dq agg parquet chart kafka store delta \
	lake tidy state
TOOLS := $(notdir $(patsubst %/,%,$(wildcard cmd/*/)))

# ---- flags ----
PACKAGES := jansson libzstd zlib liblz4 libpcre2-8 rdkafka libcurl libcrypto
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
LIBS := -Wl,--as-needed $(PKG_LIBS) -lsnappy -lcsv -lpthread -lm

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wconversion -Wvla -Wundef \
	-Wformat=2
ifdef CI
WARN += -Werror
endif
BASE := -std=c11 -D_POSIX_C_SOURCE=200809L -Ilib -MMD -MP $(WARN) \
	-DPLAYPIPE_SHAREDIR='"$(SHAREDIR)"' $(PKG_CFLAGS)

FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LINK_release := -pie -Wl,-z,relro,-z,now
FLAGS_debug := -O0 -g3
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
LINK_asan := -fsanitize=address,undefined
FLAGS_tsan := -O1 -g -fsanitize=thread
LINK_tsan := -fsanitize=thread
FLAGS_lint := -O1
FLAGS_cov := -O0 -g --coverage
LINK_cov := --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
LINK_fuzz := -fsanitize=fuzzer,address,undefined
ifeq ($(FLAVOUR),fuzz)
CC := clang
endif

B := build/$(FLAVOUR)
# The user's flags come last.
ALL_CFLAGS = $(BASE) $(FLAGS_$(FLAVOUR)) $(CFLAGS)
ALL_LDFLAGS = $(LINK_$(FLAVOUR)) $(LDFLAGS)

# ---- files ----
LIB_SRC := $(foreach m,$(MODULES),$(sort $(wildcard lib/$(m)/*.c)))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o) $(B)/gen/playpipe_schema.o
LIB := $(B)/libplaypipe.a
CMD_SRC := $(sort $(wildcard cmd/*/*.c))
CMD_OBJ := $(CMD_SRC:%.c=$(B)/%.o)
BIN := $(TOOLS:%=$(B)/bin/%)
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(sort $(wildcard tests/unit/*_test.c)))
FUZZ_SECONDS ?= 30
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
TEST_OBJ := $(UNIT:$(B)/%=$(B)/tests/%.o) $(FUZZ:$(B)/%=$(B)/tests/%.o)
ifneq ($(FLAVOUR),fuzz)
REPLAY := $(B)/tests/fuzz/replay.o
TEST_OBJ += $(REPLAY)
endif
SHARE_FILES := $(patsubst share/%,%,$(sort $(wildcard share/*/* \
	share/*.example)))
# The scripts of the flows: run as playpipe-NAME, and what they share.
FLOWS := $(notdir $(wildcard scripts/run-* scripts/rebuild))
FLOW_PARTS := conf.sh figures.sh flows.sh runner.sh

.PHONY: all check check-real style lint tidy layers fuzz fuzz-run perf man \
	completions install uninstall dist clean help unit
.DEFAULT_GOAL := all

all: $(LIB) $(BIN) ## build the tools (FLAVOUR=release|debug|asan|tsan|cov|fuzz)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

# The built-in schema is the shipped file as a C string.
$(B)/gen/playpipe_schema.c: share/schemas/playpipe.json
	@mkdir -p $(@D)
	{ echo '#include "event/names.h"'; \
	  echo 'const char event_playpipe_schema[] ='; \
	  sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; \
	  echo ';'; } >$@

$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(ALL_CFLAGS) -Wno-overlength-strings -c $< -o $@

$(LIB): $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

define tool_rule
$(B)/bin/$(1): $$(patsubst %.c,$(B)/%.o,$$(sort $$(wildcard cmd/$(1)/*.c))) $(LIB)
	@mkdir -p $$(@D)
	$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool_rule,$(t))))

# Answers librdkafka in zstd's place, see lib/codec/frame_size.c.
$(B)/bin/kcat-in: ALL_LDFLAGS += -Wl,-u,ZSTD_getFrameContentSize

# What --version tells about the build.
$(B)/lib/cli/help.o: BASE += -DPLAYPIPE_BUILD='"$(FLAVOUR), $(notdir $(CC))"'

$(B)/tests/unit/%.o: BASE += -Itests
$(B)/unit/%: $(B)/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

# Its store is made to fail.
$(B)/unit/delta_fault_test: LDFLAGS += -Wl,--wrap=store_put_if_absent

unit: $(UNIT) ## build the unit tests

# With the fuzzer in the fuzz flavour, else with the replay driver.
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(REPLAY) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# A real test's own program: make build/release/real/NAME
$(B)/real/%: $(B)/tests/real/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Objects of tests are made by chains of rules, but are no rubbish.
.SECONDARY: $(TEST_OBJ)

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(TEST_OBJ:.o=.d)

# ---- tests ----
CLI_TESTS := $(sort $(wildcard tests/cli/*.bats tests/cli/*.t))
FAULT_TESTS := $(sort $(wildcard tests/fault/*.t))
REAL_TESTS := $(sort $(wildcard tests/real/*.t))
PROVE := prove -j2 --timer --exec 'sh tests/run'
export PLAYPIPE_BIN := $(CURDIR)/$(B)/bin
export PLAYPIPE_SHARED ?= $(abspath ../shared)

# To be preloaded: allocations and writes that fail, a librdkafka that hangs.
SHIMS := $(B)/fault/nth.so $(B)/fault/no_end.so
$(B)/fault/%.so: tests/fault/%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -O1 -shared -fPIC -o $@ $<

# librdkafka's mock cluster in a process of its own: tests/cli/kafka.bash.
$(B)/fault/mock_kafka: $(B)/tests/fault/mock_kafka.o $(B)/tests/fault/mock_records.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

check: all $(UNIT) $(FUZZ) $(SHIMS) $(B)/fault/mock_kafka ## run every test that needs Debian packages only
	$(PROVE) $(UNIT) $(FUZZ) $(CLI_TESTS) $(FAULT_TESTS) </dev/null

check-real: all ## run the tests that need real neighbours (networked)
	@if [ -n "$(REAL_TESTS)" ]; then $(PROVE) -j1 $(REAL_TESTS) </dev/null; \
	else echo "0 passed, 0 failed: no tests in tests/real"; fi

fuzz: ## run each fuzz target for FUZZ_SECONDS (30) with clang's fuzzer
	$(MAKE) FLAVOUR=fuzz fuzz-run

fuzz-run: $(FUZZ)
	sh tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ)

# The reader alone: build/release/perf/reader_bench FILE
$(B)/perf/%: $(B)/tests/perf/%.o $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

perf: all ## measure speed and memory against DuckDB, jq, Miller and kcat
	scripts/perf

# ---- checks of the source ----
C_FILES := $(sort $(wildcard lib/*/*.[ch] cmd/*/*.[ch] tests/*/*.[ch]))
SHELL_FILES := $(sort .ci/run tests/run $(filter-out %.py,$(wildcard \
	scripts/* tests/fault/flow tests/fault/*.t tests/real/*.t tests/perf/*.sh tests/cli/*.t \
	tests/cli/*.bats tests/cli/*.bash tests/fuzz/run)))
MAN_PAGES := $(sort $(wildcard man/*.[157]))

style: ## check the format of the C files (clang-format)
	@clang-format --dry-run -Werror $(C_FILES)

layers: ## check that modules include what lib/LAYERS allows
	scripts/check-layers

# clang's warnings in a flavour of its own; gcc's are those of the build.
lint: layers ## compile with clang, then check shell, pages and C
	$(MAKE) -s FLAVOUR=lint CC=clang CI=1 all unit
	shellcheck -x -S warning $(SHELL_FILES)
	@for page in $(MAN_PAGES); do echo "mandoc $$page"; \
		mandoc -T lint -W warning $$page || exit 1; done
	cppcheck --quiet --std=c11 --enable=warning,portability \
		--error-exitcode=1 --suppress=missingIncludeSystem -Ilib lib cmd
	$(MAKE) -s -j2 -k FLAVOUR=lint CC=clang CI=1 tidy

# Its object knows which headers a file depends on: what has not changed since
# it was found clean is not looked at again.
$(B)/%.tidy: %.c $(B)/%.o .clang-tidy
	@echo "clang-tidy $<"
	@clang-tidy --quiet $< -- $(BASE)
	@touch $@

tidy: $(LIB_SRC:%.c=$(B)/%.tidy) $(CMD_SRC:%.c=$(B)/%.tidy)

man: ## check the manual pages
	mandoc -T lint -W warning $(MAN_PAGES)

# ---- installation ----
COMPLETIONS := $(foreach t,$(TOOLS),build/completions/$(t) \
	build/completions/_$(t) build/completions/$(t).fish)

completions: $(COMPLETIONS) ## write the completion scripts

build/completions/_%: $(B)/bin/%
	@mkdir -p $(@D)
	$< --completions zsh >$@
build/completions/%.fish: $(B)/bin/%
	@mkdir -p $(@D)
	$< --completions fish >$@
build/completions/%: $(B)/bin/%
	@mkdir -p $(@D)
	$< --completions bash >$@

install: all completions ## install under DESTDIR and PREFIX
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(BASHDIR) $(ZSHDIR) \
		$(FISHDIR) $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man7)
	for t in $(TOOLS); do \
		install -m 755 $(B)/bin/$$t $(DESTDIR)$(BINDIR) && \
		install -m 644 build/completions/$$t $(DESTDIR)$(BASHDIR) && \
		install -m 644 build/completions/_$$t $(DESTDIR)$(ZSHDIR) && \
		install -m 644 build/completions/$$t.fish \
			$(DESTDIR)$(FISHDIR) || exit 1; done
	for page in $(MAN_PAGES); do \
		install -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.} || \
		exit 1; done
	for file in $(SHARE_FILES); do \
		install -D -m 644 share/$$file $(DESTDIR)$(SHAREDIR)/$$file || \
		exit 1; done
	install -d $(DESTDIR)$(LIBEXECDIR)
	install -m 755 $(FLOWS:%=scripts/%) $(DESTDIR)$(LIBEXECDIR)
	install -m 644 $(FLOW_PARTS:%=scripts/%) $(DESTDIR)$(LIBEXECDIR)
	for s in $(FLOWS); do \
		ln -sfr $(DESTDIR)$(LIBEXECDIR)/$$s \
			$(DESTDIR)$(BINDIR)/playpipe-$$s || exit 1; done

uninstall: ## remove what install has put there
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/,$(TOOLS)) \
		$(addprefix $(DESTDIR)$(BASHDIR)/,$(TOOLS)) \
		$(addprefix $(DESTDIR)$(ZSHDIR)/_,$(TOOLS)) \
		$(TOOLS:%=$(DESTDIR)$(FISHDIR)/%.fish)
	for page in $(notdir $(MAN_PAGES)); do \
		rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page; done
	rm -f $(addprefix $(DESTDIR)$(BINDIR)/playpipe-,$(FLOWS))
	rm -rf $(DESTDIR)$(SHAREDIR) $(DESTDIR)$(LIBEXECDIR)

dist: ## pack the committed tree
	@mkdir -p build
	git archive --prefix=playpipe-$(VERSION)/ \
		-o build/playpipe-$(VERSION).tar.gz HEAD

clean: ## remove everything that was built
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14
