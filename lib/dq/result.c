/* SPDX-License-Identifier: MIT */
/*
 * Writes the validation result in the shape that Great Expectations 1.x
 * writes and loads: its top-level keys and no others. What it has no word
 * for stands under "playpipe" in the meta of the result and of each rule.
 */
#include "dq/judge.h"

#include <stdlib.h>

/* The release whose shape is written, for a suite that names none. */
#define SHAPE_VERSION "1.24.1"

/* ---- one rule ---- */

static void
put_config(struct doc_writer *w, const struct dq_rule *r)
{
	static const char *const optional[] = {"id", "notes", "description"};
	struct doc_val v;
	size_t i;

	doc_begin_object(w, "expectation_config");
	doc_put_str(w, "type", r->type);
	doc_put_val(w, "kwargs", doc_find(r->config, "kwargs"));
	v = doc_find(r->config, "meta");
	if (doc_kind(v) == DOC_OBJECT) {
		doc_put_val(w, "meta", v);
	} else {
		doc_begin_object(w, "meta");
		doc_end_object(w);
	}
	for (i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		v = doc_find(r->config, optional[i]);
		if (doc_kind(v) != DOC_ABSENT)
			doc_put_val(w, optional[i], v);
	}
	doc_put_cstr(w, "severity", dq_severity_name(r->severity));
	doc_end_object(w);
}

/* null where there is nothing to take a share of. */
static void
put_percent(struct doc_writer *w, const char *key, uint64_t part,
	    uint64_t whole)
{
	if (whole == 0)
		doc_put_null(w, key);
	else
		doc_put_f64(w, key, (double)part / (double)whole * 100);
}

static void
put_values(struct doc_writer *w, const char *key, const struct dq_tally *t,
	   size_t n)
{
	size_t i;

	doc_begin_array(w, key);
	for (i = 0; i < n; i++)
		doc_put_raw(w, NULL, t->sample[i].json);
	doc_end_array(w);
}

static void
put_rows(struct doc_writer *w, const char *key, const struct dq_tally *t,
	 size_t n)
{
	size_t i;

	doc_begin_array(w, key);
	for (i = 0; i < n; i++)
		if (t->sample[i].has_row)
			doc_put_u64(w, NULL, t->sample[i].row);
	doc_end_array(w);
}

struct value_count {
	struct str json;
	uint64_t count;
};

/* Most frequent first, then by text. */
static int
compare_counts(const void *pa, const void *pb)
{
	const struct value_count *a = pa, *b = pb;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return str_compare(a->json, b->json);
}

static void
put_counts(struct doc_writer *w, const struct dq_tally *t, size_t n)
{
	struct value_count counts[DQ_SAMPLES] = {{.count = 0}};
	size_t used = 0, i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < used; k++)
			if (str_equal(counts[k].json, t->sample[i].json))
				break;
		if (k == used)
			counts[used++] = (struct value_count){t->sample[i].json,
							      0};
		counts[k].count++;
	}
	qsort(counts, used, sizeof(counts[0]), compare_counts);
	doc_begin_array(w, "partial_unexpected_counts");
	for (i = 0; i < used; i++) {
		doc_begin_object(w, NULL);
		doc_put_raw(w, "value", counts[i].json);
		doc_put_u64(w, "count", counts[i].count);
		doc_end_object(w);
	}
	doc_end_array(w);
}

static void
put_map_result(struct doc_writer *w, const struct dq_rule *r,
	       const struct dq_tally *t, const struct dq_verdict *v,
	       enum dq_format format)
{
	/* What asks for null itself leaves nothing out as missing. */
	bool is_null_rule = r->kind == DQ_RULE_NOT_NULL ||
			    r->kind == DQ_RULE_NULL;
	uint64_t considered = is_null_rule ? v->rows : v->rows - v->missing;
	size_t n = t->sample_n < DQ_SAMPLES ? t->sample_n : DQ_SAMPLES;

