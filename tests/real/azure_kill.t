#!/usr/bin/env bash
# azure_kill.t - tests/fault/lake_kill.t on Azurite: lake-put (and the lake-cat
# before it) killed at random instants, and the same command again, until the
# copy is whole: every line once, no version missing.
#
#	ROUNDS=50 tests/real/azure_kill.t	(default 6)
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/azurite_lib.sh
. "$(dirname "$0")/azurite_lib.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/azure_kill.XXXXXX")
trap 'azurite_stop; rm -rf "$scratch"' EXIT
need_azurite
azurite_start
LAKE=az://lake/kill ROUNDS=${ROUNDS:-6} KILL_MS=${KILL_MS:-900} \
	"$real_root/tests/fault/lake_kill.t"
