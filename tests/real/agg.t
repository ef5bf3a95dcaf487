#!/usr/bin/env bash
# agg.t - DuckDB's SQL over the same files: measures hour by hour, and
# sessions by window functions, figure for figure.
set -euo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
need_python duckdb
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
export PLAYPIPE_SHARE=$real_root/share
scratch=$(mktemp -d "${TMPDIR:-/tmp}/agg.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

# compare JOB SCHEMA RESULT FILE... - the job's SQL over the files gives what
# RESULT says
# shellcheck disable=SC2317 # called by tap
compare() {
	"$python" "$real_root/tests/real/agg_compare.py" "$@"
}

# jobs SCHEMA FILE... - all comparisons on these files
jobs() {
	local schema=$1 level
	shift
	for level in '' level; do
		agg-hourly -s "$schema" ${level:+--by "$level"} "$@" >measures
		tap "$schema: measures an hour${level:+ and level}" \
			compare "measures:$level" "$schema" measures "$@"
		agg-hourly -s "$schema" --partial -w 2m --by level "$@" |
			agg-hourly --merge ${level:+--by "$level"} >merged
		tap "$schema: merged partials are the same bytes" \
			cmp measures merged
		agg-hourly -s "$schema" ${level:+--by "$level"} -j 3 "$@" >parts
		tap "$schema: parts of files are the same bytes" \
			cmp measures parts
	done
	sessionize -s "$schema" "$@" >sessions
	tap "$schema: sessions of 30 minutes" \
		compare sessions "$schema" sessions "$@"
}

evgen --seed 11 --users 1500 --from 2026-11-02 --to 2026-11-05 >simulated
jobs playpipe simulated
if [ -d "$real_shared/data/eventsim-log" ]; then
	jobs eventsim1 "$real_shared"/data/eventsim-log/*.json
	agg-hourly -s eventsim1 -m plays "$real_shared"/data/eventsim-log/*.json >hours
	tap '544 hours with a play' [ "$(wc -l <hours)" -eq 544 ]
	tap '911 sessions' [ "$(wc -l <sessions)" -eq 911 ]
fi
tap_end
