/* SPDX-License-Identifier: MIT */
/*
 * What a table demands of who writes to it. A feature that is listed binds
 * only where the table makes use of it, and what is used binds whether listed
 * or implied by an older writer version: so use is what we look at, and the
 * list only for names that we do not know. Conditions on rows (CHECK
 * constraints, invariants) are evaluated where our predicates mean what
 * Spark's mean, and else refused by name.
 */
#include "delta/log.h"

#include <stdlib.h>

#define KEY_CHECK	   "delta.constraints."
#define KEY_INVARIANT	   "delta.invariants"
#define KEY_INVARIANT_EXPR "expression"

static bool
is_on(const struct delta_meta *m, const char *key)
{
	return str_is(delta_pairs_get(&m->config, str_of(key)), "true");
}

/* ---- features ---- */

/* How a feature that we know binds a change. */
struct feature {
	const char *name;
	const char *key; /* the setting that turns it on; NULL: see columns, or
			  * it does not bind us */
	unsigned kinds; /* that are refused when it is on, by enum delta_kind */
};

#define NONE	    0u
#define BUT_APPENDS (1u << DELTA_REPLACE | 1u << DELTA_REWRITE)
#define ANY	    (BUT_APPENDS | 1u << DELTA_APPEND)

static const struct feature features[] = {
	{"appendOnly", "delta.appendOnly", 1u << DELTA_REPLACE},
	{"changeDataFeed", "delta.enableChangeDataFeed", 1u << DELTA_REPLACE},
	{"icebergCompatV1", "delta.enableIcebergCompatV1", ANY},
	{"icebergCompatV2", "delta.enableIcebergCompatV2", ANY},
	{"invariants", NULL, NONE},
	{"checkConstraints", NULL, NONE},
	{"generatedColumns", NULL, NONE},
	{"identityColumns", NULL, NONE},
	{"allowColumnDefaults", NULL, NONE},
	{"columnMapping", NULL, NONE},
	{"timestampNtz", NULL, NONE},
	{"typeWidening", NULL, NONE},
	{"typeWidening-preview", NULL, NONE},
	{"deletionVectors", NULL, NONE},
	{"v2Checkpoint", NULL, NONE},
	{"vacuumProtocolCheck", NULL, NONE},
	{"checkpointProtection", NULL, NONE},
	{"domainMetadata", NULL, NONE},
	{"inCommitTimestamp", NULL, NONE},
	/* new files of a clustered table wait for its own OPTIMIZE */
	{"clustering", NULL, 1u << DELTA_REWRITE},
};
#define FEATURES (sizeof(features) / sizeof(*features))

static const struct feature *
find_feature(struct str name)
{
	for (size_t i = 0; i < FEATURES; i++)
		if (str_is(name, features[i].name))
			return &features[i];
	return NULL;
}

static int
check_listed(const struct delta_protocol *p, enum delta_kind kind,
	     const char *url, struct fail *f)
{
	if (p->writer > 7)
		return fail_set(f, FAIL_USAGE,
				"'%s' needs writer version %lld of the Delta "
				"protocol; we know up to 7",
				url, (long long)p->writer);
	for (size_t i = 0; p->writer == 7 && i < p->writer_feature_n; i++) {
		const struct feature *known = find_feature(
			p->writer_feature[i]);

		if (known == NULL ||
		    (known->key == NULL && (known->kinds & 1u << kind) != 0))
			return fail_set(f, FAIL_USAGE,
					"'%s' needs the writer feature '%.*s', "
					"which we do not have",
					url, STR_ARG(p->writer_feature[i]));
	}
	return 0;
}

