/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules are tried in order. A rule's conditions run one after the other; one that is false or null
 * fails the rule, and what its calls assigned is forgotten (the trail). A tree whose rules all fail
 * is itself passed over, as botocore has it; Smithy would call that an error.
 *
 * The compiler refers to earlier records only, so trees are finite; a damaged pack may hold a
 * circle or a pyramid, and for that depth and number of steps are bounded.
 */
#include "model/endpoint_eval.h"

#include "base/str.h"

#define MAX_DEPTH 100
#define MAX_STEPS 100000
#define MAX_ARGS 16

static int damaged(struct pail_eval *e)
{
    return pail_error_set(e->err, PAIL_D_DATA, PAIL_E_PARSE, "endpoint rules are damaged");
}

static int nomem(struct pail_eval *e)
{
    return pail_error_nomem(e->err);
}

static int evaluate(struct pail_eval *e, uint32_t at, struct pail_rule_value *ret);

static void *new_values(struct pail_eval *e, size_t n, size_t size)
{
    return pail_arena_alloc(&e->arena, n ? n * size : 1);
}

/* ---- Expressions ----------------------------------------------------------------------------- */

static int reference(struct pail_eval *e, const uint32_t *words, uint32_t at,
                     struct pail_rule_value *ret)
{
    const uint32_t *path = pail_blob_words(e->rules, at + 3, words[2]);
    if (words[1] >= e->n_slots || (words[2] && !path))
        return damaged(e);
    const struct pail_rule_value *v = &e->slots[words[1]];
    for (uint32_t i = 0; i < words[2]; i++) {
        struct pail_str key = pail_blob_str(e->rules, path[i]);
        v = pail_rule_get(v, key);
        if (!v)
            return pail_error_set(e->err, PAIL_D_DATA, PAIL_E_INVALID,
                                  "endpoint rules: nothing has the attribute '%.*s'",
                                  PAIL_STR_ARG(key));
    }
    *ret = *v;
    return 0;
}

static void append(struct pail_buf *to, const struct pail_rule_value *v)
{
    struct pail_jwriter w;

    switch (v->type) {
    case PAIL_RULE_STRING:
        pail_buf_str(to, v->string);
        break;
    case PAIL_RULE_BOOL:
        pail_buf_z(to, v->boolean ? "True" : "False");
        break;
    case PAIL_RULE_UNSET:
    case PAIL_RULE_NULL:
        pail_buf_z(to, "None");
        break;
    case PAIL_RULE_INT:
    case PAIL_RULE_LIST:
    case PAIL_RULE_MAP:
        pail_jw_init(&w, to, 0);
        pail_rule_json(&w, v);
        break;
    }
}

static int template(struct pail_eval *e, const uint32_t *parts, uint32_t n,
                    struct pail_rule_value *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct pail_rule_value part;

    for (uint32_t i = 0; i < n; i++) {
        int rc = evaluate(e, parts[i], &part);
        if (rc < 0)
            return rc;
        if (part.type == PAIL_RULE_UNSET)
            return pail_error_set(e->err, PAIL_D_DATA, PAIL_E_INVALID,
                                  "endpoint rules: a text needs a value that is not set");
        append(&text, &part);
    }
    int rc = pail_buf_check(&text, "endpoint", e->err);
    if (rc < 0)
        return rc;
    char *copy = new_values(e, text.len, 1);
    if (!copy)
        return nomem(e);
    memcpy(copy, pail_buf_cstr(&text), text.len);
    *ret = pail_rule_str(pail_strn(copy, text.len));
    return 0;
}

static int list(struct pail_eval *e, const uint32_t *items, uint32_t n, struct pail_rule_value *ret)
{
    struct pail_rule_value *values = new_values(e, n, sizeof(*values));
    if (!values)
        return nomem(e);
    for (uint32_t i = 0; i < n; i++) {
        int rc = evaluate(e, items[i], &values[i]);
        if (rc < 0)
            return rc;
    }
    *ret = (struct pail_rule_value){.type = PAIL_RULE_LIST, .items = values, .n = n};
    return 0;
}

static int map(struct pail_eval *e, const uint32_t *pairs, uint32_t n, struct pail_rule_value *ret)
{
    struct pail_rule_value *values = new_values(e, n, sizeof(*values));
    struct pail_str *keys = new_values(e, n, sizeof(*keys));
    if (!values || !keys)
        return nomem(e);
    for (uint32_t i = 0; i < n; i++) {
        keys[i] = pail_blob_str(e->rules, pairs[2 * i]);
        int rc = evaluate(e, pairs[2 * i + 1], &values[i]);
        if (rc < 0)
            return rc;
    }
    *ret = (struct pail_rule_value){.type = PAIL_RULE_MAP, .items = values, .keys = keys, .n = n};
    return 0;
}

/* words: kind, function, slot + 1, count. */
static int call(struct pail_eval *e, const uint32_t *words, uint32_t at,
                struct pail_rule_value *ret)
{
    struct pail_rule_value args[MAX_ARGS] = {{0}}, result = {0};
    uint32_t n = words[3], assign = words[2];
    const uint32_t *list_at = pail_blob_words(e->rules, at + 4, n);

    if (n > MAX_ARGS || (n && !list_at) || words[1] > PAIL_FN_COUNT || assign > e->n_slots)
        return damaged(e);
    for (uint32_t i = 0; i < n; i++) {
        int rc = evaluate(e, list_at[i], &args[i]);
        if (rc < 0)
            return rc;
    }
    int rc = pail_eval_call(e, (enum pail_fn)words[1], args, n, &result);
    if (rc < 0)
        return rc;
    if (assign) {
        if (e->slots[assign - 1].type != PAIL_RULE_UNSET || e->n_trail == e->n_slots)
            return pail_error_set(
                e->err, PAIL_D_DATA, PAIL_E_INVALID,
                "endpoint rules: a variable that is already set is assigned again");
        if (result.type == PAIL_RULE_UNSET)
            result.type = PAIL_RULE_NULL;
        e->slots[assign - 1] = result;
        e->trail[e->n_trail++] = assign - 1;
    }
    *ret = result;
    return 0;
}

