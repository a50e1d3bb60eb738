/* SPDX-License-Identifier: Apache-2.0 */
/* The texts are boto3's own. */
#include "protocol/paginate.h"

#include "base/json.h"
#include "base/value_json.h"
#include "model/compile.h"
#include "unit/test.h"

static struct pail_service *service;
static struct pail_paginator how;
static struct pail_values *vs;

static int setup(void **state)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *s = NULL, *p = NULL;
    struct pail_compile_input in = {.name = PAIL_STR("test")};

    if (pail_json_parse(PAIL_STR("{\"metadata\": {\"protocol\": \"json\"}, \"operations\": {\"L\": "
                                 "{\"name\": \"L\"}}, \"shapes\": {}}"),
                        "service", &s, NULL) < 0 ||
        pail_json_parse(PAIL_STR("{\"pagination\": {\"L\": {\"input_token\": [\"A\", \"B\"],"
                                 "\"output_token\": [\"a\", \"b\"], \"result_key\": \"r\"}}}"),
                        "paginators", &p, NULL) < 0)
        return -1;
    in.service = pail_json_root(s);
    in.paginators = pail_json_root(p);
    return pail_service_compile(&in, &service, NULL) < 0 || pail_values_new(&vs, NULL) < 0 ||
           !pail_paginator_find(service, PAIL_STR("L"), &how);
}

static int teardown(void **state)
{
    pail_service_free(service);
    vs = pail_values_free(vs);
    return 0;
}

static void assert_token(struct pail_value *token, const char *expected)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(10000);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *back = NULL;
    int64_t skip = 0, wanted = 0;

    assert_ok(pail_token_encode(token, &text, &err), &err);
    assert_str(pail_buf_view(&text), expected);
    assert_ok(pail_token_decode(pail_buf_view(&text), how.input_token, vs, &back, &skip, &err),
              &err);
    (void)pail_value_as_int(pail_value_get(token, PAIL_STR("boto_truncate_amount")), &wanted);
    assert_int_equal(skip, wanted);
    pail_value_remove(token, PAIL_STR("boto_truncate_amount"));
    assert_true(pail_value_eq(token, back));
}

static void test_round(void **state)
{
    struct pail_value *t = pail_value_map(vs), *key = pail_value_map(vs), *k = pail_value_map(vs),
                      *a = pail_value_map(vs);

    pail_value_set(vs, t, PAIL_STR("Marker"), pail_value_str(vs, PAIL_STR("x")));
    pail_value_set(vs, t, PAIL_STR("boto_truncate_amount"), pail_value_int(vs, 2));
    assert_token(t, "eyJNYXJrZXIiOiAieCIsICJib3RvX3RydW5jYXRlX2Ftb3VudCI6IDJ9");
    t = pail_value_map(vs);
    pail_value_set(vs, k, PAIL_STR("B"), pail_value_blob(vs, (struct pail_bytes){"\0\xff", 2}));
    pail_value_set(vs, a, PAIL_STR("S"), pail_value_str(vs, PAIL_STR("\"")));
    pail_value_set(vs, key, PAIL_STR("k"), k);
    pail_value_set(vs, key, PAIL_STR("\xc3\xa4"), a);
    pail_value_set(vs, t, PAIL_STR("ExclusiveStartKey"), key);
    assert_token(t, "eyJFeGNsdXNpdmVTdGFydEtleSI6IHsiayI6IHsiQiI6ICJBUDg9In0sICJcdTAwZTQiOiB7"
                    "IlMiOiAiXCIifX0sICJib3RvX2VuY29kZWRfa2V5cyI6IFtbIkV4Y2x1c2l2ZVN0YXJ0S2V5"
                    "IiwgImsiLCAiQiJdXX0=");
    t = pail_value_map(vs);
    pail_value_set(vs, t, PAIL_STR("A"), pail_value_null(vs));
    pail_value_set(vs, t, PAIL_STR("B"), pail_value_str(vs, PAIL_STR("b")));
    assert_token(t, "eyJBIjogbnVsbCwgIkIiOiAiYiJ9");
}

static void assert_decoded(const char *text, const char *json, int64_t skip)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(10000);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;
    int64_t n = -1;

    assert_ok(pail_token_decode(pail_str(text), how.input_token, vs, &v, &n, &err), &err);
    pail_value_to_json(&b, v, NULL);
    assert_str(pail_buf_view(&b), json);
    assert_int_equal(n, skip);
}

/* What is no token of ours is one of the service, or of a boto3 of long ago. */
static void test_old(void **state)
{
    struct pail_value *v = NULL;
    int64_t n;

    assert_decoded("plain", "{\"A\": \"plain\", \"B\": null}", 0);
    assert_decoded("x___y", "{\"A\": \"x\", \"B\": \"y\"}", 0);
    assert_decoded("None___y___3", "{\"A\": null, \"B\": \"y\"}", 3);
    assert_decoded("x___y___z", "{\"A\": \"x___y___z\", \"B\": null}", 0);
    assert_code(pail_token_decode(PAIL_STR("a___b___c___d"), how.input_token, vs, &v, &n, NULL),
                PAIL_E_INVALID);
}

PAIL_TEST_MAIN(cmocka_unit_test_setup_teardown(test_round, setup, teardown),
               cmocka_unit_test_setup_teardown(test_old, setup, teardown))
