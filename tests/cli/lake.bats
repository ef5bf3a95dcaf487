#!/usr/bin/env bats
# lake-put and lake-cat: what goes in comes out, what does not fit is not lost,
# and the rules of barriers that a sink and a table source must keep.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
}

lines() { # FROM TO
	awk -v a="$1" -v b="$2" 'BEGIN { for (i = a; i < b; i++)
		printf("{\"day\":\"2026-11-%02d\",\"id\":%d}\n", i % 3 + 1, i) }'
}

barrier() { # AT LINES [MEMBERS]
	printf '{"@barrier":{"job":"j","run":"r1",%s"at":{"src":%d},"lines":%d}}\n' \
		"${3:-}" "$1" "$2"
}

@test "canonical events come back byte for byte, twice" {
	evgen --users 100 --seed 3 --from 2026-11-16 --to 2026-11-17 >events
	lake-put --schema playpipe a events
	lake-cat a >one
	cmp <(LC_ALL=C sort events) <(LC_ALL=C sort one)
	lake-put --schema playpipe b one
	lake-cat b | cmp - one
}

@test "the file's order is the order of the lines" {
	lines 0 500 >in
	lake-put a in
	lake-cat a | cmp - in
}

@test "long, escaped and rare values come back among short ones" {
	awk 'BEGIN { long = sprintf("%0700d", 7); for (i = 0; i < 9000; i++) {
		printf("{\"n\":%d", i % 7 ? i : -i)
		if (i % 9 == 0) printf(",\"t\":\"2026-11-22T10:%02d:00%sZ\"", i % 60, i % 2 ? ".123" : "")
		if (i % 3) printf(",\"x\":%s", i % 5 ? i / 8 "" : "1.2345678901234567e-30")
		if (i % 2) printf(",\"s\":\"%s\"", i % 11 ? "a\\n\\u0001\\\"" i % 50 : long i)
		if (i % 4) printf(",\"ok\":%s", i % 8 ? "true" : "false")
		print "}" } }' | sed 's/"n":-0/"n":0/' >in
	lake-put a in
	lake-cat a | cmp - in
	for n in 0 1 63 64 65 8191 8192 8193; do
		lake-cat --limit "$n" a | cmp - <(head -n "$n" in)
	done
	lake-cat --where 'n >= 8190' a | cmp - <(jq -c 'select(.n >= 8190) | .n' in |
		while read -r n; do grep -F "{\"n\":$n" in | grep "{\"n\":${n}[,}]"; done)
}

@test "what fits no column is rescued, counted, and comes back" {
	printf '%s\n' '{"topic":"x","ts":1,"new":{"a":[1,null]},"k\"ey":2}' \
		'{"topic":"x","ts":"soon","userId":1.5,"itemInSession":3000000000}' >in
	lake-put --schema playpipe --stats stats a in 2>err
	[ "$(jq .rescued stats)" -eq 5 ]
	grep -qxF "lake-put: warning: 'a': values that fit no column, kept in _rescued: 5; the first is of the key 'new'" err
	lake-put -q --schema playpipe quiet in 2>err
	[ ! -s err ]
	lake-cat a | cmp - in
	[ "$(lake-cat --columns _rescued --where '_rescued IS NOT NULL' \
		--format csv a | wc -l)" -eq 3 ]
	lake-cat a | lake-put b && lake-cat b | cmp - in
}

@test "an empty partition value, which Delta reads as null, is rescued" {
	printf '%s\n' '{"p":"","n":1}' '{"p":"x","n":2}' '{"n":3}' >in
	lake-put --partition-by p a in
	cmp <(sort in) <(lake-cat a | jq -c '{p,n} | del(..|nulls)' | sort)
}

@test "bronze: every line once, bad ones with their bytes" {
	printf 'no json\n{"ts":1794787200000}\n{"a":1,"a":2}\nbad \377\n' >in
	lake-put --schema playpipe --partition-by arrivalDate,verdict \
		--now 2026-11-23T01:02:03Z --stats stats a in
	[ "$(jq .bad_rows stats)" -eq 3 ]
	[ "$(lake-cat --count --where "verdict = 'bad'" a)" -eq 3 ]
	[ "$(lake-cat --count --where "arrivalDate = '2026-11-23'" a)" -eq 4 ]
	[ "$(lake-cat --where "verdict = 'good'" a)" = '{"ts":1794787200000}' ]
	[ "$(lake-cat a | jq -r '."@bad".raw // empty' | sort)" = \
		"$(printf 'no json\n{"a":1,"a":2}\n' | sort)" ]
	[ "$(lake-cat a | jq -r '."@bad".rawBase64 // empty' | base64 -d | od -An -c)" = \
		"$(printf 'bad \377' | od -An -c)" ]
	lake-cat a >one
	lake-put --schema playpipe --partition-by arrivalDate,verdict b one
	lake-cat b | sort | cmp - <(sort one)
}

