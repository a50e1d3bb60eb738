/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader: what one open file reads from, pinned to one version. Planning (what must be fetched,
 * what may be fetched ahead) happens under the cache's lock, requests start after it is released.
 * Opening is in open.c.
 */
#include "cache/reader.h"

#include <string.h>

#include "base/alloc.h"
#include "cache/open.h"

/* The demanded range is rounded to this; smaller requests would not be cheaper. */
#define GRAIN (UINT64_C(64) << 10)

void pail_reader_read_ended_locked(struct pail_reader *r)
{
    if (--r->active == 0)
        pail_cond_broadcast(&r->quiet);
}

static bool plan_extent_locked(struct pail_reader *r, uint64_t offset, uint64_t length,
                               enum pail_priority priority, struct pail_fetch_list *list,
                               struct pail_error *err)
{
    struct pail_cache *c = r->cache;
    struct pail_extent *x = NULL;
    if (list->n == PAIL_FETCH_MAX)
        return false;
    if (pail_extent_new_locked(c, offset, length, priority == PAIL_PRIO_READ, &x, err))
        return false;
    if (!pail_version_add_locked(r->version, x)) {
        pail_extent_kill_locked(x);
        pail_extent_unref_locked(x);
        pail_error_set(err, PAIL_D_FS, PAIL_E_INTERNAL, "overlapping extents");
        return false;
    }
    c->own.fetching++;
    list->items[list->n] = x;
    list->priority[list->n++] = priority;
    return true;
}

/* Fetch what is missing of [offset, end), rounded outwards into the gap it lies in. */
static int plan_demand_locked(struct pail_reader *r, struct pail_run *run, uint64_t offset,
                              uint64_t end, struct pail_fetch_list *list, struct pail_error *err)
{
    struct pail_version *v = r->version;
    uint64_t at = offset, floor = 0;
    while (at < end) {
        struct pail_extent *x = pail_version_find_locked(v, at);
        if (x && x->offset <= at) {
            at = floor = x->offset + x->length;
            continue;
        }
        struct pail_list *prev = x ? x->link.prev : v->extents.prev;
        if (prev != &v->extents) {
            struct pail_extent *p = PAIL_CONTAINER(prev, struct pail_extent, link);
            floor = p->offset + p->length;
        }
        uint64_t gap_end = x ? x->offset : v->size;
        uint64_t from = pail_max_u64(at / GRAIN * GRAIN, floor);
        uint64_t to = pail_min_u64((end + GRAIN - 1) / GRAIN * GRAIN, gap_end);
        to = pail_min_u64(to, from + r->cache->fixed.range_size);
        if (!plan_extent_locked(r, from, to - from, PAIL_PRIO_READ, list, err))
            return err->code ? (int)err->code
                             : pail_error_set(err, PAIL_D_FS, PAIL_E_TOO_BIG,
                                              "a read of %llu bytes is too scattered",
                                              (unsigned long long)(end - offset));
        if (run->ahead < to && run->ahead >= offset)
            run->ahead = to;
        at = to;
    }
    return 0;
}

static void plan_ahead_locked(struct pail_reader *r, struct pail_run *run,
                              struct pail_fetch_list *list)
{
    struct pail_version *v = r->version;
    uint64_t piece = run->window / 4 / PAIL_BLOCK_LARGE * PAIL_BLOCK_LARGE;
    piece = pail_min_u64(pail_max_u64(piece, PAIL_BLOCK_LARGE), r->cache->fixed.range_size);
    uint64_t offset, length;
    while (pail_window_next(run, v->size, piece, PAIL_BLOCK_LARGE, &offset, &length)) {
        struct pail_extent *x = pail_version_find_locked(v, offset);
        if (x && x->offset <= offset) { /* already there: go on behind it */
            run->ahead = pail_max_u64(offset, pail_min_u64(x->offset + x->length, offset + length));
            continue;
        }
        if (x && x->offset < offset + length) {
            length = x->offset - offset;
            run->ahead = x->offset;
        }
        struct pail_error ignored = PAIL_ERROR_INIT;
        if (!plan_extent_locked(r, offset, length, PAIL_PRIO_READAHEAD, list, &ignored)) {
            run->ahead = offset; /* no memory now: asked again by a later read */
            return;
        }
    }
}

static struct pail_wait *wait_new(const struct pail_wait *from)
{
    struct pail_wait *w = pail_alloc(sizeof(*w));
    if (w)
        *w = *from;
    return w;
}

