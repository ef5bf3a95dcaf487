#!/usr/bin/env bash
# tidy_kill.t - lake-tidy and lake-put, killed at random. A job copies a stream
# of batches into a table, another one reads that table into a second one, and
# between and beside them the table is compacted, checkpointed, vacuumed and its
# log cut. SIGKILL comes at random instants, and the same commands are run
# again. In the end both tables hold every line once, every data file is one
# that the table names, and no writer has left anything.
#
#   ROUNDS=25 tests/fault/tidy_kill.t     (default 4; about 8 kills a round)
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${PLAYPIPE_BIN:-$root/build/release/bin}:$PATH
# A sanitizer looks for leaks with a helper process, and waits for ever when
# that is the one that is killed.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
rounds=${ROUNDS:-4}
RANDOM=${SEED:-4711}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tidy_kill.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

cat >schema.json <<'END'
{"name": "lines", "columns": [
	{"name": "day", "type": "date"},
	{"name": "id", "type": "long"},
	{"name": "text", "type": "string"}]}
END
awk 'BEGIN { for (i = 0; i < 12000; i++) printf("{\"day\":" \
	"\"2026-10-%02d\",\"id\":%d,\"text\":\"line %d of many\"}\n",
	i % 5 + 1, i, i * 7919 % 12000) }' >lines
LC_ALL=C sort lines >lines.sorted
lake-put --schema schema.json --batch-rows 500 source lines || {
	echo 'Bail out! cannot make the source table'
	exit 1
}

# copy FROM TO [OPTION...] - one run of a job
copy() {
	lake-cat --job copy --resume "$2" --batch-versions 1 "$1" |
		lake-put --job copy --schema schema.json --sort id \
			--partition-by day "$2"
}

# Beside writers: by the true clock.
tidy() {
	lake-tidy --compact --checkpoint --vacuum --clean-log --retain 0s \
		--allow-short-retain --consumers sink table
}

# tidy_late YEAR - alone: all that is there is old
tidy_late() {
	lake-tidy --compact --checkpoint --vacuum --clean-log --retain 0s \
		--now "$1-01-01" --consumers sink table
}

# is_allowed STATUS - of one that may have been killed, or met another's death
is_allowed() {
	case $1 in
	0 | 75 | 137 | 141) ;;
	*)
		{
			echo "# exit $1:"
			tail -3 log | sed 's/^/# /'
		} >&2
		touch bad # from a subshell, too
		;;
	esac
}

# killed COMMAND... - run it, and kill it, and what it runs, at some instant: a
# group of its own, so that nothing which it is just starting is left alive
killed() {
	local pid rc
	set -m
	("$@") >>log 2>&1 &
	pid=$!
	set +m
	sleep "0.0$((RANDOM % 60 + 10))"
	echo >>kills
	kill -9 -- "-$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	rc=$?
	# the reader whose sink was killed first
	[ "$rc" != 74 ] || rc=75
	is_allowed "$rc"
}

# finished COMMAND... - until it exits 0
finished() {
	local rc tries
	for ((tries = 0; tries < 60; tries++)); do
		rc=0
		"$@" >>log 2>&1 || rc=$?
		[ "$rc" -ne 0 ] || return 0
		is_allowed "$rc"
	done
	touch bad
}

# is_whole TABLE
is_whole() {
	lake-cat "$1" | LC_ALL=C sort | cmp - lines.sorted &&
		[ "$(lake-cat --count "$1")" -eq 12000 ]
}

# Every file is one that the table names, and there is nothing else. Of a day
# there may be four: one that was put together while the sink was behind is not
# written again for a few rows more (lib/tidy/plan.c).
is_tidy() {
	lake-cat --print files table | sed 's/.*"path":"\([^"]*\)".*/\1/' |
		LC_ALL=C sort >named
	(cd table && find . -name '*.parquet' -not -path '*_delta_log*') |
		sed 's|^\./||' | LC_ALL=C sort >there
	cmp named there && [ "$(wc -l <named)" -le 20 ] &&
		[ -z "$(find table -name '*.tmp')" ] &&
		[ ! -e table/_delta_log/_lake_tidy_clock ] &&
		[ "$(find table/_delta_log -name '*[0-9].json' | wc -l)" -le 2 ]
}

# holds COMMAND... - else the round has failed, and it is told why
holds() {
	"$@" >&2 && return
	{
		echo "# round $round: '$*' does not hold; log and files:"
		{
			tail -20 log
			find table sink -type f -printf '%T@ %s %p\n' | sort
		} | sed 's/^/# /'
	} >&2
	ok='not ok'
}

echo "1..$rounds"
for ((round = 1; round <= rounds; round++)); do
	rm -rf table sink bad
	ok=ok
	killed copy source table
	for _ in 1 2 3; do
		if [ -d table/_delta_log ] && [ -d sink/_delta_log ]; then
			killed copy source table &
			other=$!
			killed tidy
			wait "$other"
			killed tidy_late 2100
		else
			finished copy source table
			rm -rf table
			killed copy source table
		fi
		[ ! -d table/_delta_log ] || killed copy table sink
	done
	finished copy source table
	finished tidy
	finished copy table sink
	[ $((RANDOM % 2)) = 0 ] || killed tidy_late 2100
	finished tidy_late 2100
	finished copy table sink
	finished tidy_late 2101
	holds is_whole table
	holds is_whole sink
	holds is_tidy
	holds [ ! -e bad ]
	echo "$ok $round - round $round, kills so far: $(wc -l <kills)"
done