@test "the byte of a bad line is from 1, in messages and in _rules" {
	printf 'xyz\n{"ts":1,}\n' >in
	lake-put -q --schema playpipe --partition-by verdict a in
	lake-put --schema playpipe --reject bad b in 2>err
	lake-cat --columns _rules --where "verdict = 'bad'" a |
		jq -r '._rules | if type == "string" then fromjson else . end |
			.[].byte' >bytes
	[ "$(tr '\n' ' ' <bytes)" = "1 9 " ]
	sed -n "s/.*'in': line [0-9]*, byte \([0-9]*\): .*/\1/p" err | cmp - bytes
}

@test "refused lines: a sentence and 65, or a file" {
	printf '{"a":1}\nno\n{"a":2}\n' >in
	fails 65 lake-put t in
	grep -qF "'in': line 2, byte 1: bad_literal: " err
	[ ! -d t/_delta_log ]
	lake-put --reject bad --stats stats t in
	[ "$(cat bad)" = no ]
	[ "$(lake-cat --count t)" -eq 2 ]
	[ "$(jq -c '[.lines, .rows, .refused]' stats)" = '[3,2,1]' ]
	lake-put --max-bad 1 t in 2>/dev/null
	fails 2 lake-put --job j --reject bad t in
}

@test "inference: types, and what comes later" {
	printf '%s\n' '{"b":true,"n":1,"x":1,"d":"2026-11-22","s":"a","m":1,"o":{"k":1},"z":null}' \
		'{"b":false,"n":2,"x":1.5,"d":"2026-11-23","s":"2026-11-22","m":"q","t":"2026-11-22T10:00:00Z"}' >in
	lake-put t in
	lake-cat --print schema t | jq -r '[.name, .type] | @tsv' >schema
	diff schema - <<-'END'
	b	boolean
	n	long
	x	double
	d	date
	s	string
	m	string
	o	string
	t	timestamp
	_rescued	string
	END
	lake-cat t | diff - in
	echo '{"b":"no","new":1}' | lake-put t
	[ "$(lake-cat --since-version 0 t)" = '{"b":"no","new":1}' ]
	lake-put -v v in 2>err
	grep -q 'inferred; columns: 8, first lines read: 2$' err
}

@test "--evolve adds columns, old rows stay without" {
	echo '{"a":1}' | lake-put t
	echo '{"a":2,"b":"x"}' | lake-put --evolve t
	[ "$(lake-cat --where "b = 'x'" t)" = '{"a":2,"b":"x"}' ]
	[ "$(lake-cat --where 'b IS NULL' t)" = '{"a":1}' ]
}

@test "what is rescued is seen by --where once it is rewritten" {
	echo '{"a":1}' | lake-put -q t
	echo '{"a":2,"b":"x"}' | lake-put -q t
	echo '{"a":3,"b":"x"}' | lake-put -q --evolve t
	[ "$(lake-cat --where "b = 'x'" t)" = '{"a":3,"b":"x"}' ]
	lake-cat t >all
	lake-put --mode overwrite t all 2>err
	[ ! -s err ]
	[ "$(lake-cat --count --where "b = 'x'" t)" -eq 2 ]
}

