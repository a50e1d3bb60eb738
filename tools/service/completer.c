/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "completer": what could stand at the end of COMP_LINE, a line each. For bash:
 * complete -C 'pail completer' pail
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/run.h"

#define WORDS_MAX 256

struct line {
    struct pail_str words[WORDS_MAX]; /* behind the program's name, without options */
    size_t n;
    struct pail_str last; /* what is begun; may be empty */
};

static void read_line(struct line *l)
{
    struct pail_str text = pail_str(pail_env_get("COMP_LINE")), word;
    uint64_t point;
    const char *at = pail_env_get("COMP_POINT");
    if (at && pail_str_to_u64(pail_str(at), &point) && point < text.len)
        text.len = (size_t)point;
    bool program = true;
    while (pail_str_split(&text, ' ', &word)) {
        if (!text.ptr) {
            l->last = word;
            return;
        }
        if (word.len && word.ptr[0] != '-' && !program && l->n < WORDS_MAX)
            l->words[l->n++] = word;
        program = program && !word.len;
    }
}

static void offer(const struct line *l, struct pail_str candidate)
{
    if (pail_str_starts(candidate, l->last))
        printf("%.*s\n", PAIL_STR_ARG(candidate));
}

static void offer_options(struct pail_cli *cli, const struct line *l, const char *service,
                          const struct pail_service *model)
{
    bool wait = pail_str_eqz(l->words[1], "wait") && l->n > 2;
    struct pail_run run = {.cli = cli, .service = service, .model = model, .is_wait = wait};
    run.command = pail_cli_keep(cli, l->words[wait ? 2 : 1]);
    bool known = wait ? pail_waiter_find_cli(model, l->words[2], &run.waiter) &&
                            pail_operation_find(model, run.waiter.operation, &run.op)
                      : pail_operation_find_cli(model, l->words[1], &run.op);
    if (known && run.command && !pail_params_build(&run))
        for (size_t i = 0; i < run.n; i++)
            if (!run.params[i].hidden && run.params[i].name[0] == '-')
                offer(l, pail_str(run.params[i].name));
    pail_free(run.params);
    pail_free(run.args);
}

static void offer_operations(struct pail_cli *cli, const struct line *l, const char *service,
                             const struct pail_service *model)
{
    const struct pail_cli_command *c;
    struct pail_operation op;
    struct pail_waiter w;
    bool wait = l->n > 1;
    for (unsigned i = 0; wait && pail_waiter_at(model, i, &w); i++)
        offer(l, w.cli_name);
    for (unsigned i = 0; !wait && pail_operation_at(model, i, &op); i++) {
        const char *name = pail_cli_keep(cli, op.cli_name);
        if (name && !pail_custom_is_removed(service, name))
            offer(l, op.cli_name);
    }
    for (size_t i = 0; !wait && (c = pail_cli_command_at(i)); i++)
        if (c->name && strcmp(c->service, service) == 0)
            offer(l, pail_str(c->name));
    if (!wait && pail_waiter_at(model, 0, &w))
        offer(l, PAIL_STR("wait"));
}

int pail_completer_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const globals[] = {"--output",  "--query",        "--region",
                                          "--profile", "--endpoint-url", "--no-paginate",
                                          "--debug"};
    struct line l = {.n = 0};
    const struct pail_service *model = NULL;
    const char *word;
    read_line(&l);
    bool option = l.last.len && l.last.ptr[0] == '-';
    for (size_t i = 0; option && i < PAIL_ARRAY_LEN(globals); i++)
        offer(&l, pail_str(globals[i]));
    if (l.n == 0) {
        for (size_t i = 0; !option && pail_commands[i]; i++)
            offer(&l, pail_str(pail_commands[i]->name));
        for (size_t i = 0; !option && (word = pail_service_word_at(cli, i)); i++)
            offer(&l, pail_str(word));
        return 0;
    }
    const char *service = pail_cli_keep(cli, l.words[0]);
    if (!service ||
        pail_models_service(cli->models, pail_str(pail_service_model_name(service)), &model, NULL))
        return 0; /* files, says the shell */
    if (option && l.n > 1)
        offer_options(cli, &l, service, model);
    else if (!option && (l.n == 1 || (l.n == 2 && pail_str_eqz(l.words[1], "wait"))))
        offer_operations(cli, &l, service, model);
    return 0;
}
