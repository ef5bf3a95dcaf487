# shellcheck shell=bash
# tools.bash - what the tests of tools share. Source it in bats; then:
#
#	use_tools		in setup: the tools are on the PATH, and the
#				test's own folder is the working one
#	status_is N COMMAND...	it ends so; its stdout is in out, stderr in err
#	fails N COMMAND...	the same, with one sentence and without stdin
#	lines_of N FILE...	wait until the files have so many, at most 20 s
#	end_jobs		in teardown: what a failed test has left running

use_tools() {
	bin=${PLAYPIPE_BIN:-$BATS_TEST_DIRNAME/../../build/release/bin}
	PATH=$bin:$PATH
	cd "$BATS_TEST_TMPDIR" || exit 1
}

status_is() {
	local want=$1 got=0
	shift
	"$@" >out 2>err || got=$?
	[ "$got" -eq "$want" ] || {
		echo "status $got, not $want: $*"
		cat err
		return 1
	}
}

fails() {
	status_is "$@" </dev/null || return 1
	[ "$(wc -l <err)" -eq 1 ] || {
		echo "not one sentence: ${*:2}"
		cat err
		return 1
	}
}

lines_of() {
	local tries want=$1
	shift
	for ((tries = 0; tries < 1000; tries++)); do
		[ "$(cat "$@" 2>/dev/null | wc -l)" -lt "$want" ] || return 0
		sleep 0.02
	done
	return 1
}

end_jobs() {
	local pid
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
}
