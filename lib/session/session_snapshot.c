/* SPDX-License-Identifier: MIT */
/*
 * What is open, as bytes and back. The layout, all numbers LEB128, signed
 * ones zigzag:
 *
 *	version 1, has a watermark (0, 1), watermark
 *	number of sessions, and for each in order of user and start:
 *	user (length, bytes), start, end - start, counts,
 *	for each edge: 0, or 1 + length, bytes, time - start,
 *	tracks and artists: number, then hashes (8 bytes, little endian)
 *
 * A snapshot is committed with the rows of its batch, so its id, the hash of
 * these bytes, must depend on the state alone: hence the order.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "session/session_private.h"

#define VERSION 1

/* ---- what it depends on ---- */

/* Which events are plays, in some text that differs where that does. */
static int
put_plays(const struct event_schema *schema, struct buf *out)
{
	int rc = buf_addf(out, "%d", schema->is_all_plays);

	for (size_t i = 0; rc == 0 && i < schema->play_value_n; i++) {
		rc = buf_add_char(out, ',');
		if (rc == 0)
			rc = ndjson_put_string(out, schema->play_value[i]);
	}
	return rc;
}

int
sessions_put_meaning(const struct sessions *s, struct buf *out, struct fail *f)
{
	const struct event_schema *schema = s->o.schema;
	int column[INPUTS], rc;
	uint64_t columns;
	struct buf plays;

	for (int in = 0; in < INPUTS; in++)
		column[in] = s->at[in] < 0
				     ? -1
				     : (int)(s->column[in] - schema->column);
	rc = event_columns_hash(schema, column, INPUTS, &columns, f);
	if (rc != 0)
		return rc;
	buf_init(&plays, SIZE_MAX);
	rc = put_plays(schema, &plays);
	if (rc == 0)
		rc = buf_addf(out, "gap=%lld schema=%.*s %016llx",
			      (long long)s->o.gap_us, STR_ARG(schema->name),
			      (unsigned long long)hash_bytes(plays.p, plays.len,
							     columns));
	buf_release(&plays);
	return rc == 0 ? 0 : fail_memory(f);
}

/* ---- out ---- */

static int
put_u64(struct buf *out, uint64_t v)
{
	int rc = 0;

	for (; rc == 0 && v >= 128; v >>= 7)
		rc = buf_add_char(out, (char)(v | 128));
	return rc == 0 ? buf_add_char(out, (char)v) : rc;
}

