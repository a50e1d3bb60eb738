/* SPDX-License-Identifier: Apache-2.0 */
/* From settings and operations to hosts and paths. The rules behind: test-route.c. */
#include "s3/addressing.h"

#include "base/buf.h"
#include "unit/test.h"

static int address(const struct pail_s3_endpoint_options *opt, const char *region,
                   const char *operation, const char *bucket, const char *key, char *ret,
                   size_t cap, struct pail_error *err)
{
    struct pail_s3_endpoint e;
    struct pail_s3_route *route = NULL;
    struct pail_request rq;
    struct pail_buf url = PAIL_BUF_INIT(4096);

    int rc = pail_s3_endpoint_init(&e, opt, err);
    if (rc < 0)
        return rc;
    pail_request_init(&rq);
    struct pail_s3_way way = pail_s3_way_of(operation, pail_str(bucket), !*key);
    rc = pail_s3_endpoint_route(&e, pail_str(region), pail_str(bucket), &way, &route, err);
    if (rc == 0)
        rc = pail_s3_route_apply(route, pail_str(key), &rq, err);
    if (rc == 0) {
        pail_request_url(&rq, true, &url);
        snprintf(ret, cap, "%s", pail_buf_cstr(&url));
    }
    pail_buf_done(&url);
    pail_request_done(&rq);
    route = pail_s3_route_unref(route);
    pail_s3_endpoint_done(&e);
    return rc;
}

