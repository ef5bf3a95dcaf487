/* SPDX-License-Identifier: MIT */
/*
 * The exact parser's view of a line: an object, its members found, named and
 * checked for doubles.
 */
#ifndef NDJSON_OBJECT_H
#define NDJSON_OBJECT_H

#include "exact.h"

struct object_member {
	uint32_t head;	       /* offset of the brace or comma before the key */
	uint32_t value;	       /* of the value's first byte */
	uint32_t id;	       /* below n_slots: the slot of a wanted key */
	struct str key;	       /* between the quotes, as it stands */
	struct ndjson_val val; /* ABSENT when it was only skipped */
};

/*
 * Keys have ids that hold over lines: a wanted key's is its slot, so that
 * aliases share one; others are numbered as they appear. A key's id seen
 * twice in a line is a double.
 */
struct object {
	bool want_all; /* check and keep members that no wanted key names */
	size_t n_slots;

	struct map names; /* unescaped keys; the wanted ones come first */
	uint32_t *slot;	  /* owned; of the first n_wanted names */
	size_t n_wanted;
	uint32_t *seen; /* owned; by id, the stamp of the last line */
	uint32_t stamp; /* of this line */
	char *scratch;	/* owned; a key unescaped */
	size_t scratch_cap;

	struct object_member *member; /* owned; LIMIT_KEYS, of this line */
	size_t n;
	uint32_t end; /* offset of the closing brace */
};

int object_init(struct object *o, const struct str *keys, const int *slot,
		size_t n_keys, struct fail *f) PORT_MUST_CHECK;
void object_release(struct object *o);

/*
 * True when the names have to be forgotten before the next line, because
 * another line's keys might not fit. All ids of keys that are not wanted are
 * then given anew.
 */
bool object_is_full(const struct object *o);
int object_forget(struct object *o, struct fail *f) PORT_MUST_CHECK;

/* Parse a whole line. A negative code is out of memory only; what the line
 * is worth stands in *reason. */
int object_parse(struct object *o, struct exact *x, enum ndjson_reason *reason,
		 struct fail *f) PORT_MUST_CHECK;

#endif
