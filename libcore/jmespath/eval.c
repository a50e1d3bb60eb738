/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searching walks the expression, not the data: each kind of node says what it makes of a value.
 * Nothing found is the search's one null node; a NULL pointer means that an error has been told.
 */
#include "jmespath/syntax.h"

#include "base/alloc.h"
#include "base/value_repr.h"

#define ARGS_MAX 64

static struct pail_jmes_node *node(const struct pail_jmes_search *s, uint32_t n)
{
    return &s->j->nodes[n];
}

static struct pail_value *made(struct pail_jmes_search *s, struct pail_value *v)
{
    if (!v && !s->rc)
        s->rc = pail_error_nomem(s->report->err);
    return v;
}

struct pail_value *pail_jmes_refuse(struct pail_jmes_search *s, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf m = PAIL_BUF_INIT(SIZE_MAX / 4);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&m, fmt, ap);
    va_end(ap);
    s->rc = pail_jmes_say(s->report, PAIL_E_INVALID, &m);
    return NULL;
}

static struct pail_value *chain(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    for (uint32_t c = node(s, n)->child; c != PAIL_JN_NONE && in; c = node(s, c)->next)
        in = pail_jmes_eval(s, c, in);
    return in;
}

static struct pail_value *index_of(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    int64_t i = node(s, n)->part[0], len = (int64_t)pail_value_len(in);
    if (pail_value_type(in) != PAIL_VAL_LIST)
        return s->null;
    if (i < 0)
        i += len;
    return i < 0 || i >= len ? s->null : pail_value_at(in, (size_t)i);
}

/* A bound of a slice, as Python's slice.indices has it. */
static int64_t bound(bool has, int64_t v, int64_t otherwise, int64_t len, int64_t low, int64_t high)
{
    if (!has)
        return otherwise;
    if (v < 0)
        v += len;
    return v < low ? low : v > high ? high : v;
}

