#!/usr/bin/env bats
# The mock Kafka that other tests use: it answers, it obeys, it goes away.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	kafka_start 3
}

teardown() {
	kafka_stop
}

# listens N - does broker N of BROKERS take connections?
listens() {
	local -a brokers
	IFS=, read -ra brokers <<<"$BROKERS"
	(exec 4<>"/dev/tcp/${brokers[$1 - 1]/://}") 2>/dev/null
}

@test "three brokers listen; one goes down and comes back" {
	listens 1 && listens 2 && listens 3
	kafka down 2
	listens 1 && listens 3
	run ! listens 2
	kafka up 2
	listens 2
}

@test "every command is obeyed" {
	kafka topic plays 6
	kafka leader plays 5 3
	kafka leader plays 5 -1
	kafka errors Fetch 0 3 transport 2 NOT_LEADER_FOR_PARTITION 1
	kafka errors 0 7 10000
	kafka clear Fetch
	kafka rtt 3 20
	kafka trouble plays TOPIC_AUTHORIZATION_FAILED
	kafka trouble plays 0
	kafka clear Produce
	echo '{}' >file
	kafka lines plays 0 file
	kafka lines plays 1 file 1700000000000
	kafka value plays 2 - key=gone time=1700000000000 a:b
}

@test "what cannot be obeyed is told, and the next line is" {
	local line
	for line in 'fly me' topic 'topic plays 0' 'topic plays' 'down 4' 'up 0' \
		'leader plays x 1' 'errors Fetch transport' 'errors Fly transport 1' \
		'errors Fetch transport 2 0' 'errors Fetch 1 9999 2 2' 'lines plays' \
		'lines plays 0 nowhere' 'value plays x -' 'value plays 0 - x' \
		'trouble plays x' 'rtt 1 -1'; do
		# shellcheck disable=SC2086 # words are wanted
		run -1 kafka $line
		[[ $output == "kafka $line: "?* ]]
	done
	[[ $output == "kafka rtt 1 -1: '-1' is no number from 0 to 600000" ]]
	kafka topic plays 1
}

@test "it ends with the test that started it, also a killed one" {
	local pid
	bash -c '. "$0"; kafka_start; echo "$kafka_pid"; kill -9 $$' \
		"$BATS_TEST_DIRNAME/kafka.bash" >pid || :
	pid=$(cat pid)
	timeout 10 bash -c "while kill -0 $pid 2>/dev/null &&
		grep -qs . /proc/$pid/cmdline; do sleep 0.05; done"
}
