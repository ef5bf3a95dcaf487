/* SPDX-License-Identifier: MIT */
/*
 * Events in: which values are read, and what each adds to its session.
 */
#include <stdlib.h>

#include "session/session_private.h"

#define TEXT_MAX  ((size_t)64 << 20)
#define SEED_ID	  1
#define SEED_NAME 2
/* No play is longer than 31 years: a sum of many still fits. */
#define MS_MAX ((int64_t)1000000000000)

/* ---- the plan ---- */

static void
plan_input(struct sessions *s, enum input in, int column, int *columns,
	   size_t *n)
{
	size_t i = 0;

	s->at[in] = -1;
	if (column < 0)
		return;
	while (i < *n && columns[i] != column)
		i++;
	if (i == *n)
		columns[(*n)++] = column;
	s->at[in] = (int)i;
	s->column[in] = &s->o.schema->column[column];
}

static int
plan(struct sessions *s, struct fail *f)
{
	static const enum event_role role[INPUTS] = {
		[IN_TIME] = EVENT_ROLE_TIME,
		[IN_USER] = EVENT_ROLE_USER,
		[IN_TRACK_ID] = EVENT_ROLE_TRACK_ID,
		[IN_TRACK] = EVENT_ROLE_TRACK,
		[IN_ARTIST_ID] = EVENT_ROLE_ARTIST_ID,
		[IN_ARTIST] = EVENT_ROLE_ARTIST,
		[IN_MS_PLAYED] = EVENT_ROLE_MS_PLAYED,
		[IN_SKIPPED] = EVENT_ROLE_SKIPPED,
		[IN_REASON_END] = EVENT_ROLE_REASON_END,
		[IN_DEVICE] = EVENT_ROLE_DEVICE,
		[IN_COUNTRY] = EVENT_ROLE_COUNTRY,
		[IN_LEVEL] = EVENT_ROLE_LEVEL,
	};
	const struct event_schema *schema = s->o.schema;
	int columns[INPUTS];
	struct str *key;
	int *slot;
	size_t n = 0;
	int rc;

	for (int in = 0; in < INPUTS; in++) {
		int column = in == IN_PLAY     ? schema->play_column
			     : in == IN_UNLESS ? schema->play_unless
					       : schema->role[role[in]];

		plan_input(s, (enum input)in, column, columns, &n);
	}
	if (s->at[IN_TIME] < 0 || s->at[IN_USER] < 0)
		return fail_set(f, FAIL_USAGE,
				"schema '%.*s' has no column of role %s",
				STR_ARG(schema->name),
				s->at[IN_TIME] < 0 ? "time" : "user");
	rc = event_keys(schema, columns, n, &s->mem, &key, &slot, &s->key_n, f);
	s->key = key;
	s->slot = slot;
	return rc;
}

int
sessions_open(struct sessions **out, const struct sessions_options *o,
	      struct fail *f)
{
	struct sessions *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f);
	s->o = *o;
	s->free = NONE;
	s->watermark_us = INT64_MIN;
	map_init(&s->user, LIMIT_NAMES);
	map_init(&s->value, LIMIT_NAMES);
	buf_init(&s->text, TEXT_MAX);
	rc = plan(s, f);
	if (rc != 0) {
		sessions_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
sessions_close(struct sessions *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->item[i].tracks.hash);
		free(s->item[i].artists.hash);
	}
	free(s->item);
	free(s->latest);
	free(s->closed);
	map_release(&s->user);
	map_release(&s->value);
	buf_release(&s->text);
	arena_release(&s->line);
	arena_release(&s->mem);
	free(s);
}

void
sessions_keys(const struct sessions *s, const struct str **keys,
	      const int **slot, size_t *n)
{
	*keys = s->key;
	*slot = s->slot;
	*n = s->key_n;
}

const char *
sessions_why(const struct sessions *s)
{
	return s->why;
}

uint64_t
sessions_misfit_values(const struct sessions *s)
{
	return s->misfit_values;
}

/* ---- values ---- */

/* The value of an input, NULL when the schema has none. */
static const struct ndjson_val *
value_of(const struct sessions *s, enum input in, const struct ndjson_val *val)
{
	return s->at[in] < 0 ? NULL : &val[s->at[in]];
}

static struct event_cell
decode(struct sessions *s, enum input in, const struct ndjson_val *val)
{
	struct event_cell cell = {.kind = EVENT_CELL_NULL};

	if (s->at[in] >= 0)
		event_decode(s->column[in], &val[s->at[in]], &s->line, &cell);
	if (cell.kind == EVENT_CELL_MISFIT)
		s->misfit_values++;
	return cell;
}

