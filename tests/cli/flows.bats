#!/usr/bin/env bats
# The scripts of the flows: settings, honest statuses, one runner at a time,
# figures, the loop. Sources are evgen, a log of its lines below that stands
# for a topic, and a mock Kafka.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	use_tools
	export PLAYPIPE_NOW=2026-11-17T00:30:00Z
	day='evgen --users 60 --seed 7 --from 2026-11-16 --to 2026-11-17'
	day+=' --fault malformed=1% --barrier-every 6h'
}

teardown() {
	[ ! -s pids ] || xargs kill -9 <pids 2>/dev/null || :
	kafka_stop
	[ -z "${runner:-}" ] || kill "$runner" 2>/dev/null || :
}

# script NAME ARGUMENT... - with tables in lake; stdout in out, stderr in err
script() {
	status=0
	"$root/scripts/$1" --lake lake "${@:2}" >out 2>err </dev/null ||
		status=$?
}

# microbatch ARGUMENT... - of the simulated day
microbatch() {
	script run-microbatch --source-command "$day" "$@"
}

# says FILTER - a fact of the summary, which must be the only line on stdout
says() {
	[ "$(wc -l <out)" -eq 1 ] && jq -e "$1" out >/dev/null || {
		cat out err
		return 1
	}
}

# stub TOOL - a tool of our own, from stdin, before all others on the PATH
stub() {
	mkdir -p stubs
	{ echo '#!/usr/bin/env bash'; cat; } >"stubs/$1"
	chmod +x "stubs/$1"
	[[ $PATH == "$PWD/stubs:"* ]] || PATH=$PWD/stubs:$PATH
}

# topic LINES - a source in place of a topic: of LINES lines, at most
# FLOW_LIMIT of those that bronze does not have yet. Told in the file asked.
topic() {
	evgen --users 200 --seed 7 --from 2026-11-16 --to 2026-11-18 \
		--limit "$1" >topic
	stub topic-source <<-'END'
	while [ "$1" != --resume ]; do shift; done
	at=$(lake-cat --print positions "$2" 2>/dev/null |
		sed -n 's/.*"ingest:test\/0","value":\([0-9]*\).*/\1/p')
	from=${at:-0} all=$(wc -l <topic)
	to=$((from + FLOW_LIMIT < all ? from + FLOW_LIMIT : all))
	echo "$FLOW_LIMIT $((to - from))" >>asked
	barrier() {
		echo "{\"@barrier\":{\"job\":\"ingest\",\"run\":\"r\",$3\"at\":{\"test/0\":$1},\"lines\":$2}}"
	}
	barrier "$from" 0 "$([ -n "$at" ] || echo '"start":true,')"
	sed -n "$((from + 1)),${to}p" topic
	newest=$(head -n "$to" topic | jq .ts | sort -n | tail -1)
	barrier "$to" $((to - from)) "\"watermark\":$newest,"
	END
}

