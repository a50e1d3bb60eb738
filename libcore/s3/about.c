/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/about.c - GetObjectAttributes: everything it can tell is asked for.
 *
 * The ETag comes without its quotes, in a document; the rest of what identifies the version comes
 * in headers.
 */
#include <pail/s3_versions.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "s3/attributes.h"
#include "s3/doc.h"

void pail_s3_about_done(struct pail_s3_about *a)
{
    if (!a)
        return;
    pail_s3_tree_free(a->impl);
    *a = (struct pail_s3_about){.impl = NULL};
}

static void drop(void *ret)
{
    pail_s3_about_done(ret);
}

static struct pail_s3_checksums sums_of(const struct pail_s3_node *n)
{
    return (struct pail_s3_checksums){.crc32 = pail_s3_node_text(n, "ChecksumCRC32"),
                                      .crc32c = pail_s3_node_text(n, "ChecksumCRC32C"),
                                      .crc64nvme = pail_s3_node_text(n, "ChecksumCRC64NVME"),
                                      .sha1 = pail_s3_node_text(n, "ChecksumSHA1"),
                                      .sha256 = pail_s3_node_text(n, "ChecksumSHA256"),
                                      .type = pail_s3_node_text(n, "ChecksumType")};
}

static int build_parts(struct pail_s3_tree *t, struct pail_s3_about *a, struct pail_error *err)
{
    const struct pail_s3_node *list = pail_s3_node_child(t->root, "ObjectParts");
    size_t n = pail_s3_node_count(list, "Part"), i = 0;
    struct pail_s3_object_part *parts = pail_s3_tree_alloc(t, (n + 1) * sizeof(*parts));

    if (!parts)
        return pail_error_nomem(err);
    for (PAIL_S3_EACH(it, list, "Part")) {
        parts[i].number = pail_s3_node_u32(it, "PartNumber");
        (void)pail_str_to_u64(pail_s3_node_text(it, "Size"), &parts[i].size);
        parts[i++].checksums = sums_of(it);
    }
    a->parts = parts;
    a->n_parts = n;
    a->total_parts = pail_s3_node_u32(list, "PartsCount");
    if (!a->total_parts)
        a->total_parts = pail_s3_node_u32(list, "TotalPartsCount");
    if (pail_s3_node_is(list, "IsTruncated", "true"))
        a->next_part_marker = pail_s3_node_u32(list, "NextPartNumberMarker");
    return 0;
}

static int build_etag(struct pail_s3_tree *t, struct pail_s3_about *a, struct pail_error *err)
{
    struct pail_str bare = pail_s3_node_text(t->root, "ETag");
    if (bare.len == 0 || bare.ptr[0] == '"') {
        a->etag = bare;
        return 0;
    }
    char *p = pail_s3_tree_alloc(t, bare.len + 2);
    if (!p)
        return pail_error_nomem(err);
    p[0] = p[bare.len + 1] = '"';
    memcpy(p + 1, bare.ptr, bare.len);
    a->etag = pail_strn(p, bare.len + 2);
    return 0;
}

static int build(struct pail_s3_doc_op *d, struct pail_s3_tree *tree,
                 const struct pail_response *rs, void *ret, struct pail_error *err)
{
    struct pail_s3_about *a = ret;
    struct pail_str date = pail_headers_get(rs->headers, "last-modified");
    int64_t unix_s;

    a->impl = tree;
    a->size = UINT64_MAX;
    (void)pail_str_to_u64(pail_s3_node_text(tree->root, "ObjectSize"), &a->size);
    a->storage_class = pail_s3_node_text(tree->root, "StorageClass");
    a->checksums = sums_of(pail_s3_node_child(tree->root, "Checksum"));
    a->version_id = pail_s3_tree_text(tree, pail_headers_get(rs->headers, "x-amz-version-id"));
    a->delete_marker = pail_str_ieq(pail_headers_get(rs->headers, "x-amz-delete-marker"),
                                    PAIL_STR("true"));
    if (date.len && pail_time_parse_http(date, &unix_s, NULL) == 0)
        a->mtime_ns = unix_s * PAIL_NS_PER_S;
    int rc = build_etag(tree, a, err);
    if (rc == 0)
        rc = build_parts(tree, a, err);
    if (rc < 0)
        pail_s3_tree_free(tree);
    return rc;
}

static const struct pail_s3_doc_kind kind = {
    PAIL_S3_DOC_GET("GetObjectAttributes", false), .query = "attributes",
    .root = "GetObjectAttributesResponse",         .build = build,
    .ret_size = sizeof(struct pail_s3_about),      .done = drop,
};

static void number_header(struct pail_s3_op *op, const char *name, unsigned v)
{
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(32);

    if (v == 0)
        return;
    pail_buf_u64(&text, v);
    if (op->problem.code == 0 && pail_buf_check(&text, name, &op->problem) == 0)
        pail_s3_op_header(op, name, pail_buf_view(&text));
}

int pail_s3_about_async(struct pail_s3 *s3, const struct pail_s3_about_args *args,
                        struct pail_s3_about *ret, pail_done_fn *done, void *ud,
                        struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    int rc = pail_s3_doc_new(s3, &kind, &args->object, ret, &op, err);
    if (rc < 0)
        return rc;
    struct pail_s3_access key_only = {.sse_c_key = args->object.access.sse_c_key};
    pail_s3_access_add(op, &key_only);
    pail_s3_op_header(op, "x-amz-object-attributes",
                      PAIL_STR("ETag,Checksum,ObjectParts,StorageClass,ObjectSize"));
    number_header(op, "x-amz-max-parts", args->max_parts);
    number_header(op, "x-amz-part-number-marker", args->part_marker);
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_about(struct pail_s3 *s3, const struct pail_s3_about_args *args,
                  struct pail_s3_about *ret, struct pail_error *err)
{
    PAIL_S3_BLOCKING(pail_s3_about_async(s3, args, ret, PAIL_S3_WAITED));
}
