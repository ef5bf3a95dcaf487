#!/usr/bin/env bats
# lake-tidy: what it tells of a table, what it deletes, and above all what it
# leaves alone. The clock is injected: files are old when it says so.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	cat >schema.json <<-'END'
	{"name": "lines", "columns": [
		{"name": "day", "type": "date"},
		{"name": "id", "type": "long"},
		{"name": "text", "type": "string"}]}
	END
	make_lines 1000 >lines
}

# make_lines N - of two days
make_lines() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf("{\"day\":" \
		"\"2026-10-%02d\",\"id\":%d,\"text\":\"line %d\"}\n",
		i % 2 + 1, i, i * 7919 % n) }'
}

# make_table [OPTION...] - ten commits of a file a day
make_table() {
	lake-put --schema schema.json --partition-by day --batch-rows 100 \
		"$@" table lines
}

# health JQ - of the table's report; the tests' clock is years ahead
health() {
	lake-tidy --report json "${consumers[@]}" "${clock[@]}" table | jq -r "$1"
}

rows_are_whole() {
	lake-cat table | LC_ALL=C sort >rows
	LC_ALL=C sort lines | cmp - rows
}

data_files() {
	find table -name '*.parquet' -not -path '*_delta_log*' | wc -l
}

consumers=() clock=()

@test "a table, in figures" {
	make_table
	[ "$(health '[.version, .files, .rows, .partitions, .small.files,
		.sinceCheckpoint, .oldestVersion, .log.files, .waste.files] |
		join(" ")')" = "9 20 1000 2 20 10 0 10 0" ]
	lake-tidy table >text
	grep -q '^table: version 9$' text
	grep -q '^  files  *20 in 2 partitions, .*, 1000 rows$' text
	grep -q '^  checkpoint  *none$' text
}

@test "no table, and tables beside it" {
	run -65 lake-tidy no-table
	[[ $output == *"'no-table' is no Delta table"* ]]
	make_table
	run -65 lake-tidy no-table table
	[[ $output == "lake-tidy: 'no-table' is no Delta table"*"table: version 9"* ]]
	# all of several failures are told alike
	status_is 65 lake-tidy no-table table none
	[ "$(grep -c "^lake-tidy: 'no.*' is no Delta table" err)" -eq 2 ]
	grep -q '^table: version 9' out
}

@test "what is no table is told apart" {
	mkdir -p folder empty/_delta_log
	touch file
	for tool in lake-cat "lake-cat --as-of now" lake-tidy; do
		fails 65 $tool nothing
		grep -q "'nothing' is no Delta table: there is no such folder" err
		fails 2 $tool file
		grep -q "'file' is a file, where a folder is wanted" err
		fails 65 $tool folder
		grep -q "'folder' is no Delta table: it has no _delta_log" err
		fails 65 $tool empty
		grep -q "'empty' is no Delta table: its _delta_log has no commits" err
	done
	for table in nothing folder empty; do
		status_is 99 lake-cat --skip-empty "$table"
	done
	fails 2 lake-cat --skip-empty file
}

@test "a table that may not be written to is looked at all the same" {
	make_table
	mkdir table/_delta_log/_lake_tidy_clock
	status_is 0 lake-tidy table
	grep -q '^  waste ' out
	grep -q "warning: 'table': ages are told by this machine's clock" err
	run -0 lake-tidy --report json table
	run -0 lake-tidy --vacuum --dry-run table
	# but nothing is deleted by it
	run -74 lake-tidy --vacuum table
}

@test "what cannot be meant is refused" {
	make_table
	run -2 lake-tidy --retain 0s --vacuum table
	[[ $output == *"--allow-short-retain"* ]]
	run -2 lake-tidy --retain 1d table
	run -0 lake-tidy --retain 0s --vacuum --allow-short-retain table
	run -0 lake-tidy --retain 0s --vacuum --now 2030-01-01 table
}

@test "a default of the host is for those runs that it fits" {
	make_table
	printf 'lake-tidy.%s\n' 'retain = 1d' 'target-size = 1M' \
		'split-by = id' >conf
	run -0 lake-tidy --config conf table
	run -0 lake-tidy --config conf --report json table
	run -2 lake-tidy --config conf --retain 2d table
	run -2 lake-tidy --config conf --target-size 2M table
	run -2 lake-tidy --config conf --split-by id table
	# it counts all the same
	echo 'lake-tidy.retain = 0s' >conf
	run -0 lake-tidy --config conf table
	run -2 lake-tidy --config conf --vacuum table
	[[ $output == *"--allow-short-retain"* ]]
}

