/* SPDX-License-Identifier: Apache-2.0 */
/* s3/tags.c - tags of buckets and objects: one document for both. */
#include <pail/s3_tags.h>

#include "base/str.h"
#include "base/xml.h"
#include "s3/doc.h"

void pail_s3_tags_done(struct pail_s3_tags *t)
{
    if (!t)
        return;
    pail_s3_tree_free(t->impl);
    *t = (struct pail_s3_tags){0};
}

static void drop(void *ret)
{
    pail_s3_tags_done(ret);
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    const struct pail_s3_node *set = pail_s3_node_child(tree->root, "TagSet");
    size_t n = pail_s3_node_count(set, "Tag"), i = 0;
    struct pail_s3_tag *tags = pail_s3_tree_alloc(tree, (n + 1) * sizeof(*tags));

    if (!tags) {
        pail_s3_tree_free(tree);
        return pail_error_nomem(err);
    }
    for (PAIL_S3_EACH(it, set, "Tag"))
        tags[i++] = (struct pail_s3_tag){pail_s3_node_text(it, "Key"),
                                         pail_s3_node_text(it, "Value")};
    *(struct pail_s3_tags *)ret = (struct pail_s3_tags){tags, n, tree};
    return 0;
}

static void write_tags(struct pail_buf *xml, const struct pail_s3_tags *tags)
{
    pail_buf_z(xml, "<Tagging" PAIL_S3_XMLNS "><TagSet>");
    for (size_t i = 0; i < tags->n; i++) {
        pail_buf_z(xml, "<Tag>");
        pail_xml_element(xml, "Key", tags->tags[i].key);
        pail_xml_element(xml, "Value", tags->tags[i].value);
        pail_buf_z(xml, "</Tag>");
    }
    pail_buf_z(xml, "</TagSet></Tagging>");
}

/* ---- Buckets ---- */

static const struct pail_s3_doc_kind bucket_get = {
    PAIL_S3_DOC_GET("GetBucketTagging", true),
    .query = "tagging",
    .root = "Tagging",
    .build = build,
    .ret_size = sizeof(struct pail_s3_tags),
    .done = drop,
};
static const struct pail_s3_doc_kind bucket_put = {PAIL_S3_DOC_PUT("PutBucketTagging", true),
                                                   .query = "tagging"};
static const struct pail_s3_doc_kind bucket_delete = {
    PAIL_S3_DOC_DELETE("DeleteBucketTagging", true), .query = "tagging"};

int pail_s3_bucket_tags_get_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                  struct pail_s3_tags *ret, pail_done_fn *done, void *ud,
                                  struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &bucket_get, &o, ret, done, ud, ret_call, err);
}

int pail_s3_bucket_tags_get(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                            struct pail_s3_tags *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_bucket_tags_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_bucket_tags_put_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                  const struct pail_s3_tags *tags, pail_done_fn *done, void *ud,
                                  struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    write_tags(&xml, tags);
    return pail_s3_doc_put_async(s3, &bucket_put, &o, &xml, done, ud, ret_call, err);
}

int pail_s3_bucket_tags_put(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                            const struct pail_s3_tags *tags, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_bucket_tags_put_async(s3, args, tags, PAIL_S3_WAITED));
}

int pail_s3_bucket_tags_delete_async(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                                     pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                     struct pail_error *err)
{
    struct pail_s3_object_args o = pail_s3_of_bucket(args);

    return pail_s3_doc_async(s3, &bucket_delete, &o, NULL, done, ud, ret_call, err);
}

int pail_s3_bucket_tags_delete(struct pail_s3 *s3, const struct pail_s3_bucket_args *args,
                               struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_bucket_tags_delete_async(s3, args, PAIL_S3_WAITED));
}

/* ---- Objects ---- */

static const struct pail_s3_doc_kind object_get = {
    PAIL_S3_DOC_GET("GetObjectTagging", false),
    .query = "tagging",
    .root = "Tagging",
    .build = build,
    .ret_size = sizeof(struct pail_s3_tags),
    .done = drop,
};
static const struct pail_s3_doc_kind object_put = {PAIL_S3_DOC_PUT("PutObjectTagging", false),
                                                   .query = "tagging"};
static const struct pail_s3_doc_kind object_delete = {
    PAIL_S3_DOC_DELETE("DeleteObjectTagging", false), .query = "tagging"};

int pail_s3_object_tags_get_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                                  struct pail_s3_tags *ret, pail_done_fn *done, void *ud,
                                  struct pail_call **ret_call, struct pail_error *err)
{
    return pail_s3_doc_async(s3, &object_get, args, ret, done, ud, ret_call, err);
}

int pail_s3_object_tags_get(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                            struct pail_s3_tags *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_object_tags_get_async(s3, args, ret, PAIL_S3_WAITED));
}

int pail_s3_object_tags_put_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                                  const struct pail_s3_tags *tags, pail_done_fn *done, void *ud,
                                  struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_buf xml = PAIL_BUF_INIT(PAIL_S3_DOC_MAX);

    write_tags(&xml, tags);
    return pail_s3_doc_put_async(s3, &object_put, args, &xml, done, ud, ret_call, err);
}

int pail_s3_object_tags_put(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                            const struct pail_s3_tags *tags, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_object_tags_put_async(s3, args, tags, PAIL_S3_WAITED));
}

int pail_s3_object_tags_delete_async(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                                     pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                     struct pail_error *err)
{
    return pail_s3_doc_async(s3, &object_delete, args, NULL, done, ud, ret_call, err);
}

int pail_s3_object_tags_delete(struct pail_s3 *s3, const struct pail_s3_object_args *args,
                               struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_object_tags_delete_async(s3, args, PAIL_S3_WAITED));
}
