#!/usr/bin/env bash
# rebuild.t - scripts/rebuild: a lake whose job met events too late becomes, by
# rebuilding, what a lake is that met none; beside the running job, under its
# commits inside and outside of the range, and killed at random instants.
#
#   KILLS=50 tests/fault/rebuild.t     (default 10)
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${PLAYPIPE_BIN:-$root/build/release/bin}:$PATH
export PLAYPIPE_SHARE=$root/share PLAYPIPE_NOW=2026-11-23T00:00:00Z
export PLAYPIPE_FLOW_LATENESS=10m
# A sanitizer looks for leaks with a helper process, and waits for ever when
# that is the one that is killed.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
kills=${KILLS:-10}
RANDOM=${SEED:-4711}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/rebuild-test.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export TMPDIR=$scratch/tmp
mkdir tmp

# ---- TAP ----

count=0
echo '1..19'

# tap NAME COMMAND... - it must succeed
tap() {
	local name=$1 ok=
	shift
	count=$((count + 1))
	if ! "$@" >tap.out 2>&1; then
		ok='not '
		head -20 tap.out | cut -c1-300 | sed 's/^/# /'
	fi
	echo "${ok}ok $count - $name"
}

# ---- the flows ----

# Three days, one event in twenty up to six hours late. The watermark that
# evgen gives knows that; one that does not, as a broker's, is put in its place.
evgen --users 250 --from 2026-11-16 --to 2026-11-19 --seed 7 \
	--fault late=5% --fault duplicate=0.5% --fault missing=0.5% \
	--job ingest --barrier-every 2h |
	awk '/^{"@barrier":/ {
		match($0, /"watermark":[0-9]+/)
		at = substr($0, RSTART + 12, RLENGTH - 12) + 6 * 3600000
		$0 = substr($0, 1, RSTART + 11) sprintf("%.0f", at) \
			substr($0, RSTART + RLENGTH)
	} { print }' >stream
batches=$(($(grep -c '^{"@barrier":' stream) - 1))

