/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/thread.h - threads, mutexes, conditions and sleep: the first of the four seams.
 *
 * In production these are pthreads. tests/sim installs struct pail_thread_ops before the first
 * thread exists; from then on every call here belongs to its scheduler. Nothing else in the tree
 * may create a thread, lock, wait or sleep (tests/lint checks it; libcurl's and libfuse's own waits
 * are below the transport seam and above fs/core and are the two exceptions).
 *
 * Lock order: each mutex has a rank. A thread takes mutexes in ascending rank only; with
 * PAIL_DEBUG_LOCKS (on in sanitizer builds) taking one of a lower or equal rank than one held
 * aborts with both names. The ranks are listed in enum pail_rank below and explained in
 * ARCHITECTURE.md.
 */
#ifndef PAIL_BASE_THREAD_H
#define PAIL_BASE_THREAD_H

#include <pthread.h>

#include <pail/error.h>

#include "base/macros.h"

/* Ascending order of acquisition. Leave gaps; a comment in ARCHITECTURE.md says why each is where.
 */
enum pail_rank {
    PAIL_RANK_FS = 10,         /* mount-wide options and lists */
    PAIL_RANK_TREE = 20,       /* node table, names, node fields */
    PAIL_RANK_NODE = 30,       /* one node's busy state */
    PAIL_RANK_HANDLE = 40,     /* an open file's read-ahead */
    PAIL_RANK_DRAFT = 50,      /* a file being changed */
    PAIL_RANK_QUEUE = 60,      /* change queue */
    PAIL_RANK_CACHE = 70,      /* block cache */
    PAIL_RANK_META = 80,       /* SQLite connection */
    PAIL_RANK_S3 = 90,         /* an S3 client's region and endpoint memory */
    PAIL_RANK_AUTH = 100,      /* credential providers */
    PAIL_RANK_ENGINE = 110,    /* request engine queues */
    PAIL_RANK_CALL = 120,      /* one call */
    PAIL_RANK_LIMIT = 130,     /* tickets, pacing */
    PAIL_RANK_TRANSPORT = 140, /* a loop's inbox */
    PAIL_RANK_FILE = 150,      /* simulated disk */
    PAIL_RANK_LOG = 160,
    PAIL_RANK_LEAF = 170, /* held for a few instructions, takes nothing */
};

struct pail_mutex {
    pthread_mutex_t os;
    const char *name; /* a string literal */
    unsigned rank;
    void *sim; /* the scheduler's own state */
};

struct pail_cond {
    pthread_cond_t os; /* on CLOCK_MONOTONIC */
    void *sim;
};

struct pail_thread; /* opaque; owned by who started it, ended by pail_thread_join */
typedef void pail_thread_fn(void *arg);

void pail_mutex_init(struct pail_mutex *m, const char *name, enum pail_rank rank);
void pail_mutex_done(struct pail_mutex *m); /* unlocked, no waiters */
void pail_mutex_lock(struct pail_mutex *m);
void pail_mutex_unlock(struct pail_mutex *m);
/* In debug-lock builds aborts unless this thread holds m; otherwise nothing. */
void pail_mutex_assert_held(const struct pail_mutex *m);
/* In debug-lock builds aborts if this thread holds any mutex: called before waits for the network,
 * callbacks and kernel notifications. */
void pail_assert_no_locks(void);

void pail_cond_init(struct pail_cond *c);
void pail_cond_done(struct pail_cond *c);
/* Spurious wake-ups happen: wait in a loop over a predicate. m must be the only mutex held (checked
 * in debug-lock builds; the same goes for pail_thread_join and pail_sleep_ns with none). */
void pail_cond_wait(struct pail_cond *c, struct pail_mutex *m);
/* False when deadline_mono_ns (pail_clock_mono_ns() scale; INT64_MAX: none) passed first. */
bool pail_cond_wait_until(struct pail_cond *c, struct pail_mutex *m, int64_t deadline_mono_ns);
void pail_cond_signal(struct pail_cond *c);
void pail_cond_broadcast(struct pail_cond *c);

/* name: at most 15 bytes, shown by top and gdb. */
PAIL_CHECK int pail_thread_start(struct pail_thread **ret, const char *name, pail_thread_fn *fn,
                                 void *arg, struct pail_error *err);
/* Waits for it to end and frees it. NULL is fine. */
void pail_thread_join(struct pail_thread *t);
void pail_sleep_ns(int64_t ns);

/* static struct pail_once once = PAIL_ONCE_INIT; pail_once(&once, fn): fn runs once in the process
 * and is done when the call returns. fn must not lock, wait or start threads: the simulation does
 * not see it. */
struct pail_once {
    pthread_once_t os;
};
#define PAIL_ONCE_INIT                                                                             \
    {                                                                                              \
        PTHREAD_ONCE_INIT                                                                          \
    }
void pail_once(struct pail_once *once, void (*fn)(void));

/* { PAIL_LOCKED(&m); ... }: unlocked at the end of the scope. */
static inline struct pail_mutex *pail_mutex_lock_(struct pail_mutex *m)
{
    pail_mutex_lock(m);
    return m;
}
static inline void pail_mutex_unlock_p(struct pail_mutex **m)
{
    if (*m)
        pail_mutex_unlock(*m);
}
#define PAIL_LOCKED_NAME_(line) pail_locked_##line
#define PAIL_LOCKED_AT_(line, m)                                                                   \
    PAIL_CLEANUP(pail_mutex_unlock_p)                                                              \
    PAIL_UNUSED struct pail_mutex *PAIL_LOCKED_NAME_(line) = pail_mutex_lock_(m)
#define PAIL_LOCKED(m) PAIL_LOCKED_AT_(__LINE__, m)

/* The simulation's side. Each call replaces the pthread call of the same name. Set before any
 * thread, mutex or condition of the process is used; NULL restores pthreads. */
struct pail_thread_ops {
    void (*mutex_init)(struct pail_mutex *m);
    void (*mutex_done)(struct pail_mutex *m);
    void (*mutex_lock)(struct pail_mutex *m);
    void (*mutex_unlock)(struct pail_mutex *m);
    void (*cond_init)(struct pail_cond *c);
    void (*cond_done)(struct pail_cond *c);
    bool (*cond_wait_until)(struct pail_cond *c, struct pail_mutex *m, int64_t deadline_mono_ns);
    void (*cond_signal)(struct pail_cond *c);
    void (*cond_broadcast)(struct pail_cond *c);
    int (*thread_start)(void **ret_impl, const char *name, pail_thread_fn *fn, void *arg,
                        struct pail_error *err);
    void (*thread_join)(void *impl);
    void (*sleep_ns)(int64_t ns);
};
void pail_thread_set_ops(const struct pail_thread_ops *ops);

#endif
