/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dynamodb/rig.h - a DynamoDB of prepared answers, and looks at what it was asked.
 *
 * Needs the models (PAIL_MODELS names their pack); without them the tests are skipped.
 */
#ifndef PAIL_TESTS_UNIT_DYNAMODB_RIG_H
#define PAIL_TESTS_UNIT_DYNAMODB_RIG_H

#include <pail/dynamodb.h>

#include "base/value_json.h"
#include "protocol/client.h"
#include "unit/s3/script.h"

static struct pail_models *models;
static struct script sc;
static struct pail_client *client;
static struct pail_dynamodb_table *table;
static struct pail_dynamodb_expr *x;
static struct pail_values *vs;
static struct pail_error fault;

PAIL_UNUSED static void start(const struct script_answer *answers, size_t n)
{
    if (!models)
        skip();
    fault = (struct pail_error)PAIL_ERROR_INIT;
    script_start(&sc, answers, n, NULL);
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    o.region = "us-east-1";
    assert_ok(pail_client_new_on(sc.session, models, "dynamodb", &o, &client, &fault), &fault);
    assert_ok(pail_dynamodb_table_new(client, "t", &table, &fault), &fault);
    assert_ok(pail_dynamodb_expr_new(&x, &fault), &fault);
    assert_ok(pail_values_new(&vs, &fault), &fault);
}
#define START(...)                                                                                 \
    static const struct script_answer answers[] = {__VA_ARGS__};                                   \
    start(answers, PAIL_ARRAY_LEN(answers))

PAIL_UNUSED static void end(void)
{
    table = pail_dynamodb_table_unref(table);
    client = pail_client_unref(client);
    x = pail_dynamodb_expr_free(x);
    script_end(&sc);
    vs = pail_values_free(vs);
}

PAIL_UNUSED static struct pail_value *json(const char *text)
{
    struct pail_value *v = NULL;
    assert_ok(pail_value_from_json(vs, pail_str(text), "test", &v, &fault), &fault);
    return v;
}

/* Members in any order. */
PAIL_UNUSED static void assert_json(const struct pail_value *v, const char *expected)
{
    struct pail_buf b = PAIL_BUF_INIT(1 << 16);
    if (pail_value_eq(v, json(expected)))
        return;
    pail_value_to_json(&b, v, NULL);
    fail_msg("%s, expected %s", pail_buf_cstr(&b), expected);
}

/* The body of the i-th request; its operation. */
PAIL_UNUSED static void assert_sent(size_t i, const char *operation, const char *body)
{
    char target[80];
    snprintf(target, sizeof(target), "DynamoDB_20120810.%s", operation);
    assert_string_equal(script_header(&sc, i, "X-Amz-Target"), target);
    assert_string_equal(strstr(script_request(&sc, i), "\n\n") + 2, body);
}

#define GET(v, name) pail_value_get(v, PAIL_STR(name))
#define ATTR(name) pail_dynamodb_attr(x, PAIL_STR(name))

/* Of the group. */
PAIL_UNUSED static int load_models(void **state)
{
    struct pail_models_options o = {.pack = getenv("PAIL_MODELS"), .data_path = "", .user_dir = ""};
    const struct pail_service *service;
    if (!o.pack || !*o.pack) {
        print_message("PAIL_MODELS names no pack of models\n");
        return 0;
    }
    if (pail_models_new(&o, &models, &fault) < 0 ||
        pail_models_service(models, PAIL_STR("dynamodb"), &service, &fault) < 0) {
        print_error("%s\n", fault.message);
        return -1;
    }
    return 0;
}

PAIL_UNUSED static int drop_models(void **state)
{
    models = pail_models_free(models);
    return 0;
}

#define RIG_TEST_MAIN(...)                                                                         \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        pail_test_begin();                                                                         \
        return cmocka_run_group_tests(tests, load_models, drop_models);                            \
    }

#endif
