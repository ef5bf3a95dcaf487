# shellcheck shell=bash
# kafka_lib.sh - real Kafka brokers for one test. Source it behind lib.sh; then:
#
#	need_kafka [VERSION...]	start these (4.4.0 and 3.9.2) with data and
#				ports of the test's own; skips where the jars or
#				programs cannot be had. When the test ends, also
#				by kill -9, they are stopped and wiped
#	on VERSION		what follows talks to that one: KAFKA_BROKERS
#				and the others of "kafka-local env"
#	kafka_local ACTION	scripts/kafka-local for these brokers
#	tool COMMAND ARG...	tests/real/kafka_tool.c on KAFKA_BROKERS
#
# A trap on EXIT that the test has set before stays; set none after.

kafka_versions=()
kafka_before=
kafka_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

kafka_local() {
	"$kafka_root/scripts/kafka-local" "$@"
}

on() {
	eval "$(kafka_local env "$1")"
}

tool() {
	"$kafka_root/build/release/real/kafka_tool" -b "$KAFKA_BROKERS" "$@"
}

kafka_wipe() {
	local version
	[ -d "$KAFKA_LOCAL_DIR" ] || return 0
	for version in "${kafka_versions[@]}"; do
		kafka_local wipe "$version"
	done
}

# kafka_guard PID - wipe when the test has gone without doing it itself. What
# ends the test and all of its group does not end the guard.
kafka_guard() {
	trap '' HUP INT TERM
	while kill -0 "$1" && [ -d "$KAFKA_LOCAL_DIR" ]; do
		sleep 1
	done
	kafka_wipe
}

# kafka_at_end - before what the test's own trap does
kafka_at_end() {
	local before
	before=$(trap -p EXIT)
	before=${before#trap -- }
	eval "kafka_before=${before% EXIT}"
	trap 'kafka_wipe; eval "$kafka_before"' EXIT
	kafka_guard $$ </dev/null >/dev/null 2>&1 3>&- &
	disown
}

# A base port, as kafka-local has it, whose two hundred are not in use; below
# those that the system hands out.
kafka_free_port() {
	local base port
	for base in $(seq $((20000 + $$ % 50 * 200)) 200 32000); do
		for port in "$base"+{90..93} "$base"+{140..143}; do
			(exec 4<>"/dev/tcp/127.0.0.1/$((port))") 2>/dev/null &&
				continue 2
		done
		echo "$base"
		return
	done
}

kafka_fetch() {
	local program version
	for program in java openssl kcat; do
		command -v "$program" >/dev/null ||
			skip_all "$program is not installed:" \
				"sh scripts/deps kafka"
	done
	for version; do
		kafka_local fetch "$version" >&2 ||
			skip_all "the jars of Kafka $version cannot be had"
	done
}

need_kafka() {
	local version
	[ $# -gt 0 ] || set -- 4.4.0 3.9.2
	kafka_fetch "$@"
	make -s -C "$kafka_root" build/release/real/kafka_tool >&2 || exit 1
	KAFKA_LOCAL_DIR=$kafka_root/build/kafka-test.$$
	KAFKA_LOCAL_PORT=$(kafka_free_port)
	export KAFKA_LOCAL_DIR KAFKA_LOCAL_PORT
	kafka_versions=("$@")
	mkdir -p "$KAFKA_LOCAL_DIR"
	kafka_at_end
	for version; do
		if ! kafka_local start "$version"; then
			echo "Bail out! Kafka $version does not start"
			exit 1
		fi
	done
	on "$1"
}
