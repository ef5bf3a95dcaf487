/* SPDX-License-Identifier: MIT */
/*
 * Putting lines into a table, up to the commit: which schema they are read by,
 * given, the table's own, or inferred from the first lines, which are kept
 * until enough was seen; and rows, which go into data files as they come, in
 * bounded memory.
 */
#include "lake/put.h"

#include <stdlib.h>

#define SAMPLE_LINES 10000
#define SAMPLE_BYTES ((size_t)8 << 20)
#define SORT_KEY     "playpipe.sort" /* in the table's configuration */

/* ---- opening ---- */

static bool
has_column(const struct event_schema *s, struct str name)
{
	for (size_t i = 0; i < s->column_n; i++)
		if (str_equal(s->column[i].name, name))
			return true;
	return false;
}

/* Which lake columns a new table gets: a table partitioned by arrivalDate or
 * verdict, which are no columns of its events, keeps bad lines too. */
static unsigned
choose_lake_columns(const struct lake_put *p, const struct event_schema *schema)
{
	unsigned lake = 1u << DELTA_LAKE_RESCUED;

	for (size_t i = 0; i < p->o.partition_n; i++) {
		struct str name = p->o.partition[i];

		if (has_column(schema, name))
			continue;
		if (str_is(name, "arrivalDate"))
			lake |= 1u << DELTA_LAKE_ARRIVAL;
		if (str_is(name, "verdict"))
			lake |= 1u << DELTA_LAKE_VERDICT |
				1u << DELTA_LAKE_RAW | 1u << DELTA_LAKE_LINE |
				1u << DELTA_LAKE_OFFSET |
				1u << DELTA_LAKE_RULES;
	}
	return lake;
}

int64_t
put_now_ms(const struct lake_put *p)
{
	return p->o.now_ms >= 0 ? p->o.now_ms : utc_now() / UTC_MS;
}

enum delta_kind
put_kind(const struct lake_put *p)
{
	return p->o.mode != LAKE_APPEND || p->o.replace_where.n > 0
		       ? DELTA_REPLACE
		       : DELTA_APPEND;
}

const char *
put_advice(const struct lake_put *p)
{
	return p->o.base_version < 0
		       ? "run again"
		       : "make the input anew from the newest version, and "
			 "say that as --base-version";
}

static int
new_meta(struct lake_put *p, const struct event_schema *schema, struct fail *f)
{
	int rc = delta_meta_new(schema, choose_lake_columns(p, schema),
				p->o.partition, p->o.partition_n, put_now_ms(p),
				&p->mem, &p->meta, f);

	if (rc == 0 && p->o.sort.n > 0)
		rc = delta_meta_set(&p->meta, STR_LIT(SORT_KEY), p->o.sort,
				    &p->mem, f);
	p->has_meta = p->is_meta_new = rc == 0;
	return rc;
}

/* The partition columns asked for must be those the table has. */
static int
check_partition(const struct lake_put *p, struct fail *f)
{
	const struct delta_meta *m = &p->s->meta;
	bool is_same = p->o.partition_n == m->partition_n;
	struct buf has;
	int rc = 0;

	for (size_t i = 0; is_same && i < m->partition_n; i++)
		is_same = str_equal(m->partition[i], p->o.partition[i]);
	if (p->o.partition_n == 0 || is_same)
		return 0;
	if (m->partition_n == 0)
		return fail_set(f, FAIL_USAGE,
				"'%s' is not partitioned: that cannot be "
				"changed",
				p->o.url);
	buf_init(&has, FAIL_TEXT_MAX);
	for (size_t i = 0; rc == 0 && i < m->partition_n; i++)
		if ((i > 0 && buf_add_char(&has, ',') != 0) ||
		    buf_add_str(&has, m->partition[i]) != 0)
			rc = fail_memory(f);
	if (rc == 0)
		rc = fail_set(f, FAIL_USAGE,
			      "'%s' is partitioned by '%.*s': that cannot be "
			      "changed",
			      p->o.url, STR_ARG(buf_str(&has)));
	buf_release(&has);
	return rc;
}

/* A column of the schema must be one that the table's column can hold, and one
 * at least must be there: it is the wrong table, or schema, else. */
