/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/part.c - UploadPart and UploadPartCopy.
 *
 * Both may be repeated: the last one of a number counts. A part's checksum is what the service
 * answers, not what was sent, because completion may only name what the service knows.
 */
#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"
#include "s3/copy.h"
#include "s3/multipart.h"

static void add_part_number(struct pail_s3_op *op, unsigned number)
{
    if (number < 1 || number > PAIL_S3_MAX_PARTS)
        pail_s3_op_fail(op, PAIL_E_INVALID, "part number %u; they go from 1 to %u", number,
                        PAIL_S3_MAX_PARTS);
    pail_s3_op_query_u64(op, "partNumber", number);
}

/* ---- Part ---- */

struct part_op {
    struct pail_s3_op op;
    unsigned number;
    struct pail_s3_part *ret;
};

static void part_drop(struct pail_s3_op *op)
{
    *PAIL_CONTAINER(op, struct part_op, op)->ret = (struct pail_s3_part){0};
}

static int part_finish(struct part_op *p, int rc, struct pail_error *err)
{
    if (rc == 0 && !p->ret->etag[0])
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "an answer without an ETag");
    if (rc < 0)
        part_drop(&p->op);
    else
        p->ret->number = p->number;
    return rc;
}

static int part_parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    struct part_op *p = PAIL_CONTAINER(op, struct part_op, op);
    bool any = op->checksum.alg != PAIL_CK_NONE;
    const struct pail_checksum_info *info = pail_checksum_info(any ? op->checksum.alg
                                                                   : PAIL_CK_CRC32);

    int rc = pail_s3_copy_etag(pail_headers_get(rs->headers, "etag"), p->ret->etag,
                               sizeof(p->ret->etag), err);
    if (rc == 0)
        rc = pail_s3_copy_text("a checksum", pail_headers_get(rs->headers, info->header),
                               p->ret->checksum, sizeof(p->ret->checksum), err);
    p->ret->algorithm = pail_s3_op_algorithm(op);
    if (rc == 0 && p->ret->checksum[0] && op->attempt.checksums && op->checksum.value[0] &&
        strcmp(p->ret->checksum, op->checksum.value) != 0)
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                            "%s of what was sent is %s, of what the service has %s", info->name,
                            op->checksum.value, p->ret->checksum);
    return part_finish(p, rc, err);
}

static const struct pail_s3_op_kind part_kind = {
    .name = "UploadPart",
    .method = "PUT",
    .size = sizeof(struct part_op),
    .parse = part_parse,
    .drop = part_drop,
};

int pail_s3_mpu_part_async(struct pail_s3 *s3, const struct pail_s3_mpu_part_args *args,
                           const struct pail_s3_body *body, struct pail_s3_part *ret,
                           pail_done_fn *done, void *ud, struct pail_call **ret_call,
                           struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_part){0};
    int rc = pail_s3_op_new(s3, &part_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    struct part_op *p = PAIL_CONTAINER(op, struct part_op, op);
    p->number = args->number;
    p->ret = ret;
    add_part_number(op, args->number);
    pail_s3_op_upload_id(op, args->upload_id);
    pail_s3_access_add(op, &args->access);
    pail_s3_op_body(op, body);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_part(struct pail_s3 *s3, const struct pail_s3_mpu_part_args *args,
                     const struct pail_s3_body *body, struct pail_s3_part *ret,
                     struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_part_async(s3, args, body, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- Part by copy ---- */

static int part_copy_leaf(void *ud, struct pail_str path, struct pail_str text,
                          struct pail_error *err)
{
    struct part_op *p = ud;

    if (pail_str_ends(path, PAIL_STR("/ETag")))
        return pail_s3_copy_etag(text, p->ret->etag, sizeof(p->ret->etag), err);
    size_t slash = pail_str_rfind(path, '/');
    struct pail_str name = slash == SIZE_MAX ? path : pail_str_from(path, slash + 1);
    for (enum pail_s3_checksum k = PAIL_S3_CRC32; k <= PAIL_S3_SHA256; k++) {
        if (!pail_str_eqz(name, pail_s3_checksum_element(k)))
            continue;
        p->ret->algorithm = k;
        return pail_s3_copy_text("a checksum", text, p->ret->checksum, sizeof(p->ret->checksum),
                                 err);
    }
    return 0;
}

static int part_copy_parse(struct pail_s3_op *op, const struct pail_response *rs,
                           struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = part_copy_leaf};
    struct part_op *p = PAIL_CONTAINER(op, struct part_op, op);

    return part_finish(p, pail_s3_parse_xml(rs->body, &handler, p, err), err);
}

static const struct pail_s3_op_kind part_copy_kind = {
    .name = "UploadPartCopy",
    .method = "PUT",
    .size = sizeof(struct part_op),
    .xml = true,
    .parse = part_copy_parse,
    .refused = pail_s3_copy_refused,
    .drop = part_drop,
};

static void add_source_range(struct pail_s3_op *op, uint64_t offset, uint64_t length)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(64);

    if (length == 0 || length > UINT64_MAX - offset)
        pail_s3_op_fail(op, PAIL_E_INVALID, "a range of %llu bytes at %llu",
                        (unsigned long long)length, (unsigned long long)offset);
    pail_buf_z(&text, "bytes=");
    pail_buf_u64(&text, offset);
    pail_buf_char(&text, '-');
    pail_buf_u64(&text, offset + length - 1);
    if (op->problem.code == 0 && pail_buf_check(&text, "range", &op->problem) == 0)
        pail_s3_op_header(op, "x-amz-copy-source-range", pail_buf_view(&text));
}

int pail_s3_mpu_copy_async(struct pail_s3 *s3, const struct pail_s3_mpu_copy_args *args,
                           struct pail_s3_part *ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_part){0};
    int rc = pail_s3_op_new(s3, &part_copy_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    struct part_op *p = PAIL_CONTAINER(op, struct part_op, op);
    p->number = args->number;
    p->ret = ret;
    add_part_number(op, args->number);
    pail_s3_op_upload_id(op, args->upload_id);
    pail_s3_op_no_bytes(op);
    pail_s3_copy_source(op, args->source_bucket, args->source_key, args->source_version_id,
                        args->source_if_match);
    pail_s3_access_add(op, &args->access);
    pail_s3_access_add_source(op, &args->access);
    if (args->ranged)
        add_source_range(op, args->offset, args->length);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_copy(struct pail_s3 *s3, const struct pail_s3_mpu_copy_args *args,
                     struct pail_s3_part *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_copy_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
