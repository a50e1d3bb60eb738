/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions as text with placeholders, letter by letter what boto3's ConditionExpressionBuilder
 * makes: every name and every value gets its own, in reading order, also where one occurs twice.
 */
#include "dynamodb/expr.h"

#include "base/buf.h"
#include "base/str.h"

/* DynamoDB takes 4 KiB; the service shall say so, not us. */
#define TEXT_MAX ((size_t)1 << 20)
#define DEPTH_MAX 1000

struct writer {
    struct pail_values *vs;
    struct pail_buf text;
    struct pail_value *names, *values; /* made when there is something for them */
    unsigned n_names, n_values, depth;
    bool key_condition;
    struct pail_error *err;
    int rc;
};

static void put_name(struct writer *w, struct pail_str part)
{
    struct pail_buf name = PAIL_BUF_INIT(32);
    pail_buf_fmt(&name, "#n%u", w->n_names++);
    pail_buf_str(&w->text, pail_buf_view(&name));
    if (!w->names)
        w->names = pail_value_map(w->vs);
    pail_value_set(w->vs, w->names, pail_buf_view(&name), pail_value_str(w->vs, part));
    if (name.failed)
        w->text.failed = name.failed;
    pail_buf_done(&name);
}

static void put_value(struct writer *w, const struct pail_value *v)
{
    struct pail_buf name = PAIL_BUF_INIT(32);
    pail_buf_fmt(&name, ":v%u", w->n_values++);
    pail_buf_str(&w->text, pail_buf_view(&name));
    if (!w->values)
        w->values = pail_value_map(w->vs);
    pail_value_set(w->vs, w->values, pail_buf_view(&name), pail_value_copy(w->vs, v));
    if (name.failed)
        w->text.failed = name.failed;
    pail_buf_done(&name);
}

static bool is_mark(char c)
{
    return c == '.' || c == '[' || c == ']';
}

/* Inside of "[...]", as far as the text behind tells: the next bracket closes. */
static bool in_brackets(struct pail_str behind)
{
    for (size_t i = 0; i < behind.len; i++)
        if (behind.ptr[i] == '[' || behind.ptr[i] == ']')
            return behind.ptr[i] == ']';
    return false;
}

/* "a.b[0]" is "#n0.#n1[0]". */
static void put_path(struct writer *w, struct pail_str path)
{
    for (size_t i = 0, end; i < path.len; i = end) {
        end = i;
        if (is_mark(path.ptr[i])) {
            pail_buf_char(&w->text, path.ptr[end++]);
            continue;
        }
        while (end < path.len && !is_mark(path.ptr[end]))
            end++;
        struct pail_str part = pail_str_sub(path, i, end - i);
        if (in_brackets(pail_str_from(path, end)))
            pail_buf_str(&w->text, part);
        else
            put_name(w, part);
    }
}

static void put_group(struct writer *w, const struct pail_value *list)
{
    pail_buf_char(&w->text, '(');
    for (size_t i = 0; i < pail_value_len(list); i++) {
        if (i)
            pail_buf_z(&w->text, ", ");
        put_value(w, pail_value_at(list, i));
    }
    pail_buf_char(&w->text, ')');
}

static void put_node(struct writer *w, const struct pail_dynamodb_node *n);

static void put_format(struct writer *w, const struct pail_dynamodb_node *n)
{
    if (w->depth == DEPTH_MAX) {
        w->rc = pail_error_set(w->err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                               "an expression is nested more than %d levels deep", DEPTH_MAX);
        return;
    }
    w->depth++;
    for (const char *f = n->format; *f && w->rc == 0; f++) {
        if (*f >= '0' && *f <= '2')
            put_node(w, n->child[*f - '0']);
        else
            pail_buf_char(&w->text, *f);
    }
    w->depth--;
}

