/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uri.h"

#include "unit/test.h"
#include "unit/torture.h"

static void test_encode(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(200);

    pail_uri_encode(&b, PAIL_STR("AZaz09-_.~/ +%&=\xc3\xa4*'()!"), PAIL_URI_COMPONENT);
    assert_str(pail_buf_view(&b), "AZaz09-_.~%2F%20%2B%25%26%3D%C3%A4%2A%27%28%29%21");
    pail_buf_reset(&b);
    pail_uri_encode(&b, PAIL_STR("/a b//c/"), PAIL_URI_PATH);
    assert_str(pail_buf_view(&b), "/a%20b//c/");
    pail_buf_reset(&b);
    pail_uri_encode(&b, pail_strn("\0", 1), PAIL_URI_PATH);
    assert_str(pail_buf_view(&b), "%00");
    pail_buf_reset(&b);
    pail_uri_encode(&b, pail_strn(NULL, 0), PAIL_URI_PATH);
    assert_int_equal(b.len, 0);
}

static void test_decode(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(200);

    pail_uri_decode(&b, PAIL_STR("a%2fb%2F+%C3%a4"), false);
    assert_str(pail_buf_view(&b), "a/b/+\xc3\xa4");
    pail_buf_reset(&b);
    pail_uri_decode(&b, PAIL_STR("a+b%2B"), true);
    assert_str(pail_buf_view(&b), "a b+");
    pail_buf_reset(&b);
    pail_uri_decode(&b, PAIL_STR("%%41%4%zz%4g%"), false);
    assert_str(pail_buf_view(&b), "%A%4%zz%4g%");
}

static void test_round_trip(void **state)
{
    char all[256];

    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    for (int safe = PAIL_URI_COMPONENT; safe <= PAIL_URI_PATH; safe++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1000);
        PAIL_CLEANUP(pail_buf_done) struct pail_buf back = PAIL_BUF_INIT(256);
        pail_uri_encode(&text, pail_strn(all, 256), (enum pail_uri_safe)safe);
        pail_uri_decode(&back, pail_buf_view(&text), true);
        assert_int_equal(back.len, 256);
        assert_memory_equal(back.ptr, all, 256);
    }
}

static void test_parse(void **state)
{
    static const struct {
        const char *text, *scheme, *userinfo, *host;
        unsigned port;
        bool ipv6;
        const char *path, *query, *fragment; /* NULL: none */
    } good[] = {
        {"https://h", "https", NULL, "h", 0, false, "", NULL, NULL},
        {"http://[::1]:9000/x", "http", NULL, "::1", 9000, true, "/x", NULL, NULL},
        {"HTTPS://u:p@a.b:443/?", "HTTPS", "u:p", "a.b", 443, false, "/", "", NULL},
        {"http://h?q=1&r#f?g", "http", NULL, "h", 0, false, "", "q=1&r", "f?g"},
        {"http://h/a@b:c/%2F;x?a/b@c", "http", NULL, "h", 0, false, "/a@b:c/%2F;x", "a/b@c", NULL},
        {"http://h:/", "http", NULL, "h", 0, false, "/", NULL, NULL},
        {"unix+x-1.0://my_host~%41!", "unix+x-1.0", NULL, "my_host~%41!", 0, false, "", NULL, NULL},
        {"http://127.0.0.1:65535", "http", NULL, "127.0.0.1", 65535, false, "", NULL, NULL},
        {"http://@h#", "http", "", "h", 0, false, "", NULL, ""},
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_uri u;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        assert_ok(pail_uri_parse(pail_str(good[i].text), &u, &err), &err);
        assert_str(u.scheme, good[i].scheme);
        assert_str(u.host, good[i].host);
        assert_str(u.path, good[i].path);
        assert_int_equal(u.port, good[i].port);
        assert_int_equal(u.host_is_ipv6, good[i].ipv6);
        assert_true(pail_str_eq(u.userinfo, pail_str(good[i].userinfo)));
        assert_true(pail_str_eq(u.query, pail_str(good[i].query)));
        assert_int_equal(u.query.ptr != NULL, good[i].query != NULL);
        assert_int_equal(u.fragment.ptr != NULL, good[i].fragment != NULL);
        assert_true(pail_str_eq(u.fragment, pail_str(good[i].fragment)));
    }
}

static void test_parse_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "h",
        "//h/x",
        "http:/h",
        "http:///x",
        "http://",
        "http://:80",
        "1http://h",
        "ht tp://h",
        "://h",
        "http://h:0",
        "http://h:-1",
        "http://h:65536",
        "http://h:8o",
        "http://h:80:81",
        "http://a@b@c",
        "http://h\\@e",
        "http://h /",
        "http://h/a b",
        "http://h/\x01",
        "http://\xc3\xa4/",
        "http://[::1",
        "http://[::1]x",
        "http://[1.2.3.4]/",
        "http://[]/",
        "http://[::1]:x",
        "http://a[b]/",
        "http://h/<>",
        "http://h\n",
        "s3:bucket",
        "http://[fe80::1%25lo]/",
        "http://u@/",
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_uri u = {.port = 7};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_uri_parse(pail_str(bad[i]), &u, &err), PAIL_E_PARSE);
    assert_int_equal(u.port, 7);
    assert_code(pail_uri_parse(pail_strn("http://h/\0", 10), &u, NULL), PAIL_E_PARSE);
}

