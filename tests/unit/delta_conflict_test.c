/* SPDX-License-Identifier: MIT */
/* delta: the matrix of conflicts, what a rival did by what we are; one test a
 * cell, which names it. */
#include "delta_fixture.h"

#include <stdio.h>

enum stand { APPEND, REPLACE, REPLACE_LAX, REWRITE, STANDS };

/* The table has the files "ours" and "read" of the first of January, which a
 * replacement reads, and "other" of the second. */
enum deed {
	BLIND_ADD_READ,
	BLIND_ADD_ELSEWHERE,
	ADD_READ,
	ADD_ELSEWHERE,
	REMOVE_READ,
	REMOVE_OURS,
	REMOVE_OURS_ENCODED,
	REMOVE_ELSEWHERE,
	REWRITE_READ,
	REWRITE_OURS,
	META,
	PROTOCOL_UNKNOWN,
	PROTOCOL_KNOWN,
	TXN_OURS,
	TXN_OTHER,
	DEEDS,
};

struct cell {
	enum deed deed;
	enum stand stand;
	const char *conflict; /* part of the sentence; NULL: goes along */
};

static const struct delta_file *
file_of(const struct fixture *x, const char *path)
{
	for (size_t i = 0; i < x->s->file_n; i++)
		if (str_is(x->s->file[i].path, path))
			return &x->s->file[i];
	fail_msg("no file %s", path);
	return NULL;
}

static void
commit_text(struct fixture *x, const char *text)
{
	char key[LOG_KEY_MAX];
	struct fail f = {0};

	assert_int_equal(
		store_put_if_absent(delta_store(x->d),
				    log_key(key, x->s->version + 1, ".json"),
				    str_of(text), &f),
		0);
}

static void
rival_acts(struct fixture *x, enum deed deed)
{
	bool is_read = deed == BLIND_ADD_READ || deed == ADD_READ;
	struct delta_file add = make_file("rival", is_read ? "2026-01-01"
							   : "2026-01-02");
	struct delta_txn txn = {.app_id = STR_LIT("j:p"), .version = 5};
	struct delta_change c = {.operation = "WRITE", .now_ms = 1};
	struct fail f = {0};

	if (deed <= ADD_ELSEWHERE || deed >= REWRITE_READ) {
		c.add = &add;
		c.add_n = 1;
	}
	if (deed >= ADD_READ && deed <= REMOVE_ELSEWHERE)
		c.kind = DELTA_REPLACE;
	if (deed >= REMOVE_READ && deed <= REWRITE_OURS)
		c.remove_n = 1;
	if (deed == REMOVE_READ || deed == REWRITE_READ)
		c.remove = file_of(x, "read");
	if (deed == REMOVE_OURS || deed == REWRITE_OURS)
		c.remove = file_of(x, "ours");
	if (deed == REMOVE_ELSEWHERE)
		c.remove = file_of(x, "other");
	if (deed == REWRITE_READ || deed == REWRITE_OURS) {
		c.kind = DELTA_REWRITE;
		add = make_file("rival", "2026-01-01");
	}
	if (deed == META)
		c.meta = &x->s->meta;
	if (deed == TXN_OURS || deed == TXN_OTHER) {
		c.txn = &txn;
		c.txn_n = 1;
	}
	if (deed == TXN_OTHER)
		txn.app_id = STR_LIT("j:q");
	if (deed == PROTOCOL_UNKNOWN)
		commit_text(x, "{\"protocol\":{\"minReaderVersion\":1,"
			       "\"minWriterVersion\":9}}");
	else if (deed == PROTOCOL_KNOWN)
		commit_text(x, "{\"protocol\":{\"minReaderVersion\":1,"
			       "\"minWriterVersion\":3}}");
	else if (deed == REMOVE_OURS_ENCODED)
		commit_text(x, "{\"remove\":{\"path\":\"%6Furs\","
			       "\"deletionTimestamp\":1,"
			       "\"dataChange\":true}}");
	else
		assert_int_equal(delta_commit(x->d, x->s, &c, NULL, &f), 0);
}

static bool
is_first_of_january(void *ctx, const struct delta_file *file)
{
	(void)ctx;
	return str_is(delta_pairs_get(&file->partition, STR_LIT("day")),
		      "2026-01-01");
}

