/* SPDX-License-Identifier: Apache-2.0 */
/* Many items: iterators, parallel scans, batches, the batch writer. */
#include "unit/dynamodb/rig.h"

/* ---- Many ---- */

static void test_query_items(void **state)
{
    START({200, NULL,
           "{\"Items\":[{\"k\":{\"N\":\"1\"}},{\"k\":{\"N\":\"2\"}}],\"LastEvaluatedKey\":{\"k\":{"
           "\"N\":\"2\"}}}"},
          {200, NULL, "{\"Items\":[],\"LastEvaluatedKey\":{\"k\":{\"N\":\"3\"}}}"},
          {200, NULL, "{\"Items\":[{\"k\":{\"N\":\"4\"}}]}"});
    struct pail_dynamodb_items *it;
    const struct pail_value *item;
    pail_dynamodb_key_condition(
        x, pail_dynamodb_eq(x, pail_dynamodb_key(x, PAIL_STR("p")), pail_dynamodb_int(x, 0)));
    struct pail_dynamodb_options o = {
        .expr = x, .index = PAIL_STR("idx"), .limit = 2, .backward = true, .consistent_read = true};
    assert_ok(pail_dynamodb_query_items(table, &o, &it, &fault), &fault);
    for (int i = 0; i < 3; i++) {
        static const char *const expected[] = {"{\"k\": 1}", "{\"k\": 2}", "{\"k\": 4}"};
        assert_ok(pail_dynamodb_items_next(it, &item, &fault), &fault);
        assert_json(item, expected[i]);
    }
    for (int i = 0; i < 2; i++) {
        assert_ok(pail_dynamodb_items_next(it, &item, &fault), &fault);
        assert_null(item);
    }
    pail_dynamodb_items_free(it);
    assert_sent(0, "Query",
                "{\"TableName\": \"t\", \"ConsistentRead\": true, \"ScanIndexForward\": false, "
                "\"IndexName\": \"idx\", \"Limit\": 2, \"KeyConditionExpression\": \"#n0 = :v0\", "
                "\"ExpressionAttributeNames\": {\"#n0\": \"p\"}, \"ExpressionAttributeValues\": "
                "{\":v0\": {\"N\": \"0\"}}}");
    assert_true(script_has(&sc, 1, "\"ExclusiveStartKey\": {\"k\": {\"N\": \"2\"}}"));
    assert_true(script_has(&sc, 2, "\"ExclusiveStartKey\": {\"k\": {\"N\": \"3\"}}"));
    end();
}

static void test_scan_segment(void **state)
{
    START({400, NULL, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}"},
          {200, NULL, "{\"Items\":[]}"});
    struct pail_dynamodb_items *it;
    const struct pail_value *item;
    struct pail_value *refusal = NULL;
    struct pail_dynamodb_options o = {.ret_refusal = &refusal};
    o.start_key = json("{\"k\": 9}");
    assert_ok(pail_dynamodb_scan_items(table, 1, 4, &o, &it, &fault), &fault);
    assert_code(pail_dynamodb_items_next(it, &item, &fault), PAIL_E_NOT_FOUND);
    assert_non_null(GET(refusal, "Error"));
    assert_ok(pail_dynamodb_items_next(it, &item, &fault), &fault); /* once more from there */
    assert_null(item);
    pail_dynamodb_items_free(it);
    for (size_t i = 0; i < 2; i++)
        assert_sent(i, "Scan",
                    "{\"TableName\": \"t\", \"ExclusiveStartKey\": {\"k\": {\"N\": \"9\"}}, "
                    "\"Segment\": 1, \"TotalSegments\": 4}");
    end();
}

static int count(void *ud, const struct pail_value *item, struct pail_error *e)
{
    int *n = ud;
    if (--*n == 0)
        return pail_error_set(e, PAIL_D_USAGE, PAIL_E_CANCELLED, "enough");
    return 0;
}

static void test_scan_parallel(void **state)
{
    START({200, NULL, "{\"Items\":[{},{}],\"LastEvaluatedKey\":{\"k\":{\"N\":\"2\"}}}"},
          {200, NULL, "{\"Items\":[{},{}],\"LastEvaluatedKey\":{\"k\":{\"N\":\"2\"}}}"},
          {200, NULL, "{\"Items\":[{}]}"}, {200, NULL, "{\"Items\":[{}]}"});
    int n = 1000;
    assert_ok(pail_dynamodb_scan_parallel(table, 2, NULL, count, &n, &fault), &fault);
    assert_int_equal(n, 994);
    assert_code(pail_dynamodb_scan_parallel(table, 0, NULL, count, &n, &fault), PAIL_E_INVALID);
    end();

    static const struct script_answer fails[] = {
        {200, NULL, "{\"Items\":[{},{}],\"LastEvaluatedKey\":{\"k\":{\"N\":\"2\"}}}"}};
    start(fails, 1);
    n = 2;
    assert_code(pail_dynamodb_scan_parallel(table, 1, NULL, count, &n, &fault), PAIL_E_CANCELLED);
    assert_string_equal(fault.message, "enough");
    end();
}

