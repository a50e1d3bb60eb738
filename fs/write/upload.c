/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a multipart upload. The upload's id is in the database, synced, before the first
 * part leaves, so that no crash can leave parts behind that nobody knows of.
 *
 * A part that failed keeps its bytes and can be sent again. Its memory goes back the moment S3 has
 * it.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/logging.h"
#include "base/plant.h"
#include "write/draft_impl.h"

/* Before the database knows of it, and until it does no more: pail_writer_recover looks here. */
static void register_upload(struct pail_draft *d, bool on)
{
    pail_mutex_lock(&d->writer->lock);
    if (on)
        pail_list_append(&d->writer->own.uploading, &d->uploading_link);
    else
        pail_list_remove(&d->uploading_link);
    pail_mutex_unlock(&d->writer->lock);
}

static void end_upload(struct pail_draft *d, bool abort)
{
    if (!d->upload_id.len)
        return;
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = 0;
    if (abort) {
        struct pail_s3_mpu_abort_args args = {
            .call = {.priority = PAIL_PRIO_WRITE, .timeout_ms = 30000},
            .bucket = pail_str(d->volume->bucket),
            .key = pail_buf_view(&d->key),
            .upload_id = pail_buf_view(&d->upload_id),
        };
        rc = pail_s3_mpu_abort(d->volume->s3, &args, &why);
        if (rc == PAIL_E_NOT_FOUND || rc == PAIL_E_NO_BUCKET) /* it is gone already */
            rc = 0;
    }
    if (!rc)
        rc = pail_meta_upload_remove(d->writer->fixed.meta, pail_buf_view(&d->upload_id), &why);
    if (rc) /* the row stays and the next mount tries again */
        PAIL_LOG(PAIL_LC_WRITE, PAIL_LOG_WARN, "upload of s3://%s/%s is not cleaned up yet: %s",
                 d->volume->bucket, pail_buf_cstr(&d->key), why.message);
    register_upload(d, false);
    pail_buf_reset(&d->upload_id);
}

int pail_upload_begin(struct pail_draft *d, const struct pail_commit_args *args,
                      struct pail_error *err)
{
    if (d->upload_id.len)
        return 0;
    struct pail_s3_mpu_create_args create = {
        .call = pail_volume_call(d->volume, PAIL_PRIO_WRITE),
        .bucket = pail_str(d->volume->bucket),
        .key = pail_buf_view(&d->key),
        .attributes = args->attributes,
    };
    struct pail_s3_upload_id id;
    pail_assert_no_locks();
    int rc = pail_target_copy(&d->begun, args, err);
    if (!rc && !pail_buf_reserve(&d->upload_id, sizeof(id.id)))
        rc = pail_buf_check(&d->upload_id, "upload id", err);
    if (!rc)
        rc = pail_s3_mpu_create(d->volume->s3, &create, &id, err);
    if (rc)
        return rc;
    pail_buf_reset(&d->upload_id);
    pail_buf_z(&d->upload_id, id.id);
    register_upload(d, true);
    if (!PAIL_PLANT("upload.forget"))
        rc = pail_meta_upload_add(d->writer->fixed.meta, create.bucket, create.key,
                                  pail_buf_view(&d->upload_id), err);
    if (rc)
        end_upload(d, true);
    return rc;
}

int pail_upload_add_part(struct pail_draft *d, uint64_t offset, uint64_t capacity,
                         struct pail_part **ret, struct pail_error *err)
{
    if (d->n_parts == PAIL_S3_MAX_PARTS)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_FBIG, "%.*s: more than %u parts",
                              PAIL_STR_ARG(pail_buf_view(&d->key)), PAIL_S3_MAX_PARTS);
    if (d->n_parts == d->cap_parts) {
        size_t cap = d->cap_parts ? d->cap_parts * 2 : 16;
        struct pail_part **parts = pail_reallocarray(d->parts, cap, sizeof(struct pail_part *));
        if (!parts)
            return pail_error_nomem(err);
        d->parts = parts;
        d->cap_parts = cap;
    }
    struct pail_part *p = pail_zalloc(sizeof(*p));
    if (!p)
        return pail_error_nomem(err);
    p->draft = d;
    p->offset = offset;
    p->capacity = capacity;
    pail_wbuf_init(&p->mem);
    d->parts[d->n_parts++] = p;
    *ret = p;
    return 0;
}

