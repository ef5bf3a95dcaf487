#!/usr/bin/env bats
# kcat-in as a member of a group, and with a reader that stops, on the mock
# cluster. A group's first join takes the mock 3 s.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	kafka_start 2
	export KAFKA_BROKERS=$BROKERS
	kafka topic t 12
	: >sent
}

teardown() {
	kafka_stop
	end_jobs
}

# send FROM TO - numbered records to each partition, noted in sent
send() {
	local p
	for p in {0..11}; do
		awk -v p="$p" -v a="$1" -v b="$2" 'BEGIN {
			for (i = a; i <= b; i++) printf("{\"p\":%d,\"i\":%d," \
			"\"pad\":\"%0440d\"}\n", p, i, 0) }' >part
		cat part >>sent
		kafka lines t "$p" part
	done
}

# same FILE... - their lines are those that were sent
same() {
	sort "$@" | cmp - <(sort sent)
}

committed() { # the sum over the partitions
	kcat-in --list --group g t | jq -s 'map(.committed // 0) | add'
}

# is_within MIB - of memory, and a tenth; a sanitizer takes more
is_within() {
	[[ $(kcat-in --version) == *asan* ]] ||
		[ "$(jq .maxRssBytes stats)" -lt $(($1 * 1048576 * 11 / 10)) ]
}

# end PID - by SIGTERM, silently
end() {
	local status=0
	kill "$1"
	wait "$1" || status=$?
	[ "$status" -eq 143 ]
}

# has_half ERR - wait until the member whose messages these are has 6 of them
has_half() {
	local tries
	for ((tries = 0; tries < 1000; tries++)); do
		! grep 'partitions came' "$1" | tail -1 | grep -q ' 6 ' || return 0
		sleep 0.02
	done
	return 1
}

@test "two members share the partitions; one goes, the other has them all" {
	kcat-in -v -g g -X session.timeout.ms=6000 t >one 2>err1 3>&- &
	first=$!
	kcat-in -v -g g -X session.timeout.ms=6000 t >two 2>err2 3>&- &
	# who joins later makes the group share anew
	has_half err1
	has_half err2
	send 1 100
	lines_of 1200 one two
	[ "$(grep -c '"i":50,' one)" -eq 6 ] && [ "$(grep -c '"i":50,' two)" -eq 6 ]
	same one two
	run ! grep -q warning err1 err2
	end "$!"
	# what was not committed yet may come again, but nothing is left out
	send 101 200
	for _ in {1..500}; do
		sort -u one two | cmp -s - <(sort sent) && break
		sleep 0.05
	done
	sort -u one two | cmp - <(sort sent)
	end "$first"
	[ "$(committed)" -eq 2400 ]
	run ! grep -q warning err1 err2
}

@test "--limit, and that the group knows" {
	send 1 50
	kcat-in -g g --limit 100 --stats stats t >one
	[ "$(wc -l <one)" -eq 100 ]
	[ "$(jq -c '[.records, .lines]' stats)" = '[100,100]' ]
	[ "$(committed)" -eq 100 ]
	kcat-in -g g --start stored t >two
	same one two
	SECONDS=0
	kcat-in -g other --max-time 1s t >none
	[ ! -s none ] && [ "$SECONDS" -lt 4 ]
}

@test "--start latest: a group that has read nothing begins at the end" {
	send 1 10
	: >sent
	kcat-in -g g --start latest --line-buffered t >one 2>err 3>&- &
	# it has joined when its place is known
	sleep 5
	send 11 20
	lines_of 120 one
	same one
	end "$!"
	[ ! -s err ]
}

# stopped OPTION... - kcat-in with a reader that stops for 8 s, while which
# the group waits 5 s for a member that does not ask
stopped() {
	mkfifo pipe
	kcat-in --stats stats "$@" t >pipe 2>err 3>&- &
	reader=$!
	exec 8<pipe
	head -c 10000 <&8 >out
	sleep 8
}

@test "a member whose reader stops is not evicted, and loses nothing" {
	send 1 6000
	stopped -g g --mem-limit 64M -X session.timeout.ms=4000 \
		-X max.poll.interval.ms=5000 -X heartbeat.interval.ms=300
	cat <&8 >>out 3>&- &
	lines_of 72000 out
	same out
	# it still is a member
	send 6001 6010
	lines_of 72120 out
	same out
	end "$reader"
	exec 8<&-
	[ ! -s err ]
	[ "$(committed)" -eq 72120 ]
	is_within 64
}

@test "a member that is ended while its reader stands has told only what it wrote" {
	send 1 1000
	mkfifo pipe
	kcat-in -g g -X session.timeout.ms=6000 t >pipe 2>err 3>&- &
	reader=$!
	exec 8<pipe
	head -c 10000 <&8 >first
	sleep 1.5
	kill "$reader"
	sleep 0.2
	cat <&8 >rest 3>&- &
	status=0
	wait "$reader" || status=$?
	[ "$status" -eq 143 ] && [ ! -s err ]
	exec 8<&-
	wait "$!"
	cat first rest >one
	[ "$(committed)" -eq "$(wc -l <one)" ]
	[ "$(committed)" -lt 12000 ]
	kcat-in --start stored -g g t >two
	same one two
}

@test "a reader that stops costs no memory" {
	send 1 8000
	mkfifo pipe
	kcat-in --mem-limit 32M --stats stats t >pipe 2>err 3>&- &
	reader=$!
	exec 8<pipe
	head -c 10000 <&8 >out
	sleep 3
	cat <&8 >>out
	exec 8<&-
	wait "$reader"
	same out
	is_within 32
	[ ! -s err ]
}
