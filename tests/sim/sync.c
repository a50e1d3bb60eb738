/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/thread's operations on the scheduler: mutexes, conditions, threads, sleep.
 *
 * A mutex is its owner; who waits for it stands in the threads themselves. Unlocking wakes one
 * waiter drawn from the seed, which then competes with everybody else (a pthread mutex promises no
 * order either). The places where another thread may come in are before a lock and after an unlock,
 * never between the two unless the code in between calls a seam: a section that touches memory only
 * is one step, as for any observer that takes the same lock.
 *
 * What is remembered in `sim` is a number (run, index), not a pointer: a static mutex outlives the
 * run in which it was first used, and its stale number must be recognised in the next.
 */
#include <stdlib.h>

#include "sim/sched_impl.h"

struct sim_mutex {
    struct sim_thread *owner;
    bool used;
};

static struct {
    uint32_t run;
    struct sim_mutex *mutexes;
    unsigned n_mutexes, cap_mutexes;
    unsigned n_conds;
} s;

static unsigned index_of(void *sim)
{
    uintptr_t v = (uintptr_t)sim;
    return v >> 32 == s.run ? (unsigned)v : UINT_MAX;
}

static void *handle_of(unsigned index)
{
    return (void *)((uintptr_t)s.run << 32 | index);
}

static unsigned mutex_index(struct pail_mutex *m)
{
    unsigned i = index_of(m->sim);
    if (i != UINT_MAX)
        return i;
    for (i = 0; i < s.n_mutexes && s.mutexes[i].used; i++)
        ;
    if (i == s.cap_mutexes) {
        s.cap_mutexes = s.cap_mutexes ? s.cap_mutexes * 2 : 64;
        s.mutexes = realloc(s.mutexes, s.cap_mutexes * sizeof *s.mutexes);
        if (!s.mutexes)
            sim_fail("out of memory");
    }
    if (i == s.n_mutexes)
        s.n_mutexes++;
    s.mutexes[i] = (struct sim_mutex){.used = true};
    m->sim = handle_of(i);
    return i;
}

static unsigned cond_index(struct pail_cond *c)
{
    unsigned i = index_of(c->sim);
    if (i != UINT_MAX)
        return i;
    i = s.n_conds++;
    c->sim = handle_of(i);
    return i;
}

static void sync_mutex_init(struct pail_mutex *m)
{
    m->sim = NULL;
}

static void sync_mutex_done(struct pail_mutex *m)
{
    unsigned i = index_of(m->sim);
    if (i == UINT_MAX)
        return;
    SIM_CHECK(!s.mutexes[i].owner, "mutex '%s' is destroyed while %s holds it", m->name,
              s.mutexes[i].owner->name);
    SIM_CHECK(!sim_any_waits(SIM_ON_MUTEX, i), "mutex '%s' is destroyed while it is waited for",
              m->name);
    s.mutexes[i].used = false;
    m->sim = NULL;
}

static void acquire(struct sim_thread *self, unsigned i, const char *name)
{
    while (s.mutexes[i].owner)
        sim_block(self, SIM_ON_MUTEX, SIM_W_LOCK, i, name, PAIL_NEVER);
    s.mutexes[i].owner = self;
}

static void release(struct sim_thread *self, unsigned i, const char *name)
{
    SIM_CHECK(s.mutexes[i].owner == self, "thread %s gives back mutex '%s', which %s holds",
              self->name, name, s.mutexes[i].owner ? s.mutexes[i].owner->name : "nobody");
    s.mutexes[i].owner = NULL;
    sim_wake(SIM_ON_MUTEX, i, false);
}

static void sync_mutex_lock(struct pail_mutex *m)
{
    struct sim_thread *self = sim_self();
    unsigned i = mutex_index(m);
    SIM_CHECK(s.mutexes[i].owner != self, "thread %s takes mutex '%s' twice", self->name, m->name);
    sim_point(SIM_W_LOCK);
    acquire(self, i, m->name);
}

static void sync_mutex_unlock(struct pail_mutex *m)
{
    release(sim_self(), mutex_index(m), m->name);
    sim_point(SIM_W_UNLOCK);
}

static void sync_cond_init(struct pail_cond *c)
{
    c->sim = NULL;
}

