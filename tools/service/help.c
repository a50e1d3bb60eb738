/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "help": what there is, a service's operations, an operation's options, with the models'
 * documentation beside them.
 */
#include <stdio.h>

#include "base/str.h"
#include "model/docs.h"
#include "tools/cmd.h"
#include "tools/curated/curated.h"
#include "tools/service/commands.h"
#include "tools/service/help.h"
#include "tools/service/prose.h"
#include "tools/service/run.h"

#define WIDTH 78
#define TEXT_MAX ((size_t)256 << 20)

static void heading(struct pail_buf *to, const char *text)
{
    pail_buf_fmt(to, "%s%s\n", to->len ? "\n" : "", text);
}

int pail_help_all(struct pail_cli *cli)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    const char *word;
    heading(&text, "NAME");
    pail_buf_z(&text, "    pail - AWS services, and Amazon S3 as directories\n");
    heading(&text, "SYNOPSIS");
    pail_buf_z(&text, "    pail [options] <service> <operation> [parameters]\n"
                      "    pail <command> [options] ...\n\n"
                      "    \"pail <service> help\" and \"pail <service> <operation> help\" tell "
                      "more.\n");
    heading(&text, "COMMANDS");
    for (size_t i = 0; pail_commands[i]; i++)
        pail_buf_fmt(&text, "    %-12s %s\n", pail_commands[i]->name, pail_commands[i]->summary);
    heading(&text, "SERVICES");
    for (size_t i = 0; (word = pail_service_word_at(cli, i)); i++)
        pail_buf_fmt(&text, "    %s\n", word);
    return pail_cli_print(cli, &text);
}

int pail_help_service(struct pail_cli *cli, const char *word, const struct pail_service *service)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf html = PAIL_BUF_INIT(TEXT_MAX);
    const struct pail_cli_command *c;
    struct pail_operation op;
    struct pail_waiter w;
    struct pail_service_info info = pail_service_info(service);
    heading(&text, "NAME");
    pail_buf_fmt(&text, "    %s - %.*s\n", word, PAIL_STR_ARG(info.full_name));
    heading(&text, "DESCRIPTION");
    if (!pail_docs_service(cli->models, service, &html, NULL))
        pail_prose(&text, pail_buf_view(&html), 4, WIDTH);
    const struct pail_command_group *own = pail_curated_group(word);
    if (own)
        heading(&text, "EVERYDAY COMMANDS");
    for (size_t i = 0; own && own->commands[i]; i++)
        pail_buf_fmt(&text, "    %s - %s\n", own->commands[i]->name + strlen(word) + 1,
                     own->commands[i]->summary);
    heading(&text, "OPERATIONS");
    for (unsigned i = 0; pail_operation_at(service, i, &op); i++) {
        char name[128];
        (void)snprintf(name, sizeof(name), "%.*s", PAIL_STR_ARG(op.cli_name));
        if (!pail_custom_is_removed(word, name))
            pail_buf_fmt(&text, "    %s\n", name);
    }
    for (size_t i = 0; (c = pail_cli_command_at(i)); i++)
        if (c->name && strcmp(c->service, word) == 0)
            pail_buf_fmt(&text, "    %s - %s\n", c->name, c->summary);
    if (pail_waiter_at(service, 0, &w))
        heading(&text, "WAIT");
    for (unsigned i = 0; pail_waiter_at(service, i, &w); i++)
        pail_buf_fmt(&text, "    wait %.*s\n", PAIL_STR_ARG(w.cli_name));
    return pail_cli_print(cli, &text);
}

int pail_help_wait(struct pail_cli *cli, const char *word, const struct pail_service *service)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_waiter w;
    heading(&text, "NAME");
    pail_buf_fmt(&text, "    %s wait\n", word);
    heading(&text, "DESCRIPTION");
    pail_prose(&text,
               PAIL_STR("Asks again and again until a condition holds. Exit code 255: it does not "
                        "after all tries, or cannot any more."),
               4, WIDTH);
    heading(&text, "SYNOPSIS");
    pail_buf_fmt(&text, "    pail %s wait <condition> [parameters]\n", word);
    heading(&text, "CONDITIONS");
    for (unsigned i = 0; pail_waiter_at(service, i, &w); i++)
        pail_buf_fmt(&text, "    %.*s - %.*s every %d seconds, up to %d times\n",
                     PAIL_STR_ARG(w.cli_name), PAIL_STR_ARG(w.operation), w.delay_s,
                     w.max_attempts);
    return pail_cli_print(cli, &text);
}

