/* SPDX-License-Identifier: MIT */
/* Private to event: names, and the built-in schema's text. */
#ifndef EVENT_NAMES_H
#define EVENT_NAMES_H

#include "event/event.h"

/* share/schemas/playpipe.json; the Makefile makes the C string of it. */
extern const char event_playpipe_schema[];

const char *event_wire_name(enum event_wire wire);

#endif
