/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that teach something, and errors that say less than they should. */
#include "unit/s3/script.h"

#define START(sc, opt, ...)                                                                        \
    static const struct script_answer answers_[] = {__VA_ARGS__};                                  \
    script_start((sc), answers_, PAIL_ARRAY_LEN(answers_), (opt))

static const struct pail_s3_head_args head_args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
static const struct pail_s3_delete_args delete_args = {.bucket = PAIL_STR("bkt"),
                                                       .key = PAIL_STR("k")};

/* On AWS another region is another host; the memory is per bucket. */
static void test_redirect(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_delete_args other = {.bucket = PAIL_STR("other"), .key = PAIL_STR("k")};
    char host[128];
    START(&sc, NULL,
          {301, "x-amz-bucket-region: eu-west-1",
           "<Error><Code>PermanentRedirect</Code><Endpoint>evil.example.com</Endpoint></Error>"},
          {204, NULL, NULL}, {204, NULL, NULL}, {204, NULL, NULL});

    assert_ok(pail_s3_delete(sc.s3, &delete_args, &err), &err);
    assert_true(script_has(&sc, 1, "DELETE https://bkt.s3.eu-west-1.amazonaws.com/k\n"));
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "/eu-west-1/s3/"));
    assert_string_equal(script_header(&sc, 1, "amz-sdk-request"), "attempt=2; max=3");
    assert_ok(pail_s3_delete(sc.s3, &delete_args, &err), &err);
    assert_true(script_has(&sc, 2, "DELETE https://bkt.s3.eu-west-1.amazonaws.com/k\n"));
    pail_s3_endpoint_of(sc.s3, PAIL_STR("bkt"), host, sizeof(host));
    assert_string_equal(host, "bkt.s3.eu-west-1.amazonaws.com");
    assert_ok(pail_s3_delete(sc.s3, &other, &err), &err);
    assert_true(script_has(&sc, 3, "DELETE https://other.s3.amazonaws.com/k\n"));
    script_end(&sc);
}

/* Elsewhere only the signature changes. */
static void test_redirect_elsewhere(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    opt.endpoint_url = "http://h:9000/prefix/";
    START(&sc, &opt,
          {400, NULL,
           "<Error><Code>AuthorizationHeaderMalformed</Code><Region>moon-1</Region></Error>"},
          {204, NULL, NULL});

    assert_ok(pail_s3_delete(sc.s3, &delete_args, &err), &err);
    assert_true(script_has(&sc, 1, "DELETE http://h:9000/prefix/bkt/k\n"));
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "/moon-1/s3/"));
    script_end(&sc);
}

static void test_redirect_in_words(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    START(&sc, NULL,
          {400, NULL,
           "<Error><Code>IllegalLocationConstraintException</Code><Message>The me-south-1 location "
           "constraint is incompatible for the region specific endpoint this request was sent "
           "to.</Message></Error>"},
          {204, NULL, NULL});

    assert_ok(pail_s3_delete(sc.s3, &delete_args, &err), &err);
    assert_true(script_has(&sc, 1, "https://bkt.s3.me-south-1.amazonaws.com/k\n"));
    script_end(&sc);
}

/* A region becomes part of a host name: what is none is not believed. And circles end. */
static void test_bad_redirects(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    START(&sc, NULL,
          {301, "x-amz-bucket-region: evil.example.com/",
           "<Error><Code>PermanentRedirect</Code></Error>"},
          {301, "x-amz-bucket-region: us-east-1", "<Error><Code>PermanentRedirect</Code></Error>"},
          {301, "x-amz-bucket-region: a-1", "<Error><Code>PermanentRedirect</Code></Error>"},
          {301, "x-amz-bucket-region: b-1", "<Error><Code>PermanentRedirect</Code></Error>"},
          {301, "x-amz-bucket-region: c-1", "<Error><Code>PermanentRedirect</Code></Error>"});

    for (int i = 0; i < 3; i++)
        assert_code(pail_s3_delete(sc.s3, &delete_args, &err), PAIL_E_REDIRECT);
    assert_string_equal(err.service_code, "PermanentRedirect");
    script_end(&sc);
}

