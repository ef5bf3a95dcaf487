#!/usr/bin/env bash
# demo.t - the tables of the demo, read by delta-rs, and by DuckDB over the
# files that delta-rs lists: counts and sums are those of lake-cat, of jq over
# its lines, and of agg-hourly.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
need_python deltalake duckdb pyarrow pytz
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
export PLAYPIPE_SHARE=$real_root/share
scratch=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PLAYPIPE_DEMO=$scratch PLAYPIPE_SHARED=$real_shared

tap 'the demo, 1,000 listeners' bash -c \
	'cd "$1" && exec bash scripts/demo-run --users 1000' bash "$real_root"

# held SCHEMA PLAYS LAKE - what is said of a lake by all of them
# shellcheck disable=SC2317 # called by tap
held() {
	local good="verdict = 'good'" lake=$3 table counts=()
	for table in bronze/events silver/sessions gold/partials gold/hourly; do
		counts+=("$(lake-cat --count "$lake/$table")")
	done
	"$python" "$real_root/tests/real/demo_compare.py" "$lake" "$2" \
		"${counts[@]}" \
		"$(lake-cat --where "$good" "$lake/bronze/events" |
			jq -s "[.[] | select($2)] | length")" \
		"$(lake-cat --where "$good" "$lake/bronze/events" |
			agg-hourly --schema "$1" --window 7d --measures plays |
			jq -s 'map(.plays) | add')" \
		"$(lake-cat "$lake/gold/hourly" | jq -s 'map(.plays) | add')"
}
tap 'the simulated week' held playpipe '.topic == "listen_events"' \
	"$scratch/simulated"
if [ -d "$scratch/real" ]; then
	tap 'the real log' held eventsim1 '.page == "NextSong"' "$scratch/real"
else
	tap_skip 'the real log' 'is not here'
fi
tap_end
