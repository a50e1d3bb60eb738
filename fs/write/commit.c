/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Committing a draft: the one place where content gets a name in S3.
 *
 *   MEMORY, or STREAM that never needed an upload, or STAGED content of at most one part: one PUT
 *   STREAM: the parts that have not left, part 1 last, Complete
 *   STAGED: a new upload: unchanged ranges copied inside S3, the rest sent, Complete
 *
 * Until the last request succeeded nothing is visible and nothing of the draft was given up (a
 * stream's sent parts are in S3, its upload stays open), so that a failed commit can be repeated.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hex.h"
#include "crypto/digest.h"
#include "write/draft_impl.h"
#include "write/parts.h"

/* ---- One PUT --------------------------------------------------------------------------------- */

struct put {
    struct pail_draft *draft;
    const struct pail_commit_args *args;
    struct pail_bytes *segments;
    size_t n_segments;
    uint64_t length;
};

static int put_send(void *ud, const struct pail_condition *cond, struct pail_s3_put_result *ret,
                    struct pail_error *err)
{
    const struct put *p = ud;
    const struct pail_volume *v = p->draft->volume;
    struct pail_s3_put_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_WRITE),
        .bucket = pail_str(v->bucket),
        .key = p->args->key,
        .if_match = cond->if_match,
        .if_none_match = cond->if_absent,
        .attributes = p->args->attributes,
    };
    struct pail_s3_body body = {
        .segments = p->segments, .n_segments = p->n_segments, .length = p->length};
    return pail_s3_put(v->s3, &args, &body, ret, err);
}

static void quote_hex(const uint8_t *digest, const char *suffix, char ret[128])
{
    char hex[2 * PAIL_MD5_LEN + 1];
    pail_hex_encode(digest, PAIL_MD5_LEN, hex);
    struct pail_buf b = PAIL_BUF_INIT(127);
    pail_buf_fmt(&b, "\"%s%s\"", hex, suffix);
    memcpy(ret, pail_buf_cstr(&b), b.len + 1);
    pail_buf_done(&b);
}

static int put_etag(void *ud, char ret[128], struct pail_error *err)
{
    const struct put *p = ud;
    struct pail_hasher *h = NULL;
    uint8_t digest[PAIL_MD5_LEN];
    int rc = pail_hasher_new(PAIL_MD5, &h, err);
    for (size_t i = 0; i < p->n_segments && !rc; i++)
        rc = pail_hasher_add(h, p->segments[i], err);
    if (!rc)
        rc = pail_hasher_finish(h, digest, err);
    pail_hasher_free(h);
    if (!rc)
        quote_hex(digest, "", ret);
    return rc;
}

static int put_once(struct pail_draft *d, const struct pail_commit_args *args, struct put *p,
                    struct pail_s3_put_result *ret, struct pail_error *err)
{
    p->draft = d;
    p->args = args;
    struct pail_settle s = {
        .draft = d,
        .args = args,
        .cap_absent = PAIL_CAP_PUT_ABSENT,
        .cap_match = PAIL_CAP_PUT_MATCH,
        .attributes = &args->attributes,
        .size = p->length,
        .expected_etag = put_etag,
        .send = put_send,
        .ud = p,
    };
    return pail_settle(&s, ret, err);
}

static int commit_memory(struct pail_draft *d, const struct pail_commit_args *args,
                         const struct pail_wbuf *mem, struct pail_s3_put_result *ret,
                         struct pail_error *err)
{
    struct put p = {.length = d->size};
    p.segments = pail_calloc(mem->n + 1, sizeof(*p.segments));
    if (!p.segments)
        return pail_error_nomem(err);
    p.n_segments = pail_wbuf_segments(mem, d->size, p.segments);
    int rc = put_once(d, args, &p, ret, err);
    pail_free(p.segments);
    return rc;
}

/* A stream of at most two parts that are both in memory. */
static int commit_short_stream(struct pail_draft *d, const struct pail_commit_args *args,
                               struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct put p = {.length = d->size};
    size_t n = 0;
    for (size_t i = 0; i < d->n_parts; i++)
        n += d->parts[i]->mem.n;
    p.segments = pail_calloc(n + 1, sizeof(*p.segments));
    if (!p.segments)
        return pail_error_nomem(err);
    for (size_t i = 0; i < d->n_parts; i++)
        p.n_segments += pail_wbuf_segments(&d->parts[i]->mem, d->parts[i]->length,
                                           p.segments + p.n_segments);
    int rc = put_once(d, args, &p, ret, err);
    pail_free(p.segments);
    return rc;
}

