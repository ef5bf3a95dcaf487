#!/usr/bin/env bash
# install.t - "make install" into an empty folder, and the tools run from
# there with nothing of the tree's; "make uninstall" leaves nothing. TAP.
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 1
flavour=$(basename "$(dirname "${PLAYPIPE_BIN:-build/release/bin}")")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/opt/playpipe
n=0
failed=0

# ok NAME COMMAND... - one test
ok() {
	local name=$1
	shift
	n=$((n + 1))
	if "$@" >"$scratch/told" 2>&1 </dev/null; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$scratch/told"
		failed=$((failed + 1))
	fi
}

make_in_place() {
	env -u MAKEFLAGS -u MAKELEVEL make -s FLAVOUR="$flavour" \
		DESTDIR="$scratch" PREFIX=/opt/playpipe "$1"
}

# Away from here, with an empty environment.
run_there() {
	(cd / && env -i PATH="$prefix/bin:/usr/bin:/bin" "$@")
}

every_tool_answers() {
	local tool
	for tool in "$prefix"/bin/*; do
		[[ $tool != */playpipe-* ]] || continue
		run_there "${tool##*/}" --version || return 1
		[ -s "$prefix/share/bash-completion/completions/${tool##*/}" ] &&
			[ -s "$prefix/share/zsh/site-functions/_${tool##*/}" ] &&
			[ -s "$prefix/share/fish/vendor_completions.d/${tool##*/}.fish" ] &&
			[ -s "$prefix/share/man/man1/${tool##*/}.1" ] || return 1
	done
}

# Shipped schemas and suites are found where they were installed.
shared_data_is_found() {
	run_there agg-hourly --schema eventsim1 /dev/null &&
		run_there dq-check --suite eventsim1 --schema eventsim1 /dev/null
}

# The scripts find the tools, the shared data and each other.
flows_run() {
	local lake=$scratch/lake script
	for script in "$prefix"/bin/playpipe-*; do
		run_there "${script##*/}" --help || return 1
	done
	run_there playpipe-run-microbatch --lake "$lake" --source-command \
		'evgen --users 50 --from 2026-11-16 --barrier-every 6h' &&
		run_there "$prefix/bin/playpipe-run-hourly" --lake "$lake" &&
		[ -s "$lake/dashboard.html" ] &&
		[ -s "$prefix/share/playpipe/playpipe.conf.example" ]
}

nothing_is_left() {
	! find "$scratch/opt" ! -type d | grep .
}

ok 'make install' make_in_place install
ok 'every tool answers, and has its page and completions' every_tool_answers
ok 'shared data is found' shared_data_is_found
ok 'the flows run' flows_run
ok 'make uninstall' make_in_place uninstall
ok 'nothing is left' nothing_is_left
echo "1..$n"
[ "$failed" -eq 0 ]
