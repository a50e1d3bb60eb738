/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader: what one open file reads from, pinned to one version. Planning (what must be fetched,
 * what may be fetched ahead) happens under the cache's lock, requests start after it is released.
 * Opening is in open.c.
 */
#include "cache/reader.h"

#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "cache/open.h"

/* Demanded ranges are rounded outwards, so that neighbours are there when they are asked for: large
 * reads to 64 KiB, small ones to four times their size, or random readers of small records would
 * fetch mostly what nobody wants. */
#define GRAIN_MIN (UINT64_C(16) << 10)
#define GRAIN_MAX (UINT64_C(64) << 10)
/* From here on a run is long: what it has passed is not kept. */
#define LONG_RUN (UINT64_C(16) << 20)
#define KERNEL_RATE (UINT64_C(1) << 30) /* bytes a second through FUSE, about */

void pail_reader_leave_locked(struct pail_reader *r)
{
    if (--r->active == 0)
        pail_cond_broadcast(&r->quiet);
}

static uint64_t grain_of(uint64_t length)
{
    uint64_t grain = GRAIN_MIN;
    while (grain < GRAIN_MAX && grain < 4 * length)
        grain *= 2;
    return grain;
}

static size_t block_size_of(uint64_t length)
{
    return length < PAIL_BLOCK_LARGE ? PAIL_BLOCK_SMALL : PAIL_BLOCK_LARGE;
}

static int plan_extent_locked(struct pail_reader *r, uint64_t offset, uint64_t length,
                              enum pail_priority priority, struct pail_fetch_list *list,
                              struct pail_extent **ret, struct pail_error *err)
{
    struct pail_cache *c = r->cache;
    bool demanded = priority == PAIL_PRIO_READ;
    struct pail_extent *x = NULL;
    if (list->n == PAIL_FETCH_MAX)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_TOO_BIG,
                              "a read needs more than %d requests at once", PAIL_FETCH_MAX);
    int rc = pail_extent_new_locked(c, offset, length, block_size_of(length), demanded, &x, err);
    if (rc)
        return rc;
    rc = pail_version_add_locked(r->version, x, err);
    if (rc) {
        pail_extent_kill_locked(x);
        pail_extent_unref_locked(x);
        return rc;
    }
    x->unread = !demanded;
    c->own.fetching++;
    list->items[list->n] = x;
    list->priority[list->n++] = priority;
    *ret = x;
    return 0;
}

/* A fetch for what is missing from `at` on, rounded outwards into the gap before extent i. */
static int plan_gap_locked(struct pail_reader *r, const struct pail_wait *w, uint64_t at, size_t i,
                           struct pail_fetch_list *list, struct pail_extent **ret,
                           struct pail_error *err)
{
    const struct pail_version *v = r->version;
    uint64_t grain = grain_of(w->length), end = w->offset + w->length;
    uint64_t floor = i ? v->extents[i - 1]->offset + v->extents[i - 1]->length : 0;
    uint64_t ceiling = i < v->n_extents ? v->extents[i]->offset : v->size;
    uint64_t from = pail_max_u64(at / grain * grain, floor);
    uint64_t to = pail_min_u64((end + grain - 1) / grain * grain, ceiling);
    to = pail_min_u64(to, from + r->cache->fixed.range_size);
    return plan_extent_locked(r, from, to - from, PAIL_PRIO_READ, list, ret, err);
}

/* Pins every extent that w will be answered from; what no extent has is to be fetched. */
static int plan_demand_locked(struct pail_reader *r, struct pail_wait *w,
                              struct pail_fetch_list *list)
{
    struct pail_version *v = r->version;
    uint64_t at = w->offset, end = w->offset + w->length;
    while (at < end) {
        size_t i = pail_version_find_locked(v, at);
        struct pail_extent *x = i < v->n_extents ? v->extents[i] : NULL;
        int rc = 0;
        if (!x || x->offset > at)
            rc = plan_gap_locked(r, w, at, i, list, &x, &w->err);
        if (!rc)
            rc = pail_wait_pin_locked(w, x, &w->err);
        if (rc)
            return rc;
        at = x->offset + x->length;
    }
    return 0;
}

/* Large requests cost less, several at once are faster: halves of a window that is small, quarters
 * and less of a large one. */