static int
check_types(const struct lake_put *p, const struct event_schema *given,
	    struct fail *f)
{
	const struct delta_meta *m = &p->s->meta;
	bool has_common = given->column_n == 0 || p->o.want_evolve;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < given->column_n; i++) {
		const struct event_column *c = &given->column[i];
		int at = delta_column_find(m, c->name);

		has_common = has_common || at >= 0;
		if (at < 0 || row_goes_into(c->type, &m->column[at].field))
			continue;
		rc = fail_set(f, FAIL_USAGE,
			      "'%s': the column '%.*s' is of type %s in the "
			      "table and %s in the schema '%.*s'",
			      p->o.url, STR_ARG(c->name),
			      delta_type_name(&m->column[at].field),
			      event_type_name(c->type), STR_ARG(given->name));
	}
	if (rc == 0 && !has_common)
		rc = fail_set(f, FAIL_USAGE,
			      "'%s' has no column of the schema '%.*s'",
			      p->o.url, STR_ARG(given->name));
	return rc;
}

static int
extend_meta(struct lake_put *p, const struct event_schema *schema,
	    struct fail *f)
{
	struct delta_meta longer;
	size_t added;
	int rc = delta_meta_extend(&p->meta, schema, &p->mem, &longer, &added,
				   f);

	if (rc != 0 || added == 0)
		return rc;
	p->meta = longer;
	p->is_meta_new = true;
	p->columns_added = added;
	p->where = (struct delta_filter){0}; /* columns have moved */
	return 0;
}

/* Which schema, and whose. */
static int
choose_schema(struct lake_put *p, struct fail *f)
{
	bool is_there = p->s->version >= 0;
	int rc = 0;

	if (is_there) {
		p->meta = p->s->meta;
		p->has_meta = true;
		rc = check_partition(p, f);
		if (rc == 0)
			rc = delta_check_write(p->s, put_kind(p), p->o.url, f);
	}
	if (rc != 0)
		return rc;
	p->schema = p->o.schema;
	if (p->schema != NULL && !is_there)
		return new_meta(p, p->schema, f);
	if (p->schema != NULL) {
		rc = check_types(p, p->schema, f);
		return rc != 0 || !p->o.want_evolve
			       ? rc
			       : extend_meta(p, p->schema, f);
	}
	if (is_there) {
		rc = delta_event_schema(&p->meta, &p->own_schema, f);
		if (rc == 0 && p->own_schema == NULL)
			rc = fail_set(f, FAIL_USAGE,
				      "'%s' has no column that lines could "
				      "fill",
				      p->o.url);
		if (!p->o.want_evolve)
			p->schema = p->own_schema;
	}
	if (rc == 0 && p->schema == NULL)
		rc = infer_open(&p->infer, f);
	return rc;
}

static int
make_keys(struct lake_put *p, struct fail *f)
{
	size_t n;
	int *column;

	if (p->schema == NULL)
		return 0;
	n = p->schema->column_n;
	column = arena_zalloc(&p->mem, n + 1, sizeof(*column));
	if (column == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < n; i++)
		column[i] = (int)i;
	p->has_keys = true;
	return event_keys(p->schema, column, n, &p->mem, &p->key, &p->slot,
			  &p->key_n, f);
}

static int
parse_replace(struct lake_put *p, struct fail *f)
{
	int rc;

	if (p->o.replace_where.n == 0)
		return 0;
	rc = expr_parse(&p->replace_where, p->o.replace_where, f);
	return rc != 0 || !p->has_meta ? rc : put_bind_where(p, f);
}

/* A commit on top of an older version goes through all that follow it: those
 * must be there. */
static int
check_base(const struct lake_put *p, struct fail *f)
{
	int64_t oldest, newest;
	int rc;

	if (p->o.base_version < 0)
		return 0;
	rc = delta_versions(p->d, &oldest, &newest, f);
	if (rc != 0 || p->s->version >= newest || p->s->version >= oldest - 1)
		return rc;
	return fail_set(f, FAIL_DATA,
			"'%s': the commits behind version %lld are cleaned "
			"away, so nobody can tell what they changed",
			p->o.url, (long long)p->s->version);
}

