/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>

#include "auth/sign.h"

#include "base/thread.h"
#include "unit/auth/vector.h"
#include "unit/test.h"
#include "unit/torture.h"

/* ---- Cases of the public documentation ---- */

#define EXAMPLE_TIME 1369353600 /* 2013-05-24T00:00:00Z */
#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct example {
    const char *method, *path, *query, *hash;
    const char *headers[6]; /* name, value, ... */
    const char *signature, *signed_headers;
};

/* Amazon S3 API reference, "Signature Calculations for the Authorization Header". */
static const struct example examples[] = {
    {"GET",
     "/test.txt",
     "",
     EMPTY_HASH,
     {"Range", "bytes=0-9"},
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
     "host;range;x-amz-content-sha256;x-amz-date"},
    {"PUT",
     "/test%24file.text",
     "",
     "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
     {"Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class", "REDUCED_REDUNDANCY"},
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
     "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class"},
    {"GET",
     "/",
     "lifecycle=",
     EMPTY_HASH,
     {NULL},
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
     "host;x-amz-content-sha256;x-amz-date"},
    {"GET",
     "/",
     "max-keys=2&prefix=J",
     EMPTY_HASH,
     {NULL},
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
     "host;x-amz-content-sha256;x-amz-date"},
};

static struct pail_credentials *example_credentials(const char *token)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f = {
        .access_key = PAIL_STR("AKIAIOSFODNN7EXAMPLE"),
        .secret_key = PAIL_STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        .session_token = pail_str(token),
    };
    assert_ok(pail_credentials_new(&f, &c, &err), &err);
    return c;
}

static struct pail_sign_params example_params(void)
{
    return (struct pail_sign_params){
        .service = PAIL_STR("s3"),
        .region = PAIL_STR("us-east-1"),
        .now_unix_s = EXAMPLE_TIME,
        .content_sha256_header = true,
        .s3_path = true,
    };
}

static void example_request(struct pail_request *r, const struct example *e)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_request_init(r);
    assert_ok(pail_request_base(r, PAIL_STR("https://examplebucket.s3.amazonaws.com"), &err), &err);
    snprintf(r->method, sizeof(r->method), "%s", e->method);
    pail_buf_z(&r->path, e->path);
    pail_buf_z(&r->query, e->query);
    for (size_t i = 0; e->headers[i]; i += 2)
        assert_ok(pail_request_header(r, e->headers[i], pail_str(e->headers[i + 1]), &err), &err);
}

static void test_examples(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = example_credentials(NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(examples); i++) {
        const struct example *e = &examples[i];
        struct pail_sign_params p = example_params();
        p.payload_hash = pail_str(e->hash);
        struct pail_request r;
        example_request(&r, e);
        char expected[1024];
        snprintf(expected, sizeof(expected),
                 "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
                 "aws4_request, SignedHeaders=%s, Signature=%s",
                 e->signed_headers, e->signature);
        /* Twice: the second time with a remembered key, and over the first signature. */
        for (int round = 0; round < 2; round++) {
            assert_ok(pail_sign_headers(&r, &p, c, &err), &err);
            assert_str(pail_headers_get(&r.headers, "Authorization"), expected);
            assert_str(pail_headers_get(&r.headers, "x-amz-date"), "20130524T000000Z");
            assert_str(pail_headers_get(&r.headers, "x-amz-content-sha256"), e->hash);
        }
        pail_request_done(&r);
    }
    (void)pail_credentials_unref(c);
}

