/* SPDX-License-Identifier: Apache-2.0 */
/* --help out of the option tables. */
#include "base/str.h"
#include "tools/lib/opt.h"

#define WIDTH 100
#define COLUMN 30

const char *pail_opt_value_name(const struct pail_opt *o)
{
    if (o->value_name)
        return o->value_name;
    switch (o->kind) {
    case PAIL_OPT_FLAG:
        return NULL;
    case PAIL_OPT_U64:
        return "N";
    case PAIL_OPT_SIZE:
        return "SIZE";
    case PAIL_OPT_SECONDS:
        return "TIME";
    case PAIL_OPT_OCTAL:
        return "MODE";
    default:
        return "VALUE";
    }
}

/* Words of text from column `at` on, wrapped with that indentation. */
static void wrap(struct pail_buf *to, const char *text, size_t indent, size_t at)
{
    struct pail_str rest = pail_str(text), word;
    bool first = true;
    while (pail_str_split(&rest, ' ', &word)) {
        if (!first && at + 1 + word.len > WIDTH) {
            pail_buf_char(to, '\n');
            for (size_t i = 0; i < indent; i++)
                pail_buf_char(to, ' ');
            at = indent;
        } else if (!first) {
            pail_buf_char(to, ' ');
            at++;
        }
        pail_buf_str(to, word);
        at += word.len;
        first = false;
    }
    pail_buf_char(to, '\n');
}

static void choices(const struct pail_opt *o, struct pail_buf *to)
{
    for (size_t i = 0; o->choices && o->choices[i]; i++)
        pail_buf_fmt(to, "%s%s", i ? ", " : " (", o->choices[i]);
    if (o->choices)
        pail_buf_char(to, ')');
}

static void help_option(const struct pail_opt *o, bool in_list, struct pail_buf *to)
{
    size_t start = to->len;
    const char *value = pail_opt_value_name(o);
    pail_buf_z(to, "  ");
    if (o->letter)
        pail_buf_fmt(to, "-%c, ", o->letter);
    pail_buf_fmt(to, "%s%s", in_list ? "" : "--", o->name);
    if (value)
        pail_buf_fmt(to, "%s%s", in_list ? "=" : " ", value);
    size_t width = to->len - start;
    if (width + 2 > COLUMN) {
        pail_buf_char(to, '\n');
        width = 0;
    }
    for (; width < COLUMN; width++)
        pail_buf_char(to, ' ');
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(2048);
    pail_buf_z(&text, o->help);
    choices(o, &text);
    wrap(to, pail_buf_cstr(&text), COLUMN, COLUMN);
}

static void help_table(const struct pail_opt *table, bool in_list, struct pail_buf *to)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++) {
        if (o->kind == PAIL_OPT_HEADING)
            pail_buf_fmt(to, "\n%s\n", o->name);
        else
            help_option(o, in_list, to);
    }
}

static void paragraphs(const char *text, struct pail_buf *to)
{
    struct pail_str rest = pail_str(text);
    while (rest.len) {
        size_t end = pail_str_find_str(rest, PAIL_STR("\n\n"));
        struct pail_str one = end == SIZE_MAX ? rest : pail_str_sub(rest, 0, end);
        PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(8192);
        for (size_t i = 0; i < one.len; i++)
            pail_buf_char(&line, one.ptr[i] == '\n' ? ' ' : one.ptr[i]);
        pail_buf_char(to, '\n');
        wrap(to, pail_buf_cstr(&line), 0, 0);
        rest = end == SIZE_MAX ? pail_strn(NULL, 0) : pail_str_from(rest, end + 2);
    }
}

bool pail_opt_example(struct pail_str *rest, struct pail_str *ret_command,
                      struct pail_str *ret_what)
{
    static const char between[] = " | ";
    struct pail_str line;
    while (pail_str_split(rest, '\n', &line)) {
        /* The last one: the command may be a pipeline. */
        size_t at = pail_str_find_str(line, PAIL_STR(between)), next;
        if (at == SIZE_MAX)
            continue;
        while ((next = pail_str_find_str(pail_str_from(line, at + 1), PAIL_STR(between))) !=
               SIZE_MAX)
            at += 1 + next;
        *ret_command = pail_str_sub(line, 0, at);
        *ret_what = pail_str_from(line, at + sizeof(between) - 1);
        return true;
    }
    return false;
}

void pail_opt_help(const struct pail_command *c, struct pail_buf *to)
{
    pail_buf_fmt(to, "usage: pail %s [OPTIONS] %s\n\n%s.\n", c->name, c->usage, c->summary);
    if (c->description)
        paragraphs(c->description, to);
    if (c->options && c->options->kind != PAIL_OPT_END) {
        if (c->options->kind != PAIL_OPT_HEADING)
            pail_buf_z(to, "\nOptions\n");
        help_table(c->options, false, to);
    }
    if (c->mount_options) {
        pail_buf_z(to, "\nMount options: -o NAME[=VALUE],...\n");
        help_table(c->mount_options, true, to);
    }
    help_table(pail_common_options, false, to);
    if (c->examples)
        pail_buf_z(to, "\nExamples\n");
    struct pail_str rest = pail_str(c->examples), command, what;
    while (pail_opt_example(&rest, &command, &what))
        pail_buf_fmt(to, "  %.*s\n      %.*s\n", PAIL_STR_ARG(command), PAIL_STR_ARG(what));
}
