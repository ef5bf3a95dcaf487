/* SPDX-License-Identifier: MIT */
/*
 * Does a commit that a rival made meanwhile stand against ours? One matrix
 * answers: what the rival did, by what we are. It follows the conflict rules
 * of Delta's documents (concurrency-control) for optimistic transactions. A
 * commit may do several things; one that conflicts is enough.
 */
#include "delta/log.h"

/* What a rival may have done. */
enum deed {
	DEED_TXN,	   /* moved a position that is ours alone to move */
	DEED_PROTOCOL,	   /* to one that we may not write any more */
	DEED_BLIND_ADD,	   /* added, blindly, to what we read */
	DEED_ADD,	   /* the same, knowing the table */
	DEED_REMOVE_READ,  /* removed rows that we read */
	DEED_REMOVE_OURS,  /* removed a file that we remove too */
	DEED_REWRITE_READ, /* put rows that we read into other files */
	DEED_META, /* altered the schema or the configuration: the last, so
		    * that who can live with that knows it is all */
	DEEDS,
};

/* What we are; one bit each. */
enum stand {
	APPEND = 1 << 0,
	REPLACE = 1 << 1,
	REPLACE_LAX = 1 << 2, /* write serializable */
	REWRITE = 1 << 3,
	ALL = APPEND | REPLACE | REPLACE_LAX | REWRITE,
};

/* The matrix: with whom it conflicts. */
static const unsigned conflicts[DEEDS] = {
	[DEED_TXN] = ALL,
	[DEED_PROTOCOL] = ALL,
	[DEED_BLIND_ADD] = REPLACE,
	[DEED_ADD] = REPLACE | REPLACE_LAX,
	[DEED_REMOVE_READ] = REPLACE | REPLACE_LAX,
	[DEED_REMOVE_OURS] = REPLACE | REPLACE_LAX | REWRITE,
	[DEED_REWRITE_READ] = 0,
	[DEED_META] = ALL,
};

static enum stand
stand_of(const struct delta_change *c)
{
	if (c->kind == DELTA_APPEND)
		return APPEND;
	if (c->kind == DELTA_REWRITE)
		return REWRITE;
	return c->isolation == DELTA_WRITE_SERIALIZABLE ? REPLACE_LAX : REPLACE;
}

/* Can it be spelt in one way only? */
static bool
is_plain(struct str path)
{
	return memchr(path.p, '%', path.n) == NULL &&
	       memchr(path.p, ':', path.n) == NULL;
}

/* Writers may encode one path in several ways. Without memory they are taken
 * to be one, which is the safe answer. */
static bool
is_same_path(struct str a, struct str b)
{
	struct buf x, y;
	bool is_same;

	if (str_equal(a, b))
		return true;
	if (is_plain(a) && is_plain(b))
		return false;
	buf_init(&x, LIMIT_PATH * 4);
	buf_init(&y, LIMIT_PATH * 4);
	is_same = log_place_name(a, &x) != 0 || log_place_name(b, &y) != 0 ||
		  str_equal(buf_str(&x), buf_str(&y));
	buf_release(&x);
	buf_release(&y);
	return is_same;
}

static bool
is_same_file(const struct delta_file *a, const struct delta_file *b)
{
	return str_equal(delta_dv_id(a), delta_dv_id(b)) &&
	       is_same_path(a->path, b->path);
}

static bool
is_read(const struct delta_change *c, const struct delta_file *file)
{
	return c->kind == DELTA_REPLACE && c->is_read != NULL &&
	       c->is_read(c->is_read_ctx, file);
}

static const struct delta_txn *
find_txn(const struct delta_change *c, const struct delta_actions *rival)
{
	for (size_t i = 0; i < rival->txn_n; i++)
		for (size_t k = 0; k < c->exclusive_txn_n; k++)
			if (str_equal(rival->txn[i].app_id, c->txn[k].app_id))
				return &rival->txn[i];
	return NULL;
}

static bool
is_ours(const struct delta_change *c, const struct delta_file *file)
{
	for (size_t i = 0; i < c->remove_n; i++)
		if (is_same_file(&c->remove[i], file))
			return true;
	return false;
}

/* deed[i]: has the rival done that? */
static void
look_at(const struct delta_snapshot *s, const struct delta_change *c,
	const struct delta_actions *rival, const char *url, bool *deed)
{
	bool is_blind = rival->is_blind && rival->remove_n == 0;

	deed[DEED_TXN] = find_txn(c, rival) != NULL;
	deed[DEED_META] = rival->has_meta;
	deed[DEED_PROTOCOL] = rival->has_protocol &&
			      delta_check_write(s, c->kind, url, NULL) != 0;
	for (size_t i = 0; i < rival->add_n; i++) {
		const struct delta_file *file = &rival->add[i];
		enum deed what = !file->is_data_change ? DEED_REWRITE_READ
				 : is_blind	       ? DEED_BLIND_ADD
						       : DEED_ADD;

		if (!deed[what])
			deed[what] = is_read(c, file);
	}
	for (size_t i = 0; i < rival->remove_n; i++) {
		const struct delta_file *file = &rival->remove[i];

		if (is_ours(c, file))
			deed[DEED_REMOVE_OURS] = true;
		else if (file->is_data_change && !deed[DEED_REMOVE_READ])
			deed[DEED_REMOVE_READ] = is_read(c, file);
	}
}

static int
tell(enum deed what, const struct delta_change *c,
     const struct delta_actions *rival, const char *url, struct fail *f)
{
	static const char *const sentence[DEEDS] = {
		[DEED_PROTOCOL] = "made the table one that we may not write",
		[DEED_BLIND_ADD] = "added to what we replace",
		[DEED_ADD] = "added to what we replace",
		[DEED_REMOVE_READ] = "removed what we read",
		[DEED_REMOVE_OURS] = "removed a file that we replace",
	};
	const struct delta_txn *txn = find_txn(c, rival);
	const char *advice = c->advice == NULL ? "run again" : c->advice;

	if (what == DEED_TXN)
		return fail_set(f, FAIL_RETRY,
				"'%s': another runner was faster: '%.*s' is at "
				"%lld since version %lld",
				url, STR_ARG(txn->app_id),
				(long long)txn->version,
				(long long)rival->version);
	if (what == DEED_META)
		return fail_set(f, FAIL_RETRY,
				"'%s': the table was %s meanwhile, by version "
				"%lld; %s",
				url,
				rival->version == 0 ? "created" : "altered",
				(long long)rival->version, advice);
	return fail_set(f, FAIL_RETRY, "'%s': version %lld %s; %s", url,
			(long long)rival->version, sentence[what], advice);
}

int
log_check_conflict(const struct delta_snapshot *s, const struct delta_change *c,
		   const struct delta_actions *rival, const char *url,
		   struct delta_outcome *out, struct fail *f)
{
	unsigned stand = stand_of(c);
	bool deed[DEEDS] = {false};

	look_at(s, c, rival, url, deed);
	for (int i = 0; i < DEEDS; i++) {
		if (!deed[i] || (conflicts[i] & stand) == 0)
			continue;
		out->is_conflict = true;
		out->is_altered = i == DEED_META;
		return tell((enum deed)i, c, rival, url, f);
	}
	return 0;
}