static int expression(struct pail_eval *e, uint32_t at, struct pail_rule_value *ret)
{
    const uint32_t *w = pail_blob_words(e->rules, at, 2);
    uint32_t n = 0;
    const uint32_t *items;

    if (!w)
        return damaged(e);
    switch ((enum pail_expr)w[0]) {
    case PAIL_EXPR_NULL:
        *ret = (struct pail_rule_value){.type = PAIL_RULE_NULL};
        return 0;
    case PAIL_EXPR_BOOL:
        *ret = pail_rule_bool(w[1] != 0);
        return 0;
    case PAIL_EXPR_INT:
        *ret = (struct pail_rule_value){.type = PAIL_RULE_INT, .integer = (int32_t)w[1]};
        return 0;
    case PAIL_EXPR_STRING:
        *ret = pail_rule_str(pail_blob_str(e->rules, w[1]));
        return 0;
    case PAIL_EXPR_REF:
        return pail_blob_words(e->rules, at, 3) ? reference(e, w, at, ret) : damaged(e);
    case PAIL_EXPR_CALL:
        return pail_blob_words(e->rules, at, 4) ? call(e, w, at, ret) : damaged(e);
    case PAIL_EXPR_TEMPLATE:
        items = pail_blob_list(e->rules, at + 1, 1, &n);
        return items ? template(e, items, n, ret) : damaged(e);
    case PAIL_EXPR_LIST:
        items = pail_blob_list(e->rules, at + 1, 1, &n);
        return items ? list(e, items, n, ret) : damaged(e);
    case PAIL_EXPR_MAP:
        items = pail_blob_list(e->rules, at + 1, 2, &n);
        return items ? map(e, items, n, ret) : damaged(e);
    }
    return damaged(e);
}

static int evaluate(struct pail_eval *e, uint32_t at, struct pail_rule_value *ret)
{
    if (e->depth >= MAX_DEPTH || ++e->steps > MAX_STEPS)
        return damaged(e);
    e->depth++;
    int rc = expression(e, at, ret);
    e->depth--;
    return rc;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

/* 1: all hold. */
static int conditions_hold(struct pail_eval *e, uint32_t at)
{
    uint32_t n;
    const uint32_t *list_at = pail_blob_list(e->rules, at, 1, &n);
    struct pail_rule_value v;

    if (!list_at)
        return damaged(e);
    for (uint32_t i = 0; i < n; i++) {
        int rc = evaluate(e, list_at[i], &v);
        if (rc < 0)
            return rc;
        if (pail_rule_is_null(&v) || (v.type == PAIL_RULE_BOOL && !v.boolean))
            return 0;
    }
    return 1;
}

static int raise_error(struct pail_eval *e, uint32_t text)
{
    struct pail_rule_value v;
    int rc = evaluate(e, text, &v);
    if (rc < 0)
        return rc;
    return pail_error_set(e->err, PAIL_D_USAGE, PAIL_E_INVALID, "%.*s", PAIL_STR_ARG(v.string));
}

static int result_of(struct pail_eval *e, const uint32_t *rule, struct pail_eval_result *ret)
{
    int rc = evaluate(e, rule[2], &ret->url);
    if (rc == 0)
        rc = evaluate(e, rule[3], &ret->properties);
    if (rc == 0)
        rc = evaluate(e, rule[4], &ret->headers);
    if (rc == 0 && ret->url.type != PAIL_RULE_STRING)
        rc = pail_error_set(e->err, PAIL_D_DATA, PAIL_E_INVALID,
                            "endpoint rules: the URL is not a text");
    return rc < 0 ? rc : 1;
}

static int try_rules(struct pail_eval *e, uint32_t list_at, struct pail_eval_result *ret);

static int try_rule(struct pail_eval *e, uint32_t at, struct pail_eval_result *ret)
{
    const uint32_t *rule = pail_blob_words(e->rules, at, 3);
    if (!rule)
        return damaged(e);
    int rc = conditions_hold(e, rule[1]);
    if (rc <= 0)
        return rc;
    switch ((enum pail_rule)rule[0]) {
    case PAIL_RULE_TREE:
        return try_rules(e, rule[2], ret);
    case PAIL_RULE_ERROR:
        return raise_error(e, rule[2]);
    case PAIL_RULE_ENDPOINT:
        return pail_blob_words(e->rules, at, 5) ? result_of(e, rule, ret) : damaged(e);
    }
    return damaged(e);
}

static int try_rules(struct pail_eval *e, uint32_t list_at, struct pail_eval_result *ret)
{
    uint32_t n;
    const uint32_t *rules = pail_blob_list(e->rules, list_at, 1, &n);
    int rc = 0;

    if (!rules || e->depth >= MAX_DEPTH)
        return damaged(e);
    e->depth++;
    for (uint32_t i = 0; i < n && rc == 0; i++) {
        uint32_t before = e->n_trail;
        rc = ++e->steps > MAX_STEPS ? damaged(e) : try_rule(e, rules[i], ret);
        while (e->n_trail > before)
            e->slots[e->trail[--e->n_trail]].type = PAIL_RULE_UNSET;
    }
    e->depth--;
    return rc;
}

int pail_eval_rules(struct pail_eval *e, struct pail_eval_result *ret)
{
    return try_rules(e, e->rules->h->rules, ret);
}
