#!/bin/sh
# page.t - the page of dash-html in a real browser: Chromium draws it, axe-core
# judges its accessibility, in light, dark and on a phone's width.
#
# Needs chromium, node and npm; the two packages are fetched once into
# ~/.cache/playpipe/page. Without them it skips.
set -eu

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

bin=${PLAYPIPE_BIN:-$(pwd)/build/release/bin}
here=$(cd "$(dirname "$0")" && pwd)
modules=${XDG_CACHE_HOME:-$HOME/.cache}/playpipe/page
chromium=$(command -v chromium) || skip "chromium is not installed"
command -v node >/dev/null || skip "node is not installed"
if [ ! -d "$modules/node_modules/axe-core" ]; then
	command -v npm >/dev/null || skip "npm is not installed"
	mkdir -p "$modules"
	npm install --prefix "$modules" --no-audit --no-fund \
		playwright-core@1.65.1 axe-core@4.14.1 >"$modules/log" 2>&1 ||
		skip "playwright-core and axe-core cannot be had: $modules/log"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A week of hours, two groups each, a gap of five hours, hostile names.
awk 'BEGIN {
	start = 1793577600000
	bad = "<script>document.title=1</script><img src=x onerror=alert(1)>"
	for (h = 0; h < 168; h++) {
		if (h >= 60 && h < 65)
			continue
		for (g = 0; g < 2; g++) {
			plays = 100 + 60 * g + (h % 24) * 10
			printf "{\"windowStart\":%.0f,\"level\":\"%s\"," \
				"\"plays\":%d,\"streams\":%d,\"skips\":%d," \
				"\"completed\":%d,\"msPlayed\":%d," \
				"\"listeners\":%d,\"topTracks\":[{" \
				"\"track\":\"%s\",\"artist\":\"\\\"&%s\"," \
				"\"count\":%d}],\"topArtists\":[{" \
				"\"artist\":\"%s\",\"count\":%d}]}\n",
				start + h * 3600000, g ? "paid" : "free",
				plays, plays * .7, plays * .3, plays * .5,
				plays * 150000, plays * .4, bad, bad,
				plays / 10, bad, plays / 5
		}
	}
}' >"$scratch/measures.ndjson"
cat >"$scratch/result.json" <<'EOF'
{"success":false,"results":[{"success":false,"expectation_config":{
"type":"expect_column_values_to_not_be_null","kwargs":{"column":"<b>ts"},
"severity":"critical"},"result":{"unexpected_count":3,
"unexpected_percent":0.5}}],
"meta":{"playpipe":{"good":597,"bad":3,"malformed":2}}}
EOF

now=2026-11-09T00:10:00Z
"$bin/dash-html" --now $now --quality "$scratch/result.json" \
	--title "A week <of> listening" -o "$scratch/full.html" \
	"$scratch/measures.ndjson"
sed 's/,"streams.*"listeners":[0-9]*,.*/}/' "$scratch/measures.ndjson" |
	"$bin/dash-html" --now $now -o "$scratch/few.html"
"$bin/dash-html" --now $now -o "$scratch/empty.html" </dev/null

NODE_PATH=$modules/node_modules node "$here/page.js" "$chromium" "$scratch"
