#!/usr/bin/env bash
# azure_tables.t - tables in the lake, on Azurite: the tools by both kinds of
# URL, jobs that resume, state, checkpoints, care; delta-rs reads what we wrote
# and appends, and we read that.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/azurite_lib.sh
. "$(dirname "$0")/azurite_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
need_azurite
need_python deltalake pyarrow

scratch=$(mktemp -d "${TMPDIR:-/tmp}/azure_tables.XXXXXX")
trap 'azurite_stop; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
azurite_start
az=az://lake/tables
abfss=abfss://lake@devstoreaccount1.dfs.core.windows.net/tables

evgen --users 300 --from 2026-11-16 --to 2026-11-18 --seed 7 >events.ndjson
lines=$(wc -l <events.ndjson)

# 14 commits into partitions, so that there is a checkpoint.
written() {
	lake-put --schema playpipe --partition-by level --sort ts \
		--batch-rows "$((lines / 14 + 1))" "$az/events" events.ndjson &&
		[ "$(lake-cat --count "$az/events")" = "$lines" ] &&
		lake-cat "$abfss/events" | LC_ALL=C sort >back &&
		LC_ALL=C sort events.ndjson | cmp - back
}
tap 'what lake-put wrote by az:// comes back by abfss://' written

# python CODE... - with the table's address and options for delta-rs
delta_rs() {
	python_code='import json, sys
from deltalake import DeltaTable, write_deltalake
url, options = sys.argv[1], json.loads(sys.argv[2])
'
	"$python" -c "$python_code$1" "$2" "$(azurite_options)"
}

