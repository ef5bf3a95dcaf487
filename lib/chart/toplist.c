/* SPDX-License-Identifier: MIT */
/*
 * Lists of top tracks and artists: arrays of
 * {"track":"...","artist":"...","id":"...","count":12}, or the same as the
 * text of a table's column.
 */
#include "chart/toplist.h"

#include "chart/cell.h"
#include "chart/tally.h"

#include "base/banned.h"

/* ---- reading ---- */

static int
read_item(struct toplist_item *item, const struct ndjson_val *v,
	  struct str member, const char *name_key, struct arena *a,
	  struct fail *f)
{
	struct ndjson_iter it;
	struct ndjson_val val;
	struct str key, id = {0};
	bool has_count = false, has_name = false;

	*item = (struct toplist_item){0};
	if (v->kind != NDJSON_OBJECT)
		return fail_set(f, FAIL_DATA,
				"%.*s: expected objects, found %s",
				STR_ARG(member), ndjson_kind_name(v->kind));
	it = ndjson_members(ndjson_raw(v));
	while (ndjson_iter_next(&it, &key, &val)) {
		int rc = 0;

		if (str_is(key, "count")) {
			rc = cell_count(&val, key, &item->plays, &has_count, f);
		} else if (val.kind != NDJSON_STRING) {
			continue;
		} else if (str_is(key, name_key)) {
			rc = cell_name(&val, a, &item->name, f);
			has_name = true;
		} else if (str_is(key, "artist")) {
			rc = cell_name(&val, a, &item->artist, f);
		} else if (str_is(key, "id")) {
			rc = cell_name(&val, a, &id, f);
		}
		if (rc != 0)
			return rc;
	}
	if (!has_name)
		item->name = id;
	if (!has_count || (!has_name && id.n == 0))
		return fail_set(f, FAIL_DATA,
				"%.*s: an item needs a count, and a name or id",
				STR_ARG(member));
	return 0;
}

/* The array itself, or the one that a string holds. */
static int
open_array(struct ndjson_val *v, struct str member, struct arena *a,
	   struct fail *f)
{
	if (v->kind == NDJSON_STRING) {
		struct str text = ndjson_string(v, a);
		size_t at;

		if (text.p == NULL && text.n > 0)
			return fail_memory(f);
		if (ndjson_validate(text.p, text.n, LIMIT_DEPTH, 0, &at) !=
		    NDJSON_OK)
			return fail_set(f, FAIL_DATA,
					"%.*s: the text is not JSON",
					STR_ARG(member));
		*v = ndjson_value_of(text);
	}
	if (v->kind != NDJSON_ARRAY)
		return fail_set(f, FAIL_DATA,
				"%.*s: expected an array, found %s",
				STR_ARG(member), ndjson_kind_name(v->kind));
	return 0;
}

int
toplist_read(struct toplist *out, const struct ndjson_val *v, struct str member,
	     const char *name_key, struct arena *a, struct fail *f)
{
	struct ndjson_val array = *v, val;
	struct ndjson_iter it;
	struct str unused;
	size_t n = 0;
	int rc;

	*out = (struct toplist){.is_there = v->kind > NDJSON_NULL};
	if (!out->is_there)
		return 0;
	rc = open_array(&array, member, a, f);
	if (rc != 0)
		return rc;
	it = ndjson_members(ndjson_raw(&array));
	while (ndjson_iter_next(&it, &unused, &val))
		n++;
	out->item = arena_zalloc(a, n + 1, sizeof(*out->item));
	if (out->item == NULL)
		return fail_memory(f);
	it = ndjson_members(ndjson_raw(&array));
	while (rc == 0 && ndjson_iter_next(&it, &unused, &val))
		rc = read_item(&out->item[out->n++], &val, member, name_key, a,
			       f);
	return rc;
}

/* ---- artists and their tracks ---- */

/* Capped, so that no list can make it overflow. */
static int64_t
add_capped(int64_t sum, int64_t v)
{
	return sum + v > TALLY_MAX ? TALLY_MAX : sum + v;
}

int
toplist_raise(struct toplist *artists, const struct toplist *tracks,
	      struct map *scratch, struct arena *a, struct fail *f)
{
	size_t i, most = artists->n + tracks->n;
	struct toplist_item *item;
	int64_t *by_tracks;

	if (!artists->is_there || tracks->n == 0)
		return 0;
	map_reset(scratch);
	item = arena_zalloc(a, most, sizeof(*item));
	by_tracks = arena_zalloc(a, most, sizeof(*by_tracks));
	if (item == NULL || by_tracks == NULL)
		return fail_memory(f);
	for (i = 0; i < artists->n; i++) {
		struct str name = artists->item[i].name;
		int64_t at = map_add(scratch, name, NULL);

		if (at < 0)
			return fail_memory(f);
		item[at].name = name;
		item[at].plays = add_capped(item[at].plays,
					    artists->item[i].plays);
	}
	for (i = 0; i < tracks->n; i++) {
		struct str name = tracks->item[i].artist;
		int64_t at;

		if (name.n == 0)
			continue;
		at = map_add(scratch, name, NULL);
		if (at < 0)
			return fail_memory(f);
		item[at].name = name;
		by_tracks[at] = add_capped(by_tracks[at],
					   tracks->item[i].plays);
	}
	for (i = 0; i < scratch->len; i++)
		if (by_tracks[i] > item[i].plays)
			item[i].plays = by_tracks[i];
	artists->item = item;
	artists->n = scratch->len;
	return 0;
}
