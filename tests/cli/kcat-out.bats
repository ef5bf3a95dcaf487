#!/usr/bin/env bats
# kcat-out on the mock Kafka: what arrives is what was sent, what does not is
# told, line by line, whatever the brokers do.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	kafka_start 1
	export KAFKA_BROKERS=$BROKERS
	kafka topic t 4
}

teardown() {
	kafka_stop
	end_jobs
}

# go OPTION... - run it: status, err, stats.json; lines = the sum of its parts
go() {
	rm -f stats.json
	status=0
	timeout 30 kcat-out --stats stats.json "$@" 2>err || status=$?
	[ ! -s stats.json ] || jq -e '.lines == null or
		.lines == .delivered + .failed + .aborted' stats.json >/dev/null
}

# stat KEY - a figure of the last go
stat() {
	jq ".$1" stats.json
}

# sent [TOPIC] - its values, sorted
sent() {
	kcat-in "${1:-t}" | sort
}

# records [TOPIC] - all of its records but their places, sorted
records() {
	kcat-in -f envelope "${1:-t}" | jq -cS 'del(.offset, .tsType)' | sort
}

@test "lines arrive as they are, once each, whatever they are" {
	printf '{"a" : 1}\n\n[2]\nno json\n\xff\xfe\nlast' >in
	go t <in
	[ "$status" -eq 0 ]
	[ "$(stat delivered)" -eq 5 ] && [ "$(stat blank)" -eq 1 ]
	{ sed '/^$/d' in && echo; } | sort >want
	sent | cmp - want
}

@test "files in their order, and stdin by a dash" {
	seq 1 3 >a
	seq 4 6 >b
	go t a - b < <(seq 7 9)
	[ "$status" -eq 0 ]
	[ "$(sent | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 " ]
}

@test "topic, key and time by fields; a number is a key by its text" {
	kafka topic plays 2
	cat >in <<-'END'
	{"to":"t","who":17,"at":1795338000000}
	{"to":"plays","who":"a\u0062","at":"2026-11-22T07:00:00.5Z"}
	END
	go -t to -k who --time-field at in
	[ "$status" -eq 0 ]
	[ "$(records | jq -c '[.key, .ts]')" = '["17",1795338000000]' ]
	[ "$(records plays | jq -c '[.key, .ts]')" = '["ab",1795330800500]' ]
	kcat-in t | cmp - <(head -1 in)
}

@test "a schema's roles are topic, key and time" {
	for topic in listen_events page_view_events auth_events \
		status_change_events; do
		kafka topic "$topic" 2
	done
	evgen --users 100 --seed 1 --from 2026-11-16 --to 2026-11-17 >in
	go --schema playpipe --allow-keyless <in
	[ "$status" -eq 0 ]
	[ "$(stat keyless)" -eq "$(grep -vc '"userId"' in)" ]
	for topic in listen_events page_view_events auth_events \
		status_change_events; do
		sent "$topic" >got
		jq -c "select(.topic == \"$topic\")" in | wc -l >n
		[ "$(wc -l <got)" -eq "$(cat n)" ]
		kcat-in -f envelope "$topic" | jq -e '.ts == .value.ts and
			.key == (.value.userId | if . then tostring else null end)' \
			>all
		run ! grep -v true all
	done
}

