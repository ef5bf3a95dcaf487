#!/usr/bin/env bash
# layers.t - scripts/check-layers passes this tree and refuses copies of it
# that break each of its rules. TAP.
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/layers.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
n=0
failed=0

# refuses NAME FILE LINE TOLD - with LINE added to FILE, the check fails and
# names the file and the reason
refuses() {
	local copy=$scratch/$((n + 1)) status=0
	mkdir -p "$copy"
	cp -R "$root/lib" "$root/cmd" "$root/scripts" "$copy"
	printf '%s\n' "$3" >>"$copy/$2"
	"$copy/scripts/check-layers" >"$scratch/told" 2>&1 || status=$?
	[ "$status" -eq 1 ] && [ "$(wc -l <"$scratch/told")" -eq 1 ] &&
		grep -q "^$2:.*$4" "$scratch/told"
	tell $? "$1"
}

tell() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$scratch/told"
		failed=$((failed + 1))
	fi
}

"$root/scripts/check-layers" >"$scratch/told" 2>&1
tell $? 'this tree is in order'
refuses 'a module that it may not include' lib/ndjson/reader.c \
	'#include "event/event.h"' 'ndjson may not include event/event.h'
refuses 'a module of the same layer' lib/agg/agg.h \
	'#include "session/session.h"' 'agg may not include session/session.h'
refuses 'a row that names one below it' lib/LAYERS \
	'late: later' 'late names later'
refuses 'a third-party header in another module' lib/event/event.h \
	'#  include <jansson.h>' 'only lib/doc may include jansson.h'
refuses 'a third-party header in a tool' cmd/evgen/opts.c \
	'#include <zstd.h>' 'only lib/codec may include zstd.h'
refuses 'a library that exits' lib/base/fail.c \
	'void die(void) { exit(1); }' 'lib/ may not do this'
echo "1..$n"
[ "$failed" -eq 0 ]
