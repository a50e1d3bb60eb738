/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes for people; that nothing is drawn where nobody looks. */
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

PAIL_TEST_MAIN(cmocka_unit_test(test_human_sizes), cmocka_unit_test(test_no_terminal))
