#!/usr/bin/env bats
# lake-put --replace-where and --base-version: the rows that match go, those
# that come in match, all others stay as they are, in one commit or not at all.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
}

lines() { # FROM TO
	awk -v a="$1" -v b="$2" 'BEGIN { for (i = a; i < b; i++)
		printf("{\"day\":\"2026-11-%02d\",\"id\":%d}\n", i % 3 + 1, i) }'
}

version() { # TABLE
	lake-cat --print version "$1" | jq .version
}

@test "rows of a data column go, rows come, the others stay" {
	lines 0 100 | lake-put -q --batch-rows 25 t
	lines 30 33 >in
	lake-put --replace-where 'id >= 30 AND id < 60' --stats stats t in
	cmp <(lake-cat t | sort) <({ lines 0 33 && lines 60 100; } | sort)
	# the files of 0-24 and 75-99 are none of its business
	jq -e '[.rows, .rows_replaced, .rows_carried, .files_removed, .files,
		.commits] == [3, 30, 20, 2, 1, 1]' stats
	lake-cat --print history t | head -1 |
		jq -e '.parameters.predicate == "id >= 30 AND id < 60" and
			.metrics.numCopiedRows == "20"'
	# nothing comes: a delete; nothing goes and nothing comes: no commit
	lake-put --replace-where 'id = 0' t </dev/null
	[ "$(lake-cat --count t)" -eq 72 ]
	before=$(version t)
	lake-put --replace-where 'id = 0' t </dev/null
	[ "$(version t)" -eq "$before" ]
	# rows without the column match no comparison, and stay
	echo '{"day":"2026-11-01"}' | lake-put t
	lake-put --replace-where 'id >= 0' t </dev/null
	[ "$(lake-cat t)" = '{"day":"2026-11-01"}' ]
}

@test "a row that does not match is refused, and nothing is written" {
	lines 0 9 | lake-put -q t
	lines 3 6 >in
	fails 65 lake-put --replace-where 'id < 5' t in
	grep -q "'in': line 3, byte 1: does not belong to what --replace-where" err
	[ "$(version t)" -eq 0 ]
	lake-put --replace-where 'id < 5' --reject bad t in
	cmp bad <(lines 5 6)
	cmp <(lake-cat t | sort) <(lines 3 9 | sort)
	# a value that does not fit its column is null there
	echo '{"id":"x"}' >in
	fails 65 lake-put --replace-where 'id < 5' t in
	lines 3 6 >in
	fails 65 lake-put -q --replace-where 'id < 5' new in
	grep -q "'new': line 3 of those .* does not belong to what" err
	[ ! -d new/_delta_log ]
	# a table that is made, and all that is wrong with the options
	lines 0 3 | lake-put -q --replace-where 'id < 5' new
	[ "$(lake-cat --count new)" -eq 3 ]
	fails 2 lake-put --replace-where "id = 'x'" t in
	fails 2 lake-put --replace-where 'id < 5' --job j t in
	fails 2 lake-put --base-version 0 t in
	fails 2 lake-put --replace-where 'id < 5' --batch-rows 5 t in
}

@test "rows that are carried over keep every column" {
	printf '%s\n' 'no json' '{"ts":1794787200000,"new":[1,{"a":null}]}' \
		'{"ts":1794787200001,"userId":"x","duration":1.5}' \
		'{"ts":1794787260000}' >in
	evgen --users 50 --seed 3 --from 2026-11-16 --to 2026-11-17 >>in
	lake-put -q --schema playpipe --partition-by arrivalDate,verdict \
		--sort ts --now 2026-11-22T01:02:03Z t in
	columns=$(lake-cat --print schema t | jq -rs 'map(.name) | join(",")')
	lake-cat --columns "$columns" t | sort >all
	lake-cat t | sort >lines
	# arrives on another day: the old rows must not
	echo '{"ts":1794787260000,"userId":1}' |
		lake-put --now 2026-11-23T00:00:00Z --stats stats \
			--replace-where 'ts >= 1794787260000 AND
				ts < 1794787260001' t
	jq -e '.rows_carried > 300' stats
	cmp <(lake-cat t | grep -v ':1794787260000,"userId":1}' | sort) \
		<(grep -v ':1794787260000}' lines)
	lake-cat --columns "$columns" t | grep -v '"ts":1794787260000' | sort |
		cmp - <(grep -v '"ts":1794787260000' all)
	[ "$(lake-cat --count --where "arrivalDate = '2026-11-23'" t)" -eq 1 ]
}