@test "modes: append, overwrite, replace-partitions, replace-where" {
	lines 0 9 | lake-put --partition-by day t
	lines 9 12 | lake-put t
	[ "$(lake-cat --count t)" -eq 12 ]
	echo '{"day":"2026-11-02","id":100}' |
		lake-put --mode replace-partitions t
	[ "$(lake-cat --where "day = '2026-11-02'" t)" = '{"day":"2026-11-02","id":100}' ]
	[ "$(lake-cat --count t)" -eq 9 ]
	lake-put --replace-where "day <= '2026-11-02'" t </dev/null
	[ "$(lake-cat --count t)" -eq 4 ]
	echo '{"day":"2026-11-03","id":1}' >outside
	fails 65 lake-put --replace-where "day = '2026-11-01'" t outside
	grep -q "'outside': line 1, byte 1: does not belong to what " err
	fails 2 lake-put --replace-where "nope = 1" t outside
	fails 65 lake-put -q --replace-where "day = '2026-11-01'" \
		--partition-by day new outside
	fails 2 lake-put -q --mode replace-partitions flat outside
	lake-put --mode overwrite t outside
	lake-cat t | cmp - outside
	[ "$(lake-cat --count --at-version 0 t)" -eq 9 ]
	[ "$(lake-cat --count --since-version 0 --accept-gap t 2>err)" -eq 3 ]
	grep -q ': 2-4; rows added there and not read: 2$' err
	fails 65 lake-cat --since-version 0 t
	grep -q 'version 2' err
}

@test "a schema or partitioning that does not fit the table is refused" {
	lines 0 3 | lake-put --partition-by day t
	fails 2 lake-put --partition-by id t /dev/null
	grep -q "partitioned by 'day'" err
	lines 0 3 | lake-put -q flat
	fails 2 lake-put --partition-by id flat /dev/null
	grep -q "'flat' is not partitioned: that cannot be changed" err
	echo '{"name":"s","columns":[{"name":"id","type":"string"}]}' >s.json
	fails 2 lake-put --schema ./s.json t /dev/null
	grep -q "'id' is of type long in the table and string in the schema" err
	lines 0 3 >in
	fails 2 lake-put -q --partition-by none new in
}

@test "predicates, columns, limit, count, CSV, times" {
	evgen --users 50 --seed 3 --from 2026-11-16 --to 2026-11-17 >events
	lake-put --schema playpipe t events
	cut=$(jq .ts events | sort -n | sed -n 100p)
	[ "$(lake-cat --count --where "ts <= $cut" t)" -eq \
		"$(jq "select(.ts <= $cut) | .ts" events | wc -l)" ]
	cmp <(lake-cat --where "topic != 'listen_events'" t) \
		<(jq -c 'select(.topic != "listen_events")' events)
	cmp <(lake-cat --columns userId,ts t) <(jq -c '{userId,ts} | del(..|nulls)' events)
	[ "$(lake-cat --limit 7 t | wc -l)" -eq 7 ]
	[ "$(lake-cat --count --limit 7 t)" -eq 7 ]
	lake-cat --columns ts,userId --times rfc3339 --format csv --limit 1 t >csv
	[ "$(head -1 csv)" = 'ts,userId' ]
	tail -1 csv | grep -qE '^2026-11-1[67]T[0-9:.]+Z,[0-9]+$'
	fails 2 lake-cat --where 'nope = 1' t
	fails 2 lake-cat --where 'userid = 1' t
	grep -q "'t' has no column 'userid', did you mean 'userId'?" err
	fails 2 lake-cat --columns TS t
	grep -q "'t' has no column 'TS', did you mean 'ts'?" err
	fails 2 lake-cat --where "song LIKE '%x%'" t
	grep -q "expected = != < <= > >= IN BETWEEN or IS, found 'LIKE'" err
	fails 2 lake-cat --where "userId = 'x'" t
	grep -q "'userId' is of type long, and 'x' is no value of it" err
	fails 2 lake-cat --where 'ts = ' t
	grep -q 'byte' err
	fails 2 lake-cat --where 'ts < 2026-11-16' t
	grep -q "'2026-11-16' is no value of it: quote a date" err
	fails 2 lake-cat --columns nope t
	fails 2 lake-cat --columns userId,ts,userId t
	grep -q "the column 'userId' is wanted twice" err
	fails 65 lake-cat --at-version 9 t
	fails 65 lake-cat absent
}

@test "what is damaged is told with its table, and its line once" {
	local part
	printf '{"a":%d}\n' 1 2 | lake-put -q t
	part=$(echo t/part-*)
	cp "$part" whole
	head -c 100 whole >"$part"
	fails 65 lake-cat t
	grep -q "^lake-cat: '$part': not a Parquet file" err
	cp whole "$part"
	printf '%s\n' '{bad' >>t/_delta_log/00000000000000000000.json
	fails 65 lake-cat t
	grep -q "'t': line [0-9]*: '_delta_log/0*.json': column 4: " err
}

