/* SPDX-License-Identifier: MIT */
/*
 * Values: from a line's text to a typed cell and back to canonical text. The
 * two directions are inverse: what event_encode writes, event_decode reads to
 * the same cell. Numbers never pass through a double on their way to an
 * integer or a time.
 */
#include <stdio.h>

#include "event/event.h"
#include "event/names.h"

/* The number's text: of a number, or of a string that may hold one. */
static bool
number_text(const struct event_column *c, const struct ndjson_val *v,
	    struct str *text)
{
	*text = ndjson_text(v);
	return v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT ||
	       (v->kind == NDJSON_STRING && c->is_text_number &&
		!v->has_escape);
}

static bool
decode_integer(const struct event_column *c, const struct ndjson_val *v,
	       int64_t *out)
{
	struct str t;

	if (!number_text(c, v, &t) || (num_parse_i64(t.p, t.n, out) != 0 &&
				       num_parse_whole(t.p, t.n, out) != 0))
		return false;
	return c->type != EVENT_INTEGER ||
	       (*out >= INT32_MIN && *out <= INT32_MAX);
}

static bool
decode_double(const struct event_column *c, const struct ndjson_val *v,
	      double *out)
{
	struct str t;

	return number_text(c, v, &t) && num_parse_f64(t.p, t.n, out) == 0;
}

/* A number as text. 39.0 is how some writers put the id 39 as soon as one id
 * is missing: a whole number is the text of its integer, however written. */
static struct str
text_of_number(const struct ndjson_val *v, struct arena *a)
{
	int64_t whole;
	char *digits;

	if (v->kind == NDJSON_INT ||
	    num_parse_whole(v->p, v->n, &whole) != NUM_OK)
		return ndjson_text(v);
	digits = arena_alloc(a, NUM_I64_MAX);
	if (digits == NULL)
		return (struct str){NULL, 0};
	return (struct str){digits, num_format_i64(digits, whole)};
}

static bool
decode_string(const struct event_column *c, const struct ndjson_val *v,
	      struct arena *a, struct str *out)
{
	if (c->wire == EVENT_WIRE_JSON)
		*out = ndjson_raw(v);
	else if (v->kind == NDJSON_STRING)
		*out = ndjson_string(v, a);
	else if (c->is_text_number &&
		 (v->kind == NDJSON_INT || v->kind == NDJSON_FLOAT))
		*out = text_of_number(v, a);
	else
		return false;
	return out->p != NULL || v->n == 0;
}

/* An epoch number: 10^scale units of the wire are a microsecond. */
static bool
decode_epoch(const struct event_column *c, const struct ndjson_val *v,
	     unsigned scale, int64_t *us)
{
	struct str t;

	if (!number_text(c, v, &t))
		return false;
	if (scale == 3 && num_parse_i64(t.p, t.n, us) == 0) {
		if (*us > UTC_MAX / UTC_MS || *us < UTC_MIN / UTC_MS)
			return false;
		*us *= UTC_MS;
		return true;
	}
	return num_parse_scaled(t.p, t.n, scale, us) == 0 && *us >= UTC_MIN &&
	       *us <= UTC_MAX;
}

static bool
decode_timestamp(const struct event_column *c, const struct ndjson_val *v,
		 int64_t *us)
{
	if (c->wire == EVENT_WIRE_EPOCH_MS)
		return decode_epoch(c, v, 3, us);
	if (c->wire == EVENT_WIRE_EPOCH_S)
		return decode_epoch(c, v, 6, us);
	return v->kind == NDJSON_STRING && utc_parse_loose(v->p, v->n, us) == 0;
}

static bool
decode_binary(const struct ndjson_val *v, struct arena *a, struct str *out)
{
	struct str t;
	char *bytes;

	if (v->kind != NDJSON_STRING)
		return false;
	t = ndjson_string(v, a); /* "\/" may stand for "/" */
	bytes = arena_alloc(a, t.n / 4 * 3 + 1);
	if (bytes == NULL || base64_decode(bytes, t.p, t.n, &out->n) != 0)
		return false;
	out->p = bytes;
	return true;
}

static bool
decode_boolean(const struct ndjson_val *v, int64_t *out)
{
	*out = v->kind == NDJSON_TRUE;
	return v->kind == NDJSON_TRUE || v->kind == NDJSON_FALSE;
}

static bool
decode_date(const struct ndjson_val *v, int64_t *days)
{
	return v->kind == NDJSON_STRING &&
	       utc_parse_date(v->p, v->n, days) == 0;
}

/* The cell is written member by member, where it is wanted: one that is made
 * and then copied is read before it has left the processor's store buffer. */
void
event_decode(const struct event_column *c, const struct ndjson_val *v,
	     struct arena *a, struct event_cell *out)
{
	enum event_cell_kind kind = EVENT_CELL_I64;
	bool fits = false;

	out->kind = EVENT_CELL_NULL;
	if (v->kind <= NDJSON_NULL ||
	    (c->is_empty_null && v->kind == NDJSON_STRING && v->n == 0))
		return;
	switch (c->type) {
	case EVENT_BOOLEAN:
		fits = decode_boolean(v, &out->i64);
		break;
	case EVENT_INTEGER:
	case EVENT_LONG:
		fits = decode_integer(c, v, &out->i64);
		break;
	case EVENT_DOUBLE:
		kind = EVENT_CELL_F64;
		fits = decode_double(c, v, &out->f64);
		break;
	case EVENT_STRING:
		kind = EVENT_CELL_STR;
		fits = decode_string(c, v, a, &out->str);
		break;
	case EVENT_TIMESTAMP:
		fits = decode_timestamp(c, v, &out->i64);
		break;
	case EVENT_DATE:
		fits = decode_date(v, &out->i64);
		break;
	case EVENT_BINARY:
		kind = EVENT_CELL_STR;
		fits = decode_binary(v, a, &out->str);
		break;
	case EVENT_TYPES:
		break;
	}
	out->kind = fits ? kind : EVENT_CELL_MISFIT;
}

