#!/usr/bin/env bats
# kcat-in under a job, with dq-check and lake-put behind it, on the mock
# cluster: every line is in the table once, and what is another topic, another
# place or another pipe is refused.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	kafka_start
	export KAFKA_BROKERS=$BROKERS
	kafka topic t 3
	cat >suite.json <<-'END'
	{"name": "s", "expectations": [{"type":
	"expect_column_values_to_not_be_null", "kwargs": {"column": "userId"},
	"severity": "critical"}]}
	END
	: >sent
}

teardown() {
	kafka_stop
	end_jobs
}

# send TOPIC FROM TO [MS] - events with these ids, a few of them bad, spread
# over its first three partitions; what is sent is noted in sent
send() {
	local p
	for p in 0 1 2; do
		awk -v p="$p" -v a="$2" -v b="$3" -v t="$1" 'BEGIN {
			for (i = a; i <= b; i++) {
				if (i % 3 != p)
					continue
				if (i % 50 == 7)
					printf("no json %s %d\n", t, i)
				else
					printf("{\"ts\":1794787200000," \
					"\"userId\":%d,\"song\":\"%s %d\"}\n",
					i % 9, t, i)
			} }' >part
		cat part >>sent
		kafka lines "$1" "$p" part ${4:+"$4"}
	done
}

# ingest [OPTION...] [-- TOPIC...] - the flow, once, into the table lake
ingest() {
	local topics=(t) options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# -lt 2 ] || topics=("${@:2}")
	kcat-in --job j --resume lake --stats stats "${options[@]}" \
		"${topics[@]}" |
		dq-check -q --suite suite.json --fail-on never \
			--quarantine inline |
		lake-put -q --job j --schema playpipe \
			--partition-by verdict lake
}

# all_once - the table has each line that was sent, once
all_once() {
	{
		lake-cat --where "verdict = 'good'" lake
		lake-cat --where "verdict = 'bad'" lake | jq -r '."@bad".raw'
	} | sort | cmp - <(sort sent)
}

position() { # of the job, all partitions
	kcat-in --list --job j --resume lake "${@:-t}" | jq -c .position | xargs
}

version() {
	lake-cat --print version lake | jq .version
}

@test "again and again: every line once, good or bad" {
	for i in 1 2 3 4; do
		send t "$((i * 200))" "$((i * 200 + 150))"
		ingest --limit "$((i * 37))"
	done
	ingest
	all_once
	before=$(version)
	ingest
	[ "$(version)" = "$before" ] # nothing new, no commit
	jq -e '.records == .compared and .left == 0' stats
}

@test "a run in many batches" {
	send t 1 3000
	kcat-in --job j --resume lake --barrier-every 1ms --stats stats t >out
	[ "$(grep -c '^{"@barrier' out)" -ge 2 ]
	jq -s 'map(select(type == "object" and has("@barrier"))
		| ."@barrier".lines) | add == 3000' <(grep -v '^no json' out)
	lake-put -q --job j --schema playpipe --partition-by verdict lake <out
	all_once
}

@test "two runners at once: one wins, nothing doubles" {
	for i in 1 2 3 4; do
		send t "$((i * 1000))" "$((i * 1000 + 900))"
		ingest 2>err.1 3>&- &
		one=0 two=0
		ingest 2>err.2 || two=$?
		wait "$!" || one=$?
		[ "$one" -eq 0 ] || [ "$two" -eq 0 ]
		for status in "$one" "$two"; do
			[ "$status" -eq 0 ] || [ "$status" -eq 75 ]
		done
		all_once
	done
}

@test "shards of a job share its table" {
	for i in 1 2; do
		send t "$((i * 1000))" "$((i * 1000 + 300))"
		for s in 1 2 3; do ingest --shard "$s/3"; done
		all_once
	done
	send t 5000 5100
	ingest # all of them go on as one
	all_once
}

@test "a second topic, and new partitions" {
	send t 1 100
	ingest -p 0,1
	send u 1 100
	# the job has not read partition 2: it is new
	ingest -- t u
	all_once
	send t 101 200
	send u 101 200
	ingest -- t u
	all_once
	# and one topic alone goes on as well
	send t 201 300
	ingest
	all_once
	[ "$(position t)" = '100 100 100' ]
}

@test "--start is for the first run, also one that finds nothing" {
	send t 1 30
	: >sent
	ingest --start latest
	send t 31 60
	ingest --start latest
	all_once
	rm -r lake
	kafka topic empty 3
	ingest --start latest -- empty
	: >sent
	send empty 1 30
	ingest --start latest -- empty
	all_once
}

@test "the same name for another source: 65" {
	evgen --users 5 --seed 1 --from 2026-11-16 --to 2026-11-17 --job j \
		--barrier-every 1d |
		lake-put -q --job j --schema playpipe --partition-by verdict lake
	send t 1 10
	fails 65 kcat-in --job j --resume lake t
	grep -q "job 'j' stands in 'lake' at .*another cluster" err
	[ ! -s out ]
	# without --resume it does not know, but the sink does
	kcat-in --job j t >came
	fails 65 lake-put -q --job j lake came
}

@test "another cluster: 65" {
	send t 1 10
	ingest
	kafka_start # the first is gone
	export KAFKA_BROKERS=$BROKERS
	send t 1 10
	fails 65 kcat-in --job j --resume lake t
	# the mock's id is an address, which a sanitizer makes the same again
	grep -q "another cluster\|the topic was made again" err
	! grep -q userId out || return 1
}

