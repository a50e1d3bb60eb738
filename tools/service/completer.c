/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "completer": what could stand at the end of COMP_LINE, a line each, as aws_completer does. For
 * bash without a script: complete -C pail_completer pail. The scripts for bash, zsh and fish ask it
 * for everything that the models know.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/curated/curated.h"
#include "tools/service/run.h"

#define WORDS_MAX 256

struct line {
    struct pail_str words[WORDS_MAX]; /* behind the program's name, without options */
    size_t n;
    struct pail_str last;   /* what is begun; may be empty */
    struct pail_str before; /* the word before it, of whatever kind */
};

static const char *const outputs[] = {"json", "text", "table", "yaml", "yaml-stream", "off", NULL};
static const char *const on_off[] = {"on", "off", "auto", NULL};
static const char *const formats[] = {"base64", "raw-in-base64-out", NULL};
static const char *const errors[] = {"legacy", "json", "yaml", "text", "table", "enhanced", NULL};
static const char *const skeletons[] = {"input", "yaml-input", "output", NULL};
static const struct {
    const char *name;
    bool flag;
    const char *const *choices;
} globals[] = {
    {"--ca-bundle", false, NULL},
    {"--cli-auto-prompt", true, NULL},
    {"--cli-binary-format", false, formats},
    {"--cli-connect-timeout", false, NULL},
    {"--cli-error-format", false, errors},
    {"--cli-read-timeout", false, NULL},
    {"--color", false, on_off},
    {"--debug", true, NULL},
    {"--endpoint-url", false, NULL},
    {"--no-cli-auto-prompt", true, NULL},
    {"--no-cli-pager", true, NULL},
    {"--no-paginate", true, NULL},
    {"--no-sign-request", true, NULL},
    {"--no-verify-ssl", true, NULL},
    {"--output", false, outputs},
    {"--profile", false, NULL},
    {"--query", false, NULL},
    {"--region", false, NULL},
    {"--version", true, NULL},
};

static bool takes_value(struct pail_str option)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(globals); i++)
        if (pail_str_eqz(option, globals[i].name))
            return !globals[i].flag;
    return false;
}

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
        if (!word.len)
            continue;
        /* "--region x": x is no command. */
        bool value = takes_value(l->before);
        if (word.ptr[0] != '-' && !program && !value && l->n < WORDS_MAX)
            l->words[l->n++] = word;
        l->before = word;
        program = false;
    }
}

static void offer(const struct line *l, struct pail_str candidate)
{
    if (pail_str_starts(candidate, l->last))
        printf("%.*s\n", PAIL_STR_ARG(candidate));
}

static void offer_all(const struct line *l, const char *const *words)
{
    for (; words && *words; words++)
        offer(l, pail_str(*words));
}

/* True: what is begun is the value of one of them. */
static bool offer_globals(const struct line *l, bool option)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(globals); i++) {
        if (option)
            offer(l, pail_str(globals[i].name));
        else if (takes_value(l->before) && pail_str_eqz(l->before, globals[i].name)) {
            offer_all(l, globals[i].choices);
            return true;
        }
    }
    return false;
}

/* ---- Commands with option tables ------------------------------------------------------------- */

static const struct pail_opt *table_option(const struct pail_opt *o, struct pail_str name)
{
    for (; o && o->kind != PAIL_OPT_END; o++)
        if (o->kind != PAIL_OPT_HEADING && name.len > 2 && pail_str_starts(name, PAIL_STR("--")) &&
            pail_str_eqz(pail_str_from(name, 2), o->name))
            return o;
    return NULL;
}

static void offer_table(const struct line *l, const struct pail_opt *o)
{
    char name[128];
    for (; o && o->kind != PAIL_OPT_END; o++) {
        if (o->kind == PAIL_OPT_HEADING)
            continue;
        (void)snprintf(name, sizeof(name), "--%s", o->name);
        offer(l, pail_str(name));
    }
}

/* Options, or the values of the one before; else the shell knows files. */
static void offer_command(const struct line *l, const struct pail_command *c, bool option)
{
    const struct pail_opt *before = table_option(c->options, l->before);
    if (!before)
        before = table_option(pail_common_options, l->before);
    if (option) {
        offer_table(l, c->options);
        offer_table(l, pail_common_options);
    } else if (before) {
        offer_all(l, before->choices);
    }
}

/* "iam new-user": verbs of the group that begin with the words that are there. True: the words are
 * all of one's name, which *ret is. */
