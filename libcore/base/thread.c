/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/thread.c - pthreads behind the thread seam, and the lock-rank check.
 *
 * Each call dispatches: to the installed ops (simulation) or to pthreads. The rank check sits in
 * front of the dispatch and keeps the mutexes a thread holds in a thread-local array, so that it
 * works the same for both; the simulation's threads are real threads that take turns.
 *
 * A violated rank is a deadlock that has not happened yet. Debug builds abort, since no run-time
 * reaction could be right; it is the only abort in the library.
 */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

struct pail_thread {
    pthread_t os;
    void *impl; /* the simulation's thread */
    pail_thread_fn *fn;
    void *arg;
    char name[16];
};

static const struct pail_thread_ops *thread_ops; /* NULL: pthreads */

void pail_thread_set_ops(const struct pail_thread_ops *ops)
{
    thread_ops = ops;
}

/* ---- Lock ranks ------------------------------------------------------------------------------ */

#ifdef PAIL_DEBUG_LOCKS

#define HELD_MAX 16

static _Thread_local struct {
    const struct pail_mutex *mutex[HELD_MAX];
    unsigned n;
} held;

__attribute__((noreturn)) static void violation(const char *what, const struct pail_mutex *wanted,
                                                const struct pail_mutex *have)
{
    dprintf(STDERR_FILENO, "pail: lock order: %s: \"%s\" (rank %u), held: \"%s\" (rank %u)\n", what,
            wanted ? wanted->name : "none", wanted ? wanted->rank : 0, have ? have->name : "none",
            have ? have->rank : 0);
    abort();
}

static void check_lock(const struct pail_mutex *m)
{
    for (unsigned i = 0; i < held.n; i++) {
        if (held.mutex[i]->rank >= m->rank)
            violation("rank not above one held", m, held.mutex[i]);
    }
    if (held.n == HELD_MAX)
        violation("too many locks held", m, held.mutex[HELD_MAX - 1]);
}

static void note_locked(const struct pail_mutex *m)
{
    held.mutex[held.n++] = m;
}

static bool is_held(const struct pail_mutex *m)
{
    for (unsigned i = 0; i < held.n; i++) {
        if (held.mutex[i] == m)
            return true;
    }
    return false;
}

static void note_unlocked(const struct pail_mutex *m)
{
    for (unsigned i = 0; i < held.n; i++) {
        if (held.mutex[i] == m) {
            held.n--;
            for (; i < held.n; i++)
                held.mutex[i] = held.mutex[i + 1];
            return;
        }
    }
    violation("unlock of a lock not held", m, NULL);
}

/* A waiter that kept another lock would keep out whoever must wake it. */
static void check_wait(const struct pail_mutex *m)
{
    if (!is_held(m))
        violation("wait without the lock", m, NULL);
    for (unsigned i = 0; i < held.n; i++) {
        if (held.mutex[i] != m)
            violation("wait with another lock held", m, held.mutex[i]);
    }
}

void pail_mutex_assert_held(const struct pail_mutex *m)
{
    if (!is_held(m))
        violation("lock expected to be held", m, held.n ? held.mutex[held.n - 1] : NULL);
}

void pail_assert_no_locks(void)
{
    if (held.n)
        violation("no lock expected", NULL, held.mutex[held.n - 1]);
}

#else

static inline void check_lock(const struct pail_mutex *m)
{
    (void)m;
}
static inline void note_locked(const struct pail_mutex *m)
{
    (void)m;
}
static inline void note_unlocked(const struct pail_mutex *m)
{
    (void)m;
}
static inline void check_wait(const struct pail_mutex *m)
{
    (void)m;
}
void pail_mutex_assert_held(const struct pail_mutex *m)
{
    (void)m;
}
void pail_assert_no_locks(void)
{
}

#endif

/* ---- Mutexes --------------------------------------------------------------------------------- */

/* pthread results are not looked at below where the only errors are misuse: uninitialised objects
 * and, for error-checking mutexes, which these are not, wrong owners. */

void pail_mutex_init(struct pail_mutex *m, const char *name, enum pail_rank rank)
{
    m->name = name;
    m->rank = (unsigned)rank;
    m->sim = NULL;
    if (thread_ops)
        thread_ops->mutex_init(m);
    else
        pthread_mutex_init(&m->os, NULL);
}

void pail_mutex_done(struct pail_mutex *m)
{
    if (thread_ops)
        thread_ops->mutex_done(m);
    else
        pthread_mutex_destroy(&m->os);
}

void pail_mutex_lock(struct pail_mutex *m)
{
    check_lock(m);
    if (thread_ops)
        thread_ops->mutex_lock(m);
    else
        pthread_mutex_lock(&m->os);
    note_locked(m);
}

