/* SPDX-License-Identifier: MIT */
/*
 * What may be done at a place, found out by doing it to an object of our own,
 * whose name begins with a dot: readers of tables pass such names over.
 */
#include "store/store.h"

#include <stdio.h>

#include "store/backend.h"

#define PROBE_MAX 256

static const struct str first = STR_INIT("a probe of playpipe\n");
static const struct str second = STR_INIT("a second probe of playpipe\n");

/* In the log's folder if there is one, for that is where commits go. */
static int
name_probe(struct store *s, const char *folder, char key[PROBE_MAX],
	   struct fail *f)
{
	struct arena mem = {0};
	struct store_list l;
	int rc = store_list(s, folder, STR_LIT(""), false, &mem, &l, f);

	snprintf(key, PROBE_MAX, "%s.playpipe-check-%016llx",
		 rc == 0 && l.n > 0 ? folder : "",
		 (unsigned long long)hash_nonce());
	arena_release(&mem);
	return rc;
}

/* The bytes, or that there are none, both of which only a reader is told. */
static int
try_read(struct store *s, struct str key, struct fail *f)
{
	struct buf b;
	int rc;

	buf_init(&b, PROBE_MAX);
	rc = store_get(s, key, PROBE_MAX, &b, f);
	if (rc == STORE_OK && !str_equal(buf_str(&b), first))
		rc = fail_set(f, FAIL_DATA,
			      "'%s/%.*s': not the bytes that were written",
			      store_url(s), STR_ARG(key));
	buf_release(&b);
	return rc;
}

/* Created once, and a second time refused. */
static int
try_create(struct store *s, struct str key, struct fail *f)
{
	int rc = store_put_if_absent(s, key, first, f);

	if (rc == STORE_OK)
		rc = store_put_if_absent(s, key, second, f);
	if (rc == STORE_OK)
		rc = fail_set(f, FAIL_IO,
			      "'%s/%.*s': was created twice: two commits at "
			      "once would lose one",
			      store_url(s), STR_ARG(key));
	return rc < 0 ? rc : 0;
}

/* To read or delete a file that is not there needs no right, other than in a
 * remote store, which tells only who may that it is absent. */
static bool
is_idle(const struct store *s, int right,
	const struct fail result[STORE_RIGHTS])
{
	if (azure_is_url(store_url(s)) || result[STORE_MAY_CREATE].code == 0)
		return false;
	return right == STORE_MAY_READ ||
	       (right == STORE_MAY_DELETE && result[STORE_MAY_WRITE].code != 0);
}

void
store_check(struct store *s, const char *folder,
	    struct fail result[STORE_RIGHTS])
{
	char key[PROBE_MAX];
	struct str k;
	int rc = name_probe(s, folder, key, &result[STORE_MAY_LIST]);

	k = str_of(key);
	for (int i = STORE_MAY_LIST + 1; i < STORE_RIGHTS; i++) {
		struct fail *f = &result[i];

		/* each would wait as long as the first did */
		if (rc == FAIL_RETRY || rc == FAIL_USAGE || rc == FAIL_SIGNAL) {
			fail_set(f, rc, "not tried");
			continue;
		}
		if (is_idle(s, i, result)) {
			fail_set(f, result[STORE_MAY_CREATE].code, "not tried");
			continue;
		}
		if (i == STORE_MAY_CREATE)
			rc = try_create(s, k, f);
		else if (i == STORE_MAY_READ)
			rc = try_read(s, k, f);
		else if (i == STORE_MAY_WRITE)
			rc = store_put(s, k, second, f);
		else
			rc = store_delete(s, k, f);
	}
}
