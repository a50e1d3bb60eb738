/* SPDX-License-Identifier: Apache-2.0 */
/* s3/cors.c - which web pages may use a bucket. */
#include <pail/s3_bucket.h>

#include "base/str.h"
#include "base/xml.h"
#include "s3/doc.h"

void pail_s3_cors_done(struct pail_s3_cors *c)
{
    if (!c)
        return;
    pail_s3_tree_free(c->impl);
    *c = (struct pail_s3_cors){0};
}

static void drop(void *ret)
{
    pail_s3_cors_done(ret);
}

static int build_rule(struct pail_s3_tree *t, const struct pail_s3_node *n,
                      struct pail_s3_cors_rule *r, struct pail_error *err)
{
    r->id = pail_s3_node_text(n, "ID");
    r->has_max_age = pail_s3_node_child(n, "MaxAgeSeconds") != NULL;
    r->max_age_s = pail_s3_node_u32(n, "MaxAgeSeconds");
    int rc = pail_s3_node_texts(t, n, "AllowedMethod", &r->methods, err);
    if (rc == 0)
        rc = pail_s3_node_texts(t, n, "AllowedOrigin", &r->origins, err);
    if (rc == 0)
        rc = pail_s3_node_texts(t, n, "AllowedHeader", &r->headers, err);
    return rc < 0 ? rc : pail_s3_node_texts(t, n, "ExposeHeader", &r->expose_headers, err);
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    size_t n = pail_s3_node_count(tree->root, "CORSRule"), i = 0;
    struct pail_s3_cors_rule *rules = pail_s3_tree_alloc(tree, (n + 1) * sizeof(*rules));
    int rc = rules ? 0 : pail_error_nomem(err);

    for (PAIL_S3_EACH(it, tree->root, "CORSRule")) {
        if (rc == 0)
            rc = build_rule(tree, it, &rules[i++], err);
    }
    if (rc < 0)
        pail_s3_tree_free(tree);
    else
        *(struct pail_s3_cors *)ret = (struct pail_s3_cors){rules, n, tree};
    return rc;
}

static const struct pail_s3_doc_kind get_kind = {
    PAIL_S3_DOC_GET("GetBucketCors", true),
    .query = "cors",
    .root = "CORSConfiguration",
    .build = build,
    .ret_size = sizeof(struct pail_s3_cors),
    .done = drop,
};
static const struct pail_s3_doc_kind put_kind = {PAIL_S3_DOC_PUT("PutBucketCors", true),
                                                 .query = "cors"};
static const struct pail_s3_doc_kind delete_kind = {PAIL_S3_DOC_DELETE("DeleteBucketCors", true),
                                                    .query = "cors"};

static void write_cors(struct pail_buf *xml, const struct pail_s3_cors *cors)
{
    pail_buf_z(xml, "<CORSConfiguration" PAIL_S3_XMLNS ">");
    for (size_t i = 0; i < cors->n; i++) {
        const struct pail_s3_cors_rule *r = &cors->rules[i];
        pail_buf_z(xml, "<CORSRule>");
        pail_s3_xml_opt(xml, "ID", r->id);
        pail_s3_xml_texts(xml, "AllowedHeader", r->headers);
        pail_s3_xml_texts(xml, "AllowedMethod", r->methods);
        pail_s3_xml_texts(xml, "AllowedOrigin", r->origins);
        pail_s3_xml_texts(xml, "ExposeHeader", r->expose_headers);
        if (r->has_max_age)
            pail_buf_fmt(xml, "<MaxAgeSeconds>%u</MaxAgeSeconds>", r->max_age_s);
        pail_buf_z(xml, "</CORSRule>");
    }
    pail_buf_z(xml, "</CORSConfiguration>");
}

int pail_s3_cors_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           struct pail_s3_cors *ret, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &get_kind, &o, ret, done, ud, ret_call, err);
}

int pail_s3_cors_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                     struct pail_s3_cors *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_cors_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_cors_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                           const struct pail_s3_cors *cors, pail_done_fn *done, void *ud,
                           struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    write_cors(&xml, cors);
    return pail_s3_doc_put_async(s3, &put_kind, &o, &xml, done, ud, ret_call, err);
}

int pail_s3_cors_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                     const struct pail_s3_cors *cors, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_cors_put_async(s3, args, cors, PAIL_S3_WAITED));
}

int pail_s3_cors_delete_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                              pail_done_fn *done, void *ud, struct pail_call **ret_call,
                              struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &delete_kind, &o, NULL, done, ud, ret_call, err);
}

int pail_s3_cors_delete(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                        struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_cors_delete_async(s3, args, PAIL_S3_WAITED));
}