int
lake_put_open(struct lake_put **out, const struct lake_put_options *o,
	      struct fail *f)
{
	struct lake_put *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return fail_memory(f);
	p->o = *o;
	buf_init(&p->notice, FAIL_TEXT_MAX * 2);
	buf_init(&p->refusal, FAIL_TEXT_MAX);
	buf_init(&p->sample, SAMPLE_BYTES + LIMIT_LINE_MAX);
	rc = delta_open(&p->d, o->url, f);
	if (rc == 0)
		rc = delta_load(p->d,
				o->base_version < 0 ? DELTA_LATEST
						    : o->base_version,
				&p->s, f);
	if (rc == 0)
		rc = check_base(p, f);
	if (rc == 0)
		rc = choose_schema(p, f);
	if (rc == 0)
		rc = make_keys(p, f);
	if (rc == 0)
		rc = parse_replace(p, f);
	if (rc != 0) {
		lake_put_close(p);
		return rc;
	}
	p->counts.version = p->s->version;
	*out = p;
	return 0;
}

void
lake_put_close(struct lake_put *p)
{
	if (p == NULL)
		return;
	if (p->has_rows)
		row_maker_close(&p->rows);
	delta_writer_close(p->writer);
	infer_close(p->infer);
	delta_rules_close(&p->rules);
	expr_close(p->replace_where);
	delta_snapshot_close(p->s);
	delta_close(p->d);
	event_schema_close(p->own_schema);
	buf_release(&p->sample);
	buf_release(&p->notice);
	buf_release(&p->refusal);
	arena_release(&p->from_mem);
	arena_release(&p->mem);
	free(p);
}

void
lake_put_keys(const struct lake_put *p, const struct str **keys,
	      const int **slot, size_t *n)
{
	*keys = p->key;
	*slot = p->slot;
	*n = p->key_n;
}

const struct lake_put_counts *
lake_put_counts(const struct lake_put *p)
{
	return &p->counts;
}

struct str
lake_put_notice(struct lake_put *p)
{
	struct str s = buf_str(&p->notice);

	buf_reset(&p->notice);
	return s;
}

/* ---- rows ---- */

static int
sort_column(const struct lake_put *p, int *out, struct fail *f)
{
	struct str name = p->o.sort;

	*out = -1;
	if (name.n == 0)
		name = delta_pairs_get(&p->meta.config, STR_LIT(SORT_KEY));
	if (name.n == 0)
		return 0;
	*out = delta_column_find(&p->meta, name);
	if (*out >= 0)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"cannot sort by '%.*s': there is no "
			"such column",
			STR_ARG(name));
}

int
put_open_writer(struct lake_put *p, struct fail *f)
{
	struct delta_writer_options o = {.meta = &p->meta};
	int rc;

	if (p->writer != NULL)
		return 0;
	rc = sort_column(p, &o.sort_column, f);
	return rc != 0 ? rc : delta_writer_open(&p->writer, p->d, &o, f);
}

static int
open_rows(struct lake_put *p, struct fail *f)
{
	int rc = put_open_writer(p, f);

	if (rc == 0)
		rc = put_bind_where(p, f);
	if (rc == 0)
		rc = delta_rules_open(&p->rules, &p->meta, p->o.url, &p->mem,
				      f);
	if (rc == 0)
		rc = row_maker_open(&p->rows, p->schema, p->has_keys, &p->meta,
				    p->writer, f);
	p->has_rows = rc == 0;
	p->rows.rules = &p->rules;
	if (rc == 0 && p->replace_where != NULL)
		p->rows.inside = &p->where;
	return rc;
}

static int
put_row(struct lake_put *p, const struct ndjson_line *line, struct str *refusal,
	struct fail *f)
{
	int rc = 0;

	if (!p->has_rows)
		rc = open_rows(p, f);
	if (rc == 0 && p->batch_rows == 0)
		row_maker_set_arrival(
			&p->rows,
			utc_floor(put_now_ms(p) * UTC_MS, UTC_DAY) / UTC_DAY);
	if (rc == 0)
		rc = row_maker_put(&p->rows, line, f);
	if (rc != 0)
		return rc;
	*refusal = buf_str(&p->rows.refusal);
	if (refusal->n == 0) {
		p->batch_rows++;
		p->counts.rows++;
	}
	p->counts.rescued = p->rows.rescued;
	p->counts.first_rescued = buf_str(&p->rows.first_rescued);
	p->counts.bad_rows = p->rows.bad_rows;
	return 0;
}

