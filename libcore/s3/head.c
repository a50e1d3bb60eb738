/* SPDX-License-Identifier: Apache-2.0 */
/* s3/head.c - HeadObject. */
#include "s3/attributes.h"
#include "s3/object.h"
#include "s3/op.h"

struct head_op {
    struct pail_s3_op op;
    struct pail_s3_object *ret;
};

static int parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    struct head_op *h = PAIL_CONTAINER(op, struct head_op, op);
    return pail_s3_object_parse(rs->headers, UINT64_MAX, h->ret, err);
}

static void drop(struct pail_s3_op *op)
{
    pail_s3_object_done(PAIL_CONTAINER(op, struct head_op, op)->ret);
}

static const struct pail_s3_op_kind head_kind = {
    .name = "HeadObject",
    .method = "HEAD",
    .size = sizeof(struct head_op),
    .parse = parse,
    .drop = drop,
};

int pail_s3_head_async(struct pail_s3 *s3, const struct pail_s3_head_args *args,
                       struct pail_s3_object *ret, pail_done_fn *done, void *ud,
                       struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    pail_s3_object_clear(ret);
    int rc = pail_s3_op_new(s3, &head_kind, args->bucket, args->key, &args->call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct head_op, op)->ret = ret;
    if (args->version_id.len)
        pail_s3_op_query(op, "versionId", args->version_id);
    pail_s3_op_opt_header(op, "If-Match", args->if_match);
    pail_s3_op_opt_header(op, "If-None-Match", args->if_none_match);
    pail_s3_access_add(op, &args->access);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_head(struct pail_s3 *s3, const struct pail_s3_head_args *args,
                 struct pail_s3_object *ret, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_head_async(s3, args, ret, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