/* "a timestamp in epoch_ms" */
static int
expected(const struct event_column *c, struct buf *out)
{
	if (c->type == EVENT_TIMESTAMP)
		return buf_addf(out, "a timestamp in %s",
				event_wire_name(c->wire));
	return buf_addf(out, "%s %s", c->type == EVENT_INTEGER ? "an" : "a",
			event_type_name(c->type));
}

void
event_misfit(const struct event_column *c, const struct ndjson_val *v,
	     struct buf *out)
{
	struct str raw = ndjson_raw(v);
	const size_t most = 60; /* bytes of the value that are shown */
	size_t start = out->len;
	int rc = buf_addf(out, "%.*s: expected ", STR_ARG(c->name));

	if (rc == 0)
		rc = expected(c, out);
	if (rc == 0)
		rc = buf_addf(out, ", found %s %.*s%s",
			      ndjson_kind_name(v->kind),
			      (int)(raw.n > most ? most : raw.n), raw.p,
			      raw.n > most ? "..." : "");
	if (rc != 0)
		out->len = start;
}

/* An epoch number with the fewest fraction digits that lose nothing. */
static int
encode_epoch(int64_t us, int64_t unit, unsigned places, struct buf *out)
{
	int64_t whole = us / unit, rest = us % unit;
	char digits[8];
	int rc;

	if (rest == 0)
		return buf_add_i64(out, whole);
	if (whole == 0 && us < 0 && buf_add_char(out, '-') != 0)
		return FAIL_MEMORY;
	rc = buf_add_i64(out, whole);
	num_format_padded(digits, (uint64_t)(rest < 0 ? -rest : rest), places);
	while (digits[places - 1] == '0')
		places--;
	if (rc == 0)
		rc = buf_add_char(out, '.');
	return rc == 0 ? buf_add(out, digits, places) : rc;
}

static int
encode_quoted(const char *text, size_t n, struct buf *out)
{
	int rc = buf_reserve(out, n + 2);

	if (rc != 0)
		return rc;
	out->p[out->len++] = '"';
	memcpy(out->p + out->len, text, n);
	out->len += n;
	out->p[out->len++] = '"';
	return 0;
}

static int
encode_timestamp(const struct event_column *c, int64_t us, struct buf *out)
{
	char text[UTC_TEXT_MAX];
	size_t n;

	if (c->wire == EVENT_WIRE_EPOCH_MS)
		return encode_epoch(us, UTC_MS, 3, out);
	if (c->wire == EVENT_WIRE_EPOCH_S)
		return encode_epoch(us, UTC_SECOND, 6, out);
	n = utc_format(text, us);
	if (c->wire == EVENT_WIRE_MINUTE && us == utc_floor(us, UTC_MINUTE)) {
		text[10] = ' ';
		n = 16; /* "2021-03-04 17:05" */
	}
	return encode_quoted(text, n, out);
}

int
event_encode(const struct event_column *c, const struct event_cell *cell,
	     struct buf *out)
{
	char text[UTC_TEXT_MAX];

	switch (c->type) {
	case EVENT_BOOLEAN:
		return buf_add_cstr(out, cell->i64 != 0 ? "true" : "false");
	case EVENT_INTEGER:
	case EVENT_LONG:
		return buf_add_i64(out, cell->i64);
	case EVENT_DOUBLE:
		return buf_add_f64(out, cell->f64);
	case EVENT_STRING:
		if (c->wire == EVENT_WIRE_JSON)
			return buf_add_str(out, cell->str);
		return ndjson_put_string(out, cell->str);
	case EVENT_TIMESTAMP:
		return encode_timestamp(c, cell->i64, out);
	case EVENT_DATE:
		utc_format_date(text, cell->i64);
		return encode_quoted(text, 10, out);
	case EVENT_BINARY:
		return ndjson_put_base64(out, cell->str);
	case EVENT_TYPES:
		break;
	}
	return FAIL_BUG;
}

bool
event_is_play(const struct event_schema *s, const struct ndjson_val *v,
	      const struct ndjson_val *unless)
{
	if (s->is_all_plays)
		return true;
	if (s->play_column < 0 || v->kind <= NDJSON_NULL)
		return false;
	if (unless != NULL && unless->kind > NDJSON_NULL)
		return false;
	if (s->play_value_n == 0)
		return true;
	if (v->kind != NDJSON_STRING || v->has_escape)
		return false;
	for (size_t i = 0; i < s->play_value_n; i++)
		if (str_equal(s->play_value[i], ndjson_text(v)))
			return true;
	return false;
}

bool
event_is_skip(const struct ndjson_val *skipped,
	      const struct ndjson_val *reason_end, bool has_ms_played,
	      int64_t ms_played)
{
	struct str reason;

	if (skipped != NULL &&
	    (skipped->kind == NDJSON_TRUE || skipped->kind == NDJSON_FALSE))
		return skipped->kind == NDJSON_TRUE;
	if (reason_end == NULL || reason_end->kind != NDJSON_STRING ||
	    !has_ms_played || ms_played >= EVENT_STREAM_MS)
		return false;
	reason = ndjson_text(reason_end);
	return str_is(reason, "fwdbtn") || str_is(reason, "backbtn");
}
