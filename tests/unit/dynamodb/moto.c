/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A life with a DynamoDB that is not ours: run by run-moto.py, which starts it, has put an item
 * into the table "theirs" with boto3 and reads afterwards what this left in "ours".
 */
#include "unit/test.h"

#include <pail/dynamodb.h>

#include "base/value_json.h"

static struct pail_session *session;
static struct pail_client *client;
static struct pail_dynamodb_table *ours, *theirs;
static struct pail_dynamodb_expr *x;
static struct pail_values *vs;
static struct pail_error err;

static int begin(void **state)
{
    err = (struct pail_error)PAIL_ERROR_INIT;
    if (pail_session_new(NULL, &session, &err) < 0 ||
        pail_client_new(session, "dynamodb", NULL, &client, &err) < 0 ||
        pail_dynamodb_table_new(client, "ours", &ours, &err) < 0 ||
        pail_dynamodb_table_new(client, "theirs", &theirs, &err) < 0) {
        print_error("%s\n", err.message);
        return -1;
    }
    return 0;
}

static int end(void **state)
{
    pail_dynamodb_table_unref(ours);
    pail_dynamodb_table_unref(theirs);
    pail_client_unref(client);
    pail_session_unref(session);
    return 0;
}

static int setup(void **state)
{
    err = (struct pail_error)PAIL_ERROR_INIT;
    return pail_values_new(&vs, &err) | pail_dynamodb_expr_new(&x, &err);
}

static int teardown(void **state)
{
    x = pail_dynamodb_expr_free(x);
    vs = pail_values_free(vs);
    return 0;
}

static struct pail_value *json(const char *text)
{
    struct pail_value *v = NULL;
    assert_ok(pail_value_from_json(vs, pail_str(text), "test", &v, &err), &err);
    return v;
}

static struct pail_value *key_of(int hash, int range)
{
    char text[80];
    snprintf(text, sizeof(text), "{\"pk\": \"p%d\", \"sk\": %d}", hash, range);
    return json(text);
}

static void assert_json(const struct pail_value *v, const char *expected)
{
    struct pail_buf b = PAIL_BUF_INIT(1 << 16);
    if (pail_value_eq(v, json(expected)))
        return;
    pail_value_to_json(&b, v, NULL);
    fail_msg("%s, expected %s", pail_buf_cstr(&b), expected);
}

#define GET(v, name) pail_value_get(v, PAIL_STR(name))
#define ATTR(name) pail_dynamodb_attr(x, PAIL_STR(name))
#define KEY(name) pail_dynamodb_key(x, PAIL_STR(name))
#define INT(n) pail_dynamodb_int(x, n)

static struct pail_value *get(int hash, int range)
{
    struct pail_value *answer;
    struct pail_dynamodb_options o = {.consistent_read = true};
    assert_ok(pail_dynamodb_get(ours, key_of(hash, range), &o, vs, &answer, &err), &err);
    return GET(answer, "Item");
}

/* ---- Tables ---- */

static void test_create(void **state)
{
    struct pail_dynamodb_table_spec spec = {
        .hash = PAIL_STR("pk"), .range = PAIL_STR("sk"), .range_type = 'N'};
    struct pail_str hash, range;
    struct pail_value *names, *tags;
    assert_ok(pail_dynamodb_table_create(ours, &spec, NULL, NULL, &err), &err);
    assert_ok(pail_dynamodb_table_wait(ours, true, NULL, &err), &err);
    assert_ok(pail_dynamodb_table_keys(ours, &hash, &range, &err), &err);
    assert_str(hash, "pk");
    assert_str(range, "sk");
    assert_code(pail_dynamodb_table_create(ours, &spec, NULL, NULL, &err), PAIL_E_CONFLICT);
    assert_string_equal(err.service_code, "ResourceInUseException");
    assert_ok(pail_dynamodb_tables(client, vs, &names, &err), &err);
    assert_json(names, "[\"theirs\", \"ours\"]"); /* in the order in which they were made */
    assert_ok(pail_dynamodb_table_ttl(ours, PAIL_STR("expires"), true, &err), &err);
    assert_ok(pail_dynamodb_table_tag(ours, json("{\"a\": \"1\", \"b\": \"2\"}"), &err), &err);
    assert_ok(pail_dynamodb_table_untag(ours, json("[\"a\"]"), &err), &err);
    assert_ok(pail_dynamodb_table_tags(ours, vs, &tags, &err), &err);
    assert_json(tags, "{\"b\": \"2\"}");
}

/* ---- Items ---- */

