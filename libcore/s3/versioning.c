/* SPDX-License-Identifier: Apache-2.0 */
/* s3/versioning.c - whether a bucket keeps old versions. */
#include <pail/s3_bucket.h>

#include "base/str.h"
#include "base/xml.h"
#include "s3/doc.h"

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    struct pail_s3_versioning *v = ret;

    if (pail_s3_node_is(tree->root, "Status", "Enabled"))
        v->status = PAIL_S3_VERSIONING_ENABLED;
    else if (pail_s3_node_is(tree->root, "Status", "Suspended"))
        v->status = PAIL_S3_VERSIONING_SUSPENDED;
    if (pail_s3_node_is(tree->root, "MfaDelete", "Enabled"))
        v->mfa_delete = PAIL_S3_ON;
    else if (pail_s3_node_is(tree->root, "MfaDelete", "Disabled"))
        v->mfa_delete = PAIL_S3_OFF;
    pail_s3_tree_free(tree);
    return 0;
}

static const struct pail_s3_doc_kind get_kind = {
    PAIL_S3_DOC_GET("GetBucketVersioning", true),
    .query = "versioning",
    .root = "VersioningConfiguration",
    .build = build,
    .ret_size = sizeof(struct pail_s3_versioning),
};
static const struct pail_s3_doc_kind put_kind = {PAIL_S3_DOC_PUT("PutBucketVersioning", true),
                                                 .query = "versioning"};

int pail_s3_versioning_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                 const struct pail_s3_versioning *versioning, pail_done_fn *done,
                                 void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);
    struct pail_s3_op *op;

    int rc = pail_s3_doc_new(s3, &put_kind, &o, NULL, &op, err);
    if (rc < 0)
        return rc;
    if (versioning->status == PAIL_S3_VERSIONING_NEVER)
        pail_s3_op_fail(op, PAIL_E_INVALID, "versioning can be enabled or suspended, not undone");
    pail_buf_z(&xml, "<VersioningConfiguration" PAIL_S3_XMLNS ">");
    if (versioning->mfa_delete != PAIL_S3_DEFAULT)
        pail_xml_element(&xml, "MfaDelete",
                         versioning->mfa_delete == PAIL_S3_ON ? PAIL_STR("Enabled")
                                                              : PAIL_STR("Disabled"));
    pail_xml_element(&xml, "Status",
                     versioning->status == PAIL_S3_VERSIONING_ENABLED ? PAIL_STR("Enabled")
                                                                      : PAIL_STR("Suspended"));
    pail_buf_z(&xml, "</VersioningConfiguration>");
    pail_s3_op_document(op, &xml, true);
    pail_s3_op_opt_header(op, "x-amz-mfa", versioning->mfa);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_versioning_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           const struct pail_s3_versioning *versioning, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_versioning_put_async(s3, args, versioning, PAIL_S3_WAITED));
}

int pail_s3_versioning_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                 struct pail_s3_versioning *ret, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &get_kind, &o, ret, done, ud, ret_call, err);
}

int pail_s3_versioning_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           struct pail_s3_versioning *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_versioning_get_async(s3, args, ret, PAIL_S3_WAITED));
}
