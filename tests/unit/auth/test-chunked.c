/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/chunked.h"

#include "base/alloc.h"
#include "base/str.h"
#include "unit/torture.h"

static struct pail_bytes whole;
static const struct pail_body *body_of(const char *p, size_t n)
{
    static struct pail_body b;
    whole = (struct pail_bytes){p, n};
    b = (struct pail_body){.segments = &whole, .n_segments = 1, .length = n};
    return &b;
}

/* All of it, in pieces of so many bytes; NUL-terminated. */
static char *encoded(struct pail_chunked *c, size_t step)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_body *b = pail_chunked_body(c);
    char *text = malloc(b->length + step + 1);
    size_t at = 0, n = 1;
    assert_non_null(text);
    while (n) {
        assert_ok(pail_body_read(b, at, text + at, step, &n, &err), &err);
        at += n;
    }
    assert_int_equal(at, b->length);
    text[at] = '\0';
    return text;
}

static struct pail_chunked *chunked(const struct pail_chunked_options *opt)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_chunked *c = NULL;
    assert_ok(pail_chunked_new(opt, &c, &err), &err);
    return c;
}

static void test_unsigned(void **state)
{
    static const struct {
        const char *data;
        enum pail_checksum_alg alg;
        const char *text;
    } cases[] = {
        {"", PAIL_CK_CRC32, "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"},
        {"hello world", PAIL_CK_CRC32,
         "4\r\nhell\r\n4\r\no wo\r\n3\r\nrld\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"},
        {"abcd", PAIL_CK_SHA256,
         "4\r\nabcd\r\n0\r\n"
         "x-amz-checksum-sha256:iNQmb9TmM40TuEX88olXnSCciXgjuSF9o+Fhk28DFYk=\r\n\r\n"},
        {"abcde", PAIL_CK_SHA1,
         "4\r\nabcd\r\n1\r\ne\r\n0\r\n"
         "x-amz-checksum-sha1:A95sVwv+JL/DKMzXyka3bq2vQzQ=\r\n\r\n"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        for (size_t step = 1; step < 200; step += 7) {
            struct pail_chunked *c = chunked(&(struct pail_chunked_options){
                .source = body_of(cases[i].data, strlen(cases[i].data)),
                .alg = cases[i].alg,
                .chunk_size = 4});
            char *text = encoded(c, step);
            assert_string_equal(text, cases[i].text);
            free(text);
            text = encoded(c, 1000); /* and again from the beginning */
            assert_string_equal(text, cases[i].text);
            free(text);
            pail_chunked_free(c);
        }
}

/* Read from any place: what a connection that broke has to send again. */
static void test_any_place(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_chunked *c = chunked(&(struct pail_chunked_options){
        .source = body_of("hello world", 11), .alg = PAIL_CK_CRC64NVME, .chunk_size = 4});
    char *text = encoded(c, 1000), one;
    size_t length = strlen(text), n;
    for (size_t i = 0; i < 2000; i++) {
        size_t at = i * 37 % length;
        assert_ok(pail_body_read(pail_chunked_body(c), at, &one, 1, &n, &err), &err);
        assert_int_equal(n, 1);
        assert_int_equal(one, text[at]);
    }
    assert_ok(pail_body_read(pail_chunked_body(c), length, &one, 1, &n, &err), &err);
    assert_int_equal(n, 0);
    free(text);
    pail_chunked_free(c);
}

/* The published example: 65 KiB in chunks of 64 KiB, with a trailer. */
static void test_signed(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *credentials;
    struct pail_credentials_fields f = {
        .access_key = PAIL_STR("AKIAIOSFODNN7EXAMPLE"),
        .secret_key = PAIL_STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
    struct pail_sign_params p = {.service = PAIL_STR("s3"),
                                 .region = PAIL_STR("us-east-1"),
                                 .now_unix_s = 1369353600,
                                 .s3_path = true};
    char *data = malloc(66560);
    assert_non_null(data);
    memset(data, 'a', 66560);
    assert_ok(pail_credentials_new(&f, &credentials, &err), &err);
    struct pail_chunked *c = chunked(&(struct pail_chunked_options){
        .source = body_of(data, 66560), .alg = PAIL_CK_CRC32C, .sign = true});
    pail_chunked_begin(
        c, &p, credentials,
        PAIL_STR("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"));
    char *text = encoded(c, 10000);
    static const char head[] =
        "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"
        "\r\naaaa";
    static const char tail[] =
        "aaa\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"
        "\r\nx-amz-checksum-crc32c:sOO8/Q==\r\n"
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
        "\r\n\r\n";
    assert_memory_equal(text, head, sizeof(head) - 1);
    assert_string_equal(text + strlen(text) - strlen(tail), tail);
    assert_non_null(strstr(text, "\r\n400;chunk-signature="
                                 "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7"
                                 "\r\naaaa"));
    assert_string_equal(pail_chunked_payload_hash(c), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
    free(text);
    free(data);
    pail_chunked_free(c);
    (void)pail_credentials_unref(credentials);
}

static void test_headers(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_request r;
    struct pail_chunked *c = chunked(
        &(struct pail_chunked_options){.source = body_of("hello world", 11), .alg = PAIL_CK_CRC32});
    pail_request_init(&r);
    assert_ok(pail_request_header(&r, "Content-Encoding", PAIL_STR("gzip"), &err), &err);
    assert_ok(pail_chunked_headers(c, &r, &err), &err);
    static const char *const expected[][2] = {{"Content-Encoding", "gzip,aws-chunked"},
                                              {"X-Amz-Decoded-Content-Length", "11"},
                                              {"X-Amz-Trailer", "x-amz-checksum-crc32"},
                                              {"x-amz-sdk-checksum-algorithm", "CRC32"}};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(expected); i++)
        assert_true(pail_str_eqz(pail_headers_get(&r.headers, expected[i][0]), expected[i][1]));
    assert_string_equal(pail_chunked_payload_hash(c), "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    pail_request_done(&r);
    pail_chunked_free(c);
    struct pail_chunked_options nothing = {.source = body_of("", 0)};
    assert_int_equal(pail_chunked_new(&nothing, &c, &err), PAIL_E_INVALID);
}

/* A source that ends too early is an error, not a shorter body. */
static int short_read(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    *ret_n = offset < 5 ? 5 - offset : 0;
    memset(dst, 'x', *ret_n);
    return 0;
}

static void test_short_source(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_body source = {.read = short_read, .length = 10};
    struct pail_chunked *c = chunked(
        &(struct pail_chunked_options){.source = &source, .alg = PAIL_CK_CRC32});
    char room[100];
    size_t n;
    assert_int_equal(pail_body_read(pail_chunked_body(c), 0, room, sizeof(room), &n, &err),
                     PAIL_E_INVALID);
    assert_string_equal(err.message, "request body: 0 bytes at offset 5 of 10");
    pail_chunked_free(c);
}

static int all_of_it(void *ud, struct pail_error *err)
{
    struct pail_chunked *c;
    char room[200];
    size_t n;
    struct pail_chunked_options opt = {.source = body_of("hello world", 11), .alg = PAIL_CK_SHA256};
    int rc = pail_chunked_new(&opt, &c, err);
    if (rc)
        return rc;
    rc = pail_body_read(pail_chunked_body(c), 0, room, sizeof(room), &n, err);
    if (!rc) /* never a frame that lacks something */
        assert_memory_equal(room,
                            "b\r\nhello world\r\n0\r\nx-amz-checksum-sha256:"
                            "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=\r\n\r\n",
                            n);
    pail_chunked_free(c);
    return rc;
}

static void test_no_memory(void **state)
{
    pail_torture("chunked", all_of_it, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_unsigned), cmocka_unit_test(test_any_place),
               cmocka_unit_test(test_signed), cmocka_unit_test(test_headers),
               cmocka_unit_test(test_short_source), cmocka_unit_test(test_no_memory))