# await COMMAND... - until it is true, half a minute at most
await() {
	local tries=300
	until "$@" 2>/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

has_lines() {
	[ "$(wc -l <"$1")" -ge "$2" ]
}

# ---- a batch ----

@test "a batch: all tables, the page, and one line of summary" {
	microbatch
	[ "$status" -eq 0 ]
	says '.status == 0 and ([.stages[].status] == [0,0,0,0,0])'
	[ "$(jq .lines out)" -eq "$(lake-cat --count lake/bronze/events)" ]
	[ "$(jq .bad out)" -eq "$(lake-cat --count --where "verdict = 'bad'" lake/bronze/events)" ]
	[ "$(jq .stages.silver.rows out)" -eq "$(lake-cat --count lake/silver/sessions)" ]
	[ "$(jq .stages.gold.rows out)" -eq "$(lake-cat --count lake/gold/partials)" ]
	[ "$(jq .stages.live.rows out)" -eq "$(lake-cat --count lake/gold/live)" ]
	[ "$(jq .stages.live.rows out)" -gt 100 ]
	says '.stages.bronze.cpuSeconds > 0 and .freshnessSeconds > 0'
	grep -q '<title>Listening' lake/live.html
}

@test "a second batch finds nothing and changes nothing" {
	microbatch
	[ "$status" -eq 0 ]
	lake-cat lake/gold/live >before
	microbatch
	[ "$status" -eq 0 ]
	says '.status == 0 and .lines == 0'
	lake-cat lake/gold/live | cmp - before
}

@test "the live view has the last days, and the page the last hours" {
	microbatch --live 12h
	[ "$status" -eq 0 ]
	shown=$(jq .stages.page.lines out)
	[ "$shown" -gt 0 ]
	[ "$(lake-cat --count --where "windowStart >= '2026-11-16T12:30:00Z'" lake/gold/live)" -eq "$shown" ]
	[ "$(lake-cat --count lake/gold/live)" -gt "$shown" ]
	rm -r lake
	PLAYPIPE_NOW=2026-11-30T00:00:00Z microbatch
	says '.status == 0 and .stages.live.rows == 0'
	[ "$(lake-cat --count lake/gold/partials)" -gt 0 ]
}

@test "--dry-run prints the pipes and runs none" {
	microbatch --dry-run
	[ "$status" -eq 0 ]
	[ ! -e lake ]
	[ "$(grep -c '^# ' out)" -eq 5 ]
	grep -q "^evgen .* --job ingest --resume $PWD/lake/bronze/events |$" out
	# what it prints is what runs: the same tables
	sed -i "s|$PWD/lake/_flow/|$PWD/|g" out
	bash -euo pipefail out 2>err
	lake-cat lake/gold/live >printed
	rm -r lake
	microbatch
	lake-cat lake/gold/live | cmp - printed
}

@test "topics and a shard reach kcat-in; instances behind the first do bronze" {
	script run-microbatch --topics a,b --shard 2/3 --dry-run
	[ "$status" -eq 0 ]
	grep -q "^kcat-in --job ingest --resume .* --until snapshot --limit 1000000 --shard 2/3 a b |$" out
	[ "$(grep -c '^# ' out)" -eq 1 ]
	script run-microbatch --topics a,b --shard 1/3 --dry-run
	[ "$(grep -c '^# ' out)" -eq 5 ]
}

# ---- Kafka ----

# fill USERS - their day, in the topics of a mock Kafka, and in the file all
fill() {
	local topic
	command -v kcat >/dev/null || skip "no kcat(1) here, to produce"
	kafka_start 1
	evgen --users "$1" --seed 7 --from 2026-11-16 --to 2026-11-17 >all
	for topic in listen_events page_view_events auth_events \
		status_change_events; do
		kafka topic "$topic" 4
		grep "\"topic\":\"$topic\"" all |
			kcat -b "$BROKERS" -P -t "$topic" -q
	done
	echo "kcat-in.brokers = $BROKERS" >conf
}

# has_all - are the lines of the file all in bronze, and no others?
has_all() {
	lake-cat lake/bronze/events | LC_ALL=C sort >have
	LC_ALL=C sort all | cmp -s - have
}

@test "from Kafka: batches of so many, then the rest, then nothing" {
	fill 100
	script run-microbatch --config conf --batch-limit 500
	[ "$status" -eq 0 ]
	says '.lines == 500 and .behind'
	[ "$(jq .stages.bronze.left out)" -eq $(($(wc -l <all) - 500)) ]
	script run-microbatch --config conf
	says '.status == 0 and .behind == false and .stages.bronze.left == 0'
	has_all
	script run-microbatch --config conf
	says '.status == 0 and .lines == 0'
}

@test "instances side by side fill one table, each line once" {
	fill 100
	for i in 1 2 3; do
		"$root/scripts/run-microbatch" --lake lake --config conf \
			--shard "$i/3" --stages bronze --batch-limit 50 --loop \
			--every 100ms >"out.$i" 2>"err.$i" &
		echo $! >>pids
	done
	await has_all
	for runner in $(cat pids); do
		kill -TERM "$runner"
		wait "$runner" || :
	done
	has_all
	# only who began as another made the table may have had to try again
	cat err.?
	cat out.? | jq -es 'all(.status == 0 or .status == 75) and
		(map(select(.status == 75)) | length < 3)'
	cat out.? | jq -es 'map(.rows) | add == '"$(wc -l <all)"
	[ "$(jq -s 'map(.rows) | add' out.2)" -gt 0 ]
}

@test "a Kafka that does not answer is 75, and the rest goes on" {
	fill 20
	script run-microbatch --config conf
	[ "$status" -eq 0 ]
	kafka_stop
	echo 'kcat-in.max-time = 5s' >>conf
	script run-microbatch --config conf
	[ "$status" -eq 75 ]
	says '[.stages[].status] == [75,0,0,0,0]'
}

# ---- statuses ----

@test "a pipe's verdict is its most telling status" {
	# shellcheck source=scripts/flows.sh
	. "$root/scripts/flows.sh"
	while read -r want statuses; do
		got=0
		# shellcheck disable=SC2086
		flow_verdict $statuses || got=$?
		[ "$got" = "$want" ] || {
			echo "$statuses: $got, not $want"
			false
		}
	done <<-'END'
	0 0 0 0
	2 2 0 75
	2 0 2 75
	2 141 74 2
	77 77 0 75
	65 65 0 75
	65 74 65 75
	65 141 65 75
	75 137 65
	75 75 65 75
	75 137 0 75
	2 65 2 75
	74 74 0 75
	74 0 0 74
	75 74 74 75
	75 74 137 75
	75 141 141 137
	75 137 65
	75 137 65 75
	65 141 65 75
	65 0 65 137
	75 137 0 75
	75 143 143 143
	75 130 0 0
	75 74 75
	70 139 0 75
	70 0 134 75
	2 127 0 75
	1 0 1 0
	86 86 0 75
	71 0 71 75
	END
}

@test "a mistake of the settings wins over what follows from it" {
	microbatch --suite no-such-suite
	[ "$status" -eq 2 ]
	says '.status == 2 and .stages.bronze.status == 2'
	# there are no tables yet, so nobody else is to blame
	says '[.stages[].status] == [2,null,null,null,null]'
}

@test "later stages run when an earlier one has failed" {
	microbatch --stages bronze
	[ "$status" -eq 0 ]
	script run-microbatch --source-command "sh -c 'kill -9 \$\$'"
	[ "$status" -eq 75 ]
	says '[.stages[].status] == [75,0,0,0,0]'
	[ "$(lake-cat --count lake/silver/sessions)" -gt 10 ]
}

@test "before there are tables there is nothing to do" {
	stub nothing-yet <<-'END'
	echo '{"@barrier":{"job":"ingest","run":"r","start":true,"at":{"test/0":0},"lines":0}}'
	END
	script run-microbatch --source-command nothing-yet
	[ "$status" -eq 0 ]
	says '[.stages[].status] == [0,null,null,null,null]'
	[ ! -s err ]
	script run-hourly
	[ "$status" -eq 0 ]
	says '[.stages[].status] == [null,null,null]'
	grep -q "stage hourly: nothing to do: .*'gold/partials' in '.*/lake'" err
	mkdir -p lake/gold/partials/_delta_log
	echo broken >lake/gold/partials/_delta_log/00000000000000000000.json
	script run-hourly
	[ "$status" -eq 65 ]
}

@test "a stage that fails lags, and is told by its versions" {
	microbatch
	topic 300
	stub sessionize <<<'exit 65'
	rm -r lake
	script run-microbatch --source-command topic-source --batch-limit 100
	[ "$status" -eq 65 ]
	says '.stages.silver == (.stages.silver + {"status":65,"lag":1})'
	script run-microbatch --source-command topic-source --batch-limit 100
	says '.stages.silver.lag == 2 and .stages.gold.status == 0'
	rm stubs/sessionize
	script run-microbatch --source-command topic-source --batch-limit 100
	[ "$status" -eq 0 ]
	says '.stages.silver.lag == null and .behind == true'
}

@test "a command that is not there is a mistake of the settings" {
	script run-microbatch --source-command no-such-source
	[ "$status" -eq 2 ]
}

# ---- settings ----

@test "flag over environment over file over default" {
	echo 'flow.lateness = 1h ' >conf
	show() {
		"$root/scripts/run-microbatch" --print-config "$@" |
			grep -A1 'wait so long for late' | tail -1
	}
	[ "$(show)" = '#flow.lateness = 6h' ]
	[ "$(show --config conf)" = 'flow.lateness = 1h' ]
	[ "$(PLAYPIPE_CONFIG=conf show)" = 'flow.lateness = 1h' ]
	export PLAYPIPE_FLOW_LATENESS=2h
	[ "$(show --config conf)" = 'flow.lateness = 2h' ]
	[ "$(show --config=conf --lateness=3h)" = 'flow.lateness = 3h' ]
	[ "$(PLAYPIPE_FLOW_LATENESS='' show --config conf)" = 'flow.lateness = 1h' ]
}

@test "the file is the tools' as well" {
	printf '%s\n' 'flow.lake = lake' "flow.source-command = $day" \
		'  # a comment' '' 'log-format = json' \
		$'\tdash-html.width = 41\r' 'sessionize.gap = 1ms' >conf
	status=0
	"$root/scripts/run-microbatch" --config conf >out 2>err || status=$?
	[ "$status" -eq 0 ]
	# sessions of one event each: the tool has read its key
	[ "$(lake-cat --count --where 'events > 2' lake/silver/sessions)" -eq 0 ]
	[ "$(lake-cat --count lake/silver/sessions)" -gt 100 ]
	jq -e . err >/dev/null
}

@test "wrong settings are refused with their place" {
	refuses() { # MESSAGE ARGUMENT...
		status=0
		"$root/scripts/run-microbatch" "${@:2}" >out 2>err || status=$?
		[ "$status" -eq 2 ] && [ ! -s out ] && grep -qF "$1" err &&
			[ "$(wc -l <err)" -eq 2 ] || {
			echo "$status, wanted: $1"
			cat err
			return 1
		}
	}
	refuses 'which lake?'
	refuses "unknown option '--lak'" --lak x
	refuses "unexpected argument 'x'" --lake l x
	refuses "option '--lake' needs a value" --lake
	refuses "cannot read 'nowhere'" --config nowhere
	refuses "flow.every: '2 min': expected a duration" --lake l --every '2 min'
	refuses "flow.shard: '3/2': expected I/N" --lake l --shard 3/2
	refuses "flow.batch-limit: '0': expected a whole number" --lake l --batch-limit 0
	printf 'flow.lake = x\n\nflow.laek = y\n' >conf
	refuses "conf': line 3: unknown setting 'flow.laek'" --config conf
	printf 'flow.lake x\n' >conf
	refuses "conf': line 1: expected 'key = value'" --config conf
	printf 'flow.window = never\n' >conf
	refuses "conf': line 1: flow.window: 'never': expected a duration" --config conf
	# also one that something stronger has set
	refuses "line 1: flow.window" --config conf --window 2m
	PLAYPIPE_FLOW_LAEK=x refuses "unknown setting 'flow.laek'" --lake l
}

@test "stages: names of nobody are refused, nothing to do is told" {
	refuses() { # SCRIPT STAGES MESSAGE
		script "$1" --stages "$2"
		[ "$status" -eq 2 ] && [ ! -e lake ] && [ ! -s out ] &&
			grep -qF "flow.stages: $3" err || {
			cat err
			return 1
		}
	}
	refuses run-microbatch bronce "'bronce': expected some of: bronze silver"
	refuses run-microbatch bronze,sliver "'sliver': expected some of: bronze"
	for name in run-hourly run-maintenance; do
		script $name --stages bronze
		[ "$status" -eq 0 ]
		says '.status == 0 and .stages == {}'
		grep -qF "nothing to do: flow.stages: 'bronze'" err
		rm -rf lake
	done
	# one file of all scripts
	echo 'flow.stages = bronze,silver,daily,late' >conf
	microbatch --config conf
	[ "$status" -eq 0 ]
	says '(.stages | keys) == ["bronze","silver"]'
	script run-hourly --config conf
	says '(.stages | keys) == ["daily"]'
}

@test "a summary that cannot be written is 74, with a sentence" {
	status=0
	"$root/scripts/run-microbatch" --lake lake --source-command "$day" \
		--stages bronze >/dev/full 2>err || status=$?
	[ "$status" -eq 74 ]
	grep -q '^run-microbatch: cannot write the summary' err
	run ! grep -q ': line [0-9]' err
	# the batch is done all the same; and the more telling status wins
	[ "$(lake-cat --count lake/bronze/events)" -gt 100 ]
	status=0
	"$root/scripts/run-microbatch" --lake lake --source-command "$day" \
		--suite no-such-suite >/dev/full 2>err || status=$?
	[ "$status" -eq 2 ]
}

@test "what is printed and cannot be written is 74, with a sentence" {
	local name word
	for name in 'run-microbatch' 'run-hourly' 'run-maintenance' \
		'rebuild gold --from 0 --to 1'; do
		for word in --help --version --print-config --dry-run; do
			[[ $name$word != rebuild*--dry-run ]] || continue
			status=0
			# shellcheck disable=SC2086 # words are wanted
			"$root/scripts/"$name --lake lake "$word" >/dev/full 2>err ||
				status=$?
			[ "$status" -eq 74 ]
			[ "$(cat err)" = "${name%% *}: cannot write to stdout" ]
		done
	done
}

@test "an empty batch leaves the verdict of the last one" {
	judged() {
		[ "$(jq .meta.playpipe.rows lake/_flow/verdict.json)" -eq "$1" ]
	}
	topic 150
	batch() {
		script run-microbatch --source-command topic-source \
			--batch-limit 100
		says ".status == 0 and .lines == $1"
	}
	batch 100
	judged 100
	batch 50
	judged 50
	cp lake/_flow/verdict.json before
	batch 0
	cmp before lake/_flow/verdict.json
	[ ! -e lake/_flow/verdict.json.new ]
	# a batch of bad lines alone is not empty
	echo '{bad' >>topic
	batch 1
	jq -e '.meta.playpipe.malformed == 1' lake/_flow/verdict.json
}

@test "the folder of figures is private, the lake is not" {
	umask 022
	microbatch
	[ "$(stat -c %a lake)" = 755 ]
	[ "$(stat -c %a lake/_flow)" = 700 ]
}

@test "a remote lake: figures on this host, pages only where they are asked for" {
	show() {
		"$root/scripts/run-microbatch" --lake az://music/lake --dry-run "$@"
	}
	export XDG_RUNTIME_DIR=$PWD/run
	show >out
	[ "$(grep -c '^# ' out)" -eq 4 ]
	grep -q -- "--result $PWD/run/playpipe-$UID-az___music_lake/verdict.json" out
	grep -q -- '--state az://music/lake/_state' out
	show --live-page page.html | grep -q -- '-o page.html'
}

@test "a folder for figures that is not ours is refused" {
	mkdir -p ours lake
	ln -s "$PWD/ours" lake/_flow
	microbatch
	[ "$status" -eq 74 ]
	grep -q "lake/_flow': not a folder of ours; set flow.work" err
	microbatch --work "$PWD/lake/_flow" --stages bronze
	[ "$status" -eq 0 ]
	[ -e ours/verdict.json ]
}

@test "--print-config can be read back" {
	"$root/scripts/run-microbatch" --lake l --by level --print-config >conf
	"$root/scripts/run-microbatch" --config conf --print-config >again
	sed 's/ (from .*)/ (from)/' conf >a
	sed 's/ (from .*)/ (from)/' again >b
	cmp a b
	[ "$(grep -c '^flow\.' a)" -eq 2 ]
}

@test "the reader, the example and the page have the same keys" {
	"$root/scripts/run-microbatch" --lake l --print-config |
		sed -n 's/^#*flow\.\([a-z-]*\) = .*/\1/p' | sort >reader
	sed -n 's/^#*flow\.\([a-z-]*\) = .*/\1/p' \
		"$root/share/playpipe.conf.example" | sort >example
	sed -n 's/^\.It Cm flow\.\([a-z-]*\)$/\1/p' \
		"$root/man/playpipe.conf.5" | sort >page
	[ -s reader ]
	diff reader example
	diff reader page
	# what the example calls a default is one
	"$root/scripts/run-microbatch" --lake /srv/music/lake --print-config >printed
	grep '^#flow' "$root/share/playpipe.conf.example" | grep -v '/\|,page\|evgen' |
		while read -r line; do
			grep -qxF "$line" printed || { echo "$line"; exit 1; }
		done
	# and all of it is right
	sed 's/^#\(flow\|log-format\)/\1/' "$root/share/playpipe.conf.example" >conf
	"$root/scripts/run-microbatch" --config conf --print-config >/dev/null
}

# ---- one at a time ----

@test "who comes second gets 75, and may wait" {
	mkdir -p lake/_flow/run-microbatch
	(
		flock 9
		sleep 2
	) 9>lake/_flow/run-microbatch/lock &
	await eval '! flock -n lake/_flow/run-microbatch/lock true'
	microbatch
	[ "$status" -eq 75 ]
	grep -q "another runner holds '$PWD/lake/_flow/run-microbatch/lock'" err
	microbatch --lock-wait 30s
	[ "$status" -eq 0 ]
}

@test "stages that outlive a killed runner still hold its lock" {
	stub slow-source <<-'END'
	echo $$ >>pids
	exec sleep 300
	END
	"$root/scripts/run-microbatch" --lake lake \
		--source-command slow-source >out 2>err &
	runner=$!
	await test -s pids
	kill -9 "$runner"
	wait "$runner" || :
	kill -0 "$(cat pids)"
	microbatch
	[ "$status" -eq 75 ]
	kill -9 "$(cat pids)"
	microbatch --lock-wait 30s
	[ "$status" -eq 0 ]
}

@test "instances have locks of their own" {
	mkdir -p locks
	(
		flock 9
		sleep 30
	) 9>locks/music.run-microbatch.1-of-2 3>&- &
	echo $! >pids
	await eval '! flock -n locks/music.run-microbatch.1-of-2 true'
	microbatch --lock locks/music --shard 1/2
	[ "$status" -eq 75 ]
	microbatch --lock locks/music --shard 2/2
	[ "$status" -eq 0 ]
	pkill -P "$(cat pids)" || :
}

# ---- the loop ----

# loop ARGUMENT... - in the background, its id in $runner
loop() {
	"$root/scripts/run-microbatch" --lake lake --loop "$@" >out 2>err &
	runner=$!
}

# ended - the loop's status, in $status
ended() {
	status=0
	wait "$runner" || status=$?
}

@test "the loop goes round until it is asked to end" {
	loop --source-command "$day" --every 200ms
	await has_lines out 3
	kill -TERM "$runner"
	ended
	[ "$status" -eq 143 ]
	[ "$(jq -s 'length >= 3 and all(.status == 0)' out)" = true ]
	[ "$(jq -s '.[0].lines > 100 and .[1].lines == 0' out)" = true ]
}

@test "asked to end, the stages at hand end in order" {
	local tool
	for tool in sessionize agg-hourly; do # of silver, and of gold beside it
		stub "$tool" <<-'END'
		case $* in
		*--print-columns*) ;;
		*) touch "begun.${0##*/}" && sleep 1 ;;
		esac
		exec "${0%/stubs/*}/real-${0##*/}" "$@"
		END
		ln -s "$(PATH=${PATH#*:} command -v "$tool")" "real-$tool"
	done
	loop --source-command "$day"
	await test -e begun.sessionize -a -e begun.agg-hourly
	kill -TERM "$runner"
	ended
	[ "$status" -eq 143 ]
	says '[.stages[].status] == [0,0,0,null,null]'
	[ "$(lake-cat --count lake/silver/sessions)" -gt 10 ]
}

