/* SPDX-License-Identifier: MIT */
/*
 * Small files into large ones, one partition after the other, each with a
 * commit of its own, so that a rival who takes a file away costs us that one.
 * The commit says that no row changed: readers of what is new pass over it.
 * Of a file with a deletion vector the rows that are left go on, without one.
 * Files that a consumer has not read are left.
 */
#include "tidy/care.h"
#include "tidy/plan.h"

#include <stdlib.h>

#define TRIES	    5 /* plans that rivals may spoil */
#define COMMIT_BINS 8 /* new files of a commit, about 1 GiB */

struct compact {
	struct tidy *t;
	uint64_t target;
	int split;		/* column, -1: none */
	struct plan_file *file; /* owned */
	size_t n;
	struct tidy_compaction *out;
	bool is_spoilt; /* a rival was faster somewhere */
};

/* ---- the plan ---- */

/* What a file is put together with others by: its partition's values and, with
 * a column to split by, its one value of that. Files of several values go
 * together, to be split. */
static int
format_group(struct compact *c, const struct delta_file *file, struct buf *text,
	     struct fail *f)
{
	const struct delta_column *column;
	struct expr_cell cell;
	int rc = care_partition(file, text, f);

	if (rc != 0 || c->split < 0)
		return rc;
	column = &c->t->meta.column[c->split];
	if (!delta_file_value(file, column, &cell))
		return buf_add_char(text, '?') != 0 ? fail_memory(f) : 0;
	rc = buf_add_char(text, '=');
	return rc != 0 ? fail_memory(f)
		       : delta_partition_format(&column->field, &cell, text, f);
}

static int
find_split(struct compact *c, struct fail *f)
{
	const struct delta_meta *m = &c->t->meta;

	c->split = -1;
	if (c->t->o.split.n == 0)
		return 0;
	c->split = delta_column_find(m, c->t->o.split);
	if (c->split < 0)
		return delta_column_absent(m, c->t->o.url, c->t->o.split, f);
	if (m->column[c->split].is_partition) {
		c->split = -1; /* they are split */
		return 0;
	}
	if (m->column[c->split].field.type == TABLE_DATE ||
	    delta_expr_type(&m->column[c->split].field) == EXPR_INTEGER)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"'%s': cannot split by '%.*s', which is of type %s: "
			"only by a date or an integer",
			c->t->o.url, STR_ARG(c->t->o.split),
			delta_type_name(&m->column[c->split].field));
}

static bool
is_candidate(struct compact *c, const struct delta_file *file, struct fail *f,
	     int *rc)
{
	struct arena mem = {0};
	struct str key;
	bool is_needed;

	if (file->bytes >= plan_small(c->target))
		return false;
	*rc = care_key(c->t, file, &mem, &key, f);
	if (*rc == 0 && key.n == 0) /* another table's */
		return false;
	is_needed = *rc == 0 && care_is_needed(c->t, key);
	if (is_needed)
		care_count(&c->out->needed, file->bytes);
	arena_release(&mem);
	return *rc == 0 && !is_needed;
}

static int
make_plan(struct compact *c, struct fail *f)
{
	const struct delta_snapshot *s = c->t->s;
	struct map groups;
	struct buf text;
	int rc = find_split(c, f);

	free(c->file);
	c->n = 0;
	c->out->needed = (struct tidy_files){0};
	c->file = calloc(s->file_n + 1, sizeof(*c->file));
	if (c->file == NULL)
		return fail_memory(f);
	map_init(&groups, CARE_FILES);
	buf_init(&text, LIMIT_LINE_MAX);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		int64_t group;

		if (!s->is_live[i] || !is_candidate(c, &s->file[i], f, &rc))
			continue;
		rc = format_group(c, &s->file[i], &text, f);
		group = rc == 0 ? map_add(&groups, buf_str(&text), NULL) : 0;
		if (group < 0)
			rc = fail_memory(f);
		c->file[c->n++] = (struct plan_file){
			.index = i,
			.group = (size_t)group,
			.bytes = s->file[i].bytes,
		};
	}
	buf_release(&text);
	map_release(&groups);
	plan_bins(c->file, c->n, c->target);
	return rc;
}

/* ---- a commit ---- */

static int
format_number(struct arena *a, uint64_t v, struct str *out, struct fail *f)
{
	char text[NUM_I64_MAX];
	struct str s = {text, num_format_i64(text, (int64_t)v)};

	out->p = arena_copy(a, s);
	out->n = s.n;
	return out->p == NULL ? fail_memory(f) : 0;
}

/* As Spark's own OPTIMIZE says it, with the figures that its history shows. */
static int
describe(struct rewrite *r, struct delta_change *change, struct fail *f)
{
	static struct delta_pair parameter[] = {
		{{"predicate", 9}, {"[]", 2}},
		{{"zOrderBy", 8}, {"[]", 2}},
		{{"auto", 4}, {"false", 5}},
	};
	struct delta_pair *metric = arena_zalloc(&r->mem, 1, sizeof(*metric));

	if (metric == NULL)
		return fail_memory(f);
	metric->key = STR_LIT("numRemovedBytes");
	change->operation = "OPTIMIZE";
	change->kind = DELTA_REWRITE;
	change->parameter = (struct delta_pairs){parameter, 3};
	change->metric = (struct delta_pairs){metric, 1};
	return format_number(&r->mem, r->removed.bytes, &metric->value, f);
}

