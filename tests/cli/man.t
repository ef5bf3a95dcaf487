#!/usr/bin/env bash
# man.t - every EXAMPLES block of every manual page is run, each in a folder
# of its own that holds events.ndjson (2,000 playpipe events, some faulty) and
# suite.json (the shipped suite), by sh -e with the tools on PATH, and a mock
# Kafka at $KAFKA_BROKERS. TAP.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${PLAYPIPE_BIN:-$root/build/release/bin}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/man.XXXXXX")
# shellcheck source=tests/cli/kafka.bash
. "$root/tests/cli/kafka.bash"
trap 'kafka_stop; rm -rf "$scratch"' EXIT

# blocks PAGE - the literal blocks of EXAMPLES into $scratch/NAME.N, unescaped
blocks() {
	awk -v out="$scratch/$(basename "$1")" '
	/^\.Sh / { is_examples = ($0 == ".Sh EXAMPLES") }
	/^\.Bd -literal/ && is_examples { file = out "." ++n; next }
	/^\.Ed/ { if (file) close(file); file = ""; next }
	file {
		gsub(/\\&/, "")
		gsub(/\\-/, "-")
		gsub(/\\\(aq/, "\047")
		gsub(/\\\(dq/, "\"")
		gsub(/\\\(ha/, "^")
		gsub(/\\\(ti/, "~")
		gsub(/\\\(ga/, "`")
		gsub(/\\\(rs|\\e/, "\\")
		print > file
	}' "$1"
}

# the scripts by the names that they have when installed
mkdir "$scratch/bin"
for script in "$root"/scripts/run-*; do
	ln -s "$script" "$scratch/bin/playpipe-${script##*/}"
done
PATH=$bin:$scratch/bin:$PATH
for page in "$root"/man/*.[157]; do
	blocks "$page"
done
cp "$root/share/suites/playpipe.json" "$scratch/suite.json"
evgen --users 200 --seed 1 --from 2026-11-16 --to 2026-11-17 --limit 2000 \
	--fault missing=0.5% --fault wrong_type=0.5% --fault malformed=0.5% \
	>"$scratch/events.ndjson"

# the brokers of the pages' examples, with an empty topic
kafka_start
kafka topic listen_events 4
export KAFKA_BROKERS=$BROKERS

n=0
failed=0
for block in "$scratch"/*.[157].*; do
	[ -f "$block" ] || continue
	name=$(basename "$block")
	n=$((n + 1))
	mkdir "$scratch/run.$n"
	cp "$scratch/events.ndjson" "$scratch/suite.json" "$scratch/run.$n"
	if (cd "$scratch/run.$n" && exec timeout 60 sh -e "$block") \
		>"$scratch/told" 2>&1 </dev/null; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$block" "$scratch/told" | head -40
		failed=$((failed + 1))
	fi
done
# a page with too few examples is a failure too
for page in "$root"/man/*.1; do
	n=$((n + 1))
	found=$(find "$scratch" -name "$(basename "$page").*" | wc -l)
	if [ "$found" -ge 3 ]; then
		echo "ok $n - $(basename "$page") has $found examples"
	else
		echo "not ok $n - $(basename "$page") has $found examples, not 3"
		failed=$((failed + 1))
	fi
done
echo "1..$n"
[ "$failed" -eq 0 ]
