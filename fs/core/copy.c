/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies inside S3: one CopyObject up to 5 GiB, above that a multipart upload of part copies, eight
 * under way. The upload is remembered like every other, so that a crash leaves no parts behind.
 *
 * The source is pinned by If-Match where the endpoint looks at it, else by a HEAD before. A
 * destination that must not exist is guarded by If-None-Match where that is honoured for copies
 * (AWS does not), else by a HEAD before.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/thread.h"
#include "core/core.h"

#define PART (UINT64_C(1) << 30)
#define PARALLEL 8

static int stale(const struct pail_copy *c, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                          "s3://%s/%.*s was changed by somebody else meanwhile", c->volume->bucket,
                          PAIL_STR_ARG(c->from));
}

static int exists(const struct pail_copy *c, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST, "s3://%s/%.*s exists already",
                          c->volume->bucket, PAIL_STR_ARG(c->to));
}

static int look_before(const struct pail_copy *c, struct pail_error *err)
{
    struct pail_s3_object o;
    struct pail_error why = PAIL_ERROR_INIT;
    if (c->absent && !pail_volume_can(c->volume, PAIL_CAP_COPY_ABSENT)) {
        int rc = pail_head(c->volume, c->to, &o, &why);
        if (!rc) {
            pail_s3_object_done(&o);
            return exists(c, err);
        }
        if (rc != PAIL_E_NOT_FOUND) {
            pail_error_copy(err, &why);
            return rc;
        }
    }
    if (c->etag.len && !pail_volume_can(c->volume, PAIL_CAP_COPY_SOURCE)) {
        int rc = pail_head(c->volume, c->from, &o, err);
        if (rc)
            return rc;
        bool same = pail_str_eq(o.etag, c->etag);
        pail_s3_object_done(&o);
        if (!same)
            return stale(c, err);
    }
    return 0;
}

static bool bears(const struct pail_s3_object *o, const struct pail_s3_attributes *a)
{
    for (size_t i = 0; i < a->n_meta; i++) {
        bool found = false;
        for (size_t k = 0; k < o->n_meta && !found; k++)
            found = pail_str_ieq(o->meta[k].name, a->meta[i].name) &&
                    pail_str_eq(o->meta[k].value, a->meta[i].value);
        if (!found)
            return false;
    }
    return a->n_meta > 0;
}

/* The reply was lost: is the copy there? Told by the new attributes, whose change time has
 * nanoseconds, or by the ETag, which a copy of one request keeps. */
static bool copied_after_all(const struct pail_copy *c, struct pail_s3_put_result *ret)
{
    struct pail_s3_object o;
    if (pail_head(c->volume, c->to, &o, NULL))
        return false;
    bool same = o.size == c->size &&
                (c->replace ? bears(&o, c->replace) : c->etag.len && pail_str_eq(o.etag, c->etag));
    if (same && o.etag.len < sizeof(ret->etag))
        memcpy(ret->etag, o.etag.ptr, o.etag.len);
    if (same && o.version_id.len < sizeof(ret->version_id) && o.version_id.len)
        memcpy(ret->version_id, o.version_id.ptr, o.version_id.len);
    pail_s3_object_done(&o);
    return same;
}

static int copy_single(const struct pail_copy *c, struct pail_s3_put_result *ret,
                       struct pail_error *err)
{
    struct pail_volume *v = c->volume;
    struct pail_s3_copy_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .key = c->to,
        .source_bucket = pail_str(v->bucket),
        .source_key = c->from,
        .if_none_match = c->absent && pail_volume_can(v, PAIL_CAP_COPY_ABSENT),
        .replace_attributes = c->replace != NULL,
    };
    if (pail_volume_can(v, PAIL_CAP_COPY_SOURCE))
        args.source_if_match = c->etag;
    if (c->replace)
        args.attributes = *c->replace;
    struct pail_error why = PAIL_ERROR_INIT;
    pail_assert_no_locks();
    int rc = pail_s3_copy(v->s3, &args, ret, &why);
    if (pail_uncertain(rc, &why) && copied_after_all(c, ret))
        return 0;
    if (rc == PAIL_E_PRECONDITION)
        return args.if_none_match ? exists(c, err) : stale(c, err);
    if (rc)
        pail_error_copy(err, &why);
    return rc;
}

/* ---- Multipart ------------------------------------------------------------------------------- */

struct big {
    const struct pail_copy *c;
    struct pail_s3_upload_id id;
    struct pail_s3_part *parts;
    size_t n_parts;
    struct pail_mutex lock;
    struct pail_cond cond;
    unsigned in_flight; /* under lock */
    struct pail_error err;
};

static void on_part(void *ud, const struct pail_error *err)
{
    struct big *b = ud;
    pail_mutex_lock(&b->lock);
    b->in_flight--;
    if (err && !b->err.code)
        pail_error_copy(&b->err, err);
    pail_cond_broadcast(&b->cond);
    pail_mutex_unlock(&b->lock);
}

/* Waits until at most `most` are under way; the first failure. */
static int wait_parts(struct big *b, unsigned most, struct pail_error *err)
{
    pail_mutex_lock(&b->lock);
    while (b->in_flight > most)
        pail_cond_wait(&b->cond, &b->lock);
    int rc = b->err.code;
    if (rc)
        pail_error_copy(err, &b->err);
    pail_mutex_unlock(&b->lock);
    return rc;
}

