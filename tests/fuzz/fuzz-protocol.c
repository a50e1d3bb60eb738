/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of services: the first byte chooses the protocol, the second the status, the rest is the
 * body. Whatever comes is a result, a refusal or an error; what is a result can be written as JSON
 * and read again. Errors are understood in any case.
 */
#include "base/json.h"
#include "base/value_json.h"
#include "model/compile.h"
#include "protocol/wire.h"

#include "fuzz.h"

static const char *const protocols[] = {"json",  "rest-json", "rest-xml", "smithy-rpc-v2-cbor",
                                        "query", "ec2"};
#define N_PROTOCOLS (sizeof(protocols) / sizeof(*protocols))

static const char model[] =
    "{\"metadata\": {\"protocol\": \"%s\", \"protocols\": [\"%s\"], \"apiVersion\": \"1\","
    "\"jsonVersion\": \"1.0\", \"targetPrefix\": \"t\"}, \"operations\": {\"Op\": {\"name\": "
    "\"Op\","
    "\"http\": {\"method\": \"POST\", \"requestUri\": \"/\"}, \"output\": {\"shape\": \"S\"},"
    "\"errors\": [{\"shape\": \"E\"}]}}, \"shapes\": {"
    "\"S\": {\"type\": \"structure\", \"members\": {\"s\": {\"shape\": \"T\"}, \"i\": {\"shape\": "
    "\"I\"}, \"f\": {\"shape\": \"F\"}, \"b\": {\"shape\": \"B\"}, \"t\": {\"shape\": \"D\"}, "
    "\"x\": "
    "{\"shape\": \"X\"}, \"l\": {\"shape\": \"L\"}, \"fl\": {\"shape\": \"L\", \"flattened\": "
    "true}, "
    "\"m\": {\"shape\": \"M\"}, \"r\": {\"shape\": \"S\"}, \"u\": {\"shape\": \"U\"}, \"a\": "
    "{\"shape\": "
    "\"T\", \"xmlAttribute\": true, \"locationName\": \"xsi:type\"}}},"
    "\"U\": {\"type\": \"structure\", \"union\": true, \"members\": {\"s\": {\"shape\": \"T\"}, "
    "\"i\": "
    "{\"shape\": \"I\"}}}, \"E\": {\"type\": \"structure\", \"exception\": true, \"members\": "
    "{\"s\": "
    "{\"shape\": \"T\"}}}, \"T\": {\"type\": \"string\"}, \"I\": {\"type\": \"integer\"}, \"F\": "
    "{\"type\": \"double\"}, \"B\": {\"type\": \"boolean\"}, \"D\": {\"type\": \"timestamp\"}, "
    "\"X\": "
    "{\"type\": \"blob\"}, \"L\": {\"type\": \"list\", \"member\": {\"shape\": \"S\"}}, \"M\": "
    "{\"type\": \"map\", \"key\": {\"shape\": \"T\"}, \"value\": {\"shape\": \"S\"}}}}";

static const struct pail_service *service(size_t i)
{
    static struct pail_service *services[N_PROTOCOLS];
    struct pail_compile_input in = {.name = PAIL_STR("fuzz")};
    struct pail_buf text = PAIL_BUF_INIT(10000);
    struct pail_json *doc = NULL;

    if (!services[i]) {
        pail_buf_fmt(&text, model, protocols[i], protocols[i]);
        PAIL_FUZZ_CHECK(pail_json_parse(pail_buf_view(&text), "model", &doc, NULL) == 0);
        in.service = pail_json_root(doc);
        PAIL_FUZZ_CHECK(pail_service_compile(&in, &services[i], NULL) == 0);
        pail_json_free(doc);
        pail_buf_done(&text);
    }
    return services[i];
}

static void check_tree(const struct pail_value *v)
{
    struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 2);
    struct pail_values *vs = NULL;
    struct pail_value *again = NULL;

    PAIL_FUZZ_CHECK(pail_value_type(v) == PAIL_VAL_MAP);
    PAIL_FUZZ_CHECK(pail_value_get(v, PAIL_STR("ResponseMetadata")));
    PAIL_FUZZ_CHECK(pail_values_new(&vs, NULL) == 0);
    pail_value_to_json(&text, v, NULL);
    PAIL_FUZZ_CHECK(pail_value_from_json(vs, pail_buf_view(&text), "again", &again, NULL) == 0);
    pail_values_free(vs);
    pail_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_operation op;
    struct pail_headers headers;
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL;

    if (size < 2)
        return 0;
    PAIL_FUZZ_CHECK(pail_operation_find(service(data[0] % N_PROTOCOLS), PAIL_STR("Op"), &op));
    PAIL_FUZZ_CHECK(pail_values_new(&vs, NULL) == 0);
    pail_headers_init(&headers, 1000);
    struct pail_wire_answer a = {
        .status = data[1] & 1 ? 200 : 400 + data[1] % 110,
        .headers = &headers,
        .body = pail_strn((const char *)data + 2, size - 2),
    };
    if (data[1] & 1) {
        if (pail_parse(&op, &a, vs, &v, NULL) == 0)
            check_tree(v);
    } else {
        int rc = pail_parse_error(&op, &a, vs, &v, NULL);
        PAIL_FUZZ_CHECK(rc == 0 || rc == PAIL_E_GARBAGE);
        if (rc == 0) {
            check_tree(v);
            PAIL_FUZZ_CHECK(pail_value_type(pail_value_get(v, PAIL_STR("Error"))) == PAIL_VAL_MAP);
        }
    }
    pail_headers_done(&headers);
    pail_values_free(vs);
    return 0;
}
