#!/usr/bin/env bats
# dash-html: pages that are whole, honest and safe.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	now=2026-11-02T02:05:00Z
	cat >m.ndjson <<'EOF'
{"windowStart":1793577600000,"date":"2026-11-02","level":"free","plays":4,"streams":3,"skips":1,"completed":2,"msPlayed":600000,"listeners":2,"topTracks":[{"track":"A <b>","artist":"X","id":"t1","count":3}],"topArtists":[{"artist":"X","count":3}]}
{"windowStart":1793581200000,"date":"2026-11-02","level":"paid","plays":6,"streams":5,"skips":2,"completed":4,"msPlayed":1200000,"listeners":3,"topTracks":"[{\"id\":\"t2\",\"count\":2}]","topArtists":[]}
EOF
}

# draw ARGUMENT... - a page with a fixed clock, stdout only
draw() {
	dash-html --now "$now" "$@"
}

# lacks ARGUMENT... - grep that must find nothing
lacks() {
	if LC_ALL=C grep "$@"; then
		return 1
	fi
}

@test "a page has the figures, and the same bytes each time" {
	draw m.ndjson >a.html
	draw <m.ndjson >b.html
	tac m.ndjson | draw - >c.html
	cmp a.html b.html
	cmp a.html c.html
	grep -q '<dd class="big">10</dd>' a.html
	grep -q '<dd class="big">30.0%</dd>' a.html
	grep -q 'Fresh: 5 minutes behind' a.html
	grep -q '<title>Listening</title>' a.html
}

@test "names are text, and one without a name goes by its id" {
	draw --title '<i>&' m.ndjson >a.html
	grep -q '<bdi>A &lt;b&gt;</bdi>' a.html
	grep -q '<bdi>t2</bdi>' a.html
	grep -q '<title>&lt;i&gt;&amp;</title>' a.html
	lacks -q '<b>A\|<i>' a.html
}

@test "the page loads nothing and runs nothing" {
	draw m.ndjson >a.html
	lacks -qiE '<script|<img|<link|<iframe|url\(|@import| on[a-z]+=' a.html
	lacks -qiE '(src|href)="[^#]' a.html
	grep -q "default-src 'none'" a.html
	lacks -q 'http-equiv="refresh"' a.html
	draw --refresh 120 m.ndjson | grep -q 'http-equiv="refresh" content="120"'
}

@test "a missing measure is not measured, never 0" {
	echo '{"windowStart":1793577600000,"plays":4}' | draw >a.html
	[ "$(grep -c 'class="unmeasured">not measured' a.html)" -eq 5 ]
	lacks -q '0.0%' a.html
	echo '{"windowStart":1793577600000,"plays":4}' |
		draw --format term >a.txt
	[ "$(grep -c 'not measured$' a.txt)" -eq 8 ]
}

@test "text for a terminal has no control characters and keeps its width" {
	printf '%s\n' '{"windowStart":1793577600000,"plays":1,"topTracks":[{"track":"\u001b[31mred\u009b2J a very very very very very very very very long name","count":1}]}' |
		draw --format term --width 60 >a.txt
	lacks -q "$(printf '\033')" a.txt
	[ "$(LC_ALL=C.UTF-8 wc -L <a.txt)" -le 60 ]
}

@test "empty input gives a page that says so" {
	draw </dev/null >a.html
	grep -q 'No measures yet' a.html
	draw --format term </dev/null | grep -q 'No measures yet'
}

@test "a quality result is shown; one that is none is refused by name" {
	echo '{"results":[{"success":false,"expectation_config":{"type":"expect_x","kwargs":{"column":"ts"}},"result":{"unexpected_count":3}}],"meta":{"playpipe":{"good":97,"bad":2,"malformed":1}}}' >r.json
	draw --quality r.json m.ndjson >a.html
	grep -q 'Quality: 1 of 1 rules fail' a.html
	grep -q '<b>97.0%</b> of 100 rows are good' a.html
	echo '{"results":' >r.json
	status_is 65 draw --quality r.json m.ndjson
	grep -q "^dash-html: 'r.json': byte" err
	[ ! -s out ]
	status_is 74 draw --quality none.json m.ndjson
}

@test "a bad line is told with its place; the old page stays" {
	draw -o page.html m.ndjson
	cp page.html old.html
	printf '{"plays":1}\n' >>m.ndjson
	status_is 65 draw -o page.html m.ndjson
	grep -q "'m.ndjson': line 3: windowStart is missing" err
	[ "$(wc -l <err)" -eq 1 ]
	cmp page.html old.html
	printf '{"windowStart":' >>m.ndjson
	draw -o page.html --max-bad 2 --stats stats.json m.ndjson
	jq -e '.lines == 4 and .used == 2 and .refused == 1 and
		.bad_by_reason.cut == 1' stats.json
}

