# shellcheck shell=bash
# kcat_lib.sh - what the tests of kcat-in on real brokers share. Source it
# behind lib.sh; it starts both brokers (or those in KCAT_VERSIONS) and enters an
# empty folder. Then:
#
#	exits STATUS TEXT COMMAND...	it ends so, and TEXT is in its messages
#	put TOPIC [OPTION...]		lines of stdin as records, by kcat
#	turn TABLE OPTION... TOPIC...	one run of job "j" into the table
#	holds TABLE FILE		the table's lines are the file's, in any
#					order, each once
#	counted NAME			of kcat-in's --stats file "stats"

# shellcheck source=tests/real/kafka_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/kafka_lib.sh"

PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
export PLAYPIPE_SHARE=$real_root/share LC_ALL=C
scratch=$(mktemp -d "${TMPDIR:-/tmp}/kcat.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
# shellcheck disable=SC2086 # a list
need_kafka ${KCAT_VERSIONS:-}

exits() {
	local want=$1 text=$2 status=0
	shift 2
	timeout 60 "$@" >exits.out 2>exits.err || status=$?
	cat exits.err
	[ "$status" -eq "$want" ] && grep -qF -- "$text" exits.err && return
	echo "exit status $status, not $want with '$text'"
	return 1
}

put() {
	local topic=$1
	shift
	kcat -q -b "$KAFKA_BROKERS" -P -t "$topic" "$@"
}

# shellcheck disable=SC2317 # called by tests
turn() {
	local table=$1
	shift
	timeout 60 kcat-in --stats stats --job j --resume "$table" "$@" |
		lake-put --job j "$table"
}

holds() {
	lake-cat "$1" | sort >holds.got && sort "$2" | diff - holds.got
}

counted() {
	jq -r ".$1" stats
}
