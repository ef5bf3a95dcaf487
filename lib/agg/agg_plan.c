/* SPDX-License-Identifier: MIT */
/*
 * The plan of an aggregator: which measures the schema can give, which
 * columns those need, and so which keys the reader has to find. What no
 * measure needs is never read.
 */
#include <stdlib.h>

#include "agg/agg_private.h"

static const char *const measure_names[AGG_MEASURES] = {
	[AGG_EVENTS] = "events",	[AGG_PLAYS] = "plays",
	[AGG_STREAMS] = "streams",	[AGG_SKIPS] = "skips",
	[AGG_COMPLETED] = "completed",	[AGG_MS_PLAYED] = "msPlayed",
	[AGG_DURATION] = "duration",	[AGG_LISTENERS] = "listeners",
	[AGG_TOP_TRACKS] = "topTracks", [AGG_TOP_ARTISTS] = "topArtists",
};

#define BIT(m)	  (1u << (m))
#define TOP_BITS  (BIT(AGG_TOP_TRACKS) | BIT(AGG_TOP_ARTISTS))
#define SETS_BITS (TOP_BITS | BIT(AGG_LISTENERS))
#define TEXT_MAX  ((size_t)64 << 20) /* of one name or value */

const char *
agg_measure_name(enum agg_measure m)
{
	return measure_names[m];
}

const char *
partial_key_name(unsigned i)
{
	static const char *const other[PARTIAL_BY] = {
		[PARTIAL_START] = "windowStart",
		[PARTIAL_WINDOW] = "windowMs",
		[PARTIAL_DATE] = "date",
		[PARTIAL_SUM + AGG_DURATION] = "durationUs",
		[PARTIAL_LISTENERS] = "listeners",
		[PARTIAL_TOP] = "topTracks",
		[PARTIAL_TOP_CUT] = "topTracksCut",
		[PARTIAL_TOP + 2] = "topArtists",
		[PARTIAL_TOP_CUT + 2] = "topArtistsCut",
	};

	return other[i] != NULL ? other[i] : measure_names[i - PARTIAL_SUM];
}

/* ---- what the schema has ---- */

static bool
has_role(const struct event_schema *s, enum event_role role)
{
	return s->role[role] >= 0;
}

/* A measure that the schema has no columns for is null, never guessed. */
static unsigned
available_of(const struct event_schema *s)
{
	bool has_plays = s->is_all_plays || s->play_column >= 0;
	bool has_ms = has_role(s, EVENT_ROLE_MS_PLAYED);
	bool has_duration = has_role(s, EVENT_ROLE_DURATION);
	unsigned set = BIT(AGG_EVENTS);

	if (!has_plays)
		return set;
	set |= BIT(AGG_PLAYS);
	if (has_ms)
		set |= BIT(AGG_STREAMS) | BIT(AGG_MS_PLAYED);
	if (has_role(s, EVENT_ROLE_SKIPPED) ||
	    (has_role(s, EVENT_ROLE_REASON_END) && has_ms))
		set |= BIT(AGG_SKIPS);
	if (has_duration)
		set |= BIT(AGG_DURATION);
	if (has_ms && has_duration)
		set |= BIT(AGG_COMPLETED);
	if (has_role(s, EVENT_ROLE_USER))
		set |= BIT(AGG_LISTENERS);
	if (has_role(s, EVENT_ROLE_TRACK) || has_role(s, EVENT_ROLE_TRACK_ID))
		set |= BIT(AGG_TOP_TRACKS);
	if (has_role(s, EVENT_ROLE_ARTIST) || has_role(s, EVENT_ROLE_ARTIST_ID))
		set |= BIT(AGG_TOP_ARTISTS);
	return set;
}

unsigned
agg_unavailable(const struct agg *a)
{
	return a->o.measures & ~a->available;
}

/* ---- the plan for events ---- */

/* The columns to read, each once. */
struct plan {
	const struct event_schema *schema;
	int *column; /* room for all of the schema's */
	size_t n;
};

/* The slot of a schema's column, read from now on. */
static int
plan_column(struct plan *p, int column)
{
	size_t i = 0;

	if (column < 0)
		return -1;
	while (i < p->n && p->column[i] != column)
		i++;
	if (i == p->n)
		p->column[p->n++] = column;
	return (int)i;
}

static void
plan_input(struct agg *a, struct plan *p, enum input in, int column)
{
	a->at[in] = plan_column(p, column);
	if (column >= 0)
		a->column[in] = &p->schema->column[column];
}

