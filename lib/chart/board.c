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

#include "chart/cell.h"
#include "chart/toplist.h"

#include "base/banned.h"

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
	chart_board_span(b, INT64_MIN, INT64_MAX);
	map_init(&b->window_index, LIMIT_CHART_ITEMS);
	map_init(&b->seen, LIMIT_CHART_LINES);
	map_init(&b->tracks.index, LIMIT_CHART_ITEMS);
	map_init(&b->artists.index, LIMIT_CHART_ITEMS);
	map_init(&b->scratch, LIMIT_CHART_ITEMS);
	*out = b;
	return 0;
}

void
chart_board_span(struct chart_board *b, int64_t from_us, int64_t to_us)
{
	b->from = from_us;
	b->to = to_us;
}

void
chart_board_top_apart(struct chart_board *b)
{
	b->is_top_apart = true;
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
	map_release(&b->seen);
	map_release(&b->scratch);
	free(b->window);
	free(b->span);
	ranking_release(&b->tracks);
	ranking_release(&b->artists);
	for (i = 0; i < b->dimension_n; i++)
		ranking_release(&b->dimension[i].values);
	arena_release(&b->texts);
	arena_release(&b->line);
	free(b);
}

/* ---- values ---- */

static int
read_tally(const struct ndjson_val *val, struct tally *t, struct fail *f)
{
	int rc = cell_time(&val[KEY_WINDOW_START], keys[KEY_WINDOW_START],
			   &t->start, f);
	int m;

	for (m = 0; m < TALLY_MEASURES && rc == 0; m++)
		rc = cell_count(&val[KEY_PLAYS + m], keys[KEY_PLAYS + m],
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

static int
add_list(struct chart_board *b, struct board_ranking *r,
	 const struct toplist *list, struct fail *f)
{
	size_t i;

	if (!list->is_there)
		return 0;
	r->is_measured = true;
	for (i = 0; i < list->n; i++) {
		const struct toplist_item *item = &list->item[i];
		struct tally one = {.windows = 1,
				    .sum[TALLY_PLAYS] = item->plays,
				    .is_known[TALLY_PLAYS] = true};
		struct board_entry *e = ranking_entry(b, r, item->name,
						      item->artist);

		if (e == NULL)
			return fail_memory(f);
		if (!tally_add_window(&e->tally, &one))
			return too_large(f);
	}
	return 0;
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
	if (cell_name(&m->val, &b->line, &value, f) != 0)
		return FAIL_MEMORY;
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

/* ---- windows ---- */

/* A line's values, read before any is added. */
struct line {
	uint64_t number;
	struct tally tally;
	int64_t end; /* 0: the line does not say */
	struct toplist tracks, artists;
	size_t longest; /* of the two lists, as the line has them */
};

static int
add_window(struct chart_board *b, const struct line *l, struct fail *f)
{
	const struct tally *t = &l->tally;
	struct str key = {(const char *)&t->start, sizeof(t->start)};
	bool is_new = false;
	int64_t at;

	if (!MEM_GROW(&b->window, b->window_index.len, &b->window_cap) ||
	    !MEM_GROW(&b->span, b->window_index.len, &b->span_cap))
		return fail_memory(f);
	at = map_add(&b->window_index, key, &is_new);
	if (at < 0)
		return fail_set(f, FAIL_MEMORY, "more than %d windows",
				LIMIT_CHART_ITEMS);
	if (is_new) {
		b->window[at] = *t;
		b->span[at] = (struct board_span){t->start, l->end, l->number};
	} else if (!tally_add_group(&b->window[at], t)) {
		return too_large(f);
	}
	return 0;
}

static int
read_line(struct chart_board *b, const struct ndjson_line *line, struct line *l,
	  struct fail *f)
{
	const struct ndjson_val *val = line->val;
	int rc = read_tally(val, &l->tally, f);

	l->number = line->number;

	if (rc == 0 && val[KEY_WINDOW_END].kind != NDJSON_ABSENT)
		rc = cell_time(&val[KEY_WINDOW_END], keys[KEY_WINDOW_END],
			       &l->end, f);
	if (rc == 0)
		rc = toplist_read(&l->tracks, &val[KEY_TOP_TRACKS],
				  keys[KEY_TOP_TRACKS], "track", &b->line, f);
	if (rc == 0)
		rc = toplist_read(&l->artists, &val[KEY_TOP_ARTISTS],
				  keys[KEY_TOP_ARTISTS], "artist", &b->line, f);
	if (rc != 0)
		return rc;
	l->longest = l->tracks.n > l->artists.n ? l->tracks.n : l->artists.n;
	return toplist_raise(&l->artists, &l->tracks, &b->scratch, &b->line, f);
}

/* ---- the same again ---- */

/* What tells the groups of a window apart: all members with a value that is
 * no measure. */
static bool
is_of_group(const struct ndjson_member *m)
{
	return m->val.kind == NDJSON_STRING || m->val.kind == NDJSON_INT ||
	       m->val.kind == NDJSON_TRUE || m->val.kind == NDJSON_FALSE;
}

/* Kind, window and group as bytes, for the map of lines seen. */
static bool
put_key(struct buf *key, bool is_top, const struct ndjson_line *line,
	int64_t start)
{
	size_t i;

	if (buf_add_char(key, is_top ? 't' : 'm') != 0 ||
	    buf_add(key, &start, sizeof(start)) != 0)
		return false;
	for (i = 0; i < line->rest_n; i++) {
		const struct ndjson_member *m = &line->rest[i];

		if (is_of_group(m) &&
		    (buf_add_str(key, m->key) != 0 ||
		     buf_add_char(key, 0x1F) != 0 ||
		     buf_add_str(key, ndjson_raw(&m->val)) != 0 ||
		     buf_add_char(key, 0x1F) != 0))
			return false;
	}
	return true;
}

static int
see(struct chart_board *b, bool is_top, const struct ndjson_line *line,
    int64_t start, struct fail *f)
{
	struct buf key;
	bool is_new = false;
	int64_t at = -1;

	buf_init(&key, LIMIT_LINE_MAX);
	if (put_key(&key, is_top, line, start))
		at = map_add(&b->seen, buf_str(&key), &is_new);
	buf_release(&key);
	if (at < 0)
		return fail_set(f, FAIL_MEMORY, "more than %d lines",
				LIMIT_CHART_LINES);
	if (!is_new)
		return fail_set(f, FAIL_DATA,
				"its window and group came before: measures "
				"given twice, or hours together with days, "
				"would be added up");
	return 0;
}

static int
overlap(const struct board_span *x, const struct board_span *y, struct fail *f)
{
	const struct board_span *last = x->line > y->line ? x : y;
	const struct board_span *first = last == x ? y : x;
	char at[2][UTC_TEXT_MAX + 1] = {0};

	utc_format(at[0], last->start);
	utc_format(at[1], first->start);
	return fail_set(f, FAIL_DATA,
			"line %llu: its window, which begins %s, overlaps that "
			"of line %llu, %s: the same plays would be added up",
			(unsigned long long)last->line, at[0],
			(unsigned long long)first->line, at[1]);
}

static int
by_start(const void *a, const void *b)
{
	int64_t x = ((const struct board_span *)a)->start;
	int64_t y = ((const struct board_span *)b)->start;

	return (x > y) - (x < y);
}

int
chart_board_check(const struct chart_board *b, struct fail *f)
{
	size_t i, n = b->window_index.len;
	struct board_span *span;
	int rc = 0;

	if (n < 2)
		return 0;
	span = malloc(n * sizeof(*span));
	if (span == NULL)
		return fail_memory(f);
	memcpy(span, b->span, n * sizeof(*span));
	qsort(span, n, sizeof(*span), by_start);
	for (i = 1; i < n && rc == 0; i++)
		if (span[i - 1].end > span[i].start)
			rc = overlap(&span[i - 1], &span[i], f);
	free(span);
	return rc;
}

/* The groups of a window must agree on its end. */
static int
check_end(const struct chart_board *b, const struct line *l, struct fail *f)
{
	struct str key = {(const char *)&l->tally.start,
			  sizeof(l->tally.start)};
	int64_t at = map_find(&b->window_index, key);

	if (at < 0 || l->end == 0 || b->span[at].end == 0 ||
	    b->span[at].end == l->end)
		return 0;
	return fail_set(f, FAIL_DATA,
			"its window overlaps that of line %llu, which begins "
			"at the same time and ends at another",
			(unsigned long long)b->span[at].line);
}

/* ---- lines ---- */

static int
add_lists(struct chart_board *b, const struct line *l, struct fail *f)
{
	int rc = add_list(b, &b->tracks, &l->tracks, f);

	if (rc == 0)
		rc = add_list(b, &b->artists, &l->artists, f);
	if (rc != 0)
		return rc;
	b->lists += l->longest > 0;
	/* agg-hourly ranks by streams wherever it can tell them. */
	b->is_of_streams |= l->tally.is_known[TALLY_STREAMS];
	if (l->longest > b->longest_list)
		b->longest_list = l->longest;
	return 0;
}

int
chart_board_add(struct chart_board *b, const struct ndjson_line *line,
		struct fail *f)
{
	struct line l = {0};
	int64_t step;
	int rc;

	arena_reset(&b->line);
	rc = read_line(b, line, &l, f);
	if (rc != 0)
		return rc;
	if (l.tally.start < b->from || l.tally.start >= b->to)
		return 1;
	rc = check_end(b, &l, f);
	if (rc == 0)
		rc = see(b, false, line, l.tally.start, f);
	if (rc == 0)
		rc = add_window(b, &l, f);
	if (rc == 0)
		rc = add_dimensions(b, line, &l.tally, f);
	if (rc == 0 && !b->is_top_apart)
		rc = add_lists(b, &l, f);
	if (rc != 0)
		return rc;
	step = l.end - l.tally.start;
	if (l.end != 0 && step > 0 && (b->step == 0 || step < b->step))
		b->step = step;
	b->lines++;
	return 0;
}

int
chart_board_add_top(struct chart_board *b, const struct ndjson_line *line,
		    struct fail *f)
{
	struct line l = {0};
	int rc;

	arena_reset(&b->line);
	rc = read_line(b, line, &l, f);
	if (rc == 0)
		rc = see(b, true, line, l.tally.start, f);
	return rc == 0 ? add_lists(b, &l, f) : rc;
}
