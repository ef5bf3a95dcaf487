#!/usr/bin/env bats
# dq-check: lines judged, bad ones kept with their reasons, verdicts by exit
# status and result. What rules mean is tested in tests/unit/dq_rules_test.c,
# what the world does to any tool in ordeal.bats.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	root=$BATS_TEST_DIRNAME/../..
	shared=${PLAYPIPE_SHARED:-$root/../shared}
	export PLAYPIPE_HASH_SEED=1
	cat >suite.json <<-'END'
	{"name": "test", "expectations": [
	{"type": "expect_column_values_to_not_be_null",
	 "kwargs": {"column": "id"}},
	{"type": "expect_column_values_to_be_in_set", "severity": "warning",
	 "kwargs": {"column": "level", "value_set": ["free", "paid"]}},
	{"type": "expect_column_values_to_be_between",
	 "kwargs": {"column": "n", "min_value": 0, "mostly": 0.5}}]}
	END
	cat >unique.json <<-'END'
	{"name": "unique", "expectations": [
	{"type": "expect_column_values_to_be_unique",
	 "kwargs": {"column": "id"}}]}
	END
}

# ---- lines ----

@test "good lines pass byte for byte" {
	printf '{"id" : 1}\n{ "id":"\\u0041" ,"x":[1, 2]}\r\n{"id":2}' >in
	status_is 0 dq-check -s suite.json in
	printf '{"id" : 1}\n{ "id":"\\u0041" ,"x":[1, 2]}\r\n{"id":2}\n' |
		cmp - out
	! grep -v 'of the suite was in no line$' err || return 1
}

@test "a column of the suite that no line had is told, unless -q" {
	sed 's/"level"/"levle"/' suite.json >misspelt.json
	printf '%s\n' '{"id":1,"level":"free","n":null}' '{"id":2}' >in
	status_is 0 dq-check -s misspelt.json in
	[ "$(cat err)" = "dq-check: warning: column 'levle' of the suite was in no line" ]
	status_is 0 dq-check -q -s misspelt.json in
	[ ! -s err ]
	status_is 0 dq-check -s misspelt.json /dev/null
	[ ! -s err ]
}

@test "each file ends its own last line" {
	printf '{"id":1}' >a
	printf '{"id":2}' >b
	status_is 0 dq-check -s suite.json a b
	printf '{"id":1}\n{"id":2}\n' | cmp - out
}

@test "bad lines go to the quarantine file with all they failed" {
	printf '%s\n' '{"id":1}' '{"id":null,"level":"gold","n":-1}' '{"id":' \
		'{"id":3,"level":"gold"}' >in
	status_is 1 dq-check -s suite.json --quarantine bad in
	printf '%s\n' '{"id":1}' '{"id":3,"level":"gold"}' | cmp - out
	cat >expected <<-'END'
	{"raw":"{\"id\":null,\"level\":\"gold\",\"n\":-1}","file":"in","line":2,"offset":9,"rules":[{"type":"expect_column_values_to_not_be_null","column":"id","value":null,"severity":"critical"},{"type":"expect_column_values_to_be_in_set","column":"level","value":"gold","severity":"warning"},{"type":"expect_column_values_to_be_between","column":"n","value":-1,"severity":"critical"}]}
	{"raw":"{\"id\":","file":"in","line":3,"offset":43,"rules":[{"type":"malformed","reason":"cut","byte":7,"severity":"critical"}]}
	END
	diff expected bad
	grep -q "^dq-check: .*'in': line 3, byte 7: cut" err
}

@test "raw bytes give the line back, also when they are not UTF-8" {
	printf '{"id":"\377"}\n{"x":"\\u00e9\\"\303\251"}\n' >in
	status_is 1 dq-check -s suite.json --quarantine bad in
	[ ! -s out ]
	{
		jq -r 'select(.rawBase64) | .rawBase64' bad | base64 -d && echo
		jq -r 'select(.raw) | .raw' bad
	} | cmp - in
}

