/* SPDX-License-Identifier: MIT */
/*
 * Private to http: libcurl, loaded when the first pool is opened. It brings
 * some thirty libraries along, and to load them takes longer than all that a
 * tool does at its start otherwise, while most tables lie in a folder.
 */
#ifndef HTTP_HTTP_CURL_H
#define HTTP_HTTP_CURL_H

#include <curl/curl.h>

#include "base/base.h"

/* Curl's functions, curl_ left out. */
struct http_curl {
	__typeof__(curl_global_init) *global_init;
	__typeof__(curl_global_cleanup) *global_cleanup;
	__typeof__(curl_easy_init) *easy_init;
	__typeof__(curl_easy_cleanup) *easy_cleanup;
	__typeof__(curl_easy_setopt) *easy_setopt;
	__typeof__(curl_easy_getinfo) *easy_getinfo;
	__typeof__(curl_easy_strerror) *easy_strerror;
	__typeof__(curl_multi_init) *multi_init;
	__typeof__(curl_multi_cleanup) *multi_cleanup;
	__typeof__(curl_multi_setopt) *multi_setopt;
	__typeof__(curl_multi_add_handle) *multi_add_handle;
	__typeof__(curl_multi_remove_handle) *multi_remove_handle;
	__typeof__(curl_multi_perform) *multi_perform;
	__typeof__(curl_multi_poll) *multi_poll;
	__typeof__(curl_multi_info_read) *multi_info_read;
	__typeof__(curl_multi_strerror) *multi_strerror;
	__typeof__(curl_slist_append) *slist_append;
	__typeof__(curl_slist_free_all) *slist_free_all;
};

/* Load it, if it is not yet. It stays until the process ends. */
int http_curl_load(struct fail *f) PORT_MUST_CHECK;

/* After it was loaded. */
const struct http_curl *http_curl(void);

#endif
