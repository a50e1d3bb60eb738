/* SPDX-License-Identifier: Apache-2.0 */
/* Calls for one item, transactions and tables: what they send, what they make of answers. */
#include "unit/dynamodb/rig.h"

#include "crypto/checksum.h"
#include "unit/torture.h"

/* ---- One item ---- */

static void test_put(void **state)
{
    START({200, NULL, "{\"Attributes\":{\"a\":{\"N\":\"1.50\"},\"s\":{\"SS\":[\"x\"]}}}"});
    struct pail_value *answer;
    pail_dynamodb_condition(x, pail_dynamodb_not_exists(x, ATTR("k")));
    struct pail_dynamodb_options o = {
        .expr = x,
        .return_values = PAIL_DYNAMODB_RETURN_ALL_OLD,
        .capacity = PAIL_DYNAMODB_CAPACITY_TOTAL,
        .return_item_on_failure = true,
        .consistent_read = true, /* not of a put: not sent */
        .limit = 5,
    };
    assert_ok(pail_dynamodb_put(table, json("{\"k\": \"v\", \"l\": [null, true, {\"m\": 1}]}"), &o,
                                vs, &answer, &fault),
              &fault);
    assert_sent(0, "PutItem",
                "{\"TableName\": \"t\", \"Item\": {\"k\": {\"S\": \"v\"}, \"l\": {\"L\": "
                "[{\"NULL\": true}, {\"BOOL\": true}, {\"M\": {\"m\": {\"N\": \"1\"}}}]}}, "
                "\"ReturnValues\": \"ALL_OLD\", \"ReturnConsumedCapacity\": \"TOTAL\", "
                "\"ReturnValuesOnConditionCheckFailure\": \"ALL_OLD\", \"ConditionExpression\": "
                "\"attribute_not_exists(#n0)\", \"ExpressionAttributeNames\": {\"#n0\": \"k\"}}");
    const struct pail_value *old = GET(answer, "Attributes");
    assert_str(pail_value_as_str(GET(old, "a")), "1.50");
    assert_string_equal(pail_dynamodb_set_kind(GET(old, "s")), "SS");
    assert_non_null(GET(answer, "ResponseMetadata"));
    end();
}

static void test_condition_failed(void **state)
{
    START({400, NULL,
           "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
           "\"message\":\"The conditional request failed\",\"Item\":{\"k\":{\"N\":\"7\"}}}"});
    struct pail_value *refusal = NULL, *answer = NULL;
    struct pail_dynamodb_options o = {.ret_refusal = &refusal};
    assert_code(pail_dynamodb_delete(table, json("{\"k\": 7}"), &o, vs, &answer, &fault),
                PAIL_E_PRECONDITION);
    assert_string_equal(fault.service_code, "ConditionalCheckFailedException");
    assert_non_null(strstr(fault.message,
                           "An error occurred (ConditionalCheckFailedException) when "
                           "calling the DeleteItem operation: The conditional "
                           "request failed"));
    assert_json(GET(refusal, "Item"), "{\"k\": 7}");
    assert_null(answer);
    end();
}

static void test_nothing_sent(void **state)
{
    START({200, NULL, "{}"});
    struct pail_value *answer;
    assert_code(pail_dynamodb_put(table, json("{\"k\": 0.5}"), NULL, vs, &answer, &fault),
                PAIL_E_INVALID);
    assert_string_equal(fault.message, "Float types are not supported. Use Decimal types instead.");
    assert_code(pail_dynamodb_get(table, json("[1]"), NULL, vs, &answer, &fault), PAIL_E_INVALID);
    assert_string_equal(fault.message, "Key is no map");
    assert_int_equal(sc.n_requests, 0);
    assert_ok(pail_dynamodb_get(table, json("{\"k\": 1}"), NULL, vs, &answer, &fault), &fault);
    assert_null(GET(answer, "Item"));
    end();
}