/* What run-moto.py wrote with boto3; it goes back into our table under another key. */
static void test_theirs(void **state)
{
    struct pail_value *answer, *item;
    assert_ok(pail_dynamodb_get(theirs, json("{\"id\": 1}"), NULL, vs, &answer, &err), &err);
    item = GET(answer, "Item");
    assert_int_equal(pail_value_len(item), 12);
    assert_str(pail_value_as_str(GET(item, "big")), "12345678901234567890123456789012345678");
    assert_str(pail_value_as_str(GET(item, "small")), "1E-100");
    assert_int_equal(pail_value_type(GET(item, "null")), PAIL_VAL_NULL);
    assert_int_equal(pail_value_as_blob(GET(item, "blob")).len, 3);
    assert_string_equal(pail_dynamodb_set_kind(GET(item, "ns")), "NS");
    assert_string_equal(pail_dynamodb_set_kind(GET(item, "bs")), "BS");
    assert_int_equal(pail_value_len(pail_dynamodb_set_elements(GET(item, "ss"))), 2);
    pail_value_set(vs, item, PAIL_STR("pk"), pail_value_str(vs, PAIL_STR("copy")));
    pail_value_set(vs, item, PAIL_STR("sk"), pail_value_int(vs, 0));
    pail_value_remove(item, PAIL_STR("id"));
    assert_ok(pail_dynamodb_put(ours, item, NULL, NULL, NULL, &err), &err);
}

static void test_put_once(void **state)
{
    struct pail_value *item = key_of(1, 1), *refusal = NULL;
    struct pail_dynamodb_options o = {
        .expr = x, .return_item_on_failure = true, .ret_refusal = &refusal};
    pail_value_set(vs, item, PAIL_STR("n"), pail_value_int(vs, 1));
    pail_dynamodb_condition(x, pail_dynamodb_not_exists(x, ATTR("pk")));
    assert_ok(pail_dynamodb_put(ours, item, &o, vs, NULL, &err), &err);
    assert_code(pail_dynamodb_put(ours, item, &o, vs, NULL, &err), PAIL_E_PRECONDITION);
    assert_json(GET(refusal, "Item"), "{\"pk\": \"p1\", \"sk\": 1, \"n\": 1}");
    assert_null(get(1, 99));
}

static void test_update(void **state)
{
    struct pail_value *set = pail_dynamodb_set(vs, "SS"), *answer;
    struct pail_dynamodb_options o = {.expr = x, .return_values = PAIL_DYNAMODB_RETURN_ALL_NEW};
    pail_dynamodb_set_add(vs, set, pail_value_str(vs, PAIL_STR("red")));
    pail_dynamodb_update_set(
        x, PAIL_STR("count"),
        pail_dynamodb_plus(x, pail_dynamodb_if_not_exists(x, ATTR("count"), INT(10)), INT(5)));
    pail_dynamodb_update_set(
        x, PAIL_STR("list"),
        pail_dynamodb_list_append(
            x, pail_dynamodb_if_not_exists(x, ATTR("list"), pail_dynamodb_val(x, json("[]"))),
            pail_dynamodb_val(x, json("[{\"a\": null}]"))));
    pail_dynamodb_update_remove(x, PAIL_STR("n"));
    pail_dynamodb_update_add(x, PAIL_STR("colours"), pail_dynamodb_val(x, set));
    assert_ok(pail_dynamodb_update(ours, key_of(1, 1), &o, vs, &answer, &err), &err);
    assert_ok(pail_dynamodb_update(ours, key_of(1, 1), &o, vs, &answer, &err), &err);
    const struct pail_value *item = GET(answer, "Attributes");
    assert_json(GET(item, "count"), "20");
    assert_json(GET(item, "list"), "[{\"a\": null}, {\"a\": null}]");
    assert_null(GET(item, "n"));
    assert_string_equal(pail_dynamodb_set_kind(GET(item, "colours")), "SS");

    o = (struct pail_dynamodb_options){.return_values = PAIL_DYNAMODB_RETURN_ALL_OLD};
    assert_ok(pail_dynamodb_delete(ours, key_of(1, 1), &o, vs, &answer, &err), &err);
    assert_json(GET(GET(answer, "Attributes"), "count"), "20");
    assert_null(get(1, 1));
}

/* ---- Many ---- */

