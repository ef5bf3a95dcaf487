#!/usr/bin/env bats
# The erasure of a user: from bronze with its bad lines to silver and gold,
# while the flow goes on. In the end no byte of the user is left in any file of
# the tables, and every other row is as it was.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

USER_ID=770077007700
PARTS=6

setup() {
	use_tools
	make_events >events
	split -n "l/$PARTS" events part.
	parts=(part.*)
	consumers=silver,gold
	# when the hour is up that writers at work may need
	later=(--now "$(date -ud '+2 hours' +%FT%TZ)")
}

# make_events - of some users, one of whom is ours; some are bad, and some of
# those are hard to find him in
make_events() {
	local busy
	evgen --users 60 --seed 5 --from 2026-11-16 --to 2026-11-18 \
		--fault missing=1% --fault wrong_type=1% --fault malformed=1% \
		>all
	busy=$(grep -ao '"userId":[0-9]*,' all | sort | uniq -c | sort -rn |
		awk 'NR == 1 { print $2 }')
	sed "s/$busy/\"userId\":$USER_ID,/" all
	echo "{\"topic\":\"listen_events\",\"userId\":$USER_ID,\"ts\":17947872"
	printf '{"userId":%s,"song":"\377\376"}\n' "$USER_ID"
	grep -a -m 1 "\"userId\":$USER_ID," all ||
		sed -n "/$busy/{s/$busy/\"userId\":\"$USER_ID\",/p;q}" all
	echo "not even JSON, of user $USER_ID."
	echo "the number 1$USER_ID is another one"
}

# put FILE - a batch of events into bronze
put() {
	dq-check -q -s playpipe --fail-on never --quarantine inline "$1" |
		lake-put -q --schema playpipe --sort ts \
			--partition-by arrivalDate,verdict bronze
}

job_silver() {
	lake-cat --job silver --final --resume silver --where "verdict = 'good'" bronze |
		sessionize -q --state state |
		lake-put -q --job silver --schema sessions silver
}

job_gold() {
	lake-cat --job gold --resume gold --where "verdict = 'good'" bronze |
		agg-hourly -q --partial --window 2m |
		lake-put -q --job gold --schema partials gold
}

erase_bronze() {
	lake-tidy --delete-where "userId = $USER_ID" --vacuum --retain 0s \
		--consumers "$consumers" "$@" bronze
}

# others TABLE - its rows, but those that the user's number stands in
others() {
	lake-cat "$1" | grep -av -e "[^0-9]${USER_ID}[^0-9]" \
		-e "$(printf '{"userId":%s,"song":"\377\376"}' "$USER_ID" |
			base64 -w 0)" | LC_ALL=C sort
}

# is_gone TABLE
is_gone() {
	! "$BATS_TEST_DIRNAME/bytes_left.py" "$USER_ID" "$1" || return 1
	! lake-cat --print files "$1" | grep "$USER_ID" || return 1
	! lake-cat --print history "$1" | grep "$USER_ID" || return 1
}

@test "no byte of a user is left, and all else is" {
	for part in "${parts[@]}"; do
		put "$part"
	done
	job_silver
	job_gold
	# seen where it is
	"$BATS_TEST_DIRNAME/bytes_left.py" "$USER_ID" bronze >found
	grep -q 'verdict=bad.*compressed' found
	grep -q 'verdict=good.*compressed' found
	grep -q '_delta_log' found
	others bronze >expected
	[ "$(wc -l <expected)" -lt "$(lake-cat --count bronze)" ]

	# erased; the log of before is kept until the jobs have seen that
	run -75 erase_bronze
	[[ $output == *"kept for the consumer"*"run the job, then this again"* ]]
	lake-cat bronze | LC_ALL=C sort | cmp - expected
	job_silver
	job_gold
	run -75 erase_bronze
	[[ $output == *"the log before version 6, which is kept for an hour"* ]]
	run -0 erase_bronze "${later[@]}"
	[[ $output == *"rows erased: 0,"* ]]
	is_gone bronze
	lake-cat bronze | LC_ALL=C sort | cmp - expected

	others silver >expected
	[ "$(lake-cat --count --where "userId = '$USER_ID'" silver)" -gt 0 ]
	run -75 lake-tidy --delete-where "userId = '$USER_ID'" --vacuum \
		--retain 0s silver
	lake-tidy --delete-where "userId = '$USER_ID'" --vacuum \
		--retain 0s "${later[@]}" silver
	is_gone silver
	lake-cat silver | LC_ALL=C sort | cmp - expected
	# gold never held it
	is_gone gold
	# and the flow goes on
	put part.aa
	job_silver
	job_gold
}

@test "a dry run tells the files, and a new job reads nothing that was erased" {
	put part.aa
	put part.ab
	others bronze >expected
	find bronze | sort >before
	run -0 lake-tidy --dry-run --delete-where "userId = $USER_ID" bronze
	[[ $output == rewrite*"would be written anew: "* ]]
	find bronze | sort | cmp - before
	lake-tidy --delete-where "userId = $USER_ID" bronze
	# the files of before are there
	lake-cat --at-version 1 bronze | grep -q "$USER_ID"
	consumers=
	lake-cat --job new --resume new bronze |
		lake-put --job new --partition-by arrivalDate,verdict \
			--schema playpipe new 2>/dev/null
	lake-cat new | LC_ALL=C sort | cmp - expected
}

