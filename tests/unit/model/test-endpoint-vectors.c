/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published cases of endpoint rules: those of the engine with rule sets of their own, and those of
 * services against the pack. All must hold but what `deviations` lists, each with its reason.
 */
#include "unit/test.h"

#include "base/file.h"
#include "model/compile.h"
#include "model/models.h"
#include "unit/model/endpoint-json.h"

static const struct {
    const char *file, *part, *and_part; /* of the documentation */
    bool always;                        /* one of these that holds is a failure too */
    const char *reason;
} deviations[] = {
    {"substring.json", "including non-printable characters", "", true,
     "messages of errors show a control character as '?'"},
    /* The cases are of a later botocore than the pack may be; model-endpoint-diff compares with its
       own. */
    {"dynamodb", "AccountIdEndpointMode=", "Region=cn-north-1", false,
     "rules of before endpoints with account ids came to China"},
    {"dynamodb", "AccountIdEndpointMode=", "Region=us-gov-east-1", false, "the same for GovCloud"},
};

static struct pail_models *models;

static struct pail_json *load(const char *path)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_AUTOFREE char *text = NULL;
    struct pail_json *json = NULL;
    size_t len;

    assert_ok(pail_file_read_all(path, 64 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), path, &json, &err), &err);
    return json;
}

static bool same(const struct pail_jnode *a, const struct pail_jnode *b);

static bool same_object(const struct pail_jnode *a, const struct pail_jnode *b)
{
    const struct pail_jnode *value;
    struct pail_str key;

    if (pail_json_len(a) != pail_json_len(b))
        return false;
    for (void *it = NULL; pail_json_each(a, &it, &key, &value);)
        if (!same(value, pail_json_get(b, key.ptr)))
            return false;
    return true;
}

static bool same(const struct pail_jnode *a, const struct pail_jnode *b)
{
    bool x = false, y = false;
    if (pail_json_type(a) != pail_json_type(b))
        return false;
    switch (pail_json_type(a)) {
    case PAIL_JSON_OBJECT:
        return same_object(a, b);
    case PAIL_JSON_ARRAY:
        for (size_t i = 0; i < pail_json_len(a); i++)
            if (!same(pail_json_at(a, i), pail_json_at(b, i)))
                return false;
        return pail_json_len(a) == pail_json_len(b);
    case PAIL_JSON_BOOL:
        return pail_json_bool(a, &x) && pail_json_bool(b, &y) && x == y;
    default:
        return pail_str_eq(pail_json_str(a), pail_json_str(b));
    }
}

/* Is what was expected in there? Parts that a case does not name are not looked at, but for the
 * URL. */
static bool as_expected(const struct pail_jnode *expected, const struct pail_endpoint *got)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    static const char *const parts[] = {"properties", "headers"};

    endpoint_to_json(&text, got);
    assert_ok(pail_json_parse(pail_buf_view(&text), "result", &json, NULL), NULL);
    if (!pail_str_eq(pail_json_str(pail_json_get(expected, "url")), got->url))
        return false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(parts); i++) {
        const struct pail_jnode *part = pail_json_get(expected, parts[i]);
        if (part && !same(part, pail_json_get(pail_json_root(json), parts[i])))
            return false;
    }
    return true;
}

/* May this case be as it is? */
static bool excused(const char *file, struct pail_str documentation, bool good)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(deviations); i++)
        if (strcmp(deviations[i].file, file) == 0 &&
            pail_str_find_str(documentation, pail_str(deviations[i].part)) != SIZE_MAX &&
            pail_str_find_str(documentation, pail_str(deviations[i].and_part)) != SIZE_MAX)
            return !good || !deviations[i].always;
    return good;
}

/* Number of failures among the cases of one file. */
static unsigned run_cases(const char *file, const struct pail_jnode *cases,
                          struct pail_endpoints *endpoints)
{
    unsigned failures = 0;

    for (size_t i = 0; i < pail_json_len(cases); i++) {
        const struct pail_jnode *one = pail_json_at(cases, i),
                                *expect = pail_json_get(one, "expect");
        struct pail_str doc = pail_json_str(pail_json_get(one, "documentation")), strings[64];
        struct pail_error err = PAIL_ERROR_INIT;
        const struct pail_endpoint *got = NULL;
        struct pail_endpoint_params params;
        bool good;

        params_from_json(pail_json_get(one, "params"), &params, strings);
        int rc = pail_endpoint_resolve(endpoints, &params, &got, &err);
        struct pail_str error = pail_json_str(pail_json_get(expect, "error"));
        if (error.ptr)
            good = rc < 0 && pail_str_eqz(error, err.message);
        else
            good = rc == 0 && as_expected(pail_json_get(expect, "endpoint"), got);
        if (!excused(file, doc, good)) {
            failures++;
            print_error("%s case %zu (%.*s): %.*s%s\n", file, i, PAIL_STR_ARG(doc),
                        PAIL_STR_ARG(got ? got->url : pail_str("")), rc ? err.message : "");
        }
        pail_endpoint_unref(got);
    }
    return failures;
}

