/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From "pail iam rotate-key" to what runs. A command's name is its words: "ses template put" has
 * one more, which is the first operand. The options that may stand anywhere on the line were taken
 * out of it before, as for operations; what is left is read by the command's own table.
 */
#include "tools/curated/curated.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/str.h"
#include "tools/curated/flow.h"

const struct pail_command_group *const pail_curated_groups[] = {
    &pail_curated_iam,
    &pail_curated_ec2,
    &pail_curated_ses,
    NULL,
};

const struct pail_command_group *pail_curated_group(const char *service)
{
    for (size_t i = 0; pail_curated_groups[i]; i++)
        if (strcmp(pail_curated_groups[i]->name, service) == 0)
            return pail_curated_groups[i];
    return NULL;
}

/* The n-th word of a command's name; ptr NULL: it has fewer. */
static struct pail_str word_of(const struct pail_command *c, unsigned n)
{
    struct pail_str rest = pail_str(c->name), word = {NULL, 0};
    for (unsigned i = 0; i <= n; i++)
        if (!pail_str_split(&rest, ' ', &word))
            return pail_strn(NULL, 0);
    return word;
}

bool pail_curated_has(const char *service, const char *verb)
{
    const struct pail_command_group *g = pail_curated_group(service);
    for (size_t i = 0; g && g->commands[i]; i++)
        if (pail_str_eqz(word_of(g->commands[i], 1), verb))
            return true;
    return false;
}

const char *pail_curated_verb_at(const char *service, size_t i)
{
    const struct pail_command_group *g = pail_curated_group(service);
    const struct pail_command *first = NULL;
    for (size_t k = 0; g && g->commands[k]; k++) {
        struct pail_str word = word_of(g->commands[k], 1);
        bool again = first && pail_str_cmp(word, word_of(first, 1)) == 0;
        if (!again && i-- == 0)
            return g->commands[k]->name + strlen(service) + 1;
        first = g->commands[k];
    }
    return NULL;
}

static const struct pail_command *find(const struct pail_command_group *g, const char *verb,
                                       const char *next)
{
    for (size_t i = 0; g->commands[i]; i++) {
        struct pail_str second = word_of(g->commands[i], 2);
        if (pail_str_eqz(word_of(g->commands[i], 1), verb) &&
            (!second.ptr || (next && pail_str_eqz(second, next))))
            return g->commands[i];
    }
    return NULL;
}

/* "pail ses template": which ones there are. */
static int incomplete(const struct pail_command_group *g, const char *verb, bool asked)
{
    FILE *to = asked ? stdout : stderr;
    fprintf(to, "usage: pail %s %s COMMAND [OPTIONS] ...\n\n", g->name, verb);
    for (size_t i = 0; g->commands[i]; i++)
        if (pail_str_eqz(word_of(g->commands[i], 1), verb))
            fprintf(to, "  %-22s %s\n", g->commands[i]->name, g->commands[i]->summary);
    return asked ? 0 : PAIL_EXIT_USAGE;
}

static int show_help(struct pail_cli *cli, const struct pail_command *c)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(256 << 10);
    struct pail_error err = PAIL_ERROR_INIT;
    pail_opt_help(c, &text);
    if (pail_buf_check(&text, "help", &err))
        return pail_cli_error(cli, &err);
    fputs(pail_buf_cstr(&text), stdout);
    return 0;
}

static int run(struct pail_cli *cli, const char *service, const struct pail_command *c,
               const struct pail_words *words)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_AUTOFREE struct pail_flow *f = pail_zalloc(c->options_size);
    PAIL_AUTOFREE char **argv = pail_calloc(words->n + 2, sizeof(*argv));
    int argc = (int)words->n + 1;
    if (!f || !argv)
        return pail_cli_nomem(cli);
    /* The parser orders the words and changes none. */
    argv[0] = (char *)(uintptr_t)c->name;
    for (size_t i = 0; i < words->n; i++)
        argv[i + 1] = (char *)(uintptr_t)words->v[i];
    if (c->init)
        c->init(f);
    if (pail_opt_parse(c, f, argc, argv, &argc, &err))
        return pail_misuse(c->name, "%s", err.message);
    if (f->common.help || (argc == 2 && strcmp(argv[1], "help") == 0))
        return show_help(cli, c);
    f->cli = cli;
    f->vs = cli->vs;
    f->service = service;
    f->name = c->name;
    int code = c->run(f, argc - 1, argv + 1);
    pail_flow_done(f);
    return code ? code : f->code;
}

int pail_curated_run(struct pail_cli *cli, const char *service, const char *verb,
                     const struct pail_words *words)
{
    const struct pail_command_group *g = pail_curated_group(service);
    const char *next = words->n ? words->v[0] : NULL;
    const struct pail_command *c = find(g, verb, next);
    struct pail_words rest = *words;
    if (!c)
        return incomplete(g, verb,
                          next && (strcmp(next, "help") == 0 || strcmp(next, "--help") == 0 ||
                                   strcmp(next, "-h") == 0));
    if (word_of(c, 2).ptr) {
        rest.v++;
        rest.n--;
    }
    return run(cli, service, c, &rest);
}
