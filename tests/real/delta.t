#!/usr/bin/env bash
# delta.t - our tables in other hands. delta-rs and DuckDB read what lake-put
# wrote (counts, sums, partitions, history, a checkpoint, time travel);
# delta-rs appends and lake-cat reads it back. Spark's tables: golden.t.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
need_python deltalake duckdb pyarrow pytz

scratch=$(mktemp -d "${TMPDIR:-/tmp}/delta.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
compare=$real_root/tests/real/delta_compare.py

evgen --users 300 --from 2026-11-16 --to 2026-11-18 --seed 7 >events.ndjson

# make_table - 14 commits into partitions, so that there is a checkpoint
make_table() {
	lake-put --schema playpipe --partition-by level --sort ts \
		--batch-rows "$(($(wc -l <events.ndjson) / 14 + 1))" \
		table events.ndjson &&
		[ -s table/_delta_log/00000000000000000010.checkpoint.parquet ] &&
		[ -s table/_delta_log/_last_checkpoint ]
}

back_and_forth() {
	lake-cat table | LC_ALL=C sort >back &&
		LC_ALL=C sort events.ndjson | cmp - back
}

# A second table made of the first's lines, and its lines again.
again() {
	lake-cat table | lake-put --schema playpipe table2 &&
		lake-cat table >one && lake-cat table2 >two && cmp one two
}

tap 'lake-put makes a table of 14 commits and a checkpoint' make_table
tap 'its lines come back byte for byte' back_and_forth
tap 'and once more through a second table' again
tap 'delta-rs and DuckDB read the same counts, sums and partitions' \
	"$python" "$compare" read table events.ndjson
tap 'delta-rs starts from our checkpoint when early commits are gone' \
	"$python" "$compare" checkpoint table events.ndjson
tap 'time travel gives what delta-rs gives' "$python" "$compare" travel table
tap 'delta-rs appends to our table, and we read it' \
	"$python" "$compare" append table events.ndjson
tap 'we append behind delta-rs, and both read it' \
	"$python" "$compare" append-again table events.ndjson
tap 'delta-rs compacts, deletes and checkpoints, and we read it' \
	"$python" "$compare" rewrite table
tap 'a table that delta-rs made: append, replace a partition' \
	"$python" "$compare" foreign foreign
tap 'bronze: bad lines as rows, read by delta-rs' \
	"$python" "$compare" bronze bronze

# A range is emptied but for some rows, and filled again: rows are carried over
# into new files twice, and all readers agree with the events all the same.
replaced() {
	local range='ts >= 1794830400000 AND ts < 1794873600000'
	lake-put --schema playpipe --partition-by level --sort ts \
		--batch-rows 5000 table3 events.ndjson &&
		lake-cat --where "$range" table3 >part &&
		[ "$(wc -l <part)" -gt 1000 ] && head -20 part >some &&
		lake-put --replace-where "$range" table3 some &&
		[ "$(lake-cat --count --where "$range" table3)" -eq 20 ] &&
		lake-put --replace-where "$range" --stats stats table3 part &&
		grep -q '"rows_replaced":20,"rows_carried":[1-9]' stats &&
		"$python" "$compare" read table3 events.ndjson
}
tap 'a range replaced twice, read by delta-rs and DuckDB' replaced

tap_end