@test "windows outside the span are left out and counted" {
	draw --from 2026-11-02T01:00:00Z --to 2026-11-03 --stats s.json \
		--format term m.ndjson >a.txt
	grep -q '^  Plays  *6$' a.txt
	lacks 'free' a.txt
	jq -e '.lines == 2 and .used == 1 and .outside == 1' s.json
}

@test "lists summed from several windows say so, in both forms" {
	draw m.ndjson >a.html
	grep -q 'Summed from 2 lists of the first 1: at least so many' a.html
	draw --format term m.ndjson >a.txt
	[ "$(grep -c 'summed from 2 lists of the first 1: at least so many' a.txt)" -eq 2 ]
	head -n 1 m.ndjson | draw >a.html
	lacks -q 'at least so many' a.html
	head -n 1 m.ndjson | draw --format term >a.txt
	lacks -q 'at least so many' a.txt
}

@test "lists count streams where there are streams, and say so" {
	draw m.ndjson | grep -q '>Track</th><th scope="col">Streams</th>'
	draw --format term m.ndjson | grep -q '^Top tracks by streams$'
	sed 's/"streams":[0-9]*,//' m.ndjson >plays.ndjson
	draw plays.ndjson | grep -q '>Track</th><th scope="col">Plays</th>'
	draw --format term plays.ndjson | grep -q '^Top tracks by plays$'
}

@test "--top: the lists of longer windows, and only those" {
	cat >top.ndjson <<'END'
{"windowStart":1793577600000,"plays":10,"topTracks":[{"track":"Week","artist":"X","count":7},{"track":"A <b>","artist":"X","count":3}],"topArtists":[{"artist":"X","count":12}]}
END
	draw --top top.ndjson --format term --stats s.json m.ndjson >a.txt
	grep -q 'Week · X .* 7$' a.txt
	grep -q 'A <b> · X .* 3$' a.txt
	grep -q '^  X .* 12$' a.txt
	lacks -q 't2\|at least' a.txt
	grep -q '^  Plays  *10 ' a.txt
	jq -e '.lines == 2 and .top_lines == 1' s.json
	draw --top /dev/null --format term m.ndjson >a.txt
	[ "$(grep -c '^  not measured$' a.txt)" -eq 2 ]
}

@test "--top: a bad line is told with its place; the old page stays" {
	echo old >page.html
	printf '{"windowStart":1793577600000}\n{"plays":1}\n' >top.ndjson
	status_is 65 draw -o page.html --top top.ndjson m.ndjson
	grep -q "'top.ndjson': line 2: windowStart is missing" err
	printf '{"windowStart":1793577600000}\n{"windowS' >top.ndjson
	status_is 65 draw -o page.html --top top.ndjson m.ndjson
	grep -q "'top.ndjson': line 2, byte" err
	status_is 74 draw -o page.html --top none.ndjson m.ndjson
	[ "$(cat page.html)" = old ]
}

@test "the same window and group twice is refused by its line" {
	echo old >page.html
	cat m.ndjson m.ndjson >twice.ndjson
	status_is 65 draw -o page.html twice.ndjson
	grep -q "'twice.ndjson': line 3: .* came before" err
	[ "$(wc -l <err)" -eq 1 ]
	status_is 65 draw -o page.html m.ndjson m.ndjson
	grep -q "'m.ndjson': line 1: .* came before" err
	# A day among hours begins with one of them.
	printf '%s\n' '{"windowStart":1793577600000,"plays":4}' \
		'{"windowStart":1793581200000,"plays":4}' \
		'{"windowStart":1793577600000,"plays":8}' >mixed.ndjson
	status_is 65 draw -o page.html mixed.ndjson
	grep -q "'mixed.ndjson': line 3: " err
	[ "$(cat page.html)" = old ]
	# Groups that differ in a number or a truth are groups.
	printf '%s\n' '{"windowStart":1793577600000,"year":1,"plays":4}' \
		'{"windowStart":1793577600000,"year":2,"plays":4}' |
		draw >a.html
	status_is 65 draw --top twice.ndjson m.ndjson
	grep -q "'twice.ndjson': line 3: " err
}

@test "windows that overlap are refused by their line" {
	printf '%s\n' \
		'{"windowStart":1793581200000,"windowEnd":1793584800000,"plays":4}' \
		'{"windowStart":1793577600000,"windowEnd":1793664000000,"plays":8}' \
		>mixed.ndjson
	echo old >page.html
	status_is 65 draw -o page.html mixed.ndjson
	grep -q "'mixed.ndjson': line [12]: .*overlaps" err
	[ "$(wc -l <err)" -eq 1 ]
	[ "$(cat page.html)" = old ]
	printf '%s\n' \
		'{"windowStart":1793577600000,"windowEnd":1793581200000,"level":"a","plays":4}' \
		'{"windowStart":1793577600000,"windowEnd":1793664000000,"plays":8}' \
		>mixed.ndjson
	status_is 65 draw mixed.ndjson
	grep -q "'mixed.ndjson': line 2: .*overlaps" err
}

