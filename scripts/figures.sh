# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables that the others set or use
# figures.sh - what a round's stages did, from the --stats files of the tools:
# one JSON line on stdout, and metrics for Prometheus. A tool that was killed
# has left no file: its figures are missing, not guessed.

# figure KEY TEXT - the number behind the first KEY, in $figure; else 0
figure() {
	figure=0
	[[ $2 =~ \"$1\":([0-9]+) ]] || return 0
	figure=${BASH_REMATCH[1]}
}

# figure_us KEY TEXT - seconds as microseconds, in $figure
figure_us() {
	local part
	figure=0
	[[ $2 =~ \"$1\":([0-9]+)(\.([0-9]+))? ]] || return 0
	part=${BASH_REMATCH[3]}000000
	figure=$((BASH_REMATCH[1] * 1000000 + 10#${part:0:6}))
}

# seconds US - in $seconds
seconds() {
	printf -v seconds '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
}

# figures_take STAGE TEXT KEY AS... - the figures that TEXT has
figures_take() {
	local figure stage=$1 text=$2
	shift 2
	while [ $# -gt 0 ]; do
		[[ $text != *\"$1\":* ]] || {
			figure "$1" "$text"
			did[$stage.$2]=$figure
		}
		shift 2
	done
}

# figures_stage NAME - its sums, in did[NAME.cpu] and so on: what a stage read
# are the lines of its filter, what it wrote the rows of its sink
figures_stage() {
	local file text figure cpu=0
	for file in "$flow_work/stats/$1".*; do
		[ -s "$file" ] || continue
		IFS= read -r text <"$file" || :
		figure_us cpuSeconds "$text"
		cpu=$((cpu + figure))
		case $file in
		*.dq-check | *.sessionize | *.agg-hourly | *.dash-html)
			figures_take "$1" "$text" lines lines bytes bytes \
				late late
			;;
		*.kcat-in | *.source)
			figures_take "$1" "$text" records records
			# one that failed does not know what is left
			[[ $text != *'"status":0,'* ]] ||
				figures_take "$1" "$text" left left
			;;
		*.counts)
			figures_take "$1" "$text" days days ranges ranges \
				compacted compacted deleted deleted
			;;
		*.lake-put)
			figures_take "$1" "$text" rows rows bad_rows bad \
				commits commits
			;;
		esac
	done
	did[$1.cpu]=$cpu
}

# figures_position JOB TEXT - from a table's positions, of the jobs that the
# pattern JOB means: $position and, with barriers that know it, $watermark (the
# lowest of all partitions)
figures_position() {
	local line
	position=0 watermark=
	while IFS= read -r line; do
		[[ $line =~ \"id\":\"$1:([^\"]*)\",\"value\":(-?[0-9]+) ]] ||
			continue
		case ${BASH_REMATCH[1]} in
		*@watermark)
			[ -n "$watermark" ] &&
				[ "$watermark" -le "${BASH_REMATCH[2]}" ] ||
				watermark=${BASH_REMATCH[2]}
			;;
		*@* | state/*) ;;
		*) position=${BASH_REMATCH[2]} ;;
		esac
	done <<<"$2"
}

# positions TABLE - of all its jobs, nothing when it cannot be read
positions() {
	command lake-cat --print positions "$flow_lake/$1" 2>/dev/null || :
}

# figures_lag STAGE - versions of its source that it has not read, in $lag; a
# stage that ended well has read them all
figures_lag() {
	local sink source text figure position watermark
	lag=0
	[ "${stage_status[$1]}" != 0 ] || return 0
	case $1 in
	silver) sink=silver/sessions source=bronze/events ;;
	gold) sink=gold/partials source=bronze/events ;;
	live | hourly | daily) sink=gold/$1 source=gold/partials ;;
	*) return 0 ;;
	esac
	text=$(command lake-cat --print version "$flow_lake/$source" \
		2>/dev/null) || return 0
	figure version "$text"
	figures_position "$1" "$(positions "$sink")"
	lag=$((figure + 1 - position))
	[ "$lag" -ge 0 ] || lag=0
}

# ---- the summary ----

figures_summary() {
	local name seconds list='' began text behind=false
	for name in "${runner_order[@]}"; do
		list+="${list:+,}\"$name\":{\"status\":${stage_status[$name]}"
		if [ "${stage_status[$name]}" != null ]; then
			seconds "${stage_us[$name]}"
			list+=,\"seconds\":$seconds
			seconds "${did[$name.cpu]}"
			list+=,\"cpuSeconds\":$seconds
			for text in lines bytes late rows bad commits left \
				days ranges compacted deleted; do
				[ -z "${did[$name.$text]-}" ] ||
					list+=,\"$text\":${did[$name.$text]}
			done
		fi
		[ "${did[$name.lag]}" = 0 ] || list+=,\"lag\":${did[$name.lag]}
		list+='}'
	done
	TZ=UTC printf -v began '%(%Y-%m-%dT%H:%M:%SZ)T' $((round_began / 1000000))
	seconds "$round_us"
	[ -z "$round_is_full" ] || behind=true
	json_text "$flow_lake"
	printf '{"script":"%s","status":%d,"lake":%s,"began":"%s",' \
		"$conf_script" "$runner_status" "$json" "$began"
	printf '"seconds":%s,' "$seconds"
	[ "${stage_status[bronze]-null}" = null ] ||
		printf '"lines":%d,"rows":%d,"bad":%d,"behind":%s,' \
			"${did[bronze.lines]-0}" "${did[bronze.rows]-0}" \
			"${did[bronze.bad]-0}" "$behind"
	[ -z "$round_fresh" ] || printf '"freshnessSeconds":%d,' "$round_fresh"
	printf '"stages":{%s}}\n' "$list"
}

# ---- metrics ----

# metric NAME LABELS VALUE
metric() {
	lines+="playpipe_$1{$labels$2} $3"$'\n'
}

# metric_sum NAME LABELS VALUE - a counter goes on from what the file says
metric_sum() {
	local name="playpipe_$1{$labels$2}" seconds before figure
	before=${metrics_before[$name]-0}
	if [[ $1 == *_seconds_total ]]; then
		figure_us x "\"x\":$before"
		seconds $((figure + $3))
		lines+="$name $seconds"$'\n'
	else
		lines+="$name $((before + $3))"$'\n'
	fi
}

# metric_head NAME TYPE HELP
metric_head() {
	lines+="# HELP playpipe_$1 $3"$'\n'"# TYPE playpipe_$1 $2"$'\n'
}

metric_read() {
	local line
	[ -r "$1" ] || return 0
	while IFS= read -r line; do
		[[ $line == \#* ]] || metrics_before[${line% *}]=${line##* }
	done <"$1"
}

# metric_kept NAME - what the file says of stages that have no figure now
metric_kept() {
	local name
	for name in "${!metrics_before[@]}"; do
		[[ $name != "playpipe_$1{$labels,"* || $lines == *"$name "* ]] ||
			lines+="$name ${metrics_before[$name]}"$'\n'
	done
}

# metric_stages NAME - a family's lines of all stages that ran, and of counters
# also those of the others
metric_stages() {
	local name label key
	for name in "${runner_order[@]}"; do
		[ "${stage_status[$name]}" != null ] || continue
		label=,stage=\"$name\"
		case $1 in
		stage_status) metric "$1" "$label" "${stage_status[$name]}" ;;
		stage_duration_seconds)
			seconds "${stage_us[$name]}"
			metric "$1" "$label" "$seconds"
			;;
		stage_runs_total) metric_sum "$1" "$label" 1 ;;
		stage_failures_total)
			metric_sum "$1" "$label" $((stage_status[$name] != 0))
			;;
		*)
			key=${1#stage_}
			key=$name.${key%%_*}
			[ -z "${did[$key]-}" ] ||
				metric_sum "$1" "$label" "${did[$key]}"
			;;
		esac
	done
	[[ $1 != *_total ]] || metric_kept "$1"
}

# Also of stages that did not run: their lag and their last success.
metric_all_stages() {
	local name label last
	for name in "${runner_order[@]}"; do
		label=,stage=\"$name\"
		if [ "$1" = stage_lag_versions ]; then
			metric "$1" "$label" "${did[$name.lag]}"
			continue
		fi
		last=${metrics_before["playpipe_$1{$labels$label}"]-}
		[ "${stage_status[$name]}" != 0 ] || last=$EPOCHSECONDS
		[ -z "$last" ] || metric "$1" "$label" "$last"
	done
}

figures_metrics() {
	local file=$flow_metrics/playpipe-$runner_name.prom name type help
	local lines='' labels seconds last
	local -A metrics_before=()
	json_text "$flow_lake"
	labels="lake=$json,script=\"$conf_script\""
	[ -z "$flow_shard" ] || labels+=,shard=\"$flow_shard\"
	metric_read "$file"
	while IFS='|' read -r name type help; do
		metric_head "$name" "$type" "$help"
		case $name in
		stage_lag_versions | stage_last_success_timestamp_seconds)
			metric_all_stages "$name"
			;;
		stage_*) metric_stages "$name" ;;
		run_status) metric "$name" '' "$runner_status" ;;
		run_duration_seconds)
			seconds "$round_us"
			metric "$name" '' "$seconds"
			;;
		run_behind)
			metric "$name" '' "${round_is_full:-0}"
			;;
		run_last_success_timestamp_seconds)
			last=${metrics_before["playpipe_$name{$labels}"]-}
			[ "$runner_status" != 0 ] || last=$EPOCHSECONDS
			[ -z "$last" ] || metric "$name" '' "$last"
			;;
		source_left_records)
			[ -z "${did[bronze.left]-}" ] ||
				metric "$name" '' "${did[bronze.left]}"
			;;
		watermark_timestamp_seconds)
			[ -z "$round_watermark" ] ||
				metric "$name" '' $((round_watermark / 1000))
			;;
		freshness_seconds)
			[ -z "$round_fresh" ] || metric "$name" '' "$round_fresh"
			;;
		esac
	done <<'END'
stage_status|gauge|Exit status of the stage's last run.
stage_duration_seconds|gauge|Wall time of the stage's last run.
stage_runs_total|counter|Runs of the stage.
stage_failures_total|counter|Runs of the stage that failed.
stage_cpu_seconds_total|counter|Processor time of the stage's tools.
stage_lines_total|counter|Lines that the stage's filter read.
stage_bytes_total|counter|Bytes that the stage's filter read.
stage_rows_total|counter|Rows that the stage's sink committed.
stage_bad_rows_total|counter|Rows among them that are bad lines.
stage_late_total|counter|Events that came later than the lateness.
stage_lag_versions|gauge|Versions of its source that the stage has not read.
stage_last_success_timestamp_seconds|gauge|When the stage last ended well.
run_status|gauge|Exit status of the last run of the script.
run_duration_seconds|gauge|Wall time of the last run of the script.
run_behind|gauge|Whether the last batch was full, so that more is waiting.
run_last_success_timestamp_seconds|gauge|When the script last ended well.
source_left_records|gauge|Records of the topics that bronze has not read.
watermark_timestamp_seconds|gauge|Event time up to which bronze is complete.
freshness_seconds|gauge|Age of the watermark when the run ended.
END
	mkdir -p "$flow_metrics" && printf %s "$lines" >"$file.$$" &&
		mv "$file.$$" "$file" ||
		tell warning "cannot write '$file'"
}

# figures - of the round that has ended
figures() {
	local name lag position now summary worse
	local -A did=()
	local round_watermark='' round_fresh='' round_us json watermark
	for name in "${runner_order[@]}"; do
		figures_stage "$name"
		figures_lag "$name"
		did[$name.lag]=$lag
	done
	round_us=$((${EPOCHREALTIME/[.,]/} - round_began))
	round_is_full=
	[ "${did[bronze.left]-0}" -lt "$flow_limit" ] &&
		[ "${did[bronze.records]-${did[bronze.lines]-0}}" -lt \
			"$flow_limit" ] || round_is_full=1
	if [ "${stage_status[bronze]-null}" != null ]; then
		figures_position ingest "$(positions bronze/events)"
		round_watermark=$watermark
		flow_now
		[ -z "$watermark" ] || round_fresh=$((now - watermark / 1000))
	fi
	[ -z "$flow_metrics" ] || figures_metrics
	summary=$(figures_summary)
	printf '%s\n' "$summary" 2>/dev/null || {
		tell error 'cannot write the summary to stdout'
		flow_worse "$runner_status" 74
		runner_status=$worse
	}
}