@test "rows from before a column was added are carried over" {
	lines 0 10 | lake-put -q t
	printf '{"id":20,"x":1.25}\n{"id":21,"x":0.1}\n' |
		lake-put -q --evolve t
	lake-put --replace-where 'id = 5 OR x = 0.1' t </dev/null
	cmp <(lake-cat t | sort) <({ lines 0 5 && lines 6 10 &&
		echo '{"id":20,"x":1.25}'; } | sort)
	# and when the new rows bring one themselves
	echo '{"id":3,"day":"2026-11-09","y":true}' |
		lake-put -q --evolve --replace-where 'id = 3' t
	[ "$(lake-cat --count --where 'y' t)" -eq 1 ]
	[ "$(lake-cat --count t)" -eq 10 ]
}

@test "in a partitioned table only the files that matter are touched" {
	lines 0 30 | lake-put -q --partition-by day t
	lake-cat --print files t | jq -r .path | sort >before
	echo '{"day":"2026-11-02","id":4,"z":1}' >in
	lake-put -q --replace-where "day = '2026-11-02' AND id < 10" \
		--stats stats t in
	jq -e '[.rows_replaced, .rows_carried, .files_removed]
		== [3, 7, 1]' stats
	[ "$(lake-cat --print files t | jq -r .path | sort |
		comm -12 - before | wc -l)" -eq 2 ]
}

@test "--base-version: what was added inside is a conflict, else not" {
	lines 0 10 | lake-put -q t
	lines 100 110 | lake-put t
	# the rivals' files span 5: by their rows they are outside
	printf '{"id":2}\n{"id":50}\n' | lake-put t
	lines 6 8 >in
	lake-put --replace-where 'id >= 4 AND id < 10' --base-version 0 t in
	cmp <(lake-cat t | jq .id | sort -n | tr '\n' ' ') \
		<(printf '0 1 2 2 3 6 7 50 100 101 102 103 104 105 106 107 108 109 ')
	# again from the same base: its own commit is in the way
	fails 75 lake-put --replace-where 'id >= 4 AND id < 10' \
		--base-version 0 t in
	before=$(version t)
	echo '{"id":5}' | lake-put t
	fails 75 lake-put --replace-where 'id >= 4 AND id < 10' \
		--base-version "$before" t in
	grep -q 'added to what we replace; make the input anew from' err
	[ "$(version t)" -eq $((before + 1)) ]
	lake-put --replace-where 'id >= 4 AND id < 10' \
		--base-version $((before + 1)) t in
	# a file of ours is gone, by whatever commit
	before=$(version t)
	lake-put --replace-where 'id = 6' t </dev/null
	fails 75 lake-put --replace-where 'id = 6' --base-version "$before" t
	grep -q 'removed a file that we replace; make the input anew' err
	fails 65 lake-put --replace-where 'id >= 6' --base-version 99 t in
	# no data file is left behind by those that failed
	[ "$(find t -name 'part-*' | wc -l)" -eq \
		"$(for v in $(seq 0 "$(version t)"); do
			lake-cat --print files --at-version "$v" t
		done | jq -r .path | sort -u | wc -l)" ]
}

@test "--base-version goes with --mode too" {
	lines 0 9 | lake-put -q --partition-by day t
	echo '{"day":"2026-11-02","id":100}' >in
	echo '{"day":"2026-11-01","id":101}' | lake-put t
	lake-put --mode replace-partitions --base-version 0 t in
	[ "$(lake-cat --count t)" -eq 8 ]
	fails 75 lake-put --mode overwrite --base-version 0 t in
}

@test "commits behind the base that are cleaned away are told" {
	lines 0 130 | lake-put -q --batch-rows 10 t
	rm t/_delta_log/0000000000000000000?.json \
		t/_delta_log/0000000000000000001[01].json
	lines 0 1 >in
	fails 65 lake-put --replace-where 'id = 0' --base-version 10 t in
	grep -q 'cleaned away' err
}

@test "rows that go while none come are told" {
	lines 0 9 | lake-put -q t
	lake-put --replace-where 'id < 3' t </dev/null 2>err
	grep -q "'t': no rows came in place of those that were removed: 3" err
	lake-put --mode overwrite t </dev/null 2>err
	grep -q "'t': no rows came in place of those that were removed: 6" err
	# nothing goes, or rows come: not a word
	lake-put --mode overwrite t </dev/null 2>err
	[ ! -s err ]
	lines 0 9 | lake-put --mode overwrite t 2>err
	[ ! -s err ]
}
