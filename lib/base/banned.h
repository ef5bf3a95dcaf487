/* SPDX-License-Identifier: MIT */
/*
 * Functions that nobody here may call: no size, hidden state, a locale, or
 * the system's time zones. The message names what to use instead.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__GNUC__) && !defined(__clang_analyzer__)
#pragma GCC poison strcpy strcat sprintf vsprintf gets strtok
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime mktime
#pragma GCC poison strerror system alloca
#endif

#endif
