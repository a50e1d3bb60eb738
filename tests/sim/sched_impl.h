/* SPDX-License-Identifier: Apache-2.0 */
/* sim/sched_impl.h - between sched.c (who runs), sync.c (mutexes, conditions) and world.c (the
 * other seams). */
#ifndef SIM_SCHED_IMPL_H
#define SIM_SCHED_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "sim/sched.h"

enum sim_state {
    SIM_READY,
    SIM_RUNNING,
    SIM_ON_MUTEX,
    SIM_ON_COND,
    SIM_ON_SLEEP,
    SIM_ON_JOIN,
    SIM_ENDED,
    SIM_DEAD, /* its machine was killed */
};

/* What a scheduling step was about, for the digest and sim_point(). */
enum sim_what {
    SIM_W_LOCK = 1,
    SIM_W_UNLOCK,
    SIM_W_WAIT,
    SIM_W_SIGNAL,
    SIM_W_START,
    SIM_W_END,
    SIM_W_JOIN,
    SIM_W_SLEEP,
    SIM_W_FILE,
    SIM_W_NET,
};

struct sim_thread {
    unsigned id, home, machine;
    char name[16];
    enum sim_state state;
    unsigned wait_id;      /* of the mutex, condition or thread */
    const char *wait_name; /* for the report */
    int64_t deadline;      /* PAIL_NEVER: none */
    bool timed_out;
    unsigned weight; /* how often it is picked, against the others */
    atomic_int token;
    pthread_t os;
    pail_thread_fn *fn;
    void *arg;
};

/* The running thread; sim_fail for one that the scheduler does not know. */
struct sim_thread *sim_self(void);
/* Hands the token on; returns when this thread has it again, as SIM_RUNNING. */
void sim_block(struct sim_thread *self, enum sim_state state, enum sim_what what, unsigned wait_id,
               const char *wait_name, int64_t deadline);
/* Makes those ready that are in `state` for wait_id: all of them, or one drawn from the seed. */
void sim_wake(enum sim_state state, unsigned wait_id, bool all);
bool sim_any_waits(enum sim_state state, unsigned wait_id);
/* Adds a thread in state READY without a pthread. */
struct sim_thread *sim_thread_add(const char *name, unsigned machine);
struct sim_thread *sim_thread_at(unsigned id);
/* First run of a new thread, and its end (the token goes on and never comes back). */
void sim_thread_enter(struct sim_thread *t);
void sim_thread_leave(struct sim_thread *t);
void sim_time_add(int64_t ns);

void sim_sched_begin(uint64_t seed, const struct sim_options *opt);
void sim_sched_end(void);

/* sync.c */
extern const struct pail_thread_ops sim_thread_ops;
void sim_sync_begin(void);
void sim_sync_end(void);
/* Releases what the dead threads held. */
void sim_sync_bury(void);
/* Name of the thread that holds the mutex, or NULL. */
const char *sim_sync_owner(unsigned mutex_id);

#endif
