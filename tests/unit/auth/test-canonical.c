/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical request, corner by corner. Whole signatures: test-sign.c. */
#include "auth/canonical.h"

#include "unit/test.h"
#include "unit/torture.h"

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void new_request(struct pail_request *r, const char *path, const char *query)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_request_init(r);
    assert_ok(pail_request_base(r, PAIL_STR("https://examplebucket.s3.amazonaws.com"), &err), &err);
    snprintf(r->method, sizeof(r->method), "get");
    pail_buf_z(&r->path, path);
    pail_buf_z(&r->query, query);
}

struct canonical_case {
    const char *path, *query, *expected_path, *expected_query;
    bool s3_path, normalize;
};

static const struct canonical_case canonical_cases[] = {
    {"", "", "/", "", false, true},
    {"/", "", "/", "", false, true},
    {"//a//b/", "", "/a/b/", "", false, true},
    {"/a/./b/../c", "", "/a/c", "", false, true},
    {"/..", "", "/", "", false, true},
    {"/a/../..", "", "/", "", false, true},
    {"/a/b/..", "", "/a", "", false, true},
    {"/a/b/../", "", "/a/", "", false, true},
    {"/a%20b", "", "/a%2520b", "", false, true},
    {"/a%20b//c/.", "", "/a%2520b//c/.", "", false, false},
    {"/a%20b//../c", "", "/a%20b//../c", "", true, true},
    {"/-_.~!", "", "/-_.~%21", "", false, true},
    {"/", "b=2&a=1", "/", "a=1&b=2", true, false},
    {"/", "a=2&a=1&a=10", "/", "a=1&a=10&a=2", true, false},
    {"/", "ab=1&a=2", "/", "a=2&ab=1", true, false},
    {"/", "a-b=1&a=2", "/", "a=2&a-b=1", true, false},
    {"/", "acl&prefix=x=y", "/", "acl=&prefix=x=y", true, false},
    {"/", "a=1&&b", "/", "=&a=1&b=", true, false},
};

static void test_canonical(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(canonical_cases); i++) {
        const struct canonical_case *k = &canonical_cases[i];
        struct pail_sign_params p = {.s3_path = k->s3_path, .normalize_path = k->normalize};
        struct pail_request r;
        struct pail_buf text = PAIL_BUF_INIT(4096), names = PAIL_BUF_INIT(4096);
        char expected[512];
        new_request(&r, k->path, k->query);
        snprintf(expected, sizeof(expected),
                 "GET\n%s\n%s\nhost:examplebucket.s3.amazonaws.com\n\nhost\n" EMPTY_HASH,
                 k->expected_path, k->expected_query);
        assert_ok(pail_sign_canonical(&r, &p, &text, &names, &err), &err);
        assert_str(pail_buf_view(&text), expected);
        assert_str(pail_buf_view(&names), "host");
        pail_buf_done(&text);
        pail_buf_done(&names);
        pail_request_done(&r);
    }
}

static void canonical_headers(struct pail_request *r, const char *expected_lines,
                              const char *expected_names)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_sign_params p = {.s3_path = true, .payload_hash = PAIL_STR("HASH")};
    struct pail_buf text = PAIL_BUF_INIT(1 << 20), names = PAIL_BUF_INIT(1 << 20);
    char expected[8192];
    snprintf(expected, sizeof(expected), "GET\n/\n\n%s\n%s\nHASH", expected_lines, expected_names);
    assert_ok(pail_sign_canonical(r, &p, &text, &names, &err), &err);
    assert_str(pail_buf_view(&text), expected);
    assert_str(pail_buf_view(&names), expected_names);
    pail_buf_done(&text);
    pail_buf_done(&names);
}

static void add(struct pail_request *r, const char *name, const char *value)
{
    assert_ok(pail_headers_add(&r->headers, pail_str(name), pail_str(value), NULL), NULL);
}

static void test_canonical_headers(void **state)
{
    struct pail_request r;
    new_request(&r, "/", "");
    add(&r, "X-B", "  two \t words  ");
    add(&r, "x-a-b", "3");
    add(&r, "X-A", "1");
    add(&r, "x-b", "");
    add(&r, "X-b", "again");
    /* Left out. */
    add(&r, "User-Agent", "x");
    add(&r, "Connection", "x");
    add(&r, "Expect", "x");
    add(&r, "X-Amzn-Trace-Id", "x");
    add(&r, "authorization", "x");
    add(&r, "Transfer-Encoding", "x");
    canonical_headers(&r,
                      "host:examplebucket.s3.amazonaws.com\nx-a:1\nx-a-b:3\nx-b:two words,,again\n",
                      "host;x-a;x-a-b;x-b");
    /* A Host header in the list is what will be sent. */
    add(&r, "Host", "other");
    canonical_headers(&r, "host:other\nx-a:1\nx-a-b:3\nx-b:two words,,again\n",
                      "host;x-a;x-a-b;x-b");
    pail_request_done(&r);
}

static void test_host(void **state)
{
    static const char *const cases[][2] = {
        {"https://Example.COM", "example.com"},
        {"https://h:443", "h"},
        {"http://h:443", "h:443"},
        {"http://h:80/", "h"},
        {"http://[::1]:9000", "[::1]:9000"},
        {"http://127.0.0.1:8000", "127.0.0.1:8000"},
    };
    struct pail_error err = PAIL_ERROR_INIT;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_request r;
        char line[64];
        pail_request_init(&r);
        assert_ok(pail_request_base(&r, pail_str(cases[i][0]), &err), &err);
        snprintf(r.method, sizeof(r.method), "GET");
        snprintf(line, sizeof(line), "host:%s\n", cases[i][1]);
        canonical_headers(&r, line, "host");
        pail_request_done(&r);
    }
}

/* More of everything than fits on the stack. */
static void test_many(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_sign_params p = {.s3_path = true};
    struct pail_request r;
    struct pail_buf names = PAIL_BUF_INIT(65536), text = PAIL_BUF_INIT(65536);
    new_request(&r, "/", "");
    for (int i = 199; i >= 0; i--) {
        char name[16];
        snprintf(name, sizeof(name), "n%03d", i);
        pail_request_query(&r, pail_str(name), PAIL_STR("v"));
        add(&r, name, "v");
    }
    assert_ok(pail_sign_canonical(&r, &p, &text, &names, &err), &err);
    assert_non_null(strstr(text.ptr, "\nn000=v&n001=v&"));
    assert_non_null(strstr(text.ptr, "&n199=v\nhost:"));
    assert_true(pail_str_starts(pail_buf_view(&names), PAIL_STR("host;n000;n001;")));
    assert_true(pail_str_ends(pail_buf_view(&names), PAIL_STR(";n199")));
    pail_buf_done(&names);
    pail_buf_done(&text);
    pail_request_done(&r);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_sign_params p = {.normalize_path = true};
    struct pail_buf text = PAIL_BUF_INIT(65536), names = PAIL_BUF_INIT(65536);
    int rc = pail_sign_canonical(ud, &p, &text, &names, err);
    pail_buf_done(&text);
    pail_buf_done(&names);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_request r;
    new_request(&r, "/a//b/../c", "");
    for (int i = 0; i < 50; i++) {
        add(&r, "x-header", "v");
        pail_request_query(&r, PAIL_STR("n"), PAIL_STR("v"));
    }
    pail_torture("canonical", torture_body, &r);
    pail_request_done(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_canonical), cmocka_unit_test(test_canonical_headers),
               cmocka_unit_test(test_host), cmocka_unit_test(test_many),
               cmocka_unit_test(test_torture))
