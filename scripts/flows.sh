# shellcheck shell=bash
# shellcheck disable=SC2154 # flow_* are set by who sources this
# flows.sh - the stages of the flow, one short pipe each; sourced by the
# scripts that run them, by demo-run and by the fault tests. A stage's place is
# recorded in its sink's own commit, so any of them may be killed at any
# instant and simply run again.
#
# Needs the tools on PATH, bash, and these variables (see playpipe.conf(5)):
#   flow_lake      place of the tables       flow_state     of open sessions
#   flow_schema    of the events             flow_suite     that judges them
#   flow_time      column of their time      flow_by        groups of measures
#   flow_lateness  that sessions wait for    flow_window    of partials, live
#   flow_result    file of the verdict       flow_title     of the pages
#   flow_final     not empty: nothing will follow, close sessions
# A stage's exit status is that of its most telling part.

# flow_rank STATUS - how telling it is, in $rank: 0 is the most telling
flow_rank() {
	local order
	rank=0
	for order in 2 77 70 71 65 1 74; do
		[ "$1" != "$order" ] || return 0
		rank=$((rank + 1))
	done
	case $1 in
	75) rank=9 ;;
	0) rank=10 ;;
	*) rank=8 ;;
	esac
}

# flow_worse A B - the more telling of two statuses, in $worse
flow_worse() {
	local rank first
	flow_rank "$1"
	first=$rank
	flow_rank "$2"
	worse=$1
	[ "$first" -le "$rank" ] || worse=$2
}

# flow_verdict STATUS... - returns the most telling of a pipe's statuses.
# What was killed may be run again: 75. A neighbour's failure that follows from
# another one's is not to blame: a part that could not write because its reader
# failed as well, or was given a cut line by one that ended early. A crash is a
# bug, and a command that cannot be run a mistake of the configuration.
flow_verdict() {
	local worse verdict=0 status next is_cut=
	while [ $# -gt 0 ]; do
		status=$1 next=${2:-0}
		shift
		case $status in
		65) [ -z "$is_cut" ] || status=75 ;;
		74) [ "$next" = 0 ] || status=75 ;;
		75) is_cut=1 ;;
		126 | 127) status=2 ;;
		132 | 133 | 134 | 135 | 136 | 138 | 139) status=70 ;;
		141) status=75 ;;
		129 | 1[3-9][0-9]) status=75 is_cut=1 ;;
		esac
		flow_worse "$verdict" "$status"
		verdict=$worse
	done
	return "$verdict"
}

