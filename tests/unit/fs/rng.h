/* SPDX-License-Identifier: Apache-2.0 */
/* unit/fs/rng.h - numbers for model tests: the same for the same seed, everywhere. */
#ifndef PAIL_TESTS_UNIT_FS_RNG_H
#define PAIL_TESTS_UNIT_FS_RNG_H

#include "base/macros.h"

struct rng {
    uint64_t state;
};

PAIL_UNUSED static uint64_t rng_next(struct rng *r)
{
    uint64_t x = r->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* In [0, bound). */
PAIL_UNUSED static uint64_t rng_below(struct rng *r, uint64_t bound)
{
    return rng_next(r) % bound;
}

#endif
