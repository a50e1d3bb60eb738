/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"

#include "http/transport.h"
#include "unit/test.h"
#include "unit/torture.h"

static const char *url_of(const struct pail_request *r, bool with_query)
{
    static char dst[512];
    struct pail_buf b = PAIL_BUF_INIT(500);
    pail_request_url(r, with_query, &b);
    snprintf(dst, sizeof(dst), "%s", pail_buf_cstr(&b));
    pail_buf_done(&b);
    return dst;
}

static const char *host_of(const struct pail_request *r)
{
    static char dst[300];
    struct pail_buf b = PAIL_BUF_INIT(290);
    pail_request_host(r, &b);
    snprintf(dst, sizeof(dst), "%s", pail_buf_cstr(&b));
    pail_buf_done(&b);
    return dst;
}

static void test_base(void **state)
{
    static const struct {
        const char *url, *host_header, *path;
        bool https;
        unsigned port;
    } cases[] = {
        {"https://s3.amazonaws.com", "s3.amazonaws.com", "", true, 443},
        {"https://S3.Example.com:443/", "s3.example.com", "", true, 443},
        {"http://localhost:9000", "localhost:9000", "", false, 9000},
        {"HTTP://127.0.0.1/base/path/", "127.0.0.1", "/base/path", false, 80},
        {"http://host:443", "host:443", "", false, 443},
        {"https://[::1]:8443/x", "[::1]:8443", "/x", true, 8443},
        {"https://[2001:db8::1]", "[2001:db8::1]", "", true, 443},
    };
    struct pail_request r;
    pail_request_init(&r);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        pail_request_reset(&r);
        assert_ok(pail_request_base(&r, pail_str(cases[i].url), &err), &err);
        assert_string_equal(host_of(&r), cases[i].host_header);
        assert_string_equal(pail_buf_cstr(&r.path), cases[i].path);
        assert_int_equal(r.https, cases[i].https);
        assert_int_equal(r.port, cases[i].port);
    }
    pail_request_done(&r);
}

static void test_bad_base(void **state)
{
    static const char *const urls[] = {
        "",
        "s3.amazonaws.com",
        "ftp://host",
        "https://",
        "http://h?x=1",
        "http://h/#f",
        "https://user:secret@host",
    };
    struct pail_request r;
    pail_request_init(&r);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(urls); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        assert_true(pail_request_base(&r, pail_str(urls[i]), &err) < 0);
        assert_null(strstr(err.message, "secret"));
    }
    pail_request_done(&r);
}

static void test_url(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_request r;
    pail_request_init(&r);
    assert_ok(pail_request_base(&r, PAIL_STR("http://h:8080/b"), &err), &err);
    assert_string_equal(url_of(&r, true), "http://h:8080/b");
    pail_buf_z(&r.path, "/a/../%2F//x");
    pail_request_query(&r, PAIL_STR("list-type"), PAIL_STR("2"));
    pail_request_query(&r, PAIL_STR("prefix"), PAIL_STR("a b/\xc3\xa9&=~"));
    pail_request_query(&r, PAIL_STR("uploads"), PAIL_STR(""));
    assert_string_equal(url_of(&r, true), "http://h:8080/b/a/../%2F//x"
                                          "?list-type=2&prefix=a%20b%2F%C3%A9%26%3D~&uploads=");
    assert_string_equal(url_of(&r, false), "http://h:8080/b/a/../%2F//x");
    assert_ok(pail_request_header(&r, "X-A", PAIL_STR("1"), &err), &err);
    assert_ok(pail_request_header(&r, "x-a", PAIL_STR("2"), &err), &err);
    assert_int_equal(r.headers.n, 1);

    pail_request_reset(&r);
    assert_int_equal(r.headers.n, 0);
    assert_int_equal(r.query.len, 0);
    assert_ok(pail_request_base(&r, PAIL_STR("https://h"), &err), &err);
    assert_string_equal(url_of(&r, true), "https://h/");
    pail_request_done(&r);
}