void pail_mutex_unlock(struct pail_mutex *m)
{
    note_unlocked(m);
    if (thread_ops)
        thread_ops->mutex_unlock(m);
    else
        pthread_mutex_unlock(&m->os);
}

/* ---- Conditions ------------------------------------------------------------------------------ */

void pail_cond_init(struct pail_cond *c)
{
    c->sim = NULL;
    if (thread_ops) {
        thread_ops->cond_init(c);
        return;
    }
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->os, &attr);
    pthread_condattr_destroy(&attr);
}

void pail_cond_done(struct pail_cond *c)
{
    if (thread_ops)
        thread_ops->cond_done(c);
    else
        pthread_cond_destroy(&c->os);
}

static bool os_cond_wait_until(struct pail_cond *c, struct pail_mutex *m, int64_t deadline_mono_ns)
{
    if (deadline_mono_ns == PAIL_NEVER) {
        pthread_cond_wait(&c->os, &m->os);
        return true;
    }
    if (deadline_mono_ns < 0)
        deadline_mono_ns = 0;
    struct timespec ts = {
        .tv_sec = (time_t)(deadline_mono_ns / PAIL_NS_PER_S),
        .tv_nsec = (long)(deadline_mono_ns % PAIL_NS_PER_S),
    };
    return pthread_cond_timedwait(&c->os, &m->os, &ts) != ETIMEDOUT;
}

bool pail_cond_wait_until(struct pail_cond *c, struct pail_mutex *m, int64_t deadline_mono_ns)
{
    check_wait(m);
    note_unlocked(m);
    bool in_time = thread_ops ? thread_ops->cond_wait_until(c, m, deadline_mono_ns)
                              : os_cond_wait_until(c, m, deadline_mono_ns);
    note_locked(m);
    return in_time;
}

void pail_cond_wait(struct pail_cond *c, struct pail_mutex *m)
{
    pail_cond_wait_until(c, m, PAIL_NEVER);
}

void pail_cond_signal(struct pail_cond *c)
{
    if (thread_ops)
        thread_ops->cond_signal(c);
    else
        pthread_cond_signal(&c->os);
}

void pail_cond_broadcast(struct pail_cond *c)
{
    if (thread_ops)
        thread_ops->cond_broadcast(c);
    else
        pthread_cond_broadcast(&c->os);
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void *thread_main(void *arg)
{
    struct pail_thread *t = arg;
    pthread_setname_np(pthread_self(), t->name); /* cosmetic; 15 bytes always fit */
    t->fn(t->arg);
    pail_assert_no_locks();
    return NULL;
}

/* The program's signals are for the program's threads; ours start with all blocked except those
 * that report a fault of the thread itself. */
static int os_thread_start(struct pail_thread *t)
{
    sigset_t blocked, before;
    sigfillset(&blocked);
    sigdelset(&blocked, SIGSEGV);
    sigdelset(&blocked, SIGBUS);
    sigdelset(&blocked, SIGFPE);
    sigdelset(&blocked, SIGILL);
    sigdelset(&blocked, SIGTRAP);
    sigdelset(&blocked, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    int error = pthread_create(&t->os, NULL, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

int pail_thread_start(struct pail_thread **ret, const char *name, pail_thread_fn *fn, void *arg,
                      struct pail_error *err)
{
    struct pail_thread *t = pail_zalloc(sizeof(*t));
    if (!t)
        return pail_error_nomem(err);
    t->fn = fn;
    t->arg = arg;
    snprintf(t->name, sizeof(t->name), "%s", name);

    int rc = 0;
    if (thread_ops) {
        rc = thread_ops->thread_start(&t->impl, name, fn, arg, err);
    } else {
        int error = os_thread_start(t);
        if (error)
            rc = pail_error_os(err, error, "starting thread %s", name);
    }
    if (rc < 0) {
        pail_free(t);
        return rc;
    }
    *ret = t;
    return 0;
}

void pail_thread_join(struct pail_thread *t)
{
    if (!t)
        return;
    pail_assert_no_locks();
    if (thread_ops)
        thread_ops->thread_join(t->impl);
    else
        pthread_join(t->os, NULL);
    pail_free(t);
}

void pail_sleep_ns(int64_t ns)
{
    pail_assert_no_locks();
    if (thread_ops) {
        thread_ops->sleep_ns(ns);
        return;
    }
    if (ns <= 0)
        return;
    struct timespec left = {
        .tv_sec = (time_t)(ns / PAIL_NS_PER_S),
        .tv_nsec = (long)(ns % PAIL_NS_PER_S),
    };
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}

void pail_once(struct pail_once *once, void (*fn)(void))
{
    pthread_once(&once->os, fn);
}