static void put_node(struct writer *w, const struct pail_dynamodb_node *n)
{
    struct pail_str path;
    switch (n->kind) {
    case PAIL_DYNAMODB_NAME:
        path = pail_value_as_str(n->value);
        if (w->key_condition && !n->is_key) {
            path = pail_str_sub(path, 0, 80);
            w->rc = pail_error_set(w->err, PAIL_D_USAGE, PAIL_E_INVALID,
                                   "Attribute object %.*s is of type Attr. KeyConditionExpression "
                                   "only supports Attribute objects of type Key",
                                   PAIL_STR_ARG(path));
            return;
        }
        put_path(w, path);
        break;
    case PAIL_DYNAMODB_VALUE:
        put_value(w, n->value);
        break;
    case PAIL_DYNAMODB_GROUP:
        put_group(w, n->value);
        break;
    case PAIL_DYNAMODB_FORMAT:
        put_format(w, n);
        break;
    }
}

/* The text so far goes into params under this name; the next begins. */
static void finish(struct writer *w, struct pail_value *params, struct pail_str name)
{
    if (w->rc == 0)
        w->rc = pail_buf_check(&w->text, "expression", w->err);
    if (w->rc == 0)
        pail_value_set(w->vs, params, name, pail_value_str(w->vs, pail_buf_view(&w->text)));
    pail_buf_reset(&w->text);
}

static void put_condition(struct writer *w, struct pail_value *params, struct pail_str name,
                          const struct pail_dynamodb_node *n)
{
    if (!n || w->rc < 0)
        return;
    put_node(w, n);
    finish(w, params, name);
}

static void put_clause(struct writer *w, const struct pail_dynamodb_parts *parts, const char *word)
{
    if (!parts->n || w->rc < 0)
        return;
    if (w->text.len)
        pail_buf_char(&w->text, ' ');
    pail_buf_z(&w->text, word);
    for (size_t i = 0; i < parts->n && w->rc == 0; i++) {
        if (i)
            pail_buf_z(&w->text, ", ");
        put_node(w, parts->items[i]);
    }
}

static void put_update(struct writer *w, struct pail_value *params,
                       const struct pail_dynamodb_expr *x)
{
    put_clause(w, &x->clauses[PAIL_DYNAMODB_SET], "SET ");
    put_clause(w, &x->clauses[PAIL_DYNAMODB_REMOVE], "REMOVE ");
    put_clause(w, &x->clauses[PAIL_DYNAMODB_ADD], "ADD ");
    put_clause(w, &x->clauses[PAIL_DYNAMODB_DELETE], "DELETE ");
    if (w->text.len)
        finish(w, params, PAIL_STR("UpdateExpression"));
}

/* Behind what the caller has put there. */
static void merge(struct writer *w, struct pail_value *params, struct pail_str name,
                  struct pail_value *map)
{
    const struct pail_value *own = pail_value_get(params, name);
    if (!map)
        return;
    if (own) {
        struct pail_value *both = pail_value_copy(w->vs, own);
        for (size_t i = 0; i < pail_value_len(map); i++)
            pail_value_set(w->vs, both, pail_value_key_at(map, i), pail_value_at(map, i));
        map = both;
    }
    pail_value_set(w->vs, params, name, map);
}

int pail_dynamodb_expr_apply(const struct pail_dynamodb_expr *x, struct pail_values *vs,
                             struct pail_value *params, struct pail_error *err)
{
    struct writer w = {.vs = vs, .err = err, .text = PAIL_BUF_INIT(TEXT_MAX)};

    if (x->failure.code) {
        pail_error_copy(err, &x->failure);
        return x->failure.code;
    }
    w.rc = pail_values_check(x->vs, err);
    put_condition(&w, params, PAIL_STR("ConditionExpression"), x->condition);
    put_condition(&w, params, PAIL_STR("FilterExpression"), x->filter);
    w.key_condition = true;
    put_condition(&w, params, PAIL_STR("KeyConditionExpression"), x->key_condition);
    w.key_condition = false;
    put_clause(&w, &x->clauses[PAIL_DYNAMODB_PROJECT], "");
    if (w.text.len)
        finish(&w, params, PAIL_STR("ProjectionExpression"));
    put_update(&w, params, x);
    pail_buf_done(&w.text);
    if (w.rc < 0)
        return w.rc;
    merge(&w, params, PAIL_STR("ExpressionAttributeNames"), w.names);
    merge(&w, params, PAIL_STR("ExpressionAttributeValues"), w.values);
    return pail_values_check(vs, err);
}
