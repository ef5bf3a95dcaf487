# shellcheck shell=bash
# shellcheck disable=SC2154 # flow_lake is set by who sources this
# demo.sh - how the demos speak and count; sourced by demo-run and demo-kafka.

failures=0 # of agree

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }

# count TABLE [WHERE] - rows of a table
count() {
	lake-cat --count ${2:+--where "$2"} "$flow_lake/$1"
}

# total COLUMN TABLE - the sum of a column
total() {
	lake-cat --columns "$1" --format csv "$flow_lake/$2" |
		awk 'NR > 1 { n += $1 } END { printf "%.0f\n", n }'
}

# agree WHAT A WHAT B - two figures that must be the same
agree() {
	if [ "$2" = "$4" ]; then
		printf '   ok: %s = %s: %s\n' "$1" "$3" "$2"
	else
		printf '   WRONG: %s is %s, but %s is %s\n' "$1" "$2" "$3" "$4"
		failures=$((failures + 1))
	fi
}

# rows_of TABLE... - their rows, below a heading
rows_of() {
	local table
	step 'rows'
	for table; do
		printf '   %-16s %10s\n' "$table" "$(count "$table")"
	done
}
