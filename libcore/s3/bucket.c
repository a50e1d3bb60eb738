/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/bucket.c - CreateBucket, DeleteBucket, HeadBucket, GetBucketLocation. Listing them: buckets.c.
 *
 * Creating and deleting are not repeated after a lost reply: the repetition would report the first
 * one's success as "exists already" or "no such bucket".
 */
#include "base/str.h"
#include "s3/answer.h"
#include "s3/op.h"

struct region_op {
    struct pail_s3_op op;
    char *ret; /* [PAIL_S3_REGION_MAX]; NULL: not wanted */
};

static void drop_region(struct pail_s3_op *op)
{
    char *ret = PAIL_CONTAINER(op, struct region_op, op)->ret;
    if (ret)
        *ret = '\0';
}

/* ---- Create, delete ---- */

static const struct pail_s3_op_kind create_kind = {
    .name = "CreateBucket",
    .method = "PUT",
    .size = sizeof(struct pail_s3_op),
    .on_bucket = true,
    .creates_bucket = true,
};

int pail_s3_bucket_create_async(struct pail_s3 *s3, const struct pail_call_options *call,
                                struct pail_str bucket, pail_done_fn *done, void *ud,
                                struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;
    const char *region = s3->fixed.region;

    int rc = pail_s3_op_new(s3, &create_kind, bucket, PAIL_STR(""), call, &op, err);
    if (rc < 0)
        return rc;
    /* A service of one's own has no regions, or names of its own for them: told only what the
     * caller chose. */
    bool told = !s3->fixed.endpoint.custom || s3->fixed.region_explicit;
    if (told && strcmp(region, "us-east-1") != 0) {
        struct pail_buf xml = PAIL_BUF_INIT(1024);
        pail_buf_z(&xml, "<CreateBucketConfiguration "
                         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        pail_xml_element(&xml, "LocationConstraint", pail_str(region));
        pail_buf_z(&xml, "</CreateBucketConfiguration>");
        pail_s3_op_document(op, &xml, false);
    } else {
        pail_s3_op_no_bytes(op);
    }
    op->unsafe = true;
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_bucket_create(struct pail_s3 *s3, const struct pail_call_options *call,
                          struct pail_str bucket, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_bucket_create_async(s3, call, bucket, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

static const struct pail_s3_op_kind delete_kind = {
    .name = "DeleteBucket",
    .method = "DELETE",
    .size = sizeof(struct pail_s3_op),
    .on_bucket = true,
};

int pail_s3_bucket_delete_async(struct pail_s3 *s3, const struct pail_call_options *call,
                                struct pail_str bucket, pail_done_fn *done, void *ud,
                                struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;
    int rc = pail_s3_op_new(s3, &delete_kind, bucket, PAIL_STR(""), call, &op, err);
    if (rc < 0)
        return rc;
    op->unsafe = true;
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_bucket_delete(struct pail_s3 *s3, const struct pail_call_options *call,
                          struct pail_str bucket, struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_bucket_delete_async(s3, call, bucket, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

/* ---- Where is it? ---- */

static int head_parse(struct pail_s3_op *op, const struct pail_response *rs, struct pail_error *err)
{
    char *ret = PAIL_CONTAINER(op, struct region_op, op)->ret;

    if (!ret)
        return 0;
    return pail_s3_copy_text("a region", pail_headers_get(rs->headers, "x-amz-bucket-region"), ret,
                             PAIL_S3_REGION_MAX, err);
}

static const struct pail_s3_op_kind head_kind = {
    .name = "HeadBucket",
    .method = "HEAD",
    .size = sizeof(struct region_op),
    .on_bucket = true,
    .parse = head_parse,
    .drop = drop_region,
};

int pail_s3_bucket_head_async(struct pail_s3 *s3, const struct pail_call_options *call,
                              struct pail_str bucket, char ret_region[64], pail_done_fn *done,
                              void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    if (ret_region)
        *ret_region = '\0';
    int rc = pail_s3_op_new(s3, &head_kind, bucket, PAIL_STR(""), call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct region_op, op)->ret = ret_region;
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_bucket_head(struct pail_s3 *s3, const struct pail_call_options *call,
                        struct pail_str bucket, char ret_region[64], struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_bucket_head_async(s3, call, bucket, ret_region, pail_s3_wait_done, &w, &w.call,
                                       err);
    return pail_s3_wait(&w, rc, err);
}

static int location_leaf(void *ud, struct pail_str path, struct pail_str text,
                         struct pail_error *err)
{
    struct region_op *r = ud;

    if (!pail_str_eqz(path, "LocationConstraint"))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a document \"%.*s\"",
                              PAIL_STR_ARG(path));
    if (text.len == 0)
        text = PAIL_STR("us-east-1");
    else if (pail_str_eqz(text, "EU"))
        text = PAIL_STR("eu-west-1");
    return pail_s3_copy_text("a region", text, r->ret, PAIL_S3_REGION_MAX, err);
}

static int location_parse(struct pail_s3_op *op, const struct pail_response *rs,
                          struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = location_leaf};
    return pail_s3_parse_xml(rs->body, &handler, PAIL_CONTAINER(op, struct region_op, op), err);
}

/* In path style it is answered for buckets of any region. */
static const struct pail_s3_op_kind location_kind = {
    .name = "GetBucketLocation",
    .method = "GET",
    .size = sizeof(struct region_op),
    .xml = true,
    .on_bucket = true,
    .force_path = true,
    .parse = location_parse,
    .drop = drop_region,
};

int pail_s3_bucket_location_async(struct pail_s3 *s3, const struct pail_call_options *call,
                                  struct pail_str bucket, char ret_region[64], pail_done_fn *done,
                                  void *ud, struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_s3_op *op;

    *ret_region = '\0';
    int rc = pail_s3_op_new(s3, &location_kind, bucket, PAIL_STR(""), call, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct region_op, op)->ret = ret_region;
    pail_s3_op_query(op, "location", PAIL_STR(""));
    return pail_s3_op_submit(op, done, ud, ret_call, err);
}

int pail_s3_bucket_location(struct pail_s3 *s3, const struct pail_call_options *call,
                            struct pail_str bucket, char ret_region[64], struct pail_error *err)
{
    struct pail_s3_wait w;
    int rc = pail_s3_bucket_location_async(s3, call, bucket, ret_region, pail_s3_wait_done, &w,
                                           &w.call, err);
    return pail_s3_wait(&w, rc, err);
}
