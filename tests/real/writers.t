#!/usr/bin/env bash
# writers.t - many writers of one table. Ten lake-puts commit at once, to a
# folder and to Azurite, while delta-rs opens the table again and again: every
# commit is a version, every row is there once, every checkpoint is readable.
# Then delta-rs and Spark write among them.
#
#	COMMITS=2000 tests/real/writers.t	(default 200)
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/azurite_lib.sh
. "$(dirname "$0")/azurite_lib.sh"
# shellcheck source=tests/real/spark_lib.sh
. "$(dirname "$0")/spark_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
commits=${COMMITS:-200}
rows=5 # a commit
scratch=$(mktemp -d "${TMPDIR:-/tmp}/writers.XXXXXX")
trap 'azurite_stop; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
need_python deltalake pyarrow
export LC_ALL=C

other() { # WHAT TABLE OPTION...
	local what=$1 table=$2 options=null
	shift 2
	case $table in az:*) options=$(azurite_options) ;; esac
	"$python" "$real_root/tests/real/writers.py" "$what" "$table" \
		"$options" "$@"
}

# lines WRITER N - of N commits
lines() {
	awk -v w="$1" -v n="$(($2 * rows))" 'BEGIN { for (i = 0; i < n; i++)
		printf("{\"w\":\"%s\",\"i\":%d}\n", w, i) }'
}

cat >schema.json <<'END'
{"name": "w", "columns": [
	{"name": "w", "type": "string"}, {"name": "i", "type": "long"}]}
END

# put TABLE WRITER N - N commits by one lake-put
put() {
	lines "$2" "$3" | lake-put --schema schema.json --batch-rows "$rows" "$1"
}

# race TABLE WRITERS N COMMAND... - so many lake-puts of N commits each, and
# another command beside them, while delta-rs watches
race() {
	local table=$1 writers=$2 each=$3 w pids=() status=0
	shift 3
	rm -f stop
	other watch "$table" "$rows" stop >watched 2>&1 &
	local watcher=$!
	for ((w = 0; w < writers; w++)); do
		put "$table" "$w" "$each" &
		pids+=($!)
	done
	[ $# -eq 0 ] || "$@" || status=1
	for w in "${pids[@]}"; do wait "$w" || status=1; done
	touch stop
	wait "$watcher" || status=1
	cat watched
	return $status
}

# all TABLE N - what is in the end, by delta-rs and by lake-cat
all() {
	local version
	other judge "$1" "$2" "$rows" || return 1
	version=$(lake-cat --print version "$1" |
		sed 's/.*"version":\([0-9]*\).*/\1/')
	[ "$version" -eq $(($2 - 1)) ] &&
		[ "$(lake-cat "$1" | sort -u | wc -l)" -eq $(($2 * rows)) ]
}

each=$((commits / 10))
tap "10 writers, $commits commits, in a folder" race folder 10 "$each"
tap "they are $commits versions and every row once" all folder "$commits"

few=$((each / 2 > 10 ? 10 : each / 2))
others() { # TABLE
	other append "$1" "$few" "$rows"
}
put mixed first 1 || exit 1
tap "delta-rs writes among 4 of ours" race mixed 4 "$few" others mixed
tap 'every row is there once' all mixed $((few * 5 + 1))

if need_spark; then
	# shellcheck disable=SC2317 # race calls it
	sparked() {
		SPARK_JARS=$spark_jars other spark sparked "$few" "$rows" \
			2>spark.err || {
			tail -5 spark.err
			return 1
		}
	}
	put sparked first 1 || exit 1
	tap 'Spark writes among 2 of ours' race sparked 2 $((few * 3)) sparked
	tap 'every row is there once' all sparked $((few * 7 + 1))
else
	tap_skip 'Spark writes among 2 of ours' "$spark_lack"
fi

need_azurite
azurite_start
tap "10 writers, $commits commits, on Azurite" race az://lake/t 10 "$each"
tap "they are $commits versions and every row once" all az://lake/t "$commits"
put az://lake/mixed first 1 || exit 1
tap 'delta-rs writes among 4 of ours on Azurite' \
	race az://lake/mixed 4 "$few" others az://lake/mixed
tap 'every row is there once' all az://lake/mixed $((few * 5 + 1))
tap_end
