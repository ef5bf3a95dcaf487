/* SPDX-License-Identifier: MIT */
/*
 * A library to preload: librdkafka never ends, as when its threads have locked
 * each other out (its issue 4514).
 */
#include <unistd.h>

void rd_kafka_destroy_flags(void *client, int flags);

void
rd_kafka_destroy_flags(void *client, int flags)
{
	(void)client;
	(void)flags;
	for (;;)
		pause();
}
