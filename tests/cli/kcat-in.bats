#!/usr/bin/env bats
# kcat-in on the mock cluster: what range is read, and what a record's line is.
# Times (--start TIME) and compaction need a real broker: tests/real.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	kafka_start 2
	export KAFKA_BROKERS=$BROKERS
	kafka topic t 3
}

teardown() {
	kafka_stop
	end_jobs
}

# put TOPIC PARTITION FROM TO [MS] - records with these numbers
put() {
	seq "$3" "$4" >"put.$2"
	kafka lines "$1" "$2" "put.$2" ${5:+"$5"}
}

# put_value TEXT [MEMBER...] - a record of partition 0, TEXT as of printf
put_value() {
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$1" >put.value
	shift
	kafka value t 0 put.value "$@"
}

# numbers OPTION... - what is read of the topic t, sorted, in one line
numbers() {
	kcat-in "$@" t >out && sort -n out | xargs
}

# counts NAME... - those of the statistics, in one line
counts() {
	local name
	for name; do
		jq ".$name" stats
	done | xargs
}

make_suite() {
	cat >suite.json <<-'END'
	{"name": "s", "expectations": [{"type":
	"expect_column_values_to_not_be_null", "kwargs": {"column": "userId"},
	"severity": "warning"}]}
	END
}

some() { # partitions of 4, 10 and 1 records
	put t 0 1 4
	put t 1 11 20
	put t 2 21 21
}

# ---- ranges ----

@test "--list reads nothing, so nothing is limited" {
	fails 2 kcat-in --list --limit 3 t
	grep -q -- '--list reads nothing' err
}

@test "all there is, each partition in its order, and the sums are right" {
	some
	kcat-in --stats stats t >out
	[ "$(sort -n out | xargs)" = "$(echo {1..4} {11..21})" ]
	[ "$(grep -E '^1[1-9]$|^20$' out | xargs)" = "$(echo {11..20})" ]
	[ "$(counts partitions records lines bytes left repeated)" = '3 15 15 26 0 0' ]
}

@test "several topics, and one that is not there" {
	kafka topic u 1
	some
	put u 0 31 33
	[ "$(kcat-in t u | wc -l)" -eq 18 ]
	# the mock makes any topic that is asked for
	kafka topic nowhere 1
	kafka trouble nowhere UNKNOWN_TOPIC_OR_PART
	fails 2 kcat-in t nowhere
	grep -q "topic 'nowhere': " err
}

@test "--start: earliest, latest, a file" {
	some
	[ "$(numbers --start earliest | wc -w)" -eq 15 ]
	[ -z "$(numbers --start latest)" ]
	printf '{"topic":"t","partition":%d,"offset":%d}\n' 0 3 1 9 >places
	[ "$(numbers --start places)" = '4 20 21' ]
	echo '{"topic":"t","partition":0,"offset":4}' >places
	[ "$(numbers --start places -p 0)" = '' ]
	echo '{"topic":"T","partition":0,"offset":4}' >places
	fails 2 kcat-in --start places t
	grep -q "'places': no line names a partition of what is read" err
	echo '{"topic":"t","partition":0,"offset":5}' >places
	fails 65 kcat-in --start places t
	grep -q "'t/0' ends at offset 4, but is to be read from 5" err
	echo '{"topic":"t","partition":0}' >places
	fails 2 kcat-in --start places t
	grep -q "'places': line 1" err
	fails 2 kcat-in --start nowhere t
	grep -q "'nowhere' is no time" err
	fails 2 kcat-in t t
	grep -q "topic 't' is named twice" err
}

@test "--start stored: where the group stands" {
	some
	fails 2 kcat-in --start stored t
	fails 2 kcat-in --start stored --group g t
	grep -q "group 'g' has stored no offset" err
	kcat-in --group g --limit 15 t >out
	put t 1 41 42
	[ "$(numbers --start stored --group g)" = '41 42' ]
	# it is only asked
	[ "$(numbers --start stored --group g)" = '41 42' ]
}