read_by_delta_rs() {
	[ "$(delta_rs '
t = DeltaTable(url, storage_options=options)
print(t.version(), t.to_pyarrow_table().num_rows)' "$1/events")" = "13 $lines" ]
}
tap 'delta-rs reads it, by az://' read_by_delta_rs "$az"
tap 'and by abfss://, from our checkpoint' read_by_delta_rs "$abfss"

appended() {
	delta_rs '
t = DeltaTable(url, storage_options=options)
some = t.to_pyarrow_table().slice(0, 100)
for i in range(3):
    write_deltalake(url, some, mode="append", storage_options=options)
' "$az/events" && [ "$(lake-cat --count "$az/events")" = $((lines + 300)) ] &&
		lake-put --schema playpipe "$az/events" events.ndjson &&
		[ "$(delta_rs 'print(DeltaTable(url, storage_options=options)
			.to_pyarrow_table().num_rows)' "$az/events")" = \
			$((2 * lines + 300)) ]
}
tap 'delta-rs and we append in turn' appended

# Each writer's own lines, all of them, and versions without a hole.
together() {
	local i pids=()
	for i in 1 2 3 4 5 6; do
		seq 1 40 | sed "s/.*/{\"w\":$i,\"n\":&}/" |
			lake-put --quiet --batch-rows 10 "$az/race" &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || return 1
	done
	lake-cat "$az/race" | LC_ALL=C sort >got
	for i in 1 2 3 4 5 6; do
		seq 1 40 | sed "s/.*/{\"w\":$i,\"n\":&}/"
	done | LC_ALL=C sort | cmp - got &&
		[ "$(delta_rs 'print(DeltaTable(url, storage_options=options)
			.version())' "$az/race")" = 23 ]
}
lake-put --quiet "$az/race" </dev/null
tap 'six writers at once: every commit is there, once' together

resumed() {
	local run
	evgen --users 100 --from 2026-11-16 --to 2026-11-17 --seed 3 \
		--job sim --barrier-every 4h >sim &&
		lake-put --schema playpipe --job sim "$az/bronze" sim || return 1
	for run in 1 2; do
		lake-cat --job silver --resume "$az/silver" "$az/bronze" |
			sessionize --state "$az/_state" |
			lake-put --job silver --schema sessions --stats "stats.$run" \
				"$az/silver" || return 1
	done
	[ "$(lake-cat --count "$az/bronze")" = "$(grep -vc '@barrier' sim)" ] &&
		lake-cat "$az/silver" | LC_ALL=C sort >lake.sessions &&
		lake-put --schema playpipe --job sim bronze sim &&
		lake-cat --job silver --resume silver bronze |
		sessionize --state _state |
			lake-put --job silver --schema sessions silver &&
		lake-cat silver | LC_ALL=C sort | cmp - lake.sessions &&
		grep -q '"rows":0' stats.2
}
tap 'a job with positions and state, the same rows as in folders' resumed

# A stage is killed at each of some moments; then the job is run to its end.
killed() {
	local pause pid
	for pause in 0.05 0.1 0.2 0.3 0.5; do
		lake-put --quiet --schema playpipe --job sim "$az/killed" sim &
		pid=$!
		sleep "$pause"
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	evgen --users 100 --from 2026-11-16 --to 2026-11-17 --seed 3 \
		--job sim --barrier-every 4h --resume "$az/killed" >rest &&
		lake-put --schema playpipe --job sim "$az/killed" rest &&
		lake-cat "$az/killed" | LC_ALL=C sort |
		cmp - <(grep -v '@barrier' sim | LC_ALL=C sort)
}
tap 'killed five times, resumed: nothing lost, nothing doubled' killed

# flow LAKE NAME - the scripts of the flows, and what they made of an hour
flow() {
	local script
	cat >playpipe.conf <<-END
		flow.lake = $1
		flow.source-command = evgen --users 50 --from 2026-11-16 --to 2026-11-18 --barrier-every 6h
	END
	for script in run-microbatch run-hourly run-microbatch run-maintenance; do
		XDG_RUNTIME_DIR=$scratch "$real_root/scripts/$script" \
			--config playpipe.conf || return 1
	done
	lake-cat "$1/gold/hourly" | LC_ALL=C sort >"hourly.$2"
}

flows() {
	flow "$az/flow" lake && flow "$scratch/flow" folder &&
		[ "$(wc -l <hourly.lake)" -gt 20 ] && cmp hourly.lake hourly.folder
}
tap 'run-microbatch, -hourly and -maintenance, as in a folder' flows

cared() {
	lake-tidy --compact --checkpoint --vacuum --clean-log "$az/race" &&
		lake-cat "$az/race" | LC_ALL=C sort | cmp - got &&
		[ "$(delta_rs 'print(DeltaTable(url, storage_options=options)
			.to_pyarrow_table().num_rows)' "$az/race")" = 240 ]
}
tap 'lake-tidy cares for a table in the lake' cared

# A clone's files are its source's, by absolute paths, and of no other store.
cloned() {
	local meta='{"metaData":{"id":"i","format":{"provider":"parquet"},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"n\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}}'
	local path to status=0
	make -s -C "$real_root" build/release/real/store_tool || return
	echo '{"n":7}' | lake-put --quiet "$abfss/a b" &&
		path=$(lake-cat --print files "$abfss/a b" | jq -r .path) || return
	for to in "$abfss/a%20b/$path" file:///etc/passwd; do
		printf '%s\n' '{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}' \
			"$meta" "{\"add\":{\"path\":\"$to\",\"partitionValues\":{},\"size\":1,\"modificationTime\":1,\"dataChange\":true}}" >log
		"$real_root/build/release/real/store_tool" put "$abfss/clone" \
			_delta_log/00000000000000000000.json log || return
		lake-cat "$abfss/clone" >got 2>err || status=$?
		echo "$status $(cat got)"
	done >told
	cat told err
	printf '0 {"n":7}\n2 \n' | cmp - told && grep -q 'another store' err
}
tap 'a clone reads the files of its source, in the same container' cloned

checked() {
	lake-put --check "$az/events" >rights &&
		[ "$(grep -c ': yes$' rights)" = 5 ]
}
tap 'lake-put --check says that all may be done' checked

tap_end
