/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/copy.c - CopyObject.
 *
 * The answer may be 200 long before the copy is done, and then end in an <Error>: op.c looks at the
 * document, not the status.
 *
 * Not repeated after a lost reply where a repetition would meet the first one's effect and call it
 * a conflict: with a condition on the destination, and when an object is copied onto itself under a
 * condition.
 */
#include "s3/copy.h"

#include "base/str.h"
#include "base/uri.h"
#include "s3/answer.h"
#include "s3/attributes.h"

struct copy_op {
    struct pail_s3_op op;
    struct pail_s3_put_result *ret;
};

void pail_s3_copy_source(struct pail_s3_op *op, struct pail_str bucket, struct pail_str key,
                         struct pail_str version_id, struct pail_str if_match)
{
    struct pail_buf source PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(16 * 1024);

    if (op->problem.code || pail_s3_bucket_check(bucket, &op->problem) < 0)
        return;
    if (key.len == 0)
        pail_s3_op_fail(op, PAIL_E_INVALID, "the source's key is empty");
    pail_uri_encode(&source, bucket, PAIL_URI_PATH);
    pail_buf_z(&source, pail_s3_bucket_is_arn(bucket) ? "/object/" : "/");
    pail_uri_encode(&source, key, PAIL_URI_PATH);
    if (version_id.len) {
        pail_buf_z(&source, "?versionId=");
        pail_uri_encode(&source, version_id, PAIL_URI_COMPONENT);
    }
    if (op->problem.code == 0 && pail_buf_check(&source, "copy source", &op->problem) == 0)
        pail_s3_op_header(op, "x-amz-copy-source", pail_buf_view(&source));
    pail_s3_op_opt_header(op, "x-amz-copy-source-if-match", if_match);
}

int pail_s3_copy_refused(struct pail_s3_op *op, struct pail_error *err)
{
    if (err->code == PAIL_E_NOT_MODIFIED)
        err->code = PAIL_E_PRECONDITION;
    return err->code;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct copy_op *c = ud;

    if (!pail_str_ends(path, PAIL_STR("/ETag")))
        return 0;
    return pail_s3_copy_etag(text, c->ret->etag, sizeof(c->ret->etag), err);
}

static void drop(struct pail_s3_op *op)
{
    *PAIL_CONTAINER(op, struct copy_op, op)->ret = (struct pail_s3_put_result){0};
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = on_leaf};
    struct copy_op *c = PAIL_CONTAINER(op, struct copy_op, op);

    int rc = pail_s3_parse_xml(rs->body, &handler, c, err);
    if (rc == 0)
        rc = pail_s3_copy_text("a version id", pail_headers_get(rs->headers, "x-amz-version-id"),
                               c->ret->version_id, sizeof(c->ret->version_id), err);
    if (rc < 0)
        drop(op);
    return rc;
}

static const struct pail_s3_op_kind copy_kind = {
    .name = "CopyObject",
    .method = "PUT",
    .size = sizeof(struct copy_op),
    .xml = true,
    .parse = parse,
    .refused = pail_s3_copy_refused,
    .drop = drop,
};

static const char *const algorithms[] = {
    [PAIL_S3_CRC32] = "CRC32", [PAIL_S3_CRC32C] = "CRC32C", [PAIL_S3_CRC64NVME] = "CRC64NVME",
    [PAIL_S3_SHA1] = "SHA1",   [PAIL_S3_SHA256] = "SHA256",
};

int pail_s3_copy_async(struct pail_s3 *s3, const struct pail_s3_copy_args *args,
                       struct pail_s3_put_result *ret, pail_done_fn *done, void *ud,
                       struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_put_result){0};
    int rc = pail_s3_op_new(s3, &copy_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct copy_op, op)->ret = ret;
    pail_s3_op_no_bytes(op);
    pail_s3_copy_source(op, args->source_bucket, args->source_key, args->source_version_id,
                        args->source_if_match);
    pail_s3_op_opt_header(op, "If-Match", args->if_match);
    if (args->if_none_match)
        pail_s3_op_header(op, "If-None-Match", PAIL_STR("*"));
    if (args->checksum > PAIL_S3_CHECKSUM_DEFAULT && args->checksum <= PAIL_S3_SHA256)
        pail_s3_op_header(op, "x-amz-checksum-algorithm", pail_str(algorithms[args->checksum]));
    if (args->replace_attributes)
        pail_s3_op_header(op, "x-amz-metadata-directive", PAIL_STR("REPLACE"));
    if (args->replace_tags)
        pail_s3_op_header(op, "x-amz-tagging-directive", PAIL_STR("REPLACE"));
    pail_s3_attributes_add_for(op, &args->attributes, args->replace_attributes,
                               args->replace_tags || args->replace_attributes);
    pail_s3_access_add(op, &args->access);
    pail_s3_access_add_source(op, &args->access);
    bool onto_itself = pail_str_eq(args->bucket, args->source_bucket) &&
                       pail_str_eq(args->key, args->source_key);
    op->unsafe = args->if_match.len || args->if_none_match ||
                 (onto_itself && args->source_if_match.len);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_copy(struct pail_s3 *s3, const struct pail_s3_copy_args *args,
                 struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_copy_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
