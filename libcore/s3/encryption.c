/* SPDX-License-Identifier: Apache-2.0 */
/* s3/encryption.c - how a bucket encrypts what says nothing about it. */
#include <pail/s3_bucket.h>

#include "base/str.h"
#include "base/xml.h"
#include "s3/doc.h"

#define BY_DEFAULT "ApplyServerSideEncryptionByDefault"

void pail_s3_encryption_done(struct pail_s3_encryption *e)
{
    if (!e)
        return;
    pail_s3_tree_free(e->impl);
    *e = (struct pail_s3_encryption){0};
}

static void drop(void *ret)
{
    pail_s3_encryption_done(ret);
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    size_t n = pail_s3_node_count(tree->root, "Rule"), i = 0;
    struct pail_s3_encryption_rule *rules = pail_s3_tree_alloc(tree, (n + 1) * sizeof(*rules));

    if (!rules) {
        pail_s3_tree_free(tree);
        return pail_error_nomem(err);
    }
    for (PAIL_S3_EACH(it, tree->root, "Rule")) {
        const struct pail_s3_node *how = pail_s3_node_child(it, BY_DEFAULT);
        rules[i++] = (struct pail_s3_encryption_rule){
            .sse = pail_s3_node_text(how, "SSEAlgorithm"),
            .kms_key_id = pail_s3_node_text(how, "KMSMasterKeyID"),
            .bucket_key = pail_s3_node_is(it, "BucketKeyEnabled", "true")};
    }
    *(struct pail_s3_encryption *)ret = (struct pail_s3_encryption){rules, n, tree};
    return 0;
}

/* What AWS says where nothing was ever set. */
static int refused(struct pail_s3_op *op, struct pail_error *err)
{
    if (strcmp(err->service_code, "ServerSideEncryptionConfigurationNotFoundError") == 0)
        err->code = PAIL_E_NOT_FOUND;
    return err->code;
}

static const struct pail_s3_doc_kind get_kind = {
    .op = {.name = "GetBucketEncryption",
           .method = "GET",
           .size = sizeof(struct pail_s3_doc_op),
           .xml = true,
           .on_bucket = true,
           .parse = pail_s3_doc_parse,
           .drop = pail_s3_doc_drop,
           .refused = refused},
    .query = "encryption",
    .root = "ServerSideEncryptionConfiguration",
    .build = build,
    .ret_size = sizeof(struct pail_s3_encryption),
    .done = drop,
};
static const struct pail_s3_doc_kind put_kind = {PAIL_S3_DOC_PUT("PutBucketEncryption", true),
                                                 .query = "encryption"};
static const struct pail_s3_doc_kind delete_kind = {
    PAIL_S3_DOC_DELETE("DeleteBucketEncryption", true), .query = "encryption"};

static void write_encryption(struct pail_buf *xml, const struct pail_s3_encryption *e)
{
    pail_buf_z(xml, "<ServerSideEncryptionConfiguration" PAIL_S3_XMLNS ">");
    for (size_t i = 0; i < e->n; i++) {
        pail_buf_z(xml, "<Rule><" BY_DEFAULT ">");
        pail_xml_element(xml, "SSEAlgorithm", e->rules[i].sse);
        pail_s3_xml_opt(xml, "KMSMasterKeyID", e->rules[i].kms_key_id);
        pail_buf_z(xml, "</" BY_DEFAULT ">");
        if (e->rules[i].bucket_key)
            pail_buf_z(xml, "<BucketKeyEnabled>true</BucketKeyEnabled>");
        pail_buf_z(xml, "</Rule>");
    }
    pail_buf_z(xml, "</ServerSideEncryptionConfiguration>");
}

int pail_s3_encryption_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                 struct pail_s3_encryption *ret, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &get_kind, &o, ret, done, ud, ret_call, err);
}

int pail_s3_encryption_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           struct pail_s3_encryption *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_encryption_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_encryption_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                 const struct pail_s3_encryption *encryption, pail_done_fn *done,
                                 void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    write_encryption(&xml, encryption);
    return pail_s3_doc_put_async(s3, &put_kind, &o, &xml, done, ud, ret_call, err);
}

int pail_s3_encryption_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           const struct pail_s3_encryption *encryption, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_encryption_put_async(s3, args, encryption, PAIL_S3_WAITED));
}

int pail_s3_encryption_delete_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                    pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                    struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &delete_kind, &o, NULL, done, ud, ret_call, err);
}

int pail_s3_encryption_delete(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                              struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_encryption_delete_async(s3, args, PAIL_S3_WAITED));
}
