/* SPDX-License-Identifier: MIT */
/*
 * Commits from untrusted text: read into a snapshot, or refused with a
 * sentence. A NUL byte ends a commit and begins the next. Of what was read,
 * everything is asked that a reader asks.
 */
#include "delta/log.h"

#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_failure(const struct fail *f)
{
	check(f->code != 0 && f->code != FAIL_BUG && f->text[0] != '\0');
}

static void
ask_of_file(const struct delta_meta *m, const struct delta_file *file)
{
	struct expr_cell cell;
	struct buf name;
	uint64_t rows;

	buf_init(&name, 1 << 20);
	(void)delta_file_rows(file, &rows);
	check(log_place_name(file->path, &name) == 0);
	for (size_t i = 0; i < m->column_n; i++)
		(void)delta_file_value(file, &m->column[i], &cell);
	buf_release(&name);
}

static void
ask(struct delta_snapshot *s)
{
	struct event_schema *schema = NULL;
	struct parquet_want want;
	struct arena mem = {0};
	struct fail f = {0};

	if (s->meta.id.p == NULL)
		return;
	if (log_check_read(&s->protocol, "t", &f) != 0 ||
	    log_check_mapping(&s->meta, &s->protocol, "t", &f) != 0 ||
	    log_check_widening(&s->meta, "t", &f) != 0) {
		check_failure(&f);
		return;
	}
	for (size_t i = 0; i < s->meta.column_n; i++) {
		f = (struct fail){0};
		if (log_want(&s->meta, &s->meta.column[i], "t", &mem, &want,
			     &f) != 0)
			check_failure(&f);
	}
	f = (struct fail){0};
	if (delta_event_schema(&s->meta, &schema, &f) != 0)
		check_failure(&f);
	else
		event_schema_close(schema);
	for (size_t i = 0; i < s->file_n; i++)
		ask_of_file(&s->meta, &s->file[i]);
	arena_release(&mem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str rest = {(const char *)data, n};
	struct delta_snapshot *s;
	int rc;

	if (delta_load(NULL, -1, &s, NULL) != 0)
		return 0;
	do {
		struct delta_actions a = {.version = s->version + 1,
					  .time_ms = -1};
		const char *nul = n == 0 ? NULL : memchr(rest.p, 0, rest.n);
		struct str text = {
			rest.p, nul == NULL ? rest.n : (size_t)(nul - rest.p)};
		struct fail f = {0};

		rest.p += text.n + (nul != NULL);
		rest.n -= text.n + (nul != NULL);
		rc = log_parse_commit(text, "key", "t", log_arena(s), &a, &f);
		if (rc == 0)
			rc = log_apply(s, &a, &f);
		if (rc != 0)
			check_failure(&f);
		s->version++;
	} while (rc == 0 && rest.n > 0);
	if (rc == 0)
		ask(s);
	delta_snapshot_close(s);
	return 0;
}