@test "the loop tries again what may be tried again" {
	topic 50
	mv stubs/topic-source stubs/topic-lines
	stub topic-source <<-'END'
	echo >>tries
	[ "$(wc -l <tries)" -gt 2 ] || exit 75
	exec topic-lines "$@"
	END
	loop --source-command topic-source --retry-wait 100ms
	await has_lines out 3
	kill -TERM "$runner"
	ended
	[ "$(jq -cs '[.[].status]' out)" = '[75,75,0]' ]
	[ "$(lake-cat --count lake/bronze/events)" -eq 50 ]
}

@test "the loop ends with what trying again would not mend" {
	loop --source-command "$day" --suite no-such-suite
	ended
	[ "$status" -eq 2 ]
	says '.status == 2'
}

@test "behind, the loop takes larger batches, at once" {
	topic 1000
	loop --source-command topic-source --every 1h --batch-limit 100 \
		--batch-limit-max 300
	await has_lines out 5
	kill -TERM "$runner"
	ended
	cat asked
	[ "$(head -5 asked | tr '\n' ';')" = \
		'100 100;200 200;300 300;300 300;300 100;' ]
	[ "$(jq -cs '[.[].behind]' out)" = '[true,true,true,true,false]' ]
	[ "$(lake-cat lake/bronze/events | sort | sha1sum)" = "$(sort topic | sha1sum)" ]
}

