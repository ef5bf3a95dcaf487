#!/usr/bin/env bash
# azure_store.t - the store's operations on Azurite: whole blobs and blocks,
# ranges while a blob is replaced, the race to create one, listings of several
# pages, names that need escaping, batches of deletions.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/azurite_lib.sh
. "$(dirname "$0")/azurite_lib.sh"
need_azurite
make -s -C "$real_root" build/release/real/store_tool ||
	skip_all "store_tool cannot be built"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/azure_store.XXXXXX")
trap 'azurite_stop; rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
azurite_start

root=az://lake/some/table
st() {
	local action=$1
	shift
	"$real_root/build/release/real/store_tool" "$action" "$root" "$@"
}

printf 'one' >one
printf 'three' >three
: >empty
head -c 3000001 /dev/urandom >middle
head -c 40000003 /dev/urandom >large # six blocks of 8 MiB, the last short

whole() {
	local file
	for file in one three empty middle large; do
		st put "w/$file" "$file" && st get "w/$file" | cmp - "$file" &&
			[ "$(st stat "w/$file" | cut -d ' ' -f 1)" = \
				"$(stat -c %s "$file")" ] || return 1
	done
	st put w/one three && st get w/one | cmp - three &&
		[ "$(st stat w/none)" = absent ] && ! st get w/none 2>/dev/null
}
tap 'what is put comes back, from no byte to forty million' whole

mtime() {
	local now written
	now=$(date +%s%3N)
	st put m one && written=$(st stat m | cut -d ' ' -f 2) &&
		[ $((written - now)) -gt -2000 ] && [ $((written - now)) -lt 60000 ]
}
tap 'the time of the last change is told' mtime

pieces() {
	local file
	for file in empty one middle large; do
		st write "p/$file" "$file" && st get "p/$file" | cmp - "$file" ||
			return 1
	done
	st abandon p/gone large && [ "$(st stat p/gone)" = absent ] &&
		[ "$(st list p/ '' | wc -l)" = 4 ] &&
		st write p/large middle && st get p/large | cmp - middle
}
tap 'a writer in blocks; nothing appears before its commit' pieces

ranges() {
	local at n
	for at in 0 1 2097151 2097152 6291455 39999999; do
		for n in 1 4 2097153; do
			[ $((at + n)) -le 40000003 ] || continue
			st range w/large $at $n |
				cmp - <(tail -c +$((at + 1)) large | head -c $n) ||
				return 1
		done
	done
	st pieces w/large 1000003 empty | cmp - large &&
		st pieces w/large 9000000 empty | cmp - large &&
		! st range w/one 4 2 2>err && grep -q 'has only 5' err
}
tap 'ranges over the edges of blocks, in sequence and not' ranges

# Two versions of one size: bytes of both would not be noticed otherwise.
replaced() {
	local status=0
	head -c 40000003 /dev/zero >zeros
	st put r large && st pieces r 1000000 zeros >got 2>err || status=$?
	[ $status = 75 ] && grep -q 'was replaced while it was read' err &&
		cmp -n "$(stat -c %s got)" got large
}
tap 'a blob replaced while it is read is told, not mixed' replaced

created() {
	[ "$(st create c one)" = created ] && [ "$(st create c three)" = exists ] &&
		[ "$(st create c one)" = exists ] && st get c | cmp - one &&
		[ "$(st create c-large large)" = created ] &&
		st get c-large | cmp - large && [ "$(st create c-empty empty)" = created ]
}
tap 'the first to create wins' created

race() {
	local i round
	for round in 1 2 3 4 5; do
		for i in 1 2 3 4 5 6 7 8; do
			echo "writer $i" >"race.$i"
			st create "race/$round" "race.$i" >"said.$i" &
			racers[i]=$!
		done
		wait "${racers[@]}"
		[ "$(cat said.* | sort | uniq -c | tr -s ' \n' ' ')" = \
			' 1 created 7 exists ' ] &&
			st get "race/$round" | cmp - "race.$(grep -l created said.* |
				cut -d . -f 2)" || return 1
	done
}
racers=()
tap 'of eight that create at once exactly one wins, five times' race

names() {
	local name
	for name in 'a b' 'p=1/x' 'é€😀' 'a%20b' 'a+b&c#d?e' "it's" '..a' 'a//b' \
		'[x]{y}^`|z' 'q"<>'; do
		st put "n/$name" one && st get "n/$name" | cmp - one &&
			[ "$(st create "n/$name" one)" = exists ] || {
			echo "name: $name"
			return 1
		}
	done
	[ "$(st list n/ '' deep | wc -l)" = 9 ] &&
		st list n/ '' deep | grep -qxF 'n/a%20b 3' &&
		st list n/ '' deep | grep -qxF 'n/é€😀 3' &&
		st list n/ '' deep | grep -qxF 'n/[x]{y}^`|z 3' &&
		! st put '../out' one 2>/dev/null && ! st put 'n/../../o' one 2>/dev/null
}
tap 'names that need escaping, and none that climbs' names

listed() {
	st fill l/ 5203 && st put l/sub/deep one && st put l/.hidden one &&
		[ "$(st list l/ '' | wc -l)" = 5203 ] &&
		[ "$(st list l/ '' deep | wc -l)" = 5204 ] &&
		[ "$(st list l/ l/00000000000000005000.json | wc -l)" = 203 ] &&
		[ "$(st list l/ l/0000000000000000519 | head -n 1)" = \
			'l/00000000000000005190.json 3' ] &&
		st list l/ '' >keys && LC_ALL=C sort -c keys &&
		[ -z "$(st list none/ '')" ]
}
tap 'a listing of two pages, in order, from a name on' listed

deleted() {
	[ "$(st delete w/one w/one)" = $'deleted\nabsent' ] &&
		st delete-all l/ && [ -z "$(st list l/ '' deep)" ] &&
		st delete-all n/ && [ -z "$(st list n/ '' deep)" ]
}
tap 'one deleted, and five thousand in batches' deleted

azurite_container tiny
refusals() {
	local status=0
	root=az://absent/t st get x 2>err || status=$?
	[ $status = 2 ] && grep -q "no container .absent. in the emulator" err || return 1
	status=0
	AZURE_STORAGE_ACCOUNT_KEY=a2V5a2V5 st get x 2>err || status=$?
	[ $status = 77 ] && grep -q 'not allowed to read' err || return 1
	status=0
	AZURITE_BLOB_STORAGE_URL=http://127.0.0.1:9 PLAYPIPE_LAKE_PATIENCE_MS=500 \
		st get x 2>err || status=$?
	[ $status = 75 ] && grep -q 'cannot reach' err
}
tap 'no container is 2, a wrong key 77, nobody there 75' refusals

tap_end
