#!/usr/bin/env bats
# scripts/rebuild at the borders of its range: sessions across them, sessions
# for days, and its settings. What it does beside a job is in tests/fault.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	use_tools
	export PLAYPIPE_FLOW_LAKE=$PWD/lake PLAYPIPE_FLOW_LATENESS=0s
}

ms() { # TIME
	date -ud "$1" +%s%3N
}

# event TIME USER
event() {
	printf '{"topic":"listen_events","ts":%s,"userId":%s}\n' "$(ms "$1")" "$2"
}

# arrive WATERMARK - a batch of events from stdin, through bronze and silver
arrive() {
	local batch
	cat >in
	batch=$(cat batches 2>/dev/null || echo 0)
	{
		printf '{"@barrier":{"job":"ingest","run":"r",%s"at":{"src":%d},"lines":0}}\n' \
			"$([ "$batch" -gt 0 ] || echo '"start":true,')" "$batch"
		cat in
		echo $((batch + 1)) >batches
		printf '{"@barrier":{"job":"ingest","run":"r","at":{"src":%d},"watermark":%s,"lines":%d}}\n' \
			$((batch + 1)) "$(ms "$1")" "$(wc -l <in)"
	} >stream
	lake-put --job ingest --schema playpipe \
		--partition-by arrivalDate,verdict lake/bronze/events <stream
	lake-cat --job silver --resume lake/silver/sessions \
		--where "verdict = 'good'" lake/bronze/events |
		sessionize --state lake/_state |
		lake-put --job silver --schema sessions \
			--partition-by startDate lake/silver/sessions
}

# rows - sessions as user, start, end and events
rows() {
	lake-cat --times rfc3339 lake/silver/sessions |
		jq -r '[.userId, .startTs[5:16], .endTs[5:16], .events] | join(" ")' |
		sort
}

rebuild() {
	"$root/scripts/rebuild" "$@" >summary
}

@test "a session across the end of the range takes its pieces from behind it" {
	{ event '2026-11-16 23:00' 1 && event '2026-11-16 23:20' 1 &&
		event '2026-11-17 00:05' 2; } | arrive '2026-11-17 12:00'
	event '2026-11-17 00:10' 1 | arrive '2026-11-17 13:00'
	{ event '2026-11-16 23:45' 1 && event '2026-11-17 00:20' 3; } |
		arrive '2026-11-17 14:00'
	rows >pieces
	[ "$(wc -l <pieces)" -eq 5 ]
	# the day after it: the piece there is of a session that starts before
	rebuild silver --from 2026-11-17 --to 2026-11-18
	rows | diff pieces -
	rebuild silver --from 2026-11-16 --to 2026-11-17 --dry-run
	jq -e '.rowsBefore == 4 and .rowsAfter == 2 and .base == .version' summary
	rows | diff pieces -
	rebuild silver --from 2026-11-16 --to 2026-11-17
	rows | diff - <(printf '%s\n' '1 11-16T23:00 11-17T00:10 4' \
		'2 11-17T00:05 11-17T00:05 1' '3 11-17T00:20 11-17T00:20 1')
	# and once more: nothing is left to do
	rebuild silver --from 2026-11-16 --to 2026-11-17
	jq -e '.rowsBefore == 1 and .rowsAfter == 1' summary
	[ "$(rows | wc -l)" -eq 3 ]
}

@test "a session that runs for days is whole" {
	for ((m = 0; m < 5 * 1440; m += 20)); do
		printf '{"topic":"listen_events","ts":%d,"userId":7}\n' \
			$((1794787200000 + m * 60000))
	done >all
	grep -v ':1794814800000,' all | arrive '2026-11-30'
	grep ':1794814800000,' all | arrive '2026-11-30 01:00'
	[ "$(rows | wc -l)" -eq 3 ]
	rebuild silver --from 2026-11-16 --to 2026-11-17
	rows | diff - <(echo "7 11-16T00:00 11-20T23:40 $(wc -l <all)")
	# for a later day it is none of those that start there
	rebuild silver --from 2026-11-18 --to 2026-11-19
	[ "$(rows | wc -l)" -eq 1 ]
}

@test "an open session keeps what the job has written of it" {
	{ event '2026-11-16 10:00' 1 && event '2026-11-16 10:50' 2; } |
		arrive '2026-11-16 10:31'
	# late, and the job has it open: together with what it has closed
	event '2026-11-16 10:30' 1 | arrive '2026-11-16 10:45'
	[ "$(rows)" = '1 11-16T10:00 11-16T10:00 1' ]
	rebuild silver --from 2026-11-16 --to 2026-11-17
	jq -e '.rowsBefore == 1 and .rowsAfter == 1 and .leftOpen == 2' summary
	[ "$(rows)" = '1 11-16T10:00 11-16T10:00 1' ]
	event '2026-11-16 20:00' 9 | arrive '2026-11-17'
	[ "$(rows | awk '{ n += $4 } END { print n }')" -eq 4 ]
	rebuild silver --from 2026-11-16 --to 2026-11-17
	rows | diff - <(printf '%s\n' '1 11-16T10:00 11-16T10:30 2' \
		'2 11-16T10:50 11-16T10:50 1' '9 11-16T20:00 11-16T20:00 1')
}

@test "rows that no event stands behind go" {
	{ event '2026-11-16 10:00' 1 && event '2026-11-16 12:00' 2; } |
		arrive '2026-11-17'
	lake-cat lake/silver/sessions | sed 's/"2"/"ghost"/' |
		lake-put --schema sessions lake/silver/sessions
	[ "$(rows | wc -l)" -eq 4 ]
	rebuild silver --from 2026-11-16 --to 2026-11-17
	[ "$(rows | awk '{ print $1 }' | tr '\n' ' ')" = '1 2 ' ]
}

@test "settings come from the file that all scripts read" {
	{ event '2026-11-16 10:00' 1 && event '2026-11-16 12:00' 2; } |
		arrive '2026-11-17'
	printf 'flow.lake = %s\nflow.lateness = 20h\n' "$PWD/lake" >conf
	unset PLAYPIPE_FLOW_LAKE PLAYPIPE_FLOW_LATENESS
	rebuild silver --config conf --from 2026-11-16 --to 2026-11-17
	jq -e '.leftOpen == 2 and .rowsAfter == 2' summary
	run -2 rebuild silver --config conf --from 2026-11-16 --to never
	[[ "$output" == *"rebuild: --to: 'never': expected a time"* ]]
	run -2 rebuild bronze --config conf --from 2026-11-16 --to now
	rebuild --help
	grep -q -- '--config FILE' summary
}
