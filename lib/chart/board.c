/* SPDX-License-Identifier: MIT */
/*
 * From lines of measures to a board. A line is read into a tally first and
 * only then added, so a line that is refused leaves nothing behind. Lines of
 * one window (a group each, with agg-hourly --by) become one tally; each
 * member with a text that is no measure is a dimension, whose values are
 * ranked by plays.
 */
#include "chart/board.h"

#include <stdlib.h>

#include "base/banned.h"

#define NAME_BYTES 400 /* kept of a title; cut at a character */

enum key {
	KEY_WINDOW_START,
	KEY_WINDOW_END,
	KEY_PLAYS, /* the measures, in the order of enum tally_measure */
	KEY_STREAMS,
	KEY_SKIPS,
	KEY_COMPLETED,
	KEY_MS_PLAYED,
	KEY_LISTENERS,
	KEY_TOP_TRACKS,
	KEY_TOP_ARTISTS,
	KEY_DATE, /* the partition column of a view: no dimension */
	KEYS,
};

static const struct str keys[KEYS] = {
	{"windowStart", 11}, {"windowEnd", 9}, {"plays", 5},
	{"streams", 7},	     {"skips", 5},     {"completed", 9},
	{"msPlayed", 8},     {"listeners", 9}, {"topTracks", 9},
	{"topArtists", 10},  {"date", 4},
};

const struct str *
chart_keys(size_t *n)
{
	*n = KEYS;
	return keys;
}

/* ---- open, close ---- */

int
chart_board_open(struct chart_board **out, struct fail *f)
{
	struct chart_board *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return fail_memory(f);
	map_init(&b->window_index, LIMIT_CHART_ITEMS);
	map_init(&b->tracks.index, LIMIT_CHART_ITEMS);
	map_init(&b->artists.index, LIMIT_CHART_ITEMS);
	*out = b;
	return 0;
}

static void
ranking_release(struct board_ranking *r)
{
	map_release(&r->index);
	free(r->entry);
}

void
chart_board_close(struct chart_board *b)
{
	size_t i;

	if (b == NULL)
		return;
	map_release(&b->window_index);
	free(b->window);
	ranking_release(&b->tracks);
	ranking_release(&b->artists);
	for (i = 0; i < b->dimension_n; i++)
		ranking_release(&b->dimension[i].values);
	arena_release(&b->texts);
	arena_release(&b->line);
	free(b);
}

/* ---- values ---- */

/* The text of a string, unescaped, cut to NAME_BYTES; lives as long as the
 * line. False: out of memory. */
static bool
read_name(struct chart_board *b, const struct ndjson_val *v, struct str *out)
{
	*out = ndjson_string(v, &b->line);
	if (out->p == NULL && out->n > 0)
		return false;
	if (out->n > NAME_BYTES) {
		out->n = NAME_BYTES;
		while (out->n > 0 &&
		       ((unsigned char)out->p[out->n] & 0xC0) == 0x80)
			out->n--;
	}
	return true;
}

static int
read_time(const struct ndjson_val *v, struct str name, int64_t *us,
	  struct fail *f)
{
	int64_t ms;

	if ((v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT) &&
	    num_parse_whole(v->p, v->n, &ms) == NUM_OK &&
	    ms >= UTC_MIN / UTC_MS && ms <= UTC_MAX / UTC_MS) {
		*us = ms * UTC_MS;
		return 0;
	}
	if (v->kind == NDJSON_STRING && utc_parse_loose(v->p, v->n, us) == 0)
		return 0;
	if (v->kind == NDJSON_ABSENT || v->kind == NDJSON_NULL)
		return fail_set(f, FAIL_DATA,
				"%.*s is missing: is this a line "
				"of agg-hourly?",
				STR_ARG(name));
	return fail_set(f, FAIL_DATA,
			"%.*s: expected a time in epoch ms or RFC 3339, found "
			"%s",
			STR_ARG(name), ndjson_kind_name(v->kind));
}

static int
read_count(const struct ndjson_val *v, struct str name, int64_t *out,
	   bool *is_known, struct fail *f)
{
	if (v->kind == NDJSON_ABSENT || v->kind == NDJSON_NULL)
		return 0;
	if ((v->kind != NDJSON_INT && v->kind != NDJSON_FLOAT) ||
	    num_parse_whole(v->p, v->n, out) != NUM_OK || *out < 0 ||
	    *out > TALLY_MAX)
		return fail_set(f, FAIL_DATA,
				"%.*s: expected a count, found %s '%.*s'",
				STR_ARG(name), ndjson_kind_name(v->kind),
				STR_ARG(ndjson_text(v)));
	*is_known = true;
	return 0;
}

