#!/usr/bin/env bash
# azure_faults.t - lake-put and lake-cat over a bad network. Between them and
# Azurite stands tests/fault/fault_proxy, which loses answers, cuts requests
# and answers, and says 503 and 429, on a tenth of all calls. What was then
# committed is judged by delta-rs and lake-cat at Azurite itself: COMMITS
# commits are COMMITS versions, and every row is there once.
#
#	COMMITS=500 SEED=7 tests/real/azure_faults.t	(default 100, 1)
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/azurite_lib.sh
. "$(dirname "$0")/azurite_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
commits=${COMMITS:-100}
rows=20 # a commit
proxy_pid=
scratch=$(mktemp -d "${TMPDIR:-/tmp}/azure_faults.XXXXXX")
trap 'proxy_stop; azurite_stop; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
need_azurite
need_python deltalake pyarrow
azurite_start
direct=$AZURITE_BLOB_STORAGE_URL

# proxy_start SEED [OPTION...] - from here on all calls go through it
proxy_start() {
	rm -f proxy.out
	"$real_root/tests/fault/fault_proxy" --to "${direct#http://}" \
		--seed "$@" --log faults >proxy.out &
	proxy_pid=$!
	until grep -q port proxy.out 2>proxy.err; do sleep 0.1; done
	AZURITE_BLOB_STORAGE_URL=http://127.0.0.1:$(sed -n 's/port //p' proxy.out)
}

proxy_stop() {
	[ -n "$proxy_pid" ] || return 0
	kill "$proxy_pid"
	wait "$proxy_pid"
	proxy_pid=
	sed -n 's/^{/# faults: {/p' proxy.out >>faults.told
	printf '# answers to commits that were lost: %d\n' "$(grep -Ec \
		'^(lost|cut) PUT .*/_delta_log/[0-9]+\.json' faults)" >>faults.told
	AZURITE_BLOB_STORAGE_URL=$direct
}

# lines FROM TO
lines() {
	awk -v a="$1" -v b="$2" 'BEGIN { for (i = a; i < b; i++)
		printf("{\"id\":%d,\"p\":\"%d\",\"v\":%d}\n", i, i % 3, i * 7919 % 10007) }'
}

# delta-rs at Azurite itself: version, rows, distinct ids and the sum
cat >judge.py <<'END'
import json, os, sys
from deltalake import DeltaTable
table, options, commits, rows = sys.argv[1:]
commits, rows = int(commits), int(rows)
dt = DeltaTable(table, storage_options=json.loads(options))
t = dt.to_pyarrow_table()
ids = t["id"].to_pylist()
got = (dt.version(), len(ids), len(set(ids)), sum(t["v"].to_pylist()))
want = (commits - 1, rows, rows, sum(i * 7919 % 10007 for i in range(rows)))
print(got, want, flush=True)
os._exit(got != want)  # its threads do not always end in order
END

judge() { # TABLE COMMITS
	"$python" judge.py "$1" "$(azurite_options)" "$2" $((rows * $2)) &&
		lake-cat "$1" | LC_ALL=C sort >got &&
		lines 0 $((rows * $2)) | LC_ALL=C sort | cmp - got &&
		[ "$(lake-cat --print version "$1" |
			sed 's/.*"version":\([0-9]*\).*/\1/')" -eq $(($2 - 1)) ]
}

# One process, commit after commit; then processes of one commit each, which
# read the log every time.
half=$((commits / 2))
many() {
	local i=$half
	proxy_start "${SEED:-1}"
	lines 0 $((rows * half)) | lake-put --batch-rows "$rows" \
		--partition-by p az://lake/many 2>err || {
		cat err
		return 1
	}
	while [ "$i" -lt "$commits" ]; do
		lines $((rows * i)) $((rows * (i + 1))) |
			lake-put -q az://lake/many || return 1
		i=$((i + 1))
	done
	proxy_stop
}
tap "$commits commits go through a bad network" many
tap "they are $commits versions and every row once" judge az://lake/many "$commits"