static void
plan_inputs(struct agg *a, struct plan *p)
{
	static const struct {
		enum input in;
		enum event_role role;
		unsigned measures; /* that read it */
	} row[] = {
		{IN_USER, EVENT_ROLE_USER, BIT(AGG_LISTENERS)},
		{IN_TRACK_ID, EVENT_ROLE_TRACK_ID, BIT(AGG_TOP_TRACKS)},
		{IN_TRACK, EVENT_ROLE_TRACK, BIT(AGG_TOP_TRACKS)},
		{IN_ARTIST_ID, EVENT_ROLE_ARTIST_ID, BIT(AGG_TOP_ARTISTS)},
		{IN_ARTIST, EVENT_ROLE_ARTIST, TOP_BITS},
		{IN_DURATION, EVENT_ROLE_DURATION,
		 BIT(AGG_DURATION) | BIT(AGG_COMPLETED)},
		{IN_MS_PLAYED, EVENT_ROLE_MS_PLAYED,
		 BIT(AGG_STREAMS) | BIT(AGG_SKIPS) | BIT(AGG_COMPLETED) |
			 BIT(AGG_MS_PLAYED) | TOP_BITS},
		{IN_SKIPPED, EVENT_ROLE_SKIPPED, BIT(AGG_SKIPS)},
		{IN_REASON_END, EVENT_ROLE_REASON_END, BIT(AGG_SKIPS)},
	};
	const struct event_schema *s = p->schema;

	plan_input(a, p, IN_TIME, s->role[EVENT_ROLE_TIME]);
	if (a->of_plays != 0 && !s->is_all_plays) {
		plan_input(a, p, IN_PLAY, s->play_column);
		plan_input(a, p, IN_UNLESS, s->play_unless);
	}
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		if ((a->available & row[i].measures) != 0)
			plan_input(a, p, row[i].in, s->role[row[i].role]);
}

/* A group's column by its name in the schema, or by its role. */
static int
find_by(const struct event_schema *s, struct str name, struct fail *f)
{
	int column = event_column_find(s, name);

	for (int r = 0; column < 0 && r < EVENT_ROLES; r++)
		if (str_is(name, event_role_name((enum event_role)r)))
			column = s->role[r];
	if (column < 0)
		return fail_set(f, FAIL_USAGE,
				"schema '%.*s' has no column '%.*s' to group "
				"by",
				STR_ARG(s->name), STR_ARG(name));
	return column;
}

static int
plan_events(struct agg *a, struct fail *f)
{
	const struct event_schema *s = a->o.schema;
	struct plan p = {.schema = s};
	struct str *key;

	if (!has_role(s, EVENT_ROLE_TIME))
		return fail_set(f, FAIL_USAGE,
				"schema '%.*s' has no column of role time",
				STR_ARG(s->name));
	p.column = arena_zalloc(&a->mem, s->column_n, sizeof(*p.column));
	if (p.column == NULL)
		return fail_memory(f);
	a->available = a->o.measures & available_of(s);
	a->of_plays = a->available & ~BIT(AGG_EVENTS);
	plan_inputs(a, &p);
	for (size_t i = 0; i < a->o.by_n; i++) {
		int column = find_by(s, a->by[i].name, f);

		if (column < 0)
			return column;
		a->by[i].slot = plan_column(&p, column);
		a->by[i].column = &s->column[column];
	}
	if (event_keys(s, p.column, p.n, &a->mem, &key, &a->slot, &a->key_n,
		       f) != 0)
		return f != NULL ? f->code : FAIL_MEMORY;
	a->key = key;
	return 0;
}

/* ---- the plan for partials ---- */

static int
plan_partials(struct agg *a, struct fail *f)
{
	a->available = a->o.measures;
	a->key_n = PARTIAL_BY + a->o.by_n;
	a->key = arena_zalloc(&a->mem, a->key_n, sizeof(*a->key));
	if (a->key == NULL)
		return fail_memory(f);
	for (unsigned i = 0; i < PARTIAL_BY; i++)
		a->key[i] = str_of(partial_key_name(i));
	for (size_t i = 0; i < a->o.by_n; i++) {
		a->by[i].slot = (int)(PARTIAL_BY + i);
		a->key[PARTIAL_BY + i] = a->by[i].name;
	}
	return 0;
}

void
agg_keys(const struct agg *a, const struct str **keys, const int **slot,
	 size_t *n)
{
	*keys = a->key;
	*slot = a->slot;
	*n = a->key_n;
}

/* ---- what no line had ---- */

