# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables that the others set or use
# runner.sh - what the scripts of the flows share: one runner at a time, stages
# with honest statuses, figures of each, and the loop.
# Sourced behind conf.sh and flows.sh.

runner_stop=   # the signal that asked for the end
runner_status=0 # of this round so far
runner_order=() # stages of this round
beside_name=   # the stage that runs beside others
declare -A stage_status=() stage_us=()
declare -A runner_known=() # tables that are there

# Tools on the PATH come first, then those beside the scripts, in $here.
runner_find_tools() {
	PATH=$PATH:$here/../build/release/bin:$here/../../bin
	[ ! -d "$here/../share/schemas" ] ||
		export PLAYPIPE_SHARE=${PLAYPIPE_SHARE:-$here/../share}
	command -v lake-put >/dev/null ||
		fail 2 "the tools (lake-put and others) are not on the PATH"
}

# A folder of our own: where everybody may write, nobody else may have made it
# for us, nor a link to one of ours. It alone is private, not those above it.
runner_work() {
	local folder=$flow_work
	# shellcheck disable=SC2174 # just that is meant
	mkdir -p -m 700 "$folder" 2>/dev/null && [ -O "$folder" ] &&
		{ [ -n "${conf_source[work]-}" ] || [ ! -L "$folder" ]; } ||
		fail 74 "cannot use '$folder': not a folder of ours; set flow.work"
	mkdir -p "$folder/$runner_name/stats" "${flow_lock%/*}/" ||
		fail 74 "cannot make folders in '$folder'"
}

# Stages inherit the lock, so it is held as long as one of them lives, even
# when this script was killed. It is an economy only: two runners without a
# common lock are safe, for tables let one commit win.
runner_lock() {
	local ms
	exec {lock_fd}>>"$flow_lock" || fail 74 "cannot open '$flow_lock'"
	duration_ms "$flow_lock_wait"
	flock -E 75 -w "$((ms / 1000)).$((ms % 1000 / 100))" "$lock_fd" ||
		fail 75 "another runner holds '$flow_lock'"
}

# ---- tools ----

# runner_tool TOOL ARGUMENT... - a tool of a stage, with its figures to a file.
# In a pipe it takes the place of its shell: when that ends, so has the tool.
runner_tool() {
	local stats=$flow_work/stats/$runner_stage.$1
	if [ "$BASHPID" = "$$" ]; then
		command "$1" --stats "$stats" "${@:2}"
	else
		exec "$1" --stats "$stats" "${@:2}"
	fi
}

