/* SPDX-License-Identifier: MIT */
/* The lake's parts that need no service: URLs and the environment, what is
 * signed, and listings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "store/azure.h"

static const char *const variables[] = {
	"AZURE_STORAGE_ACCOUNT_NAME",
	"AZURE_STORAGE_ACCOUNT_KEY",
	"AZURE_STORAGE_ENDPOINT",
	"AZURE_STORAGE_USE_EMULATOR",
	"AZURITE_BLOB_STORAGE_URL",
	"AZURE_STORAGE_SAS_TOKEN",
	"AZURE_STORAGE_TOKEN",
	"AZURE_ALLOW_HTTP",
	"AZURE_CLIENT_ID",
	"AZURE_TENANT_ID",
	"AZURE_CLIENT_SECRET",
	"AZURE_FEDERATED_TOKEN_FILE",
	"AZURE_USE_AZURE_CLI",
	"PLAYPIPE_LAKE_PATIENCE_MS",
};

static int
clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	return 0;
}

/* ---- where ---- */

#define EMULATOR "http://127.0.0.1:10000/devstoreaccount1"

struct url_case {
	const char *url, *account, *endpoint, *container, *root;
};

static void
check_urls(const struct url_case *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct azure_config c;
		struct fail f = {0};

		assert_true(azure_is_url(t[i].url));
		if (azure_config_load(&c, t[i].url, &f) != 0)
			fail_msg("%s", f.text);
		assert_string_equal(c.account, t[i].account);
		assert_string_equal(c.endpoint, t[i].endpoint);
		assert_string_equal(c.container, t[i].container);
		assert_string_equal(c.root, t[i].root);
		assert_int_equal(c.is_default_emulator,
				 strcmp(c.endpoint, EMULATOR) == 0);
		azure_config_release(&c);
	}
}

#define LAKE "https://acc.blob.core.windows.net"

static void
urls_say_where(void **state)
{
	static const struct url_case t[] = {
		{"abfss://c@acc.dfs.core.windows.net/a/b", "acc", LAKE, "c",
		 "a/b"},
		{"abfs://c@acc.dfs.core.windows.net/a/b//", "acc", LAKE, "c",
		 "a/b"},
		{"abfss://c@acc.dfs.core.windows.net", "acc", LAKE, "c", ""},
		{"https://acc.blob.core.windows.net/c/a", "acc", LAKE, "c",
		 "a"},
		{"https://acc.dfs.core.windows.net/c/a%20b%", "acc", LAKE, "c",
		 "a b%"},
		{"abfss://My%20W@onelake.dfs.fabric.microsoft.com/x", "onelake",
		 "https://onelake.blob.fabric.microsoft.com", "My W", "x"},
		{"abfss://c@acc.z01.dfs.storage.azure.net/x", "acc",
		 "https://acc.z01.blob.storage.azure.net", "c", "x"},
		{"az://c/a", "named", "https://named.blob.core.windows.net",
		 "c", "a"},
	};

	(void)state;
	setenv("AZURE_STORAGE_ACCOUNT_NAME", "named", 1);
	check_urls(t, sizeof(t) / sizeof(t[0]));
}

static void
the_emulator_is_path_style(void **state)
{
	static const struct url_case t[] = {
		{"az://c/a", "devstoreaccount1", EMULATOR, "c", "a"},
		{"abfss://c@other.dfs.core.windows.net/a", "other",
		 "http://127.0.0.1:10000/other", "c", "a"},
	};
	static const struct url_case elsewhere[] = {
		{"az://c/a", "devstoreaccount1",
		 "http://azurite:7/devstoreaccount1", "c", "a"},
	};

	(void)state;
	setenv("AZURE_STORAGE_USE_EMULATOR", "true", 1);
	check_urls(t, 2);
	setenv("AZURITE_BLOB_STORAGE_URL", "http://azurite:7/", 1);
	check_urls(elsewhere, 1);
	clear(state);
	setenv("AZURE_STORAGE_ACCOUNT_NAME", "devstoreaccount1", 1);
	setenv("AZURE_STORAGE_ENDPOINT", "http://127.0.0.1:9/devstoreaccount1",
	       1);
	check_urls(&(struct url_case){"az://c/a", "devstoreaccount1",
				      "http://127.0.0.1:9/devstoreaccount1",
				      "c", "a"},
		   1);
}

