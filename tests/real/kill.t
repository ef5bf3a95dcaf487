#!/usr/bin/env bash
# kill.t - exactly once, from Kafka to the views, whatever is killed. evgen and
# kcat-out fill four topics; run-microbatch and run-hourly run again and again
# while random processes of theirs, the broker among them, get SIGKILL at
# random instants. Rounds go through: plain; all files outside the lake wiped;
# two runners that know nothing of each other; a clock an hour behind. At the
# end bronze is what is in the topics, each line once, and sessions and views
# are, line by line, those that a clean lake makes of the same bronze.
#
#   KILLS=1000 SEED=7 tests/real/kill.t     (default 40 kills, seed 1)
#   KEEP=FOLDER     leave all lakes and logs there; "log" tells how it goes
#   PACE=SECONDS    that a kill takes on average (default 2.5)
#   ROUND=N         kills of a round on average (default 5)
#   SPEEDUP=N USERS=N LATENESS=D    of the events (default 2000 and 800), and
#                                   what sessions wait for (1d)
#   LAKE=PLACE      of the tables and of what filters remember (a folder here)
#
# The clock is faketime's, for all but kcat-in: threads that wait for a time do
# not survive it.
#
# The lateness must be above the disorder that arises: 6 hours by evgen's late
# lines, and an outage of the broker times the speed-up.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kafka_lib.sh
. "$(dirname "$0")/kafka_lib.sh"
# shellcheck source=tests/real/kill_lib.sh
. "$(dirname "$0")/kill_lib.sh"

kills=${KILLS:-40} pace=${PACE:-2.5} per_round=${ROUND:-5} speedup=${SPEEDUP:-2000}
RANDOM=${SEED:-1}
topics=(listen_events page_view_events auth_events status_change_events)
modes=(plain wiped 'two runners' 'clock behind' 'two runners, wiped'
	'two runners, clock behind')

scratch=${KEEP:-$(mktemp -d "${TMPDIR:-/tmp}/kill.XXXXXX")}
mkdir -p "$scratch"
cd "$scratch" || exit 1
lake=${LAKE:-$scratch/lake}
touch kills statuses bad log
mkdir -p logs

# at_end - whatever is still there of ours goes
at_end() {
	local pid
	for pid in $(jobs -p) $(live_pids); do
		kill -9 "$pid" 2>/dev/null
	done
	[ -n "${KEEP:-}" ] || rm -rf "$scratch"
}
trap at_end EXIT
# A bound sends it to all of the group, twice: what ends the runs goes on.
trap 'trap "" TERM; exit 143' TERM

# ---- the producer ----

# Lines that have no topic, because they are no JSON or lack it, are refused
# by kcat-out and go out as envelopes; so every line is in some topic, and those
# that cannot be read have their own time all the same.
resend() {
	tail -n +1 -s 0.2 -f --pid="$1" failed.ndjson | jq -c --unbuffered '
		((.raw // (.rawBase64 | @base64d)) |
		capture("\"ts\":(?<t>[0-9]{13})").t? // null) as $t |
		{topic: "page_view_events", key: null, ts: ($t // '"$from"' |
		tonumber)} + if .raw then {valueText: .raw}
		else {valueBase64: .rawBase64} end' |
		kcat-out --timeout 5m --stats resent --envelope
}

# produce - until the window ends; statuses in "produced". It is not killed.
produce() {
	evgen --users "${USERS:-800}" --seed "${SEED:-1}" --from "$from" \
		--to "$to" --speedup "$speedup" --fault late=1% \
		--fault duplicate=0.5% --fault missing=0.5% \
		--fault wrong_type=0.5% --fault out_of_range=0.5% \
		--fault malformed=2% |
		kcat-out --timeout 5m --topic-field topic --key-field userId \
			--time-field ts --allow-keyless --max-bad 1000000000 \
			--failed failed.ndjson --stats sent
	echo "producer: ${PIPESTATUS[*]}"
}

# The events end about now, so that a clock that is an hour behind matters.
begin_producing() {
	local topic
	for topic in "${topics[@]}"; do
		tool create "$topic" 3 retention.ms=-1 || return
	done
	lasts=$(awk -v n="$kills" -v s="$pace" 'BEGIN { print int(n * s + 9) }')
	to=$(date +%s000)
	from=$((to - lasts * speedup * 1000))
	ends=$((SECONDS + lasts))
	touch failed.ndjson
	produce >produced 2>>producer.log </dev/null &
	producer=$!
	resend "$producer" >>producer.log 2>&1 </dev/null &
	resender=$!
}

# ---- runners ----

write_conf() {
	cat >playpipe.conf <<-END
		flow.lake = $lake
		flow.lateness = ${LATENESS:-1d}
		flow.live = 52w
		flow.every = 100ms
		flow.retry-wait = 100ms
		kcat-in.brokers = $KAFKA_BROKERS
		kcat-in.timeout = 20s
	END
}

# run LOCAL CLOCK LOG SCRIPT [OPTION...] - a run in a session of its own, with
# all that is not in the lake in LOCAL; its status is told and judged
run() {
	local dir=$1 clock=$2 log=$3 status
	shift 3
	mkdir -p "$dir/tmp"
	(
		[ "$clock" = right ] || export LD_PRELOAD=$faketime \
			FAKETIME=$clock FAKETIME_DONT_FAKE_MONOTONIC=1 \
			FAKETIME_SKIP_CMDS=kcat-in
		export TMPDIR=$dir/tmp PLAYPIPE_FLOW_METRICS=$dir/metrics
		cd "$dir" && exec setsid "$real_root/scripts/$1" \
			--config "$scratch/playpipe.conf" --work "$dir/work" \
			--live-page "$dir/live.html" --page "$dir/page.html" \
			"${@:2}"
	) >>"$log" 2>&1 </dev/null 3>&- &
	echo "$!" >>groups
	[[ $* != *--loop ]] || echo "$!" >"$dir.loop"
	wait "$!" 2>/dev/null
	status=$?
	rm -f "$dir.loop"
	echo "$1${2:+ $2} $status" >>statuses
	case $status in
	0 | 75 | 137 | 143) ;;
	*) echo "round $round: $1 ${2-}: exit status $status, see $log" >>bad ;;
	esac
	return "$status"
}