/* A string whose text stands in the line as it is: needs no decoding. */
static bool
is_plain_text(const struct sessions *s, enum input in,
	      const struct ndjson_val *v)
{
	return v->kind == NDJSON_STRING && !v->has_escape && v->n > 0 &&
	       s->column[in]->type == EVENT_STRING &&
	       s->column[in]->wire == EVENT_WIRE_DEFAULT;
}

static bool
has_value(const struct event_cell *cell)
{
	return cell->kind != EVENT_CELL_NULL && cell->kind != EVENT_CELL_MISFIT;
}

static int
misfit(struct sessions *s, enum input in, const struct ndjson_val *val)
{
	struct buf why;

	buf_init(&why, sizeof(s->why) - 1);
	if (val[s->at[in]].kind <= NDJSON_NULL)
		(void)!buf_addf(&why, "%.*s: no time",
				STR_ARG(s->column[in]->name));
	else
		event_misfit(s->column[in], &val[s->at[in]], &why);
	if (why.len > 0)
		memcpy(s->why, why.p, why.len);
	s->why[why.len] = '\0';
	buf_release(&why);
	return SESSIONS_MISFIT;
}

/* A user's text is the id as a string, whatever its type: 39 and "39" are
 * one. Empty: nobody; the cell's kind says if it did not fit. */
static struct str
user_text(struct sessions *s, const struct event_cell *cell)
{
	buf_reset(&s->text);
	if (cell->kind == EVENT_CELL_STR)
		return cell->str;
	if (cell->kind == EVENT_CELL_I64 &&
	    buf_add_i64(&s->text, cell->i64) == 0)
		return buf_str(&s->text);
	return (struct str){NULL, 0};
}

/* Is the event's value, as it stands, the one of that index, a JSON text? */
static bool
is_same_text(const struct sessions *s, enum input in,
	     const struct ndjson_val *val, uint32_t value)
{
	const struct ndjson_val *v = &val[s->at[in]];
	struct str text = s->value.key[value];

	return is_plain_text(s, in, v) && text.n == (size_t)v->n + 2 &&
	       memcmp(text.p + 1, v->p, v->n) == 0;
}

/* Let the event's device, country or level be the first (or last). */
static int
offer(struct sessions *s, struct session *item, enum edge_kind kind,
      enum input in, const struct ndjson_val *val, int64_t t_us, struct fail *f)
{
	struct edge *e = &item->edge[kind];
	struct event_cell cell;
	uint32_t value;

	/* Mostly the event cannot win, or brings the value that is there:
	 * then nothing is decoded. */
	if (s->at[in] < 0 || (e->value != NONE && t_us != e->t_us &&
			      (t_us > e->t_us) != (kind == EDGE_LEVEL_END)))
		return 0;
	if (e->value != NONE && is_same_text(s, in, val, e->value)) {
		e->t_us = t_us;
		return 0;
	}
	cell = decode(s, in, val);
	if (!has_value(&cell))
		return 0;
	buf_reset(&s->text);
	if (event_encode(s->column[in], &cell, &s->text) != 0)
		return fail_memory(f);
	value = book_value(s, buf_str(&s->text), f);
	if (value == NONE)
		return FAIL_MEMORY;
	edge_offer(s, e, kind, t_us, value);
	return 0;
}

static int
offer_all(struct sessions *s, struct session *item,
	  const struct ndjson_val *val, int64_t t_us, struct fail *f)
{
	static const enum input from[EDGES] = {
		[EDGE_DEVICE] = IN_DEVICE,
		[EDGE_COUNTRY] = IN_COUNTRY,
		[EDGE_LEVEL_START] = IN_LEVEL,
		[EDGE_LEVEL_END] = IN_LEVEL,
	};
	int rc = 0;

	for (int k = 0; rc == 0 && k < EDGES; k++)
		rc = offer(s, item, (enum edge_kind)k, from[k], val, t_us, f);
	return rc;
}

/* ---- plays ---- */

/*
 * The hash of a value's text; false when it is null. The seed keeps ids and
 * names apart, and is fixed: hashes are saved and met again elsewhere.
 */
static bool
hash_value(struct sessions *s, enum input in, const struct ndjson_val *val,
	   uint64_t seed, uint64_t *hash)
{
	const struct ndjson_val *v = value_of(s, in, val);
	char digits[NUM_I64_MAX];
	struct event_cell cell;

	if (v == NULL || v->kind <= NDJSON_NULL)
		return false;
	if (is_plain_text(s, in, v)) {
		*hash = hash_bytes(v->p, v->n, seed);
		return true;
	}
	cell = decode(s, in, val);
	if (cell.kind == EVENT_CELL_I64)
		cell.str = (struct str){digits,
					num_format_i64(digits, cell.i64)};
	else if (cell.kind != EVENT_CELL_STR)
		return false;
	*hash = hash_bytes(cell.str.p, cell.str.n, seed);
	return true;
}

