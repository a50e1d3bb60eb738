/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts and paths: our table, and AWS's published endpoint cases as far as they concern us. */
#include "s3/addressing.h"

#include "base/buf.h"
#include "base/json.h"
#include "unit/test.h"

static int address(const struct pail_s3_endpoint_options *opt, const char *region,
                   const char *bucket, const char *key, bool force_path, char *ret, size_t cap,
                   struct pail_error *err)
{
    struct pail_s3_endpoint e;
    struct pail_request rq;
    struct pail_buf url = PAIL_BUF_INIT(4096);

    int rc = pail_s3_endpoint_init(&e, opt, err);
    if (rc < 0)
        return rc;
    pail_request_init(&rq);
    rc = pail_s3_address(&e, pail_str(region), pail_str(bucket), pail_str(key), force_path, &rq,
                         err);
    pail_request_url(&rq, true, &url);
    if (rc == 0)
        snprintf(ret, cap, "%s", pail_buf_cstr(&url));
    pail_buf_done(&url);
    pail_request_done(&rq);
    pail_s3_endpoint_done(&e);
    return rc;
}

static void test_table(void **state)
{
    static const struct {
        struct pail_s3_endpoint_options opt;
        const char *region, *bucket, *key, *url;
    } cases[] = {
        {{NULL}, "us-east-1", "bkt", "k", "https://bkt.s3.us-east-1.amazonaws.com/k"},
        {{NULL}, "cn-north-1", "bkt", "k", "https://bkt.s3.cn-north-1.amazonaws.com.cn/k"},
        {{NULL}, "us-gov-west-1", "bkt", "k", "https://bkt.s3.us-gov-west-1.amazonaws.com/k"},
        {{NULL}, "us-iso-east-1", "bkt", "k", "https://bkt.s3.us-iso-east-1.c2s.ic.gov/k"},
        {{NULL}, "us-isob-east-1", "bkt", "k", "https://bkt.s3.us-isob-east-1.sc2s.sgov.gov/k"},
        {{NULL}, "eusc-de-east-1", "bkt", "k", "https://bkt.s3.eusc-de-east-1.amazonaws.eu/k"},
        {{NULL}, "us-east-1", "", "", "https://s3.us-east-1.amazonaws.com/"},
        {{NULL}, "us-east-1", "bkt", "", "https://bkt.s3.us-east-1.amazonaws.com/"},
        {{NULL}, "us-east-1", "a.b", "k", "https://s3.us-east-1.amazonaws.com/a.b/k"},
        {{NULL}, "us-east-1", "Bkt", "k", "https://s3.us-east-1.amazonaws.com/Bkt/k"},
        {{NULL}, "us-east-1", "b_t", "k", "https://s3.us-east-1.amazonaws.com/b_t/k"},
        {{NULL}, "us-east-1", "ab", "k", "https://s3.us-east-1.amazonaws.com/ab/k"},
        {{NULL}, "us-east-1", "-ab", "k", "https://s3.us-east-1.amazonaws.com/-ab/k"},
        {{NULL},
         "us-east-1",
         "bkt",
         "/a//b/../c ",
         "https://bkt.s3.us-east-1.amazonaws.com//a//b/../c%20"},
        {{NULL, PAIL_S3_PATH}, "us-east-1", "bkt", "k", "https://s3.us-east-1.amazonaws.com/bkt/k"},
        {{.fips = true}, "us-east-1", "bkt", "k", "https://bkt.s3-fips.us-east-1.amazonaws.com/k"},
        {{.dualstack = true},
         "us-east-1",
         "bkt",
         "k",
         "https://bkt.s3.dualstack.us-east-1.amazonaws.com/k"},
        {{.accelerate = true},
         "us-east-1",
         "bkt",
         "k",
         "https://bkt.s3-accelerate.amazonaws.com/k"},
        {{.accelerate = true}, "us-east-1", "a.b", "k", "https://s3.us-east-1.amazonaws.com/a.b/k"},
        {{"http://h:9000"}, "r", "bkt", "k", "http://h:9000/bkt/k"},
        {{"http://h:9000/"}, "r", "bkt", "k", "http://h:9000/bkt/k"},
        {{"http://h/pre/fix"}, "r", "bkt", "k", "http://h/pre/fix/bkt/k"},
        {{"http://h/pre/"}, "r", "", "", "http://h/pre/"},
        {{"http://h:9000", PAIL_S3_VIRTUAL}, "r", "bkt", "k", "http://bkt.h:9000/k"},
        {{"http://h", PAIL_S3_VIRTUAL}, "r", "a.b", "k", "http://a.b.h/k"},
        {{"https://h", PAIL_S3_VIRTUAL}, "r", "a.b", "k", "https://h/a.b/k"},
        {{"http://10.0.0.1", PAIL_S3_VIRTUAL}, "r", "bkt", "k", "http://10.0.0.1/bkt/k"},
        {{"http://[::1]:90", PAIL_S3_VIRTUAL}, "r", "bkt", "k", "http://[::1]:90/bkt/k"},
        {{"http://h", PAIL_S3_VIRTUAL}, "r", "10.0.0.1", "k", "http://h/10.0.0.1/k"},
        {{"http://h", PAIL_S3_VIRTUAL}, "r", "a..b", "k", "http://h/a..b/k"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        char url[256];
        assert_ok(address(&cases[i].opt, cases[i].region, cases[i].bucket, cases[i].key, false, url,
                          sizeof(url), &err),
                  &err);
        assert_string_equal(url, cases[i].url);
    }
}

static void test_force_path(void **state)
{
    const struct pail_s3_endpoint_options opt = {NULL};
    char url[256];

    assert_ok(address(&opt, "us-east-1", "bkt", "", true, url, sizeof(url), NULL), NULL);
    assert_string_equal(url, "https://s3.us-east-1.amazonaws.com/bkt");
}

static void test_errors(void **state)
{
    const struct pail_s3_endpoint_options aws = {NULL}, bad = {"nonsense"};
    struct pail_error err = PAIL_ERROR_INIT;
    char url[256];

    assert_code(address(&aws, "evil.example.com/", "bkt", "", false, url, sizeof(url), &err),
                PAIL_E_CONFIG);
    assert_code(address(&aws, "", "bkt", "", false, url, sizeof(url), &err), PAIL_E_CONFIG);
    assert_true(address(&bad, "r", "bkt", "", false, url, sizeof(url), &err) < 0);
    assert_non_null(strstr(err.message, "S3 endpoint URL: "));
}

static void test_bucket_check(void **state)
{
    static const char *const good[] = {"a", "bkt", "A_b.c-d", "..."};
    static const char *const bad[] = {"", "a/b", "a b", "a?b", "\xc3\xa4", ".", "..", "a\n"};
    char long_name[300];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++)
        assert_ok(pail_s3_bucket_check(pail_str(good[i]), NULL), NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++)
        assert_code(pail_s3_bucket_check(pail_str(bad[i]), NULL), PAIL_E_INVALID);
    memset(long_name, 'a', sizeof(long_name));
    assert_ok(pail_s3_bucket_check(pail_strn(long_name, 255), NULL), NULL);
    assert_code(pail_s3_bucket_check(pail_strn(long_name, 256), NULL), PAIL_E_INVALID);
}