	doc_put_u64(w, "element_count", v->rows);
	doc_put_u64(w, "unexpected_count", v->unexpected);
	put_percent(w, "unexpected_percent", v->unexpected, considered);
	put_values(w, "partial_unexpected_list", t, n);
	if (!is_null_rule) {
		doc_put_u64(w, "missing_count", v->missing);
		put_percent(w, "missing_percent", v->missing, v->rows);
		put_percent(w, "unexpected_percent_total", v->unexpected,
			    v->rows);
		put_percent(w, "unexpected_percent_nonmissing", v->unexpected,
			    considered);
	}
	if (format == DQ_BASIC)
		return;
	put_counts(w, t, n);
	put_rows(w, "partial_unexpected_index_list", t, n);
	if (format == DQ_SUMMARY)
		return;
	put_values(w, "unexpected_list", t, t->sample_n);
	put_rows(w, "unexpected_index_list", t, t->sample_n);
}

static void
put_result_of(struct doc_writer *w, const struct dq_judge *j, size_t rule,
	      const struct dq_verdict *v, enum dq_format format)
{
	const struct dq_rule *r = &j->suite->rule[rule];

	doc_begin_object(w, "result");
	if (format != DQ_BOOLEAN_ONLY && v->exception == NULL) {
		if (r->kind == DQ_RULE_ROW_COUNT)
			doc_put_u64(w, "observed_value", v->rows);
		else if (v->is_map)
			put_map_result(w, r, &j->tally[rule], v, format);
	}
	doc_end_object(w);
}

static void
put_exception(struct doc_writer *w, const char *exception)
{
	doc_begin_object(w, "exception_info");
	doc_put_bool(w, "raised_exception", exception != NULL);
	doc_put_null(w, "exception_traceback");
	if (exception == NULL)
		doc_put_null(w, "exception_message");
	else
		doc_put_cstr(w, "exception_message", exception);
	doc_end_object(w);
}

static void
put_rule(struct doc_writer *w, const struct dq_judge *j, size_t rule,
	 enum dq_format format)
{
	struct dq_verdict v = dq_verdict_of(j, rule);

	doc_begin_object(w, NULL);
	doc_put_bool(w, "success", v.is_success);
	put_config(w, &j->suite->rule[rule]);
	put_result_of(w, j, rule, &v, format);
	doc_begin_object(w, "meta");
	if (v.is_map) {
		doc_begin_object(w, "playpipe");
		doc_put_u64(w, "failed_rows", v.failed_rows);
		doc_put_u64(w, "undecided_rows", j->tally[rule].undecided);
		doc_end_object(w);
	}
	doc_end_object(w);
	put_exception(w, v.exception);
	doc_end_object(w);
}

/* ---- the whole ---- */

/* Returns whether all succeeded. */
static bool
put_statistics(struct doc_writer *w, const struct dq_judge *j)
{
	uint64_t n = j->suite->rule_n, good = 0;
	size_t i;

	for (i = 0; i < n; i++)
		good += dq_verdict_of(j, i).is_success;
	doc_begin_object(w, "statistics");
	doc_put_u64(w, "evaluated_expectations", n);
	doc_put_u64(w, "successful_expectations", good);
	doc_put_u64(w, "unsuccessful_expectations", n - good);
	put_percent(w, "success_percent", good, n);
	doc_end_object(w);
	return good == n;
}

/* "20260727T154327.630107Z" */
static struct str
compact_time(int64_t t, char *dst)
{
	char text[UTC_TEXT_MAX];
	size_t n = utc_format_places(text, t, 6), used = 0, i;

	for (i = 0; i < n; i++)
		if (text[i] != '-' && text[i] != ':')
			dst[used++] = text[i];
	return (struct str){dst, used};
}

static void
put_time(struct doc_writer *w, const char *key, int64_t t)
{
	char text[UTC_TEXT_MAX];
	size_t n = utc_format_places(text, t, 6);

	doc_put_str(w, key, (struct str){text, n});
}