static int
put_signed(struct buf *out, int64_t v)
{
	return put_u64(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

static int
put_hashes(struct buf *out, const struct seen *set)
{
	int rc = put_u64(out, set->n);

	for (uint32_t i = 0; rc == 0 && i < set->n; i++) {
		unsigned char b[8];

		for (size_t k = 0; k < 8; k++)
			b[k] = (unsigned char)(set->hash[i] >> (8 * k));
		rc = buf_add(out, b, sizeof(b));
	}
	return rc;
}

static int
put_session(const struct sessions *s, struct session *item, struct buf *out)
{
	struct str user = s->user.key[item->user];
	int rc = put_u64(out, user.n);

	if (rc == 0)
		rc = buf_add_str(out, user);
	if (rc == 0)
		rc = put_signed(out, item->start_us);
	if (rc == 0)
		rc = put_u64(out, (uint64_t)(item->end_us - item->start_us));
	for (size_t i = 0; rc == 0 && i < COUNTS; i++)
		rc = put_signed(out, item->count[i]);
	for (size_t k = 0; rc == 0 && k < EDGES; k++) {
		const struct edge *e = &item->edge[k];

		if (e->value == NONE) {
			rc = put_u64(out, 0);
			continue;
		}
		rc = put_u64(out, 1 + s->value.key[e->value].n);
		if (rc == 0)
			rc = buf_add_str(out, s->value.key[e->value]);
		if (rc == 0)
			rc = put_signed(out, e->t_us - item->start_us);
	}
	seen_count(&item->tracks);
	seen_count(&item->artists);
	if (rc == 0)
		rc = put_hashes(out, &item->tracks);
	return rc == 0 ? put_hashes(out, &item->artists) : rc;
}

/* A user's place in the order: the text, and where its sessions hang. */
struct user_place {
	struct str text;
	uint32_t latest;
};

static int
compare_places(const void *a, const void *b)
{
	return str_compare(((const struct user_place *)a)->text,
			   ((const struct user_place *)b)->text);
}

/* A user's sessions, the earliest first: the list runs the other way. */
static int
put_user(const struct sessions *s, uint32_t latest, struct buf *out)
{
	uint32_t reversed = NONE, i = latest;
	int rc = 0;

	for (uint32_t next; i != NONE; i = next) {
		next = s->item[i].next;
		s->item[i].next = reversed;
		reversed = i;
	}
	for (uint32_t back = NONE, next; reversed != NONE; reversed = next) {
		if (rc == 0)
			rc = put_session(s, &s->item[reversed], out);
		next = s->item[reversed].next;
		s->item[reversed].next = back;
		back = reversed;
	}
	return rc;
}

int
sessions_save(const struct sessions *s, struct buf *out)
{
	size_t n = s->user.len, start = out->len;
	struct user_place *place = malloc((n + 1) * sizeof(*place));
	bool has_watermark = s->watermark_us != INT64_MIN;
	int rc;

	if (place == NULL)
		return FAIL_MEMORY;
	for (size_t i = 0; i < n; i++)
		place[i] = (struct user_place){s->user.key[i], s->latest[i]};
	qsort(place, n, sizeof(*place), compare_places);
	rc = put_u64(out, VERSION);
	if (rc == 0)
		rc = put_u64(out, has_watermark);
	if (rc == 0)
		rc = put_signed(out, has_watermark ? s->watermark_us : 0);
	if (rc == 0)
		rc = put_u64(out, s->open_n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_user(s, place[i].latest, out);
	free(place);
	if (rc != 0)
		out->len = start;
	return rc;
}

/* ---- in ---- */

struct reader {
	const unsigned char *p, *end;
	bool is_bad; /* cut or out of range: all that follows reads as 0 */
};

static uint64_t
get_u64(struct reader *r)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char b;

		if (r->p == r->end)
			break;
		b = *r->p++;
		v |= (uint64_t)(b & 127) << shift;
		if (b < 128)
			return v;
	}
	r->is_bad = true;
	return 0;
}

static int64_t
get_signed(struct reader *r)
{
	uint64_t v = get_u64(r);

	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static struct str
get_text(struct reader *r, uint64_t n)
{
	struct str text = {(const char *)r->p, (size_t)n};

	if (r->is_bad || n > (uint64_t)(r->end - r->p)) {
		r->is_bad = true;
		return (struct str){NULL, 0};
	}
	r->p += n;
	return text;
}

static int
get_hashes(struct reader *r, struct seen *set)
{
	uint64_t n = get_u64(r);

	for (uint64_t i = 0; i < n && !r->is_bad; i++) {
		struct str b = get_text(r, 8);
		uint64_t hash = 0;

		for (size_t k = 0; k < b.n; k++)
			hash |= (uint64_t)(unsigned char)b.p[k] << (8 * k);
		if (!r->is_bad && seen_add(set, hash) != 0)
			return FAIL_MEMORY;
	}
	return 0;
}

static bool
is_time(int64_t t_us)
{
	return t_us >= UTC_MIN && t_us <= UTC_MAX;
}

static int
get_edges(struct sessions *s, struct reader *r, struct session *item,
	  struct fail *f)
{
	for (size_t k = 0; k < EDGES; k++) {
		uint64_t n = get_u64(r);
		struct str text = n == 0 ? (struct str){NULL, 0}
					 : get_text(r, n - 1);
		int64_t t_us;

		if (n == 0 || r->is_bad)
			continue;
		t_us = get_signed(r);
		if (t_us < 0 || t_us > item->end_us - item->start_us)
			r->is_bad = true;
		item->edge[k].t_us = item->start_us + t_us;
		item->edge[k].value = book_value(s, text, f);
		if (item->edge[k].value == NONE)
			return FAIL_MEMORY;
	}
	return 0;
}

/* Read what follows the user's id of session i. */
static int
get_session(struct sessions *s, struct reader *r, struct session *item,
	    struct fail *f)
{
	int64_t start = get_signed(r);
	uint64_t length = get_u64(r);
	int rc;

	if (!is_time(start) || length > (uint64_t)(UTC_MAX - start)) {
		r->is_bad = true;
		return 0;
	}
	item->start_us = start;
	item->end_us = start + (int64_t)length;
	for (size_t i = 0; i < COUNTS; i++)
		item->count[i] = get_signed(r);
	if (item->count[COUNT_EVENTS] < 1)
		r->is_bad = true;
	rc = get_edges(s, r, item, f);
	if (rc == 0)
		rc = get_hashes(r, &item->tracks);
	return rc == 0 ? get_hashes(r, &item->artists) : rc;
}

/* One session behind those of its user that were read before it. */
static int
load_session(struct sessions *s, struct reader *r, struct fail *f)
{
	struct str text = get_text(r, get_u64(r));
	uint32_t user, earlier, i;
	struct session *item;
	int rc;

	if (r->is_bad)
		return 0;
	user = book_user(s, text, f);
	if (user == NONE)
		return FAIL_MEMORY;
	earlier = s->latest[user];
	i = book_new(s, user, earlier, f);
	if (i == NONE)
		return FAIL_MEMORY;
	s->latest[user] = i;
	item = &s->item[i];
	rc = get_session(s, r, item, f);
	if (rc != 0)
		return rc == FAIL_MEMORY ? fail_memory(f) : rc;
	if (earlier != NONE &&
	    item->start_us <= s->item[earlier].end_us + s->o.gap_us)
		r->is_bad = true;
	s->open_events += (uint64_t)item->count[COUNT_EVENTS];
	return 0;
}

/* Empty again, as before a load. */
static void
drop_all(struct sessions *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->item[i].tracks.hash);
		free(s->item[i].artists.hash);
	}
	s->n = 0;
	s->free = NONE;
	s->open_n = 0;
	s->open_events = 0;
	s->watermark_us = INT64_MIN;
	map_reset(&s->user);
	map_reset(&s->value);
}

int
sessions_load(struct sessions *s, struct str snapshot, struct fail *f)
{
	const unsigned char *p = (const unsigned char *)snapshot.p;
	struct reader r = {.p = p, .end = p + snapshot.n};
	uint64_t n;
	int rc = 0;

	if (get_u64(&r) != VERSION)
		return fail_set(f, FAIL_DATA,
				"the saved sessions have an unknown version");
	if (get_u64(&r) == 1)
		s->watermark_us = get_signed(&r);
	else
		(void)get_signed(&r);
	n = get_u64(&r);
	for (uint64_t i = 0; rc == 0 && i < n && !r.is_bad; i++)
		rc = load_session(s, &r, f);
	if (rc == 0 && (r.is_bad || r.p != r.end))
		rc = fail_set(f, FAIL_DATA, "the saved sessions are damaged");
	if (rc != 0)
		drop_all(s);
	return rc;
}
