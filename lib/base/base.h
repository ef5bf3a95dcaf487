/* SPDX-License-Identifier: MIT */
/*
 * base - what every module stands on: failures, views, exact numbers and
 * times, hashing, limits and bans. Include this one header.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include "base/port.h"

#include "base/base64.h"
#include "base/bytes.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/quick.h"
#include "base/utc.h"

#include "base/banned.h"

#endif
