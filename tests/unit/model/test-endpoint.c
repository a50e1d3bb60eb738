/* SPDX-License-Identifier: Apache-2.0 */
/* The engine around the rules: parameters, results, what is remembered. The rules themselves:
 * test-endpoint-vectors.c. */
#include "model/endpoint.h"

#include "model/models.h"
#include "unit/model/tiny.h"
#include "unit/torture.h"

static struct pail_models *models;
static struct pail_service *service;
static struct pail_endpoints *endpoints;

static int open_tiny(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = tiny_json(tiny_partitions);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf blob = PAIL_BUF_INIT(1 << 20);
    struct pail_models_options o = {"", "", "", .no_installed = true};
    size_t size;

    assert_ok(pail_models_new(&o, &models, &err), &err);
    assert_ok(pail_compile_partitions(pail_json_root(json), &blob, &err), &err);
    models->own_partitions = pail_buf_take(&blob, &size);
    assert_ok(pail_blob_open(models->own_partitions, size, "partitions", &models->partitions, &err),
              &err);
    service = tiny_compile();
    assert_ok(pail_endpoints_new(models, service, &endpoints, &err), &err);
    return 0;
}

static int close_tiny(void **state)
{
    pail_endpoints_free(endpoints);
    pail_service_free(service);
    pail_models_free(models);
    return 0;
}

static const struct pail_endpoint *resolve(const struct pail_endpoint_params *p)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_endpoint *e = NULL;
    assert_ok(pail_endpoint_resolve(endpoints, p, &e, &err), &err);
    return e;
}

static void resolves(const struct pail_endpoint_params *p, const char *url)
{
    const struct pail_endpoint *e = resolve(p);
    assert_str(e->url, url);
    pail_endpoint_unref(e);
}

static void fails(const struct pail_endpoint_params *p, int code, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_endpoint *e = NULL;
    assert_code(pail_endpoint_resolve(endpoints, p, &e, &err), code);
    assert_null(e);
    assert_string_equal(err.message, message);
}

static void test_result(void **state)
{
    struct pail_endpoint_params p = {0};
    struct pail_endpoint_builtins b = {.region = PAIL_STR("eu-west-1")};

    pail_endpoint_set_builtins(&p, endpoints, &b);
    const struct pail_endpoint *e = resolve(&p);
    assert_str(e->url, "https://tiny.eu-west-1.amazonaws.com");
    assert_int_equal(e->n_auth_schemes, 2);
    assert_str(e->auth_schemes[0].name, "sigv4a");
    assert_str(e->auth_schemes[0].signing_name, "tiny");
    assert_null(e->auth_schemes[0].signing_region.ptr);
    assert_int_equal(e->auth_schemes[0].n_signing_region_set, 2);
    assert_str(e->auth_schemes[0].signing_region_set[1], "eu-west-1");
    assert_int_equal(e->auth_schemes[0].disable_double_encoding, PAIL_YES);
    assert_int_equal(e->auth_schemes[0].disable_normalize_path, PAIL_UNSET);
    assert_str(e->auth_schemes[1].signing_region, "eu-west-1");
    assert_int_equal(e->n_headers, 1);
    assert_str(e->headers[0].name, "x-a");
    assert_str(e->headers[0].values[1], "eu-west-1");
    assert_str(
        e->properties,
        "{\"authSchemes\":[{\"name\":\"sigv4a\",\"signingName\":\"tiny\",\"signingRegionSet\":"
        "[\"*\",\"eu-west-1\"],\"disableDoubleEncoding\":true},{\"name\":\"sigv4\","
        "\"signingRegion\":\"eu-west-1\"}],\"backend\":\"B\"}");
    pail_endpoint_unref(e);
}

/* Who comes first wins; built-ins are those that the rules ask for. */
static void test_precedence(void **state)
{
    struct pail_endpoint_params p = {0};
    struct pail_endpoint_builtins b = {.region = PAIL_STR("cn-north-1"),
                                       .use_fips = PAIL_NO,
                                       .s3_accelerate = PAIL_YES,
                                       .account_id = PAIL_STR("1")};

    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("us-east-1"));
    pail_endpoint_set_str(&p, PAIL_STR("Bucket"), pail_str(NULL));
    pail_endpoint_set_builtins(&p, endpoints, &b);
    assert_int_equal(p.n, 2);
    resolves(&p, "https://tiny.us-east-1.amazonaws.com");
    assert_true(pail_endpoint_takes(endpoints, PAIL_STR("Bucket")));
    assert_false(pail_endpoint_takes(endpoints, PAIL_STR("bucket")));

    p = (struct pail_endpoint_params){0};
    pail_endpoint_set_builtins(&p, endpoints, &b);
    resolves(&p, "https://tiny.cn-north-1.amazonaws.com.cn");

    p = (struct pail_endpoint_params){0};
    b.endpoint = PAIL_STR("http://[::1]:9000/a/./b/../c");
    pail_endpoint_set_builtins(&p, endpoints, &b);
    resolves(&p, "http://[::1]:9000/a/c/");
}

static void test_static_params(void **state)
{
    struct pail_endpoint_params p = {0};
    struct pail_operation op;

    assert_true(pail_operation_find(service, PAIL_STR("PutThing"), &op));
    pail_endpoint_set_static(&p, &op);
    assert_int_equal(p.n, 2);
    assert_true(p.list[0].type == PAIL_PARAM_BOOL && p.list[0].boolean);
    assert_str(p.list[1].string, "k");
}