static int start_part(struct big *b, size_t i, struct pail_error *err)
{
    const struct pail_copy *c = b->c;
    struct pail_s3_mpu_copy_args args = {
        .call = pail_volume_call(c->volume, PAIL_PRIO_WRITE),
        .bucket = pail_str(c->volume->bucket),
        .key = c->to,
        .upload_id = pail_str(b->id.id),
        .number = (unsigned)i + 1,
        .source_bucket = pail_str(c->volume->bucket),
        .source_key = c->from,
        .source_if_match = c->etag,
        .ranged = true,
        .offset = i * PART,
        .length = pail_min_u64(PART, c->size - i * PART),
    };
    pail_mutex_lock(&b->lock);
    b->in_flight++;
    pail_mutex_unlock(&b->lock);
    int rc = pail_s3_mpu_copy_async(c->volume->s3, &args, &b->parts[i], on_part, b, NULL, err);
    if (rc) {
        pail_mutex_lock(&b->lock);
        b->in_flight--;
        pail_mutex_unlock(&b->lock);
    }
    return rc;
}

static int copy_parts(struct big *b, struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < b->n_parts && !rc; i++) {
        rc = wait_parts(b, PARALLEL - 1, err);
        if (!rc)
            rc = start_part(b, i, err);
    }
    struct pail_error why = PAIL_ERROR_INIT;
    int rc2 = wait_parts(b, 0, &why);
    if (!rc && rc2)
        pail_error_copy(err, &why);
    return rc ? rc : rc2;
}

static int complete(struct big *b, struct pail_s3_put_result *ret, struct pail_error *err)
{
    const struct pail_copy *c = b->c;
    struct pail_volume *v = c->volume;
    struct pail_s3_mpu_complete_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_WRITE),
        .bucket = pail_str(v->bucket),
        .key = c->to,
        .upload_id = pail_str(b->id.id),
        .parts = b->parts,
        .n_parts = b->n_parts,
        .if_none_match = c->absent && pail_volume_can(v, PAIL_CAP_COMPLETE_ABSENT),
    };
    int rc = pail_s3_mpu_complete(v->s3, &args, ret, err);
    return rc == PAIL_E_PRECONDITION ? exists(c, err) : rc;
}

static void abort_upload(struct pail_fs *fs, struct big *b)
{
    struct pail_volume *v = b->c->volume;
    struct pail_s3_mpu_abort_args args = {
        .bucket = pail_str(v->bucket), .key = b->c->to, .upload_id = pail_str(b->id.id)};
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_s3_mpu_abort(v->s3, &args, &why);
    if (!rc)
        rc = pail_meta_upload_remove(fs->fixed.meta, args.upload_id, &why);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "an upload stays until the next mount: %s",
                 why.message);
}

/* The parts' copies do not carry attributes along: an upload has those it is created with. */
static int source_attributes(const struct pail_copy *c, struct pail_attrs_headers *ret,
                             struct pail_error *err)
{
    struct pail_s3_object o;
    struct pail_attrs a;
    int rc = pail_head(c->volume, c->from, &o, err);
    if (rc)
        return rc;
    pail_attrs_init(&a);
    if (c->etag.len && !pail_str_eq(o.etag, c->etag))
        rc = stale(c, err);
    if (!rc)
        rc = pail_attrs_from_object(&a, &o, err);
    if (!rc)
        rc = pail_attrs_to_headers(&a, c->to, false, ret, err);
    pail_attrs_done(&a);
    pail_s3_object_done(&o);
    return rc;
}

static int copy_big(struct pail_fs *fs, const struct pail_copy *c,
                    const struct pail_s3_attributes *attributes, struct pail_s3_put_result *ret,
                    struct pail_error *err)
{
    struct pail_volume *v = c->volume;
    struct big b = {
        .c = c, .n_parts = (size_t)((c->size + PART - 1) / PART), .err = PAIL_ERROR_INIT};
    struct pail_s3_mpu_create_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .key = c->to,
        .attributes = *attributes,
    };
    b.parts = pail_calloc(b.n_parts, sizeof(*b.parts));
    if (!b.parts)
        return pail_error_nomem(err);
    int rc = pail_s3_mpu_create(v->s3, &args, &b.id, err);
    if (!rc) {
        pail_mutex_init(&b.lock, "copy", PAIL_RANK_LEAF);
        pail_cond_init(&b.cond);
        rc = pail_meta_upload_add(fs->fixed.meta, args.bucket, c->to, pail_str(b.id.id), err);
        if (!rc)
            rc = copy_parts(&b, err);
        if (!rc)
            rc = complete(&b, ret, err);
        if (rc)
            abort_upload(fs, &b);
        else if (pail_meta_upload_remove(fs->fixed.meta, pail_str(b.id.id), NULL))
            PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "a completed upload is still remembered");
        pail_cond_done(&b.cond);
        pail_mutex_done(&b.lock);
    }
    pail_free(b.parts);
    return rc == PAIL_E_PRECONDITION ? stale(c, err) : rc;
}

int pail_copy_object(struct pail_fs *fs, const struct pail_copy *c, struct pail_s3_put_result *ret,
                     struct pail_error *err)
{
    struct pail_s3_put_result put;
    struct pail_attrs_headers headers;
    memset(&put, 0, sizeof(put));
    int rc = pail_volume_ready(fs, c->volume, err);
    if (!rc)
        rc = look_before(c, err);
    if (!rc && c->size <= PAIL_S3_MAX_COPY) {
        rc = copy_single(c, &put, err);
    } else if (!rc && c->replace) {
        rc = copy_big(fs, c, c->replace, &put, err);
    } else if (!rc) {
        rc = source_attributes(c, &headers, err);
        if (!rc) {
            rc = copy_big(fs, c, &headers.attributes, &put, err);
            pail_attrs_headers_done(&headers);
        }
    }
    if (!rc)
        *ret = put;
    return rc;
}
