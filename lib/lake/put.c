/* SPDX-License-Identifier: MIT */
/*
 * Putting lines into a table. Rows go into data files as they come, in
 * bounded memory; nothing of them counts until a commit names the files,
 * together with the position that the batch leads to. A runner killed before
 * that leaves files nobody refers to; killed after, a position that the next
 * run starts from. There is nothing in between.
 */
#include "lake/row.h"

#include <stdlib.h>

#define SAMPLE_LINES 10000
#define SAMPLE_BYTES ((size_t)8 << 20)
#define SORT_KEY     "playpipe.sort" /* in the table's configuration */

struct lake_put {
	struct lake_put_options o;
	struct delta *d;
	struct delta_snapshot *s;
	struct delta_meta meta; /* of the table, or to be */
	bool is_meta_new;	/* the next commit must carry it */
	bool has_meta;
	const struct event_schema *schema; /* NULL: not known yet */
	struct event_schema *own_schema;   /* if it is ours to close */
	bool has_keys;
	struct str *key;
	int *slot;
	size_t key_n;
	struct expr *replace_where;
	/* The first lines, while the schema is inferred from them. */
	struct infer *infer;
	struct buf sample;
	size_t sample_n;
	struct delta_writer *writer; /* NULL: no row yet */
	struct row_maker rows;
	bool has_rows;
	uint64_t batch_rows;
	/* Barriers. */
	bool is_first_seen;
	struct barrier from; /* the batch at hand stands behind it */
	struct arena from_mem;
	struct lake_put_counts counts;
	struct buf notice;
	struct arena mem;
};

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

static int64_t
now_ms(const struct lake_put *p)
{
	return p->o.now_ms >= 0 ? p->o.now_ms : utc_now() / UTC_MS;
}

static int
new_meta(struct lake_put *p, const struct event_schema *schema, struct fail *f)
{
	int rc = delta_meta_new(schema, choose_lake_columns(p, schema),
				p->o.partition, p->o.partition_n, now_ms(p),
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

/* A column of the schema must be of the type that it has in the table. */
static int
check_types(const struct lake_put *p, const struct event_schema *given,
	    struct fail *f)
{
	struct event_schema *own;
	int rc = delta_event_schema(&p->s->meta, &own, f);

	if (rc != 0)
		return rc;
	for (size_t i = 0; own != NULL && rc == 0 && i < given->column_n; i++) {
		const struct event_column *c = &given->column[i];

		for (size_t k = 0; k < own->column_n; k++)
			if (str_equal(own->column[k].name, c->name) &&
			    own->column[k].type != c->type)
				rc = fail_set(
					f, FAIL_USAGE,
					"'%s': the column '%.*s' is of type %s "
					"in the table and %s in the schema "
					"'%.*s'",
					p->o.url, STR_ARG(c->name),
					event_type_name(own->column[k].type),
					event_type_name(c->type),
					STR_ARG(given->name));
	}
	event_schema_close(own);
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
	if (buf_addf(&p->notice, "adding %zu columns to '%s'", added,
		     p->o.url) != 0)
		return fail_memory(f);
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
			rc = delta_check_write(p->s, p->o.url, f);
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
	for (size_t i = 0; rc == 0 && p->s->version >= 0 &&
			   i < expr_columns(p->replace_where);
	     i++) {
		struct str name = expr_column(p->replace_where, i);
		int at = delta_column_find(&p->s->meta, name);

		if (at < 0 || !p->s->meta.column[at].is_partition)
			rc = fail_set(f, FAIL_USAGE,
				      "--replace-where may only ask about "
				      "partition columns, which '%.*s' is not",
				      STR_ARG(name));
	}
	return rc;
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
	buf_init(&p->sample, SAMPLE_BYTES + LIMIT_LINE_MAX);
	rc = delta_open(&p->d, o->url, f);
	if (rc == 0)
		rc = delta_load(p->d, DELTA_LATEST, &p->s, f);
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
	expr_close(p->replace_where);
	delta_snapshot_close(p->s);
	delta_close(p->d);
	event_schema_close(p->own_schema);
	buf_release(&p->sample);
	buf_release(&p->notice);
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

static int
open_writer(struct lake_put *p, struct fail *f)
{
	struct delta_writer_options o = {.meta = &p->meta};
	int rc = sort_column(p, &o.sort_column, f);

	if (rc == 0)
		rc = delta_writer_open(&p->writer, p->d, &o, f);
	if (rc == 0)
		rc = row_maker_open(&p->rows, p->schema, p->has_keys, &p->meta,
				    p->writer, f);
	p->has_rows = rc == 0;
	return rc;
}

static int
put_row(struct lake_put *p, const struct ndjson_line *line, struct str *refusal,
	struct fail *f)
{
	int rc = 0;

	if (p->writer == NULL)
		rc = open_writer(p, f);
	if (rc == 0 && p->batch_rows == 0)
		row_maker_set_arrival(&p->rows,
				      utc_floor(now_ms(p) * UTC_MS, UTC_DAY) /
					      UTC_DAY);
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
	p->counts.bad_rows = p->rows.bad_rows;
	return 0;
}

/* ---- inference ---- */

static int
read_sample(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct str *rest = ctx;

	(void)f;
	*got = rest->n < cap ? rest->n : cap;
	memcpy(dst, rest->p, *got);
	rest->p += *got;
	rest->n -= *got;
	return 0;
}

/* Put the lines kept so far. Each was fine when it was taken in. */
static int
replay_sample(struct lake_put *p, struct fail *f)
{
	struct ndjson_options o = {.mode = NDJSON_STRUCTURAL,
				   .max_line = LIMIT_LINE_MAX,
				   .want_rest = true};
	struct str rest = buf_str(&p->sample), refusal;
	struct ndjson_line line;
	struct ndjson *r;
	int rc = ndjson_open(&r, NULL, NULL, 0, &o, f);

	if (rc != 0)
		return rc;
	ndjson_start(r, read_sample, &rest);
	while ((rc = ndjson_next(r, &line, f)) > 0) {
		rc = put_row(p, &line, &refusal, f);
		if (rc == 0 && refusal.n > 0)
			rc = fail_set(f, FAIL_BUG,
				      "bug: a sampled line was refused: %.*s",
				      STR_ARG(refusal));
		if (rc != 0)
			break;
	}
	ndjson_close(r);
	buf_release(&p->sample);
	return rc;
}

/* Enough was seen: fix the schema. */
static int
end_sample(struct lake_put *p, struct fail *f)
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
			  "'%s': no schema given: inferred %zu columns from "
			  "the first %zu lines",
			  p->o.url, schema->column_n, p->sample_n) != 0)
		rc = fail_memory(f);
	else
		rc = new_meta(p, schema, f);
	return rc != 0 ? rc : replay_sample(p, f);
}

