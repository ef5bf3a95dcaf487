#!/usr/bin/env bats
# lake-put into tables that others made: what their configuration and their
# columns demand of each row, and which tables are refused, by name.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
}

# column NAME TYPE [NULLABLE [METADATA]]
column() {
	jq -nc --arg n "$1" --arg t "$2" --argjson null "${3:-true}" \
		--argjson m "${4:-{\}}" \
		'{name: $n, type: $t, nullable: $null, metadata: $m}'
}

# table NAME CONFIG PARTITIONS COLUMN... - a table of no rows, as another
# engine may have made it; writer version and features by $protocol
table() {
	local name=$1 config=$2 partitions=$3
	shift 3
	mkdir -p "$name/_delta_log"
	{
		echo "{\"protocol\":${protocol:-{\"minReaderVersion\":1,\"minWriterVersion\":3\}}}"
		printf '%s\n' "$@" | jq -sc --argjson c "$config" \
			--argjson p "$partitions" '{metaData: {id: "x",
			format: {provider: "parquet", options: {}},
			schemaString: ({type: "struct", fields: .} | tojson),
			partitionColumns: $p, configuration: $c}}'
	} >"$name/_delta_log/00000000000000000000.json"
}

@test "a CHECK constraint is kept row by row" {
	table t "$(jq -nc --arg c "duration > 0 AND kind IN ('a', 'b')" \
		'{"delta.constraints.long": $c}')" '[]' \
		"$(column duration double)" "$(column kind string)"
	printf '%s\n' '{"duration":1.5,"kind":"a"}' '{"duration":0,"kind":"a"}' \
		'{"kind":"b"}' '{"duration":2,"kind":"c"}' '{"duration":3,"kind":"b"}' >in
	fails 65 lake-put t in
	grep -qF "line 2, byte 1: violates the constraint 'long' (duration > 0 AND kind IN ('a', 'b'))" err
	lake-put --max-bad 3 --reject bad t in
	[ "$(lake-cat --count t)" -eq 2 ]
	sed -n '2,4p' in | cmp - bad
	[ "$(lake-cat t | jq -c .duration | tr '\n' ' ')" = '1.5 3 ' ]
}

@test "a constraint that nobody here can evaluate is named" {
	table t '{"delta.constraints.odd":"duration % 2 = 1"}' '[]' \
		"$(column duration long)"
	echo '{"duration":1}' >in
	fails 2 lake-put t in
	grep -qF "'t' has the constraint 'odd' (duration % 2 = 1), which we cannot evaluate as Spark does" err
}

@test "a column that may not be null is never null" {
	table t '{}' '["p"]' "$(column a long false)" "$(column p string false)" \
		"$(column d 'decimal(10,2)')"
	printf '%s\n' '{"a":1,"p":"x"}' '{"p":"x"}' '{"a":2}' >in
	lake-put --max-bad 2 t in 2>err
	grep -qF "line 2, byte 1: the column 'a' of the table may not be null" err
	grep -qF "line 3, byte 1: the column 'p' of the table may not be null" err
	[ "$(lake-cat --count t)" -eq 1 ]
	# one that no line can fill
	table u '{}' '[]' "$(column a long)" "$(column d 'decimal(10,2)' false)"
	echo '{"a":1}' >in
	fails 65 lake-put u in
	grep -qF "the column 'd' of the table may not be null" err
}

@test "a value that does not fit is told with line, column, type" {
	table t '{}' '[]' "$(column i integer)" "$(column s short)" \
		"$(column f float)" "$(column d date)" "$(column b boolean)"
	cat >in <<-'END'
		{"i":1,"s":32767,"f":0.5,"d":"2026-11-22","b":true}
		{"i":2147483648}
		{"i":1.5}
		{"s":32768}
		{"f":0.1}
		{"d":"2026-02-30"}
		{"b":"true"}
		{"x":{"y":1}}
	END
	lake-put --max-bad 7 --reject bad t in 2>err
	[ "$(lake-cat t)" = "$(head -1 in)" ]
	tail -7 in | cmp - bad
	cat err
	for text in "line 2, byte 1: the value 2147483648 of 'i' does not fit its column, of type integer, and" \
		"line 3, byte 1: the value 1.5 of 'i'" \
		"line 4, byte 1: the value 32768 of 's' does not fit its column, of type short" \
		"line 5, byte 1: the value 0.1 of 'f' does not fit its column, of type float" \
		"line 6, byte 1: the value \"2026-02-30\" of 'd' does not fit its column, of type date" \
		"line 7, byte 1: the value \"true\" of 'b' does not fit its column, of type boolean" \
		"line 8, byte 1: no column takes the key 'x', and the table has no column _rescued"; do
		grep -qF "$text" err
	done
}

