/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a reader: one request that tells the current version and brings the beginning of the
 * object, so that "open, read, close" of a small file costs one GET and still sees what another
 * host wrote before.
 *
 * The answer's head decides the version; until then the extent belongs to none. The opener waits
 * for the head only; the body goes on arriving into the extent and serves the first reads. A small
 * object is asked for whole, without Range: S3 then sends its checksum, and the extent is not given
 * out before it was verified.
 *
 * A repeated attempt may meet another version than the first one's head told: the extent then dies,
 * and the first read that needs it gets ESTALE.
 *
 * Where the cache has the beginning of the believed version already, the request says so
 * (If-None-Match), and an answer of 304 brings no body.
 */
#include "cache/open.h"

#include <string.h>

#include "base/alloc.h"

#define WHOLE_LIMIT (UINT64_C(2) << 20) /* asked for without Range up to this believed size */
#define FIRST_RANGE (UINT64_C(1) << 20)
#define WHOLE_GRAIN PAIL_BLOCK_SMALL

struct opening {
    struct pail_cache *cache;
    struct pail_reader *reader; /* NULL once the opener has left */
    const struct pail_volume *volume;
    struct pail_extent *extent;
    struct pail_cond cond;
    bool have_head, finished;
    unsigned refs;       /* opener, fetch */
    struct pail_str key; /* views into text */
    struct pail_buf text;
    struct pail_buf etag; /* of the head, for comparison with a later attempt's */
    struct pail_s3_object head;
    struct pail_error err;
};

static bool opening_unref_locked(struct opening *o)
{
    return --o->refs == 0;
}

static void opening_free(struct opening *o)
{
    pail_s3_object_done(&o->head);
    pail_cond_done(&o->cond);
    pail_buf_done(&o->text);
    pail_buf_done(&o->etag);
    pail_free(o);
}

static int check_head(const struct pail_volume *v, struct pail_str key,
                      const struct pail_s3_object *head, struct pail_error *err)
{
    const char *missing = !head->etag.len ? "ETag" : head->size == UINT64_MAX ? "size" : NULL;
    return missing ? pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                                    "s3://%s/%.*s: the answer has no %s", v->bucket,
                                    PAIL_STR_ARG(key), missing)
                   : 0;
}

/* The extent joins the version unless those bytes are there already. */
static int bind_locked(struct opening *o, const struct pail_s3_object *head, uint64_t body_length,
                       struct pail_error *err)
{
    struct pail_extent *x = o->extent;
    struct pail_version *v = NULL;
    int rc = pail_version_get_locked(o->cache, o->volume, o->key, head->etag, head->version_id,
                                     head->size, &v, err);
    if (rc)
        return rc;
    pail_buf_str(&o->etag, head->etag);
    rc = pail_buf_check(&o->etag, "ETag", err);
    if (rc) {
        pail_version_drop_locked(v);
        return rc;
    }
    o->reader->version = v;
    v->readers++;
    if (body_length > x->length) { /* it grew: what fits is taken, the rest left to ranged reads */
        x->enough = true;
        x->whole = false; /* the checksum is of the whole object */
    } else {
        x->length = body_length;
    }
    if (!x->length || pail_version_add_locked(v, x, NULL)) {
        x->discard = true;
        x->length = 0;
    }
    pail_extent_trim_locked(x, x->length);
    return 0;
}

static int opening_begin(void *ud, const struct pail_s3_object *head, uint64_t body_length,
                         struct pail_error *err)
{
    struct opening *o = ud;
    struct pail_s3_object copy = {0};
    int rc = pail_s3_object_copy(&copy, head, err);
    if (rc)
        return rc;
    pail_mutex_lock(&o->cache->lock);
    if (o->have_head) {
        if (!pail_str_eq(pail_buf_view(&o->etag), head->etag))
            rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                                "s3://%s/%.*s was replaced while it was opened", o->volume->bucket,
                                PAIL_STR_ARG(o->key));
    } else if (!(rc = check_head(o->volume, o->key, head, err)) &&
               !(rc = bind_locked(o, head, body_length, err))) {
        o->head = copy;
        memset(&copy, 0, sizeof(copy));
        o->have_head = true;
        pail_cond_broadcast(&o->cond);
    }
    /* Little is let in, so that the connection can be used again. */
    if (!rc && o->extent->discard && body_length > FIRST_RANGE)
        rc = pail_error_set(err, PAIL_D_NET, PAIL_E_CANCELLED, "the rest is not wanted");
    pail_mutex_unlock(&o->cache->lock);
    pail_s3_object_done(&copy);
    return rc;
}

