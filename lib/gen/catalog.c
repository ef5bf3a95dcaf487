/* SPDX-License-Identifier: MIT */
#include "gen/catalog.h"

#include <stdlib.h>

#include "gen/words.h"

#include "base/banned.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define ALBUM_TRACKS  10
#define ARTIST_TRACKS 30
/* Three names of WORDS_MAX, and keys and numbers. */
#define TRACK_MAX (3 * WORDS_MAX + 152)
/* A prime above GEN_TRACKS_MAX: steps through any catalogue once. */
#define RANK_STEP   15485863
#define EXACT_RANKS 256 /* ranks below are exact, then some 180 a doubling */

enum { KEY_TRACK = 1, KEY_ALBUM, KEY_ARTIST, KEY_RANK };

/* The names of the album and artist that a run of tracks shares. */
struct names {
	char artist[WORDS_MAX];
	size_t artist_n;
	char album[WORDS_MAX];
	size_t album_n;
};

/*
 * The weight of a rank, 0 the most popular, among a log-normal population's
 * most played members.
 */
static double
weight_of(const struct gen_profile *p, uint64_t rank)
{
	double above = ((double)rank + 0.5) / p->popularity_world;

	return rng_exp(-p->popularity_sd * rng_normal_quantile(above));
}

/*
 * Weights of ranks: exact at knots, some 180 to a doubling, and straight in
 * between, where the curve is straight to a few millionths.
 */
static void
fill_weights(double *by_rank, const struct gen_profile *p, uint32_t n)
{
	uint64_t from = 0;
	double here = weight_of(p, 0);

	while (from < n) {
		uint64_t step = 1 + from / EXACT_RANKS;
		double there = weight_of(p, from + step);

		for (uint64_t i = 0; i < step && from + i < n; i++)
			by_rank[from + i] = here + (there - here) * (double)i /
							   (double)step;
		from += step;
		here = there;
	}
}

/* A track's rank is its number, stepped round the catalogue, so that numbers
 * tell nothing. */
static int
fill_popularity(struct gen_catalog *c, const struct gen_profile *p,
		uint64_t key, struct fail *f)
{
	double *by_rank = malloc(c->tracks * sizeof(*by_rank));
	double *weight = malloc(c->tracks * sizeof(*weight));
	uint64_t rank = rng_key(key, KEY_RANK, 0) % c->tracks;
	int rc;

	if (by_rank == NULL || weight == NULL) {
		rc = fail_memory(f);
	} else {
		fill_weights(by_rank, p, c->tracks);
		for (uint32_t i = 0; i < c->tracks; i++) {
			weight[i] = by_rank[rank];
			rank = (rank + RANK_STEP) % c->tracks;
		}
		rc = rng_alias_init(&c->popularity, weight, c->tracks, f);
	}
	free(weight);
	free(by_rank);
	return rc;
}

/* The quantile at u (of 2^32), straight between knots, in milliseconds. */
static uint32_t
duration_at(const struct gen_knot *k, uint32_t u)
{
	double share = (double)u / 4294967296.0;
	double part;

	while (k[1].share <= share)
		k++;
	part = (share - k[0].share) / (k[1].share - k[0].share);
	return (uint32_t)((k[0].value + part * (k[1].value - k[0].value)) *
			  1000.0);
}

static void
name_track(struct names *n, uint32_t i, uint64_t key)
{
	struct rng r;

	if (i % ARTIST_TRACKS == 0) {
		r = rng_of(rng_key(key, KEY_ARTIST, i / ARTIST_TRACKS));
		n->artist_n = words_artist(n->artist, &r);
	}
	if (i % ALBUM_TRACKS == 0) {
		r = rng_of(rng_key(key, KEY_ALBUM, i / ALBUM_TRACKS));
		n->album_n = words_album(n->album, &r);
	}
}

static char *
put(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}
#define PUT_LIT(p, lit) put((p), (lit), sizeof(lit) - 1)

static char *
put_id(char *p, uint32_t i)
{
	p += num_format_i64(p, i + INT64_C(1));
	*p++ = '"';
	return p;
}

/* Seconds with up to three decimals: their shortest text. */
static char *
put_seconds(char *p, uint32_t ms)
{
	p += num_format_i64(p, ms / 1000);
	if (ms % 1000 == 0)
		return p;
	*p++ = '.';
	num_format_padded(p, ms % 1000, 3);
	for (p += 3; p[-1] == '0'; p--)
		;
	return p;
}

/* At most TRACK_MAX bytes. */
static char *
put_track(char *p, enum gen_form form, uint32_t i, const struct names *n,
	  struct rng *r, uint32_t duration_ms)
{
	if (form == GEN_PLAYPIPE) {
		p = put_id(PUT_LIT(p, ",\"trackId\":\"t"), i);
		p = put_id(PUT_LIT(p, ",\"artistId\":\"a"), i / ARTIST_TRACKS);
		p = put_id(PUT_LIT(p, ",\"albumId\":\"b"), i / ALBUM_TRACKS);
	}
	p = put(PUT_LIT(p, ",\"artist\":\""), n->artist, n->artist_n);
	p = PUT_LIT(p, "\",\"song\":\"");
	p += words_song(p, r);
	if (form == GEN_PLAYPIPE) {
		p = put(PUT_LIT(p, "\",\"album\":\""), n->album, n->album_n);
		p = PUT_LIT(p, "\",\"duration\":");
	} else {
		p = PUT_LIT(p, "\",\"length\":");
	}
	return put_seconds(p, duration_ms);
}

static int
fill_texts(struct gen_catalog *c, const struct gen_profile *p,
	   enum gen_form form, uint64_t key)
{
	struct names names = {0};
	struct buf b;
	int rc = 0;

	buf_init(&b, (size_t)(c->tracks + 1) * TRACK_MAX * 2);
	for (uint32_t i = 0; rc == 0 && i < c->tracks; i++) {
		struct rng r = rng_of(rng_key(key, KEY_TRACK, i));

		name_track(&names, i, key);
		c->duration_ms[i] = duration_at(p->duration,
						(uint32_t)rng_next(&r));
		c->at[i] = b.len;
		rc = buf_reserve(&b, TRACK_MAX);
		if (rc == 0)
			b.len = (size_t)(put_track(b.p + b.len, form, i, &names,
						   &r, c->duration_ms[i]) -
					 b.p);
	}
	c->at[c->tracks] = b.len;
	c->text = b.p;
	return rc;
}

int
catalog_init(struct gen_catalog *c, const struct gen_profile *p,
	     uint32_t tracks, enum gen_form form, uint64_t key, struct fail *f)
{
	int rc;

	*c = (struct gen_catalog){.tracks = tracks};
	c->duration_ms = malloc(tracks * sizeof(*c->duration_ms));
	c->at = malloc((tracks + (size_t)1) * sizeof(*c->at));
	if (c->duration_ms == NULL || c->at == NULL ||
	    fill_texts(c, p, form, key) < 0)
		rc = fail_memory(f);
	else
		rc = fill_popularity(c, p, key, f);
	if (rc < 0)
		catalog_release(c);
	return rc;
}

void
catalog_release(struct gen_catalog *c)
{
	free(c->at);
	free(c->text);
	free(c->duration_ms);
	rng_alias_release(&c->popularity);
	*c = (struct gen_catalog){0};
}
