#!/usr/bin/env bash
# parquet.t - Arrow and DuckDB read what we write, value for value, and we
# read what they and Spark write. Needs Python 3 with venv, and PyPI on the
# first run.
set -euo pipefail

# shellcheck source=tests/real/lib.sh
. "$(cd "$(dirname "$0")" && pwd)/lib.sh"
need_python duckdb pyarrow pytz
cd "$real_root"
make -s build/release/real/parquet_tool
tool=$real_root/build/release/real/parquet_tool
scratch=$(mktemp -d "${TMPDIR:-/tmp}/parquet.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

compare() {
	"$python" "$real_root/tests/real/parquet_compare.py" "$@"
}

# (tap runs these where set -e does not hold: chain by &&.)
# ours CODEC-NUMBER plain|coded ROWS - a file of ours in every reader
ours() {
	local file=$scratch/ours-$1-$2-$3.parquet
	"$tool" make "$file" "$1" "$2" "$3" &&
		compare arrow-reads "$file" "$3" &&
		compare duckdb-reads "$file" "$3" &&
		compare statistics "$file" &&
		compare we-read "$tool" "$file"
}

nested() {
	"$tool" nested "$scratch/nested.parquet" 1000 &&
		compare arrow-reads-nested "$scratch/nested.parquet" 1000 &&
		compare we-read-nested "$tool" "$scratch/nested.parquet"
}

theirs() {
	mkdir -p "$scratch/$1" &&
		compare "write-$1" "$scratch/$1" &&
		compare we-read "$tool" "$scratch/$1"/*.parquet
}

theirs_nested() {
	compare write-nested "$scratch/theirs-nested.parquet" &&
		compare we-read-nested "$tool" "$scratch/theirs-nested.parquet"
}

# matrix VERB - see parquet_matrix.py
matrix() {
	mkdir -p "$scratch/matrix-$1" &&
		PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH \
			"$python" "$real_root/tests/real/parquet_matrix.py" \
			"$1" "$tool" "$scratch/matrix-$1"
}

# Spark's files: all flat columns, and all checkpoints leaf by leaf.
golden() {
	local archive
	mkdir -p "$scratch/golden"
	for archive in "$real_shared"/data/delta-golden/*.tar.zst; do
		tar -C "$scratch/golden" --zstd -xf "$archive" 2>/dev/null
	done
	find "$scratch/golden" -name '*.parquet' ! -name '.*' -print0 |
		xargs -0 "$python" tests/real/parquet_compare.py we-read "$tool"
}

golden_checkpoints() {
	find "$scratch/golden" -path '*_delta_log/*.parquet' ! -name '.*' \
		-print0 | xargs -0 "$python" \
		tests/real/parquet_compare.py we-read-nested "$tool"
}

tap 'ours: no compression' ours 0 coded 50000
tap 'ours: snappy' ours 1 coded 50000
tap 'ours: gzip' ours 2 coded 50000
tap 'ours: zstd, several row groups' ours 6 coded 120001
tap 'ours: plain' ours 1 plain 30000
tap 'ours: one row' ours 6 coded 1
tap 'ours: no row' ours 6 coded 0
tap 'ours: nested records' nested
tap 'theirs: every codec, version and encoding of Arrow' theirs arrow
tap 'theirs: nested records of Arrow' theirs_nested
tap 'theirs: DuckDB' theirs duckdb
tap 'theirs: encoding x codec x page version x type x nesting of Arrow' \
	matrix arrow
tap 'theirs: codec x page version x type x nesting of DuckDB' matrix duck
tap 'theirs: INT96, nanoseconds, empty row groups, depth, nulls' matrix odd
tap 'theirs: what is refused, and damage behind checksums' matrix damaged
tap 'Delta: types that were widened, in columns and inside of them' \
	matrix widening
tap 'Delta: columns by id and by name, inside of others too' matrix mapping
if [ -d "$real_shared/data/delta-golden" ]; then
	tap "theirs: Spark's flat columns" golden
	tap "theirs: Spark's checkpoints" golden_checkpoints
else
	tap_skip "theirs: Spark's files" 'no data/delta-golden in the shared folder'
fi
tap_end