static int opening_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct opening *o = ud;
    return pail_extent_write(o->extent, offset, p, n, err);
}

static void opening_done(void *ud, const struct pail_error *err)
{
    struct opening *o = ud;
    struct pail_cache *c = o->cache;
    pail_mutex_lock(&c->lock);
    pail_error_copy(&o->err, err);
    pail_mutex_unlock(&c->lock);
    pail_extent_finish(o->extent, err);
    pail_mutex_lock(&c->lock);
    o->finished = true;
    pail_cond_broadcast(&o->cond);
    bool last = opening_unref_locked(o);
    pail_fetch_ended_locked(c); /* the cache may be gone once the lock is */
    pail_mutex_unlock(&c->lock);
    if (last)
        opening_free(o);
}

/* Is what the opener will want first in memory already, if the believed version is the current? */
static bool have_beginning(const struct pail_reader_args *a)
{
    if (!a->etag.len || a->size == UINT64_MAX)
        return false;
    if (a->have_pages)
        return true;
    bool have = false;
    pail_mutex_lock(&a->cache->lock);
    const struct pail_version *v = pail_version_look_locked(a->cache, a->volume, a->key, a->etag,
                                                            a->version_id);
    if (v && v->size == a->size && v->size)
        have = pail_version_ready_locked(v, 0) >= pail_min_u64(v->size, FIRST_RANGE);
    pail_mutex_unlock(&a->cache->lock);
    return have;
}

static int start_opening(struct opening *o, const struct pail_reader_args *a, bool whole,
                         struct pail_error *err)
{
    struct pail_s3_get_args get = {
        .call = pail_volume_call(a->volume, PAIL_PRIO_READ),
        .bucket = pail_str(a->volume->bucket),
        .key = a->key,
        .if_none_match = have_beginning(a) ? a->etag : pail_strn(NULL, 0),
        .ranged = !whole,
        .offset = 0,
        .length = o->extent->length,
    };
    struct pail_s3_sink sink = {.begin = opening_begin, .write = opening_write, .ud = o};
    struct pail_call *call = NULL;
    int rc = pail_s3_get_async(a->volume->s3, &get, &sink, NULL, opening_done, o, &call, err);
    if (rc)
        return rc;
    pail_mutex_lock(&o->cache->lock);
    if (!o->finished && o->extent->state == PAIL_EXTENT_FETCHING)
        o->extent->call = PAIL_STEAL(call);
    pail_mutex_unlock(&o->cache->lock);
    pail_call_unref(call);
    return 0;
}

static int opening_new(const struct pail_reader_args *a, struct pail_reader *r, bool whole,
                       struct opening **ret, struct pail_error *err)
{
    struct pail_cache *c = a->cache;
    struct opening *o = pail_zalloc(sizeof(*o));
    if (!o)
        return pail_error_nomem(err);
    o->cache = c;
    o->reader = r;
    o->volume = a->volume;
    o->refs = 2;
    pail_cond_init(&o->cond);
    pail_buf_init(&o->text, 4096);
    pail_buf_init(&o->etag, 4096);
    pail_buf_str(&o->text, a->key);
    int rc = pail_buf_check(&o->text, "key", err);
    o->key = pail_buf_view(&o->text);
    if (!rc) {
        uint64_t capacity = whole ? (a->size / WHOLE_GRAIN + 1) * WHOLE_GRAIN : FIRST_RANGE;
        pail_mutex_lock(&c->lock);
        rc = pail_extent_new_locked(c, 0, capacity, PAIL_BLOCK_SMALL, true, &o->extent, err);
        if (!rc) {
            o->extent->whole = whole;
            o->extent->unread = true;
            pail_extent_ref_locked(o->extent); /* the opener's, beside the fetch's */
            c->own.fetching++;
        }
        pail_mutex_unlock(&c->lock);
    }
    if (rc) {
        opening_free(o);
        return rc;
    }
    *ret = o;
    return 0;
}

