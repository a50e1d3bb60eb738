/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart uploads: the order of things, what is refused, what lists say, and checksums of the
 * whole. */
#include "fake/digest.h"
#include "fake/rig.h"

static char *start(struct rig *r, const char *key, const char *headers)
{
    char target[128];
    snprintf(target, sizeof(target), "/bkt/%s?uploads", key);
    assert_int_equal(ask(r, "POST", target, headers, NULL), 200);
    return fake_dups(element(r, "UploadId"));
}

static int put_part(struct rig *r, const char *key, const char *id, int number, const char *headers,
                    const char *body)
{
    char target[256];
    snprintf(target, sizeof(target), "/bkt/%s?partNumber=%d&uploadId=%s", key, number, id);
    return ask(r, "PUT", target, headers, body);
}

/* parts: "1:body,2:body"; ETags are computed, a '!' before the number gives a wrong one. */
static int complete(struct rig *r, const char *key, const char *id, const char *headers,
                    const char *parts)
{
    struct fake_buf doc = {0};
    char *list = fake_dups(parts), *save = NULL, target[256];
    fake_buf_str(&doc, "<CompleteMultipartUpload>");
    for (char *p = strtok_r(list, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
        uint8_t md5[FAKE_SUM_MAX];
        char hex[33], *colon = strchr(p, ':');
        *colon = '\0';
        bool wrong = *p == '!';
        fake_hash_of(FAKE_MD5, colon + 1, strlen(colon + 1), md5);
        md5[0] ^= wrong;
        fake_hex(md5, 16, hex);
        fake_buf_fmt(&doc, "<Part><PartNumber>%s</PartNumber><ETag>&quot;%s&quot;</ETag></Part>",
                     p + wrong, hex);
    }
    fake_buf_str(&doc, "</CompleteMultipartUpload>");
    snprintf(target, sizeof(target), "/bkt/%s?uploadId=%s", key, id);
    int status = ask(r, "POST", target, headers, doc.p);
    fake_buf_done(&doc);
    free(list);
    return status;
}

static void test_life(void **state)
{
    struct rig r;
    rig_open(&r, &(struct fake_s3_options){.min_part_size = 3});
    char *id = start(&r, "k", "x-amz-meta-a: 1\nContent-Type: a/b");
    assert_int_equal(fake_s3_uploads(r.s3, "bkt"), 1);
    assert_int_equal(put_part(&r, "k", id, 2, NULL, "two"), 200);
    assert_int_equal(put_part(&r, "k", id, 1, NULL, "old"), 200);
    assert_int_equal(put_part(&r, "k", id, 1, NULL, "one"), 200);
    assert_int_equal(put_part(&r, "k", id, 7, NULL, "x"), 200);
    ask(&r, "GET", "/bkt/k", NULL, NULL);
    assert_answer(&r, 404, "NoSuchKey");
    complete(&r, "k", id, NULL, "2:two,1:one");
    assert_answer(&r, 400, "InvalidPartOrder");
    complete(&r, "k", id, NULL, "1:one,!2:two");
    assert_answer(&r, 400, "InvalidPart");
    complete(&r, "k", id, NULL, "1:one,3:x");
    assert_answer(&r, 400, "InvalidPart");
    complete(&r, "k", id, NULL, "");
    assert_answer(&r, 400, "MalformedXML");
    assert_int_equal(complete(&r, "k", id, NULL, "1:one,2:two,7:x"), 200);
    char etag[80];
    snprintf(etag, sizeof(etag), "%s", element(&r, "ETag"));
    assert_non_null(strstr(etag, "-3&quot;"));
    assert_int_equal(complete(&r, "k", id, NULL, "1:one,2:two,7:x"), 200);
    assert_string_equal(element(&r, "ETag"), etag);
    assert_int_equal(fake_s3_uploads(r.s3, "bkt"), 0);
    size_t n;
    assert_memory_equal(fake_s3_get(r.s3, "bkt", "k", &n, NULL), "onetwox", 7);
    assert_int_equal(ask(&r, "GET", "/bkt/k", "Range: bytes=2-4", NULL), 206);
    assert_string_equal(r.last.body, "etw");
    assert_string_equal(header(&r, "x-amz-meta-a"), "1");
    assert_int_equal(ask(&r, "GET", "/bkt/k?partNumber=2", NULL, NULL), 206);
    assert_string_equal(r.last.body, "two");
    assert_string_equal(header(&r, "x-amz-mp-parts-count"), "3");
    assert_int_equal(put_part(&r, "k", id, 1, NULL, "x"), 404);
    /* a copy of it is a single object with an MD5 */
    ask(&r, "PUT", "/bkt/copy", "x-amz-copy-source: bkt/k", NULL);
    assert_string_equal(element(&r, "ETag"), "&quot;9073f3ed56a53a885cb37de7446030c3&quot;");
    free(id);
    rig_close(&r);
}

static void test_refusals(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    char *id = start(&r, "k", NULL);
    assert_int_equal(put_part(&r, "k", id, 0, NULL, "x"), 400);
    assert_int_equal(put_part(&r, "k", id, 10001, NULL, "x"), 400);
    assert_int_equal(put_part(&r, "k", "nope", 1, NULL, "x"), 404);
    assert_int_equal(put_part(&r, "other", id, 1, NULL, "x"), 404);
    put_part(&r, "k", id, 1, NULL, "small");
    put_part(&r, "k", id, 2, NULL, "last");
    complete(&r, "k", id, NULL, "1:small,2:last");
    assert_answer(&r, 400, "EntityTooSmall");
    complete(&r, "k", id, "x-amz-mp-object-size: 6", "1:small");
    assert_answer(&r, 400, "InvalidRequest");
    fake_s3_put(r.s3, "bkt", "k", "there", 5, NULL, 0, RIG_NOW);
    complete(&r, "k", id, "If-None-Match: *", "1:small");
    assert_answer(&r, 412, "PreconditionFailed");
    complete(&r, "k", id, "If-Match: \"no\"", "1:small");
    assert_answer(&r, 412, "PreconditionFailed");
    assert_int_equal(
        complete(&r, "k", id, "If-Match: \"c0feaa4aedc9bbb0ff5bee6d1a0ce7ee\"", "1:small"), 412);
    assert_int_equal(fake_s3_uploads(r.s3, "bkt"), 1);
    char target[128];
    snprintf(target, sizeof(target), "/bkt/k?uploadId=%s", id);
    assert_int_equal(ask(&r, "DELETE", target, NULL, NULL), 204);
    ask(&r, "DELETE", target, NULL, NULL);
    assert_answer(&r, 404, "NoSuchUpload");
    free(id);
    rig_close(&r);
}

static void test_copy_part(void **state)
{
    static const struct {
        const char *range;
        int status;
    } rows[] = {{"bytes=2-4", 200},
                {"bytes=0-9", 200},
                {"bytes=0-10", 400},
                {"bytes=5-", 400},
                {"2-4", 400}};
    struct rig r;
    rig_open(&r, NULL);
    fake_s3_put(r.s3, "bkt", "src", "0123456789", 10, NULL, 0, RIG_NOW);
    char *id = start(&r, "k", NULL), h[128];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(h, sizeof(h), "x-amz-copy-source: /bkt/src\nx-amz-copy-source-range: %s",
                 rows[i].range);
        assert_int_equal(put_part(&r, "k", id, 1, h, NULL), rows[i].status);
    }
    put_part(&r, "k", id, 1, "x-amz-copy-source: /bkt/src\nx-amz-copy-source-range: bytes=2-4",
             NULL);
    assert_string_equal(element(&r, "ETag"), "&quot;289dff07669d7a23de0ef88d2f7129e7&quot;");
    assert_int_equal(put_part(&r, "k", id, 1,
                              "x-amz-copy-source: bkt/src\nx-amz-copy-source-if-match: \"no\"",
                              NULL),
                     412);
    assert_int_equal(complete(&r, "k", id, NULL, "1:234"), 200);
    size_t n;
    assert_memory_equal(fake_s3_get(r.s3, "bkt", "k", &n, NULL), "234", 3);
    assert_int_equal(n, 3);
    free(id);
    rig_close(&r);
}

