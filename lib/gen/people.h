/* SPDX-License-Identifier: MIT */
/*
 * people - first and last names that are common somewhere, by culture.
 */
#ifndef GEN_PEOPLE_H
#define GEN_PEOPLE_H

#include "gen/places.h"

/* Commoner names come first. None needs a JSON escape. */
struct gen_names {
	const char *const *female;
	const char *const *male;
	const char *const *last;
	uint16_t female_n, male_n, last_n;
};

extern const struct gen_names gen_names[GEN_CULTURES];

#endif
