/* SPDX-License-Identifier: Apache-2.0 */
/* Listings as documents: of S3, of services that differ, and of none. */
#include "s3/list.h"

#include "base/buf.h"
#include "unit/torture.h"

#define LIST(inner)                                                                                \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"u\">" inner             \
    "</ListBucketResult>"

static struct pail_s3_page parse_ok(const char *text)
{
    struct pail_s3_page page;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_s3_list_parse(pail_str(text), &page, &err), &err);
    return page;
}

static void test_full(void **state)
{
    struct pail_s3_page page = parse_ok(LIST(
        "<Name>b</Name><Prefix></Prefix><KeyCount>3</KeyCount><EncodingType>url</EncodingType>"
        "<IsTruncated>true</IsTruncated><NextContinuationToken>1/a%20b=</NextContinuationToken>"
        "<Contents><Key>a+b%2Fc%C3%A4%01</Key><LastModified>2009-10-12T17:50:30.123Z</LastModified>"
        "<ETag>&quot;fba9&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>434234</"
        "Size>"
        "<Owner><ID>x</ID><DisplayName>y</DisplayName></Owner><StorageClass>STANDARD</"
        "StorageClass></Contents>"
        "<Contents><Key>c</Key><LastModified>2024-02-29T00:00:00Z</LastModified><ETag>bare</ETag>"
        "<Size>0</Size><StorageClass>GLACIER</StorageClass></Contents>"
        "<CommonPrefixes><Prefix>b%2F</Prefix></CommonPrefixes>"));

    assert_int_equal(page.n, 3);
    assert_str(page.next_token, "1/a%20b="); /* opaque */
    assert_str(page.entries[0].key, "a b/c\xc3\xa4\x01");
    assert_int_equal(page.entries[0].mtime_ns, INT64_C(1255369830123) * 1000000);
    assert_str(page.entries[0].etag, "\"fba9\"");
    assert_int_equal(page.entries[0].size, 434234);
    assert_str(page.entries[0].storage_class, "STANDARD");
    assert_false(page.entries[0].is_prefix);
    assert_str(page.entries[1].key, "b/");
    assert_true(page.entries[1].is_prefix);
    assert_int_equal(page.entries[1].size, 0);
    assert_str(page.entries[2].key, "c");
    assert_int_equal(page.entries[2].mtime_ns, INT64_C(1709164800) * 1000000000);
    assert_str(page.entries[2].etag, "\"bare\"");
    assert_str(page.entries[2].storage_class, "GLACIER");
    pail_s3_page_done(&page);
    assert_null(page.impl);
}

/* A service that ignores encoding-type says so by leaving it out of its answer. */
static void test_not_encoded(void **state)
{
    struct pail_s3_page page = parse_ok(LIST("<Contents><Key>100%25+&amp;</Key></Contents>"));
    assert_str(page.entries[0].key, "100%25+&");
    pail_s3_page_done(&page);
    page = parse_ok(
        LIST("<Contents><Key>100%25+</Key></Contents><EncodingType>url</EncodingType>"));
    assert_str(page.entries[0].key, "100% ");
    pail_s3_page_done(&page);
}

static void test_empty(void **state)
{
    struct pail_s3_page page = parse_ok(LIST("<IsTruncated>false</IsTruncated>"));
    assert_int_equal(page.n, 0);
    assert_int_equal(page.next_token.len, 0);
    pail_s3_page_done(&page);
    page = parse_ok("<ListBucketResult/>");
    assert_int_equal(page.n, 0);
    pail_s3_page_done(&page);
    /* A token on a page that is the last one means nothing. */
    page = parse_ok(
        LIST("<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>"));
    assert_int_equal(page.next_token.len, 0);
    pail_s3_page_done(&page);
    /* Nothing said of truncation, but a token. */
    page = parse_ok(LIST("<NextContinuationToken>t</NextContinuationToken>"));
    assert_str(page.next_token, "t");
    pail_s3_page_done(&page);
}

