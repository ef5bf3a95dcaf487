#!/usr/bin/env bash
# kcat_range.t - what kcat-in reads of real Kafka without a job: from and until
# times, the broker's times, records of every odd shape; and how soon a run
# with nothing to read is over.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kcat_lib.sh
. "$(dirname "$0")/kcat_lib.sh"

# offsets OPTION... - of the topic "odd", on one line
offsets() {
	timeout 20 kcat-in --format splice "$@" odd | jq ._k.o | tr '\n' ' '
}

# By the broker's rule: the first record at or after a time, in offset order.
times() {
	tool create odd 2 && tool produce-binary odd 1 &&
		[ "$(offsets)" = '0 1 2 3 4 5 6 7 8 9 10 11 ' ] &&
		[ "$(offsets --start 1795338000005)" = '5 6 7 8 9 10 11 ' ] &&
		[ "$(offsets --until 1795338000007)" = '0 1 2 3 4 5 6 ' ] &&
		[ "$(offsets --start 2026-11-22T09:00:00.003Z \
			--until 2026-11-22T09:00:00.008Z)" = '3 4 5 6 7 ' ] &&
		[ -z "$(offsets --start now)" ]
}

start_file() {
	echo '{"topic":"odd","partition":1,"offset":10}' >places &&
		[ "$(offsets --start places)" = '10 11 ' ] &&
		[ -z "$(offsets --start latest)" ] &&
		[ "$(offsets --limit 3)" = '0 1 2 ' ] &&
		[ -z "$(offsets --partitions 0)" ] &&
		echo '{"topic":"odd","partition":1,"offset":13}' >places &&
		exits 65 "'odd/1' ends at offset 12" kcat-in --start places odd
}

manifest() {
	rm -f range && [ "$(offsets --manifest range)" = \
		'0 1 2 3 4 5 6 7 8 9 10 11 ' ] && put odd <<<later &&
		[ "$(offsets --manifest range)" = \
			'0 1 2 3 4 5 6 7 8 9 10 11 ' ]
}

append_time() {
	local before
	before=$(date +%s%3N)
	tool create at 1 message.timestamp.type=LogAppendTime &&
		tool produce-binary at && timeout 20 kcat-in -f envelope at >got &&
		[ "$(jq -s --argjson at "$before" 'map(select(.tsType == "append"
			and .ts >= $at and .ts < $at + 60000)) | length' got)" = 12 ] &&
		[ "$(timeout 20 kcat-in --start "$before" at | wc -l)" = 9 ]
}

# As lines: no line for nulls and blanks, no value that becomes two.
raw() {
	timeout 20 kcat-in --stats stats --partitions 1 at2 >got
	cat got stats
	[ "$(wc -l <got)" = 9 ] && [ "$(counted records)" = 12 ] &&
		[ "$(counted tombstones)" = 2 ] && [ "$(counted blank)" = 1 ] &&
		[ "$(counted wrapped)" = 1 ] &&
		grep -q '"rawBase64":"YQpiDQoAwyg="' got
}

# Each topic's own copy, of each compression.
copy() {
	local codec
	for codec in none gzip snappy lz4 zstd; do
		tool create "copy-$codec" 2 &&
			timeout 20 kcat-in --format envelope --partitions 1 at2 |
			kcat-out --envelope -X compression.codec=$codec \
				"copy-$codec" || return
		diff <(tool dump at2) <(tool dump "copy-$codec") || return
	done
}

large_records() {
	{
		printf '{"n":"'
		head -c 900000 /dev/zero | tr '\0' a
		printf '"}\n'
	} >big
	cat big big big >bigs
	tool create bigs 1 && put bigs <bigs &&
		timeout 20 kcat-in --mem-limit 16M bigs | cmp - bigs
}

# 20 runs each; the median in ms
median() {
	local began
	for _ in {1..20}; do
		began=$(date +%s%N)
		kcat-in --stats stats "$@" >/dev/null || return
		echo $((($(date +%s%N) - began) / 1000000))
	done | sort -n | sed -n 10p
}

quick() {
	local empty start job
	tool create idle 6 && seq -f '{"n":%.0f}' 600 | put idle
	rm -rf idle && turn idle idle && tool create empty 6 &&
		empty=$(median empty) && start=$(median --start latest idle) &&
		job=$(median --job j --resume idle idle) &&
		echo "# $1: nothing to read: ms, median of 20: $empty" \
			"empty topic, $start at its end, $job with a job" >&3 &&
		[ "$empty" -le 100 ] && [ "$start" -le 100 ] &&
		[ "$job" -le 100 ]
}
exec 3>&1

for version in "${kafka_versions[@]}"; do
	on "$version"
	tap "$version: from and until times" times
	tap "$version: from offsets, and limits" start_file
	tap "$version: the same range again" manifest
	tap "$version: times of the broker" append_time
	tool create at2 2 && tool produce-binary at2 1
	tap "$version: odd records as lines" raw
	if command -v kcat-out >/dev/null; then
		tap "$version: odd records copied" copy
	else
		tap_skip "$version: odd records copied" 'kcat-out is not here'
	fi
	tap "$version: large records" large_records
	tap "$version: nothing to read" quick "$version"
done
tap_end
