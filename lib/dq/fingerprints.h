/* SPDX-License-Identifier: MIT */
/*
 * Private to dq: a set of 128-bit fingerprints in bounded memory, which
 * remembers of each whether it came again. One thread.
 */
#ifndef DQ_FINGERPRINTS_H
#define DQ_FINGERPRINTS_H

#include "dq/dq.h"

struct dq_fingerprint {
	uint64_t word[2];
};

struct dq_fingerprint_table {
	struct dq_fingerprint *slot; /* owned; both words 0: free */
	size_t slots;		     /* a power of two, or 0 */
	size_t len;
};

/* Initialise with dq_fingerprints_init. */
struct dq_fingerprints {
	struct dq_fingerprint_table now;
	struct dq_fingerprint_table past; /* of a window: the one before */
	size_t max_slots;
	bool is_window;
};

enum dq_seen {
	DQ_SEEN_NEVER,
	DQ_SEEN_ONCE,  /* now twice */
	DQ_SEEN_OFTEN, /* twice or more before */
	DQ_SEEN_FULL,  /* never, as far as is remembered; and not noted */
};

/*
 * At most bytes of memory, while growing too. A window drops its older half
 * when it is full; else a full set takes nothing new.
 */
void dq_fingerprints_init(struct dq_fingerprints *s, size_t bytes,
			  bool is_window);
void dq_fingerprints_release(struct dq_fingerprints *s);

/* Forget all. */
void dq_fingerprints_reset(struct dq_fingerprints *s);

/* One that will soon be noted: have its place in the table on its way, which is
 * far away in memory. */
void dq_fingerprints_expect(const struct dq_fingerprints *s,
			    const uint64_t word[2]);

/* Note a fingerprint; say how often it had been noted. */
enum dq_seen dq_fingerprints_note(struct dq_fingerprints *s,
				  const uint64_t word[2]);

/* How many can be remembered. */
size_t dq_fingerprints_max(const struct dq_fingerprints *s);

/* Append all as bytes, and take them into an empty set. */
int dq_fingerprints_save(const struct dq_fingerprints *s,
			 struct buf *out) PORT_MUST_CHECK;
/* *in is advanced; FAIL_DATA when it ends early or holds too much. */
int dq_fingerprints_load(struct dq_fingerprints *s, struct str *in,
			 struct fail *f) PORT_MUST_CHECK;

#endif
