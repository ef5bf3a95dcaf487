/* SPDX-License-Identifier: MIT */
/*
 * Columns whose type was changed since files were written: which changes are
 * such that what the files hold can be read as what the column is now
 * (PROTOCOL.md, Type Widening). Any other is refused before a row is read.
 */
#include "delta/log.h"

#define KEY_CHANGES "delta.typeChanges"

static bool
is_decimal(const struct table_field *t)
{
	return t->precision > 0;
}

/* How many digits an integer may have, as the protocol counts; 0: none. */
static unsigned
integer_digits(enum table_type type)
{
	if (type == TABLE_INT8 || type == TABLE_INT16 || type == TABLE_INT32)
		return 10;
	return type == TABLE_INT64 ? 20 : 0;
}

static bool
is_wider(const struct table_field *from, const struct table_field *to)
{
	unsigned digits = integer_digits(from->type);

	if (is_decimal(to)) {
		unsigned more = to->scale;

		if (is_decimal(from)) {
			if (to->scale < from->scale)
				return false;
			digits = from->precision;
			more = to->scale - from->scale;
		}
		return digits > 0 && to->precision >= digits + more;
	}
	if (is_decimal(from))
		return false;
	if (digits > 0 && integer_digits(to->type) > 0)
		return to->type >= from->type;
	if (to->type == TABLE_DOUBLE)
		return digits == 10 || from->type == TABLE_FLOAT;
	return from->type == TABLE_DATE && to->type == TABLE_TIMESTAMP_NTZ;
}

static int
check_change(struct doc_val change, const char *url, struct fail *f)
{
	struct table_field from = {0}, to = {0};
	struct str before, after;
	int rc = doc_get_str(change, "fromType", &before, f);

	if (rc == 0)
		rc = doc_get_str(change, "toType", &after, f);
	if (rc != 0)
		return rc;
	log_parse_type(before, &from);
	log_parse_type(after, &to);
	if (is_wider(&from, &to))
		return 0;
	return fail_set(f, FAIL_USAGE,
			"'%s' needs the reader feature 'typeWidening' from "
			"%.*s to %.*s, which we do not have",
			url, STR_ARG(before), STR_ARG(after));
}

/* Of fields at any depth: doc bounds it. */
static int
check_in(struct doc_val v, const char *url, struct fail *f)
{
	struct doc_iter it = doc_each(v), changes;
	struct doc_val member, change;
	struct str key;
	int rc = 0;

	while (rc == 0 && doc_next(&it, &key, &member)) {
		if (!str_is(key, KEY_CHANGES)) {
			rc = check_in(member, url, f);
			continue;
		}
		changes = doc_each(member);
		while (rc == 0 && doc_next(&changes, &key, &change))
			rc = check_change(change, url, f);
	}
	return rc;
}

int
log_check_widening(const struct delta_meta *m, const char *url, struct fail *f)
{
	struct doc *doc;
	int rc;

	/* texts of a snapshot have a NUL behind them */
	if (strstr(m->schema_text.p, KEY_CHANGES) == NULL)
		return 0;
	rc = doc_parse(&doc, m->schema_text, url, FAIL_DATA, 0, f);
	if (rc != 0)
		return rc;
	rc = check_in(doc_root(doc), url, f);
	doc_close(doc);
	return rc;
}
