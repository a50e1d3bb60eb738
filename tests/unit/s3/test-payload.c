/* SPDX-License-Identifier: Apache-2.0 */
/* How bodies go: their hash in the signature, their checksum in a header or behind them, and what
 * is left out for endpoints that refuse it. */
#include <string.h>

#include "unit/s3/script.h"

#define START(sc, opt, ...)                                                                        \
    static const struct script_answer answers_[] = {__VA_ARGS__};                                  \
    script_start((sc), answers_, PAIL_ARRAY_LEN(answers_), (opt))

#define OK                                                                                         \
    {                                                                                              \
        200, "ETag: \"e\"", NULL                                                                   \
    }
#define NINE_SHA256 "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
#define UNSIGNED "UNSIGNED-PAYLOAD"
#define BEHIND "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

static int read_digits(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                       struct pail_error *err)
{
    static const char digits[] = "123456789";
    unsigned *passes = ud;

    if (offset == 0 && passes)
        ++*passes;
    *ret_n = cap < 9 - offset ? cap : 9 - offset;
    memcpy(dst, digits + offset, *ret_n);
    return 0;
}

static const struct pail_bytes digits = {"123456789", 9};
static const struct pail_s3_body in_memory = {.segments = &digits, .n_segments = 1};
static const struct pail_s3_body by_reading = {.read = read_digits, .length = 9};

static int put(struct script *sc, const struct pail_s3_body *body, struct pail_error *err)
{
    struct pail_s3_put_result result;
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};

    *err = (struct pail_error)PAIL_ERROR_INIT;
    return pail_s3_put(sc->s3, &args, body, &result, err);
}

static void expect_header(const struct script *sc, size_t i, const char *name, const char *want)
{
    const char *got = script_header(sc, i, name);

    if ((got == NULL) != (want == NULL) || (got && strcmp(got, want) != 0))
        fail_msg("request %zu: %s is %s, expected %s", i, name, got ? got : "(none)",
                 want ? want : "(none)");
}

/* x-amz-content-sha256, by everything it depends on. */
static void test_hash(void **state)
{
    static const struct {
        const char *url;
        const struct pail_s3_body *body;
        enum pail_s3_choice payload_signing;
        enum pail_s3_when checksums;
        bool suffice;
        const char *hash, *crc;
    } cases[] = {
        {NULL, &in_memory, 0, 0, false, UNSIGNED, "y/Q5Jg=="},
        {NULL, &by_reading, 0, 0, false, BEHIND, NULL},
        {NULL, &by_reading, PAIL_S3_ON, 0, false, BEHIND, NULL},
        {NULL, &in_memory, PAIL_S3_ON, 0, false, NINE_SHA256, "y/Q5Jg=="},
        {NULL, &in_memory, 0, PAIL_S3_WHEN_REQUIRED, false, NINE_SHA256, NULL},
        {NULL, &by_reading, 0, PAIL_S3_WHEN_REQUIRED, false, NINE_SHA256, NULL},
        {NULL, &by_reading, PAIL_S3_OFF, PAIL_S3_WHEN_REQUIRED, false, UNSIGNED, NULL},
        {"http://h", &in_memory, 0, 0, false, NINE_SHA256, "y/Q5Jg=="},
        {"http://h", &by_reading, 0, 0, false, NINE_SHA256, "y/Q5Jg=="},
        {"http://h", &by_reading, 0, 0, true, UNSIGNED, "y/Q5Jg=="},
        {"http://h", &in_memory, 0, PAIL_S3_WHEN_REQUIRED, true, NINE_SHA256, NULL},
        {"http://h", &in_memory, PAIL_S3_ON, 0, true, NINE_SHA256, "y/Q5Jg=="},
        {"http://h", &in_memory, PAIL_S3_OFF, 0, false, UNSIGNED, "y/Q5Jg=="},
    };
    static const struct script_answer answers[] = {OK};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
        struct pail_error err;
        struct script sc;
        opt.endpoint_url = cases[i].url;
        opt.payload_signing = cases[i].payload_signing;
        opt.request_checksums = cases[i].checksums;
        opt.checksums_suffice = cases[i].suffice;
        script_start(&sc, answers, 1, &opt);
        assert_ok(put(&sc, cases[i].body, &err), &err);
        expect_header(&sc, 0, "x-amz-content-sha256", cases[i].hash);
        expect_header(&sc, 0, "x-amz-checksum-crc32", cases[i].crc);
        script_end(&sc);
    }
}

/* Switched off, it is for every request. */
static void test_unsigned_delete(void **state)
{
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_s3_delete_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    opt.payload_signing = PAIL_S3_OFF;
    START(&sc, &opt, {204});
    assert_ok(pail_s3_delete(sc.s3, &args, &err), &err);
    expect_header(&sc, 0, "x-amz-content-sha256", UNSIGNED);
    script_end(&sc);
}