/* ---- Published cases ---- */

static bool param_bool(const struct pail_jnode *params, const char *name)
{
    bool v = false;
    return pail_json_bool(pail_json_get(params, name), &v) && v;
}

/* Cases about what we refuse or do not have: ARNs, directory buckets, Outposts, the global
 * endpoint. */
static bool concerns_us(const struct pail_jnode *params)
{
    struct pail_str bucket = pail_json_str(pail_json_get(params, "Bucket"));
    struct pail_str region = pail_json_str(pail_json_get(params, "Region"));
    struct pail_str url = pail_json_str(pail_json_get(params, "Endpoint"));

    if (param_bool(params, "UseGlobalEndpoint") || param_bool(params, "UseObjectLambdaEndpoint") ||
        param_bool(params, "UseS3ExpressControlEndpoint") || pail_str_eqz(region, "aws-global") ||
        !region.len)
        return false;
    if (bucket.len && pail_s3_bucket_check(bucket, NULL) < 0)
        return false;
    /* A configured URL goes with none of the flags; the client does not even read them. */
    return !url.ptr || !(param_bool(params, "Accelerate") || param_bool(params, "UseFIPS") ||
                         param_bool(params, "UseDualStack"));
}

static char *zdup(struct pail_str s)
{
    return s.ptr ? pail_strndup(s) : NULL;
}

static bool run_case(const struct pail_jnode *c)
{
    const struct pail_jnode *params = pail_json_get(c, "params"),
                            *expect = pail_json_get(c, "expect");
    struct pail_str want = pail_json_str(pail_json_get(pail_json_get(expect, "endpoint"), "url"));
    if (!want.ptr || !concerns_us(params))
        return false;

    char *url = zdup(pail_json_str(pail_json_get(params, "Endpoint")));
    char *region = zdup(pail_json_str(pail_json_get(params, "Region")));
    char *bucket = zdup(pail_json_str(pail_json_get(params, "Bucket")));
    struct pail_s3_endpoint_options opt = {
        .url = url,
        .addressing = param_bool(params, "ForcePathStyle") ? PAIL_S3_PATH : PAIL_S3_VIRTUAL,
        .fips = param_bool(params, "UseFIPS"),
        .dualstack = param_bool(params, "UseDualStack"),
        .accelerate = param_bool(params, "Accelerate"),
    };
    struct pail_error err = PAIL_ERROR_INIT;
    char got[256];
    assert_ok(address(&opt, region, bucket ? bucket : "", "", false, got, sizeof(got), &err), &err);
    /* Theirs ends without the slash that ours needs. */
    size_t n = strlen(got);
    if (n && got[n - 1] == '/' && !pail_str_ends(want, PAIL_STR("/")))
        got[n - 1] = '\0';
    if (!pail_str_eqz(want, got))
        fail_msg("%.*s: %s, expected %.*s",
                 PAIL_STR_ARG(pail_json_str(pail_json_get(c, "documentation"))), got,
                 PAIL_STR_ARG(want));
    pail_free(url);
    pail_free(region);
    pail_free(bucket);
    return true;
}

static void test_published(void **state)
{
    char path[4096];
    struct pail_buf text = PAIL_BUF_INIT(16u << 20);
    struct pail_json *doc = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    size_t done = 0, n;

    if (!pail_test_shared("vectors/endpoints/s3/endpoint-tests-1.json", path, sizeof(path)))
        skip();
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    do {
        char *to = pail_buf_reserve(&text, 65536);
        assert_non_null(to);
        n = fread(to, 1, 65536, f);
        pail_buf_added(&text, n);
    } while (n);
    fclose(f);
    assert_ok(pail_json_parse(pail_buf_view(&text), "cases", &doc, &err), &err);
    const struct pail_jnode *cases = pail_json_get(pail_json_root(doc), "testCases");
    for (size_t i = 0; i < pail_json_len(cases); i++)
        done += run_case(pail_json_at(cases, i));
    print_message("%zu of %zu cases\n", done, pail_json_len(cases));
    assert_true(done >= 50);
    pail_json_free(doc);
    pail_buf_done(&text);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_table), cmocka_unit_test(test_force_path),
               cmocka_unit_test(test_errors), cmocka_unit_test(test_bucket_check),
               cmocka_unit_test(test_published))
