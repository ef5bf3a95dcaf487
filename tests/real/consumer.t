#!/usr/bin/env bash
# consumer.t - a slow consumer of a table that somebody else keeps in order:
# delta-rs compacts it, vacuums it and cleans its log while a job is behind.
# What was compacted is read once, by the files that were there before; what is
# gone is a gap (65) with the figures, never rows that come twice or not at all.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
export LC_ALL=C
need_python deltalake pyarrow

scratch=$(mktemp -d "${TMPDIR:-/tmp}/consumer.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
evgen --users 100 --from 2026-11-16 --to 2026-11-17 --seed 3 >events
lines=$(wc -l <events)

# slice I - the Ith tenth of the events
slice() {
	sed -n "$((lines / 10 * ($1 - 1) + 1)),$((lines / 10 * $1))p" events
}

# append I... - a commit each
append() {
	local i
	for i; do
		slice "$i" | lake-put --quiet --schema playpipe source || return
	done
}

# keeper CODE - what delta-rs does with the table dt
keeper() {
	"$python" -c "
from deltalake import DeltaTable
dt = DeltaTable('source')
$1"
}

consume() {
	lake-cat --job j --resume sink "$@" source |
		lake-put --quiet --job j --schema playpipe sink
}

# holds I... - the sink has these slices, every line once
holds() {
	local i
	for i; do
		slice "$i"
	done | sort >want
	lake-cat sink | sort | cmp want -
}

# gap TEXT - the consumer stops with 65 and this, and the sink is as it was
gap() {
	local status=0 before
	before=$(lake-cat --print version sink)
	lake-cat --job j --resume sink source >/dev/null 2>err || status=$?
	cat err
	[ "$status" -eq 65 ] && grep -qF -- "$1" err &&
		[ "$(lake-cat --print version sink)" = "$before" ]
}

compacted() {
	append 1 2 && consume && append 3 4 &&
		keeper 'assert dt.optimize.compact()["numFilesRemoved"] == 4' &&
		append 5 && [ "$(lake-cat --count source)" -eq "$((lines / 10 * 5))" ] &&
		consume && holds 1 2 3 4 5
}

compacted_only() {
	keeper 'dt.optimize.compact()' && consume && holds 1 2 3 4 5
}

vacuumed() {
	append 6 7 && keeper '
dt.optimize.compact()
assert len(dt.vacuum(0, dry_run=False, enforce_retention_duration=False)) > 1' &&
		gap 'removed, by a vacuum perhaps'
}

# A new sink has never seen what is gone, so the earliest snapshot that can be
# read is its start.
anew() {
	rm -r sink && keeper '
dt.create_checkpoint()' && rm source/_delta_log/*[0-9].json &&
		append 8 && consume && holds 1 2 3 4 5 6 7 8
}

cleaned() {
	append 9 10 && keeper 'dt.create_checkpoint()' &&
		rm source/_delta_log/*[0-9].json && append 1 &&
		gap 'cannot go on from version'
}

gap_accepted() {
	consume --accept-gap && [ "$(lake-cat --count sink)" -eq \
		"$((lines / 10 * 9))" ] && holds 1 2 3 4 5 6 7 8 1
}

tap 'compacted behind the consumer: every line once' compacted
tap 'a compaction alone is no news' compacted_only
tap 'vacuumed away before it was read: 65' vacuumed
tap 'a new consumer starts at the earliest snapshot' anew
tap 'the log cleaned away before it was read: 65' cleaned
tap '--accept-gap goes on behind it' gap_accepted
tap_end