/* Great Expectations asks for these; a stream has little to say in them. */
static void
put_batch(struct doc_writer *w, const struct dq_about *about)
{
	char time[UTC_TEXT_MAX];

	doc_begin_object(w, "batch_spec");
	doc_end_object(w);
	doc_begin_object(w, "batch_markers");
	doc_put_str(w, "ge_load_time", compact_time(about->time_us, time));
	doc_end_object(w);
	doc_begin_object(w, "active_batch_definition");
	doc_put_cstr(w, "datasource_name", "playpipe");
	doc_put_cstr(w, "data_connector_name", "dq-check");
	doc_put_cstr(w, "data_asset_name", about->asset);
	doc_begin_object(w, "batch_identifiers");
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_own_meta(struct doc_writer *w, const struct dq_judge *j,
	     enum dq_format format, const struct dq_about *about)
{
	const struct dq_counts *c = &j->counts;
	size_t i;

	doc_begin_object(w, "playpipe");
	doc_put_cstr(w, "version", about->version);
	doc_put_u64(w, "rows", c->rows);
	doc_put_u64(w, "good", c->good);
	doc_put_u64(w, "bad", c->bad);
	doc_put_u64(w, "malformed", c->malformed);
	doc_begin_object(w, "malformed_by_reason");
	for (i = 0; i < NDJSON_REASONS; i++)
		if (c->malformed_by[i] > 0)
			doc_put_u64(w,
				    ndjson_reason_name((enum ndjson_reason)i),
				    c->malformed_by[i]);
	doc_end_object(w);
	doc_begin_array(w, "columns_never_seen");
	for (i = 0; i < j->suite->columns.len; i++)
		if (!dq_is_column_seen(j, i))
			doc_put_str(w, NULL, j->suite->columns.key[i]);
	doc_end_array(w);
	if (format == DQ_COMPLETE)
		doc_put_bool(w, "is_unexpected_list_cut", j->has_lost_samples);
	doc_end_object(w);
}

static void
put_meta(struct doc_writer *w, const struct dq_judge *j, enum dq_format format,
	 const struct dq_about *about)
{
	struct doc_val version = doc_find(
		doc_find(doc_root(j->suite->doc), "meta"),
		"great_expectations_version");

	doc_begin_object(w, "meta");
	if (doc_kind(version) == DOC_STRING)
		doc_put_val(w, "great_expectations_version", version);
	else
		doc_put_cstr(w, "great_expectations_version", SHAPE_VERSION);
	put_batch(w, about);
	doc_put_null(w, "checkpoint_id");
	doc_put_null(w, "validation_id");
	doc_begin_object(w, "run_id");
	if (about->run_name == NULL)
		doc_put_null(w, "run_name");
	else
		doc_put_cstr(w, "run_name", about->run_name);
	put_time(w, "run_time", about->time_us);
	doc_end_object(w);
	put_time(w, "validation_time", about->time_us);
	put_own_meta(w, j, format, about);
	doc_end_object(w);
}

int
dq_put_result(const struct dq_judge *j, enum dq_format format,
	      const struct dq_about *about, struct buf *out, struct fail *f)
{
	struct doc_writer w;
	bool is_success;
	size_t i;
	int rc;

	doc_writer_init(&w, out, 2);
	doc_begin_object(&w, NULL);
	doc_put_null(&w, "id");
	put_meta(&w, j, format, about);
	doc_begin_array(&w, "results");
	for (i = 0; i < j->suite->rule_n; i++)
		put_rule(&w, j, i, format);
	doc_end_array(&w);
	is_success = put_statistics(&w, j);
	doc_put_bool(&w, "success", is_success);
	doc_put_str(&w, "suite_name", j->suite->name);
	doc_begin_object(&w, "suite_parameters");
	doc_end_object(&w);
	doc_end_object(&w);
	rc = doc_writer_end(&w, f);
	if (rc == 0 && buf_add_char(out, '\n') < 0)
		return fail_memory(f);
	return rc;
}
