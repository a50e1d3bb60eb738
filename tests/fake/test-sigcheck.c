/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: the examples that AWS publishes for Signature Version 4 in S3 (their keys, dates and
 * signatures are public constants), and each way in which they can be wrong.
 */
#include "fake/digest.h"
#include "fake/rig.h"

#define ACCESS "AKIAIOSFODNN7EXAMPLE"
#define SECRET "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define SCOPE "20130524/us-east-1/s3/aws4_request"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define AUTH(scope, headers, signature)                                                            \
    "Authorization: AWS4-HMAC-SHA256 Credential=" ACCESS "/" scope ",SignedHeaders=" headers       \
    ",Signature=" signature "\n"
#define HOST "Host: examplebucket.s3.amazonaws.com\n"
#define DATE "x-amz-date: 20130524T000000Z\n"

static void open_example(struct rig *r)
{
    rig_open(r, &(struct fake_s3_options){
                    .access_key = ACCESS, .secret_key = SECRET, .domain = "s3.amazonaws.com"});
    fake_s3_make_bucket(r->s3, "examplebucket");
    fake_s3_put(r->s3, "examplebucket", "test.txt", "0123456789abc", 13, NULL, 0, RIG_NOW);
}

#define GET_SIGNATURE "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
#define GET_HEADERS "host;range;x-amz-content-sha256;x-amz-date"
#define GET_REST HOST "Range: bytes=0-9\nx-amz-content-sha256: " EMPTY "\n" DATE
#define PRESIGNED                                                                                  \
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" ACCESS                          \
    "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"                      \
    "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="                               \
    "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

