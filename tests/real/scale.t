#!/usr/bin/env bash
# scale.t - several instances of one job side by side: each reads partitions of
# its own, all commit into one table, and none loses a commit. Then the topic
# gets more partitions and the job another number of instances, as
# docs/scaling.md tells it.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kafka_lib.sh
. "$(dirname "$0")/kafka_lib.sh"

root=$real_root
scratch=$(mktemp -d "${TMPDIR:-/tmp}/scale.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
PATH=$root/build/release/bin:$PATH
export PLAYPIPE_SHARE=$root/share
need_kafka 4.4.0

# ---- events, keyed by user ----

evgen --users 2000 --from 2026-11-16 --to 2026-11-18 --limit 60000 >all
head -40000 all >first
tail -n +40001 all >second

send() { # FILE
	sed 's/.*"userId":\([0-9]*\).*/\1|&/; t; s/^/0|/' "$1" |
		kcat -b "$KAFKA_BROKERS" -P -t events -K '|' \
			-X topic.partitioner=murmur2_random
}

# ---- instances ----

cat >conf <<END
flow.lake = $scratch/lake
flow.topics = events
flow.batch-limit = 1000
flow.retry-wait = 50ms
flow.lateness = 3d
kcat-in.brokers = $KAFKA_BROKERS
END

# instance I/N - batches of bronze until nothing is behind; the summaries. A
# run that a faster one has beaten to a commit ends with 75, and is run again.
instance() {
	local status=0 summary
	while :; do
		summary=$("$root/scripts/run-microbatch" --config conf \
			--stages bronze --shard "$1" 2>>"told.${1%/*}") || status=$?
		case $status in
		0 | 75) status=0 ;;
		*) return "$status" ;;
		esac
		printf '%s\n' "$summary"
		jq -e '.status == 0 and (.behind | not)' >/dev/null \
			<<<"$summary" && return 0
	done
}

# instances N - all of them at once; their summaries in "summaries"
instances() {
	local i pid failed=0
	local -a pids=()
	for i in $(seq "$1"); do
		instance "$i/$1" >"summary.$i" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=1
	done
	cat summary.* >>summaries
	rm summary.*
	return "$failed"
}

# ---- what must hold ----

every_line_once() { # FILE...
	lake-cat lake/bronze/events | LC_ALL=C sort >got
	cat "$@" | LC_ALL=C sort | cmp - got
}

# Each commit that an instance counted is a version of the table.
no_commit_lost() {
	local counted versions
	counted=$(jq -s 'map(.stages.bronze.commits // 0) | add' summaries)
	versions=$(lake-cat --print history lake/bronze/events | wc -l)
	echo "commits counted: $counted, versions: $versions"
	[ "$counted" -eq "$versions" ] && [ "$versions" -ge "$1" ]
}

# More than one instance has committed.
side_by_side() {
	[ "$(jq -s 'map(select(.rows > 0)) | length' summaries)" -gt 4 ] &&
		[ "$(lake-cat --print positions lake/bronze/events |
			jq -r .id | grep -c '/[0-9]*$')" -eq "$1" ]
}

# tables LAKE - what is behind bronze, all sessions closed
tables() {
	lake-cat --job silver --final --resume "$1/silver/sessions" \
		--where "verdict = 'good'" "$1/bronze/events" |
		sessionize --lateness 3d --state "$1/_state" |
		lake-put --job silver --schema sessions \
			--partition-by startDate "$1/silver/sessions" &&
		"$root/scripts/run-microbatch" --config conf --lake "$1" \
			--stages gold >/dev/null &&
		"$root/scripts/run-hourly" --config conf --lake "$1" >/dev/null
}

# The tables behind bronze are those of one run over everything.
tables_as_of_one_run() {
	local table
	"$root/scripts/run-microbatch" --config conf --lake "$scratch/clean" \
		--batch-limit 1000000 --stages bronze >/dev/null &&
		tables "$scratch/clean" && tables "$scratch/lake" || return 1
	for table in silver/sessions gold/hourly gold/daily; do
		lake-cat "clean/$table" | LC_ALL=C sort >want
		lake-cat "lake/$table" | LC_ALL=C sort | cmp - want || return 1
		[ -s want ] || return 1
	done
}

tool create events 8
send first
tap '4 instances at once reach the end' instances 4
tap 'every line is there once' every_line_once first
tap 'no commit is lost' no_commit_lost 40
tap 'each partition has its position' side_by_side 8
tool partitions events 12
send second
tap '3 instances go on, with 4 partitions more' instances 3
tap 'every line is there once, also of new partitions' \
	every_line_once first second
tap 'no commit is lost by that' no_commit_lost 41
tap 'each partition has its position, new ones too' side_by_side 12
tap 'sessions and views are those of one run over all' tables_as_of_one_run
tap_end
