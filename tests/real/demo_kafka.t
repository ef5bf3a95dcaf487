#!/usr/bin/env bash
# demo_kafka.t - scripts/demo --kafka, short: every line that the simulator has
# written is in the tables, whether time ends it or Ctrl-C, and then nothing
# that it has started is left.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kafka_lib.sh
. "$(dirname "$0")/kafka_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
export PLAYPIPE_SHARE=$real_root/share
scratch=$(mktemp -d "${TMPDIR:-/tmp}/demo-kafka.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export PLAYPIPE_DEMO=$scratch
kafka_fetch 4.4.0
KAFKA_LOCAL_PORT=$(kafka_free_port)
export KAFKA_LOCAL_PORT
cd "$real_root" || exit 1

# figure KEY FILE
figure() {
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$scratch/kafka/$2"
}

# What it has said of itself, and what is really there.
# shellcheck disable=SC2317 # called by tap
holds() {
	local lake=$scratch/kafka/lake made sent
	made=$(figure linesOut made)
	sent=$(figure delivered sent)
	cat "$scratch/said"
	! grep -q WRONG "$scratch/said" && [ "$made" -gt 1000 ] &&
		[ $((sent + $(figure failed sent))) = "$made" ] &&
		[ "$(lake-cat --count "$lake/bronze/events")" = "$sent" ] &&
		[ "$(lake-cat --columns eventId "$lake/bronze/events" |
			wc -l)" = "$sent" ] &&
		[ "$(lake-cat --count "$lake/gold/live")" -gt 0 ] &&
		grep -q '<svg' "$lake/live.html"
}

# shellcheck disable=SC2317 # called by tap
nothing_left() {
	! pgrep -af "$scratch/kafka" && ! pgrep -af "playpipe.*$scratch" &&
		[ ! -d "$scratch/kafka/broker" ]
}

# shellcheck disable=SC2317 # called by tap
timed() {
	bash scripts/demo-kafka --kafka --users 60000 --seconds 9 \
		>"$scratch/said" 2>&1 || {
		cat "$scratch/said"
		return 1
	}
}

# A terminal's Ctrl-C goes to all processes of the foreground group.
# shellcheck disable=SC2317 # called by tap
interrupted() {
	local pid status=0
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
os.setsid()
os.execvp(sys.argv[1], sys.argv[1:])' bash scripts/demo-kafka --kafka \
		--users 60000 --seconds 600 >"$scratch/said" 2>&1 &
	pid=$!
	for _ in $(seq 300); do
		grep -q ' [1-9][0-9]* rows in bronze' "$scratch/said" && break
		sleep 0.1
	done
	kill -INT -- "-$pid"
	wait "$pid" || status=$?
	cat "$scratch/said"
	return "$status"
}

tap 'nine seconds of it' timed
tap 'every line is in the tables' holds
tap 'nothing is left running' nothing_left
tap 'again, ended by Ctrl-C' interrupted
tap 'every line is in the tables' holds
tap 'nothing is left running' nothing_left
tap_end
