#!/usr/bin/env bats
# lake-put where the disk is full or nothing may be written: one sentence, 74,
# and the table as it was, without anything left behind.

# shellcheck source=tests/cli/tools.bash
. "$BATS_TEST_DIRNAME/tools.bash"

setup() {
	use_tools
	seq 60000 | awk '{ printf("{\"a\":%d,\"b\":\"%d\"}\n", $1, $1 * 7919) }' >in
	head -10 in | lake-put -q t
	find t | sort >before
}

is_as_before() {
	[ "$(lake-cat --count t)" -eq 10 ]
	find t | sort | diff before -
}

# as_nobody COMMAND... - as a user whom permissions bind
as_nobody() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
}

need_nobody() {
	as_nobody lake-cat --count t >/dev/null 2>&1 ||
		skip "no user here whom permissions bind"
}

@test "a full disk: the data file does not fit" {
	limited() (
		trap '' XFSZ
		ulimit -f 64
		lake-put t in
	)
	fails 74 limited
	grep -q "^lake-put: cannot write 't/part-.*': File too large" err
	is_as_before
}

@test "a full disk: the commit does not fit" {
	limited() (
		trap '' XFSZ
		ulimit -f 64
		head -300 in | lake-put -q --partition-by a u
	)
	fails 74 limited
	grep -q "^lake-put: cannot write 'u/_delta_log/.*': File too large" err
	[ "$(find u -type f | wc -l)" -eq 0 ]
	head -300 in | lake-put -q --partition-by a u
	[ "$(lake-cat --count u)" -eq 300 ]
}

@test "a folder that may not be written" {
	chmod -R a+rX,a-w t
	chmod a+rx "$BATS_TEST_TMPDIR"
	need_nobody
	fails 74 as_nobody lake-put t in
	grep -qF "cannot create" err
	grep -qF "Permission denied" err
	status_is 74 as_nobody lake-put --check t
	[ "$(cut -d: -f1,2 out)" = "$(printf '%s\n' 'list: yes' \
		'create if absent: no' 'read: no' 'write: no' 'delete: no')" ]
	[ "$(grep -c 'not tried$' out)" -eq 2 ]
	is_as_before
	chmod -R u+w t
}

@test "a log that may not be written: its data files go again" {
	chmod a+rwx t
	chmod -R a+rX,a-w t/_delta_log
	chmod a+rx "$BATS_TEST_TMPDIR"
	need_nobody
	fails 74 as_nobody lake-put t in
	grep -q "cannot create 't/_delta_log/.*': Permission denied" err
	is_as_before
}

@test "a new table where there can be none" {
	fails 74 lake-put -q /proc/none/t in
	grep -q "^lake-put: cannot create the folder '/proc/none'" err
	echo >file
	fails 74 lake-put -q file/t in
}