static void test_presigned_example(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = example_credentials(NULL);
    struct example e = {"GET", "/test.txt", "", NULL, {NULL}, NULL, NULL};
    struct pail_sign_params p = example_params();
    p.payload_hash = PAIL_STR("UNSIGNED-PAYLOAD");
    p.expires_s = 86400;
    struct pail_request r;
    example_request(&r, &e);
    assert_ok(pail_sign_query(&r, &p, c, &err), &err);
    assert_str(pail_buf_view(&r.query),
               "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%"
               "2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
               "X-Amz-SignedHeaders=host&X-Amz-Signature="
               "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    assert_int_equal(r.headers.n, 0);
    pail_request_done(&r);
    (void)pail_credentials_unref(c);
}

/* ---- Tokens ---- */

static void test_token(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = example_credentials("to/ken=");
    struct pail_sign_params p = example_params();
    struct pail_request r;
    example_request(&r, &examples[0]);
    assert_ok(pail_sign_headers(&r, &p, c, &err), &err);
    assert_str(pail_headers_get(&r.headers, "X-Amz-Security-Token"), "to/ken=");
    assert_true(pail_str_find_str(pail_headers_get(&r.headers, "Authorization"),
                                  PAIL_STR(";x-amz-date;x-amz-security-token,")) != SIZE_MAX);
    pail_request_done(&r);

    /* Sent, but the signature is that of a request without. */
    p.token_after_signing = true;
    example_request(&r, &examples[0]);
    assert_ok(pail_sign_headers(&r, &p, c, &err), &err);
    assert_str(pail_headers_get(&r.headers, "X-Amz-Security-Token"), "to/ken=");
    assert_true(pail_str_ends(pail_headers_get(&r.headers, "Authorization"),
                              pail_str(examples[0].signature)));
    pail_request_done(&r);

    example_request(&r, &examples[2]);
    assert_ok(pail_sign_query(&r, &p, c, &err), &err);
    assert_true(pail_str_starts(pail_buf_view(&r.query), PAIL_STR("lifecycle=&X-Amz-Algorithm=")));
    assert_true(pail_str_find_str(pail_buf_view(&r.query),
                                  PAIL_STR("&X-Amz-Security-Token=to%2Fken%3D&X-Amz-Signature=")) !=
                SIZE_MAX);
    pail_request_done(&r);
    (void)pail_credentials_unref(c);
}

/* ---- Remembered keys ---- */

static void signature_of(const struct pail_credentials *c, const char *region, const char *service,
                         int64_t day, char ret[65])
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_sign_params p = {
        .service = pail_str(service),
        .region = pail_str(region),
        .now_unix_s = EXAMPLE_TIME + day * 86400,
    };
    assert_ok(pail_sign_signature(&p, c, PAIL_STR("text"), ret, &err), &err);
}

/* Warm or cold, more entries than are kept, names too long to keep: always the same signature. */
static void test_keys(void **state)
{
    static const char *const regions[] = {"r", "rs", "us-east-1", "",
                                          "a-region-whose-name-is-longer-than-any-that-exists"};
    static const char *const services[] = {"s3", "3", "sts"};
    struct pail_credentials *warm = example_credentials(NULL);
    char first[65];
    signature_of(warm, "rs", "3", 0, first);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PAIL_ARRAY_LEN(regions); i++) {
            for (size_t j = 0; j < PAIL_ARRAY_LEN(services); j++) {
                for (int day = 0; day < 2; day++) {
                    struct pail_credentials *cold = example_credentials(NULL);
                    char a[65], b[65];
                    signature_of(warm, regions[i], services[j], day, a);
                    signature_of(cold, regions[i], services[j], day, b);
                    assert_string_equal(a, b);
                    (void)pail_credentials_unref(cold);
                }
            }
        }
    }
    char other[65];
    signature_of(warm, "r", "s3", 0, other);
    assert_string_not_equal(first, other); /* "rs" + "3" is not "r" + "s3" */
    (void)pail_credentials_unref(warm);
}

static void sign_often(void *arg)
{
    char expected[65], got[65];
    signature_of(arg, "us-east-1", "s3", 0, expected);
    for (int i = 0; i < 200; i++) {
        signature_of(arg, "us-east-1", i % 3 ? "s3" : "sts", i % 7, got);
        signature_of(arg, "us-east-1", "s3", 0, got);
        assert_string_equal(got, expected);
    }
}

static void test_key_threads(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = example_credentials(NULL);
    struct pail_thread *t[4];
    for (size_t i = 0; i < PAIL_ARRAY_LEN(t); i++)
        assert_ok(pail_thread_start(&t[i], "signer", sign_often, c, &err), &err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(t); i++)
        pail_thread_join(t[i]);
    (void)pail_credentials_unref(c);
}

