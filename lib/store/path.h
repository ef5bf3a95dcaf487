/* SPDX-License-Identifier: MIT */
/* Private to store: from keys to paths of the folder backend. */
#ifndef STORE_PATH_H
#define STORE_PATH_H

#include "store/store.h"

/* The folder, without a slash at its end. */
const char *store_root(const struct store *s);

/* The path of an object into path[LIMIT_PATH]; FAIL_DATA for a key that
 * would leave the root. */
int store_path(const struct store *s, struct str key, char *path,
	       struct fail *f) PORT_MUST_CHECK;

#endif
