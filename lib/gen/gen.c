/* SPDX-License-Identifier: MIT */
/*
 * The public face: options in, lines in order out. With one thread a shard's
 * lines are handed on as they are; with more, a crew's are merged.
 */
#include "gen/gen.h"

#include <stdlib.h>

#include "gen/crew.h"
#include "gen/model.h"
#include "gen/shard.h"

#include "base/banned.h"

struct gen {
	struct gen_model model;
	struct shard *shard; /* with one thread */
	struct crew *crew;   /* with more */
	struct shard_lines lines;
	int64_t until_ms; /* all before this was handed out */
};

const char *
gen_topic_name(enum gen_topic topic)
{
	static const char *const name[GEN_TOPICS] = {
		[GEN_LISTEN] = "listen_events",
		[GEN_PAGE] = "page_view_events",
		[GEN_AUTH] = "auth_events",
		[GEN_STATUS] = "status_change_events",
	};

	return name[topic];
}

const char *
gen_fault_name(enum gen_fault fault)
{
	static const char *const name[GEN_FAULTS] = {
		[GEN_LATE] = "late",
		[GEN_DUPLICATE] = "duplicate",
		[GEN_MISSING] = "missing",
		[GEN_WRONG_TYPE] = "wrong_type",
		[GEN_OUT_OF_RANGE] = "out_of_range",
		[GEN_MALFORMED] = "malformed",
	};

	return name[fault];
}

int64_t
gen_delay_max(const struct gen_options *o)
{
	return (o->fault[GEN_LATE] > 0 ? MODEL_LATE_MS : 0) +
	       (o->fault[GEN_DUPLICATE] > 0 ? MODEL_DUPLICATE_MS : 0);
}

uint64_t
gen_fingerprint(const struct gen_options *o)
{
	uint64_t v[] = {o->seed,   o->users, o->tracks, (uint64_t)o->form,
			o->topics, o->shard, o->shards};
	uint64_t h = hash_bytes(v, sizeof(v), 0);

	for (int k = 0; k < GEN_FAULTS; k++) {
		uint64_t ppb = (uint64_t)(o->fault[k] * 1e9 + 0.5);

		h = hash_bytes(&ppb, sizeof(ppb), h);
	}
	return o->tag == NULL ? h : hash_bytes(o->tag, strlen(o->tag), h);
}

static int
check_tag(const char *tag, struct fail *f)
{
	struct str s = str_of(tag);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '\\')
			return fail_set(f, FAIL_USAGE,
					"tag '%s': printable ASCII without "
					"quote and backslash only",
					tag);
	if (s.n > GEN_TAG_MAX)
		return fail_set(f, FAIL_USAGE, "tag: at most %d bytes",
				GEN_TAG_MAX);
	return 0;
}

static int
check(const struct gen_options *o, struct fail *f)
{
	if (o->from_ms < GEN_FROM_MIN_MS || o->to_ms > GEN_TO_MAX_MS)
		return fail_set(f, FAIL_USAGE,
				"the window must lie in 2001 to 2099");
	if (o->from_ms > o->to_ms)
		return fail_set(f, FAIL_USAGE,
				"the window ends before it begins");
	if (o->users < 1 || o->users > GEN_USERS_MAX || o->tracks < 10 ||
	    o->tracks > GEN_TRACKS_MAX || o->threads < 1 ||
	    o->threads > GEN_THREADS_MAX || o->shard >= o->shards)
		return fail_set(f, FAIL_BUG, "bug: options out of range");
	return check_tag(o->tag, f);
}

int
gen_open(struct gen **out, const struct gen_options *o, struct fail *f)
{
	struct gen *g;
	int rc = check(o, f);

	if (rc < 0)
		return rc;
	g = calloc(1, sizeof(*g));
	if (g == NULL)
		return fail_memory(f);
	shard_lines_init(&g->lines);
	g->until_ms = o->from_ms;
	rc = model_init(&g->model, o, f);
	if (rc == 0 && o->threads > 1)
		rc = crew_open(&g->crew, &g->model, f);
	else if (rc == 0)
		rc = shard_open(&g->shard, &g->model, o->shard, o->shards, f);
	if (rc < 0)
		gen_close(g);
	else
		*out = g;
	return rc;
}

void
gen_close(struct gen *g)
{
	if (g == NULL)
		return;
	crew_close(g->crew);
	shard_close(g->shard);
	shard_lines_release(&g->lines);
	model_release(&g->model);
	free(g);
}

/* ---- merge ---- */

/* A worker's slice being read. */
struct cursor {
	const struct shard_lines *from;
	size_t line, text, truth;
};

static const struct gen_line *
front(const struct cursor *c)
{
	return c->line < c->from->n ? &c->from->line[c->line] : NULL;
}

/* Users are in one shard only, so place and user decide. */
static bool
is_before(const struct gen_line *a, const struct gen_line *b)
{
	if (a->place_ms != b->place_ms)
		return a->place_ms < b->place_ms;
	return a->user < b->user;
}

/* The cursor with the next line, or NULL. A few workers: a linear look beats
 * a heap. */
static struct cursor *
first_of(struct cursor *c, unsigned n)
{
	struct cursor *best = NULL;

	for (unsigned i = 0; i < n; i++)
		if (front(&c[i]) != NULL &&
		    (best == NULL || is_before(front(&c[i]), front(best))))
			best = &c[i];
	return best;
}

static int
append(struct shard_lines *l, struct cursor *c)
{
	const struct gen_line *line = front(c);
	int rc;

	if (!MEM_GROW(&l->line, l->n, &l->cap))
		return FAIL_MEMORY;
	rc = buf_add(&l->text, c->from->text.p + c->text, line->len);
	if (rc == 0 && line->truth_len > 0)
		rc = buf_add(&l->truth, c->from->truth.p + c->truth,
			     line->truth_len);
	l->line[l->n++] = *line;
	c->text += line->len;
	c->truth += line->truth_len;
	c->line++;
	return rc;
}

static int
merge(struct gen *g, struct fail *f)
{
	struct cursor cursor[GEN_THREADS_MAX];
	unsigned n = g->model.o.threads;
	struct cursor *c;
	int rc = 0;

	g->lines.n = 0;
	buf_reset(&g->lines.text);
	buf_reset(&g->lines.truth);
	for (unsigned i = 0; i < n; i++) {
		cursor[i] = (struct cursor){0};
		rc = crew_next(g->crew, i, &cursor[i].from, &g->until_ms, f);
		if (rc < 0)
			return rc;
	}
	while (rc == 0 && (c = first_of(cursor, n)) != NULL)
		rc = append(&g->lines, c);
	if (rc < 0)
		return fail_memory(f);
	for (unsigned i = 0; i < n; i++)
		crew_done(g->crew, i);
	return 0;
}

int
gen_next(struct gen *g, struct gen_lines *lines, struct fail *f)
{
	int rc;

	if (g->until_ms >= g->model.o.to_ms)
		return 0;
	rc = g->crew != NULL ? merge(g, f)
			     : shard_next(g->shard, &g->lines, &g->until_ms, f);
	if (rc < 0)
		return rc;
	*lines = (struct gen_lines){
		.line = g->lines.line,
		.n = g->lines.n,
		.text = g->lines.text.p,
		.truth = g->lines.truth.p,
		.until_ms = g->until_ms,
	};
	return 1;
}
