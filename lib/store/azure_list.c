/* SPDX-License-Identifier: MIT */
/*
 * The XML of the service: pages of listings, and the text of errors. Not a
 * parser of XML at large: tags and text between them, as these replies have
 * them ("List Blobs", Azure Storage REST API); what is not understood is
 * passed over, and what breaks off is an error.
 */
#include "store/azure.h"

struct scan {
	const char *p;
	const char *end;
	struct str tag;	 /* between < and >, without a slash at its end */
	struct str text; /* between the tag before and this one */
};

/* The next tag; false at the end, or where one does not end. */
static bool
next_tag(struct scan *s)
{
	const char *open, *close;

	if (s->p >= s->end)
		return false;
	open = memchr(s->p, '<', (size_t)(s->end - s->p));
	if (open == NULL)
		return false;
	close = memchr(open, '>', (size_t)(s->end - open));
	if (close == NULL)
		return false;
	s->text = (struct str){s->p, (size_t)(open - s->p)};
	s->tag = (struct str){open + 1, (size_t)(close - open - 1)};
	s->p = close + 1;
	return true;
}

/* Is it the tag of that name, maybe with attributes? */
static bool
is_tag(struct str tag, const char *name)
{
	size_t n = strlen(name);

	return str_starts(tag, name) && (tag.n == n || tag.p[n] == ' ');
}

static bool
is_end(struct str tag, const char *name)
{
	return tag.n > 0 && tag.p[0] == '/' &&
	       is_tag((struct str){tag.p + 1, tag.n - 1}, name);
}

static int
add_utf8(struct buf *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	return buf_add(out, b, n);
}

/* The character of "&...;" at s, and how long that is; 0: none is there. */
static size_t
entity(struct str s, uint32_t *c)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {{"&amp;", '&'},
		     {"&lt;", '<'},
		     {"&gt;", '>'},
		     {"&quot;", '"'},
		     {"&apos;", '\''}};
	unsigned base = 10;
	size_t i = 2;

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
		if (str_starts(s, known[k].name)) {
			*c = (unsigned char)known[k].c;
			return strlen(known[k].name);
		}
	}
	if (!str_starts(s, "&#"))
		return 0;
	if (i < s.n && s.p[i] == 'x') {
		base = 16;
		i++;
	}
	for (*c = 0; i < s.n && s.p[i] != ';' && *c < 0x110000; i++) {
		char ch = s.p[i];
		unsigned digit = ch >= '0' && ch <= '9' ? (unsigned)(ch - '0')
				 : ch >= 'a' && ch <= 'f'
					 ? (unsigned)(ch - 'a') + 10
				 : ch >= 'A' && ch <= 'F'
					 ? (unsigned)(ch - 'A') + 10
					 : 99;

		if (digit >= base)
			return 0;
		*c = *c * base + digit;
	}
	return i < s.n && s.p[i] == ';' && *c > 0 && *c < 0x110000 ? i + 1 : 0;
}

static int
add_text(struct buf *out, struct str s)
{
	int rc = 0;

	while (rc == 0 && s.n > 0) {
		uint32_t c;
		size_t n = s.p[0] == '&' ? entity(s, &c) : 0;

		rc = n > 0 ? add_utf8(out, c) : buf_add_char(out, s.p[0]);
		n = n > 0 ? n : 1;
		s = (struct str){s.p + n, s.n - n};
	}
	return rc;
}

bool
azure_xml_text(struct str xml, const char *name, struct buf *out)
{
	struct scan s = {.p = xml.p, .end = xml.p + xml.n};

	while (next_tag(&s))
		if (is_tag(s.tag, name))
			return next_tag(&s) && is_end(s.tag, name) &&
			       add_text(out, s.text) == 0;
	return false;
}

/* ---- a page ---- */

struct blob {
	struct buf name;
	struct buf raw; /* a name in percent code */
	int64_t bytes;
	int64_t mtime_us;
	bool is_folder;
};

