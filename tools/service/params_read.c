/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the command line against an operation's options, and the values into the parameters
 * of the call. What is required depends on what else is said: a document, or the wish for a
 * skeleton, makes everything optional.
 */
#include "tools/service/run.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/str.h"
#include "model/names.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

static bool has_word(const struct pail_words *w, const char *name, const char *except_next)
{
    for (size_t i = 0; i < w->n; i++) {
        size_t len = strlen(name);
        if (strncmp(w->v[i], name, len) != 0 || (w->v[i][len] && w->v[i][len] != '='))
            continue;
        if (except_next && w->v[i][len] == '=')
            return strcmp(w->v[i] + len + 1, except_next) != 0;
        return !except_next || i + 1 >= w->n || strcmp(w->v[i + 1], except_next) != 0;
    }
    return false;
}

static void relax(struct pail_run *run, const struct pail_words *w)
{
    if (run->streaming_output.ptr)
        return;
    if (!has_word(w, "--cli-input-json", NULL) && !has_word(w, "--cli-input-yaml", NULL) &&
        !has_word(w, "--generate-cli-skeleton", "output"))
        return;
    for (size_t i = 0; i < run->n; i++)
        run->args[i].required = false;
}

/* ---- Paging ---------------------------------------------------------------------------------- */

static int number(struct pail_run *run, const struct pail_arg *a, int64_t *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_value *v = pail_input_int(run->cli->vs, pail_str(a->value), &why);
    if (!v || !pail_value_as_int(v, ret))
        return pail_cli_misusef(run->cli, "argument %s: invalid int value: '%s'", a->name,
                                a->value);
    return 0;
}

static bool is_token(const struct pail_run *run, const struct pail_param *p)
{
    if (p->kind != PAIL_PARAM_MEMBER)
        return false;
    if (pail_str_eq(p->shape.member, run->paginator.limit_key))
        return true;
    struct pail_str token;
    for (unsigned i = 0; (token = pail_strs_at(run->paginator.input_token, i)).ptr; i++)
        if (pail_str_eq(token, p->shape.member))
            return true;
    return false;
}

/* Whoever turns the pages by hand gets single pages. */
static int settle_paging(struct pail_run *run)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf used = PAIL_BUF_INIT(1 << 12);
    run->paginate = run->has_paginator && !run->cli->g.no_paginate && !run->is_wait;
    if (!run->has_paginator || run->is_wait)
        return 0;
    for (size_t i = 0; i < run->n; i++)
        if (run->args[i].given && is_token(run, &run->params[i]))
            run->paginate = false;
    if (run->paginate)
        return 0;
    for (size_t i = 0; i < run->n; i++) {
        struct pail_param *p = &run->params[i];
        if (p->kind != PAIL_PARAM_STARTING_TOKEN && p->kind != PAIL_PARAM_PAGE_SIZE &&
            p->kind != PAIL_PARAM_MAX_ITEMS)
            continue;
        if (p->shape.member.ptr) /* it stood in the place of a member's option */
            p->kind = PAIL_PARAM_MEMBER;
        else if (run->args[i].given)
            pail_buf_fmt(&used, "%s%s", used.len ? ", " : "", p->name);
    }
    if (used.len)
        return pail_cli_failf(run->cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Error during pagination: Cannot specify --no-paginate along with "
                              "pagination arguments: %s",
                              pail_buf_cstr(&used));
    return 0;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void set(struct pail_run *run, const struct pail_param *p, struct pail_value *v)
{
    pail_value_set(run->cli->vs, run->values, p->shape.member, v);
}

static void set_pulled(struct pail_run *run, const struct pail_param *p, bool yes)
{
    struct pail_value *map = pail_value_map(run->cli->vs);
    pail_value_set(run->cli->vs, map, PAIL_STR("Value"), pail_value_bool(run->cli->vs, yes));
    set(run, p, map);
}

/* --x and --no-x of a boolean: the later one counts. */
static bool is_overruled(const struct pail_run *run, size_t at)
{
    for (size_t i = 0; i < run->n; i++)
        if (i != at && run->args[i].given && run->args[i].order > run->args[at].order &&
            (run->params[i].kind == PAIL_PARAM_NO || run->params[i].kind == PAIL_PARAM_MEMBER) &&
            pail_str_eq(run->params[i].shape.member, run->params[at].shape.member))
            return true;
    return false;
}

