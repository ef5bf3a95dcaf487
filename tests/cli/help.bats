#!/usr/bin/env bats
# What every tool has from its option table: help, version, refusals,
# completions, configuration, and a manual page that agrees.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	man=$BATS_TEST_DIRNAME/../../man
	use_tools
}

# each COMMAND - run a function for every tool; tell which it failed for
each() {
	local tool
	for tool in "$bin"/*; do
		tool=${tool##*/}
		"$@" "$tool" || {
			echo "failed for $tool"
			return 1
		}
	done
}

# run_apart COMMAND... - status, stdout in out, stderr in err
run_apart() {
	status=0
	"$@" >out 2>err </dev/null || status=$?
}

help_is_whole() {
	run_apart "$1" --help
	[ "$status" -eq 0 ] && [ ! -s err ] &&
		grep -q "^Usage: $1 \[OPTION...\]" out &&
		grep -q '^Examples:' out && grep -q '^Exit status:' out &&
		[ "$(grep -c '^  # ' out)" -ge 3 ] &&
		[ -z "$(sed '/^Examples:/,/^[A-Z][a-z]* *[a-z]*:$/d' out |
			awk 'length > 80')" ]
}

@test "--help tells usage, three examples, options, exit status on stdout" {
	each help_is_whole
}

no_range_is_empty() {
	"$1" --help | tr -s ' \n' ' ' >out
	! grep -qE '[(;] ?[1-9][0-9]* to 0[;)]' out
}

@test "--help tells no range that nothing is in" {
	each no_range_is_empty
	lake-cat --help | tr -s ' \n' ' ' | grep -qF '(1 to 1000000000; default 100)'
}

short_help_is_shorter() {
	"$1" --help >full
	run_apart "$1" -h
	[ "$status" -eq 0 ] && [ ! -s err ] && grep -q "^Usage: $1 " out &&
		[ "$(wc -l <out)" -lt "$(wc -l <full)" ]
}

@test "-h is a short help" {
	each short_help_is_shorter
}

version_is_told() {
	run_apart "$1" --version
	[ "$status" -eq 0 ] && [ ! -s err ] &&
		head -1 out | grep -qE "^$1 \(playpipe\) [0-9]+\.[0-9]+\.[0-9]+$"
}

@test "--version names tool, suite and version" {
	each version_is_told
}

full_disk_is_told() {
	status=0
	"$1" --help >/dev/full 2>err || status=$?
	[ "$status" -eq 74 ] && [ "$(wc -l <err)" -eq 1 ] || return 1
	status=0
	"$1" --version >&- 2>err || status=$?
	[ "$status" -eq 74 ] && [ "$(wc -l <err)" -eq 1 ]
}

@test "help that cannot be written is a failure" {
	each full_disk_is_told
}

unknown_option_is_refused() {
	run_apart "$1" --no-such-option
	[ "$status" -eq 2 ] && [ ! -s out ] && [ "$(wc -l <err)" -eq 2 ] &&
		grep -q "^$1: unknown option '--no-such-option'" err &&
		tail -1 err | grep -q -- "--help"
}

@test "an unknown option is two lines on stderr, status 2" {
	each unknown_option_is_refused
}

near_miss_is_suggested() {
	run_apart "$1" --verison
	[ "$status" -eq 2 ] && grep -q "did you mean '--version'" err
}

@test "a mistyped option is met with the nearest name" {
	each near_miss_is_suggested
}

json_error_is_an_object() {
	run_apart "$1" --no-such-option --log-format json
	[ "$status" -eq 2 ] || return 1
	run_apart "$1" --log-format json --stats
	[ "$status" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] &&
		jq -e --arg tool "$1" '.tool == $tool and .level == "error"
			and .code == 2 and (.msg | length) > 0' err >/dev/null
}

@test "with --log-format json a message is one object" {
	each json_error_is_an_object
}

completions_load() {
	"$1" --completions bash >comp.bash && bash -n comp.bash &&
		bash -c '. ./comp.bash && complete -p "$1"' sh "$1" &&
		"$1" --completions zsh >comp.zsh && zsh -n comp.zsh &&
		"$1" --completions fish >comp.fish &&
		fish --no-execute comp.fish &&
		grep -q -- '--stats' comp.bash && grep -q -- '--stats' comp.zsh &&
		grep -q -- '-l stats' comp.fish
}

@test "completion scripts load in bash, zsh and fish" {
	each completions_load
}