static void
what_is_no_place_is_refused(void **state)
{
	static const char *const bad[] = {
		"abfss://c@acc/x",
		"abfss://acc.dfs.core.windows.net/x",
		"abfss://c@.dfs.core.windows.net/x",
		"https://example.com/c/x",
		"https://acc.blob.core.windows.net",
		"az://",
		"az://c/a/../../b",
		"az://c/a/%2e%2E/b",
		"az://c/x", /* no account */
		"az://Lake/x",
		"abfss://my_lake@acc.dfs.core.windows.net/x",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct azure_config c;
		struct fail f = {0};

		assert_int_equal(azure_config_load(&c, bad[i], &f), FAIL_USAGE);
		assert_non_null(strstr(f.text, bad[i]));
	}
}

static void
a_secret_in_a_url_is_refused_and_not_told(void **state)
{
	struct fail f = {0};
	struct store *s;

	(void)state;
	assert_int_equal(
		store_open(&s, "https://acc.blob.core.windows.net/c/a?sig=hush",
			   &f),
		FAIL_USAGE);
	assert_non_null(strstr(f.text, "AZURE_STORAGE_SAS_TOKEN"));
	assert_null(strstr(f.text, "hush"));
}

static void
credentials_do_not_go_in_the_clear(void **state)
{
	struct azure_config c;
	struct fail f = {0};

	(void)state;
	setenv("AZURE_STORAGE_ACCOUNT_NAME", "acc", 1);
	setenv("AZURE_STORAGE_ENDPOINT", "http://example.com", 1);
	assert_int_equal(azure_config_load(&c, "az://c/a", &f), FAIL_USAGE);
	assert_non_null(strstr(f.text, "not https"));
	setenv("AZURE_ALLOW_HTTP", "true", 1);
	assert_int_equal(azure_config_load(&c, "az://c/a", NULL), 0);
	azure_config_release(&c);
	setenv("AZURE_STORAGE_ENDPOINT", "http://127.0.0.1.example.com", 1);
	unsetenv("AZURE_ALLOW_HTTP");
	assert_int_equal(azure_config_load(&c, "az://c/a", NULL), FAIL_USAGE);
}

static void
a_key_is_of_the_account_named(void **state)
{
	struct fail f = {0};
	struct store *s;

	(void)state;
	setenv("AZURE_STORAGE_ACCOUNT_NAME", "mine", 1);
	setenv("AZURE_STORAGE_ACCOUNT_KEY", "a2V5", 1);
	assert_int_equal(
		store_open(&s, "abfss://c@other.dfs.core.windows.net/x", &f),
		FAIL_USAGE);
	assert_non_null(strstr(f.text, "'mine'"));
	setenv("AZURE_STORAGE_ACCOUNT_KEY", "hush!", 1);
	f = (struct fail){0};
	assert_int_equal(store_open(&s, "az://c/x", &f), FAIL_USAGE);
	assert_non_null(strstr(f.text, "not base64"));
	assert_null(strstr(f.text, "hush"));
}