static void test_long_secret(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char secret[1000], a[65], b[65];
    memset(secret, 's', sizeof(secret));
    struct pail_credentials *c[2];
    for (int i = 0; i < 2; i++) {
        struct pail_credentials_fields f = {
            .access_key = PAIL_STR("A"),
            .secret_key = pail_strn(secret, sizeof(secret) - (size_t)i)};
        assert_ok(pail_credentials_new(&f, &c[i], &err), &err);
    }
    signature_of(c[0], "r", "s", 0, a);
    signature_of(c[1], "r", "s", 0, b);
    assert_string_not_equal(a, b);
    for (int i = 0; i < 2; i++)
        (void)pail_credentials_unref(c[i]);
}

/* ---- The suite ---- */

static void assert_file(const struct vector *v, const char *file, struct pail_str got)
{
    size_t len;
    char *text = vector_read(v, file, &len);
    while (len && text[len - 1] == '\n') /* some files end in one, the text never does */
        len--;
    text[len] = '\0';
    if (!pail_str_eqz(got, text)) {
        print_error("%s/%s:\n%.*s\nexpected:\n%s\n", v->name, file, PAIL_STR_ARG(got), text);
        fail();
    }
    pail_free(text);
}

static void check_steps(const struct vector *v, const struct pail_request *r,
                        const struct pail_sign_params *p, const char *form)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf canonical = PAIL_BUF_INIT(65536), names = PAIL_BUF_INIT(65536),
                    text = PAIL_BUF_INIT(65536);
    char file[64], signature[65];

    assert_ok(pail_sign_canonical(r, p, &canonical, &names, &err), &err);
    snprintf(file, sizeof(file), "%s-canonical-request.txt", form);
    assert_file(v, file, pail_buf_view(&canonical));
    assert_ok(pail_sign_string(p, pail_buf_view(&canonical), &text, &err), &err);
    snprintf(file, sizeof(file), "%s-string-to-sign.txt", form);
    assert_file(v, file, pail_buf_view(&text));
    assert_ok(pail_sign_signature(p, v->credentials, pail_buf_view(&text), signature, &err), &err);
    snprintf(file, sizeof(file), "%s-signature.txt", form);
    assert_file(v, file, pail_str(signature));
    pail_buf_done(&canonical);
    pail_buf_done(&names);
    pail_buf_done(&text);
}

static int by_text(const void *a, const void *b)
{
    return pail_str_cmp(*(const struct pail_str *)a, *(const struct pail_str *)b);
}

/* The order of parameters and headers is the signer's choice. */
static size_t sorted_query(const struct pail_request *r, struct pail_str *ret, size_t max)
{
    struct pail_str rest = pail_buf_view(&r->query);
    size_t n = 0;
    while (n < max && pail_str_split(&rest, '&', &ret[n]))
        n++;
    qsort(ret, n, sizeof(*ret), by_text);
    return n;
}

static size_t sorted_headers(const struct pail_request *r, struct pail_str *ret,
                             struct pail_buf *text, size_t max)
{
    size_t n = 0, at[64];
    for (; n < r->headers.n && n < max; n++) {
        struct pail_header h = pail_headers_at(&r->headers, n);
        at[n] = text->len;
        for (size_t i = 0; i < h.name.len; i++)
            pail_buf_char(text, (char)(h.name.ptr[i] | 0x20));
        pail_buf_fmt(text, ":%.*s", PAIL_STR_ARG(h.value));
    }
    for (size_t i = 0; i < n; i++)
        ret[i] = pail_strn(text->ptr + at[i], (i + 1 < n ? at[i + 1] : text->len) - at[i]);
    qsort(ret, n, sizeof(*ret), by_text);
    return n;
}

static void check_signed(const struct vector *v, const struct pail_request *got, const char *file)
{
    struct pail_str a[64], b[64], body;
    struct pail_buf ta = PAIL_BUF_INIT(65536), tb = PAIL_BUF_INIT(65536);
    struct pail_request expected;
    size_t len, n;
    char *text = vector_read(v, file, &len);

    pail_request_init(&expected);
    vector_parse(pail_strn(text, len), &expected, &body);
    assert_str(pail_buf_view(&got->path), pail_buf_cstr(&expected.path));
    n = sorted_query(got, a, 64);
    assert_int_equal(n, sorted_query(&expected, b, 64));
    for (size_t i = 0; i < n; i++)
        assert_true(pail_str_eq(a[i], b[i]));
    n = sorted_headers(got, a, &ta, 64);
    assert_int_equal(n, sorted_headers(&expected, b, &tb, 64));
    for (size_t i = 0; i < n; i++)
        assert_true(pail_str_eq(a[i], b[i]));
    pail_request_done(&expected);
    pail_buf_done(&ta);
    pail_buf_done(&tb);
    pail_free(text);
}

