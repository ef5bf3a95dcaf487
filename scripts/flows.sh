# shellcheck shell=bash
# flows.sh - the stages of the flow, one short pipe each; sourced by demo and
# by the fault tests. A stage's place is recorded in its sink's own commit, so
# any of them may be killed at any instant and simply run again.
#
# Needs in the environment: the tools on PATH, and
#   LAKE       folder of the tables
#   SHARE      shared data (schemas, suites)
#   FINAL      not empty: nothing will follow what is there, close sessions
#   FROM, TO   the page is of windows that begin in [FROM, TO); may be empty
# and bash with pipefail, so that a stage's status is honest.

# flow_bronze SCHEMA SUITE RESULT COMMAND...  - a source with --job into bronze
flow_bronze() {
	local schema=$1 suite=$2 result=$3
	shift 3
	"$@" |
		dq-check --quiet --schema "$schema" --suite "$suite" \
			--fail-on never --quarantine inline --result "$result" |
		lake-put --job ingest --schema "$schema" --sort ts \
			--partition-by arrivalDate,verdict "$LAKE/bronze/events"
}

flow_silver() {
	local schema=$1
	lake-cat --job silver ${FINAL:+--final} \
		--resume "$LAKE/silver/sessions" \
		--where "verdict = 'good'" "$LAKE/bronze/events" |
		sessionize --schema "$schema" --lateness "${LATENESS:-6h}" \
			--state "$LAKE/_state" |
		lake-put --job silver --schema sessions \
			--partition-by startDate "$LAKE/silver/sessions"
}

flow_gold() {
	local schema=$1 by=$2
	lake-cat --job gold --resume "$LAKE/gold/partials" \
		--where "verdict = 'good'" "$LAKE/bronze/events" |
		agg-hourly --schema "$schema" --partial --window 2m --by "$by" |
		lake-put --job gold --schema partials "$LAKE/gold/partials"
}

flow_hourly() {
	lake-cat --job hourly --resume "$LAKE/gold/hourly" --touched date \
		"$LAKE/gold/partials" |
		agg-hourly --merge --window 1h |
		lake-put --job hourly --schema measures --partition-by date \
			--mode replace-partitions "$LAKE/gold/hourly"
}

# The page's top lists. Those of hours are cut too short to be summed; weeks
# begin on Thursdays, so there are still several.
flow_top() {
	lake-cat ${FROM:+--where "windowStart >= '$FROM' AND windowStart < '$TO'"} \
		"$LAKE/gold/partials" |
		agg-hourly --merge --window 7d --top 1000 >"$LAKE/top.ndjson"
}

# flow_page FILE TITLE RESULT NOW [OPTION...] - behind flow_hourly and flow_top
flow_page() {
	lake-cat "$LAKE/gold/hourly" |
		dash-html --title "$2" --quality "$3" --now "$4" \
			${FROM:+--from "$FROM" --to "$TO"} \
			--top "$LAKE/top.ndjson" -o "$1" "${@:5}"
}
