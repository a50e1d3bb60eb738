/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients of services over prepared answers: addresses, signatures, retries, errors, streams, and
 * what is done for single services. The models are those of the build.
 */
#include "base/buf.h"
#include "base/env.h"
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/client.h"
#include "protocol/eventstream.h"
#include "unit/protocol/calls.h"
#include "unit/torture.h"

static int64_t retries_of(const struct pail_result *r)
{
    const struct pail_value *m = pail_value_get(pail_result_value(r), PAIL_STR("ResponseMetadata"));
    int64_t n = -1;

    (void)pail_value_as_int(pail_value_get(m, PAIL_STR("RetryAttempts")), &n);
    return n;
}

/* ---- Addresses and signatures ---- */

static void test_address(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "<R><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></R>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    assert_ok(call(&sc, "sts", "GetCallerIdentity", "{}", &r, &err), &err);
    assert_str(pail_value_as_str(pail_value_get(pail_result_value(r), PAIL_STR("Account"))), "1");
    assert_true(script_has(&sc, 0, "POST https://sts.us-east-1.amazonaws.com/\n"));
    assert_true(script_has(&sc, 0, "\n\nAction=GetCallerIdentity&Version=2011-06-15"));
    assert_non_null(strstr(script_header(&sc, 0, "Authorization"), "/us-east-1/sts/aws4_request"));
    pail_result_free(r);
    script_end(&sc);
}

/* IAM is the same everywhere; EC2 is not. */
static void test_no_region(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "<R><ListUsersResult><Users/></ListUsersResult></R>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    struct pail_client *iam = client_in(&sc, "iam", NULL), *ec2 = client_in(&sc, "ec2", NULL);
    assert_ok(pail_call(iam, "ListUsers", NULL, NULL, &err), &err);
    assert_true(script_has(&sc, 0, "POST https://iam.amazonaws.com/\n"));
    assert_non_null(strstr(script_header(&sc, 0, "Authorization"), "/us-east-1/iam/"));
    assert_code(pail_call(ec2, "DescribeRegions", NULL, NULL, &err), PAIL_E_NO_REGION);
    pail_client_unref(iam);
    pail_client_unref(ec2);
    script_end(&sc);
}

static void test_unsigned(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "<R><AssumeRoleWithWebIdentityResult/></R>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    assert_ok(
        call(&sc, "sts", "AssumeRoleWithWebIdentity",
             "{\"RoleArn\": \"arn:aws:iam::123456789012:role/r\", \"RoleSessionName\": \"ss\","
             "\"WebIdentityToken\": \"tttt\"}",
             NULL, &err),
        &err);
    assert_null(script_header(&sc, 0, "Authorization"));
    script_end(&sc);
}

static void test_host_prefix(void **state)
{
    static const struct script_answer answers[] = {{200, NULL, "{}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    assert_ok(call(&sc, "servicediscovery", "DiscoverInstances",
                   "{\"NamespaceName\": \"n\", \"ServiceName\": \"s\"}", NULL, &err),
              &err);
    assert_true(
        script_has(&sc, 0, "POST https://data-servicediscovery.us-east-1.amazonaws.com/\n"));
    script_end(&sc);
}

/* ---- Retries ---- */

static void test_retries(void **state)
{
    static const struct script_answer answers[] = {
        {500, NULL, ""},
        {400, "Date: Sat, 21 Nov 2026 21:00:00 GMT",
         "{\"__type\": \"x#ThrottlingException\", \"message\": \"slow\"}"},
        {200, NULL, "{\"TableNames\": [\"t\"]}"},
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 3, NULL);
    assert_ok(call(&sc, "dynamodb", "ListTables", "{}", &r, &err), &err);
    assert_int_equal(retries_of(r), 2);
    assert_string_equal(script_header(&sc, 0, "amz-sdk-request"), "attempt=1");
    assert_string_equal(script_header(&sc, 1, "amz-sdk-request"), "attempt=2; max=3");
    /* Until when it is waited for an answer, where the server's time is known. */
    assert_non_null(strstr(script_header(&sc, 2, "amz-sdk-request"), "Z; attempt=3; max=3"));
    pail_result_free(r);
    script_end(&sc);
}

