/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads that wait for bytes. A wait pins all extents that it will be answered from when it is
 * planned; so it is complete when each has the bytes it needs, whatever happens to the version's
 * other extents meanwhile.
 *
 * A wait is looked at when an extent's `filled` passes the mark that the wait left in `wake_at`, so
 * that the arrival of 16 KiB pieces costs an atomic load and not a lock. Mark and counter are
 * sequentially consistent and each side stores its own before it loads the other's, so one of them
 * sees the other.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "cache/cache.h"

int pail_wait_pin_locked(struct pail_wait *w, struct pail_extent *x, struct pail_error *err)
{
    if (w->n_pins == w->cap_pins) {
        bool first = w->pins == w->few;
        size_t cap = w->cap_pins * 2;
        struct pail_extent **p = pail_reallocarray(first ? NULL : w->pins, cap,
                                                   sizeof(struct pail_extent *));
        if (!p)
            return pail_error_nomem(err);
        for (size_t i = 0; first && i < w->n_pins; i++)
            p[i] = w->few[i];
        w->pins = p;
        w->cap_pins = cap;
    }
    pail_extent_ref_locked(x);
    bool ends = w->offset + w->length >= x->offset + x->length;
    x->unread = x->unread && !ends;
    x->passed = x->passed || (ends && w->passing);
    if (x->unread)
        x->used_ns = pail_clock_mono_ns();
    w->pins[w->n_pins++] = x;
    return 0;
}

bool pail_wait_ready_locked(const struct pail_wait *w)
{
    uint64_t end = w->offset + w->length;
    bool ready = true;
    for (size_t i = 0; i < w->n_pins; i++) {
        struct pail_extent *x = w->pins[i];
        if (x->state == PAIL_EXTENT_READY)
            continue;
        uint64_t need = pail_min_u64(end - x->offset, x->length);
        if (x->whole) { /* its end tells */
            ready = false;
        } else if (atomic_load(&x->filled) < need) {
            if (need < atomic_load(&x->wake_at))
                atomic_store(&x->wake_at, need);
            ready = ready && atomic_load(&x->filled) >= need;
        }
    }
    return ready;
}

void pail_wait_collect_locked(struct pail_version *v, struct pail_list *ready)
{
    PAIL_LIST_FOR (it, &v->waiters) {
        struct pail_wait *w = PAIL_CONTAINER(it, struct pail_wait, link);
        if (!w->err.code && !pail_wait_ready_locked(w))
            continue;
        pail_list_remove(&w->link);
        pail_list_append(ready, &w->link);
    }
}

static size_t segment_count(const struct pail_wait *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_pins; i++) {
        const struct pail_extent *x = w->pins[i];
        n += (size_t)(pail_min_u64(x->length, w->length) / x->block_size) + 2;
    }
    return n;
}

static size_t fill_segments(const struct pail_wait *w, struct pail_bytes *to)
{
    uint64_t at = w->offset, end = w->offset + w->length;
    size_t n = 0;
    for (size_t i = 0; i < w->n_pins; i++) {
        const struct pail_extent *x = w->pins[i];
        uint64_t stop = pail_min_u64(end, x->offset + x->length);
        while (at < stop) {
            uint64_t in = at - x->offset;
            size_t skip = (size_t)(in % x->block_size);
            size_t take = (size_t)pail_min_u64(x->block_size - skip, stop - at);
            to[n].ptr = x->blocks[in / x->block_size] + skip;
            to[n++].len = take;
            at += take;
        }
    }
    return n;
}

void pail_wait_deliver(struct pail_cache *c, struct pail_wait *w)
{
    pail_assert_no_locks();
    struct pail_bytes few[72], *segments = few;
    if (!w->err.code) {
        size_t n = segment_count(w);
        if (n > PAIL_ARRAY_LEN(few))
            segments = pail_calloc(n, sizeof(*segments));
        if (!segments)
            pail_error_nomem(&w->err);
    }
    if (w->err.code) {
        w->done(w->ud, NULL, 0, &w->err);
    } else {
        size_t n = fill_segments(w, segments);
        w->done(w->ud, segments, n, NULL);
    }
    if (segments != few)
        pail_free(segments);
    pail_mutex_lock(&c->lock);
    for (size_t i = 0; i < w->n_pins; i++)
        pail_extent_unref_locked(w->pins[i]);
    if (w->pins != w->few)
        pail_free(w->pins);
    pail_reader_leave_locked(w->reader);
    pail_mutex_unlock(&c->lock);
}

void pail_wait_answer(struct pail_cache *c, struct pail_list *ready)
{
    for (struct pail_list *l; (l = pail_list_pop(ready)) != NULL;) {
        struct pail_wait *w = PAIL_CONTAINER(l, struct pail_wait, link);
        pail_wait_deliver(c, w);
        pail_free(w);
    }
}