static int pin(const struct pail_reader_args *a, struct pail_reader *r, struct pail_str etag,
               struct pail_str version_id, uint64_t size, struct pail_error *err)
{
    pail_mutex_lock(&a->cache->lock);
    int rc = pail_version_get_locked(a->cache, a->volume, a->key, etag, version_id, size,
                                     &r->version, err);
    if (!rc)
        r->version->readers++;
    pail_mutex_unlock(&a->cache->lock);
    return rc;
}

/* HEAD: nothing will be read, or the object is empty. */
static int open_by_head(const struct pail_reader_args *a, struct pail_reader *r,
                        struct pail_s3_object *ret_head, struct pail_error *err)
{
    struct pail_s3_head_args args = {.call = pail_volume_call(a->volume, PAIL_PRIO_META),
                                     .bucket = pail_str(a->volume->bucket),
                                     .key = a->key};
    struct pail_s3_object head = {0};
    int rc = pail_s3_head(a->volume->s3, &args, &head, err);
    if (rc)
        return rc;
    rc = check_head(a->volume, a->key, &head, err);
    if (!rc)
        rc = pin(a, r, head.etag, head.version_id, head.size, err);
    if (!rc)
        *ret_head = head;
    else
        pail_s3_object_done(&head);
    return rc;
}

static int open_by_get(const struct pail_reader_args *a, struct pail_reader *r,
                       struct pail_s3_object *ret_head, bool *ret_not_modified,
                       struct pail_error *err)
{
    struct pail_cache *c = a->cache;
    bool whole = a->size <= WHOLE_LIMIT;
    struct opening *o = NULL;
    int rc = opening_new(a, r, whole, &o, err);
    if (rc)
        return rc;
    struct pail_extent *x = o->extent;
    rc = start_opening(o, a, whole, err);
    if (rc)
        opening_done(o, err); /* nothing was started: its end is ours to do */
    pail_mutex_lock(&c->lock);
    while (!o->have_head && !o->finished)
        pail_cond_wait(&o->cond, &c->lock);
    struct pail_error why = PAIL_ERROR_INIT;
    bool have_head = o->have_head;
    struct pail_s3_object head = o->head;
    if (have_head)
        memset(&o->head, 0, sizeof(o->head));
    else
        pail_error_copy(&why, &o->err);
    pail_extent_unref_locked(x);
    bool last = opening_unref_locked(o);
    pail_mutex_unlock(&c->lock);
    if (last)
        opening_free(o);
    if (have_head) {
        *ret_head = head;
        return 0;
    }
    if (why.code == PAIL_E_NOT_MODIFIED) {
        *ret_not_modified = true;
        return pin(a, r, a->etag, a->version_id, a->size, err);
    }
    if (why.code == PAIL_E_RANGE) /* the object is empty now */
        return open_by_head(a, r, ret_head, err);
    pail_error_copy(err, &why);
    return why.code;
}

int pail_reader_open(const struct pail_reader_args *a, struct pail_reader **ret,
                     struct pail_s3_object *ret_head, bool *ret_not_modified,
                     struct pail_error *err)
{
    struct pail_error own = PAIL_ERROR_INIT;
    if (!err)
        err = &own;
    struct pail_reader *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    r->cache = a->cache;
    pail_cond_init(&r->quiet);
    pail_window_init(&r->window, a->cache->fixed.max_window);
    bool not_modified = false;
    struct pail_s3_object head = {0};
    int rc;
    pail_assert_no_locks();
    if (!a->revalidate && a->etag.len && a->size != UINT64_MAX)
        rc = pin(a, r, a->etag, a->version_id, a->size, err);
    else if (a->will_read)
        rc = open_by_get(a, r, &head, &not_modified, err);
    else
        rc = open_by_head(a, r, &head, err);
    if (rc) {
        pail_cond_done(&r->quiet);
        pail_free(r);
        return rc;
    }
    if (ret_head)
        *ret_head = head;
    else
        pail_s3_object_done(&head);
    if (ret_not_modified)
        *ret_not_modified = not_modified;
    *ret = r;
    return 0;
}
