#!/usr/bin/env bats
# sessionize: the tool around the engine; barriers, state, real shapes.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	shared=${PLAYPIPE_SHARED:-$BATS_TEST_DIRNAME/../../../shared}
	use_tools
}

# event TS USER [MEMBERS] - a canonical listen
event() {
	printf '{"topic":"listen_events","ts":%s,"userId":%s%s}\n' \
		"$1" "$2" "${3:-}"
}

# barrier LINES WATERMARK [MEMBERS] - of job j, run r
barrier() {
	printf '{"@barrier":{"job":"j","run":"r",%s"at":{"t/0":%s}%s,"lines":%s}}\n' \
		"${3:-}" "$2" ",\"watermark\":$2" "$1"
}

# state_of FILE - the member "state" of its last barrier, with comma
state_of() {
	grep '^{"@barrier"' "$1" | tail -1 |
		sed -n 's/.*\("state":{[^}]*}\).*/\1,/p'
}

@test "one line a session, ordered by start" {
	{
		event 1800000 2 ',"msPlayed":30000,"trackId":"a","level":"free"'
		event 0 1
		event 3600000 2 ',"msPlayed":10,"trackId":"a","level":"paid"'
	} >events
	sessionize events >out
	[ "$(jq -c '[.userId, .startTs, .endTs, .startDate, .events, .plays,
		.streams, .msPlayed, .tracks, .levelStart, .levelEnd]' out)" = \
'["1",0,0,"1970-01-01",1,1,0,0,0,null,null]
["2",1800000,3600000,"1970-01-01",2,2,1,30010,1,"free","paid"]' ]
}

