#!/usr/bin/env bash
# kcat_load.t - kcat-in with much to read on a real Kafka: a reader that stops
# does not make it take more than --mem-limit, whatever the records are, and
# one that is slow is not made slower. (The broker's version is all the same.)
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
KCAT_VERSIONS=4.4.0
# shellcheck source=tests/real/kcat_lib.sh
. "$(dirname "$0")/kcat_lib.sh"
exec 3>&1

# Some 600 MB of events, plain and compressed, in few and in many partitions,
# and many small records.
fill() {
	evgen --users 5000 --from 2026-11-16 --to 2026-11-18 --seed 7 >events
	cat events{,,,,,,,} >many
	tool create many6 6 && put many6 -l many &&
		tool create many24 24 && put many24 -l many &&
		tool create zstd6 6 &&
		put zstd6 -z zstd -X linger.ms=100 -l many &&
		tool create small6 6 && seq 4000000 >small &&
		put small6 -X linger.ms=50 \
			-X queue.buffering.max.messages=1000000 -l small
}

# peak PID - its memory in kB, once it has not grown for two seconds
peak() {
	local now=0 before=-1 same=0
	while [ "$same" -lt 4 ]; do
		sleep 0.5
		now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' \
			"/proc/$1/status") || return
		[ "$now" = "$before" ] && same=$((same + 1)) || same=0
		before=$now
	done
	echo "$now"
}

# stopped LIMIT TOPIC LINES - the peak while the reader is stopped; then it
# goes on and gets all
stopped() {
	local pid peak lines fifo=$1.$2
	mkfifo "$fifo"
	kcat-in --mem-limit "$1" "$2" >"$fifo" &
	pid=$!
	exec 4<"$fifo"
	peak=$(peak "$pid")
	lines=$(wc -l <&4)
	exec 4<&-
	wait "$pid" || echo "status $?"
	echo "$1 $2 peak $peak kB, $lines lines"
	[ "$lines" = "$3" ]
}

# memory LIMIT KB - all topics at once; at most so many kB and a tenth more
memory() {
	local topic of peak
	local -a pids=()
	for topic in many6 many24 zstd6 small6; do
		of=many
		[ "$topic" = small6 ] && of=small
		stopped "$1" "$topic" "$(wc -l <"$of")" >"peak.$topic" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	sed 's/^/# /' peak.* >&3
	for topic in many6 many24 zstd6 small6; do
		peak=$(sed -n 's/.* peak \([0-9]*\) kB.*/\1/p' "peak.$topic")
		[ "${peak:-999999999}" -le $(($2 * 11 / 10)) ] || return
	done
	return "${status:-0}"
}

# A reader that takes what has piled up and more, ten times. librdkafka before
# 2.2 by itself stops for a second each time.
bursts() {
	local began took
	mkfifo bursts
	kcat-in --mem-limit 64M many6 >bursts &
	exec 4<bursts
	sleep 1
	began=$(date +%s%N)
	for _ in {1..10}; do
		sleep 0.2
		head -c 24000000 <&4 >/dev/null
	done
	took=$((($(date +%s%N) - began) / 1000000))
	exec 4<&-
	wait
	echo "# 240 MB in ten bursts: $took ms" >&3
	[ "$took" -le 6000 ]
}

tap 'much to read' fill
tap 'memory: 64M' memory 64M 65536
tap 'memory: 256M, the default' memory 256M 262144
tap 'a reader in bursts' bursts
tap_end
