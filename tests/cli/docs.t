#!/usr/bin/env bash
# docs.t - the commands of README.md and of the tutorial are run, in order, in
# one folder a document, and their output is what the document says. A "sh"
# block is run; a "text" block behind it is its standard output, where "..."
# stands for any lines. TAP.
#
# docs.t --update writes the lines that have changed into the documents; which
# output line a line of a document stands for is found by its letters.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=${PLAYPIPE_BIN:-$root/build/release/bin}:$PATH
PLAYPIPE_SHARE=$root/share
export PLAYPIPE_SHARE
scratch=$(mktemp -d "${TMPDIR:-/tmp}/docs.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# blocks FILE - its fenced blocks, as NN.sh and NN.text of the current folder
blocks() {
	awk '
	/^```$/ { file = ""; next }
	/^```sh$/ { file = sprintf("%02d.sh", ++n); next }
	/^```text$/ { file = sprintf("%02d.text", n); next }
	file { print > file }' "$1"
}

# matches TEXT OUT - is OUT what TEXT says?
matches() {
	awk '
	NR == FNR { want[++n] = $0; next }
	{ got[++m] = $0 }
	END {
		i = 1
		for (j = 1; j <= m; j++) {
			if (i <= n && want[i] == "...") { any = 1; i++ }
			if (i <= n && want[i] == got[j]) { any = 0; i++ }
			else if (!any) exit 1
		}
		while (i <= n && want[i] == "...") i++
		exit i <= n
	}' "$1" "$2"
}

# refreshed TEXT OUT - TEXT with the lines that OUT has in their places
refreshed() {
	awk '
	function letters(s) { gsub(/[^a-zA-Z]/, "", s); return s }
	NR == FNR { want[++n] = $0; next }
	{ got[++m] = $0 }
	END {
		j = 1
		for (i = 1; i <= n; i++) {
			if (want[i] == "...") { print "..."; any = 1; continue }
			k = j
			while (any && k <= m && letters(got[k]) != letters(want[i]))
				k++
			j = (k > m ? j : k)
			print got[j++]
			any = 0
		}
	}' "$1" "$2"
}

# update FILE - FILE with its text blocks from the current folder
update() {
	awk '
	/^```sh$/ { n++ }
	/^```text$/ {
		print
		while ((getline line < sprintf("%02d.new", n)) > 0) print line
		is_old = 1
		next
	}
	/^```$/ { is_old = 0 }
	!is_old' "$1" >updated
	cp updated "$1"
}

# the scripts by the names that they have when installed
mkdir "$scratch/bin"
for script in "$root"/scripts/run-*; do
	ln -s "$script" "$scratch/bin/playpipe-${script##*/}"
done
PATH=$PATH:$scratch/bin

n=0
failed=0
for doc in README.md docs/tutorial.md; do
	mkdir -p "$scratch/$doc"
	cd "$scratch/$doc"
	blocks "$root/$doc"
	for block in *.sh; do
		n=$((n + 1))
		said=${block%.sh}.text
		if sh -e "$block" >out 2>err </dev/null &&
			{ [ ! -f "$said" ] || matches "$said" out; }; then
			echo "ok $n - $doc $block"
		else
			echo "not ok $n - $doc $block"
			head -40 "$block" out err | sed 's/^/# /'
			failed=$((failed + 1))
		fi
		[ ! -f "$said" ] || refreshed "$said" out >"${block%.sh}.new"
	done
	[ "${1:-}" != --update ] || update "$root/$doc"
done
echo "1..$n"
[ "$failed" -eq 0 ]