static struct pail_value *slice(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    const struct pail_jmes_node *x = node(s, n);
    int64_t len = (int64_t)pail_value_len(in), step = x->has[2] ? x->part[2] : 1;
    if (pail_value_type(in) != PAIL_VAL_LIST)
        return s->null;
    if (step == 0)
        return pail_jmes_refuse(s, "slice step cannot be zero");
    struct pail_value *list = made(s, pail_value_list(s->vs));
    bool up = step > 0;
    int64_t low = up ? 0 : -1, high = up ? len : len - 1;
    int64_t i = bound(x->has[0], x->part[0], up ? low : high, len, low, high);
    int64_t stop = bound(x->has[1], x->part[1], up ? high : low, len, low, high);
    while (up ? i < stop : i > stop) {
        pail_value_append(s->vs, list, pail_value_at(in, (size_t)i));
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    return list;
}

/* One element through a projection: nulls fall out. False after an error. */
static bool project(struct pail_jmes_search *s, uint32_t right, struct pail_value *element,
                    struct pail_value *to)
{
    struct pail_value *v = pail_jmes_eval(s, right, element);
    if (v && pail_value_type(v) != PAIL_VAL_NULL)
        pail_value_append(s->vs, to, v);
    return v != NULL;
}

static struct pail_value *projection(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    uint32_t left = node(s, n)->child, right = node(s, left)->next;
    uint32_t condition = node(s, right)->next; /* of filters */
    struct pail_value *base = pail_jmes_eval(s, left, in);
    enum pail_value_type of = node(s, n)->type == PAIL_JN_VALUES ? PAIL_VAL_MAP : PAIL_VAL_LIST;
    if (!base)
        return NULL;
    if (pail_value_type(base) != of)
        return s->null;
    struct pail_value *to = made(s, pail_value_list(s->vs));
    for (size_t i = 0; to && i < pail_value_len(base); i++) {
        struct pail_value *element = pail_value_at(base, i);
        if (condition != PAIL_JN_NONE) {
            struct pail_value *yes = pail_jmes_eval(s, condition, element);
            if (!yes)
                return NULL;
            if (pail_jmes_is_false(yes))
                continue;
        }
        if (!project(s, right, element, to))
            return NULL;
    }
    return to;
}

static struct pail_value *flatten(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    struct pail_value *base = pail_jmes_eval(s, node(s, n)->child, in);
    if (!base)
        return NULL;
    if (pail_value_type(base) != PAIL_VAL_LIST)
        return s->null;
    struct pail_value *to = made(s, pail_value_list(s->vs));
    for (size_t i = 0; i < pail_value_len(base); i++) {
        struct pail_value *v = pail_value_at(base, i);
        if (pail_value_type(v) != PAIL_VAL_LIST)
            pail_value_append(s->vs, to, v);
        for (size_t k = 0; pail_value_type(v) == PAIL_VAL_LIST && k < pail_value_len(v); k++)
            pail_value_append(s->vs, to, pail_value_at(v, k));
    }
    return to;
}

static struct pail_value *multi_select(struct pail_jmes_search *s, uint32_t n,
                                       struct pail_value *in)
{
    if (pail_value_type(in) == PAIL_VAL_NULL)
        return s->null;
    bool map = node(s, n)->type == PAIL_JN_MAP;
    struct pail_value *to = made(s, map ? pail_value_map(s->vs) : pail_value_list(s->vs));
    for (uint32_t c = node(s, n)->child; to && c != PAIL_JN_NONE; c = node(s, c)->next) {
        struct pail_value *v = pail_jmes_eval(s, map ? node(s, c)->child : c, in);
        if (!v)
            return NULL;
        if (map)
            pail_value_set(s->vs, to, node(s, c)->name, v);
        else
            pail_value_append(s->vs, to, v);
    }
    return to;
}

static bool comparable(const struct pail_value *v)
{
    return pail_jmes_is_number(v) || pail_value_type(v) == PAIL_VAL_STRING;
}

static const char *operator_of(enum pail_jmes_token_type op)
{
    return op == PAIL_JT_LT ? "<" : op == PAIL_JT_LTE ? "<=" : op == PAIL_JT_GT ? ">" : ">=";
}

static struct pail_value *compare(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    uint32_t left = node(s, n)->child;
    enum pail_jmes_token_type op = node(s, n)->op;
    const struct pail_value *a = pail_jmes_eval(s, left, in);
    const struct pail_value *b = a ? pail_jmes_eval(s, node(s, left)->next, in) : NULL;
    if (!b)
        return NULL;
    if (op == PAIL_JT_EQ || op == PAIL_JT_NE)
        return made(s, pail_value_bool(s->vs, pail_jmes_equal(a, b) == (op == PAIL_JT_EQ)));
    if (!comparable(a) || !comparable(b))
        return s->null;
    if (pail_jmes_is_number(a) != pail_jmes_is_number(b))
        return pail_jmes_refuse(s, "'%s' not supported between instances of '%s' and '%s'",
                                operator_of(op), pail_value_pytype(a), pail_value_pytype(b));
    int order = pail_jmes_order(a, b);
    bool is = op == PAIL_JT_LT    ? order < 0
              : op == PAIL_JT_LTE ? order <= 0
              : op == PAIL_JT_GT  ? order > 0
                                  : order >= 0;
    return made(s, pail_value_bool(s->vs, is));
}

static struct pail_value *either(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    uint32_t left = node(s, n)->child;
    bool or = node(s, n)->type == PAIL_JN_OR;
    struct pail_value *v = pail_jmes_eval(s, left, in);
    if (!v || pail_jmes_is_false(v) != or)
        return v;
    return pail_jmes_eval(s, node(s, left)->next, in);
}

static struct pail_value *call(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    struct pail_jmes_arg few[ARGS_MAX], *args = few;
    size_t n_args = 0, i = 0;
    for (uint32_t c = node(s, n)->child; c != PAIL_JN_NONE; c = node(s, c)->next)
        n_args++;
    PAIL_AUTOFREE struct pail_jmes_arg *many = NULL;
    if (n_args > ARGS_MAX) {
        args = many = pail_calloc(n_args, sizeof(*many));
        if (!many) {
            s->rc = pail_error_nomem(s->report->err);
            return NULL;
        }
    }
    for (uint32_t c = node(s, n)->child; c != PAIL_JN_NONE; c = node(s, c)->next, i++) {
        bool is_expression = node(s, c)->type == PAIL_JN_EXPREF;
        args[i].expression = is_expression ? node(s, c)->child : PAIL_JN_NONE;
        args[i].value = is_expression ? s->null : pail_jmes_eval(s, c, in);
        if (!args[i].value)
            return NULL;
    }
    return pail_jmes_call(s, node(s, n)->name, args, n_args);
}

struct pail_value *pail_jmes_eval(struct pail_jmes_search *s, uint32_t n, struct pail_value *in)
{
    struct pail_value *v;
    switch (node(s, n)->type) {
    case PAIL_JN_IDENTITY:
        return in;
    case PAIL_JN_FIELD:
        v = pail_value_get(in, node(s, n)->name);
        return v ? v : s->null;
    case PAIL_JN_LITERAL:
        return (struct pail_value *)node(s, n)->value;
    case PAIL_JN_CHAIN:
        return chain(s, n, in);
    case PAIL_JN_INDEX:
        return index_of(s, n, in);
    case PAIL_JN_SLICE:
        return slice(s, n, in);
    case PAIL_JN_PROJECTION:
    case PAIL_JN_VALUES:
    case PAIL_JN_FILTER:
        return projection(s, n, in);
    case PAIL_JN_FLATTEN:
        return flatten(s, n, in);
    case PAIL_JN_LIST:
    case PAIL_JN_MAP:
        return multi_select(s, n, in);
    case PAIL_JN_KEY:
        return pail_jmes_eval(s, node(s, n)->child, in);
    case PAIL_JN_COMPARE:
        return compare(s, n, in);
    case PAIL_JN_OR:
    case PAIL_JN_AND:
        return either(s, n, in);
    case PAIL_JN_NOT:
        v = pail_jmes_eval(s, node(s, n)->child, in);
        return v ? made(s, pail_value_bool(s->vs, pail_jmes_is_false(v))) : NULL;
    case PAIL_JN_CALL:
        return call(s, n, in);
    case PAIL_JN_EXPREF:
        break;
    }
    return pail_jmes_refuse(s, "An expression reference is no value by itself");
}

int pail_jmes_run(const struct pail_jmes *j, const struct pail_value *in, struct pail_values *vs,
                  struct pail_value **ret, const struct pail_jmes_report *r)
{
    struct pail_jmes_search s = {.j = j, .vs = vs, .report = r, .null = pail_value_null(vs)};
    struct pail_value *v = NULL;
    if (s.null)
        v = pail_jmes_eval(&s, j->root, in ? (struct pail_value *)in : s.null);
    int rc = pail_values_check(vs, r->err);
    if (rc || s.rc)
        return s.rc ? s.rc : rc;
    *ret = v;
    return 0;
}