static void test_behind(void **state)
{
    unsigned passes = 0;
    struct pail_s3_body body = {.read = read_digits, .length = 9, .ud = &passes};
    struct pail_error err;
    struct script sc;
    START(&sc, NULL, {500, NULL, "<Error><Code>InternalError</Code></Error>"}, OK);

    assert_ok(put(&sc, &body, &err), &err);
    assert_int_equal(passes, 2); /* one for each attempt */
    for (size_t i = 0; i < 2; i++) {
        expect_header(&sc, i, "X-Amz-Trailer", "x-amz-checksum-crc32");
        expect_header(&sc, i, "X-Amz-Decoded-Content-Length", "9");
        expect_header(&sc, i, "Content-Encoding", "aws-chunked");
        expect_header(&sc, i, "x-amz-sdk-checksum-algorithm", "CRC32");
        assert_true(
            script_has(&sc, i, "\n\n9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n"));
    }
    script_end(&sc);
}

static void test_algorithms(void **state)
{
    static const struct {
        enum pail_s3_checksum choice;
        const char *name, *header, *value;
    } cases[] = {
        {PAIL_S3_CRC32, "CRC32", "x-amz-checksum-crc32", "y/Q5Jg=="},
        {PAIL_S3_CRC32C, "CRC32C", "x-amz-checksum-crc32c", "4waSgw=="},
        {PAIL_S3_CRC64NVME, "CRC64NVME", "x-amz-checksum-crc64nvme", "rosUhgp5mIg="},
        {PAIL_S3_SHA1, "SHA1", "x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="},
        {PAIL_S3_SHA256, "SHA256", "x-amz-checksum-sha256",
         "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="},
    };
    static const struct script_answer answers[] = {OK, OK, OK};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
        struct pail_s3_body body = in_memory, read = by_reading;
        struct pail_error err;
        struct script sc;
        opt.request_checksums = PAIL_S3_WHEN_REQUIRED; /* a choice is one in any case */
        body.checksum = read.checksum = cases[i].choice;
        script_start(&sc, answers, 3, &opt);
        assert_ok(put(&sc, &body, &err), &err);
        expect_header(&sc, 0, cases[i].header, cases[i].value);
        expect_header(&sc, 0, "x-amz-sdk-checksum-algorithm", cases[i].name);
        assert_ok(put(&sc, &read, &err), &err);
        expect_header(&sc, 1, "X-Amz-Trailer", cases[i].header);
        assert_true(script_has(&sc, 1, cases[i].value));
        /* A value of the caller's is sent as it is, and does not spare the signature the hash. */
        body.checksum_value = "dmFsdWU=";
        assert_ok(put(&sc, &body, &err), &err);
        expect_header(&sc, 2, cases[i].header, "dmFsdWU=");
        expect_header(&sc, 2, "x-amz-sdk-checksum-algorithm", NULL);
        expect_header(&sc, 2, "x-amz-content-sha256", NINE_SHA256);
        script_end(&sc);
    }
}

/* An endpoint that does not know framed bodies: asked once. */
static void test_no_trailers(void **state)
{
    static const struct {
        int status;
        const char *body;
    } refusals[] = {
        {501, "<Error><Code>NotImplemented</Code><Message>m</Message></Error>"},
        {400, "<Error><Code>XAmzContentSHA256Mismatch</Code><Message>m</Message></Error>"},
        {411, "<Error><Code>MissingContentLength</Code><Message>m</Message></Error>"},
        {403, "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message></Error>"},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(refusals); i++) {
        const struct script_answer answers[] = {
            {refusals[i].status, NULL, refusals[i].body}, OK, OK};
        struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
        struct pail_error err;
        struct script sc;
        opt.endpoint_url = "https://h";
        script_start(&sc, answers, 3, &opt);
        assert_ok(put(&sc, &by_reading, &err), &err);
        expect_header(&sc, 0, "x-amz-content-sha256", BEHIND);
        for (size_t k = 1; k < 3; k++) {
            if (k == 2)
                assert_ok(put(&sc, &by_reading, &err), &err);
            expect_header(&sc, k, "x-amz-content-sha256", UNSIGNED);
            expect_header(&sc, k, "x-amz-checksum-crc32", "y/Q5Jg==");
            expect_header(&sc, k, "Content-Encoding", NULL);
            assert_true(script_has(&sc, k, "length: 9\n\n123456789"));
        }
        script_end(&sc);
    }
}

/* Neither trailers nor headers: nothing of them is sent after two refusals. */
static void test_no_checksums(void **state)
{
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_error err;
    struct script sc;

    opt.endpoint_url = "https://h";
    START(&sc, &opt, {501, NULL, "<Error><Code>NotImplemented</Code></Error>"},
          {501, NULL, "<Error><Code>NotImplemented</Code></Error>"}, OK, OK);
    assert_ok(put(&sc, &by_reading, &err), &err);
    assert_ok(put(&sc, &by_reading, &err), &err);
    for (size_t i = 2; i < 4; i++) {
        expect_header(&sc, i, "x-amz-checksum-crc32", NULL);
        expect_header(&sc, i, "x-amz-sdk-checksum-algorithm", NULL);
        expect_header(&sc, i, "x-amz-content-sha256", NINE_SHA256);
    }
    script_end(&sc);
}

