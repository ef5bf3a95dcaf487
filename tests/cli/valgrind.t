#!/usr/bin/env bash
# valgrind.t - a run or two of every tool under valgrind: no byte is read that
# nothing has set, none is touched that is not ours, and no block is lost. It
# sees what the sanitizers do not: uninitialised memory. TAP.
set -uo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${PLAYPIPE_BIN:-$root/build/release/bin}
suite=$root/share/suites/playpipe.json
if ! command -v valgrind >/dev/null; then
	echo '1..0 # SKIP valgrind is not installed'
	exit 0
fi
case $("$bin/evgen" --version) in
*asan* | *tsan*)
	echo '1..0 # SKIP a sanitizer is built in, and valgrind cannot run it'
	exit 0
	;;
esac
scratch=$(mktemp -d "${TMPDIR:-/tmp}/valgrind.XXXXXX")
# shellcheck source=tests/cli/kafka.bash
. "$root/tests/cli/kafka.bash"
trap 'kafka_stop; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
n=0
failed=0

# clean NAME WANT OUT COMMAND... - it ends with status WANT under valgrind,
# which has nothing to say; its standard output goes to OUT
clean() {
	local name=$1 want=$2 out=$3 tool=$4 status=0
	shift 4
	n=$((n + 1))
	valgrind --quiet --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite --log-file=said \
		"$bin/$tool" "$@" >"$out" 2>err </dev/null || status=$?
	if [ "$status" -eq "$want" ] && [ ! -s said ]; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name (status $status)"
		sed 's/^/# /' said err | head -40
		failed=$((failed + 1))
	fi
}

clean 'evgen' 0 events \
	evgen --users 50 --seed 1 --from 2026-11-16 --to 2026-11-17 \
	--fault malformed=1% --fault missing=1% --fault late=1%
head -n 500 events >few
printf '%s\n' '{"torn":' '[1,2]' $'{"a":"\xff"}' '' >>few
clean 'evgen with threads, in another form' 0 /dev/null \
	evgen --users 50 --limit 500 --jobs 2 --compat eventsim1

clean 'dq-check' 0 good dq-check --suite "$suite" --fail-on never \
	--quarantine bad --result result.json few
clean 'dq-check reports inline' 0 inline dq-check --suite "$suite" \
	--fail-on never --quarantine inline few

clean 'sessionize' 0 sessions sessionize --max-bad 100 few
clean 'agg-hourly' 0 measures agg-hourly --max-bad 100 few
clean 'agg-hourly refuses' 65 /dev/null agg-hourly few

clean 'lake-put' 0 /dev/null lake-put --schema playpipe --max-bad 100 \
	--partition-by arrivalDate lake few
clean 'lake-put guesses a schema' 0 /dev/null lake-put guessed measures
clean 'lake-cat' 0 rows lake-cat --where "userId > 10" lake
clean 'lake-cat as CSV' 0 /dev/null lake-cat --format csv --limit 20 lake

clean 'lake-tidy' 0 health lake-tidy --report json lake
"$bin/lake-put" --schema playpipe --max-bad 100 lake few 2>/dev/null
"$bin/lake-put" --schema playpipe --partition-by arrivalDate,verdict graded inline
clean 'lake-tidy puts files together' 0 /dev/null \
	lake-tidy --compact --split-by userId --checkpoint --vacuum \
	--clean-log --retain 0s --now 2100-01-01 --consumers lake lake
clean 'lake-tidy erases' 0 /dev/null \
	lake-tidy --delete-where "userId > 40 AND level = 'free'" graded

clean 'dash-html' 0 page.html dash-html --title 'Under valgrind' \
	--quality result.json measures
clean 'dash-html for a terminal' 0 /dev/null dash-html --format term measures

kafka_start
export KAFKA_BROKERS=$BROKERS
kafka topic t 2
kafka lines t 0 few
printf '{"a":\n1}' >value
kafka value t 1 value key=k name:value
clean 'kcat-in' 0 read kcat-in t
clean 'kcat-in, envelopes' 0 /dev/null kcat-in --format envelope t
clean 'kcat-in, a job' 0 /dev/null kcat-in --job j t
clean 'kcat-in, a group' 0 /dev/null kcat-in --group g --limit 100 t
clean 'kcat-in, a list' 0 /dev/null kcat-in --list
clean 'kcat-in, no broker' 75 /dev/null kcat-in --timeout 300ms -b 127.0.0.1:1 t
for file in read events good sessions measures rows health page.html; do
	[ -s "$file" ] || {
		echo "# $file is empty: nothing was tested"
		failed=$((failed + 1))
	}
done
echo "1..$n"
[ "$failed" -eq 0 ]