static void test_writer_and_query(void **state)
{
    struct pail_dynamodb_writer *w;
    struct pail_str by[] = {PAIL_STR("pk"), PAIL_STR("sk")};
    assert_ok(pail_dynamodb_writer_new(ours, by, 2, &w, &err), &err);
    for (int i = 0; i < 120; i++) {
        struct pail_value *item = key_of(2, i % 100); /* the last 20 twice */
        pail_value_set(vs, item, PAIL_STR("size"), pail_value_int(vs, i));
        assert_ok(pail_dynamodb_writer_put(w, item, &err), &err);
    }
    assert_ok(pail_dynamodb_writer_delete(w, key_of(2, 50), &err), &err);
    assert_ok(pail_dynamodb_writer_flush(w, &err), &err);
    pail_dynamodb_writer_free(w);

    struct pail_dynamodb_items *it;
    const struct pail_value *item;
    pail_dynamodb_key_condition(
        x,
        pail_dynamodb_and(x, pail_dynamodb_eq(x, KEY("pk"), pail_dynamodb_str(x, PAIL_STR("p2"))),
                          pail_dynamodb_between(x, KEY("sk"), INT(40), INT(60))));
    pail_dynamodb_filter(x, pail_dynamodb_ne(x, ATTR("size"), INT(42)));
    pail_dynamodb_project(x, PAIL_STR("sk"));
    pail_dynamodb_project(x, PAIL_STR("size"));
    struct pail_dynamodb_options o = {.expr = x, .limit = 4, .backward = true};
    assert_ok(pail_dynamodb_query_items(ours, &o, &it, &err), &err);
    int64_t sk = 0, last = 61, n = 0;
    for (;;) {
        assert_ok(pail_dynamodb_items_next(it, &item, &err), &err);
        if (!item)
            break;
        assert_true(pail_value_as_int(GET(item, "sk"), &sk));
        assert_true(sk < last && sk != 50 && sk != 42);
        assert_int_equal(pail_value_len(item), 2);
        last = sk;
        n++;
    }
    assert_int_equal(n, 19);
    pail_dynamodb_items_free(it);
}

static int add_up(void *ud, const struct pail_value *item, struct pail_error *e)
{
    int64_t n = 0;
    pail_value_as_int(GET(item, "size"), &n);
    *(int64_t *)ud += n;
    return 0;
}

static void test_scans(void **state)
{
    /* 0 to 99 without 50, the first 20 as 100 to 119. */
    int64_t expected = 4950 - 50 + 20 * 100, sum = 0;
    struct pail_dynamodb_options o = {.expr = x, .limit = 7};
    pail_dynamodb_filter(x, pail_dynamodb_exists(x, ATTR("size")));
    assert_ok(pail_dynamodb_scan_parallel(ours, 3, &o, add_up, &sum, &err), &err);
    assert_int_equal(sum, expected);
    sum = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct pail_dynamodb_items *it;
        const struct pail_value *item;
        assert_ok(pail_dynamodb_scan_items(ours, i, 2, &o, &it, &err), &err);
        while (pail_dynamodb_items_next(it, &item, &err) == 0 && item)
            add_up(&sum, item, NULL);
        pail_dynamodb_items_free(it);
    }
    assert_int_equal(sum, expected);
}

static void test_batches(void **state)
{
    struct pail_value *requests = pail_value_map(vs), *list = pail_value_list(vs), *found;
    for (int i = 0; i < 60; i++) {
        struct pail_value *put = pail_value_map(vs), *request = pail_value_map(vs);
        pail_value_set(vs, put, PAIL_STR("Item"), key_of(3, i));
        pail_value_set(vs, request, PAIL_STR("PutRequest"), put);
        pail_value_append(vs, list, request);
    }
    pail_value_set(vs, requests, PAIL_STR("ours"), list);
    assert_ok(pail_dynamodb_batch_write(client, requests, NULL, vs, &err), &err);

    struct pail_value *keys = pail_value_map(vs);
    list = pail_value_list(vs);
    for (int i = 0; i < 130; i++)
        pail_value_append(vs, list, key_of(3, i));
    pail_value_set(vs, keys, PAIL_STR("Keys"), list);
    requests = pail_value_map(vs);
    pail_value_set(vs, requests, PAIL_STR("ours"), keys);
    assert_ok(pail_dynamodb_batch_get(client, requests, NULL, vs, &found, &err), &err);
    assert_int_equal(pail_value_len(GET(found, "ours")), 60);
}

/* ---- Transactions ---- */

