/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of directory buckets in calls by name. */
#include "unit/protocol/calls.h"

#define BUCKET "b--use1-az4--x-s3"
#define SESSION(key)                                                                               \
    "<CreateSessionResult><Credentials><SessionToken>TOKEN-" key "</SessionToken>"                 \
    "<SecretAccessKey>S</SecretAccessKey><AccessKeyId>" key "</AccessKeyId>"                       \
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>"

/* A session is made at the first call, signs the next ones, and is renewed when it is refused. */
static void test_express(void **state)
{
    static const char get[] = "{\"Bucket\": \"" BUCKET "\", \"Key\": \"k\"}";
    static const struct script_answer answers[] = {
        {200, NULL, SESSION("ONE")},
        {204, NULL, NULL},
        {400, NULL, "<Error><Code>ExpiredToken</Code><Message>m</Message></Error>"},
        {200, NULL, SESSION("TWO")},
        {204, NULL, NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, PAIL_ARRAY_LEN(answers), NULL);
    struct pail_client *c = client_in(&sc, "s3", "us-east-1");
    for (int i = 0; i < 2; i++)
        assert_ok(pail_call(c, "DeleteObject", params(get), NULL, &err), &err);
    assert_true(script_has(
        &sc, 0, "GET https://" BUCKET ".s3express-use1-az4.us-east-1.amazonaws.com/?session"));
    assert_non_null(strstr(script_header(&sc, 0, "Authorization"), "Credential=AKIDEXAMPLE/"));
    assert_null(script_header(&sc, 0, "x-amz-s3session-token"));
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "Credential=ONE/"));
    assert_non_null(strstr(script_header(&sc, 1, "Authorization"), "/us-east-1/s3express/"));
    assert_string_equal(script_header(&sc, 1, "x-amz-s3session-token"), "TOKEN-ONE");
    assert_non_null(strstr(script_header(&sc, 2, "Authorization"), "Credential=ONE/"));
    assert_non_null(strstr(script_header(&sc, 3, "Authorization"), "Credential=AKIDEXAMPLE/"));
    assert_non_null(strstr(script_header(&sc, 4, "Authorization"), "Credential=TWO/"));
    pail_client_unref(c);
    script_end(&sc);
}

PAIL_TEST_MAIN(T(test_express))