void pail_reader_read(struct pail_reader *r, uint64_t offset, size_t length, pail_read_fn *done,
                      void *ud)
{
    struct pail_cache *c = r->cache;
    struct pail_fetch_list list = {.n = 0};
    struct pail_list ready;
    struct pail_wait now = {
        .reader = r, .offset = offset, .done = done, .ud = ud, .err = PAIL_ERROR_INIT};
    now.pins = now.few;
    pail_list_init(&ready);
    pail_list_init(&now.link);

    pail_mutex_lock(&c->lock);
    struct pail_version *v = now.version = r->version;
    now.length = offset < v->size ? pail_min_u64(length, v->size - offset) : 0;
    r->active++;
    if (!now.length) {
        pail_mutex_unlock(&c->lock);
        pail_wait_deliver(c, &now);
        return;
    }
    atomic_fetch_add_explicit(&c->stat.read, now.length, memory_order_relaxed);
    bool there = pail_version_ready_locked(v, offset, now.length) >= now.length;
    atomic_fetch_add_explicit(there ? &c->stat.hits : &c->stat.misses, 1, memory_order_relaxed);
    bool first = r->window.tick == 0;
    struct pail_run *run = pail_window_read(&r->window, offset, now.length, v->size);
    if (!there && !first && run->length > now.length)
        pail_window_waited(&r->window, run);
    bool waiting = false;
    if (there) {
        (void)!pail_wait_pin_locked(&now, &now.err);
    } else if (!plan_demand_locked(r, run, offset, offset + now.length, &list, &now.err)) {
        struct pail_wait *w = wait_new(&now);
        if (w) {
            w->pins = w->few;
            pail_list_init(&w->link);
            pail_list_append(&v->waiters, &w->link);
            waiting = true;
        } else {
            pail_error_nomem(&now.err);
        }
    }
    plan_ahead_locked(r, run, &list);
    if (waiting)
        pail_wait_collect_locked(v, &ready);
    pail_mutex_unlock(&c->lock);

    /* The read counts as active until it is answered, so the reader outlives what follows. */
    pail_fetch_start(c, &list);
    if (waiting)
        pail_wait_answer(c, &ready);
    else
        pail_wait_deliver(c, &now);
}

struct blocking_read {
    struct pail_mutex lock;
    struct pail_cond cond;
    bool finished;
    char *dst;
    size_t n;
    struct pail_error err;
};

static void blocking_done(void *ud, const struct pail_bytes *segments, size_t n,
                          const struct pail_error *err)
{
    struct blocking_read *b = ud;
    for (size_t i = 0; i < n; i++) {
        memcpy(b->dst + b->n, segments[i].ptr, segments[i].len);
        b->n += segments[i].len;
    }
    pail_mutex_lock(&b->lock);
    pail_error_copy(&b->err, err);
    b->finished = true;
    pail_cond_signal(&b->cond);
    pail_mutex_unlock(&b->lock);
}

int pail_reader_pread(struct pail_reader *r, uint64_t offset, void *dst, size_t length,
                      size_t *ret_n, struct pail_error *err)
{
    struct blocking_read b = {.dst = dst, .err = PAIL_ERROR_INIT};
    pail_mutex_init(&b.lock, "pread", PAIL_RANK_LEAF);
    pail_cond_init(&b.cond);
    int rc = 0;
    size_t total = 0;
    while (total < length && !rc) {
        size_t want = length - total < PAIL_BLOCK_LARGE ? length - total : PAIL_BLOCK_LARGE;
        b.finished = false;
        b.n = 0;
        b.dst = (char *)dst + total;
        pail_reader_read(r, offset + total, want, blocking_done, &b);
        pail_mutex_lock(&b.lock);
        while (!b.finished)
            pail_cond_wait(&b.cond, &b.lock);
        pail_mutex_unlock(&b.lock);
        rc = b.err.code;
        total += b.n;
        if (b.n < want)
            break;
    }
    pail_cond_done(&b.cond);
    pail_mutex_done(&b.lock);
    if (rc) {
        pail_error_copy(err, &b.err);
        return rc;
    }
    *ret_n = total;
    return 0;
}

void pail_reader_close(struct pail_reader *r)
{
    if (!r)
        return;
    struct pail_cache *c = r->cache;
    struct pail_extent *cancel[PAIL_FETCH_MAX];
    size_t n = 0;
    pail_mutex_lock(&c->lock);
    while (r->active)
        pail_cond_wait(&r->quiet, &c->lock);
    struct pail_version *v = r->version;
    if (v && --v->readers == 0) {
        PAIL_LIST_FOR (it, &v->extents) {
            struct pail_extent *x = PAIL_CONTAINER(it, struct pail_extent, link);
            if (x->state == PAIL_EXTENT_FETCHING && x->call && n < PAIL_ARRAY_LEN(cancel)) {
                pail_extent_ref_locked(x);
                cancel[n++] = x;
            }
        }
    }
    pail_mutex_unlock(&c->lock);
    for (size_t i = 0; i < n; i++)
        pail_extent_cancel(c, cancel[i]);
    pail_mutex_lock(&c->lock);
    for (size_t i = 0; i < n; i++)
        pail_extent_unref_locked(cancel[i]);
    if (v)
        pail_version_drop_locked(v);
    pail_mutex_unlock(&c->lock);
    pail_cond_done(&r->quiet);
    pail_free(r);
}

struct pail_str pail_reader_etag(const struct pail_reader *r)
{
    return pail_strn(r->version->etag, r->version->etag_len);
}

uint64_t pail_reader_size(const struct pail_reader *r)
{
    return r->version->size;
}
