/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the first word to what runs: a command of ours, or a service of the models and its
 * operation. Only the one service that is named is opened.
 */
#include "tools/service/cli.h"

#include <stdio.h>

#include <pail/log.h>

#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "model/names.h"
#include "tools/cmd.h"
#include "tools/curated/curated.h"
#include "tools/service/alias.h"
#include "tools/service/argparse.h"
#include "tools/service/commands.h"
#include "tools/service/run.h"

static const char *const renamed[][2] = {
    {"s3api", "s3"},
    {"deploy", "codedeploy"},
    {"configservice", "config"},
};

const char *pail_service_model_name(const char *word)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(renamed); i++)
        if (strcmp(renamed[i][0], word) == 0)
            return renamed[i][1];
    return word;
}

static const char *word_of_model(struct pail_cli *cli, struct pail_str name)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(renamed); i++)
        if (pail_str_eqz(name, renamed[i][1]))
            return renamed[i][0];
    return pail_cli_keep(cli, name);
}

const char *pail_service_word_at(const void *ud, size_t i)
{
    struct pail_cli *cli = (struct pail_cli *)ud;
    static const char *const ours[] = {"s3", "configure", "login", "logout", "help"};
    struct pail_str name;
    if (i < PAIL_ARRAY_LEN(ours))
        return ours[i];
    if (!pail_models_name(cli->models, i - PAIL_ARRAY_LEN(ours), &name))
        return NULL;
    return word_of_model(cli, name);
}

/* ---- Operations ------------------------------------------------------------------------------ */

struct service_words {
    struct pail_cli *cli;
    const char *word;
    const struct pail_service *model;
};

static const char *operation_at(const void *ud, size_t i)
{
    const struct service_words *s = ud;
    struct pail_operation op;
    struct pail_waiter w;
    unsigned n = pail_service_info(s->model).n_operations;
    if (i < n)
        return pail_operation_at(s->model, (unsigned)i, &op) ? pail_cli_keep(s->cli, op.cli_name)
                                                             : NULL;
    i -= n;
    const struct pail_cli_command *c;
    for (size_t k = 0; (c = pail_cli_command_at(k)); k++)
        if (c->name && strcmp(c->service, s->word) == 0 && i-- == 0)
            return c->name;
    bool waits = pail_waiter_at(s->model, 0, &w);
    if (waits && i == 0)
        return "wait";
    return pail_curated_verb_at(s->word, i - waits);
}

static const char *waiter_at(const void *ud, size_t i)
{
    const struct service_words *s = ud;
    struct pail_waiter w;
    return pail_waiter_at(s->model, (unsigned)i, &w) ? pail_cli_keep(s->cli, w.cli_name) : NULL;
}

static void run_done(struct pail_run *run)
{
    pail_free(run->params);
    pail_free(run->args);
}

static int run_wait(struct pail_run *run, struct service_words *s, struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "subcommand", .take = PAIL_ARG_OPTIONAL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    PAIL_AUTOFREE const char **rest = pail_calloc(words->n + 1, sizeof(*rest));
    const char *scratch[1];
    struct pail_words left = {.v = rest};
    if (!rest)
        return pail_cli_nomem(run->cli);
    int rc = pail_argparse(args, 1, words->v, words->n, rest, &left.n, scratch, &text);
    if (rc)
        return pail_cli_misuse(run->cli, pail_buf_view(&text));
    if (!args[0].value)
        return pail_cli_failf(run->cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "usage: pail [options] %s wait <subcommand> [parameters]\n"
                              "pail: [ERROR]: too few arguments",
                              s->word);
    if (strcmp(args[0].value, "help") == 0)
        return pail_help_wait(run->cli, s->word, s->model);
    if (!pail_waiter_find_cli(run->model, pail_str(args[0].value), &run->waiter))
        return pail_cli_no_choice(run->cli, "subcommand", args[0].value, waiter_at, s);
    run->is_wait = true;
    run->command = args[0].value;
    if (!pail_operation_find(run->model, run->waiter.operation, &run->op))
        return pail_cli_failf(run->cli, PAIL_EXIT_ERROR, NULL, "Unknown operation: %.*s",
                              PAIL_STR_ARG(run->waiter.operation));
    return pail_run_operation(run, &left);
}

/* The operations of rds that one of the model's is split into. */
static const char *stands_for(const char *service, const char *operation)
{
    if (strcmp(service, "rds") == 0 && (strcmp(operation, "add-option-to-option-group") == 0 ||
                                        strcmp(operation, "remove-option-from-option-group") == 0))
        return "modify-option-group";
    return operation;
}

