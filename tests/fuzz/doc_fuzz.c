/* SPDX-License-Identifier: MIT */
/*
 * Documents: what is parsed is written as text that parses to the same, and
 * a failure always has a sentence.
 */
#include <stdlib.h>

#include "doc/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
write_out(const struct doc *d, struct buf *out)
{
	struct doc_writer w;

	doc_writer_init(&w, out, 0);
	doc_put_val(&w, NULL, doc_root(d));
	if (doc_writer_end(&w, NULL) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = {(const char *)data, n};
	struct fail f = {0};
	struct buf once, twice;
	struct doc *d;

	if (doc_parse(&d, text, "input", FAIL_DATA, 0, &f) != 0) {
		if (f.code == 0 || f.text[0] == '\0')
			abort();
		return 0;
	}
	buf_init(&once, n * 8 + 64);
	buf_init(&twice, n * 8 + 64);
	write_out(d, &once);
	doc_close(d);
	if (doc_parse(&d, buf_str(&once), "once", FAIL_DATA, 0, NULL) != 0)
		abort();
	write_out(d, &twice);
	doc_close(d);
	if (!str_equal(buf_str(&once), buf_str(&twice)))
		abort();
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
