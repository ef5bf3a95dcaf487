#!/usr/bin/env bash
# flow.sh - the flow of every two minutes behind an outage: a million events
# (PERF_LINES) of 380,000 listeners, some six hours of them, wait in four
# topics of six partitions, and run-microbatch takes them through all stages
# in one batch. That is done PERF_RUNS times (3), each into a new lake; shown
# are the medians of each stage and tool, by the clock and in CPU seconds.
set -euo pipefail

# shellcheck source=tests/perf/perf_lib.sh
. "$(dirname "$0")/perf_lib.sh"
perf_begin flow
lines=${PERF_LINES:-1000000}
events=$perf_root/build/perf/flow-$lines.ndjson
[ -s "$events" ] || evgen --users 380000 --seed 5 --limit "$lines" \
	--from 2026-11-16T06:00:00Z --to 2026-11-17 >"$events"
for topic in "${perf_topics[@]}"; do
	make_topic "$topic"
done
fill "$events"
last=$(tail -n 1 "$events" | sed 's/.*"ts":\([0-9]*\).*/\1/')
PLAYPIPE_NOW=$(date -ud "@$((last / 1000 + 60))" +%FT%TZ)
export PLAYPIPE_NOW
cat >"$scratch/conf" <<END
kcat-in.brokers = $KAFKA_BROKERS
flow.batch-limit = $lines
END
for run in $(seq "${PERF_RUNS:-3}"); do
	rm -rf "$scratch/lake"
	"$perf_root/scripts/run-microbatch" --config "$scratch/conf" \
		--lake "$scratch/lake" >"$scratch/$run.summary" \
		2>"$scratch/messages" || {
		cat "$scratch/messages" >&2
		exit 1
	}
	mv "$scratch/lake/_flow/run-microbatch/stats" "$scratch/$run.stats"
done
printf 'topics in %s, ' "${PERF_CODEC:-zstd}"
uptime_line
python3 "$perf_root/tests/perf/flow_report.py" "$lines" "$scratch"/*.summary
