/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_begin and sim_end: all seams at once, and the small ones themselves (clock, random numbers,
 * environment).
 *
 * Reading the clock moves it by a few nanoseconds: code that spins until a time has come ends, and
 * two readings are never the same, as on a real machine.
 */
#include <stdlib.h>

#include "base/env.h"
#include "base/file.h"
#include "base/rand.h"

#include "sim/disk.h"
#include "sim/sched_impl.h"

#define MAX_ENV 64u

static struct {
    struct sim_rng rand;
    int64_t skew[SIM_MACHINES];
    struct {
        unsigned machine;
        char *name, *value;
    } env[MAX_ENV];
    unsigned n_env;
} w;

static int64_t world_mono_ns(void)
{
    sim_time_add(7);
    /* Not zero at the start: code that takes 0 for "never" would look right. */
    return sim_now_ns();
}

static int64_t world_wall_ns(void)
{
    sim_time_add(7);
    return SIM_EPOCH_UNIX_S * PAIL_NS_PER_S + sim_now_ns() + w.skew[sim_machine()];
}

static const struct pail_clock_ops clock_ops = {.mono_ns = world_mono_ns, .wall_ns = world_wall_ns};

static void world_rand(void *dst, size_t n)
{
    unsigned char *p = dst;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t v = sim_rng_next(&w.rand);
        memcpy(p + i, &v, n - i < 8 ? n - i : 8);
    }
    sim_digest(n);
}

static int env_find(unsigned machine, const char *name)
{
    for (unsigned i = 0; i < w.n_env; i++)
        if (w.env[i].machine == machine && strcmp(w.env[i].name, name) == 0)
            return (int)i;
    return -1;
}

static const char *world_env(const char *name)
{
    int i = env_find(sim_machine(), name);
    if (i < 0)
        i = env_find(0, name);
    return i < 0 ? NULL : w.env[i].value;
}

void sim_env_set(unsigned machine, const char *name, const char *value)
{
    int i = env_find(machine, name);
    if (i < 0) {
        SIM_CHECK(w.n_env < MAX_ENV, "more than %u variables", MAX_ENV);
        i = (int)w.n_env++;
        w.env[i].machine = machine;
        w.env[i].name = strdup(name);
        w.env[i].value = NULL;
    }
    free(w.env[i].value);
    w.env[i].value = value ? strdup(value) : NULL;
}

void sim_clock_skew(unsigned machine, int64_t ns)
{
    w.skew[machine] = ns;
}

void sim_begin(uint64_t seed, const struct sim_options *opt)
{
    sim_sync_begin();
    sim_sched_begin(seed, opt);
    sim_rng_init(&w.rand, seed, "rand");
    memset(w.skew, 0, sizeof w.skew);
    sim_time_add(PAIL_NS_PER_S);
    pail_thread_set_ops(&sim_thread_ops);
    pail_clock_set_ops(&clock_ops);
    pail_rand_set_source(world_rand);
    pail_env_set_source(world_env);
    /* Without HOME base/env would ask the passwd file of the real machine. */
    sim_env_set(0, "HOME", "/home/sim");
    sim_disks_begin(seed);
}

void sim_end(void)
{
    sim_disks_end();
    sim_sched_end();
    pail_thread_set_ops(NULL);
    pail_clock_set_ops(NULL);
    pail_rand_set_source(NULL);
    pail_env_set_source(NULL);
    for (unsigned i = 0; i < w.n_env; i++) {
        free(w.env[i].name);
        free(w.env[i].value);
    }
    w.n_env = 0;
    sim_sync_end();
}