@test "a checkpoint is written once, and read" {
	make_table
	lake-tidy --checkpoint table | grep -q 'of version 9 written'
	lake-tidy --checkpoint table | grep -q 'of version 9 was there already'
	[ "$(health '[.checkpoint, .sinceCheckpoint] | join(" ")')" = "9 0" ]
	rm table/_delta_log/0000000000000000000[0-8].json
	rows_are_whole
}

@test "vacuum deletes what went long ago, and no file that is younger" {
	make_table
	lake-put --schema schema.json --mode overwrite table lines
	echo x >table/part-orphan.parquet
	echo x >'table/day=2026-10-01/part-0.parquet.3f.tmp'
	mkdir table/_other table/.hidden table/_change_data
	echo x | tee table/_other/a table/.hidden/a table/_change_data/a \
		>table/_file
	[ "$(health '[.tombstones.files, .orphans.files, .waste.files] |
		join(" ")')" = "20 3 0" ]
	lake-tidy --vacuum table
	[ "$(data_files)" -eq 23 ]
	# an orphan may be a writer's: its hour is not up
	lake-tidy --vacuum --retain 0s --allow-short-retain table
	[ "$(data_files)" -eq 3 ]
	[ -e table/part-orphan.parquet ]
	lake-tidy --vacuum --now 2100-01-01 table
	[ "$(data_files)" -eq 2 ]
	[ ! -e table/part-orphan.parquet ] && [ ! -e table/_change_data/a ]
	[ -z "$(find table -name '*.tmp')" ]
	[ -e table/_other/a ] && [ -e table/.hidden/a ] && [ -e table/_file ]
	rows_are_whole
}

@test "files that are gone are told, and no compaction is advised" {
	make_table
	[ "$(health '"\(.missing) \(.next)"')" = "0 lake-tidy --compact table" ]
	rm "$(find table -name 'part-*' | sort | head -1)"
	[ "$(health '"\(.missing) \(.next)"')" = "1 null" ]
	lake-tidy table >told
	grep -qx '  missing       1 of these files; restore them' told
	fails 65 lake-cat table
}

@test "vacuum goes by the table's own retention" {
	make_table
	lake-put --schema schema.json --mode overwrite table lines
	week=$(date -ud '+6 days' +%Y-%m-%d)
	lake-tidy --vacuum --now "$week" table
	[ "$(data_files)" -eq 22 ]
	rm table/_delta_log/*.checkpoint.parquet
	sed -i 's/"configuration":{/&"delta.deletedFileRetentionDuration":"interval 2 days",/' \
		table/_delta_log/00000000000000000000.json
	lake-tidy --vacuum --now "$week" table
	[ "$(data_files)" -eq 2 ]
}

@test "a table inside of the table is none of its orphans" {
	make_table
	lake-put --schema schema.json table/inner lines
	lake-tidy --vacuum --now 2100-01-01 table
	[ "$(lake-cat --count table/inner)" -eq 1000 ]
}

@test "a dry run lists files and leaves all as it is" {
	make_table
	lake-put --schema schema.json --mode overwrite table lines
	find table | sort >before
	lake-tidy --checkpoint --vacuum --clean-log --dry-run \
		--now 2100-01-01 table >out
	[ "$(grep -c "^delete	[0-9]*	day=2026" out)" -eq 20 ]
	grep -q '^  files would be deleted: 20, ' out
	find table | sort | diff before -
}

@test "the log is cut at an old checkpoint, and reads as before" {
	make_table
	make_table
	make_table
	clock=(--now 2100-01-01)
	echo x >table/_delta_log/00000000000000000011.checkpoint.parquet.1f.tmp
	echo x >table/_delta_log/.00000000000000000011.json.2f.tmp
	echo x >table/_delta_log/00000000000000000003.crc
	[ "$(health '[.version, .checkpoint, .logOld.files] |
		join(" ")')" = "29 20 24" ]
	lake-tidy --clean-log table | grep -q 'log deleted: 0,'
	lake-tidy --clean-log "${clock[@]}" table
	[ "$(health '[.oldestVersion, .logOld.files] | join(" ")')" = "20 0" ]
	[ -e table/_delta_log/00000000000000000020.json ]
	[ ! -e table/_delta_log/00000000000000000010.checkpoint.parquet ]
	[ -z "$(find table -name '*.tmp')" ]
	[ "$(lake-cat --count table)" -eq 3000 ]
	run -65 lake-cat --at-version 19 table
	lake-cat --at-version 20 --count table
}

@test "the log stays where the table says so, or is not old enough" {
	make_table
	lake-tidy --checkpoint table
	month=$(date -ud '+29 days' +%Y-%m-%d)
	lake-tidy --clean-log --now "$month" table
	[ "$(health .oldestVersion)" -eq 0 ]
	sed -i 's/"configuration":{/&"delta.enableExpiredLogCleanup":"false",/' \
		table/_delta_log/00000000000000000000.json
	rm table/_delta_log/*.checkpoint.parquet
	lake-tidy --checkpoint table
	lake-tidy --clean-log --now 2100-01-01 table
	[ "$(health .oldestVersion)" -eq 0 ]
	lake-tidy --clean-log --retain 1h --now 2100-01-01 table
	[ "$(health .oldestVersion)" -eq 9 ]
	# a writer at work may need what is not an hour old
	make_table
	lake-tidy --checkpoint --clean-log --retain 0s --allow-short-retain table
	[ "$(health .oldestVersion)" -eq 9 ]
}

# break_checkpoint HOW FILE
break_checkpoint() {
	case $1 in
	empty) : >"$2" ;;
	cut) truncate -s 1000 "$2" ;;
	page) # the checksum of a page no longer fits: a letter of the schema
		sed -i '0,/nullable/s//nullablE/' "$2" ;;
	esac
}

@test "nothing of the log goes for a checkpoint that cannot be read" {
	warning="lake-tidy: warning: a checkpoint is passed over: 'table/_delta_log/00000000000000000009.checkpoint.parquet'"
	for how in empty cut page; do
		rm -rf table
		make_table
		lake-tidy --checkpoint table
		checkpoint=table/_delta_log/00000000000000000009.checkpoint.parquet
		cp "$checkpoint" whole
		break_checkpoint "$how" "$checkpoint"
		run -1 cmp -s whole "$checkpoint"
		status_is 0 lake-tidy --clean-log --now 2100-01-01 table
		grep -q 'log deleted: 0,' out
		[ "$(wc -l <err)" -eq 1 ]
		[[ $(<err) == "$warning"* ]]
		rows_are_whole 2>err
		grep -q "passed over: 'table/_delta_log/" err
		status_is 0 lake-tidy table
		grep -q '^  checkpoint  *none$' out
		[[ $(<err) == "$warning"* ]]
		# it is written anew, and serves
		lake-tidy --checkpoint --dry-run table 2>err |
			grep -q 'of version 9 would be written'
		status_is 0 lake-tidy --checkpoint --clean-log --report json \
			--now 2100-01-01 table
		[ "$(jq -c '[.checkpointed.new, .checkpoint]' out)" = "[true,9]" ]
		[ "$(wc -l <err)" -eq 1 ]
		[ ! -e table/_delta_log/00000000000000000008.json ]
		rows_are_whole 2>err
		[ ! -s err ]
	done
}

@test "nor for one whose sidecar cannot be read" {
	make_table
	lake-tidy --checkpoint table
	log=table/_delta_log
	mkdir $log/_sidecars
	mv $log/00000000000000000009.checkpoint.parquet $log/_sidecars/a.parquet
	{
		grep -h '"protocol"\|"metaData"' $log/00000000000000000000.json
		echo '{"sidecar":{"path":"a.parquet","sizeInBytes":1,"modificationTime":1}}'
	} >$log/00000000000000000009.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json
	lake-tidy --clean-log --dry-run --now 2100-01-01 table 2>err |
		grep -q 'log would be deleted: 9,'
	[ ! -s err ]
	break_checkpoint cut $log/_sidecars/a.parquet
	status_is 0 lake-tidy --clean-log --now 2100-01-01 table
	grep -q 'log deleted: 0,' out
	grep -q "passed over: 'table/_delta_log/_sidecars/a.parquet'" err
	rows_are_whole 2>err
}

@test "an older checkpoint serves where a newer one cannot be read" {
	make_table
	make_table
	make_table
	echo x >table/_delta_log/00000000000000000020.checkpoint.parquet
	status_is 0 lake-tidy --clean-log --now 2100-01-01 table
	grep -q '00000000000000000020.checkpoint.parquet' err
	grep -q 'log deleted: 10,' out
	[ -e table/_delta_log/00000000000000000010.json ]
	[ "$(lake-cat --count table 2>err)" -eq 3000 ]
	[ "$(health '[.checkpoint, .oldestVersion] | join(" ")' 2>err)" = "10 10" ]
}

# copy NAME - a job that reads the table up to now
copy() {
	lake-cat --job "$1" --resume "$1" table |
		lake-put --job "$1" --schema schema.json "$1"
}

@test "what consumers have not read stays" {
	make_table
	copy one
	make_table
	lake-put --schema schema.json --mode overwrite table lines
	copy two 2>err || : # the overwrite is a gap, behind version 19
	consumers=(--consumers one) clock=(--now 2100-01-01)
	[ "$(health '[.slowestConsumer.next, .waste.files,
		.neededByConsumers.files] | join(" ")')" = "10 0 40" ]
	lake-tidy --checkpoint --vacuum --clean-log "${consumers[@]}" \
		"${clock[@]}" table | grep -q 'kept for consumers: 40,'
	lake-cat --at-version 19 --count table
	# where it is, it can go on
	lake-cat --job one --resume one --accept-gap table |
		lake-put --job one --schema schema.json one
	[ "$(lake-cat --count one)" -eq 2000 ]
	lake-tidy --checkpoint --vacuum --clean-log "${consumers[@]}" \
		"${clock[@]}" table
	[ "$(data_files)" -eq 2 ]
	[ "$(health '.oldestVersion')" -eq 20 ]
}

@test "a consumer that has not begun keeps everything" {
	make_table
	lake-put --schema schema.json --mode overwrite table lines
	lake-tidy --checkpoint --vacuum --clean-log --now 2100-01-01 \
		--consumers nothing table 2>err
	[[ $(<err) == *"'nothing' has read nothing, or is not there: everything is kept"* ]]
	[ "$(data_files)" -eq 22 ]
	lake-cat --at-version 0 --count table
	# a job of another table is none of this one
	lake-put --schema schema.json other lines
	lake-cat --job x --resume sink other |
		lake-put --job x --schema schema.json sink
	lake-tidy --vacuum --now 2100-01-01 --consumers sink,nothing table
	[ "$(data_files)" -eq 22 ]
	lake-tidy --vacuum --now 2100-01-01 --consumers sink table other
	[ "$(data_files)" -eq 2 ]
}

# ---- compaction ----

@test "small files become one a partition, and no row changes" {
	make_table --sort id
	lake-tidy --compact --dry-run table | grep -q 'put together: 20,.* into 2,'
	[ "$(health .version)" -eq 9 ]
	lake-tidy --compact table | grep -q 'put together: 20,.* into 2,'
	[ "$(health '[.version, .files, .rows, .compactable.files,
		.tombstones.files] | join(" ")')" = "11 2 1000 0 20" ]
	rows_are_whole
	# sorted as the table remembers, in the partition's folder
	lake-cat --columns id --where "day = '2026-10-01'" --format csv table |
		sed 1d | sort -nc
	[ "$(lake-cat --print files table | jq -r .partition.day | sort -u |
		tr '\n' ' ')" = "2026-10-01 2026-10-02 " ]
	[ "$(lake-cat --print files table | jq -s 'map(.stats.numRecords) |
		add')" -eq 1000 ]
	lake-cat --at-version 9 table | LC_ALL=C sort | cmp - rows
	run -0 lake-tidy --compact table
	[[ $output == *"put together: 0,"* ]]
}

@test "bad lines, rescued values and late columns survive a compaction" {
	evgen --users 300 --seed 3 --from 2026-11-16 --to 2026-11-17 \
		--fault missing=2% --fault wrong_type=2% --fault malformed=2% \
		>events
	sed -i '5s/^{/{"unknown":[1,{"a":"\\u00e9"}],/; 6s/"ts":[0-9]*/"ts":"x"/' \
		events
	split -n l/8 events part.
	for part in part.*; do
		dq-check -q -s playpipe --fail-on never --quarantine inline \
			"$part" | lake-put --schema playpipe --sort ts \
			--partition-by arrivalDate,verdict bronze 2>/dev/null
	done
	lake-cat bronze | LC_ALL=C sort >before
	lake-cat --print schema bronze >schema
	lake-cat --columns _raw,_line,_offset,_rules,_rescued,arrivalDate,verdict,ts \
		--format csv bronze | LC_ALL=C sort >columns
	lake-tidy --compact bronze | grep -q 'put together: 16,.* into 2,'
	lake-cat bronze | LC_ALL=C sort | cmp - before
	lake-cat --print schema bronze | cmp - schema
	lake-cat --columns _raw,_line,_offset,_rules,_rescued,arrivalDate,verdict,ts \
		--format csv bronze | LC_ALL=C sort | cmp - columns
}

@test "files end at the target size, and large ones are left" {
	make_lines 200000 >lines
	lake-put --schema schema.json --batch-rows 20000 table lines
	lake-tidy --compact --target-size 2M table
	[ "$(health .files)" -lt 10 ]
	[ "$(lake-cat --print files table | jq .bytes | sort -n | tail -1)" \
		-lt 3000000 ]
	rows_are_whole
	sed -i 's/"configuration":{/&"delta.targetFileSize":"1k",/' \
		table/_delta_log/00000000000000000000.json
	rm -f table/_delta_log/*.checkpoint.parquet
	[ "$(health '[.targetBytes, .small.files] | join(" ")')" = "1024 0" ]
}

@test "files are split by the values of a column" {
	make_lines 1000 >lines
	lake-put --schema schema.json --batch-rows 100 table lines
	lake-tidy --compact --split-by day table |
		grep -q 'put together: 10,.* into 2,'
	rows_are_whole
	lake-cat --print files table | jq -r '.stats |
		"\(.minValues.day) \(.maxValues.day) \(.numRecords)"' | sort >days
	printf '2026-10-0%d 2026-10-0%d 500\n' 1 1 2 2 | cmp - days
	# files of one day go together, those of several are split again
	sed -n 1p lines >one
	for _ in 1 2 3 4 5; do
		lake-put --schema schema.json table one
	done
	make_lines 4 >four
	lake-put --schema schema.json table four
	lake-put --schema schema.json table four
	lake-tidy --compact --split-by day table
	[ "$(lake-cat --count table)" -eq 1013 ]
	lake-tidy --compact --split-by day table
	lake-cat --print files table | jq -e '.stats |
		.minValues.day == .maxValues.day' >/dev/null
	run -2 lake-tidy --compact --split-by text table
	run -2 lake-tidy --compact --split-by nothing table
	run -2 lake-tidy --split-by day table
}

@test "a job passes over a compaction; its files are left until it has read" {
	make_table
	copy one
	make_table
	consumers=(--consumers one)
	lake-tidy --compact "${consumers[@]}" table >out
	grep -q 'put together: 20,.* into 2,' out
	grep -q 'left for consumers: 20$' out
	copy one
	[ "$(lake-cat --count one)" -eq 2000 ]
	lake-tidy --compact "${consumers[@]}" table
	[ "$(health .files)" -eq 2 ]
	copy one
	[ "$(lake-cat --count one)" -eq 2000 ]
	[ "$(lake-cat --since-version 19 --count table)" -eq 0 ]
	# one that begins now reads it all, too
	copy two
	[ "$(lake-cat --count two)" -eq 2000 ]
}

@test "appenders and compactions go on beside each other" {
	make_table
	for _ in 1 2 3 4 5 6; do
		lake-put --schema schema.json --partition-by day \
			--batch-rows 50 table lines
	done &
	for _ in 1 2 3 4 5 6; do
		lake-tidy --compact table
	done
	wait
	[ "$(lake-cat --count table)" -eq 7000 ]
	lake-cat table | LC_ALL=C sort -u >rows
	LC_ALL=C sort lines | cmp - rows
	lake-tidy --compact table
	[ "$(health .files)" -eq 2 ]
}

@test "two compactions at once: one of them does each partition" {
	make_table
	lake-tidy --compact table &
	lake-tidy --compact table
	wait
	rows_are_whole
	[ "$(health .files)" -eq 2 ]
}

@test "what Hadoop keeps beside a file goes with it" {
	make_table
	lake-tidy --checkpoint table
	touch table/_delta_log/._last_checkpoint.crc \
		table/_delta_log/.00000000000000000003.json.crc
	lake-put --schema schema.json table lines
	lake-tidy --checkpoint --clean-log --now 2100-01-01 table
	[ -z "$(find table -name '*.crc')" ]
}

@test "files outside of the table are nobody's waste" {
	make_table
	lake-put --schema schema.json other lines
	file=$(echo "$PWD"/other/part-*)
	printf '{"add":{"path":"file://%s","partitionValues":{"day":"2026-10-01"},"size":9,"modificationTime":0,"dataChange":true}}\n' \
		"$file" >table/_delta_log/00000000000000000010.json
	[ "$(health '[.files, .compactable.files, .orphans.files] |
		join(" ")')" = "21 20 0" ]
	run -2 lake-tidy --vacuum --now 2100-01-01 table
	[[ $output == *"absolute paths"* ]]
	lake-tidy --compact table
	[ "$(health .files)" -eq 3 ]
}
