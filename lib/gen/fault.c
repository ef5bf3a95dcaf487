/* SPDX-License-Identifier: MIT */
#include "gen/fault.h"

#include "base/banned.h"

/* Doublings of a second in the longest delay: 2^14.4 s is 6 hours. */
#define LATE_OCTAVES_Q16 UINT64_C(943718)

/* What may go wrong in a value. */
struct target {
	const char *field;
	unsigned kinds; /* bits 1 << enum gen_fault */
	enum { OUT_NEGATIVE, OUT_THOUSAND, OUT_DEGREES, OUT_UNIT } out;
};

#define MISSING	   (1u << GEN_MISSING)
#define WRONG_TYPE (1u << GEN_WRONG_TYPE)
#define OUT_RANGE  (1u << GEN_OUT_OF_RANGE)

/* Over all forms; what a line does not have is not chosen. */
static const struct target targets[] = {
	{"ts", MISSING | WRONG_TYPE | OUT_RANGE, OUT_UNIT},
	{"userId", MISSING, OUT_NEGATIVE},
	{"sessionId", MISSING | WRONG_TYPE, OUT_NEGATIVE},
	{"level", MISSING | WRONG_TYPE, OUT_NEGATIVE},
	{"itemInSession", WRONG_TYPE | OUT_RANGE, OUT_NEGATIVE},
	{"status", WRONG_TYPE | OUT_RANGE, OUT_THOUSAND},
	{"page", MISSING, OUT_NEGATIVE},
	{"success", MISSING | WRONG_TYPE, OUT_NEGATIVE},
	{"lat", OUT_RANGE, OUT_DEGREES},
	{"trackId", MISSING | WRONG_TYPE, OUT_NEGATIVE},
	{"artist", MISSING, OUT_NEGATIVE},
	{"song", MISSING | WRONG_TYPE, OUT_NEGATIVE},
	{"duration", MISSING | WRONG_TYPE | OUT_RANGE, OUT_NEGATIVE},
	{"length", MISSING | WRONG_TYPE | OUT_RANGE, OUT_NEGATIVE},
	{"msPlayed", MISSING | WRONG_TYPE | OUT_RANGE, OUT_NEGATIVE},
};
#define TARGETS (sizeof(targets) / sizeof(targets[0]))

enum breakage {
	BREAK_TRUNCATED,
	BREAK_ESCAPE,
	BREAK_UTF8,
	BREAK_CONTROL,
	BREAK_TAIL,
	BREAK_VALUE,
	BREAKAGES,
};
static const char *const breakage_name[BREAKAGES] = {
	"truncated", "bad escape",  "invalid UTF-8",
	"NUL byte",  "extra brace", "unquoted text",
};

/* The draws of one kind for one event. */
static struct rng
rng_for(const struct gen_model *m, const struct session *s,
	const struct record *r, enum gen_fault kind)
{
	return rng_of(hash_mix(write_number(s, r) ^ m->fault_key[kind]));
}

static bool
happens(const struct gen_model *m, const struct session *s,
	const struct record *r, enum gen_fault kind)
{
	struct rng draw;

	if (m->fault_p[kind] == 0)
		return false;
	draw = rng_for(m, s, r, kind);
	/* A rate of 1 means each and every one. */
	return rng_chance(&draw, m->fault_p[kind]) ||
	       m->fault_p[kind] == UINT32_MAX;
}

/*
 * Seconds to hours: a second doubled x times, x near normal (the mean of
 * three even draws), so the delay is near log-normal with a median of 147 s.
 */
static int64_t
late_by(struct rng *r)
{
	uint64_t x = rng_below(r, 65536);
	uint64_t delay;

	x += rng_below(r, 65536);
	x += rng_below(r, 65536);
	x = x * LATE_OCTAVES_Q16 / (3 * 65536);
	delay = UINT64_C(1000) << (x >> 16);
	delay += (delay * (x & 65535)) >> 16;
	return (int64_t)delay < MODEL_LATE_MS ? (int64_t)delay : MODEL_LATE_MS;
}

bool
fault_draw(const struct gen_model *m, const struct session *s, struct record *r,
	   struct record *copy)
{
	static const enum gen_fault text[] = {
		GEN_MALFORMED,
		GEN_WRONG_TYPE,
		GEN_MISSING,
		GEN_OUT_OF_RANGE,
	};
	struct rng draw;