enum pail_part_state pail_upload_state(struct pail_draft *d, const struct pail_part *p)
{
    pail_mutex_lock(&d->lock);
    enum pail_part_state state = p->state;
    pail_mutex_unlock(&d->lock);
    return state;
}

int pail_upload_room(struct pail_draft *d, struct pail_part *p, uint64_t length,
                     struct pail_error *err)
{
    bool force = false;
    for (;;) {
        pail_mutex_lock(&d->lock);
        uint64_t ended = d->flight.ended;
        pail_mutex_unlock(&d->lock);
        int rc = pail_wbuf_reserve(d->writer, &p->mem, length, force, err);
        if (rc != PAIL_WBUF_FULL)
            return rc;
        pail_mutex_lock(&d->lock);
        while (d->flight.sending && d->flight.ended == ended)
            pail_cond_wait(&d->cond, &d->lock);
        force = !d->flight.sending;
        pail_mutex_unlock(&d->lock);
    }
}

static void part_done(void *ud, const struct pail_error *err)
{
    struct pail_part *p = ud;
    struct pail_draft *d = p->draft;
    struct pail_wbuf mem;
    pail_wbuf_init(&mem);
    pail_mutex_lock(&d->lock);
    if (err) {
        p->state = PAIL_PART_FAILED;
        p->err = *err;
        if (!d->flight.failed) {
            d->flight.failed = true;
            d->flight.err = *err;
        }
    } else {
        p->state = PAIL_PART_SENT;
        mem = p->mem;
        pail_wbuf_init(&p->mem);
    }
    pail_mutex_unlock(&d->lock);
    pail_wbuf_release(d->writer, &mem);
    /* Last: the draft may be freed once nothing is under way. */
    pail_mutex_lock(&d->lock);
    d->flight.sending--;
    d->flight.ended++;
    pail_cond_broadcast(&d->cond);
    pail_mutex_unlock(&d->lock);
}

static int read_staged(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                       struct pail_error *err)
{
    const struct pail_part *p = ud;
    size_t n = (size_t)pail_min_u64(cap, p->length - offset);
    size_t got = 0;
    int rc = pail_file_pread(p->draft->file, dst, n, p->offset + offset, &got, err);
    if (rc)
        return rc;
    memset((char *)dst + got, 0, n - got); /* a hole at the end of the file */
    *ret_n = n;
    return 0;
}

static int make_body(struct pail_part *p, struct pail_error *err)
{
    memset(&p->body, 0, sizeof(p->body));
    p->body.length = p->length;
    if (p->in_file) {
        p->body.read = read_staged;
        p->body.ud = p;
        return 0;
    }
    pail_free(p->segs);
    p->segs = pail_calloc(p->mem.n ? p->mem.n : 1, sizeof(*p->segs));
    if (!p->segs)
        return pail_error_nomem(err);
    p->body.segments = p->segs;
    p->body.n_segments = pail_wbuf_segments(&p->mem, p->length, p->segs);
    return 0;
}

static int failure_locked(const struct pail_draft *d, struct pail_error *err)
{
    if (!d->flight.failed)
        return 0;
    pail_error_copy(err, &d->flight.err);
    return d->flight.err.code;
}

/* Waits for a place among the parts under way and takes it. */
static int depart(struct pail_draft *d, struct pail_part *p, struct pail_error *err)
{
    pail_mutex_lock(&d->lock);
    while (d->flight.sending >= d->writer->fixed.parallel && !d->flight.failed)
        pail_cond_wait(&d->cond, &d->lock);
    int rc = failure_locked(d, err);
    if (!rc) {
        d->flight.sending++;
        p->state = PAIL_PART_SENDING;
    }
    pail_mutex_unlock(&d->lock);
    return rc;
}

