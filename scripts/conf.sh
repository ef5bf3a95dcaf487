# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of settings have made-up names
# conf.sh - the settings of the flows' scripts; sourced by them. One file
# serves tools and scripts: lines of "key = value", read as the tools read
# them. Keys of the section "flow" are the scripts'; all others are the tools',
# who check their own. A setting comes from the command line (--lake), else
# from the environment (PLAYPIPE_FLOW_LAKE), else from the file, else it is the
# default. Each becomes a variable: flow.lock-wait is $flow_lock_wait.

# key|type|default|argument|what it is
conf_table='
lake|place||PLACE|the tables are below this folder, or place in a lake
topics|list|listen_events,page_view_events,auth_events,status_change_events|TOPIC,...|the topics that bronze reads
source-command|text||COMMAND|read events from this command instead of kcat-in
schema|text|playpipe|SCHEMA|what the events look like: a shipped name, or a file
suite|text|playpipe|SUITE|what they are judged by: a shipped name, or a file
time|text|ts|COLUMN|the column of the time of an event
by|text|level,platform|COLUMN,...|what the measures are grouped by
lateness|duration|6h|D|sessions wait so long for late events
window|duration|2m|D|the window of the partial measures and of the live view
live|duration|48h|D|how far back the live view and its page go
history|duration|30d|D|how far back the page of hours goes
state|place||PLACE|where open sessions are kept; LAKE/_state by default
work|file||FOLDER|figures, verdicts and locks of this host
live-page|file||FILE|the live page; none: no page
page|file||FILE|the page of hours; none: no page
title|text|Listening|TEXT|what the pages are called
metrics|file||FOLDER|write a file of metrics for Prometheus into this folder
stages|list||STAGE,...|run these stages only
shard|shard||I/N|this is instance I of N; only the first runs more than bronze
lock|file||FILE|begin of the names of the lock files
lock-wait|duration|0s|D|wait so long for another runner to end
every|duration|2m|D|with --loop: a batch begins so often
batch-limit|count|1000000|N|records of a batch at most
batch-limit-max|count|16000000|N|the same, while --loop is behind
retry-wait|duration|5s|D|with --loop: the first pause after a failure
rebuild-days|count|3|N|days of arrival that a first maintenance looks at
tidy|list|compact,checkpoint,vacuum,clean-log|ACTION,...|what lake-tidy does with each table by night
consumers|list||TABLE,...|more tables whose jobs read those of the lake
'

conf_script=${0##*/}
conf_script=${conf_script#playpipe-}
conf_file=
conf_dry_run='print the pipes instead of running them'
declare -A conf_source=()

# ---- messages ----

# json_text TEXT - as a JSON string, in $json
json_text() {
	json=${1//\\/\\\\}
	json=${json//\"/\\\"}
	json=${json//[[:cntrl:]]/ }
	json=\"$json\"
}

# tell LEVEL TEXT
tell() {
	local json ts
	if [ "${conf_log_format:-text}" = json ]; then
		printf -v ts '%(%Y-%m-%dT%H:%M:%SZ)T' -1
		json_text "$2"
		printf '{"ts":"%s","tool":"%s","level":"%s","msg":%s}\n' \
			"$ts" "$conf_script" "$1" "$json"
	else
		case $1 in
		error) printf '%s: %s\n' "$conf_script" "$2" ;;
		*) printf '%s: %s: %s\n' "$conf_script" "$1" "$2" ;;
		esac
	fi >&2
}

# fail STATUS TEXT
fail() {
	tell error "$2"
	exit "$1"
}

# print_out TEXT - to stdout; if it cannot be written, that is the end
print_out() {
	printf '%s\n' "$1" 2>/dev/null || fail 74 'cannot write to stdout'
}

conf_usage() {
	tell error "$1"
	echo "Try '$conf_script --help'." >&2
	exit 2
}

# ---- values ----

# conf_check TYPE VALUE - is it one? Else $wanted says what would be.
conf_check() {
	local ms
	case $1 in
	duration)
		wanted="a duration such as 30s or 2m"
		duration_ms "$2"
		;;
	count)
		wanted="a whole number from 1"
		[[ $2 =~ ^[1-9][0-9]{0,14}$ ]]
		;;
	shard)
		wanted="I/N, I from 1 to N"
		[[ $2 =~ ^([1-9][0-9]{0,5})/([1-9][0-9]{0,5})$ ]] &&
			[ "${BASH_REMATCH[1]}" -le "${BASH_REMATCH[2]}" ]
		;;
	list)
		wanted="words with commas between"
		[[ $2 =~ ^[^,[:space:]]+(,[^,[:space:]]+)*$ ]]
		;;
	*) true ;;
	esac
}