static bool offer_curated(const struct line *l, const struct pail_command_group *g, bool option,
                          const struct pail_command **ret)
{
    struct pail_str shown = {NULL, 0};
    for (size_t i = 0; g->commands[i]; i++) {
        struct pail_str rest = pail_str(g->commands[i]->name), word;
        size_t k = 0;
        while (k < l->n && pail_str_split(&rest, ' ', &word) && pail_str_eq(word, l->words[k]))
            k++;
        if (k == l->n && !rest.ptr)
            *ret = g->commands[i];
        if (k != l->n || !rest.ptr || option)
            continue;
        pail_str_split(&rest, ' ', &word);
        if (!shown.ptr || !pail_str_eq(shown, word))
            offer(l, word);
        shown = word;
    }
    return *ret;
}

/* ---- The models ------------------------------------------------------------------------------ */

static void offer_param(const struct line *l, const struct pail_param *p, bool option)
{
    if (p->hidden || p->name[0] != '-')
        return;
    if (option)
        offer(l, pail_str(p->name));
    if (option || !pail_str_eqz(l->before, p->name))
        return;
    for (unsigned i = 0; p->kind == PAIL_PARAM_MEMBER && i < p->shape.values.n; i++)
        offer(l, pail_strs_at(p->shape.values, i));
    if (p->kind == PAIL_PARAM_SKELETON)
        offer_all(l, skeletons);
}

static void offer_params(struct pail_cli *cli, const struct line *l, const char *service,
                         const struct pail_service *model, bool option)
{
    bool wait = pail_str_eqz(l->words[1], "wait") && l->n > 2;
    struct pail_run run = {.cli = cli, .service = service, .model = model, .is_wait = wait};
    run.command = pail_cli_keep(cli, l->words[wait ? 2 : 1]);
    bool known = wait ? pail_waiter_find_cli(model, l->words[2], &run.waiter) &&
                            pail_operation_find(model, run.waiter.operation, &run.op)
                      : pail_operation_find_cli(model, l->words[1], &run.op);
    if (known && run.command && !pail_params_build(&run))
        for (size_t i = 0; i < run.n; i++)
            offer_param(l, &run.params[i], option);
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

/* ---- All of it ------------------------------------------------------------------------------- */

static void offer_first(struct pail_cli *cli, const struct line *l)
{
    const char *word;
    for (size_t i = 0; pail_commands[i]; i++)
        offer(l, pail_str(pail_commands[i]->name));
    for (size_t i = 0; (word = pail_service_word_at(cli, i)); i++)
        offer(l, pail_str(word));
}

/* "s3", "configure", "login". */
static void offer_words(const struct line *l, bool option)
{
    bool s3 = pail_str_eqz(l->words[0], "s3"), configure = pail_str_eqz(l->words[0], "configure");
    const char *word;
    const struct pail_command *c = NULL;
    for (size_t i = 0; s3 && l->n > 1 && pail_commands[i]; i++)
        if (pail_str_eqz(l->words[1], pail_commands[i]->name))
            c = pail_commands[i];
    if (c)
        offer_command(l, c, option);
    else if (offer_globals(l, option) || l->n != 1 || option)
        return;
    for (size_t i = 0; s3 && !c && (word = pail_s3_word_at(NULL, i)); i++)
        offer(l, pail_str(word));
    for (size_t i = 0; configure && (word = pail_configure_word_at(NULL, i)); i++)
        offer(l, pail_str(word));
}

static void offer_service(struct pail_cli *cli, const struct line *l, const char *service,
                          bool option)
{
    const struct pail_service *model = NULL;
    const struct pail_command_group *group = pail_curated_group(service);
    const struct pail_command *ours = NULL;
    if (group && offer_curated(l, group, option, &ours)) {
        offer_command(l, ours, option);
        return;
    }
    if (offer_globals(l, option))
        return;
    if (pail_models_service(cli->models, pail_str(pail_service_model_name(service)), &model, NULL))
        return; /* files, says the shell */
    if (l->n > 1 && (option || (l->before.ptr && l->before.ptr[0] == '-')))
        offer_params(cli, l, service, model, option);
    else if (!option && (l->n == 1 || (l->n == 2 && pail_str_eqz(l->words[1], "wait"))))
        offer_operations(cli, l, service, model);
}

int pail_completer_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct line l = {.n = 0};
    read_line(&l);
    bool option = l.last.len && l.last.ptr[0] == '-';
    const char *service = l.n ? pail_cli_keep(cli, l.words[0]) : NULL;
    const struct pail_command *own = service ? pail_command_find(service) : NULL;
    if (own)
        offer_command(&l, own, option);
    else if (!l.n && !offer_globals(&l, option) && !option)
        offer_first(cli, &l);
    else if (service && pail_cli_command_find(service, NULL))
        offer_words(&l, option);
    else if (service)
        offer_service(cli, &l, service, option);
    return 0;
}