# Several at once, so that a name may be lost to a rival or to an own commit.
together() {
	local i pids=()
	proxy_start $((${SEED:-1} + 1))
	for i in 0 1 2 3; do
		lines $((rows * 5 * i)) $((rows * 5 * (i + 1))) |
			lake-put -q --batch-rows "$rows" az://lake/together &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || return 1; done
	proxy_stop
}
tap 'four writers at once create one table and commit 5 times each' together
tap 'they are 20 versions and every row once' judge az://lake/together 20

# A copy under barriers, and reading, through it too.
copied() {
	local status=1
	proxy_start $((${SEED:-1} + 2))
	lake-cat --job copy --resume az://lake/copy --batch-versions 7 \
		az://lake/many | lake-put -q --job copy az://lake/copy
	status=$?
	lake-cat az://lake/copy | LC_ALL=C sort >through || status=1
	proxy_stop
	lines 0 $((rows * commits)) | LC_ALL=C sort | cmp - through && return $status
}
tap 'a job copies the table, and it is read, over the bad network' copied

# unanswered REGEX OPTION... - lake-put; answers to such requests never come
unanswered() {
	local only=$1 status=0
	shift
	proxy_start 1 --rate 1 --kinds lost --only "$only"
	PLAYPIPE_LAKE_PATIENCE_MS=700 lake-put "$@" -q az://lake/silent 2>err ||
		status=$?
	proxy_stop
	cat err faults
	grep -q '^lost PUT' faults && return $status
}

# The commit has landed, but to no question about it there is an answer.
doubted() {
	local status=0
	lines 0 10 | unanswered '/silent/_delta_log/0*0[.]json' || status=$?
	[ "$status" -eq 74 ] && [ "$(wc -l <err)" -eq 1 ] &&
		grep -qF "whether version 0 of 'az://lake/silent' is ours is not known, look before you run again: " err &&
		lines 0 10 | LC_ALL=C sort >want &&
		lake-cat az://lake/silent | LC_ALL=C sort | cmp - want
}
tap 'a commit that nothing is heard of: told, and its files stay' doubted

found() {
	lake-cat --job j --resume az://lake/silent az://lake/many |
		unanswered 'PUT .*/silent/_delta_log/0*1[.]json' --job j &&
		[ "$(lake-cat --count az://lake/silent)" -eq \
			$((rows * commits + 10)) ]
}
tap 'a commit whose answers are all lost is found, and is ours' found

# told STATUS WORDS COMMAND... - so it ends, with one sentence, and nothing new
told() {
	local want=$1 words=$2 status=0 before
	before=$(lake-cat --count az://lake/many)
	shift 2
	lines 0 10 >in
	"$@" lake-put -q az://lake/many in 2>err || status=$?
	cat err
	[ "$status" -eq "$want" ] && [ "$(wc -l <err)" -eq 1 ] &&
		grep -q "$words" err &&
		[ "$(lake-cat --count az://lake/many)" = "$before" ]
}
wrong_key=$(printf 'x%.0s' $(seq 64) | base64 -w0)
tap 'a wrong key: 77' told 77 key env "AZURE_STORAGE_ACCOUNT_KEY=$wrong_key" \
	AZURE_STORAGE_ACCOUNT_NAME=devstoreaccount1
tap 'an expired signature: 77' told 77 SAS env \
	AZURE_STORAGE_SAS_TOKEN='sv=2023-11-03&ss=b&srt=sco&sp=rwdlac&se=2020-01-01T00:00:00Z&sig=eHh4'
tap 'nobody there: 75' told 75 lake env PLAYPIPE_LAKE_PATIENCE_MS=300 \
	"AZURITE_BLOB_STORAGE_URL=http://127.0.0.1:$(azurite_free_port)"
cat faults.told
tap_end