static int
sample_line(struct lake_put *p, const struct ndjson_line *line,
	    struct str *refusal, struct fail *f)
{
	int rc;

	if (line->reason != NDJSON_OK || line->is_special) {
		*refusal = line->reason == NDJSON_OK
				   ? STR_LIT("a wrapped bad line, and the "
					     "table's schema is not known yet: "
					     "give --schema")
				   : str_of(ndjson_reason_hint(line->reason));
		return 0;
	}
	rc = infer_line(p->infer, line, f);
	if (rc == 0 && (buf_add(&p->sample, line->p, line->n) != 0 ||
			buf_add_char(&p->sample, '\n') != 0))
		rc = fail_memory(f);
	p->sample_n++;
	if (rc == 0 &&
	    (p->sample_n == SAMPLE_LINES || p->sample.len >= SAMPLE_BYTES))
		rc = end_sample(p, f);
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

/* ---- what a batch replaces ---- */

static bool
is_touched(const struct lake_put *p, const struct delta_file *file)
{
	struct str value = delta_pairs_get(&file->partition,
					   p->from.touched_column);

	for (size_t i = 0; i < p->from.touched_n; i++)
		if (value.p != NULL && str_equal(value, p->from.touched[i]))
			return true;
	return false;
}

static bool
is_same_partition(const struct delta_file *a, const struct delta_file *b)
{
	for (size_t i = 0; i < a->partition.n; i++) {
		struct str mine = a->partition.item[i].value;
		struct str other = delta_pairs_get(&b->partition,
						   a->partition.item[i].key);

		if (mine.n != other.n || !str_equal(mine, other))
			return false;
	}
	return true;
}

/* The truth of --replace-where for a file, by its partition values. */
static bool
is_where(struct lake_put *p, const struct delta_file *file)
{
	struct expr *e = p->replace_where;
	struct expr_cell cell[64] = {{0}};
	size_t n = expr_columns(e);

	for (size_t i = 0; i < n && i < 64; i++) {
		struct str name = expr_column(e, i);
		int at = delta_column_find(&p->meta, name);
		const struct table_field *field;

		if (at < 0)
			return false;
		field = &p->meta.column[at].field;
		if (expr_bind(e, i, delta_expr_type(field), field->scale,
			      NULL) != 0 ||
		    delta_partition_parse(
			    field, delta_pairs_get(&file->partition, name),
			    &cell[i], NULL) != 0)
			return false;
	}
	return n <= 64 && expr_test(e, cell) == EXPR_TRUE;
}

/* What a change is made of, for the conflict check. */
struct change {
	struct lake_put *p;
	const struct delta_file *add;
	size_t add_n;
};

static bool
is_replaced(void *ctx, const struct delta_file *file)
{
	const struct change *c = ctx;

	if (c->p->replace_where != NULL)
		return is_where(c->p, file);
	if (c->p->o.mode == LAKE_OVERWRITE)
		return true;
	if (c->p->from.touched_column.n > 0)
		return is_touched(c->p, file);
	for (size_t i = 0; i < c->add_n; i++)
		if (is_same_partition(&c->add[i], file))
			return true;
	return false;
}

static bool
is_replacing(const struct lake_put *p)
{
	return p->o.mode != LAKE_APPEND || p->replace_where != NULL;
}

/* Rows outside of what is replaced would come again with the next run. */
static int
check_inside(struct change *c, struct fail *f)
{
	bool is_bound = c->p->replace_where != NULL ||
			c->p->from.touched_column.n > 0;

	for (size_t i = 0; is_bound && i < c->add_n; i++)
		if (!is_replaced(c, &c->add[i]))
			return fail_set(f, FAIL_DATA,
					"'%s': rows of the partition '%.*s' do "
					"not belong to what is replaced",
					c->p->o.url, STR_ARG(c->add[i].path));
	return 0;
}

static int
find_replaced(struct change *c, struct delta_change *out, struct fail *f)
{
	const struct delta_snapshot *s = c->p->s;
	struct delta_file *gone;

	if (str_is(delta_pairs_get(&s->meta.config,
				   STR_LIT("delta.appendOnly")),
		   "true"))
		return fail_set(f, FAIL_USAGE,
				"'%s' is append-only (delta.appendOnly)",
				c->p->o.url);
	gone = calloc(s->file_n + 1, sizeof(*gone));
	if (gone == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < s->file_n; i++)
		if (s->is_live[i] && is_replaced(c, &s->file[i]))
			gone[out->remove_n++] = s->file[i];
	out->remove = gone;
	out->mode = "Overwrite";
	out->is_read = is_replaced;
	out->is_read_ctx = c;
	return check_inside(c, f);
}

/* ---- commits ---- */

/* Has the table recorded just what this barrier says? Then a batch without
 * rows needs no commit. */
static bool
is_recorded(const struct lake_put *p, const struct delta_txn *txn, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int64_t version;

		if (!delta_txn_find(p->s, txn[i].app_id, &version) ||
		    version != txn[i].version)
			return false;
	}
	return true;
}

