#!/usr/bin/env bash
# tidy.t - tables that lake-tidy cared for, in other hands. delta-rs and DuckDB
# read what was compacted, and read on from its checkpoint when the log of
# before is gone; delta-rs finds nothing more to vacuum; a table of all types
# that delta-rs made, and Spark's golden tables, have the same rows before and
# after; an erased user is in no row, file or checkpoint that they read.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/spark_lib.sh
. "$(dirname "$0")/spark_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
need_python deltalake duckdb pyarrow pytz

scratch=$(mktemp -d "${TMPDIR:-/tmp}/tidy.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
compare=$real_root/tests/real/delta_compare.py
tidy=$real_root/tests/real/tidy_compare.py
golden=$real_shared/data/delta-golden

evgen --users 300 --from 2026-11-16 --to 2026-11-18 --seed 7 >events.ndjson

cared_for() {
	lake-put --schema playpipe --partition-by level --sort ts \
		--batch-rows "$(($(wc -l <events.ndjson) / 14 + 1))" \
		table events.ndjson &&
		lake-tidy --compact --checkpoint --vacuum --clean-log \
			--retain 0s --now 2100-01-01 table &&
		[ "$(lake-cat --print files table | wc -l)" -eq 2 ] &&
		[ "$(find table -name '*.parquet' | wc -l)" -eq 3 ] &&
		[ "$(find table/_delta_log -name '*0[0-9].json' | wc -l)" -le 1 ]
}

tap 'a table is compacted, and its past deleted' cared_for
tap 'delta-rs and DuckDB read the same counts, sums and partitions' \
	"$python" "$compare" read table events.ndjson
tap 'delta-rs tells of the OPTIMIZE and finds nothing to vacuum' \
	"$python" "$tidy" vacuumed table
tap 'delta-rs appends, we compact that too, and both read it' \
	"$python" "$tidy" again table
tap 'a table of all types that delta-rs made: the same rows' \
	"$python" "$tidy" types types
tap 'a user who was erased is in nothing that delta-rs reads' \
	"$python" "$tidy" erased events.ndjson

# golden NAME - a table that we can read has the rows of before; where Spark's
# rows are known, they are those
golden() {
	local name=$1 status=0
	tar --zstd -xf "$golden/$name.tar.zst" 2>/dev/null || return
	lake-cat "$name/delta" >before 2>/dev/null || {
		rm -rf "$name"
		return 0
	}
	lake-tidy --compact --checkpoint "$name/delta" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || return
	status=0
	lake-tidy --checkpoint --vacuum --clean-log --retain 0s \
		--now 2100-01-01 "$name/delta" || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 2 ] || return
	lake-cat "$name/delta" | LC_ALL=C sort >after &&
		LC_ALL=C sort before | cmp - after || return
	# its expected times are of another zone, see golden.t
	[ "$name" = data-reader-partition-values ] || [ ! -s before ] ||
		[ ! -d "$name/expected" ] ||
		"$python" "$real_root/tests/real/golden_compare.py" "$name" ||
		return
	rm -rf "$name"
}

if [ -d "$golden" ]; then
	for archive in "$golden"/*.tar.zst; do
		name=${archive##*/}
		tap "golden: ${name%.tar.zst}" golden "${name%.tar.zst}"
	done
else
	tap_skip 'golden tables' 'no data/delta-golden in the shared folder'
fi

if need_spark; then
	tap 'Spark reads a table that was cared for, and its history' \
		"$python" "$tidy" spark table "$spark_jars"
else
	tap_skip 'Spark reads a table that was cared for' "$spark_lack"
fi
tap_end