# duration_ms TEXT - in $ms; false if it is none
duration_ms() {
	local unit whole part
	[[ $1 =~ ^([0-9]{1,9})(\.([0-9]{1,3}))?(ms|s|m|h|d|w)$ ]] || return 1
	whole=$((10#${BASH_REMATCH[1]}))
	part=${BASH_REMATCH[3]}000
	case ${BASH_REMATCH[4]} in
	ms) unit=1 ;;
	s) unit=1000 ;;
	m) unit=60000 ;;
	h) unit=3600000 ;;
	d) unit=86400000 ;;
	w) unit=604800000 ;;
	esac
	ms=$((whole * unit + 10#${part:0:3} * unit / 1000))
}

# flow_now - seconds since 1970, in $now; PLAYPIPE_NOW is the tests' clock
flow_now() {
	printf -v now '%(%s)T' -1
	[ -z "${PLAYPIPE_NOW:-}" ] || now=$(date -ud "$PLAYPIPE_NOW" +%s)
}

# flow_since DURATION FORMAT - the moment so long ago, in $since
flow_since() {
	local now ms
	flow_now
	duration_ms "$1"
	TZ=UTC printf -v since "%($2)T" $((now - ms / 1000))
}

# flow_kafka - what is new in the topics, up to flow_limit records
flow_kafka() {
	local topics
	IFS=, read -ra topics <<<"$flow_topics"
	kcat-in --job ingest --resume "$flow_lake/bronze/events" \
		--until snapshot ${flow_limit:+--limit "$flow_limit"} \
		${flow_shard:+--shard "$flow_shard"} "${topics[@]}"
}

# flow_keep_result - the verdict of this batch takes the place of the last one,
# unless the batch was empty: that one still says what the events are like
flow_keep_result() {
	local text
	[ -e "$flow_result.new" ] || return 0
	text=$(<"$flow_result.new")
	if [[ $text == *'"rows": 0,'*'"malformed": 0,'* ]] &&
		[ -e "$flow_result" ]; then
		rm -f "$flow_result.new"
	else
		mv "$flow_result.new" "$flow_result"
	fi
}

# flow_bronze COMMAND...  - a source with --job into bronze
flow_bronze() {
	local status=0
	"$@" |
		dq-check --quiet --schema "$flow_schema" --suite "$flow_suite" \
			--fail-on never --quarantine inline \
			--result "$flow_result.new" |
		lake-put --job ingest --schema "$flow_schema" \
			--sort "$flow_time" --partition-by arrivalDate,verdict \
			"$flow_lake/bronze/events" ||
		flow_verdict "${PIPESTATUS[@]}" || status=$?
	flow_keep_result || status=74
	return "$status"
}

# flow_columns TOOL [OPTION...] - the columns of events that it reads, in
# $columns; empty, so all, if it fails: the stage then tells why
flow_columns() {
	columns=$(command "$@" --schema "$flow_schema" --print-columns \
		</dev/null 2>/dev/null) || columns=
}

flow_silver() {
	local columns
	flow_columns sessionize
	lake-cat --job silver ${flow_final:+--final} \
		--resume "$flow_lake/silver/sessions" \
		${columns:+--columns "$columns"} \
		--where "verdict = 'good'" "$flow_lake/bronze/events" |
		sessionize --schema "$flow_schema" --lateness "$flow_lateness" \
			--state "$flow_state" |
		lake-put --job silver --schema sessions \
			--partition-by startDate "$flow_lake/silver/sessions" ||
		flow_verdict "${PIPESTATUS[@]}"
}

flow_gold() {
	local columns
	flow_columns agg-hourly --by "$flow_by"
	lake-cat --job gold --resume "$flow_lake/gold/partials" \
		${columns:+--columns "$columns"} \
		--where "verdict = 'good'" "$flow_lake/bronze/events" |
		agg-hourly --schema "$flow_schema" --partial \
			--window "$flow_window" --by "$flow_by" |
		lake-put --job gold --schema partials "$flow_lake/gold/partials" ||
		flow_verdict "${PIPESTATUS[@]}"
}

# flow_view NAME WINDOW TOP [OPTION...] - partials to a view of its days that
# new partials touch, made anew; OPTIONs are of the reader
flow_view() {
	local view=$flow_lake/gold/$1
	lake-cat --job "$1" --resume "$view" --touched date "${@:4}" \
		"$flow_lake/gold/partials" |
		agg-hourly --merge --window "$2" --top "$3" |
		lake-put --job "$1" --schema measures --partition-by date \
			--mode replace-partitions "$view" ||
		flow_verdict "${PIPESTATUS[@]}"
}

# Whole days: a late event to a day that has left the view empties that day.
flow_live() {
	local since
	flow_since "$flow_live" %Y-%m-%d
	flow_view live "$flow_window" 10 --where "date >= '$since'"
}

flow_hourly() {
	flow_view hourly 1h 10
}

# Its top lists are long, to be summed: see flow_page.
flow_daily() {
	flow_view daily 1d 100
}

# flow_into FILE COMMAND... - its output into a file that appears whole
flow_into() {
	"${@:2}" >"$1.new" && mv "$1.new" "$1"
}

# flow_page FILE TABLE SINCE [OPTION...] - the page of a view's windows from
# SINCE on, or of all if it is empty; OPTIONs are those of dash-html
flow_page() {
	lake-cat ${3:+--where "windowStart >= '$3'"} "$flow_lake/gold/$2" |
		dash-html --title "$flow_title" -o "$1" "${@:4}" ||
		flow_verdict "${PIPESTATUS[@]}"
}

# flow_options - of both pages: the clock, and a verdict where there is one
flow_options() {
	options=(${PLAYPIPE_NOW:+--now "$PLAYPIPE_NOW"})
	[ ! -s "$flow_result" ] || options+=(--quality "$flow_result")
}

flow_live_page() {
	local since ms options
	flow_since "$flow_live" %Y-%m-%dT%H:%M:%SZ
	duration_ms "$flow_every"
	flow_options
	flow_page "$flow_live_page" live "$since" \
		--refresh $(((ms + 999) / 1000)) "${options[@]}"
}

# Lists of hours are cut too short to be summed, so the top is that of days.
flow_hourly_page() {
	local since options top=$flow_work/top.ndjson
	flow_since "$flow_history" %Y-%m-%d
	flow_options
	flow_into "$top" lake-cat --where "date >= '$since'" \
		"$flow_lake/gold/daily" || return
	flow_page "$flow_page" hourly "$since" --top "$top" "${options[@]}"
}
