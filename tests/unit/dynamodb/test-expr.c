/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions: their texts, placeholders, failures. test_python.py compares with boto3's. */
#include "unit/test.h"

#include <pail/dynamodb.h>

#include "base/value_json.h"
#include "unit/torture.h"

static struct pail_values *vs;
static struct pail_dynamodb_expr *x;

static int setup(void **state)
{
    return pail_values_new(&vs, NULL) | pail_dynamodb_expr_new(&x, NULL);
}

static int teardown(void **state)
{
    pail_dynamodb_expr_free(x);
    pail_values_free(vs);
    return 0;
}

#define ATTR(name) pail_dynamodb_attr(x, PAIL_STR(name))
#define KEY(name) pail_dynamodb_key(x, PAIL_STR(name))
#define INT(n) pail_dynamodb_int(x, n)
#define TEXT(s) pail_dynamodb_str(x, PAIL_STR(s))

static void assert_applied(const char *expected)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf b = PAIL_BUF_INIT(1 << 16);
    struct pail_value *params = pail_value_map(vs);
    assert_ok(pail_dynamodb_expr_apply(x, vs, params, &err), &err);
    pail_value_to_json(&b, params, NULL);
    assert_string_equal(pail_buf_cstr(&b), expected);
    pail_buf_done(&b);
}

static void assert_condition(struct pail_dynamodb_cond *c, const char *expected)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *params = pail_value_map(vs);
    pail_dynamodb_condition(x, c);
    assert_ok(pail_dynamodb_expr_apply(x, vs, params, &err), &err);
    assert_str(pail_value_as_str(pail_value_get(params, PAIL_STR("ConditionExpression"))),
               expected);
}

static void test_conditions(void **state)
{
    struct pail_value *list = pail_value_list(vs);
    pail_value_append(vs, list, pail_value_int(vs, 1));
    pail_value_append(vs, list, pail_value_int(vs, 2));

    assert_condition(pail_dynamodb_eq(x, ATTR("a"), INT(1)), "#n0 = :v0");
    assert_condition(pail_dynamodb_ne(x, ATTR("a"), ATTR("b")), "#n0 <> #n1");
    assert_condition(pail_dynamodb_lt(x, ATTR("a"), INT(1)), "#n0 < :v0");
    assert_condition(pail_dynamodb_lte(x, ATTR("a"), INT(1)), "#n0 <= :v0");
    assert_condition(pail_dynamodb_gt(x, pail_dynamodb_size(x, ATTR("a")), INT(1)),
                     "size(#n0) > :v0");
    assert_condition(pail_dynamodb_gte(x, KEY("a"), INT(1)), "#n0 >= :v0");
    assert_condition(pail_dynamodb_between(x, ATTR("a"), INT(1), INT(2)),
                     "#n0 BETWEEN :v0 AND :v1");
    assert_condition(pail_dynamodb_begins_with(x, ATTR("a"), TEXT("p")), "begins_with(#n0, :v0)");
    assert_condition(pail_dynamodb_contains(x, ATTR("a"), TEXT("p")), "contains(#n0, :v0)");
    assert_condition(pail_dynamodb_attribute_type(x, ATTR("a"), TEXT("S")),
                     "attribute_type(#n0, :v0)");
    assert_condition(pail_dynamodb_exists(x, ATTR("a")), "attribute_exists(#n0)");
    assert_condition(pail_dynamodb_not_exists(x, ATTR("a")), "attribute_not_exists(#n0)");
    assert_condition(pail_dynamodb_is_in(x, ATTR("a"), list), "#n0 IN (:v0, :v1)");
    assert_condition(pail_dynamodb_or(x, pail_dynamodb_not(x, pail_dynamodb_exists(x, ATTR("a"))),
                                      pail_dynamodb_and(x, pail_dynamodb_eq(x, ATTR("b"), INT(1)),
                                                        pail_dynamodb_eq(x, ATTR("b"), INT(2)))),
                     "((NOT attribute_exists(#n0)) OR (#n1 = :v0 AND #n2 = :v1))");
}

static void test_paths(void **state)
{
    assert_condition(pail_dynamodb_exists(x, ATTR("a.b[0].c")), "attribute_exists(#n0.#n1[0].#n2)");
    assert_condition(pail_dynamodb_exists(x, ATTR("a-b c%[10][x]")),
                     "attribute_exists(#n0[10][x])");
    assert_condition(pail_dynamodb_exists(x, ATTR("[0]")), "attribute_exists([0])");
    assert_condition(pail_dynamodb_exists(x, ATTR("a]b")), "attribute_exists(a]#n0)");
    assert_condition(pail_dynamodb_exists(x, ATTR("a[b")), "attribute_exists(#n0[#n1)");
}