@test "the partition is the one that Java clients choose" {
	# murmur2 of these keys by Kafka's own Utils.murmur2, modulo 4
	for key in 21 foobar a-little-bit-long-string; do
		echo "{\"k\":\"$key\"}"
	done >in
	go -k k t in
	[ "$(records | jq -r '[.key, .partition] | join(" ")' | sort)" = \
		"21 $(((-973932308 & 0x7fffffff) % 4))
a-little-bit-long-string $(((-985981536 & 0x7fffffff) % 4))
foobar $(((-790332482 & 0x7fffffff) % 4))" ]
}

@test "a line whose fields cannot be read is kept with its reason" {
	cat >in <<-'END'
	{"who":"a","at":1}
	{"at":1}
	{"who":null,"at":1}
	{"who":["a"],"at":1}
	{"who":"a","at":"yesterday"}
	{"who":"a","at":1
	{"who":"a","at":-5}
	END
	printf '{"who":"\xff","at":1}\n' >>in
	go -k who --time-field at --failed failed t in
	[ "$status" -eq 65 ]
	[ "$(stat delivered)" -eq 1 ] && [ "$(stat failed)" -eq 7 ]
	jq -r '[.file, .line, .error] | join(" ")' failed >got
	cat >want <<-'END'
	in 2 MISSING_FIELD
	in 3 MISSING_FIELD
	in 4 WRONG_TYPE
	in 5 WRONG_TYPE
	in 6 NOT_JSON
	in 7 WRONG_TYPE
	in 8 NOT_JSON
	END
	cmp want got
	jq -r '.raw // (.rawBase64 | @base64d)' failed |
		head -6 | cmp - <(sed -n 2,7p in)
	[ "$(tail -1 failed | jq -r .rawBase64 | base64 -d | od -c)" = \
		"$(sed -n 8p in | tr -d '\n' | od -c)" ]
	grep -q "lines that could not be sent: 7; --max-bad allows 0" err
	go -k who --time-field at --max-bad 7 t in
	[ "$status" -eq 0 ]
	go --allow-keyless -k who --time-field at --max-bad 5 t in
	[ "$status" -eq 0 ] && [ "$(stat keyless)" -eq 2 ]
}

@test "what is too large is kept, and can be sent with another limit" {
	awk 'BEGIN { printf("\"a\"\n"); for (i = 0; i < 1200000; i++)
		printf("x"); printf("\n\"b\"\n") }' >in
	go --failed failed t in
	[ "$status" -eq 65 ]
	[ "$(sent | tr '\n' ' ')" = '"a" "b" ' ]
	[ "$(jq -r '[.line, .error] | join(" ")' failed)" = \
		"2 MSG_SIZE_TOO_LARGE" ]
	go -X message.max.bytes=2000000 t < <(jq -r .raw failed)
	[ "$status" -eq 0 ]
	sent | cmp - <(sort in)
}

@test "a line over --max-line is told as cut" {
	go --max-line 1024 --failed failed t < <(printf 'short\n%02000d\n' 0)
	[ "$status" -eq 65 ]
	jq -e '.error == "TOO_LONG" and .cut and (.raw | length) == 1024' failed
}

@test "an envelope comes back the same" {
	cat >in <<-'END'
	{"topic":"t","partition":2,"ts":1795338000000,"key":"a","headers":[["h","v"],["h",null],["",""],["b",{"base64":"//8="}]],"value":{"x": 1}}
	{"topic":"t","partition":0,"ts":1795338000001,"key":null,"value":null}
	{"topic":"t","partition":0,"ts":1795338000002,"key":"","valueText":""}
	{"topic":"t","partition":1,"ts":1795338000003,"keyBase64":"/w==","valueBase64":"AP8="}
	{"topic":"t","partition":3,"ts":1795338000004,"key":"x","valueText":" 1\n"}
	END
	go --envelope <in
	[ "$status" -eq 0 ]
	records | cmp - <(jq -cS . in | sort)
}

@test "headers are seen behind values of any length, and none where none are" {
	local n key headers
	for n in 0 1 62 63 64 127 128 8190 8191 8192 8193 16383 16384 700000; do
		for key in null '"k"'; do
			for headers in '' '"headers":[["h","v"],["",null]],'; do
				printf '{"topic":"t","partition":0,"key":%s,' "$key"
				printf '%s"valueText":"%*s"}\n' "$headers" "$n" ''
			done
		done
	done >in
	kcat-out --envelope <in
	kcat-in --format envelope t |
		sed 's/"offset":[0-9]*,"ts":[0-9]*,"tsType":"create",//' >out
	cmp in out
}

@test "envelopes: another topic, other partitions, one more header" {
	kafka topic copy 1
	cat >in <<-'END'
	{"topic":"t","partition":3,"key":"a","headers":[["h","v"]],"value":1}
	{"key":"a","value":2}
	END
	go --envelope --repartition -H x=y copy <in
	[ "$status" -eq 0 ]
	[ "$(records copy | jq -c '[.partition, .headers, .value]')" = \
		'[0,[["h","v"],["x","y"]],1]
[0,[["x","y"]],2]' ]
	go --envelope --failed failed copy <in
	[ "$status" -eq 2 ]
	jq -r .raw failed | cmp - <(head -1 in)
	grep -q "topic 'copy' has no partition 3" err
	go --envelope t < <(echo '{"value":1}')
	[ "$status" -eq 65 ]
	grep -q "needed is one of 'key' and 'keyBase64'" err
}

@test "no broker: 75, in the time given, and nothing was read" {
	seq 3 >in
	KAFKA_BROKERS=localhost:1 go --timeout 500ms t <in
	[ "$status" -eq 75 ]
	[ "$(wc -l <err)" -eq 1 ]
}

@test "an unknown topic is refused before a line is read" {
	go nothere-$'\x01' </dev/null
	[ "$status" -eq 2 ]
	[ "$(wc -l <err)" -eq 1 ]
	go -t t --failed failed < <(echo '{"t":"no such"}')
	[ "$status" -eq 2 ]
	[ "$(jq -r .error failed)" = UNKNOWN_TOPIC_OR_PART ]
}

@test "brokers that go away: 75, and what was not delivered is kept" {
	mkfifo pipe
	timeout 30 kcat-out --timeout 2s --failed failed --stats stats.json t \
		<pipe 2>err &
	local pid=$!
	exec 4>pipe
	seq 100 >&4
	for ((i = 0; i < 50; i++)); do
		[ "$(kcat-in t | wc -l)" -lt 100 ] || break
		sleep 0.1
	done
	kafka down 1
	seq 101 200 >&4
	sleep 3
	exec 4>&-
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 75 ]
	[ "$(stat delivered)" -eq 100 ] && [ "$(stat failed)" -eq 100 ]
	jq -r .raw failed | sort -n | cmp - <(seq 101 200)
	kafka up 1
	go t < <(jq -r .raw failed)
	[ "$status" -eq 0 ]
	sent | sort -n | cmp - <(seq 200)
}

@test "errors that pass are tried again: nothing lost, nothing doubled" {
	seq 2000 >in
	kafka errors Produce NOT_LEADER_FOR_PARTITION 3 REQUEST_TIMED_OUT 2 \
		transport 2
	go t <in
	[ "$status" -eq 0 ]
	sent | sort -n | cmp - in
}

@test "values stay what they are while a broker is away" {
	kafka_start 2
	KAFKA_BROKERS=$BROKERS
	kafka topic t 4
	seq -f "%06.0f$(printf '%200s' '')" 60000 >in # more than can wait
	kafka down 2
	(sleep 1 && kafka up 2) &
	go -z none --mem-limit 8M -X sticky.partitioning.linger.ms=0 t in
	[ "$status" -eq 0 ]
	sent | cmp - in
}

@test "not allowed is 77" {
	kafka errors Produce TOPIC_AUTHORIZATION_FAILED 10
	go --failed failed t < <(seq 3)
	[ "$status" -eq 77 ]
	[ "$(wc -l <failed)" -eq 3 ]
}

@test "SIGTERM: what was read is delivered, then the signal's end" {
	mkfifo pipe
	kcat-out --linger 5s t <pipe 2>err &
	local pid=$!
	exec 4>pipe
	seq 1000 >&4
	sleep 0.5
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	exec 4>&-
	[ "$status" -eq 143 ]
	[ "$(sent | wc -l)" -eq 1000 ]
}

@test "SIGTERM while brokers are gone: within 10 s, and the lines are kept" {
	local id pid
	for id in '' '-T id'; do
		rm -f pipe failed
		mkfifo pipe
		# shellcheck disable=SC2086 # words are wanted
		kcat-out $id --failed failed t <pipe 2>err &
		pid=$!
		exec 4>pipe
		sleep 0.5
		kafka down 1
		seq 100 >&4
		sleep 0.5
		SECONDS=0
		kill "$pid"
		status=0
		wait "$pid" || status=$?
		exec 4>&-
		[ "$status" -eq 75 ] && [ "$SECONDS" -le 10 ]
		jq -r .raw failed | cmp - <(seq 100)
		kafka up 1
	done
}

@test "transactions of so many lines; an abort tells every line" {
	go -T id --txn-every 10 t < <(seq 25)
	[ "$status" -eq 0 ]
	[ "$(stat transactions)" -eq 3 ] && [ "$(stat delivered)" -eq 25 ]
	kafka errors Produce MSG_SIZE_TOO_LARGE 1
	go -T id --failed failed t < <(seq 5)
	[ "$status" -eq 65 ]
	[ "$(jq -r .error failed | sort -u)" = TRANSACTION_ABORTED ]
	jq -r .raw failed | cmp - <(seq 5)
}

@test "transactions end while the input pauses" {
	mkfifo pipe
	kcat-out -T id --txn-every 1000,1s --stats stats.json t <pipe &
	local pid=$!
	exec 4>pipe
	seq 5 >&4
	sleep 2.5
	seq 6 10 >&4
	exec 4>&-
	wait "$pid"
	[ "$(stat transactions)" -eq 2 ]
}

@test "barriers are not sent; each ends a transaction" {
	evgen --users 50 --seed 1 --from 2026-11-16 --to 2026-11-17 \
		--job sim --barrier-every 6h >in
	grep -v '^{"@barrier"' in >lines
	go t <in
	[ "$status" -eq 0 ] && [ "$(stat barriers)" -eq 5 ]
	sent | cmp - <(sort lines)
	kafka topic once 4
	go -T sim once <in
	[ "$status" -eq 0 ] && [ "$(stat transactions)" -eq 4 ]
	sent once | cmp - <(sort lines)
	# cut behind a line: what has no barrier behind it is not committed
	go -T sim2 once < <(head -c -1 in | sed '$d')
	[ "$status" -eq 75 ]
	[ "$(stat aborted)" -gt 0 ]
	grep -q 'the stage before died' err
	# it goes on from somewhere, but nothing is recorded
	go -T sim3 once < <(sed '1s/"start":true,//' in)
	[ "$status" -eq 65 ]
	grep -q 'has committed none' err
}

@test "a rate is kept" {
	local begin=$EPOCHREALTIME
	go --rate 40 t < <(seq 40)
	[ "$status" -eq 0 ]
	[ $((${EPOCHREALTIME/./} - ${begin/./})) -gt 900000 ]
}

@test "a file in the place of the topic is told" {
	mkdir d
	echo '{"topic":"t","ts":1795338000000,"userId":1}' | tee d/in >"in put"
	for file in d/in ./d/in 'in put'; do
		go --schema playpipe "$file" </dev/null
		[ "$status" -eq 2 ]
		grep -qF "kcat-out: '$file' is a file, but stands where" err
	done
	for name in d/out .. 'a b' ''; do
		go "$name" </dev/null
		[ "$status" -eq 2 ]
		grep -qF "kcat-out: '$name' cannot be a topic" err
	done
	# it may be a topic: then that is what is meant
	cp d/in t
	go --schema playpipe t </dev/null
	[ "$status" -eq 0 ]
	grep -qF "kcat-out: warning: 't' is taken for the topic" err
	go --schema playpipe t t
	[ "$status" -eq 0 ] && [ ! -s err ] && [ "$(stat delivered)" -eq 1 ]
	go --schema playpipe --topic-field topic d/in
	[ "$status" -eq 0 ] && [ "$(stat delivered)" -eq 1 ]
}

@test "what does not go together is refused" {
	for options in '--envelope -k a t' '--repartition t' '-H x t' \
		'--print-position t' '-T id --txn-every x t' '' \
		'--create-topic 0 t' '--schema nothere t' '-X acks=x t'; do
		# shellcheck disable=SC2086 # words are wanted
		go $options </dev/null
		[ "$status" -eq 2 ]
		[ "$(wc -l <err)" -le 2 ]
	done
	KAFKA_BROKERS='' go t </dev/null
	[ "$status" -eq 2 ]
}