static int
commit_change(struct lake_put *p, struct delta_change *change, struct fail *f)
{
	struct fail warning = {0};
	bool is_new = p->s->version < 0;
	int rc;

	change->operation = is_new ? "CREATE TABLE AS SELECT" : "WRITE";
	change->meta = p->is_meta_new ? &p->meta : NULL;
	rc = delta_commit(p->d, p->s, change, &warning, f);
	if (rc != 0)
		return rc;
	if (warning.code != 0 &&
	    buf_addf(&p->notice, "'%s': %s", p->o.url, warning.text) != 0)
		return fail_memory(f);
	p->is_meta_new = false;
	p->counts.commits++;
	p->counts.committed_rows += p->batch_rows;
	p->counts.version = p->s->version;
	p->counts.files += change->add_n;
	p->counts.removed += change->remove_n;
	for (size_t i = 0; i < change->add_n; i++)
		p->counts.bytes += change->add[i].bytes;
	return 0;
}

/* Commit what was put since the last commit, and where b says the source is
 * (b NULL: no barriers). */
static int
commit_batch(struct lake_put *p, const struct barrier *b, struct fail *f)
{
	struct delta_change change = {.mode = "Append", .now_ms = now_ms(p)};
	struct change c = {.p = p};
	struct arena mem = {0};
	struct delta_txn *txn = NULL;
	int rc = end_sample(p, f);

	/* No rows and no schema yet: there is no table to write into, and
	 * nothing to write; whoever runs next starts from the start. */
	if (rc != 0 || !p->has_meta)
		return rc;
	if (b != NULL)
		rc = delta_position_txns(b, change.now_ms, &mem, &txn,
					 &change.txn_n, &change.exclusive_txn_n,
					 f);
	change.txn = txn;
	if (rc == 0 && p->writer != NULL)
		rc = delta_writer_files(p->writer, &change.add, &change.add_n,
					f);
	c.add = change.add;
	c.add_n = change.add_n;
	if (rc == 0 && is_replacing(p) && p->s->version >= 0)
		rc = find_replaced(&c, &change, f);
	change.rows = p->batch_rows;
	if (rc == 0 && (change.add_n > 0 || change.remove_n > 0 ||
			p->is_meta_new || !is_recorded(p, txn, change.txn_n)))
		rc = commit_change(p, &change, f);
	if (rc == 0 && p->writer != NULL)
		delta_writer_done(p->writer);
	p->batch_rows = 0;
	free((void *)change.remove);
	arena_release(&mem);
	return rc;
}

