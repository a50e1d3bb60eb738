/* SPDX-License-Identifier: Apache-2.0 */
/* S3's published endpoint cases, all of them: URL, authentication schemes, or the error's text. */
#include "base/json.h"
#include "s3/route.h"
#include "unit/test.h"

static bool param_bool(const struct pail_jnode *params, const char *name)
{
    bool v = false;
    return pail_json_bool(pail_json_get(params, name), &v) && v;
}

static struct pail_str param_str(const struct pail_jnode *params, const char *name)
{
    return pail_json_str(pail_json_get(params, name));
}

static struct pail_s3_route_params params_of(const struct pail_jnode *j)
{
    bool arn_region = true;
    (void)pail_json_bool(pail_json_get(j, "UseArnRegion"), &arn_region);
    return (struct pail_s3_route_params){
        .region = param_str(j, "Region"),
        .bucket = param_str(j, "Bucket"),
        .url = param_str(j, "Endpoint"),
        .fips = param_bool(j, "UseFIPS"),
        .dualstack = param_bool(j, "UseDualStack"),
        .accelerate = param_bool(j, "Accelerate"),
        .path_style = param_bool(j, "ForcePathStyle"),
        .global = param_bool(j, "UseGlobalEndpoint"),
        .own_region_only = !arn_region,
        .no_multi_region = param_bool(j, "DisableMultiRegionAccessPoints"),
        .no_access_points = param_bool(j, "DisableAccessPoints"),
        .no_express_session = param_bool(j, "DisableS3ExpressSessionAuth"),
        .express_control = param_bool(j, "UseS3ExpressControlEndpoint"),
        .object_lambda = param_bool(j, "UseObjectLambdaEndpoint"),
    };
}

static void expect_str(const struct pail_jnode *c, const char *what, struct pail_str got,
                       struct pail_str want)
{
    if (!pail_str_eq(got, want))
        fail_msg("%.*s: %s is \"%.*s\", expected \"%.*s\"",
                 PAIL_STR_ARG(param_str(c, "documentation")), what, PAIL_STR_ARG(got),
                 PAIL_STR_ARG(want));
}

static void check_url(const struct pail_jnode *c, const struct pail_s3_route *r,
                      struct pail_str want)
{
    struct pail_request rq;
    struct pail_buf url = PAIL_BUF_INIT(4096);

    pail_request_init(&rq);
    assert_ok(pail_s3_route_apply(r, PAIL_STR(""), &rq, NULL), NULL);
    pail_request_url(&rq, true, &url);
    /* Theirs ends without the slash that a request needs. */
    if (pail_str_ends(pail_buf_view(&url), PAIL_STR("/")) && !pail_str_ends(want, PAIL_STR("/")))
        pail_buf_truncate(&url, url.len - 1);
    expect_str(c, "URL", pail_buf_view(&url), want);
    pail_buf_done(&url);
    pail_request_done(&rq);
}

/* The schemes a route stands for, in order. */
static void check_schemes(const struct pail_jnode *c, const struct pail_s3_route *r,
                          const struct pail_jnode *schemes)
{
    size_t n = 0;

    if (r->v4a) {
        const struct pail_jnode *s = pail_json_at(schemes, n++);
        expect_str(c, "scheme", PAIL_STR("sigv4a"), param_str(s, "name"));
        expect_str(c, "service", pail_str(r->service), param_str(s, "signingName"));
        expect_str(c, "region set", PAIL_STR("*"),
                   pail_json_str(pail_json_at(pail_json_get(s, "signingRegionSet"), 0)));
    }
    if (r->region[0]) {
        const struct pail_jnode *s = pail_json_at(schemes, n++);
        expect_str(c, "scheme", r->session ? PAIL_STR("sigv4-s3express") : PAIL_STR("sigv4"),
                   param_str(s, "name"));
        expect_str(c, "service", pail_str(r->service), param_str(s, "signingName"));
        expect_str(c, "region", pail_str(r->region), param_str(s, "signingRegion"));
    }
    assert_int_equal(n, pail_json_len(schemes));
}

static void run_case(const struct pail_jnode *c)
{
    const struct pail_jnode *expect = pail_json_get(c, "expect");
    const struct pail_jnode *endpoint = pail_json_get(expect, "endpoint");
    struct pail_s3_route_params p = params_of(pail_json_get(c, "params"));
    struct pail_s3_route *r = NULL;
    struct pail_error err = PAIL_ERROR_INIT;

    int rc = pail_s3_route_new(&p, &r, &err);
    if (!endpoint) {
        assert_true(rc < 0 && rc == (int)err.code);
        expect_str(c, "error", pail_str(err.message), param_str(expect, "error"));
        return;
    }
    if (rc < 0)
        fail_msg("%.*s: %s", PAIL_STR_ARG(param_str(c, "documentation")), err.message);
    check_url(c, r, param_str(endpoint, "url"));
    const struct pail_jnode *properties = pail_json_get(endpoint, "properties");
    if (properties)
        check_schemes(c, r, pail_json_get(properties, "authSchemes"));
    assert_true(r->express == (param_str(properties, "backend").len > 0));
    r = pail_s3_route_unref(r);
}

static void test_published(void **state)
{
    char path[4096];
    struct pail_buf text = PAIL_BUF_INIT(16u << 20);
    struct pail_json *doc = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    size_t n;

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
    assert_true(pail_json_len(cases) >= 393);
    for (size_t i = 0; i < pail_json_len(cases); i++)
        run_case(pail_json_at(cases, i));
    print_message("%zu cases\n", pail_json_len(cases));
    pail_json_free(doc);
    pail_buf_done(&text);
}

/* What the published cases leave out. */
static void test_more(void **state)
{
    static const struct {
        struct pail_s3_route_params p;
        const char *key, *url;
    } cases[] = {
        {{.region = PAIL_STR("cn-moon-7"), .bucket = PAIL_STR("bkt")},
         "k",
         "https://bkt.s3.cn-moon-7.amazonaws.com.cn/k"},
        {{.region = PAIL_STR("cn-moon"), .bucket = PAIL_STR("bkt")},
         "k",
         "https://bkt.s3.cn-moon.amazonaws.com/k"},
        {{.region = PAIL_STR("r"), .bucket = PAIL_STR("bkt"), .url = PAIL_STR("http://h/a/")},
         "k",
         "http://bkt.h/a/k"},
        {{.region = PAIL_STR("r"), .bucket = PAIL_STR("bkt"), .url = PAIL_STR("http://h/a")},
         "",
         "http://bkt.h/a"},
        {{.region = PAIL_STR("r"), .bucket = PAIL_STR("a.b"), .url = PAIL_STR("http://10.1.1.1")},
         "k",
         "http://10.1.1.1/a.b/k"},
        {{.region = PAIL_STR("us-east-1"), .bucket = PAIL_STR("bkt")},
         "/a//b/../c ",
         "https://bkt.s3.us-east-1.amazonaws.com//a//b/../c%20"},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_s3_route *r = NULL;
        struct pail_request rq;
        struct pail_buf url = PAIL_BUF_INIT(4096);
        assert_ok(pail_s3_route_new(&cases[i].p, &r, &err), &err);
        pail_request_init(&rq);
        assert_ok(pail_s3_route_apply(r, pail_str(cases[i].key), &rq, &err), &err);
        pail_request_url(&rq, true, &url);
        assert_string_equal(pail_buf_cstr(&url), cases[i].url);
        pail_buf_done(&url);
        pail_request_done(&rq);
        r = pail_s3_route_unref(r);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_published), cmocka_unit_test(test_more))
