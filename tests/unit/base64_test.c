/* SPDX-License-Identifier: MIT */
/* base64: the examples of RFC 4648 section 10, every length, bad texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/base.h"

static void
rfc_examples(void **state)
{
	static const char *const pair[][2] = {
		{"", ""},	 {"f", "Zg=="},		 {"fo", "Zm8="},
		{"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"},
	};
	char text[16], back[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(pair) / sizeof(*pair); i++) {
		size_t plain_n = strlen(pair[i][0]);

		n = base64_encode(text, pair[i][0], plain_n);
		assert_int_equal(n, BASE64_LEN(plain_n));
		assert_memory_equal(text, pair[i][1], n);
		assert_int_equal(base64_decode(back, text, n, &n), 0);
		assert_int_equal(n, plain_n);
		assert_memory_equal(back, pair[i][0], n);
	}
}

static void
all_bytes_come_back(void **state)
{
	unsigned char bytes[256], back[BASE64_LEN(256) / 4 * 3];
	char text[BASE64_LEN(256)];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 167 + 13);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		size_t n = base64_encode(text, bytes, len);

		assert_int_equal(base64_decode(back, text, n, &n), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, bytes, len);
	}
}

static void
bad_texts(void **state)
{
	static const char *const bad[] = {
		"Zg=", "Zg", "====", "Z===", "Z=g=", "Zg ==", "Zm9v\n", "Zm-v"};
	char back[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
			base64_decode(back, bad[i], strlen(bad[i]), &n), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_examples),
		cmocka_unit_test(all_bytes_come_back),
		cmocka_unit_test(bad_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
