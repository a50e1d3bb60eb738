/* SPDX-License-Identifier: Apache-2.0 */
/* The option parser on a table of its own: every kind, every way to write it, every mistake. */
#include "unit/test.h"

#include "base/clock.h"
#include "tools/lib/opt.h"

static const char *const colours[] = {"red", "green", NULL};

struct options {
    struct pail_common common;
    bool flag, other;
    const char *text;
    uint64_t number, size;
    int64_t time_ns;
    uint32_t mode;
    int colour;
    bool ro;
};
#define AT(field) offsetof(struct options, field)
static const struct pail_opt table[] = {
    {PAIL_OPT_HEADING, 0, "Heading", NULL, NULL, 0, NULL},
    {PAIL_OPT_FLAG, 'f', "flag", NULL, "A flag", AT(flag), NULL},
    {PAIL_OPT_FLAG, 'g', "other", NULL, "Another flag", AT(other), NULL},
    {PAIL_OPT_STRING, 't', "text", "WORDS", "Some text", AT(text), NULL},
    {PAIL_OPT_U64, 'n', "number", NULL, "A number", AT(number), NULL},
    {PAIL_OPT_SIZE, 0, "size", NULL, "A size", AT(size), NULL},
    {PAIL_OPT_SECONDS, 0, "time", NULL, "A time", AT(time_ns), NULL},
    {PAIL_OPT_OCTAL, 0, "mode", NULL, "A mode", AT(mode), NULL},
    {PAIL_OPT_CHOICE, 'c', "colour", NULL, "A choice", AT(colour), colours},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};
