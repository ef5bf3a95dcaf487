/* SPDX-License-Identifier: MIT */
/*
 * places - where listeners live: cities of the world, typed as facts, each
 * with a fixed offset from UTC (standard time all year: no rules of zones
 * that change by decree and differ between systems).
 */
#ifndef GEN_PLACES_H
#define GEN_PLACES_H

#include <stddef.h>
#include <stdint.h>

enum gen_region {
	GEN_EUROPE,
	GEN_NORTH_AMERICA,
	GEN_LATIN_AMERICA,
	GEN_REST, /* Asia, Africa, Oceania */
	GEN_REGIONS,
};

/* Which first and last names are usual. */
enum gen_culture {
	GEN_ENGLISH,
	GEN_IBERIAN,
	GEN_FRENCH,
	GEN_GERMANIC, /* German, Dutch, Nordic */
	GEN_SLAVIC,
	GEN_ASIAN,    /* East and South-East */
	GEN_SOUTHERN, /* South Asia, the Middle East, Africa */
	GEN_CULTURES,
};

struct gen_place {
	const char *city;
	char country[3];
	char state[3]; /* of the US, else "" */
	const char *zip;
	int16_t lat, lon;   /* hundredths of a degree */
	int16_t tz_minutes; /* offset from UTC */
	uint8_t region;
	uint8_t culture;
	uint16_t weight; /* people, in ten thousands */
};

extern const struct gen_place gen_places[];
extern const size_t gen_places_n;

#endif
