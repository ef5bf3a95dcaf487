/* SPDX-License-Identifier: MIT */
#include "member.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "base/banned.h"

#define WAIT_MS	    100
#define PATIENCE_MS 1000 /* to pause costs what was fetched */
#define LAST_MS	    5000 /* when asked to stop */

struct member {
	struct kafka *k;
	const struct opts *o;
	struct form *form;
	struct io_out *out;
	struct buf text; /* lines */
	size_t done;	 /* bytes of them that are written */
	uint64_t records, bytes;
};

/* Would a small write go through at once? (A pipe that is writable takes
 * PIPE_BUF bytes without waiting: pipe(7).) */
static int
is_writable(int wait_ms, bool *is, struct fail *f)
{
	struct pollfd p = {.fd = 1, .events = POLLOUT};
	int n = poll(&p, 1, wait_ms);

	*is = n > 0;
	if (n < 0 && errno != EINTR)
		return fail_errno(f, FAIL_IO, errno, "cannot wait for stdout");
	return 0;
}

static bool
is_written(const struct member *m)
{
	return m->done == m->text.len;
}

/* Write what can be written now. */
static int
write_some(struct member *m, struct fail *f)
{
	bool is = true;
	int rc = 0;

	while (rc == 0 && !is_written(m)) {
		size_t n = m->text.len - m->done;

		rc = is_writable(0, &is, f);
		if (rc != 0 || !is)
			return rc;
		if (n > PIPE_BUF)
			n = PIPE_BUF;
		rc = io_out_write(m->out, m->text.p + m->done, n, f);
		if (rc == 0)
			rc = io_out_flush(m->out, f);
		m->done += n;
	}
	return rc;
}

/* Write what can be written within some time. */
static int
write_within(struct member *m, int64_t limit_ms, struct fail *f)
{
	int64_t end = utc_monotonic() + limit_ms * UTC_MS;
	bool is;
	int rc = write_some(m, f);

	while (rc == 0 && !is_written(m) && utc_monotonic() < end) {
		rc = is_writable(WAIT_MS, &is, f);
		if (rc == 0)
			rc = write_some(m, f);
	}
	return rc;
}

static int
add_records(struct member *m, const struct kafka_record *r, size_t n,
	    struct fail *f)
{
	m->form->part = kafka_assigned(m->k);
	m->records += n;
	for (size_t i = 0; i < n; i++)
		m->bytes += r[i].value_n;
	return form_put(m->form, r, n, &m->text, f);
}

/* The reader is slow: stay in the group without it. */
static int
write_paused(struct member *m, struct fail *f)
{
	const struct kafka_record *r;
	size_t n;
	int rc = kafka_pause(m->k, true, f);

	while (rc == 0 && !is_written(m)) {
		rc = kafka_next(m->k, 0, &r, &n, f);
		if (rc == 0)
			rc = add_records(m, r, n, f);
		if (rc == 0)
			rc = write_within(m, WAIT_MS, f);
	}
	return rc == 0 ? kafka_pause(m->k, false, f) : rc;
}

/* Write all lines; only then they are the group's no more. */
static int
write_all(struct member *m, struct fail *f)
{
	int rc = write_within(m, PATIENCE_MS, f);

	if (rc == 0 && !is_written(m))
		rc = write_paused(m, f);
	if (rc != 0)
		return rc;
	kafka_store(m->k);
	buf_reset(&m->text);
	m->done = 0;
	return 0;
}

static int
take(struct member *m, const struct kafka_record *r, size_t n, struct fail *f)
{
	int rc = add_records(m, r, n, f);

	if (rc == 0 && (n == 0 || m->o->is_line_buffered ||
			m->text.len >= LIMIT_WRITE_BLOCK))
		rc = write_all(m, f);
	return rc;
}

int
member_read(struct kafka *k, const struct bounds *b, struct cli *c,
	    struct form *form, struct io_out *out, struct fail *f)
{
	struct member m = {.k = k, .o = b->o, .form = form, .out = out};
	const struct kafka_record *r;
	struct fail late = {0};
	size_t n;
	int rc;

	buf_init(&m.text, SIZE_MAX);
	rc = kafka_subscribe(k, (const char *const *)c->operand, c->operand_n,
			     strcmp(b->o->start, "latest") == 0, f);
	while (rc == 0 && !bounds_are_reached(b, m.records, m.bytes)) {
		rc = kafka_next(k, WAIT_MS, &r, &n, f);
		if (rc == 0)
			rc = take(&m, r, n, f);
		cli_progress(c, m.records, -1, form->lines);
	}
	if (rc == FAIL_SIGNAL && write_within(&m, LAST_MS, &late) == 0 &&
	    is_written(&m))
		kafka_store(k);
	else if (rc == 0)
		rc = write_all(&m, f);
	buf_release(&m.text);
	return rc;
}
