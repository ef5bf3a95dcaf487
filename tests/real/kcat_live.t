#!/usr/bin/env bash
# kcat_live.t - kcat-in as a member of a group on real Kafka, with readers that
# stop; and a broker that is killed while it is read from.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kcat_lib.sh
. "$(dirname "$0")/kcat_lib.sh"

seq -f '{"n":%.0f}' 1000 | sort >thousand
seq -f "{\"n\":%.0f,\"text\":\"$(printf %0150d 0)\"}" 300000 | sort >large

# lag GROUP TOPIC
lag() {
	kcat-in --list --group "$1" "$2" | jq -s 'map(.lag) | add'
}

# ---- groups ----

group() {
	tool create g 4 && put g <thousand && [ "$(lag g g)" = 1000 ] &&
		timeout 30 kcat-in --group g --limit 1000 g | sort |
		diff thousand - && [ "$(lag g g)" = 0 ]
}

# The second run reads nothing but what came.
group_goes_on() {
	timeout 30 kcat-in --group g --max-time 2s g >got && [ ! -s got ] &&
		put g <<<'{"n":"more"}' && [ "$(lag g g)" = 1 ] &&
		timeout 30 kcat-in --group g --limit 1 g | grep -qx '{"n":"more"}' &&
		[ "$(lag g g)" = 0 ]
}

# By a signal it ends with what was written committed.
group_by_signal() {
	put g <thousand
	timeout -s TERM 3 kcat-in --group g g >got
	sort got | diff thousand - && [ "$(lag g g)" = 0 ]
}

stored() {
	put g <<<'{"n":"stored"}' &&
		timeout 30 kcat-in --group g --start stored g | diff - <(
			echo '{"n":"stored"}'
		) && [ "$(lag g g)" = 1 ] &&
		exits 2 "group 'none' has stored no offset" \
			kcat-in --group none --start stored g
}

advice() {
	rm -rf advised
	put g <thousand && turn advised --group told g &&
		[ "$(lag told g)" -gt 1000 ] && turn advised --group told g &&
		[ "$(lag told g)" = 0 ]
}

group_gap() {
	tool create gap 1 && put gap <thousand &&
		timeout 30 kcat-in --group gap --limit 10 gap >got &&
		tool trim gap 0 500 &&
		exits 65 "'gap/0'" kcat-in --group gap --max-time 20s gap
}

# Its reader stops for longer than any limit of the group's.
stay() { # VERSION
	on "$1"
	tool create stay 2 && put stay <large &&
		timeout 60 kcat-in -v --group stay --limit 300000 \
			-X session.timeout.ms=6000 \
			-X max.poll.interval.ms=7000 stay 2>"stay.$1" |
		(sleep 20 && cat) | sort | cmp - large &&
		[ "$(grep -c 'partitions came' "stay.$1")" = 1 ]
}

stay_both() {
	stay 4.4.0 &
	stay 3.9.2 && wait $! && return
	wait
	tail -n 20 stay.*
	return 1
}

# ---- a broker that dies ----

slowly() {
	awk 'NR % 5000 == 0 { system("sleep 0.1") } 1'
}

# One that comes back: all records, each once.
killed() { # VERSION
	local reader
	tool create large 6 && put large <large || return
	timeout 100 kcat-in --mem-limit 16M --stats stats --timeout 60s large |
		slowly >got &
	reader=$!
	sleep 2
	kafka_local kill "$1"
	wc -l got
	sleep 1
	kafka_local start "$1" && wait "$reader" && sort got | cmp - large &&
		[ "$(counted records)" = 300000 ]
}

# One that does not: an end, and not for ever.
gone() { # VERSION
	local began reader
	timeout 100 kcat-in --mem-limit 16M --timeout 4s large 2>said |
		slowly >got &
	reader=$!
	sleep 2
	kafka_local kill "$1"
	began=$SECONDS
	wait "$reader"
	status=$?
	echo "status $status after $((SECONDS - began)) s"
	cat said
	[ "$status" = 75 ] && grep -q "large/" said &&
		[ $((SECONDS - began)) -le 15 ]
}

for version in 4.4.0 3.9.2; do
	on "$version"
	tap "$version: a group" group
	tap "$version: it goes on where it stood" group_goes_on
	tap "$version: ended by a signal" group_by_signal
	tap "$version: a range from where a group stands" stored
	tap "$version: a job tells a group" advice
	tap "$version: a group behind retention" group_gap
done
tap 'a member stays while its reader stops' stay_both
for version in 4.4.0 3.9.2; do
	on "$version"
	tap "$version: a broker killed and started" killed "$version"
	tap "$version: a broker killed for good" gone "$version"
done
tap_end
