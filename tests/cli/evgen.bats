#!/usr/bin/env bats
# evgen: the same bytes however the work is cut, faults and their truth,
# pace, barriers.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	LC_ALL=C
	export LC_ALL
	use_tools
	window=(--users 300 --from 2026-11-16 --to 2026-11-19)
	faults=(--fault late=2% --fault duplicate=2% --fault missing=1%
		--fault wrong_type=1% --fault out_of_range=1%
		--fault malformed=1%)
}

# refused WORD... - a usage error that says so, and nothing on stdout
refused() {
	local word=$1
	shift
	status_is 2 evgen --users 10 "$@"
	[ ! -s out ] && grep -q -e "$word" err
}

@test "threads and half windows give the same bytes, faults on and off" {
	local extra
	for extra in "" "${faults[*]}"; do
		# shellcheck disable=SC2086
		evgen "${window[@]}" $extra --truth one.truth >one
		# shellcheck disable=SC2086
		evgen "${window[@]}" $extra -j2 --truth two.truth >two
		# shellcheck disable=SC2086
		evgen "${window[@]}" $extra --to 2026-11-17T11:22:33.444Z \
			--truth a.truth >parts
		# shellcheck disable=SC2086
		evgen "${window[@]}" $extra --from 2026-11-17T11:22:33.444Z \
			--truth b.truth >>parts
		cat a.truth b.truth >parts.truth
		[ "$(wc -l <one)" -gt 5000 ]
		cmp one two
		cmp one parts
		cmp one.truth two.truth
		cmp one.truth parts.truth
	done
	[ -s one.truth ]
}

@test "shards, merged, are the sorted whole" {
	local i
	evgen "${window[@]}" "${faults[@]}" | sort >whole
	for i in 1 2 3 4; do
		evgen "${window[@]}" "${faults[@]}" --shard "$i/4" >>shards
	done
	sort shards | cmp - whole
}

@test "another seed is another world" {
	evgen "${window[@]}" --limit 1000 >one
	evgen "${window[@]}" --limit 1000 >again
	evgen "${window[@]}" --limit 1000 --seed 2 >other
	cmp one again
	[ "$(cmp -s one other; echo $?)" -eq 1 ]
	[ "$(comm -12 <(sort one) <(sort other) | wc -l)" -eq 0 ]
}

@test "every line is JSON with the topics and ids that it should have" {
	evgen "${window[@]}" >events
	jq -es 'all(.ts >= 1794787200000 and .ts < 1795046400000
		and (.eventId | length) == 16 and .sessionId > 0)
		and (map(.eventId) | unique | length) == length
		and (map(.topic) | unique) == ["auth_events",
			"listen_events", "page_view_events"]
			+ (if any(.topic == "status_change_events")
			then ["status_change_events"] else [] end)
		and (map(select(.topic == "auth_events" and .success))
			| all(.userId > 0))
		and (map(select(.auth == "Logged Out")) | length > 0
			and all(has("userId") or has("lastName") | not))' \
		events >/dev/null
	jq -r .city events | grep -q '[^ -~]'
}

@test "--type takes lines from the whole, each name its topic" {
	local name names
	evgen "${window[@]}" >all
	names=$(evgen --type x 2>&1 | sed -n 's/.* none of //p')
	[ "$(echo "$names" | wc -w)" -eq 4 ]
	for name in ${names//,/}; do
		grep "^{\"topic\":\"$name\"" all >want
		evgen "${window[@]}" --type "$name" | cmp - want
	done
}

@test "--limit stops there, --tag is in every line" {
	evgen "${window[@]}" --limit 777 --tag try >events
	[ "$(wc -l <events)" -eq 777 ]
	[ "$(grep -c '"tag":"try"' events)" -eq 777 ]
}

@test "eventsim1: its keys, a play is a page at its start" {
	evgen "${window[@]}" --compat eventsim1 >events
	jq -es 'all(keys - ["artist", "auth", "firstName", "gender",
			"itemInSession", "lastName", "length", "level",
			"location", "method", "page", "registration",
			"sessionId", "song", "status", "ts", "userAgent",
			"userId"] == [])
		and all((.page == "NextSong") == has("song"))
		and all((.userId == "") == (has("location") | not))
		and all(.userId | type == "string")
		and any(.userId == "")
		and (map(.page) | unique | length) > 12' events >/dev/null
	agg-hourly --schema eventsim1 --max-bad 0 --window 7d \
		--measures plays events >measured
	[ "$(jq -s 'map(.plays) | add' measured)" -eq \
		"$(grep -c '"page":"NextSong"' events)" ]
}