static int
check_settings(const struct delta_meta *m, enum delta_kind kind,
	       const char *url, struct fail *f)
{
	static const char *const what[] = {
		[DELTA_APPEND] = "appended to",
		[DELTA_REPLACE] = "replaced or deleted",
		[DELTA_REWRITE] = "compacted",
	};

	if (m->mapping != DELTA_MAPPING_NONE)
		return fail_set(f, FAIL_USAGE,
				"'%s' maps its columns (the writer feature "
				"'columnMapping'): we can only read such a "
				"table",
				url);
	for (size_t i = 0; i < FEATURES; i++)
		if (features[i].key != NULL && is_on(m, features[i].key) &&
		    (features[i].kinds & 1u << kind) != 0)
			return fail_set(f, FAIL_USAGE,
					"'%s' has %s set (the writer feature "
					"'%s'): its rows cannot be %s by us",
					url, features[i].key, features[i].name,
					what[kind]);
	return 0;
}

/* Values that a column wants to be made by the writer. */
static int
check_columns(const struct delta_meta *m, const char *url, struct fail *f)
{
	static const struct {
		const char *key;
		const char *what;
	} made[] = {
		{"delta.generationExpression", "is generated"},
		{"delta.identity.start", "is an identity column"},
		{"CURRENT_DEFAULT", "has a default value"},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->column_n; i++) {
		const struct delta_column *c = &m->column[i];
		struct doc *doc;

		if (c->metadata.n == 0)
			continue;
		rc = doc_parse(&doc, c->metadata, "metadata", FAIL_DATA, 0, f);
		if (rc != 0)
			break;
		for (size_t k = 0; rc == 0 && k < sizeof(made) / sizeof(*made);
		     k++)
			if (doc_kind(doc_find(doc_root(doc), made[k].key)) !=
			    DOC_ABSENT)
				rc = fail_set(f, FAIL_USAGE,
					      "'%s': the column '%.*s' %s "
					      "(%s), which we cannot write",
					      url, STR_ARG(c->name),
					      made[k].what, made[k].key);
		doc_close(doc);
	}
	return rc;
}

int
delta_check_write(const struct delta_snapshot *s, enum delta_kind kind,
		  const char *url, struct fail *f)
{
	struct delta_rules rules = {0};
	struct arena mem = {0};
	int rc = check_listed(&s->protocol, kind, url, f);

	if (rc == 0)
		rc = check_settings(&s->meta, kind, url, f);
	/* The same rows in other files meet what they met before. */
	if (rc != 0 || kind == DELTA_REWRITE)
		return rc;
	rc = check_columns(&s->meta, url, f);
	if (rc == 0)
		rc = delta_rules_open(&rules, &s->meta, url, &mem, f);
	delta_rules_close(&rules);
	arena_release(&mem);
	return rc;
}

/* ---- conditions ---- */

/* Names are without regard to case in Spark. */
static int
find_column(const struct delta_meta *m, struct str name)
{
	for (size_t i = 0; i < m->column_n; i++)
		if (log_same_name(m->column[i].name, name))
			return (int)i;
	return -1;
}

/*
 * Bind where our meaning is Spark's. Times are not: what a literal means there
 * depends on the session's time zone, so such columns may only be asked IS
 * NULL.
 */
static int
bind(struct delta_rule *r, const struct delta_meta *m, struct arena *a,
     struct fail *f)
{
	struct delta_filter *w = &r->filter;

	w->e = r->e;
	w->meta = m;
	w->n = expr_columns(r->e);
	w->column = arena_zalloc(a, w->n + 1, sizeof(*w->column));
	w->cell = arena_zalloc(a, w->n + 1, sizeof(*w->cell));
	if (w->column == NULL || w->cell == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < w->n; i++) {
		const struct table_field *field;
		enum expr_type type;
		int rc;

		w->column[i] = find_column(m, expr_column(r->e, i));
		if (w->column[i] < 0)
			return FAIL_USAGE;
		field = &m->column[w->column[i]].field;
		type = delta_expr_type(field);
		if (type == EXPR_TIMESTAMP)
			type = EXPR_OTHER;
		rc = expr_bind(r->e, i, type, field->scale,
			       delta_type_name(field), NULL);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Spark's double quotes make a string, ours a name; its backslashes and
 * doubled quotes depend on settings. */
static bool
is_plain(struct str text)
{
	bool is_inside = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			return false;
		if (text.p[i] != '\'')
			continue;
		if (is_inside && i + 1 < text.n && text.p[i + 1] == '\'')
			return false;
		is_inside = !is_inside;
	}
	return true;
}

static int
add_rule(struct delta_rules *out, const char *what, struct str name,
	 struct str text, const struct delta_meta *m, const char *url,
	 struct arena *a, struct fail *f)
{
	struct delta_rule *r;
	int rc;