@test "--until: a snapshot ends, forever goes on till it is stopped" {
	some
	kcat-in --until forever t 3>&- >live 2>err &
	lines_of 15 live
	[ "$(numbers | wc -w)" -eq 15 ]
	put t 2 51 60
	lines_of 25 live
	kill "$!"
	wait "$!" || status=$?
	[ "$status" -eq 143 ]
	[ "$(wc -l <live)" -eq 25 ] && [ ! -s err ]
	kcat-in --until forever --max-time 3s t | cmp <(sort live) <(sort)
	fails 2 kcat-in --until soon t
	fails 2 kcat-in --until 2999-01-01 t
}

@test "--limit takes as many of each partition, and all of short ones" {
	some
	[ "$(numbers --limit 5)" = '1 2 11 12 21' ]
	[ "$(numbers --limit 7)" = '1 2 3 11 12 13 21' ]
	[ "$(numbers --limit 8 | wc -w)" -eq 8 ]
	[ "$(numbers --limit 14 | wc -w)" -eq 14 ]
	[ "$(numbers --limit 99 | wc -w)" -eq 15 ]
	[ -z "$(numbers --limit 0)" ]
	[ "$(numbers --limit 2 --until forever | wc -w)" -eq 2 ]
	kcat-in --limit 6 --stats stats t >out
	[ "$(counts records left)" = '6 9' ]
}

@test "--limit is exact when there are many, again and again" {
	for p in 0 1 2; do put t "$p" 1 $((5000 + p * 3000)); done
	for n in 1 2 1000 1023 1025 4096 15001 23999; do
		[ "$(numbers --limit "$n" | wc -w)" -eq "$n" ]
		[ "$(numbers --limit "$n" --until forever | wc -w)" -eq "$n" ]
	done
}

@test "--max-bytes stops" {
	for p in 0 1 2; do put t "$p" 1000 9999; done
	kcat-in --max-bytes 4K --stats stats t >out
	[ "$(jq .bytes stats)" -ge 4096 ] && [ "$(jq .bytes stats)" -lt 4110 ]
	[ "$(counts records)" -eq "$(wc -l <out)" ]
	[ "$(counts left)" -eq $((27000 - $(wc -l <out))) ]
}

@test "--partitions, and shards read every record once between them" {
	some
	[ "$(numbers -p 0,2)" = '1 2 3 4 21' ]
	[ "$(numbers -p 1-2 | wc -w)" -eq 11 ]
	fails 2 kcat-in -p 7 t
	fails 2 kcat-in -p x t
	fails 2 kcat-in -p 0 --shard 1/2 t
	for n in 1 2 3; do
		for ((i = 1; i <= n; i++)); do
			kcat-in --shard "$i/$n" t
		done | sort -n >all
		[ "$(xargs <all)" = "$(echo {1..4} {11..21})" ]
	done
	fails 2 kcat-in --shard 4/4 t
	for wrong in 0/2 3/2 1/0 1 x/2 /; do
		fails 2 kcat-in --shard "$wrong" t
	done
}

@test "--manifest: the same records again, whatever came since" {
	some
	kcat-in --manifest m t | sort >first
	put t 1 61 70
	kcat-in --manifest m t | sort | cmp - first
	fails 2 kcat-in --manifest m --limit 5 t
	rm m
	[ "$(kcat-in --manifest m t | wc -l)" -eq 25 ]
	jq -sec 'map([.partition, .offset, .end]) == [[0,0,4],[1,0,20],[2,0,1]]' m
	# not a range of these topics, or no more
	fails 2 kcat-in --until forever --manifest m t
	sed -i 's/"end":4/"end":9/' m
	fails 65 kcat-in --manifest m t
	grep -q "'t/0' ends at offset 4" err
	sed -i 's/"end":9/"end":4/; s/"t"/"u"/' m
	fails 2 kcat-in --manifest m t
	grep -q "'u/0'" err
	echo '{' >m
	fails 2 kcat-in --manifest m t
}

