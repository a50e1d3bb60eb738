/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies: where their checksum goes, and what of them is signed. */
#include "unit/protocol/calls.h"

static int read_hello(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    size_t n = 5 - (size_t)offset < cap ? 5 - (size_t)offset : cap;

    memcpy(dst, "hello" + offset, n);
    *ret_n = n;
    return 0;
}

static void test_body(void **state)
{
    static const struct script_answer answers[] = {{200, "ETag: \"x\"", NULL}};
    struct pail_service_body body = {.read = read_hello, .length = 5};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    struct pail_client *c = client_in(&sc, "s3", "us-east-1");
    struct pail_call_args args = {
        .params = params("{\"Bucket\": \"bkt\", \"Key\": \"k/\\u00e4\"}"),
        .body = &body,
    };
    assert_ok(pail_call_with(c, "PutObject", &args, NULL, &err), &err);
    assert_true(script_has(&sc, 0, "/k/%C3%A4"));
    assert_true(script_has(&sc, 0, "expect\n"));
    assert_true(script_has(&sc, 0, "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"));
    assert_string_equal(script_header(&sc, 0, "x-amz-trailer"), "x-amz-checksum-crc32");
    assert_string_equal(script_header(&sc, 0, "x-amz-content-sha256"),
                        "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    pail_client_unref(c);
    script_end(&sc);
}

/* PutObject over "hello", with session options. */
static void put_hello(struct script *sc, const struct pail_session_options *opt, const char *url,
                      const char *json)
{
    static const struct script_answer answers[] = {{200, "ETag: \"x\"", NULL}};
    struct pail_service_body body = {.read = read_hello, .length = 5};
    struct pail_call_args args = {.params = params(json), .body = &body};
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_session_options so = *opt;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *c = NULL;

    so.access_key = "AKID";
    so.secret_key = "secret";
    script_start_with(sc, answers, 1, &so, NULL);
    o.region = "us-east-1";
    o.endpoint_url = url;
    assert_ok(pail_client_new_on(sc->session, models, "s3", &o, &c, &err), &err);
    assert_ok(pail_call_with(c, "PutObject", &args, NULL, &err), &err);
    pail_client_unref(c);
}

#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

/* Where a checksum goes and what is signed. */
static void test_body_over_http(void **state)
{
    static const char put[] = "{\"Bucket\": \"b\", \"Key\": \"k\"}";
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct script sc;

    opt.checksum_algorithm = "CRC64NVME";
    put_hello(&sc, &opt, "http://h", put);
    assert_true(script_has(&sc, 0, "\n\nhello"));
    assert_string_equal(script_header(&sc, 0, "x-amz-sdk-checksum-algorithm"), "CRC64NVME");
    assert_string_equal(script_header(&sc, 0, "x-amz-checksum-crc64nvme"), "M3eFcAZSQlc=");
    assert_string_equal(script_header(&sc, 0, "x-amz-content-sha256"), HELLO_SHA256);
    script_end(&sc);

    put_hello(&sc, &opt, "https://h",
              "{\"Bucket\": \"b\", \"Key\": \"k\", \"ChecksumCRC32\": \"AAAAAA==\"}");
    assert_true(script_has(&sc, 0, "\n\nhello")); /* nothing of ours guards it */
    assert_string_equal(script_header(&sc, 0, "x-amz-content-sha256"), HELLO_SHA256);
    assert_null(script_header(&sc, 0, "x-amz-trailer"));
    script_end(&sc);

    put_hello(&sc, &opt, "https://h",
              "{\"Bucket\": \"b\", \"Key\": \"k\", \"ContentEncoding\": \"gzip\", "
              "\"ChecksumAlgorithm\": \"SHA256\"}");
    assert_string_equal(script_header(&sc, 0, "Content-Encoding"), "gzip,aws-chunked");
    assert_string_equal(script_header(&sc, 0, "x-amz-trailer"), "x-amz-checksum-sha256");
    script_end(&sc);
}

PAIL_TEST_MAIN(T(test_body), T(test_body_over_http))