/* ---- Complete -------------------------------------------------------------------------------- */

struct complete {
    struct pail_draft *draft;
    const struct pail_commit_args *args;
    struct pail_s3_part *parts;
    size_t n;
};

static int complete_send(void *ud, const struct pail_condition *cond,
                         struct pail_s3_put_result *ret, struct pail_error *err)
{
    const struct complete *c = ud;
    const struct pail_volume *v = c->draft->volume;
    struct pail_s3_mpu_complete_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_WRITE),
        .bucket = pail_str(v->bucket),
        .key = c->args->key,
        .upload_id = pail_buf_view(&c->draft->upload_id),
        .parts = c->parts,
        .n_parts = c->n,
        .if_match = cond->if_match,
        .if_none_match = cond->if_absent,
    };
    return pail_s3_mpu_complete(v->s3, &args, ret, err);
}

/* S3's ETag of a multipart object: MD5 over the parts' MD5s, "-", their number. */
static int complete_etag(void *ud, char ret[128], struct pail_error *err)
{
    const struct complete *c = ud;
    struct pail_hasher *h = NULL;
    uint8_t digest[PAIL_MD5_LEN];
    ret[0] = '\0';
    int rc = pail_hasher_new(PAIL_MD5, &h, err);
    bool known = true;
    for (size_t i = 0; i < c->n && !rc && known; i++) {
        struct pail_str e = pail_str(c->parts[i].etag);
        uint8_t md5[PAIL_MD5_LEN];
        if (e.len == 2 * PAIL_MD5_LEN + 2)
            e = pail_strn(e.ptr + 1, e.len - 2);
        known = e.len == 2 * PAIL_MD5_LEN && pail_hex_decode(e, md5, sizeof(md5));
        if (known)
            rc = pail_hasher_add(h, (struct pail_bytes){md5, sizeof(md5)}, err);
    }
    if (!rc)
        rc = pail_hasher_finish(h, digest, err);
    pail_hasher_free(h);
    if (!rc && known) {
        struct pail_buf suffix = PAIL_BUF_INIT(16);
        pail_buf_fmt(&suffix, "-%zu", c->n);
        quote_hex(digest, pail_buf_cstr(&suffix), ret);
        pail_buf_done(&suffix);
    }
    return rc;
}

static int complete_upload(struct pail_draft *d, const struct pail_commit_args *args,
                           struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct complete c = {.draft = d, .args = args};
    c.parts = pail_calloc(d->n_parts + 1, sizeof(*c.parts));
    if (!c.parts)
        return pail_error_nomem(err);
    for (size_t i = 0; i < d->n_parts; i++)
        if (d->parts[i]->length) {
            c.parts[c.n] = d->parts[i]->result;
            c.parts[c.n++].number = (unsigned)i + 1;
        }
    struct pail_settle s = {
        .draft = d,
        .args = args,
        .cap_absent = PAIL_CAP_COMPLETE_ABSENT,
        .cap_match = PAIL_CAP_COMPLETE_MATCH,
        .attributes = &d->begun.args.attributes,
        .size = d->size,
        .expected_etag = complete_etag,
        .send = complete_send,
        .ud = &c,
    };
    int rc = pail_settle(&s, ret, err);
    pail_free(c.parts);
    return rc;
}

static int commit_stream(struct pail_draft *d, const struct pail_commit_args *args,
                         struct pail_s3_put_result *ret, struct pail_error *err)
{
    pail_upload_forgive(d);
    int rc = 0;
    /* 2, 3, ..., then 1. */
    for (size_t k = 1; k <= d->n_parts && !rc; k++) {
        size_t i = k % d->n_parts;
        struct pail_part *p = d->parts[i];
        if (p->length && pail_upload_state(d, p) == PAIL_PART_FILLING)
            rc = pail_upload_send(d, (unsigned)i + 1, p, err); /* or how an earlier one failed */
    }
    if (!rc)
        rc = pail_upload_wait(d, err);
    if (!rc)
        rc = complete_upload(d, args, ret, err);
    if (rc == PAIL_E_NOT_FOUND) /* for errno it is not the file that is missing */
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_SERVICE,
                            "s3://%s/%s: the upload was ended by somebody else, and what was sent "
                            "is gone",
                            d->volume->bucket, pail_buf_cstr(&d->key));
    return rc;
}