static void test_too_many_params(void **state)
{
    static char names[PAIL_ENDPOINT_MAX_PARAMS + 5][8];
    struct pail_endpoint_params p = {0};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++) {
        snprintf(names[i], sizeof(names[i]), "n%zu", i);
        pail_endpoint_set_bool(&p, pail_str(names[i]), true);
    }
    assert_int_equal(p.n, PAIL_ENDPOINT_MAX_PARAMS);
    fails(&p, PAIL_E_TOO_BIG, "more than 48 endpoint parameters");
}

static void test_errors(void **state)
{
    struct pail_endpoint_params p = {0};

    fails(&p, PAIL_E_NOT_FOUND, "No endpoint found for parameters: {\"UseFIPS\":false}");
    pail_endpoint_set_bool(&p, PAIL_STR("UseFIPS"), true);
    fails(&p, PAIL_E_INVALID, "endpoint rules: a text needs a value that is not set");
    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("x"));
    fails(&p, PAIL_E_INVALID, "no FIPS in x, {really}");
    p = (struct pail_endpoint_params){0};
    pail_endpoint_set_bool(&p, PAIL_STR("Region"), true);
    fails(&p, PAIL_E_INVALID, "Value (Region) is the wrong type. Must be <class 'str'>.");
    p = (struct pail_endpoint_params){0};
    pail_endpoint_set_str(&p, PAIL_STR("Names"), PAIL_STR("x"));
    fails(&p, PAIL_E_INVALID, "Value (Names) is the wrong type. Must be <class 'tuple'>.");
}

/* split, coalesce and ite, which no service uses yet. */
static void test_new_functions(void **state)
{
    struct pail_endpoint_params p = {0};

    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("eu-west-1"));
    pail_endpoint_set_str(&p, PAIL_STR("Bucket"), PAIL_STR("a--b--c"));
    resolves(&p, "https://b.b.n");
    p.list[1].string = PAIL_STR(
        "a-b"); /* no [1]: the rule fails, and what it assigned is forgotten */
    resolves(&p, "https://tiny.eu-west-1.amazonaws.com");
    p.list[1].string = PAIL_STR("never");
    resolves(&p, "https://never");
}

static void test_remembers(void **state)
{
    struct pail_endpoint_params p = {0};
    char bucket[32];

    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("eu-west-1"));
    const struct pail_endpoint *first = resolve(&p), *again = resolve(&p);
    assert_ptr_equal(first, again);
    pail_endpoint_unref(again);
    pail_endpoint_set_str(&p, PAIL_STR("Unknown"), PAIL_STR("x")); /* the rules do not know it */
    again = resolve(&p);
    assert_ptr_equal(first, again);
    pail_endpoint_unref(again);

    p = (struct pail_endpoint_params){0};
    pail_endpoint_set_str(&p, PAIL_STR("Bucket"), PAIL_STR("x"));
    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("eu-west-1"));
    for (unsigned i = 0; i < 150; i++) {
        snprintf(bucket, sizeof(bucket), "b%u", i);
        p.list[0].string = pail_str(bucket);
        pail_endpoint_unref(resolve(&p));
    }
    p = (struct pail_endpoint_params){0};
    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("eu-west-1"));
    again = resolve(&p); /* it was the oldest and is a new one now; ours is still ours */
    assert_ptr_not_equal(first, again);
    assert_str(first->url, "https://tiny.eu-west-1.amazonaws.com");
    pail_endpoint_unref(first);
    pail_endpoint_unref(again);
}

static void test_partitions(void **state)
{
    static const char *const cases[][2] = {
        {"eu-west-1", "aws"},  {"cn-moon-7", "aws-cn"}, {"cn-north-1", "aws-cn"},
        {"aws-global", "aws"}, {"nowhere", "aws"},      {"cn-north-1x", "aws"},
        {"cn-north-", "aws"},  {"xcn-north-1", "aws"},  {"", "aws"},
    };
    struct pail_partition p;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        assert_true(pail_partition_of(models, pail_str(cases[i][0]), &p));
        assert_str(p.id, cases[i][1]);
    }
    assert_true(pail_partition_at(models, 1, &p));
    assert_false(p.supports_fips);
    assert_true(p.supports_dual_stack);
    assert_str(pail_strs_at(p.regions, 0), "cn-north-1");
    assert_false(pail_partition_at(models, 2, &p));
}

static void test_no_rules(void **state)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = tiny_json("{'operations':{}}");
    PAIL_CLEANUP(pail_service_free_p) struct pail_service *s = NULL;
    struct pail_compile_input in = {.name = PAIL_STR("none"), .service = pail_json_root(json)};
    struct pail_endpoints *e = NULL;

    assert_ok(pail_service_compile(&in, &s, NULL), NULL);
    assert_code(pail_endpoints_new(models, s, &e, NULL), PAIL_E_UNSUPPORTED);
}

static int torture(void *ud, struct pail_error *err)
{
    struct pail_endpoint_params p = {0};
    struct pail_endpoints *mine = NULL;
    const struct pail_endpoint *e = NULL;

    pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("eu-west-1"));
    int rc = pail_endpoints_new(models, service, &mine, err);
    if (rc == 0)
        rc = pail_endpoint_resolve(mine, &p, &e, err);
    pail_endpoint_unref(e);
    pail_endpoints_free(mine);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("resolve", torture, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result),        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_static_params), cmocka_unit_test(test_too_many_params),
        cmocka_unit_test(test_errors),        cmocka_unit_test(test_new_functions),
        cmocka_unit_test(test_remembers),     cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_no_rules),      cmocka_unit_test(test_torture),
    };
    pail_test_begin();
    return cmocka_run_group_tests(tests, open_tiny, close_tiny);
}
