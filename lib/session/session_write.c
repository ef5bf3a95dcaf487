/* SPDX-License-Identifier: MIT */
/*
 * Closed sessions as lines. What the schema has no column for is null, that
 * is absent; it is never guessed.
 */
#include "session/session_private.h"

static int
put_name(struct buf *out, const char *name)
{
	int rc = buf_add_cstr(out, ",\"");

	if (rc == 0)
		rc = buf_add_cstr(out, name);
	return rc == 0 ? buf_add_cstr(out, "\":") : rc;
}

static int
put_i64(struct buf *out, const char *name, int64_t v)
{
	int rc = put_name(out, name);

	return rc == 0 ? buf_add_i64(out, v) : rc;
}

/*
 * The key names a session by its user and its start, so a session that is
 * computed again (a rebuild, a second run) has the same key. 64 bits, fixed
 * seed, as 16 hexadecimal digits.
 */
static int
put_key(const struct sessions *s, const struct session *item, struct buf *out)
{
	static const char digit[] = "0123456789abcdef";
	struct str user = s->user.key[item->user];
	uint64_t h = hash_bytes(user.p, user.n, (uint64_t)item->start_us);
	char text[16];

	for (size_t i = sizeof(text); i-- > 0; h >>= 4)
		text[i] = digit[h & 15];
	if (buf_add_cstr(out, "{\"sessionKey\":\"") != 0 ||
	    buf_add(out, text, sizeof(text)) != 0)
		return FAIL_MEMORY;
	return buf_add_char(out, '"');
}

static int
put_times(const struct session *item, struct buf *out)
{
	char date[10];
	int rc = put_i64(out, "startTs",
			 utc_floor(item->start_us, UTC_MS) / UTC_MS);

	if (rc == 0)
		rc = put_i64(out, "endTs",
			     utc_floor(item->end_us, UTC_MS) / UTC_MS);
	utc_format_date(date, utc_floor(item->start_us, UTC_DAY) / UTC_DAY);
	if (rc == 0)
		rc = put_name(out, "startDate");
	if (rc == 0)
		rc = buf_add_char(out, '"');
	if (rc == 0)
		rc = buf_add(out, date, sizeof(date));
	return rc == 0 ? buf_add_char(out, '"') : rc;
}

static int
put_counts(const struct sessions *s, const struct session *item,
	   struct buf *out)
{
	const struct event_schema *schema = s->o.schema;
	bool has_plays = schema->is_all_plays || schema->play_column >= 0;
	bool has_ms = has_plays && s->at[IN_MS_PLAYED] >= 0;
	bool has_skips = has_plays && (s->at[IN_SKIPPED] >= 0 ||
				       (s->at[IN_REASON_END] >= 0 && has_ms));
	int rc = put_i64(out, "events", item->count[COUNT_EVENTS]);

	if (rc == 0 && has_plays)
		rc = put_i64(out, "plays", item->count[COUNT_PLAYS]);
	if (rc == 0 && has_ms)
		rc = put_i64(out, "streams", item->count[COUNT_STREAMS]);
	if (rc == 0 && has_skips)
		rc = put_i64(out, "skips", item->count[COUNT_SKIPS]);
	if (rc == 0 && has_ms)
		rc = put_i64(out, "msPlayed", item->count[COUNT_MS_PLAYED]);
	if (rc == 0 && has_plays &&
	    (s->at[IN_TRACK] >= 0 || s->at[IN_TRACK_ID] >= 0))
		rc = put_i64(out, "tracks", item->tracks.n);
	if (rc == 0 && has_plays &&
	    (s->at[IN_ARTIST] >= 0 || s->at[IN_ARTIST_ID] >= 0))
		rc = put_i64(out, "artists", item->artists.n);
	return rc;
}

static int
put_edges(const struct sessions *s, const struct session *item, struct buf *out)
{
	static const char *const name[EDGES] = {
		[EDGE_DEVICE] = "device",
		[EDGE_COUNTRY] = "country",
		[EDGE_LEVEL_START] = "levelStart",
		[EDGE_LEVEL_END] = "levelEnd",
	};
	int rc = 0;

	for (int k = 0; rc == 0 && k < EDGES; k++) {
		uint32_t value = item->edge[k].value;

		if (value == NONE)
			continue;
		rc = put_name(out, name[k]);
		if (rc == 0)
			rc = buf_add_str(out, s->value.key[value]);
	}
	return rc;
}

int
sessions_format(const struct sessions *s, size_t i, struct buf *out)
{
	const struct session *item = &s->item[s->closed[i]];
	size_t start = out->len;
	int rc = put_key(s, item, out);

	if (rc == 0)
		rc = put_name(out, "userId");
	if (rc == 0)
		rc = ndjson_put_string(out, s->user.key[item->user]);
	if (rc == 0)
		rc = put_times(item, out);
	if (rc == 0)
		rc = put_counts(s, item, out);
	if (rc == 0)
		rc = put_edges(s, item, out);
	if (rc == 0 && item->count[COUNT_LATE] > 0)
		rc = put_i64(out, "late", item->count[COUNT_LATE]);
	if (rc == 0)
		rc = buf_add_cstr(out, "}\n");
	if (rc != 0)
		out->len = start;
	return rc;
}
