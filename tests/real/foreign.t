#!/usr/bin/env bash
# foreign.t - tables as other writers may make them: mapped and widened columns,
# checkpoints with statistics as columns. Data files are pyarrow's.
set -uo pipefail

# shellcheck source=tests/real/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
need_python pyarrow
scratch=$(mktemp -d "${TMPDIR:-/tmp}/foreign.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

table() {
	"$python" "$real_root/tests/real/foreign_tables.py" "$@"
}

tap 'columns mapped by name: renamed, dropped, added again' \
	table mapped by-name name
tap 'columns mapped by id, whatever files call them' table mapped by-id id
tap 'columns that were widened' table widened widened
tap 'bounds of floats' table floats floats
tap 'a checkpoint with statistics as columns' table parsed parsed
tap_end