@test "a schema or a scheme that there is not: those that there are" {
	fails 2 lake-put --schema nosuch t
	grep -q "unknown schema 'nosuch': there are eventsim1, .*playpipe, sessions" err
	fails 2 env PLAYPIPE_SHARE="$PWD/nowhere" lake-put --schema nosuch t
	grep -q "unknown schema 'nosuch': cannot open .*nowhere/schemas/nosuch.json" err
	fails 2 lake-cat s3://lake/t
	grep -q 'https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH or az://CONTAINER/PATH$' err
	fails 2 lake-cat http://lake/t
	grep -q '; AZURE_STORAGE_ENDPOINT names another endpoint$' err
}

@test "files are skipped by partitions and statistics" {
	lines 0 300 | lake-put --partition-by day --batch-rows 100 t
	lake-cat --stats stats --where "day = '2026-11-01'" t >out
	[ "$(jq .files stats)" -eq 9 ] && [ "$(jq .files_skipped stats)" -eq 6 ]
	lake-cat --stats stats --where "id >= 250" t >out
	[ "$(jq .files_skipped stats)" -eq 6 ] && [ "$(wc -l <out)" -eq 50 ]
}

@test "as of a time" {
	for second in 1 2 3; do
		lines 0 1 | lake-put t
		touch -d "2026-11-22T10:00:0$second.000Z" \
			"t/_delta_log/0000000000000000000$((second - 1)).json"
	done
	[ "$(lake-cat --print history t | jq -r .time | tail -1)" = \
		2026-11-22T10:00:01Z ]
	[ "$(lake-cat --count --as-of 2026-11-22T10:00:02Z t)" -eq 2 ]
	[ "$(lake-cat --count --as-of 2026-11-22T10:00:02.999Z t)" -eq 2 ]
	[ "$(lake-cat --count --as-of now t)" -eq 3 ]
	fails 65 lake-cat --as-of 2026-11-22T10:00:00Z t
}

# ---- tables of others ----

# change FILTER - the table's first add, changed by jq, with its remove
change() {
	grep '"add"' t/_delta_log/00000000000000000000.json |
		jq -c "(.add | $1) as \$a | {add: \$a},
			{remove: {path: \$a.path, dataChange: \$a.dataChange}}"
}

# Rows 3, 4, 7, 11, 18 and 29 of the file.
vector='{storageType: "i", sizeInBytes: 44, cardinality: 6, pathOrInlineDv:
	"^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L"}'

@test "deleted rows are neither read nor counted, and are a gap to readers of what is new" {
	lines 0 40 | lake-put t
	lake-cat --job j t | lake-put --job j sink
	change ".deletionVector = $vector" >t/_delta_log/00000000000000000001.json
	[ "$(lake-cat --count t)" -eq 34 ]
	[ "$(lake-cat --count --where 'id >= 0' t)" -eq 34 ]
	[ "$(lake-cat --count --where 'id IN (3, 18, 5)' t)" -eq 1 ]
	[ "$(lake-cat --count --at-version 0 t)" -eq 40 ]
	[ "$(lake-cat --at-version 0 t | sed '4,5d;8d;12d;19d;30d')" = \
		"$(lake-cat t)" ]
	[ "$(lake-cat --print files t | jq -c .deletionVector.cardinality)" = 6 ]
	fails 65 lake-cat --since-version 0 t
	fails 65 lake-cat --job j --resume sink t
	grep -q 'version 1' err
	lake-cat --job j --resume sink --accept-gap t | lake-put --job j sink
	[ "$(lake-cat --count sink)" -eq 40 ]
}

@test "a commit that changes no data is none to readers of what is new" {
	lines 0 5 | lake-put t
	lake-cat --job j t | lake-put --job j sink
	cp t/part-*.parquet t/moved.parquet
	grep '"add"' t/_delta_log/00000000000000000000.json |
		jq -c '{remove: {path: .add.path, dataChange: false}},
			{add: (.add | .path = "moved.parquet" |
			.dataChange = false)}' \
			>t/_delta_log/00000000000000000001.json
	[ "$(lake-cat --count t)" -eq 5 ]
	[ "$(lake-cat --count --since-version 0 t)" -eq 0 ]
	lake-cat --job j --resume sink t | lake-put --job j sink
	[ "$(lake-cat --count sink)" -eq 5 ]
}