static void
matrix_cell(void **state)
{
	const struct cell *cell = *state;
	static int number;
	char url[32];
	struct delta_file add = make_file("new", "2026-01-01");
	struct delta_txn txn = {.app_id = STR_LIT("j:p"), .version = 6};
	struct delta_change c = {.operation = "WRITE",
				 .add = &add,
				 .add_n = 1,
				 .txn = &txn,
				 .txn_n = 1,
				 .exclusive_txn_n = 1,
				 .now_ms = 1};
	struct delta_outcome out;
	struct fixture x, y;
	struct fail f = {0};
	int rc;

	snprintf(url, sizeof(url), "cell%d", number++);
	begin(&x, url);
	assert_int_equal(commit_file(&x, "ours", "2026-01-01", &f), 0);
	assert_int_equal(commit_file(&x, "read", "2026-01-01", &f), 0);
	assert_int_equal(commit_file(&x, "other", "2026-01-02", &f), 0);
	begin(&y, url);
	if (cell->stand != APPEND) {
		c.remove = file_of(&y, "ours");
		c.remove_n = 1;
		c.kind = DELTA_REPLACE;
		c.is_read = is_first_of_january;
	}
	if (cell->stand == REPLACE_LAX)
		c.isolation = DELTA_WRITE_SERIALIZABLE;
	if (cell->stand == REWRITE)
		c.kind = DELTA_REWRITE;
	rival_acts(&x, cell->deed);
	rc = delta_commit(y.d, y.s, &c, &out, &f);
	assert_false(out.is_in_doubt);
	assert_int_equal(out.tries, cell->conflict == NULL ? 2 : 1);
	assert_int_equal(out.is_conflict, cell->conflict != NULL);
	assert_int_equal(y.s->version, cell->conflict == NULL ? 4 : 3);
	assert_int_equal(rc, cell->conflict == NULL ? 0 : FAIL_RETRY);
	if (cell->conflict != NULL && strstr(f.text, cell->conflict) == NULL)
		fail_msg("expected '%s' in '%s'", cell->conflict, f.text);
	end(&x);
	end(&y);
}

static const char added[] = "added to what we replace";
static const char removed[] = "removed what we read";
static const char taken[] = "removed a file that we replace";
static const char altered[] = "altered meanwhile";
static const char unknown[] = "one that we may not write";
static const char faster[] = "another runner was faster";

/* Each row: append, replace, replace under write serializable, rewrite. */
static const char *const matrix[DEEDS][STANDS] = {
	[BLIND_ADD_READ] = {NULL, added, NULL, NULL},
	[BLIND_ADD_ELSEWHERE] = {NULL, NULL, NULL, NULL},
	[ADD_READ] = {NULL, added, added, NULL},
	[ADD_ELSEWHERE] = {NULL, NULL, NULL, NULL},
	[REMOVE_READ] = {NULL, removed, removed, NULL},
	[REMOVE_OURS] = {NULL, taken, taken, taken},
	[REMOVE_OURS_ENCODED] = {NULL, taken, taken, taken},
	[REMOVE_ELSEWHERE] = {NULL, NULL, NULL, NULL},
	[REWRITE_READ] = {NULL, NULL, NULL, NULL},
	[REWRITE_OURS] = {NULL, taken, taken, taken},
	[META] = {altered, altered, altered, altered},
	[PROTOCOL_UNKNOWN] = {unknown, unknown, unknown, unknown},
	[PROTOCOL_KNOWN] = {NULL, NULL, NULL, NULL},
	[TXN_OURS] = {faster, faster, faster, faster},
	[TXN_OTHER] = {NULL, NULL, NULL, NULL},
};

static const char *const deed_name[DEEDS] = {
	"a blind append to what we read",
	"a blind append elsewhere",
	"an append that read, to what we read",
	"an append that read, elsewhere",
	"a removal of rows that we read",
	"a removal of a file that we remove",
	"the same, its path spelt otherwise",
	"a removal elsewhere",
	"a compaction of what we read",
	"a compaction of a file that we remove",
	"other metadata",
	"a protocol that we do not know",
	"a protocol that we know",
	"a position of ours moved",
	"a position of others moved",
};

static const char *const stand_name[STANDS] = {
	"append", "replace", "replace, write serializable", "compaction"};

int
main(void)
{
	static struct cell cell[DEEDS * STANDS];
	static char name[DEEDS * STANDS][128];
	struct CMUnitTest tests[DEEDS * STANDS];

	for (size_t i = 0; i < DEEDS * STANDS; i++) {
		cell[i].deed = (enum deed)(i / STANDS);
		cell[i].stand = (enum stand)(i % STANDS);
		cell[i].conflict = matrix[i / STANDS][i % STANDS];
		snprintf(name[i], sizeof(name[i]), "%s after %s: %s",
			 stand_name[i % STANDS], deed_name[i / STANDS],
			 cell[i].conflict != NULL ? "conflict" : "goes along");
		tests[i] = (struct CMUnitTest){.name = name[i],
					       .test_func = matrix_cell,
					       .initial_state = &cell[i]};
	}
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