void
look_for_columns(struct agg *a, const struct ndjson_val *val)
{
	a->has_time |= val[a->at[IN_TIME]].kind != NDJSON_ABSENT;
	a->has_play |= a->at[IN_PLAY] < 0 ||
		       val[a->at[IN_PLAY]].kind != NDJSON_ABSENT;
}

const struct str *
agg_missing_column(const struct agg *a)
{
	if (a->o.schema == NULL)
		return NULL;
	if (!a->has_time)
		return &a->column[IN_TIME]->name;
	return a->has_play ? NULL : &a->column[IN_PLAY]->name;
}

const struct str *
agg_missing_by(const struct agg *a)
{
	for (size_t i = 0; i < a->o.by_n; i++)
		if (!a->by[i].is_seen)
			return &a->by[i].name;
	return NULL;
}

void
agg_check_dates(struct agg *a)
{
	a->want_dates = true;
}

/* ---- open and close ---- */

/* Two members of one name would make rows that no reader of ours takes. */
static int
check_by(const struct agg_options *o, struct fail *f)
{
	for (size_t i = 0; i < o->by_n; i++) {
		bool is_taken = false;

		for (unsigned k = 0; k < PARTIAL_BY; k++)
			is_taken |= str_is(o->by[i], partial_key_name(k));
		is_taken |= str_is(o->by[i], measure_names[AGG_DURATION]);
		for (size_t j = 0; j < i; j++)
			is_taken |= str_equal(o->by[i], o->by[j]);
		if (is_taken)
			return fail_set(f, FAIL_USAGE,
					"cannot group by '%.*s': the name is "
					"taken",
					STR_ARG(o->by[i]));
	}
	return 0;
}

static int
copy_by(struct agg *a, const struct agg_options *o, struct fail *f)
{
	a->by = arena_zalloc(&a->mem, o->by_n + 1, sizeof(*a->by));
	a->tuple_key = arena_zalloc(&a->mem, o->by_n + 1,
				    sizeof(*a->tuple_key));
	if (a->by == NULL || a->tuple_key == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < o->by_n; i++) {
		struct by_column *b = &a->by[i];

		b->name.n = o->by[i].n;
		b->name.p = arena_copy(&a->mem, o->by[i]);
		if (b->name.p == NULL)
			return fail_memory(f);
		map_init(&b->value, LIMIT_GROUPS);
	}
	return 0;
}

int
agg_open(struct agg **out, const struct agg_options *o, struct fail *f)
{
	struct agg *a = calloc(1, sizeof(*a));
	int rc;

	if (a == NULL)
		return fail_memory(f);
	a->o = *o;
	a->o.by_n = 0; /* until copied: what agg_close may release */
	map_init(&a->tuple, LIMIT_GROUPS);
	map_init(&a->name[0], LIMIT_NAMES);
	map_init(&a->name[1], LIMIT_NAMES);
	buf_init(&a->text, TEXT_MAX);
	for (int i = 0; i < INPUTS; i++)
		a->at[i] = -1;
	rc = check_by(o, f);
	if (rc == 0)
		rc = copy_by(a, o, f);
	if (rc == 0) {
		a->o.by_n = o->by_n;
		a->o.by = NULL; /* the caller's: a->by has the copies */
		rc = o->schema != NULL ? plan_events(a, f)
				       : plan_partials(a, f);
	}
	if (rc == 0) {
		a->groups.want_sets = (a->available & SETS_BITS) != 0;
		rc = events_prepare(a, f);
	}
	if (rc != 0) {
		agg_close(a);
		return rc;
	}
	*out = a;
	return 0;
}

void
agg_close(struct agg *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->o.by_n; i++)
		map_release(&a->by[i].value);
	map_release(&a->tuple);
	map_release(&a->name[0]);
	map_release(&a->name[1]);
	groups_release(&a->groups);
	free(a->order);
	buf_release(&a->text);
	arena_release(&a->line);
	arena_release(&a->noted_names);
	free(a->item);
	arena_release(&a->mem);
	free(a);
}

void
agg_reset(struct agg *a)
{
	groups_reset(&a->groups);
	for (size_t i = 0; i < a->o.by_n; i++)
		map_reset(&a->by[i].value);
	events_forget(a);
	map_reset(&a->tuple);
	map_reset(&a->name[0]);
	map_reset(&a->name[1]);
	arena_reset(&a->line);
	a->noted_n = 0;
	arena_reset(&a->noted_names);
}

const char *
agg_why(const struct agg *a)
{
	return a->why;
}

uint64_t
agg_misfit_values(const struct agg *a)
{
	return a->misfit_values;
}
