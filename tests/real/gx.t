#!/usr/bin/env bash
# gx.t - the real Great Expectations judges the same rows by the same suites:
# every figure of every expectation is the same, our results load there, and
# so do the suites that we ship.
#
# Needs Python 3 with venv, and PyPI on the first run: the package goes into
# ~/.cache/playpipe/gx. GX_PYTHON names a Python that has it already.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
PATH=${PLAYPIPE_BIN:-$root/build/release/bin}:$PATH
shared=${PLAYPIPE_SHARED:-$root/../shared}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/gx.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

python=${GX_PYTHON:-}
if [ -z "$python" ]; then
	venv=${XDG_CACHE_HOME:-$HOME/.cache}/playpipe/gx
	python=$venv/bin/python
	if ! "$python" -c 'import great_expectations' 2>/dev/null; then
		mkdir -p "$venv"
		if ! python3 -m venv "$venv" >"$venv/log" 2>&1 ||
			! "$venv/bin/pip" install -q \
				'great-expectations==1.24.*' \
				>>"$venv/log" 2>&1; then
			skip_all "great-expectations cannot be had: $venv/log"
		fi
	fi
fi

count=0
# report NAME COMMAND... - one TAP line
report() {
	local name=$1 status=0
	shift
	count=$((count + 1))
	"$@" || status=1
	[ $status = 0 ] || printf 'not '
	echo "ok $count - $name"
}

# same SUITE ROWS - judge by both
same() {
	dq-check --quiet --suite "$1" --fail-on never \
		--result "$scratch/result.json" "$2" >"$scratch/good"
	"$python" "$here/gx_compare.py" "$1" "$2" "$scratch/result.json" \
		2>"$scratch/log" || {
		grep -v 'Calculating Metrics' "$scratch/log" | sed 's/^/# /'
		return 1
	}
}

echo "1..5"
report 'shipped suites load' "$python" "$here/gx_compare.py" --load \
	"$root/share/suites/playpipe.json" "$root/share/suites/eventsim1.json"
report 'every supported expectation' \
	same "$root/tests/data/gx/every.json" "$root/tests/data/gx/rows.ndjson"

if command -v evgen >/dev/null; then
	evgen --seed 7 --users 40 --from 2026-11-02 --to 2026-11-04 \
		--fault missing=0.01 --fault duplicate=0.01 >"$scratch/events"
	report 'simulated events by the playpipe suite' \
		same "$root/share/suites/playpipe.json" "$scratch/events"
else
	report 'simulated events # SKIP no evgen' true
fi

if [ -d "$shared/data/eventsim-log" ]; then
	awk 1 "$shared"/data/eventsim-log/*.json >"$scratch/log.ndjson"
	report 'a real log by the eventsim1 suite' \
		same "$root/share/suites/eventsim1.json" "$scratch/log.ndjson"
else
	report 'a real log # SKIP no data' true
fi

# Great Expectations' own sample: its result says what it counted. Its rows
# are not with it; these give the same figures.
if [ -f "$shared/data/gx/gx-sample-suite.json" ]; then
	report "the rules that we know of Great Expectations' sample suite" \
		"$python" "$here/gx_sample.py" "$shared/data/gx" dq-check
else
	report "Great Expectations' sample # SKIP no data" true
fi