	if (happens(m, s, r, GEN_LATE)) {
		draw = rng_for(m, s, r, GEN_LATE);
		(void)rng_next(&draw); /* was the decision */
		r->place_ms += late_by(&draw);
	}
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (happens(m, s, r, text[i])) {
			r->fault = (uint8_t)text[i];
			break;
		}
	if (!happens(m, s, r, GEN_DUPLICATE))
		return false;
	draw = rng_for(m, s, r, GEN_DUPLICATE);
	(void)rng_next(&draw);
	*copy = *r;
	copy->is_copy = true;
	copy->place_ms += 1 +
			  rng_below(&draw, (uint32_t)(MODEL_DUPLICATE_MS - 1));
	return true;
}

/* ---- in the text of a line ---- */

/* A key with its value: "key":value */
struct member {
	size_t key;   /* of the opening quote */
	size_t value; /* first byte of the value */
	size_t end;   /* behind the value */
};

/* Quotes inside strings are escaped, so "key": is found in no value. */
static bool
find_member(const char *line, size_t n, const char *field, struct member *out)
{
	size_t len = strlen(field);

	for (size_t i = 1; i + len + 3 < n; i++) {
		size_t end;

		if (line[i] != '"' || memcmp(line + i + 1, field, len) != 0 ||
		    memcmp(line + i + 1 + len, "\":", 2) != 0)
			continue;
		end = i + len + 3;
		*out = (struct member){.key = i, .value = end};
		if (line[end] == '"') {
			for (end++; line[end] != '"'; end++)
				end += line[end] == '\\';
			end++;
		} else {
			while (line[end] != ',' && line[end] != '}')
				end++;
		}
		out->end = end;
		return true;
	}
	return false;
}

/* Put text in the place of line[from, to); returns the new length. */
static size_t
splice(char *line, size_t n, size_t from, size_t to, const char *text,
       size_t text_n)
{
	memmove(line + from + text_n, line + to, n - to);
	memcpy(line + from, text, text_n);
	return n - (to - from) + text_n;
}

/* A fault's own story, for its truth line. */
struct story {
	const char *field; /* or NULL */
	const char *how;   /* or NULL */
	char original[WRITE_LINE_MAX];
	size_t original_n;
	char written[64];
	size_t written_n;
};

static size_t
make_missing(char *line, size_t n, const struct member *at)
{
	/* The comma in front goes too; the first key has one behind. */
	if (line[at->key - 1] == ',')
		return splice(line, n, at->key - 1, at->end, "", 0);
	return splice(line, n, at->key, at->end + 1, "", 0);
}

/* Numbers and booleans become strings, strings a number. */
static void
write_wrong_type(struct story *y)
{
	char *p = y->written;

	if (y->original[0] == '"') {
		p = PUT_LIT(p, "17");
	} else {
		*p++ = '"';
		p = put_bytes(p, y->original, y->original_n);
		*p++ = '"';
	}
	y->written_n = (size_t)(p - y->written);
}

static void
write_out_of_range(struct story *y, const struct target *t)
{
	char *p = y->written;

	switch (t->out) {
	case OUT_DEGREES:
		p = PUT_LIT(p, "97.5");
		break;
	case OUT_THOUSAND: /* a unit mistaken */
		p = put_bytes(p, y->original, y->original_n);
		p = PUT_LIT(p, "000");
		break;
	case OUT_UNIT: /* seconds taken for milliseconds */
		p = put_bytes(p, y->original, y->original_n - 3);
		break;
	default:
		p = PUT_LIT(p, "-");
		p = put_bytes(p, y->original, y->original_n);
		if (y->original_n == 1 && y->original[0] == '0')
			p[-1] = '1';
	}
	y->written_n = (size_t)(p - y->written);
}

/* Choose a field that the line has and the kind may touch, all alike. */
static const struct target *
choose_target(const char *line, size_t n, enum gen_fault kind, struct rng *r,
	      struct member *at)
{
	const struct target *found[TARGETS];
	struct member where[TARGETS];
	uint32_t count = 0, i;

	for (i = 0; i < TARGETS; i++)
		if ((targets[i].kinds & (1u << kind)) != 0 &&
		    find_member(line, n, targets[i].field, &where[count]))
			found[count++] = &targets[i];
	if (count == 0)
		return NULL;
	i = rng_below(r, count);
	*at = where[i];
	return found[i];
}

static size_t
spoil_field(char *line, size_t n, enum gen_fault kind, struct rng *r,
	    struct story *y)
{
	struct member at;
	const struct target *t = choose_target(line, n, kind, r, &at);

	if (t == NULL)
		return n;
	y->field = t->field;
	y->original_n = at.end - at.value;
	memcpy(y->original, line + at.value, y->original_n);
	if (kind == GEN_MISSING)
		return make_missing(line, n, &at);
	if (kind == GEN_WRONG_TYPE)
		write_wrong_type(y);
	else
		write_out_of_range(y, t);
	return splice(line, n, at.value, at.end, y->written, y->written_n);
}

