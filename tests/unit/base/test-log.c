/* SPDX-License-Identifier: Apache-2.0 */
#include "base/logging.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"

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

static void test_levels_of_one(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_log_set_level(PAIL_LOG_WARN, 0);
    pail_log_set_component(PAIL_LC_AUTH, PAIL_LOG_TRACE);
    assert_true(pail_log_wanted(PAIL_LC_AUTH, PAIL_LOG_TRACE));
    assert_true(pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_WARN));
    assert_false(pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_INFO));
    assert_ok(pail_log_set_levels(" error, HTTP = debug,s3=info,", &err), &err);
    assert_true(pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_DEBUG));
    assert_false(pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_TRACE));
    assert_true(pail_log_wanted(PAIL_LC_S3, PAIL_LOG_INFO));
    assert_false(pail_log_wanted(PAIL_LC_AUTH, PAIL_LOG_WARN));
    assert_code(pail_log_set_levels("loud", &err), PAIL_E_CONFIG);
    assert_string_equal(err.message,
                        "PAIL_LOG: \"loud\" is none of error, warn, info, debug, trace");
    assert_code(pail_log_set_levels("disk=info", &err), PAIL_E_CONFIG);
    assert_string_equal(err.message, "PAIL_LOG: \"disk\" is no component");
    assert_code(pail_log_set_levels("http=", &err), PAIL_E_CONFIG);
}

static const char *log_env(const char *name)
{
    return strcmp(name, "PAIL_LOG") == 0 ? "auth=debug" : NULL;
}

static void test_environment(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_log_set_level(PAIL_LOG_WARN, 0);
    pail_env_set_source(log_env);
    assert_ok(pail_log_from_env(&err), &err);
    assert_true(pail_log_wanted(PAIL_LC_AUTH, PAIL_LOG_DEBUG));
    assert_false(pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_INFO));
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "x"); /* the sink that is there stays */
    assert_string_equal(last, "auth debug x");
    pail_log_set_level(PAIL_LOG_WARN, 0); /* later words of the program's count */
    assert_ok(pail_log_from_env(&err), &err);
    assert_false(pail_log_wanted(PAIL_LC_AUTH, PAIL_LOG_DEBUG));
    pail_env_set_source(NULL);
}

static int64_t then(void)
{
    return INT64_C(1440938160123456789);
}

static void test_stream(void **state)
{
    static const struct pail_clock_ops clock = {.mono_ns = then, .wall_ns = then};
    char text[4096];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    pail_clock_set_ops(&clock);
    pail_log_to_fd(ends[1], PAIL_LOG_DEBUG, 1u << PAIL_LC_HTTP);
    PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_DEBUG, "n=%d", 1);
    PAIL_LOG(PAIL_LC_S3, PAIL_LOG_ERROR, "no");
    PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_ERROR, "%0*d", 3000, 7);
    pail_clock_set_ops(NULL);
    ssize_t n = read(ends[0], text, sizeof(text) - 1);
    assert_true(n > 0);
    text[n] = '\0';
    static const char first[] = "2015-08-30T12:36:00.123Z pail.http [debug] n=1\n"
                                "2015-08-30T12:36:00.123Z pail.http [error] 0000";
    assert_memory_equal(text, first, strlen(first));
    assert_string_equal(text + n - 5, "0...\n");
    close(ends[0]);
    close(ends[1]);
}

static void test_lines(void **state)
{
    pail_log_lines(PAIL_LC_AUTH, PAIL_LOG_TRACE, "p: ", PAIL_STR("a\n\nb"));
    assert_int_equal(lines, 3);
    assert_string_equal(last, "auth trace p: b");
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
               cmocka_unit_test_setup(test_levels_of_one, set_up),
               cmocka_unit_test_setup(test_environment, set_up),
               cmocka_unit_test_setup(test_stream, set_up),
               cmocka_unit_test_setup(test_lines, set_up),
               cmocka_unit_test_setup(test_errno_is_kept, set_up),
               cmocka_unit_test_setup(test_names, set_up),
               cmocka_unit_test_setup(test_redaction, set_up),
               cmocka_unit_test_setup(test_control_characters, set_up),
               cmocka_unit_test_setup(test_cut, set_up))
