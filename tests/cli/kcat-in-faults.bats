#!/usr/bin/env bats
# kcat-in when brokers fail, on the mock cluster: what passes is waited out,
# what does not ends with the status that says what to do.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	kafka_start 3
	export KAFKA_BROKERS=$BROKERS
	kafka topic t 3
	for p in 0 1 2; do kafka leader t "$p" $((p + 1)); done
}

teardown() {
	kafka_stop
	end_jobs
}

# fill FROM TO - these numbers in each partition, as JSON of some 100 bytes
fill() {
	local p
	for p in 0 1 2; do
		awk -v p="$p" -v a="$1" -v b="$2" 'BEGIN {
			for (i = a; i <= b; i++) printf("{\"p\":%d,\"i\":%d," \
			"\"pad\":\"%080d\"}\n", p, i, 0) }' >"fill.$p"
		kafka lines t "$p" "fill.$p"
	done
}

# reading COMMAND... - it runs, its pipe is full and it cannot have read all;
# read_on reads the rest, and its status is that of the command
reading() {
	mkfifo pipe
	"$@" --mem-limit 8M >pipe 2>err 3>&- &
	reader=$!
	exec 8<pipe
	head -c 100000 <&8 >first
}

read_on() {
	cat first - <&8 | sort >out
	exec 8<&-
	wait "$reader"
}

# all N - out has each of the numbers up to N of each partition once
all() {
	[ "$(wc -l <out)" -eq $((3 * $1)) ] &&
		[ "$(sort -u out | wc -l)" -eq $((3 * $1)) ]
}

@test "records that are there and never come: 75, and the next run goes on" {
	fill 1 100
	kafka errors Fetch NOT_LEADER_FOR_PARTITION 10000
	SECONDS=0
	fails 75 kcat-in --timeout 1s t
	[ "$SECONDS" -ge 4 ] && [ "$SECONDS" -le 20 ]
	grep "'t/0': nothing has come from offset 0 on for [4-9] s, though there are records up to offset 99" err
	kafka clear Fetch
	kcat-in --timeout 1s t | sort >out
	all 100
	# at the end of the log nothing is missed
	run -124 timeout 9 kcat-in --timeout 1600ms --until forever t
}

@test "no broker: 75 when the time is over" {
	SECONDS=0
	fails 75 kcat-in --timeout 1s -b 127.0.0.1:1 t
	grep -q "no broker answers at '127.0.0.1:1'" err
	kafka down 1
	kafka down 2
	kafka down 3
	fails 75 kcat-in --timeout 1s t
	[ "$SECONDS" -lt 10 ]
}

@test "a partition without a leader: 75, with its name" {
	fill 1 10
	kafka leader t 1 -1
	fails 75 kcat-in --timeout 1s t
	grep -q "'t/1'\|Leader not available" err
	[ "$(kcat-in -p 0,2 t | wc -l)" -eq 20 ]
	kafka leader t 1 2
	[ "$(kcat-in t | wc -l)" -eq 30 ]
}

@test "a broker that goes down and comes back while its partition is read" {
	fill 1 30000
	reading kcat-in t
	kafka down 2
	sleep 0.3
	kafka up 2
	read_on
	all 30000
	[ ! -s err ]
}

@test "a leader that changes while its partition is read" {
	fill 1 30000
	reading kcat-in t
	kafka leader t 0 2
	kafka leader t 1 3
	kafka leader t 2 1
	read_on
	all 30000
	[ ! -s err ]
}

@test "a broker that goes down for good: what came is kept, and 75" {
	fill 1 30000
	reading kcat-in --timeout 1s t
	kafka down 2
	status=0
	read_on || status=$?
	[ "$status" -eq 75 ]
	[ "$(grep -c '"p":0' out)" -eq 30000 ]
	[ "$(grep -c '"p":2' out)" -eq 30000 ]
	[ "$(grep -c '"p":1' out)" -lt 30000 ]
	[ "$(sort -u out | wc -l)" -eq "$(wc -l <out)" ]
	[ "$(wc -l <err)" -eq 1 ]
}

@test "broken connections and passing errors while it reads" {
	fill 1 3000
	kafka errors ListOffsets transport 2 NOT_LEADER_FOR_PARTITION 2
	kafka errors Fetch transport 3 NOT_LEADER_FOR_PARTITION 3 \
		REQUEST_TIMED_OUT 1 KAFKA_STORAGE_ERROR 1 0 1 transport 2
	kcat-in t >out 2>err
	all 3000
	[ ! -s err ]
}

@test "slow brokers" {
	fill 1 1000
	for b in 1 2 3; do kafka rtt "$b" 60; done
	kcat-in --timeout 2s t >out
	all 1000
}

@test "an offset that is gone while it reads: 65" {
	fill 1 3000
	kafka errors Fetch 0 1 OFFSET_OUT_OF_RANGE 9
	fails 65 kcat-in t
	grep -Eq "'t/[0-2]'" err
}

