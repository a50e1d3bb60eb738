/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets that are not ordinary: access points, multi-region ones, Outposts, directory buckets. */
#include <string.h>

#include "unit/s3/script.h"

#define START(sc, opt, ...)                                                                        \
    static const struct script_answer answers_[] = {__VA_ARGS__};                                  \
    script_start((sc), answers_, PAIL_ARRAY_LEN(answers_), (opt))

#define SESSION(key, expires)                                                                      \
    "<CreateSessionResult><Credentials><SessionToken>TOKEN-" key                                   \
    "</SessionToken><SecretAccessKey>s</SecretAccessKey><AccessKeyId>" key                         \
    "</AccessKeyId><Expiration>" expires "</Expiration></Credentials></CreateSessionResult>"
#define LATER "2090-01-01T00:00:00Z"

static int delete_from(struct pail_s3 *s3, const char *bucket, struct pail_error *err)
{
    struct pail_s3_delete_args args = {.bucket = pail_str(bucket), .key = PAIL_STR("k")};

    *err = (struct pail_error)PAIL_ERROR_INIT;
    return pail_s3_delete(s3, &args, err);
}

static const char *region_setting(const char *name)
{
    if (strcmp(name, "AWS_SIGV4A_SIGNING_REGION_SET") == 0)
        return "us-east-1,eu-*";
    return strcmp(name, "AWS_AUTH_SCHEME_PREFERENCE") == 0 ? "sigv4,sigv4a" : NULL;
}

static bool authorization_has(const struct script *sc, size_t i, const char *text)
{
    const char *value = script_header(sc, i, "Authorization");
    return value && strstr(value, text);
}

static void test_access_point(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {204}, {204});

    assert_ok(delete_from(sc.s3, "arn:aws:s3:us-west-2:123456789012:accesspoint/ap", &err), &err);
    assert_true(script_has(&sc, 0,
                           "DELETE https://ap-123456789012.s3-accesspoint.us-west-2"
                           ".amazonaws.com/k\n"));
    assert_true(authorization_has(&sc, 0, "/us-west-2/s3/aws4_request"));
    assert_ok(
        delete_from(sc.s3, "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/ol", &err),
        &err);
    assert_true(authorization_has(&sc, 1, "/us-west-2/s3-object-lambda/aws4_request"));
    script_end(&sc);
}

static void test_access_point_refused(void **state)
{
    struct script sc;
    struct pail_error err;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;

    opt.use_arn_region = PAIL_S3_OFF;
    opt.multi_region_access_points = PAIL_S3_OFF;
    script_start(&sc, NULL, 0, &opt);
    assert_code(delete_from(sc.s3, "arn:aws:s3:us-west-2:123456789012:accesspoint/ap", &err),
                PAIL_E_CONFIG);
    assert_non_null(strstr(err.message,
                           "Invalid configuration: region from ARN `us-west-2` does not match "
                           "client region `us-east-1` and UseArnRegion is `false`"));
    assert_code(delete_from(sc.s3, "arn:aws:s3::123456789012:accesspoint/m.mrap", &err),
                PAIL_E_CONFIG);
    assert_non_null(strstr(err.message, "Multi-Region Access Point ARNs are disabled."));
    script_end(&sc);
}

static void test_multi_region(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {204});

    assert_ok(delete_from(sc.s3, "arn:aws:s3::123456789012:accesspoint/m.mrap", &err), &err);
    assert_true(
        script_has(&sc, 0, "DELETE https://m.mrap.accesspoint.s3-global.amazonaws.com/k\n"));
    assert_true(authorization_has(&sc, 0, "AWS4-ECDSA-P256-SHA256 "));
    assert_true(authorization_has(&sc, 0, "/s3/aws4_request"));
    assert_string_equal(script_header(&sc, 0, "X-Amz-Region-Set"), "*");
    script_end(&sc);
}

#define OUTPOST "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/ap"

