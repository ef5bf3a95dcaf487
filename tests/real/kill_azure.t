#!/usr/bin/env bash
# kill_azure.t - kill.t with the lake, and what filters remember, on Azurite.
#
#	KILLS=200 tests/real/kill_azure.t	(default 12)
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/real/azurite_lib.sh
. "$(dirname "$0")/azurite_lib.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/kill_azure.XXXXXX")
trap 'azurite_stop; rm -rf "$scratch"' EXIT
need_azurite
make -s -C "$real_root" build/release/real/store_tool ||
	skip_all "no store_tool"
azurite_start
LAKE=az://lake/kill KILLS=${KILLS:-12} "$real_root/tests/real/kill.t"