/* One segment is refused while the others are under way. */
static void test_scan_parallel_refused(void **state)
{
    START({400, NULL, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}"},
          {200, NULL, "{\"Items\":[{},{}],\"LastEvaluatedKey\":{\"k\":{\"N\":\"2\"}}}"});
    sc.repeat = true;
    int n = 1000;
    assert_code(pail_dynamodb_scan_parallel(table, 6, NULL, count, &n, &fault), PAIL_E_NOT_FOUND);
    sc.n_requests = sc.n_answers; /* how many there were is left to chance */
    end();
}

/* {"t": {"Keys": [{"k": 0}, ...]}} or {"t": [{"PutRequest": {"Item": {"k": 0}}}, ...]} */
static struct pail_value *many(bool get, int n)
{
    struct pail_value *items = pail_value_map(vs), *list = pail_value_list(vs);
    for (int i = 0; i < n; i++) {
        char text[64];
        snprintf(text, sizeof(text),
                 get ? "{\"k\": %d}" : "{\"PutRequest\": {\"Item\": {\"k\": %d}}}", i);
        pail_value_append(vs, list, json(text));
    }
    if (get) {
        struct pail_value *keys = json("{\"ConsistentRead\": true}");
        pail_value_set(vs, keys, PAIL_STR("Keys"), list);
        list = keys;
    }
    pail_value_set(vs, items, PAIL_STR("t"), list);
    return items;
}

static unsigned times(size_t i, const char *text)
{
    unsigned n = 0;
    for (const char *at = script_request(&sc, i); (at = strstr(at, text)); at++)
        n++;
    return n;
}

static void test_batch_get(void **state)
{
    START({200, NULL,
           "{\"Responses\":{\"t\":[{\"k\":{\"N\":\"0\"}}]},\"UnprocessedKeys\":{\"t\":{\"Keys\":[{"
           "\"k\":{\"N\":\"7\"}},{\"k\":{\"N\":\"8\"}}],\"ConsistentRead\":true}}}"},
          {200, NULL,
           "{\"Responses\":{\"t\":[{\"k\":{\"N\":\"100\"}}]},\"UnprocessedKeys\":{\"t\":{\"Keys\":"
           "[{\"k\":{\"N\":\"8\"}}],\"ConsistentRead\":true}}}"},
          {200, NULL, "{\"Responses\":{\"t\":[{\"k\":{\"N\":\"8\"}}]},\"UnprocessedKeys\":{}}"});
    struct pail_value *found;
    assert_ok(pail_dynamodb_batch_get(client, many(true, 105), NULL, vs, &found, &fault), &fault);
    assert_json(found, "{\"t\": [{\"k\": 0}, {\"k\": 100}, {\"k\": 8}]}");
    assert_int_equal(times(0, "{\"k\": "), 100);
    assert_int_equal(times(0, "\"ConsistentRead\": true"), 1);
    assert_int_equal(times(1, "{\"k\": "), 7); /* 100 to 104, 7 and 8 */
    assert_sent(2, "BatchGetItem",
                "{\"RequestItems\": {\"t\": {\"ConsistentRead\": true, \"Keys\": [{\"k\": {\"N\": "
                "\"8\"}}]}}}");
    end();
}

static void test_batch_write(void **state)
{
    START({200, NULL,
           "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{\"Item\":{\"k\":{\"N\":\"3\"}}}}]}}"},
          {200, NULL, "{\"UnprocessedItems\":{}}"});
    assert_ok(pail_dynamodb_batch_write(client, many(false, 30), NULL, vs, &fault), &fault);
    assert_int_equal(times(0, "PutRequest"), 25);
    assert_int_equal(times(1, "PutRequest"), 6);
    assert_true(strstr(script_request(&sc, 1), "\"29\"") < strstr(script_request(&sc, 1), "\"3\""));
    end();
}

#define STUCK                                                                                      \
    {                                                                                              \
        200, NULL,                                                                                 \
            "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{\"Item\":{\"k\":{\"N\":\"0\"}}}}]}}"   \
    }

static void test_batch_stuck(void **state)
{
    START(STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK);
    struct pail_value *refusal = NULL;
    struct pail_dynamodb_options o = {.ret_refusal = &refusal};
    assert_code(pail_dynamodb_batch_write(client, many(false, 1), &o, vs, &fault),
                PAIL_E_THROTTLED);
    assert_string_equal(fault.message, "BatchWriteItem: nothing was processed in 10 attempts");
    assert_json(refusal,
                "{\"UnprocessedItems\": {\"t\": [{\"PutRequest\": {\"Item\": {\"k\": 0}}}]}}");
    end();
}

