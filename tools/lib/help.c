/* SPDX-License-Identifier: Apache-2.0 */
/* Help, manual page and completion out of the option tables. */
#include <string.h>

#include "base/str.h"
#include "lib/opt.h"

#define WIDTH 100
#define COLUMN 30

static const char *value_of(const struct pail_opt *o)
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
    const char *value = value_of(o);
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
    struct pail_str rest = pail_str(c->examples), line;
    while (pail_str_split(&rest, '\n', &line)) {
        size_t bar = pail_str_find_str(line, PAIL_STR(" | "));
        if (bar == SIZE_MAX)
            continue;
        pail_buf_fmt(to, "  %.*s\n      %.*s\n", PAIL_STR_ARG(pail_str_sub(line, 0, bar)),
                     PAIL_STR_ARG(pail_str_from(line, bar + 3)));
    }
}

/* ---- scdoc
 * -------------------------------------------------------------------------------------------------------
 */

static void man_text(struct pail_buf *to, struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (strchr("_*\\#<>", s.ptr[i]) && s.ptr[i])
            pail_buf_char(to, '\\');
        pail_buf_char(to, s.ptr[i]);
    }
}

static void man_table(const struct pail_opt *table, bool in_list, struct pail_buf *to)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++) {
        if (o->kind == PAIL_OPT_HEADING)
            continue;
        pail_buf_z(to, "*");
        if (o->letter)
            pail_buf_fmt(to, "-%c*, *", o->letter);
        if (!in_list)
            pail_buf_z(to, "--");
        man_text(to, pail_str(o->name));
        pail_buf_z(to, "*");
        if (value_of(o)) {
            pail_buf_z(to, in_list ? "=_" : " _");
            man_text(to, pail_str(value_of(o)));
            pail_buf_z(to, "_");
        }
        pail_buf_z(to, "\n\t");
        man_text(to, pail_str(o->help));
        for (size_t i = 0; o->choices && o->choices[i]; i++)
            pail_buf_fmt(to, "%s%s", i ? ", " : ": ", o->choices[i]);
        pail_buf_z(to, ".\n\n");
    }
}

void pail_opt_man(const struct pail_command *c, struct pail_buf *to)
{
    pail_buf_fmt(to, "pail-%s(1)\n\n# NAME\n\npail-%s - ", c->name, c->name);
    man_text(to, pail_str(c->summary));
    pail_buf_fmt(to, "\n\n# SYNOPSIS\n\n*pail %s* [_options_] ", c->name);
    man_text(to, pail_str(c->usage));
    pail_buf_z(to, "\n\n# DESCRIPTION\n\n");
    man_text(to, pail_str(c->description ? c->description : c->summary));
    if (!c->description)
        pail_buf_char(to, '.');
    pail_buf_z(to, "\n\n# OPTIONS\n\n");
    man_table(c->options, false, to);
    man_table(pail_common_options, false, to);
    if (c->mount_options) {
        pail_buf_z(to, "# MOUNT OPTIONS\n\n");
        man_table(c->mount_options, true, to);
    }
    if (c->examples)
        pail_buf_z(to, "# EXAMPLES\n\n");
    struct pail_str rest = pail_str(c->examples), line;
    while (pail_str_split(&rest, '\n', &line)) {
        size_t bar = pail_str_find_str(line, PAIL_STR(" | "));
        if (bar == SIZE_MAX)
            continue;
        man_text(to, pail_str_from(line, bar + 3));
        pail_buf_z(to, ":\n\n```\n");
        pail_buf_str(to, pail_str_sub(line, 0, bar));
        pail_buf_z(to, "\n```\n\n");
    }
    pail_buf_z(to, "# EXIT STATUS\n\n0 done; 1 some of several transfers failed; 252 bad usage; "
                   "253 configuration or credentials; 254 the service "
                   "refused; 255 any other error.\n\n# SEE ALSO\n\n*pail*(1)\n");
}

/* ---- Completion
 * ---------------------------------------------------------------------------------------------------
 */

static void option_words(const struct pail_opt *table, bool in_list, struct pail_buf *to)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++)
        if (o->kind != PAIL_OPT_HEADING)
            pail_buf_fmt(to, " %s%s%s", in_list ? "" : "--", o->name,
                         in_list && value_of(o) ? "=" : "");
}

void pail_opt_complete_bash(const struct pail_command *const *commands, struct pail_buf *to)
{
    pail_buf_z(to,
               "# bash completion for pail; made from its option tables\n_pail() {\n    local cur "
               "prev words cword options operands=file "
               "mount=\n    cur=${COMP_WORDS[COMP_CWORD]}\n    prev=${COMP_WORDS[COMP_CWORD-1]}\n"
               "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; commands[i]; i++)
        pail_buf_fmt(to, "%s%s", i ? " " : "", commands[i]->name);
    pail_buf_z(to, " --help --version\" -- \"$cur\"))\n        return\n    fi\n    case "
                   "${COMP_WORDS[1]} in\n");
    for (size_t i = 0; commands[i]; i++) {
        pail_buf_fmt(to, "    %s) operands=%s options=\"", commands[i]->name,
                     commands[i]->complete ? commands[i]->complete : "none");
        option_words(commands[i]->options, false, to);
        option_words(pail_common_options, false, to);
        pail_buf_z(to, "\"");
        if (commands[i]->mount_options) {
            pail_buf_z(to, " mount=\"");
            option_words(commands[i]->mount_options, true, to);
            pail_buf_z(to, "\"");
        }
        pail_buf_z(to, " ;;\n");
    }
    pail_buf_z(to, "    *) return ;;\n    esac\n"
                   "    if [ \"$prev\" = -o ] && [ -n \"$mount\" ]; then\n"
                   "        compopt -o nospace\n        COMPREPLY=($(compgen -W \"$mount\" -- "
                   "\"$cur\"))\n        return\n    fi\n"
                   "    case $cur in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")); "
                   "return ;;\n    esac\n"
                   "    case $operands in\n    dir) COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n    "
                   "file) COMPREPLY=($(compgen -f -- "
                   "\"$cur\")) ;;\n    s3) COMPREPLY=($(compgen -W \"$(pail ls --quiet 2>/dev/null "
                   "| sed 's/.* //; s,^,s3://,')\" -- "
                   "\"$cur\")) ;;\n    esac\n}\ncomplete -F _pail pail\n");
}
