/* SPDX-License-Identifier: MIT */
/*
 * Committing: the actions of a change as the next file of the log, created
 * only if absent. When the name is taken, or the answer was lost, we read on
 * from there to the newest version. Either our own commit is among what we
 * find (the txnId in it tells), or rivals' are: those are held against ours,
 * and unless they conflict we go on top of the last. Waits are jittered, come
 * before we read, so that what we know is fresh, and are bounded by time.
 */
#include "delta/log.h"

#include <stdlib.h>
#include <time.h>

#include "io/io.h"

#define PATIENCE ((int64_t)300 * 1000) /* ms */
#define DRAIN	 ((int64_t)10 * 1000)  /* ms, after a signal to stop */
#define WAIT_MAX 1000		       /* ms between two tries */
#define AGE_MAX	 (UTC_HOUR / 2)	       /* of what we know of the log */

/* One commit's state. */
struct attempt {
	struct delta *d;
	struct delta_snapshot *s;
	const struct delta_change *c;
	struct delta_outcome *out;
	char txn_id[DELTA_UUID_N + 1];
	struct buf body;
	int64_t began_ms;
	int64_t wait_limit; /* ms */
};

/* ---- what others did ---- */

/* Go through what was committed since the snapshot. *is_ours: our commit is
 * among it. */
static int
catch_up(struct attempt *t, bool *is_ours, struct fail *f)
{
	struct delta_actions rival;
	int rc;

	*is_ours = false;
	while ((rc = delta_step(t->d, t->s, &rival, f)) == 0) {
		t->out->is_in_doubt = false;
		if (str_is(rival.txn_id, t->txn_id)) {
			*is_ours = true;
			return 0;
		}
		rc = log_check_conflict(t->s, t->c, &rival, delta_url(t->d),
					t->out, f);
		if (rc != 0)
			return rc;
		t->out->rivals++;
	}
	return rc == STORE_ABSENT ? 0 : rc;
}

/* ---- time ---- */

static int64_t
clock_ms(void)
{
	return utc_monotonic() / UTC_MS;
}

static bool
is_patient(const struct attempt *t)
{
	int64_t patience = t->c->patience_ms > 0 ? t->c->patience_ms : PATIENCE;

	if (io_stop_signal() != 0 && patience > DRAIN)
		patience = DRAIN;
	return clock_ms() - t->began_ms < patience;
}

/* The longer, the more often we were here; the first time not at all. */
static void
wait_a_little(struct attempt *t)
{
	int64_t ms = hash_nonce() % t->wait_limit;
	struct timespec pause = {.tv_sec = ms / 1000,
				 .tv_nsec = ms % 1000 * 1000000};

	if (ms > 0)
		nanosleep(&pause, NULL);
	if (t->wait_limit < WAIT_MAX)
		t->wait_limit *= 2;
}

bool
log_has_commit_times(const struct delta_snapshot *s)
{
	struct str on = delta_pairs_get(
		&s->meta.config, STR_LIT("delta.enableInCommitTimestamps"));

	return on.p != NULL && str_is(on, "true");
}

/* The time that this commit carries: later than that of the one before. */
static int
choose_times(struct attempt *t, struct log_commit *commit, struct fail *f)
{
	struct delta_snapshot *s = t->s;

	commit->now_ms = t->c->now_ms + (clock_ms() - t->began_ms);
	commit->in_commit_ms = -1;
	if (s->version < 0 || !log_has_commit_times(s))
		return 0;
	if (s->time_ms < 0) {
		struct delta_actions last;
		int rc = delta_read_commit(t->d, s->version, log_arena(s),
					   &last, f);

		if (rc < 0)
			return rc;
		if (rc == STORE_ABSENT || last.time_ms < 0)
			return fail_set(f, FAIL_DATA,
					"'%s': version %lld does not tell its "
					"time, which the next one needs",
					delta_url(t->d), (long long)s->version);
		s->time_ms = last.time_ms;
	}
	commit->in_commit_ms = commit->now_ms > s->time_ms ? commit->now_ms
							   : s->time_ms + 1;
	return 0;
}

/* ---- the commit ---- */

