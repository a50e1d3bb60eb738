/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One GET fills one extent. Bytes are copied once, from the transport's buffer into the block that
 * the reader will be answered from. A repeated attempt starts at its first byte again; what is
 * there already is skipped, because every attempt brings the same version (If-Match asks for it and
 * the answer's ETag is looked at). An extent that is checked as a whole begins anew instead: the
 * attempt before may have failed for its checksum, and nothing of it was given out.
 *
 * A fetch is counted from its planning until its last touch of the cache, so that the cache can
 * wait for all of them.
 */
#include <string.h>

#include "base/clock.h"
#include "cache/cache.h"

static void copy_in(struct pail_extent *x, uint64_t at, const char *from, size_t n)
{
    while (n) {
        size_t skip = (size_t)(at % x->block_size);
        size_t take = x->block_size - skip < n ? x->block_size - skip : n;
        memcpy(x->blocks[at / x->block_size] + skip, from, take);
        from += take;
        at += take;
        n -= take;
    }
}

static void wake(struct pail_extent *x)
{
    struct pail_list ready;
    pail_list_init(&ready);
    pail_mutex_lock(&x->cache->lock);
    atomic_store(&x->wake_at, UINT64_MAX);
    if (x->version)
        pail_wait_collect_locked(x->version, &ready);
    pail_mutex_unlock(&x->cache->lock);
    pail_wait_answer(x->cache, &ready);
}

int pail_extent_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_extent *x = ud;
    if (x->discard)
        return 0;
    size_t fits = (size_t)pail_min_u64(n, x->length - pail_min_u64(offset, x->length));
    if (fits < n && !x->enough)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "the server sent more than the %llu bytes that were asked for",
                              (unsigned long long)x->length);
    uint64_t filled = atomic_load_explicit(&x->filled, memory_order_relaxed);
    if (offset > filled)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "a gap in the answer");
    if (x->whole)
        filled = offset;
    if (offset + fits > filled) {
        size_t known = (size_t)(filled - offset);
        copy_in(x, filled, (const char *)p + known, fits - known);
        atomic_fetch_add_explicit(&x->cache->stat.fetched, fits - known, memory_order_relaxed);
        filled = offset + fits;
        atomic_store(&x->filled, filled);
        if (filled >= atomic_load(&x->wake_at) && !x->whole)
            wake(x);
    }
    return fits == n ? 0
                     : pail_error_set(err, PAIL_D_NET, PAIL_E_CANCELLED, "the rest is not wanted");
}

/* Every wait that counts on the extent fails with its error. */
static void fail_waits_locked(const struct pail_extent *x, const struct pail_error *err)
{
    const struct pail_version *v = x->version;
    PAIL_LIST_FOR (it, &v->waiters) {
        struct pail_wait *w = PAIL_CONTAINER(it, struct pail_wait, link);
        size_t i = 0;
        while (i < w->n_pins && w->pins[i] != x)
            i++;
        if (i == w->n_pins || w->err.code)
            continue;
        w->err = *err;
        if (err->code == PAIL_E_PRECONDITION || err->code == PAIL_E_NOT_FOUND)
            pail_error_set(&w->err, PAIL_D_FS, PAIL_E_FS_STALE,
                           "s3://%s/%s was replaced or deleted while it was read",
                           v->volume->bucket, v->key);
    }
}

/* What the end of the answer means for the extent. NULL: it is complete. */
static const struct pail_error *outcome(struct pail_extent *x, const struct pail_error *err,
                                        struct pail_error *own)
{
    uint64_t filled = atomic_load(&x->filled);
    if (x->discard || (x->enough && filled == x->length))
        return NULL;
    if (!err && filled != x->length) {
        pail_error_set(own, PAIL_D_DATA, PAIL_E_GARBAGE,
                       "the answer ended after %llu of %llu bytes", (unsigned long long)filled,
                       (unsigned long long)x->length);
        return own;
    }
    return err;
}

/* What the windows of read-ahead go by. */
static void learn_locked(const struct pail_extent *x)
{
    struct pail_cache *c = x->cache;
    int64_t took = pail_clock_mono_ns() - x->asked_ns;
    if (x->asked_ns && x->length >= PAIL_BLOCK_LARGE)
        c->own.fetch_ns += c->own.fetch_ns ? (took - c->own.fetch_ns) / 4 : took;
}

