/* SPDX-License-Identifier: MIT */
/*
 * toplist - the lists of top tracks and artists of one line.
 */
#ifndef CHART_TOPLIST_H
#define CHART_TOPLIST_H

#include "ndjson/ndjson.h"

struct toplist_item {
	struct str name;
	struct str artist; /* of a track, where known */
	int64_t plays;
};

struct toplist {
	bool is_there; /* the line carries it, if empty */
	struct toplist_item *item;
	size_t n;
};

/*
 * Read a list; name_key ("track") is what an item's name is called. Borrows
 * from the line and the arena.
 */
int toplist_read(struct toplist *out, const struct ndjson_val *v,
		 struct str member, const char *name_key, struct arena *a,
		 struct fail *f) PORT_MUST_CHECK;

/*
 * Both lists are cut, so both tell only the least that an artist was played:
 * his own count, or that of his tracks together if that is more. Raise
 * artists accordingly. The map is for scratch, its keys are reset.
 */
int toplist_raise(struct toplist *artists, const struct toplist *tracks,
		  struct map *scratch, struct arena *a,
		  struct fail *f) PORT_MUST_CHECK;

#endif
