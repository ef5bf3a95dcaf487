/* SPDX-License-Identifier: MIT */
/*
 * Records in: from the values of a line to a record, refusing what would be
 * guessing. The line is valid JSON, so only kinds and base64 can be wrong.
 */
#include "envelope/envelope.h"

enum {
	TOPIC,
	PARTITION,
	TS,
	KEY,
	KEY_BASE64,
	HEADERS,
	VALUE,
	VALUE_TEXT,
	VALUE_BASE64,
	SLOTS,
};

static const struct str key[SLOTS] = {
	STR_INIT("topic"), STR_INIT("partition"), STR_INIT("ts"),
	STR_INIT("key"),   STR_INIT("keyBase64"), STR_INIT("headers"),
	STR_INIT("value"), STR_INIT("valueText"), STR_INIT("valueBase64"),
};

void
envelope_keys(const struct str **keys, const int **slot, size_t *n)
{
	*keys = key;
	*slot = NULL;
	*n = SLOTS;
}

static int
wrong(struct fail *f, const char *name, const struct ndjson_val *v,
      const char *expected)
{
	return fail_set(f, FAIL_DATA, "'%s' is %s, not %s", name,
			ndjson_kind_name(v->kind), expected);
}

/* ---- texts ---- */

static int
take_string(const struct ndjson_val *v, const char *name, struct arena *a,
	    struct str *out, struct fail *f)
{
	if (v->kind != NDJSON_STRING)
		return wrong(f, name, v, "a string");
	*out = ndjson_string(v, a);
	return out->p == NULL ? fail_memory(f) : 0;
}

static int
take_base64(const struct ndjson_val *v, const char *name, struct arena *a,
	    struct str *out, struct fail *f)
{
	struct str text = {0};
	char *dst;
	int rc = take_string(v, name, a, &text, f);

	if (rc != 0)
		return rc;
	dst = arena_alloc(a, text.n + 1);
	if (dst == NULL)
		return fail_memory(f);
	if (base64_decode(dst, text.p, text.n, &out->n) != 0)
		return fail_set(f, FAIL_DATA, "'%s' is not base64", name);
	out->p = dst;
	return 0;
}

/* ---- headers ---- */

/* A name or value: a string, {"base64":"..."}, or, of a value, null. */
static int
take_part(const struct ndjson_val *v, struct arena *a, bool is_value,
	  struct str *out, struct fail *f)
{
	struct ndjson_iter it;
	struct ndjson_val inner;
	struct str name;

	*out = (struct str){0};
	if (v->kind == NDJSON_NULL && is_value)
		return 0;
	if (v->kind != NDJSON_OBJECT)
		return take_string(v, "headers", a, out, f);
	it = ndjson_members(ndjson_raw(v));
	if (!ndjson_iter_next(&it, &name, &inner) || !str_is(name, "base64"))
		return fail_set(f, FAIL_DATA,
				"an object in 'headers' is not "
				"{\"base64\":\"...\"}");
	return take_base64(&inner, "headers", a, out, f);
}

/* [name, value] */
static int
take_header(const struct ndjson_val *pair, struct arena *a,
	    struct envelope_header *out, struct fail *f)
{
	struct ndjson_iter it = ndjson_members(ndjson_raw(pair));
	struct ndjson_val name, value, more;
	struct str none;
	int rc;

	if (pair->kind != NDJSON_ARRAY ||
	    !ndjson_iter_next(&it, &none, &name) ||
	    !ndjson_iter_next(&it, &none, &value) ||
	    ndjson_iter_next(&it, &none, &more))
		return fail_set(f, FAIL_DATA,
				"an item of 'headers' is not [name, value]");
	rc = take_part(&name, a, false, &out->name, f);
	return rc == 0 ? take_part(&value, a, true, &out->value, f) : rc;
}

static int
take_headers(const struct ndjson_val *v, struct arena *a, struct envelope *out,
	     struct fail *f)
{
	struct envelope_header *header;
	struct ndjson_iter it;
	struct ndjson_val pair;
	struct str none;
	size_t n = 0;

