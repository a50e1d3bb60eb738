/* SPDX-License-Identifier: Apache-2.0 */
/* No memory, at every place of an operation: from the session's beginning to its end. */
#include "unit/s3/script.h"
#include "unit/torture.h"

struct subject {
    const char *name;
    struct script_answer answers[3];
    size_t n;
    int (*body)(struct pail_s3 *s3, struct pail_error *err);
};

static int do_put(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_bytes segment = {"data", 4};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1};
    struct pail_s3_meta meta = {PAIL_STR("a"), PAIL_STR("b")};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"),
                                    .key = PAIL_STR("k"),
                                    .attributes = {.meta = &meta, .n_meta = 1}};
    struct pail_s3_put_result result;
    return pail_s3_put(s3, &args, &body, &result, err);
}

static int read_data(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                     struct pail_error *err)
{
    *ret_n = cap < 4 - offset ? cap : 4 - offset;
    memcpy(dst, "data" + offset, *ret_n);
    return 0;
}

/* Behind the body, in a header, not at all. */
static int do_put_by_reading(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_body body = {.read = read_data, .length = 4, .checksum = PAIL_S3_SHA256};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_put_result result;
    return pail_s3_put(s3, &args, &body, &result, err);
}

static int do_express(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_delete_args args = {.bucket = PAIL_STR("b--use1-az4--x-s3"),
                                       .key = PAIL_STR("k")};
    return pail_s3_delete(s3, &args, err);
}

static int do_multi_region(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_delete_args args = {
        .bucket = PAIL_STR("arn:aws:s3::123456789012:accesspoint/m.mrap"), .key = PAIL_STR("k")};
    return pail_s3_delete(s3, &args, err);
}

static int swallow(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    return 0;
}

static int do_get(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_get_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_sink sink = {.write = swallow};
    struct pail_s3_object o;
    int rc = pail_s3_get(s3, &args, &sink, &o, err);
    pail_s3_object_done(&o);
    return rc;
}

static int do_head(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_object o;
    int rc = pail_s3_head(s3, &args, &o, err);
    pail_s3_object_done(&o);
    return rc;
}

static int do_list(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_list_args args = {.bucket = PAIL_STR("bkt"), .prefix = PAIL_STR("p")};
    struct pail_s3_page page;
    int rc = pail_s3_list(s3, &args, &page, err);
    pail_s3_page_done(&page);
    return rc;
}

static int do_delete_many(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_str keys[] = {PAIL_STR("a"), PAIL_STR("b")};
    struct pail_error results[2];
    struct pail_s3_delete_many_args args = {
        .bucket = PAIL_STR("bkt"), .keys = keys, .n_keys = PAIL_ARRAY_LEN(keys)};
    return pail_s3_delete_many(s3, &args, results, err);
}

static int do_complete(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_part part = {.number = 1, .etag = "\"e\"", .checksum = "AAAAAA=="};
    struct pail_s3_mpu_complete_args args = {.bucket = PAIL_STR("bkt"),
                                             .key = PAIL_STR("k"),
                                             .upload_id = PAIL_STR("u"),
                                             .parts = &part,
                                             .n_parts = 1};
    struct pail_s3_put_result result;
    return pail_s3_mpu_complete(s3, &args, &result, err);
}

static int do_buckets(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_buckets buckets;
    struct pail_s3_buckets_args args = {.prefix = PAIL_STR("p")};
    int rc = pail_s3_list_buckets(s3, NULL, &buckets, err);
    pail_s3_buckets_done(&buckets);
    if (rc == 0)
        rc = pail_s3_buckets_page(s3, &args, &buckets, err);
    if (rc == 0)
        pail_s3_buckets_done(&buckets);
    return rc;
}

static int do_presign(struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_s3_presign_args args = {
        .method = "GET", .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    char *url = NULL;
    int rc = pail_s3_presign(s3, &args, &url, err);
    pail_s3_free(url);
    return rc;
}

static const struct subject subjects[] = {
    {"put", {{200, "ETag: \"e\"", NULL, 0}}, 1, do_put},
    {"put by reading", {{200, "ETag: \"e\"", NULL, 0}}, 1, do_put_by_reading},
    {"express",
     {{200, NULL,
       "<R><Credentials><SessionToken>t</SessionToken><SecretAccessKey>s</SecretAccessKey>"
       "<AccessKeyId>a</AccessKeyId><Expiration>2090-01-01T00:00:00Z</Expiration></Credentials>"
       "</R>",
       0},
      {204, NULL, NULL, 0}},
     2,
     do_express},
    {"multi-region", {{204, NULL, NULL, 0}}, 1, do_multi_region},
    {"get", {{200, "ETag: \"e\"\nx-amz-checksum-crc32: y/Q5Jg==", "123456789", 0}}, 1, do_get},
    {"head", {{200, "ETag: \"e\"\nx-amz-meta-a: =?UTF-8?Q?b?=", NULL, 0}}, 1, do_head},
    {"redirect",
     {{301, "x-amz-bucket-region: eu-west-1", "<Error><Code>PermanentRedirect</Code></Error>", 0},
      {200, "ETag: \"e\"", NULL, 0}},
     2,
     do_put},
    {"list",
     {{200, NULL,
       "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>b+</Key></Contents>"
       "<CommonPrefixes><Prefix>a</Prefix></CommonPrefixes></ListBucketResult>",
       0}},
     1,
     do_list},
    {"delete many", {{200, NULL, "<DeleteResult/>", 0}}, 1, do_delete_many},
    {"complete", {{200, NULL, "<R><ETag>e</ETag></R>", 0}}, 1, do_complete},
    {"buckets",
     {{200, NULL,
       "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets>"
       "<ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>",
       0},
      {200, NULL, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", 0}},
     2,
     do_buckets},
    {"presign", {{500, NULL, NULL, 0}}, 1, do_presign},
};

static int body(void *ud, struct pail_error *err)
{
    const struct subject *subject = ud;
    struct script sc;

    int rc = script_open(&sc, subject->answers, subject->n, err);
    if (rc == 0)
        rc = subject->body(sc.s3, err);
    script_close(&sc);
    return rc;
}

static void test_all(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(subjects); i++) {
        /* Once with memory: what is allocated for good is allocated now. */
        assert_ok(body((void *)&subjects[i], &err), &err);
        pail_torture(subjects[i].name, body, (void *)&subjects[i]);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_all))