# bronze LAKE FROM TO - batches FROM (0 is the first) to before TO
bronze() {
	awk -v from="$2" -v to="$3" '
		BEGIN { n = -1 }
		/^{"@barrier":/ && ++n == from { sub(/"lines":[0-9]+/, "\"lines\":0") }
		n >= from && (n < to || n == to && /^{"@barrier":/)' stream |
		dq-check --quiet --suite playpipe --fail-on never \
			--quarantine inline |
		lake-put --job ingest --schema playpipe --sort ts \
			--partition-by arrivalDate,verdict "$1/bronze/events"
}

silver() {
	lake-cat --job silver --resume "$1/silver/sessions" \
		--batch-versions 1 --where "verdict = 'good'" \
		"$1/bronze/events" |
		sessionize --lateness "$PLAYPIPE_FLOW_LATENESS" \
			--state "$1/_state" |
		lake-put --job silver --schema sessions \
			--partition-by startDate "$1/silver/sessions"
}

gold() {
	lake-cat --job gold --resume "$1/gold/partials" --batch-versions 1 \
		--where "verdict = 'good'" "$1/bronze/events" |
		agg-hourly --partial --window 2m --by level,platform |
		lake-put --job gold --schema partials "$1/gold/partials"
}

hourly() {
	lake-cat --job hourly --resume "$1/gold/hourly" --touched date \
		"$1/gold/partials" |
		agg-hourly --merge --window 1h |
		lake-put --job hourly --schema measures --partition-by date \
			--mode replace-partitions "$1/gold/hourly"
}

rebuild() {
	"$root/scripts/rebuild" "$@"
}

# dump TABLE [OPTION...] - its lines, sorted
dump() {
	lake-cat "${@:2}" "$1" | LC_ALL=C sort
}

# same TABLE TABLE - equal line for line, sorted, and not empty
same() {
	dump "$1" >same.a && dump "$2" >same.b && [ -s same.a ] &&
		diff same.a same.b
}

differ() {
	! same "$1" "$2"
}

version() {
	lake-cat --print version "$1" | jq .version
}

# sum COLUMN TABLE [OPTION...]
sum() {
	lake-cat "${@:3}" "$2" | jq -s "map(.$1) | add // 0"
}

all=(--from 2026-11-15 --to 2026-11-20)

# ---- the whole range, the job at its end ----

{ bronze job 0 $((batches - 4)) && silver job && gold job && hourly job; } ||
	exit 1
cp -r job middle
{ bronze job $((batches - 4)) "$batches" && silver job && gold job &&
	hourly job; } || exit 1
# A clean lake: all at once, and so late that nothing is.
{ bronze clean 0 "$batches" && gold clean && hourly clean &&
	PLAYPIPE_FLOW_LATENESS=2d silver clean; } || exit 1

# A bug has doubled what an hour of the second day measured.
lake-cat --where "windowStart >= '2026-11-17T10:00:00Z' AND
	windowStart < '2026-11-17T11:00:00Z'" job/gold/partials |
	lake-put --schema partials job/gold/partials
hourly job

late_is_met() {
	differ job/silver/sessions clean/silver/sessions &&
		differ job/gold/hourly clean/gold/hourly &&
		[ "$(sum events job/silver/sessions)" = \
			"$(sum events clean/silver/sessions)" ]
}

rebuilt() {
	rebuild silver --lake job "${all[@]}" >summary && cat summary &&
		jq -e '.rowsBefore > .rowsAfter and .tries == 1 and
			.leftOpen == 0 and .status == 0' summary &&
		rebuild gold --lake job "${all[@]}" >summary && cat summary &&
		jq -e '.rowsBefore > .rowsAfter' summary && hourly job
}

# other - a job of somebody else that reads silver
other() {
	lake-cat --job other --resume other job/silver/sessions |
		lake-put -q --job other other
}

# What was rebuilt is a gap to a job that reads on, and only to it.
gap_is_told() {
	local status=0
	other 2>err || status=$?
	[ "$status" = 65 ] && grep 'removed or replaced rows' err &&
		rm -r other && other &&
		[ "$(lake-cat --count other)" = \
			"$(lake-cat --count job/silver/sessions)" ]
}

tap 'the job met late events, and a bug' late_is_met
tap 'a job reads silver' other
tap 'the whole range is rebuilt' rebuilt
tap 'silver/sessions are those of a clean lake' \
	same job/silver/sessions clean/silver/sessions
tap 'gold/hourly is that of a clean lake' \
	same job/gold/hourly clean/gold/hourly
tap 'a reader of what is new in silver is told, and a new one begins' \
	gap_is_told

# ---- in the middle: sessions are open, and the job goes on ----

# A day of the middle; what is open, or begins elsewhere, is left alone.
middle() {
	local day="startTs >= 1794873600000 AND startTs < 1794960000000"
	rm -rf lake && cp -r middle lake
	rebuild silver --lake lake --from 2026-11-17 --to 2026-11-18 >summary &&
		cat summary &&
		dump lake/silver/sessions --where "startTs < 1794873600000" >a &&
		dump middle/silver/sessions --where "startTs < 1794873600000" |
		diff a - &&
		dump lake/silver/sessions --where "$day" >a &&
		dump clean/silver/sessions --where "$day" >b &&
		# all have closed but those behind the horizon
		diff <(jq -c 'select(.endTs < 1794967200000)' b) \
			<(jq -c 'select(.endTs < 1794967200000)' a) &&
		jq -e '.leftOpen == 0' summary
}

# The rest of the range is open in the job; then it goes on to the end.
goes_on() {
	rebuild silver --lake lake "${all[@]}" >summary && cat summary &&
		jq -e '.leftOpen > 0' summary &&
		bronze lake $((batches - 4)) "$batches" && silver lake &&
		[ "$(sum events lake/silver/sessions)" = \
			"$(sum events clean/silver/sessions)" ] &&
		rebuild silver --lake lake "${all[@]}" &&
		same lake/silver/sessions clean/silver/sessions
}

tap 'a day in the middle is rebuilt, and nothing else' middle
tap 'the job goes on behind, and no event is lost or doubled' goes_on

# ---- beside the job's commits ----

# A job that commits between pin and commit: a lake-put that does it first.
mkdir -p shim
cat >shim/lake-put <<-'END'
	#!/usr/bin/env bash
	case " $* " in
	*" --base-version "*)
		if [ -s "$SHIM/rival" ]; then
			mv "$SHIM/rival" "$SHIM/rival.done"
			PATH=${PATH#*:} bash "$SHIM/rival.done" || exit 1
		fi
		;;
	esac
	PATH=${PATH#*:} exec lake-put "$@"
END
chmod +x shim/lake-put
export SHIM=$scratch/shim

# beside TRIES FROM TO - rebuild silver while the job commits, from the middle
# on; both lakes must be one in the end
beside() {
	rm -rf lake one && cp -r middle lake && cp -r middle one
	declare -f bronze silver >shim/rival
	echo "bronze lake $((batches - 4)) $((batches - 3)) && silver lake" \
		>>shim/rival
	(PATH=$scratch/shim:$PATH rebuild silver --lake lake --from "$2" \
		--to "$3") >summary 2>err || { cat err; return 1; }
	cat summary err
	jq -e ".tries == $1" summary &&
		[ -e shim/rival.done ] && [ ! -e shim/rival ] &&
		bronze one $((batches - 4)) $((batches - 3)) && silver one &&
		rebuild silver --lake one --from "$2" --to "$3" &&
		same lake/silver/sessions one/silver/sessions
}

# No try is left: nothing is written.
gives_up() {
	local status=0 before
	rm -rf lake && cp -r middle lake
	before=$(dump lake/silver/sessions | cksum)
	echo 'echo "{\"startTs\":1794873600000,\"userId\":\"x\",\"startDate\":\"2026-11-17\"}" |
		lake-put --schema sessions lake/silver/sessions' >shim/rival
	(PATH=$scratch/shim:$PATH rebuild silver --lake lake --tries 1 \
		"${all[@]}") || status=$?
	[ "$status" = 75 ] && [ "$(dump lake/silver/sessions |
		grep -v '"userId":"x"' | cksum)" = "$before" ]
}

gold_beside() {
	rm -rf lake && cp -r middle lake
	declare -f bronze gold >shim/rival
	echo "bronze lake $((batches - 4)) $((batches - 3)) && gold lake" \
		>>shim/rival
	(PATH=$scratch/shim:$PATH rebuild gold --lake lake "${all[@]}") \
		>summary && cat summary && jq -e '.tries == 2' summary &&
		bronze lake $((batches - 3)) "$batches" && gold lake &&
		hourly lake && same lake/gold/hourly clean/gold/hourly
}

tap 'a commit inside the range: once more, and exact' beside 2 2026-11-16 2026-11-20
tap 'a commit outside of the range: at once, and exact' beside 1 2026-11-16 2026-11-17
tap 'no try is left: 75, and nothing is written' gives_up
tap 'gold, and a commit inside the range' gold_beside

# ---- kills ----

# assassin SPAN WHAT - rebuild, and kill its whole group, or one of it, at some
# instant of so many milliseconds
assassin() {
	local pid pids i
	(exec setsid "$root/scripts/rebuild" "$2" --lake lake \
		"${all[@]}") >/dev/null 2>&1 &
	pid=$!
	sleep "0.$(printf '%03d' $((RANDOM % $1)))"
	if [ $((RANDOM % 2)) = 0 ]; then
		kill -9 -- "-$pid" 2>/dev/null
	else
		mapfile -t pids < <(pgrep -g "$pid")
		[ "${#pids[@]}" = 0 ] ||
			kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null
	for ((i = 0; i < 3000; i++)); do
		pgrep -g "$pid" >/dev/null || return 0
		sleep 0.02
	done
	return 1
}

# killed WHAT TABLE - before, or after; told how often it was which
killed() {
	local before after now span began is_after=0 is_before=0
	rm -rf lake && cp -r middle lake
	before=$(dump "lake/$2" | cksum)
	began=${EPOCHREALTIME/[.,]/}
	rebuild "$1" --lake lake "${all[@]}" || return
	span=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
	[ "$span" -lt 900 ] || span=900
	after=$(dump "lake/$2" | cksum)
	[ "$before" != "$after" ] || return
	for ((n = 0; n < (kills + 1) / 2; n++)); do
		rm -rf lake && cp -r middle lake
		assassin "$span" "$1" || return
		now=$(dump "lake/$2" | cksum)
		case $now in
		"$before") is_before=$((is_before + 1)) ;;
		"$after") is_after=$((is_after + 1)) ;;
		*)
			echo "kill $n: neither before nor after"
			return 1
			;;
		esac
	done
	echo "# killed $1: before $is_before times, after $is_after times" >>told
	# and once more to the end
	rebuild "$1" --lake lake "${all[@]}" &&
		[ "$(dump "lake/$2" | cksum)" = "$after" ]
}

