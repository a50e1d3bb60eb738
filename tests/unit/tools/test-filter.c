/* SPDX-License-Identifier: Apache-2.0 */
/* --exclude and --include: the last match counts. */
#include "unit/test.h"

#include "tools/lib/filter.h"

static const struct pail_opt out = {.name = "exclude"}, in = {.name = "include"};

static void test_rules(void **state)
{
    struct pail_opt_words rules = {0};

    assert_true(pail_filter_takes(&rules, "a"));
    rules = (struct pail_opt_words){.n = 3,
                                    .words = {{&out, "*"}, {&in, "*.txt"}, {&out, "private/*"}}};
    assert_true(pail_filter_takes(&rules, "a.txt"));
    assert_true(pail_filter_takes(&rules, "deep/er/a.txt")); /* '*' matches '/' */
    assert_true(pail_filter_takes(&rules, ".hidden.txt"));
    assert_false(pail_filter_takes(&rules, "a.log"));
    assert_false(pail_filter_takes(&rules, "private/a.txt"));
    rules = (struct pail_opt_words){.n = 1, .words = {{&out, "[!a]?\\*"}}};
    assert_false(pail_filter_takes(&rules, "bx\\y")); /* no escapes, as Python's fnmatch */
    assert_true(pail_filter_takes(&rules, "ax\\y"));
}

PAIL_TEST_MAIN(cmocka_unit_test(test_rules))
