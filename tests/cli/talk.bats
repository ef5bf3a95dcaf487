#!/usr/bin/env bats
# What a tool says to people: progress, colours, limits on complaints, the
# statistics object.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	printf '{"ts":1794787200000,"topic":"listen_events"}\n' >good
	for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "{\"ts\":$n"
	done >bad
}

# on_terminal COMMAND - run it on a pseudo terminal; what it shows is in shown
on_terminal() {
	command -v script >/dev/null || skip "no script(1) here"
	TERM=xterm script -qec "$1" /dev/null </dev/null >shown
}

# A slow producer, so that progress falls due.
slowly='{ cat good; sleep 1.3; cat good; sleep 0.4; cat good; }'

@test "progress is shown on a terminal after a second, and erased" {
	on_terminal "$slowly | agg-hourly >/dev/null"
	grep -q 'agg-hourly: .* lines' shown
	[ "$(tail -c 4 shown | od -An -c | tr -d ' ')" = '\r033[K' ]
}

@test "no progress with -q, with --progress never, or on a dumb terminal" {
	on_terminal "$slowly | agg-hourly -q >/dev/null"
	[ ! -s shown ]
	on_terminal "$slowly | agg-hourly --progress never >/dev/null"
	[ ! -s shown ]
	on_terminal "$slowly | TERM=dumb agg-hourly >/dev/null"
	[ ! -s shown ]
}

@test "no progress where stderr is a file, unless asked for" {
	eval "$slowly" | agg-hourly >/dev/null 2>err
	[ ! -s err ]
	eval "$slowly" | agg-hourly --progress always >/dev/null 2>err
	grep -q '^agg-hourly: .* lines, .*B, .* lines/s$' err
}

@test "at most ten complaints are told, all with -v" {
	agg-hourly --max-bad 100 bad 2>err
	[ "$(wc -l <err)" -eq 11 ]
	tail -1 err | grep -q ': 2 more like these'
	agg-hourly --max-bad 100 -v bad 2>err
	[ "$(grep -c 'line [0-9]*' err)" -ge 12 ]
	agg-hourly --max-bad 100 -q bad 2>err
	[ ! -s err ]
}

@test "colours: on a terminal, not with NO_COLOR, as --color says" {
	on_terminal "agg-hourly --max-bad 100 bad"
	grep -q "$(printf '\033\[33magg-hourly: warning: \033\[0m')" shown
	on_terminal "NO_COLOR=1 agg-hourly --max-bad 100 bad"
	! grep -q "$(printf '\033')" shown || return 1
	on_terminal "NO_COLOR=1 agg-hourly --color always --max-bad 100 bad"
	grep -q "$(printf '\033')" shown
	agg-hourly --max-bad 100 bad 2>err
	! grep -q "$(printf '\033')" err || return 1
	agg-hourly --color always --max-bad 100 bad 2>err
	grep -q "$(printf '\033')" err
}

@test "the statistics object is written whatever the end is" {
	agg-hourly --stats stats.json good >/dev/null
	jq -e '.tool == "agg-hourly" and .status == 0 and .lines == 1 and
		.seconds >= 0 and .cpuSeconds >= 0 and .maxRssBytes > 0' \
		stats.json >/dev/null
	run -65 agg-hourly --stats stats.json bad
	jq -e '.status == 65' stats.json >/dev/null
	agg-hourly --stats - good 2>err >/dev/null
	jq -e '.status == 0' err >/dev/null
}

@test "a statistics object that cannot be written is a failure" {
	run -74 agg-hourly --stats /dev/full good
	run -74 agg-hourly --stats no/such/folder good
}