/* Have the files several values of the column to split by? */
static bool
is_mixed(const struct compact *c, size_t i)
{
	struct expr_cell cell;

	return c->split >= 0 &&
	       !delta_file_value(&c->t->s->file[c->file[i].index],
				 &c->t->meta.column[c->split], &cell);
}

static int
rewrite_all(struct compact *c, struct rewrite *r, size_t i, size_t end,
	    struct fail *f)
{
	const struct delta_file **file;
	size_t n = end - i;
	int rc = 0;

	if (!is_mixed(c, i)) {
		for (; rc == 0 && i < end; i++)
			rc = rewrite_file(r, &c->t->s->file[c->file[i].index],
					  NULL, NULL, f);
		return rc;
	}
	file = arena_zalloc(&r->mem, n, sizeof(*file));
	if (file == NULL)
		return fail_memory(f);
	for (size_t k = 0; k < n; k++)
		file[k] = &c->t->s->file[c->file[i + k].index];
	return rewrite_split(r, file, n, c->split, f);
}

/* Files i to end of the plan, into a commit. */
static int
join(struct compact *c, size_t i, size_t end, struct fail *f)
{
	struct delta_change change = {0};
	struct fail own = {0}; /* a conflict is no failure of ours */
	struct rewrite r;
	bool is_conflict = false;
	int rc = rewrite_open(&r, c->t, end - i, c->target, &own);

	if (rc == 0)
		rc = rewrite_all(c, &r, i, end, &own);
	if (rc == 0)
		rc = describe(&r, &change, &own);
	if (rc == 0)
		rc = rewrite_commit(&r, &change, &is_conflict, &own);
	if (rc == 0) {
		c->out->commits++;
		c->out->rows += r.rows;
		c->out->removed.n += r.removed.n;
		c->out->removed.bytes += r.removed.bytes;
		c->out->added.n += r.added.n;
		c->out->added.bytes += r.added.bytes;
	}
	rewrite_close(&r);
	if (!is_conflict)
		return rc == 0 ? 0 : fail_set(f, rc, "%s", own.text);
	c->out->conflicts++;
	c->is_spoilt = true;
	return 0;
}

/* How far a commit goes that begins at file i: bins of one partition. */
static size_t
find_end(const struct compact *c, size_t i)
{
	size_t end = i;

	while (end < c->n && c->file[end].group == c->file[i].group &&
	       c->file[end].bin != PLAN_LEFT &&
	       c->file[end].bin < c->file[i].bin + COMMIT_BINS)
		end++;
	return end;
}

static bool
are_live(const struct compact *c, size_t i, size_t end)
{
	for (; i < end; i++)
		if (!c->t->s->is_live[c->file[i].index])
			return false;
	return true;
}

/* Only told. The sizes of the new files are not known. */
static int
show(struct compact *c, size_t i, size_t end, struct fail *f)
{
	int rc = 0;

	for (; rc == 0 && i < end; i++) {
		const struct delta_file *file =
			&c->t->s->file[c->file[i].index];

		care_count(&c->out->removed, file->bytes);
		if (i == 0 || c->file[i].bin != c->file[i - 1].bin)
			c->out->added.n++;
		c->out->added.bytes += file->bytes;
		if (c->t->o.tell != NULL)
			rc = c->t->o.tell(c->t->o.ctx, "compact", file->path,
					  file->bytes, f);
	}
	return rc;
}

static int
follow_plan(struct compact *c, struct fail *f)
{
	size_t end;
	int rc = 0;

	c->is_spoilt = false;
	for (size_t i = 0; rc == 0 && i < c->n; i = end) {
		end = find_end(c, i);
		if (end == i) {
			end++;
			continue;
		}
		rc = care_check(c->t, f);
		if (rc == 0 && c->t->o.is_dry)
			rc = show(c, i, end, f);
		else if (rc == 0 && !are_live(c, i, end))
			c->is_spoilt = true;
		else if (rc == 0)
			rc = join(c, i, end, f);
	}
	return rc;
}

int
tidy_compact(struct tidy *t, struct tidy_compaction *out, struct fail *f)
{
	struct compact c = {.t = t, .out = out, .target = care_target(t)};
	int rc = 0;

	*out = (struct tidy_compaction){0};
	for (int i = 0; rc == 0 && i < TRIES; i++) {
		rc = care_catch_up(t, f);
		if (rc == 0)
			rc = rewrite_check(t, DELTA_REWRITE, f);
		if (rc == 0)
			rc = care_find_needed(t, f);
		if (rc == 0)
			rc = make_plan(&c, f);
		if (rc == 0)
			rc = follow_plan(&c, f);
		if (!c.is_spoilt)
			break;
	}
	if (rc == 0 && c.is_spoilt)
		rc = care_note(t, f,
			       "'%s': others took files away again and again: "
			       "some small files are left",
			       t->o.url);
	free(c.file);
	return rc;
}

int
compact_count(struct tidy *t, struct tidy_files *out, struct fail *f)
{
	struct tidy_compaction ignored = {0};
	struct compact c = {.t = t, .out = &ignored, .target = care_target(t)};
	int rc;

	*out = (struct tidy_files){0};
	if (rewrite_check(t, DELTA_REWRITE, NULL) != 0)
		return 0;
	rc = make_plan(&c, f);
	for (size_t i = 0; rc == 0 && i < c.n; i++)
		if (c.file[i].bin != PLAN_LEFT)
			care_count(out, c.file[i].bytes);
	free(c.file);
	return rc;
}