@test "a table whose making was cut short is not there yet" {
	mkdir -p lake/bronze/events/_delta_log
	stub no-source <<<'exit 75'
	script run-microbatch --source-command no-source
	[ "$status" -eq 75 ]
	says '[.stages[].status] == [75,null,null,null,null]'
	microbatch
	says '[.stages[].status] == [0,0,0,0,0]'
}

# ---- by the hour, by night ----

@test "by the hour: views of hours and days, and their page" {
	microbatch
	script run-hourly
	[ "$status" -eq 0 ]
	says '[.stages[].status] == [0,0,0] and .lines == null'
	plays() {
		lake-cat --columns plays "lake/gold/$1" | jq -s 'map(.plays) | add'
	}
	[ "$(plays hourly)" -gt 100 ]
	[ "$(plays hourly)" -eq "$(plays partials)" ]
	[ "$(plays daily)" -eq "$(plays partials)" ]
	[ "$(jq .stages.daily.rows out)" -eq 1 ]
	grep -q '<title>Listening' lake/dashboard.html
	script run-hourly --page none
	says '(.stages | keys) == ["daily","hourly"]'
}

@test "by the hour: a page waits for both of its tables" {
	microbatch
	stub agg-hourly <<-'END'
	[[ " $* " != *' --window 1d '* ]] || exit 75
	PATH=${PATH#*:} exec agg-hourly "$@"
	END
	script run-hourly
	[ "$status" -eq 75 ]
	says '[.stages[].status] == [0,75,null]'
	rm stubs/agg-hourly
	script run-hourly
	[ "$status" -eq 0 ]
}

# sessions - of silver, that began before the evening of the 16th
sessions() {
	lake-cat --where "startTs < '2026-11-16T18:00:00Z'" \
		lake/silver/sessions | LC_ALL=C sort
}

@test "by night: sessions of days with late events become whole" {
	topic 4000
	# every seventh event of the 16th comes a day late
	awk -F '"ts":' '{
		late = substr($2, 1, 13) + 0 < 1794873600000
		print > (late && NR % 7 == 0 ? "late" : "timely")
	}' topic
	[ "$(wc -l <late)" -gt 50 ]
	cat timely late >topic
	PLAYPIPE_NOW=2026-11-17T00:10:00Z script run-microbatch --source-command \
		topic-source --batch-limit "$(wc -l <timely)" --lateness 1h
	PLAYPIPE_NOW=2026-11-18T00:10:00Z script run-microbatch --source-command \
		topic-source --lateness 1h
	[ "$status" -eq 0 ]
	[ "$(jq .stages.silver.late out)" -gt 0 ]
	export PLAYPIPE_NOW=2026-11-19T03:00:00Z
	sessionize --quiet topic | jq -c 'select(.startTs < 1794852000000)' |
		LC_ALL=C sort >whole
	sessions >pieces
	run ! cmp -s whole pieces
	script run-maintenance --lateness 1h --dry-run
	grep -q "arrivalDate = '2026-11-18' AND ts < '2026-11-18T23:00:00Z'" out
	sessions | cmp - pieces
	script run-maintenance --lateness 1h
	cat err
	[ "$status" -eq 0 ]
	says '.stages.late.status == 0 and .stages.late.ranges == 1'
	sessions | cmp - whole
	# another night: what has arrived since has been looked at
	script run-maintenance --lateness 1h
	says '.status == 0 and .stages.late.days == 0'
	script run-maintenance --lateness 1h --rebuild-days 2
	says '.stages.late.days > 0'
	sessions | cmp - whole
}

