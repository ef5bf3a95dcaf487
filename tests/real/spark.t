#!/usr/bin/env bash
# spark.t - lake-put into tables that Spark made, with what the protocol has
# for writers: constraints, in-commit timestamps, deletion vectors, a change
# data feed, clustering, version 2 checkpoints; and those that are refused.
# Spark reads what was written. See spark.py.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/spark_lib.sh
. "$(dirname "$0")/spark_lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
need_python pyarrow
need_spark || skip_all "$spark_lack"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/spark.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export SPARK_JARS=$spark_jars TZ=UTC LC_ALL=C.UTF-8 # names of files, to Java
"$python" "$real_root/tests/real/spark.py" 2>spark.err
status=$?
[ "$status" = 0 ] || tail -5 spark.err | sed 's/^/# /'
exit "$status"