@test "the quarantine file is appended to" {
	echo '{}' | status_is 1 dq-check -s suite.json --quarantine bad
	echo '{"id":null}' | status_is 1 dq-check -s suite.json --quarantine bad
	[ "$(jq -r .raw bad)" = '{}
{"id":null}' ]
}

@test "inline, every line keeps its place" {
	printf '%s\n' '{"id":1}' '{"n":2}' 'x' '{"id":2}' >in
	status_is 0 dq-check -s suite.json --quarantine inline \
		--fail-on never in
	[ "$(wc -l <out)" -eq 4 ]
	[ "$(sed -n 2p out)" = '{"@bad":{"raw":"{\"n\":2}","line":2,"offset":9,"rules":[{"type":"expect_column_values_to_not_be_null","column":"id","value":null,"severity":"critical"}]}}' ]
	[ "$(sed -n 3p out | jq -r '."@bad".raw')" = x ]
	[ "$(sed -n 4p out)" = '{"id":2}' ]
}

@test "the rules that a line fails stand in the suite's order" {
	jq -n '{name: "s", expectations: [("a", "u", "b", "u") as $c | {
		type: (if $c == "u" then "expect_column_values_to_be_unique"
			else "expect_column_values_to_not_be_null" end),
		kwargs: ({column: $c} + if $c == "a" then {row_condition: {
			type: "nullity", column: {name: "u"}, is_null: false}}
			else {} end)}]}' >order.json
	printf '%s\n' '{"a":1,"u":1,"b":1}' '{"u":1}' >in
	status_is 0 dq-check -s order.json --quarantine inline \
		--fail-on never in
	[ "$(sed -n 2p out | jq -c '[."@bad".rules[].column]')" = \
		'["a","u","b","u"]' ]
}

@test "a line wrapped before is passed on as it is" {
	printf '%s\n' '{"id":1}' '{"n":2}' >in
	dq-check -q -s suite.json --quarantine inline --fail-on never in >once
	status_is 0 dq-check -s suite.json --quarantine inline --stats stats \
		once
	cmp once out
	jq -e '.wrapped == 1 and .good == 1' stats
	status_is 0 dq-check -s suite.json --quarantine bad once
	sed -n 2p once | cmp - bad
}

@test "without quarantine bad lines are told, counted, and cost exit 1" {
	printf '%s\n' '{"id":1}' '{"n":2}' 'x' >in
	status_is 1 dq-check -s suite.json --stats stats in
	[ "$(cat out)" = '{"id":1}' ]
	grep -q "'in': line 2: fails the suite, left out" err
	grep -q "'in': line 3, byte 1" err
	jq -e '.lines == 3 and .good == 1 and .bad == 1 and .malformed == 1' \
		stats
}

@test "of a line over the limit the beginning and the length are kept" {
	{
		printf '{"id":1,"x":"' && head -c 5000 /dev/zero | tr '\0' x &&
			printf '"}\n{"id":2}\n'
	} >in
	status_is 1 dq-check -s suite.json --max-line 1K --quarantine bad in
	[ "$(cat out)" = '{"id":2}' ]
	jq -e '(.raw | length) == 1024 and .bytes == 5016 and
		.rules[0].reason == "too_long"' bad
}

@test "nothing but lines goes to standard output" {
	echo '{}' >in
	status_is 2 dq-check -s suite.json --quarantine - in
	[ ! -s out ]
	status_is 2 dq-check -s suite.json --result - in
	[ ! -s out ]
	[ ! -e ./- ]
}

# ---- verdicts ----

@test "severities and --fail-on" {
	echo '{"id":1,"level":"gold"}' >warn
	status_is 0 dq-check -s suite.json warn
	cmp out warn
	status_is 0 dq-check -s suite.json --fail-on critical warn
	status_is 1 dq-check -s suite.json --fail-on warning warn
	grep -q 'the data failed the suite' err
	status_is 1 dq-check -s suite.json --fail-on info warn
	echo '{}' >critical
	status_is 1 dq-check -s suite.json critical
	status_is 0 dq-check -s suite.json --fail-on never critical
}

@test "mostly: rows within the tolerance stay, or leave if asked to" {
	printf '%s\n' '{"id":1,"n":1}' '{"id":2,"n":-1}' >in
	status_is 0 dq-check -s suite.json in
	cmp in out
	status_is 0 dq-check -s suite.json --tolerated quarantine \
		--quarantine bad in
	[ "$(cat out)" = '{"id":1,"n":1}' ]
	[ "$(jq -r .line bad)" = 2 ]
	printf '%s\n' '{"id":2,"n":-1}' '{"id":3,"n":-1}' >>in
	status_is 1 dq-check -s suite.json in
	cmp in out
}

@test "--max-bad counts malformed lines" {
	printf '%s\n' '{"id":1}' 'x' 'y' >in
	status_is 65 dq-check -s suite.json --max-bad 1 --quarantine bad in
	grep -q 'malformed lines: 2; --max-bad allows 1' err
	[ "$(wc -l <bad)" -eq 2 ]
	status_is 1 dq-check -s suite.json --max-bad 2 in
}