static void check_header_form(const char *dir, const char *name)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct vector v;
    vector_load(&v, dir, name);
    v.params.content_sha256_header = v.params.payload_hash.len > 0;
    assert_ok(pail_sign_headers(&v.request, &v.params, v.credentials, &err), &err);
    check_signed(&v, &v.request, "header-signed-request.txt");
    if (v.params.token_after_signing)
        pail_headers_remove(&v.request.headers, "X-Amz-Security-Token");
    check_steps(&v, &v.request, &v.params, "header");
    vector_done(&v);
}

static void check_query_form(const char *dir, const char *name)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct vector v;
    vector_load(&v, dir, name);
    assert_ok(pail_sign_query(&v.request, &v.params, v.credentials, &err), &err);
    check_signed(&v, &v.request, "query-signed-request.txt");
    /* Without what is not signed, which comes last. */
    struct pail_str q = pail_buf_view(&v.request.query);
    size_t end = pail_str_find_str(q, v.params.token_after_signing
                                          ? PAIL_STR("&X-Amz-Security-Token=")
                                          : PAIL_STR("&X-Amz-Signature="));
    assert_true(end != SIZE_MAX);
    pail_buf_truncate(&v.request.query, end);
    check_steps(&v, &v.request, &v.params, "query");
    vector_done(&v);
}

static void test_suite(void **state)
{
    char dir[1024];
    if (!pail_test_shared("vectors/sigv4", dir, sizeof(dir)))
        skip();
    DIR *d = opendir(dir);
    assert_non_null(d);
    int cases = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        check_header_form(dir, e->d_name);
        check_query_form(dir, e->d_name);
        cases++;
    }
    closedir(d);
    print_message("%d cases\n", cases);
    assert_true(cases >= 38);
}

/* ---- No memory ---- */

static int torture_headers(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = ud;
    struct pail_sign_params p = example_params();
    struct pail_request r;
    pail_request_init(&r);
    int rc = pail_request_base(&r, PAIL_STR("https://h"), err);
    for (int i = 0; rc == 0 && i < 50; i++) {
        rc = pail_headers_add(&r.headers, PAIL_STR("x-header"), PAIL_STR("v"), err);
        pail_request_query(&r, PAIL_STR("n"), PAIL_STR("v"));
    }
    if (rc == 0)
        rc = pail_request_check(&r, err);
    snprintf(r.method, sizeof(r.method), "GET");
    if (rc == 0)
        rc = pail_sign_headers(&r, &p, c, err);
    pail_request_done(&r);
    return rc;
}

static int torture_query(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = ud;
    struct pail_sign_params p = example_params();
    struct pail_request r;
    pail_request_init(&r);
    int rc = pail_request_base(&r, PAIL_STR("https://h"), err);
    snprintf(r.method, sizeof(r.method), "GET");
    if (rc == 0)
        rc = pail_sign_query(&r, &p, c, err);
    pail_request_done(&r);
    return rc;
}

static int torture_credentials(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f = {
        PAIL_STR("a"), PAIL_STR("s"), PAIL_STR("t"), PAIL_STR("1"), 0, "env"};
    int rc = pail_credentials_new(&f, &c, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_credentials *c = example_credentials("token");
    pail_torture("headers", torture_headers, c);
    pail_torture("query", torture_query, c);
    pail_torture("credentials", torture_credentials, NULL);
    (void)pail_credentials_unref(c);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_examples), cmocka_unit_test(test_presigned_example),
               cmocka_unit_test(test_token), cmocka_unit_test(test_keys),
               cmocka_unit_test(test_key_threads), cmocka_unit_test(test_long_secret),
               cmocka_unit_test(test_suite), cmocka_unit_test(test_torture))