/* Outposts take both signatures. */
static void test_schemes(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {204});
    assert_ok(delete_from(sc.s3, OUTPOST, &err), &err);
    assert_true(authorization_has(&sc, 0, "AWS4-ECDSA-P256-SHA256 "));
    script_end(&sc);

    script_env = region_setting;
    script_start(&sc, (const struct script_answer[]){{204}, {204}}, 2, NULL);
    assert_ok(delete_from(sc.s3, OUTPOST, &err), &err);
    assert_true(authorization_has(&sc, 0, "AWS4-HMAC-SHA256 "));
    assert_true(authorization_has(&sc, 0, "/us-west-2/s3-outposts/aws4_request"));
    assert_ok(delete_from(sc.s3, "arn:aws:s3::123456789012:accesspoint/m.mrap", &err), &err);
    assert_string_equal(script_header(&sc, 1, "X-Amz-Region-Set"), "us-east-1,eu-*");
    script_end(&sc);
    script_env = NULL;
}

static const char *settings(const char *name)
{
    static const char *const all[][2] = {
        {"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional"},
        {"AWS_USE_DUALSTACK_ENDPOINT", "true"},
        {"AWS_USE_FIPS_ENDPOINT", "true"},
        {"AWS_S3_USE_ARN_REGION", "false"},
        {"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH", "true"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(all); i++) {
        if (strcmp(name, all[i][0]) == 0)
            return all[i][1];
    }
    return NULL;
}

static void test_settings(void **state)
{
    struct script sc;
    struct pail_error err;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;

    script_env = settings;
    script_start(&sc, (const struct script_answer[]){{204}, {204}}, 2, NULL);
    assert_ok(delete_from(sc.s3, "bkt", &err), &err);
    assert_true(
        script_has(&sc, 0, "DELETE https://bkt.s3-fips.dualstack.us-east-1.amazonaws.com/k\n"));
    assert_ok(delete_from(sc.s3, "b--use1-az4--x-s3", &err), &err);
    assert_true(authorization_has(&sc, 1, "Credential=AKIDEXAMPLE/"));
    assert_code(delete_from(sc.s3, "arn:aws:s3:us-west-2:123456789012:accesspoint/ap", &err),
                PAIL_E_CONFIG);
    script_end(&sc);

    opt.fips = opt.dualstack = PAIL_S3_OFF; /* options come first */
    script_start(&sc, (const struct script_answer[]){{204}}, 1, &opt);
    assert_ok(delete_from(sc.s3, "bkt", &err), &err);
    assert_true(script_has(&sc, 0, "DELETE https://bkt.s3.us-east-1.amazonaws.com/k\n"));
    script_end(&sc);
    script_env = NULL;
}

/* A redirect of an ARN's bucket teaches nothing. */
static void test_no_redirect(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {301, "x-amz-bucket-region: eu-west-1", NULL});

    assert_code(delete_from(sc.s3, "arn:aws:s3:us-west-2:123456789012:accesspoint/ap", &err),
                PAIL_E_REDIRECT);
    script_end(&sc);
}

#define BUCKET "b--use1-az4--x-s3"
#define HOST "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com"

static void test_session(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {200, NULL, SESSION("ONE", LATER)}, {204}, {204},
          {200, NULL, SESSION("TWO", LATER)}, {204});

    assert_ok(delete_from(sc.s3, BUCKET, &err), &err);
    assert_true(script_has(&sc, 0, "GET https://" HOST "/?session=\n"));
    assert_true(authorization_has(&sc, 0, "Credential=AKIDEXAMPLE/"));
    assert_true(authorization_has(&sc, 0, "/us-east-1/s3express/aws4_request"));
    assert_null(script_header(&sc, 0, "x-amz-s3session-token"));
    assert_true(script_has(&sc, 1, "DELETE https://" HOST "/k\n"));
    assert_true(authorization_has(&sc, 1, "Credential=ONE/"));
    assert_true(authorization_has(&sc, 1, "x-amz-s3session-token"));
    assert_string_equal(script_header(&sc, 1, "x-amz-s3session-token"), "TOKEN-ONE");
    assert_null(script_header(&sc, 1, "X-Amz-Security-Token"));
    /* Once for each bucket. */
    assert_ok(delete_from(sc.s3, BUCKET, &err), &err);
    assert_true(authorization_has(&sc, 2, "Credential=ONE/"));
    assert_ok(delete_from(sc.s3, "c--use1-az4--x-s3", &err), &err);
    assert_true(authorization_has(&sc, 4, "Credential=TWO/"));
    script_end(&sc);
}