static void test_update(void **state)
{
    START({200, NULL, "{}"});
    pail_dynamodb_update_set(x, PAIL_STR("size"), pail_dynamodb_int(x, 3));
    struct pail_dynamodb_options o = {.expr = x};
    o.more = json("{\"ReturnValues\": \"UPDATED_NEW\"}");
    assert_ok(pail_dynamodb_update(table, json("{\"k\": 1}"), &o, NULL, NULL, &fault), &fault);
    assert_sent(0, "UpdateItem",
                "{\"TableName\": \"t\", \"Key\": {\"k\": {\"N\": \"1\"}}, \"ReturnValues\": "
                "\"UPDATED_NEW\", \"UpdateExpression\": \"SET #n0 = :v0\", "
                "\"ExpressionAttributeNames\": {\"#n0\": \"size\"}, "
                "\"ExpressionAttributeValues\": {\":v0\": {\"N\": \"3\"}}}");
    end();
}

static void on_done(void *ud, const struct pail_error *e)
{
    *(int *)ud = e ? e->code : 1;
}

static void test_async(void **state)
{
    START({200, NULL, "{\"Item\":{\"k\":{\"N\":\"1\"}}}"},
          {400, NULL, "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}"});
    struct pail_value *answer = NULL, *refusal = NULL;
    struct pail_dynamodb_options o = {.consistent_read = true, .ret_refusal = &refusal};
    struct pail_call *call;
    int done = 0;
    assert_ok(pail_dynamodb_get_async(table, json("{\"k\": 1}"), &o, vs, &answer, on_done, &done,
                                      &call, &fault),
              &fault);
    pail_call_wait(call);
    call = pail_call_unref(call);
    assert_int_equal(done, 1);
    assert_json(GET(answer, "Item"), "{\"k\": 1}");
    assert_sent(
        0, "GetItem",
        "{\"TableName\": \"t\", \"Key\": {\"k\": {\"N\": \"1\"}}, \"ConsistentRead\": true}");
    assert_ok(pail_dynamodb_call_async(client, "DescribeTable", json("{\"TableName\": \"t\"}"), &o,
                                       vs, &answer, on_done, &done, &call, &fault),
              &fault);
    pail_call_wait(call);
    call = pail_call_unref(call);
    assert_int_equal(done, PAIL_E_NOT_FOUND);
    assert_str(pail_value_as_str(GET(GET(refusal, "Error"), "Message")), "no");
    /* Refused before it is sent. */
    assert_code(pail_dynamodb_put_async(table, json("{\"k\": 0.5}"), &o, vs, &answer, on_done,
                                        &done, NULL, &fault),
                PAIL_E_INVALID);
    end();
}

static void test_crc32(void **state)
{
    static const char body[] = "{\"Item\":{\"k\":{\"N\":\"1\"}}}";
    static char good[64];
    static const struct script_answer answers[] = {{200, "x-amz-crc32: 1", body},
                                                   {200, good, body}};
    snprintf(good, sizeof(good), "x-amz-crc32: %lu",
             (unsigned long)pail_crc32(0, body, sizeof(body) - 1));
    start(answers, 2);
    struct pail_value *answer;
    assert_ok(pail_dynamodb_get(table, json("{\"k\": 1}"), NULL, vs, &answer, &fault), &fault);
    assert_json(GET(GET(answer, "ResponseMetadata"), "RetryAttempts"), "1");
    end();

    static const struct script_answer never[] = {{200, "x-amz-crc32: 1", body}};
    start(never, 1);
    struct pail_dynamodb_options o = {.call.max_attempts = 1};
    assert_code(pail_dynamodb_get(table, json("{\"k\": 1}"), &o, vs, &answer, &fault),
                PAIL_E_CHECKSUM);
    end();
}

/* ---- Transactions ---- */

