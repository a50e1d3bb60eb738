/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One version of an object: found by bucket, key, ETag and version id, so that readers of the same
 * version share what is in memory and readers of another never see it. (The same bytes stored twice
 * have one ETag and two version ids, and the first may be deleted any time.)
 *
 * Extents do not overlap; a fetch that would is trimmed or not made (reader.c asks before it
 * plans). They are a sorted array: a file read at random has thousands of them, and is asked
 * several times a read. Moving 8 bytes an extent on insertion is cheaper than a tree's nodes.
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
    pail_free(v->extents);
    pail_free(v);
}

static int name_of(const struct pail_volume *vol, struct pail_str key, struct pail_str etag,
                   struct pail_str version_id, struct pail_buf *to, struct pail_error *err)
{
    pail_buf_append(to, vol->bucket, strlen(vol->bucket) + 1);
    pail_buf_str(to, key);
    pail_buf_char(to, '\0');
    pail_buf_str(to, etag);
    pail_buf_char(to, '\0');
    pail_buf_str(to, version_id);
    return pail_buf_check(to, "cache key", err);
}

struct pail_version *pail_version_look_locked(struct pail_cache *c, const struct pail_volume *vol,
                                              struct pail_str key, struct pail_str etag,
                                              struct pail_str version_id)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(8192);
    if (name_of(vol, key, etag, version_id, &name, NULL))
        return NULL;
    return pail_map_get(c->own.versions, pail_buf_view(&name));
}

static int version_new(struct pail_cache *c, const struct pail_volume *vol, struct pail_str name,
                       struct pail_version **ret, struct pail_error *err)
{
    struct pail_version *v = pail_zalloc(sizeof(*v));
    if (!v)
        return pail_error_nomem(err);
    pail_list_init(&v->waiters);
    v->cache = c;
    v->volume = vol;
    int rc = dup_view(name, &v->map_key, &v->map_key_len, err);
    if (!rc)
        rc = pail_map_put(c->own.versions, name, v, NULL, err);
    if (rc) {
        version_free(v);
        return rc;
    }
    *ret = v;
    return 0;
}

int pail_version_get_locked(struct pail_cache *c, const struct pail_volume *vol,
                            struct pail_str key, struct pail_str etag, struct pail_str version_id,
                            uint64_t size, struct pail_version **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(8192);
    int rc = name_of(vol, key, etag, version_id, &name, err);
    if (rc)
        return rc;
    struct pail_version *v = pail_map_get(c->own.versions, pail_buf_view(&name));
    if (v) {
        *ret = v;
        return 0;
    }
    rc = version_new(c, vol, pail_buf_view(&name), &v, err);
    if (rc)
        return rc;
    v->size = size;
    if ((rc = dup_view(key, &v->key, &v->key_len, err)) ||
        (rc = dup_view(etag, &v->etag, &v->etag_len, err)) ||
        (rc = dup_view(version_id, &v->version_id, &v->version_id_len, err))) {
        pail_version_drop_locked(v);
        return rc;
    }
    *ret = v;
    return 0;
}

void pail_version_drop_locked(struct pail_version *v)
{
    if (v->readers || v->n_extents || !pail_list_empty(&v->waiters))
        return;
    pail_map_remove(v->cache->own.versions, pail_strn(v->map_key, v->map_key_len));
    version_free(v);
}

size_t pail_version_find_locked(const struct pail_version *v, uint64_t offset)
{
    size_t lo = 0, hi = v->n_extents;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (v->extents[mid]->offset + v->extents[mid]->length > offset)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

int pail_version_add_locked(struct pail_version *v, struct pail_extent *x, struct pail_error *err)
{
    size_t i = pail_version_find_locked(v, x->offset);
    if (i < v->n_extents && v->extents[i]->offset < x->offset + x->length)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST, "overlapping extents");
    if (v->n_extents == v->cap_extents) {
        size_t cap = v->cap_extents ? v->cap_extents * 2 : 8;
        struct pail_extent **p = pail_reallocarray(v->extents, cap, sizeof(struct pail_extent *));
        if (!p)
            return pail_error_nomem(err);
        v->extents = p;
        v->cap_extents = cap;
    }
    memmove(v->extents + i + 1, v->extents + i, (v->n_extents - i) * sizeof(*v->extents));
    v->extents[i] = x;
    v->n_extents++;
    x->version = v;
    return 0;
}

void pail_version_remove_locked(struct pail_version *v, struct pail_extent *x)
{
    size_t i = pail_version_find_locked(v, x->offset);
    v->n_extents--;
    memmove(v->extents + i, v->extents + i + 1, (v->n_extents - i) * sizeof(*v->extents));
}

uint64_t pail_version_ready_locked(const struct pail_version *v, uint64_t offset)
{
    uint64_t at = offset;
    for (size_t i = pail_version_find_locked(v, offset); i < v->n_extents; i++) {
        const struct pail_extent *x = v->extents[i];
        if (x->offset > at || x->state != PAIL_EXTENT_READY)
            break;
        at = x->offset + x->length;
    }
    return at - offset;
}

static struct pail_str bare(struct pail_str etag)
{
    if (etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"')
        return pail_strn(etag.ptr + 1, etag.len - 2);
    return etag;
}

bool pail_version_is(struct pail_str a, struct pail_str b)
{
    return pail_str_eq(bare(a), bare(b));
}