static void
a_sas_says_when_it_ends(void **state)
{
	static const struct {
		const char *sas, *end;
	} t[] = {
		{"sv=1&se=2026-01-02T03%3A04%3A05Z&sig=x",
		 "2026-01-02T03:04:05Z"},
		{"se=2026-01-02T03:04Z", "2026-01-02T03:04:00Z"},
		{"sig=x&se=2026-01-02", "2026-01-02T00:00:00Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int64_t end;

		assert_int_equal(utc_parse(t[i].end, strlen(t[i].end), &end),
				 0);
		assert_true(azure_sas_end(str_of(t[i].sas)) == end);
	}
	assert_true(azure_sas_end(str_of("sig=x&base=1")) == UTC_MAX);
	assert_true(azure_sas_end(str_of("se=soon&sig=x")) == UTC_MAX);
	assert_true(azure_sas_end((struct str){NULL, 0}) == UTC_MAX);
}

/* ---- what is signed ---- */

/* The example of "Authorize with Shared Key", and Python's HMAC of it. */
static void
the_documents_example_is_signed(void **state)
{
	static const struct http_header header[] = {
		{"x-ms-version", "2015-02-21"},
		{"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
	static const struct azure_param param[] = {
		{"timeout", STR_INIT("20")},
		{"restype", STR_INIT("container")},
		{"comp", STR_INIT("metadata")}};
	const struct azure_signed s = {
		.verb = "GET",
		.account = "myaccount",
		.path = STR_LIT("/mycontainer"),
		.header = header,
		.header_n = 2,
		.param = param,
		.param_n = 3,
	};
	static const char code[] =
		"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6"
		"tq/K1SZFPTOtr/KBHBeksoGMGw==";
	char key[sizeof(code)];
	size_t key_n;
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	assert_int_equal(azure_string_to_sign(&text, &s), 0);
	assert_true(str_is(buf_str(&text),
			   "GET\n\n\n\n\n\n\n\n\n\n\n\n"
			   "x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
			   "x-ms-version:2015-02-21\n"
			   "/myaccount/mycontainer\ncomp:metadata\n"
			   "restype:container\ntimeout:20"));
	buf_reset(&text);
	assert_int_equal(base64_decode(key, code, sizeof(code) - 1, &key_n), 0);
	assert_int_equal(azure_sign(&text, &s, (struct str){key, key_n}), 0);
	assert_true(str_is(buf_str(&text),
			   "SharedKey myaccount:"
			   "1u9lui2jDxj0+fpbHjQ5m5NnastJRSYM+PSmfi8TXx4="));
	buf_release(&text);
}

static void
headers_have_their_lines(void **state)
{
	static const struct http_header header[] = {
		{"range", "bytes=0-9"},
		{"if-none-match", "*"},
		{"content-type", "t"},
		{"x-ms-blob-type", "BlockBlob"}};
	static const struct azure_param param[] = {
		{"startFrom", STR_INIT("a b")}};
	const struct azure_signed s = {
		.verb = "PUT",
		.account = "a",
		.path = STR_LIT("/a/c/x%20y"),
		.body_n = 12,
		.header = header,
		.header_n = 4,
		.param = param,
		.param_n = 1,
	};
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	assert_int_equal(azure_string_to_sign(&text, &s), 0);
	assert_true(str_is(buf_str(&text),
			   "PUT\n\n\n12\n\nt\n\n\n\n*\n\nbytes=0-9\n"
			   "x-ms-blob-type:BlockBlob\n/a/a/c/x%20y\n"
			   "startfrom:a b"));
	buf_release(&text);
}

/* ---- listings ---- */

#define TIME	"<Last-Modified>Mon, 23 Nov 2026 15:10:40 GMT</Last-Modified>"
#define BLOB(n) "<Blob><Name>" n "</Name><Properties>" TIME SIZE
#define SIZE	"<Content-Length>7</Content-Length>"
#define END	"</Properties></Blob>"
#define PAGE(in)                                                               \
	"\xef\xbb\xbf<?xml version=\"1.0\"?><EnumerationResults A=\"b\">"      \
	"<Prefix>r/d/</Prefix><Blobs>" in "</Blobs>"
#define LAST_PAGE "<NextMarker /></EnumerationResults>"

static int
parse(const char *xml, const char *from, struct arena *mem,
      struct store_list *out, struct buf *marker, struct fail *f)
{
	struct store_found found = {.mem = mem};
	struct azure_page p = {.prefix = STR_LIT("r/d/"),
			       .skip = 2,
			       .folder_n = 2,
			       .from = str_of(from),
			       .found = &found};
	int rc;

	*out = (struct store_list){0};
	buf_init(&p.marker, LIMIT_PATH);
	rc = azure_page_parse(&p, str_of(xml), f);
	if (rc == 0)
		rc = store_found_take(&found, out, f);
	if (rc == 0 && marker != NULL)
		*marker = p.marker;
	else
		buf_release(&p.marker);
	store_found_release(&found);
	return rc;
}

static void
a_page_is_read(void **state)
{
	static const char xml[] = PAGE(
		BLOB("r/d/b&amp;&lt;&#x20ac;") END
		"<BlobPrefix><Name>r/d/sub/</Name></BlobPrefix>" BLOB(
			"r/d/a") "<Etag>0x1</Etag>" END
			BLOB("r/d/folder") "<ResourceType>directory</"
					   "ResourceType>" END BLOB("other/dd")
						   END BLOB("r/d/.hidden") END
							   BLOB("r/d/x/.tmp/y")
								   END
		"<Blob><Name "
		"Encoded=\"true\">r%2fd%2F%01c</Name><Properties>" TIME SIZE
			END) "<NextMarker>n&amp;1</NextMarker>"
			     "</EnumerationResults>";
	struct arena mem = {0};
	struct store_list l;
	struct fail f = {0};
	struct buf marker;

	(void)state;
	if (parse(xml, "", &mem, &l, &marker, &f) != 0)
		fail_msg("%s", f.text);
	assert_int_equal(l.n, 3);
	assert_true(str_is(l.item[0].key, "d/\001c"));
	assert_true(str_is(l.item[1].key, "d/a"));
	assert_true(str_is(l.item[2].key, "d/b&<\xe2\x82\xac"));
	assert_int_equal(l.item[1].bytes, 7);
	assert_int_equal(l.item[1].mtime_ms, 1795446640000);
	assert_true(str_is(buf_str(&marker), "n&1"));
	buf_release(&marker);
	assert_int_equal(parse(xml, "d/a0", &mem, &l, NULL, &f), 0);
	assert_int_equal(l.n, 1);
	arena_release(&mem);
}

static void
a_listing_that_breaks_off_is_bad_data(void **state)
{
	static const char *const bad[] = {
		"",
		"not XML",
		PAGE(BLOB("r/d/a") END),
		PAGE(BLOB("r/d/a")) LAST_PAGE,
		PAGE("<Blob><Name>r/d/a</Name></Blob>") LAST_PAGE,
		PAGE("<Blob><Name>r/d/a</Name>" TIME
		     "<Content-Length>x</Content-Length></Blob>") LAST_PAGE,
		PAGE("<Blob><Name>r/d/a</Name>" SIZE
		     "<Last-Modified>now</Last-Modified></Blob>") LAST_PAGE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct arena mem = {0};
		struct store_list l;

		assert_int_equal(parse(bad[i], "", &mem, &l, NULL, NULL),
				 FAIL_DATA);
		arena_release(&mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(urls_say_where, clear),
		cmocka_unit_test_setup(the_emulator_is_path_style, clear),
		cmocka_unit_test_setup(what_is_no_place_is_refused, clear),
		cmocka_unit_test_setup(
			a_secret_in_a_url_is_refused_and_not_told, clear),
		cmocka_unit_test_setup(credentials_do_not_go_in_the_clear,
				       clear),
		cmocka_unit_test_setup(a_key_is_of_the_account_named, clear),
		cmocka_unit_test(a_sas_says_when_it_ends),
		cmocka_unit_test(the_documents_example_is_signed),
		cmocka_unit_test(headers_have_their_lines),
		cmocka_unit_test(a_page_is_read),
		cmocka_unit_test(a_listing_that_breaks_off_is_bad_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