/* ---- STAGED ---------------------------------------------------------------------------------- */

static int load_part(struct pail_draft *d, struct pail_part *p, struct pail_error *err)
{
    if (p->in_file) {
        int rc = pail_staged_open(d, err);
        return rc ? rc : pail_staged_localise(d, p->offset, p->offset + p->length, err);
    }
    int rc = pail_upload_room(d, p, p->length, err);
    return rc ? rc : pail_staged_load(d, p->offset, p->length, &p->mem, err);
}

static int send_planned(struct pail_draft *d, const struct pail_plan *plan, struct pail_error *err)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct pail_plan_part *q = &plan->parts[i];
        struct pail_part *p = NULL;
        int rc = pail_upload_add_part(d, q->offset, q->length, &p, err);
        if (rc)
            return rc;
        p->length = q->length;
        if (q->copy) {
            rc = pail_upload_copy_part(d, (unsigned)i + 1, p, err);
        } else {
            p->in_file = q->length > PAIL_PART_IN_MEMORY;
            rc = load_part(d, p, err);
            if (!rc)
                rc = pail_upload_send(d, (unsigned)i + 1, p, err);
        }
        if (rc)
            return rc;
    }
    return pail_upload_wait(d, err);
}

static int commit_staged(struct pail_draft *d, const struct pail_commit_args *args,
                         struct pail_s3_put_result *ret, struct pail_error *err)
{
    if (d->size <= d->writer->fixed.part_size) {
        struct pail_wbuf mem;
        pail_wbuf_init(&mem);
        int rc = pail_wbuf_reserve(d->writer, &mem, d->size, true, err);
        if (!rc)
            rc = pail_staged_load(d, 0, d->size, &mem, err);
        if (!rc)
            rc = commit_memory(d, args, &mem, ret, err);
        pail_wbuf_release(d->writer, &mem);
        return rc;
    }
    struct pail_plan plan = {0};
    int rc = pail_plan_make(&d->extents, d->writer->fixed.part_size, &plan, err);
    if (!rc)
        rc = pail_upload_begin(d, args, err);
    if (!rc)
        rc = send_planned(d, &plan, err);
    if (!rc)
        rc = complete_upload(d, args, ret, err);
    pail_plan_done(&plan);
    if (rc) { /* the content is still in base and staging: the next commit begins anew */
        pail_upload_end(d, true);
        if (rc == PAIL_E_PRECONDITION || rc == PAIL_E_NOT_FOUND)
            rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                                "s3://%s/%s was replaced or deleted by somebody else meanwhile",
                                d->volume->bucket, pail_buf_cstr(&d->base.key));
    }
    return rc;
}

/* ---- All modes ------------------------------------------------------------------------------- */

static int dispatch(struct pail_draft *d, const struct pail_commit_args *args,
                    struct pail_s3_put_result *ret, struct pail_error *err)
{
    int rc;
    switch (d->mode) {
    case PAIL_DRAFT_MEMORY:
        return commit_memory(d, args, &d->mem, ret, err);
    case PAIL_DRAFT_STREAM:
        if (!d->upload_id.len && !pail_stream_in_file(d))
            return commit_short_stream(d, args, ret, err);
        rc = pail_upload_begin(d, args, err);
        return rc ? rc : commit_stream(d, args, ret, err);
    case PAIL_DRAFT_STAGED:
        break;
    }
    return commit_staged(d, args, ret, err);
}

