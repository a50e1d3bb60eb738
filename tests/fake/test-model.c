/* SPDX-License-Identifier: Apache-2.0 */
/* The S3 model against what S3 is documented to answer: objects, conditions, ranges, copies,
 * checksums, faults. */
#include "fake/digest.h"
#include "fake/rig.h"

static void test_put_get_delete(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    assert_int_equal(
        ask(&r, "PUT", "/bkt/a%20b", "Content-Type: text/x\nx-amz-meta-Mode: 33188", "hello"), 200);
    assert_string_equal(header(&r, "ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
    assert_int_equal(ask(&r, "GET", "/bkt/a%20b", NULL, NULL), 200);
    assert_int_equal(r.last.body_len, 5);
    assert_memory_equal(r.last.body, "hello", 5);
    assert_string_equal(header(&r, "Content-Type"), "text/x");
    assert_string_equal(header(&r, "x-amz-meta-mode"), "33188");
    assert_string_equal(header(&r, "Last-Modified"), "Fri, 24 May 2013 00:00:00 GMT");
    assert_int_equal(ask(&r, "HEAD", "/bkt/a%20b", NULL, NULL), 200);
    assert_true(r.last.no_body);
    assert_string_equal(header(&r, "Content-Length"), "5");
    assert_string_equal(fake_s3_key(r.s3, "bkt", 0), "a b");
    assert_int_equal(ask(&r, "DELETE", "/bkt/a%20b", NULL, NULL), 204);
    assert_int_equal(ask(&r, "DELETE", "/bkt/a%20b", NULL, NULL), 204);
    ask(&r, "GET", "/bkt/a%20b", NULL, NULL);
    assert_answer(&r, 404, "NoSuchKey");
    assert_string_equal(element(&r, "RequestId"), header(&r, "x-amz-request-id"));
    assert_int_equal(ask(&r, "HEAD", "/bkt/a%20b", NULL, NULL), 404);
    assert_int_equal(r.last.body_len, 0);
    ask(&r, "GET", "/none/x", NULL, NULL);
    assert_answer(&r, 404, "NoSuchBucket");
    assert_int_equal(fake_s3_count(r.s3, "GetObject"), 3);
    assert_string_equal(fake_s3_log(r.s3, 0), "PutObject bkt/a b 200");
    rig_close(&r);
}

static void test_keys(void **state)
{
    static const struct {
        const char *path, *key;
    } rows[] = {{"/bkt/a//b", "a//b"},       {"/bkt//a", "/a"},    {"/bkt/..", ".."},
                {"/bkt/../a", "../a"},       {"/bkt/d/", "d/"},    {"/bkt/%01%0A", "\1\n"},
                {"/bkt/%ff%fe", "\xff\xfe"}, {"/bkt/a+b", "a b"},  {"/bkt/a%2Bb", "a+b"},
                {"/bkt/%C3%BC", "ü"},        {"/bkt/f%2Fg", "f/g"}};
    struct rig r;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_open(&r, NULL);
        assert_int_equal(ask(&r, "PUT", rows[i].path, NULL, "x"), 200);
        assert_string_equal(fake_s3_key(r.s3, "bkt", 0), rows[i].key);
        rig_close(&r);
    }
    char path[1100] = "/bkt/";
    rig_open(&r, NULL);
    memset(path + 5, 'k', 1024);
    assert_int_equal(ask(&r, "PUT", path, NULL, "x"), 200);
    path[5 + 1024] = 'k';
    ask(&r, "PUT", path, NULL, "x");
    assert_answer(&r, 400, "KeyTooLongError");
    ask(&r, "PUT", "/bkt/%zz", NULL, "x");
    assert_answer(&r, 400, "InvalidURI");
    rig_close(&r);
}

static void test_ranges(void **state)
{
    static const struct {
        const char *range;
        int status;
        const char *body, *content_range;
    } rows[] = {
        {"bytes=0-0", 206, "0", "bytes 0-0/10"},  {"bytes=3-5", 206, "345", "bytes 3-5/10"},
        {"bytes=8-", 206, "89", "bytes 8-9/10"},  {"bytes=8-99", 206, "89", "bytes 8-9/10"},
        {"bytes=-3", 206, "789", "bytes 7-9/10"}, {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
        {"bytes=10-", 416, NULL, "bytes */10"},   {"bytes=-0", 416, NULL, "bytes */10"},
        {"bytes=5-3", 200, "0123456789", ""},     {"bytes=0-1,4-5", 200, "0123456789", ""},
        {"lines=0-1", 200, "0123456789", ""}};
    struct rig r;
    rig_open(&r, NULL);
    fake_s3_put(r.s3, "bkt", "k", "0123456789", 10, NULL, 0, RIG_NOW);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char h[64];
        snprintf(h, sizeof(h), "Range: %s", rows[i].range);
        assert_int_equal(ask(&r, "GET", "/bkt/k", h, NULL), rows[i].status);
        assert_string_equal(header(&r, "Content-Range"), rows[i].content_range);
        if (rows[i].body)
            assert_string_equal(r.last.body, rows[i].body);
        else
            assert_string_equal(element(&r, "Code"), "InvalidRange");
    }
    fake_s3_put(r.s3, "bkt", "empty", "", 0, NULL, 0, RIG_NOW);
    assert_int_equal(ask(&r, "GET", "/bkt/empty", "Range: bytes=0-", NULL), 416);
    assert_int_equal(ask(&r, "GET", "/bkt/empty", NULL, NULL), 200);
    assert_int_equal(ask(&r, "GET", "/bkt/k?response-content-type=a%2Fb", NULL, NULL), 200);
    assert_string_equal(header(&r, "Content-Type"), "a/b");
    rig_close(&r);
}

#define ETAG "781e5e245d69b566979b86e28d23f2c7" /* of "0123456789" */
#define BEFORE "Thu, 23 May 2013 00:00:00 GMT"
#define SAME "Fri, 24 May 2013 00:00:00 GMT"

static void test_conditions(void **state)
{
    static const struct {
        const char *method, *path, *headers;
        int status;
    } rows[] = {
        {"GET", "/bkt/k", "If-Match: \"" ETAG "\"", 200},
        {"GET", "/bkt/k", "If-Match: " ETAG, 200},
        {"GET", "/bkt/k", "If-Match: *", 200},
        {"GET", "/bkt/k", "If-Match: \"x\", \"" ETAG "\"", 200},
        {"GET", "/bkt/k", "If-Match: \"x\"", 412},
        {"GET", "/bkt/k", "If-None-Match: \"" ETAG "\"", 304},
        {"HEAD", "/bkt/k", "If-None-Match: *", 304},
        {"GET", "/bkt/k", "If-None-Match: \"x\"", 200},
        {"GET", "/bkt/k", "If-Modified-Since: " SAME, 304},
        {"GET", "/bkt/k", "If-Modified-Since: " BEFORE, 200},
        {"GET", "/bkt/k", "If-Unmodified-Since: " BEFORE, 412},
        {"GET", "/bkt/k", "If-Unmodified-Since: " SAME, 200},
        {"GET", "/bkt/k", "If-Match: \"" ETAG "\"\nIf-Unmodified-Since: " BEFORE, 200},
        {"GET", "/bkt/k", "If-None-Match: \"x\"\nIf-Modified-Since: " SAME, 200},
        {"GET", "/bkt/none", "If-Match: \"x\"", 404},
        {"PUT", "/bkt/k", "If-None-Match: *", 412},
        {"PUT", "/bkt/k", "If-None-Match: \"x\"", 501},
        {"PUT", "/bkt/k", "If-Match: \"x\"", 412},
        {"PUT", "/bkt/none", "If-Match: \"x\"", 404},
        {"DELETE", "/bkt/k", "If-Match: \"x\"", 412},
        {"PUT", "/bkt/c", "x-amz-copy-source: /bkt/k\nx-amz-copy-source-if-match: \"x\"", 412},
        {"PUT", "/bkt/c", "x-amz-copy-source: bkt/k\nx-amz-copy-source-if-none-match: " ETAG, 412},
        {"PUT", "/bkt/c", "x-amz-copy-source: bkt/k\nx-amz-copy-source-if-modified-since: " SAME,
         412},
        {"PUT", "/bkt/o", "x-amz-copy-source: bkt/k\nIf-None-Match: *", 412},
        {"PUT", "/bkt/o", "x-amz-copy-source: bkt/k\nIf-Match: \"x\"", 412},
        {"PUT", "/bkt/c", "x-amz-copy-source: bkt/none", 404},
        {"PUT", "/bkt/k", "x-amz-copy-source: bkt/k", 400},
        {"PUT", "/bkt/c", "x-amz-copy-source: bkt/k\nIf-None-Match: *", 200},
        {"PUT", "/bkt/n", "If-None-Match: *", 200},
        {"PUT", "/bkt/n", "If-Match: d41d8cd98f00b204e9800998ecf8427e", 200},
        {"DELETE", "/bkt/n", "If-Match: \"d41d8cd98f00b204e9800998ecf8427e\"", 204},
        {"DELETE", "/bkt/k", "If-Match: *", 204},
    };
    struct rig r;
    rig_open(&r, NULL);
    fake_s3_put(r.s3, "bkt", "k", "0123456789", 10, NULL, 0, RIG_NOW);
    fake_s3_put(r.s3, "bkt", "o", "other", 5, NULL, 0, RIG_NOW);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int status = ask(&r, rows[i].method, rows[i].path, rows[i].headers, NULL);
        if (status != rows[i].status)
            fail_msg("%s %s with %s: %d, not %d", rows[i].method, rows[i].path, rows[i].headers,
                     status, rows[i].status);
        if (status == 304)
            assert_int_equal(r.last.body_len, 0);
    }
    assert_string_equal(fake_s3_key(r.s3, "bkt", 0), "c");
    rig_close(&r);
}