	if (v->kind != NDJSON_ARRAY)
		return wrong(f, "headers", v, "an array");
	it = ndjson_members(ndjson_raw(v));
	while (ndjson_iter_next(&it, &none, &pair))
		n++;
	if (n > ENVELOPE_HEADERS_MAX)
		return fail_set(f, FAIL_DATA, "more than %d headers",
				ENVELOPE_HEADERS_MAX);
	header = arena_zalloc(a, n + 1, sizeof(*header));
	if (header == NULL)
		return fail_memory(f);
	it = ndjson_members(ndjson_raw(v));
	for (size_t i = 0; i < n && ndjson_iter_next(&it, &none, &pair); i++) {
		int rc = take_header(&pair, a, &header[i], f);

		if (rc != 0)
			return rc;
	}
	out->header = header;
	out->header_n = n;
	return 0;
}

/* ---- the record ---- */

static bool
is_there(const struct ndjson_val *v)
{
	return v->kind != NDJSON_ABSENT;
}

static int
take_whole(const struct ndjson_val *v, const char *name, int64_t max,
	   int64_t *out, struct fail *f)
{
	if (v->kind != NDJSON_INT)
		return wrong(f, name, v, "an integer");
	if (num_parse_i64(v->p, v->n, out) != 0 || *out < 0 || *out > max)
		return fail_set(f, FAIL_DATA, "'%s' is not from 0 to %lld",
				name, (long long)max);
	return 0;
}

static int
take_place(const struct ndjson_val *val, struct arena *a, struct envelope *out,
	   struct fail *f)
{
	int64_t partition = -1;
	int rc = 0;

	if (is_there(&val[TOPIC]))
		rc = take_string(&val[TOPIC], "topic", a, &out->topic, f);
	if (rc == 0 && is_there(&val[PARTITION]))
		rc = take_whole(&val[PARTITION], "partition", INT32_MAX,
				&partition, f);
	if (rc == 0 && is_there(&val[TS]))
		rc = take_whole(&val[TS], "ts", INT64_MAX, &out->time_ms, f);
	out->partition = (int32_t)partition;
	return rc;
}

static int
take_key(const struct ndjson_val *val, struct arena *a, struct envelope *out,
	 struct fail *f)
{
	if (is_there(&val[KEY]) == is_there(&val[KEY_BASE64]))
		return fail_set(f, FAIL_DATA,
				"needed is one of 'key' and 'keyBase64'; "
				"\"key\":null is no key");
	if (is_there(&val[KEY_BASE64]))
		return take_base64(&val[KEY_BASE64], "keyBase64", a, &out->key,
				   f);
	if (val[KEY].kind == NDJSON_NULL)
		return 0;
	return take_string(&val[KEY], "key", a, &out->key, f);
}

static int
take_value(const struct ndjson_val *val, struct arena *a, struct envelope *out,
	   struct fail *f)
{
	int n = is_there(&val[VALUE]) + is_there(&val[VALUE_TEXT]) +
		is_there(&val[VALUE_BASE64]);

	if (n != 1)
		return fail_set(f, FAIL_DATA,
				"needed is one of 'value', 'valueText' and "
				"'valueBase64'; \"value\":null is a tombstone");
	if (is_there(&val[VALUE_TEXT]))
		return take_string(&val[VALUE_TEXT], "valueText", a,
				   &out->value, f);
	if (is_there(&val[VALUE_BASE64]))
		return take_base64(&val[VALUE_BASE64], "valueBase64", a,
				   &out->value, f);
	if (val[VALUE].kind != NDJSON_NULL)
		out->value = ndjson_raw(&val[VALUE]);
	return 0;
}

int
envelope_parse(const struct ndjson_val *val, struct arena *a,
	       struct envelope *out, struct fail *f)
{
	int rc;

	*out = (struct envelope){.partition = -1, .offset = -1, .time_ms = -1};
	rc = take_place(val, a, out, f);
	if (rc == 0)
		rc = take_key(val, a, out, f);
	if (rc == 0 && is_there(&val[HEADERS]))
		rc = take_headers(&val[HEADERS], a, out, f);
	return rc == 0 ? take_value(val, a, out, f) : rc;
}