@test "a window of few plays has no rate" {
	for h in $(seq 0 9); do
		echo "{\"windowStart\":$((1793577600000 + h * 3600000)),\"plays\":$((h == 0 ? 1 : 200)),\"skips\":$((h == 0 ? 1 : 20))}"
	done >few.ndjson
	draw few.ndjson >a.html
	grep -q 'Skip rate: highest 10.0%' a.html
	grep -q '00:00</th><td>no rate</td>' a.html
	grep -q 'where there are plays enough' a.html
	tail -n 9 few.ndjson | draw >b.html
	lacks -q 'plays enough' b.html
	draw --format term few.ndjson | grep -A 1 '^Skip rate$' | tail -1 >line
	[ "$(cat line)" = '   █████████' ]
}

@test "a style sheet of one's own; not one that would end the element" {
	echo 'body { color: rebeccapurple }' >my.css
	draw --style my.css m.ndjson | grep -q rebeccapurple
	echo '</style><script>' >my.css
	status_is 2 draw --style my.css m.ndjson
	grep -q "'my.css': byte 0" err
}

@test "the same lines with CR LF, a BOM, or without a last newline" {
	draw m.ndjson >a.html
	{
		printf '\357\273\277'
		sed 's/$/\r/' m.ndjson
	} | draw >b.html
	printf '%s' "$(cat m.ndjson)" | draw >c.html
	cmp a.html b.html
	cmp a.html c.html
}

@test "NUL, bad UTF-8, deep and huge lines are refused with a reason" {
	for line in '{"windowStart":1,"a":"\000"}' '{"windowStart":1,"a":"\377"}' \
		"{\"windowStart\":1,\"a\":$(printf '[%.0s' $(seq 100))}"; do
		# shellcheck disable=SC2059
		printf "$line\n" >bad.ndjson
		status_is 65 draw bad.ndjson
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "'bad.ndjson': line 1, byte" err
	done
	head -c 2000000 /dev/zero | tr '\0' a >huge
	status_is 65 draw huge
	grep -q "too_long" err
}

@test "a full device and a closed stdout are failures" {
	status=0
	draw m.ndjson >/dev/full 2>err || status=$?
	[ "$status" -eq 74 ]
	[ "$(wc -l <err)" -eq 1 ]
	status=0
	draw m.ndjson >&- 2>err || status=$?
	[ "$status" -eq 74 ]
}

@test "a reader that leaves early ends it quietly" {
	for i in $(seq 3000); do
		echo "{\"windowStart\":$((1793577600000 + i * 3600000)),\"plays\":1}"
	done >long.ndjson
	set +o pipefail
	{ sleep 0.3 && cat long.ndjson; } | draw 2>err | true
	[ "${PIPESTATUS[1]}" -eq 141 ]
	[ ! -s err ]
}

@test "SIGTERM leaves no half page" {
	mkfifo in
	dash-html -o page.html in 2>err &
	pid=$!
	exec 9>in
	head -1 m.ndjson >&9
	sleep 0.2
	kill -TERM "$pid"
	exec 9>&-
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[ "$(echo page.html*)" = 'page.html*' ]
}

@test "barriers are passed over, a cut stream is refused" {
	{
		echo '{"@barrier":{"job":"j","run":"r","start":true,"at":{"a":0},"lines":0}}'
		cat m.ndjson
		echo '{"@barrier":{"job":"j","run":"r","at":{"a":1},"lines":2}}'
	} >b.ndjson
	draw m.ndjson >a.html
	draw b.ndjson >b.html
	cmp a.html b.html
	head -n 3 b.ndjson >cut.ndjson
	status_is 75 draw cut.ndjson
	sed 2d b.ndjson >short.ndjson
	status_is 65 draw short.ndjson
	draw --allow-drop short.ndjson >out
}

@test "a week of hours with many groups is a small page" {
	for h in $(seq 0 167); do
		for c in US GB DE SE BR; do
			echo "{\"windowStart\":$((1793577600000 + h * 3600000)),\"country\":\"$c\",\"plays\":$((h + 10)),\"streams\":$h,\"skips\":3,\"completed\":2,\"msPlayed\":9,\"listeners\":4}"
		done
	done | draw >a.html
	[ "$(wc -c <a.html)" -lt 300000 ]
}
