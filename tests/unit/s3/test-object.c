/* SPDX-License-Identifier: Apache-2.0 */
/* Headers as objects. */
#include "s3/object.h"

#include "unit/torture.h"

static void add(struct pail_headers *h, const char *name, const char *value)
{
    assert_ok(pail_headers_add(h, pail_str(name), pail_str(value), NULL), NULL);
}

static void sample(struct pail_headers *h)
{
    pail_headers_init(h, 64 * 1024);
    add(h, "Content-Length", "12345");
    add(h, "ETag", "\"abc\"");
    add(h, "Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT");
    add(h, "Content-Type", "text/plain");
    add(h, "Content-Encoding", "gzip, aws-chunked");
    add(h, "x-amz-version-id", "v1");
    add(h, "x-amz-storage-class", "GLACIER");
    add(h, "x-amz-restore", "ongoing-request=\"true\"");
    add(h, "X-Amz-Meta-Mode", "33188");
    add(h, "x-amz-checksum-crc64nvme", "rosUhgp5mIg=");
    add(h, "x-amz-checksum-type", "FULL_OBJECT");
    add(h, "x-amz-meta-name", "=?UTF-8?B?w6Q=?= =?utf-8?Q?=C3=B6_x?=");
    add(h, "x-amz-meta-", "no name");
}

static void check_sample(const struct pail_s3_object *o)
{
    assert_int_equal(o->size, 12345);
    assert_str(o->etag, "\"abc\"");
    assert_int_equal(o->mtime_ns, INT64_C(1445412480) * 1000000000);
    assert_str(o->content_type, "text/plain");
    assert_str(o->content_encoding, "gzip");
    assert_str(o->version_id, "v1");
    assert_str(o->storage_class, "GLACIER");
    assert_str(o->restore, "ongoing-request=\"true\"");
    assert_str(o->checksum_name, "x-amz-checksum-crc64nvme");
    assert_str(o->checksum_value, "rosUhgp5mIg=");
    assert_str(o->checksum_type, "FULL_OBJECT");
    assert_int_equal(o->n_meta, 2);
    assert_str(o->meta[0].name, "mode");
    assert_str(o->meta[0].value, "33188");
    assert_str(o->meta[1].name, "name");
    assert_str(o->meta[1].value, "\xc3\xa4\xc3\xb6 x");
    assert_false(o->delete_marker);
}

static void test_parse_and_copy(void **state)
{
    struct pail_headers h;
    struct pail_s3_object o, copy;
    struct pail_error err = PAIL_ERROR_INIT;

    sample(&h);
    assert_ok(pail_s3_object_parse(&h, UINT64_MAX, &o, &err), &err);
    pail_headers_done(&h); /* nothing points there */
    check_sample(&o);
    assert_ok(pail_s3_object_copy(&copy, &o, &err), &err);
    pail_s3_object_done(&o);
    assert_null(o.impl);
    check_sample(&copy);
    pail_s3_object_done(&copy);
}

static void test_bare(void **state)
{
    struct pail_headers h;
    struct pail_s3_object o;

    pail_headers_init(&h, 1024);
    assert_ok(pail_s3_object_parse(&h, UINT64_MAX, &o, NULL), NULL);
    assert_int_equal(o.size, UINT64_MAX);
    assert_int_equal(o.etag.len, 0);
    assert_int_equal(o.mtime_ns, 0);
    assert_int_equal(o.n_meta, 0);
    pail_s3_object_done(&o);

    add(&h, "ETag", "bare");
    add(&h, "Content-Length", "nonsense");
    add(&h, "Last-Modified", "nonsense");
    add(&h, "Content-Encoding", "aws-chunked");
    add(&h, "x-amz-delete-marker", "true");
    add(&h, "x-amz-checksum-sha1", "s");
    add(&h, "x-amz-checksum-crc32", "c");
    assert_ok(pail_s3_object_parse(&h, 7, &o, NULL), NULL);
    assert_int_equal(o.size, 7);
    assert_str(o.etag, "\"bare\"");
    assert_int_equal(o.content_encoding.len, 0);
    assert_int_equal(o.mtime_ns, 0);
    assert_true(o.delete_marker);
    assert_str(o.checksum_name, "x-amz-checksum-crc32");
    pail_s3_object_done(&o);
    pail_headers_done(&h);
    pail_s3_object_done(NULL);
}

static void test_words(void **state)
{
    static const struct {
        const char *text, *decoded;
    } cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"=?UTF-8?B?w6TDtg==?=", "\xc3\xa4\xc3\xb6"},
        {"=?UTF-8?Q?a=3Db_c?=", "a=b c"},
        {"a =?UTF-8?Q?b?= c", "a b c"},
        {"=?UTF-8?Q?a?=  \t =?UTF-8?Q?b?=", "ab"},
        {"=?UTF-8?Q?a?= b =?UTF-8?Q?c?=", "a b c"},
        {"=?us-ascii?q?x?=", "x"},
        {"=?ISO-8859-1?Q?=E4?=", "=?ISO-8859-1?Q?=E4?="},
        {"=?UTF-8?B?!!?=", "=?UTF-8?B?!!?="},
        {"=?UTF-8?Q?=4?=", "=?UTF-8?Q?=4?="},
        {"=?UTF-8?X?a?=", "=?UTF-8?X?a?="},
        {"=?UTF-8?Q?a", "=?UTF-8?Q?a"},
        {"=?", "=?"},
        {"1=2 =?", "1=2 =?"},
        {"  two  blanks ", "  two  blanks "},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_buf b = PAIL_BUF_INIT(strlen(cases[i].text));
        pail_s3_decode_words(&b, pail_str(cases[i].text));
        assert_ok(pail_buf_check(&b, "words", NULL), NULL);
        assert_string_equal(pail_buf_cstr(&b), cases[i].decoded);
        pail_buf_done(&b);
    }
}

static void test_content_range(void **state)
{
    uint64_t a, b, t;

    assert_true(pail_s3_content_range(PAIL_STR("bytes 0-9/10"), &a, &b, &t));
    assert_true(a == 0 && b == 9 && t == 10);
    assert_true(pail_s3_content_range(PAIL_STR(" Bytes 5-5/*"), &a, &b, &t));
    assert_true(a == 5 && b == 5 && t == UINT64_MAX);
    static const char *const bad[] = {
        "",          "bytes",     "bytes */10",   "bytes 9-0/10", "bytes 0-10/10",
        "bytes 0-9", "bytes 0/9", "lines 0-9/10", "bytes a-9/10", "bytes 0-9/x"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_false(pail_s3_content_range(pail_str(bad[i]), &a, &b, &t));
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_s3_object o, copy;
    int rc = pail_s3_object_parse(ud, UINT64_MAX, &o, err);
    if (rc < 0)
        return rc;
    rc = pail_s3_object_copy(&copy, &o, err);
    pail_s3_object_done(&o);
    if (rc == 0)
        pail_s3_object_done(&copy);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_headers h;

    sample(&h);
    pail_torture("object", torture_body, &h);
    pail_headers_done(&h);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_parse_and_copy), cmocka_unit_test(test_bare),
               cmocka_unit_test(test_words), cmocka_unit_test(test_content_range),
               cmocka_unit_test(test_torture))
