/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/probe_requests.c - requests with conditions, and tidying up after them.
 *
 * Where a condition is ignored the request is carried out, so each of them may create something. In
 * a bucket that keeps versions every one is removed by its id; only the marker of a DELETE whose
 * condition was ignored stays.
 */
#include "base/logging.h"
#include "base/rand.h"
#include "base/str.h"
#include "sync/probe_impl.h"

const char pail_probe_wrong_etag[] = "\"00000000000000000000000000000000\"";

static const char content[] = "A temporary object: what does this service do with conditions?\n";
static const struct pail_bytes segment = {content, sizeof(content) - 1};
static const struct pail_s3_body body = {
    .segments = &segment, .n_segments = 1, .length = sizeof(content) - 1};

static struct pail_call_options options(const struct pail_probe *p)
{
    return pail_volume_call(p->v, PAIL_PRIO_META);
}

void pail_probe_key(const struct pail_volume *v, struct pail_buf *to)
{
    char uuid[37];

    pail_rand_uuid(uuid);
    pail_buf_fmt(to, "%s.pail-probe-%s", v->prefix, uuid);
}

int pail_probe_init(struct pail_probe *p, struct pail_volume *v, struct pail_str key,
                    struct pail_error *err)
{
    *p = (struct pail_probe){.v = v, .key = PAIL_BUF_INIT(4096), .copy_key = PAIL_BUF_INIT(4096)};
    pail_buf_str(&p->key, key);
    pail_buf_str(&p->copy_key, key);
    pail_buf_z(&p->copy_key, PAIL_PROBE_COPY);
    int rc = pail_buf_check(&p->key, "key", err);
    return rc < 0 ? rc : pail_buf_check(&p->copy_key, "key", err);
}

/* Turns the result of a request into an outcome. */
static int outcome_of(int rc, const struct pail_error *error, enum pail_probe_outcome *ret,
                      struct pail_error *err)
{
    switch (rc) {
    case 0:
        *ret = PAIL_PROBE_DONE;
        return 0;
    case PAIL_E_PRECONDITION:
    case PAIL_E_NOT_MODIFIED: /* some say 304 where S3 says 412 */
        *ret = PAIL_PROBE_FAILED;
        return 0;
    case PAIL_E_ACCESS:
        *ret = PAIL_PROBE_FORBIDDEN;
        return 0;
    case PAIL_E_SERVICE:
    case PAIL_E_INVALID:
    case PAIL_E_NOT_FOUND:
    case PAIL_E_NOT_IMPLEMENTED:
        if (error->http_status >= 400) {
            *ret = PAIL_PROBE_REFUSED;
            return 0;
        }
        break;
    default:
        break;
    }
    pail_error_copy(err, error);
    return rc;
}

static void remember_version(struct pail_probe *p, const char *id, bool of_copy)
{
    if (!id[0] || p->n_versions == PAIL_PROBE_VERSIONS)
        return;
    p->versions[p->n_versions].of_copy = of_copy;
    memcpy(p->versions[p->n_versions++].id, id, sizeof(p->versions[0].id));
}

/* The object was written. Services that do not tell the ETag are asked. */
static int note_written(struct pail_probe *p, const struct pail_s3_put_result *r,
                        struct pail_error *err)
{
    const struct pail_s3_head_args args = {
        .call = options(p), .bucket = pail_str(p->v->bucket), .key = pail_buf_view(&p->key)};
    struct pail_s3_object o;

    p->made = true;
    remember_version(p, r->version_id, false);
    memcpy(p->etag, r->etag, sizeof(p->etag));
    if (p->etag[0])
        return 0;
    int rc = pail_s3_head(p->v->s3, &args, &o, err);
    if (rc < 0)
        return rc;
    if (o.etag.len < sizeof(p->etag)) {
        memcpy(p->etag, o.etag.ptr ? o.etag.ptr : "", o.etag.len);
        p->etag[o.etag.len] = '\0';
    }
    pail_s3_object_done(&o);
    return 0;
}

int pail_probe_put(struct pail_probe *p, const char *if_match, bool if_none_match,
                   enum pail_probe_outcome *ret, struct pail_error *err)
{
    const struct pail_s3_put_args args = {
        .call = options(p),
        .bucket = pail_str(p->v->bucket),
        .key = pail_buf_view(&p->key),
        .if_match = pail_str(if_match),
        .if_none_match = if_none_match,
    };
    struct pail_error error = PAIL_ERROR_INIT;
    struct pail_s3_put_result r;

    int rc = pail_s3_put(p->v->s3, &args, &body, &r, &error);
    /* An answer that got lost may have left an object behind. */
    p->made = p->made || error.retry == PAIL_RETRY_UNKNOWN_EFFECT;
    rc = outcome_of(rc, &error, ret, err);
    return rc < 0 || *ret != PAIL_PROBE_DONE ? rc : note_written(p, &r, err);
}

