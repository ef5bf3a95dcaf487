#!/usr/bin/env bats
# lake-put while others write to the same table. One reads from a FIFO: once
# that can be opened for writing, it has read the table, and whatever is
# committed before the FIFO ends is a rival's.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	mkfifo late
}

teardown() {
	exec 5>&- || :
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || :
}

# begin OPTION... TABLE - lake-put of what will come from FIFO late
begin() {
	lake-put "$@" late >out 2>err 3>&- &
	pid=$!
	exec 5>late
}

# end STATUS - let it have its lines, from stdin, and its end
end() {
	local status=0
	cat >&5
	exec 5>&-
	wait "$pid" || status=$?
	pid=
	cat err
	[ "$status" -eq "$1" ]
}

columns() {
	lake-cat --print schema "$1" | jq -r '.name |
		select(startswith("_") | not)' | paste -sd' '
}

@test "an append goes on behind a column that a rival added" {
	echo '{"a":1}' | lake-put t
	begin t
	echo '{"a":2,"b":"x"}' | lake-put -q --evolve t
	end 0 <<<'{"a":3,"b":"y"}'
	[ "$(lake-cat t | sort | tr -d '\n')" = \
		'{"a":1}{"a":2,"b":"x"}{"a":3,"b":"y"}' ]
	[ "$(lake-cat --count --where "b = 'x'" t)" -eq 1 ]
}

@test "two that add columns: both have them" {
	echo '{"a":1}' | lake-put t
	begin -q --evolve t
	echo '{"a":2,"b":"x"}' | lake-put -q --evolve t
	end 0 <<<'{"a":3,"c":true}'
	columns t
	[ "$(columns t)" = 'a b c' ]
	[ "$(lake-cat t | sort | tr -d '\n')" = \
		'{"a":1}{"a":2,"b":"x"}{"a":3,"c":true}' ]
	[ "$(lake-cat --count --where 'c' t)" -eq 1 ]
}

@test "two that add the same column: it is there once" {
	echo '{"a":1}' | lake-put t
	begin -q --evolve t
	echo '{"a":2,"b":5}' | lake-put -q --evolve t
	end 0 <<<'{"a":3,"b":6}'
	[ "$(columns t)" = 'a b' ]
	[ "$(lake-cat --count --where 'b >= 5' t)" -eq 2 ]
	[ "$(grep -l metaData t/_delta_log/*.json | wc -l)" -eq 2 ]
}

@test "two that add one column by two types: both types are told" {
	echo '{"a":1}' | lake-put t
	begin -q --evolve t
	echo '{"a":2,"b":5}' | lake-put -q --evolve t
	end 75 <<<'{"a":3,"b":"six"}'
	grep -qxF "lake-put: 't': the column 'b' is of type long in the table since version 1, and of type string in our rows; run again" err
	[ "$(lake-cat --count t)" -eq 2 ]
	[ "$(find t -name '*.parquet' | wc -l)" -eq 2 ]
	# with a schema that says so, the next run tells it as a mistake
	echo '{"name":"s","columns":[{"name":"b","type":"string"}]}' >s.json
	status=0
	echo '{"b":"six"}' | lake-put --evolve --schema s.json t 2>err || status=$?
	[ "$status" -eq 2 ]
	grep -qF "'t': the column 'b' is of type long in the table and string in the schema 's'" err
}

@test "two that create a table: the second goes on" {
	begin -q t
	echo '{"a":1,"b":"x"}' | lake-put -q t
	end 0 <<<'{"a":2,"b":"y"}'
	[ "$(lake-cat --count t)" -eq 2 ]
	[ "$(cat t/_delta_log/*.json | grep -c metaData)" -eq 1 ]
	# but not where the tables differ
	begin -q u
	echo '{"a":1}' | lake-put -q u
	end 75 <<<'{"a":2,"b":"y"}'
	grep -qxF "lake-put: 'u': the table was created meanwhile, by version 0, and lacks our column 'b'; run again" err
	[ "$(lake-cat --count u)" -eq 1 ]
}

@test "new demands of a table are no demands on old rows" {
	echo '{"a":1,"b":2}' | lake-put -q t
	begin t
	jq -c 'select(.metaData) | .metaData.configuration."delta.constraints.c" =
		"a > 5"' t/_delta_log/*0.json >t/_delta_log/00000000000000000001.json
	end 75 <<<'{"a":2}'
	grep -qxF "lake-put: 't': the table was altered meanwhile, by version 1, and has the new condition 'a > 5'; run again" err
	begin t
	jq -c 'select(.metaData) | .metaData.schemaString |= (fromjson |
		(.fields[0].nullable = false) | tojson)' t/_delta_log/*0.json \
		>t/_delta_log/00000000000000000002.json
	end 75 <<<'{"a":7}'
	grep -qF "has another idea of the column 'a'" err
	[ "$(lake-cat --count t)" -eq 1 ]
}

@test "a replacement never goes on behind another table" {
	echo '{"a":1,"b":2}' | lake-put -q t
	begin -q --mode overwrite t
	grep metaData t/_delta_log/*0.json >t/_delta_log/00000000000000000001.json
	end 75 <<<'{"a":2}'
	grep -qF "altered meanwhile, by version 1; run again" err
	[ "$(lake-cat --count t)" -eq 1 ]
}