static void check_order(const char *text, const char *const *keys, size_t n)
{
    struct pail_s3_page page = parse_ok(text);
    assert_int_equal(page.n, n);
    for (size_t i = 0; i < n; i++)
        assert_str(page.entries[i].key, keys[i]);
    pail_s3_page_done(&page);
}

static void test_order(void **state)
{
    static const char *const abcd[] = {"a", "b/", "c", "d/"};
#define K(k) "<Contents><Key>" k "</Key></Contents>"
#define P(p) "<CommonPrefixes><Prefix>" p "</Prefix></CommonPrefixes>"
    check_order(LIST(K("a") K("c") P("b/") P("d/")), abcd, 4);
    check_order(LIST(P("b/") P("d/") K("a") K("c")), abcd, 4);
    check_order(LIST(K("a") P("b/") K("c") P("d/")), abcd, 4);
    check_order(LIST(K("c") K("a") P("d/") P("b/")), abcd, 4); /* S3 would not */
    check_order(LIST("<CommonPrefixes><Prefix>b/</Prefix><Prefix>d/</Prefix></CommonPrefixes>" K(
                    "a") K("c")),
                abcd, 4);
    static const char *const bytes[] = {"Z", "a", "\xc3\xa4", "\xef\xbf\xbd", "\xf0\x9f\x98\x80"};
    check_order(LIST(K("Z") K("a") K("\xc3\xa4") K("\xef\xbf\xbd") K("\xf0\x9f\x98\x80")), bytes,
                5);
}

static void test_garbage(void **state)
{
    static const char *const cases[] = {
        "",
        "not XML",
        "<html></html>",
        "<html><body>x</body></html>",
        "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>",
        "<ListBucketResult><Contents><Key>a</Key>",
        LIST("<Contents><Size>1</Size></Contents>"),
        LIST("<Contents><Key></Key></Contents>"),
        LIST("<Contents><Key>a</Key><Size>-1</Size></Contents>"),
        LIST("<Contents><Key>a</Key><Size>x</Size></Contents>"),
        LIST("<Contents><Key>a</Key><LastModified>yesterday</LastModified></Contents>"),
        LIST("<Contents><Key>a\x01</Key></Contents>"),
        LIST("<Contents><Key>\xff</Key></Contents>"),
        LIST("<CommonPrefixes><Prefix/></CommonPrefixes>"),
        LIST("<IsTruncated>true</IsTruncated>"),
        "<!DOCTYPE x [<!ENTITY e \"x\">]><ListBucketResult>&e;</ListBucketResult>",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_s3_page page;
        struct pail_error err = PAIL_ERROR_INIT;
        int rc = pail_s3_list_parse(pail_str(cases[i]), &page, &err);
        if (rc != PAIL_E_GARBAGE || err.code != PAIL_E_GARBAGE || !err.message[0])
            fail_msg("case %zu: %s %s", i, pail_code_name(rc), err.message);
    }
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_s3_page page;
    int rc = pail_s3_list_parse(pail_str(ud), &page, err);
    if (rc == 0)
        pail_s3_page_done(&page);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_buf text = PAIL_BUF_INIT(1 << 20);

    pail_buf_z(&text, "<ListBucketResult><EncodingType>url</EncodingType>");
    for (int i = 0; i < 70; i++)
        pail_buf_fmt(&text, "<Contents><Key>a%%20%03d</Key><ETag>e</ETag></Contents>", i);
    pail_buf_z(&text, "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes></ListBucketResult>");
    /* libxml2 allocates by itself; ours are those that fail. */
    pail_torture("listing", torture_body, (void *)pail_buf_cstr(&text));
    pail_buf_done(&text);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_full), cmocka_unit_test(test_not_encoded),
               cmocka_unit_test(test_empty), cmocka_unit_test(test_order),
               cmocka_unit_test(test_garbage), cmocka_unit_test(test_torture))