/* Break the grammar behind the event's id, so that the line can still be
 * told from others. n counts the LF. */
static size_t
break_line(char *line, size_t n, struct rng *r, struct story *y)
{
	uint32_t how = rng_below(r, BREAKAGES);
	struct member at;

	if (!find_member(line, n, "level", &at)) {
		how = BREAK_TRUNCATED;
		at = (struct member){.end = n / 2};
	}
	y->how = breakage_name[how];
	switch (how) {
	case BREAK_ESCAPE:
		return splice(line, n, at.value + 1, at.value + 1, "\\q", 2);
	case BREAK_UTF8:
		return splice(line, n, at.value + 1, at.value + 1, "\xc3", 1);
	case BREAK_CONTROL:
		return splice(line, n, at.value + 1, at.value + 1, "\0", 1);
	case BREAK_TAIL:
		return splice(line, n, n - 1, n - 1, "}", 1);
	case BREAK_VALUE:
		return splice(line, n, at.value, at.value + 1, "", 0);
	default:
		at.end += rng_below(r, (uint32_t)(n - 2 - at.end));
		return splice(line, n, at.end, n - 1, "", 0);
	}
}

/* ---- the truth ---- */

static char *
put_json(char *p, const char *key, const char *value, size_t n)
{
	p = put_cstr(p, key);
	return put_bytes(p, value, n);
}

static char *
put_head(const struct gen_model *m, const struct session *s,
	 const struct record *r, enum gen_fault kind, char *p)
{
	p = put_cstr(PUT_LIT(p, "{\"kind\":\""), gen_fault_name(kind));
	p = PUT_LIT(p, "\",\"eventId\":\"");
	write_event_id(m, s, r, p);
	p = PUT_LIT(p + WRITE_EVENT_ID, "\",\"topic\":\"");
	p = put_cstr(p, gen_topic_name(r->topic));
	p = put_i64(PUT_LIT(p, "\",\"ts\":"), r->ts_ms);
	p = put_i64(PUT_LIT(p, ",\"userId\":"), s->account.user);
	p = put_i64(PUT_LIT(p, ",\"sessionId\":"), (int64_t)s->id);
	return put_i64(PUT_LIT(p, ",\"itemInSession\":"), r->item);
}

static char *
put_delay(const struct record *r, char *p)
{
	p = put_i64(PUT_LIT(p, ",\"delayMs\":"), r->place_ms - r->ts_ms);
	return PUT_LIT(p, "}\n");
}

static char *
put_story(const struct story *y, char *p)
{
	if (y->field != NULL) {
		p = put_cstr(PUT_LIT(p, ",\"field\":\""), y->field);
		*p++ = '"';
		p = put_json(p, ",\"original\":", y->original, y->original_n);
	}
	if (y->written_n > 0)
		p = put_json(p, ",\"written\":", y->written, y->written_n);
	if (y->how != NULL) {
		p = put_cstr(PUT_LIT(p, ",\"how\":\""), y->how);
		*p++ = '"';
	}
	return PUT_LIT(p, "}\n");
}

unsigned
fault_bits(const struct record *r)
{
	unsigned bits = r->fault != GEN_FAULTS ? 1u << r->fault : 0;

	/* A copy's text fault is told with the first of the two. */
	if (r->is_copy)
		return 1u << GEN_DUPLICATE;
	return r->place_ms > r->ts_ms ? bits | 1u << GEN_LATE : bits;
}

size_t
fault_apply(const struct gen_model *m, const struct session *s,
	    const struct record *r, char *dst, size_t n, char *truth,
	    size_t *truth_n)
{
	struct story y = {0};
	struct rng draw;
	char *p = truth;

	if (r->is_copy)
		p = put_delay(r, put_head(m, s, r, GEN_DUPLICATE, p));
	else if (r->place_ms > r->ts_ms)
		p = put_delay(r, put_head(m, s, r, GEN_LATE, p));
	if (r->fault != GEN_FAULTS) {
		draw = rng_for(m, s, r, (enum gen_fault)r->fault);
		(void)rng_next(&draw); /* was the decision */
		n = r->fault == GEN_MALFORMED
			    ? break_line(dst, n, &draw, &y)
			    : spoil_field(dst, n, (enum gen_fault)r->fault,
					  &draw, &y);
		if (!r->is_copy)
			p = put_story(
				&y,
				put_head(m, s, r, (enum gen_fault)r->fault, p));
	}
	*truth_n = (size_t)(p - truth);
	return n;
}
