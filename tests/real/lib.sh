# shellcheck shell=bash
# lib.sh - what the real tests share. Source it with bash; then:
#
#	need_python duckdb pyarrow	a Python that has these, in $python; the
#					first test to ask makes build/real-venv,
#					whoever needs more adds to it
#	tap NAME COMMAND...		one TAP line; the command's output only
#					when it fails, as a comment
#	tap_skip NAME REASON		a TAP line for what cannot be tested here
#	tap_end				the plan, and exit status 1 if any failed
#
# A test that cannot have what it needs (no network) ends as skipped.

real_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
real_shared=${PLAYPIPE_SHARED:-$real_root/../shared}
tap_count=0
tap_failed=0

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

need_python() {
	local venv=$real_root/build/real-venv log package
	log=$real_root/build/real-venv.log
	python=$venv/bin/python
	mkdir -p "$real_root/build"
	(
		flock 9
		[ -x "$python" ] || python3 -m venv "$venv" >"$log" 2>&1
		for package; do
			"$python" -c "import ${package//-/_}" 2>/dev/null ||
				"$venv/bin/pip" install -q "$package" \
					>>"$log" 2>&1 || exit 1
		done
	) 9>"$real_root/build/real-venv.lock" ||
		skip_all "Python packages $* cannot be had: see $log"
}

tap() {
	local name=$1 out status=0
	shift
	tap_count=$((tap_count + 1))
	out=$("$@" 2>&1) || status=$?
	if [ "$status" = 0 ]; then
		echo "ok $tap_count - $name"
		return
	fi
	tap_failed=1
	echo "not ok $tap_count - $name"
	printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
}

tap_skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_end() {
	echo "1..$tap_count"
	exit "$tap_failed"
}