# A sanitizer must come first, before what is preloaded.
@test "a library that does not end is left behind" {
	[[ $(kcat-in --version) != *asan* ]] || skip "not beside a sanitizer"
	shim=$bin/../fault/no_end.so
	fill 1 10
	status=0 SECONDS=0
	LD_PRELOAD=$shim timeout 20 kcat-in t >out || status=$?
	[ "$status" -eq 0 ] && [ "$SECONDS" -ge 4 ]
	all 10
	status=0 SECONDS=0
	echo '{"i":11}' | LD_PRELOAD=$shim timeout 20 kcat-out t || status=$?
	[ "$status" -eq 0 ] && [ "$SECONDS" -ge 4 ]
	[ "$(kcat-in t | wc -l)" -eq 31 ]
}

@test "not allowed: 77" {
	fill 1 10
	kafka errors Fetch TOPIC_AUTHORIZATION_FAILED 1000
	fails 77 kcat-in t
	grep -q "authorization" err
	kafka clear Fetch
	kafka errors ListOffsets TOPIC_AUTHORIZATION_FAILED 1000
	fails 77 kcat-in t
	kafka clear ListOffsets
	kafka trouble t TOPIC_AUTHORIZATION_FAILED
	fails 77 kcat-in t
	grep -q "'t'" err
}

ingest() {
	kcat-in --job j --resume lake --stats stats "$@" t | lake-put -q --job j lake
}

# lake_once - the rows of the lake, each there once, to rows
lake_once() {
	lake-cat lake | sort >rows
	[ "$(uniq -d rows | wc -l)" -eq 0 ]
}

@test "retention: a gap is 65 with figures, --accept-gap counts it" {
	fill 1 10
	ingest
	lake_once
	# 5 MiB are kept: the first are dropped
	awk 'BEGIN { for (i = 1; i <= 60000; i++)
		printf("{\"p\":0,\"i\":%d,\"pad\":\"%0100d\"}\n", i + 10, 0) }' >many
	kafka lines t 0 many
	low=$(kcat-in --list -p 0 t | jq .low)
	[ "$low" -gt 10 ] && [ "$low" -lt 60010 ]
	run -75 ingest # so says the sink, which has seen no barrier
	fails 65 kcat-in --stats stats --job j --resume lake t
	[ ! -s out ]
	high=$(kcat-in --list t | jq -s 'map(.high) | add')
	[ "$(jq .left stats)" -eq $((high - 30)) ]
	grep -q "'t/0' begins at offset $low, but is to be read from 10" err
	[ "$(lake-cat --count lake)" -eq 30 ]
	ingest --accept-gap 2>err
	grep -q "offsets 10 to $((low - 1)) are gone" err
	[ "$(jq .passed stats)" -eq $((low - 10)) ]
	lake_once
	[ "$(wc -l <rows)" -eq $((30 + 60010 - low)) ]
	# it goes on as ever
	fill 90001 90005
	ingest 2>err
	[ ! -s err ] && [ "$(jq .passed stats)" -eq 0 ]
	lake_once
	[ "$(wc -l <rows)" -eq $((45 + 60010 - low)) ]
}

@test "retention: a gap is seen at a position of 0" {
	kafka topic u 1
	kcat-in --job j --resume lake u | lake-put -q --job j --schema playpipe lake
	kcat-in --list --job j --resume lake u | jq -e '.position == 0'
	awk 'BEGIN { for (i = 1; i <= 60000; i++) printf("{\"i\":%d," \
		"\"pad\":\"%0100d\"}\n", i, 0) }' >many
	kafka lines u 0 many
	fails 65 kcat-in --job j --resume lake u
	grep -q "but is to be read from 0" err
	# from an offset that is gone there is no plain reading either
	echo '{"topic":"u","partition":0,"offset":0}' >places
	fails 65 kcat-in --start places u
	kcat-in --start places --accept-gap u | head -1 >out || :
	[ "$(jq .i out)" -gt 1 ]
	[ "$(kcat-in u | wc -l)" -eq \
		"$(kcat-in --list u | jq '.high - .low')" ]
}

@test "SIGTERM while it reads a job: what was read is committed" {
	fill 1 2000
	kcat-in --job j --resume lake --until forever --line-buffered t \
		2>err 3>&- > >(lake-put -q --job j lake 3>&-) &
	pid=$!
	for _ in {1..100}; do
		[ "$(awk '/^State/ { print $2 }' /proc/$pid/status)" != S ] || break
		sleep 0.02
	done
	sleep 0.5
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ] && [ ! -s err ]
	for _ in {1..200}; do
		[ ! -d lake/_delta_log ] || break
		sleep 0.02
	done
	[ "$(lake-cat --count lake)" -eq 6000 ]
	fill 2001 2010
	ingest
	lake_once
	[ "$(wc -l <rows)" -eq 6030 ]
}
