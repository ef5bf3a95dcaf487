/* SPDX-License-Identifier: MIT */
/*
 * Base64, RFC 4648 section 4: the standard alphabet, padded, no blanks. Pure.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/port.h"

/* Bytes that n bytes become. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Write BASE64_LEN(n) bytes at dst, no NUL; returns their number. */
size_t base64_encode(char *dst, const void *p, size_t n);

/* Write at most n / 4 * 3 bytes at dst. Returns 0 and their number in *out_n,
 * or -1 when the text is not base64. */
int base64_decode(void *dst, const char *p, size_t n,
		  size_t *out_n) PORT_MUST_CHECK;

#endif