/* A HEAD's 400: a listing says that the region is wrong. */
static void test_head_explained_by_region(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    START(&sc, NULL, {400, NULL, NULL},
          {400, NULL,
           "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"},
          {200, "Content-Length: 3", NULL});

    assert_ok(pail_s3_head(sc.s3, &head_args, &o, &err), &err);
    assert_true(script_has(&sc, 1, "GET https://bkt.s3.amazonaws.com/?list-type=2&max-keys=1\n"));
    assert_null(strstr(script_request(&sc, 1), "head only"));
    assert_true(script_has(&sc, 2, "HEAD https://bkt.s3.eu-west-1.amazonaws.com/k\n"));
    assert_int_equal(o.size, 3);
    pail_s3_object_done(&o);
    script_end(&sc);
}

static unsigned fetches;

static int fetch_fresh(void *impl, bool refresh, struct pail_credentials **ret,
                       struct pail_error *err)
{
    struct pail_credentials_fields keys = {.access_key = fetches ? PAIL_STR("AKIDFRESH")
                                                                 : PAIL_STR("AKIDSTALE"),
                                           .secret_key = PAIL_STR("secret"),
                                           .session_token = PAIL_STR("token"),
                                           .method = "test"};
    fetches++;
    return pail_credentials_new(&keys, ret, err);
}

/* A HEAD's 400: a listing says that the token has expired; both get the new one. */
static void test_head_explained_by_expiry(void **state)
{
    static const struct script_answer answers[] = {
        {400, NULL, NULL, 0},
        {400, NULL, "<Error><Code>ExpiredToken</Code></Error>", 0},
        {200, "Content-Length: 3", NULL, 0}};
    static const struct pail_provider_ops ops = {.name = "test", .fetch = fetch_fresh};
    struct pail_session_options session_opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    struct script sc;

    fetches = 0;
    assert_ok(pail_provider_new(&ops, NULL, &session_opt.provider, &err), &err);
    script_start_with(&sc, answers, 3, &session_opt, NULL);
    pail_provider_unref(session_opt.provider);
    assert_ok(pail_s3_head(sc.s3, &head_args, &o, &err), &err);
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "AKIDSTALE"));
    assert_true(script_has(&sc, 2, "HEAD https://bkt"));
    assert_non_null(strstr(script_header(&sc, 2, "Authorization"), "AKIDFRESH"));
    pail_s3_object_done(&o);
    script_end(&sc);
}

/* The same keys again would get the same answer. */
static void test_expired_for_good(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    START(&sc, NULL, {400, NULL, "<Error><Code>ExpiredToken</Code></Error>"});

    assert_code(pail_s3_delete(sc.s3, &delete_args, &err), PAIL_E_AUTH_EXPIRED);
    script_end(&sc);
}

/* The listing cannot tell: the HEAD's own answer stands. */
static void test_head_not_explained(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    START(&sc, NULL, {400, "x-amz-request-id: r1", NULL},
          {403, NULL, "<Error><Code>AccessDenied</Code></Error>"});

    assert_code(pail_s3_head(sc.s3, &head_args, &o, &err), PAIL_E_SERVICE);
    assert_string_equal(err.message, "HeadObject s3://bkt/k: 400 Bad Request (after 2 attempts)");
    assert_string_equal(err.request_id, "r1");
    assert_int_equal(err.http_status, 400);
    assert_null(o.impl);
    script_end(&sc);
}

static void test_head_explained_by_keys(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    START(&sc, NULL, {400, NULL, NULL},
          {403, NULL, "<Error><Code>InvalidAccessKeyId</Code><Message>unknown</Message></Error>"});

    assert_code(pail_s3_head(sc.s3, &head_args, &o, &err), PAIL_E_AUTH_REJECTED);
    assert_non_null(strstr(err.message, "HeadObject s3://bkt/k: InvalidAccessKeyId: unknown"));
    script_end(&sc);
}