tap "silver killed: as before, or as after" killed silver silver/sessions
tap "gold killed: as before, or as after" killed gold gold/partials
cat told

# ---- again and again ----

# Random ranges, with sessions across their borders, each time the job has gone
# on; in the end nothing is lost or doubled, and one rebuild mends the rest.
restless() {
	local at=0 next from
	rm -rf lake
	while [ "$at" -lt "$batches" ]; do
		next=$((at + RANDOM % 8 + 1))
		[ "$next" -le "$batches" ] || next=$batches
		bronze lake "$at" "$next" && silver lake && gold lake || return
		[ $((RANDOM % 3)) != 0 ] || hourly lake || return
		at=$next
		from=$((1794787200000 + RANDOM % (at * 2) * 3600000))
		rebuild silver --lake lake --from "$from" \
			--to $((from + (RANDOM % 30 + 1) * 1800000)) &&
			rebuild gold --lake lake --from "$from" \
				--to $((from + (RANDOM % 30 + 1) * 1800000)) ||
			return
	done
	hourly lake && same lake/gold/hourly clean/gold/hourly &&
		[ "$(sum events lake/silver/sessions)" = \
			"$(sum events clean/silver/sessions)" ] &&
		rebuild silver --lake lake "${all[@]}" &&
		same lake/silver/sessions clean/silver/sessions
}

