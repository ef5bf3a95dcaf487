#!/usr/bin/env bash
# pipeline.t - exactly once, whatever is killed. Random processes of the flow
# get SIGKILL at random instants; the same script then runs again until it
# exits 0. Every second round also wipes all local files outside the lake and
# runs a second runner at the same time. After each round the lines of every
# table, sorted, equal those of a clean run.
#
#   ROUNDS=50 tests/fault/pipeline.t     (default 6)
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
PATH=${PLAYPIPE_BIN:-$root/build/release/bin}:$PATH
# A sanitizer looks for leaks with a helper process, and waits for ever when
# that is the one that is killed.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
rounds=${ROUNDS:-6}
RANDOM=${SEED:-4711}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/pipeline.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tables='bronze/events silver/sessions gold/partials
	gold/live gold/hourly gold/daily'
touch "$scratch/kills" "$scratch/statuses"

echo "1..$((rounds + 1))"

# whole TABLE - a killed bronze does not stop gold, so that a window's partial
# measures come in as many parts as there were batches: they are what they make
whole() {
	case $1 in
	gold/partials) agg-hourly --merge --window 2m --by level,platform ;;
	*) cat ;;
	esac
}

# dump LAKE FILE - every table's lines, sorted; no arrival columns are in them
dump() {
	local table
	for table in $tables; do
		lake-cat "$1/$table" | whole "$table" | LC_ALL=C sort |
			sed "s|^|$table |"
	done >"$2"
}

# attempt LAKE DIR - one run of the flow in a process group of its own
attempt() {
	mkdir -p "$2"
	(cd "$2" && exec setsid -w "$here/flow" "$1") >>"$2/log" 2>&1
}

# assassin GROUP VICTIMS - kill so many random members, at random instants
assassin() {
	local left=$2 pids
	while [ "$left" -gt 0 ]; do
		sleep "0.$(printf '%03d' $((RANDOM % 500)))"
		mapfile -t pids < <(pgrep -g "$1")
		[ "${#pids[@]}" -gt 0 ] || return 0
		kill -9 "${pids[RANDOM % ${#pids[@]}]}" 2>/dev/null || continue
		echo >>"$scratch/kills"
		left=$((left - 1))
	done
}

# runner LAKE DIR wipe|keep - run until exit 0; the first attempts are killed at
runner() {
	local lake=$1 dir=$2 tries=0 victims=$((RANDOM % 6 + 2)) pid rc killer
	while [ "$tries" -lt 60 ]; do
		tries=$((tries + 1))
		mkdir -p "$dir"
		(cd "$dir" && exec setsid "$here/flow" "$lake") >>"$dir/log" 2>&1 &
		pid=$!
		assassin "$pid" $((tries < victims ? RANDOM % 3 + 1 : 0)) &
		killer=$!
		wait "$pid" 2>/dev/null
		rc=$?
		echo "$rc" >>"$scratch/statuses"
		# The others of its group end by themselves; let them.
		if ! timeout 60 sh -c "while pgrep -g $pid >/dev/null; do sleep 0.02; done"; then
			echo '# processes of a killed flow do not end:'
			pgrep -a -g "$pid" | sed 's/^/# /'
			pkill -9 -g "$pid"
			return 1
		fi
		wait "$killer"
		case $rc in
		0) return 0 ;;
		74 | 75 | 137 | 141) ;;
		*)
			echo "# exit $rc:"
			tail -n 5 "$dir/log" | sed 's/^/# /'
			return 1
			;;
		esac
		[ "$3" = keep ] || rm -rf "$dir"
	done
	echo "# no end after $tries tries"
	return 1
}

if ! attempt "$scratch/clean" "$scratch/clean.dir"; then
	tail -5 "$scratch/clean.dir/log" | sed 's/^/# /'
	echo 'Bail out! the flow does not run'
	exit 1
fi
dump "$scratch/clean" "$scratch/clean.dump"
lines=$(wc -l <"$scratch/clean.dump")
if [ "$lines" -gt 1000 ]; then
	echo "ok 1 - a clean run ($lines lines in all tables)"
else
	echo "not ok 1 - a clean run ($lines lines in all tables)"
fi

for ((round = 1; round <= rounds; round++)); do
	lake=$scratch/lake
	rm -rf "$lake" "$scratch"/dir?
	name="round $round" ok=1
	if ((round % 2 == 0)); then
		name="$name, two runners, local files wiped"
		runner "$lake" "$scratch/dir1" wipe >"$scratch/out1" &
		first=$!
		runner "$lake" "$scratch/dir2" wipe >"$scratch/out2" || ok=0
		wait "$first" || ok=0
		cat "$scratch/out1" "$scratch/out2"
	else
		runner "$lake" "$scratch/dir1" keep || ok=0
	fi
	name="$name, $(wc -l <"$scratch/kills") kills so far"
	dump "$lake" "$scratch/lake.dump"
	if ! cmp -s "$scratch/clean.dump" "$scratch/lake.dump"; then
		ok=0
		diff "$scratch/clean.dump" "$scratch/lake.dump" |
			cut -c1-300 | head -5 | sed 's/^/# /'
	fi
	if [ "$ok" = 1 ]; then
		echo "ok $((round + 1)) - $name"
	else
		echo "not ok $((round + 1)) - $name"
	fi
done
echo "# $(wc -l <"$scratch/kills") kills, exit statuses of" \
	"$(wc -l <"$scratch/statuses") runs:" \
	"$(sort -n "$scratch/statuses" | uniq -c | awk '{printf "%s x %s, ", $1, $2}')"