static uint64_t ahead_piece(uint64_t window, uint64_t range_size)
{
    uint64_t piece = pail_max_u64(window / 4, pail_min_u64(window / 2, 4 * PAIL_BLOCK_LARGE));
    piece = pail_max_u64(piece / PAIL_BLOCK_LARGE, 1) * PAIL_BLOCK_LARGE;
    return pail_min_u64(piece, range_size);
}

static void plan_ahead_locked(struct pail_reader *r, struct pail_run *run,
                              struct pail_fetch_list *list)
{
    struct pail_version *v = r->version;
    uint64_t piece = ahead_piece(run->window, r->cache->fixed.range_size);
    uint64_t align = run->window >= 2 * PAIL_BLOCK_LARGE ? PAIL_BLOCK_LARGE : GRAIN_MAX;
    uint64_t offset, length;
    while (pail_window_next(run, v->size, piece, align, &offset, &length)) {
        size_t i = pail_version_find_locked(v, offset);
        struct pail_extent *x = i < v->n_extents ? v->extents[i] : NULL;
        if (x && x->offset <= offset) { /* already there: go on behind it */
            run->ahead = pail_min_u64(x->offset + x->length, offset + length);
            continue;
        }
        if (x && x->offset < offset + length) {
            length = x->offset - offset;
            run->ahead = x->offset;
        }
        if (plan_extent_locked(r, offset, length, PAIL_PRIO_READAHEAD, list, &x, NULL)) {
            run->ahead = offset; /* no memory now: asked again by a later read */
            return;
        }
    }
}

/* The wait moves to the heap, where it stays until its bytes are there. The marks that it left in
 * its extents do not count before the lock is released. */
static int wait_keep_locked(struct pail_wait *now, struct pail_version *v)
{
    struct pail_wait *w = pail_alloc(sizeof(*w));
    if (!w)
        return pail_error_nomem(&now->err);
    *w = *now;
    if (now->pins == now->few)
        w->pins = w->few;
    pail_list_init(&w->link);
    pail_list_append(&v->waiters, &w->link);
    return 0;
}

/* A window that arrives at the rate that the kernel takes: a larger one goes through more memory
 * and brings nothing. */
static uint64_t enough_locked(const struct pail_cache *c)
{
    uint64_t ms = (uint64_t)c->own.fetch_ns / PAIL_NS_PER_MS;
    return pail_min_u64(ms, UINT32_MAX) * (KERNEL_RATE / 1000);
}

/* True: w waits, or rather its copy does. */
static bool plan_read_locked(struct pail_reader *r, struct pail_wait *w,
                             struct pail_fetch_list *list)
{
    struct pail_cache *c = r->cache;
    struct pail_version *v = r->version;
    bool first = r->window.tick == 0;
    struct pail_run *run = pail_window_read(&r->window, w->offset, w->length, v->size);
    w->passing = run->length >= LONG_RUN;
    int rc = plan_demand_locked(r, w, list);
    bool there = !rc && pail_wait_ready_locked(w);
    atomic_fetch_add_explicit(&c->stat.read, w->length, memory_order_relaxed);
    atomic_fetch_add_explicit(there ? &c->stat.hits : &c->stat.misses, 1, memory_order_relaxed);
    if (list->n) {
        const struct pail_extent *last = list->items[list->n - 1];
        run->ahead = pail_max_u64(run->ahead, last->offset + last->length);
    }
    if (!there && !first && run->length > w->length)
        pail_window_waited(&r->window, run, enough_locked(c));
    plan_ahead_locked(r, run, list);
    return !rc && !there && !wait_keep_locked(w, v);
}

void pail_reader_read(struct pail_reader *r, uint64_t offset, size_t length, pail_read_fn *done,
                      void *ud)
{
    struct pail_cache *c = r->cache;
    struct pail_fetch_list list = {.n = 0};
    struct pail_wait now = {
        .reader = r, .offset = offset, .done = done, .ud = ud, .err = PAIL_ERROR_INIT};
    now.pins = now.few;
    now.cap_pins = PAIL_WAIT_PINS;
    pail_list_init(&now.link);

    pail_mutex_lock(&c->lock);
    uint64_t size = r->version->size;
    now.length = offset < size ? pail_min_u64(length, size - offset) : 0;
    r->active += 2; /* this call, and the read until it is answered */
    bool waiting = now.length && plan_read_locked(r, &now, &list);
    pail_mutex_unlock(&c->lock);

    pail_fetch_start(c, &list);
    if (!waiting)
        pail_wait_deliver(c, &now);
    pail_mutex_lock(&c->lock);
    pail_reader_leave_locked(r);
    pail_mutex_unlock(&c->lock);
}

