# shellcheck shell=bash
# perf_lib.sh - what the measurements on a real Kafka share; sourced by them.
#
#	perf_begin WHAT		tools on the PATH, a broker of our own that is
#				stopped and wiped at the end (KAFKA_BROKERS), an
#				empty folder $scratch; ends with the reason where
#				there can be no broker
#	make_topic NAME		of six partitions that keep what they are given
#	fill FILE...		events into the four topics of the service,
#				compressed by PERF_CODEC (zstd)

perf_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034
perf_topics=(listen_events page_view_events auth_events status_change_events)

skip_all() {
	echo "perf: no $perf_what: $*"
	exit 0
}

perf_begin() {
	perf_what=$1
	PATH=${PLAYPIPE_BIN:-$perf_root/build/release/bin}:$PATH
	export PLAYPIPE_SHARE=$perf_root/share LC_ALL=C
	export KAFKA_LOCAL_HEAP=${KAFKA_LOCAL_HEAP:-512m}
	mkdir -p "$perf_root/build/perf"
	scratch=$(mktemp -d "$perf_root/build/perf/$perf_what.XXXXXX")
	trap 'rm -rf "$scratch"' EXIT
	# shellcheck source=tests/real/kafka_lib.sh
	. "$perf_root/tests/real/kafka_lib.sh"
	need_kafka 4.4.0
}

# Records may have old times: none is to be deleted for it.
make_topic() {
	tool create "$1" 6 retention.ms=-1
}

fill() {
	kcat-out --quiet -b "$KAFKA_BROKERS" \
		--compression "${PERF_CODEC:-zstd}" --topic-field topic \
		--key-field userId --allow-keyless --time-field ts "$@"
}

# uptime_line - what else the machine does
uptime_line() {
	uptime | sed 's/.*load/load/'
}