static void test_transaction(void **state)
{
    START(
        {400, NULL,
         "{\"__type\":\"x#TransactionCanceledException\",\"Message\":\"Transaction cancelled, "
         "please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]\","
         "\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":\"ConditionalCheckFailed\","
         "\"Message\":\"The conditional request failed\",\"Item\":{\"k\":{\"N\":\"2\"}}}]}"},
        {200, NULL, "{}"});
    struct pail_dynamodb_transaction *tx;
    struct pail_dynamodb_expr *y;
    struct pail_value *refusal = NULL;
    assert_ok(pail_dynamodb_expr_new(&y, &fault), &fault);
    assert_ok(pail_dynamodb_transaction_new(client, PAIL_STR("token"), &tx, &fault), &fault);
    pail_dynamodb_condition(x, pail_dynamodb_exists(x, ATTR("a")));
    pail_dynamodb_update_set(y, PAIL_STR("b"), pail_dynamodb_int(y, 1));
    struct pail_dynamodb_options put = {.expr = x, .return_item_on_failure = true};
    struct pail_dynamodb_options update = {.expr = y};
    struct pail_dynamodb_options commit = {.ret_refusal = &refusal};
    pail_dynamodb_transaction_put(tx, "t", json("{\"k\": 1}"), &put);
    pail_dynamodb_transaction_update(tx, "u", json("{\"k\": 2}"), &update);
    pail_dynamodb_transaction_delete(tx, "t", json("{\"k\": 3}"), NULL);
    pail_dynamodb_transaction_check(tx, "t", json("{\"k\": 4}"), &put);
    y = pail_dynamodb_expr_free(y);
    assert_code(pail_dynamodb_transaction_commit(tx, &commit, vs, NULL, &fault), PAIL_E_SERVICE);
    assert_string_equal(fault.service_code, "TransactionCanceledException");
    const struct pail_value *reason = pail_value_at(GET(refusal, "CancellationReasons"), 1);
    assert_json(reason, "{\"Code\": \"ConditionalCheckFailed\", \"Message\": \"The conditional "
                        "request failed\", \"Item\": {\"k\": 2}}");
    assert_ok(pail_dynamodb_transaction_commit(tx, NULL, NULL, NULL, &fault), &fault);
    pail_dynamodb_transaction_free(tx);
    for (size_t i = 0; i < 2; i++)
        assert_sent(
            i, "TransactWriteItems",
            "{\"TransactItems\": [{\"Put\": {\"TableName\": \"t\", \"Item\": {\"k\": {\"N\": "
            "\"1\"}},"
            " \"ReturnValuesOnConditionCheckFailure\": \"ALL_OLD\", \"ConditionExpression\": "
            "\"attribute_exists(#n0)\", \"ExpressionAttributeNames\": {\"#n0\": \"a\"}}}, "
            "{\"Update\": {\"TableName\": \"u\", \"Key\": {\"k\": {\"N\": \"2\"}}, "
            "\"UpdateExpression\": \"SET #n0 = :v0\", \"ExpressionAttributeNames\": {\"#n0\": "
            "\"b\"}, \"ExpressionAttributeValues\": {\":v0\": {\"N\": \"1\"}}}}, {\"Delete\": "
            "{\"TableName\": \"t\", \"Key\": {\"k\": {\"N\": \"3\"}}}}, {\"ConditionCheck\": "
            "{\"TableName\": \"t\", \"Key\": {\"k\": {\"N\": \"4\"}}, "
            "\"ReturnValuesOnConditionCheckFailure\": \"ALL_OLD\", \"ConditionExpression\": "
            "\"attribute_exists(#n0)\", \"ExpressionAttributeNames\": {\"#n0\": \"a\"}}}], "
            "\"ClientRequestToken\": \"token\"}");
    end();
}

static void test_transaction_reads(void **state)
{
    START({200, NULL, "{\"Responses\":[{\"Item\":{\"k\":{\"N\":\"1\"}}},{}]}"});
    struct pail_dynamodb_transaction *tx;
    struct pail_value *answer;
    assert_ok(pail_dynamodb_transaction_new(client, PAIL_STR(""), &tx, &fault), &fault);
    pail_dynamodb_transaction_get(tx, "t", json("{\"k\": 1}"), NULL);
    pail_dynamodb_transaction_get(tx, "t", json("{\"k\": 2}"), NULL);
    assert_ok(pail_dynamodb_transaction_commit(tx, NULL, vs, &answer, &fault), &fault);
    assert_json(GET(answer, "Responses"), "[{\"Item\": {\"k\": 1}}, {}]");
    assert_false(strstr(script_request(&sc, 0), "ClientRequestToken") != NULL);
    pail_dynamodb_transaction_delete(tx, "t", json("{\"k\": 2}"), NULL);
    assert_code(pail_dynamodb_transaction_commit(tx, NULL, vs, &answer, &fault), PAIL_E_INVALID);
    pail_dynamodb_transaction_put(tx, "t", json("3"), NULL);
    assert_code(pail_dynamodb_transaction_commit(tx, NULL, vs, &answer, &fault), PAIL_E_INVALID);
    assert_string_equal(fault.message, "part 3, Put: Item is no map");
    pail_dynamodb_transaction_free(tx);
    assert_code(pail_dynamodb_transaction_new(
                    client, pail_strn("1234567890123456789012345678901234567", 37), &tx, &fault),
                PAIL_E_INVALID);
    end();
}

