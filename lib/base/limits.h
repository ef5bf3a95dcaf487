/* SPDX-License-Identifier: MIT */
/*
 * Every maximum of the suite, in one place. Sizes are bytes unless the name
 * says otherwise.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stddef.h>

#define LIMIT_READ_BLOCK  ((size_t)256 << 10) /* a read(2) */
#define LIMIT_PIPE	  (256 << 10)	      /* what a pipe holds */
#define LIMIT_WRITE_BLOCK ((size_t)64 << 10)  /* a write(2) */
#define LIMIT_LINE	  ((size_t)1 << 20)   /* --max-line's default */
#define LIMIT_LINE_MAX	  ((size_t)256 << 20) /* --max-line's ceiling */
#define LIMIT_DEPTH	  64		      /* nesting of an event */
#define LIMIT_KEYS	  1024		      /* keys of one object */
#define LIMIT_COLUMNS	  512		      /* columns of a schema */
#define LIMIT_CONFIG	  ((size_t)16 << 20)  /* suite, schema, config */
#define LIMIT_PARTITIONS  65536		      /* entries of a position */
#define LIMIT_GROUPS	  ((size_t)4 << 20)   /* rows under construction */
#define LIMIT_NAMES	  ((size_t)16 << 20)  /* tracks, users in one run */
#define LIMIT_PATH	  4096
#define LIMIT_NAME	  255		     /* a job, a column, a run */
#define LIMIT_CHART_ITEMS (1 << 20)	     /* windows, or names, of a page */
#define LIMIT_CHART_LINES (1 << 22)	     /* lines of measures of a page */
#define LIMIT_CHART_PAGE  ((size_t)64 << 20) /* a drawn page */

#endif
