/* SPDX-License-Identifier: MIT */
/*
 * Top lists of partials: their items read once, kept until the whole line is
 * known to be sound, then added. There are hundreds in a line, so an item as
 * agg-hourly writes it (its name, then its count) is taken as it stands, eight
 * bytes at a time; any other form of the same JSON is made into that one.
 */
#include "agg/agg_private.h"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* Digits of LIST_COUNT_MAX. */
#define DIGITS_MAX 16

/* ---- an item as we write it ---- */

/* Bits of quotes, backslashes and control characters: the lowest is exact. */
static uint64_t
special_bits(uint64_t w)
{
	uint64_t quote = w ^ ONES * '"';
	uint64_t slash = w ^ ONES * '\\';

	return (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
		((w - ONES * 0x20) & ~w)) &
	       HIGHS;
}

/* The quote that ends a string whose bytes begin at p, if it has no escape;
 * else NULL. */
static const char *
plain_end(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t bits = special_bits(load_u64(p));

		if (bits != 0) {
			p += port_ctz64(bits) / 8;
			return *p == '"' ? p : NULL;
		}
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p < end && *p == '"' ? p : NULL;
}

/* Digits and the bracket behind them; NULL if it is anything else. */
static const char *
plain_count(const char *p, const char *end, int64_t *count)
{
	size_t n = 0;
	int64_t v = 0;

	for (; p < end && n < DIGITS_MAX && *p >= '0' && *p <= '9'; p++, n++)
		v = v * 10 + (*p - '0');
	*count = v;
	return p < end && *p == '}' && v >= 1 && v <= LIST_COUNT_MAX ? p + 1
								     : NULL;
}

/* {"name":"text",...,"count":12} at p: its name is what stands before the
 * count. Returns what is behind it, or NULL if it has another form. */
static const char *
plain_item(const char *p, const char *end, struct agg_item *item)
{
	static const char head[] = "\"count\":";
	const size_t head_n = sizeof(head) - 1;
	const char *begin = p + 1;

	if (p == end || *p != '{')
		return NULL;
	for (p++; p < end && *p == '"';) {
		if ((size_t)(end - p) > head_n &&
		    memcmp(p, head, head_n) == 0) {
			if (p == begin)
				return NULL;
			item->name = (struct str){begin,
						  (size_t)(p - begin) - 1};
			return plain_count(p + head_n, end, &item->count);
		}
		p = plain_end(p + 1, end);
		if (p == NULL || end - p < 3 || p[1] != ':' || p[2] != '"')
			return NULL;
		p = plain_end(p + 3, end);
		if (p == NULL || end - p < 2 || p[1] != ',')
			return NULL;
		p += 2;
	}
	return NULL;
}

/* ---- any other item ---- */

/* A member of a name, in our form, behind those that a->text has. */
static int
put_member(struct agg *a, struct str key, const struct ndjson_val *v)
{
	struct str text = ndjson_raw(v);
	int rc = a->text.len > 0 ? buf_add_char(&a->text, ',') : 0;

	if (v->kind == NDJSON_STRING) {
		text = ndjson_string(v, &a->line);
		if (text.p == NULL)
			return FAIL_MEMORY;
	}
	if (rc == 0)
		rc = buf_add_char(&a->text, '"');
	if (rc == 0)
		rc = buf_add_str(&a->text, key);
	if (rc == 0)
		rc = buf_add_cstr(&a->text, "\":");
	if (rc != 0)
		return rc;
	return v->kind == NDJSON_STRING ? ndjson_put_string(&a->text, text)
					: buf_add_str(&a->text, text);
}

/* 1: it has no name, or no count. */
static int
read_item(struct agg *a, const struct ndjson_val *val, struct agg_item *item)
{
	struct ndjson_iter it;
	struct ndjson_val v;
	struct str key;
	int rc = 0;

	buf_reset(&a->text);
	item->count = 0;
	if (val->kind != NDJSON_OBJECT)
		return 1;
	it = ndjson_members(ndjson_raw(val));
	while (rc == 0 && ndjson_iter_next(&it, &key, &v)) {
		if (!str_is(key, "count"))
			rc = put_member(a, key, &v);
		else if (v.kind != NDJSON_INT ||
			 num_parse_i64(v.p, v.n, &item->count) != NUM_OK)
			return 1;
	}
	if (rc != 0)
		return rc;
	if (item->count < 1 || item->count > LIST_COUNT_MAX || a->text.len == 0)
		return 1;
	item->name.n = a->text.len;
	item->name.p = arena_copy(&a->line, buf_str(&a->text));
	return item->name.p == NULL ? FAIL_MEMORY : 0;
}

/* ---- the list ---- */

/* Its items: an array, or (of a table that knows no arrays) a string that
 * holds one. 1: it is neither. */
static int
list_text(struct agg *a, const struct ndjson_val *v, struct str *text)
{
	size_t at;

	if (v->kind == NDJSON_ARRAY) {
		*text = ndjson_raw(v);
		return 0;
	}
	if (v->kind != NDJSON_STRING || v->n == 0)
		return 1;
	*text = ndjson_string(v, &a->line);
	if (text->p == NULL)
		return FAIL_MEMORY;
	return text->n == 0 || text->p[0] != '[' ||
	       ndjson_validate(text->p, text->n, LIMIT_DEPTH, 0, &at) !=
		       NDJSON_OK;
}

/* The item behind `it`, or false at the end; *rc tells whether it is one. */
static bool
next_item(struct agg *a, struct ndjson_iter *it, struct agg_item *item, int *rc)
{
	struct ndjson_val v;
	struct str key;
	const char *p = it->p;
	const char *behind;

	if (p < it->end && *p == ',')
		p++;
	behind = plain_item(p, it->end, item);
	if (PORT_LIKELY(behind != NULL)) {
		it->p = behind;
		*rc = 0;
		return true;
	}
	if (!ndjson_iter_next(it, &key, &v))
		return false;
	*rc = read_item(a, &v, item);
	return true;
}

int
list_read(struct agg *a, const struct ndjson_val *v)
{
	struct agg_item item;
	struct ndjson_iter it;
	struct str text;
	int rc = list_text(a, v, &text);

	if (rc != 0)
		return rc < 0 ? rc : LIST_NONE;
	it = ndjson_members(text);
	while (next_item(a, &it, &item, &rc)) {
		if (rc != 0)
			return rc < 0 ? rc : LIST_UNSOUND;
		if (!MEM_GROW(&a->item, a->item_n, &a->item_cap))
			return FAIL_MEMORY;
		a->item[a->item_n++] = item;
	}
	return 0;
}
