/* SPDX-License-Identifier: MIT */
/*
 * csv - writes rows as comma-separated values (RFC 4180, but lines end in LF
 * as everywhere on Unix). A null is an empty field, an empty string is "",
 * so the two can be told apart; other fields are quoted only where they must
 * be. Sole user of libcsv, whose names begin with csv_; ours with csvrow_.
 * Pure; one thread a row.
 *
 *   struct csvrow row = csvrow_begin(&out);
 *   rc = csvrow_text(&row, name);
 *   rc = csvrow_null(&row); ...
 *   rc = csvrow_end(&row);
 */
#ifndef CSV_CSV_H
#define CSV_CSV_H

#include <stddef.h>

#include "mem/mem.h"

/* A row under construction; borrows its buffer until csvrow_end. */
struct csvrow {
	struct buf *out;
	size_t fields; /* written so far */
};

/* Begin a row behind what out holds. */
struct csvrow csvrow_begin(struct buf *out);

/*
 * Add a field. All return 0, or FAIL_MEMORY when the buffer's maximum or
 * memory is reached; the row is then incomplete and must be dropped by the
 * caller (reset out->len).
 */
int csvrow_text(struct csvrow *r, struct str s) PORT_MUST_CHECK;
int csvrow_i64(struct csvrow *r, int64_t v) PORT_MUST_CHECK;
int csvrow_null(struct csvrow *r) PORT_MUST_CHECK;

/* Text that is known to need no quotes: a number, true, false, a date. */
int csvrow_plain(struct csvrow *r, struct str s) PORT_MUST_CHECK;

/* End the row with LF. */
int csvrow_end(struct csvrow *r) PORT_MUST_CHECK;

/* A whole row of texts: the header. */
int csvrow_header(struct buf *out, const struct str *names,
		  size_t n) PORT_MUST_CHECK;

#endif
