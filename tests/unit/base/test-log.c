/* SPDX-License-Identifier: Apache-2.0 */
#include "base/logging.h"

#include <errno.h>

#include "unit/test.h"

static char last[4096];
static int lines;

static void sink(enum pail_log_level level, enum pail_log_component component, const char *line,
                 void *userdata)
{
    assert_ptr_equal(userdata, &lines);
    snprintf(last, sizeof(last), "%s %s %s", pail_log_component_name(component),
             pail_log_level_name(level), line);
    lines++;
    errno = EBADF;
}

static int set_up(void **state)
{
    lines = 0;
    last[0] = '\0';
    pail_log_set_sink(sink, &lines);
    pail_log_set_level(PAIL_LOG_TRACE, 0);
    return 0;
}

static int evaluated;

static int argument(void)
{
    return ++evaluated;
}

static void test_off(void **state)
{
    pail_log_set_sink(NULL, NULL);
    evaluated = 0;
    PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_ERROR, "%d", argument());
    assert_int_equal(evaluated, 0);
    pail_log_write(PAIL_LC_HTTP, PAIL_LOG_ERROR, "x");
    assert_int_equal(lines, 0);
}

static void test_levels_and_components(void **state)
{
    pail_log_set_level(PAIL_LOG_INFO, 1u << PAIL_LC_HTTP | 1u << PAIL_LC_S3);
    evaluated = 0;
    PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_INFO, "n=%d", argument());
    assert_string_equal(last, "http info n=1");
    PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_DEBUG, "n=%d", argument());
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_ERROR, "n=%d", argument());
    assert_int_equal(evaluated, 1);
    PAIL_LOG(PAIL_LC_S3, PAIL_LOG_ERROR, "n=%d", argument());
    assert_string_equal(last, "s3 error n=2");
    assert_int_equal(lines, 2);
}

static void test_errno_is_kept(void **state)
{
    errno = ENOENT;
    PAIL_LOG(PAIL_LC_BASE, PAIL_LOG_WARN, "x");
    assert_int_equal(errno, ENOENT);
}

static void test_names(void **state)
{
    for (int i = 0; i < PAIL_LC_COUNT; i++)
        assert_true(strlen(pail_log_component_name(i)) > 1);
    assert_string_equal(pail_log_component_name(PAIL_LC_COUNT), "?");
    assert_string_equal(pail_log_level_name(PAIL_LOG_TRACE), "trace");
    assert_string_equal(pail_log_level_name(99), "?");
}

static void test_redaction(void **state)
{
    static const struct {
        const char *line, *expected;
    } cases[] = {
        {"nothing here", "nothing here"},
        {"GET /k?X-Amz-Signature=abcdef0123&x=1", "GET /k?X-Amz-Signature=***&x=1"},
        {"GET /k?x=1&x-amz-signature=abcdef", "GET /k?x=1&x-amz-signature=***"},
        {"GET /k?X-Amz-Credential=AKIA%2Fx&X-Amz-Security-Token=tok%3D&y=2",
         "GET /k?X-Amz-Credential=***&X-Amz-Security-Token=***&y=2"},
        {"X-Amz-Security-Token: IQoJb3JpZ2lu", "X-Amz-Security-Token: ***"},
        {"Signature=a", "Signature=*"},
        {"Signature=", "Signature="},
        {"authorization: AWS4-HMAC-SHA256 Credential=A/b, Signature=c\nHost: h",
         "authorization: ***?Host: h"},
        {"Authorization: Bearer token", "Authorization: ***"},
        {"{\"SecretAccessKey\" : \"a b,c\", \"Expiration\": \"2030\"}",
         "{\"SecretAccessKey\" : \"***\", \"Expiration\": \"2030\"}"},
        {"<SecretAccessKey>abcdef</SecretAccessKey><SessionToken>t</SessionToken>",
         "<SecretAccessKey>***</SecretAccessKey><SessionToken>*</SessionToken>"},
        {"aws_secret_access_key = abcdef", "aws_secret_access_key = ***"},
        {"SessionToken='x y z'", "SessionToken='***'"},
        {"no SecretAccessKey in the file", "no SecretAccessKey in the file"},
        {"Signature", "Signature"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_INFO, "%s", cases[i].line);
        assert_string_equal(last + strlen("http info "), cases[i].expected);
    }
}

static void test_control_characters(void **state)
{
    PAIL_LOG(PAIL_LC_BASE, PAIL_LOG_WARN, "a\nb\x1b[1m\x7f\xc3\xa4");
    assert_string_equal(last, "base warn a?b?[1m?\xc3\xa4");
}

static void test_cut(void **state)
{
    char text[3000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    uint64_t count = pail_alloc_count();
    PAIL_LOG(PAIL_LC_BASE, PAIL_LOG_WARN, "%s", text);
    assert_int_equal(pail_alloc_count(), count);
    assert_int_equal(strlen(last), strlen("base warn ") + 2047);
    assert_string_equal(last + strlen(last) - 4, "x...");

    /* A secret at the cut is redacted too. */
    memcpy(text, "Signature=", 10);
    PAIL_LOG(PAIL_LC_BASE, PAIL_LOG_WARN, "%s", text);
    assert_string_equal(last, "base warn Signature=***...");
}

PAIL_TEST_MAIN(cmocka_unit_test_setup(test_off, set_up),
               cmocka_unit_test_setup(test_levels_and_components, set_up),
               cmocka_unit_test_setup(test_errno_is_kept, set_up),
               cmocka_unit_test_setup(test_names, set_up),
               cmocka_unit_test_setup(test_redaction, set_up),
               cmocka_unit_test_setup(test_control_characters, set_up),
               cmocka_unit_test_setup(test_cut, set_up))
