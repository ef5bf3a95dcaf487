/* SPDX-License-Identifier: MIT */
/*
 * lake-cat --print: columns, commits, files, the version, the positions of
 * jobs; one JSON object a line, so that jq and friends can go on.
 */
#include "about.h"

#include "doc/doc.h"

static int
end_line(struct doc_writer *w, struct buf *line, struct io_out *out,
	 struct fail *f)
{
	int rc = doc_writer_end(w, f);

	if (rc == 0 && buf_add_char(line, '\n') != 0)
		rc = fail_memory(f);
	if (rc == 0)
		rc = io_out_write(out, line->p, line->len, f);
	buf_reset(line);
	doc_writer_init(w, line, 0);
	return rc;
}

static int
print_schema(const struct delta_snapshot *s, struct buf *line,
	     struct io_out *out, struct fail *f)
{
	struct doc_writer w;
	int rc = 0;

	doc_writer_init(&w, line, 0);
	for (size_t i = 0; rc == 0 && i < s->meta.column_n; i++) {
		const struct delta_column *c = &s->meta.column[i];

		doc_begin_object(&w, NULL);
		doc_put_str(&w, "name", c->name);
		doc_put_raw(&w, "type", c->type);
		doc_put_bool(&w, "nullable", c->is_nullable);
		doc_put_bool(&w, "partition", c->is_partition);
		if (c->metadata.n > 2)
			doc_put_raw(&w, "metadata", c->metadata);
		doc_end_object(&w);
		rc = end_line(&w, line, out, f);
	}
	return rc;
}

static int
print_commit(const struct delta_actions *a, int64_t time_ms,
	     struct doc_writer *w, struct buf *line, struct io_out *out,
	     struct fail *f)
{
	doc_begin_object(w, NULL);
	doc_put_i64(w, "version", a->version);
	doc_put_time(w, "time", time_ms);
	if (a->operation.n > 0)
		doc_put_str(w, "operation", a->operation);
	if (a->engine.n > 0)
		doc_put_str(w, "engine", a->engine);
	doc_put_u64(w, "added", a->add_n);
	doc_put_u64(w, "removed", a->remove_n);
	doc_put_u64(w, "txns", a->txn_n);
	if (a->parameters.n > 0)
		doc_put_raw(w, "parameters", a->parameters);
	if (a->metrics.n > 0)
		doc_put_raw(w, "metrics", a->metrics);
	doc_end_object(w);
	return end_line(w, line, out, f);
}

/* Newest first, as far back as the log goes. */
static int
print_history(struct delta *d, const struct delta_snapshot *s, struct buf *line,
	      struct io_out *out, struct fail *f)
{
	struct doc_writer w;
	struct delta_times times;
	struct arena all = {0};
	int rc = delta_times_read(d, s, &all, &times, f);

	doc_writer_init(&w, line, 0);
	for (int64_t v = s->version; rc == 0 && v >= 0; v--) {
		struct delta_actions a;
		struct arena mem = {0};

		rc = delta_read_commit(d, v, &mem, &a, f);
		if (rc == 0)
			rc = print_commit(&a, delta_times_of(&times, &a), &w,
					  line, out, f);
		arena_release(&mem);
	}
	arena_release(&all);
	return rc == STORE_ABSENT ? 0 : rc;
}

/* The column's name, by what the log calls it. */
static const char *
column_name(const struct delta_meta *m, struct str physical)
{
	for (size_t i = 0; i < m->column_n; i++)
		if (str_equal(m->column[i].physical, physical))
			return m->column[i].name.p;
	return physical.p; /* keys of a snapshot have a NUL behind them */
}

static int
print_files(const struct delta_snapshot *s, struct buf *line,
	    struct io_out *out, struct fail *f)
{
	struct doc_writer w;
	int rc = 0;

	doc_writer_init(&w, line, 0);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		const struct delta_file *file = &s->file[i];

		if (!s->is_live[i])
			continue;
		doc_begin_object(&w, NULL);
		doc_put_str(&w, "path", file->path);
		doc_begin_object(&w, "partition");
		for (size_t k = 0; k < file->partition.n; k++) {
			struct delta_pair *p = &file->partition.item[k];
			const char *name = column_name(&s->meta, p->key);

			if (p->value.p == NULL)
				doc_put_null(&w, name);
			else
				doc_put_str(&w, name, p->value);
		}
		doc_end_object(&w);
		doc_put_u64(&w, "bytes", file->bytes);
		doc_put_time(&w, "time", file->mtime_ms);
		if (file->dv != NULL)
			delta_dv_put(&w, file->dv);
		if (file->stats.n > 0)
			doc_put_raw(&w, "stats", file->stats);
		doc_end_object(&w);
		rc = end_line(&w, line, out, f);
	}
	return rc;
}

static int
print_positions(const struct delta_snapshot *s, struct buf *line,
		struct io_out *out, struct fail *f)
{
	struct doc_writer w;
	int rc = 0;

	doc_writer_init(&w, line, 0);
	for (size_t i = 0; rc == 0 && i < s->txn_n; i++) {
		doc_begin_object(&w, NULL);
		doc_put_str(&w, "id", s->txn[i].app_id);
		doc_put_i64(&w, "value", s->txn[i].version);
		doc_put_time(&w, "time", s->txn[i].updated_ms);
		doc_end_object(&w);
		rc = end_line(&w, line, out, f);
	}
	return rc;
}

static int
print_version(const struct delta_snapshot *s, struct buf *line,
	      struct io_out *out, struct fail *f)
{
	struct doc_writer w;
	uint64_t files = 0, bytes = 0;

	for (size_t i = 0; i < s->file_n; i++) {
		files += s->is_live[i];
		bytes += s->is_live[i] ? s->file[i].bytes : 0;
	}
	doc_writer_init(&w, line, 0);
	doc_begin_object(&w, NULL);
	doc_put_i64(&w, "version", s->version);
	doc_put_str(&w, "id", s->meta.id);
	doc_put_i64(&w, "reader", s->protocol.reader);
	doc_put_i64(&w, "writer", s->protocol.writer);
	if (s->protocol.reader >= 3)
		doc_put_strs(&w, "readerFeatures", s->protocol.reader_feature,
			     s->protocol.reader_feature_n);
	if (s->protocol.writer >= 7)
		doc_put_strs(&w, "writerFeatures", s->protocol.writer_feature,
			     s->protocol.writer_feature_n);
	doc_put_u64(&w, "files", files);
	doc_put_u64(&w, "bytes", bytes);
	doc_put_strs(&w, "partitionedBy", s->meta.partition,
		     s->meta.partition_n);
	doc_end_object(&w);
	return end_line(&w, line, out, f);
}

int
about_print(struct delta *d, const struct delta_snapshot *s, enum print what,
	    struct io_out *out, struct fail *f)
{
	struct buf line;
	int rc = 0;

	buf_init(&line, LIMIT_LINE_MAX);
	switch (what) {
	case PRINT_SCHEMA:
		rc = print_schema(s, &line, out, f);
		break;
	case PRINT_HISTORY:
		rc = print_history(d, s, &line, out, f);
		break;
	case PRINT_FILES:
		rc = print_files(s, &line, out, f);
		break;
	case PRINT_VERSION:
		rc = print_version(s, &line, out, f);
		break;
	case PRINT_POSITIONS:
		rc = print_positions(s, &line, out, f);
		break;
	}
	buf_release(&line);
	return rc != 0 ? rc : io_out_flush(out, f);
}