static void test_session_refused(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {403, NULL, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"});

    assert_code(delete_from(sc.s3, BUCKET, &err), PAIL_E_ACCESS);
    assert_non_null(strstr(err.message, "CreateSession"));
    script_end(&sc);
}

static void test_session_expired(void **state)
{
    struct script sc;
    struct pail_error err;
    START(&sc, NULL, {200, NULL, SESSION("ONE", LATER)},
          {400, NULL, "<Error><Code>ExpiredToken</Code><Message>m</Message></Error>"},
          {200, NULL, SESSION("TWO", LATER)}, {204});

    assert_ok(delete_from(sc.s3, BUCKET, &err), &err);
    assert_true(authorization_has(&sc, 3, "Credential=TWO/"));
    script_end(&sc);
}

static void test_control(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    START(&sc, NULL, {204});

    assert_ok(pail_s3_bucket_delete(sc.s3, NULL, PAIL_STR(BUCKET), &err), &err);
    assert_true(script_has(
        &sc, 0, "DELETE https://s3express-control.us-east-1.amazonaws.com/" BUCKET "\n"));
    assert_true(authorization_has(&sc, 0, "Credential=AKIDEXAMPLE/"));
    assert_true(authorization_has(&sc, 0, "/us-east-1/s3express/aws4_request"));
    script_end(&sc);
}

static void test_without_sessions(void **state)
{
    struct script sc;
    struct pail_error err;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;

    opt.express_sessions = PAIL_S3_OFF;
    START(&sc, &opt, {204});
    assert_ok(delete_from(sc.s3, BUCKET, &err), &err);
    assert_true(authorization_has(&sc, 0, "Credential=AKIDEXAMPLE/"));
    assert_true(authorization_has(&sc, 0, "/us-east-1/s3express/aws4_request"));
    script_end(&sc);
}

static void test_presigned(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_presign_args args = {
        .method = "GET", .bucket = PAIL_STR(BUCKET), .key = PAIL_STR("k")};
    char *url = NULL;
    START(&sc, NULL, {200, NULL, SESSION("ONE", LATER)});

    assert_ok(pail_s3_presign(sc.s3, &args, &url, &err), &err);
    assert_non_null(strstr(url, "https://" HOST "/k?"));
    assert_non_null(strstr(url, "X-Amz-Credential=ONE%2F"));
    assert_non_null(strstr(url, "X-Amz-Expires=300&"));
    assert_non_null(strstr(url, "-token=TOKEN-ONE") ? url : strstr(url, "-Token=TOKEN-ONE"));
    pail_s3_free(url);
    script_end(&sc);
}

/* A hundred and one buckets: the first one's session is forgotten. */
static void test_many_sessions(void **state)
{
    static const struct script_answer answers[] = {{200, NULL, SESSION("ONE", LATER)}, {204}};
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    char bucket[64];

    assert_ok(script_open(&sc, answers, PAIL_ARRAY_LEN(answers), &err), &err);
    for (unsigned i = 0; i <= 100; i++) {
        snprintf(bucket, sizeof(bucket), "b%u--use1-az4--x-s3", i);
        assert_ok(delete_from(sc.s3, bucket, &err), &err);
    }
    assert_int_equal(pail_s3_requests_sent(sc.s3), 202);
    assert_ok(delete_from(sc.s3, "b0--use1-az4--x-s3", &err), &err);
    assert_int_equal(pail_s3_requests_sent(sc.s3), 204);
    script_close(&sc);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_access_point), cmocka_unit_test(test_access_point_refused),
               cmocka_unit_test(test_multi_region), cmocka_unit_test(test_schemes),
               cmocka_unit_test(test_settings), cmocka_unit_test(test_no_redirect),
               cmocka_unit_test(test_session), cmocka_unit_test(test_session_refused),
               cmocka_unit_test(test_session_expired), cmocka_unit_test(test_control),
               cmocka_unit_test(test_without_sessions), cmocka_unit_test(test_presigned),
               cmocka_unit_test(test_many_sessions))