@test "each fault has its line of truth, and can be found by it" {
	evgen "${window[@]}" >clean
	evgen "${window[@]}" "${faults[@]}" --truth truth --stats stats >events
	[ "$(jq '.faults | add' stats)" -eq "$(wc -l <truth)" ]
	[ "$(jq .linesOut stats)" -eq "$(wc -l <events)" ]
	jq -es 'group_by(.kind) | map({key: .[0].kind, value: length})
		| from_entries' truth >kinds
	jq -e --slurpfile s stats '. == $s[0].faults' kinds >/dev/null
	# lines without truth are those of the clean run
	jq -r .eventId truth | sort -u >ids
	grep -avFf ids events | sort >rest
	[ "$(comm -23 rest <(sort clean) | wc -l)" -eq 0 ]
	# what is no JSON is what truth calls malformed
	jq -r 'select(.kind == "malformed").eventId' truth | sort -u >want
	dq-check --suite "$BATS_TEST_DIRNAME/../../share/suites/playpipe.json" \
		--quarantine bad --fail-on never events >/dev/null 2>&1
	jq -r .line bad | awk 'NR == FNR { bad[$1]; next } FNR in bad' - events |
		sed 's/.*"eventId":"\([0-9a-f]*\).*/\1/' | sort -u >found
	[ "$(wc -l <want)" -gt 50 ]
	[ "$(comm -23 want found | wc -l)" -eq 0 ]
}

@test "a truth of everything" {
	evgen "${window[@]}" --fault wrong_type=1 --truth truth >events
	[ "$(wc -l <truth)" -eq "$(wc -l <events)" ]
	jq -es 'all(.original != .written and .field != null)' truth >/dev/null
}

@test "wrong usage is refused with the word that is wrong" {
	refused KIND=RATE --fault late
	refused malformed --fault sloppy=1%
	refused rate --fault late=200%
	refused I/N --shard 0/4
	refused I/N --shard 5/4
	refused listen_events --type plays
	refused 'ends before' --from 2026-11-17 --to 2026-11-16
	refused '--from: expected a time of whole milliseconds' \
		--from 2026-11-16T00:00:00.0005Z
	refused '--to: expected a time of whole milliseconds' \
		--from 2026-11-16 --to 2026-11-17T00:00:00.000001Z
	refused 2001 --from 1999-01-01 --to 1999-01-02
	refused barrier-every --job a
	refused --job --barrier-every 1h
	refused limit --job a --barrier-every 1h --limit 5
	refused exclude --speedup 1 --rate 1
	refused quote --tag 'a"b'
}

@test "an empty window is no fault" {
	evgen --users 10 --from 2026-11-16 --to 2026-11-16 >out
	[ ! -s out ]
	status_is 99 evgen --users 10 --from 2026-11-16 --to 2026-11-16 \
		--skip-empty
}

# ---- pace ----

@test "--rate keeps the pace and holds nothing back" {
	local before after
	before=$(date +%s%N)
	evgen "${window[@]}" --rate 100 --limit 60 >paced
	after=$(date +%s%N)
	[ $((after - before)) -ge 580000000 ]
	evgen "${window[@]}" --limit 60 | cmp - paced
	# the first line is there long before a buffer is full
	timeout 10 evgen "${window[@]}" --rate 5 | head -1 |
		cmp - <(head -1 paced)
}

@test "--speedup lets event time go by" {
	status_is 124 timeout 2 evgen --users 2000 --speedup 600 --stats stats \
		--from 2026-11-16
	# some 20 minutes of event time, whatever the machine was doing
	jq -es '.[0].ts - 1794787200000 < 300000
		and .[-1].ts - 1794787200000 < 1300000
		and length > 50' out >/dev/null
}

@test "a signal ends a live run; its truth is there" {
	local pid status=0
	evgen --users 2000 --speedup 1000 --from 2026-11-16 --fault late=50% \
		--truth truth --stats stats >live &
	pid=$!
	for _ in $(seq 100); do
		[ "$(wc -l <live)" -gt 100 ] && break
		sleep 0.05
	done
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ]
	[ -s truth ]
	[ "$(jq .linesOut stats)" -eq "$(wc -l <live)" ]
	[ "$(tail -c1 live | od -An -c | tr -d ' ')" = '\n' ]
}

@test "now is a moment, too" {
	evgen --users 1000 --from now-1d --to now --limit 3 >out
	[ "$(wc -l <out)" -eq 3 ]
}

# ---- barriers ----