@test "a pattern that runs away is no pass" {
	cat >slow.json <<-'END'
	{"name": "slow", "expectations": [
	{"type": "expect_column_values_to_match_regex", "severity": "info",
	 "kwargs": {"column": "a", "regex": "^(a|aa)+$", "mostly": 0}}]}
	END
	echo '{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}' >in
	status_is 1 dq-check -s slow.json --result result in
	grep -q 'cannot be judged: .*match limit' err
	jq -e '.success == false and .results[0].exception_info.raised_exception' \
		result
}

@test "memory of uniqueness has a limit, and says so" {
	awk 'BEGIN { for (i = 0; i < 5000; i++) print "{\"id\":" i "}" }' >in
	status_is 0 dq-check -s unique.json in
	status_is 1 dq-check -s unique.json --unique-mem 64K in
	grep -q 'cannot be judged: .*raise --unique-mem' err
	cmp in out
}

# ---- suites ----

# refuses SUITE WHAT - exit 2, naming file, place and cause
refuses() {
	echo "$1" >bad.json
	status_is 2 dq-check -s bad.json </dev/null
	[ ! -s out ]
	[ "$(wc -l <err)" -le 2 ]
	grep -q "bad.json.*$2" err
}

@test "what a suite says and we do not know is refused" {
	refuses '{"name":"s","expectations":[{"type":"expect_column_mean_to_be_between","kwargs":{"column":"a","min_value":1}}]}' \
		"expectations\[0\].*'expect_column_mean_to_be_between' is not supported"
	refuses '{"name":"s","expectations":[{"type":"expect_column_values_to_be_null","kwargs":{"column":"a","row_condition":"b>1"}}]}' \
		'expectations\[0\].kwargs.row_condition'
	refuses '{"name":"s","name":"t","expectations":[]}' 'name'
	refuses '{"name":"s",' 'line\|byte\|column'
}

@test "no suite, and a suite that is not there" {
	status_is 2 dq-check </dev/null
	grep -q 'no suite' err
	status_is 2 dq-check -s nosuch </dev/null
	grep -q "unknown suite 'nosuch'" err
	status_is 2 dq-check -s ./nosuch.json </dev/null
}

@test "field names of Great Expectations 0.18 are read" {
	cat >old.json <<-'END'
	{"expectation_suite_name": "old", "expectations": [
	{"expectation_type": "expect_column_values_to_not_be_null",
	 "kwargs": {"column": "id"}, "meta": {}}]}
	END
	echo '{}' >in
	status_is 1 dq-check -s old.json --result result in
	jq -e '.suite_name == "old"' result
	jq -e '.results[0].expectation_config.type ==
		"expect_column_values_to_not_be_null"' result
}

@test "a schema brings aliases, empty values, and finds misspelt columns" {
	cat >schema.json <<-'END'
	{"name": "s", "columns": [
	{"name": "id", "type": "string", "empty": "null", "alias": ["user"]},
	{"name": "level", "type": "string"}, {"name": "n", "type": "long"}]}
	END
	printf '%s\n' '{"user":"1"}' '{"id":""}' >in
	status_is 1 dq-check -s suite.json --schema schema.json in
	[ "$(cat out)" = '{"user":"1"}' ]
	sed 's/"level"/"levle"/' suite.json >typo.json
	status_is 2 dq-check -s typo.json --schema schema.json in
	grep -q "asks for column 'levle', which schema 'schema.json' does not" \
		err
}

# ---- results ----

@test "the result has the shape of Great Expectations, and appears whole" {
	printf '%s\n' '{"id":1,"n":1}' '{"n":-1}' '{"id":' >in
	status_is 1 dq-check -s suite.json --result result --run-name r7 in
	jq -e 'keys == ["id", "meta", "results", "statistics", "success",
		"suite_name", "suite_parameters"]' result
	jq -e '.success == false and .suite_name == "test"' result
	jq -e '.statistics == {"evaluated_expectations": 3,
		"successful_expectations": 2, "unsuccessful_expectations": 1,
		"success_percent": 66.66666666666666}' result
	jq -e '.meta.run_id.run_name == "r7"' result
	jq -e '.meta.playpipe | .rows == 2 and .good == 1 and .bad == 1 and
		.malformed == 1 and .malformed_by_reason == {"cut": 1}' result
	jq -e '.results[0].result == {"element_count": 2,
		"unexpected_count": 1, "unexpected_percent": 50,
		"partial_unexpected_list": [null],
		"partial_unexpected_counts": [{"value": null, "count": 1}],
		"partial_unexpected_index_list": [1]}' result
	jq -e '.results[2] | .success and
		(.result.partial_unexpected_list == [-1])' result
}

