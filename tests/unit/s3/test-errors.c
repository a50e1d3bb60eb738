/* SPDX-License-Identifier: Apache-2.0 */
/* Error bodies of every kind, as codes and messages. */
#include "s3/errors.h"

#include "unit/test.h"

static int set(struct pail_error *err, int status, const char *body, bool head, bool on_bucket,
               const char *request_id, struct pail_s3_error_doc *doc)
{
    struct pail_headers headers;

    pail_headers_init(&headers, 1024);
    if (request_id)
        assert_ok(
            pail_headers_add(&headers, PAIL_STR("X-Amz-Request-Id"), pail_str(request_id), NULL),
            NULL);
    struct pail_s3_error_context cx = {.status = status,
                                       .headers = &headers,
                                       .body = pail_str(body),
                                       .head = head,
                                       .on_bucket = on_bucket};
    int rc = pail_s3_error_set(err, &cx, doc);
    pail_headers_done(&headers);
    return rc;
}

#define DOC(code) "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" code "</Code></Error>"

static void test_codes(void **state)
{
    static const struct {
        int status;
        const char *body;
        int code, status_after;
        const char *service_code, *message;
    } cases[] = {
        {404,
         "<Error><Code>NoSuchKey</Code><Message>The specified key does not "
         "exist.</Message></Error>",
         PAIL_E_NOT_FOUND, 404, "NoSuchKey", "NoSuchKey: The specified key does not exist."},
        {404, DOC("NoSuchUpload"), PAIL_E_NOT_FOUND, 404, "NoSuchUpload", "NoSuchUpload"},
        {404, DOC("NoSuchBucket"), PAIL_E_NO_BUCKET, 404, "NoSuchBucket", "NoSuchBucket"},
        {403, DOC("AccessDenied"), PAIL_E_ACCESS, 403, "AccessDenied", NULL},
        {412, DOC("PreconditionFailed"), PAIL_E_PRECONDITION, 412, "PreconditionFailed", NULL},
        {409, DOC("ConditionalRequestConflict"), PAIL_E_CONFLICT, 409, "ConditionalRequestConflict",
         NULL},
        {409, DOC("OperationAborted"), PAIL_E_CONFLICT, 409, "OperationAborted", NULL},
        {503, DOC("SlowDown"), PAIL_E_THROTTLED, 503, "SlowDown", NULL},
        {403, DOC("InvalidObjectState"), PAIL_E_ARCHIVED, 403, "InvalidObjectState", NULL},
        {400, DOC("ExpiredToken"), PAIL_E_AUTH_EXPIRED, 400, "ExpiredToken", NULL},
        {403, DOC("InvalidAccessKeyId"), PAIL_E_AUTH_REJECTED, 403, "InvalidAccessKeyId", NULL},
        {404, DOC("XAdminUserNotFound"), PAIL_E_AUTH_REJECTED, 404, "XAdminUserNotFound", NULL},
        {403, DOC("SignatureDoesNotMatch"), PAIL_E_AUTH_REJECTED, 403, "SignatureDoesNotMatch",
         NULL},
        {403, DOC("RequestTimeTooSkewed"), PAIL_E_SKEW, 403, "RequestTimeTooSkewed", NULL},
        {409, DOC("BucketAlreadyOwnedByYou"), PAIL_E_BUCKET_EXISTS, 409, "BucketAlreadyOwnedByYou",
         NULL},
        {409, DOC("BucketAlreadyExists"), PAIL_E_BUCKET_EXISTS, 409, "BucketAlreadyExists", NULL},
        {409, DOC("BucketNotEmpty"), PAIL_E_BUCKET_NOT_EMPTY, 409, "BucketNotEmpty", NULL},
        {301, DOC("PermanentRedirect"), PAIL_E_REDIRECT, 301, "PermanentRedirect", NULL},
        {400, DOC("AuthorizationHeaderMalformed"), PAIL_E_REDIRECT, 400,
         "AuthorizationHeaderMalformed", NULL},
        {501, DOC("NotImplemented"), PAIL_E_NOT_IMPLEMENTED, 501, "NotImplemented", NULL},
        {416, DOC("InvalidRange"), PAIL_E_RANGE, 416, "InvalidRange", NULL},
        {400, DOC("BadDigest"), PAIL_E_CHECKSUM, 400, "BadDigest", NULL},
        {500, DOC("InternalError"), PAIL_E_SERVER, 500, "InternalError", NULL},
        {400, DOC("SomethingNew"), PAIL_E_SERVICE, 400, "SomethingNew", NULL},
        {429, DOC("SomethingNew"), PAIL_E_THROTTLED, 429, "SomethingNew", NULL},
        {502, DOC("SomethingNew"), PAIL_E_SERVER, 502, "SomethingNew", NULL},
        /* 200 and an error */
        {200, DOC("InternalError"), PAIL_E_SERVER, 500, "InternalError", NULL},
        {200, DOC("SlowDown"), PAIL_E_THROTTLED, 503, "SlowDown", NULL},
        {200, DOC("PreconditionFailed"), PAIL_E_PRECONDITION, 412, "PreconditionFailed", NULL},
        {200, DOC("SomethingNew"), PAIL_E_SERVER, 500, "SomethingNew", NULL},
        /* without a code, without a body, not S3's */
        {400, "<Error><Resource>/x</Resource></Error>", PAIL_E_SERVICE, 400, "", "400 Bad Request"},
        {403, "", PAIL_E_ACCESS, 403, "", "403 Forbidden"},
        {404, "", PAIL_E_NOT_FOUND, 404, "", "404 Not Found"},
        {304, "", PAIL_E_NOT_MODIFIED, 304, "", "304 Not Modified"},
        {412, "", PAIL_E_PRECONDITION, 412, "", "412 Precondition Failed"},
        {503, "", PAIL_E_SERVER, 503, "", "503 Service Unavailable"},
        {599, "", PAIL_E_SERVER, 599, "", "599 unexpected status"},
        {502, "<html><h1>Bad Gateway</h1></html>", PAIL_E_SERVER, 502, "",
         "502 Bad Gateway, with a body that is not S3's"},
        {403, "Forbidden by policy", PAIL_E_ACCESS, 403, "",
         "403 Forbidden, with a body that is not S3's"},
        /* broken, wrapped, prefixed */
        {403, "<Error><Code>AccessDenied</Code><Message>cut off he", PAIL_E_ACCESS, 403,
         "AccessDenied", NULL},
        {403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
         PAIL_E_ACCESS, 403, "AccessDenied", "AccessDenied"},
        {403, "<s:Error xmlns:s=\"u\"><s:Code>AccessDenied</s:Code></s:Error>", PAIL_E_ACCESS, 403,
         "AccessDenied", "AccessDenied"},
        {403, "<Error><Code>\n AccessDenied </Code><Message>two\nlines</Message></Error>",
         PAIL_E_ACCESS, 403, "AccessDenied", "AccessDenied: two?lines"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        int rc = set(&err, cases[i].status, cases[i].body, false, false, NULL, NULL);
        if (rc != cases[i].code)
            fail_msg("case %zu: %s, expected %s", i, pail_code_name(rc),
                     pail_code_name(cases[i].code));
        assert_int_equal(err.code, rc);
        assert_int_equal(err.http_status, cases[i].status_after);
        assert_string_equal(err.service_code, cases[i].service_code);
        if (cases[i].message)
            assert_string_equal(err.message, cases[i].message);
    }
}

static void test_head(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    assert_code(set(&err, 503, "", true, false, NULL, NULL), PAIL_E_THROTTLED);
    assert_code(set(&err, 404, "", true, false, NULL, NULL), PAIL_E_NOT_FOUND);
    assert_code(set(&err, 404, "", true, true, NULL, NULL), PAIL_E_NO_BUCKET);
    assert_int_equal(err.domain, PAIL_D_SERVICE);
}

static void test_ids(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char long_id[200], body[400];

    (void)set(&err, 403, "<Error><Code>C</Code><RequestId>in-body</RequestId></Error>", false,
              false, NULL, NULL);
    assert_string_equal(err.request_id, "in-body");
    (void)set(&err, 403, "<Error><Code>C</Code><RequestId>in-body</RequestId></Error>", false,
              false, "in-head", NULL);
    assert_string_equal(err.request_id, "in-head");
    memset(long_id, 'x', sizeof(long_id) - 1);
    long_id[sizeof(long_id) - 1] = '\0';
    snprintf(body, sizeof(body), "<Error><Code>%s</Code></Error>", long_id);
    (void)set(&err, 403, body, false, false, long_id, NULL);
    assert_int_equal(strlen(err.request_id), sizeof(err.request_id) - 1);
    assert_int_equal(strlen(err.service_code), sizeof(err.service_code) - 1);
    assert_code(set(NULL, 404, "", false, false, NULL, NULL), PAIL_E_NOT_FOUND);
}

static void test_doc(void **state)
{
    struct pail_s3_error_doc doc;

    assert_true(pail_s3_error_doc_parse(
        PAIL_STR("<Error><Code>PermanentRedirect</Code><Region>eu-1</Region><Endpoint>e</Endpoint>"
                 "<Header>x-amz-checksum-crc32</Header><Code>Second</Code></Error>"),
        &doc));
    assert_string_equal(doc.code, "PermanentRedirect");
    assert_string_equal(doc.region, "eu-1");
    assert_string_equal(doc.header, "x-amz-checksum-crc32");
    assert_false(pail_s3_error_doc_parse(PAIL_STR("<html/>"), &doc));
    assert_string_equal(doc.code, "");
    assert_false(pail_s3_error_doc_parse(PAIL_STR(""), &doc));
    assert_false(pail_s3_error_doc_parse(PAIL_STR("<Error><Cod"), &doc));
}

static void test_is_body(void **state)
{
    assert_true(pail_s3_error_is_body(PAIL_STR("<Error>")));
    assert_true(pail_s3_error_is_body(PAIL_STR("\n <?xml version=\"1.0\"?>\n<Error xmlns=\"u\">")));
    assert_true(pail_s3_error_is_body(PAIL_STR("<Error/>")));
    assert_false(pail_s3_error_is_body(PAIL_STR("<Errors>")));
    assert_false(pail_s3_error_is_body(PAIL_STR("<ListBucketResult><Error>")));
    assert_false(pail_s3_error_is_body(PAIL_STR("")));
    assert_false(pail_s3_error_is_body(PAIL_STR("<")));
    assert_false(pail_s3_error_is_body(PAIL_STR("<?xml")));
}

static void test_of_key(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    assert_code(pail_s3_error_of_key(&err, "DeleteObjects s3://b", PAIL_STR("k"),
                                     PAIL_STR("AccessDenied"), PAIL_STR("no")),
                PAIL_E_ACCESS);
    assert_string_equal(err.message, "DeleteObjects s3://b: k: AccessDenied: no");
    assert_string_equal(err.service_code, "AccessDenied");
    assert_code(pail_s3_error_of_key(NULL, "w", PAIL_STR("k"), PAIL_STR("Odd"), PAIL_STR("")),
                PAIL_E_SERVICE);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_codes), cmocka_unit_test(test_head),
               cmocka_unit_test(test_ids), cmocka_unit_test(test_doc),
               cmocka_unit_test(test_is_body), cmocka_unit_test(test_of_key))
