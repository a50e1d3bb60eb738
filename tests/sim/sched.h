/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/sched.h - the scheduler: real threads, of which only the holder of a token runs.
 *
 * Every call through base/thread is a place where the running thread may have to hand the token on;
 * which of the ready threads gets it is drawn from the seed. Time is virtual: it moves a little
 * with every such call and, when nobody is ready, jumps to the earliest deadline. Nobody ready and
 * no deadline is a deadlock; it ends the process with a list of who waits for what.
 *
 * Threads belong to machines (clients). Machine 0 is the scenario's own and never dies; a thread
 * belongs to the machine of the thread that started it, unless sim_thread_on() says otherwise. A
 * killed machine's threads are never scheduled again: their stacks and memory stay as they are
 * until the process ends, the mutexes that they held are released (what those guard on that machine
 * is not used again; between a preemption and the next no critical section of the shared lower
 * layers is open).
 *
 * All functions: only threads that the scheduler knows, between sim_begin and sim_end.
 */
#ifndef SIM_SCHED_H
#define SIM_SCHED_H

#include <limits.h>

#include "base/clock.h"
#include "base/thread.h"

#include "sim/report.h"
#include "sim/rng.h"

#define SIM_MACHINES 16u
/* 2024-03-01T12:00:00Z: the wall clock when a run begins. */
#define SIM_EPOCH_UNIX_S INT64_C(1709294400)

#define SIM_BY_SEED UINT_MAX

struct sim_options {
    uint64_t max_steps;          /* 0: 5,000,000 */
    int64_t max_virtual_ns;      /* 0: 30 days */
    unsigned switch_per_10000;   /* at a lock or an unlock; SIM_BY_SEED: a few per cent or half */
    unsigned spurious_per_10000; /* spurious wake-ups a step; SIM_BY_SEED: none or a few */
    uint64_t stop_at_step;       /* print the trace up to here; 0: do not */
};
#define SIM_OPTIONS_INIT                                                                           \
    {                                                                                              \
        .switch_per_10000 = SIM_BY_SEED, .spurious_per_10000 = SIM_BY_SEED                         \
    }

/* Installs threads, clock, random numbers, environment and files of the simulation; the calling
 * thread becomes the first simulated one. opt NULL: SIM_OPTIONS_INIT. Ends with sim_end, or with
 * the process. */
void sim_begin(uint64_t seed, const struct sim_options *opt);
/* Every other thread has ended, or sim_fail. */
void sim_end(void);
bool sim_active(void);

uint64_t sim_seed(void);
int64_t sim_now_ns(void); /* without moving it, unlike pail_clock_mono_ns; 0 outside */
unsigned sim_machine(void);
const char *sim_thread_name(void);
/* A place where another thread may come in between. what: for the digest. */
void sim_point(unsigned what);
/* Time passes for the caller; unlike pail_sleep_ns also under a lock (a disk that is slow). */
void sim_wait_ns(int64_t ns);
/* A thread of that machine; ended by pail_thread_join (of a killed one: returns at once). */
struct pail_thread *sim_thread_on(unsigned machine, const char *name, pail_thread_fn *fn,
                                  void *arg);
/* The calling thread's machine, until changed back: whose environment, clock and threads it uses.
 * It is not killed with that machine. Returns the one before. */
unsigned sim_act_on(unsigned machine);
/* Its threads stop where they are, for ever. Does not return when the caller is one of them. */
void sim_machine_kill(unsigned machine);
/* Threads of that machine that have not ended. */
unsigned sim_machine_threads(unsigned machine);
/* Its wall clock runs that much ahead (or behind). */
void sim_clock_skew(unsigned machine, int64_t ns);
/* Copied; value NULL removes it. Machine 0's hold where a machine has none of its own. */
void sim_env_set(unsigned machine, const char *name, const char *value);

#endif
