#!/usr/bin/env bats
# The standard ordeal: what the world does to a filter, done to every tool.
# Whatever comes, a tool ends with a status of playpipe(7), says one clear
# sentence, and neither crashes nor loses a line in silence.

# shellcheck source=tests/cli/kafka.bash
. "$BATS_TEST_DIRNAME/kafka.bash"

FROM=2026-11-16

setup_file() {
	export bin=${PLAYPIPE_BIN:-$BATS_TEST_DIRNAME/../../build/release/bin}
	export PATH=$bin:$PATH
	cd "$BATS_FILE_TMPDIR" || exit 1
	make_events 3000 >events.ndjson
	cat >suite.json <<-'END'
	{"name": "ordeal", "expectations": [{"type":
	"expect_column_values_to_not_be_null", "kwargs": {"column": "userId"}}]}
	END
	if [ -x "$bin/agg-hourly" ]; then
		agg-hourly events.ndjson >measures.ndjson
	fi
	if [ -x "$bin/lake-put" ]; then
		lake-put table events.ndjson
	fi
	kafka_start
	export KAFKA_BROKERS=$BROKERS
	kafka lines events 0 events.ndjson
}

teardown_file() {
	kafka_stop
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	cp "$BATS_FILE_TMPDIR"/*.json "$BATS_FILE_TMPDIR"/*.ndjson .
	if [ -d "$BATS_FILE_TMPDIR/table" ]; then
		cp -r "$BATS_FILE_TMPDIR/table" .
	fi
}

# make_events N - canonical playpipe listens of 50 users, in order of time
make_events() {
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf("{\"topic\":" \
		"\"listen_events\",\"eventId\":\"e%d\",\"ts\":%.0f," \
		"\"userId\":%d,\"sessionId\":%d,\"itemInSession\":%d," \
		"\"level\":\"%s\",\"trackId\":\"t%d\",\"artist\":\"A%d\"," \
		"\"song\":\"S\303\251 %d\",\"duration\":200.5," \
		"\"msPlayed\":%d,\"skipped\":false}\n", i,
		1794787200000 + i * 20000, i % 50, i % 50, i / 50,
		i % 3 ? "paid" : "free", i % 97, i % 13, i % 97,
		200500 - i % 7 * 30000) }'
}

# ---- the table of tools ----

# Those that read lines, and those that write them to stdout.
readers='dq-check sessionize agg-hourly dash-html lake-put kcat-out'
writers='evgen dq-check sessionize agg-hourly dash-html lake-cat lake-tidy kcat-in'

# The file that a tool is fed, if it reads any.
input_of() {
	case $1 in
	dash-html) echo measures.ndjson ;;
	evgen | lake-cat | lake-tidy | kcat-in) echo /dev/null ;;
	*) echo events.ndjson ;;
	esac
}

# start TOOL [OPTION...] - become the tool with the least it needs
start() {
	local tool=$1
	shift
	case $tool in
	evgen) exec evgen --users 300 --seed 1 --from "$FROM" --to 2026-11-18 "$@" ;;
	dq-check) exec dq-check --suite suite.json --fail-on never \
		--quarantine bad.ndjson "$@" ;;
	dash-html) exec dash-html --now 2026-11-18 "$@" ;;
	lake-put) exec lake-put --schema playpipe "$@" new-table ;;
	lake-cat | lake-tidy) exec "$tool" "$@" table ;;
	kcat-in) exec kcat-in "$@" events ;;
	kcat-out) exec kcat-out -k userId "$@" "${topic:-topic}" ;;
	*) exec "$tool" "$@" ;;
	esac
}

# go TOOL INPUT [OPTION...] - run it to its end: status, out, err, stats
go() {
	local tool=$1 input=$2
	shift 2
	rm -rf new-table bad.ndjson stats.json
	topic=topic-$BATS_TEST_NUMBER-$((++topics))
	status=0
	(start "$tool" --stats stats.json "$@") <"$input" >out 2>err || status=$?
	if [ "$tool" = lake-put ] && [ -d new-table ]; then
		lake-cat new-table | sort >out
	elif [ "$tool" = kcat-out ]; then
		kcat-in "$topic" | sort >out
	fi
}

# each "TOOL..." FUNCTION - for every tool of the list that is built
each() {
	local tool
	for tool in $1; do
		[ -x "$bin/$tool" ] || continue
		"$2" "$tool" || {
			echo "failed for $tool, status $status"
			head -5 err 2>/dev/null
			return 1
		}
	done
}

# One sentence of the tool about it, nothing else.
is_told_once() {
	[ "$(wc -l <err)" -eq 1 ] && grep -q "^$1: .*$2" err
}

# ---- the output goes wrong ----

device_is_full() {
	status=0
	(start "$1") <"$(input_of "$1")" >/dev/full 2>err || status=$?
	[ "$status" -eq 74 ] && is_told_once "$1" 'No space left on device'
}

@test "a full device" {
	each "$writers" device_is_full
}

stdout_is_closed() {
	status=0
	(start "$1") <"$(input_of "$1")" >&- 2>err || status=$?
	[ "$status" -eq 74 ] && is_told_once "$1" 'Bad file descriptor'
}

@test "a closed standard output" {
	each "$writers" stdout_is_closed
}

# A pipe whose reader is gone before the first write: SIGPIPE ends a pure
# filter, a stateful tool reports it.
reader_is_gone() {
	local reader
	exec 7> >(:)
	reader=$!
	wait "$reader"
	status=0
	(start "$1") <"$(input_of "$1")" >&7 2>err || status=$?
	exec 7>&-
	case $status in
	141) [ ! -s err ] ;;
	74) is_told_once "$1" 'reader went away' ;;
	*) return 1 ;;
	esac
}

@test "a reader that went away" {
	each "$writers" reader_is_gone
}

# ---- a signal ----

# wait_for COMMAND... - until it is true, at most 10 s
wait_for() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		"$@" && return
		sleep 0.05
	done
	return 1
}

# end_of PID - its status; it has 15 s, more than the 10 that a tool may take
end_of() {
	wait_for has_ended "$1" || wait_for has_ended "$1" ||
		kill -KILL "$1"
	status=0
	wait "$1" || status=$?
}

has_ended() { # PID: gone, or waited for
	! grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status" 2>/dev/null
}

is_reading() { # PID: asleep, with its handler for SIGTERM in place
	local caught
	caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") || return 1
	(((0x$caught >> 14 & 1) == 1)) &&
		grep -q '^State:[[:space:]]*S' "/proc/$1/status"
}

terminated_while_reading() {
	local pid
	rm -rf pipe new-table bad.ndjson page
	mkfifo pipe
	exec 8<>pipe
	(start "$1" --stats stats.json) <pipe >out 2>err 8>&- &
	pid=$!
	head -100 "$(input_of "$1")" >&8
	wait_for is_reading "$pid"
	sleep 0.1
	kill -TERM "$pid"
	end_of "$pid"
	exec 8>&-
	[ "$status" -eq 143 ] && [ ! -s err ] &&
		jq -e '.status == 143' stats.json >/dev/null &&
		{ [ "$1" != lake-put ] ||
			[ "$(find new-table -name '*.json' 2>/dev/null | wc -l)" -eq 0 ]; }
}

@test "SIGTERM while waiting for input" {
	each "$readers" terminated_while_reading
}

# The reader of the pipe does not read: the tool waits in a write.
terminated_while_writing() {
	local pid
	rm -f pipe
	mkfifo pipe
	exec 8<>pipe
	(start "$1") <"$(input_of "$1")" >pipe 2>err 8>&- &
	pid=$!
	wait_for is_reading "$pid"
	sleep 0.1
	kill -TERM "$pid" 2>/dev/null
	end_of "$pid"
	exec 8>&-
	[ "$status" -eq 143 ] && [ ! -s err ]
}

@test "SIGTERM while waiting for the reader" {
	make_events 20000 >events.ndjson
	each 'evgen kcat-in' terminated_while_writing
}

# ---- input of every shape ----

input_is_empty() {
	go "$1" /dev/null
	[ "$status" -eq 0 ] && [ ! -s err ] || return 1
	case $1 in
	dash-html) [ -s out ] ;;
	*) [ ! -s out ] ;;
	esac
}

@test "empty input" {
	each "$readers" input_is_empty
}

# same_as_plain TOOL FILE - the tool makes of it what it makes of its input
same_as_plain() {
	go "$1" "$(input_of "$1")"
	[ "$status" -eq 0 ] && [ ! -s err ] && [ -s out ] || return 1
	mv out plain
	go "$1" "$2"
	# dq-check passes good lines on as they are, CR and all
	tr -d '\r' <out >out.lf
	[ "$status" -eq 0 ] && [ ! -s err ] && cmp plain out.lf
}

without_last_newline() {
	head -c -1 "$(input_of "$1")" >changed
	same_as_plain "$1" changed
}

@test "no last newline" {
	each "$readers" without_last_newline
}

with_cr() {
	sed 's/$/\r/' "$(input_of "$1")" >changed
	same_as_plain "$1" changed
}

@test "lines that end in CR LF" {
	each "$readers" with_cr
}

with_bom() {
	{ printf '\357\273\277' && cat "$(input_of "$1")"; } >changed
	same_as_plain "$1" changed
}

@test "a byte order mark" {
	each "$readers" with_bom
}

with_blank_lines() {
	sed '5s/$/\n/; 9s/$/\n  /' "$(input_of "$1")" >changed
	same_as_plain "$1" changed
}

@test "blank lines" {
	each "$readers" with_blank_lines
}

compressed() {
	gzip -c "$(input_of "$1")" >changed
	same_as_plain "$1" changed || return 1
	zstd -qc "$(input_of "$1")" >changed
	same_as_plain "$1" changed
}

@test "gzip and zstd" {
	each "$readers" compressed
}

cut_gzip() {
	gzip -c "$(input_of "$1")" | head -c -20 >changed
	go "$1" changed
	case $status in 65 | 74) is_told_once "$1" stdin ;; *) return 1 ;; esac
}

@test "a gzip file that was cut off" {
	each "$readers" cut_gzip
}

absent_file() {
	status=0
	case $1 in
	lake-put) set -- "$1" new-table absent.ndjson ;;
	*) set -- "$1" absent.ndjson ;;
	esac
	(start "$@") >out 2>err </dev/null || status=$?
	[ "$status" -eq 74 ] && is_told_once "$1" "'absent.ndjson'"
}

@test "a file that is not there" {
	each "dq-check sessionize agg-hourly dash-html" absent_file
}

# ---- bad lines ----

# One bad line, the 11th, between good ones. dq-check is there to sort such
# lines out; every other tool says where it is and ends with 65.
bad_line_is_told() {
	local input
	input=$(input_of "$1")
	{ head -10 "$input" && cat bad && tail -n +11 "$input" | head -10; } >changed
	go "$1" changed
	[ "$status" -lt 128 ] || return 1
	if [ "$1" = dq-check ]; then
		[ "$status" -eq 0 ] && [ "$(wc -l <out)" -eq 20 ] &&
			[ "$(wc -l <bad.ndjson)" -eq 1 ] &&
			jq -e '.line == 11' bad.ndjson >/dev/null
	else
		[ "$status" -eq 65 ] && grep -q "^$1: .*'stdin'.*line 11" err
	fi
}

@test "a NUL byte" {
	printf '{"ts":1794787200000,"a":"\0"}\n' >bad
	each "$readers" bad_line_is_told
}

@test "bad UTF-8" {
	printf '{"ts":1794787200000,"a":"\377\376"}\n' >bad
	each "$readers" bad_line_is_told
}

@test "a line cut off" {
	printf '{"ts":1794787200000,"userId":1,"a\n' >bad
	each "$readers" bad_line_is_told
}

@test "two documents in a line" {
	printf '{"ts":1794787200000}{"ts":1794787200000}\n' >bad
	each "$readers" bad_line_is_told
}

@test "a line that is no object" {
	printf '[1794787200000]\n' >bad
	each "$readers" bad_line_is_told
}

@test "a key twice" {
	printf '{"ts":1794787200000,"ts":1794787200000}\n' >bad
	each "$readers" bad_line_is_told
}

@test "a depth bomb" {
	{ printf '{"a":' && head -c 100000 /dev/zero | tr '\0' '[' && echo; } >bad
	each "$readers" bad_line_is_told
}

@test "a huge line" {
	{ printf '{"a":"' && head -c 17000000 /dev/zero | tr '\0' 'x' &&
		printf '"}\n'; } >bad
	each "$readers" bad_line_is_told
}

@test "control characters of data do not reach the terminal" {
	printf '{"ts":1,"\033[2J\033]0;x\007":1}\n' >bad
	each "$readers" bad_line_is_told
	! grep -q "$(printf '\033')" err || return 1
}
