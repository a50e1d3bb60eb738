/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One version of an object: found by bucket, key and ETag, so that readers of the same version
 * share what is in memory and readers of another never see it. Extents do not overlap; a fetch that
 * would is trimmed or not made (reader.c asks before it plans).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cache/cache.h"

static int dup_view(struct pail_str s, char **ret, size_t *ret_len, struct pail_error *err)
{
    *ret = pail_strndup(s);
    if (!*ret)
        return pail_error_nomem(err);
    *ret_len = s.len;
    return 0;
}

static void version_free(struct pail_version *v)
{
    pail_free(v->key);
    pail_free(v->etag);
    pail_free(v->version_id);
    pail_free(v->map_key);
    pail_free(v);
}

int pail_version_get_locked(struct pail_cache *c, const struct pail_volume *vol,
                            struct pail_str key, struct pail_str etag, struct pail_str version_id,
                            uint64_t size, struct pail_version **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(8192);
    pail_buf_append(&name, vol->bucket, strlen(vol->bucket) + 1);
    pail_buf_str(&name, key);
    pail_buf_char(&name, '\0');
    pail_buf_str(&name, etag);
    int rc = pail_buf_check(&name, "cache key", err);
    if (rc)
        return rc;
    struct pail_version *v = pail_map_get(c->own.versions, pail_buf_view(&name));
    if (v) {
        *ret = v;
        return 0;
    }
    v = pail_zalloc(sizeof(*v));
    if (!v)
        return pail_error_nomem(err);
    pail_list_init(&v->extents);
    pail_list_init(&v->waiters);
    v->cache = c;
    v->volume = vol;
    v->size = size;
    if ((rc = dup_view(key, &v->key, &v->key_len, err)) ||
        (rc = dup_view(etag, &v->etag, &v->etag_len, err)) ||
        (rc = dup_view(version_id, &v->version_id, &v->version_id_len, err)) ||
        (rc = dup_view(pail_buf_view(&name), &v->map_key, &v->map_key_len, err)) ||
        (rc = pail_map_put(c->own.versions, pail_buf_view(&name), v, NULL, err))) {
        version_free(v);
        return rc;
    }
    *ret = v;
    return 0;
}

void pail_version_drop_locked(struct pail_version *v)
{
    if (v->readers || !pail_list_empty(&v->extents) || !pail_list_empty(&v->waiters))
        return;
    pail_map_remove(v->cache->own.versions, pail_strn(v->map_key, v->map_key_len));
    version_free(v);
}

bool pail_version_add_locked(struct pail_version *v, struct pail_extent *x)
{
    struct pail_list *before = &v->extents; /* insert in front of it */
    PAIL_LIST_FOR (it, &v->extents) {
        struct pail_extent *o = PAIL_CONTAINER(it, struct pail_extent, link);
        if (o->offset < x->offset + x->length && x->offset < o->offset + o->length)
            return false;
        if (o->offset >= x->offset + x->length) {
            before = it;
            break;
        }
    }
    pail_list_append(before, &x->link);
    x->version = v;
    return true;
}

struct pail_extent *pail_version_find_locked(struct pail_version *v, uint64_t offset)
{
    PAIL_LIST_FOR (it, &v->extents) {
        struct pail_extent *x = PAIL_CONTAINER(it, struct pail_extent, link);
        if (x->offset + x->length > offset)
            return x;
    }
    return NULL;
}

uint64_t pail_version_ready_locked(struct pail_version *v, uint64_t offset, uint64_t length)
{
    uint64_t at = offset, end = offset + length;
    struct pail_extent *x = pail_version_find_locked(v, offset);
    while (x && at < end && x->offset <= at) {
        uint64_t filled = x->state == PAIL_EXTENT_READY ? x->length : atomic_load(&x->filled);
        if (x->whole && x->state != PAIL_EXTENT_READY)
            filled = 0;
        if (x->offset + filled <= at)
            break;
        at = x->offset + filled;
        if (filled < x->length || x->link.next == &v->extents)
            break;
        x = PAIL_CONTAINER(x->link.next, struct pail_extent, link);
    }
    return pail_min_u64(at, end) - offset;
}