# conf_set KEY VALUE SOURCE WHERE - KEY without "flow."; WHERE begins messages.
# What a stronger source has set stays, but must be right all the same.
conf_set() {
	local wanted type
	type=${conf_type[$1]-}
	[ -n "$type" ] || conf_usage "$4unknown setting 'flow.$1'"
	[ -n "$2" ] || return 0
	conf_check "$type" "$2" ||
		conf_usage "$4flow.$1: '$2': expected $wanted"
	case $3 in
	file) [[ ${conf_source[$1]-} =~ ^(option|environment)$ ]] && return ;;
	environment) [ "${conf_source[$1]-}" = option ] && return ;;
	esac
	conf_source[$1]=$3
	printf -v "flow_${1//-/_}" %s "$2"
}

# ---- sources ----

conf_defaults() {
	local key type default arg help
	declare -gA conf_type=() conf_arg=() conf_help=()
	conf_keys=()
	while IFS='|' read -r key type default arg help; do
		[ -n "$key" ] || continue
		conf_keys+=("$key")
		conf_type[$key]=$type
		conf_arg[$key]=$arg
		conf_help[$key]=$help
		printf -v "flow_${key//-/_}" %s "$default"
	done <<<"$conf_table"
}

conf_environment() {
	local name key
	while read -r name; do
		key=${name#PLAYPIPE_FLOW_}
		key=${key,,}
		conf_set "${key//_/-}" "${!name}" environment "$name: "
	done < <(compgen -A export PLAYPIPE_FLOW_)
}

# conf_trim TEXT - without blanks around, in $text
conf_trim() {
	text=$1
	text=${text#"${text%%[! $'\t']*}"}
	text=${text%"${text##*[! $'\t\r']}"}
}

conf_read_file() {
	local line text key number=0
	[ -r "$1" ] && [ ! -d "$1" ] || conf_usage "cannot read '$1'"
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		conf_trim "$line"
		[[ $text != '' && $text != '#'* ]] || continue
		[[ $text == *=* ]] ||
			conf_usage "'$1': line $number: expected 'key = value'"
		line=${text#*=}
		conf_trim "${text%%=*}"
		key=$text
		conf_trim "$line"
		case $key in
		flow.*)
			conf_set "${key#flow.}" "$text" file \
				"'$1': line $number: "
			;;
		log-format) conf_log_format=$text ;;
		esac
	done <"$1"
}

# conf_default NAME VALUE - what depends on other settings
conf_default() {
	local name=flow_${1//-/_}
	[ -n "${!name}" ] || printf -v "$name" %s "$2"
}

# A folder's pages and figures are beside the tables; a remote lake's figures
# are on this host, and there are no pages unless they are asked for.
conf_derive() {
	local lake=${flow_lake%/}
	[ -n "$lake" ] || [ "$flow_lake" = / ] ||
		conf_usage "which lake? Set flow.lake, or give --lake PLACE"
	case $lake in
	*://*)
		conf_default work \
			"${XDG_RUNTIME_DIR:-/tmp}/playpipe-$UID-${lake//[^A-Za-z0-9._-]/_}"
		;;
	*)
		[[ $lake == /* ]] || lake=$PWD/$lake
		conf_default work "$lake/_flow"
		conf_default live-page "$lake/live.html"
		conf_default page "$lake/dashboard.html"
		;;
	esac
	flow_lake=$lake
	[ "$flow_live_page" != none ] || flow_live_page=
	[ "$flow_page" != none ] || flow_page=
	conf_default state "$lake/_state"
	[ "$flow_batch_limit_max" -ge "$flow_batch_limit" ] ||
		flow_batch_limit_max=$flow_batch_limit
}

# ---- for people ----

# The settings in force, as a file for --config.
conf_print() {
	local key name from
	echo "# Settings of $conf_script for --config FILE or PLAYPIPE_CONFIG."
	for key in "${conf_keys[@]}"; do
		name=flow_${key//-/_}
		from=${conf_source[$key]-}
		case $from in
		option) from='from the command line' ;;
		environment) from='from the environment' ;;
		file) from='from the configuration file' ;;
		*) from='the default' ;;
		esac
		printf '\n# %s (%s)\n' "${conf_help[$key]}" "$from"
		if [ -n "${conf_source[$key]-}" ]; then
			printf 'flow.%s = %s\n' "$key" "${!name}"
		else
			printf '#flow.%s = %s\n' "$key" \
				"${!name:-${conf_arg[$key]}}"
		fi
	done
}

# The head comment of the script, and what is common.
conf_help_text() {
	local key
	sed -n '/^# shellcheck/d; 2,/^[^#]/s/^# \{0,1\}//p' "$conf_path"
	echo
	echo 'Options:'
	printf '  %s\n      %s\n' \
		'--config FILE' 'settings of tools and scripts (environment PLAYPIPE_CONFIG)' \
		'--print-config' 'print the settings in force, as a file for --config' \
		'--dry-run' "$conf_dry_run" \
		'-h, --help' 'show this help' \
		'-V, --version' 'show the version of the suite'
	echo
	echo 'Settings, each also flow.NAME in the file and PLAYPIPE_FLOW_NAME:'
	for key in "${conf_keys[@]}"; do
		printf '  --%s %s\n      %s\n' "$key" "${conf_arg[$key]}" \
			"${conf_help[$key]}"
	done
	echo
	echo 'Exit status: that of the most telling failure; see playpipe.conf(5).'
}

conf_arguments() {
	local word name value
	while [ $# -gt 0 ]; do
		word=$1
		shift
		name=${word%%=*}
		name=${name#--}
		case $word in
		-h | --help)
			print_out "$(conf_help_text)"
			exit
			;;
		-V | --version)
			print_out "$(lake-cat --version |
				sed "1s/^lake-cat/$conf_script/")"
			exit
			;;
		--*)
			if [[ $conf_switches == *" ${word#--} "* ]]; then
				printf -v "flag_${name//-/_}" 1
				continue
			fi
			[[ $name == config || -n ${conf_type[$name]-} ]] ||
				conf_usage "unknown option '--$name'"
			value=${word#*=}
			if [[ $word != *=* ]]; then
				[ $# -gt 0 ] ||
					conf_usage "option '$word' needs a value"
				value=$1
				shift
			fi
			if [ "$name" = config ]; then
				conf_file=$value
			else
				conf_set "$name" "$value" option ''
			fi
			;;
		-*) conf_usage "unknown option '$word'" ;;
		*) conf_usage "unexpected argument '$word'" ;;
		esac
	done
}

# conf_begin PATH SWITCH... -- ARGUMENT... - all settings, from the arguments
# on. SWITCHes are the script's own: loop for --loop, which sets $flag_loop.
conf_begin() {
	conf_path=$1
	conf_switches=' '
	shift
	set -- dry-run print-config "$@"
	while [ "$1" != -- ]; do
		conf_switches+="$1 "
		printf -v "flag_${1//-/_}" ''
		shift
	done
	shift
	conf_log_format=${PLAYPIPE_LOG_FORMAT:-}
	conf_file=${PLAYPIPE_CONFIG:-}
	conf_defaults
	conf_arguments "$@"
	conf_environment
	if [ -n "$conf_file" ]; then
		conf_read_file "$conf_file"
		[[ $conf_file == /* ]] || conf_file=$PWD/$conf_file
		export PLAYPIPE_CONFIG=$conf_file
	fi
	if [ -n "$flag_print_config" ]; then
		print_out "$(conf_print)"
		exit
	fi
	conf_derive
}