@test "a clone's files are its source's, and none of another store's" {
	lines 0 5 | lake-put "a source"
	mkdir -p clone/_delta_log
	jq -c --arg from "file:$PWD/a%20source/" \
		'if .add then .add.path = $from + .add.path else . end' \
		"a source/_delta_log/00000000000000000000.json" \
		>clone/_delta_log/00000000000000000000.json
	lake-cat clone >got
	lake-cat "a source" | cmp - got
	sed -i 's|file:/|s3://bucket/|' clone/_delta_log/00000000000000000000.json
	fails 2 lake-cat clone
	grep -q "another store" err
}

# ---- a sink under barriers ----

@test "a batch and its position are one commit" {
	{ barrier 0 0 '"start":true,' && lines 0 5 && barrier 5 5 &&
		barrier 7 0 '"watermark":123,"state":{"f":9},' && lines 5 9 &&
		barrier 9 4; } | lake-put --job j t
	[ "$(lake-cat --count t)" -eq 9 ]
	[ "$(lake-cat --count --at-version 0 t)" -eq 5 ]
	[ "$(lake-cat --print positions --at-version 1 t | jq -c '[.id, .value]' | sort)" = \
		"$(printf '["j:src",7]\n["j:src@watermark",123]\n["j:state/f",9]\n' | sort)" ]
	[ "$(lake-cat --print positions t | jq -c 'select(.id == "j:src") | .value')" -eq 9 ]
}

@test "rows behind the last barrier are not committed: 75" {
	{ barrier 0 0 '"start":true,' && lines 0 5 && barrier 5 5 &&
		lines 5 9; } >in
	fails 75 lake-put -q --job j t in
	[ "$(lake-cat --count t)" -eq 5 ]
	fails 75 lake-put --job j t /dev/null
}

@test "a torn last line is a stage that died, not bad data" {
	{ barrier 0 0 '"start":true,' && lines 0 2 && printf '{"day":"20'; } >in
	fails 75 lake-put --job j t in
	[ ! -d t/_delta_log ]
	{ barrier 0 0 '"start":true,' && echo 'no' && barrier 1 1; } >in
	fails 65 lake-put --schema playpipe --job j t in
	grep -q 'line 2' err
}

@test "the stream must begin where the table's position is" {
	{ barrier 0 0 '"start":true,' && lines 0 5 && barrier 5 5; } >first
	lake-put --job j t first
	fails 75 lake-put --job j t first
	grep -q 'another runner was faster' err
	{ barrier 7 0 && lines 7 9 && barrier 9 2; } >gap
	fails 65 lake-put --job j t gap
	grep -q 'missing' err
	sed 's/"src"/"other"/' gap >other
	fails 65 lake-put --job j t other
	grep -q 'another source' err
	fails 65 lake-put --job j new gap
	fails 65 lake-put --job k t first
	fails 2 lake-put t first
	lines 0 1 >plain
	fails 65 lake-put --job j t plain
	[ "$(lake-cat --count t)" -eq 5 ]
}

@test "a barrier that counts otherwise is refused" {
	{ barrier 0 0 '"start":true,' && lines 0 5 && barrier 5 4; } >in
	fails 65 lake-put --job j t in
	lake-put --job j --allow-drop t in
	[ "$(lake-cat --count t)" -eq 5 ]
}

@test "new partitions of a known topic may join" {
	sed 's/"src"/"id\/t\/0"/' <(barrier 0 0 '"start":true,' && barrier 3 0) |
		lake-put --schema playpipe --job j t
	sed 's/"src":\([0-9]*\)/"id\/t\/0":3,"id\/t\/1":\1/' \
		<(barrier 0 0 && barrier 2 0) | lake-put --job j t
	[ "$(lake-cat --print positions t | jq -c '[.id, .value]' | sort | tr -d '\n')" = \
		'["j:id/t/0",3]["j:id/t/1",2]' ]
}

# ---- a table as a source ----

copy() { # OPTION...
	lake-cat --job j --resume sink "$@" source | lake-put --job j sink
}

@test "a job reads what is new, once" {
	lines 0 100 | lake-put --batch-rows 10 source
	copy --batch-versions 3
	[ "$(lake-cat --print version sink | jq .version)" -eq 3 ]
	copy
	[ "$(lake-cat --print version sink | jq .version)" -eq 3 ]
	lines 100 120 | lake-put source
	copy
	cmp <(lake-cat sink) <(lines 0 120)
}