int
lake_put_commit(struct lake_put *p, struct fail *f)
{
	return commit_batch(p, NULL, f);
}

/* ---- barriers ---- */

/* "id/topic/3" and "id/topic/4" are of one source, as is "id" alone. */
static struct str
source_of(struct str name)
{
	size_t n = name.n;

	while (n > 0 && name.p[n - 1] != '/')
		n--;
	return (struct str){name.p, n > 0 ? n : name.n};
}

/* A partition the job has not recorded: new to a source that it knows? */
static bool
is_growth(const struct delta_position *recorded, struct str name)
{
	for (size_t i = 0; i < recorded->at.n; i++) {
		struct str known = recorded->at.item[i].name;

		if (known.n != source_of(known).n &&
		    str_equal(source_of(known), source_of(name)))
			return true;
	}
	return false;
}

static int
check_entry(const struct lake_put *p, const struct barrier *b,
	    const struct delta_position *recorded,
	    const struct barrier_entry *e, struct fail *f)
{
	int64_t at;

	if (barrier_get(&recorded->at, e->name, &at)) {
		if (at == e->value)
			return 0;
		return fail_set(f, at > e->value ? FAIL_RETRY : FAIL_DATA,
				"'%s' has recorded %lld of '%.*s' for job "
				"'%.*s', and the stream begins at %lld: %s",
				p->o.url, (long long)at, STR_ARG(e->name),
				STR_ARG(b->job), (long long)e->value,
				at > e->value ? "another runner was faster"
					      : "what lies between is missing");
	}
	if (!recorded->is_recorded ? b->is_start : is_growth(recorded, e->name))
		return 0;
	if (!recorded->is_recorded)
		return fail_set(f, FAIL_DATA,
				"'%s' has recorded nothing for job '%.*s', and "
				"the stream begins at %lld of '%.*s': what "
				"comes before is missing",
				p->o.url, STR_ARG(b->job), (long long)e->value,
				STR_ARG(e->name));
	return fail_set(f, FAIL_DATA,
			"'%s' has recorded '%.*s' for job '%.*s', and the "
			"stream is of '%.*s': another source",
			p->o.url, STR_ARG(recorded->at.item[0].name),
			STR_ARG(b->job), STR_ARG(e->name));
}

/* What others committed since the table was opened: the source may have seen
 * more of it than we did. */
static int
catch_up(struct lake_put *p, struct fail *f)
{
	struct delta_actions a;
	int rc;

	while ((rc = delta_step(p->d, p->s, &a, f)) == 0)
		if (a.has_meta || a.has_protocol)
			return fail_set(f, FAIL_RETRY,
					"'%s': the table was %s meanwhile; run "
					"again",
					p->o.url,
					a.version == 0 ? "created" : "altered");
	return rc == STORE_ABSENT ? 0 : rc;
}

static int
check_first(struct lake_put *p, const struct barrier *b, struct fail *f)
{
	struct delta_position recorded;
	struct arena mem = {0};
	int rc;

	if (!str_equal(b->job, p->o.job))
		return p->o.job.n == 0
			       ? fail_set(f, FAIL_USAGE,
					  "the stream has barriers of job "
					  "'%.*s': say --job %.*s, so that "
					  "they are recorded",
					  STR_ARG(b->job), STR_ARG(b->job))
			       : fail_set(f, FAIL_DATA,
					  "the stream's barriers are of job "
					  "'%.*s', not '%.*s'",
					  STR_ARG(b->job), STR_ARG(p->o.job));
	rc = catch_up(p, f);
	if (rc == 0)
		rc = delta_position_of(p->s, b->job, &mem, &recorded, f);
	for (size_t i = 0; rc == 0 && i < b->at.n; i++)
		rc = check_entry(p, b, &recorded, &b->at.item[i], f);
	arena_release(&mem);
	return rc;
}

static int
check_touched(const struct lake_put *p, const struct barrier *b, struct fail *f)
{
	int at;

	if (b->touched_column.n == 0 || p->s->version < 0)
		return 0;
	at = delta_column_find(&p->s->meta, b->touched_column);
	if (at >= 0 && p->s->meta.column[at].is_partition)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"the stream replaces whole values of '%.*s', which is "
			"no partition column of '%s'",
			STR_ARG(b->touched_column), p->o.url);
}

int
lake_put_barrier(struct lake_put *p, const struct barrier *b, struct fail *f)
{
	bool is_first = !p->is_first_seen;
	int rc = is_first ? check_first(p, b, f) : commit_batch(p, b, f);

	p->is_first_seen = true;
	if (rc == 0)
		rc = check_touched(p, b, f);
	if (rc != 0)
		return rc;
	arena_reset(&p->from_mem);
	return barrier_copy(b, &p->from_mem, &p->from, f);
}