int pail_upload_send(struct pail_draft *d, unsigned number, struct pail_part *p,
                     struct pail_error *err)
{
    int rc = make_body(p, err);
    if (!rc)
        rc = depart(d, p, err);
    if (rc)
        return rc;
    struct pail_s3_mpu_part_args args = {
        .call = pail_volume_call(d->volume, PAIL_PRIO_WRITE),
        .bucket = pail_str(d->volume->bucket),
        .key = pail_buf_view(&d->key),
        .upload_id = pail_buf_view(&d->upload_id),
        .number = number,
    };
    struct pail_error own = PAIL_ERROR_INIT;
    pail_call_unref(PAIL_STEAL(p->call));
    rc = pail_s3_mpu_part_async(d->volume->s3, &args, &p->body, &p->result, part_done, p, &p->call,
                                &own);
    if (rc)
        part_done(p, &own);
    return 0;
}

int pail_upload_failure(struct pail_draft *d, struct pail_error *err)
{
    pail_mutex_lock(&d->lock);
    int rc = failure_locked(d, err);
    pail_mutex_unlock(&d->lock);
    return rc;
}

int pail_upload_wait(struct pail_draft *d, struct pail_error *err)
{
    pail_mutex_lock(&d->lock);
    while (d->flight.sending)
        pail_cond_wait(&d->cond, &d->lock);
    int rc = failure_locked(d, err);
    pail_mutex_unlock(&d->lock);
    return rc;
}

void pail_upload_forgive(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    d->flight.failed = false;
    for (size_t i = 0; i < d->n_parts; i++)
        if (d->parts[i]->state == PAIL_PART_FAILED)
            d->parts[i]->state = PAIL_PART_FILLING;
    pail_mutex_unlock(&d->lock);
}

int pail_upload_copy_part(struct pail_draft *d, unsigned number, struct pail_part *p,
                          struct pail_error *err)
{
    int rc = depart(d, p, err);
    if (rc)
        return rc;
    struct pail_s3_mpu_copy_args args = {
        .call = pail_volume_call(d->volume, PAIL_PRIO_WRITE),
        .bucket = pail_str(d->volume->bucket),
        .key = pail_buf_view(&d->key),
        .upload_id = pail_buf_view(&d->upload_id),
        .number = number,
        .source_bucket = pail_str(d->volume->bucket),
        .source_key = pail_buf_view(&d->base.key),
        .source_version_id = pail_buf_view(&d->base.version_id),
        .source_if_match = pail_buf_view(&d->base.etag),
        .ranged = true,
        .offset = p->offset,
        .length = p->length,
    };
    struct pail_error own = PAIL_ERROR_INIT;
    pail_call_unref(PAIL_STEAL(p->call));
    rc = pail_s3_mpu_copy_async(d->volume->s3, &args, &p->result, part_done, p, &p->call, &own);
    if (rc)
        part_done(p, &own);
    return 0;
}

static void cancel_parts(struct pail_draft *d)
{
    for (size_t i = 0; i < d->n_parts; i++)
        if (d->parts[i]->call)
            pail_call_cancel(d->parts[i]->call);
    pail_mutex_lock(&d->lock);
    while (d->flight.sending)
        pail_cond_wait(&d->cond, &d->lock);
    d->flight.failed = false;
    pail_mutex_unlock(&d->lock);
}

void pail_upload_end(struct pail_draft *d, bool abort)
{
    cancel_parts(d);
    for (size_t i = 0; i < d->n_parts; i++) {
        struct pail_part *p = d->parts[i];
        /* done may still be on its way out of the last call. */
        if (p->call)
            pail_call_wait(p->call);
        pail_call_unref(p->call);
        pail_wbuf_release(d->writer, &p->mem);
        pail_writer_unstage(d->writer, p->staged);
        pail_free(p->segs);
        pail_free(p);
    }
    pail_free(d->parts);
    d->parts = NULL;
    d->n_parts = d->cap_parts = 0;
    end_upload(d, abort);
}