static void test_table(void **state)
{
    static const struct {
        struct pail_s3_endpoint_options opt;
        const char *region, *bucket, *key, *url;
    } cases[] = {
        {{NULL}, "us-east-1", "bkt", "k", "https://bkt.s3.us-east-1.amazonaws.com/k"},
        {{.global = true}, "us-east-1", "bkt", "k", "https://bkt.s3.amazonaws.com/k"},
        {{.global = true}, "eu-west-1", "bkt", "k", "https://bkt.s3.eu-west-1.amazonaws.com/k"},
        {{NULL}, "us-east-1", "", "", "https://s3.us-east-1.amazonaws.com/"},
        {{NULL}, "us-east-1", "bkt", "", "https://bkt.s3.us-east-1.amazonaws.com/"},
        {{NULL}, "us-east-1", "a.b", "k", "https://s3.us-east-1.amazonaws.com/a.b/k"},
        {{NULL}, "us-east-1", "Bkt", "k", "https://s3.us-east-1.amazonaws.com/Bkt/k"},
        {{NULL}, "us-east-1", "b_t", "k", "https://s3.us-east-1.amazonaws.com/b_t/k"},
        {{NULL}, "us-east-1", "ab", "k", "https://s3.us-east-1.amazonaws.com/ab/k"},
        {{NULL, PAIL_S3_PATH}, "us-east-1", "bkt", "k", "https://s3.us-east-1.amazonaws.com/bkt/k"},
        {{NULL, PAIL_S3_PATH, .accelerate = true},
         "us-east-1",
         "bkt",
         "k",
         "https://bkt.s3-accelerate.amazonaws.com/k"},
        {{"http://h:9000"}, "r", "bkt", "k", "http://h:9000/bkt/k"},
        {{"http://h:9000/"}, "r", "bkt", "k", "http://h:9000/bkt/k"},
        {{"http://h/pre/fix"}, "r", "bkt", "k", "http://h/pre/fix/bkt/k"},
        {{"http://h/pre/"}, "r", "", "", "http://h/pre/"},
        {{"http://h", .fips = true, .dualstack = true}, "r", "bkt", "k", "http://h/bkt/k"},
        {{"http://h:9000", PAIL_S3_VIRTUAL}, "r", "bkt", "k", "http://bkt.h:9000/k"},
        {{"http://h", PAIL_S3_VIRTUAL}, "r", "a.b", "k", "http://a.b.h/k"},
        {{"https://h", PAIL_S3_VIRTUAL}, "r", "a.b", "k", "https://h/a.b/k"},
        {{"http://10.0.0.1", PAIL_S3_VIRTUAL}, "r", "bkt", "k", "http://10.0.0.1/bkt/k"},
        {{"http://[::1]:90", PAIL_S3_VIRTUAL}, "r", "bkt", "k", "http://[::1]:90/bkt/k"},
        {{"http://h", PAIL_S3_VIRTUAL}, "r", "10.0.0.1", "k", "http://h/10.0.0.1/k"},
        {{"https://s3-accelerate.amazonaws.com"},
         "r",
         "bkt",
         "k",
         "https://bkt.s3-accelerate.amazonaws.com/k"},
        {{"http://h"},
         "us-west-2",
         "arn:aws:s3:us-west-2:123456789012:accesspoint/ap",
         "k",
         "http://ap-123456789012.h/k"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        char url[256];
        assert_ok(address(&cases[i].opt, cases[i].region, "GetObject", cases[i].bucket,
                          cases[i].key, url, sizeof(url), &err),
                  &err);
        assert_string_equal(url, cases[i].url);
    }
}

static void test_operations(void **state)
{
    static const struct pail_s3_endpoint_options opt = {NULL};
    static const struct {
        const char *operation, *bucket, *key, *url;
    } cases[] = {
        {"GetBucketLocation", "bkt", "", "https://s3.us-west-2.amazonaws.com/bkt"},
        {"GetObject", "b--usw2-az1--x-s3", "k",
         "https://b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com/k"},
        {"ListObjectsV2", "b--usw2-az1--x-s3", "",
         "https://b--usw2-az1--x-s3.s3express-usw2-az1.us-west-2.amazonaws.com/"},
        {"DeleteBucket", "b--usw2-az1--x-s3", "",
         "https://s3express-control.us-west-2.amazonaws.com/b--usw2-az1--x-s3"},
        {"PutBucketPolicy", "b--usw2-az1--x-s3", "",
         "https://s3express-control.us-west-2.amazonaws.com/b--usw2-az1--x-s3"},
        {"ListDirectoryBuckets", "", "", "https://s3express-control.us-west-2.amazonaws.com/"},
        {"WriteGetObjectResponse", "", "", "https://s3-object-lambda.us-west-2.amazonaws.com/"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        char url[256];
        assert_ok(address(&opt, "us-west-2", cases[i].operation, cases[i].bucket, cases[i].key, url,
                          sizeof(url), &err),
                  &err);
        assert_string_equal(url, cases[i].url);
    }
}

static void test_errors(void **state)
{
    const struct pail_s3_endpoint_options aws = {NULL}, bad = {"nonsense"},
                                          fast = {"http://h", .accelerate = true};
    struct pail_error err = PAIL_ERROR_INIT;
    char url[256];

    assert_code(address(&aws, "evil.example.com/", "GetObject", "bkt", "", url, sizeof(url), &err),
                PAIL_E_CONFIG);
    assert_code(address(&aws, "", "GetObject", "bkt", "", url, sizeof(url), &err),
                PAIL_E_NO_REGION);
    assert_true(address(&bad, "r", "GetObject", "bkt", "", url, sizeof(url), &err) < 0);
    assert_non_null(strstr(err.message, "S3 endpoint URL: "));
    assert_code(address(&fast, "r", "GetObject", "bkt", "k", url, sizeof(url), &err),
                PAIL_E_CONFIG);
    assert_string_equal(err.message, "A custom endpoint cannot be combined with S3 Accelerate");
    assert_code(address(&aws, "us-east-1", "CreateBucket",
                        "arn:aws:s3:us-east-1:123456789012:accesspoint/ap", "", url, sizeof(url),
                        &err),
                PAIL_E_CONFIG);
}

static void test_bucket_check(void **state)
{
    static const char *const good[] = {
        "a",
        "bkt",
        "A_b.c-d",
        "...",
        "b--usw2-az1--x-s3",
        "arn:aws:s3:us-west-2:123456789012:accesspoint/ap",
        "arn:aws:s3:us-west-2:123456789012:accesspoint:ap",
        "arn:aws:s3::123456789012:accesspoint/m.mrap",
        "arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint/ap",
        "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/ap",
    };
    static const char *const bad[] = {
        "",
        "a/b",
        "a b",
        "a?b",
        "\xc3\xa4",
        ".",
        "..",
        "a\n",
        "arn:aws:s3:us-west-2:123456789012:thing/x",
        "arn:aws:s3:us-west-2:12345678901:accesspoint/ap",
        "arn:aws:s3:us-west-2:123456789012:accesspoint/",
        "arn:aws:s3:us-west-2:123456789012:accesspoint/a/b",
        "arn:aws:s3-outposts::123456789012:outpost/op-1/accesspoint/ap",
        "arn:aws:sqs:us-west-2:123456789012:accesspoint/ap",
    };
    char long_name[300];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++)
        assert_ok(pail_s3_bucket_check(pail_str(good[i]), NULL), NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_s3_bucket_check(pail_str(bad[i]), NULL), PAIL_E_INVALID);
    memset(long_name, 'a', sizeof(long_name));
    assert_ok(pail_s3_bucket_check(pail_strn(long_name, 255), NULL), NULL);
    assert_code(pail_s3_bucket_check(pail_strn(long_name, 256), NULL), PAIL_E_INVALID);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_table), cmocka_unit_test(test_operations),
               cmocka_unit_test(test_errors), cmocka_unit_test(test_bucket_check))
