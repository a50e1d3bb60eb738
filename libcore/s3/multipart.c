/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/multipart.c - CreateMultipartUpload, CompleteMultipartUpload, AbortMultipartUpload. The parts:
 * part.c.
 *
 * Checksums: the creation announces CRC32, each part carries one, and completion names them again.
 * All of it only where the service keeps up: a part's checksum is what its answer repeats, so
 * services that ignore checksums answer none, and completion lists them only when every part has
 * one. On services that do keep them the list is mandatory.
 *
 * Completion is never repeated after a lost reply: the upload would be gone, and whether the object
 * is there is for the caller to see.
 */
#include "s3/multipart.h"

#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"

#define MAX_COMPLETE (8u << 20) /* 10,000 parts with long ETags */

void pail_s3_op_upload_id(struct pail_s3_op *op, struct pail_str upload_id)
{
    if (upload_id.len == 0) /* without it the request means something else */
        pail_s3_op_fail(op, PAIL_E_INVALID, "the upload id is empty");
    pail_s3_op_query(op, "uploadId", upload_id);
}

/* ---- Create ---- */

struct create_op {
    struct pail_s3_op op;
    struct pail_s3_upload_id *ret;
};

static int create_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct create_op *c = ud;

    if (!pail_str_ends(path, PAIL_STR("/UploadId")))
        return 0;
    return pail_s3_copy_text("an upload id", text, c->ret->id, sizeof(c->ret->id), err);
}

static void create_drop(struct pail_s3_op *op)
{
    *PAIL_CONTAINER(op, struct create_op, op)->ret = (struct pail_s3_upload_id){0};
}

static int create_parse(struct pail_s3_op *op, const struct pail_response *rs,
                        struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = create_leaf};
    struct create_op *c = PAIL_CONTAINER(op, struct create_op, op);

    int rc = pail_s3_parse_xml(rs->body, &handler, c, err);
    if (rc == 0 && !c->ret->id[0])
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "an answer without an upload id");
    if (rc < 0)
        create_drop(op);
    return rc;
}

static const struct pail_s3_op_kind create_kind = {
    .name = "CreateMultipartUpload",
    .method = "POST",
    .size = sizeof(struct create_op),
    .xml = true,
    .parse = create_parse,
    .drop = create_drop,
};

int pail_s3_mpu_create_async(struct pail_s3 *s3, const struct pail_s3_mpu_create_args *args,
                             struct pail_s3_upload_id *ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_upload_id){0};
    int rc = pail_s3_op_new(s3, &create_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct create_op, op)->ret = ret;
    pail_s3_op_query(op, "uploads", PAIL_STR(""));
    pail_s3_op_no_bytes(op);
    pail_s3_attributes_add(op, &args->attributes);
    pail_s3_access_add(op, &args->access);
    pail_s3_op_announce(op, args->checksum);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_create(struct pail_s3 *s3, const struct pail_s3_mpu_create_args *args,
                       struct pail_s3_upload_id *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_create_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- Complete ---- */

struct complete_op {
    struct pail_s3_op op;
    struct pail_s3_put_result *ret;
};

static int complete_leaf(void *ud, struct pail_str path, struct pail_str text,
                         struct pail_error *err)
{
    struct complete_op *c = ud;

    if (!pail_str_ends(path, PAIL_STR("/ETag")))
        return 0;
    return pail_s3_copy_etag(text, c->ret->etag, sizeof(c->ret->etag), err);
}

static void complete_drop(struct pail_s3_op *op)
{
    *PAIL_CONTAINER(op, struct complete_op, op)->ret = (struct pail_s3_put_result){0};
}

static int complete_parse(struct pail_s3_op *op, const struct pail_response *rs,
                          struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = complete_leaf};
    struct complete_op *c = PAIL_CONTAINER(op, struct complete_op, op);

    int rc = pail_s3_parse_xml(rs->body, &handler, c, err);
    if (rc == 0)
        rc = pail_s3_copy_text("a version id", pail_headers_get(rs->headers, "x-amz-version-id"),
                               c->ret->version_id, sizeof(c->ret->version_id), err);
    if (rc < 0)
        complete_drop(op);
    return rc;
}