/* Once an endpoint took a framed body, a refusal means something else; and AWS always means it. */
static void test_other_refusals(void **state)
{
    static const struct script_answer answers[] = {
        OK, {400, NULL, "<Error><Code>InvalidArgument</Code><Message>m</Message></Error>"}};
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_error err;
    struct script sc;

    opt.endpoint_url = "https://h";
    script_start(&sc, answers, 2, &opt);
    assert_ok(put(&sc, &by_reading, &err), &err);
    assert_true(put(&sc, &by_reading, &err) < 0);
    assert_string_equal(err.service_code, "InvalidArgument");
    script_end(&sc);
    script_start(&sc, answers + 1, 1, NULL);
    assert_true(put(&sc, &by_reading, &err) < 0);
    script_end(&sc);
}

static int delete_two(struct script *sc, struct pail_error *err)
{
    static const struct pail_str keys[] = {{"a", 1}, {"b", 1}};
    struct pail_s3_delete_many_args args = {.bucket = PAIL_STR("bkt"), .keys = keys, .n_keys = 2};

    *err = (struct pail_error)PAIL_ERROR_INIT;
    return pail_s3_delete_many(sc->s3, &args, NULL, err);
}

/* Documents that S3 wants a checksum of get one whatever the setting; those who ask for the old
 * kind get that. */
static void test_documents(void **state)
{
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_error err;
    struct script sc;

    opt.endpoint_url = "https://h";
    opt.request_checksums = PAIL_S3_WHEN_REQUIRED;
    START(&sc, &opt,
          {400, NULL,
           "<Error><Code>InvalidRequest</Code><Message>Missing required header for this request: "
           "Content-MD5</Message></Error>"},
          {200, NULL, "<DeleteResult/>"}, {200, NULL, "<DeleteResult/>"});
    assert_ok(delete_two(&sc, &err), &err);
    assert_ok(delete_two(&sc, &err), &err);
    assert_int_equal(strlen(script_header(&sc, 0, "x-amz-checksum-crc32")), 8);
    assert_int_equal(strlen(script_header(&sc, 0, "x-amz-content-sha256")), 64);
    expect_header(&sc, 0, "Content-MD5", NULL);
    for (size_t i = 1; i < 3; i++) {
        expect_header(&sc, i, "x-amz-checksum-crc32", NULL);
        assert_int_equal(strlen(script_header(&sc, i, "Content-MD5")), 24);
    }
    script_end(&sc);
}

static void test_multipart(void **state)
{
    struct pail_s3_mpu_create_args create = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k"), .checksum = PAIL_S3_SHA256};
    struct pail_s3_mpu_part_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k"), .upload_id = PAIL_STR("u"), .number = 1};
    struct pail_s3_body body = in_memory;
    struct pail_s3_upload_id id;
    struct pail_s3_part part;
    struct pail_s3_put_result result;
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;
    START(&sc, NULL,
          {200, NULL,
           "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
           "</InitiateMultipartUploadResult>"},
          {200, "ETag: \"e\"\nx-amz-checksum-sha256: FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
           NULL},
          {200, NULL,
           "<CompleteMultipartUploadResult><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"});

    assert_ok(pail_s3_mpu_create(sc.s3, &create, &id, &err), &err);
    expect_header(&sc, 0, "x-amz-checksum-algorithm", "SHA256");
    body.checksum = PAIL_S3_SHA256;
    assert_ok(pail_s3_mpu_part(sc.s3, &args, &body, &part, &err), &err);
    struct pail_s3_mpu_complete_args complete = {.bucket = PAIL_STR("bkt"),
                                                 .key = PAIL_STR("k"),
                                                 .upload_id = PAIL_STR("u"),
                                                 .parts = &part,
                                                 .n_parts = 1};
    assert_ok(pail_s3_mpu_complete(sc.s3, &complete, &result, &err), &err);
    assert_true(script_has(&sc, 2,
                           "<ChecksumSHA256>FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
                           "</ChecksumSHA256>"));
    script_end(&sc);
}

static int take(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    return 0;
}

static void test_answers_unchecked(void **state)
{
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_s3_get_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_sink sink = {.write = take};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    opt.response_checksums = PAIL_S3_WHEN_REQUIRED;
    START(&sc, &opt, {200, "x-amz-checksum-crc32: AAAAAA==", "not of that sum"});
    assert_ok(pail_s3_get(sc.s3, &args, &sink, NULL, &err), &err);
    expect_header(&sc, 0, "x-amz-checksum-mode", NULL);
    script_end(&sc);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_hash), cmocka_unit_test(test_unsigned_delete),
               cmocka_unit_test(test_behind), cmocka_unit_test(test_algorithms),
               cmocka_unit_test(test_no_trailers), cmocka_unit_test(test_no_checksums),
               cmocka_unit_test(test_other_refusals), cmocka_unit_test(test_documents),
               cmocka_unit_test(test_multipart), cmocka_unit_test(test_answers_unchecked))
