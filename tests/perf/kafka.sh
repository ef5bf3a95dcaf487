#!/usr/bin/env bash
# kafka.sh - kcat-in and kcat-out against kcat on one broker of our own, over
# the files of scripts/perf, in topics of six partitions: see kafka_peers.py.
#
#   kafka.sh [JOB...]
set -euo pipefail

# shellcheck source=tests/perf/perf_lib.sh
. "$(dirname "$0")/perf_lib.sh"
perf_begin kafka
data=$perf_root/build/perf
tool create empty 6
# Each record to a partition of its own choice, so they are spread evenly.
for name in v1 events; do
	make_topic "$name"
	kcat -b "$KAFKA_BROKERS" -P -t "$name" -l "$data/$name.ndjson" \
		-X sticky.partitioning.linger.ms=0
done
kcat -V | sed -n 's/.*\(librdkafka [^ ]*\).*/kcat 1.7, \1, Kafka 4.4.0, /p' |
	tr -d '\n'
uptime_line
python3 "$perf_root/tests/perf/kafka_peers.py" "$KAFKA_BROKERS" "$data" \
	"$perf_root/build/release/real/kafka_tool" "$@"
