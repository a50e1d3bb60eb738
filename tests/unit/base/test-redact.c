/* SPDX-License-Identifier: Apache-2.0 */
#include "base/redact.h"

#include "unit/test.h"

static void test_names(void **state)
{
    static const char *const secrets[] = {
        "Authorization",
        "proxy-authorization",
        "X-Amz-Signature",
        "x-amz-security-token",
        "x-amz-s3session-token",
        "X-aws-ec2-metadata-token",
        "x-amz-sso_bearer_token",
        "x-amz-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-key",
        "SecretAccessKey",
        "accessToken",
        "refresh_token",
        "SecretString",
        "TokenCode",
        "WebIdentityToken",
        "Plaintext",
        "Set-Cookie",
    };
    static const char *const others[] = {
        "NextToken",
        "nextToken",
        "continuation-token",
        "NextContinuationToken",
        "ClientToken",
        "ClientRequestToken",
        "Host",
        "ETag",
        "SecretId",
        "x-amz-date",
        "Tokens",
        "Credentials",
        "x-aws-ec2-metadata-token-ttl-seconds",
        "InvalidToken",
        "",
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(secrets); i++)
        if (!pail_redact_is_secret(pail_str(secrets[i])))
            fail_msg("%s is a secret", secrets[i]);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(others); i++)
        if (pail_redact_is_secret(pail_str(others[i])))
            fail_msg("%s is no secret", others[i]);
}

static void test_texts(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"SecretString", "SecretString"},
        /* JSON, and JSON in JSON */
        {"{\"SecretString\":\"{\\\"password\\\":\\\"a\\\"}\",\"Name\":\"n\"}",
         "{\"SecretString\":\"***\",\"Name\":\"n\"}"},
        {"{\"Body\":\"{\\\"SecretAccessKey\\\": \\\"abcdef\\\", \\\"x\\\": 1}\"}",
         "{\"Body\":\"{\\\"SecretAccessKey\\\": \\\"***\\\", \\\"x\\\": 1}\"}"},
        {"{\"Token\" : \"abc\",\"NextToken\":\"page\"}",
         "{\"Token\" : \"***\",\"NextToken\":\"page\"}"},
        {"{\"accessToken\":\"ends at the cut", "{\"accessToken\":\"***"},
        /* XML, with attributes, and with blanks in the text */
        {"<SessionToken xmlns=\"u\">a b</SessionToken><Expiration>e</Expiration>",
         "<SessionToken xmlns=\"u\">***</SessionToken><Expiration>e</Expiration>"},
        {"<NextToken>page</NextToken>", "<NextToken>page</NextToken>"},
        /* forms and queries, and a URL inside of another */
        {"Action=AssumeRole&TokenCode=123456&RoleArn=arn:aws:iam::1:role/r",
         "Action=AssumeRole&TokenCode=***&RoleArn=arn:aws:iam::1:role/r"},
        {"PreSignedUrl=https%3A%2F%2Fh%2F%3FX-Amz-Signature%3Dabcdef%26x%3D1&b=c",
         "PreSignedUrl=https%3A%2F%2Fh%2F%3FX-Amz-Signature%3D***%26x%3D1&b=c"},
        {"https://h/?continuation-token=1abc&list-type=2",
         "https://h/?continuation-token=1abc&list-type=2"},
        /* headers: to the end of the line */
        {"x-amz-server-side-encryption-customer-key:MTIz NDU2,x\nx-b:1",
         "x-amz-server-side-encryption-customer-key:***\nx-b:1"},
        {"Cookie: a=b; c=d", "Cookie: ***"},
        /* prose */
        {"web identity token: no such file", "web identity token: no such file"},
        {"InvalidToken: The provided token is malformed",
         "InvalidToken: The provided token is malformed"},
        {"arn:aws:secretsmanager:us-east-1:1:secret:name",
         "arn:aws:secretsmanager:us-east-1:1:secret:name"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        char *text = strdup(cases[i].text); /* on the heap, for the sanitizer */
        pail_redact(text);
        assert_string_equal(text, cases[i].expected);
        free(text);
    }
}

/* Pieces of all forms in any order: never longer, nothing read beyond the end, and the value of the
 * last secret is gone. */
static void test_any(void **state)
{
    static const char *const pieces[] = {
        "SecretKey", "Token", "\"", "\\", "\\\"", "=", ":", " ",      "<",     ">", "%3D",
        "%26",       "&",     "'",  "\n", "{",    "}", "x", "Cookie", "%253D", "-", "/"};
    uint32_t seed = 1;

    for (int round = 0; round < 20000; round++) {
        char line[512];
        size_t n = 0;
        for (int i = 0; i < 20; i++) {
            seed = seed * 1664525u + 1013904223u;
            const char *piece = pieces[(seed >> 16) % PAIL_ARRAY_LEN(pieces)];
            n += (size_t)snprintf(line + n, sizeof(line) - n, "%s", piece);
        }
        snprintf(line + n, sizeof(line) - n, "\n&SecretKey=hidden");
        char *text = strdup(line);
        pail_redact(text);
        assert_true(strlen(text) <= strlen(line));
        if (strstr(text, "hidden"))
            fail_msg("%s: %s", line, text);
        free(text);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_names), cmocka_unit_test(test_texts),
               cmocka_unit_test(test_any))