# trouble LOG TEXT - what ends the rounds, with the end of a log
trouble() {
	echo "round $round: $2:" >>bad
	tail -n 10 "$1" >>bad
}

# run_until_good - a run that ends with 0, soon, or something is stuck
run_until_good() {
	local until=$((SECONDS + 180))
	while [ "$SECONDS" -lt "$until" ]; do
		run "$@" && return
		sleep 0.3
	done
	trouble "$3" "no good end of '$*' in 3 minutes"
	return 1
}

# runner NAME CLOCK WIPE - runs, one behind the other, until the round is over
runner() {
	local dir=$scratch/local.$1 log=$scratch/logs/$round.$1 random
	while [ ! -e over ]; do
		[ -z "$3" ] || rm -rf "$dir"
		random=$((RANDOM % 5))
		case $random in
		0) run "$dir" "$2" "$log" run-hourly ;;
		1 | 2) run "$dir" "$2" "$log" run-microbatch --loop ;;
		*) run "$dir" "$2" "$log" run-microbatch ;;
		esac
		[ $((RANDOM % 2)) = 0 ] || sleep "0.$((RANDOM % 5))"
	done
	run_until_good "$dir" "$2" "$log" run-microbatch
}

# ---- the killer ----

# live_pids - processes of the round's runs that live
live_pids() {
	local group
	[ -s groups ] || return 0
	mapfile -t group <groups
	(IFS=, && pgrep -r R,S,D -g "${group[*]}")
}

# kill_one - a script has several processes, and is alone between its stages:
# first one of the names, then one of its own, and a script one time in four.
kill_one() {
	local try
	for ((try = 0; try < 50; try++)); do
		kill_name && return
		sleep "0.0$((RANDOM % 10))"
	done
	return 1
}

