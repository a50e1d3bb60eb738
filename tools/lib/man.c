/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages, as scdoc(5) source, out of the option tables. */
#include <string.h>

#include "base/str.h"
#include "tools/lib/opt.h"

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
        if (pail_opt_value_name(o)) {
            pail_buf_z(to, in_list ? "=_" : " _");
            man_text(to, pail_str(pail_opt_value_name(o)));
            pail_buf_z(to, "_");
        }
        pail_buf_z(to, "\n\t");
        man_text(to, pail_str(o->help));
        for (size_t i = 0; o->choices && o->choices[i]; i++)
            pail_buf_fmt(to, "%s%s", i ? ", " : ": ", o->choices[i]);
        pail_buf_z(to, ".\n\n");
    }
}

static void man_examples(const struct pail_command *c, struct pail_buf *to)
{
    struct pail_str rest = pail_str(c->examples), command, what;
    while (pail_opt_example(&rest, &command, &what)) {
        man_text(to, what);
        pail_buf_z(to, ":\n\n```\n");
        pail_buf_str(to, command);
        pail_buf_z(to, "\n```\n\n");
    }
}

static const char exit_status[] =
    "# EXIT STATUS\n\n0 done; 1 some of it failed, or nothing was found (ls); 252 bad "
    "usage; 253 configuration or credentials; 254 the service refused; 255 any other "
    "error; 128 and the signal's number after an interrupt.\n\n# SEE ALSO\n\n*pail*(1)\n";

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
    man_examples(c, to);
    pail_buf_z(to, exit_status);
}

static void man_of_group(const struct pail_command *c, struct pail_buf *to)
{
    pail_buf_fmt(to, "## pail %s ", c->name);
    man_text(to, pail_str(c->usage));
    pail_buf_z(to, "\n\n");
    man_text(to, pail_str(c->description ? c->description : c->summary));
    pail_buf_z(to, c->description ? "\n\n" : ".\n\n");
    man_table(c->options, false, to);
    man_examples(c, to);
}

void pail_opt_man_group(const struct pail_command_group *g, struct pail_buf *to)
{
    pail_buf_fmt(to, "pail-%s(1)\n\n# NAME\n\npail-%s - ", g->name, g->name);
    man_text(to, pail_str(g->summary));
    pail_buf_fmt(to,
                 "\n\n# SYNOPSIS\n\n*pail %s* _command_ [_options_] [_operands_]\n\n*pail %s* "
                 "_command_ *--help*\n\n# DESCRIPTION\n\n",
                 g->name, g->name);
    man_text(to, pail_str(g->description));
    pail_buf_z(to, "\n\n# COMMANDS\n\n");
    for (size_t i = 0; g->commands[i]; i++)
        man_of_group(g->commands[i], to);
    pail_buf_z(to, "# COMMON OPTIONS\n\n");
    man_table(pail_common_options, false, to);
    pail_buf_z(to, exit_status);
}