static void test_published(void **state)
{
    struct rig r;
    open_example(&r);
    assert_int_equal(
        ask(&r, "GET", "/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, NULL), 206);
    assert_string_equal(r.last.body, "0123456789");
    assert_int_equal(
        ask(&r, "PUT", "/test%24file.text",
            AUTH(SCOPE, "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                 "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd") HOST
            "Date: Fri, 24 May 2013 00:00:00 GMT\nx-amz-storage-class: REDUCED_REDUNDANCY\n"
            "x-amz-content-sha256: "
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072\n" DATE,
            "Welcome to Amazon S3."),
        200);
    ask(&r, "GET", "/?lifecycle",
        AUTH(SCOPE, "host;x-amz-content-sha256;x-amz-date",
             "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543") HOST
        "x-amz-content-sha256: " EMPTY "\n" DATE,
        NULL);
    assert_answer(&r, 404, "NoSuchLifecycleConfiguration");
    assert_int_equal(ask(&r, "GET", "/?max-keys=2&prefix=J",
                         AUTH(SCOPE, "host;x-amz-content-sha256;x-amz-date",
                              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
                             HOST "x-amz-content-sha256: " EMPTY "\n" DATE,
                         NULL),
                     200);
    assert_int_equal(ask(&r, "GET", PRESIGNED, HOST, NULL), 200);
    rig_close(&r);
}

static void test_wrong(void **state)
{
    static const struct {
        const char *target, *headers, *code;
        int status;
        int64_t later_ms;
    } rows[] = {
        {"/test.txt", HOST, "AccessDenied", 403, 0},
        {"/test.txt", AUTH(SCOPE, GET_HEADERS, EMPTY) GET_REST, "SignatureDoesNotMatch", 403, 0},
        {"/test.txt?x=1", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, "SignatureDoesNotMatch",
         403, 0},
        {"/test2.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, "SignatureDoesNotMatch",
         403, 0},
        {"/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, "RequestTimeTooSkewed", 403,
         15 * 60000 + 1},
        {"/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, "RequestTimeTooSkewed", 403,
         -15 * 60000 - 1},
        {"/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, "", 206, 15 * 60000},
        {"/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST "x-amz-meta-a: b",
         "AccessDenied", 403, 0},
        {"/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST "x-amz-security-token: t",
         "InvalidToken", 400, 0},
        {"/test.txt",
         AUTH("20130524/eu-west-1/s3/aws4_request", GET_HEADERS, GET_SIGNATURE) GET_REST,
         "AuthorizationHeaderMalformed", 400, 0},
        {"/test.txt",
         AUTH("20130524/us-east-1/ec2/aws4_request", GET_HEADERS, GET_SIGNATURE) GET_REST,
         "AuthorizationHeaderMalformed", 400, 0},
        {"/test.txt",
         AUTH("20130525/us-east-1/s3/aws4_request", GET_HEADERS, GET_SIGNATURE) GET_REST,
         "AuthorizationHeaderMalformed", 400, 0},
        {"/test.txt",
         AUTH("20130524/us-east-1/s3/aws5_request", GET_HEADERS, GET_SIGNATURE) GET_REST,
         "AuthorizationHeaderMalformed", 400, 0},
        {"/test.txt", "Authorization: AWS AKID:sig\n" GET_REST, "InvalidRequest", 400, 0},
        {"/test.txt",
         AUTH(SCOPE, "range;host;x-amz-content-sha256;x-amz-date", GET_SIGNATURE) GET_REST,
         "AuthorizationHeaderMalformed", 400, 0},
        {"/test.txt", AUTH(SCOPE, "host;x-amz-date", GET_SIGNATURE) HOST DATE, "InvalidRequest",
         400, 0},
        {PRESIGNED, HOST, "", 200, INT64_C(86400000)},
        {PRESIGNED, HOST, "AccessDenied", 403, INT64_C(86400001)},
        {PRESIGNED, HOST, "AccessDenied", 403, -15 * 60000 - 1},
        {PRESIGNED, "Host: bkt.s3.amazonaws.com", "SignatureDoesNotMatch", 403, 0},
        {PRESIGNED "0", HOST, "SignatureDoesNotMatch", 403, 0},
        {PRESIGNED "&versionId=null", HOST, "SignatureDoesNotMatch", 403, 0},
        {"/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256", HOST, "AuthorizationQueryParametersError",
         400, 0},
    };
    struct rig r;
    open_example(&r);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        r.now_ms = RIG_NOW + rows[i].later_ms;
        ask(&r, "GET", rows[i].target, rows[i].headers, NULL);
        if (r.last.status != rows[i].status || strcmp(element(&r, "Code"), rows[i].code) != 0)
            fail_msg("row %zu: %d %s", i, r.last.status, r.last.body);
    }
    rig_close(&r);
    rig_open(&r, &(struct fake_s3_options){.access_key = "other", .secret_key = SECRET});
    ask(&r, "GET", "/test.txt", AUTH(SCOPE, GET_HEADERS, GET_SIGNATURE) GET_REST, NULL);
    assert_answer(&r, 403, "InvalidAccessKeyId");
    rig_close(&r);
}

/* ---- chunks ---------------------------------------------------------------------------------- */

#define CHUNK1                                                                                     \
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
#define CHUNK2                                                                                     \
    "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
#define CHUNK3                                                                                     \
    "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n"
#define CHUNK_HEADERS                                                                              \
    "Host: s3.amazonaws.com\n" DATE "x-amz-storage-class: REDUCED_REDUNDANCY\n"                    \
    "Content-Encoding: aws-chunked\nx-amz-decoded-content-length: 66560\n"

static void put_as(struct fake_buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fake_buf_str(b, "a");
}

static void make_chunks(struct fake_buf *b, const char *one, const char *two, const char *end)
{
    fake_buf_str(b, one);
    put_as(b, 65536);
    fake_buf_str(b, "\r\n");
    fake_buf_str(b, two);
    put_as(b, 1024);
    fake_buf_str(b, "\r\n");
    fake_buf_str(b, end);
    fake_buf_str(b, "\r\n");
}

#define CHUNKED                                                                                    \
    AUTH(SCOPE,                                                                                    \
         "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"                   \
         "x-amz-decoded-content-length;x-amz-storage-class",                                       \
         "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")                       \
    CHUNK_HEADERS "Content-Length: 66824\n"                                                        \
                  "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

static void test_chunks(void **state)
{
    struct rig r;
    struct fake_buf b = {0};
    size_t n;
    open_example(&r);
    make_chunks(&b, CHUNK1, CHUNK2, CHUNK3);
    assert_int_equal(b.n, 66824);
    assert_int_equal(ask_bytes(&r, "PUT", "/examplebucket/chunkObject.txt", CHUNKED, b.p, b.n),
                     200);
    assert_non_null(fake_s3_get(r.s3, "examplebucket", "chunkObject.txt", &n, NULL));
    assert_int_equal(n, 66560);
    b.p[70000] ^= 1;
    b.p[66000] ^= 1; /* in the second chunk's signature or data */
    ask_bytes(&r, "PUT", "/examplebucket/chunkObject.txt", CHUNKED, b.p, b.n);
    assert_string_not_equal(element(&r, "Code"), "");
    b.p[66000] ^= 1;
    b.p[100] ^= 1;
    ask_bytes(&r, "PUT", "/examplebucket/chunkObject.txt", CHUNKED, b.p, b.n);
    assert_answer(&r, 403, "SignatureDoesNotMatch");
    fake_buf_done(&b);
    make_chunks(&b, CHUNK1, CHUNK2, "");
    ask_bytes(&r, "PUT", "/examplebucket/chunkObject.txt", CHUNKED, b.p, b.n);
    assert_string_not_equal(element(&r, "Code"), "");
    fake_buf_done(&b);
    rig_close(&r);
}

#define TRAILER_HEADERS                                                                            \
    AUTH(SCOPE,                                                                                    \
         "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"     \
         "x-amz-storage-class;x-amz-trailer",                                                      \
         "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")                       \
    CHUNK_HEADERS "x-amz-trailer: x-amz-checksum-crc32c\n"                                         \
                  "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"

static void test_signed_trailer(void **state)
{
    static const char end[] =
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
        "x-amz-checksum-crc32c:sOO8/Q==\r\n"
        "x-amz-trailer-signature:"
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n";
    static const char one[] =
        "10000;chunk-signature="
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n";
    static const char two[] =
        "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n";
    struct rig r;
    struct fake_buf b = {0};
    open_example(&r);
    make_chunks(&b, one, two, end);
    if (ask_bytes(&r, "PUT", "/examplebucket/chunkObject.txt", TRAILER_HEADERS, b.p, b.n) != 200)
        fail_msg("%s", r.last.body);
    assert_string_equal(header(&r, "x-amz-checksum-crc32c"), "sOO8/Q==");
    char *at = strstr(b.p, "sOO8");
    *at = 'X';
    ask_bytes(&r, "PUT", "/examplebucket/chunkObject.txt", TRAILER_HEADERS, b.p, b.n);
    assert_answer(&r, 403, "SignatureDoesNotMatch");
    fake_buf_done(&b);
    rig_close(&r);
}

static void test_unsigned_trailer(void **state)
{
    static const struct {
        const char *headers, *body, *code;
    } rows[] = {
        {"x-amz-trailer: x-amz-checksum-crc32\nx-amz-decoded-content-length: 9",
         "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n", ""},
        {"x-amz-trailer: x-amz-checksum-crc32\nx-amz-decoded-content-length: 9",
         "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", "BadDigest"},
        {"x-amz-trailer: x-amz-checksum-crc32\nx-amz-decoded-content-length: 9",
         "9\r\n123456789\r\n0\r\n\r\n", "MalformedTrailerError"},
        {"x-amz-decoded-content-length: 8", "9\r\n123456789\r\n0\r\n\r\n", "IncompleteBody"},
        {"x-amz-decoded-content-length: 9", "9\r\n12345\r\n0\r\n\r\n", "InvalidRequest"},
        {"x-amz-decoded-content-length: 9", "9\r\n123456789\r\n", "IncompleteBody"},
        {"x-amz-decoded-content-length: 9", "4\r\n1234\r\n5\r\n56789\r\n0\r\n\r\n",
         "InvalidChunkSizeError"},
        {"x-amz-decoded-content-length: 9", "zz\r\n", "InvalidRequest"},
        {"x-amz-decoded-content-length: 9", "ffffffffffffffff\r\n123456789\r\n", "IncompleteBody"},
        {"x-a: b", "9\r\n123456789\r\n0\r\n\r\n", "MissingContentLength"},
    };
    struct rig r;
    rig_open(&r, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char h[512];
        snprintf(h, sizeof(h), "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\n%s",
                 rows[i].headers);
        ask(&r, "PUT", "/bkt/k", h, rows[i].body);
        if (strcmp(element(&r, "Code"), rows[i].code) != 0)
            fail_msg("row %zu: %s", i, r.last.body);
    }
    size_t n;
    assert_memory_equal(fake_s3_get(r.s3, "bkt", "k", &n, NULL), "123456789", 9);
    assert_int_equal(n, 9);
    rig_close(&r);
    rig_open(&r, &(struct fake_s3_options){.quirk_no_trailers = true});
    ask(&r, "PUT", "/bkt/k", "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "0\r\n\r\n");
    assert_answer(&r, 400, "XAmzContentSHA256Mismatch");
    rig_close(&r);
}

/* ---- STS ------------------------------------------------------------------------------------- */

static void test_sts(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    assert_int_equal(
        ask(&r, "POST", "/", NULL,
            "Action=AssumeRole&Version=2011-06-15&RoleSessionName=me"
            "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&DurationSeconds=900"),
        200);
    assert_string_equal(element(&r, "Expiration"), "2013-05-24T00:15:00Z");
    assert_string_equal(element(&r, "Arn"), "arn:aws:sts::123456789012:assumed-role/r/me");
    assert_int_equal(strlen(element(&r, "AccessKeyId")), 20);
    ask(&r, "POST", "/", NULL,
        "Action=AssumeRole&RoleSessionName=me&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%"
        "2FDENIED");
    assert_answer(&r, 403, "AccessDenied");
    ask(&r, "POST", "/", NULL,
        "Action=AssumeRole&RoleSessionName=me&DurationSeconds=1&RoleArn=arn:aws:iam::1:r/x");
    assert_answer(&r, 400, "ValidationError");
    ask(&r, "POST", "/", NULL, "Action=Dance");
    assert_answer(&r, 400, "InvalidAction");
    assert_int_equal(fake_s3_count(r.s3, "AssumeRole"), 3);
    rig_close(&r);
    open_example(&r);
    ask(&r, "POST", "/", NULL, "Action=GetCallerIdentity");
    assert_answer(&r, 403, "MissingAuthenticationToken");
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_chunks),           cmocka_unit_test(test_signed_trailer),
        cmocka_unit_test(test_unsigned_trailer), cmocka_unit_test(test_sts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
