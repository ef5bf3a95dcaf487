#!/usr/bin/env bash
# golden.t - Delta's own golden tables, written by Spark: each gives the rows
# that Spark read, the live files of its log, or a refusal that says why. Each
# table of the collection is named here once, else the test fails.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
golden=$real_shared/data/delta-golden
[ -d "$golden" ] || skip_all 'no data/delta-golden in the shared folder'
need_python pyarrow

scratch=$(mktemp -d "${TMPDIR:-/tmp}/golden.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
named=

# table NAME - unpack it (tar warns of attributes that other systems left)
table() {
	tar --zstd -xf "$golden/$1.tar.zst" 2>/dev/null && [ -d "$1/delta" ]
}

compare() {
	"$python" "$real_root/tests/real/golden_compare.py" "$@"
}

# rows NAME... - the rows that Spark read
rows() {
	local name
	for name; do
		named="$named $name"
		tap "rows: $name" eval "table $name && compare $name"
		rm -rf "$name"
	done
}

# live NAME PATH... - exactly these files are live; there are no data files
live() {
	local name=$1
	shift
	named="$named $name"
	tap "live files: $name" live_files "$name" "$*"
}

live_files() {
	table "$1" && lake-cat --print files "$1/delta" |
		sed -n 's/^{"path":"\([^"]*\)".*/\1/p' | sort >got &&
		tr ' ' '\n' <<<"$2" | sed '/^$/d' | sort | diff - got
}

# refused NAME STATUS WORDS - no row, and a sentence that says so
refused() {
	named="$named $1"
	tap "refused: $1" refuses "$@"
}

refuses() {
	local status=0
	table "$1" || return
	lake-cat "$1/delta" >out 2>err || status=$?
	cat err
	[ "$status" -eq "$2" ] && [ ! -s out ] && grep -q -- "$3" err &&
		[ "$(wc -l <err)" -eq 1 ]
}

all_named() {
	local archive name
	for archive in "$golden"/*.tar.zst; do
		name=${archive##*/}
		name=${name%.tar.zst}
		case " $named " in
		*" $name "*" $name "*) echo "$name: twice" ;;
		*" $name "*) ;;
		*) echo "$name: not in golden.t" ;;
		esac
	done >unnamed
	cat unnamed
	[ ! -s unnamed ]
}

# types and encodings of data files
rows 124-decimal-decode-bug basic-decimal-table decimal-various-scale-precision \
	parquet-all-types parquet-decimal-dictionaries parquet-decimal-type \
	data-reader-primitives data-reader-array-primitives data-reader-map \
	data-reader-nullable-field-invalid-schema-key \
	data-reader-timestamp_ntz data-reader-timestamp_ntz-name-mode \
	data-reader-date-types-Asia data-reader-date-types-Etc \
	data-reader-date-types-Iceland data-reader-date-types-Pst \
	kernel-timestamp-int96 kernel-timestamp-timestamp_micros
# partitions, statistics, names
rows data-reader-escaped-chars \
	data-skipping-basic-stats-all-types \
	data-skipping-basic-stats-all-types-checkpoint \
	data-skipping-basic-stats-all-types-columnmapping-name \
	data-skipping-partition-and-data-column \
	table-with-columnmapping-mode-name
# its partition values are of Spark's session, seven hours behind UTC, and say
# no zone, which means UTC to us
named="$named data-reader-partition-values"
tap 'rows: data-reader-partition-values' eval 'table data-reader-partition-values &&
	compare data-reader-partition-values as_timestamp -25200'
# logs: checkpoints, deletion vectors, what replaces what
rows basic-with-inserts-deletes-checkpoint basic-with-inserts-overwrite-restore \
	basic-with-vacuum-protocol-check-feature corrupted-last-checkpoint-kernel \
	deltalog-getChanges dv-partitioned-with-checkpoint \
	log-replay-dv-key-cases log-replay-latest-metadata-protocol \
	log-replay-special-characters-a \
	snapshot-data0 snapshot-data1 snapshot-data2 snapshot-data3 \
	snapshot-repartitioned time-travel-partition-changes-a \
	time-travel-schema-changes-a time-travel-start \
	time-travel-start-start20-start40 v2-checkpoint-json
# logs of files that never were
live canonicalized-paths-normal-a
live canonicalized-paths-normal-b
live checkpoint 15
live delete-re-add-same-file-different-transactions foo bar
# logs that are none
refused data-reader-absolute-paths-escaped-chars 65 'no metaData action'
refused deltalog-commit-info 65 'schemaString'
refused deltalog-invalid-protocol-version 2 'version 99'
refused deltalog-state-reconstruction-without-protocol 65 'no protocol action'
refused deltalog-state-reconstruction-from-checkpoint-missing-metadata 65 \
	'no metaData action'
refused no-delta-log-folder 65 'is no Delta table'
tap 'each golden table is named once' all_named
tap_end