static void test_lists(void **state)
{
    struct rig r;
    char target[256];
    rig_open(&r, NULL);
    char *id = start(&r, "a", NULL), *second = start(&r, "a", NULL), *deep = start(&r, "d/x", NULL);
    for (int i = 1; i <= 5; i++)
        put_part(&r, "a", id, i * 10, NULL, "part");
    snprintf(target, sizeof(target), "/bkt/a?uploadId=%s&max-parts=2&part-number-marker=10", id);
    assert_int_equal(ask(&r, "GET", target, NULL, NULL), 200);
    assert_string_equal(element(&r, "PartNumber"), "20");
    assert_string_equal(element(&r, "NextPartNumberMarker"), "30");
    assert_string_equal(element(&r, "IsTruncated"), "true");
    snprintf(target, sizeof(target), "/bkt/a?uploadId=%s&part-number-marker=30", id);
    ask(&r, "GET", target, NULL, NULL);
    assert_string_equal(element(&r, "IsTruncated"), "false");
    ask(&r, "GET", "/bkt?uploads&max-uploads=1", NULL, NULL);
    assert_string_equal(element(&r, "UploadId"), id);
    assert_string_equal(element(&r, "NextKeyMarker"), "a");
    assert_string_equal(element(&r, "NextUploadIdMarker"), id);
    snprintf(target, sizeof(target), "/bkt?uploads&key-marker=a&upload-id-marker=%s", id);
    ask(&r, "GET", target, NULL, NULL);
    assert_string_equal(element(&r, "UploadId"), second);
    ask(&r, "GET", "/bkt?uploads&key-marker=a", NULL, NULL);
    assert_string_equal(element(&r, "UploadId"), deep);
    ask(&r, "GET", "/bkt?uploads&prefix=d%2F", NULL, NULL);
    assert_string_equal(element(&r, "UploadId"), deep);
    ask(&r, "GET", "/bkt?uploads&delimiter=%2F&key-marker=a", NULL, NULL);
    assert_string_equal(element(&r, "UploadId"), "");
    assert_non_null(strstr(r.last.body, "<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>"));
    free(id);
    free(second);
    free(deep);
    rig_close(&r);
}