static void test_retries_end(void **state)
{
    static const struct script_answer answers[] = {
        {503, NULL, "<html>busy</html>"}, {503, NULL, ""}, {503, NULL, ""}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *refusal = NULL;
    struct pail_call_args args = {.ret_refusal = &refusal};
    struct script sc;
    bool reached = false;

    script_start(&sc, answers, 3, NULL);
    struct pail_client *c = client_in(&sc, "sqs", "us-east-1");
    assert_code(pail_call_with(c, "ListQueues", &args, NULL, &err), PAIL_E_SERVER);
    assert_string_equal(err.message,
                        "An error occurred (503) when calling the ListQueues operation "
                        "(reached max retries: 2): Service Unavailable");
    assert_int_equal(retries_of(refusal), 2);
    assert_true(pail_value_as_bool(
        pail_value_get(pail_value_get(pail_result_value(refusal), PAIL_STR("ResponseMetadata")),
                       PAIL_STR("MaxAttemptsReached")),
        &reached));
    assert_true(reached);
    pail_result_free(refusal);
    pail_client_unref(c);
    script_end(&sc);
}

static void test_crc32(void **state)
{
    static const struct script_answer answers[] = {{200, "x-amz-crc32: 1", "{}"},
                                                   {200, "x-amz-crc32: 2745614147", "{}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    assert_ok(call(&sc, "dynamodb", "ListTables", "{}", &r, &err), &err);
    assert_int_equal(retries_of(r), 1);
    pail_result_free(r);
    script_end(&sc);
}

/* The token makes the second request the same as the first. */
static void test_idempotency(void **state)
{
    static const struct script_answer answers[] = {{0, NULL, NULL, SCRIPT_LOST},
                                                   {200, NULL, "<RunInstancesResponse/>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    assert_ok(call(&sc, "ec2", "RunInstances",
                   "{\"MinCount\": 1, \"MaxCount\": 1, \"ImageId\": \"i\", \"UserData\": \"hi\"}",
                   NULL, &err),
              &err);
    for (size_t i = 0; i < 2; i++) {
        assert_true(script_has(&sc, i, "ClientToken=00000000-0000-4000-8000-000000000000"));
        assert_true(script_has(&sc, i, "&UserData=aGk%3D"));
    }
    script_end(&sc);
}

static void test_refusal(void **state)
{
    static const struct script_answer answers[] = {
        {400, "x-amzn-requestid: RID",
         "{\"__type\": \"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
         "\"message\": \"no\", \"Item\": {\"k\": {\"S\": \"v\"}}}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *refusal = NULL;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    struct pail_client *c = client_in(&sc, "dynamodb", "us-east-1");
    struct pail_call_args args = {
        .params = params("{\"TableName\": \"t\", \"Item\": {\"k\": {\"S\": \"v\"}}}"),
        .ret_refusal = &refusal,
    };
    assert_true(pail_call_with(c, "PutItem", &args, NULL, &err) < 0);
    assert_string_equal(err.service_code, "ConditionalCheckFailedException");
    assert_string_equal(err.request_id, "RID");
    assert_int_equal(err.http_status, 400);
    assert_int_equal(pail_value_len(pail_value_get(pail_result_value(refusal), PAIL_STR("Item"))),
                     1);
    pail_result_free(refusal);
    pail_client_unref(c);
    script_end(&sc);
}

/* ---- S3 ---- */

static void test_s3_redirect(void **state)
{
    static const struct script_answer answers[] = {
        {301, "x-amz-bucket-region: eu-west-1", "<Error><Code>PermanentRedirect</Code></Error>"},
        {200, NULL,
         "<ListBucketResult><Name>b</Name><Contents><Key>a%20b</Key></Contents>"
         "<EncodingType>url</EncodingType></ListBucketResult>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    assert_ok(call(&sc, "s3", "ListObjectsV2", "{\"Bucket\": \"bkt\"}", &r, &err), &err);
    assert_true(script_has(&sc, 0, "GET https://bkt.s3."));
    assert_true(script_has(&sc, 1, "GET https://bkt.s3.eu-west-1.amazonaws.com/?list-type=2&"));
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "/eu-west-1/s3/"));
    const struct pail_value *contents = pail_value_get(pail_result_value(r), PAIL_STR("Contents"));
    assert_str(pail_value_as_str(pail_value_get(pail_value_at(contents, 0), PAIL_STR("Key"))),
               "a b");
    pail_result_free(r);
    script_end(&sc);
}

/* What is no region is not followed, wherever it stands. */
static void test_s3_redirect_to_nowhere(void **state)
{
    static const struct script_answer answers[] = {
        {301, "x-amz-bucket-region: evil.example.com/",
         "<Error><Code>PermanentRedirect</Code></Error>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    assert_code(call(&sc, "s3", "ListObjectsV2", "{\"Bucket\": \"bkt\"}", &r, &err),
                PAIL_E_REDIRECT);
    assert_string_equal(err.service_code, "PermanentRedirect");
    pail_result_free(r);
    script_end(&sc);
}

static void test_s3_hidden_error(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>"},
        {200, NULL, "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    assert_ok(call(&sc, "s3", "CopyObject",
                   "{\"Bucket\": \"bkt\", \"Key\": \"k\", \"CopySource\": {\"Bucket\": \"o\","
                   "\"Key\": \"a b?\", \"VersionId\": \"v\"}}",
                   &r, &err),
              &err);
    assert_string_equal(script_header(&sc, 0, "x-amz-copy-source"), "o/a%20b%3F?versionId=v");
    assert_int_equal(retries_of(r), 1);
    pail_result_free(r);
    script_end(&sc);
}

struct taken {
    unsigned begun;
    char text[64];
    size_t len;
};

static int on_begin(void *ud, uint64_t length, struct pail_error *err)
{
    struct taken *t = ud;

    t->begun++;
    t->len = 0;
    return 0;
}

static int on_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct taken *t = ud;

    assert_int_equal(offset, t->len);
    assert_true(t->len + n < sizeof(t->text));
    memcpy(t->text + t->len, p, n);
    t->len += n;
    return 0;
}

/* What does not sum up is asked for again. */
static void test_sink(void **state)
{
    static const struct script_answer answers[] = {
        {200, "x-amz-checksum-crc32: AAAAAA==\nContent-Type: text/x", "hallo"},
        {200, "x-amz-checksum-crc32: NhCmhg==\nContent-Type: text/x", "hello"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct taken t = {0};
    struct pail_service_sink sink = {.begin = on_begin, .write = on_write, .ud = &t};
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    struct pail_client *c = client_in(&sc, "s3", "us-east-1");
    struct pail_call_args args = {
        .params = params("{\"Bucket\": \"bkt\", \"Key\": \"k\"}"),
        .sink = &sink,
    };
    assert_ok(pail_call_with(c, "GetObject", &args, &r, &err), &err);
    assert_int_equal(t.begun, 2);
    assert_int_equal(t.len, 5);
    assert_memory_equal(t.text, "hello", 5);
    assert_null(pail_value_get(pail_result_value(r), PAIL_STR("Body")));
    assert_str(pail_value_as_str(pail_value_get(pail_result_value(r), PAIL_STR("ContentType"))),
               "text/x");
    assert_string_equal(script_header(&sc, 0, "x-amz-checksum-mode"), "ENABLED");
    pail_result_free(r);
    pail_client_unref(c);
    script_end(&sc);
}

/* Keys that do not change are not tried again. */
static void test_expired(void **state)
{
    static const struct script_answer answers[] = {
        {400, NULL, "<E><Error><Code>ExpiredToken</Code><Message>m</Message></Error></E>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    assert_code(call(&sc, "sts", "GetCallerIdentity", "{}", NULL, &err), PAIL_E_AUTH_EXPIRED);
    assert_string_equal(err.message, "An error occurred (ExpiredToken) when calling the "
                                     "GetCallerIdentity operation: m");
    script_end(&sc);
}

static const char *legacy(const char *name)
{
    return strcmp(name, "AWS_RETRY_MODE") == 0 ? "legacy" : NULL;
}

/* The standard mode says of every last attempt that it was, the legacy one only of what it would
 * have repeated. */
static void test_last_attempt(void **state)
{
    static const struct script_answer answers[] = {
        {400, NULL, "<E><Error><Code>No</Code><Message>m</Message></Error></E>"}};
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    opt.access_key = "AKID";
    opt.secret_key = "secret";
    opt.max_attempts = 1;
    script_start_with(&sc, answers, 1, &opt, NULL);
    assert_code(call(&sc, "sts", "GetCallerIdentity", "{}", NULL, &err), PAIL_E_SERVICE);
    assert_string_equal(err.message, "An error occurred (No) when calling the GetCallerIdentity "
                                     "operation (reached max retries: 0): m");
    script_end(&sc);
    script_env = legacy;
    script_start_with(&sc, answers, 1, &opt, NULL);
    script_env = NULL;
    assert_code(call(&sc, "sts", "GetCallerIdentity", "{}", NULL, &err), PAIL_E_SERVICE);
    assert_string_equal(err.message,
                        "An error occurred (No) when calling the GetCallerIdentity operation: m");
    script_end(&sc);
}

/* ---- Events ---- */

static void put_event(struct pail_buf *to, const char *type, const char *payload)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf h = PAIL_BUF_INIT(1000);

    pail_event_header_put(&h, PAIL_STR(":message-type"), PAIL_STR("event"));
    pail_event_header_put(&h, PAIL_STR(":event-type"), pail_str(type));
    pail_event_frame_put(to, pail_buf_view(&h), pail_str(payload));
}

/* The script's answers are C strings, and frames are not: so the stream is fed by hand. */
static void test_events(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf stream = PAIL_BUF_INIT(10000);
    struct pail_service_sink none = {0};
    const struct pail_service *s3 = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_events *e = NULL;
    struct pail_operation op;

    assert_ok(pail_models_service(models, PAIL_STR("s3"), &s3, &err), &err);
    assert_true(pail_operation_find(s3, PAIL_STR("SelectObjectContent"), &op));
    put_event(&stream, "Records", "1,2\n");
    put_event(&stream, "Stats", "<Stats><BytesScanned>7</BytesScanned></Stats>");
    put_event(&stream, "Newer", "?");
    put_event(&stream, "End", "");
    assert_ok(pail_events_new(&op, &none, &e, &err), &err);
    for (size_t i = 0; i < stream.len; i++)
        assert_ok(pail_events_write(e, stream.ptr + i, 1, &err), &err);
    struct pail_value *result = pail_value_map(vs);
    assert_ok(pail_events_finish(e, vs, result, &err), &err);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(10000);
    pail_value_to_json(&text, result, NULL);
    assert_str(pail_buf_view(&text),
               "{\"Payload\": [{\"Records\": {\"Payload\": \"MSwyCg==\"}}, "
               "{\"Stats\": {\"Details\": {\"BytesScanned\": 7}}}, {\"End\": {}}]}");

    /* A flipped bit, an end in the middle, an error among the events. */
    assert_ok(pail_events_begin(e, &err), &err);
    stream.ptr[40] ^= 1;
    assert_code(pail_events_write(e, stream.ptr, stream.len, &err), PAIL_E_CHECKSUM);
    stream.ptr[40] ^= 1;
    assert_ok(pail_events_begin(e, &err), &err);
    assert_ok(pail_events_write(e, stream.ptr, stream.len - 1, &err), &err);
    assert_code(pail_events_finish(e, vs, result, &err), PAIL_E_CLOSED);
    pail_events_free(e);
}

/* ---- Single services ---- */

static void test_presigned_parameter(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "<CopySnapshotResponse><snapshotId>s</snapshotId></CopySnapshotResponse>"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, 1, NULL);
    assert_ok(call(&sc, "ec2", "CopySnapshot",
                   "{\"SourceRegion\": \"eu-west-1\", \"SourceSnapshotId\": \"snap-1\"}", NULL,
                   &err),
              &err);
    assert_true(script_has(&sc, 0, "&DestinationRegion=us-east-1"));
    assert_true(script_has(&sc, 0,
                           "&PresignedUrl=https%3A%2F%2Fec2.eu-west-1.amazonaws.com%2F%3FAction"
                           "%3DCopySnapshot"));
    assert_true(script_has(&sc, 0, "eu-west-1%252Fec2%252Faws4_request"));
    script_end(&sc);
}

static void test_route53_and_iam(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>n</Name>"
         "<CallerReference>c</CallerReference></HostedZone></GetHostedZoneResponse>"},
        {200, NULL,
         "<R><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>p</PolicyName>"
         "<PolicyDocument>%7B%22Version%22%3A1%7D</PolicyDocument></GetRolePolicyResult></R>"},
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *r = NULL;
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    assert_ok(call(&sc, "route53", "GetHostedZone", "{\"Id\": \"/hostedzone/Z1\"}", NULL, &err),
              &err);
    assert_true(script_has(&sc, 0, "GET https://route53.amazonaws.com/2013-04-01/hostedzone/Z1\n"));
    assert_ok(
        call(&sc, "iam", "GetRolePolicy", "{\"RoleName\": \"r\", \"PolicyName\": \"p\"}", &r, &err),
        &err);
    assert_int_equal(
        pail_value_type(pail_value_get(pail_result_value(r), PAIL_STR("PolicyDocument"))),
        PAIL_VAL_MAP);
    pail_result_free(r);
    script_end(&sc);
}

static void test_wrong_parameters(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, NULL, 0, NULL);
    assert_code(call(&sc, "s3", "GetObject", "{\"Bucket\": \"b/c\", \"Key\": \"k\"}", NULL, &err),
                PAIL_E_INVALID);
    assert_non_null(
        strstr(err.message, "Parameter validation failed:\nInvalid bucket name \"b/c\""));
    assert_code(call(&sc, "s3", "GetObject", "{\"Bucket\": \"bkt\", \"Key\": \"\"}", NULL, &err),
                PAIL_E_INVALID);
    assert_string_equal(err.message,
                        "Parameter validation failed:\nInvalid length for parameter Key, "
                        "value: 0, valid min length: 1");
    assert_code(call(&sc, "s3", "NoSuchThing", "{}", NULL, &err), PAIL_E_INVALID);
    assert_string_equal(err.message, "NoSuchThing is no operation of s3");
    script_end(&sc);
}

/* ---- Life ---- */

struct ended {
    unsigned times;
    int code;
    struct pail_result *result;
};

static void on_ended(void *ud, const struct pail_error *err)
{
    struct ended *e = ud;

    e->times++;
    e->code = err ? (int)err->code : 0;
}

/* Calls under way outlive the client's last user. */
static void test_client_goes_first(void **state)
{
    static const struct script_answer answers[] = {{200, NULL, "{}"}, {200, NULL, "{}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct ended ended[2] = {0};
    struct pail_call *calls[2];
    struct script sc;

    script_start(&sc, answers, 2, NULL);
    struct pail_client *c = client_in(&sc, "dynamodb", "us-east-1");
    for (size_t i = 0; i < 2; i++)
        assert_ok(pail_call_async(c, "ListTables", NULL, &ended[i].result, on_ended, &ended[i],
                                  &calls[i], &err),
                  &err);
    pail_client_unref(c);
    for (size_t i = 0; i < 2; i++) {
        pail_call_wait(calls[i]);
        pail_call_unref(calls[i]);
    }
    script_end(&sc);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ended[i].times, 1);
        assert_int_equal(ended[i].code, 0);
        assert_non_null(ended[i].result);
        pail_result_free(ended[i].result);
    }
}

/* ---- Memory ---- */

static int whole_call(void *ud, struct pail_error *err)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "<R><ListUsersResult><Users><member><UserName>u</UserName></member></Users>"
         "</ListUsersResult></R>"}};
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_client *c = NULL;
    struct script sc;

    int rc = script_open(&sc, answers, 1, err);
    if (rc < 0)
        return rc;
    o.region = "us-east-1";
    rc = pail_client_new_on(sc.session, models, "iam", &o, &c, err);
    if (rc == 0)
        rc = pail_call(c, "ListUsers", ud, NULL, err);
    pail_client_unref(c);
    script_close(&sc);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(whole_call(NULL, &err), &err); /* the model is opened once for all */
    pail_torture("call", whole_call, params("{\"PathPrefix\": \"/a b/\", \"MaxItems\": 3}"));
}

PAIL_TEST_MAIN(T(test_address), T(test_no_region), T(test_unsigned), T(test_host_prefix),
               T(test_retries), T(test_retries_end), T(test_crc32), T(test_idempotency),
               T(test_refusal), T(test_s3_redirect), T(test_s3_redirect_to_nowhere),
               T(test_s3_hidden_error), T(test_sink), T(test_expired), T(test_last_attempt),
               T(test_events), T(test_presigned_parameter), T(test_route53_and_iam),
               T(test_wrong_parameters), T(test_client_goes_first), T(test_torture))
