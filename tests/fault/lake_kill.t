#!/usr/bin/env bash
# lake_kill.t - lake-put alone, killed at random. A job copies a stream of
# batches into a table; SIGKILL comes at a random instant, again and again,
# and the same command is run until it exits 0. In the end the table holds
# every line once, and its log has no hole. Every fourth round two runners
# work side by side; another kind of round replaces partitions.
#
#   ROUNDS=100 tests/fault/lake_kill.t     (default 20)
#
# LAKE says where, a folder if it does not (azure_kill.t: Azurite); a kill
# comes within KILL_MS.
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${PLAYPIPE_BIN:-$root/build/release/bin}:$PATH
# A sanitizer looks for leaks with a helper process, and waits for ever when
# that is the one that is killed.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
rounds=${ROUNDS:-20}
kill_ms=${KILL_MS:-100}
RANDOM=${SEED:-4711}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/lake_kill.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
lake=${LAKE:-$scratch}
kills=0
waits=0

# make_lines - 12,000 lines of 5 days
make_lines() {
	awk 'BEGIN { for (i = 0; i < 12000; i++) printf("{\"day\":" \
		"\"2026-10-%02d\",\"id\":%d,\"text\":\"line %d of many\"}\n",
		i % 5 + 1, i, i * 7919 % 12000) }'
}

cat >schema.json <<'END'
{"name": "lines", "columns": [
	{"name": "day", "type": "date"},
	{"name": "id", "type": "long"},
	{"name": "text", "type": "string"}]}
END
make_lines >lines
LC_ALL=C sort lines >lines.sorted

# A source table of 12 commits: each version a batch.
lake-put --schema schema.json --batch-rows 1000 "$lake/source" lines || {
	echo 'Bail out! cannot make the source table'
	exit 1
}

# copy TABLE OPTION... - one run of the job
copy() {
	local table=$1
	shift
	lake-cat --job copy --resume "$table" --batch-versions 1 "$@" "$lake/source" |
		lake-put --job copy --schema schema.json --partition-by day \
			"${mode[@]}" "$table"
}

# runner TABLE KILLS - until exit 0; that many attempts are killed
runner() {
	local table=$1 left=$2 pid rc tries=0 victims
	while :; do
		(copy "$table" "${@:3}") 2>>"$scratch/log" &
		pid=$!
		if [ "$left" -gt 0 ]; then
			left=$((left - 1))
			sleep "$(printf '0.%03d' $((RANDOM % (kill_ms - 10) + 10)))"
			# the sink of this run, or both processes
			mapfile -t victims < <(pgrep -P "$pid")
			[ $((RANDOM % 3)) -gt 0 ] || victims=("${victims[@]:0:1}")
			[ "${#victims[@]}" -eq 0 ] ||
				kill -9 "${victims[@]}" 2>/dev/null
			kills=$((kills + 1))
		fi
		wait "$pid"
		rc=$?
		[ "$rc" -ne 75 ] || waits=$((waits + 1))
		case $rc in
		0) return 0 ;;
		74 | 75 | 137 | 141) ;;
		*)
			echo "# exit $rc:"
			tail -3 "$scratch/log" | sed 's/^/# /'
			return 1
			;;
		esac
		tries=$((tries + 1))
		[ "$tries" -lt 60 ] || return 1
	done
}

# is_whole TABLE - every line once, versions 0, 1, 2, ... without a hole
is_whole() {
	local n
	lake-cat "$1" | LC_ALL=C sort | cmp - lines.sorted || return 1
	[ "$(lake-cat --count "$1")" -eq 12000 ] || return 1
	n=$(lake-cat --print history "$1" | wc -l)
	[ "$(lake-cat --print version "$1" |
		sed 's/.*"version":\([0-9]*\).*/\1/')" -eq $((n - 1)) ]
}

echo "1..$rounds"
for ((round = 1; round <= rounds; round++)); do
	table=$lake/table$round
	ok=ok
	mode=() name="round $round: append" touched=()
	if ((round % 3 == 0)); then
		mode=(--mode replace-partitions) name="round $round: replace"
		touched=(--touched day)
	fi
	if ((round % 4 == 0)); then
		name="$name, two runners"
		runner "$table" $((RANDOM % 6)) "${touched[@]}" &
		other=$!
		runner "$table" $((RANDOM % 6)) "${touched[@]}" || ok='not ok'
		wait "$other" || ok='not ok'
	else
		runner "$table" $((RANDOM % 8 + 1)) "${touched[@]}" || ok='not ok'
	fi
	is_whole "$table" || ok='not ok'
	echo "$ok $round - $name"
done
echo "# $kills kills in the main runner, $waits exits with 75"