void pail_extent_finish(struct pail_extent *x, const struct pail_error *err)
{
    struct pail_cache *c = x->cache;
    struct pail_list ready;
    struct pail_error own = PAIL_ERROR_INIT;
    pail_list_init(&ready);
    pail_mutex_lock(&c->lock);
    struct pail_version *v = x->version; /* NULL: killed meanwhile, or never bound */
    struct pail_call *call = PAIL_STEAL(x->call);
    pail_list_remove(&x->cancel_link);
    err = outcome(x, err, &own);
    if (v && !err) {
        x->state = PAIL_EXTENT_READY;
        x->used_ns = pail_clock_mono_ns();
        learn_locked(x);
    } else {
        if (v)
            fail_waits_locked(x, err);
        pail_extent_kill_locked(x);
    }
    if (v)
        pail_wait_collect_locked(v, &ready);
    pail_extent_unref_locked(x);
    if (v)
        pail_version_drop_locked(v);
    pail_mutex_unlock(&c->lock);
    pail_call_unref(call);
    pail_wait_answer(c, &ready);
}

void pail_fetch_ended_locked(struct pail_cache *c)
{
    if (--c->own.fetching == 0)
        pail_cond_broadcast(&c->own.idle_cond);
}

static int fetch_begin(void *ud, const struct pail_s3_object *head, uint64_t body_length,
                       struct pail_error *err)
{
    /* The version's texts stay as long as the extent is in it; killed ones are cancelled. */
    const struct pail_extent *x = ud;
    int rc = 0;
    pail_mutex_lock(&x->cache->lock);
    const struct pail_version *v = x->version;
    if (v && !pail_version_is(head->etag, pail_strn(v->etag, v->etag_len)))
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                            "s3://%s/%s was replaced while it was read, and the service sends the "
                            "new version",
                            v->volume->bucket, v->key);
    pail_mutex_unlock(&x->cache->lock);
    return rc;
}

static void fetch_done(void *ud, const struct pail_error *err)
{
    struct pail_extent *x = ud;
    struct pail_cache *c = x->cache;
    pail_extent_finish(x, err);
    pail_mutex_lock(&c->lock);
    pail_fetch_ended_locked(c);
    pail_mutex_unlock(&c->lock);
}

/* The caller keeps a reader of the version open meanwhile. */
static void start_one(struct pail_cache *c, struct pail_extent *x, enum pail_priority priority)
{
    struct pail_version *v = x->version;
    struct pail_s3_get_args args = {
        .call = pail_volume_call(v->volume, priority),
        .bucket = pail_str(v->volume->bucket),
        .key = pail_strn(v->key, v->key_len),
        .version_id = pail_strn(v->version_id, v->version_id_len),
        .if_match = pail_strn(v->etag, v->etag_len),
        .ranged = true,
        .offset = x->offset,
        .length = x->length,
    };
    struct pail_s3_sink sink = {.begin = fetch_begin, .write = pail_extent_write, .ud = x};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_call *call = NULL;
    pail_mutex_lock(&c->lock);
    pail_extent_ref_locked(x); /* keeps x while its call is stored */
    x->asked_ns = pail_clock_mono_ns();
    pail_mutex_unlock(&c->lock);
    int rc = pail_s3_get_async(v->volume->s3, &args, &sink, NULL, fetch_done, x, &call, &err);
    if (rc)
        fetch_done(x, &err);
    pail_mutex_lock(&c->lock);
    if (x->state == PAIL_EXTENT_FETCHING)
        x->call = PAIL_STEAL(call);
    pail_extent_unref_locked(x);
    pail_mutex_unlock(&c->lock);
    pail_call_unref(call);
}

void pail_fetch_start(struct pail_cache *c, struct pail_fetch_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        start_one(c, list->items[i], list->priority[i]);
    list->n = 0;
}

void pail_fetch_cancel(struct pail_cache *c, struct pail_list *extents)
{
    for (;;) {
        struct pail_call *call = NULL;
        pail_mutex_lock(&c->lock);
        struct pail_list *l = pail_list_pop(extents);
        /* The call is taken out so that the fetch's end cannot free it under our hands. */
        if (l)
            call = PAIL_STEAL(PAIL_CONTAINER(l, struct pail_extent, cancel_link)->call);
        pail_mutex_unlock(&c->lock);
        if (!l)
            return;
        if (call)
            pail_call_cancel(call);
        pail_call_unref(call);
    }
}
