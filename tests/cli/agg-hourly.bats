#!/usr/bin/env bats
# agg-hourly: the tool around the engine; options, files, barriers, the real
# log.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	shared=${PLAYPIPE_SHARED:-$BATS_TEST_DIRNAME/../../../shared}
	use_tools
}

# plays N - canonical listens of 40 users, two levels, 20 s apart
plays() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf("{\"topic\":" \
		"\"listen_events\",\"eventId\":\"e%d\",\"ts\":%.0f," \
		"\"userId\":%d,\"platform\":\"%s\",\"level\":\"%s\"," \
		"\"trackId\":\"t%d\",\"artist\":\"A%d\",\"song\":\"S %d\"," \
		"\"duration\":200.5,\"msPlayed\":%d,\"skipped\":%s}\n", i,
		1794787200000 + i * 20000, i * 7 % 40, i % 5 ? "ios" : "web",
		i % 3 ? "paid" : "free", i % 97, i % 13, i % 97,
		200500 - i % 7 * 30000, i % 7 > 4 ? "true" : "false") }'
}

# barrier LINES AT [MEMBERS] - of job j, run r
barrier() {
	printf '{"@barrier":{"job":"j","run":"r",%s"at":{"t/0":%s},"lines":%s}}\n' \
		"${3:-}" "$2" "$1"
}

@test "hours by level, figures as jq counts them" {
	plays 1000 >events
	agg-hourly --by level events >out
	jq -n -c '[inputs | .hour = (.ts / 3600000 | floor)] |
		group_by([.hour, .level])[] | [.[0].hour * 3600000, .[0].level,
		length, (map(select(.msPlayed >= 30000)) | length),
		(map(select(.skipped)) | length),
		(map(select(.msPlayed >= .duration * 950)) | length),
		(map(.msPlayed) | add), (map(.duration) | add),
		(map(.userId) | unique | length)]' events >want
	jq -c '[.windowStart, .level, .plays, .streams, .skips, .completed,
		.msPlayed, .duration, .listeners]' out | cmp - want
	jq -e 'select(.events != .plays) | halt_error' out || :
	[ "$(head -1 out | jq -c '.topArtists | length, .[0].count >= .[1].count')" = \
'10
true' ]
}

@test "--measures reads and writes no more than asked" {
	plays 10 >events
	[ "$(agg-hourly -m plays,skips events)" = \
		'{"windowStart":1794787200000,"date":"2026-11-16","plays":10,"skips":2}' ]
	run -2 agg-hourly -m plays,likes events
	[[ "$output" == *"'likes' is none of events, plays,"* ]]
}