@test "by night: what cannot be rebuilt is told, and looked at again" {
	topic 300
	PLAYPIPE_NOW=2026-11-17T00:10:00Z script run-microbatch \
		--source-command topic-source --stages bronze
	export PLAYPIPE_NOW=2026-11-18T03:00:00Z
	script run-maintenance
	[ "$status" -eq 65 ]
	[ ! -e lake/_flow/run-maintenance/maintained ]
}

# small TABLE - how many of its files could be put together
small() {
	lake-tidy --report json "lake/$1" | jq .compactable.files
}

@test "by night: tables are tidied, as far as their consumers have read" {
	microbatch
	script run-hourly
	[ "$(small bronze/events)" -gt 0 ]
	for table in bronze/events silver/sessions gold/hourly; do
		lake-cat "lake/$table" | LC_ALL=C sort >"${table#*/}.before"
	done
	script run-maintenance --dry-run
	grep -q "^lake-tidy --compact --checkpoint .*--consumers $PWD/lake/silver/sessions,$PWD/lake/gold/partials $PWD/lake/bronze/events\$" out
	grep -q -- '--split-by date .*/gold/partials$' out
	script run-maintenance
	cat err
	says '.status == 0 and .stages.tidy.status == 0 and
		.stages.tidy.compacted > 0 and .stages.tidy.deleted == 0'
	[ "$(small bronze/events)" -eq 0 ]
	[ "$(jq -s 'map(.table | split("/") | last) | sort | join(" ")' \
		lake/_flow/run-maintenance/health.ndjson)" = \
		'"daily events hourly live partials sessions"' ]
	for table in bronze/events silver/sessions gold/hourly; do
		lake-cat "lake/$table" | LC_ALL=C sort |
			cmp - "${table#*/}.before"
	done
	# the flow goes on
	microbatch --live 24h
	[ "$status" -eq 0 ]
	# a job that stands still keeps what it has not read
	lake-cat --job mart --resume mart lake/bronze/events |
		lake-put -q --job mart --schema playpipe \
			--partition-by arrivalDate,verdict mart
	script run-maintenance --stages tidy --consumers "$PWD/mart,$PWD/none"
	[ "$status" -eq 0 ]
	script run-maintenance --stages tidy --tidy vacuum,undust
	[ "$status" -eq 2 ]
}

