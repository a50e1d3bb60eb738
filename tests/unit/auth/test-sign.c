/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>

#include "auth/sign.h"

#include "auth/credentials.h"
#include "auth/sign_key.h"
#include "base/str.h"
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
                         int64_t day, char ret[PAIL_SIGNATURE_CAP])
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
    char first[PAIL_SIGNATURE_CAP];
    signature_of(warm, "rs", "3", 0, first);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PAIL_ARRAY_LEN(regions); i++) {
            for (size_t j = 0; j < PAIL_ARRAY_LEN(services); j++) {
                for (int day = 0; day < 2; day++) {
                    struct pail_credentials *cold = example_credentials(NULL);
                    char a[PAIL_SIGNATURE_CAP], b[PAIL_SIGNATURE_CAP];
                    signature_of(warm, regions[i], services[j], day, a);
                    signature_of(cold, regions[i], services[j], day, b);
                    assert_string_equal(a, b);
                    (void)pail_credentials_unref(cold);
                }
            }
        }
    }
    char other[PAIL_SIGNATURE_CAP];
    signature_of(warm, "r", "s3", 0, other);
    assert_string_not_equal(first, other); /* "rs" + "3" is not "r" + "s3" */
    (void)pail_credentials_unref(warm);
}

static void sign_often(void *arg)
{
    char expected[PAIL_SIGNATURE_CAP], got[PAIL_SIGNATURE_CAP];
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
    char secret[1000], a[PAIL_SIGNATURE_CAP], b[PAIL_SIGNATURE_CAP];
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
    char file[64], signature[PAIL_SIGNATURE_CAP];

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

/* ---- Chunks: the published example of 65 KiB in 64 KiB chunks ---- */

static void test_chunks(void **state)
{
    static const char *const plain[] = {
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    };
    static const char *const with_trailer[] = {
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    };
    static const size_t sizes[] = {64 << 10, 1 << 10, 0};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = example_credentials(NULL);
    struct pail_sign_params p = example_params();
    char *data = malloc(64 << 10), signature[PAIL_SIGNATURE_CAP];
    assert_non_null(data);
    memset(data, 'a', 64 << 10);
    for (int trailer = 0; trailer < 2; trailer++) {
        const char *const *expected = trailer ? with_trailer : plain;
        memcpy(signature, expected[0], 65);
        for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
            assert_ok(pail_sign_chunk(&p, c, (struct pail_bytes){data, sizes[i]}, signature, &err),
                      &err);
            assert_string_equal(signature, expected[i + 1]);
        }
    }
    assert_ok(
        pail_sign_trailer(&p, c, PAIL_STR("x-amz-checksum-crc32c:sOO8/Q==\n"), signature, &err),
        &err);
    assert_string_equal(signature,
                        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435");
    free(data);
    (void)pail_credentials_unref(c);
}

/* ---- Signature Version 4a ---- */

static void hex_of(const uint8_t *p, size_t n, char *ret)
{
    for (size_t i = 0; i < n; i++)
        snprintf(ret + 2 * i, 3, "%02x", p[i]);
}

/* The published example of the key derivation. */
static void test_key_4a(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_sign_keys *keys;
    const struct pail_p256 *key, *again;
    uint8_t x[PAIL_P256_LEN], y[PAIL_P256_LEN];
    char text[65];
    assert_ok(pail_sign_keys_new(&keys, &err), &err);
    struct pail_str access = PAIL_STR("AKISORANDOMAASORANDOM");
    struct pail_str secret = PAIL_STR("q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom");
    assert_ok(pail_sign_key_4a(keys, access, secret, &key, &err), &err);
    assert_ok(pail_p256_public(key, x, y, &err), &err);
    hex_of(x, sizeof(x), text);
    assert_string_equal(text, "15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb");
    hex_of(y, sizeof(y), text);
    assert_string_equal(text, "0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0");
    assert_ok(pail_sign_key_4a(keys, access, secret, &again, &err), &err);
    assert_ptr_equal(key, again);
    pail_sign_keys_free(keys);
}

static size_t unhex(struct pail_str hex, uint8_t *ret)
{
    for (size_t i = 0; i < hex.len / 2; i++) {
        char pair[3] = {hex.ptr[2 * i], hex.ptr[2 * i + 1], 0};
        ret[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return hex.len / 2;
}

/* The signature fits what was signed, which says it is not for a region. */
static void test_headers_4a(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = example_credentials("token");
    struct pail_sign_params p = example_params();
    struct pail_request r;
    const struct pail_p256 *key;
    struct pail_credentials_fields f;
    uint8_t digest[32], der[PAIL_P256_DER_MAX_LEN];
    struct pail_buf canonical = PAIL_BUF_INIT(1 << 16), names = PAIL_BUF_INIT(1 << 12),
                    text = PAIL_BUF_INIT(1 << 16);
    p.v4a = true;
    p.region_set = PAIL_STR("*");
    p.token_header = "x-amz-s3session-token";
    example_request(&r, &examples[0]);
    assert_ok(pail_sign_headers(&r, &p, c, &err), &err);
    assert_str(pail_headers_get(&r.headers, "X-Amz-Region-Set"), "*");
    assert_str(pail_headers_get(&r.headers, "x-amz-s3session-token"), "token");
    struct pail_str value = pail_headers_get(&r.headers, "Authorization");
    static const char start[] = "AWS4-ECDSA-P256-SHA256 "
                                "Credential=AKIAIOSFODNN7EXAMPLE/20130524/s3/aws4_request, ";
    assert_true(value.len > sizeof(start) && !memcmp(value.ptr, start, sizeof(start) - 1));
    struct pail_str signature = pail_sign_of_authorization(value);
    pail_credentials_get(c, &f);
    assert_ok(pail_sign_key_4a(pail_credentials_keys(c), f.access_key, f.secret_key, &key, &err),
              &err);
    assert_ok(pail_sign_canonical(&r, &p, &canonical, &names, &err), &err);
    assert_true(pail_str_find_str(pail_buf_view(&names), PAIL_STR("x-amz-region-set")) != SIZE_MAX);
    assert_ok(pail_sign_string(&p, pail_buf_view(&canonical), &text, &err), &err);
    assert_ok(pail_digest(PAIL_SHA256, (struct pail_bytes){text.ptr, text.len}, digest, &err),
              &err);
    size_t len = unhex(signature, der);
    assert_true(pail_p256_verify_der(key, digest, der, len));
    digest[0] ^= 1;
    assert_false(pail_p256_verify_der(key, digest, der, len));
    assert_null(pail_sign_of_authorization(PAIL_STR("Signature")).ptr);
    pail_buf_done(&canonical);
    pail_buf_done(&names);
    pail_buf_done(&text);
    pail_request_done(&r);
    (void)pail_credentials_unref(c);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_chunks), cmocka_unit_test(test_key_4a),
               cmocka_unit_test(test_headers_4a), cmocka_unit_test(test_examples),
               cmocka_unit_test(test_presigned_example), cmocka_unit_test(test_token),
               cmocka_unit_test(test_keys), cmocka_unit_test(test_key_threads),
               cmocka_unit_test(test_long_secret), cmocka_unit_test(test_suite),
               cmocka_unit_test(test_torture))
