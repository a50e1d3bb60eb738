/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads that wait for bytes. A wait is looked at when an extent's `filled` passes the mark that the
 * wait left in `wake_at`, so that the arrival of 16 KiB pieces costs an atomic load and not a lock.
 * Mark and counter are sequentially consistent and each side stores its own before it loads the
 * other's, so one of them sees the other.
 *
 * What a wait will be answered from is pinned while the lock is still held: between "it is there"
 * and the answer nothing may be evicted.
 */
#include "base/alloc.h"
#include "cache/cache.h"

int pail_wait_pin_locked(struct pail_wait *w, struct pail_error *err)
{
    uint64_t end = w->offset + w->length;
    struct pail_extent *first = pail_version_find_locked(w->version, w->offset);
    size_t n = 0;
    for (struct pail_list *it = &first->link; it != &w->version->extents; it = it->next) {
        if (PAIL_CONTAINER(it, struct pail_extent, link)->offset >= end)
            break;
        n++;
    }
    w->pins = n <= PAIL_WAIT_PINS ? w->few : pail_calloc(n, sizeof(*w->pins));
    if (!w->pins)
        return pail_error_nomem(err);
    struct pail_list *it = &first->link;
    for (w->n_pins = 0; w->n_pins < n; it = it->next) {
        struct pail_extent *x = PAIL_CONTAINER(it, struct pail_extent, link);
        pail_extent_ref_locked(x);
        w->pins[w->n_pins++] = x;
    }
    return 0;
}

static void set_marks_locked(struct pail_version *v)
{
    PAIL_LIST_FOR (it, &v->waiters) {
        struct pail_wait *w = PAIL_CONTAINER(it, struct pail_wait, link);
        uint64_t end = w->offset + w->length;
        PAIL_LIST_FOR (xt, &v->extents) {
            struct pail_extent *x = PAIL_CONTAINER(xt, struct pail_extent, link);
            if (x->offset >= end)
                break;
            if (x->state != PAIL_EXTENT_FETCHING || x->offset + x->length <= w->offset)
                continue;
            uint64_t need = pail_min_u64(end - x->offset, x->length);
            if (need < atomic_load(&x->wake_at))
                atomic_store(&x->wake_at, need);
        }
    }
}

static void move_ready_locked(struct pail_version *v, struct pail_list *ready)
{
    PAIL_LIST_FOR (it, &v->waiters) {
        struct pail_wait *w = PAIL_CONTAINER(it, struct pail_wait, link);
        if (!w->err.code) {
            if (pail_version_ready_locked(v, w->offset, w->length) < w->length)
                continue;
            (void)!pail_wait_pin_locked(w, &w->err);
        }
        pail_list_remove(&w->link);
        pail_list_append(ready, &w->link);
    }
}

void pail_wait_collect_locked(struct pail_version *v, struct pail_list *ready)
{
    PAIL_LIST_FOR (it, &v->extents) {
        struct pail_extent *x = PAIL_CONTAINER(it, struct pail_extent, link);
        if (x->state == PAIL_EXTENT_FETCHING)
            atomic_store(&x->wake_at, UINT64_MAX);
    }
    /* Marks first: bytes that arrive between the two steps either are seen by the look or see the
     * mark. */
    set_marks_locked(v);
    move_ready_locked(v, ready);
}

static size_t segment_count(const struct pail_wait *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_pins; i++)
        n += w->pins[i]->n_blocks;
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
    struct pail_bytes few[40], *segments = few;
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
    pail_reader_read_ended_locked(w->reader);
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
