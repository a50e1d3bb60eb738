/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/resource_object.c - an object with its key, and what is known of it.
 *
 * `known` is what the service told last, in a HEAD's or a GET's answer. Whatever may have changed
 * the object through here drops it, also when it failed: a lost reply may have changed it, too.
 */
#include "transfer/resource.h"

#include "base/alloc.h"
#include "base/buf.h"

struct pail_object {
    atomic_uint refs;
    struct pail_bucket *bucket;
    struct pail_s3_object known;
    bool has_known;
    struct pail_str key; /* view of text */
    char text[];
};

int pail_bucket_object(struct pail_bucket *b, struct pail_str key, struct pail_object **ret,
                       struct pail_error *err)
{
    if (!key.len)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "an object of %s needs a key",
                              b->text);
    struct pail_object *o = pail_zalloc(sizeof(*o) + key.len + 1);
    if (!o)
        return pail_error_nomem(err);
    atomic_init(&o->refs, 1);
    o->bucket = pail_bucket_ref(b);
    memcpy(o->text, key.ptr, key.len);
    o->key = pail_strn(o->text, key.len);
    *ret = o;
    return 0;
}

struct pail_object *pail_object_ref(struct pail_object *o)
{
    if (o)
        atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

static void forget(struct pail_object *o)
{
    if (o->has_known)
        pail_s3_object_done(&o->known);
    o->has_known = false;
}

struct pail_object *pail_object_unref(struct pail_object *o)
{
    if (o && atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1) {
        forget(o);
        (void)pail_bucket_unref(o->bucket);
        pail_free(o);
    }
    return NULL;
}

struct pail_str pail_object_key(const struct pail_object *o)
{
    return o->key;
}

struct pail_bucket *pail_object_bucket(const struct pail_object *o)
{
    return o->bucket;
}

/* ---- What it is ------------------------------------------------------------------------------ */

int pail_object_load(struct pail_object *o, struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = o->bucket->name, .key = o->key};

    forget(o);
    int rc = pail_s3_head(o->bucket->s3, &args, &o->known, err);
    o->has_known = rc == 0;
    return rc;
}

int pail_object_attributes(struct pail_object *o, const struct pail_s3_object **ret,
                           struct pail_error *err)
{
    int rc = o->has_known ? 0 : pail_object_load(o, err);
    if (rc == 0)
        *ret = &o->known;
    return rc;
}

static int object_exists(void *ud, bool *ret, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_object_load(ud, &e);

    if (rc < 0 && rc != PAIL_E_NOT_FOUND) {
        if (err)
            pail_error_copy(err, &e);
        return rc;
    }
    *ret = rc == 0;
    return 0;
}

int pail_object_exists(struct pail_object *o, bool *ret, struct pail_error *err)
{
    return object_exists(o, ret, err);
}

int pail_object_wait(struct pail_object *o, bool exists, const struct pail_wait_options *options,
                     struct pail_error *err)
{
    return pail_resource_wait(exists ? "ObjectExists" : "ObjectNotExists", exists, options,
                              object_exists, o, err);
}

/* ---- Its content ----------------------------------------------------------------------------- */

static int begin(void *ud, const struct pail_s3_object *head, uint64_t length,
                 struct pail_error *err)
{
    struct pail_buf *b = ud;

    (void)head;
    pail_buf_reset(b); /* what an earlier try left */
    if (length != UINT64_MAX && length > b->max)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "%llu bytes, and at most %zu are wanted", (unsigned long long)length,
                              b->max);
    return 0;
}

static int take(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_buf *b = ud;

    (void)offset;
    pail_buf_append(b, p, n);
    return pail_buf_check(b, "object", err);
}

static int get(struct pail_object *o, const struct pail_s3_get_args *args, size_t max, char **ret,
               size_t *ret_n, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf body = PAIL_BUF_INIT(max);
    struct pail_s3_sink sink = {.begin = begin, .write = take, .ud = &body};

    forget(o);
    int rc = pail_s3_get(o->bucket->s3, args, &sink, &o->known, err);
    if (rc < 0)
        return rc;
    o->has_known = true;
    size_t n = body.len;
    char *text = n ? pail_buf_take(&body, NULL) : pail_strdup("");
    if (!text)
        return pail_error_nomem(err);
    *ret = text;
    *ret_n = n;
    return 0;
}

int pail_object_get(struct pail_object *o, size_t max, char **ret, size_t *ret_n,
                    struct pail_error *err)
{
    struct pail_s3_get_args args = {.bucket = o->bucket->name, .key = o->key};
    return get(o, &args, max, ret, ret_n, err);
}

int pail_object_get_range(struct pail_object *o, uint64_t offset, uint64_t length, size_t max,
                          char **ret, size_t *ret_n, struct pail_error *err)
{
    struct pail_s3_get_args args = {.bucket = o->bucket->name,
                                    .key = o->key,
                                    .ranged = true,
                                    .offset = offset,
                                    .length = length};
    return get(o, &args, max, ret, ret_n, err);
}

int pail_object_put(struct pail_object *o, struct pail_bytes data,
                    const struct pail_s3_attributes *attributes, struct pail_error *err)
{
    struct pail_s3_put_args args = {.bucket = o->bucket->name, .key = o->key};
    struct pail_s3_body body = {.segments = &data, .n_segments = 1};
    struct pail_s3_put_result result;

    if (attributes)
        args.attributes = *attributes;
    forget(o);
    return pail_s3_put(o->bucket->s3, &args, &body, &result, err);
}

int pail_object_delete(struct pail_object *o, struct pail_error *err)
{
    struct pail_s3_delete_args args = {.bucket = o->bucket->name, .key = o->key};

    forget(o);
    return pail_s3_delete(o->bucket->s3, &args, err);
}

int pail_object_copy_from(struct pail_object *o, struct pail_object *source, struct pail_error *err)
{
    struct pail_transfer_copy_args args = {.bucket = o->bucket->name,
                                           .key = o->key,
                                           .source_bucket = source->bucket->name,
                                           .source_key = source->key,
                                           .source_s3 = source->bucket->s3};
    struct pail_transfers *m = NULL;

    forget(o);
    int rc = pail_transfers_new(o->bucket->s3, NULL, &m, err);
    if (rc == 0)
        rc = pail_transfer_copy(m, &args, NULL, err);
    pail_transfers_free(m);
    return rc;
}

static int presign(struct pail_object *o, const char *method, uint32_t expires_s, char **ret,
                   struct pail_error *err)
{
    struct pail_s3_presign_args args = {
        .method = method, .bucket = o->bucket->name, .key = o->key, .expires_s = expires_s};
    return pail_s3_presign(o->bucket->s3, &args, ret, err);
}

int pail_object_presign_get(struct pail_object *o, uint32_t expires_s, char **ret,
                            struct pail_error *err)
{
    return presign(o, "GET", expires_s, ret, err);
}

int pail_object_presign_put(struct pail_object *o, uint32_t expires_s, char **ret,
                            struct pail_error *err)
{
    return presign(o, "PUT", expires_s, ret, err);
}

int pail_object_upload(struct pail_object *o, const char *path,
                       const struct pail_file_options *options, struct pail_error *err)
{
    forget(o);
    return pail_bucket_upload(o->bucket, path, o->key, options, err);
}

int pail_object_download(struct pail_object *o, const char *path,
                         const struct pail_file_options *options, struct pail_error *err)
{
    return pail_bucket_download(o->bucket, o->key, path, options, err);
}