static int
read_tally(const struct ndjson_val *val, struct tally *t, struct fail *f)
{
	int rc = read_time(&val[KEY_WINDOW_START], keys[KEY_WINDOW_START],
			   &t->start, f);
	int m;

	for (m = 0; m < TALLY_MEASURES && rc == 0; m++)
		rc = read_count(&val[KEY_PLAYS + m], keys[KEY_PLAYS + m],
				&t->sum[m], &t->is_known[m], f);
	if (rc != 0)
		return rc;
	t->windows = 1;
	t->peak_listeners = t->sum[TALLY_LISTENERS];
	if (t->is_known[TALLY_SKIPS])
		t->skip_plays = t->sum[TALLY_PLAYS];
	if (t->is_known[TALLY_COMPLETED])
		t->completed_plays = t->sum[TALLY_PLAYS];
	return 0;
}

static int
too_large(struct fail *f)
{
	return fail_set(f, FAIL_MEMORY, "the sums are larger than 2^53");
}

/* ---- rankings ---- */

/* The entry of that name and artist, new or known; NULL: out of memory. */
static struct board_entry *
ranking_entry(struct chart_board *b, struct board_ranking *r, struct str name,
	      struct str artist)
{
	struct str key = {NULL, name.n + 1 + artist.n};
	char *text = arena_alloc(&b->line, key.n);
	int64_t at;
	bool is_new = false;

	if (text == NULL || !MEM_GROW(&r->entry, r->index.len, &r->cap))
		return NULL;
	if (name.n > 0)
		memcpy(text, name.p, name.n);
	text[name.n] = 0x1F;
	if (artist.n > 0)
		memcpy(text + name.n + 1, artist.p, artist.n);
	key.p = text;
	at = map_add(&r->index, key, &is_new);
	if (at < 0)
		return NULL;
	if (is_new) {
		struct str kept = r->index.key[at];

		r->entry[at] = (struct board_entry){
			.name = {kept.p, name.n},
			.artist = {kept.p + name.n + 1, artist.n}};
	}
	return &r->entry[at];
}

/* One item of a list: {"track":"...","artist":"...","id":"...","count":12};
 * one without a name goes by its id. */
struct list_item {
	struct str name, artist;
	int64_t plays;
};

static int
read_item(struct chart_board *b, struct str key, const struct ndjson_val *v,
	  struct list_item *item, struct fail *f)
{
	bool is_artist_list = str_equal(key, keys[KEY_TOP_ARTISTS]);
	struct ndjson_iter it;
	struct ndjson_val member;
	struct str name, id = {0};
	bool has_count = false, has_name = false;

	*item = (struct list_item){0};
	if (v->kind != NDJSON_OBJECT)
		return fail_set(f, FAIL_DATA,
				"%.*s: expected objects, found %s",
				STR_ARG(key), ndjson_kind_name(v->kind));
	it = ndjson_members(ndjson_raw(v));
	while (ndjson_iter_next(&it, &name, &member)) {
		bool is_artist = str_is(name, "artist");
		int rc = 0;

		if (str_is(name, "count")) {
			rc = read_count(&member, name, &item->plays, &has_count,
					f);
		} else if (member.kind == NDJSON_STRING &&
			   (is_artist || str_is(name, "track"))) {
			bool is_name = is_artist == is_artist_list;

			has_name = has_name || is_name;
			if (!read_name(b, &member,
				       is_name ? &item->name : &item->artist))
				rc = fail_memory(f);
		} else if (member.kind == NDJSON_STRING && str_is(name, "id")) {
			if (!read_name(b, &member, &id))
				rc = fail_memory(f);
		}
		if (rc != 0)
			return rc;
	}
	if (!has_name)
		item->name = id;
	if (!has_count || (!has_name && id.n == 0))
		return fail_set(f, FAIL_DATA,
				"%.*s: an item needs a count, and a name or id",
				STR_ARG(key));
	return 0;
}

static int
add_item(struct chart_board *b, struct board_ranking *r,
	 const struct list_item *item, struct fail *f)
{
	struct board_entry *e = ranking_entry(b, r, item->name, item->artist);
	struct tally one = {.windows = 1,
			    .sum[TALLY_PLAYS] = item->plays,
			    .is_known[TALLY_PLAYS] = true};

	if (e == NULL)
		return fail_memory(f);
	if (!tally_add_window(&e->tally, &one))
		return too_large(f);
	return 0;
}

/*
 * A list, once to look at it (r NULL) and once to add it. A table's column
 * holds it as text: then the text is what is read.
 */
static int
read_list(struct chart_board *b, struct str key, struct ndjson_val v,
	  struct board_ranking *r, struct fail *f)
{
	struct ndjson_iter it;
	struct ndjson_val member;
	struct list_item item;
	struct str unused;
	size_t at, n = 0;
	int rc = 0;

