#!/usr/bin/env bash
# kcat_out.t - kcat-out on real Kafka: exactly once however often it is killed,
# transactions that consumers see whole or not at all, copies to the byte, and
# what brokers refuse.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kcat_lib.sh
. "$(dirname "$0")/kcat_lib.sh"

# kcat_lib's put is kcat's; this one is ours
send() {
	timeout 60 kcat-out "$@"
}

# ---- exactly once ----

window=(--users 300 --seed 5 --from 2026-11-16 --to 2026-11-18)

# One run of the pipe; with a number of ms, kcat-out is killed then.
sim_run() {
	send -T sim --print-position once >place || return
	evgen "${window[@]}" --job sim --barrier-every 1h --resume place \
		2>/dev/null | {
		kcat-out -T sim once 2>>sim.err &
		[ $# -eq 0 ] || { sleep "0.$1" && kill -9 $! 2>/dev/null; }
		wait $!
	}
}

killed_often() {
	local i
	tool create once 4 || return
	evgen "${window[@]}" | sort >want
	for i in 05 20 35 15 50 30; do
		sim_run "$i"
	done
	sim_run || return
	kcat-in once | sort | cmp - want || return
	# at the end nothing more is sent
	sim_run && [ "$(kcat-in once | wc -l)" -eq "$(wc -l <want)" ]
}

another_start() { # the input begins elsewhere than the topic stands
	evgen "${window[@]}" --job sim --barrier-every 1h >all
	exits 75 'faster, or the source has no --resume' \
		kcat-out -T sim once all || return
	exits 65 "of job 'sim'" kcat-out -T sim once \
		<(evgen "${window[@]}" --job other --barrier-every 1h)
}

position() {
	[ -z "$(send -T never --print-position once)" ] &&
		send -T sim --print-position once | grep -q '"final":true'
}

# ---- transactions ----

seen() { # LEVEL: lines of the topic txn
	kcat-in --isolation "$1" txn | wc -l
}

# Killed with a transaction open: nobody sees it, and the next one goes on.
open_is_hidden() {
	local pid
	tool create txn 2 && mkfifo pipe || return
	kcat-out -T open --linger 1ms txn <pipe &
	pid=$!
	exec 4>pipe
	seq 100 >&4
	sleep 2
	kill -9 "$pid"
	exec 4>&-
	wait "$pid" 2>/dev/null
	[ "$(seen committed)" -eq 0 ] && [ "$(seen uncommitted)" -eq 100 ] &&
		seq 101 110 | send -T open txn && [ "$(seen committed)" -eq 10 ]
}

fenced() {
	local pid status=0
	tool create fence 1 && mkfifo fence.pipe || return
	kcat-out -T f --failed fence.failed fence <fence.pipe 2>fence.err &
	pid=$!
	exec 4>fence.pipe
	seq 10 >&4
	sleep 1
	seq 21 25 | send -T f fence || return
	exec 4>&-
	wait "$pid" || status=$?
	cat fence.err
	[ "$status" -eq 75 ] &&
		[ "$(kcat-in fence | sort -n | xargs)" = "21 22 23 24 25" ] &&
		[ "$(jq -r .raw fence.failed | xargs)" = "1 2 3 4 5 6 7 8 9 10" ]
}

# ---- records ----

# Without the times: librdkafka has none before 1970, and no 0.
odd_copy() {
	tool create odd 1 && tool create copy 1 && tool produce-binary odd 0 ||
		return
	kcat-in --format envelope odd |
		send --envelope --max-bad 1 --failed odd.failed copy
	tool dump odd >odd.dump
	tool dump copy >copy.dump
	cat odd.failed 2>/dev/null
	diff <(cut -d' ' -f3- odd.dump) <(cut -d' ' -f3- copy.dump)
}

volume() {
	tool create many 6 && evgen --users 3000 --seed 1 --from 2026-11-16 \
		--to 2026-11-18 >many || return
	send --schema playpipe --allow-keyless many many || return
	kcat-in many | sort | cmp - <(sort many)
}

too_large() {
	{ echo '"a"' && head -c 1500000 /dev/zero | tr '\0' x && echo &&
		echo '"b"'; } >large
	tool create large 1 || return
	exits 65 MSG_SIZE_TOO_LARGE kcat-out -X message.max.bytes=3000000 \
		--linger 1ms -z none --failed large.failed large large &&
		[ "$(kcat-in large | xargs)" = 'a b' ] &&
		[ "$(jq -r '.line' large.failed)" = 2 ]
}

created() {
	seq 10 | send --create-topic 5,1 made && seq 10 |
		send --create-topic 3 made &&
		[ "$(kcat-in --list made | jq -r .partition | wc -l)" -eq 5 ]
}

codecs() {
	local zip
	for zip in zstd lz4 gzip snappy none; do
		tool create "$zip" 1 && seq 5000 | send -z "$zip" "$zip" &&
			kcat-in "$zip" | cmp - <(seq 5000) || return
	done
}

# ---- the door ----

logs_in() {
	echo alice-secret >good
	seq 3 | send -b "$KAFKA_SASL_BROKERS" \
		-X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN \
		-X sasl.username=alice -X sasl.password=@good door &&
		[ "$(kcat-in door | wc -l)" -eq 3 ]
}

is_refused() {
	echo wrong >bad
	exits 77 'uthentication failed' kcat-out -b "$KAFKA_SASL_BROKERS" \
		-X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN \
		-X sasl.username=alice -X sasl.password=@bad door
}

for version in "${kafka_versions[@]}"; do
	on "$version"
	export KAFKA_BROKERS
	rm -rf ./*
	tap "$version: killed seven times, every line once" killed_often
	tap "$version: an input that begins elsewhere is refused" another_start
	tap "$version: the position is the last barrier" position
	tap "$version: an open transaction is hidden" open_is_hidden
	tap "$version: of two with one id the second wins" fenced
	tap "$version: odd records are copied to the byte" odd_copy
	tap "$version: many lines by a schema, each once" volume
	tap "$version: what the broker finds too large is kept" too_large
	tap "$version: a topic is made, and left as it is" created
	tap "$version: every compression is read back" codecs
	tap "$version: a password lets in" logs_in
	tap "$version: a wrong one does not" is_refused
done
tap_end