/* Refused by name: remembered once it went without. */
static void test_checksums_refused(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_mpu_create_args create = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_upload_id id;
    opt.endpoint_url = "https://store.example";
    START(&sc, &opt,
          {400, NULL,
           "<Error><Code>InvalidArgument</Code><Message>Unsupported header "
           "'x-amz-sdk-checksum-algorithm' received for this API call.</Message></Error>"},
          {200, "ETag: \"e\"", NULL}, {200, "ETag: \"e\"", NULL},
          {200, NULL, "<R><UploadId>u</UploadId></R>"});

    assert_ok(pail_s3_put(sc.s3, &args, NULL, &result, &err), &err);
    assert_non_null(script_header(&sc, 0, "x-amz-checksum-crc32"));
    assert_null(script_header(&sc, 1, "x-amz-checksum-crc32"));
    assert_null(script_header(&sc, 1, "x-amz-sdk-checksum-algorithm"));
    assert_ok(pail_s3_put(sc.s3, &args, NULL, &result, &err), &err);
    assert_null(script_header(&sc, 2, "x-amz-checksum-crc32"));
    assert_ok(pail_s3_mpu_create(sc.s3, &create, &id, &err), &err);
    assert_null(script_header(&sc, 3, "x-amz-checksum-algorithm"));
    script_end(&sc);
}

/* Something else is not implemented: told as it is, nothing remembered. */
static void test_checksums_not_the_reason(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    opt.endpoint_url = "https://store.example";
    START(&sc, &opt, {501, NULL, "<Error><Code>NotImplemented</Code></Error>"},
          {501, NULL, "<Error><Code>NotImplemented</Code></Error>"}, {200, "ETag: \"e\"", NULL});

    assert_code(pail_s3_put(sc.s3, &args, NULL, &result, &err), PAIL_E_NOT_IMPLEMENTED);
    assert_ok(pail_s3_put(sc.s3, &args, NULL, &result, &err), &err);
    assert_non_null(script_header(&sc, 2, "x-amz-checksum-crc32"));
    script_end(&sc);
}

static void test_checksums_stay_on_aws(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    START(&sc, NULL,
          {400, NULL,
           "<Error><Code>InvalidRequest</Code><Message>Value for x-amz-checksum-crc32 header is "
           "invalid.</Message></Error>"});

    assert_code(pail_s3_put(sc.s3, &args, NULL, &result, &err), PAIL_E_SERVICE);
    script_end(&sc);
}

/* 200 is not success yet. */
static void test_error_in_200(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_copy_args copy = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("k"),
                                     .source_bucket = PAIL_STR("b"),
                                     .source_key = PAIL_STR("s")};
    struct pail_s3_part part = {.number = 1, .etag = "\"p\""};
    struct pail_s3_mpu_complete_args complete = {.bucket = PAIL_STR("bkt"),
                                                 .key = PAIL_STR("k"),
                                                 .upload_id = PAIL_STR("u"),
                                                 .parts = &part,
                                                 .n_parts = 1};
    START(&sc, NULL,
          {200, NULL, "  \n <?xml version=\"1.0\"?>  <Error><Code>InternalError</Code></Error>"},
          {200, NULL, "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>"},
          {200, NULL, "<Error><Code>PreconditionFailed</Code><Message>m</Message></Error>"},
          {200, NULL, "<Error><Code>InternalError</Code></Error>"},
          {200, NULL, "<Error><Code>SlowDown</Code></Error>"},
          {200, NULL, "<R><ETag>\"e\"</ETag></R>"});

    assert_ok(pail_s3_copy(sc.s3, &copy, &result, &err), &err);
    assert_code(pail_s3_mpu_complete(sc.s3, &complete, &result, &err), PAIL_E_PRECONDITION);
    assert_int_equal(err.http_status, 412);
    assert_string_equal(result.etag, "");
    /* Completion may have happened: for the caller to see. */
    assert_code(pail_s3_mpu_complete(sc.s3, &complete, &result, &err), PAIL_E_SERVER);
    assert_int_equal(err.retry, PAIL_RETRY_UNKNOWN_EFFECT);
    /* It certainly did not. */
    assert_ok(pail_s3_mpu_complete(sc.s3, &complete, &result, &err), &err);
    script_end(&sc);
}