	if (v.kind == NDJSON_ABSENT || v.kind == NDJSON_NULL)
		return 0;
	if (v.kind == NDJSON_STRING) {
		struct str text = ndjson_string(&v, &b->line);

		if (text.n > 0 && text.p == NULL)
			return fail_memory(f);
		if (ndjson_validate(text.p, text.n, LIMIT_DEPTH, 0, &at) !=
		    NDJSON_OK)
			return fail_set(f, FAIL_DATA,
					"%.*s: the text is not JSON",
					STR_ARG(key));
		v = ndjson_value_of(text);
	}
	if (v.kind != NDJSON_ARRAY)
		return fail_set(f, FAIL_DATA,
				"%.*s: expected an array, found %s",
				STR_ARG(key), ndjson_kind_name(v.kind));
	it = ndjson_members(ndjson_raw(&v));
	while (rc == 0 && ndjson_iter_next(&it, &unused, &member)) {
		rc = read_item(b, key, &member, &item, f);
		if (rc == 0 && r != NULL)
			rc = add_item(b, r, &item, f);
		n++;
	}
	if (r != NULL) {
		r->is_measured = true;
		if (n > r->longest)
			r->longest = n;
	}
	return rc;
}

/* ---- dimensions ---- */

static struct board_dimension *
dimension_of(struct chart_board *b, struct str name)
{
	struct board_dimension *d;
	char *kept;
	size_t i;

	for (i = 0; i < b->dimension_n; i++)
		if (str_equal(b->dimension[i].name, name))
			return &b->dimension[i];
	if (b->dimension_n == BOARD_DIMENSIONS)
		return NULL;
	kept = arena_copy(&b->texts, name);
	if (kept == NULL)
		return NULL;
	d = &b->dimension[b->dimension_n++];
	d->name = (struct str){kept, name.n};
	map_init(&d->values.index, LIMIT_CHART_ITEMS);
	return d;
}

static int
add_dimension(struct chart_board *b, const struct ndjson_member *m,
	      const struct tally *t, struct fail *f)
{
	struct board_dimension *d = dimension_of(b, m->key);
	struct board_entry *e;
	struct str value;

	if (d == NULL)
		return fail_set(f, FAIL_MEMORY, "more than %d dimensions",
				BOARD_DIMENSIONS);
	if (!read_name(b, &m->val, &value))
		return fail_memory(f);
	e = ranking_entry(b, &d->values, value, (struct str){0});
	if (e == NULL)
		return fail_memory(f);
	if (!tally_add_window(&e->tally, t))
		return too_large(f);
	return 0;
}

static int
add_dimensions(struct chart_board *b, const struct ndjson_line *line,
	       const struct tally *t, struct fail *f)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < line->rest_n && rc == 0; i++)
		if (line->rest[i].val.kind == NDJSON_STRING)
			rc = add_dimension(b, &line->rest[i], t, f);
	return rc;
}

/* ---- lines ---- */

static int
add_window(struct chart_board *b, const struct tally *t, struct fail *f)
{
	struct str key = {(const char *)&t->start, sizeof(t->start)};
	bool is_new = false;
	int64_t at;

	if (!MEM_GROW(&b->window, b->window_index.len, &b->window_cap))
		return fail_memory(f);
	at = map_add(&b->window_index, key, &is_new);
	if (at < 0)
		return fail_set(f, FAIL_MEMORY, "more than %d windows",
				LIMIT_CHART_ITEMS);
	if (is_new)
		b->window[at] = *t;
	else if (!tally_add_group(&b->window[at], t))
		return too_large(f);
	return 0;
}

int
chart_board_add(struct chart_board *b, const struct ndjson_line *line,
		struct fail *f)
{
	const struct ndjson_val *val = line->val;
	struct tally t = {0};
	int64_t end = 0;
	int rc;

	arena_reset(&b->line);
	rc = read_tally(val, &t, f);
	if (rc == 0 && val[KEY_WINDOW_END].kind != NDJSON_ABSENT)
		rc = read_time(&val[KEY_WINDOW_END], keys[KEY_WINDOW_END], &end,
			       f);
	if (rc == 0)
		rc = read_list(b, keys[KEY_TOP_TRACKS], val[KEY_TOP_TRACKS],
			       NULL, f);
	if (rc == 0)
		rc = read_list(b, keys[KEY_TOP_ARTISTS], val[KEY_TOP_ARTISTS],
			       NULL, f);
	if (rc != 0)
		return rc;

	rc = add_window(b, &t, f);
	if (rc == 0)
		rc = add_dimensions(b, line, &t, f);
	if (rc == 0)
		rc = read_list(b, keys[KEY_TOP_TRACKS], val[KEY_TOP_TRACKS],
			       &b->tracks, f);
	if (rc == 0)
		rc = read_list(b, keys[KEY_TOP_ARTISTS], val[KEY_TOP_ARTISTS],
			       &b->artists, f);
	if (rc != 0)
		return rc;
	if (end > t.start &&
	    (b->window_end_step == 0 || end - t.start < b->window_end_step))
		b->window_end_step = end - t.start;
	b->lines++;
	return 0;
}
