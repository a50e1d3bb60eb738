/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"

#include "tools/service/argparse.h"

static const char *const colors[] = {"red", "green", NULL};

/* What came of a line: "name=value ..." for what was given, "| rest", or "! message". */
static void read_line(const char *line, struct pail_buf *to)
{
    struct pail_arg args[] = {
        {.name = "--name", .take = PAIL_ARG_ONE, .required = true},
        {.name = "--names", .take = PAIL_ARG_LIST},
        {.name = "--flag", .take = PAIL_ARG_NONE},
        {.name = "--color", .take = PAIL_ARG_ONE, .choices = colors},
        {.name = "--maybe", .take = PAIL_ARG_MAYBE},
        {.name = "outfile", .take = PAIL_ARG_POSITIONAL},
        {.name = "help", .take = PAIL_ARG_OPTIONAL},
    };
    char copy[256];
    const char *argv[32], *rest[32], *scratch[32];
    size_t argc = 0, n_rest = 0;
    snprintf(copy, sizeof(copy), "%s", line);
    for (char *p = copy, *word; (word = p) && *p; argv[argc++] = word) {
        p = strchr(p, '~'); /* between words, which may have blanks */
        if (p)
            *p++ = '\0';
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    if (pail_argparse(args, PAIL_ARRAY_LEN(args), argv, argc, rest, &n_rest, scratch, &text)) {
        pail_buf_fmt(to, "! %s", pail_buf_cstr(&text));
        return;
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(args); i++) {
        if (!args[i].given)
            continue;
        pail_buf_fmt(to, "%s=%s", args[i].name, args[i].value ? args[i].value : "");
        for (size_t k = 0; k < args[i].n_values; k++)
            pail_buf_fmt(to, "%s,", args[i].values[k]);
        pail_buf_char(to, ' ');
    }
    for (size_t i = 0; i < n_rest; i++)
        pail_buf_fmt(to, "| %s ", rest[i]);
}

static void test_lines(void **state)
{
    static const struct {
        const char *line, *result;
    } rows[] = {
        {"--name~a~out", "--name=a outfile=out "},
        {"out~--name=a", "--name=a outfile=out "},
        {"--name==a=b=~out", "--name==a=b= outfile=out "},
        {"--na~a~out", "! ambiguous option: --na could match --name, --names"},
        {"--fl~--name~a~out", "--name=a --flag= outfile=out "},
        {"--name~-5~out", "--name=-5 outfile=out "},
        {"--name~-x y~out", "--name=-x y outfile=out "},
        {"--name~--flag~out", "! argument --name: expected one argument"},
        {"--name~--~out", "! argument --name: expected one argument"},
        {"--name", "! argument --name: expected one argument"},
        {"out", "! the following arguments are required: --name"},
        {"--flag", "! the following arguments are required: --name, outfile"},
        {"--flag=1~--name~a~out", "! argument --flag: ignored explicit argument '1'"},
        {"out~--name~a~--names~x~y~z", "--name=a --names=x,y,z, outfile=out "},
        {"out~--names~--name~a", "--name=a --names= outfile=out "},
        {"out~--name~a~--maybe", "--name=a --maybe= outfile=out "},
        {"out~--name~a~--maybe~b", "--name=a --maybe=b outfile=out "},
        {"--name~a~--name~b~out", "--name=b outfile=out "},
        {"--name~a~--frob~yes~out", "--name=a outfile=yes help=out | --frob "},
        {"--name~a~out~more~and~more", "--name=a outfile=out help=more | and | more "},
        {"--name~a~--~out", "--name=a outfile=out "},
        {"--color~red~--name~a~o", "--name=a --color=red outfile=o "},
        {"--color~rad~--name~a~o", "! argument --color: Found invalid choice 'rad'\n"},
        {"--color~gren~--name~a~o",
         "! argument --color: Found invalid choice 'gren'\n\nMaybe you meant:\n\n  * green"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
        read_line(rows[i].line, &out);
        if (strcmp(pail_buf_cstr(&out), rows[i].result) != 0) {
            print_error("%s\n  gives    %s\n  expected %s\n", rows[i].line, pail_buf_cstr(&out),
                        rows[i].result);
            fail();
        }
    }
}

static const char *operation(const void *ud, size_t i)
{
    static const char *const names[] = {"describe-instances",
                                        "describe-instance-status",
                                        "describe-instance-types",
                                        "describe-images",
                                        "describe-instance-credits",
                                        "run-instances",
                                        "zzz"};
    return i < PAIL_ARRAY_LEN(names) ? names[i] : NULL;
}

static void test_close_matches(void **state)
{
    const char *near[3];
    assert_int_equal(pail_close_matches("describe-instancse", operation, NULL, 0.8, near), 3);
    assert_string_equal(near[0], "describe-instances");
    assert_string_equal(near[1], "describe-instance-types");
    assert_string_equal(near[2], "describe-instance-status");
    assert_int_equal(pail_close_matches("list-keys", operation, NULL, 0.8, near), 0);
    assert_int_equal(pail_close_matches("zzz", operation, NULL, 0.8, near), 1);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_lines), cmocka_unit_test(test_close_matches))
