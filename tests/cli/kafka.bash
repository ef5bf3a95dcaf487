# shellcheck shell=bash
# kafka.bash - Kafka without a broker for tests: librdkafka's mock cluster in a
# process of its own (tests/fault/mock_kafka.c tells the commands and what it
# cannot do). Source it, in bats or bash; then:
#
#	kafka_start [BROKERS]	in setup: start it (1 broker); exports BROKERS,
#				the list for -b
#	kafka COMMAND ARG...	obeyed when it returns: topic NAME PARTITIONS,
#				down BROKER, up BROKER, errors Fetch transport 1,
#				lines TOPIC PARTITION FILE
#	kafka_stop		in teardown: end it and wait for it
#
# It ends as well when the test that started it is killed. (A write to one that
# has died is made in a subshell: SIGPIPE must not end the test.)

kafka_mock=${PLAYPIPE_BIN:-$(dirname "${BASH_SOURCE[0]}")/../../build/release/bin}/../fault/mock_kafka

kafka_start() {
	local folder
	kafka_stop
	folder=$(mktemp -d "${BATS_TEST_TMPDIR:-${TMPDIR:-/tmp}}/kafka.XXXXXX")
	mkfifo "$folder/in" "$folder/out"
	"$kafka_mock" "${1:-1}" <"$folder/in" >"$folder/out" 3>&- &
	kafka_pid=$!
	exec {kafka_in}>"$folder/in" {kafka_out}<"$folder/out"
	rm -r "$folder"
	read -r -t 10 -u "$kafka_out" BROKERS || return 1
	export BROKERS
}

kafka() {
	local answer
	(echo "$*" >&"$kafka_in") 2>/dev/null || :
	read -r -t 10 -u "$kafka_out" answer || answer='error no answer'
	[ "$answer" = ok ] && return
	echo "kafka $*: ${answer#error }" >&2
	return 1
}

# A child that still holds its input does not keep it alive.
kafka_stop() {
	[ -n "${kafka_pid:-}" ] || return 0
	(echo quit >&"$kafka_in") 2>/dev/null || :
	exec {kafka_in}>&- {kafka_out}<&-
	wait "$kafka_pid" || :
	kafka_pid=
}
