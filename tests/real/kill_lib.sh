# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of kill.t and flows.sh
# kill_lib.sh - what kill.t compares at its end: topics and bronze, and the
# tested lake with a clean one. Sourced behind lib.sh; needs $lake, $scratch,
# $topics and $KAFKA_BROKERS.

PATH=${PLAYPIPE_BIN:-$real_root/build/release/bin}:$PATH
export PLAYPIPE_SHARE=$real_root/share LC_ALL=C TZ=UTC

# differ WANT GOT - sorted files; the first differences
differ() {
	cmp -s "$1" "$2" && return
	echo "$(wc -l <"$1") lines wanted, $(wc -l <"$2") are there"
	diff -a "$1" "$2" | cut -c 1-300 | head -n 12
	return 1
}

# dump TABLE - its lines, sorted
dump() {
	lake-cat "$1" | sort
}

# raw_lines TABLE - every line as it was sent
raw_lines() {
	lake-cat --where "verdict = 'good'" "$1" &&
		lake-cat --where "verdict = 'bad'" "$1" >bad_lines &&
		jq -r '.["@bad"].raw // empty' bad_lines &&
		jq -r '.["@bad"].rawBase64 // empty' bad_lines |
		while read -r line; do
			base64 -d <<<"$line" && echo
		done
}

# By kcat, which shares no code with what is tested.
topic_lines() {
	local topic
	for topic in "${topics[@]}"; do
		kcat -q -b "$KAFKA_BROKERS" -C -e -o beginning -t "$topic" ||
			return
	done
}

bronze_is_exact() {
	topic_lines | sort >bronze.want
	raw_lines "$lake/bronze/events" | sort >bronze.got
	[ -s bronze.want ] && [ -s bad_lines ] &&
		differ bronze.want bronze.got
}

none_is_late() {
	local n
	n=$(lake-cat --count --where 'late > 0' "$lake/silver/sessions") &&
		echo "$n sessions with late events" && [ "$n" = 0 ]
}

# flow LAKE STAGE... - stages at once, on all that is there; sessions close
flow() (
	flow_lake=$1 flow_state=$1/_state flow_final=1 flow_schema=playpipe
	flow_time=ts flow_by=level,platform flow_window=2m flow_live=52w
	flow_lateness=$lateness
	# shellcheck source=scripts/flows.sh
	. "$real_root/scripts/flows.sh"
	shift
	for stage; do
		"flow_$stage" || exit
	done
)

# objects PLACE - the names of all below it
objects() {
	case $1 in
	*://*) "$real_root/build/release/real/store_tool" list "$1" '' '' deep |
		cut -d ' ' -f 1 ;;
	*) (cd "$1" && find . -type f) ;;
	esac
}

# fetch PLACE FOLDER - a copy of all below it
fetch() {
	local key
	while read -r key; do
		mkdir -p "$(dirname "$2/$key")" || return
		case $1 in
		*://*) "$real_root/build/release/real/store_tool" get "$1" "$key" ;;
		*) cat "$1/$key" ;;
		esac >"$2/$key" || return
	done < <(objects "$1")
}

# The same bronze in one batch, with a lateness above all disorder; in both
# the sessions that are open now are closed.
clean_lake() {
	fetch "$lake/bronze" clean/bronze || return
	lateness=60d
	flow clean silver gold live hourly daily || return
	lateness=${LATENESS:-1d}
	flow "$lake" silver
}

same_table() {
	dump "clean/$1" >want && dump "$lake/$1" >got && [ -s want ] &&
		differ want got
}

# Their sum, over every window and group.
partials() {
	lake-cat "$1/gold/partials" | agg-hourly --merge --window 2m --top 100 |
		sort
}

same_partials() {
	partials clean >want && partials "$lake" >got && [ -s want ] &&
		differ want got
}

# rebuild SILVER|GOLD replaces the last days by what bronze says.
rebuilt() {
	local what range=(--from "$from" --to "$to")
	for what in silver/sessions gold/partials; do
		"$real_root/scripts/rebuild" "${what%%/*}" "${range[@]}" \
			--config playpipe.conf --work "$scratch/rebuild" || return
	done
	same_table silver/sessions && same_partials
}

# Temporary files of killed writers stay where they are, so there are at most as
# many as kills; otherwise a runner has the same files as on its first day.
nothing_is_left() {
	local temps own dirs
	temps=$({ objects "$lake" && find local.* -type f; } | grep -c '\.tmp$')
	own=$(find local.* -type f ! -name '*.tmp' | wc -l)
	dirs=$(echo local.*/ | wc -w)
	find local.* -type f | sort
	echo "$temps temporary files, $own files outside the lake"
	[ "$temps" -le "$(killed)" ] && [ "$own" -le $((dirs * 40)) ] &&
		[ -z "$(find local.*/tmp -type f)" ]
}