@test "a column that no event fills is never filled with another type" {
	table t '{}' '[]' "$(column dec 'decimal(10,2)')" "$(column a long)" \
		"$(column n timestamp_ntz)"
	echo '{"a":1,"dec":5}' >in
	fails 65 lake-put t in
	grep -qF "the column 'dec' is of type decimal(10,2), which lake-put does not fill" err
	# nor by a column that is inferred, or a schema that says so
	fails 65 lake-put -q --evolve t in
	grep -qF "'t': line 1 of those that the schema is inferred from: the column 'dec' is of type decimal(10,2), which lake-put does not fill, and" err
	printf '{"a":7,"z":1}\n{"a":8,"dec":1}\n' >two
	lake-put -q --evolve --reject bad --stats stats t two
	[ "$(cat bad)" = '{"a":8,"dec":1}' ]
	[ "$(jq -c '[.rows,.refused]' stats)" = '[1,1]' ]
	echo '{"name":"s","columns":[{"name":"dec","type":"long"}]}' >s.json
	fails 2 lake-put --schema s.json t in
	grep -qF "'t': the column 'dec' is of type decimal in the table and long in the schema 's'" err
	echo '{"name":"s","columns":[{"name":"a","type":"double"}]}' >s.json
	fails 2 lake-put --schema s.json t in
	grep -qF "'t': the column 'a' is of type long in the table and double in the schema 's'" err
	echo '{"a":1}' | lake-put t
	[ "$(lake-cat t | tr -d '\n')" = '{"a":7,"z":1}{"a":1}' ]
}

@test "append-only tables are appended to, and no more" {
	table t '{"delta.appendOnly":"true"}' '["p"]' "$(column p string)" \
		"$(column a long)"
	echo '{"p":"x","a":1}' >in
	lake-put t in
	for how in '--mode overwrite' '--mode replace-partitions' \
		'--replace-where a=1'; do
		# shellcheck disable=SC2086
		fails 2 lake-put $how t in
		grep -qF "delta.appendOnly set (the writer feature 'appendOnly'): its rows cannot be replaced or deleted" err
	done
	[ "$(lake-cat --count t)" -eq 1 ]
}

@test "features bind when they are used, by name" {
	protocol='{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["columnMapping"],"writerFeatures":["columnMapping","identityColumns","checkConstraints","inCommitTimestamp"]}'
	table t '{}' '[]' "$(column a long)"
	echo '{"a":1}' >in
	lake-put t in
	table m '{"delta.columnMapping.mode":"name"}' '[]' "$(column a long true \
		'{"delta.columnMapping.id":1,"delta.columnMapping.physicalName":"p"}')"
	fails 2 lake-put m in
	grep -qF "'columnMapping'" err
	table i '{}' '[]' "$(column a long true '{"delta.identity.start":1}')"
	fails 2 lake-put i in
	grep -qF "the column 'a' is an identity column" err
	protocol='{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]}'
	table r '{}' '[]' "$(column a long)"
	fails 2 lake-put r in
	grep -qF "'r' needs the writer feature 'rowTracking', which we do not have" err
	[ "$(find m i r -name '*.json' | wc -l)" -eq 3 ]
	[ "$(find m i r -name '*.parquet' | wc -l)" -eq 0 ]
}

