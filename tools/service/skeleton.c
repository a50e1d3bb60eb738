/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --generate-cli-skeleton: what a document for --cli-input-json or -yaml looks like, and what an
 * answer looks like.
 */
#include "tools/service/run.h"

#include <stdio.h>

#include "base/str.h"
#include "base/value_json.h"
#include "protocol/validate.h"
#include "tools/cmd.h"
#include "tools/service/output.h"
#include "tools/service/skeleton.h"

#define STACK_MAX 64

struct builder {
    struct pail_values *vs;
    bool names;  /* texts are the members' names: answers */
    bool spaced; /* instants as Python's str() has them; json has its own way */
    uint32_t stack[STACK_MAX];
    unsigned depth;
};

static struct pail_value *build(struct builder *b, const struct pail_shape *s,
                                struct pail_str name);

static struct pail_value *build_many(struct builder *b, const struct pail_shape *s)
{
    struct pail_shape m;
    if (s->type == PAIL_SHAPE_LIST) {
        struct pail_value *list = pail_value_list(b->vs);
        if (pail_shape_at(s, 0, &m))
            pail_value_append(b->vs, list, build(b, &m, m.name));
        return list;
    }
    struct pail_value *map = pail_value_map(b->vs);
    if (s->type == PAIL_SHAPE_MAP && pail_shape_at(s, 1, &m))
        pail_value_set(b->vs, map, PAIL_STR("KeyName"), build(b, &m, PAIL_STR("")));
    for (unsigned i = 0; s->type == PAIL_SHAPE_STRUCTURE && pail_shape_at(s, i, &m); i++)
        pail_value_set(b->vs, map, m.member, build(b, &m, m.member));
    return map;
}

static struct pail_value *build(struct builder *b, const struct pail_shape *s, struct pail_str name)
{
    struct pail_value *v;
    for (unsigned i = 0; i < b->depth; i++)
        if (b->stack[i] == s->id)
            return pail_value_map(b->vs);
    if (b->depth == STACK_MAX)
        return pail_value_map(b->vs);
    switch (s->type) {
    case PAIL_SHAPE_STRUCTURE:
    case PAIL_SHAPE_LIST:
    case PAIL_SHAPE_MAP:
        b->stack[b->depth++] = s->id;
        v = build_many(b, s);
        b->depth--;
        return v;
    case PAIL_SHAPE_STRING:
        if (b->names)
            return pail_value_str(b->vs, name);
        return pail_value_str(b->vs, s->values.n ? pail_strs_at(s->values, 0) : PAIL_STR(""));
    case PAIL_SHAPE_INTEGER:
    case PAIL_SHAPE_LONG:
        return pail_value_int(b->vs, 0);
    case PAIL_SHAPE_FLOAT:
    case PAIL_SHAPE_DOUBLE:
        return pail_value_real(b->vs, 0);
    case PAIL_SHAPE_BOOLEAN:
        return pail_value_bool(b->vs, true);
    case PAIL_SHAPE_TIMESTAMP:
        return b->spaced ? pail_value_number(b->vs, PAIL_STR("1970-01-01 00:00:00"))
                         : pail_value_str(b->vs, PAIL_STR("1970-01-01T00:00:00"));
    default:
        return pail_value_null(b->vs);
    }
}

static int check(struct pail_run *run, const struct pail_shape *shape, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_buf_z(&text, "Parameter validation failed:\n");
    size_t head = text.len;
    pail_validate(shape, v, &text);
    return text.len == head
               ? 0
               : pail_cli_fail(run->cli, PAIL_EXIT_USAGE, "ParamValidation", pail_buf_view(&text));
}

/* Parameters, and the answer that is made up, have to fit the model. */
static int show_output(struct pail_run *run)
{
    struct builder b = {.vs = run->cli->vs, .names = true};
    struct pail_value *v = pail_value_map(b.vs);
    struct pail_shape output;
    int code = run->has_input ? check(run, &run->input, run->values) : 0;
    if (!code && pail_operation_output(&run->op, &output)) {
        v = build(&b, &output, PAIL_STR(""));
        code = check(run, &output, v);
        b.spaced = strcmp(pail_cli_output(run->cli), "json") != 0;
        if (b.spaced)
            v = build(&b, &output, PAIL_STR(""));
    }
    const char *title = pail_cli_keep(run->cli, run->op.name);
    return code ? code : pail_show(run->cli, title ? title : "", v);
}

int pail_skeleton(struct pail_run *run)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct builder b = {.vs = run->cli->vs};
    if (strcmp(run->skeleton, "yaml-input") == 0) {
        pail_skeleton_yaml(run, &text);
        fwrite(pail_buf_cstr(&text), 1, text.len, stdout);
        return 0;
    }
    if (strcmp(run->skeleton, "output") == 0)
        return show_output(run);
    struct pail_value *v = run->has_input ? build(&b, &run->input, PAIL_STR(""))
                                          : pail_value_map(b.vs);
    pail_out_json(&text, v);
    fwrite(pail_buf_cstr(&text), 1, text.len, stdout);
    return 0;
}