static void test_counters_run_on(void **state)
{
    pail_dynamodb_key_condition(x, pail_dynamodb_eq(x, KEY("pk"), TEXT("k")));
    pail_dynamodb_filter(x, pail_dynamodb_gt(x, ATTR("n"), INT(5)));
    pail_dynamodb_project(x, PAIL_STR("a.b"));
    pail_dynamodb_project(x, PAIL_STR("n"));
    assert_applied(
        "{\"FilterExpression\": \"#n0 > :v0\", \"KeyConditionExpression\": \"#n1 = :v1\", "
        "\"ProjectionExpression\": \"#n2.#n3, #n4\", \"ExpressionAttributeNames\": "
        "{\"#n0\": \"n\", \"#n1\": \"pk\", \"#n2\": \"a\", \"#n3\": \"b\", \"#n4\": \"n\"}, "
        "\"ExpressionAttributeValues\": {\":v0\": 5, \":v1\": \"k\"}}");
}

static void test_updates(void **state)
{
    pail_dynamodb_update_set(x, PAIL_STR("a"), INT(1));
    pail_dynamodb_update_remove(x, PAIL_STR("old[1]"));
    pail_dynamodb_update_set(
        x, PAIL_STR("n"),
        pail_dynamodb_plus(x, pail_dynamodb_if_not_exists(x, ATTR("n"), INT(0)), INT(2)));
    pail_dynamodb_update_set(x, PAIL_STR("l"), pail_dynamodb_list_append(x, ATTR("l"), INT(3)));
    pail_dynamodb_update_set(x, PAIL_STR("m"), pail_dynamodb_minus(x, ATTR("m"), INT(4)));
    pail_dynamodb_update_add(x, PAIL_STR("c"), INT(5));
    pail_dynamodb_update_delete(x, PAIL_STR("s"), INT(6));
    assert_applied(
        "{\"UpdateExpression\": \"SET #n0 = :v0, #n1 = if_not_exists(#n2, :v1) + :v2, #n3 = "
        "list_append(#n4, :v3), #n5 = #n6 - :v4 REMOVE #n7[1] ADD #n8 :v5 DELETE #n9 :v6\", "
        "\"ExpressionAttributeNames\": {\"#n0\": \"a\", \"#n1\": \"n\", \"#n2\": \"n\", \"#n3\": "
        "\"l\", \"#n4\": \"l\", \"#n5\": \"m\", \"#n6\": \"m\", \"#n7\": \"old\", \"#n8\": \"c\", "
        "\"#n9\": \"s\"}, \"ExpressionAttributeValues\": {\":v0\": 1, \":v1\": 0, \":v2\": 2, "
        "\":v3\": 3, \":v4\": 4, \":v5\": 5, \":v6\": 6}}");
}

static void test_written_out(void **state)
{
    pail_dynamodb_conditionf(
        x, "a = %d and (NOT b.c[0] <> %s OR size(d) BETWEEN 1 AND %d) AND e IN (%s, 2.50)", 1, "x",
        9, "y");
    pail_dynamodb_filterf(
        x, "attribute_not_exists(f) OR attribute_type(g, 'S') and contains(size, true)");
    pail_dynamodb_key_conditionf(x, " k = %s AND begins_with ( r, '%s#' )", "p", "q");
    assert_applied(
        "{\"ConditionExpression\": \"((#n0 = :v0 AND ((NOT #n1.#n2[0] <> :v1) OR size(#n3) BETWEEN "
        ":v2 AND :v3)) AND #n4 IN (:v4, :v5))\", \"FilterExpression\": "
        "\"(attribute_not_exists(#n5) OR (attribute_type(#n6, :v6) AND contains(#n7, :v7)))\", "
        "\"KeyConditionExpression\": \"(#n8 = :v8 AND begins_with(#n9, :v9))\", "
        "\"ExpressionAttributeNames\": {\"#n0\": \"a\", \"#n1\": \"b\", \"#n2\": \"c\", \"#n3\": "
        "\"d\", \"#n4\": \"e\", \"#n5\": \"f\", \"#n6\": \"g\", \"#n7\": \"size\", \"#n8\": \"k\", "
        "\"#n9\": \"r\"}, \"ExpressionAttributeValues\": {\":v0\": 1, \":v1\": \"x\", \":v2\": 1, "
        "\":v3\": 9, \":v4\": \"y\", \":v5\": 2.50, \":v6\": \"S\", \":v7\": true, \":v8\": \"p\", "
        "\":v9\": \"q#\"}}");
}

