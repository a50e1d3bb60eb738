/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/put.c - PutObject.
 *
 * A conditional PUT is never repeated once its reply may have been lost: the repetition would meet
 * the object the first one made, and report a conflict with oneself.
 *
 * If-Match goes out as S3 writes ETags, unless the client was told that this endpoint compares them
 * bare.
 */
#include <stdatomic.h>

#include "base/str.h"
#include "s3/answer.h"
#include "s3/attributes.h"
#include "s3/object.h"
#include "s3/op.h"

struct put_op {
    struct pail_s3_op op;
    struct pail_s3_put_result *ret;
};

static void drop(struct pail_s3_op *op)
{
    *PAIL_CONTAINER(op, struct put_op, op)->ret = (struct pail_s3_put_result){0};
}

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    struct pail_s3_put_result *ret = PAIL_CONTAINER(op, struct put_op, op)->ret;

    int rc = pail_s3_copy_etag(pail_headers_get(rs->headers, "etag"), ret->etag, sizeof(ret->etag),
                               err);
    if (rc == 0)
        rc = pail_s3_copy_text("a version id", pail_headers_get(rs->headers, "x-amz-version-id"),
                               ret->version_id, sizeof(ret->version_id), err);
    if (rc < 0)
        drop(op);
    return rc;
}

static const struct pail_s3_op_kind put_kind = {
    .name = "PutObject",
    .method = "PUT",
    .size = sizeof(struct put_op),
    .parse = parse,
    .drop = drop,
};

static void add_if_match(struct pail_s3_op *op, struct pail_str etag)
{
    bool quoted = etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"';

    if (quoted && atomic_load(&op->s3->learned.etag_quotes) == PAIL_S3_QUOTES_BARE)
        etag = pail_str_sub(etag, 1, etag.len - 2);
    pail_s3_op_opt_header(op, "If-Match", etag);
}

int pail_s3_put_async(struct pail_s3 *s3, const struct pail_s3_put_args *args,
                      const struct pail_s3_body *body, struct pail_s3_put_result *ret,
                      pail_done_fn *done, void *ud, struct pail_call **ret_call,
                      struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret = (struct pail_s3_put_result){0};
    int rc = pail_s3_op_new(s3, &put_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct put_op, op)->ret = ret;
    pail_s3_op_body(op, body);
    pail_s3_attributes_add(op, &args->attributes);
    pail_s3_access_add(op, &args->access);
    add_if_match(op, args->if_match);
    if (args->if_none_match)
        pail_s3_op_header(op, "If-None-Match", PAIL_STR("*"));
    op->unsafe = args->if_match.len || args->if_none_match;
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_put(struct pail_s3 *s3, const struct pail_s3_put_args *args,
                const struct pail_s3_body *body, struct pail_s3_put_result *ret,
                struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_put_async(s3, args, body, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