static const char *own_help(const struct pail_param *p)
{
    switch (p->kind) {
    case PAIL_PARAM_EXTRA:
        return p->extra->help;
    case PAIL_PARAM_STARTING_TOKEN:
        return "Where to start: the NextToken of an earlier answer";
    case PAIL_PARAM_PAGE_SIZE:
        return "How many items to ask for at a time; more calls, the same answer";
    case PAIL_PARAM_MAX_ITEMS:
        return "How many items at most; when there are more the answer has a NextToken";
    case PAIL_PARAM_OUTFILE:
        return "File that the content goes to";
    case PAIL_PARAM_INPUT_JSON:
        return "Parameters as JSON; options come first";
    case PAIL_PARAM_INPUT_YAML:
        return "Parameters as YAML; options come first";
    case PAIL_PARAM_SKELETON:
        return "Print a document to fill in (input, yaml-input), or what an answer looks like "
               "(output)";
    default:
        return NULL;
    }
}

static void put_option(struct pail_run *run, struct pail_buf *to, const struct pail_param *p)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf html = PAIL_BUF_INIT(TEXT_MAX);
    const char *own = own_help(p);
    bool flag = p->kind == PAIL_PARAM_NO || p->kind == PAIL_PARAM_PULLED_NO;
    if (flag || p->kind == PAIL_PARAM_HELP || p->hidden)
        return;
    pail_buf_fmt(to, "    %s", p->name);
    if (p->kind == PAIL_PARAM_MEMBER && p->shape.type == PAIL_SHAPE_BOOLEAN)
        pail_buf_fmt(to, " | --no-%s", p->name + 2);
    pail_buf_fmt(to, " (%s)%s\n", pail_help_type(&p->shape), p->required ? " [required]" : "");
    if (own)
        pail_prose(to, pail_str(own), 8, WIDTH);
    else if (!pail_docs_shape(run->cli->models, &p->shape, &html, NULL))
        pail_prose(to, pail_buf_view(&html), 8, WIDTH);
    pail_help_values(to, &p->shape, 8);
    if (p->kind == PAIL_PARAM_MEMBER) {
        pail_help_members(run->cli->models, to, &p->shape, 8);
        pail_help_syntax(to, &p->shape, 8);
    }
}

static void put_synopsis(const struct pail_run *run, struct pail_buf *to)
{
    pail_buf_fmt(to, "    pail %s %s%s\n", run->service, run->is_wait ? "wait " : "", run->command);
    for (size_t i = 0; i < run->n; i++) {
        const struct pail_param *p = &run->params[i];
        bool option = p->name[0] == '-', flag = run->args[i].take == PAIL_ARG_NONE;
        if (p->kind == PAIL_PARAM_HELP || p->hidden)
            continue;
        bool optional = !p->required && option;
        pail_buf_fmt(to, "        %s%s%s%s\n",
                     optional ? "["
                     : option ? ""
                              : "<",
                     p->name, flag || !option ? "" : " <value>",
                     optional ? "]"
                     : option ? ""
                              : ">");
    }
}

int pail_run_help(struct pail_run *run)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf html = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_shape output;
    heading(&text, "NAME");
    pail_buf_fmt(&text, "    %s\n", run->command);
    heading(&text, "DESCRIPTION");
    if (run->is_wait)
        pail_buf_fmt(&text, "    Asks %.*s every %d seconds, up to %d times.\n",
                     PAIL_STR_ARG(run->op.name), run->waiter.delay_s, run->waiter.max_attempts);
    else if (!pail_docs_operation(run->cli->models, &run->op, &html, NULL))
        pail_prose(&text, pail_buf_view(&html), 4, WIDTH);
    heading(&text, "SYNOPSIS");
    put_synopsis(run, &text);
    heading(&text, "OPTIONS");
    for (size_t i = 0; i < run->n; i++)
        put_option(run, &text, &run->params[i]);
    pail_help_examples(run, &text);
    if (!run->is_wait && pail_operation_output(&run->op, &output) && output.n_members) {
        heading(&text, "OUTPUT");
        pail_help_members(run->cli->models, &text, &output, 4);
    }
    return pail_cli_print(run->cli, &text);
}
