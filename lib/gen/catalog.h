/* SPDX-License-Identifier: MIT */
/*
 * catalog - tracks that nobody recorded: names from our own syllables and
 * words, durations and popularity from the profile; a track is a function
 * of the seed and its number. Ten tracks make an album, three albums an
 * artist. Immutable once made.
 */
#ifndef GEN_CATALOG_H
#define GEN_CATALOG_H

#include "gen/gen.h"
#include "gen/profile.h"
#include "rng/rng.h"

struct gen_catalog {
	struct rng_alias popularity; /* a play's track */
	uint32_t *duration_ms;
	/* The part of a line that a track fixes (", "artist": ... up to the
	 * duration), as JSON: text + at[i], at[i + 1] - at[i] bytes. */
	char *text;
	uint64_t *at; /* tracks + 1 */
	uint32_t tracks;
};

int catalog_init(struct gen_catalog *c, const struct gen_profile *p,
		 uint32_t tracks, enum gen_form form, uint64_t key,
		 struct fail *f) PORT_MUST_CHECK;
void catalog_release(struct gen_catalog *c);

#endif