bash_completes() {
	"$1" --completions bash >comp.bash
	# the function is called outside of readline, where compopt complains
	# shellcheck disable=SC2016
	[ "$(bash -c '. ./comp.bash
		COMP_WORDS=("$1" --log-format j) COMP_CWORD=2
		"_playpipe_${1//-/_}" 2>/dev/null
		echo "${COMPREPLY[*]}"' sh "$1")" = json ]
}

@test "bash completes a choice" {
	each bash_completes
}

# completes LINE WANT - what bash, and fish, offer for the last word
completes() {
	local words
	read -ra words <<<"$1"
	"${words[0]}" --completions bash >comp.bash
	# shellcheck disable=SC2016
	[ "$(bash -c '. ./comp.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"_playpipe_${1//-/_}" 2>/dev/null
		echo "${COMPREPLY[*]}"' sh "${words[@]}")" = "$2" ] || return 1
	"${words[0]}" --completions fish >comp.fish
	[ "$(fish -c 'source comp.fish; complete -C "$argv"' "$1" |
		cut -f 1 | tr '\n' ' ')" = "$2 " ]
}

@test "a list of choices completes behind its last comma" {
	completes 'agg-hourly --measures stre' streams
	completes 'agg-hourly --measures plays,stre' plays,streams
	completes 'agg-hourly -m plays,events,sk' plays,events,skips
	completes 'evgen --type auth_events,page' auth_events,page_view_events
}

config_comes_back() {
	"$1" --print-config --log-format json >made.conf || return 1
	grep -q '^log-format = json$' made.conf || return 1
	"$1" --config made.conf --print-config >again.conf || return 1
	grep -q '^log-format = json$' again.conf || return 1
	echo "$1.no-such-key = 1" >>made.conf
	run_apart "$1" --config made.conf --log-format text
	[ "$status" -eq 2 ] && grep -q "'made.conf': line [0-9]*: unknown" err
}

@test "--print-config is read by --config; errors name file and line" {
	each config_comes_back
}

@test "in one file are settings of all tools, and of the scripts" {
	local tool
	for tool in "$bin"/*; do
		echo "${tool##*/}.config-of = others"
	done >all.conf
	echo 'flow.lake = here' >>all.conf
	for tool in "$bin"/*; do
		tool=${tool##*/}
		grep -v "^$tool\." all.conf >its.conf
		"$tool" --config its.conf --print-config >/dev/null
	done
	echo 'sessionise.gap = 1h' >its.conf
	run_apart evgen --config its.conf --print-config
	[ "$status" -eq 2 ]
	grep -q "unknown tool 'sessionise', did you mean 'sessionize'" err
}

terminal_is_refused() {
	case $1 in
	dq-check | sessionize | agg-hourly | dash-html) ;;
	*) return 0 ;;
	esac
	status=0
	script -qec "$1" /dev/null </dev/null >out 2>&1 || status=$?
	[ "$status" -eq 2 ] && grep -q "^Usage: $1 " out
}

@test "a filter started on a terminal shows help instead of waiting" {
	command -v script >/dev/null || skip "no script(1) here"
	each terminal_is_refused
}

# ---- the manual page ----

# Long and short options of a part of --help: own ones, or all.
rows_of() {
	"$1" --help |
		if [ "$2" = own ]; then sed '/^Common options:/,$d'; else cat; fi |
		sed -nE 's/^  (-[a-zA-Z], |    )--([a-z0-9-]+).*/\2/p' | sort -u
}

page_options() {
	grep '^\.It Fl' "$1" | grep -oE 'Fl -[a-z0-9-]+' | sed 's/^Fl -//' |
		sort -u
}

page_agrees() {
	[ -f "$man/$1.1" ] || {
		echo "no man/$1.1"
		return 1
	}
	rows_of "$1" own >own
	rows_of "$1" all >all
	page_options "$man/$1.1" >page
	echo "not in the page:" && comm -23 own page
	echo "in the page only:" && comm -13 all page
	[ -z "$(comm -23 own page)" ] && [ -z "$(comm -13 all page)" ]
}

@test "every option is in its manual page, and no other" {
	each page_agrees
}

common_options_are_documented() {
	rows_of "$1" all >all
	rows_of "$1" own >own
	comm -23 all own >common
	page_options "$man/playpipe.7" >page
	comm -23 common page
	[ -z "$(comm -23 common page)" ]
}

@test "playpipe(7) documents the common options" {
	each common_options_are_documented
}

short_names_agree() {
	"$1" --help | sed -nE 's/^  -([a-zA-Z]), --([a-z0-9-]+).*/\1 \2/p' |
		sort >rows
	cat "$man/$1.1" "$man/playpipe.7" | grep '^\.It Fl' |
		sed -nE 's/^\.It Fl ([a-zA-Z]) , Fl -([a-z0-9-]+).*/\1 \2/p' |
		sort -u >page
	comm -23 rows page
	[ -z "$(comm -23 rows page)" ]
}

@test "short names are in the manual page" {
	each short_names_agree
}

exit_codes_agree() {
	"$1" --help | sed '1,/^Exit status:/d' |
		sed -nE 's/^  ([0-9]+) .*/\1/p' | sort >rows
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$man/$1.1" |
		sed -nE 's/^\.It (Li )?([0-9]+)$/\2/p' | sort >page
	diff rows page
}

@test "the page lists the exit codes that --help lists" {
	each exit_codes_agree
}
