/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/rng.h - the simulation's random numbers: one stream per purpose, all grown from one seed.
 *
 * Streams are separate (scheduler, disk, network, scenario, the product's own base/rand), so that
 * one more draw in one of them does not shift the others: a shrunk run stays close to the run it
 * came from.
 */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_rng {
    uint64_t state;
};

/* Also the mixing step of every digest in the simulation. */
static inline uint64_t sim_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t sim_hash(uint64_t h, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * UINT64_C(0x100000001b3);
    return sim_mix(h ^ n);
}

static inline void sim_rng_init(struct sim_rng *r, uint64_t seed, const char *stream)
{
    uint64_t h = sim_mix(seed + UINT64_C(0x9e3779b97f4a7c15));
    for (; *stream; stream++)
        h = sim_mix(h ^ (unsigned char)*stream);
    r->state = h;
}

static inline uint64_t sim_rng_next(struct sim_rng *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    return sim_mix(r->state);
}

/* Uniform in [0, bound); 0 for bound 0. */
static inline uint64_t sim_rng_below(struct sim_rng *r, uint64_t bound)
{
    return bound ? sim_rng_next(r) % bound : 0;
}

/* Uniform in [low, high]. */
static inline int64_t sim_rng_range(struct sim_rng *r, int64_t low, int64_t high)
{
    return low + (int64_t)sim_rng_below(r, (uint64_t)(high - low) + 1);
}

/* True n times in 10,000; draws nothing for 0, so that a fault that is off changes nothing else. */
static inline bool sim_rng_chance(struct sim_rng *r, unsigned per_10000)
{
    return per_10000 && sim_rng_below(r, 10000) < per_10000;
}

#endif
