#!/usr/bin/env bash
# day.sh - a simulated day on a real Kafka, as fast as it goes: evgen's day is
# cut at its barriers into 720 slices of two minutes; each slice is sent by
# kcat-out, then run-microbatch takes it to the live view. Some lines are
# faulty, so that there are bad rows. PERF_USERS listeners (20000), PERF_BATCHES
# slices (720): see day_report.py for what is printed.
set -euo pipefail

# shellcheck source=tests/perf/perf_lib.sh
. "$(dirname "$0")/perf_lib.sh"
perf_begin day
cd "$scratch"
from=$(date -ud '2026-11-16' +%s)

# cut - a file for each slice, numbered by the barrier behind it
cut_slices() {
	awk '/^\{"@barrier":/ { n++; next }
	{ file = sprintf("slice.%04d", n)
	  if (file != last) { if (last) close(last); last = file }
	  print > file }'
}

evgen --users "${PERF_USERS:-20000}" --seed 11 --job day --barrier-every 2m \
	--from 2026-11-16 --to 2026-11-17 --fault wrong_type=0.1% \
	--fault out_of_range=0.1% --fault duplicate=0.05% | cut_slices
for topic in "${perf_topics[@]}"; do
	make_topic "$topic"
done
echo "kcat-in.brokers = $KAFKA_BROKERS" >conf

# batch N - send the Nth slice, take it through; a line of figures
batch() {
	local slice begin sent end
	slice=$(printf 'slice.%04d' "$1")
	[ -e "$slice" ] || : >"$slice"
	PLAYPIPE_NOW=$(date -ud "@$((from + 120 * $1))" +%FT%TZ)
	export PLAYPIPE_NOW
	begin=${EPOCHREALTIME/./}
	# lines whose topic or time is what was spoilt have no place in Kafka
	fill --max-bad 1000 --stats sent --failed failed.ndjson "$slice"
	sent=${EPOCHREALTIME/./}
	"$perf_root/scripts/run-microbatch" --config conf --lake lake \
		>summary 2>messages || {
		cat messages >&2
		return 1
	}
	end=${EPOCHREALTIME/./}
	printf '{"slice":%d,"send":%d,"run":%d,"sent":%s,"summary":%s}\n' \
		"$1" $((sent - begin)) $((end - sent)) "$(cat sent)" \
		"$(cat summary)" >>batches.ndjson
}

batches=${PERF_BATCHES:-720}
for n in $(seq "$batches"); do
	batch "$n"
	[ $((n % 60)) != 0 ] || echo "batch $n of $batches, ${SECONDS}s" >&2
done
times >cpu
uptime_line
for table in bronze/events silver/sessions gold/partials gold/live; do
	lake-cat --print files "lake/$table" >"files.${table#*/}"
	find "lake/$table" -type f -printf '%s %p\n' >"disk.${table#*/}"
done
python3 "$perf_root/tests/perf/day_report.py" .