static void sum_header(char *ret, size_t n, const char *name, enum fake_sum kind, const char *body)
{
    uint8_t sum[FAKE_SUM_MAX];
    char text[FAKE_SUM_TEXT];
    fake_base64(sum, fake_hash_of(kind, body, strlen(body), sum), text);
    snprintf(ret, n, "%s: %s", name, text);
}

/* The CRC of the whole is put together from those of the parts; here it is computed from the bytes.
 */
static void test_full_object_sums(void **state)
{
    struct rig r;
    rig_open(&r, &(struct fake_s3_options){.min_part_size = 1});
    for (int kind = FAKE_CRC32; kind <= FAKE_CRC64NVME; kind++) {
        char h[192], name[64], want[192];
        snprintf(h, sizeof(h), "x-amz-checksum-algorithm: %s\nx-amz-checksum-type: FULL_OBJECT",
                 fake_sum_upper((enum fake_sum)kind));
        char *id = start(&r, "k", h);
        snprintf(name, sizeof(name), "x-amz-checksum-%s", fake_sum_name((enum fake_sum)kind));
        assert_int_equal(put_part(&r, "k", id, 1, NULL, "some bytes"), 200);
        sum_header(h, sizeof(h), name, (enum fake_sum)kind, " and more");
        assert_int_equal(put_part(&r, "k", id, 2, h, " and more"), 200);
        assert_int_equal(complete(&r, "k", id, NULL, "1:some bytes,2: and more"), 200);
        ask(&r, "HEAD", "/bkt/k", "x-amz-checksum-mode: ENABLED", NULL);
        snprintf(h, sizeof(h), "%s: %s", name, header(&r, name));
        sum_header(want, sizeof(want), name, (enum fake_sum)kind, "some bytes and more");
        assert_string_equal(h, want);
        assert_string_equal(header(&r, "x-amz-checksum-type"), "FULL_OBJECT");
        free(id);
    }
    rig_close(&r);
}

static void test_composite_sums(void **state)
{
    struct rig r;
    char h[128], target[256], doc[512];
    rig_open(&r, NULL);
    char *id = start(&r, "k", "x-amz-checksum-algorithm: SHA256");
    put_part(&r, "k", id, 1, NULL, "x");
    assert_answer(&r, 400, "InvalidRequest");
    sum_header(h, sizeof(h), "x-amz-checksum-sha256", FAKE_SHA256, "x");
    assert_int_equal(put_part(&r, "k", id, 1, h, "x"), 200);
    complete(&r, "k", id, NULL, "1:x");
    assert_answer(&r, 400, "InvalidRequest"); /* the list must name the checksums */
    snprintf(
        doc, sizeof(doc),
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        "<ETag>9dd4e461268c8034f5c8564e155c67a6</ETag><ChecksumSHA256>%s</ChecksumSHA256></Part>"
        "</CompleteMultipartUpload>",
        strchr(h, ' ') + 1);
    snprintf(target, sizeof(target), "/bkt/k?uploadId=%s", id);
    assert_int_equal(ask(&r, "POST", target, NULL, doc), 200);
    ask(&r, "GET", "/bkt/k", "x-amz-checksum-mode: ENABLED", NULL);
    assert_string_equal(header(&r, "x-amz-checksum-type"), "COMPOSITE");
    const char *dash = strchr(header(&r, "x-amz-checksum-sha256"), '-');
    assert_non_null(dash);
    assert_string_equal(dash, "-1");
    ask(&r, "POST", "/bkt/k?uploads",
        "x-amz-checksum-algorithm: SHA1\nx-amz-checksum-type: FULL_OBJECT", NULL);
    assert_answer(&r, 400, "InvalidRequest");
    free(id);
    rig_close(&r);
}

static void test_quirks(void **state)
{
    struct rig r;
    rig_open(&r, &(struct fake_s3_options){.quirk_empty_complete_etag = true,
                                           .quirk_ignore_conditions = true});
    fake_s3_put(r.s3, "bkt", "k", "there", 5, NULL, 0, RIG_NOW);
    char *id = start(&r, "k", NULL);
    put_part(&r, "k", id, 1, NULL, "x");
    assert_int_equal(complete(&r, "k", id, "If-None-Match: *", "1:x"), 200);
    assert_string_equal(element(&r, "ETag"), "");
    assert_int_equal(complete(&r, "k", id, NULL, "1:x"), 200);
    assert_string_not_equal(element(&r, "ETag"), "");
    free(id);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),           cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_copy_part),      cmocka_unit_test(test_lists),
        cmocka_unit_test(test_quirks),         cmocka_unit_test(test_full_object_sums),
        cmocka_unit_test(test_composite_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
