/* SPDX-License-Identifier: MIT */
/* Values of options: any text is parsed into its range, or refused. */
#include <stdlib.h>

#include "cli/cli.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char text[128];
	int64_t v;
	double x;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, data, n);
	text[n] = '\0';
	if (cli_parse_duration(text, &v) == 0 && v < 0)
		abort();
	if (cli_parse_size(text, &v) == 0 && v < 0)
		abort();
	if (cli_parse_rate(text, &x) == 0 && !(x >= 0 && x <= 1))
		abort();
	if (cli_parse_time(text, UTC_MAX - UTC_DAY, &v) == 0 &&
	    (v < UTC_MIN || v > UTC_MAX))
		abort();
	return 0;
}
