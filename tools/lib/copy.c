/* SPDX-License-Identifier: Apache-2.0 */
/* From S3 to S3, inside S3: one CopyObject, or part copies above 5 GiB. */
#include "base/alloc.h"
#include "tools/lib/flight.h"
#include "tools/lib/one.h"
#include "tools/lib/transfer.h"

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
        struct pail_call *call = NULL;
        int rc = pail_s3_mpu_copy_async(c->t->s3, &args, &parts[n], pail_flight_landed, slot, &call,
                                        &why);
        pail_flight_started(slot, rc, call, &why);
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
        rc = pail_one_complete(c->t->s3, &complete, err);
    }
    if (rc)
        pail_one_abort(c->t->s3, c->bucket, c->key, id.id, err);
    return rc;
}

static int small(const struct copy *c, struct pail_str if_match, struct pail_error *err)
{
    struct pail_s3_copy_args args = {.bucket = c->bucket,
                                     .key = c->key,
                                     .source_bucket = c->source_bucket,
                                     .source_key = c->source_key,
                                     .source_if_match = if_match};
    return pail_one_copy(c->t->s3, &args, err);
}

int pail_transfer_copy(const struct pail_transfer *t, struct pail_str source_bucket,
                       struct pail_str source_key, uint64_t size, struct pail_str bucket,
                       struct pail_str key, struct pail_error *err)
{
    struct copy c = {t, source_bucket, source_key, bucket, key, NULL};
    struct pail_s3_head_args args = {.bucket = source_bucket, .key = source_key};
    struct pail_s3_object head = {0};
    int rc = 0;
    if (size <= PAIL_S3_MAX_COPY) {
        rc = small(&c, pail_strn(NULL, 0), err);
    } else {
        rc = pail_one_head(t->s3, &args, &head, err);
        if (rc)
            return rc;
        if (size == PAIL_SIZE_UNKNOWN)
            pail_progress_expect(t->progress, head.size, 1);
        size = head.size;
        c.head = &head;
        rc = size > PAIL_S3_MAX_COPY ? large(&c, err) : small(&c, head.etag, err);
        pail_s3_object_done(&head);
    }
    if (!rc)
        pail_progress_bytes(t->progress, size);
    return rc;
}