int pail_probe_copy(struct pail_probe *p, const char *source_if_match, bool if_none_match,
                    enum pail_probe_outcome *ret, struct pail_error *err)
{
    const struct pail_s3_copy_args args = {
        .call = options(p),
        .bucket = pail_str(p->v->bucket),
        .key = pail_buf_view(&p->copy_key),
        .source_bucket = pail_str(p->v->bucket),
        .source_key = pail_buf_view(&p->key),
        .source_if_match = pail_str(source_if_match),
        .if_none_match = if_none_match,
    };
    struct pail_error error = PAIL_ERROR_INIT;
    struct pail_s3_put_result r;

    int rc = pail_s3_copy(p->v->s3, &args, &r, &error);
    p->copy_made = p->copy_made || rc == 0 || error.retry == PAIL_RETRY_UNKNOWN_EFFECT;
    if (rc == 0)
        remember_version(p, r.version_id, true);
    return outcome_of(rc, &error, ret, err);
}

int pail_probe_delete(struct pail_probe *p, const char *if_match, enum pail_probe_outcome *ret,
                      struct pail_error *err)
{
    const struct pail_s3_delete_args args = {
        .call = options(p),
        .bucket = pail_str(p->v->bucket),
        .key = pail_buf_view(&p->key),
        .if_match = pail_str(if_match),
    };
    struct pail_error error = PAIL_ERROR_INIT;

    int rc = pail_s3_delete(p->v->s3, &args, &error);
    if (rc == 0)
        p->made = false;
    return outcome_of(rc, &error, ret, err);
}

/* ---- Multipart ------------------------------------------------------------------------------ */

static void abort_upload(struct pail_probe *p)
{
    const struct pail_s3_mpu_abort_args args = {
        .call = options(p),
        .bucket = pail_str(p->v->bucket),
        .key = pail_buf_view(&p->key),
        .upload_id = pail_str(p->upload.id),
    };
    struct pail_error error = PAIL_ERROR_INIT;

    if (p->upload.id[0] && pail_s3_mpu_abort(p->v->s3, &args, &error) < 0) {
        p->left = true;
        PAIL_LOG(PAIL_LC_SYNC, PAIL_LOG_WARN, "an upload of %s is left behind: %s",
                 pail_buf_cstr(&p->key), error.message);
    }
    p->upload.id[0] = '\0';
}

static int begin_upload(struct pail_probe *p, struct pail_s3_part *ret_part, struct pail_error *err)
{
    const struct pail_s3_mpu_create_args create = {
        .call = options(p), .bucket = pail_str(p->v->bucket), .key = pail_buf_view(&p->key)};

    int rc = pail_s3_mpu_create(p->v->s3, &create, &p->upload, err);
    p->left = p->left || rc < 0; /* it may have been made */
    if (rc < 0)
        return rc;
    const struct pail_s3_mpu_part_args part = {
        .call = options(p),
        .bucket = pail_str(p->v->bucket),
        .key = pail_buf_view(&p->key),
        .upload_id = pail_str(p->upload.id),
        .number = 1,
    };
    return pail_s3_mpu_part(p->v->s3, &part, &body, ret_part, err);
}

int pail_probe_multipart(struct pail_probe *p, const char *if_match, bool if_none_match,
                         enum pail_probe_outcome *ret, struct pail_error *err)
{
    struct pail_error error = PAIL_ERROR_INIT;
    struct pail_s3_put_result r = {.etag = ""};
    struct pail_s3_part part;

    int rc = begin_upload(p, &part, &error);
    if (rc == 0) {
        const struct pail_s3_mpu_complete_args args = {
            .call = options(p),
            .bucket = pail_str(p->v->bucket),
            .key = pail_buf_view(&p->key),
            .upload_id = pail_str(p->upload.id),
            .parts = &part,
            .n_parts = 1,
            .if_match = pail_str(if_match),
            .if_none_match = if_none_match,
        };
        rc = pail_s3_mpu_complete(p->v->s3, &args, &r, &error);
        if (rc == 0)
            p->upload.id[0] = '\0';
    }
    abort_upload(p);
    rc = outcome_of(rc, &error, ret, err);
    return rc < 0 || *ret != PAIL_PROBE_DONE ? rc : note_written(p, &r, err);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void delete_one(struct pail_probe *p, const struct pail_buf *key, const char *version_id)
{
    const struct pail_s3_delete_args args = {
        .call = options(p),
        .bucket = pail_str(p->v->bucket),
        .key = pail_buf_view(key),
        .version_id = pail_str(version_id),
    };
    struct pail_error error = PAIL_ERROR_INIT;

    int rc = pail_s3_delete(p->v->s3, &args, &error);
    if (rc < 0 && rc != PAIL_E_NOT_FOUND) {
        p->left = true;
        PAIL_LOG(PAIL_LC_SYNC, PAIL_LOG_WARN, "the temporary object %s is left behind: %s",
                 pail_buf_cstr(key), error.message);
    }
}

void pail_probe_clean_up(struct pail_probe *p)
{
    abort_upload(p);
    for (size_t i = 0; i < p->n_versions; i++)
        delete_one(p, p->versions[i].of_copy ? &p->copy_key : &p->key, p->versions[i].id);
    if (p->n_versions == 0 && p->made)
        delete_one(p, &p->key, NULL);
    if (p->n_versions == 0 && p->copy_made)
        delete_one(p, &p->copy_key, NULL);
    pail_buf_done(&p->key);
    pail_buf_done(&p->copy_key);
}