# runner_word WORD - as the shell would read it, in $word
runner_word() {
	word=$1
	if [[ $1 == *\'* && $1 != *[\"\$\`\\!]* ]]; then
		word=\"$1\"
	elif [[ ! $1 =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]]; then
		word=${1@Q}
	fi
}

# runner_show TOOL ARGUMENT... - print the pipe so far, and what is added to it
runner_show() {
	local line word argument before
	before=$(cat)
	line=$1
	for argument in "${@:2}"; do
		runner_word "$argument"
		line+=" $word"
	done
	printf '%s%s\n' "${before:+$before |$'\n\t'}" "$line"
}

# flow_source - what bronze reads: Kafka, or the command of the settings, which
# is given the job and its place as further arguments
flow_source() {
	local -a more=(--job ingest --resume "$flow_lake/bronze/events"
		${flow_shard:+--shard "$flow_shard"})
	if [ -z "$flow_source_command" ]; then
		flow_kafka
	elif [ -n "$flag_dry_run" ]; then
		runner_show "$flow_source_command" "${more[@]}"
	else
		FLOW_LIMIT=$flow_limit exec bash -c \
			"exec $flow_source_command \"\$@\"" flow-source \
			--stats "$flow_work/stats/bronze.source" "${more[@]}"
	fi
}

runner_tools() {
	local tool run=runner_tool
	[ -z "$flag_dry_run" ] || run=runner_show
	for tool in kcat-in dq-check lake-put lake-cat sessionize agg-hourly \
		dash-html lake-tidy; do
		eval "$tool() { $run $tool \"\$@\"; }"
	done
}

# ---- stages ----

# runner_check_stages STAGE... - those of this script. flow.stages may have
# others, of scripts that read the same file, but no name that is nobody's; a
# script that is left with none says so.
runner_check_stages() {
	local name has_ours='' known=' bronze silver gold live page hourly daily late tidy '
	local -a names
	IFS=, read -ra names <<<"$flow_stages"
	for name in "${names[@]}"; do
		[[ $known == *" $name "* ]] ||
			conf_usage "flow.stages: '$name': expected some of: $*"
		[[ " $* " != *" $name "* ]] || has_ours=1
	done
	[ -z "$flow_stages" ] || [ -n "$has_ours" ] || tell warning \
		"nothing to do: flow.stages: '$flow_stages': none is of this script: $*"
}

# runner_has_tables TABLE... - false if one of them is not there yet. What else
# is wrong with it its readers will tell.
runner_has_tables() {
	local table
	for table; do
		[ -z "${runner_known[$table]-}" ] || continue
		command lake-cat --print version --skip-empty \
			"$flow_lake/$table" >/dev/null 2>&1 ||
			[ "$?" != 99 ] || return
		runner_known[$table]=1
	done
}

# stage_begin NAME SOURCES COMMAND... - is it to run? Not if it is not wanted, we
# are to end, or one of the tables that it reads does not exist yet.
stage_begin() {
	local name=$1 sources=$2
	[[ -z $flow_stages || ,$flow_stages, == *,$name,* ]] || return
	if [ -n "$flag_dry_run" ]; then
		runner_stage=$name
		printf '# %s\n' "$name"
		"${@:3}" </dev/null
		return 1
	fi
	runner_order+=("$name")
	stage_status[$name]=null
	[ -z "$runner_stop" ] || return
	# shellcheck disable=SC2086 # words are wanted
	runner_has_tables $sources && return
	# Where bronze runs as well, this is how a lake begins.
	[ -n "${stage_status[bronze]-}" ] || tell warning \
		"stage $name: nothing to do: no table of '$sources' in '$flow_lake'"
	return 1
}

# stage_run NAME COMMAND... - $status and microseconds, $us
stage_run() {
	local runner_stage=$1 began=${EPOCHREALTIME/[.,]/}
	status=0
	"${@:2}" </dev/null >&2 || status=$?
	us=$((${EPOCHREALTIME/[.,]/} - began))
}

# stage_end NAME - what stage_run found
stage_end() {
	stage_us[$1]=$us
	stage_status[$1]=$status
	[ "$status" = 0 ] || tell warning "stage $1 ended with status $status"
	flow_worse "$runner_status" "$status"
	runner_status=$worse
}

# stage NAME SOURCES COMMAND... - run one
stage() {
	local status us
	stage_begin "$@" || return 0
	stage_run "$1" "${@:3}"
	stage_end "$1"
}

# stage_beside NAME SOURCES COMMAND... - run one beside those that follow it, up
# to stage_join
stage_beside() {
	local status us
	stage_begin "$@" || return 0
	beside_name=$1
	exec {beside_fd}< <(
		stage_run "$1" "${@:3}"
		echo "$status $us"
	)
}

# Its shell is gone without a word if it was killed.
stage_join() {
	local status us
	[ -n "$beside_name" ] || return 0
	read -r status us <&"$beside_fd" || status=75 us=0
	exec {beside_fd}<&-
	stage_end "$beside_name"
	beside_name=
}

# runner_round FUNCTION - all stages of it, once; then the figures
runner_round() {
	runner_status=0
	runner_order=()
	stage_status=() stage_us=()
	[ -n "$flag_dry_run" ] || rm -f "$flow_work"/stats/*
	round_began=${EPOCHREALTIME/[.,]/}
	"$1"
	[ -n "$flag_dry_run" ] || figures
}

# ---- the loop ----

# The pause may be long and need not hold the lock.
runner_pause() {
	local tenths=$(($1 / 100)) pid
	[ "$tenths" -gt 0 ] && [ -z "$runner_stop" ] || return 0
	sleep "$((tenths / 10)).$((tenths % 10))" {lock_fd}>&- &
	pid=$!
	wait "$pid" || kill "$pid" 2>/dev/null || :
}

# After a failure that may be tried again, pauses double up to five minutes.
# While a batch is full, the next one begins at once and may be twice as large.
runner_loop() {
	local wait_ms ms every began least=$flow_limit
	duration_ms "$flow_every"
	every=$ms
	duration_ms "$flow_retry_wait"
	wait_ms=$ms
	while [ -z "$runner_stop" ]; do
		began=${EPOCHREALTIME/[.,]/}
		runner_round "$1"
		case $runner_status in
		0)
			wait_ms=$ms
			if [ -n "$round_is_full" ]; then
				flow_limit=$((flow_limit * 2))
				[ "$flow_limit" -le "$flow_batch_limit_max" ] ||
					flow_limit=$flow_batch_limit_max
				continue
			fi
			flow_limit=$least
			runner_pause $((every - \
				(${EPOCHREALTIME/[.,]/} - began) / 1000))
			;;
		75)
			runner_pause "$wait_ms"
			wait_ms=$((wait_ms * 2 < 300000 ? wait_ms * 2 : 300000))
			;;
		*) return ;;
		esac
	done
}

# End as what asked for it would have ended us.
runner_end() {
	if [ -n "$runner_stop" ]; then
		trap - "$runner_stop"
		kill -s "$runner_stop" "$$"
	fi
	exit "$runner_status"
}

# runner_main FUNCTION STAGE... - run the stages that it names, once or for ever
runner_main() {
	local text
	runner_check_stages "${@:2}"
	runner_find_tools
	runner_name=${conf_script%.sh}${flow_shard:+.${flow_shard/\//-of-}}
	[ -n "$flow_lock" ] && flow_lock=$flow_lock.$runner_name ||
		flow_lock=$flow_work/$runner_name/lock
	[[ $flow_lock == /* ]] || flow_lock=$PWD/$flow_lock
	flow_limit=$flow_batch_limit
	[[ $flow_shard == '' || $flow_shard == 1/* ]] ||
		conf_default stages bronze
	# the first instance's is what the pages show
	flow_result=$flow_work/verdict.json
	[[ $flow_shard == '' || $flow_shard == 1/* ]] ||
		flow_result=$flow_work/verdict.${flow_shard/\//-of-}.json
	runner_tools
	if [ -n "$flag_dry_run" ]; then
		flow_into() { "${@:2}" | sed "\$s|\$| >$1|"; }
		flow_keep_result() {
			printf 'mv %q %q\n' "$flow_result.new" "$flow_result"
		}
		flow_work=$flow_work/$runner_name
		text=$(set -e; runner_round "$1")
		print_out "$text"
		exit
	fi
	runner_work
	flow_work=$flow_work/$runner_name
	runner_lock
	trap 'runner_stop=TERM' TERM
	trap 'runner_stop=INT' INT
	trap 'runner_stop=HUP' HUP
	if [ -n "${flag_loop:-}" ]; then
		runner_loop "$1"
	else
		runner_round "$1"
	fi
	runner_end
}