/* The snapshot takes in what we have committed, without asking the store. */
static int
take_own(struct attempt *t, struct fail *f)
{
	struct delta_actions own = {.version = t->s->version + 1,
				    .time_ms = -1};
	int rc = log_parse_commit(buf_str(&t->body), "commit", delta_url(t->d),
				  log_arena(t->s), &own, f);

	if (rc == 0)
		rc = log_apply(t->s, &own, f);
	if (rc != 0)
		return rc;
	t->s->version++;
	t->s->time_ms = own.time_ms;
	t->out->is_in_doubt = false;
	return 0;
}

/* One try: 0 and *is_done; or 0 when another try makes sense. */
static int
try_once(struct attempt *t, bool *is_done, struct fail *f)
{
	struct log_commit commit = {.s = t->s, .c = t->c, .txn_id = t->txn_id};
	struct fail trouble = {0};
	char key[LOG_KEY_MAX];
	bool is_ours;
	int rc = choose_times(t, &commit, f);

	*is_done = false;
	if (rc == 0)
		rc = log_format_commit(&commit, &t->body, f);
	if (rc != 0)
		return rc;
	t->out->tries++;
	t->out->is_in_doubt = true;
	rc = store_put_if_absent(delta_store(t->d),
				 log_key(key, t->s->version + 1, ".json"),
				 buf_str(&t->body), &trouble);
	*is_done = rc == STORE_OK;
	if (*is_done)
		return take_own(t, f);
	/* Taken, by whom? Or failed: before it had landed, or after? */
	wait_a_little(t);
	rc = catch_up(t, &is_ours, f);
	*is_done = rc == 0 && is_ours;
	if (rc != 0 || is_ours || trouble.code == 0)
		return rc;
	if (trouble.code == FAIL_RETRY && is_patient(t))
		return 0;
	/* It is not there; what a remote store has not answered may come. */
	t->out->is_in_doubt = trouble.code == FAIL_RETRY ||
			      trouble.code == FAIL_SIGNAL;
	return fail_set(f, trouble.code, "%s", trouble.text);
}

int
log_check_cut(struct delta *d, const struct delta_snapshot *s, struct fail *f)
{
	int64_t oldest, newest;
	int rc = delta_versions(d, &oldest, &newest, f);

	if (rc != 0 || oldest <= s->version + 1)
		return rc;
	return fail_set(f, FAIL_RETRY,
			"'%s': the log was cleaned up while we worked: it "
			"begins with version %lld, and we know version %lld; "
			"run again",
			delta_url(d), (long long)oldest, (long long)s->version);
}

static int
commit(struct attempt *t, struct fail *f)
{
	bool is_done = false;
	/* nobody cuts what is younger */
	int rc = log_age_us(t->s) < AGE_MAX ? 0 : log_check_cut(t->d, t->s, f);

	while (rc == 0 && !is_done) {
		rc = try_once(t, &is_done, f);
		if (rc == 0 && !is_done && !is_patient(t))
			rc = fail_set(
				f, FAIL_RETRY,
				"'%s': could not commit in %lld s, "
				"others were always faster",
				delta_url(t->d),
				(long long)((clock_ms() - t->began_ms) / 1000));
	}
	return rc;
}

static bool
is_checkpoint_due(const struct delta_snapshot *s)
{
	struct str text = delta_pairs_get(&s->meta.config,
					  STR_LIT("delta.checkpointInterval"));
	int64_t interval = LOG_INTERVAL;

	if (text.p != NULL &&
	    (num_parse_i64(text.p, text.n, &interval) != 0 || interval < 1))
		interval = LOG_INTERVAL;
	return s->version > 0 && s->version % interval == 0;
}

int
delta_commit(struct delta *d, struct delta_snapshot *s,
	     const struct delta_change *c, struct delta_outcome *out,
	     struct fail *f)
{
	struct delta_outcome own = {0};
	struct attempt t = {.d = d,
			    .s = s,
			    .c = c,
			    .out = out != NULL ? out : &own,
			    .began_ms = clock_ms(),
			    .wait_limit = 1};
	int rc;

	*t.out = (struct delta_outcome){0};
	if (s->version < 0 && c->meta == NULL)
		return fail_set(f, FAIL_BUG,
				"bug: the first commit of '%s' has no metadata",
				delta_url(d));
	delta_uuid(t.txn_id);
	buf_init(&t.body, LOG_COMMIT_MAX);
	rc = commit(&t, f);
	buf_release(&t.body);
	if (rc == 0 && is_checkpoint_due(s) &&
	    delta_checkpoint(d, s, &t.out->warning) != 0)
		fail_prefix(&t.out->warning, "no checkpoint was written: ");
	return rc;
}