@test "by night: days that have left the live view are deleted" {
	microbatch
	[ "$(lake-cat --count --where "date = '2026-11-16'" lake/gold/live)" -gt 0 ]
	export PLAYPIPE_NOW=2026-11-20T03:00:00Z
	script run-maintenance --stages tidy
	[ "$status" -eq 0 ]
	[ "$(lake-cat --count lake/gold/live)" -eq 0 ]
	microbatch --stages live
	[ "$status" -eq 0 ]
}

# ---- metrics ----

@test "metrics are Prometheus's, and counters go on" {
	microbatch --metrics metrics
	[ "$status" -eq 0 ]
	file=metrics/playpipe-run-microbatch.prom
	[ "$(ls metrics)" = playpipe-run-microbatch.prom ]
	read_lines=$(jq .lines out)
	label="{lake=\"$PWD/lake\",script=\"run-microbatch\",stage=\"bronze\"}"
	grep -qF "playpipe_stage_lines_total$label $read_lines" $file
	grep -qF "playpipe_stage_runs_total$label 1" $file
	microbatch --metrics metrics
	grep -qF "playpipe_stage_lines_total$label $read_lines" $file
	grep -qF "playpipe_stage_runs_total$label 2" $file
	run ! grep -vE '^# (HELP|TYPE) playpipe_[a-z_]+ [^ ].*$|^playpipe_[a-z_]+\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\} [0-9]+(\.[0-9]+)?$' $file
	# each family once, with its type before its values
	[ -z "$(grep '^# TYPE' $file | cut -d' ' -f3 | uniq -d)" ]
	if command -v promtool; then promtool check metrics <$file; fi
}

