/* SPDX-License-Identifier: Apache-2.0 */
/* base/rand.h - random numbers, replaceable. Any thread. */
#ifndef PAIL_BASE_RAND_H
#define PAIL_BASE_RAND_H

#include "base/macros.h"

/* From getrandom(2); good enough for keys. Never fails on a supported kernel (blocks at early
 * boot). */
void pail_rand_bytes(void *dst, size_t n);
uint64_t pail_rand_u64(void);
/* Uniform in [0, bound); bound > 0. */
uint64_t pail_rand_below(uint64_t bound);
/* Uniform in [0, 1): for jitter. */
double pail_rand_unit(void);
/* "3b241101-e2bb-4255-8caf-4136c566a962", a version 4 UUID and NUL. */
void pail_rand_uuid(char ret[37]);

/* NULL: the system. */
void pail_rand_set_source(void (*bytes)(void *dst, size_t n));

#endif