@test "watermark and end of the source pass through a table" {
	{ barrier 0 0 '"start":true,' && lines 0 5 &&
		barrier 5 5 '"watermark":500,' && lines 5 9 &&
		barrier 9 4 '"final":true,"watermark":900,'; } |
		lake-put --job j source
	lake-cat --job j --batch-versions 1 source | grep '@barrier' |
		jq -c '."@barrier" | [.watermark, .final]' >got
	[ "$(tr -d '\n' <got)" = '[null,null][500,null][900,true]' ]
}

@test "--final closes a table that no job has written" {
	lines 0 5 | lake-put source
	lake-cat --job j source | tail -1 | jq -e '."@barrier".final | not'
	lake-cat --job j --final source | tail -1 | jq -e '."@barrier".final'
	fails 2 lake-cat --final source
}

@test "another table in the same place, or one gone back, is refused" {
	lines 0 5 | lake-put source
	copy
	rm -rf source
	lines 0 5 | lake-put source
	fails 65 lake-cat --job j --resume sink source
	grep -q 'another table' err
	rm -rf source sink
	lines 0 5 | lake-put source
	lines 0 5 | lake-put source
	copy
	rm source/_delta_log/00000000000000000001.json
	fails 65 lake-cat --job j --resume sink source
	grep -q 'gone back' err
}

@test "early commits cleaned away: the earliest snapshot is the first batch" {
	lines 0 130 | lake-put --batch-rows 10 source
	rm source/_delta_log/0000000000000000000?.json
	copy
	cmp <(lake-cat sink | sort) <(lines 0 130 | sort)
	# a job that has read less than what is left has a gap
	rm -rf sink
	lake-cat --job j source | sed 's/"src":1[0-9]/"src":3/' >/dev/null
	id=$(lake-cat --print version source | jq -r .id)
	printf '{"@barrier":{"job":"j","run":"r","start":true,"at":{"%s":0},"lines":0}}\n{"@barrier":{"job":"j","run":"r","at":{"%s":3},"lines":0}}\n' \
		"$id" "$id" | lake-put --schema playpipe --job j sink
	fails 65 lake-cat --job j --resume sink source
	grep -q 'accept-gap' err
	lake-cat --job j --resume sink --accept-gap source >out 2>err
	grep -q 'because they are gone: 3-10$' err
	[ "$(grep -vc '@barrier' out)" -eq 20 ]
}

@test "a job that has read nothing begins behind what was replaced" {
	lines 0 100 | lake-put -q source
	lines 90 120 | lake-put --mode overwrite source
	lines 120 125 | lake-put source
	lake-cat --job j --resume sink source >first
	jq -ec '."@barrier".at[] == 0' <(head -1 first)
	# the last barrier did not arrive: it begins again, behind one more
	sed '/"@barrier"/{1!d}' first | run -75 lake-put -q --job j sink
	lines 200 230 | lake-put --mode overwrite source
	lines 230 240 | lake-put source
	copy
	cmp <(lake-cat sink | sort) <(lines 200 240 | sort)
	lines 240 250 | lake-put source
	copy
	cmp <(lake-cat sink | sort) <(lines 200 250 | sort)
	# what is replaced behind its position is a gap as before
	lines 0 5 | lake-put --mode overwrite source
	fails 65 lake-cat --job j --resume sink source
}

@test "--accept-gap passes over a commit that replaces, its adds included" {
	lines 0 100 | lake-put -q source
	copy
	lines 0 100 | lake-put --mode overwrite source
	fails 65 lake-cat --job j --resume sink source
	grep -q 'accept-gap' err
	lake-cat --job j --resume sink --accept-gap --stats stats source \
		2>err | lake-put -q --job j sink
	[ "$(lake-cat --count sink)" -eq 100 ]
	grep -qx "lake-cat: warning: 'source': versions passed over, because they removed or replaced rows: 1; rows added there and not read: 100" err
	jq -e '.versions_passed == 1 and .rows_passed == 100' stats
	lines 100 110 | lake-put source
	copy 2>err
	[ ! -s err ]
	cmp <(lake-cat sink | sort) <(lines 0 110 | sort)
	# a sink made to hold what the source holds, as the man page says
	lines 200 205 | lake-put --mode overwrite source
	copy --accept-gap 2>err
	lake-cat source | lake-put --mode overwrite sink
	lines 205 207 | lake-put source
	copy
	cmp <(lake-cat sink | sort) <(lines 200 207 | sort)
}