static void test_comparisons_written_out(void **state)
{
    static const char *const signs[] = {"=", "<>", "<", "<=", ">", ">="};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(signs); i++) {
        char form[16], expected[16];
        (void)snprintf(form, sizeof(form), "a%s-1", signs[i]);
        (void)snprintf(expected, sizeof(expected), "#n0 %s :v0", signs[i]);
        pail_dynamodb_filterf(x, form, 0);
        struct pail_value *params = pail_value_map(vs);
        assert_int_equal(pail_dynamodb_expr_apply(x, vs, params, NULL), 0);
        assert_string_equal(pail_value_find_str(params, "FilterExpression"), expected);
    }
}

static void test_update_written_out(void **state)
{
    pail_dynamodb_updatef(x,
                          "SET a = %d, n = if_not_exists(n, 0) + 2, l = list_append(l, [%s]), m = "
                          "m - %d REMOVE old[1], older add c 5 DELETE s %p",
                          1, "x", 4, (void *)pail_value_str(vs, PAIL_STR("e")));
    assert_applied(
        "{\"UpdateExpression\": \"SET #n0 = :v0, #n1 = if_not_exists(#n2, :v1) + :v2, #n3 = "
        "list_append(#n4, :v3), #n5 = #n6 - :v4 REMOVE #n7[1], #n8 ADD #n9 :v5 DELETE #n10 :v6\", "
        "\"ExpressionAttributeNames\": {\"#n0\": \"a\", \"#n1\": \"n\", \"#n2\": \"n\", \"#n3\": "
        "\"l\", \"#n4\": \"l\", \"#n5\": \"m\", \"#n6\": \"m\", \"#n7\": \"old\", \"#n8\": "
        "\"older\", \"#n9\": \"c\", \"#n10\": \"s\"}, \"ExpressionAttributeValues\": {\":v0\": 1, "
        "\":v1\": 0, \":v2\": 2, \":v3\": [\"x\"], \":v4\": 4, \":v5\": 5, \":v6\": \"e\"}}");
}

static void refused(bool update, const char *form, const char *why)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_dynamodb_expr *own = NULL;
    assert_int_equal(pail_dynamodb_expr_new(&own, NULL), 0);
    if (update)
        pail_dynamodb_updatef(own, form, 0);
    else
        pail_dynamodb_conditionf(own, form, 0);
    assert_code(pail_dynamodb_expr_apply(own, vs, pail_value_map(vs), &err), PAIL_E_INVALID);
    if (!strstr(err.message, why))
        fail_msg("%s: %s", form, err.message);
    pail_dynamodb_expr_free(own);
}

static void test_no_expressions(void **state)
{
    char deep[300];
    refused(false, "a", "expression \"a\": byte 1: a comparison should be here");
    refused(false, "", "byte 0: a name or a value should be here");
    refused(false, "a = ", "byte 4: a name or a value should be here");
    refused(false, "a = 1 b", "byte 6: AND, OR or the end should be here");
    refused(false, "(a = 1", "a bracket should be here");
    refused(false, "a BETWEEN 1 OR 2", "AND should be here");
    refused(false, "a IN 1", "a bracket should be here");
    refused(false, "a IN (1", "a bracket should be here");
    refused(false, "contains(a)", "a comma should be here");
    refused(false, "size(a, b) = 1", "a bracket should be here");
    refused(false, "a = 'b", "a text that does not end");
    refused(false, "a = %x", "an argument of another kind");
    refused(true, "a = 1", "SET, REMOVE, ADD or DELETE should be here");
    refused(true, "SET a 1", "an equals sign should be here");
    refused(true, "SET = 1", "a name should be here");
    refused(true, "SET a = 1,", "a name should be here");
    refused(true, "REMOVE a b", "SET, REMOVE, ADD or DELETE should be here");
    memset(deep, '(', sizeof(deep));
    deep[sizeof(deep) - 1] = '\0';
    refused(false, deep, "nested too deeply");
    pail_dynamodb_key_conditionf(x, "k = attr");
    assert_int_equal(pail_dynamodb_expr_apply(x, vs, pail_value_map(vs), NULL), 0);
}

