#!/usr/bin/env bash
# gx.t - the real Great Expectations judges the same rows by the same suites:
# every figure of every expectation is the same, our results load and are
# shown there, and so do the suites that we ship.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
here=$real_root/tests/real
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
scratch=$(mktemp -d "${TMPDIR:-/tmp}/gx.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
need_python great-expectations

# same SUITE ROWS - judge by both
# shellcheck disable=SC2317 # called by tap
same() {
	dq-check --quiet --suite "$1" --fail-on never \
		--result "$scratch/result.json" "$2" >"$scratch/good" &&
		"$python" "$here/gx_compare.py" "$1" "$2" \
			"$scratch/result.json" 2>"$scratch/log" && return
	grep -v 'Calculating Metrics' "$scratch/log"
	return 1
}

tap 'shipped suites load' "$python" "$here/gx_compare.py" --load \
	"$real_root/share/suites/playpipe.json" \
	"$real_root/share/suites/eventsim1.json"
tap 'every supported expectation' \
	same "$real_root/tests/data/gx/every.json" \
	"$real_root/tests/data/gx/rows.ndjson"

evgen --seed 7 --users 40 --from 2026-11-02 --to 2026-11-04 \
	--fault missing=0.01 --fault duplicate=0.01 >"$scratch/events"
tap 'simulated events by the playpipe suite' \
	same "$real_root/share/suites/playpipe.json" "$scratch/events"

if [ -d "$real_shared/data/eventsim-log" ]; then
	awk 1 "$real_shared"/data/eventsim-log/*.json >"$scratch/log.ndjson"
	tap 'a real log by the eventsim1 suite' \
		same "$real_root/share/suites/eventsim1.json" \
		"$scratch/log.ndjson"
else
	tap 'a real log # SKIP no shared data' true
fi

# Great Expectations' own sample: its result says what it counted.
if [ -d "$real_shared/data/gx" ]; then
	tap "the rules that we know of Great Expectations' own sample" \
		"$python" "$here/gx_sample.py" "$real_shared/data/gx" dq-check
else
	tap "Great Expectations' own sample # SKIP no shared data" true
fi
tap_end