/* ---- inference ---- */

static int
refuse_replayed(const struct lake_put *p, const struct ndjson_line *line,
		struct str why, struct fail *f)
{
	if (p->o.on_refused != NULL)
		return p->o.on_refused(p->o.on_refused_ctx,
				       (struct str){line->p, line->n},
				       line->number, why, f);
	return fail_set(f, FAIL_DATA,
			"'%s': line %llu of those that the schema is inferred "
			"from: %.*s",
			p->o.url, (unsigned long long)line->number,
			STR_ARG(why));
}

/* Put the lines kept so far. Each was fine when it was taken in. */
static int
replay_sample(struct lake_put *p, struct fail *f)
{
	struct ndjson_options o = {.mode = NDJSON_STRUCTURAL,
				   .max_line = LIMIT_LINE_MAX,
				   .want_rest = true};
	struct ndjson_line line;
	struct str refusal;
	struct ndjson *r;
	int rc = ndjson_open(&r, NULL, NULL, 0, &o, f);

	if (rc != 0)
		return rc;
	ndjson_start_text(r, buf_str(&p->sample));
	while ((rc = ndjson_next(r, &line, f)) > 0) {
		rc = put_row(p, &line, &refusal, f);
		if (rc == 0 && refusal.n > 0)
			rc = refuse_replayed(p, &line, refusal, f);
		if (rc != 0)
			break;
	}
	ndjson_close(r);
	buf_release(&p->sample);
	return rc;
}

int
put_end_sample(struct lake_put *p, struct fail *f)
{
	struct event_schema *schema;
	size_t added;
	int rc;

	if (p->infer == NULL || p->sample_n == 0)
		return 0;
	rc = infer_schema(p->infer, p->own_schema, &schema, &added, f);
	if (rc != 0)
		return rc;
	infer_close(p->infer);
	p->infer = NULL;
	event_schema_close(p->own_schema);
	p->schema = p->own_schema = schema;
	if (p->has_meta)
		rc = extend_meta(p, schema, f);
	else if (buf_addf(&p->notice,
			  "'%s': no schema given: inferred; columns: %zu, "
			  "first lines read: %zu",
			  p->o.url, schema->column_n, p->sample_n) != 0)
		rc = fail_memory(f);
	else
		rc = new_meta(p, schema, f);
	return rc != 0 ? rc : replay_sample(p, f);
}

/* Why a line cannot serve to infer a schema. */
static int
refuse_sample(struct lake_put *p, const struct ndjson_line *line,
	      struct str *refusal, struct fail *f)
{
	int rc;

	buf_reset(&p->refusal);
	if (line->reason != NDJSON_OK)
		rc = buf_addf(&p->refusal, "%s: %s",
			      ndjson_reason_name(line->reason),
			      ndjson_reason_hint(line->reason));
	else
		rc = buf_add_cstr(&p->refusal,
				  "a wrapped bad line, and the table's schema "
				  "is not known yet: give --schema");
	*refusal = buf_str(&p->refusal);
	return rc != 0 ? fail_memory(f) : 0;
}

static int
sample_line(struct lake_put *p, const struct ndjson_line *line,
	    struct str *refusal, struct fail *f)
{
	int rc;

	if (line->reason != NDJSON_OK || line->is_special)
		return refuse_sample(p, line, refusal, f);
	rc = infer_line(p->infer, line, f);
	if (rc == 0 && (buf_add(&p->sample, line->p, line->n) != 0 ||
			buf_add_char(&p->sample, '\n') != 0))
		rc = fail_memory(f);
	p->sample_n++;
	if (rc == 0 &&
	    (p->sample_n == SAMPLE_LINES || p->sample.len >= SAMPLE_BYTES))
		rc = put_end_sample(p, f);
	return rc;
}

int
lake_put_line(struct lake_put *p, const struct ndjson_line *line,
	      struct str *refusal, struct fail *f)
{
	*refusal = (struct str){"", 0};
	if (p->infer != NULL)
		return sample_line(p, line, refusal, f);
	return put_row(p, line, refusal, f);
}
