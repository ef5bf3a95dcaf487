/* SPDX-License-Identifier: MIT */
/*
 * Rows of CSV. libcsv does the quoting; whether a field needs it is decided
 * here, since quoting every field doubles the size of a table of numbers.
 */
#include "csv/csv.h"

#include <csv.h>

struct csvrow
csvrow_begin(struct buf *out)
{
	return (struct csvrow){.out = out};
}

static int
separate(struct csvrow *r)
{
	return r->fields++ == 0 ? 0 : buf_add_char(r->out, ',');
}

/*
 * Separators, quotes and line ends need quotes; so does an empty text, to
 * differ from null, and a blank at either end, which some readers cut off.
 */
static bool
needs_quotes(struct str s)
{
	if (s.n == 0 || s.p[0] == ' ' || s.p[s.n - 1] == ' ')
		return true;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == ',' || c == '"' || c == '\n' || c == '\r')
			return true;
	}
	return false;
}

int
csvrow_text(struct csvrow *r, struct str s)
{
	struct buf *out = r->out;
	size_t room;

	if (separate(r) != 0)
		return FAIL_MEMORY;
	if (!needs_quotes(s))
		return buf_add_str(out, s);
	/* Every byte may be a quote to be doubled, and two go around. */
	if (!size_mul(s.n, 2, &room) || !size_add(room, 2, &room) ||
	    buf_reserve(out, room) != 0)
		return FAIL_MEMORY;
	/* libcsv writes nothing at all for a NULL source. */
	out->len += csv_write(out->p + out->len, room, s.n == 0 ? "" : s.p,
			      s.n);
	return 0;
}

int
csvrow_plain(struct csvrow *r, struct str s)
{
	return separate(r) != 0 ? FAIL_MEMORY : buf_add_str(r->out, s);
}

int
csvrow_i64(struct csvrow *r, int64_t v)
{
	return separate(r) != 0 ? FAIL_MEMORY : buf_add_i64(r->out, v);
}

int
csvrow_null(struct csvrow *r)
{
	return separate(r);
}

int
csvrow_end(struct csvrow *r)
{
	return buf_add_char(r->out, '\n');
}

int
csvrow_header(struct buf *out, const struct str *names, size_t n)
{
	struct csvrow r = csvrow_begin(out);

	for (size_t i = 0; i < n; i++) {
		if (csvrow_text(&r, names[i]) != 0)
			return FAIL_MEMORY;
	}
	return csvrow_end(&r);
}