static void test_batch_refused(void **state)
{
    START({200, NULL, "{\"Responses\":{\"t\":[{\"k\":{\"N\":\"0\"}}]},\"UnprocessedKeys\":{}}"},
          {400, NULL, "{\"__type\":\"x#ValidationException\",\"message\":\"no\"}"});
    struct pail_value *refusal = NULL, *found = NULL;
    struct pail_dynamodb_options o = {.ret_refusal = &refusal};
    assert_code(pail_dynamodb_batch_get(client, many(true, 101), &o, vs, &found, &fault),
                PAIL_E_SERVICE);
    assert_null(found);
    assert_json(GET(refusal, "Responses"), "{\"t\": [{\"k\": 0}]}");
    assert_json(GET(refusal, "UnprocessedKeys"),
                "{\"t\": {\"ConsistentRead\": true, \"Keys\": [{\"k\": 100}]}}");
    assert_str(pail_value_as_str(GET(GET(refusal, "Error"), "Code")), "ValidationException");
    assert_code(pail_dynamodb_batch_write(client, json("{\"t\": {}}"), NULL, vs, &fault),
                PAIL_E_INVALID);
    end();
}

static void test_writer(void **state)
{
    START({200, NULL,
           "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{\"Item\":{\"k\":{\"N\":\"3\"},\"v\":{"
           "\"N\":\"3\"}}}}]}}"},
          {200, NULL, "{\"UnprocessedItems\":{}}"});
    struct pail_dynamodb_writer *w;
    struct pail_str by[] = {PAIL_STR("k")};
    assert_ok(pail_dynamodb_writer_new(table, by, 1, &w, &fault), &fault);
    assert_ok(pail_dynamodb_writer_put(w, json("{\"k\": 0, \"v\": \"old\"}"), &fault), &fault);
    assert_code(pail_dynamodb_writer_put(w, json("{\"v\": 1}"), &fault), PAIL_E_INVALID);
    assert_string_equal(fault.message, "table t: k, which is of the key, is not there");
    assert_code(pail_dynamodb_writer_put(w, json("{\"k\": 0.5}"), &fault), PAIL_E_INVALID);
    assert_code(pail_dynamodb_writer_put(w, json("{\"k\": []}"), &fault), PAIL_E_INVALID);
    for (int i = 0; i < 24; i++) {
        char text[64];
        snprintf(text, sizeof(text), "{\"k\": %d, \"v\": %d}", i, i);
        assert_ok(pail_dynamodb_writer_put(w, json(text), &fault), &fault);
    }
    /* The same key, written otherwise. */
    struct pail_value *key = json("{}");
    pail_value_set(vs, key, PAIL_STR("k"), pail_value_number(vs, PAIL_STR("23.0")));
    assert_ok(pail_dynamodb_writer_delete(w, key, &fault), &fault);
    assert_int_equal(sc.n_requests, 0);
    assert_ok(pail_dynamodb_writer_put(w, json("{\"k\": \"1\"}"), &fault), &fault); /* a string */
    assert_int_equal(sc.n_requests, 1);
    assert_int_equal(times(0, "PutRequest"), 24);
    assert_int_equal(times(0, "{\"DeleteRequest\": {\"Key\": {\"k\": {\"N\": \"23.0\"}}}}"), 1);
    assert_int_equal(times(0, "old"), 0);
    assert_ok(pail_dynamodb_writer_flush(w, &fault), &fault);
    assert_ok(pail_dynamodb_writer_flush(w, &fault), &fault); /* nothing waits */
    assert_int_equal(times(1, "PutRequest"), 1);
    pail_dynamodb_writer_free(w);
    end();
}

static void test_writer_keeps(void **state)
{
    START({400, NULL, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}"},
          {200, NULL, "{}"});
    struct pail_dynamodb_writer *w;
    assert_ok(pail_dynamodb_writer_new(table, NULL, 0, &w, &fault), &fault);
    assert_ok(pail_dynamodb_writer_put(w, json("{\"k\": 1}"), &fault), &fault);
    assert_code(pail_dynamodb_writer_flush(w, &fault), PAIL_E_NOT_FOUND);
    assert_ok(pail_dynamodb_writer_flush(w, &fault), &fault);
    assert_int_equal(times(1, "PutRequest"), 1);
    pail_dynamodb_writer_free(w);
    end();
}

static void test_writer_stuck(void **state)
{
    START(STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, STUCK, {200, NULL, "{}"});
    struct pail_dynamodb_writer *w;
    assert_ok(pail_dynamodb_writer_new(table, NULL, 0, &w, &fault), &fault);
    assert_ok(pail_dynamodb_writer_put(w, json("{\"k\": 0}"), &fault), &fault);
    assert_code(pail_dynamodb_writer_flush(w, &fault), PAIL_E_THROTTLED);
    assert_ok(pail_dynamodb_writer_flush(w, &fault), &fault);
    assert_int_equal(times(10, "PutRequest"), 1);
    pail_dynamodb_writer_free(w);
    end();
}

RIG_TEST_MAIN(cmocka_unit_test(test_query_items), cmocka_unit_test(test_scan_segment),
              cmocka_unit_test(test_scan_parallel), cmocka_unit_test(test_scan_parallel_refused),
              cmocka_unit_test(test_batch_get), cmocka_unit_test(test_batch_write),
              cmocka_unit_test(test_batch_stuck), cmocka_unit_test(test_batch_refused),
              cmocka_unit_test(test_writer), cmocka_unit_test(test_writer_keeps),
              cmocka_unit_test(test_writer_stuck))