@test "barriers: a start, every step, a final one, and all lines counted" {
	evgen "${window[@]}" >plain
	evgen "${window[@]}" --fault late=1% --job week --barrier-every 7h >events
	grep -a '^{"@barrier"' events | jq -s 'map(."@barrier")' >barriers
	jq -e '.[0].start and .[0].lines == 0 and .[-1].final
		and (.[1:] | all(.start | not))
		and (.[:-1] | all(.final | not))
		and all(.job == "week") and (map(.run) | unique | length) == 1
		and (map(.at | keys[0]) | unique | length) == 1
		and (map(.at | to_entries[0].value) as $at
			| $at[0] == 1794787200000 and $at[-1] == 1795046400000
			and ($at[1:-1] | all(. % 25200000 == 0)))
		and all((.at | to_entries[0].value) - .watermark == 21600000)' \
		barriers >/dev/null
	[ "$(jq 'map(.lines) | add' barriers)" -eq \
		"$(grep -avc '^{"@barrier"' events)" ]
	evgen "${window[@]}" --job week --barrier-every 7h |
		grep -v '^{"@barrier"' | cmp - plain
}

@test "no line stands before a barrier's watermark" {
	evgen "${window[@]}" --fault late=20% --job week --barrier-every 1h |
		jq -n '[foreach inputs as $e ({low: 0, bad: 0};
			if $e | has("@barrier")
			then .low = $e["@barrier"].watermark
			elif $e.ts < .low then .bad += 1 else . end)]
			| .[-1].bad == 0' | grep -qx true
}

# part N OPTION... - a run of the job that dies after N lines
part() {
	local n=$1
	shift
	evgen "${window[@]}" "${faults[@]}" --job j --barrier-every 5h \
		--resume table "$@" 2>/dev/null | head -"$n" |
		lake-put --schema playpipe --job j table >/dev/null 2>&1 || :
}

@test "--resume writes exactly what is left" {
	[ -x "$bin/lake-put" ] || skip 'no lake-put'
	local clean=(--fault late=2% --fault duplicate=2%)
	faults=("${clean[@]}")
	part 1500
	part 2500
	[ "$(lake-cat --count table)" -gt 100 ]
	part 1000000
	evgen "${window[@]}" "${clean[@]}" | sort >want
	lake-cat table | sort | cmp - want
	# once more: a barrier and nothing else
	status_is 0 evgen "${window[@]}" "${clean[@]}" --job j \
		--barrier-every 5h --resume table
	[ "$(wc -l <out)" -eq 1 ]
	status_is 99 evgen "${window[@]}" "${clean[@]}" --job j \
		--barrier-every 5h --resume table --skip-empty
	# other listeners, or more after the end, are refused
	status_is 65 evgen "${window[@]}" --job j --barrier-every 5h \
		--resume table
	grep -q 'another stream' err
	status_is 65 evgen "${window[@]}" "${clean[@]}" --to 2026-11-20 \
		--job j --barrier-every 5h --resume table
	grep -q 'final barrier' err
	status_is 65 evgen "${window[@]}" "${clean[@]}" --to 2026-11-18 \
		--job j --barrier-every 5h --resume table
	grep -q 'behind the window' err
}

@test "without --to the stream goes on: no barrier is final" {
	evgen --users 10 --job j --barrier-every 12h |
		grep '^{"@barrier"' >barriers
	[ "$(grep -c '"final":true' barriers)" -eq 0 ]
}

@test "--resume goes on at the barrier in a file" {
	local job=("${window[@]}" --job j --barrier-every 5h)
	evgen "${job[@]}" >all
	# an empty file, as no file, is the beginning
	: >place
	evgen "${job[@]}" --resume place | grep -v '^{"@barrier' |
		cmp - <(grep -v '^{"@barrier' all)
	grep '^{"@barrier' all | sed -n 3p >place
	evgen "${job[@]}" --resume place >rest
	head -1 rest | grep -q "$(grep -o '"at":{[^}]*}' place)"
	cmp <(grep -v '^{"@barrier' rest) \
		<(sed "1,/$(grep -o '"at":{[^}]*}' place | sed 's,/,.,')/d" all |
			grep -v '^{"@barrier')
	sed -i 's/"job":"j"/"job":"k"/' place
	status_is 65 evgen "${job[@]}" --resume place
	grep -q "is a position of job 'k', not 'j'" err
	echo '{"@barrier":1}' >place
	status_is 65 evgen "${job[@]}" --resume place
	grep -q "'place': a damaged barrier line" err
}