static void test_transactions(void **state)
{
    struct pail_dynamodb_transaction *tx;
    struct pail_value *refusal = NULL, *answer;
    struct pail_dynamodb_options once = {.expr = x}, commit = {.ret_refusal = &refusal};
    pail_dynamodb_condition(x, pail_dynamodb_not_exists(x, ATTR("pk")));

    assert_ok(pail_dynamodb_transaction_new(client, PAIL_STR(""), &tx, &err), &err);
    pail_dynamodb_transaction_put(tx, "ours", key_of(4, 1), &once);
    pail_dynamodb_transaction_put(tx, "ours", key_of(4, 2), &once);
    pail_dynamodb_transaction_delete(tx, "ours", key_of(3, 0), NULL);
    assert_ok(pail_dynamodb_transaction_commit(tx, &commit, vs, NULL, &err), &err);
    pail_dynamodb_transaction_free(tx);

    assert_ok(pail_dynamodb_transaction_new(client, PAIL_STR(""), &tx, &err), &err);
    pail_dynamodb_transaction_put(tx, "ours", key_of(4, 3), &once);
    pail_dynamodb_transaction_put(tx, "ours", key_of(4, 2), &once);
    assert_code(pail_dynamodb_transaction_commit(tx, &commit, vs, NULL, &err), PAIL_E_SERVICE);
    pail_dynamodb_transaction_free(tx);
    assert_string_equal(err.service_code, "TransactionCanceledException");
    const struct pail_value *reasons = GET(refusal, "CancellationReasons");
    assert_str(pail_value_as_str(GET(pail_value_at(reasons, 0), "Code")), "None");
    assert_str(pail_value_as_str(GET(pail_value_at(reasons, 1), "Code")), "ConditionalCheckFailed");
    assert_null(get(4, 3));

    assert_ok(pail_dynamodb_transaction_new(client, PAIL_STR(""), &tx, &err), &err);
    pail_dynamodb_transaction_get(tx, "ours", key_of(4, 1), NULL);
    pail_dynamodb_transaction_get(tx, "ours", key_of(4, 3), NULL);
    assert_ok(pail_dynamodb_transaction_commit(tx, NULL, vs, &answer, &err), &err);
    pail_dynamodb_transaction_free(tx);
    assert_json(GET(pail_value_at(GET(answer, "Responses"), 0), "Item"),
                "{\"pk\": \"p4\", \"sk\": 1}");
    assert_null(GET(pail_value_at(GET(answer, "Responses"), 1), "Item"));
}

static void test_any_operation(void **state)
{
    struct pail_value *answer,
        *params = json("{\"Statement\": \"SELECT * FROM ours WHERE pk = ?\", "
                       "\"Parameters\": [\"p4\"]}");
    assert_ok(pail_dynamodb_call(client, "ExecuteStatement", params, NULL, vs, &answer, &err),
              &err);
    assert_int_equal(pail_value_len(GET(answer, "Items")), 2);
    assert_json(GET(pail_value_at(GET(answer, "Items"), 0), "pk"), "\"p4\"");
    params = json("{\"TableName\": \"nowhere\"}");
    assert_code(pail_dynamodb_call(client, "DescribeTable", params, NULL, vs, &answer, &err),
                PAIL_E_NOT_FOUND);
}

/* Beside the plain calls: what is on the wire, and pages of it. */
static void test_low_level(void **state)
{
    struct pail_result *r;
    struct pail_pages *pages;
    struct pail_value *plain;
    size_t n = 0;
    struct pail_value *params = json(
        "{\"TableName\": \"theirs\", \"Key\": {\"id\": {\"N\": \"1\"}}}");
    assert_ok(pail_call(client, "GetItem", params, &r, &err), &err);
    assert_json(GET(GET(pail_result_value(r), "Item"), "bool"), "{\"BOOL\": true}");
    pail_result_free(r);

    struct pail_call_args args = {.params = json("{\"TableName\": \"ours\"}")};
    struct pail_pages_options o = {.page_size = 50};
    assert_ok(pail_pages_new(client, "Scan", &args, &o, &pages, &err), &err);
    for (;;) {
        assert_ok(pail_pages_next(pages, &r, &err), &err);
        if (!r)
            break;
        assert_ok(pail_dynamodb_from_wire(vs, pail_result_value(r), &plain, &err), &err);
        pail_result_free(r);
        for (size_t i = 0; i < pail_value_len(GET(plain, "Items")); i++, n++)
            assert_int_equal(pail_value_type(GET(pail_value_at(GET(plain, "Items"), i), "sk")),
                             PAIL_VAL_INT);
    }
    pail_pages_free(pages);
    assert_int_equal(n,
                     1 + 99 + 59 + 2); /* the copy, the writer's, the batch's, the transaction's */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_create),    TEST(test_theirs),           TEST(test_put_once),
        TEST(test_update),    TEST(test_writer_and_query), TEST(test_scans),
        TEST(test_batches),   TEST(test_transactions),     TEST(test_any_operation),
        TEST(test_low_level),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
