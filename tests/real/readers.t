#!/usr/bin/env bash
# readers.t - tables of lake-put in everybody's readers: delta-rs, polars,
# ClickHouse (chdb), DuckDB, Spark. A bronze table of events with faults, one
# of every type with values at their ends, one of texts at the cut of
# statistics; each as written and after every action of lake-tidy. All rows
# are compared cell by cell with lake-cat's, and the files that a predicate
# leaves to read with what is in them.
#
#	PLAYPIPE_CHDB=1 tests/real/readers.t	installs chdb, 500 MB; without
#						it only one that is there is used
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/spark_lib.sh
. "$(dirname "$0")/spark_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
need_python deltalake duckdb polars pyarrow pytz

scratch=$(mktemp -d "${TMPDIR:-/tmp}/readers.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export LC_ALL=C.UTF-8 TZ=UTC # file names are UTF-8 to Java too

readers() {
	"$python" "$real_root/tests/real/readers.py" "$@"
}

has_chdb() {
	[ -z "${PLAYPIPE_CHDB:-}" ] || (need_python chdb) >/dev/null
	"$python" -c 'import importlib.util, sys
sys.exit(importlib.util.find_spec("chdb") is None)'
}

# Twelve commits in two days of arrival, good and bad lines: 24 files.
events() {
	local i
	evgen --users 200 --from 2026-11-16 --to 2026-11-18 --seed 7 \
		--fault duplicate=1% --fault late=1% --fault missing=1% \
		--fault wrong_type=1% --fault malformed=1% |
		dq-check --suite "$real_root/share/suites/playpipe.json" \
			--quarantine inline --fail-on never --quiet >lines &&
		split -n l/12 -d lines part. || return
	for i in 00 01 02 03 04 05 06 07 08 09 10 11; do
		lake-put --quiet --schema playpipe --sort ts \
			--partition-by arrivalDate,verdict \
			--now "2026-11-$((16 + 10#$i / 6))T10:00:00Z" \
			events "part.$i" || return
	done
	[ -s events/_delta_log/00000000000000000010.checkpoint.parquet ] &&
		[ "$(lake-cat --print files events | wc -l)" = 24 ] &&
		lake-cat events | sort >back && sort lines | cmp - back
}

types() {
	cat >types.json <<-END
		{"name":"types","columns":[{"name":"id","type":"long"},
		{"name":"p","type":"string"},{"name":"pd","type":"date"},
		{"name":"pb","type":"boolean"},{"name":"flag","type":"boolean"},
		{"name":"i","type":"integer"},{"name":"l","type":"long"},
		{"name":"x","type":"double"},{"name":"s","type":"string"},
		{"name":"t","type":"timestamp"},{"name":"d","type":"date"},
		{"name":"y","type":"binary"}]}
	END
	readers types >rows &&
		lake-put --quiet --schema ./types.json --batch-rows 80 \
			--partition-by p,pd,pb types rows &&
		[ "$(lake-cat --count --where 's IS NULL' types)" -gt 0 ] &&
		readers lines rows types
}

numbers() {
	readers numbers numbers >rows && lake-put --quiet numbers rows &&
		lake-tidy --compact numbers &&
		[ "$(lake-cat --count numbers)" = 10 ] &&
		[ "$(lake-cat --print files numbers | wc -l)" = 1 ]
}

cuts() {
	local k
	cat >cuts.json <<-END
		{"name":"cuts","columns":[{"name":"s","type":"string"},
		{"name":"n","type":"long"},{"name":"x","type":"double"},
		{"name":"t","type":"timestamp"},{"name":"e","type":"string"}]}
	END
	for k in 0 1 2 3 4 5 6 7 8 9; do
		readers cuts "$k" |
			lake-put --quiet --schema ./cuts.json cuts || return
	done
}

# Each action once; a copy shows the table as the action left it.
tidied() {
	lake-tidy --checkpoint events && cp -r events events.checkpoint &&
		lake-tidy --delete-where "userId < 1500 AND
			ts < '2026-11-17T00:00:00Z'" events &&
		[ "$(lake-cat --count --where "userId < 1500 AND
			ts < '2026-11-17T00:00:00Z'" events)" = 0 ] &&
		[ "$(lake-cat --count events)" -lt "$(wc -l <lines)" ] &&
		cp -r events events.erased && lake-tidy --compact events &&
		cp -r events events.compact &&
		lake-tidy --vacuum --clean-log --now 2027-01-31T00:00:00Z \
			--retain 1h events &&
		[ "$(find events -name 'part-*' | wc -l)" = \
			"$(lake-cat --print files events | wc -l)" ] &&
		[ "$(lake-cat --print files events | wc -l)" -lt 24 ] &&
		mv events events.vacuum && cp -r types types.compact &&
		lake-tidy --compact --checkpoint types.compact
}

tap 'bronze: 12 commits of good and bad lines, and a checkpoint' events
tap 'every type of a schema, with special partitions' types
tap 'the types of tables of others' numbers
tap 'long texts and microseconds' cuts
cp -r events events.put
tap 'checkpoint, erasure, compaction, vacuum' tidied
tables='events.put events.checkpoint events.erased events.compact events.vacuum
	types types.compact numbers cuts'
for reader in delta-rs polars duckdb; do
	# shellcheck disable=SC2086
	tap "$reader reads what lake-cat reads" readers content $reader $tables
done
# shellcheck disable=SC2086
if has_chdb; then
	tap 'ClickHouse reads what lake-cat reads' \
		readers content chdb $tables
else
	tap_skip 'ClickHouse reads what lake-cat reads' \
		'no chdb; PLAYPIPE_CHDB=1 installs it, 500 MB'
fi
for reader in lake-cat delta-rs; do
	# shellcheck disable=SC2086
	tap "$reader skips the files that it may" \
		readers skipping $reader $tables
done
if need_spark; then
	export SPARK_JARS=$spark_jars
	tap 'Spark reads what lake-cat reads, and skips the same files' \
		readers content spark events.vacuum types numbers cuts
else
	tap_skip 'Spark reads what lake-cat reads' "$spark_lack"
fi
tap_end