/* ---- Tables ---- */

#define DESCRIBED                                                                                  \
    "{\"Table\":{\"TableName\":\"t\",\"TableArn\":\"arn:t\",\"TableStatus\":\"ACTIVE\","           \
    "\"KeySchema\":[{\"AttributeName\":\"r\",\"KeyType\":\"RANGE\"},{\"AttributeName\":\"h\","     \
    "\"KeyType\":\"HASH\"}]}}"

static void test_keys(void **state)
{
    START({200, NULL, DESCRIBED});
    struct pail_str hash, range;
    struct pail_value *key;
    for (int i = 0; i < 2; i++) {
        assert_ok(pail_dynamodb_table_keys(table, &hash, &range, &fault), &fault);
        assert_str(hash, "h");
        assert_str(range, "r");
    }
    assert_ok(
        pail_dynamodb_table_key_of(table, json("{\"r\": 1, \"x\": 2, \"h\": 3}"), vs, &key, &fault),
        &fault);
    assert_json(key, "{\"h\": 3, \"r\": 1}");
    assert_code(pail_dynamodb_table_key_of(table, json("{\"h\": 3}"), vs, &key, &fault),
                PAIL_E_INVALID);
    assert_string_equal(fault.message, "table t: the item has no r, which is of the key");
    end();
}

static void test_admin(void **state)
{
    START({200, NULL, "{\"TableDescription\":{\"TableStatus\":\"CREATING\"}}"}, {200, NULL, "{}"},
          {200, NULL, DESCRIBED}, {200, NULL, "{}"}, {200, NULL, DESCRIBED}, {200, NULL, "{}"},
          {200, NULL, "{}"});
    struct pail_dynamodb_table_spec spec = {.hash = PAIL_STR("h"),
                                            .range = PAIL_STR("r"),
                                            .range_type = 'N',
                                            .read_units = 1,
                                            .write_units = 2};
    spec.more = json("{\"AttributeDefinitions\": [{\"AttributeName\": \"g\", \"AttributeType\": "
                     "\"S\"}], \"TableClass\": \"STANDARD\"}");
    struct pail_value *answer;
    assert_ok(pail_dynamodb_table_create(table, &spec, vs, &answer, &fault), &fault);
    assert_ok(pail_dynamodb_table_ttl(table, PAIL_STR("e"), true, &fault), &fault);
    assert_ok(pail_dynamodb_table_tag(table, json("{\"a\": \"b\"}"), &fault), &fault);
    assert_ok(pail_dynamodb_table_untag(table, json("[\"a\"]"), &fault), &fault);
    assert_ok(pail_dynamodb_table_delete(table, NULL, NULL, &fault), &fault);
    assert_sent(0, "CreateTable",
                "{\"TableName\": \"t\", \"KeySchema\": [{\"AttributeName\": \"h\", \"KeyType\": "
                "\"HASH\"}, {\"AttributeName\": \"r\", \"KeyType\": \"RANGE\"}], "
                "\"AttributeDefinitions\": [{\"AttributeName\": \"h\", \"AttributeType\": \"S\"}, "
                "{\"AttributeName\": \"r\", \"AttributeType\": \"N\"}, {\"AttributeName\": \"g\", "
                "\"AttributeType\": \"S\"}], \"ProvisionedThroughput\": {\"ReadCapacityUnits\": 1, "
                "\"WriteCapacityUnits\": 2}, \"TableClass\": \"STANDARD\"}");
    assert_sent(1, "UpdateTimeToLive",
                "{\"TableName\": \"t\", \"TimeToLiveSpecification\": {\"Enabled\": true, "
                "\"AttributeName\": \"e\"}}");
    assert_sent(3, "TagResource",
                "{\"ResourceArn\": \"arn:t\", \"Tags\": [{\"Key\": \"a\", \"Value\": \"b\"}]}");
    assert_sent(5, "UntagResource", "{\"ResourceArn\": \"arn:t\", \"TagKeys\": [\"a\"]}");
    assert_sent(6, "DeleteTable", "{\"TableName\": \"t\"}");
    end();
}

/* ---- Without memory ---- */