@test "in-commit timestamps: history and --as-of go by them" {
	protocol='{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["inCommitTimestamp"]}'
	table t '{"delta.enableInCommitTimestamps":"true"}' '[]' "$(column a long)"
	sed -i '1i {"commitInfo":{"inCommitTimestamp":4000000000000,"timestamp":1}}' \
		t/_delta_log/00000000000000000000.json
	echo '{"a":1}' | lake-put t
	echo '{"a":2}' | lake-put t
	[ "$(head -qn1 t/_delta_log/*.json | jq -c .commitInfo.inCommitTimestamp |
		tr '\n' ' ')" = '4000000000000 4000000000001 4000000000002 ' ]
	[ "$(lake-cat --as-of 4000000000001 t)" = '{"a":1}' ]
	lake-cat --print history t | grep -q 2096-10-02T07:06:40.002Z
}

@test "partition values are escaped twice, and come back" {
	table t '{}' '["p q"]' "$(column 'p q' string)" "$(column a long)"
	cat >in <<-'END'
		{"p q":"a/b%c d","a":1}
		{"p q":"🎵=é","a":2}
		{"a":3}
		{"p q":"__HIVE_DEFAULT_PARTITION__","a":4}
		{"p q":".. \\ \u0001 \u007f{}[]^'\"#*:?","a":5}
	END
	echo '{"p q":"","a":6}' >empty
	lake-put t in
	cmp <(sort in | sed 's/\\u007f/\x7f/') <(lake-cat t | sort)
	fails 65 lake-put t empty
	grep -qF "the value \"\" of 'p q' does not fit its column, of type string" err
	[ -d 't/p q=a%2Fb%25c d' ] && [ -d 't/p q=__HIVE_DEFAULT_PARTITION__' ]
	grep -qF '"path":"p%20q=a%252Fb%2525c%20d/part-' t/_delta_log/*1.json
	grep -qF '"path":"p%20q=%F0%9F%8E%B5%3D%C3%A9/part-' t/_delta_log/*1.json ||
		grep -qF '"path":"p%20q=%F0%9F%8E%B5%253D%C3%A9/part-' t/_delta_log/*1.json
	grep -qF '"partitionValues":{"p q":"a/b%c d"}' t/_delta_log/*1.json
	grep -qF '"partitionValues":{"p q":null}' t/_delta_log/*1.json
	[ "$(lake-cat --where "\"p q\" = 'a/b%c d'" t | jq .a)" -eq 1 ]
}

@test "codec and statistics as the table wants them; metadata is kept" {
	table t '{"delta.parquet.compression.codec":"gzip","delta.dataSkippingStatsColumns":"b","x.y":"z","delta.checkpointInterval":"2"}' \
		'[]' "$(column a long)" "$(column b long true '{"comment":"kept"}')"
	echo '{"a":1,"b":2}' >in
	lake-put t in
	[ "$(find t -name 'part-*.gz.parquet' | wc -l)" -eq 1 ]
	[ "$(tail -1 t/_delta_log/*1.json | jq -r .add.stats | jq -c .)" = \
		'{"numRecords":1,"minValues":{"b":2},"maxValues":{"b":2},"nullCount":{"b":0}}' ]
	lake-put t in
	[ -s t/_delta_log/00000000000000000002.checkpoint.parquet ]
	echo '{"a":1,"c":true}' | lake-put --evolve t
	jq 'select(.metaData) | .metaData |
		.configuration."x.y" == "z" and .id == "x" and
		(.schemaString | fromjson | .fields | map(.name) == ["a","b","c"] and
		.[1].metadata.comment == "kept")' t/_delta_log/*3.json |
		grep -qx true
}

@test "a table with nested columns is read, but not written" {
	local list='{"type":"array","elementType":"long","containsNull":true}'
	table t '{}' '[]' "$(column a long)" \
		"$(jq -nc --argjson t "$list" '{name: "l", type: $t,
			nullable: true, metadata: {}}')"
	echo '{"a":1}' >in
	fails 2 lake-put t in
	grep -qF "'t': the column 'l' is an array, map or struct: such a table is read, but not written" err
	[ "$(lake-cat --count t)" -eq 0 ]
	table u '{}' '[]' "$(column a long)" "$(column d 'decimal(38,2)')"
	fails 2 lake-put u in
	grep -qF "'u': the column 'd' is decimal(38,2): such a table" err
}
