/* SPDX-License-Identifier: MIT */
/*
 * Deleting. Many go as batches of 256 ("Blob Batch": a multipart of requests,
 * each signed by itself). A batch only spares round trips: what its answer
 * does not tell to be gone is deleted one by one, which also finds the words
 * for a refusal. A service that knows no batches is asked for one once.
 */
#include "store/azure.h"

#include <stdlib.h>

#define BATCH	  256
#define BATCH_MAX ((size_t)4 << 20)
#define BOUNDARY  "batch_playpipe"

static int
delete_one(struct azure *s, struct str key, bool *was_absent, struct fail *f)
{
	const struct azure_request r = {
		.verb = "DELETE", .key = key, .is_safe_to_repeat = true};
	struct http_call *c;
	int rc = azure_run(&c, s, &r, f);

	if (rc == 0 && azure_is_absent(c)) {
		if (was_absent != NULL)
			*was_absent = true;
	} else if (rc == 0 && http_status(c) != 202) {
		rc = azure_refused(s, key, "delete", c, f);
	}
	http_end(c);
	return rc;
}

static int
add_part(struct buf *out, struct azure *s, struct str key, size_t id)
{
	int rc = buf_addf(out,
			  "--" BOUNDARY "\r\n"
			  "Content-Type: application/http\r\n"
			  "Content-Transfer-Encoding: binary\r\n"
			  "Content-ID: %zu\r\n\r\n",
			  id);

	return rc != 0 ? rc : azure_add_part(out, s, key);
}

/* Mark what an answer says to be gone: a part names its number, and then the
 * status of its request. */
static void
read_answer(struct str body, bool *is_gone, size_t n)
{
	const char *p = body.p, *end = p + body.n;
	int64_t id = -1;

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		struct str line = {p, (size_t)((lf == NULL ? end : lf) - p)};
		bool is_status = str_starts(line, "HTTP/1.1 ");

		p += line.n + 1;
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (str_starts(line, "Content-ID: ") &&
		    num_parse_i64(line.p + 12, line.n - 12, &id) != 0)
			id = -1;
		if (is_status && id >= 0 && (uint64_t)id < n)
			is_gone[id] = str_starts(line, "HTTP/1.1 202") ||
				      str_starts(line, "HTTP/1.1 404");
		if (is_status)
			id = -1;
	}
}

static int
delete_batch(struct azure *s, const struct str *key, size_t n, bool *is_gone,
	     struct fail *f)
{
	struct azure_request r = {
		.verb = "POST",
		.param = {{"comp", STR_LIT("batch")},
			  {"restype", STR_LIT("container")}},
		.param_n = 2,
		.header = {{"content-type",
			    "multipart/mixed; boundary=" BOUNDARY}},
		.header_n = 1,
		.reply_max = BATCH_MAX,
		.is_safe_to_repeat = true,
	};
	struct http_call *c = NULL;
	struct buf body;
	int rc = azure_login_ready(s->login, s->http, f);

	if (rc != 0)
		return rc;
	buf_init(&body, BATCH_MAX);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_part(&body, s, key[i], i);
	if (rc == 0)
		rc = buf_add_cstr(&body, "--" BOUNDARY "--\r\n");
	if (rc != 0) {
		rc = fail_memory(f);
	} else {
		r.body = buf_str(&body);
		rc = azure_run(&c, s, &r, f);
	}
	if (rc == 0 && http_status(c) == 202)
		read_answer(http_body(c), is_gone, n);
	else if (rc == 0)
		s->is_batch_refused = true;
	http_end(c);
	if (body.len > 0)
		mem_wipe(body.p, body.len);
	buf_release(&body);
	return rc;
}

int
azure_delete_many(struct store *base, const struct str *key, size_t n,
		  bool *was_absent, struct fail *f)
{
	struct azure *s = (struct azure *)base;
	int rc = 0;

	for (size_t from = 0; rc == 0 && from < n; from += BATCH) {
		size_t part = n - from < BATCH ? n - from : BATCH;
		bool is_gone[BATCH] = {false};

		if (part > 1 && !s->is_batch_refused)
			rc = delete_batch(s, key + from, part, is_gone, f);
		for (size_t i = 0; rc == 0 && i < part; i++)
			if (!is_gone[i])
				rc = delete_one(s, key[from + i],
						was_absent == NULL
							? NULL
							: was_absent + from + i,
						f);
	}
	return rc;
}
