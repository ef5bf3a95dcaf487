#!/usr/bin/env bash
# kcat_newer.t - kcat-in with a librdkafka that is newer than the system's, as
# a user may have it: logins (SCRAM to Kafka 4 among them) and jobs again.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
here=$real_root/tests/real
command -v npm >/dev/null || skip_all 'npm is not installed'
LD_LIBRARY_PATH=$("$here/newer-librdkafka") ||
	skip_all 'a newer librdkafka cannot be had:' \
		"see $real_root/build/newer-librdkafka.log"
export LD_LIBRARY_PATH KCAT_VERSIONS=4.4.0
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH

is_newer() {
	kcat-in --version | grep 'librdkafka 2\.15'
}

tap 'kcat-in runs with it' is_newer
tap 'logins' "$here/kcat_login.t"
tap 'jobs' "$here/kcat_job.t"
tap_end
