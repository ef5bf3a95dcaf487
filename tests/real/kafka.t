#!/usr/bin/env bash
# kafka.t - the brokers that scripts/kafka-local starts are what other tests
# take them for: every listener, transactions, trimmed partitions, a start
# after kill -9, and nothing left when a test dies.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/kafka_lib.sh
. "$(dirname "$0")/kafka_lib.sh"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/kafka.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
need_kafka

# read_back NAME=VALUE... - the topic "numbers" is what was sent
read_back() {
	local option
	local -a options=()
	for option; do
		options+=(-X "$option")
	done
	timeout 20 kcat -q -C -e -t numbers "${options[@]}" | sort -n >got &&
		cmp numbers got
}

plain() {
	seq 1000 >numbers
	tool create numbers 3 && kcat -b "$KAFKA_BROKERS" -P -t numbers \
		-l numbers && read_back bootstrap.servers="$KAFKA_BROKERS"
}

sasl() { # MECHANISM
	read_back bootstrap.servers="$KAFKA_SASL_BROKERS" \
		security.protocol=SASL_PLAINTEXT sasl.mechanism="$1" \
		sasl.username=alice sasl.password=alice-secret
}

tls() {
	read_back bootstrap.servers="$KAFKA_SSL_BROKERS" \
		security.protocol=SSL ssl.ca.location="$KAFKA_CA" \
		ssl.endpoint.identification.algorithm=https
}

refused() {
	! "$@"
}

wrong_password() {
	KAFKA_BROKERS=$KAFKA_SASL_BROKERS refused tool \
		-X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN \
		-X sasl.username=alice -X sasl.password=not-that ready 2
}

unknown_ca() {
	KAFKA_BROKERS=$KAFKA_SSL_BROKERS refused tool \
		-X security.protocol=SSL ready 2
}

# values ARG... - the values that a dump of "tx" shows, as text
values() {
	tool "$@" dump tx | cut -d ' ' -f 2,5 | while read -r offset hex; do
		printf '%s:%b ' "$offset" "$(sed 's/../\\x&/g' <<<"$hex")"
	done
}

transactions() {
	tool create tx 1 && tool commit-txn tx a c1 c2 &&
		tool abort-txn tx a a1 && tool commit-txn tx a c3 &&
		tool open-txn tx b o1 && values >committed &&
		values -X isolation.level=read_uncommitted >all && cat committed all
	[ "$(cat committed)" = '0:c1 1:c2 5:c3 ' ] &&
		[ "$(cat all)" = '0:c1 1:c2 3:a1 5:c3 7:o1 ' ]
}

# The last stable offset stays before the open transaction, until its producer
# is fenced by another.
fenced() {
	kcat -b "$KAFKA_BROKERS" -P -t tx -p 0 <<<late && values >before &&
		tool commit-txn tx b c4 && values >after && cat before after
	[ "$(cat before)" = '0:c1 1:c2 5:c3 ' ] &&
		[ "$(cat after)" = '0:c1 1:c2 5:c3 8:late 10:c4 ' ]
}

odd() {
	tool create odd 2 && tool produce-binary odd 1 && tool dump odd >dump &&
		cat dump && [ "$(wc -l <dump)" = 12 ] &&
		grep -qx "1 5 1795338000005 - -" dump &&
		grep -qx "1 4 1795338000004 [0-9a-f]* ''" dump &&
		grep -q ' 6e756c6c=- 656d707479=' dump
}

trimmed() {
	tool trim odd 1 10 && tool dump odd | cut -d ' ' -f 1,2 >left &&
		printf '1 %d\n' 10 11 | cmp - left
}

grown() {
	tool partitions odd 4 && tool produce-binary odd 3 && tool delete odd &&
		refused tool dump odd
}

killed() { # VERSION
	kafka_local kill "$1" && kafka_local start "$1" && on "$1" &&
		read_back bootstrap.servers="$KAFKA_BROKERS"
}

# A test that uses these brokers is killed.
left_alone() {
	local pid
	bash -c 'cd "$1" && . ./tests/real/lib.sh && . ./tests/real/kafka_lib.sh
		need_kafka 4.4.0 && echo "$KAFKA_PID" && kill -9 $$' \
		- "$real_root" >pid 2>/dev/null
	pid=$(cat pid) && [ -n "$pid" ] || return 1
	timeout 20 bash -c "while grep -qs . /proc/$pid/cmdline; do
		sleep 0.1; done"
}

for version in 4.4.0 3.9.2; do
	on "$version"
	tap "$version: it answers" tool ready
	tap "$version: plain text" plain
	tap "$version: SASL PLAIN" sasl PLAIN
	tap "$version: SASL with a wrong password" wrong_password
	tap "$version: TLS by its certificate" tls
	tap "$version: TLS without it" unknown_ca
	tap "$version: committed, aborted and open transactions" transactions
	tap "$version: the end that readers see moves when one is fenced" fenced
	tap "$version: messages of odd shapes" odd
	tap "$version: a trimmed partition" trimmed
	tap "$version: more partitions, and none" grown
	tap "$version: it starts after kill -9" killed "$version"
done
# librdkafka before 2.6.1 cannot do this with Kafka 4.
tap "3.9.2: SASL SCRAM" sasl SCRAM-SHA-256
tap 'a test that is killed leaves no broker' left_alone
tap_end