@test "--list: offsets, and how far a group or a job is behind" {
	some
	kafka topic u 1
	for p in 0 1 2; do kafka leader t "$p" $((p % 2 + 1)); done
	kcat-in --list t >out
	diff out - <<-'END'
	{"topic":"t","partition":0,"leader":1,"low":0,"high":4}
	{"topic":"t","partition":1,"leader":2,"low":0,"high":10}
	{"topic":"t","partition":2,"leader":1,"low":0,"high":1}
	END
	[ "$(kcat-in --list | wc -l)" -eq 4 ]
	kcat-in -p 1 --group g --start latest --list t >out
	jq -ec '.lag == 10 and .committed == null' out
	kcat-in --job j --resume lake --limit 3 t | sed '/^[0-9]/s/.*/{"n":&}/' |
		lake-put --job j lake
	put t 1 71 72
	kcat-in --list --job j --resume lake t >out
	[ "$(jq -c '[.position, .lag]' out | xargs)" = '[1,3] [1,11] [1,0]' ]
	kcat-in --list --job other --resume lake t >out
	[ "$(jq -c '[.position, .lag]' out | xargs)" = '[null,4] [null,12] [null,1]' ]
}

@test "nothing to read: 0, or 99 if that is wanted" {
	kcat-in --stats stats t >out
	[ ! -s out ] && [ "$(counts records)" -eq 0 ]
	run -99 kcat-in --skip-empty t
	some
	kcat-in --skip-empty t >out
	run -99 kcat-in --skip-empty --start latest t
}

@test "wrong usage" {
	fails 2 kcat-in t --property nonsense=1
	fails 2 kcat-in t --property nonsense
	fails 2 kcat-in --resume lake t
	fails 2 kcat-in --job j --format splice t
	fails 2 kcat-in --job j --manifest m t
	fails 2 kcat-in --group g --shard 1/2 t
	unset KAFKA_BROKERS
	fails 2 kcat-in t
	grep -q KAFKA_BROKERS err
}

# ---- lines ----

@test "values that have no line are counted" {
	kafka value t 0 - key=gone
	put_value ''
	put_value ' \t\r\n '
	put_value ' 7'
	kcat-in --stats stats t >out
	[ "$(cat out)" = ' 7' ]
	[ "$(counts records lines tombstones blank wrapped)" = '4 1 1 2 0' ]
}

@test "line feeds: in JSON they are blanks, other values are wrapped" {
	put_value '{\n "a": "b\\nc",\n "d": [1,\n2]\n}\n'
	put_value 'one\ntwo\n'
	put_value '{"a":\377\n}'
	kcat-in --stats stats t >out
	[ "$(wc -l <out)" -eq 3 ]
	[ "$(counts lines wrapped)" = '3 2' ]
	[ "$(sed -n 1p out)" = '{  "a": "b\nc",  "d": [1, 2] } ' ]
	[ "$(sed -n 2p out | jq -r '."@bad".raw')" = $'one\ntwo' ]
	sed -n 3p out | jq -r '."@bad".rawBase64' | base64 -d | cmp - put.value
	# they reach the lake as bad, with their bytes
	make_suite
	kcat-in t | dq-check --suite suite.json --fail-on never \
		--quarantine inline | lake-put --schema playpipe \
			--partition-by verdict lake
	lake-cat --where "verdict = 'bad'" lake >bad
	[ "$(wc -l <bad)" -eq 2 ]
	[ "$(jq -r '."@bad".raw // empty' bad)" = $'one\ntwo' ]
	jq -r '."@bad".rawBase64 // empty' bad | base64 -d | cmp - put.value
}

@test "binary values come through byte for byte" {
	head -c 300 /dev/urandom | tr '\n' x >binary
	kafka value t 0 binary
	kcat-in t | head -c -1 | cmp - binary
	kcat-in --format envelope t | jq -r .valueBase64 | base64 -d |
		cmp - binary
}

@test "a value of more than 1 MiB" {
	{ printf '{"a":"' && head -c 3000000 /dev/zero | tr '\0' x &&
		printf '"}'; } >huge
	put_value small
	kafka value t 0 huge
	put_value last
	kcat-in t >out
	{ echo small && cat huge && echo && echo last; } | cmp - out
	kcat-in --mem-limit 8M t | cmp - out
}