# edit SED - change the position in the table's last commit
edit() {
	local commit
	commit=$(find lake/_delta_log -name '*.json' | sort | tail -1)
	sed -i "$1" "$commit"
}

@test "a topic that is shorter, or has other records: 65" {
	send t 1 30
	ingest
	send t 31 33
	edit 's|\(/t/1","version":\)10,|\125,|'
	fails 65 kcat-in --job j --resume lake t
	grep -q "'t/1' ends at offset 11, but job 'j' has read up to 25" err
	edit 's|\(/t/1","version":\)25,|\110,|'
	kcat-in --job j --resume lake t >out
	# the print of the last record that was read is another one's
	edit 's|\(/t/2@mark","version":[0-9]*\)[0-4],|\19,|; t
		s|\(/t/2@mark","version":[0-9]*\)[5-9],|\10,|'
	fails 65 kcat-in --job j --resume lake t
	grep -q "'t/2': the record at offset 9 is not the one that job 'j' has read" err
	[ "$(grep -vc '^{"@barrier' out)" -le 3 ]
	! grep -v '"start"\|"lines":0' out | grep -q '^{"@barrier' || return 1
}

@test "a topic that is gone, or has fewer partitions: 65" {
	send t 1 30
	ingest
	kafka trouble t UNKNOWN_TOPIC_OR_PART
	fails 65 kcat-in --job j --resume lake t
	grep -q "topic 't' is gone, but job 'j' has read of it" err
	kafka trouble t 0
	edit 's|\(.*\)/t/2"\(.*\)|&\n\1/t/3"\2|'
	fails 65 kcat-in --job j --resume lake t
	grep -q "topic 't' has 3 partitions, but job 'j' has read 4" err
}

@test "the table is made again in its place: all is read again" {
	send t 1 100
	ingest
	rm -r lake
	ingest
	all_once
	# made by somebody else: the job does not know where it stands
	rm -r lake
	echo '{"userId":1}' | lake-put -q --schema playpipe \
		--partition-by verdict lake
	echo '{"userId":1}' >>sent
	ingest
	all_once
}

@test "the table goes back: what it has lost is read again" {
	for i in 1 2 3; do
		send t "$((i * 100))" "$((i * 100 + 50))"
		ingest
	done
	for _ in 1 2; do
		rm "$(find lake/_delta_log -name '*.json' | sort | tail -1)"
	done
	ingest
	all_once
}

@test "a run that dies leaves nothing behind" {
	send t 1 300
	kcat-in --job j --resume lake t >out
	# its last barrier did not come through
	head -n -1 out >cut.ndjson
	fails 75 lake-put -q --job j --schema playpipe --partition-by verdict \
		lake cut.ndjson
	[ ! -e lake/_delta_log/00000000000000000000.json ]
	# nor does its stage before
	kcat-in --job j --resume lake --until forever t 2>err 3>&- > >(
		exec lake-put -q --job j --schema playpipe \
			--partition-by verdict lake 2>err.put 3>&-
	) &
	sleep 0.5
	kill -KILL "$!"
	wait "$!" || :
	ingest
	all_once
}

@test "sort and head in the pipe are errors, not losses" {
	send t 1 300
	put=(lake-put -q --job j --schema playpipe --partition-by verdict lake)
	kcat-in --job j --resume lake t | sort >sorted
	fails 65 "${put[@]}" sorted
	kcat-in --job j --resume lake t | head -50 >cut.ndjson
	fails 75 "${put[@]}" cut.ndjson
	kcat-in --job j --resume lake t | grep -v 'no json' >dropped
	fails 65 "${put[@]}" dropped
	kcat-in --job j --resume lake t | sed 2p >doubled
	fails 65 "${put[@]}" doubled
	ingest
	all_once
}

watermark() {
	kcat-in --job j --resume lake "$@" t | tail -1 | jq '."@barrier".watermark'
}

@test "the watermark: the lowest of the partitions' latest, never ahead" {
	send t 1 30 1700000000000
	[ "$(watermark)" = 1700000000000 ]
	echo '{}' >one
	kafka lines t 0 one 1700000005000
	kafka lines t 1 one 1700000002000
	kafka lines t 2 one 1700000009000
	[ "$(watermark)" = 1700000002000 ]
	# one that is not read yet holds all
	[ "$(watermark --limit 31)" = 1700000000000 ]
	# an hour ahead of the clock is nobody's time
	ahead=$(($(date +%s) * 1000 + 3600000))
	kafka lines t 0 one "$ahead"
	[ "$(watermark)" = 1700000002000 ]
	# some minutes may be
	kafka lines t 1 one "$((ahead - 3500000))"
	[ "$(watermark)" = 1700000005000 ]
	ingest 2>&1
	# it never falls, and idle partitions hold nobody up
	kafka lines t 0 one 1600000000000
	[ "$(watermark)" = 1700000005000 ]
	kafka lines t 0 one 1700000007000
	[ "$(watermark)" = 1700000007000 ]
	kcat-in --job j --resume lake --stats stats t >out
	[ "$(jq .watermark stats)" = 1700000007000 ]
}

@test "with --group the group is told where the job stands" {
	send t 1 30
	ingest --group g
	send t 31 33
	ingest --group g
	kcat-in --list --group g t | jq -c '[.committed, .lag]' | xargs >out
	[ "$(cat out)" = '[10,1] [10,1] [10,1]' ]
	all_once
}