@test "result formats" {
	echo '{"n":-1}' >in
	for format in BOOLEAN_ONLY:0 BASIC:8 SUMMARY:10 COMPLETE:12; do
		status_is 1 dq-check -s suite.json --result result \
			--result-format "${format%:*}" in
		jq -e ".results[2].result | length == ${format#*:}" result
	done
}

@test "a result that cannot be written is told" {
	echo '{"id":1}' >in
	status_is 74 dq-check -s suite.json --result no/such/folder/r in
	[ "$(cat out)" = '{"id":1}' ]
}

# ---- barriers ----

# barrier LINES [STATE] - a line, of position LINES
barrier() {
	local state=
	[ $# -lt 2 ] || state=",\"state\":{\"dq-check\":$2}"
	printf '{"@barrier":{"job":"j","run":"n1","at":{"t/0":%s}%s,"lines":%s}}\n' \
		"$1" "$state" "$1"
}

@test "barriers go on with the count of what was written" {
	{
		barrier 0
		printf '%s\n' '{"id":1}' '' 'x'
		barrier 3
	} >in
	status_is 0 dq-check -s suite.json --quarantine inline --fail-on never in
	[ "$(wc -l <out)" -eq 4 ]
	[ "$(sed -n 1p out | jq '."@barrier".lines')" = 0 ]
	[ "$(sed -n 4p out | jq '."@barrier".lines')" = 2 ]
	[ "$(sed -n 4p out | jq '."@barrier".state // {} | length')" = 0 ]
}

@test "under barriers bad lines must stay in the stream" {
	barrier 0 >in
	status_is 2 dq-check -s suite.json --quarantine bad in
	grep -q 'quarantine inline' err
	status_is 2 dq-check -s suite.json in
}

@test "a batch over --max-bad is never passed on whole" {
	{
		barrier 0
		echo x
		barrier 1
	} >in
	status_is 65 dq-check -s suite.json --quarantine inline --max-bad 0 \
		--fail-on never in
	[ "$(grep -c '@barrier' out)" -eq 1 ]
}

@test "with a state, duplicates are found over batches and runs" {
	{
		barrier 0
		printf '%s\n' '{"id":1}' '{"id":2}'
		barrier 2
		printf '%s\n' '{"id":2}' '{"id":3}'
		barrier 2
	} >in
	status_is 0 dq-check -s unique.json --quarantine inline --state place \
		--fail-on never in
	[ "$(grep -c '@bad' out)" -eq 1 ]
	# Not by jq, which rounds numbers beyond 2^53.
	first=$(sed -n '4s/.*"dq-check":\([0-9]*\).*/\1/p' out)
	second=$(sed -n '7s/.*"dq-check":\([0-9]*\).*/\1/p' out)
	[ "$first" != "$second" ]

	# The next run goes on from the state that the sink has committed.
	{
		barrier 0 "$second"
		printf '%s\n' '{"id":3}' '{"id":4}'
		barrier 2
	} >in
	status_is 0 dq-check -s unique.json --quarantine inline --state place \
		--fail-on never in
	[ "$(sed -n 2p out | jq -c '."@bad".rules[0].value')" = 3 ]
	[ "$(sed -n 3p out)" = '{"id":4}' ]

	# From the one before, 3 is new: a batch can be judged again.
	sed "1s/$second/$first/" in >again
	status_is 0 dq-check -s unique.json --quarantine inline --state place \
		--fail-on never again
	[ "$(sed -n 2p out)" = '{"id":3}' ]

	# A state that is gone is never taken for an empty one.
	rm -r place
	status_is 65 dq-check -s unique.json --quarantine inline --state place \
		--fail-on never in
}

@test "a state of ids that a schema reads from other keys is refused" {
	printf '{"name":"s","columns":[{"name":"id","type":"long"}]}' >a.json
	sed 's/"long"/"long","alias":["key"]/' a.json >b.json
	{ barrier 0 && echo '{"id":1}' && barrier 1; } >in
	status_is 0 dq-check -s unique.json --schema ./a.json \
		--quarantine inline --state place in
	barrier 0 "$(sed -n '3s/.*"dq-check":\([0-9]*\).*/\1/p' out)" >in
	status_is 2 dq-check -s unique.json --schema ./b.json \
		--quarantine inline --state place in
	status_is 0 dq-check -s unique.json --schema ./a.json \
		--quarantine inline --state place in
}

@test "without a state a batch knows nothing of the one before" {
	{
		barrier 0
		printf '%s\n' '{"id":1}' '{"id":1}'
		barrier 2
		printf '%s\n' '{"id":1}'
		barrier 1
	} >in
	status_is 0 dq-check -s unique.json --quarantine inline \
		--fail-on never in
	[ "$(grep -c '@bad' out)" -eq 1 ]
	[ "$(sed -n 5p out)" = '{"id":1}' ]
	# The same lines as of a process that begins with the second batch.
	{
		barrier 0
		printf '%s\n' '{"id":1}'
		barrier 1
	} >again
	sed -n '5,6p' out >rest
	status_is 0 dq-check -s unique.json --quarantine inline \
		--fail-on never again
	sed -n '2,3p' out | cmp - rest
}

@test "--state without barriers is told to be in vain" {
	echo '{"id":1}' >in
	status_is 0 dq-check -s unique.json --state place in
	grep -q 'no barriers came' err
}

# ---- the shipped suites ----

@test "every line of the public log is a good one" {
	[ -d "$shared/data/eventsim-log" ] || skip "no shared data"
	awk 1 "$shared"/data/eventsim-log/*.json >log
	for mode in full structural; do
		status_is 0 dq-check -s eventsim1 --schema eventsim1 \
			--validate $mode "$shared"/data/eventsim-log/*.json
		cmp log out
	done
	[ "$(wc -l <out)" -eq 8056 ]
	status_is 0 dq-check -s eventsim1 log
}

@test "files glued together are told apart from bad lines" {
	[ -d "$shared/data/eventsim-log" ] || skip "no shared data"
	cat "$shared"/data/eventsim-log/*.json |
		status_is 1 dq-check -s eventsim1 --quarantine bad --stats stats
	jq -e '.malformed == 29 and .bad_by_reason.trailing == 29' stats
	jq -e '.lines == .good + .malformed' stats
	grep -q 'awk 1' err
}

# The truth of evgen's faults against our verdicts: recall and precision are 1
# for each kind but late, since a late event has nothing wrong in it.
@test "the playpipe suite finds evgen's faults, and nothing else" {
	[ -x "$bin/evgen" ] || skip "no evgen"
	evgen --users 500 --seed 3 --from 2026-11-02 --to 2026-11-05 \
		--truth truth --fault late=1% --fault duplicate=1% \
		--fault missing=2% --fault wrong_type=2% \
		--fault out_of_range=2% --fault malformed=1% >in
	status_is 1 dq-check -q -s playpipe --schema playpipe \
		--quarantine bad --stats stats in
	jq -e '.lines == .good + .bad + .malformed' stats
	[ "$(cat out bad | wc -l)" -eq "$(wc -l <in)" ]

	# event, kind, field of each fault; event and what was found, of each
	# bad line
	jq -r 'select(.kind == "late" | not)
		| "\(.eventId) \(.kind) \(.field)"' truth >faults
	jq -r '(.raw // (.rawBase64 | @base64d))
		| capture("\"eventId\":\"(?<id>[0-9a-f]+)\"").id' bad >ids
	jq -r '[.rules[] | "\(.type)/\(.column // .reason)"] | join(" ")' bad |
		paste -d ' ' ids - >found

	# Recall: each fault is found, for what it is.
	awk 'NR == FNR { found[$1] = found[$1] " " $0; next }
	{
		total[$2]++
		f = found[$1]
		want["malformed"] = "malformed/"
		want["duplicate"] = "(be_unique/eventId|malformed/)"
		want["missing"] = "not_be_null/" $3
		want["wrong_type"] = "(of_type|in_set|in_type_list)/" $3
		want["out_of_range"] = "(be_between|in_set)/" $3
		if (f !~ want[$2]) {
			print "missed:", $0, f
			missed++
		}
	}
	END {
		for (k in total)
			print k, total[k], "faults"
		exit missed > 0 || total["missing"] < 100 ||
			total["duplicate"] < 50
	}' found faults

	# Precision: no event is bad that has no fault.
	cut -d ' ' -f 1 faults | sort -u >faulty
	sort -u ids | comm -13 faulty - >innocent
	[ ! -s innocent ]
}