static int one_of_each(struct pail_dynamodb_table *t, struct pail_dynamodb_expr *y,
                       struct pail_values *own, struct pail_error *e)
{
    struct pail_dynamodb_options o = {.call.max_attempts = 1, .expr = y};
    struct pail_dynamodb_transaction *tx = NULL;
    struct pail_dynamodb_writer *w = NULL;
    struct pail_dynamodb_items *it = NULL;
    struct pail_value *key = pail_value_map(own), *answer, *found, *requests, *list;
    const struct pail_value *item;
    struct pail_str by = PAIL_STR("k");

    pail_dynamodb_update_set(y, PAIL_STR("a"), pail_dynamodb_int(y, 1));
    pail_value_set(own, key, by, pail_value_int(own, 1));
    int rc = pail_dynamodb_update(t, key, &o, own, &answer, e);
    if (rc == 0)
        rc = pail_dynamodb_scan_items(t, 0, 2, NULL, &it, e);
    if (rc == 0)
        rc = pail_dynamodb_items_next(it, &item, e);
    if (rc == 0)
        rc = pail_dynamodb_writer_new(t, &by, 1, &w, e);
    if (rc == 0)
        rc = pail_dynamodb_writer_put(w, key, e);
    if (rc == 0)
        rc = pail_dynamodb_writer_flush(w, e);
    requests = pail_value_map(own);
    list = pail_value_list(own);
    pail_value_append(own, list, pail_value_copy(own, key));
    found = pail_value_map(own);
    pail_value_set(own, found, PAIL_STR("Keys"), list);
    pail_value_set(own, requests, PAIL_STR("t"), found);
    if (rc == 0)
        rc = pail_values_check(own, e);
    if (rc == 0)
        rc = pail_dynamodb_batch_get(pail_dynamodb_table_client(t), requests, NULL, own, &found, e);
    if (rc == 0)
        rc = pail_dynamodb_transaction_new(pail_dynamodb_table_client(t), by, &tx, e);
    if (rc == 0) {
        pail_dynamodb_transaction_put(tx, "t", key, NULL);
        rc = pail_dynamodb_transaction_commit(tx, NULL, own, &answer, e);
    }
    pail_dynamodb_transaction_free(tx);
    pail_dynamodb_items_free(it);
    pail_dynamodb_writer_free(w);
    return rc;
}

static int torture_body(void *ud, struct pail_error *e)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "{\"Attributes\":{\"a\":{\"L\":[{\"NS\":[\"1\",\"2\"]}]}},\"Items\":[{\"k\":{\"S\":"
         "\"x\"}}],\"Responses\":{\"t\":[{\"k\":{\"N\":\"1\"}}]}}"}};
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_client *c = NULL;
    struct pail_dynamodb_table *t = NULL;
    struct pail_dynamodb_expr *y = NULL;
    struct pail_values *own = NULL;

    int rc = script_open(&sc, answers, 1, e);
    if (rc < 0)
        return rc;
    o.region = "us-east-1";
    o.endpoint_url =
        "https://dynamodb.example"; /* the session's way to none is not tortured here */
    rc = pail_client_new_on(sc.session, models, "dynamodb", &o, &c, e);
    if (rc == 0)
        rc = pail_dynamodb_table_new(c, "t", &t, e);
    if (rc == 0)
        rc = pail_values_new(&own, e);
    if (rc == 0)
        rc = pail_dynamodb_expr_new(&y, e);
    if (rc == 0)
        rc = one_of_each(t, y, own, e);
    pail_dynamodb_expr_free(y);
    pail_values_free(own);
    pail_dynamodb_table_unref(t);
    pail_client_unref(c);
    script_close(&sc);
    return rc;
}

static void test_torture(void **state)
{
    if (!models)
        skip();
    pail_torture("calls", torture_body, NULL);
}

RIG_TEST_MAIN(cmocka_unit_test(test_put), cmocka_unit_test(test_condition_failed),
              cmocka_unit_test(test_nothing_sent), cmocka_unit_test(test_update),
              cmocka_unit_test(test_async), cmocka_unit_test(test_crc32),
              cmocka_unit_test(test_transaction), cmocka_unit_test(test_transaction_reads),
              cmocka_unit_test(test_keys), cmocka_unit_test(test_admin),
              cmocka_unit_test(test_torture))