/* A track is its id, or else title and artist; an artist is its id, or else
 * its name. */
static int
add_names(struct sessions *s, struct session *item,
	  const struct ndjson_val *val)
{
	uint64_t track, artist = 0, artist_id;
	bool has_artist = hash_value(s, IN_ARTIST, val, SEED_NAME, &artist);
	bool has_track = hash_value(s, IN_TRACK_ID, val, SEED_ID, &track);

	if (!has_track && hash_value(s, IN_TRACK, val, SEED_NAME, &track)) {
		track = hash_mix(track) + artist;
		has_track = true;
	}
	if (has_track && seen_add(&item->tracks, track) != 0)
		return FAIL_MEMORY;
	if (hash_value(s, IN_ARTIST_ID, val, SEED_ID, &artist_id))
		return seen_add(&item->artists, artist_id);
	return has_artist ? seen_add(&item->artists, artist) : 0;
}

static int
add_play(struct sessions *s, struct session *item, const struct ndjson_val *val)
{
	struct event_cell ms = decode(s, IN_MS_PLAYED, val);
	bool has_ms = ms.kind == EVENT_CELL_I64;

	if (has_ms && (ms.i64 > MS_MAX || ms.i64 < -MS_MAX)) {
		s->misfit_values++;
		has_ms = false;
	}
	item->count[COUNT_PLAYS]++;
	if (has_ms) {
		item->count[COUNT_MS_PLAYED] += ms.i64;
		item->count[COUNT_STREAMS] += ms.i64 >= EVENT_STREAM_MS;
	}
	item->count[COUNT_SKIPS] += event_is_skip(
		value_of(s, IN_SKIPPED, val), value_of(s, IN_REASON_END, val),
		has_ms, ms.i64);
	return add_names(s, item, val);
}

/* ---- the event ---- */

static int
add_to_session(struct sessions *s, const struct ndjson_val *val,
	       struct str user_id, int64_t t_us, struct fail *f)
{
	bool is_late = s->watermark_us != INT64_MIN &&
		       t_us < s->watermark_us - s->o.lateness_us;
	uint32_t user = book_user(s, user_id, f);
	uint32_t i = user == NONE ? NONE : book_find(s, user, t_us, f);
	struct session *item;
	int rc;

	if (i == NONE)
		return FAIL_MEMORY;
	item = &s->item[i];
	item->count[COUNT_EVENTS]++;
	item->count[COUNT_LATE] += is_late;
	s->open_events++;
	rc = offer_all(s, item, val, t_us, f);
	if (rc == 0 && event_is_play(s->o.schema, value_of(s, IN_PLAY, val),
				     value_of(s, IN_UNLESS, val)))
		rc = add_play(s, item, val) != 0 ? fail_memory(f) : 0;
	if (rc != 0)
		return rc;
	return is_late ? SESSIONS_LATE : SESSIONS_COUNTED;
}

/* The event's time; false: see why. */
static bool
event_time(struct sessions *s, const struct ndjson_val *val, int64_t *t_us)
{
	const struct ndjson_val *v = &val[s->at[IN_TIME]];
	struct event_cell cell;

	if (v->kind == NDJSON_INT &&
	    s->column[IN_TIME]->wire == EVENT_WIRE_EPOCH_MS &&
	    num_parse_i64(v->p, v->n, t_us) == NUM_OK &&
	    *t_us >= UTC_MIN / UTC_MS && *t_us <= UTC_MAX / UTC_MS) {
		*t_us *= UTC_MS;
		return true;
	}
	event_decode(s->column[IN_TIME], v, &s->line, &cell);
	if (cell.kind != EVENT_CELL_I64)
		return false;
	*t_us = cell.i64;
	return true;
}

int
sessions_add(struct sessions *s, const struct ndjson_val *val, struct fail *f)
{
	const struct ndjson_val *v = &val[s->at[IN_USER]];
	struct event_cell user = {.kind = EVENT_CELL_STR};
	struct str user_id;
	int64_t t_us;

	if (s->line.used > (size_t)64 << 10)
		arena_reset(&s->line);
	if (!event_time(s, val, &t_us))
		return misfit(s, IN_TIME, val);
	if (is_plain_text(s, IN_USER, v))
		user.str = ndjson_text(v);
	else
		event_decode(s->column[IN_USER], v, &s->line, &user);
	if (user.kind == EVENT_CELL_MISFIT)
		return misfit(s, IN_USER, val);
	user_id = user_text(s, &user);
	if (user_id.n == 0)
		return SESSIONS_NO_USER;
	return add_to_session(s, val, user_id, t_us, f);
}
