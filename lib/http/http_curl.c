/* SPDX-License-Identifier: MIT */
/*
 * Finding libcurl's functions. Its interface is stable since 7.16 as long as
 * the library is called .so.4.
 */
#include "http/http_curl.h"

#include <dlfcn.h>

#define LIBRARY "libcurl.so.4"

static struct http_curl curl;
static bool is_loaded;

#define FUNCTION(name)                                                         \
	{                                                                      \
		"curl_" #name, offsetof(struct http_curl, name)                \
	}

static const struct {
	const char *name;
	size_t at; /* of its pointer in struct http_curl */
} function[] = {
	FUNCTION(global_init),	    FUNCTION(global_cleanup),
	FUNCTION(easy_init),	    FUNCTION(easy_cleanup),
	FUNCTION(easy_setopt),	    FUNCTION(easy_getinfo),
	FUNCTION(easy_strerror),    FUNCTION(multi_init),
	FUNCTION(multi_cleanup),    FUNCTION(multi_setopt),
	FUNCTION(multi_add_handle), FUNCTION(multi_remove_handle),
	FUNCTION(multi_perform),    FUNCTION(multi_poll),
	FUNCTION(multi_info_read),  FUNCTION(multi_strerror),
	FUNCTION(slist_append),	    FUNCTION(slist_free_all),
};

int
http_curl_load(struct fail *f)
{
	size_t n = sizeof(function) / sizeof(*function);
	void *library;

	_Static_assert(sizeof(function) / sizeof(*function) * sizeof(void *) ==
			       sizeof(struct http_curl),
		       "each of curl's functions is found by its name");
	if (is_loaded)
		return 0;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return fail_set(f, FAIL_USAGE,
				"tables in the cloud are read and written by "
				"libcurl, which cannot be loaded: %s",
				dlerror());
	for (size_t i = 0; i < n; i++) {
		void *p = dlsym(library, function[i].name);

		if (p == NULL)
			return fail_set(f, FAIL_USAGE,
					"'%s' is too old: it has no '%s'",
					LIBRARY, function[i].name);
		memcpy((char *)&curl + function[i].at, &p, sizeof(p));
	}
	is_loaded = true;
	return 0;
}

const struct http_curl *
http_curl(void)
{
	return &curl;
}