tap 'random ranges, again and again, beside the job' restless

# ---- mistakes ----

# refused STATUS TEXT ARGUMENT...
refused() {
	local status=0
	"$root/scripts/rebuild" "${@:3}" >out 2>err || status=$?
	cat out err
	[ "$status" = "$1" ] && grep -q -- "$2" err && [ ! -s out ]
}

mistakes() {
	refused 2 'say first what' --lake job "${all[@]}" &&
		refused 2 'only be read again from Kafka' bronze &&
		refused 2 'which lake' silver "${all[@]}" &&
		refused 2 'the range is empty' silver --lake job \
			--from 2026-11-17 --to 2026-11-17 &&
		refused 2 'expected a time' silver --lake job --from tomorrow \
			--to now &&
		refused 2 'unknown option' silver --lak job "${all[@]}" &&
		refused 65 'no Delta table' silver --lake absent "${all[@]}"
}

no_job() {
	lake-cat clean/bronze/events | lake-put --schema playpipe \
		--partition-by arrivalDate,verdict plain/bronze/events
	lake-cat clean/silver/sessions | lake-put --schema sessions \
		--partition-by startDate plain/silver/sessions
	refused 65 "job 'silver' has read nothing" silver --lake plain \
		"${all[@]}"
}

# Relative times, and a range without anything in it.
empty_range() {
	local before
	before=$(version job/silver/sessions)
	rebuild silver --lake job --from now-30d --to now-20d >summary &&
		cat summary &&
		jq -e '.rowsBefore == 0 and .rowsAfter == 0' summary &&
		[ "$(version job/silver/sessions)" = "$before" ]
}

nothing_left() {
	[ -z "$(find tmp -mindepth 1 -name 'rebuild.*' -newer told)" ]
}

tap 'mistakes are told' mistakes
tap 'a table that no job has written is told' no_job
tap 'a range with nothing in it changes nothing' empty_range
tap 'no scratch is left behind' nothing_left