static void test_own_placeholders_stay(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *params, *names;
    assert_ok(pail_value_from_json(vs,
                                   PAIL_STR("{\"UpdateExpression\": \"SET #s = :s\", "
                                            "\"ExpressionAttributeNames\": {\"#s\": \"state\"}}"),
                                   "test", &params, &err),
              &err);
    pail_dynamodb_condition(x, pail_dynamodb_exists(x, ATTR("a")));
    assert_ok(pail_dynamodb_expr_apply(x, vs, params, &err), &err);
    names = pail_value_get(params, PAIL_STR("ExpressionAttributeNames"));
    assert_int_equal(pail_value_len(names), 2);
    assert_str(pail_value_as_str(pail_value_get(names, PAIL_STR("#s"))), "state");
    assert_str(pail_value_as_str(pail_value_get(params, PAIL_STR("UpdateExpression"))),
               "SET #s = :s");
    assert_null(pail_value_get(params, PAIL_STR("ExpressionAttributeValues")));
}

static void assert_fails(int code, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_code(pail_dynamodb_expr_apply(x, vs, pail_value_map(vs), &err), code);
    assert_string_equal(err.message, message);
}

static void test_attr_in_key_condition(void **state)
{
    pail_dynamodb_key_condition(x, pail_dynamodb_and(x, pail_dynamodb_eq(x, KEY("pk"), INT(1)),
                                                     pail_dynamodb_eq(x, ATTR("sk"), INT(1))));
    assert_fails(PAIL_E_INVALID, "Attribute object sk is of type Attr. KeyConditionExpression only "
                                 "supports Attribute objects of type Key");
}

static void test_first_failure_is_kept(void **state)
{
    struct pail_dynamodb_cond *a = pail_dynamodb_exists(x, pail_dynamodb_attr(x, PAIL_STR("")));
    pail_dynamodb_condition(x, pail_dynamodb_and(x, a, pail_dynamodb_is_in(x, ATTR("a"), NULL)));
    assert_fails(PAIL_E_INVALID, "the name of an attribute is empty");
}

static void test_missing_parts(void **state)
{
    pail_dynamodb_update_set(x, PAIL_STR("a"), NULL);
    assert_fails(PAIL_E_INVALID, "a part of an expression is missing");
}

static void test_depth(void **state)
{
    struct pail_dynamodb_cond *c = pail_dynamodb_exists(x, ATTR("a"));
    for (int i = 0; i < 1100; i++)
        c = pail_dynamodb_not(x, c);
    pail_dynamodb_condition(x, c);
    assert_fails(PAIL_E_TOO_BIG, "an expression is nested more than 1000 levels deep");
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_values *own = NULL;
    struct pail_dynamodb_expr *e = NULL;
    int rc = pail_values_new(&own, err);
    if (rc == 0)
        rc = pail_dynamodb_expr_new(&e, err);
    if (rc == 0) {
        struct pail_dynamodb_operand *a = pail_dynamodb_attr(e, PAIL_STR("a.b"));
        pail_dynamodb_condition(
            e, pail_dynamodb_and(e, pail_dynamodb_eq(e, a, pail_dynamodb_int(e, 1)),
                                 pail_dynamodb_exists(e, a)));
        for (int i = 0; i < 10; i++)
            pail_dynamodb_update_set(e, PAIL_STR("c"), pail_dynamodb_str(e, PAIL_STR("v")));
        pail_dynamodb_filterf(e, "a = %s AND b IN (1, 'x\\n', [2.5])", "text");
        pail_dynamodb_updatef(e, "SET a = a + %d REMOVE b", 1);
        rc = pail_dynamodb_expr_apply(e, own, pail_value_map(own), err);
    }
    pail_dynamodb_expr_free(e);
    pail_values_free(own);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("expressions", torture_body, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test_setup_teardown(test_conditions, setup, teardown),
               cmocka_unit_test_setup_teardown(test_written_out, setup, teardown),
               cmocka_unit_test_setup_teardown(test_comparisons_written_out, setup, teardown),
               cmocka_unit_test_setup_teardown(test_update_written_out, setup, teardown),
               cmocka_unit_test_setup_teardown(test_no_expressions, setup, teardown),
               cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
               cmocka_unit_test_setup_teardown(test_counters_run_on, setup, teardown),
               cmocka_unit_test_setup_teardown(test_updates, setup, teardown),
               cmocka_unit_test_setup_teardown(test_own_placeholders_stay, setup, teardown),
               cmocka_unit_test_setup_teardown(test_attr_in_key_condition, setup, teardown),
               cmocka_unit_test_setup_teardown(test_first_failure_is_kept, setup, teardown),
               cmocka_unit_test_setup_teardown(test_missing_parts, setup, teardown),
               cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
               cmocka_unit_test(test_torture))
