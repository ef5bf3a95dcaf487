/* SPDX-License-Identifier: MIT */
/*
 * The statistics object: a short list searched from the front, since a tool
 * has some dozen figures and sets each a few times a run. A figure that
 * memory was lacking for is left out; the run is about to fail anyhow.
 */
#include "cli/cli_private.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The entry of a key, added if absent; NULL when out of memory. */
static struct cli_stat *
entry(struct cli_stat **list, size_t *n, size_t *cap, const char *key)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*list)[i].key, key) == 0)
			return &(*list)[i];
	if (!MEM_GROW(list, *n, cap))
		return NULL;
	(*list)[*n] = (struct cli_stat){.key = key};
	return &(*list)[(*n)++];
}

static struct cli_stat *
stat_of(struct cli *c, const char *key)
{
	struct cli_private *p = c->private;

	return entry(&p->stat, &p->stat_n, &p->stat_cap, key);
}

void
cli_stat(struct cli *c, const char *key, uint64_t value)
{
	struct cli_stat *s = stat_of(c, key);

	if (s == NULL)
		return;
	s->kind = CLI_STAT_U64;
	s->u64 = value;
}

void
cli_stat_f64(struct cli *c, const char *key, double value)
{
	struct cli_stat *s = stat_of(c, key);

	if (s == NULL)
		return;
	s->kind = CLI_STAT_F64;
	s->f64 = value;
}

void
cli_stat_text(struct cli *c, const char *key, const char *value)
{
	struct cli_stat *s = stat_of(c, key);

	if (s == NULL)
		return;
	s->kind = CLI_STAT_TEXT;
	s->text = arena_copy(&c->private->mem, str_of(value));
}

void
cli_stat_in(struct cli *c, const char *key, const char *inner, uint64_t value)
{
	struct cli_stat *s = stat_of(c, key);

	if (s == NULL)
		return;
	s->kind = CLI_STAT_IN;
	s = entry(&s->in, &s->in_n, &s->in_cap, inner);
	if (s != NULL)
		s->u64 = value;
}

int
cli_balance(struct cli *c, uint64_t total, const uint64_t *part,
	    const char *const *part_name, size_t n, struct fail *f)
{
	char figures[FAIL_TEXT_MAX / 2];
	uint64_t sum = 0;
	struct buf b;

	for (size_t i = 0; i < n; i++)
		sum += part[i];
	if (sum == total)
		return 0;
	buf_init(&b, sizeof(figures));
	for (size_t i = 0; i < n; i++)
		if (buf_addf(&b, "%s%llu %s", i == 0 ? "" : " + ",
			     (unsigned long long)part[i], part_name[i]) != 0)
			break;
	fail_set(f, FAIL_BUG,
		 "bug: %llu lines came in, but %.*s make %llu; please report "
		 "this with the input of %s",
		 (unsigned long long)total, STR_ARG(buf_str(&b)),
		 (unsigned long long)sum, c->tool->name);
	buf_release(&b);
	return FAIL_BUG;
}

/* ---- the object ---- */

static double
cpu_seconds(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

static void
put_stat(struct doc_writer *w, const struct cli_stat *s)
{
	switch (s->kind) {
	case CLI_STAT_U64:
		doc_put_u64(w, s->key, s->u64);
		break;
	case CLI_STAT_F64:
		doc_put_f64(w, s->key, s->f64);
		break;
	case CLI_STAT_TEXT:
		doc_put_cstr(w, s->key, s->text);
		break;
	case CLI_STAT_IN:
		doc_begin_object(w, s->key);
		for (size_t i = 0; i < s->in_n; i++)
			doc_put_u64(w, s->in[i].key, s->in[i].u64);
		doc_end_object(w);
		break;
	}
}

static int
format(struct cli *c, int status, struct buf *out, struct fail *f)
{
	struct cli_private *p = c->private;
	struct rusage u = {0};
	struct doc_writer w;

	getrusage(RUSAGE_SELF, &u);
	doc_writer_init(&w, out, 0);
	doc_begin_object(&w, NULL);
	doc_put_cstr(&w, "tool", c->tool->name);
	doc_put_cstr(&w, "version", CLI_VERSION);
	doc_put_i64(&w, "status", status);
	doc_put_f64(&w, "seconds",
		    (double)(utc_monotonic() - p->began_us) / 1e6);
	doc_put_f64(&w, "cpuSeconds", cpu_seconds(&u));
	doc_put_i64(&w, "maxRssBytes", (int64_t)u.ru_maxrss * 1024);
	for (size_t i = 0; i < p->stat_n; i++)
		put_stat(&w, &p->stat[i]);
	doc_end_object(&w);
	if (doc_writer_end(&w, f) != 0 || buf_add_char(out, '\n') != 0)
		return fail_memory(f);
	return 0;
}

static int
write_all(const char *dest, struct str text, struct fail *f)
{
	bool is_stderr = strcmp(dest, "-") == 0;
	struct io_out *out = NULL;
	int rc;

	rc = is_stderr ? io_out_open_fd(&out, STDERR_FILENO, "stderr", f)
		       : io_out_create(&out, dest, f);
	if (rc == 0)
		rc = io_out_write(out, text.p, text.n, f);
	if (rc == 0)
		rc = is_stderr ? io_out_flush(out, f) : io_out_commit(out, f);
	if (out != NULL)
		io_out_close(out);
	return rc;
}

/* Before the run: whoever reads a failure must be able to run it again. */
int
cli_stats_check(const struct cli *c, struct fail *f)
{
	struct io_out *out = NULL;
	int rc;

	if (c->stats == NULL || strcmp(c->stats, "-") == 0)
		return 0;
	rc = io_out_create(&out, c->stats, f);
	if (rc == 0)
		io_out_close(out);
	return rc;
}

int
cli_stats_write(struct cli *c, int status, struct fail *f)
{
	struct buf text;
	int rc;

	if (c->stats == NULL)
		return 0;
	buf_init(&text, CLI_TEXT_MAX);
	rc = format(c, status, &text, f);
	if (rc == 0)
		rc = write_all(c->stats, buf_str(&text), f);
	buf_release(&text);
	return rc;
}

void
cli_stats_release(struct cli_private *p)
{
	for (size_t i = 0; i < p->stat_n; i++)
		free(p->stat[i].in);
	free(p->stat);
}