struct run {
    const char *dir;
    unsigned files, cases, failures;
};

static int one_rule_set(const char *name, void *ud, struct pail_error *err)
{
    struct run *run = ud;
    char path[600];
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *cases = NULL, *rules = NULL;
    PAIL_CLEANUP(pail_service_free_p) struct pail_service *service = NULL;
    PAIL_CLEANUP(pail_endpoints_free_p) struct pail_endpoints *endpoints = NULL;

    snprintf(path, sizeof(path), "%s/test-cases/%s", run->dir, name);
    cases = load(path);
    snprintf(path, sizeof(path), "%s/valid-rules/%s", run->dir, name);
    rules = load(path);
    struct pail_compile_input in = {.name = PAIL_STR("test"), .rules = pail_json_root(rules)};
    assert_ok(pail_service_compile(&in, &service, err), err);
    assert_ok(pail_endpoints_new(models, service, &endpoints, err), err);
    const struct pail_jnode *list = pail_json_get(pail_json_root(cases), "testCases");
    run->files++;
    run->cases += (unsigned)pail_json_len(list);
    run->failures += run_cases(name, list, endpoints);
    return 0;
}

static int one_service(const char *name, void *ud, struct pail_error *err)
{
    struct run *run = ud;
    char path[600];
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *cases = NULL;
    PAIL_CLEANUP(pail_endpoints_free_p) struct pail_endpoints *endpoints = NULL;
    const struct pail_service *service = NULL;
    struct pail_file_stat st;

    snprintf(path, sizeof(path), "%s/%s/endpoint-tests-1.json", run->dir, name);
    if (pail_file_stat(path, &st, NULL) < 0)
        return 0;
    cases = load(path);
    assert_ok(pail_models_service(models, pail_str(name), &service, err), err);
    assert_ok(pail_endpoints_new(models, service, &endpoints, err), err);
    const struct pail_jnode *list = pail_json_get(pail_json_root(cases), "testCases");
    run->files++;
    run->cases += (unsigned)pail_json_len(list);
    run->failures += run_cases(name, list, endpoints);
    return 0;
}

static void run_all(const char *rel, const char *sub,
                    int (*each)(const char *, void *, struct pail_error *), unsigned at_least)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char dir[512], list[600];
    struct run run = {.dir = dir};

    if (!models || !pail_test_shared(rel, dir, sizeof(dir)))
        skip();
    snprintf(list, sizeof(list), "%s/%s", dir, sub);
    assert_ok(pail_file_list(list, each, &run, &err), &err);
    print_message("%s: %u files, %u cases\n", rel, run.files, run.cases);
    assert_int_equal(run.failures, 0);
    assert_true(run.cases >= at_least);
}

static void test_engine(void **state)
{
    run_all("vectors/endpoints-engine", "test-cases", one_rule_set, 100);
}

/* The cases are of the botocore that packaging/fetch-models gets, or a little later. */
static bool pack_is_new_enough(void)
{
    struct pail_str path, version = {0};
    if (models)
        pail_models_pack(models, &path, &version);
    if (version.ptr && pail_str_cmp(version, PAIL_STR("1.44")) >= 0)
        return true;
    print_message("the pack is of botocore %.*s, the cases are later\n", PAIL_STR_ARG(version));
    return false;
}

static void test_services(void **state)
{
    if (!pack_is_new_enough())
        skip();
    run_all("vectors/endpoints", ".", one_service, 1000);
}

static int open_models(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_models_options o = {.data_path = "", .user_dir = "", .no_installed = true};
    if (pail_models_new(&o, &models, &err) < 0)
        return -1;
    if (pail_models_partitions(models)->h->size == 0) {
        print_message("no models.pack: PAIL_MODELS names it\n");
        models = pail_models_free(models);
    }
    return 0;
}

static int close_models(void **state)
{
    pail_models_free(models);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine),
        cmocka_unit_test(test_services),
    };
    pail_test_begin();
    return cmocka_run_group_tests(tests, open_models, close_models);
}
