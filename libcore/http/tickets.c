/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/tickets.c - a memory budget with waiters served in order.
 *
 * Each waiter has a condition of its own and is granted its bytes by whoever gives some back, so a
 * small request cannot slip past a large one that waits, and nobody is woken in vain. used may be
 * above limit while somebody took by force; then nothing is granted until it is below again.
 *
 * used and peak are written under the lock and read without it: they are for statistics.
 */
#include "http/tickets.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/thread.h"

struct pail_tickets {
    uint64_t limit; /* fixed */
    struct pail_mutex lock;
    struct pail_list waiters; /* locked; struct waiter, the first is served next */
    _Atomic uint64_t used, peak;
};

struct waiter {
    struct pail_list link;
    struct pail_cond cond;
    uint64_t bytes;
    bool granted;
};

int pail_tickets_new(uint64_t limit_bytes, struct pail_tickets **ret, struct pail_error *err)
{
    struct pail_tickets *t = pail_zalloc(sizeof(*t));
    if (!t)
        return pail_error_nomem(err);
    t->limit = limit_bytes;
    pail_mutex_init(&t->lock, "tickets", PAIL_RANK_LIMIT);
    pail_list_init(&t->waiters);
    *ret = t;
    return 0;
}

void pail_tickets_free(struct pail_tickets *t)
{
    if (!t)
        return;
    pail_mutex_done(&t->lock);
    pail_free(t);
}

static bool fits_locked(const struct pail_tickets *t, uint64_t bytes)
{
    return t->used <= t->limit && bytes <= t->limit - t->used;
}

static void add_locked(struct pail_tickets *t, uint64_t bytes)
{
    t->used += bytes;
    if (t->used > t->peak)
        t->peak = t->used;
}

static void grant_locked(struct pail_tickets *t)
{
    while (!pail_list_empty(&t->waiters)) {
        struct waiter *w = PAIL_CONTAINER(t->waiters.next, struct waiter, link);
        if (!fits_locked(t, w->bytes))
            return;
        add_locked(t, w->bytes);
        pail_list_remove(&w->link);
        w->granted = true;
        pail_cond_signal(&w->cond);
    }
}

bool pail_tickets_try(struct pail_tickets *t, uint64_t bytes)
{
    PAIL_LOCKED(&t->lock);
    if (!pail_list_empty(&t->waiters) || !fits_locked(t, bytes))
        return false;
    add_locked(t, bytes);
    return true;
}

void pail_tickets_force(struct pail_tickets *t, uint64_t bytes)
{
    PAIL_LOCKED(&t->lock);
    add_locked(t, bytes);
}

int pail_tickets_take(struct pail_tickets *t, uint64_t bytes, int64_t deadline_mono_ns,
                      struct pail_error *err)
{
    if (bytes > t->limit)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "memory budget: %llu bytes wanted, %llu is all there is",
                              (unsigned long long)bytes, (unsigned long long)t->limit);
    PAIL_LOCKED(&t->lock);
    if (pail_list_empty(&t->waiters) && fits_locked(t, bytes)) {
        add_locked(t, bytes);
        return 0;
    }

    struct waiter w = {.bytes = bytes};
    pail_cond_init(&w.cond);
    pail_list_append(&t->waiters, &w.link);
    while (!w.granted && pail_cond_wait_until(&w.cond, &t->lock, deadline_mono_ns))
        ;
    bool granted = w.granted; /* also when that and the deadline came together */
    if (!granted) {
        pail_list_remove(&w.link);
        grant_locked(t); /* whoever stood behind may fit */
    }
    pail_cond_done(&w.cond);
    if (granted)
        return 0;
    return pail_error_set(err, PAIL_D_OS, PAIL_E_DEADLINE,
                          "memory budget: %llu bytes did not become free in time",
                          (unsigned long long)bytes);
}

void pail_tickets_give(struct pail_tickets *t, uint64_t bytes)
{
    PAIL_LOCKED(&t->lock);
    t->used -= pail_min_u64(bytes, t->used);
    grant_locked(t);
}

uint64_t pail_tickets_used(const struct pail_tickets *t)
{
    return t->used;
}

uint64_t pail_tickets_peak(const struct pail_tickets *t)
{
    return t->peak;
}
