/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of an operation: one for each member of its input, two for a boolean, and what the
 * command line adds: paging, files, skeletons, and single services' extras (custom.c).
 */
#include "tools/service/run.h"

#include "base/alloc.h"
#include "base/str.h"
#include "model/names.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

static struct pail_param *add(struct pail_run *run, const char *name, enum pail_param_kind kind)
{
    if (run->n == run->cap) {
        size_t cap = run->cap ? run->cap * 2 : 32;
        struct pail_param *params = pail_reallocarray(run->params, cap, sizeof(*params));
        if (!params)
            return NULL;
        run->params = params;
        run->cap = cap;
    }
    struct pail_param *p = &run->params[run->n++];
    *p = (struct pail_param){.kind = kind, .name = name};
    return p;
}

/* prefix + the member's words. */
static const char *option_name(struct pail_run *run, const char *prefix, struct pail_str member)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 16);
    pail_buf_z(&name, prefix);
    pail_name_split(&name, member, '-');
    return name.failed ? NULL : pail_cli_keep(run->cli, pail_buf_view(&name));
}

static bool has_word(const char *const *words, const char *word)
{
    for (size_t i = 0; words && words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static bool is_removed(const struct pail_run *run, const char *name)
{
    const struct pail_custom *c;
    for (size_t i = 0; (c = pail_custom_find(run->service, run->command, i)); i++)
        if (has_word(c->removed, name))
            return true;
    return false;
}

static bool is_optional(const struct pail_run *run, const char *name)
{
    const struct pail_custom *c;
    for (size_t i = 0; (c = pail_custom_find(run->service, run->command, i)); i++)
        if (has_word(c->optional, name))
            return true;
    return false;
}

/* ec2: {"Value": true}. */
static bool is_one_boolean(const struct pail_run *run, const struct pail_shape *shape)
{
    struct pail_shape value;
    return strcmp(run->service, "ec2") == 0 && shape->type == PAIL_SHAPE_STRUCTURE &&
           shape->n_members == 1 && pail_shape_member(shape, PAIL_STR("Value"), &value) &&
           value.type == PAIL_SHAPE_BOOLEAN;
}

static int add_named(struct pail_run *run, const char *name, enum pail_param_kind kind,
                     const struct pail_shape *shape, bool required)
{
    if (!name)
        return PAIL_E_NOMEM;
    if (is_removed(run, name))
        return 0;
    const char *bare = name + 2;
    bool pulled = kind == PAIL_PARAM_PULLED_NO; /* born after the AWS CLI's renaming */
    const char *renamed = pulled ? bare : pail_custom_rename(run->service, run->command, bare);
    const char *alias = pail_custom_alias(run->service, run->command, bare);
    for (int i = 0; i < 2; i++) {
        const char *n = i ? alias : renamed;
        if (!n)
            continue;
        if (n != bare) {
            PAIL_CLEANUP(pail_buf_done) struct pail_buf full = PAIL_BUF_INIT(1 << 12);
            pail_buf_fmt(&full, "--%s", n);
            n = pail_cli_keep(run->cli, pail_buf_view(&full));
        } else {
            n = name;
        }
        struct pail_param *p = n ? add(run, n, kind) : NULL;
        if (!p)
            return PAIL_E_NOMEM;
        p->shape = *shape;
        p->required = required && !i && !is_optional(run, name);
        p->hidden = i > 0;
        p->no_file = pail_custom_no_file(run->service, run->command, p->name + 2);
    }
    return 0;
}

static bool is_required(const struct pail_shape *member)
{
    return (member->traits & PAIL_TRAIT_REQUIRED) &&
           !(member->traits & PAIL_TRAIT_IDEMPOTENCY_TOKEN);
}

static int add_members(struct pail_run *run)
{
    struct pail_shape m;
    for (unsigned i = 0; run->has_input && pail_shape_at(&run->input, i, &m); i++) {
        bool boolean = m.type == PAIL_SHAPE_BOOLEAN, pulled = is_one_boolean(run, &m);
        int rc = add_named(run, option_name(run, "--", m.member),
                           pulled ? PAIL_PARAM_PULLED : PAIL_PARAM_MEMBER, &m,
                           is_required(&m) && !boolean && !pulled);
        if (!rc && (boolean || pulled))
            rc = add_named(run, option_name(run, "--no-", m.member),
                           pulled ? PAIL_PARAM_PULLED_NO : PAIL_PARAM_NO, &m, false);
        if (rc)
            return rc;
    }
    return 0;
}

static int add_extras(struct pail_run *run)
{
    const struct pail_custom *c;
    for (size_t i = 0; (c = pail_custom_find(run->service, run->command, i)); i++)
        for (const struct pail_extra *x = c->extras; x && x->name; x++) {
            struct pail_param *p = add(run, x->name, PAIL_PARAM_EXTRA);
            if (!p)
                return PAIL_E_NOMEM;
            p->extra = x;
            p->required = x->required;
        }
    return 0;
}

/* An option of paging takes the place of the member's that has the same name. */
static int add_paging(struct pail_run *run, const char *name, enum pail_param_kind kind)
{
    for (size_t i = 0; i < run->n; i++)
        if (strcmp(run->params[i].name, name) == 0) {
            run->params[i].kind = kind;
            run->params[i].required = false;
            return 0;
        }
    return add(run, name, kind) ? 0 : PAIL_E_NOMEM;
}

static int add_all(struct pail_run *run)
{
    static const struct {
        const char *name;
        enum pail_param_kind kind;
    } common[] = {{"--cli-input-json", PAIL_PARAM_INPUT_JSON},
                  {"--cli-input-yaml", PAIL_PARAM_INPUT_YAML}};
    int rc = add_members(run);
    if (!rc)
        rc = add_extras(run);
    bool streams = run->streaming_output.ptr; /* takes neither documents nor skeletons */
    for (size_t i = 0; !rc && !streams && i < PAIL_ARRAY_LEN(common); i++)
        rc = add(run, common[i].name, common[i].kind) ? 0 : PAIL_E_NOMEM;
    if (!rc && run->has_paginator && !run->is_wait) {
        rc = add_paging(run, "--starting-token", PAIL_PARAM_STARTING_TOKEN);
        if (!rc && run->paginator.limit_key.ptr)
            rc = add_paging(run, "--page-size", PAIL_PARAM_PAGE_SIZE);
        if (!rc)
            rc = add_paging(run, "--max-items", PAIL_PARAM_MAX_ITEMS);
    }
    if (!rc && streams)
        rc = add(run, "outfile", PAIL_PARAM_OUTFILE) ? 0 : PAIL_E_NOMEM;
    if (!rc && !streams)
        rc = add(run, "--generate-cli-skeleton", PAIL_PARAM_SKELETON) ? 0 : PAIL_E_NOMEM;
    if (!rc)
        rc = add(run, "help", PAIL_PARAM_HELP) ? 0 : PAIL_E_NOMEM;
    return rc;
}

static struct pail_arg as_arg(const struct pail_param *p)
{
    static const char *const skeletons[] = {"input", "output", "yaml-input", NULL};
    struct pail_arg a = {.name = p->name, .take = PAIL_ARG_ONE, .required = p->required};
    switch (p->kind) {
    case PAIL_PARAM_MEMBER:
        if (p->shape.type == PAIL_SHAPE_BOOLEAN)
            a.take = PAIL_ARG_NONE;
        else if (p->shape.type == PAIL_SHAPE_LIST)
            a.take = PAIL_ARG_LIST;
        else if (p->shape.type == PAIL_SHAPE_LONG) /* the AWS CLI looks at integers later */
            a.mistyped = pail_input_not_int;
        else if (p->shape.type == PAIL_SHAPE_FLOAT || p->shape.type == PAIL_SHAPE_DOUBLE)
            a.mistyped = pail_input_not_real;
        break;
    case PAIL_PARAM_PAGE_SIZE:
    case PAIL_PARAM_MAX_ITEMS:
        a.mistyped = pail_input_not_int;
        break;
    case PAIL_PARAM_NO:
    case PAIL_PARAM_PULLED_NO:
        a.take = PAIL_ARG_NONE;
        break;
    case PAIL_PARAM_SKELETON:
        a.choices = skeletons;
        a.take = PAIL_ARG_MAYBE;
        break;
    case PAIL_PARAM_PULLED:
        a.take = PAIL_ARG_MAYBE;
        break;
    case PAIL_PARAM_EXTRA:
        a.take = p->extra->take;
        a.choices = p->extra->choices;
        break;
    case PAIL_PARAM_OUTFILE:
        a.take = PAIL_ARG_POSITIONAL;
        break;
    case PAIL_PARAM_HELP:
        a.take = PAIL_ARG_OPTIONAL;
        break;
    default:
        break;
    }
    return a;
}

int pail_params_build(struct pail_run *run)
{
    struct pail_shape output, payload;
    run->has_input = pail_operation_input(&run->op, &run->input);
    run->has_paginator = pail_paginator_find(run->model, run->op.name, &run->paginator);
    if (pail_operation_output(&run->op, &output) && output.payload.ptr &&
        pail_shape_member(&output, output.payload, &payload) && payload.type == PAIL_SHAPE_BLOB &&
        !run->is_wait)
        run->streaming_output = output.payload;
    /* The events of "select" are pieces of one text. */
    if (strcmp(run->service, "s3api") == 0 && strcmp(run->command, "select-object-content") == 0) {
        run->streaming_output = PAIL_STR("Payload");
        run->streams_events = true;
    }
    int rc = add_all(run);
    run->args = rc ? NULL : pail_calloc(run->n, sizeof(*run->args));
    if (!run->args)
        return pail_cli_nomem(run->cli);
    for (size_t i = 0; i < run->n; i++)
        run->args[i] = as_arg(&run->params[i]);
    return 0;
}

const struct pail_param *pail_params_find(const struct pail_run *run, const char *name,
                                          const struct pail_arg **ret_arg)
{
    for (size_t i = 0; i < run->n; i++)
        if (strcmp(run->params[i].name, name) == 0) {
            if (ret_arg)
                *ret_arg = &run->args[i];
            return &run->params[i];
        }
    return NULL;
}