/* Names with characters that XML cannot carry come in percent code. */
static int
take_name(struct blob *b, struct str tag, struct str text)
{
	bool is_encoded = str_ends(tag, " Encoded=\"true\"");
	int rc;

	buf_reset(&b->raw);
	buf_reset(&b->name);
	rc = add_text(is_encoded ? &b->raw : &b->name, text);
	if (!is_encoded)
		return rc;
	return rc == 0 ? buf_add_decoded(&b->name, buf_str(&b->raw)) : rc;
}

/* Is a part of the key behind the folder listed a name with a dot first? */
static bool
is_hidden(struct str key, size_t folder_n)
{
	for (size_t i = folder_n; i < key.n; i++)
		if (key.p[i] == '.' && (i == folder_n || key.p[i - 1] == '/'))
			return true;
	return false;
}

static int
add_blob(struct azure_page *p, const struct blob *b, struct fail *f)
{
	struct str key = buf_str(&b->name);

	if (b->is_folder || key.n <= p->prefix.n ||
	    memcmp(key.p, p->prefix.p, p->prefix.n) != 0)
		return 0;
	key = (struct str){key.p + p->skip, key.n - p->skip};
	if (key.p[key.n - 1] == '/' || is_hidden(key, p->folder_n) ||
	    str_compare(key, p->from) < 0)
		return 0;
	return store_found_add(p->found, key, (uint64_t)b->bytes,
			       b->mtime_us / UTC_MS, f);
}

/* The inside of <Blob>; at its end what is asked for must have been there. */
static int
parse_blob(struct azure_page *p, struct scan *s, struct blob *b, struct fail *f)
{
	struct str open = {NULL, 0};

	buf_reset(&b->name);
	*b = (struct blob){b->name, b->raw, -1, -1, false};
	while (next_tag(s)) {
		int rc = 0;

		if (is_end(s->tag, "Blob")) {
			if (b->name.len == 0 || b->bytes < 0 || b->mtime_us < 0)
				break;
			return add_blob(p, b, f);
		}
		if (is_end(s->tag, "Name"))
			rc = take_name(b, open, s->text);
		else if (is_end(s->tag, "Content-Length"))
			rc = num_parse_i64(s->text.p, s->text.n, &b->bytes);
		else if (is_end(s->tag, "Last-Modified"))
			rc = http_date_parse(s->text, &b->mtime_us);
		else if (is_end(s->tag, "ResourceType"))
			b->is_folder = str_is(s->text, "directory");
		else if (is_end(s->tag, "hdi_isfolder"))
			b->is_folder |= str_is(s->text, "true");
		if (rc == FAIL_MEMORY)
			return fail_memory(f);
		if (rc != 0)
			break;
		open = s->tag;
	}
	return fail_set(f, FAIL_DATA,
			"the service's listing is not understood: a blob "
			"without name, size or time");
}

int
azure_page_parse(struct azure_page *p, struct str xml, struct fail *f)
{
	struct scan s = {.p = xml.p, .end = xml.p + xml.n};
	struct blob b = {.bytes = -1};
	bool is_whole = false;
	int rc = 0;

	buf_init(&b.name, LIMIT_PATH);
	buf_init(&b.raw, LIMIT_PATH * 3);
	buf_reset(&p->marker);
	while (rc == 0 && next_tag(&s)) {
		if (is_tag(s.tag, "Blob"))
			rc = parse_blob(p, &s, &b, f);
		else if (is_end(s.tag, "NextMarker"))
			rc = add_text(&p->marker, s.text) == 0 ? 0
							       : fail_memory(f);
		else if (is_end(s.tag, "EnumerationResults"))
			is_whole = true;
	}
	if (rc == 0 && !is_whole)
		rc = fail_set(f, FAIL_DATA, "the service's listing breaks off");
	buf_release(&b.name);
	buf_release(&b.raw);
	return rc;
}
