/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One GET fills one extent. Bytes are copied once, from the transport's buffer into the block that
 * the reader will be answered from. A repeated attempt starts at its first byte again; what is
 * there already is skipped, which is right because every attempt asks for the same version.
 */
#include <string.h>

#include "cache/cache.h"

int pail_extent_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_extent *x = ud;
    if (x->discard)
        return 0;
    if (offset + n > x->length)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "the server sent more than the %llu bytes that were asked for",
                              (unsigned long long)x->length);
    uint64_t filled = atomic_load_explicit(&x->filled, memory_order_relaxed);
    if (offset > filled)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "a gap in the answer");
    if (offset + n <= filled)
        return 0;
    size_t known = (size_t)(filled - offset);
    const char *from = (const char *)p + known;
    size_t left = n - known;
    while (left) {
        size_t skip = (size_t)(filled % x->block_size);
        size_t take = x->block_size - skip < left ? x->block_size - skip : left;
        memcpy(x->blocks[filled / x->block_size] + skip, from, take);
        from += take;
        left -= take;
        filled += take;
    }
    atomic_fetch_add_explicit(&x->cache->stat.fetched, n - known, memory_order_relaxed);
    atomic_store(&x->filled, filled);
    if (filled < atomic_load(&x->wake_at) || x->whole)
        return 0;
    struct pail_list ready;
    pail_list_init(&ready);
    pail_mutex_lock(&x->cache->lock);
    if (x->version)
        pail_wait_collect_locked(x->version, &ready);
    pail_mutex_unlock(&x->cache->lock);
    pail_wait_answer(x->cache, &ready);
    return 0;
}

/* Every wait that needed bytes of the dead extent fails with its error. */
static void fail_waits_locked(struct pail_extent *x, const struct pail_error *err)
{
    PAIL_LIST_FOR (it, &x->version->waiters) {
        struct pail_wait *w = PAIL_CONTAINER(it, struct pail_wait, link);
        if (w->err.code || w->offset >= x->offset + x->length || x->offset >= w->offset + w->length)
            continue;
        w->err = *err;
        if (err->code == PAIL_E_PRECONDITION || err->code == PAIL_E_NOT_FOUND)
            pail_error_set(&w->err, PAIL_D_FS, PAIL_E_FS_STALE,
                           "s3://%s/%s was replaced or deleted while it was read",
                           x->version->volume->bucket, x->version->key);
    }
}

void pail_extent_finish(struct pail_extent *x, const struct pail_error *err)
{
    struct pail_cache *c = x->cache;
    struct pail_list ready;
    struct pail_error own = PAIL_ERROR_INIT;
    pail_list_init(&ready);
    pail_mutex_lock(&c->lock);
    struct pail_version *v = x->version;
    if (!err && !x->discard && atomic_load(&x->filled) != x->length) {
        pail_error_set(&own, PAIL_D_DATA, PAIL_E_GARBAGE,
                       "the answer ended after %llu of %llu bytes",
                       (unsigned long long)atomic_load(&x->filled), (unsigned long long)x->length);
        err = &own;
    }
    struct pail_call *call = x->call;
    x->call = NULL;
    if (err || x->discard) {
        if (v && err && !x->discard)
            fail_waits_locked(x, err);
        pail_extent_kill_locked(x);
    } else {
        x->state = PAIL_EXTENT_READY;
    }
    if (v)
        pail_wait_collect_locked(v, &ready);
    pail_extent_unref_locked(x);
    if (v)
        pail_version_drop_locked(v);
    pail_mutex_unlock(&c->lock);
    pail_call_unref(call);
    pail_wait_answer(c, &ready);
    pail_mutex_lock(&c->lock);
    if (--c->own.fetching == 0)
        pail_cond_broadcast(&c->own.idle_cond);
    pail_mutex_unlock(&c->lock);
}

static void fetch_done(void *ud, const struct pail_error *err)
{
    pail_extent_finish(ud, err);
}

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
    struct pail_s3_sink sink = {.write = pail_extent_write, .ud = x};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_call *call = NULL;
    pail_mutex_lock(&c->lock);
    pail_extent_ref_locked(x); /* keeps x while its call is stored */
    pail_mutex_unlock(&c->lock);
    int rc = pail_s3_get_async(v->volume->s3, &args, &sink, NULL, fetch_done, x, &call, &err);
    if (rc)
        pail_extent_finish(x, &err);
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
