/* SPDX-License-Identifier: MIT */
/*
 * Pages of a lake's listing: whatever a service sends is read or refused with
 * a sentence, and keys that come out are keys of the folder that was asked.
 */
#include <stdlib.h>

#include "store/azure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define SKIP   2 /* "r/" */
#define FOLDER 2 /* "d/" */

static void
check_found(const struct store_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct str key = l->item[i].key;

		if (key.n <= FOLDER || key.p[key.n - 1] == '/' ||
		    key.p[FOLDER] == '.' ||
		    (i > 0 && str_compare(l->item[i - 1].key, key) > 0))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str xml = {(const char *)data, n};
	struct arena mem = {0};
	struct store_found found = {.mem = &mem};
	struct azure_page page = {.prefix = STR_LIT("r/d/"),
				  .skip = SKIP,
				  .folder_n = FOLDER,
				  .found = &found};
	struct store_list l = {0};
	struct fail f = {0};
	struct buf text;

	buf_init(&page.marker, LIMIT_PATH);
	buf_init(&text, LIMIT_PATH);
	if (azure_page_parse(&page, xml, &f) == 0) {
		if (store_found_take(&found, &l, &f) != 0)
			abort();
		check_found(&l);
	} else if (f.code == 0 || f.text[0] == '\0') {
		abort();
	}
	if (!azure_xml_text(xml, "Message", &text))
		buf_reset(&text);
	store_found_release(&found);
	buf_release(&page.marker);
	buf_release(&text);
	arena_release(&mem);
	return 0;
}
