/* SPDX-License-Identifier: MIT */
/*
 * words - titles and artists made up from syllables and words. Nobody's real
 * name or title is meant; titles now and then carry what real ones do:
 * accents, quotes, ampersands, featured guests.
 */
#ifndef GEN_WORDS_H
#define GEN_WORDS_H

#include "rng/rng.h"

#define WORDS_MAX 120 /* bytes a function below writes at most */

/* Write JSON string content (escaped, without the quotes) at dst; return
 * the bytes written. */
size_t words_artist(char *dst, struct rng *r);
size_t words_album(char *dst, struct rng *r);
size_t words_song(char *dst, struct rng *r);

#endif