kill_name() {
	local list names name pids
	list=$(live_pids | paste -s -d, | xargs -r ps -o pid=,args= -p |
		awk '{ name = $2 == "bash" && $3 ? $3 : $2
		sub(".*/", "", name); gsub("[][]", "", name)
		print $1, name }')
	mapfile -t names < <(awk 'NF == 2 { print $2 }' <<<"$list" | sort -u)
	[ "${#names[@]}" -gt 0 ] || return
	name=${names[RANDOM % ${#names[@]}]}
	[[ $name != run-* ]] || [ $((RANDOM % 4)) = 0 ] || return
	mapfile -t pids < <(awk -v name="$name" '$2 == name { print $1 }' \
		<<<"$list")
	kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null &&
		echo "$name" >>kills
}

# Runs beside the killing of processes.
kill_broker() {
	kafka_local kill && echo broker >>kills
	sleep "$((RANDOM % 2)).$((RANDOM % 10))"
	kafka_local start >>logs/broker 2>&1 ||
		trouble logs/broker "the broker does not start"
}

killed() {
	wc -l <kills
}

# Spread over what is left of the stream: the mean pause is time by kills left.
pause() {
	local left=$((ends - SECONDS)) ms
	ms=$((left > 0 ? left * 2000 / (kills - $(killed) + 1) : 500))
	ms=$((RANDOM % (ms < 8000 ? ms + 1 : 8000)))
	sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
}

# kill_some N - so many kills that hit, or fewer when that is all there are
kill_some() {
	local goal=$(($(killed) + $1)) misses=0
	[ "$goal" -le "$kills" ] || goal=$kills
	while [ "$(killed)" -lt "$goal" ] && [ "$misses" -lt 30 ]; do
		pause
		kill_one || misses=$((misses + 1))
	done
	[ "$(killed)" -ge "$goal" ] || echo "round $round: nothing to kill" >>bad
}

# ---- rounds ----

# told WHAT - in the file "log", with what time and kills it is
told() {
	echo "$SECONDS s: round $round, $(killed) kills: $*" >>log
}

# all_end - every process of the round, in a minute, by itself
all_end() {
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		[ -n "$(live_pids)" ] || return 0
		sleep 0.1
	done
	stuck
	return 1
}

# stuck - what lives is told and killed
stuck() {
	live_pids | xargs -r ps -o pid,ppid,etimes,stat,wchan:20,args -p >living
	trouble living "processes that do not end"
	live_pids | xargs -r kill -9
}

# end_loops PID... - until these runners are at their end; one may just begin
end_loops() {
	local until=$((SECONDS + 400))
	while kill -0 "$@" 2>/dev/null; do
		cat local.*.loop 2>/dev/null | xargs -r kill -TERM 2>/dev/null
		sleep 0.2
		[ "$SECONDS" -ge "$until" ] || continue
		stuck
		until=$((SECONDS + 100))
	done
}

# one_round MODE - of it: does the broker die, how many die, who runs
one_round() {
	local wipe='' clock=right pids=() broker=
	[[ $1 != *wiped* ]] || wipe=1
	[[ $1 != *behind* ]] || clock=-1h
	rm -f over groups local.*.loop
	echo "$1" >>modes
	told begins: "$1"
	if [[ $1 == two* ]]; then
		runner b right "$wipe" &
		pids=($!)
	fi
	runner a "$clock" "$wipe" &
	pids+=($!)
	if ((round % 2 == 0 && $(killed) < kills - 1)); then
		kill_broker &
		broker=$!
	fi
	kill_some $((RANDOM % per_round + (per_round + 1) / 2))
	[ -z "$broker" ] || wait "$broker"
	told ends
	touch over
	end_loops "${pids[@]}"
	wait "${pids[@]}"
	told over
	all_end
}

rounds() {
	for ((round = 1; $(killed) < kills && round <= kills; round++)); do
		one_round "${modes[(round - 1) % ${#modes[@]}]}"
		[ ! -s bad ] || break
	done
	[ "$(killed)" -ge "$kills" ] && [ ! -s bad ] && return
	tail -n 8 log
	tail -n 30 bad
	return 1
}

# ---- the end ----

# Without a loss: what kcat-out was given it has delivered or told as failed,
# and all of that was sent again.
producer_ends() {
	cat produced
	grep -qx 'producer: 0 0' produced &&
		[ "$(jq .failed sent)" = "$(jq .delivered resent)" ]
}

caught_up() {
	local log=logs/end
	round=end
	for _ in 1 2; do
		run_until_good "$scratch/local.end" right "$log" \
			run-microbatch || return
	done
	tail -n 1 "$log" | jq -e '.status == 0 and (.behind | not)' &&
		run_until_good "$scratch/local.end" right "$log" run-hourly &&
		! cat bad | grep .
}

figures() {
	echo "# $(killed) kills:" "$(sort kills | uniq -c | sort -rn |
		awk '{ printf "%s%s %s", sep, $1, $2; sep = ", " }')"
	echo "# ends of $(wc -l <statuses) runs:" "$(sed 's/.* //' statuses |
		sort -n | uniq -c | awk '{ printf "%s%s x %s", sep, $1, $2;
		sep = ", " }')"
	echo "# $(wc -l <modes) rounds:" "$(sort modes | uniq -c |
		awk '{ n = $1; $1 = ""; printf "%s%s x%s", sep, n, $0;
		sep = "; " }')"
	echo "# speed-up $speedup, $SECONDS s," \
		"$(lake-cat --count "$lake/bronze/events") lines in bronze," \
		"$(lake-cat --count "$lake/silver/sessions") sessions," \
		"$(lake-cat --count "$lake/gold/live") windows"
}

need_kill() {
	local program
	for program in jq faketime; do
		command -v "$program" >/dev/null ||
			skip_all "$program is not installed: sh scripts/deps kafka"
	done
	# shellcheck disable=SC2016 # the inner shell's
	faketime=$(faketime -f -1h sh -c 'echo "$LD_PRELOAD"')
}

need_kill
need_kafka 4.4.0
write_conf
if ! begin_producing; then
	echo 'Bail out! no topics'
	exit 1
fi
tap "$kills kills, and no other status than 0, 75 and the signal's" rounds
wait "$producer" "$resender"
tap 'the producer has lost nothing' producer_ends
tap 'one more run, and all is caught up' caught_up
tap 'no event was late, or the sessions could not be compared' none_is_late
tap 'bronze is what is in the topics, every line once' bronze_is_exact
tap 'a clean lake from the same bronze' clean_lake
for table in silver/sessions gold/live gold/hourly gold/daily; do
	tap "$table is that of the clean lake" same_table "$table"
done
tap 'gold/partials, summed up, are those of the clean lake' same_partials
tap 'what rebuild makes of the lake itself is the same' rebuilt
tap 'nothing is left lying about' nothing_is_left
figures
tap_end