@test "splice: a member in front that tells where the record was" {
	local value
	for value in '{}' '{"a":1}' ' { "a" : 1 }' '{ }' '{\n"a":1\n}' '[1]' '' \
		'torn {\n' '\377'; do
		put_value "$value" time=1700000000000 key=k
	done
	kafka value t 0 - time=1700000000000 key=k
	kcat-in --format splice --stats stats t >out
	[ "$(jq -c ._k.o out | xargs)" = "$(echo {0..9})" ]
	jq -c 'del(._k.o)' out >rest
	local k='"_k":{"t":"t","p":0,"ts":1700000000000}'
	diff - rest <<-END
	{$k}
	{$k,"a":1}
	{$k,"a":1}
	{$k}
	{$k,"a":1}
	{$k,"key":"k","value":[1]}
	{$k,"key":"k","valueText":""}
	{$k,"key":"k","valueText":"torn {\\n"}
	{$k,"key":"k","valueBase64":"/w=="}
	{$k,"key":"k","value":null}
	END
	[ "$(counts records lines)" = '10 10' ]
}

@test "envelope: all of a record" {
	put_value '{"a":\n1}' key=k time=5 h:x h:
	kafka value t 0 - time=6
	kcat-in --format envelope t >out
	diff out - <<-'END'
	{"topic":"t","partition":0,"offset":0,"ts":5,"tsType":"create","key":"k","headers":[["h","x"],["h",""]],"valueText":"{\"a\":\n1}"}
	{"topic":"t","partition":0,"offset":1,"ts":6,"tsType":"create","key":null,"value":null}
	END
}

@test "forged barriers and forged bad lines are data, and stop nothing" {
	cat >forged <<-'END'
	{"@barrier":{"job":"j","run":"x","at":{"t":99},"lines":0}}
	{"@barrier":7}
	{"@barrier":
	{"@bad":{"raw":"innocent","rules":[]}}
	{"@bad":{"raw":"x"},"b":1}
	{"@bad":{"rawBase64":"!!!!"}}
	{"@bad":{"raw":1}}
	{"@bad":[]}
	{"@bad":
	{"a":1}
	END
	kafka lines t 0 forged
	kcat-in t | cmp - forged
	make_suite
	for _ in 1 2; do
		kcat-in --job j --resume lake t |
			dq-check -q --suite suite.json --fail-on never \
				--quarantine inline |
			lake-put -q --job j --schema playpipe \
				--partition-by verdict lake
		# every line as it came
		lake-cat lake | jq -c '."@bad".raw? // . ' >rows
		cmp <(sort forged) <(sed '/^"/!d' rows | jq -r . |
			cat - <(grep -v '^"' rows) | sort)
		[ "$(lake-cat --count --where "verdict = 'good'" lake)" -eq 3 ]
	done
	kcat-in --list --job j --resume lake -p 0 t | jq -e '.position == 10'
}

@test "a huge value stops nothing: it is bad, or good if that is wanted" {
	{ printf '{"song":"' && head -c 3000000 /dev/zero | tr '\0' x &&
		printf '"}'; } >huge
	kafka value t 0 huge
	put_value '{"userId":1}'
	make_suite
	for max in 1M 8M; do
		kcat-in --job j --resume lake$max t |
			dq-check -q --suite suite.json --fail-on never \
				--quarantine inline --max-line $max |
			lake-put -q --job j --schema playpipe --max-line $max \
				--partition-by verdict lake$max
	done
	lake-cat --where "verdict = 'bad'" lake1M >bad
	[ "$(jq -c '."@bad" | [.bytes >= 3000011, (.raw | length)]' bad)" = \
		'[true,1048576]' ]
	[ "$(lake-cat --where "verdict = 'good'" lake1M)" = '{"userId":1}' ]
	lake-cat lake8M | sort | cmp - <(cat huge <(echo) put.value | sort)
}

# ---- the output goes wrong ----

@test "a full device, a closed standard output, an early-closing reader" {
	for p in 0 1 2; do put t "$p" 1 60000; done
	fails 74 bash -c 'exec kcat-in t >/dev/full'
	grep -q 'No space left on device' err
	fails 74 bash -c 'exec kcat-in t >&-'
	fails 74 bash -c 'set -o pipefail; kcat-in t | head -1'
	grep -q 'reader went away' err
	fails 74 bash -c 'set -o pipefail; kcat-in --job j t | head -1'
	fails 74 bash -c 'set -o pipefail
		kcat-in --group g --until forever t | head -1'
}

@test "librdkafka asks us how large a zstd frame is" {
	nm -D "$PLAYPIPE_BIN/kcat-in" | grep -q ' [TW] ZSTD_getFrameContentSize$'
}
