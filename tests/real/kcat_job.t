#!/usr/bin/env bash
# kcat_job.t - kcat-in as the source of a job on real Kafka: every record is
# in the table once, over batches, transactions, compaction, trimmed and
# grown topics; and a topic that is no longer the one that was read is refused.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kcat_lib.sh
. "$(dirname "$0")/kcat_lib.sh"
suite=$PLAYPIPE_SHARE/suites/playpipe.json

# ---- the flow ----

bronze() { # one batch of both topics
	timeout 60 kcat-in --job ingest --resume bronze listens pages |
		dq-check --quiet --suite "$suite" --fail-on never \
			--quarantine inline |
		lake-put --job ingest --schema playpipe \
			--partition-by arrivalDate,verdict bronze
}

# Each batch: a third of the lines into each topic, in six partitions.
flow() {
	local i
	rm -rf bronze && tool create listens 6 && tool create pages 6 || return
	evgen --users 200 --from 2026-11-16 --to 2026-11-18 --seed 7 \
		--fault malformed=0.02 --fault missing=0.02 >events
	split -n l/3 events part.
	for i in part.*; do
		grep -a '"topic":"listen_events"' "$i" | put listens
		grep -av '"topic":"listen_events"' "$i" | put pages
		bronze || return
	done
	bronze
}

# What is in the table, as it was sent.
raw_lines() {
	lake-cat --where "verdict = 'good'" bronze &&
		lake-cat --where "verdict = 'bad'" bronze | jq -rj \
			'.["@bad"] | (.raw // empty), "\n"' &&
		lake-cat --where "verdict = 'bad'" bronze |
		jq -r '.["@bad"].rawBase64 // empty' | while read -r line; do
		base64 -d <<<"$line"
		echo
	done
}

flow_is_exact() {
	raw_lines | grep -av '^$' | sort >got
	sort events | diff -a - got >difference || {
		head -c 2000 difference
		return 1
	}
	[ "$(lake-cat --where "verdict = 'bad'" --count bronze)" -gt 20 ] &&
		[ "$(lake-cat --print history bronze | grep -c .)" -ge 3 ]
}

# ---- transactions ----

committed() {
	rm -rf tx && tool create tx 1 &&
		tool commit-txn tx a '{"n":1}' '{"n":2}' &&
		tool abort-txn tx a '{"n":3}' &&
		tool commit-txn tx a '{"n":4}' && tool abort-txn tx a '{"n":5}'
	turn tx tx && printf '{"n":%d}\n' 1 2 4 >want && holds tx want &&
		[ "$(counted left)" = 0 ] && [ "$(counted records)" = 3 ]
}

# Nothing but markers behind the position, then a transaction that is open.
open() {
	tool abort-txn tx b '{"n":6}' && turn tx tx && holds tx want &&
		[ "$(counted records)" = 1 ] && # the marked one, compared
		tool open-txn tx c '{"n":7}' && put tx -p 0 <<<'{"n":8}' &&
		turn tx tx && holds tx want && [ "$(counted left)" = 0 ]
}

closed() { # by another writer with the same id
	tool commit-txn tx c '{"n":9}' && turn tx tx &&
		printf '{"n":%d}\n' 8 9 >>want && holds tx want &&
		[ "$(counted compared)" = 1 ]
}

uncommitted() {
	printf '{"n":%d}\n' 1 2 3 4 5 6 7 8 9 >all
	timeout 20 kcat-in --isolation uncommitted tx | sort | diff all - &&
		timeout 20 kcat-in tx | sort | diff want -
}

# In two transactions at once, on several partitions, in small shares.
interleaved() {
	rm -rf ti && tool create ti 3 || return
	for i in 1 2 3 4 5; do
		seq -f '{"n":%.0f}' "${i}00" "${i}49" |
			put ti -X transactional.id=x
		seq -f '{"n":%.0f}' "${i}50" "${i}99" | put ti
		tool abort-txn ti y '{"n":0}' || return
	done
	for i in 1 2 3 4 5 6 7 8; do
		turn ti --limit 80 ti || return
	done
	seq -f '{"n":%.0f}' 100 599 | sort >want.ti
	holds ti want.ti
}

# ---- compaction ----

# A segment ends when something is written behind its time, and the one that
# is written to is never compacted.
compacted() {
	local i
	for i in $(seq 100); do
		tool dump cp | cut -d ' ' -f 2 >offsets
		grep -qx '[0135]' offsets || return 0
		sleep 0.2
		printf 'tick:{"tick":%d}\n' "$i" | put cp -p 0 -K:
	done
	cat offsets
	return 1
}

# Holes at the start, in the middle (a tombstone goes with its key) and, by a
# transaction's marker, at the end. The marked record is gone as well.
compaction() {
	rm -rf cp && tool create cp 1 cleanup.policy=compact segment.ms=100 \
		min.cleanable.dirty.ratio=0.01 delete.retention.ms=100 \
		max.compaction.lag.ms=200 || return
	printf 'k1:{"v":1}\nk2:{"v":2}\nk1:{"v":3}\nk3:{"v":4}\n' |
		put cp -p 0 -K: && turn cp cp || return
	printf '{"v":%d}\n' 1 2 3 4 >want.cp && holds cp want.cp || return
	sleep 0.3
	printf 'k3:{"v":5}\nk2:\n' | put cp -p 0 -K: -Z
	compacted && printf 'k4:{"v":6}\n' |
		put cp -p 0 -K: -X transactional.id=cp &&
		turn cp cp && turn cp cp && [ "$(counted left)" = 0 ]
}