static int run_service(struct pail_cli *cli, const char *word, const struct pail_service *model,
                       const struct pail_words *words)
{
    struct service_words s = {.cli = cli, .word = word, .model = model};
    struct pail_run run = {
        .cli = cli, .service = word, .model_name = pail_service_model_name(word), .model = model};
    struct pail_arg args[] = {{.name = "operation", .take = PAIL_ARG_POSITIONAL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    PAIL_AUTOFREE const char **rest = pail_calloc(words->n + 1, sizeof(*rest));
    const char *scratch[1];
    struct pail_words left = {.v = rest};
    struct pail_waiter any;
    if (!rest)
        return pail_cli_nomem(cli);
    if (pail_argparse(args, 1, words->v, words->n, rest, &left.n, scratch, &text))
        return pail_cli_misuse(cli, pail_buf_view(&text));
    struct pail_alias_call call = {.lineage = word, .name = args[0].value, .words = left};
    bool ran;
    int code = pail_alias_apply(cli, &call, &ran);
    if (code || ran)
        return code;
    const char *name = call.name;
    left = call.words;
    const struct pail_cli_command *ours = pail_cli_command_find(word, name);
    if (ours)
        return ours->run(cli, &left);
    if (pail_curated_has(word, name))
        return pail_curated_run(cli, word, name, &left);
    if (strcmp(name, "help") == 0)
        return pail_help_service(cli, word, model);
    run.command = name;
    if (strcmp(name, "wait") == 0 && pail_waiter_at(model, 0, &any))
        code = run_wait(&run, &s, &left);
    else if (pail_custom_is_removed(word, name) ||
             !pail_operation_find_cli(model, pail_str(stands_for(word, name)), &run.op))
        code = pail_cli_no_choice(cli, "operation", name, operation_at, &s);
    else
        code = pail_run_operation(&run, &left);
    run_done(&run);
    return code;
}

/* ---- The first word -------------------------------------------------------------------------- */

static void log_line(enum pail_log_level level, enum pail_log_component component, const char *line,
                     void *ud)
{
    fprintf(stderr, "pail: %s %s: %s\n", pail_log_level_name(level),
            pail_log_component_name(component), line);
}

static int run_command(struct pail_cli *cli, const char *command, const struct pail_words *words)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_service *model = NULL;
    const struct pail_cli_command *ours = pail_cli_command_find(command, NULL);
    if (strcmp(command, "help") == 0)
        return pail_help_all(cli);
    int rc = ours ? 0
                  : pail_models_service(cli->models, pail_str(pail_service_model_name(command)),
                                        &model, &err);
    if (rc == PAIL_E_NOT_FOUND || strcmp(command, "config") == 0)
        return pail_cli_no_choice(cli, "command", command, pail_service_word_at, cli);
    if (rc)
        return pail_cli_error(cli, &err);
    int code = pail_globals_check(cli);
    if (code)
        return code;
    if (ours && words->n && words->v[0][0] != '-') { /* "s3 NAME", "configure NAME" */
        struct pail_words rest = {.v = words->v + 1, .n = words->n - 1};
        struct pail_alias_call call = {.lineage = command, .name = words->v[0], .words = rest};
        bool ran;
        code = pail_alias_apply(cli, &call, &ran);
        if (code || ran)
            return code;
        const char **v = pail_cli_room(cli, call.words.n + 1);
        if (!v)
            return pail_cli_nomem(cli);
        v[0] = call.name;
        for (size_t i = 0; i < call.words.n; i++)
            v[i + 1] = call.words.v[i];
        struct pail_words all = {.v = v, .n = call.words.n + 1};
        return ours->run(cli, &all);
    }
    return ours ? ours->run(cli, words) : run_service(cli, command, model, words);
}

static int run(struct pail_cli *cli, const char *const *argv, size_t argc)
{
    PAIL_AUTOFREE const char **rest = pail_calloc(argc + 1, sizeof(*rest));
    struct pail_words words = {.v = rest};
    struct pail_error err = PAIL_ERROR_INIT;
    const char *command = NULL;
    if (!rest)
        return pail_cli_nomem(cli);
    int code = pail_globals_parse(cli, argv, argc, &command, &words);
    if (code)
        return code;
    if (cli->g.version) {
        printf("pail %s\n", pail_version());
        return 0;
    }
    pail_log_set_sink(log_line, NULL);
    pail_log_set_level(cli->g.debug ? PAIL_LOG_DEBUG : PAIL_LOG_ERROR, 0);
    struct pail_alias_call call = {.name = command, .words = words};
    bool ran;
    code = pail_alias_apply(cli, &call, &ran);
    if (code || ran)
        return code;
    if (pail_models_new(NULL, &cli->models, &err))
        return pail_cli_error(cli, &err);
    return run_command(cli, call.name, &call.words);
}

int pail_cli_run(const char *const *argv, size_t argc)
{
    struct pail_cli cli = {.words = argv, .n_words = argc};
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_values_new(&cli.vs, &err)) {
        fputs("\npail: [ERROR]: out of memory\n", stderr);
        return PAIL_EXIT_ERROR;
    }
    int code = run(&cli, argv, argc);
    pail_jmes_free(cli.query);
    pail_session_unref(cli.session);
    pail_session_unref(cli.other_session);
    pail_config_unref(cli.config);
    pail_models_free(cli.models);
    pail_values_free(cli.vs);
    return code == PAIL_CLI_DONE ? 0 : code;
}
