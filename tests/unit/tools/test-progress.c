/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes for people; that nothing is drawn where nobody looks; the AWS CLI's line. */
#include "unit/test.h"

#include <unistd.h>

#include "tools/lib/progress.h"

static void test_human_sizes(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {
        {0, "0 Bytes"},
        {1, "1 Byte"},
        {2, "2 Bytes"},
        {1023, "1023 Bytes"},
        {1024, "1.0 KiB"},
        {1536, "1.5 KiB"},
        {1048063, "1023.5 KiB"}, /* 1023.499: shown rounded, but not yet a MiB */
        {1048064, "1.0 MiB"},    /* 1023.5 KiB */
        {1048576, "1.0 MiB"},
        {UINT64_C(5) << 30, "5.0 GiB"},
        {UINT64_C(5) << 40, "5.0 TiB"},
        {UINT64_C(3) << 50, "3.0 PiB"},
        {UINT64_MAX, "16.0 EiB"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        char text[32];
        assert_string_equal(pail_human_size(cases[i].n, text), cases[i].text);
    }
}

static void test_no_terminal(void **state)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    int before = dup(STDERR_FILENO);
    assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
    struct pail_progress *p = pail_progress_new(true, NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    close(fds[0]);
    close(fds[1]);
    assert_null(p);
    assert_null(pail_progress_new(false, NULL));
    pail_progress_expect(p, 1, 1);
    pail_progress_bytes(p, 1);
    pail_progress_file(p);
    pail_progress_free(p);
}

static const struct pail_progress_style as_aws = {.as_aws = true};

/* What is printed on standard output from here to printed(). */
static int saved_stdout, into[2];

static void begin_printing(void)
{
    fflush(stdout);
    assert_int_equal(pipe(into), 0);
    saved_stdout = dup(STDOUT_FILENO);
    assert_int_equal(dup2(into[1], STDOUT_FILENO), STDOUT_FILENO);
}

static void printed(const char *text)
{
    char got[4096] = "";
    fflush(stdout);
    dup2(saved_stdout, STDOUT_FILENO);
    close(saved_stdout);
    close(into[1]);
    assert_true(read(into[0], got, sizeof(got) - 1) >= 0);
    close(into[0]);
    assert_string_equal(got, text);
}

/* A file that is deleted here, before it is known that it is the only one. */
static void test_imitated_deletion(void **state)
{
    begin_printing();
    struct pail_progress *p = pail_progress_new(true, &as_aws);
    pail_progress_expect(p, 0, 1);
    pail_progress_file(p);
    pail_progress_print(p, stdout, PAIL_STR("delete: a\n"), true);
    pail_progress_final(p);
    pail_progress_free(p);
    printed("delete: a\n"
            "Completed 1 file(s) with ~0 file(s) remaining (calculating...)\r"
            "                                                              \n");
}

/* Two uploads of known sizes: the line is overwritten, and gone after the last. No byte is counted:
 * rates depend on the time. */
static void test_imitated_uploads(void **state)
{
    begin_printing();
    struct pail_progress *p = pail_progress_new(true, &as_aws);
    pail_progress_expect(p, 1, 1);
    pail_progress_expect(p, 3000, 1);
    pail_progress_final(p);
    pail_progress_file(p);
    pail_progress_print(p, stdout, PAIL_STR("upload: a to s3://b/a\n"), false);
    pail_progress_file(p);
    pail_progress_print(p, stdout, PAIL_STR("upload: b to s3://b/b\n"), false);
    pail_progress_free(p);
    printed("upload: a to s3://b/a\n"
            "Completed 0 Bytes/2.9 KiB (0 Bytes/s) with 1 file(s) remaining\r"
            "upload: b to s3://b/b                                         \n");
}

static void test_imitated_lines(void **state)
{
    struct pail_progress_style style = {.lines = true, .as_aws = true};
    begin_printing();
    struct pail_progress *p = pail_progress_new(true, &style);
    pail_progress_expect(p, 0, 3);
    pail_progress_file(p);
    pail_progress_print(p, stdout, PAIL_STR("delete: a\n"), false);
    pail_progress_final(p);
    pail_progress_free(p);
    printed("delete: a\n"
            "Completed 1 file(s) with ~2 file(s) remaining (calculating...)\n");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_human_sizes), cmocka_unit_test(test_no_terminal),
               cmocka_unit_test(test_imitated_deletion), cmocka_unit_test(test_imitated_uploads),
               cmocka_unit_test(test_imitated_lines))