view() {
	lake-cat --job v --resume view --touched day source |
		lake-put --job v --mode replace-partitions --partition-by day view
}

@test "a view replaces what new rows touch, also where nothing is left" {
	lines 0 9 | lake-put source
	view
	[ "$(lake-cat --count view)" -eq 9 ]
	echo '{"day":"2026-11-02","id":50}' | lake-put source
	lake-cat --job v --resume view --touched day source >out
	head -1 out | jq -ec '."@barrier".touched == {"day":["2026-11-02"]}'
	[ "$(grep -vc '@barrier' out)" -eq 4 ]
	view
	cmp <(lake-cat view | sort) <(lake-cat source | sort)
	echo '{"day":"2026-11-02","id":51}' | lake-put source
	lake-cat --job v --resume view --touched day source |
		sed '/"id"/d' |
		lake-put --job v --mode replace-partitions --allow-drop view
	[ "$(lake-cat --count --where "day = '2026-11-02'" view)" -eq 0 ]
	[ "$(lake-cat --count view)" -eq 6 ]
}

# sorted_equal A B - two tables hold the same lines
sorted_equal() {
	cmp <(lake-cat "$1" | sort) <(lake-cat "$2" | sort)
}

@test "a view follows rows that were removed or replaced" {
	lines 0 30 | lake-put -q source
	view
	lines 30 40 | lake-put source
	lines 6 8 | lake-put --replace-where 'id >= 3 AND id < 9' source
	view
	sorted_equal view source
	# a day of which nothing is left
	lake-put --replace-where "day = '2026-11-02'" source </dev/null
	view
	sorted_equal view source
	[ "$(lake-cat --count --where "day = '2026-11-02'" view)" -eq 0 ]
	# everything
	lake-cat --job w source | lake-put -q --job w reader
	lines 100 103 | lake-put --mode overwrite source
	lake-cat --job v --resume view --touched day source | head -1 |
		jq -ec '."@barrier".touched.day | length == 3'
	view
	sorted_equal view source
	# who reads on is told, as ever
	fails 65 lake-cat --job w --resume reader source
	grep -q 'removed or replaced rows' err
}

@test "a view follows a removed file that is vacuumed away, if it may" {
	lines 0 30 | lake-put -q source
	lines 30 60 | grep '11-02' >one
	lake-put source one
	view
	lake-put --replace-where 'id = 31 OR id >= 30 AND id < 60' source </dev/null
	gone=$(lake-cat --print files --at-version 1 source | jq -r .path |
		grep -vxF -f <(lake-cat --print files source | jq -r .path))
	[ "$(wc -l <<<"$gone")" -eq 1 ]
	rm "source/$gone"
	view
	sorted_equal view source
	# its statistics say only which days there may have been
	lake-put --replace-where 'id = 3' source </dev/null
	gone=$(lake-cat --print files --at-version 0 source | jq -r .path)
	rm "source/$gone"
	fails 65 lake-cat --job v --resume view --touched day source
	grep -q 'removed, by a vacuum perhaps' err
}

@test "print: history, files, version" {
	lines 0 30 | lake-put --partition-by day --batch-rows 15 t
	[ "$(lake-cat --print history t | jq -c '[.version, .operation, .metrics.numOutputRows]' | tr -d '\n')" = \
		'[1,"WRITE","15"][0,"CREATE TABLE AS SELECT","15"]' ]
	[ "$(lake-cat --print files t | jq -s 'map(.stats.numRecords) | add')" -eq 30 ]
	lake-cat --print version t | jq -e '.reader == 1 and .writer == 2 and .files == 6'
}

@test "print: what chooses or forms rows does not go with it" {
	local rows
	lines 0 3 | lake-put -q t
	for rows in '--columns id' '--where id=1' '--limit 1' --count \
		'--format csv' '--since-version 0' '--job j'; do
		# shellcheck disable=SC2086 # an option and its value
		fails 2 lake-cat --print history $rows t
		grep -q -- "log says: ${rows%% *}.* does not go with it" err
	done
	lake-cat --print schema --at-version 0 t | grep -q '"day"'
}

