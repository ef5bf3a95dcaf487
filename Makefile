# playpipe - one Makefile, no recursion. A module is one word in MODULES, a
# tool one word in TOOLS. "make help" lists the targets.

VERSION := $(shell sed -n 's/^\#define CLI_VERSION "\(.*\)"/\1/p' lib/cli/cli.h)
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
MANDIR ?= $(PREFIX)/share/man
SHAREDIR ?= $(PREFIX)/share/playpipe
ifeq ($(origin CC),default)
CC := gcc
endif
FLAVOUR ?= release

MODULES := base mem rng codec io ndjson doc csv sketch cli barrier event \
	stream expr table gen session dq agg parquet chart store delta lake state
TOOLS := $(notdir $(patsubst %/,%,$(wildcard cmd/*/)))

# ---- flags ----
PACKAGES := jansson libzstd zlib libpcre2-8
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
LIBS := -Wl,--as-needed $(PKG_LIBS) -lsnappy -lcsv -lpthread -lm

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wconversion -Wvla -Wundef \
	-Wformat=2
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
FLAGS_cov := -O0 -g --coverage
LINK_cov := --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
LINK_fuzz := -fsanitize=fuzzer,address,undefined
ifeq ($(FLAVOUR),fuzz)
CC := clang
endif
ifdef CI
WARN += -Werror
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
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))

.PHONY: all check check-real style lint layers fuzz perf man completions \
	install uninstall dist clean help unit
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

$(B)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Itests -o $@ $< $(LIB) -lcmocka $(LIBS)

unit: $(UNIT) ## build the unit tests

# With the fuzzer in the fuzz flavour, else with the replay driver.
$(B)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< \
		$(if $(filter fuzz,$(FLAVOUR)),,tests/fuzz/replay.c) $(LIB) $(LIBS)

-include $(LIB_OBJ:.o=.d) $(CMD_OBJ:.o=.d) $(UNIT:=.d) $(FUZZ:=.d)

clean: ## remove everything that was built
	rm -rf build

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14
