/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/acl.c - access control lists of buckets and objects.
 *
 * What kind of grantee it is stands in an attribute (xsi:type), which follows from what it is named
 * by.
 */
#include <pail/s3_acl.h>

#include "base/str.h"
#include "base/xml.h"
#include "s3/doc.h"

void pail_s3_acl_done(struct pail_s3_acl *a)
{
    if (!a)
        return;
    pail_s3_tree_free(a->impl);
    *a = (struct pail_s3_acl){.impl = NULL};
}

static void drop(void *ret)
{
    pail_s3_acl_done(ret);
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    const struct pail_s3_node *list = pail_s3_node_child(tree->root, "AccessControlList");
    const struct pail_s3_node *owner = pail_s3_node_child(tree->root, "Owner");
    size_t n = pail_s3_node_count(list, "Grant"), i = 0;
    struct pail_s3_grant *grants = pail_s3_tree_alloc(tree, (n + 1) * sizeof(*grants));

    if (!grants) {
        pail_s3_tree_free(tree);
        return pail_error_nomem(err);
    }
    for (PAIL_S3_EACH(it, list, "Grant")) {
        const struct pail_s3_node *who = pail_s3_node_child(it, "Grantee");
        grants[i++] = (struct pail_s3_grant){.id = pail_s3_node_text(who, "ID"),
                                             .display_name = pail_s3_node_text(who, "DisplayName"),
                                             .uri = pail_s3_node_text(who, "URI"),
                                             .email = pail_s3_node_text(who, "EmailAddress"),
                                             .permission = pail_s3_node_text(it, "Permission")};
    }
    *(struct pail_s3_acl *)ret = (struct pail_s3_acl){
        .owner_id = pail_s3_node_text(owner, "ID"),
        .owner_name = pail_s3_node_text(owner, "DisplayName"),
        .grants = grants,
        .n = n,
        .impl = tree};
    return 0;
}

static void write_grant(struct pail_buf *xml, const struct pail_s3_grant *g)
{
    const char *type = g->id.len ? "CanonicalUser" : g->uri.len ? "Group" : "AmazonCustomerByEmail";
    pail_buf_fmt(xml,
                 "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                 " xsi:type=\"%s\">",
                 type);
    pail_s3_xml_opt(xml, "ID", g->id);
    pail_s3_xml_opt(xml, "DisplayName", g->display_name);
    pail_s3_xml_opt(xml, "URI", g->uri);
    pail_s3_xml_opt(xml, "EmailAddress", g->email);
    pail_buf_z(xml, "</Grantee>");
    pail_xml_element(xml, "Permission", g->permission);
    pail_buf_z(xml, "</Grant>");
}

static void write_acl(struct pail_buf *xml, const struct pail_s3_acl *acl)
{
    pail_buf_z(xml, "<AccessControlPolicy" PAIL_S3_XMLNS "><Owner>");
    pail_s3_xml_opt(xml, "ID", acl->owner_id);
    pail_s3_xml_opt(xml, "DisplayName", acl->owner_name);
    pail_buf_z(xml, "</Owner><AccessControlList>");
    for (size_t i = 0; i < acl->n; i++)
        write_grant(xml, &acl->grants[i]);
    pail_buf_z(xml, "</AccessControlList></AccessControlPolicy>");
}

static int put(struct pail_s3 *s3, const struct pail_s3_doc_kind *kind,
               const struct pail_s3_object_args *args, const struct pail_s3_acl_put *acl,
               pail_done_fn *done, void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);
    struct pail_s3_op *op;

    int rc = pail_s3_doc_new(s3, kind, args, NULL, &op, err);
    if (rc < 0)
        return rc;
    if (acl->acl) {
        write_acl(&xml, acl->acl);
        pail_s3_op_document(op, &xml, true);
    } else {
        pail_s3_op_no_bytes(op);
    }
    pail_s3_op_opt_header(op, "x-amz-acl", acl->canned);
    pail_s3_op_opt_header(op, "x-amz-grant-full-control", acl->grant_full_control);
    pail_s3_op_opt_header(op, "x-amz-grant-read", acl->grant_read);
    pail_s3_op_opt_header(op, "x-amz-grant-read-acp", acl->grant_read_acp);
    pail_s3_op_opt_header(op, "x-amz-grant-write", acl->grant_write);
    pail_s3_op_opt_header(op, "x-amz-grant-write-acp", acl->grant_write_acp);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

/* ---- Buckets ---- */

static const struct pail_s3_doc_kind bucket_get = {
    PAIL_S3_DOC_GET("GetBucketAcl", true),  .query = "acl",
    .root = "AccessControlPolicy",          .build = build,
    .ret_size = sizeof(struct pail_s3_acl), .done = drop,
};
static const struct pail_s3_doc_kind bucket_put = {PAIL_S3_DOC_PUT("PutBucketAcl", true),
                                                   .query = "acl"};

int pail_s3_bucket_acl_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                 struct pail_s3_acl *ret, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &bucket_get, &o, ret, done, ud, ret_call, err);
}

int pail_s3_bucket_acl_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           struct pail_s3_acl *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_bucket_acl_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_bucket_acl_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                 const struct pail_s3_acl_put *acl, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return put(s3, &bucket_put, &o, acl, done, ud, ret_call, err);
}

int pail_s3_bucket_acl_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           const struct pail_s3_acl_put *acl, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_bucket_acl_put_async(s3, args, acl, PAIL_S3_WAITED));
}

/* ---- Objects ---- */

static const struct pail_s3_doc_kind object_get = {
    PAIL_S3_DOC_GET("GetObjectAcl", false), .query = "acl",
    .root = "AccessControlPolicy",          .build = build,
    .ret_size = sizeof(struct pail_s3_acl), .done = drop,
};
static const struct pail_s3_doc_kind object_put = {PAIL_S3_DOC_PUT("PutObjectAcl", false),
                                                   .query = "acl"};

int pail_s3_object_acl_get_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                                 struct pail_s3_acl *ret, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err)
{
    return pail_s3_doc_async(s3, &object_get, args, ret, done, ud, ret_call, err);
}

int pail_s3_object_acl_get(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                           struct pail_s3_acl *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_object_acl_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_object_acl_put_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                                 const struct pail_s3_acl_put *acl, pail_done_fn *done, void *ud,
                                 struct pail_call **ret_call, struct pail_error *err)
{
    return put(s3, &object_put, args, acl, done, ud, ret_call, err);
}

int pail_s3_object_acl_put(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                           const struct pail_s3_acl_put *acl, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_object_acl_put_async(s3, args, acl, PAIL_S3_WAITED));
}