	if (!MEM_GROW(&out->item, out->n, &out->cap))
		return fail_memory(f);
	r = &out->item[out->n++];
	*r = (struct delta_rule){.what = what};
	rc = log_copy(a, name, &r->name, f);
	if (rc == 0)
		rc = log_copy(a, text, &r->text, f);
	if (rc != 0)
		return rc;
	rc = is_plain(text) ? expr_parse(&r->e, text, NULL) : FAIL_USAGE;
	if (rc == 0)
		rc = bind(r, m, a, f);
	if (rc == FAIL_MEMORY || rc == 0)
		return rc;
	return fail_set(f, FAIL_USAGE,
			"'%s' has the %s '%.*s' (%.*s), which we cannot "
			"evaluate as Spark does",
			url, what, STR_ARG(name), STR_ARG(text));
}

/* {"expression":{"expression":"x > 3"}}, as a text. */
static int
add_invariant(struct delta_rules *out, const struct delta_column *c,
	      const struct delta_meta *m, const char *url, struct arena *a,
	      struct fail *f)
{
	struct doc *doc = NULL, *inner = NULL;
	struct str text = {"", 0};
	struct doc_val v;
	int rc = doc_parse(&doc, c->metadata, "metadata", FAIL_DATA, 0, f);

	if (rc != 0)
		return rc;
	v = doc_find(doc_root(doc), KEY_INVARIANT);
	if (doc_kind(v) == DOC_ABSENT)
		goto out;
	if (doc_kind(v) == DOC_STRING)
		rc = doc_as_str(v, &text, f);
	if (rc == 0 &&
	    doc_parse(&inner, text, "invariant", FAIL_DATA, 0, NULL) == 0) {
		v = doc_find(doc_root(inner), KEY_INVARIANT_EXPR);
		if (doc_kind(v) == DOC_OBJECT)
			v = doc_find(v, KEY_INVARIANT_EXPR);
		if (doc_kind(v) == DOC_STRING)
			rc = doc_as_str(v, &text, f);
	}
	if (rc == 0)
		rc = add_rule(out, "invariant of column", c->name, text, m, url,
			      a, f);
out:
	doc_close(inner);
	doc_close(doc);
	return rc;
}

int
delta_rules_open(struct delta_rules *out, const struct delta_meta *m,
		 const char *url, struct arena *a, struct fail *f)
{
	size_t key_n = strlen(KEY_CHECK);
	int rc = 0;

	*out = (struct delta_rules){0};
	for (size_t i = 0; rc == 0 && i < m->config.n; i++) {
		const struct delta_pair *p = &m->config.item[i];

		if (str_starts(p->key, KEY_CHECK) && p->value.p != NULL)
			rc = add_rule(out, "constraint",
				      (struct str){p->key.p + key_n,
						   p->key.n - key_n},
				      p->value, m, url, a, f);
	}
	for (size_t i = 0; rc == 0 && i < m->column_n; i++)
		if (m->column[i].metadata.n > 0)
			rc = add_invariant(out, &m->column[i], m, url, a, f);
	return rc;
}

void
delta_rules_close(struct delta_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		expr_close(rules->item[i].e);
	free(rules->item);
	*rules = (struct delta_rules){0};
}