static void test_error_is_discreet(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_uri u;

    assert_code(pail_uri_parse(PAIL_STR("http://user:word@h:x/p?X-Amz-Signature=abc"), &u, &err),
                PAIL_E_PARSE);
    assert_string_equal(err.message, "URL \"h:x/p\": bad port");
}

static void test_s3(void **state)
{
    struct pail_str bucket, key;

    assert_true(pail_uri_parse_s3(PAIL_STR("s3://b/k//x/"), &bucket, &key));
    assert_str(bucket, "b");
    assert_str(key, "k//x/");
    assert_true(pail_uri_parse_s3(PAIL_STR("s3://b"), &bucket, &key));
    assert_str(bucket, "b");
    assert_str(key, "");
    assert_true(pail_uri_parse_s3(PAIL_STR("s3://b/"), &bucket, &key));
    assert_str(key, "");
    assert_true(pail_uri_parse_s3(PAIL_STR("s3://b//k"), &bucket, &key));
    assert_str(key, "/k");
    assert_true(pail_uri_parse_s3(PAIL_STR("s3://arn:aws:s3:r:123456789012:accesspoint/ap/k/x:y"),
                                  &bucket, &key));
    assert_str(bucket, "arn:aws:s3:r:123456789012:accesspoint/ap");
    assert_str(key, "k/x:y");
    assert_true(
        pail_uri_parse_s3(PAIL_STR("s3://arn:aws:s3::1:accesspoint:m.mrap"), &bucket, &key));
    assert_str(bucket, "arn:aws:s3::1:accesspoint:m.mrap");
    assert_str(key, "");
    assert_true(pail_uri_parse_s3(
        PAIL_STR("s3://arn:aws:s3-outposts:r:1:outpost/op/accesspoint/ap/k"), &bucket, &key));
    assert_str(bucket, "arn:aws:s3-outposts:r:1:outpost/op/accesspoint/ap");
    assert_str(key, "k");
    assert_true(pail_uri_parse_s3(PAIL_STR("s3://arn:aws:s3/k"), &bucket, &key));
    assert_str(bucket, "arn:aws:s3");
    assert_false(pail_uri_parse_s3(PAIL_STR("s3://"), &bucket, &key));
    assert_false(pail_uri_parse_s3(PAIL_STR("s3:///k"), &bucket, &key));
    assert_false(pail_uri_parse_s3(PAIL_STR("s3:/b/k"), &bucket, &key));
    assert_false(pail_uri_parse_s3(PAIL_STR("b/k"), &bucket, &key));
}

static void test_hosts(void **state)
{
    char label[65];

    assert_true(pail_uri_is_ip(PAIL_STR("127.0.0.1")));
    assert_true(pail_uri_is_ip(PAIL_STR("::1")));
    assert_true(pail_uri_is_ip(PAIL_STR("fe80::1:2:3:4")));
    assert_false(pail_uri_is_ip(PAIL_STR("[::1]")));
    assert_false(pail_uri_is_ip(PAIL_STR("1.2.3")));
    assert_false(pail_uri_is_ip(PAIL_STR("1.2.3.256")));
    assert_false(pail_uri_is_ip(PAIL_STR("example.com")));
    assert_false(pail_uri_is_ip(PAIL_STR("")));
    assert_false(pail_uri_is_ip(pail_strn("127.0.0.1\0x", 11)));

    memset(label, 'a', sizeof(label));
    assert_true(pail_uri_is_host_label(pail_strn(label, 63)));
    assert_false(pail_uri_is_host_label(pail_strn(label, 64)));
    assert_true(pail_uri_is_host_label(PAIL_STR("us-east-1")));
    assert_true(pail_uri_is_host_label(PAIL_STR("A")));
    assert_false(pail_uri_is_host_label(PAIL_STR("")));
    assert_false(pail_uri_is_host_label(PAIL_STR("-a")));
    assert_false(pail_uri_is_host_label(PAIL_STR("a-")));
    assert_false(pail_uri_is_host_label(PAIL_STR("a.b")));
    assert_false(pail_uri_is_host_label(PAIL_STR("a_b")));

    assert_int_equal(pail_uri_default_port(PAIL_STR("https")), 443);
    assert_int_equal(pail_uri_default_port(PAIL_STR("HTTP")), 80);
    assert_int_equal(pail_uri_default_port(PAIL_STR("ftp")), 0);
}

static int encode_long(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf back = PAIL_BUF_INIT(4096);

    for (int i = 0; i < 100; i++)
        pail_uri_encode(&b, PAIL_STR("a b/c"), PAIL_URI_COMPONENT);
    int rc = pail_buf_check(&b, "text", err);
    if (rc)
        return rc;
    pail_uri_decode(&back, pail_buf_view(&b), false);
    return pail_buf_check(&back, "text", err);
}

static void test_torture(void **state)
{
    pail_torture("uri", encode_long, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_encode), cmocka_unit_test(test_decode),
               cmocka_unit_test(test_round_trip), cmocka_unit_test(test_parse),
               cmocka_unit_test(test_parse_refused), cmocka_unit_test(test_error_is_discreet),
               cmocka_unit_test(test_s3), cmocka_unit_test(test_hosts),
               cmocka_unit_test(test_torture))