/* Memory for what `after` has to keep: once S3 has the content, nothing may fail. */
static int before(struct pail_draft *d, const struct pail_commit_args *args, struct pail_error *err)
{
    if (!pail_str_eq(args->key, pail_buf_view(&d->key))) {
        if (d->upload_id.len)
            return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY, "s3://%s/%s is being uploaded",
                                  d->volume->bucket, pail_buf_cstr(&d->key));
        pail_buf_reset(&d->key);
        pail_buf_str(&d->key, args->key);
    }
    int rc = pail_buf_check(&d->key, "key", err);
    if (!rc)
        rc = pail_extents_reserve(&d->extents, err);
    if (rc)
        return rc;
    struct pail_buf *texts[] = {&d->base.key, &d->base.etag, &d->base.version_id};
    size_t room[] = {args->key.len, sizeof(((struct pail_s3_put_result *)0)->etag),
                     sizeof(((struct pail_s3_put_result *)0)->version_id)};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts) && !rc; i++)
        if (texts[i]->cap <= room[i] && !pail_buf_reserve(texts[i], room[i]))
            rc = pail_buf_check(texts[i], "name of the version", err);
    return rc;
}

/* What was committed is the base from now on. Memory keeps its content: the next change needs no
 * download. */
static int after(struct pail_draft *d, const struct pail_commit_args *args,
                 const struct pail_s3_put_result *put, struct pail_error *err)
{
    pail_upload_end(d, false);
    int rc = pail_draft_set_base(d, args->key, pail_str(put->etag), pail_str(put->version_id),
                                 d->size, err);
    d->dirty = false;
    d->unsettled.set = false;
    if (d->mode != PAIL_DRAFT_MEMORY) {
        uint64_t size = d->size;
        pail_staged_close(d);
        d->mode = PAIL_DRAFT_STAGED;
        d->size = size;
        int rc2 = pail_extents_set(&d->extents, 0, size, PAIL_FROM_BASE, err);
        rc = rc ? rc : rc2;
    }
    pail_mutex_lock(&d->writer->lock);
    d->writer->own.commits++;
    pail_mutex_unlock(&d->writer->lock);
    return rc;
}

int pail_draft_commit_busy(struct pail_draft *d, const struct pail_commit_args *given,
                           struct pail_commit_result *ret, struct pail_error *err)
{
    struct pail_commit_args args = *given;
    struct pail_error own = PAIL_ERROR_INIT;
    if (!err)
        err = &own;
    if (!d->dirty && pail_draft_has_base(d) && pail_str_eq(args.key, pail_buf_view(&d->base.key))) {
        memset(ret, 0, sizeof(*ret));
        memcpy(ret->put.etag, d->base.etag.ptr,
               pail_min_u64(d->base.etag.len, sizeof(ret->put.etag) - 1));
        memcpy(ret->put.version_id, pail_buf_cstr(&d->base.version_id),
               pail_min_u64(d->base.version_id.len, sizeof(ret->put.version_id) - 1));
        ret->size = d->size;
        ret->mtime_ns = pail_clock_wall_ns();
        return 0;
    }
    if (d->rebased) { /* the owner's condition is from before a commit of our own */
        args.if_absent = false;
        args.if_match = pail_buf_view(&d->base.etag);
        args.opened_at_wall_ns = 0;
    }
    int rc = before(d, &args, err);
    if (rc)
        return rc;
    pail_assert_no_locks();
    struct pail_s3_put_result put;
    memset(&put, 0, sizeof(put));
    bool early = d->mode == PAIL_DRAFT_STREAM && d->upload_id.len > 0;
    rc = dispatch(d, &args, &put, err);
    if (rc)
        return rc;
    rc = after(d, &args, &put, err);
    ret->put = put;
    ret->size = d->size;
    ret->mtime_ns = pail_clock_wall_ns();
    ret->early_attributes = early;
    return rc;
}

int pail_draft_commit(struct pail_draft *d, const struct pail_commit_args *args,
                      struct pail_commit_result *ret, struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = pail_draft_commit_busy(d, args, ret, err);
    if (!rc)
        d->rebased = false;
    pail_draft_leave(d);
    return rc;
}

int pail_draft_rebase_busy(struct pail_draft *d, struct pail_error *err)
{
    struct pail_commit_result r;
    struct pail_commit_args args = d->target.args;
    args.key = pail_buf_view(&d->key);
    int rc = pail_draft_commit_busy(d, &args, &r, err);
    if (rc)
        return rc;
    d->rebased = true;
    d->rebase_result = r;
    return 0;
}