# As many lines as there are records, in a moment without compaction.
all_are_read() {
	local i
	for i in $(seq 20); do
		tool dump cp >dump && kcat-in cp >raw && tool dump cp >after &&
			cmp -s dump after && break
	done
	[ "$(wc -l <raw)" = "$(wc -l <dump)" ] || diff dump after
}

# Ticks may be compacted away before they are read; the rest is exact.
compaction_is_exact() {
	lake-cat cp | grep -v tick | sort >got
	printf '{"v":%d}\n' 1 2 3 4 5 6 | diff - got &&
		[ "$(kcat-in --list --job j --resume cp cp | jq .lag)" = 0 ] &&
		all_are_read
}

# ---- trimmed topics ----

trimmed_behind() { # the position: nothing is lost, nothing is said
	rm -rf tr && tool create tr 1 && seq -f '{"n":%.0f}' 1 10 | put tr &&
		turn tr tr && tool trim tr 0 10 && turn tr tr &&
		seq -f '{"n":%.0f}' 11 12 | put tr && turn tr tr &&
		seq -f '{"n":%.0f}' 1 12 >want.tr && holds tr want.tr
}

trimmed_before() {
	seq -f '{"n":%.0f}' 13 20 | put tr && tool trim tr 0 15 &&
		exits 65 "'tr/0' begins at offset 15, but is to be read from 12" \
			kcat-in --job j --resume tr tr && holds tr want.tr
}

gap_accepted() {
	turn tr --accept-gap tr 2>said && cat said &&
		grep -qF "'tr/0': offsets 12 to 14 are gone" said &&
		[ "$(counted passed)" = 3 ] &&
		seq -f '{"n":%.0f}' 16 20 >>want.tr && holds tr want.tr &&
		turn tr tr && holds tr want.tr
}

# ---- topics made again ----

again() { # RECORDS - delete the topic, and make one of that many
	tool delete again && tool create again 1 &&
		{ [ "$1" = 0 ] || seq -f '{"new":%.0f}' "$1" | put again; }
}

made_again() {
	rm -rf again && tool create again 1 &&
		seq -f '{"n":%.0f}' 1 10 | put again && turn again again || return
	again 4 &&
		exits 65 "'again/0' ends at offset 4, but job 'j' has read up to 10" \
			kcat-in --job j --resume again again || return
	# Of the same length, longer, and empty.
	for n in 10 25; do
		again "$n" && exits 65 "the topic was made again" \
			kcat-in --job j --resume again again || return
	done
	again 0 && exits 65 "ends at offset 0" \
		kcat-in --job j --resume again again &&
		seq -f '{"n":%.0f}' 1 10 >want.again && holds again want.again
}

absent() {
	tool delete again && exits 65 "topic 'again'" \
		kcat-in --job j --resume again again &&
		exits 2 "topic 'again'" kcat-in --job j --resume none again &&
		exits 2 "topic 'again'" kcat-in again
}

# A partition that comes later is read from its beginning.
grown() {
	rm -rf gr && tool create gr 2 && put gr <<<'{"n":0}' &&
		turn gr gr && tool partitions gr 4 &&
		printf '{"n":%d}\n' 1 2 3 >want.gr && put gr -p 3 <want.gr &&
		echo '{"n":0}' >>want.gr && turn gr --start latest gr &&
		holds gr want.gr
}

# One that is begun at the end keeps that place, though nothing was read.
begun_at_end() {
	rm -rf late && tool create late 2 && head -n 5 events | put late &&
		kcat-in --job j --resume late --start latest late |
		lake-put --job j --schema playpipe late &&
		grep -a -m 3 '"song"' events >want.late &&
		put late <want.late && turn late --start latest late &&
		holds late want.late
}

other_cluster() {
	on 4.4.0 # the table is of the other one
	exits 65 "another cluster" kcat-in --job j --resume tr tr
}

tap_all() {
	for version in "${kafka_versions[@]}"; do
		on "$version"
		tap "$version: the flow, batch by batch" flow
		tap "$version: the table is what was sent" flow_is_exact
		tap "$version: committed and aborted transactions" committed
		tap "$version: an open one holds the end" open
		tap "$version: when it is closed the rest is read" closed
		tap "$version: all records when asked for" uncommitted
		tap "$version: shares of interleaved transactions" interleaved
		tap "$version: a compacted topic" compaction
		tap "$version: nothing of it is missed" compaction_is_exact
		tap "$version: a topic trimmed behind the position" trimmed_behind
		tap "$version: trimmed before it" trimmed_before
		tap "$version: and passed over" gap_accepted
		tap "$version: a topic made again is refused" made_again
		tap "$version: a topic that is gone" absent
		tap "$version: a partition more" grown
		tap "$version: a job begun at the end" begun_at_end
	done
	[ "${#kafka_versions[@]}" = 1 ] ||
		tap 'another cluster is refused' other_cluster
}
tap_all
tap_end