static const struct pail_s3_op_kind complete_kind = {
    .name = "CompleteMultipartUpload",
    .method = "POST",
    .size = sizeof(struct complete_op),
    .xml = true,
    .parse = complete_parse,
    .drop = complete_drop,
};

static void add_parts(struct pail_s3_op *op, const struct pail_s3_part *parts, size_t n)
{
    struct pail_buf xml = PAIL_BUF_INIT(MAX_COMPLETE);
    bool checksums = true;

    if (n == 0 || n > PAIL_S3_MAX_PARTS)
        pail_s3_op_fail(op, PAIL_E_INVALID, "%zu parts; it takes 1 to %u", n, PAIL_S3_MAX_PARTS);
    for (size_t i = 0; i < n; i++) {
        checksums = checksums && parts[i].checksum[0];
        if (parts[i].number < 1 || parts[i].number > PAIL_S3_MAX_PARTS ||
            (i > 0 && parts[i].number <= parts[i - 1].number))
            pail_s3_op_fail(op, PAIL_E_INVALID, "part number %u at place %zu", parts[i].number, i);
    }
    pail_buf_z(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><CompleteMultipartUpload "
                     "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (size_t i = 0; i < n && !xml.failed; i++) {
        pail_buf_z(&xml, "<Part>");
        if (checksums)
            pail_xml_element(&xml, pail_s3_checksum_element(parts[i].algorithm),
                             pail_str(parts[i].checksum));
        pail_xml_element(&xml, "ETag", pail_str(parts[i].etag));
        pail_buf_z(&xml, "<PartNumber>");
        pail_buf_u64(&xml, parts[i].number);
        pail_buf_z(&xml, "</PartNumber></Part>");
    }
    pail_buf_z(&xml, "</CompleteMultipartUpload>");
    pail_s3_op_document(op, &xml, false);
}

int pail_s3_mpu_complete_async(struct pail_s3 *s3, const struct pail_s3_mpu_complete_args *args,
                               struct pail_s3_put_result *ret, pail_done_fn *done, void *ud,
                               struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_put_result){0};
    int rc = pail_s3_op_new(s3, &complete_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct complete_op, op)->ret = ret;
    pail_s3_op_upload_id(op, args->upload_id);
    add_parts(op, args->parts, args->n_parts);
    pail_s3_op_opt_header(op, "If-Match", args->if_match);
    if (args->if_none_match)
        pail_s3_op_header(op, "If-None-Match", PAIL_STR("*"));
    pail_s3_access_add(op, &args->access);
    op->unsafe = true;
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_complete(struct pail_s3 *s3, const struct pail_s3_mpu_complete_args *args,
                         struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_complete_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- Abort ---- */

static int abort_refused(struct pail_s3_op *op, struct pail_error *err)
{
    return err->code == PAIL_E_NOT_FOUND ? 0 : (int)err->code;
}

static const struct pail_s3_op_kind abort_kind = {
    .name = "AbortMultipartUpload",
    .method = "DELETE",
    .size = sizeof(struct pail_s3_op),
    .refused = abort_refused,
};

int pail_s3_mpu_abort_async(struct pail_s3 *s3, const struct pail_s3_mpu_abort_args *args,
                            pail_done_fn *done, void *ud, struct pail_call **ret_call,
                            struct pail_error *err)
{
    struct pail_s3_op *op;
    int rc = pail_s3_op_new(s3, &abort_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    pail_s3_op_upload_id(op, args->upload_id);
    pail_s3_op_access(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_mpu_abort(struct pail_s3 *s3, const struct pail_s3_mpu_abort_args *args,
                      struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_mpu_abort_async(s3, args, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
