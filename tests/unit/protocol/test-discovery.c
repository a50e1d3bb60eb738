/* SPDX-License-Identifier: Apache-2.0 */
/* Services that name the host to go to. */
#include "unit/protocol/calls.h"

#define TOLD(host) "{\"Endpoints\": [{\"Address\": \"" host "\", \"CachePeriodInMinutes\": 60}]}"

static const char *setting;

static const char *one_setting(const char *name)
{
    return strcmp(name, "AWS_ENDPOINT_DISCOVERY_ENABLED") == 0 ? setting : NULL;
}

static void start(struct script *sc, const char *discovery, const struct script_answer *answers,
                  size_t n)
{
    setting = discovery;
    script_env = one_setting;
    script_start(sc, answers, n, NULL);
    script_env = NULL;
}

/* Asked once, and signed; the answer serves the next calls, also of other operations. */
static void test_required(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, TOLD("cell1.example.com")}, {200, NULL, "{}"}, {200, NULL, "{}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    start(&sc, NULL, answers, 3);
    struct pail_client *c = client_in(&sc, "timestream-write", "us-east-1");
    assert_ok(pail_call(c, "ListDatabases", params("{}"), NULL, &err), &err);
    assert_ok(pail_call(c, "ListTables", params("{\"DatabaseName\": \"d\"}"), NULL, &err), &err);
    assert_true(script_has(&sc, 0, "POST https://ingest.timestream.us-east-1.amazonaws.com/\n"));
    assert_string_equal(script_header(&sc, 0, "X-Amz-Target"),
                        "Timestream_20181101.DescribeEndpoints");
    assert_non_null(script_header(&sc, 0, "Authorization"));
    assert_true(script_has(&sc, 1, "POST https://cell1.example.com/\n"));
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "/us-east-1/timestream/"));
    assert_true(script_has(&sc, 2, "POST https://cell1.example.com/\n"));
    pail_client_unref(c);
    script_end(&sc);
}

/* A host that has moved on is asked for again. */
static void test_moved(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, TOLD("cell1.example.com")},
        {421, NULL, "{\"__type\": \"InvalidEndpointException\", \"Message\": \"m\"}"},
        {200, NULL, TOLD("https://cell2.example.com")},
        {200, NULL, "{}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    start(&sc, NULL, answers, 4);
    assert_ok(call(&sc, "timestream-write", "ListDatabases", "{}", NULL, &err), &err);
    assert_true(script_has(&sc, 3, "POST https://cell2.example.com/\n"));
    script_end(&sc);
}

static void test_refused(void **state)
{
    static const struct script_answer answers[] = {
        {400, NULL, "{\"__type\": \"AccessDeniedException\", \"Message\": \"no\"}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    start(&sc, NULL, answers, 1);
    assert_code(call(&sc, "timestream-write", "ListDatabases", "{}", NULL, &err), PAIL_E_ACCESS);
    assert_non_null(strstr(err.message, "when calling the DescribeEndpoints operation: no"));
    script_end(&sc);
}

static void test_off(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    start(&sc, "false", NULL, 0);
    assert_code(call(&sc, "timestream-write", "ListDatabases", "{}", NULL, &err), PAIL_E_CONFIG);
    assert_non_null(
        strstr(err.message, "Endpoint Discovery is not enabled but this operation requires it."));
    script_end(&sc);
}

/* Those that can do without look only where they are told to, and go on without. */
static void test_optional(void **state)
{
    static const struct script_answer usual[] = {{200, NULL, "{}"}};
    static const struct script_answer lost[] = {{0, NULL, NULL, SCRIPT_UNSENT},
                                                {0, NULL, NULL, SCRIPT_UNSENT},
                                                {0, NULL, NULL, SCRIPT_UNSENT},
                                                {200, NULL, "{}"},
                                                {200, NULL, "{}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    start(&sc, NULL, usual, 1);
    assert_ok(call(&sc, "dynamodb", "ListTables", "{}", NULL, &err), &err);
    script_end(&sc);
    start(&sc, "true", lost, 5);
    struct pail_client *c = client_in(&sc, "dynamodb", "us-east-1");
    for (int i = 0; i < 2; i++) /* the failure is remembered */
        assert_ok(pail_call(c, "GetItem",
                            params("{\"TableName\": \"t\", \"Key\": {\"k\": {\"S\": \"x\"}}}"),
                            NULL, &err),
                  &err);
    assert_string_equal(script_header(&sc, 0, "X-Amz-Target"),
                        "DynamoDB_20120810.DescribeEndpoints");
    assert_true(script_has(&sc, 4, "POST https://dynamodb.us-east-1.amazonaws.com/\n"));
    pail_client_unref(c);
    script_end(&sc);
}

PAIL_TEST_MAIN(T(test_required), T(test_moved), T(test_refused), T(test_off), T(test_optional))
