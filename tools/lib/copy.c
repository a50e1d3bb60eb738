/* SPDX-License-Identifier: Apache-2.0 */
/* From S3 to S3, inside S3: one CopyObject, or part copies above 5 GiB. */
#include "base/alloc.h"
#include "lib/flight.h"
#include "lib/transfer.h"

#define COPY_PART (UINT64_C(1) << 30)

struct copy {
    const struct pail_transfer *t;
    struct pail_str source_bucket, source_key, bucket, key;
    const struct pail_s3_object *head;
};

static int copy_parts(const struct copy *c, const char *id, struct pail_s3_part *parts,
                      size_t *ret_n, struct pail_error *err)
{
    struct pail_flight flight;
    pail_flight_init(&flight);
    size_t n = 0;
    for (uint64_t at = 0; at < c->head->size; at += COPY_PART, n++) {
        struct pail_flight_slot *slot = pail_flight_take(&flight);
        if (!slot)
            break;
        struct pail_s3_mpu_copy_args args = {
            .bucket = c->bucket,
            .key = c->key,
            .upload_id = pail_str(id),
            .number = (unsigned)n + 1,
            .source_bucket = c->source_bucket,
            .source_key = c->source_key,
            .source_if_match = c->head->etag,
            .ranged = true,
            .offset = at,
            .length = c->head->size - at < COPY_PART ? c->head->size - at : COPY_PART};
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_s3_mpu_copy_async(c->t->s3, &args, &parts[n], pail_flight_landed, slot, NULL,
                                   &why))
            pail_flight_landed(slot, &why);
    }
    int rc = pail_flight_wait(&flight, err);
    pail_flight_done(&flight);
    *ret_n = n;
    return rc;
}

static int large(const struct copy *c, struct pail_error *err)
{
    struct pail_s3_upload_id id;
    struct pail_s3_mpu_create_args create = {.bucket = c->bucket, .key = c->key};
    create.attributes.content_type = c->head->content_type;
    create.attributes.content_encoding = c->head->content_encoding;
    create.attributes.cache_control = c->head->cache_control;
    create.attributes.content_disposition = c->head->content_disposition;
    create.attributes.content_language = c->head->content_language;
    create.attributes.meta = c->head->meta;
    create.attributes.n_meta = c->head->n_meta;
    size_t n = (size_t)(c->head->size / COPY_PART + 1);
    PAIL_AUTOFREE struct pail_s3_part *parts = pail_calloc(n, sizeof(*parts));
    if (!parts)
        return pail_error_nomem(err);
    int rc = pail_s3_mpu_create(c->t->s3, &create, &id, err);
    if (rc)
        return rc;
    rc = copy_parts(c, id.id, parts, &n, err);
    if (!rc) {
        struct pail_s3_mpu_complete_args complete = {.bucket = c->bucket,
                                                     .key = c->key,
                                                     .upload_id = pail_str(id.id),
                                                     .parts = parts,
                                                     .n_parts = n};
        struct pail_s3_put_result result;
        rc = pail_s3_mpu_complete(c->t->s3, &complete, &result, err);
    }
    if (rc) {
        struct pail_s3_mpu_abort_args abort = {
            .bucket = c->bucket, .key = c->key, .upload_id = pail_str(id.id)};
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_s3_mpu_abort(c->t->s3, &abort, &why))
            pail_error_prefix(err, "(its parts remain: %s)", why.message);
    }
    return rc;
}

int pail_transfer_copy(const struct pail_transfer *t, struct pail_str source_bucket,
                       struct pail_str source_key, struct pail_str bucket, struct pail_str key,
                       struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = source_bucket, .key = source_key};
    struct pail_s3_object head = {0};
    int rc = pail_s3_head(t->s3, &args, &head, err);
    if (rc)
        return rc;
    if (head.size > PAIL_S3_MAX_COPY) {
        struct copy c = {t, source_bucket, source_key, bucket, key, &head};
        rc = large(&c, err);
    } else {
        struct pail_s3_copy_args copy = {.bucket = bucket,
                                         .key = key,
                                         .source_bucket = source_bucket,
                                         .source_key = source_key,
                                         .source_if_match = head.etag};
        struct pail_s3_put_result result;
        rc = pail_s3_copy(t->s3, &copy, &result, err);
    }
    if (!rc)
        pail_progress_bytes(t->progress, head.size);
    pail_s3_object_done(&head);
    return rc;
}