@test "--gap" {
	{ event 0 1 && event 60000 1 && event 120001 1; } >events
	[ "$(sessionize --gap 60s events | jq -c '[.startTs, .events]')" = \
'[0,2]
[120001,1]' ]
	[ "$(sessionize --gap 59s events | wc -l)" -eq 3 ]
}

@test "every line is accounted for" {
	{
		event 0 1 && event 0 null && event '"x"' 1 && echo '{"a":' &&
			echo && event 5 1
	} >events
	run -65 sessionize --stats stats events
	[[ "$output" == *"'events': line 3, byte 1: misfit: ts: "* ]]
	[[ "$output" == *"'events': line 4, byte "* ]]
	[[ "$output" == *"lines left out: 2; --max-bad allows 0"* ]]
	[[ "$output" == *'"events":2,'* ]]
	jq -e '.lines == 5 and .counted == 2 and .no_user == 1 and
		.misfit == 1 and .bad == 1 and .bad_by_reason.cut == 1 and
		.blank == 1 and .rows == 1' stats
	sessionize --max-bad 2 -q events
}

@test "eventsim's raw shapes: three kinds of records, ties, exact gaps" {
	cat >events <<-'END'
	{"ts":1538352117000,"userId":"30","sessionId":29,"page":"NextSong","auth":"Logged In","method":"PUT","status":200,"level":"paid","itemInSession":50,"location":"Bakersfield, CA","userAgent":"\"Mozilla\/5.0 (X)\"","lastName":"Freeman","firstName":"Colin","registration":1538173362000,"gender":"M","artist":"Martha Tilston","song":"Rockpools","length":277.89016}
	{"ts":1538352117000,"userId":"30","sessionId":29,"page":"Add to Playlist","auth":"Logged In","method":"PUT","status":200,"level":"paid","itemInSession":51,"location":"Bakersfield, CA","userAgent":"\"Mozilla\/5.0 (X)\"","lastName":"Freeman","firstName":"Colin","registration":1538173362000,"gender":"M"}
	{"ts":1538352180000,"userId":"","sessionId":240,"page":"Login","auth":"Logged Out","method":"PUT","status":307,"level":"free","itemInSession":3}
	{"ts":1538353917000,"userId":"30","sessionId":29,"page":"NextSong","auth":"Logged In","method":"PUT","status":200,"level":"free","itemInSession":52,"location":"Bakersfield, CA","userAgent":"\"Mozilla\/5.0 (X)\"","lastName":"Freeman","firstName":"Colin","registration":1538173362000.0,"gender":"M","artist":"Caf\u00e9 \ud83c\udfb5 ","song":" A \\u0041","length":1}
	END
	sessionize -s eventsim1 --stats stats events >out
	[ "$(jq -c '[.userId, .startTs, .endTs, .events, .plays, .tracks,
		.artists, .device, .levelStart, .levelEnd, .streams, .skips,
		.msPlayed]' out)" = '["30",1538352117000,1538353917000,3,2,2,2,"\"Mozilla/5.0 (X)\"","paid","free",null,null,null]' ]
	jq -e '.no_user == 1 and .counted == 3' stats
}

@test "an id is one user as an integer, a float of no fraction, a text" {
	for id in 39 39.0 3.9e1 '"39"'; do
		printf '{"ts":1,"userId":%s,"page":"NextSong"}\n' "$id"
	done >in
	[ "$(sessionize --schema eventsim1 in | jq -c '[.userId, .events]')" = \
		'["39",4]' ]
	[ "$(agg-hourly --schema eventsim1 -m listeners in | jq .listeners)" -eq 1 ]
	[ "$(agg-hourly --schema eventsim1 -m plays -b userId in |
		jq -c '[.userId, .plays]')" = '["39",4]' ]
}

@test "the real log: 911 sessions of 97 users, whatever the order" {
	[ -d "$shared/data/eventsim-log" ] || skip 'no ../shared'
	sessionize -s eventsim1 --stats stats "$shared"/data/eventsim-log/*.json >out
	jq -e '.lines == 8056 and .no_user == 286 and .rows == 911' stats
	[ "$(jq -s 'map(.plays) | add' out)" -eq 6820 ]
	[ "$(jq -r .userId out | sort -u | wc -l)" -eq 97 ]
	# shellcheck disable=SC2046 # names without blanks
	sessionize -s eventsim1 $(ls -r "$shared"/data/eventsim-log/*.json) |
		cmp - out
}

# ---- barriers ----

@test "sessions close when the watermark has passed them" {
	{
		barrier 0 0 '"start":true,' && event 0 1 && event 100000 2 &&
			barrier 2 1800001 && event 1900000 2 &&
			barrier 1 9000000
	} >in
	sessionize --state state <in >out
	[ "$(grep -v '^{"@b' out | jq -c '[.userId, .events]')" = '["1",1]
["2",2]' ]
	# its own counts of lines, and the watermark held back to user 2's start
	[ "$(jq -c 'select(has("@barrier")) | .["@barrier"] |
		[.lines, .watermark, .at["t/0"]]' out)" = '[0,0,0]
[1,100000,1800001]
[1,9000000,9000000]' ]
}

@test "without a watermark nothing closes until the final barrier" {
	{
		echo '{"@barrier":{"job":"j","run":"r","start":true,"at":{"t/0":0},"lines":0}}'
		event 0 1
		echo '{"@barrier":{"job":"j","run":"r","at":{"t/0":1},"lines":1}}'
		event 99000000000 1
		echo '{"@barrier":{"job":"j","run":"r","final":true,"at":{"t/0":2},"lines":1}}'
	} >in
	sessionize --state state <in >out
	[ "$(cut -c1-12 out | tr '\n' ' ')" = \
		'{"@barrier": {"@barrier": {"sessionKey {"sessionKey {"@barrier": ' ]
}

# Batches cut anywhere, each by a process of its own that gets the state
# from the one before, give the sessions of the whole.
@test "the state goes on from process to process" {
	for i in $(seq 1 200); do
		event $((i * 300000 + i * 7919 % 900000)) $((i % 7))
	done >events
	sessionize events | sort >want
	for size in 1 13 50 200; do
		rm -rf state got
		first='"start":true,' at=0
		while [ "$at" -lt 200 ]; do
			sed -n "$((at + 1)),$((at + size))p" events >part
			at=$((at + size))
			mark=$((at * 300000))
			{
				barrier 0 $((mark - size * 300000)) "$first" &&
					cat part &&
					barrier "$(wc -l <part)" "$mark"
			} | sessionize --lateness 15m --state state >out
			first=$(state_of out)
			grep -v '^{"@b' out >>got || :
		done
		{ barrier 0 "$mark" "$first" && barrier 0 "$mark" '"final":true,'; } |
			sessionize --lateness 15m --state state >out
		grep -v '^{"@b' out >>got || :
		sort got | cmp - want
	done
}

@test "a late event becomes a row that says so, and is listed" {
	{
		barrier 0 10000000 '"start":true,' && event 5 1 &&
			event 9999999 2 && event 10000000 2 &&
			barrier 3 90000000
	} >in
	sessionize --state state --late late --stats stats <in >out
	[ "$(grep -v '^{"@b' out | jq -c '[.userId, .events, .late]')" = \
'["1",1,1]
["2",2,1]' ]
	{ event 5 1 && event 9999999 2; } | cmp - late
	jq -e '.late == 2 and .counted == 3' stats
}

@test "a stage that died before leaves nothing behind the last barrier" {
	{ barrier 0 0 '"start":true,' && event 0 1; } >in
	run -75 sessionize --state state <in
	[[ "$output" == *'the stage before died'* ]]
}

@test "barriers need a state" {
	barrier 0 0 '"start":true,' >in
	run -2 sessionize <in
	[[ "$output" == *'--state'* ]]
	barrier 0 0 >in
	run -65 sessionize --state state <in
	[[ "$output" == *"job 'j' has run before, but without sessionize"* ]]
	barrier 0 0 '"state":{"sessionize":77},' >in
	run -65 sessionize --state state <in
}

@test "a state of another gap is refused" {
	{ barrier 0 0 '"start":true,' && event 0 1 && barrier 1 5; } |
		sessionize --state state >out
	barrier 0 5 "$(state_of out)" >in
	run -2 sessionize --gap 10m --state state <in
	sessionize --state state <in >out
}

@test "events without a user are told" {
	for i in 1 2 3; do
		printf '{"endTime":"2021-03-04 17:0%d","trackName":"S","msPlayed":40000}\n' $i
	done >in
	sessionize --schema spotify-history in >out 2>err
	[ ! -s out ]
	grep -q 'warning: 3 events have no user, so no session' err
	sessionize -q --schema spotify-history in 2>err
	[ ! -s err ]
	[ "$(agg-hourly --schema spotify-history -m plays,listeners in)" = \
		'{"windowStart":1614877200000,"date":"2021-03-04","plays":3}' ]
	agg-hourly --schema spotify-history --partial in |
		agg-hourly --merge -m plays,listeners |
		cmp - <(agg-hourly --schema spotify-history -m plays,listeners in)
}

# schema USER - a schema file called mine whose user is that column
schema() {
	printf '{"name":"mine","columns":[{"name":"ts","type":"timestamp",
		"wire":"epoch_ms","role":"time"},{"name":"%s","type":"long",
		"role":"user"}]}' "$1"
}

@test "a state of another schema is refused, though its name is the same" {
	schema userId >a.json
	schema uid >b.json
	sed 's/{/{"description":"other words",/' a.json >c.json
	{ barrier 0 0 '"start":true,' && event 0 1 && barrier 1 5; } |
		sessionize --schema ./a.json --state state >out
	barrier 0 5 "$(state_of out)" >in
	run -2 sessionize --schema ./b.json --state state <in
	sessionize --schema ./c.json --state state <in >out
}

@test "a schema without users is refused" {
	run -2 sessionize --schema measures /dev/null
	[[ "$output" == *"schema 'measures' has no column of role user"* ]]
}

@test "--watermark leaves open what a job would; --from and --to choose" {
	{ event 0 1 && event 1200000 1 && event 6000000 1 && event 7800000 2; } >in
	sessionize in >all
	# 1200000 + 30 min is not behind the watermark, 1200001 is
	sessionize --watermark 3000000 in >out
	[ ! -s out ]
	sessionize --watermark 3000001 --stats stats in >out
	cmp out <(head -1 all)
	jq -e '.rows == 1 and .left_open == 2 and .open == 2 and
		.last_end == 1200000' stats
	sessionize --watermark 3600000 --lateness 10m in >out
	[ ! -s out ]
	sessionize --from 1 --to 7800000 --stats stats in >out
	cmp out <(sed -n 2p all)
	jq -e '.rows == 1 and .left_open == 0 and .last_end == 6000000' stats
	sessionize --watermark 3000001 --from 6000000 --to 7800000 \
		--stats stats in >out
	jq -e '.rows == 0 and .left_open == 1' stats
	{ barrier 0 5 '"start":true,' && barrier 0 6; } >barriers
	for option in --watermark=5 --from=5 --to=5 --written=in; do
		run -2 sessionize --state state "$option" barriers
	done
}

@test "--written: rows of sessions that are not written now are kept" {
	{ event 0 1 && event 1200000 1 && event 6000000 1 && event 7800000 2 &&
		event 9000000 2; } >in
	sessionize in | sed 's/"events":[0-9]*/"events":77/' >rows
	# of the open session, of one outside, of one within, of none
	{
		sed -n 3p rows
		sed -n 3p rows | sed 's/:7800000/:8000000/'
		sed -n 1p rows
		sed -n 2p rows
		sed -n 2p rows | sed 's/"1"/"nobody"/'
	} >written
	sessionize --from 1 --to 9999999 --watermark 10000000 \
		--written written --stats stats in >out
	cmp out <(head -3 written && sessionize in | sed -n 2p)
	jq -e '.rows == 1 and .rows_kept == 3 and .rows_replaced == 2 and
		.replaced_last == 6000000' stats
	echo '{"userId":"1"}' >>written
	run -65 sessionize --written written in
	[[ "$output" == *"'written': line 6 is no session"* ]]
	run -74 sessionize --written absent in
}

# What a job wrote of disordered events, mended by a batch over what it had
# read, and what it goes on to write: no event is lost, none is there twice,
# and what had closed is as if nothing had been late.
@test "a job's rows, mended in the middle, hold every event once" {
	for seed in 1 2 3 4 5 6; do
		rm -rf state
		awk -v seed=$seed 'BEGIN { srand(seed); for (i = 0; i < 600; i++) {
			t = int(i / 3) * 400000 - int(rand() * rand() * 9000000)
			if (t < 0) t = 0
			printf("{\"topic\":\"listen_events\",\"ts\":%d,\"userId\":%d}\n",
				t, rand() * 4) } }' >in
		{ barrier 0 0 '"start":true,' &&
			for n in 1 2 3 4 5 6; do
				sed -n "$((n * 60 - 59)),$((n * 60))p" in
				barrier 60 $((n * 8000000))
			done; } | sessionize --state state --lateness 5m >first
		{ barrier 0 48000000 "$(state_of first)" && tail -n +361 in &&
			barrier 240 $((600 * 400000 / 3)) '"final":true,'; } |
			sessionize --state state --lateness 5m >second
		grep -v @barrier first >written
		grep -v @barrier second >after
		head -360 in | sessionize --watermark 48000000 --lateness 5m \
			--written written --stats stats >mended
		jq -e '.rows_kept > 0 or .left_open > 0' stats
		[ "$(jq .events written after | awk '{ n += $1 } END { print n }')" \
			-eq 600 ]
		[ "$(jq .events mended after | awk '{ n += $1 } END { print n }')" \
			-eq 600 ]
		head -360 in | sessionize --watermark 48000000 --lateness 5m |
			sort >whole
		sort mended | comm -13 - whole >lacking
		[ ! -s lacking ]
		# a range: rows outside of it are none of its business
		head -360 in | sessionize --from 10000000 --to 20000000 \
			--watermark 48000000 --lateness 5m --stats stats \
			--written <(jq -c 'select(.startTs >= 10000000)' written) >part
		jq -c 'select(.startTs < 10000000)' written >>part
		[ "$(jq .events part after | awk '{ n += $1 } END { print n }')" \
			-eq 600 ]
	done
}