@test "files younger than the store's clock are told" {
	put part.ab
	consumers=
	lake-tidy --delete-where "userId = $USER_ID" bronze
	early=$(date -ud '-2 minutes' +%FT%TZ)
	files=$(find bronze -name '*.parquet' | wc -l)
	run -75 lake-tidy --delete-where "userId = $USER_ID" --vacuum \
		--retain 0s --now "$early" bronze
	[[ $output == *" removed files, which may hold them, stay until"* ]]
	[[ $output == *"files deleted: 0,"* ]]
	[ "$(find bronze -name '*.parquet' | wc -l)" -ge "$files" ]
	run -75 lake-tidy --delete-where "userId = $USER_ID" --vacuum \
		--retain 0s bronze
	[[ $output == *"the log before version 1, which is kept for an hour"* ]]
}

@test "a consumer that is behind stands against it, by name" {
	put part.aa
	job_silver
	job_gold
	put part.ab
	job_gold
	find bronze | sort >before
	run -75 erase_bronze
	[[ $output == *"the consumer 'silver' (job 'silver') reads version 1 next"* ]]
	find bronze | sort | cmp - before
	job_silver
	run -75 erase_bronze
	job_silver
	job_gold
	run -0 erase_bronze "${later[@]}"
	is_gone bronze
}

@test "batches go on while it is done" {
	put part.aa
	put part.ab
	job_silver
	job_gold
	others bronze >expected
	for part in part.ac part.ad part.ae; do
		grep -av "$USER_ID" "$part" >clean
		put clean
		job_silver
		job_gold
	done &
	for ((tries = 0; tries < 200; tries++)); do
		status=0
		erase_bronze >out 2>err || status=$?
		[ "$status" -eq 75 ]
		! grep -q 'for an hour' err || break
		sleep 0.05
	done
	wait
	job_silver
	job_gold
	erase_bronze "${later[@]}"
	is_gone bronze
	mkdir -p apart
	lake-cat bronze | LC_ALL=C sort >all
	# what was there is there, with what came
	[ -z "$(LC_ALL=C comm -13 all expected)" ]
	cat part.ac part.ad part.ae | grep -av "$USER_ID" >clean
	[ "$(wc -l <all)" -eq $(($(wc -l <expected) + $(wc -l <clean))) ]
	# sums of gold are those of all events that were read
	[ "$(lake-cat gold | jq -s 'map(.events) | add')" -gt 0 ]
}

@test "what is looked for in bad lines" {
	cat >lines <<-END
	{"@bad":{"raw":"{\"userId\":42,\"ts\":17947","line":1,"offset":0,"rules":[]}}
	{"@bad":{"raw":"{\"userId\":142,\"ts\":17947","line":2,"offset":0,"rules":[]}}
	{"@bad":{"raw":"{\"userId\":42,\"level\":\"paid\"}","line":3,"offset":0,"rules":[]}}
	{"@bad":{"raw":"{\"userId\":7,\"itemInSession\":42}","line":4,"offset":0,"rules":[]}}
	{"@bad":{"raw":"{\"itemInSession\":42}","line":5,"offset":0,"rules":[]}}
	{"@bad":{"raw":"{\"userId\":\"\\\\u0034\\\\u0032\",\"ts\":","line":6,"offset":0,"rules":[]}}
	END
	lake-put --schema playpipe --partition-by arrivalDate,verdict bad lines
	# 5 holds nobody's number by name, and may be his
	run -0 lake-tidy --delete-where "userId = 42" bad
	[[ $output == *"rows erased: 4,"* ]]
	[ "$(lake-cat --columns _line --format csv bad | sed 1d |
		tr '\n' ' ')" = "2 4 " ]
	# of a line that cannot be read, nothing else is held against it
	run -0 lake-tidy --delete-where "ts < '2030-01-01' OR userId IS NULL" bad
	[[ $output == *"rows erased: 0,"* ]]
	run -0 lake-tidy --delete-where "userId != 7" bad
	[[ $output == *"rows erased: 0,"* ]]
	run -0 lake-tidy --delete-where "userId IN (7, 142) AND ts < '2030-01-01'" bad
	[[ $output == *"rows erased: 2,"* ]]
	[ "$(lake-cat --count bad)" -eq 0 ]
}

@test "what cannot be erased is told" {
	put part.aa
	run -2 lake-tidy --delete-where "nobody = 1" bronze
	[[ $output == *"'bronze' has no column 'nobody'"* ]]
	run -2 lake-tidy --delete-where "userId =" bronze
	sed -i 's/"configuration":{/&"delta.appendOnly":"true",/' \
		bronze/_delta_log/00000000000000000000.json
	run -2 lake-tidy --delete-where "userId = $USER_ID" bronze
	[[ $output == *"appendOnly"* ]]
}