/* Lost replies: repeated where that does no harm. */
static void test_lost_replies(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_put_args put = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_copy_args self = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("k"),
                                     .replace_attributes = true,
                                     .source_bucket = PAIL_STR("bkt"),
                                     .source_key = PAIL_STR("k"),
                                     .source_if_match = PAIL_STR("\"e\"")};
    START(&sc, NULL, {0, NULL, NULL, SCRIPT_LOST}, {200, "ETag: \"e\"", NULL},
          {0, NULL, NULL, SCRIPT_LOST}, {0, NULL, NULL, SCRIPT_UNSENT}, {200, "ETag: \"e\"", NULL},
          {0, NULL, NULL, SCRIPT_LOST}, {0, NULL, NULL, SCRIPT_LOST});

    assert_ok(pail_s3_put(sc.s3, &put, NULL, &result, &err), &err);
    put.if_none_match = true;
    assert_code(pail_s3_put(sc.s3, &put, NULL, &result, &err), PAIL_E_CLOSED);
    assert_int_equal(err.retry, PAIL_RETRY_UNKNOWN_EFFECT);
    assert_ok(pail_s3_put(sc.s3, &put, NULL, &result, &err), &err);
    assert_code(pail_s3_copy(sc.s3, &self, &result, &err), PAIL_E_CLOSED);
    assert_int_equal(err.retry, PAIL_RETRY_UNKNOWN_EFFECT);
    assert_code(pail_s3_bucket_create(sc.s3, NULL, PAIL_STR("bkt"), &err), PAIL_E_CLOSED);
    assert_int_equal(err.retry, PAIL_RETRY_UNKNOWN_EFFECT);
    script_end(&sc);
}

/* Proxies and load balancers. */
static void test_not_of_s3(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_page page;
    struct pail_s3_list_args list = {
        .bucket = PAIL_STR("bkt"), .prefix = PAIL_STR("p/"), .call = {.max_attempts = 1}};
    START(&sc, NULL, {502, "Content-Type: text/html", "<html><body>Bad Gateway</body></html>"},
          {204, NULL, NULL}, {403, "Content-Type: text/html", "<html>no</html>"},
          {200, "Content-Type: text/html", "<html>Welcome to the hotel's network</html>"},
          {400, NULL, NULL});

    assert_ok(pail_s3_delete(sc.s3, &delete_args, &err), &err);
    assert_code(pail_s3_delete(sc.s3, &delete_args, &err), PAIL_E_ACCESS);
    assert_int_equal(err.domain, PAIL_D_HTTP);
    assert_string_equal(err.message,
                        "DeleteObject s3://bkt/k: 403 Forbidden, with a body that is not S3's");
    assert_code(pail_s3_list(sc.s3, &list, &page, &err), PAIL_E_GARBAGE);
    assert_non_null(strstr(err.message, "ListObjectsV2 s3://bkt/p/: "));
    assert_null(page.impl);
    assert_code(pail_s3_delete(sc.s3, &delete_args, &err), PAIL_E_SERVICE); /* no body at all */
    assert_string_equal(err.message, "DeleteObject s3://bkt/k: 400 Bad Request");
    script_end(&sc);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_redirect), cmocka_unit_test(test_redirect_elsewhere),
               cmocka_unit_test(test_redirect_in_words), cmocka_unit_test(test_bad_redirects),
               cmocka_unit_test(test_head_explained_by_region),
               cmocka_unit_test(test_head_explained_by_expiry),
               cmocka_unit_test(test_expired_for_good), cmocka_unit_test(test_head_not_explained),
               cmocka_unit_test(test_head_explained_by_keys),
               cmocka_unit_test(test_checksums_refused),
               cmocka_unit_test(test_checksums_not_the_reason),
               cmocka_unit_test(test_checksums_stay_on_aws), cmocka_unit_test(test_error_in_200),
               cmocka_unit_test(test_lost_replies), cmocka_unit_test(test_not_of_s3))
