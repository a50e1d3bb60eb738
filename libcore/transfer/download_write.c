/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/download_write.c - chunks to their places in the file.
 *
 * Large files go past the page cache: the kernel neither takes pages for them nor copies into them,
 * which is the larger half of what such a download costs, and what others read stays in memory.
 * Two threads write then, so that the disk has the next when it is done with one. Only as long as
 * the disk keeps up with the network, though. When half of the memory has been waiting for it for a
 * second, the page cache takes what comes next, and the more, the more often that happened; so a
 * slow disk costs what it would have cost, and its files are in memory as they would have been.
 */
#include <stdatomic.h>

#include "base/clock.h"
#include "transfer/download.h"

#define TURN 16 /* chunks written before others' jobs have their turn */
#define BEHIND_NS PAIL_NS_PER_S
#define FIRST_TO_CACHE 512 /* chunks */

/* The lane's request will wake the step by itself, as long as it is under way. */
static void written(struct pail_down_lane *l, int rc, const struct pail_error *err)
{
    struct pail_transfer *t = &l->d->t;

    pail_mutex_lock(&t->lock);
    l->writing--;
    if (rc < 0 && !l->d->disk.code)
        l->d->disk = *err;
    if (rc < 0)
        atomic_store(&t->attention, true);
    bool wake = rc < 0 || (l->writing == 0 && l->lane.state != PAIL_LANE_BUSY);
    pail_mutex_unlock(&t->lock);
    if (wake)
        pail_task_kick(t);
}

/* Whether the next chunk goes through the page cache. */
static bool to_cache_locked(struct pail_down *d)
{
    uint64_t waiting = (uint64_t)d->n_unwritten * pail_chunks_size(d->pool);

    if (!d->target.direct || d->to_cache)
        return true;
    if (waiting <= d->t.m->config.memory_limit / 2) {
        d->behind_ns = 0;
        return false;
    }
    int64_t now = pail_clock_mono_ns();
    if (!d->behind_ns)
        d->behind_ns = now;
    if (now - d->behind_ns < BEHIND_NS)
        return false;
    d->behind_ns = 0;
    d->to_cache = d->last_to_cache ? 2 * d->last_to_cache : FIRST_TO_CACHE;
    d->last_to_cache = d->to_cache;
    return true;
}

/* The next chunk; NULL: none, or none for this thread. One at a time writes to the page cache: the
 * kernel would let others wait, spinning. */
static struct pail_chunk *take_locked(struct pail_down *d, bool *ret_cached)
{
    if (pail_list_empty(&d->unwritten))
        return NULL;
    bool cached = to_cache_locked(d);
    if (cached && d->caching)
        return NULL;
    if (cached)
        d->caching = true;
    if (d->to_cache)
        d->to_cache--;
    d->n_unwritten--;
    *ret_cached = cached;
    return PAIL_CONTAINER(pail_list_pop(&d->unwritten), struct pail_chunk, job.link);
}

static void write_one(struct pail_down *d, struct pail_chunk *c, bool cached)
{
    struct pail_down_lane *l = c->owner;
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t at = l->offset + c->offset;

    int rc = cached ? pail_landing_write_at(&d->target, at, c->data, c->n, &err)
                    : pail_landing_write_direct(&d->target, at, c->data, c->n, &err);
    pail_chunks_put(d->pool, c);
    if (cached) {
        pail_mutex_lock(&d->t.lock);
        d->caching = false;
        pail_mutex_unlock(&d->t.lock);
    }
    written(l, rc, &err);
}

static void write_some(struct pail_job *job)
{
    struct pail_down_writer *w = PAIL_CONTAINER(job, struct pail_down_writer, job);
    struct pail_down *d = w->d;

    for (unsigned i = 0; i < TURN; i++) {
        bool cached = false;
        pail_mutex_lock(&d->t.lock);
        struct pail_chunk *c = take_locked(d, &cached);
        w->on = c != NULL;
        pail_mutex_unlock(&d->t.lock);
        if (!c) {
            pail_transfer_unref(&d->t);
            return;
        }
        write_one(d, c, cached);
    }
    pail_workers_give(d->t.m->workers, &w->job);
}

static struct pail_down_writer *idle_writer_locked(struct pail_down *d)
{
    size_t n = d->target.direct ? PAIL_ARRAY_LEN(d->writers) : 1;

    for (size_t i = 0; i < n; i++) {
        if (!d->writers[i].on)
            return &d->writers[i];
    }
    return NULL;
}

void pail_down_write(struct pail_down_lane *l, struct pail_chunk *c)
{
    struct pail_down *d = l->d;

    pail_mutex_lock(&d->t.lock);
    l->writing++;
    pail_list_append(&d->unwritten, &c->job.link);
    d->n_unwritten++;
    struct pail_down_writer *w = idle_writer_locked(d);
    if (w)
        w->on = true;
    pail_mutex_unlock(&d->t.lock);
    if (!w)
        return;
    pail_task_ref(&d->t);
    w->d = d;
    w->job.run = write_some;
    pail_workers_give(d->t.m->workers, &w->job);
}

bool pail_down_writing(struct pail_down *d)
{
    bool writing = false;

    PAIL_LOCKED(&d->t.lock);
    for (size_t i = 0; i < d->t.step.n_lanes; i++)
        writing = writing || ((struct pail_down_lane *)pail_task_lane(&d->t, i))->writing;
    return writing;
}