static void test_sticky(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_request r;
    pail_request_init(&r);
    assert_ok(pail_request_base(&r, PAIL_STR("https://h"), &err), &err);
    for (int i = 0; i < 10000; i++)
        pail_request_query(&r, PAIL_STR("name"), PAIL_STR("value"));
    assert_code(pail_request_check(&r, &err), PAIL_E_TOO_BIG);
    assert_non_null(strstr(err.message, "query"));
    pail_request_reset(&r);
    assert_ok(pail_request_check(&r, &err), &err);
    pail_request_done(&r);
}

static int read_pattern(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                        struct pail_error *err)
{
    size_t limit = *(size_t *)ud, n = cap < limit ? cap : limit;
    if (limit == SIZE_MAX)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "disk");
    for (size_t i = 0; i < n; i++)
        ((unsigned char *)dst)[i] = (unsigned char)(offset + i);
    *ret_n = n;
    return 0;
}

static void test_body_callback(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    size_t limit = 7, n = 99;
    struct pail_body b = {.read = read_pattern, .ud = &limit, .length = 20};
    unsigned char dst[64];

    assert_ok(pail_body_read(&b, 10, dst, sizeof(dst), &n, &err), &err);
    assert_int_equal(n, 7);
    assert_int_equal(dst[6], 16);
    assert_ok(pail_body_read(&b, 17, dst, sizeof(dst), &n, &err), &err);
    assert_int_equal(n, 3); /* never beyond the length */
    assert_ok(pail_body_read(&b, 20, dst, sizeof(dst), &n, &err), &err);
    assert_int_equal(n, 0);

    n = 99;
    limit = 0; /* promised more than it has */
    assert_code(pail_body_read(&b, 0, dst, sizeof(dst), &n, &err), PAIL_E_INVALID);
    limit = SIZE_MAX;
    assert_code(pail_body_read(&b, 0, dst, sizeof(dst), &n, &err), PAIL_E_OS);
    assert_int_equal(n, 99);
}

static void test_body_segments(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_bytes segments[] = {{"abc", 3}, {"", 0}, {"defgh", 5}, {"ij", 2}};
    struct pail_body b = {.segments = segments, .n_segments = 4, .length = 10};
    char dst[16];
    size_t n;

    for (uint64_t from = 0; from <= 10; from++) {
        for (size_t cap = 1; cap <= 12; cap++) {
            size_t expected = pail_min_u64(cap, 10 - from);
            assert_ok(pail_body_read(&b, from, dst, cap, &n, &err), &err);
            assert_int_equal(n, expected);
            assert_memory_equal(dst, "abcdefghij" + from, n);
        }
    }
    b.length = 11; /* longer than its segments */
    assert_code(pail_body_read(&b, 10, dst, sizeof(dst), &n, &err), PAIL_E_INVALID);
}

static int build(void *ud, struct pail_error *err)
{
    struct pail_request r;
    pail_request_init(&r);
    int rc = pail_request_base(&r, PAIL_STR("https://some-bucket.s3.eu-west-1.amazonaws.com/base"),
                               err);
    pail_buf_z(&r.path, "/a/key/of/some/length/that/does/not/fit/into/the/first/allocation/at/all");
    pail_request_query(&r, PAIL_STR("uploadId"), PAIL_STR("0123456789"));
    if (rc == 0)
        rc = pail_request_header(&r, "x-amz-date", PAIL_STR("20150830T123600Z"), err);
    if (rc == 0)
        rc = pail_request_check(&r, err);
    pail_request_done(&r);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("request", build, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_base), cmocka_unit_test(test_bad_base),
               cmocka_unit_test(test_url), cmocka_unit_test(test_sticky),
               cmocka_unit_test(test_body_callback), cmocka_unit_test(test_body_segments),
               cmocka_unit_test(test_torture))