static int read_member(struct pail_run *run, size_t i)
{
    const struct pail_param *p = &run->params[i];
    struct pail_value *v = NULL;
    if (p->kind == PAIL_PARAM_NO || p->shape.type == PAIL_SHAPE_BOOLEAN) {
        if (!is_overruled(run, i))
            set(run, p, pail_value_bool(run->cli->vs, p->kind != PAIL_PARAM_NO));
        return 0;
    }
    int rc = pail_unpack(run, p, &run->args[i], &v);
    if (!rc && v)
        set(run, p, v);
    return rc;
}

static int read_one(struct pail_run *run, size_t i)
{
    const struct pail_param *p = &run->params[i];
    struct pail_arg *a = &run->args[i];
    struct pail_value *v = NULL;
    int rc;
    switch (p->kind) {
    case PAIL_PARAM_MEMBER:
    case PAIL_PARAM_NO:
        return read_member(run, i);
    case PAIL_PARAM_PULLED:
        if (a->value) {
            rc = pail_unpack(run, p, a, &v);
            if (!rc && v)
                set(run, p, v);
            return rc;
        }
        set_pulled(run, p, true);
        return 0;
    case PAIL_PARAM_PULLED_NO:
        set_pulled(run, p, false);
        return 0;
    case PAIL_PARAM_EXTRA:
        return p->extra->apply(run, p->extra, a);
    case PAIL_PARAM_STARTING_TOKEN:
        run->starting_token = a->value;
        if (!*a->value) /* for the checks to refuse */
            pail_value_set(run->cli->vs, run->values, pail_strs_at(run->paginator.input_token, 0),
                           pail_value_str(run->cli->vs, PAIL_STR("")));
        return 0;
    case PAIL_PARAM_PAGE_SIZE:
        rc = number(run, a, &run->page_size);
        if (!rc && !run->page_size)
            pail_value_set(run->cli->vs, run->values, run->paginator.limit_key,
                           pail_value_int(run->cli->vs, 0));
        return rc;
    case PAIL_PARAM_MAX_ITEMS:
        rc = number(run, a, &run->max_items);
        if (!rc && run->max_items <= 0) {
            fputs("warning: Non-positive values for --max-items may result in undefined "
                  "behavior.\n",
                  stderr);
            run->max_items = -1; /* none */
        }
        return rc;
    case PAIL_PARAM_OUTFILE:
        run->outfile = a->value;
        return 0;
    case PAIL_PARAM_SKELETON:
        run->skeleton = a->value ? a->value : "input";
        return 0;
    default:
        return 0;
    }
}

static int apply_customs(struct pail_run *run)
{
    const struct pail_custom *c;
    for (size_t i = 0; (c = pail_custom_find(run->service, run->command, i)); i++) {
        int rc = c->before ? c->before(run) : 0;
        if (rc)
            return rc;
    }
    return 0;
}

static int decode_blobs(struct pail_run *run)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(SIZE_MAX / 4);
    const char *format = run->cli->g.binary_format;
    struct pail_str configured = format ? pail_str(format)
                                        : pail_cli_setting(run->cli, "cli_binary_format");
    bool raw = pail_str_eqz(configured, "raw-in-base64-out");
    if (!run->has_input)
        return 0;
    int rc = pail_decode_blobs(run->cli->vs, run->values, &run->input, raw, &why);
    if (rc == PAIL_E_NOMEM)
        return pail_cli_nomem(run->cli);
    return rc ? pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why)) : 0;
}

int pail_params_read(struct pail_run *run, const struct pail_words *words)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    PAIL_AUTOFREE const char **rest = pail_calloc(words->n + 2, sizeof(*rest));
    PAIL_AUTOFREE const char **scratch = pail_calloc(words->n + 1, sizeof(*scratch));
    struct pail_words left = {.v = rest};
    const struct pail_arg *help = NULL;
    if (!rest || !scratch)
        return pail_cli_nomem(run->cli);
    relax(run, words);
    int rc = pail_argparse(run->args, run->n, words->v, words->n, rest, &left.n, scratch, &text);
    if (rc == PAIL_E_NOMEM)
        return pail_cli_nomem(run->cli);
    if (rc)
        return pail_cli_misuse(run->cli, pail_buf_view(&text));
    if (pail_params_find(run, "help", &help) && help->given)
        rest[left.n++] = help->value;
    if (left.n)
        return pail_cli_unknown(run->cli, &left, false);
    run->values = pail_value_map(run->cli->vs);
    rc = settle_paging(run);
    for (size_t i = 0; i < run->n && !rc; i++)
        if (run->args[i].given)
            rc = read_one(run, i);
    if (!rc)
        rc = pail_input_document(run);
    if (!rc)
        rc = apply_customs(run);
    if (!rc && !run->skeleton)
        rc = decode_blobs(run);
    return rc;
}
