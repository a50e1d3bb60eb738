/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and answers of every protocol while memory runs out; what the published cases leave out.
 */
#include "protocol/wire.h"

#include "base/json.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "model/compile.h"
#include "protocol/validate.h"
#include "unit/test.h"
#include "unit/torture.h"

static const char model[] =
    "{\"metadata\": {\"protocol\": \"%s\", \"protocols\": [\"%s\"], \"apiVersion\": \"1\","
    "\"jsonVersion\": \"1.0\", \"targetPrefix\": \"t\"}, \"operations\": {\"Op\": {\"name\": "
    "\"Op\","
    "\"http\": {\"method\": \"POST\", \"requestUri\": \"/x/{s}?q\"}, \"input\": {\"shape\": "
    "\"In\"},"
    "\"output\": {\"shape\": \"S\"}, \"errors\": [{\"shape\": \"E\"}]}}, \"shapes\": {"
    "\"In\": {\"type\": \"structure\", \"members\": {\"s\": {\"shape\": \"T\", \"location\": "
    "\"uri\"},"
    "\"h\": {\"shape\": \"T\", \"location\": \"header\", \"locationName\": \"x-h\"}, \"b\": "
    "{\"shape\": "
    "\"S\"}}}, \"S\": {\"type\": \"structure\", \"members\": {\"s\": {\"shape\": \"T\"}, \"i\": "
    "{\"shape\": \"I\"}, \"t\": {\"shape\": \"D\"}, \"x\": {\"shape\": \"X\"}, \"l\": {\"shape\": "
    "\"L\"}, \"m\": {\"shape\": \"M\"}}}, \"E\": {\"type\": \"structure\", \"exception\": true, "
    "\"members\": {\"s\": {\"shape\": \"T\"}}}, \"T\": {\"type\": \"string\"}, \"I\": {\"type\": "
    "\"integer\"}, \"D\": {\"type\": \"timestamp\"}, \"X\": {\"type\": \"blob\"}, \"L\": "
    "{\"type\": "
    "\"list\", \"member\": {\"shape\": \"S\"}}, \"M\": {\"type\": \"map\", \"key\": {\"shape\": "
    "\"T\"},"
    "\"value\": {\"shape\": \"T\"}}}}";

static const char json[] =
    "{\"s\": \"\\u00e4\", \"i\": 7, \"t\": 1440938160, \"x\": \"AAEC\", \"l\": "
    "[{\"s\": \"a\"}, {}], \"m\": {\"k\": \"v\"}}";
static const char xml[] = "<R><OpResult><s>x</s><i>7</i><t>2015-08-30T12:36:00Z</t><x>AAEC</x><l>"
                          "<member><s>a</s></member></l><m><entry><key>k</key><value>v</value>"
                          "</entry></m></OpResult></R>";

struct round {
    struct pail_service *service;
    struct pail_operation op;
    struct pail_values *vs;
    struct pail_value *params;
    struct pail_headers headers;
    const char *answer;
};

static int request(void *ud, struct pail_error *err)
{
    struct round *r = ud;
    struct pail_wire w;

    pail_wire_init(&w);
    int rc = pail_serialize(&r->op, r->params, &w, err);
    pail_wire_done(&w);
    return rc;
}

static int parse(struct round *r, int status, struct pail_error *err)
{
    struct pail_wire_answer a = {status, &r->headers, pail_str(r->answer), false};
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL;

    int rc = pail_values_new(&vs, err);
    if (rc == 0)
        rc = status < 300 ? pail_parse(&r->op, &a, vs, &v, err)
                          : pail_parse_error(&r->op, &a, vs, &v, err);
    pail_values_free(vs);
    return rc;
}

static int result(void *ud, struct pail_error *err)
{
    return parse(ud, 200, err);
}

static int refusal(void *ud, struct pail_error *err)
{
    return parse(ud, 404, err);
}

static void open_round(struct round *r, const char *protocol)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(10000);
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct pail_compile_input in = {.name = PAIL_STR("test")};
    struct pail_error err = PAIL_ERROR_INIT;

    *r = (struct round){.answer = ""};
    pail_buf_fmt(&text, model, protocol, protocol);
    assert_ok(pail_json_parse(pail_buf_view(&text), "model", &doc, &err), &err);
    in.service = pail_json_root(doc);
    assert_ok(pail_service_compile(&in, &r->service, &err), &err);
    assert_true(pail_operation_find(r->service, PAIL_STR("Op"), &r->op));
    assert_ok(pail_values_new(&r->vs, &err), &err);
    pail_buf_truncate(&text, 0);
    pail_buf_fmt(&text, "{\"s\": \"a/b\", \"h\": \"y\", \"b\": %s}", json);
    assert_ok(pail_value_from_json(r->vs, pail_buf_view(&text), "params", &r->params, &err), &err);
    pail_headers_init(&r->headers, 1000);
    assert_ok(pail_headers_add(&r->headers, PAIL_STR("X-Amzn-RequestId"), PAIL_STR("r"), &err),
              &err);
}

static void close_round(struct round *r)
{
    pail_headers_done(&r->headers);
    pail_values_free(r->vs);
    pail_service_free(r->service);
}

static void test_torture(void **state)
{
    static const char *const protocols[] = {"json",  "rest-json", "rest-xml",
                                            "query", "ec2",       "smithy-rpc-v2-cbor"};
    struct round r;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(protocols); i++) {
        bool is_json = i < 2;
        open_round(&r, protocols[i]);
        pail_torture(protocols[i], request, &r);
        r.answer = is_json ? json : i == 5 ? "\xa1\x61s\x62xy" : xml;
        pail_torture(protocols[i], result, &r);
        r.answer = is_json  ? "{\"__type\": \"E\", \"message\": \"m\", \"s\": \"x\"}"
                   : i == 5 ? "\xa1\x66__type\x61"
                              "E"
                            : "<ErrorResponse><Error><Code>E</Code><Message>m</Message><s>x</s>"
                              "</Error><RequestId>q</RequestId></ErrorResponse>";
        pail_torture(protocols[i], refusal, &r);
        close_round(&r);
    }
}

static void test_python(void **state)
{
    static const char *const pairs[][2] = {
        {"[null, true, 1, 2.5, 1e22, \"a\"]", "[None, True, 1, 2.5, 1e+22, 'a']"},
        {"{\"it's\": \"a\\\"b\"}", "{\"it's\": 'a\"b'}"},
        {"[\"it's \\\"q\\\"\", \"\\n\\u0001\\u00e4\\u00a0\\\\\"]",
         "['it\\'s \"q\"', '\\n\\x01\xc3\xa4\\xa0\\\\']"},
    };
    struct pail_values *vs = NULL;

    assert_ok(pail_values_new(&vs, NULL), NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1000);
        struct pail_value *v = NULL;
        assert_ok(pail_value_from_json(vs, pail_str(pairs[i][0]), "test", &v, NULL), NULL);
        pail_value_repr(&text, v);
        assert_str(pail_buf_view(&text), pairs[i][1]);
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1000);
    pail_value_repr(&text, pail_value_time(vs, (struct pail_time){1440938160, 5000}));
    assert_str(pail_buf_view(&text),
               "datetime.datetime(2015, 8, 30, 12, 36, 0, 5, tzinfo=tzutc())");
    pail_buf_truncate(&text, 0);
    pail_value_repr(&text, pail_value_blob(vs, (struct pail_bytes){"a'\n\xff", 4}));
    assert_str(pail_buf_view(&text), "b\"a'\\n\\xff\"");
    pail_values_free(vs);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_torture), cmocka_unit_test(test_python))