static void test_quirks(void **state)
{
    struct rig r;
    rig_open(&r,
             &(struct fake_s3_options){.quirk_bare_etags = true, .quirk_ignore_conditions = true});
    fake_s3_put(r.s3, "bkt", "k", "0123456789", 10, NULL, 0, RIG_NOW);
    assert_int_equal(ask(&r, "PUT", "/bkt/k", "If-Match: \"" ETAG "\"", "0123456789"), 412);
    assert_int_equal(ask(&r, "PUT", "/bkt/k", "If-Match: " ETAG, "0123456789"), 200);
    assert_int_equal(ask(&r, "PUT", "/bkt/none", "If-Match: " ETAG, NULL), 412);
    assert_int_equal(ask(&r, "PUT", "/bkt/k", "If-None-Match: *", NULL), 412);
    assert_int_equal(ask(&r, "DELETE", "/bkt/k", "If-Match: \"x\"", NULL), 204);
    rig_close(&r);
}

static void test_checksums(void **state)
{
    static const struct {
        const char *name, *right, *wrong;
    } rows[] = {{"crc32", "y/Q5Jg==", "AAAAAA=="},
                {"crc32c", "4waSgw==", "AAAAAA=="},
                {"crc64nvme", "rosUhgp5mIg=", "AAAAAAAAAAA="},
                {"sha1", "98O8HYCOBHMq32eZZczDTKeuNEE=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
                {"sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}};
    struct rig r;
    char h[256], name[64];
    rig_open(&r, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(name, sizeof(name), "x-amz-checksum-%s", rows[i].name);
        snprintf(h, sizeof(h), "%s: %s", name, rows[i].right);
        if (ask(&r, "PUT", "/bkt/k", h, "123456789") != 200)
            fail_msg("%s: %s", rows[i].name, r.last.body);
        assert_string_equal(header(&r, name), rows[i].right);
        ask(&r, "GET", "/bkt/k", NULL, NULL);
        assert_string_equal(header(&r, name), "");
        ask(&r, "GET", "/bkt/k", "x-amz-checksum-mode: ENABLED", NULL);
        assert_string_equal(header(&r, name), rows[i].right);
        assert_string_equal(header(&r, "x-amz-checksum-type"), "FULL_OBJECT");
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(h, sizeof(h), "x-amz-checksum-%s: %s", rows[i].name, rows[i].wrong);
        ask(&r, "PUT", "/bkt/k", h, "123456789");
        assert_answer(&r, 400, "BadDigest");
        snprintf(h, sizeof(h), "x-amz-checksum-%s: AAA=", rows[i].name);
        ask(&r, "PUT", "/bkt/k", h, "123456789");
        assert_answer(&r, 400, "InvalidRequest");
    }
    assert_int_equal(ask(&r, "PUT", "/bkt/k", "Content-MD5: JfnnlDI7RTiF9RgfG2JNCw==", "123456789"),
                     200);
    ask(&r, "PUT", "/bkt/k", "Content-MD5: JfnnlDI7RTiF9RgfG2JNCw==", "12345678");
    assert_answer(&r, 400, "BadDigest");
    ask(&r, "PUT", "/bkt/k", "Content-MD5: x", "12345678");
    assert_answer(&r, 400, "InvalidDigest");
    ask(&r, "PUT", "/bkt/k", "x-amz-sdk-checksum-algorithm: CRC32", "12345678");
    assert_answer(&r, 400, "InvalidRequest");
    ask(&r, "PUT", "/bkt/k",
        "x-amz-checksum-crc32: y/Q5Jg==\nx-amz-checksum-crc32c: 4waSgw==", "123456789");
    assert_answer(&r, 400, "InvalidRequest");
    rig_close(&r);
}

static void test_metadata(void **state)
{
    struct rig r;
    char big[2200] = "x-amz-meta-k: ";
    rig_open(&r, NULL);
    memset(big + 14, 'v', 2047);
    assert_int_equal(ask(&r, "PUT", "/bkt/k", big, "x"), 200);
    big[14 + 2047] = 'v';
    ask(&r, "PUT", "/bkt/k", big, "x");
    assert_answer(&r, 400, "MetadataTooLarge");
    ask(&r, "PUT", "/bkt/k", "x-amz-meta-u: \xc3\xbc\nContent-Encoding: aws-chunked,gzip", "x");
    ask(&r, "HEAD", "/bkt/k", NULL, NULL);
    assert_string_equal(header(&r, "x-amz-meta-u"), "=?UTF-8?B?w4PCvA==?=");
    assert_string_equal(header(&r, "Content-Encoding"), "gzip");
    ask(&r, "PUT", "/bkt/k", "x-amz-server-side-encryption-customer-key: x", "x");
    assert_answer(&r, 501, "NotImplemented");
    ask(&r, "PUT", "/bkt/k", "x-amz-storage-class: NOPE", "x");
    assert_answer(&r, 400, "InvalidStorageClass");
    assert_int_equal(ask(&r, "PUT", "/bkt/cold", "x-amz-storage-class: GLACIER", "x"), 200);
    ask(&r, "GET", "/bkt/cold", NULL, NULL);
    assert_answer(&r, 403, "InvalidObjectState");
    assert_int_equal(ask(&r, "HEAD", "/bkt/cold", NULL, NULL), 200);
    rig_close(&r);
}

static void test_copy(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    ask(&r, "PUT", "/bkt/k%20k", "Content-Type: a/a\nx-amz-meta-a: 1", "data");
    assert_int_equal(ask(&r, "PUT", "/bkt/copy", "x-amz-copy-source: /bkt/k%20k", NULL), 200);
    assert_string_equal(element(&r, "ETag"), "&quot;8d777f385d3dfec8815d20f7496026dc&quot;");
    assert_string_equal(fake_s3_object_header(r.s3, "bkt", "copy", "x-amz-meta-a"), "1");
    assert_int_equal(
        ask(&r, "PUT", "/bkt/k%20k",
            "x-amz-copy-source: bkt/k%20k\nx-amz-metadata-directive: REPLACE\nx-amz-meta-b: 2",
            NULL),
        200);
    assert_null(fake_s3_object_header(r.s3, "bkt", "k k", "x-amz-meta-a"));
    assert_string_equal(fake_s3_object_header(r.s3, "bkt", "k k", "x-amz-meta-b"), "2");
    size_t n;
    const char *etag;
    assert_memory_equal(fake_s3_get(r.s3, "bkt", "k k", &n, &etag), "data", 4);
    ask(&r, "PUT", "/bkt/x", "x-amz-copy-source: nokey", NULL);
    assert_answer(&r, 400, "InvalidArgument");
    rig_close(&r);
}

static void test_buckets(void **state)
{
    static const char *const bad[] = {"/ab", "/UPPER", "/a..b", "/-ab", "/under_score"};
    struct rig r;
    rig_open(&r, &(struct fake_s3_options){.region = "eu-west-1", .domain = "s3.test"});
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ask(&r, "PUT", bad[i], NULL, NULL);
        assert_answer(&r, 400, "InvalidBucketName");
    }
    ask(&r, "PUT", "/new", NULL, NULL);
    assert_answer(&r, 400, "IllegalLocationConstraintException");
    const char
        *doc = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
               "<LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    assert_int_equal(ask(&r, "PUT", "/new", NULL, doc), 200);
    ask(&r, "PUT", "/new", NULL, doc);
    assert_answer(&r, 409, "BucketAlreadyOwnedByYou");
    assert_int_equal(ask(&r, "HEAD", "/new", NULL, NULL), 200);
    assert_string_equal(header(&r, "x-amz-bucket-region"), "eu-west-1");
    ask(&r, "GET", "/new?location", NULL, NULL);
    assert_non_null(strstr(r.last.body, ">eu-west-1</LocationConstraint>"));
    assert_int_equal(ask(&r, "PUT", "/k", "Host: new.s3.test:80", "virtual"), 200);
    assert_string_equal(fake_s3_key(r.s3, "new", 0), "k");
    ask(&r, "DELETE", "/new", NULL, NULL);
    assert_answer(&r, 409, "BucketNotEmpty");
    ask(&r, "GET", "/?max-buckets=1", NULL, NULL);
    assert_string_equal(element(&r, "Name"), "bkt");
    assert_string_equal(element(&r, "ContinuationToken"), "bkt");
    ask(&r, "GET", "/?max-buckets=1&continuation-token=bkt", NULL, NULL);
    assert_string_equal(element(&r, "Name"), "new");
    assert_string_equal(element(&r, "ContinuationToken"), "");
    ask(&r, "GET", "/new?website", NULL, NULL);
    assert_answer(&r, 501, "NotImplemented");
    rig_close(&r);
}

static int post_delete(struct rig *r, const char *doc)
{
    uint8_t md5[FAKE_SUM_MAX];
    char text[32], h[64];
    fake_hash_of(FAKE_MD5, doc, strlen(doc), md5);
    fake_base64(md5, 16, text);
    snprintf(h, sizeof(h), "Content-MD5: %s", text);
    return ask(r, "POST", "/bkt?delete", h, doc);
}

static void test_delete_objects(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    fake_s3_put(r.s3, "bkt", "a&b", "x", 1, NULL, 0, RIG_NOW);
    fake_s3_put(r.s3, "bkt", " blank ", "x", 1, NULL, 0, RIG_NOW);
    fake_s3_put(r.s3, "bkt", "kept", "x", 1, NULL, 0, RIG_NOW);
    const char
        *doc = "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key> blank </Key></Object>"
               "<Object><Key>none</Key></Object>"
               "<Object><Key>kept</Key><ETag>\"no\"</ETag></Object></Delete>";
    ask(&r, "POST", "/bkt?delete", NULL, doc);
    assert_answer(&r, 400, "InvalidRequest"); /* no Content-MD5 */
    assert_int_equal(post_delete(&r, doc), 200);
    assert_non_null(strstr(r.last.body,
                           "<Deleted><Key>a&amp;b</Key></Deleted><Deleted><Key> blank </Key>"
                           "</Deleted><Deleted><Key>none</Key></Deleted><Error><Key>kept</Key>"
                           "<Code>PreconditionFailed</Code>"));
    assert_string_equal(fake_s3_key(r.s3, "bkt", 0), "kept");
    assert_null(fake_s3_key(r.s3, "bkt", 1));
    assert_int_equal(
        post_delete(&r, "<Delete><Quiet>true</Quiet><Object><Key>kept</Key></Object></Delete>"),
        200);
    assert_null(strstr(r.last.body, "<Deleted>"));
    assert_null(fake_s3_key(r.s3, "bkt", 0));
    struct fake_buf many = {0};
    fake_buf_str(&many, "<Delete>");
    for (int i = 0; i < 1001; i++)
        fake_buf_fmt(&many, "<Object><Key>%d</Key></Object>", i);
    fake_buf_str(&many, "</Delete>");
    post_delete(&r, many.p);
    assert_answer(&r, 400, "MalformedXML");
    fake_buf_done(&many);
    static const char *const bad[] = {"<Delete>",
                                      "<Delete/>",
                                      "<Delete><Object/></Delete>",
                                      "text",
                                      "<Delete><Object><Key>a</Key></Delete></Object>",
                                      "<!DOCTYPE x><Delete><Object><Key>a</Key></Object></Delete>",
                                      "<Delete><Object><Key>&bogus;</Key></Object></Delete>"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        post_delete(&r, bad[i]);
        assert_answer(&r, 400, "MalformedXML");
    }
    rig_close(&r);
}

static void test_faults(void **state)
{
    struct rig r;
    char msg[256];
    rig_open(&r, NULL);
    assert_true(fake_s3_faults(r.s3,
                               "op=PutObject nth=2 count=2 status=503 code=SlowDown retry-after=7\n"
                               "op=Get* key=*.bin flip; op=HeadObject lost ; op=DeleteObject cut=1",
                               msg));
    assert_int_equal(ask(&r, "PUT", "/bkt/a.bin", NULL, "aaaa"), 200);
    ask(&r, "PUT", "/bkt/a.bin", NULL, "bbbb");
    assert_answer(&r, 503, "SlowDown");
    assert_string_equal(header(&r, "Retry-After"), "7");
    assert_int_equal(ask(&r, "PUT", "/bkt/a.bin", NULL, "bbbb"), 503);
    assert_int_equal(ask(&r, "PUT", "/bkt/a.txt", NULL, "bbbb"), 200);
    ask(&r, "GET", "/bkt/a.txt", NULL, NULL);
    assert_string_equal(r.last.body, "bbbb");
    ask(&r, "GET", "/bkt/a.bin", NULL, NULL);
    assert_string_equal(r.last.body, "aa`a");
    ask(&r, "GET", "/bkt/a.bin", NULL, NULL);
    assert_string_equal(r.last.body, "aaaa");
    ask(&r, "HEAD", "/bkt/a.bin", NULL, NULL);
    assert_int_equal(r.last.fate, FAKE_LOST);
    ask(&r, "DELETE", "/bkt/a.bin", NULL, NULL);
    assert_int_equal(r.last.fate, FAKE_CUT);
    assert_int_equal(r.last.cut_at, 1);
    static const char *const bad[] = {"op=PutObject",         "status=500",     "op=* nth=0 reset",
                                      "op=* reset lost",      "op=* status=99", "op=* wobble",
                                      "op=* reset code=Oops", "op=* stall=x",   "op=* cut=-1",
                                      "op=* reset; op=* ?"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        msg[0] = '\0';
        assert_false(fake_s3_faults(r.s3, bad[i], msg));
        assert_string_not_equal(msg, "");
    }
    assert_true(fake_s3_faults(r.s3, "op=CopyObject error200; op=* count=0 reset", msg));
    ask(&r, "PUT", "/bkt/c", "x-amz-copy-source: bkt/a.txt", NULL);
    assert_answer(&r, 200, "InternalError");
    ask(&r, "PUT", "/bkt/new", NULL, "x");
    assert_int_equal(r.last.fate, FAKE_RESET);
    assert_null(fake_s3_get(r.s3, "bkt", "new", NULL, NULL));
    assert_true(fake_s3_faults(r.s3, "op=PutObject late-etag", msg));
    assert_int_equal(ask(&r, "PUT", "/bkt/new", NULL, "hello"), 200);
    assert_string_equal(header(&r, "ETag"), "\"0d41402abc4b2a76b9719d911017c592\"");
    assert_true(fake_s3_faults(r.s3, "", msg));
    assert_int_equal(ask(&r, "PUT", "/bkt/new", NULL, "x"), 200);
    rig_close(&r);
}

static void test_clone(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    ask(&r, "PUT", "/bkt/a", NULL, "one");
    ask(&r, "POST", "/bkt/up?uploads", NULL, NULL);
    struct rig c = {.s3 = fake_s3_clone(r.s3), .now_ms = RIG_NOW};
    ask(&r, "PUT", "/bkt/a", NULL, "two");
    ask(&c, "DELETE", "/bkt/gone", NULL, NULL);
    size_t n;
    assert_memory_equal(fake_s3_get(c.s3, "bkt", "a", &n, NULL), "one", 3);
    assert_memory_equal(fake_s3_get(r.s3, "bkt", "a", &n, NULL), "two", 3);
    assert_int_equal(fake_s3_uploads(c.s3, "bkt"), 1);
    assert_int_equal(fake_s3_count(c.s3, "PutObject"), 1);
    assert_int_equal(fake_s3_count(r.s3, "DeleteObject"), 0);
    rig_close(&c);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_get_delete), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_ranges),         cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_quirks),         cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_metadata),       cmocka_unit_test(test_copy),
        cmocka_unit_test(test_buckets),        cmocka_unit_test(test_delete_objects),
        cmocka_unit_test(test_faults),         cmocka_unit_test(test_clone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