static void sync_cond_done(struct pail_cond *c)
{
    unsigned i = index_of(c->sim);
    if (i == UINT_MAX)
        return;
    SIM_CHECK(!sim_any_waits(SIM_ON_COND, i), "condition %u is destroyed while it is waited for",
              i);
    c->sim = NULL;
}

static bool sync_cond_wait_until(struct pail_cond *c, struct pail_mutex *m,
                                 int64_t deadline_mono_ns)
{
    struct sim_thread *self = sim_self();
    unsigned i = mutex_index(m);
    release(self, i, m->name);
    sim_block(self, SIM_ON_COND, SIM_W_WAIT, cond_index(c), m->name, deadline_mono_ns);
    bool timed_out = self->timed_out;
    acquire(self, i, m->name);
    return !timed_out;
}

static void sync_cond_signal(struct pail_cond *c)
{
    sim_point(SIM_W_SIGNAL);
    sim_wake(SIM_ON_COND, cond_index(c), false);
}

static void sync_cond_broadcast(struct pail_cond *c)
{
    sim_point(SIM_W_SIGNAL);
    sim_wake(SIM_ON_COND, cond_index(c), true);
}

static void *thread_main(void *arg)
{
    struct sim_thread *t = arg;
    sim_thread_enter(t);
    t->fn(t->arg);
    pail_assert_no_locks();
    sim_thread_leave(t);
    return NULL;
}

static int sync_thread_start(void **ret_impl, const char *name, pail_thread_fn *fn, void *arg,
                             struct pail_error *err)
{
    struct sim_thread *t = sim_thread_add(name, sim_machine());
    t->fn = fn;
    t->arg = arg;
    int e = pthread_create(&t->os, NULL, thread_main, t);
    if (e)
        sim_fail("thread %s cannot be made: error %d", name, e);
    *ret_impl = t;
    sim_point(SIM_W_START);
    return 0;
}

static void sync_thread_join(void *impl)
{
    struct sim_thread *self = sim_self(), *t = impl;
    while (t->state != SIM_ENDED && t->state != SIM_DEAD)
        sim_block(self, SIM_ON_JOIN, SIM_W_JOIN, t->id, t->name, PAIL_NEVER);
    if (t->state == SIM_ENDED)
        pthread_join(t->os, NULL);
}

void sim_wait_ns(int64_t ns)
{
    int64_t deadline = ns > 0 ? sim_now_ns() + ns : sim_now_ns();
    sim_block(sim_self(), SIM_ON_SLEEP, SIM_W_SLEEP, 0, NULL, deadline);
}

const struct pail_thread_ops sim_thread_ops = {
    .mutex_init = sync_mutex_init,
    .mutex_done = sync_mutex_done,
    .mutex_lock = sync_mutex_lock,
    .mutex_unlock = sync_mutex_unlock,
    .cond_init = sync_cond_init,
    .cond_done = sync_cond_done,
    .cond_wait_until = sync_cond_wait_until,
    .cond_signal = sync_cond_signal,
    .cond_broadcast = sync_cond_broadcast,
    .thread_start = sync_thread_start,
    .thread_join = sync_thread_join,
    .sleep_ns = sim_wait_ns,
};

void sim_sync_bury(void)
{
    for (unsigned i = 0; i < s.n_mutexes; i++)
        if (s.mutexes[i].used && s.mutexes[i].owner && s.mutexes[i].owner->state == SIM_DEAD) {
            s.mutexes[i].owner = NULL;
            sim_wake(SIM_ON_MUTEX, i, false);
        }
}

const char *sim_sync_owner(unsigned mutex_id)
{
    return s.mutexes[mutex_id].owner ? s.mutexes[mutex_id].owner->name : NULL;
}

void sim_sync_begin(void)
{
    s.run++;
}

void sim_sync_end(void)
{
    free(s.mutexes);
    s.mutexes = NULL;
    s.n_mutexes = s.cap_mutexes = s.n_conds = 0;
}

struct pail_thread *sim_thread_on(unsigned machine, const char *name, pail_thread_fn *fn, void *arg)
{
    unsigned before = sim_act_on(machine);
    struct pail_thread *t = NULL;
    if (pail_thread_start(&t, name, fn, arg, NULL) < 0)
        sim_fail("out of memory");
    sim_act_on(before);
    return t;
}