static const struct pail_opt words[] = {
    {PAIL_OPT_FLAG, 0, "ro", NULL, "Read-only", AT(ro), NULL},
    {PAIL_OPT_SIZE, 0, "size", NULL, "A size", AT(size), NULL},
    {PAIL_OPT_OCTAL, 0, "umask", NULL, "A mode", AT(mode), NULL},
    {PAIL_OPT_STRING, 0, "text", NULL, "Some text", AT(text), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};
static const struct pail_command command = {
    .name = "test",
    .summary = "Test <things> of_all *kinds*",
    .usage = "THING...",
    .description = "One paragraph.\n\nAnother one.",
    .examples = "pail test a | One\npail test b | pail test - | A pipeline\nno example\n",
    .options = table,
    .mount_options = words,
    .options_size = sizeof(struct options),
    .complete = "dir",
};
static const struct pail_command plain = {
    .name = "plain", .options = table, .options_size = sizeof(struct options)};

/* The command line, in memory that may be written. */
struct line {
    char text[512];
    char *argv[32];
    int argc, operands;
    struct options o;
    struct pail_error err;
};

static int parse_for(const struct pail_command *c, struct line *l, const char *const *args)
{
    char *at = l->text;
    memset(&l->o, 0, sizeof(l->o));
    l->err = (struct pail_error)PAIL_ERROR_INIT;
    l->argv[0] = (char *)(uintptr_t) "test";
    l->argc = 1;
    l->operands = -1;
    for (; *args; args++) {
        size_t n = strlen(*args) + 1;
        memcpy(at, *args, n);
        l->argv[l->argc++] = at;
        at += n;
    }
    l->argv[l->argc] = NULL;
    return pail_opt_parse(c, &l->o, l->argc, l->argv, &l->operands, &l->err);
}
#define parse(l, ...) parse_for(&command, (l), (const char *const[]){__VA_ARGS__, NULL})
#define assert_operands(l, ...)                                                                    \
    check_operands((l), (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define assert_refused(l, text, ...)                                                               \
    do {                                                                                           \
        assert_code(parse((l), __VA_ARGS__), PAIL_E_INVALID);                                      \
        assert_string_equal((l)->err.message, (text));                                             \
        assert_int_equal((l)->err.domain, PAIL_D_USAGE);                                           \
    } while (0)

static void check_operands(const struct line *l, const char *const *expected, const char *file,
                           int line)
{
    int n = 0;
    for (; expected[n]; n++)
        if (n + 1 >= l->operands || strcmp(l->argv[n + 1], expected[n]) != 0) {
            print_error("operand %d is not \"%s\"\n", n, expected[n]);
            _fail(file, line);
        }
    if (n + 1 != l->operands)
        _fail(file, line);
}

static void test_kinds(void **state)
{
    struct line l;
    assert_ok(parse(&l, "--flag", "--text", "a b", "--number", "18446744073709551615", "--size",
                    "2K", "--time", "1.5", "--mode", "0755", "--colour", "green"),
              &l.err);
    assert_true(l.o.flag);
    assert_false(l.o.other);
    assert_string_equal(l.o.text, "a b");
    assert_int_equal(l.o.number, UINT64_MAX);
    assert_int_equal(l.o.size, 2048);
    assert_int_equal(l.o.time_ns, 1500 * PAIL_NS_PER_MS);
    assert_int_equal(l.o.mode, 0755);
    assert_int_equal(l.o.colour, 1);
    assert_int_equal(l.operands, 1);
}

static void test_ways_to_write(void **state)
{
    struct line l;
    assert_ok(parse(&l, "--text=a=b", "--number=7", "--text="), &l.err);
    assert_string_equal(l.o.text, "");
    assert_int_equal(l.o.number, 7);
    assert_ok(parse(&l, "-fgn3"), &l.err);
    assert_true(l.o.flag && l.o.other);
    assert_int_equal(l.o.number, 3);
    assert_ok(parse(&l, "-n", "4", "-tfg", "-c", "red"), &l.err);
    assert_int_equal(l.o.number, 4);
    assert_string_equal(l.o.text, "fg");
    assert_false(l.o.flag);
    /* A value may look like an option; the last one of several counts. */
    assert_ok(parse(&l, "--text", "--flag", "--number", "1", "--number", "2"), &l.err);
    assert_string_equal(l.o.text, "--flag");
    assert_false(l.o.flag);
    assert_int_equal(l.o.number, 2);
    /* Common ones. */
    assert_ok(parse(&l, "--region", "r", "-q", "--cli-read-timeout=2s", "-h"), &l.err);
    assert_string_equal(l.o.common.region, "r");
    assert_true(l.o.common.quiet && l.o.common.help);
    assert_int_equal(l.o.common.read_timeout_ns, 2 * PAIL_NS_PER_S);
}

static void test_operands(void **state)
{
    struct line l;
    assert_ok(parse(&l, "a", "--flag", "b", "-n", "1", "", "-"), &l.err);
    assert_operands(&l, "a", "b", "", "-");
    assert_ok(parse(&l, "a", "--", "--flag", "-x", "--"), &l.err);
    assert_operands(&l, "a", "--flag", "-x", "--");
    assert_false(l.o.flag);
    assert_ok(parse(&l, "--"), &l.err);
    assert_int_equal(l.operands, 1);
    assert_ok(parse_for(&command, &l, (const char *const[]){NULL}), &l.err);
    assert_int_equal(l.operands, 1);
}

static void test_mistakes(void **state)
{
    struct line l;
    assert_refused(&l, "--fla: unknown option", "--fla");
    assert_refused(&l, "--Heading: unknown option", "--Heading");
    assert_refused(&l, "--flags: unknown option", "--flags=1");
    assert_refused(&l, "-x: unknown option", "-fx");
    assert_refused(&l, "--flag takes no value", "--flag=yes");
    assert_refused(&l, "--text needs a value", "--text");
    assert_refused(&l, "-n needs a value", "-fn");
    assert_refused(&l, "--number: \"-1\" is not a number", "--number", "-1");
    assert_refused(&l, "--number: \"18446744073709551616\" is not a number",
                   "--number=18446744073709551616");
    assert_refused(&l, "-n: \"x\" is not a number", "-nx");
    assert_refused(&l, "--size: \"1.5G\" is not a size like 512M", "--size", "1.5G");
    assert_refused(&l, "--time: \"soon\" is not a time like 60, 1.5s or 10m", "--time", "soon");
    assert_refused(&l, "--mode: \"9\" is not an octal mode like 022", "--mode", "9");
    assert_refused(&l, "--mode: \"10000\" is not an octal mode like 022", "--mode", "10000");
    assert_refused(&l, "--mode: \"\" is not an octal mode like 022", "--mode", "");
    assert_refused(&l, "--colour: \"blue\" is not one of red, green", "--colour", "blue");
    assert_refused(&l, "--colour: \"\" is not one of red, green", "--colour=");
}

static void test_mount_lists(void **state)
{
    struct line l;
    assert_ok(parse(&l, "-o", "ro,size=1M,umask=027", "dir"), &l.err);
    assert_true(l.o.ro);
    assert_int_equal(l.o.size, 1 << 20);
    assert_int_equal(l.o.mode, 027);
    assert_operands(&l, "dir");
    assert_ok(parse(&l, "-osize=2K,text=a=b", "-o", "text=last"), &l.err);
    assert_int_equal(l.o.size, 2048);
    assert_string_equal(l.o.text, "last");
    /* In the middle of a list a value ends where it does. */
    assert_ok(parse(&l, "-fo", "text=one,ro"), &l.err);
    assert_string_equal(l.o.text, "one");
    assert_true(l.o.flag && l.o.ro);
    /* Each word is a long option too, where the command has none of that name. */
    assert_ok(parse(&l, "--ro", "--umask=070", "--size", "1", "dir"), &l.err);
    assert_true(l.o.ro);
    assert_int_equal(l.o.mode, 070);
    assert_operands(&l, "dir");
    assert_refused(&l, "--ro takes no value", "--ro=1");
    /* For other programs: passed over. */
    assert_ok(parse(&l, "-o", "x-systemd.automount,,ro,X-x=1,comment=it,"), &l.err);
    assert_true(l.o.ro);
    assert_refused(&l, "-o flag: unknown mount option", "-o", "flag");
    assert_refused(&l, "-o ro takes no value", "-o", "ro=1");
    assert_refused(&l, "-o size needs a value", "-o", "ro,size");
    assert_refused(&l, "-o size needs a value", "-o", "size=,ro");
    assert_refused(&l, "-o size: \"x\" is not a size like 512M", "-o", "size=x,ro");
    assert_refused(&l, "-o needs a list of options", "-o");
    assert_code(parse_for(&plain, &l, (const char *const[]){"-o", "ro", NULL}), PAIL_E_INVALID);
    assert_string_equal(l.err.message, "-o: unknown option");
}

static void test_rest_of_a_list(void **state)
{
    char list[] = "ro,fsname=x,size=1K,max_read=1";
    struct options o = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf rest = PAIL_BUF_INIT(256);
    assert_ok(pail_opt_parse_list(words, &o, list, &rest, &err), &err);
    assert_true(o.ro);
    assert_int_equal(o.size, 1024);
    assert_str(pail_buf_view(&rest), "fsname=x,max_read=1");
    pail_buf_done(&rest);
}

/* ---- What is written from the tables ---- */

static void test_help(void **state)
{
    struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    pail_opt_help(&command, &text);
    const char *z = pail_buf_cstr(&text);
    assert_non_null(strstr(z, "usage: pail test [OPTIONS] THING...\n"));
    assert_non_null(strstr(z, "One paragraph.\n\nAnother one.\n"));
    assert_non_null(strstr(z, "\nHeading\n  -f, --flag                  A flag\n"));
    assert_non_null(strstr(z, "  --size SIZE                 A size\n"));
    assert_non_null(strstr(z, "  -c, --colour VALUE          A choice (red, green)\n"));
    assert_non_null(strstr(z, "  umask=MODE                  A mode\n"));
    assert_non_null(strstr(z, "\nCommon options\n"));
    assert_non_null(strstr(z, "  pail test b | pail test -\n      A pipeline\n"));
    assert_null(strstr(z, "no example"));
    struct pail_str rest = pail_buf_view(&text), line;
    while (pail_str_split(&rest, '\n', &line))
        assert_in_range(line.len, 0, 100);
    pail_buf_done(&text);
}

static void test_man(void **state)
{
    struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    pail_opt_man(&command, &text);
    const char *z = pail_buf_cstr(&text);
    assert_int_equal(strncmp(z, "pail-test(1)\n", 13), 0);
    assert_non_null(strstr(z, "pail-test - Test \\<things\\> of\\_all \\*kinds\\*\n"));
    assert_non_null(strstr(z, "*-f*, *--flag*\n\tA flag.\n"));
    assert_non_null(strstr(z, "*-t*, *--text* _WORDS_\n"));
    assert_non_null(strstr(z, "*umask*=_MODE_\n"));
    assert_non_null(strstr(z, "\tA choice: red, green.\n"));
    assert_non_null(strstr(z, "A pipeline:\n\n```\npail test b | pail test -\n```\n"));
    pail_buf_done(&text);
}

static void test_completion(void **state)
{
    static const struct pail_command *const all[] = {&command, &plain, NULL};
    struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    pail_opt_complete_bash(all, &text);
    const char *z = pail_buf_cstr(&text);
    assert_non_null(strstr(z, "\"test plain --help --version\""));
    assert_non_null(strstr(z, "    test) operands=dir\n"));
    assert_non_null(strstr(z, " --colour:red,green "));
    assert_non_null(strstr(z, "words=\" ro size= umask= text=\""));
    assert_non_null(strstr(z, "    plain) operands=none\n"));
    pail_buf_done(&text);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_kinds), cmocka_unit_test(test_ways_to_write),
               cmocka_unit_test(test_operands), cmocka_unit_test(test_mistakes),
               cmocka_unit_test(test_mount_lists), cmocka_unit_test(test_rest_of_a_list),
               cmocka_unit_test(test_help), cmocka_unit_test(test_man),
               cmocka_unit_test(test_completion))