/* ---- Blocking ---- */

struct blocking_read {
    struct pail_mutex lock;
    struct pail_cond cond;
    bool finished;
    char *const *blocks;
    size_t block_size, at, n; /* where the next byte goes; bytes of this piece */
    struct pail_error err;
};

static void put(struct blocking_read *b, struct pail_bytes from)
{
    const char *p = from.ptr;
    while (from.len) {
        size_t skip = b->at % b->block_size;
        size_t take = b->block_size - skip < from.len ? b->block_size - skip : from.len;
        memcpy(b->blocks[b->at / b->block_size] + skip, p, take);
        b->at += take;
        b->n += take;
        p += take;
        from.len -= take;
    }
}

static void blocking_done(void *ud, const struct pail_bytes *segments, size_t n,
                          const struct pail_error *err)
{
    struct blocking_read *b = ud;
    for (size_t i = 0; i < n; i++)
        put(b, segments[i]);
    pail_mutex_lock(&b->lock);
    pail_error_copy(&b->err, err);
    b->finished = true;
    pail_cond_signal(&b->cond);
    pail_mutex_unlock(&b->lock);
}

static int read_piece(struct pail_reader *r, uint64_t offset, size_t want, struct blocking_read *b)
{
    b->finished = false;
    b->n = 0;
    pail_reader_read(r, offset, want, blocking_done, b);
    pail_mutex_lock(&b->lock);
    while (!b->finished)
        pail_cond_wait(&b->cond, &b->lock);
    pail_mutex_unlock(&b->lock);
    return b->err.code;
}

int pail_reader_scatter(struct pail_reader *r, uint64_t offset, char *const *blocks,
                        size_t block_size, size_t skip, size_t length, size_t *ret_n,
                        struct pail_error *err)
{
    struct blocking_read b = {
        .blocks = blocks, .block_size = block_size, .at = skip, .err = PAIL_ERROR_INIT};
    pail_mutex_init(&b.lock, "blocking read", PAIL_RANK_LEAF);
    pail_cond_init(&b.cond);
    int rc = 0;
    while (b.at - skip < length && !rc) {
        size_t done = b.at - skip;
        size_t want = (size_t)pail_min_u64(length - done, r->cache->fixed.range_size);
        rc = read_piece(r, offset + done, want, &b);
        if (b.n < want)
            break;
    }
    pail_cond_done(&b.cond);
    pail_mutex_done(&b.lock);
    if (rc) {
        pail_error_copy(err, &b.err);
        return rc;
    }
    *ret_n = b.at - skip;
    return 0;
}

int pail_reader_pread(struct pail_reader *r, uint64_t offset, void *dst, size_t length,
                      size_t *ret_n, struct pail_error *err)
{
    char *block = dst;
    return pail_reader_scatter(r, offset, &block, length ? length : 1, 0, length, ret_n, err);
}

/* ---- Closing ---- */

void pail_reader_close(struct pail_reader *r)
{
    if (!r)
        return;
    struct pail_cache *c = r->cache;
    struct pail_list unwanted;
    pail_list_init(&unwanted);
    pail_mutex_lock(&c->lock);
    while (r->active)
        pail_cond_wait(&r->quiet, &c->lock);
    struct pail_version *v = r->version;
    if (v && --v->readers == 0) {
        /* Out of the version at once: who opens it now must not count on what is cancelled. */
        for (size_t i = v->n_extents; i-- > 0;) {
            struct pail_extent *x = v->extents[i];
            if (x->state != PAIL_EXTENT_FETCHING)
                continue;
            pail_extent_kill_locked(x);
            pail_list_append(&unwanted, &x->cancel_link);
        }
    }
    if (v)
        pail_version_drop_locked(v);
    pail_mutex_unlock(&c->lock);
    pail_fetch_cancel(c, &unwanted);
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
