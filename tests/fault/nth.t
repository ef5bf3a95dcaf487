#!/usr/bin/env bash
# nth.t - the Nth allocation fails, the Nth write fails, for every N that a
# small run has. A tool then either does not need it (and its output is that
# of a run without a fault), or ends with a status of playpipe(7) and one
# sentence. It never crashes and is never silent. TAP.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=${PLAYPIPE_BIN:-$root/build/release/bin}
shim=$bin/../fault/nth.so
PATH=$bin:$PATH
scratch=$(mktemp -d "${TMPDIR:-/tmp}/nth.XXXXXX")
# shellcheck source=tests/cli/kafka.bash
. "$root/tests/cli/kafka.bash"
trap 'kafka_stop; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

case $bin in
*/asan/*)
	echo "1..0 # SKIP the sanitizer has an allocator of its own"
	exit 0
	;;
esac

evgen --users 30 --seed 1 --from 2026-11-16 --to 2026-11-17 --limit 300 \
	>events.ndjson
agg-hourly events.ndjson >measures.ndjson
lake-put --schema playpipe table events.ndjson
lake-put --schema playpipe --batch-rows 60 small events.ndjson
left=$(lake-cat --count --where "level = 'paid' OR level IS NULL" small)
kafka_start
kafka lines events 0 events.ndjson
export KAFKA_BROKERS=$BROKERS
export PLAYPIPE_HASH_SEED=1 PLAYPIPE_NOW=2026-11-18T00:00:00Z

# start TOOL - become it; the same work every time
start() {
	case $1 in
	evgen) exec evgen --users 30 --seed 1 --from 2026-11-16 \
		--to 2026-11-17 --limit 300 ;;
	dq-check) exec dq-check --suite "$root/share/suites/playpipe.json" \
		--fail-on never --result result.json <events.ndjson ;;
	sessionize | agg-hourly) exec "$1" --stats stats.json <events.ndjson ;;
	dash-html) exec dash-html --now 2026-11-18 -o page.html \
		<measures.ndjson ;;
	lake-put) exec lake-put --schema playpipe new-table <events.ndjson ;;
	lake-cat) exec lake-cat table ;;
	lake-tidy) exec lake-tidy --delete-where "level = 'free'" --compact \
		--vacuum --retain 2h new-table ;;
	kcat-in) exec kcat-in events ;;
	esac
}

# with VARIABLE N TOOL - run it with that fault; status, out, err, told
with() {
	rm -rf told new-table page.html result.json stats.json
	[ "$3" != lake-tidy ] || cp -r small new-table
	status=0
	(
		export "$1=$2" NTH_TOLD=told LD_PRELOAD="$shim"
		start "$3"
	) >out 2>err || status=$?
}

# is_right TOOL STATUS... - one of those statuses with a sentence, or no harm
is_right() {
	local tool=$1 wanted
	shift
	if [ "$status" -eq 0 ]; then
		case $tool in
		lake-put) [ "$(lake-cat new-table | wc -l)" -eq 300 ] ;;
		lake-tidy) [ "$(lake-cat --count new-table)" -eq "$left" ] ;;
		dash-html) cmp -s page.html plain.page ;;
		*) cmp -s out plain ;;
		esac
		return
	fi
	# nothing of it is committed, or, when that was done already, all
	if [ "$tool" = lake-tidy ]; then
		case $(lake-cat new-table | wc -l) in
		300 | "$left") ;;
		*) return 1 ;;
		esac
	elif [ -e new-table/_delta_log/00000000000000000000.json ]; then
		[ "$(lake-cat new-table | wc -l)" -eq 300 ] || return
	fi
	for wanted; do
		[ "$status" -eq "$wanted" ] && grep -q "^$tool: " err && return
	done
	return 1
}

# trial TOOL VARIABLE LAST STATUS... - for every N until none is that late
trial() {
	local tool=$1 variable=$2 last=$3 n step=1 tried=0
	shift 3
	for ((n = 1; n <= last; n += step)); do
		with "$variable" "$n" "$tool"
		[ -e told ] || break
		tried=$((tried + 1))
		if ! is_right "$tool" "$@"; then
			echo "# $tool, $variable=$n: status $status"
			head -3 err | sed 's/^/# /'
			return 1
		fi
		# many allocations are alike: after the first 100, one in ten
		((n < 100)) || step=10
	done
	echo "# $tool: $tried faults by $variable"
	[ "$tried" -gt 0 ] || [ "$variable" = NTH_WRITE ]
}

n=0
tools='evgen dq-check sessionize agg-hourly dash-html lake-put lake-cat lake-tidy kcat-in'
for tool in $tools; do
	rm -rf new-table
	[ "$tool" != lake-tidy ] || cp -r small new-table
	(start "$tool") >plain 2>/dev/null
	[ ! -f page.html ] || cp page.html plain.page
	rm -rf new-table
	# 74: a call of the system's that lacked memory
	for fault in 'NTH_ALLOC 1000 71 74' 'NTH_WRITE 100 74'; do
		# without memory librdkafka aborts
		[ "$tool $fault" != 'kcat-in NTH_ALLOC 1000 71 74' ] || continue
		n=$((n + 1))
		# shellcheck disable=SC2086 # words are wanted
		if trial "$tool" $fault; then
			echo "ok $n - $tool, $fault"
		else
			echo "not ok $n - $tool, $fault"
		fi
	done
done
echo "1..$n"