@test "an empty value of an option is refused, as of a variable not set" {
	echo '{"a":1}' >in
	lake-put -q t in
	for option in replace-where job sort; do
		status_is 2 lake-put "--$option" "" t in
		grep -q "option '--$option': the value is empty" err
	done
	status_is 2 lake-cat --where "" t
	status_is 2 lake-tidy --delete-where "" t
	[ "$(lake-cat --print version t | jq .version)" -eq 0 ]
}

@test "columns are told once they are added, and that no table was made" {
	echo '{"a":1}' | lake-put -q t
	printf '{"a":2,"b":1}\nno json\n' >in
	fails 65 lake-put --evolve t in
	lake-put --evolve --reject bad t in 2>err
	grep -q "'t': columns added: 1" err
	lake-put new </dev/null 2>err
	grep -q "'new': no rows came, and no schema was given: no table" err
	[ ! -e new ]
	lake-put --schema playpipe new </dev/null 2>err
	[ ! -s err ] && [ "$(lake-cat --count new)" -eq 0 ]
}

@test "a place that is no folder, or one slash short, is refused" {
	echo '{"a":1}' >in
	fails 2 lake-put in new
	grep -q "'in' is a file, where a folder is wanted" err
	fails 2 lake-put --check in
	for place in az:/lake/x abfss:/lake/x file:/x s3:/lake/x; do
		fails 2 lake-put "$place" in
		grep -q "'$place': did you mean '${place%%:*}://" err
	done
	[ "$(ls)" = "$(printf 'err\nin\nout')" ]
	lake-put -q a:/x in
}

@test "the first refused line says which options bear it" {
	printf '{"a":1}\nno json\n' >in
	fails 65 lake-put -q t in
	grep -q -- '; --reject FILE keeps such lines, --max-bad N allows' err
	fails 65 lake-put -q --max-bad 0 t in
	! grep -q -- '--reject' err
}

@test "where statistics cannot go, nothing is committed" {
	echo '{"a":1}' >in
	lake-put -q t in
	fails 74 lake-put --stats nowhere/s t in
	fails 74 lake-put --stats . t in
	[ "$(lake-cat --count t)" -eq 1 ]
	[ -e /dev/full ] || skip "no /dev/full"
	fails 74 lake-put --stats /dev/full t in
	grep -q 'all is done but the statistics' err
	[ "$(lake-cat --count t)" -eq 2 ]
}

@test "the figures of a run that fails have the batches before" {
	printf '{"a":1}\n{"a":2}\nno json\n' >in
	fails 65 lake-put -q --batch-rows 2 --stats stats t in
	grep -q 'the batch is not committed (those before it are)' err
	jq -e '.rows == 2 and .refused == 1 and .commits == 1 and
		.table_version == 0 and .version != 0' stats
}

@test "a column of partitions named twice is refused" {
	echo '{"a":1,"b":2}' >in
	fails 2 lake-put --partition-by b,b t in
	grep -q -- "--partition-by names 'b' twice" err
	[ ! -e t ]
}

@test "--touched asks for values of any type" {
	printf '%s\n' '{"k":-1,"d":1.5,"b":true,"s":"x'\''1"}' \
		'{"k":2,"d":-2.25,"b":false,"s":""}' >in
	lake-put -q t in
	lake-put -q --partition-by k p in
	for column in k d b; do
		[ "$(lake-cat --job j --touched $column t | grep -vc @)" -eq 2 ]
	done
	[ "$(lake-cat --job j --touched k p | grep -vc @)" -eq 2 ]
	[ "$(lake-cat --job j --touched k --where 'd < 0' p |
		grep -v @ | jq .k)" -eq 2 ]
}

@test "a schema of other columns than the table's is refused" {
	echo '{"a":1}' | lake-put -q t
	echo '{"userId":1,"ts":1794808800006}' >in
	fails 2 lake-put --schema playpipe t in
	grep -qF "'t' has no column of the schema 'playpipe'" err
	lake-put -q --evolve --schema playpipe t in
	[ "$(lake-cat --count t)" -eq 2 ]
}

@test "lines that are refused do not go into the input" {
	printf '{"a":1}\nno\n' >in
	fails 2 lake-put --reject in t in
	grep -qF -- "--reject 'in' is an input as well" err
	ln in same
	run -2 bash -c 'lake-put --reject same t <in'
	[ "$(wc -l <in)" -eq 2 ]
	fails 2 dq-check --schema playpipe --suite playpipe --quarantine in in
	fails 2 sessionize --late in in
	[ "$(wc -l <in)" -eq 2 ]
}