@test "each name of --measures is its column" {
	plays 10 >events
	names=$(agg-hourly -m x </dev/null 2>&1 | sed -n 's/.* none of //p')
	[ "$(echo "$names" | wc -w)" -eq 10 ]
	for name in ${names//,/}; do
		[ "$(agg-hourly -m "$name" --format csv events | head -1)" = \
			"windowStart,date,$name" ]
	done
}

@test "--window and --tz" {
	plays 1000 >events
	[ "$(agg-hourly -w 1d -m plays --tz +05:30 events | jq -c '[.windowStart, .date, .plays]')" = \
'[1794767400000,"2026-11-16",1000]' ]
	[ "$(agg-hourly -w 2m -m plays events | wc -l)" -eq 167 ]
	for zone in Europe/Berlin +5:30 +05:60 05:30 ''; do
		run -2 agg-hourly --tz "$zone" events
		[[ "$output" == *"--tz: '$zone' is neither UTC nor an offset"* ]]
	done
	run -2 agg-hourly -w 0s events
	run -2 agg-hourly -w 401d events
}

@test "--by takes columns and roles, refuses others" {
	plays 100 >events
	[ "$(agg-hourly -b platform -m plays events | jq -c '[.platform, .plays]')" = \
'["ios",80]
["web",20]' ]
	[ "$(agg-hourly -b device,level -m plays events | jq -c '[.device, .level, .plays]' | head -1)" = \
		'["ios","free",27]' ]
	run -2 agg-hourly -b mood events
	[[ "$output" == *"no column 'mood' to group by"* ]]
}

@test "CSV" {
	plays 3 >events
	printf '{"topic":"listen_events","ts":0,"level":"a,\\"b"}\n' >>events
	[ "$(agg-hourly --format csv -b level -m events,streams,duration,topArtists events)" = \
'windowStart,date,level,events,streams,duration,topArtists
0,1970-01-01,"a,""b",1,0,,[]
1794787200000,2026-11-16,free,1,1,200.5,"[{""artist"":""A0"",""count"":1}]"
1794787200000,2026-11-16,paid,2,2,401,"[{""artist"":""A1"",""count"":1},{""artist"":""A2"",""count"":1}]"' ]
	agg-hourly --format csv events | mlr --icsv --ojson cat |
		jq -e '.[0].windowStart == 0' >/dev/null
}

@test "every line is accounted for" {
	{
		plays 2 && echo '{"topic":"page_view_events","ts":5}' &&
			echo '{"topic":"listen_events","ts":"x"}' &&
			echo '{"a":1}{"b":2}' && echo
	} >events
	run -65 agg-hourly --stats stats -m plays events
	[[ "$output" == *"'events': line 4, byte 1: misfit: ts: expected a timestamp"* ]]
	[[ "$output" == *"'events': line 5, byte "*"awk 1 *.json"* ]]
	[[ "$output" == *'"plays":2}'* ]]
	jq -e '.lines == 5 and .counted == 2 and .no_play == 1 and
		.misfit == 1 and .bad == 1 and .bad_by_reason.trailing == 1 and
		.blank == 1 and .rows == 1' stats
	agg-hourly --max-bad 2 -q events
}

@test "lines that dq-check wrapped are passed over" {
	{
		plays 2 && echo '{"@bad":{"raw":"x","line":3,"rules":[]}}'
	} >events
	agg-hourly --stats stats events | jq -e '.plays == 2'
	jq -e '.lines == 3 and .counted == 2 and .wrapped == 1' stats
	sessionize --stats stats events | wc -l
	jq -e '.lines == 3 and .counted == 2 and .wrapped == 1' stats
}

@test "a measure that the schema cannot give is null, and a warning" {
	echo '{"ts":0,"page":"NextSong","userId":"1","length":10.5}' >events
	agg-hourly -s eventsim1 events >out 2>err
	[ ! -s err ]
	[ "$(cat out)" = '{"windowStart":0,"date":"1970-01-01","events":1,"plays":1,"duration":10.5,"listeners":1,"topTracks":[],"topArtists":[]}' ]
	agg-hourly -s eventsim1 -m plays,streams events >out 2>err
	grep -q "warning: streams is null: schema 'eventsim1'" err
}

@test "-j gives the same bytes, and the same words" {
	plays 5000 >a
	plays 3000 | sed '7s/.*/{"ts":/; 2100s/.*/{"topic":"listen_events"}/' >b
	printf '\357\273\277' | cat - b >c
	head -c -1 c >d
	: >e
	agg-hourly --max-bad 9 -b level a b c d e >want 2>words
	for j in 2 3 7 64; do
		agg-hourly --max-bad 9 -b level -j $j a b c d e >out 2>err
		cmp want out
		cmp words err
	done
	# what cannot be split is read by one
	gzip -k a
	agg-hourly -j 4 a.gz | cmp - <(agg-hourly a)
	agg-hourly -j 4 -b level <a >out
	agg-hourly -b level a | cmp - out
	run -65 agg-hourly -j 3 b
	run -74 agg-hourly -j 3 a nowhere
}

@test "the order of events changes nothing" {
	plays 2000 >events
	agg-hourly -b level,platform events >want
	tac events | agg-hourly -b level,platform | cmp - want
	sort -t, -k4 events | agg-hourly -b level,platform | cmp - want
}

@test "partials merge to what one run gives" {
	plays 3000 >events
	agg-hourly -w 1h events >want
	split -l 700 events part.
	for part in part.*; do
		agg-hourly --partial -w 2m -b level,platform "$part"
	done >partials
	agg-hourly --merge -w 1h partials | cmp - want
	tac partials | agg-hourly --merge -w 1h | cmp - want
	agg-hourly --merge -w 1d -b level partials |
		cmp - <(agg-hourly -w 1d -b level events)
	agg-hourly --merge -j 3 partials | cmp - want
	run -65 agg-hourly --merge want
	[[ "$output" == *'so not a partial'* ]]
	[[ "$output" != *'{"windowStart"'* ]]
	run -2 agg-hourly --merge --partial partials
	run -2 agg-hourly --partial --format csv events
}

@test "partials make windows of any clock that they fit, or none at all" {
	plays 300 >events
	agg-hourly --partial -w 2m events >partials
	agg-hourly --merge -w 1d --tz +05:30 partials |
		cmp - <(agg-hourly -w 1d --tz +05:30 events)
	agg-hourly --merge -w 1h --tz -09:30 partials |
		cmp - <(agg-hourly -w 1h --tz -09:30 events)
	run -2 agg-hourly --merge -w 1m partials
	[[ "$output" == *'does not lie in one window'* ]]
	[ "${#lines[@]}" -eq 1 ]
	agg-hourly --partial -w 1h events >partials
	run -2 agg-hourly --merge -w 1h --tz +05:30 partials
	[ "${#lines[@]}" -eq 1 ]
}

@test "--merge --by a column that no partial has is told" {
	plays 3 >events
	agg-hourly --partial -w 1h -b level events >partials
	agg-hourly --merge -b city,level -m plays partials >out 2>err
	[ "$(wc -l <out)" -eq 2 ]
	grep -q "warning: no partial has the column 'city' to group by" err
	agg-hourly --merge -b level -m plays partials 2>err | cmp - out
	[ ! -s err ]
}

@test "a schema that no line fits is told" {
	plays 30 >events
	for jobs in 1 3; do
		agg-hourly -j "$jobs" --schema eventsim1 events >out 2>err
		grep -q "no line has the column 'page' of schema eventsim1: is it the right schema?" err
		agg-hourly -j "$jobs" events 2>&1 >out | cmp - /dev/null
	done
	echo '{"n":1}' >in
	run -65 agg-hourly in
	[[ "$output" == *"no line has the column 'ts' of schema playpipe"* ]]
	run -0 agg-hourly /dev/null
	[ -z "$output" ]
}

@test "listeners beyond 4,096: within the stated error, and merged the same" {
	awk 'BEGIN { for (i = 0; i < 30000; i++)
		printf("{\"topic\":\"listen_events\",\"ts\":%d,\"userId\":%d}\n",
			i, i) }' >events
	n=$(agg-hourly -m listeners events | jq .listeners)
	[ "$n" -gt 29200 ] && [ "$n" -lt 30800 ] # 3 standard errors
	{
		head -20000 events | agg-hourly --partial -w 2m
		tail -20000 events | agg-hourly --partial -w 2m
	} >partials
	[ "$(awk '{ if (length > m) m = length } END { print m < 20000 }' partials)" -eq 1 ]
	[ "$(agg-hourly --merge -m listeners partials | jq .listeners)" -eq "$n" ]
}

@test "an array that was printed an object a line is told as an array" {
	{ echo '[' && plays 3 | sed '$!s/$/,/' && echo ']'; } >array
	for jobs in 1 3; do
		status=0
		agg-hourly -j "$jobs" array >out 2>err || status=$?
		[ "$status" -eq 65 ]
		[ "$(grep -c "jq -c '\.\[\]'" err)" -eq 3 ]
		grep -q 'line 2, .*: trailing: a comma follows the object' err
		[ "$(grep -c awk err)" -eq 0 ]
	done
	status=0
	sessionize array >out 2>err || status=$?
	[ "$(grep -c awk err)" -eq 0 ]
	{ plays 1 | tr -d '\n' && plays 1; } >glued
	status=0
	agg-hourly glued >out 2>err || status=$?
	grep -q 'awk 1' err
}

# ---- barriers ----

@test "partials of each batch, its own counts in the barriers" {
	{
		barrier 0 0 '"start":true,' && plays 10 && barrier 10 1 &&
			barrier 0 2 && plays 1 && barrier 1 3
	} | agg-hourly --partial -m plays >out
	[ "$(jq -c '.["@barrier"].lines // .plays' out)" = '0
10
1
0
1
1' ]
}

@test "--merge under barriers keeps the dates touched" {
	touched='"touched":{"date":["2026-11-16"]},'
	{
		barrier 0 0 '"start":true,'
		plays 100 | agg-hourly --partial -w 2m >p
		cat p
		barrier "$(wc -l <p)" 1 "$touched"
	} | agg-hourly --merge -m plays >out
	[ "$(head -2 out | tail -1)" = '{"windowStart":1794787200000,"date":"2026-11-16","plays":100}' ]
	grep '^{"@barrier' out | tail -1 | grep -q touched
	{ barrier 0 0 '"start":true,'; } >in
	run -2 agg-hourly --merge -w 7h <in
	[[ "$output" == *'a day must be a multiple'* ]]
}

@test "barriers: plain measures and CSV are refused" {
	barrier 0 0 '"start":true,' >in
	run -2 agg-hourly <in
	[[ "$output" == *'say --partial'* ]]
	run -2 agg-hourly --merge --format csv <in
}

@test "barriers: a bad event goes by, a bad partial does not" {
	{ barrier 0 0 '"start":true,' && plays 1 && echo '{"topic":"listen_events"}' && barrier 2 1; } >in
	agg-hourly --partial -m plays <in >out 2>err
	grep -q 'line 3, byte 1: misfit: ts: no time' err
	[ "$(grep -c '^{"@barrier' out)" -eq 2 ]
	run -65 agg-hourly --partial --max-bad 0 <in
	{ barrier 0 0 '"start":true,' && echo '{"plays":1}' && barrier 1 1; } >in
	status=0
	agg-hourly --merge <in >out 2>err || status=$?
	[ "$status" -eq 65 ]
	[ "$(grep -c '^{"@barrier' out)" -eq 1 ]
}

@test "a stage that died before" {
	{ barrier 0 0 '"start":true,' && plays 1; } >in
	run -75 agg-hourly --partial <in
}

# ---- real ----

@test "the real log: 6,820 plays in 544 hours" {
	[ -d "$shared/data/eventsim-log" ] || skip 'no ../shared'
	agg-hourly -s eventsim1 -m plays,listeners,duration --stats stats \
		"$shared"/data/eventsim-log/*.json >out
	jq -e '.lines == 8056 and .counted == 6820 and .no_play == 1236' stats
	[ "$(wc -l <out)" -eq 544 ]
	[ "$(jq -s 'map(.plays) | add' out)" -eq 6820 ]
	agg-hourly -s eventsim1 -m plays,listeners,duration -j 3 \
		"$shared"/data/eventsim-log/*.json | cmp - out
	agg-hourly -s eventsim1 --partial -w 2m "$shared"/data/eventsim-log/*.json |
		agg-hourly --merge -m plays,listeners,duration >merged
	jq -c 'select(.plays > 0)' merged | cmp - out
	agg-hourly -s eventsim1 -w 400d "$shared"/data/eventsim-log/*.json |
		jq -e '.streams == null and .skips == null and
			.completed == null and .msPlayed == null and
			.plays == 6820 and .listeners == 96'
}

@test "the real log, glued together, is refused with the way to mend it" {
	[ -d "$shared/data/eventsim-log" ] || skip 'no ../shared'
	cat "$shared"/data/eventsim-log/*.json >glued
	run -65 agg-hourly -s eventsim1 -m plays glued
	[[ "$output" == *'lines left out: 29; --max-bad allows '* ]]
	[[ "$output" == *'awk 1 *.json'* ]]
}

@test "--print-columns names what lake-cat has to read, and no more" {
	run agg-hourly --by level --measures plays,msPlayed --print-columns
	[ "$output" = ts,topic,msPlayed,level ]
	evgen --users 50 --from 2026-11-16 --to 2026-11-17 >all
	jq -c '{ts,topic,msPlayed,level}' all >some
	agg-hourly --by level --measures plays,msPlayed all >whole
	agg-hourly --by level --measures plays,msPlayed some | diff whole -
}