@test "metrics of a failure: the status, and when all was last well" {
	microbatch --metrics metrics
	file=metrics/playpipe-run-microbatch.prom
	well=$(grep '^playpipe_run_last_success' $file)
	stub sessionize <<<'exit 65'
	sleep 1.1
	microbatch --metrics metrics
	[ "$status" -eq 65 ]
	[ "$(grep '^playpipe_run_last_success' $file)" = "$well" ]
	grep -q '^playpipe_run_status{.*} 65$' $file
	grep -q '^playpipe_stage_failures_total{.*stage="silver"} 1$' $file
	grep -q '^playpipe_stage_failures_total{.*stage="gold"} 0$' $file
}

@test "counters of stages that fail, or do not run, stay where they are" {
	microbatch --metrics metrics
	file=metrics/playpipe-run-microbatch.prom
	others() {
		grep '_total{' $file | grep -v 'stage="bronze"' | sort
	}
	others >before
	grep -q 'rows_total.*stage="gold"} [1-9]' before
	rows=$(grep 'rows_total.*stage="bronze"} [1-9]' $file)
	microbatch --metrics metrics --stages bronze
	others | diff before -
	script run-microbatch --source-command 'false' --stages bronze \
		--metrics metrics
	[ "$status" -ne 0 ]
	grep -qxF "$rows" $file
	others | diff before -
}
