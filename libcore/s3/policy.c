/* SPDX-License-Identifier: Apache-2.0 */
/* s3/policy.c - a bucket's policy, which is JSON and none of our business. */
#include <pail/s3_bucket.h>

#include "base/str.h"
#include "s3/doc.h"

void pail_s3_policy_done(struct pail_s3_policy *p)
{
    if (!p)
        return;
    pail_s3_tree_free(p->impl);
    *p = (struct pail_s3_policy){.impl = NULL};
}

static void drop(void *ret)
{
    pail_s3_policy_done(ret);
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    struct pail_s3_policy *p = ret;

    p->json = pail_s3_tree_text(tree, rs->body);
    p->impl = tree;
    if (p->json.len == rs->body.len)
        return 0;
    pail_s3_tree_free(tree);
    return pail_error_nomem(err);
}

static const struct pail_s3_doc_kind get_kind = {
    .op = {.name = "GetBucketPolicy",
           .method = "GET",
           .size = sizeof(struct pail_s3_doc_op),
           .on_bucket = true,
           .parse = pail_s3_doc_parse,
           .drop = pail_s3_doc_drop},
    .query = "policy",
    .build = build,
    .ret_size = sizeof(struct pail_s3_policy),
    .done = drop,
};
static const struct pail_s3_doc_kind put_kind = {PAIL_S3_DOC_PUT("PutBucketPolicy", true),
                                                 .query = "policy"};
static const struct pail_s3_doc_kind delete_kind = {PAIL_S3_DOC_DELETE("DeleteBucketPolicy", true),
                                                    .query = "policy"};

int pail_s3_policy_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             struct pail_str json, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);
    struct pail_buf text = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);
    struct pail_s3_op *op;

    int rc = pail_s3_doc_new(s3, &put_kind, &o, NULL, &op, err);
    if (rc < 0)
        return rc;
    pail_buf_str(&text, json);
    pail_s3_op_document(op, &text, true);
    pail_headers_remove(&op->headers, "Content-Type");
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_policy_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                       struct pail_str json, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_policy_put_async(s3, args, json, PAIL_S3_WAITED));
}

int pail_s3_policy_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                             struct pail_s3_policy *ret, pail_done_fn *done, void *ud,
                             struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &get_kind, &o, ret, done, ud, ret_call, err);
}

int pail_s3_policy_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                       struct pail_s3_policy *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_policy_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_policy_delete_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &delete_kind, &o, NULL, done, ud, ret_call, err);
}

int pail_s3_policy_delete(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                          struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_policy_delete_async(s3, args, PAIL_S3_WAITED));
}
