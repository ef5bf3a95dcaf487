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
/* A prime above GEN_TRACKS_MAX: steps through any catalogue once. */
#define RANK_STEP 15485863

enum { KEY_TRACK = 1, KEY_ALBUM, KEY_ARTIST, KEY_RANK };

/* The names of the album and artist that a run of tracks shares. */
struct names {
	char artist[WORDS_MAX];
	size_t artist_n;
	char album[WORDS_MAX];
	size_t album_n;
};

/*
 * Weights of a log-normal population's most played n members. Rank 0 is the
 * most popular; a track's rank is its number, stepped round the catalogue,
 * so that numbers tell nothing.
 */
static int
fill_popularity(struct gen_catalog *c, const struct gen_profile *p,
		uint64_t key, struct fail *f)
{
	double *weight = malloc(c->tracks * sizeof(*weight));
	uint64_t rank = rng_key(key, KEY_RANK, 0) % c->tracks;
	int rc;

	if (weight == NULL)
		return fail_memory(f);
	for (uint32_t i = 0; i < c->tracks; i++) {
		double above = ((double)rank + 0.5) / p->popularity_world;

		weight[i] = rng_exp(-p->popularity_sd *
				    rng_normal_quantile(above));
		rank = (rank + RANK_STEP) % c->tracks;
	}
	rc = rng_alias_init(&c->popularity, weight, c->tracks, f);
	free(weight);
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

static int
add_text(struct buf *b, const char *key, const char *p, size_t n)
{
	int rc = buf_add_cstr(b, key);

	if (rc == 0)
		rc = buf_add(b, p, n);
	return rc == 0 ? buf_add_char(b, '"') : rc;
}

static int
add_id(struct buf *b, const char *key, uint32_t i)
{
	int rc = buf_add_cstr(b, key);

	if (rc == 0)
		rc = buf_add_i64(b, i + INT64_C(1));
	return rc == 0 ? buf_add_char(b, '"') : rc;
}

static int
write_track(struct buf *b, enum gen_form form, uint32_t i,
	    const struct names *n, struct rng *r, uint32_t duration_ms)
{
	char song[WORDS_MAX];
	size_t song_n = words_song(song, r);
	int rc = 0;

	if (form == GEN_PLAYPIPE) {
		rc = add_id(b, ",\"trackId\":\"t", i);
		if (rc == 0)
			rc = add_id(b, ",\"artistId\":\"a", i / ARTIST_TRACKS);
		if (rc == 0)
			rc = add_id(b, ",\"albumId\":\"b", i / ALBUM_TRACKS);
	}
	if (rc == 0)
		rc = add_text(b, ",\"artist\":\"", n->artist, n->artist_n);
	if (rc == 0)
		rc = add_text(b, ",\"song\":\"", song, song_n);
	if (rc == 0 && form == GEN_PLAYPIPE)
		rc = add_text(b, ",\"album\":\"", n->album, n->album_n);
	if (rc == 0)
		rc = buf_add_cstr(b, form == GEN_PLAYPIPE ? ",\"duration\":"
							  : ",\"length\":");
	return rc == 0 ? buf_add_f64(b, duration_ms / 1000.0) : rc;
}

static int
fill_texts(struct gen_catalog *c, const struct gen_profile *p,
	   enum gen_form form, uint64_t key)
{
	struct names names = {0};
	struct buf b;
	int rc = 0;

	buf_init(&b, (size_t)c->tracks * 5 * WORDS_MAX);
	for (uint32_t i = 0; rc == 0 && i < c->tracks; i++) {
		struct rng r = rng_of(rng_key(key, KEY_TRACK, i));

		name_track(&names, i, key);
		c->duration_ms[i] = duration_at(p->duration,
						(uint32_t)rng_next(&r));
		c->at[i] = b.len;
		rc = write_track(&b, form, i, &names, &r, c->duration_ms[i]);
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
