/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making expressions: nodes with a format and up to three children. There is one kind of node for
 * everything that has operands; what distinguishes "a = b" from "contains(a, b)" is its format, so
 * that there is one place (expr_text.c) where text is made and no switch over operators.
 */
#include "dynamodb/expr.h"

#include "base/alloc.h"

int pail_dynamodb_expr_new(struct pail_dynamodb_expr **ret, struct pail_error *err)
{
    struct pail_dynamodb_expr *x = pail_zalloc(sizeof(*x));
    if (!x)
        return pail_error_nomem(err);
    int rc = pail_values_new(&x->vs, err);
    if (rc < 0) {
        pail_free(x);
        return rc;
    }
    *ret = x;
    return 0;
}

struct pail_dynamodb_expr *pail_dynamodb_expr_free(struct pail_dynamodb_expr *x)
{
    if (!x)
        return NULL;
    for (struct pail_dynamodb_node *n = x->nodes, *next; n; n = next) {
        next = n->next;
        pail_free(n);
    }
    for (size_t i = 0; i < PAIL_DYNAMODB_CLAUSES; i++)
        pail_free(x->clauses[i].items);
    pail_values_free(x->vs);
    pail_free(x);
    return NULL;
}

static void fail(struct pail_dynamodb_expr *x, const char *what)
{
    if (!x->failure.code)
        pail_error_set(&x->failure, PAIL_D_USAGE, PAIL_E_INVALID, "%s", what);
}

static void fail_nomem(struct pail_dynamodb_expr *x)
{
    if (!x->failure.code)
        pail_error_nomem(&x->failure);
}

static struct pail_dynamodb_node *make(struct pail_dynamodb_expr *x)
{
    struct pail_dynamodb_node *n = x->failure.code ? NULL : pail_zalloc(sizeof(*n));
    if (!n) {
        fail_nomem(x);
        return NULL;
    }
    n->next = x->nodes;
    x->nodes = n;
    return n;
}

static struct pail_dynamodb_node *make_value(struct pail_dynamodb_expr *x, int kind,
                                             struct pail_value *v)
{
    struct pail_dynamodb_node *n = v ? make(x) : NULL;
    if (!v)
        fail_nomem(x);
    if (n) {
        n->kind = kind;
        n->value = v;
    }
    return n;
}

static struct pail_dynamodb_node *make_path(struct pail_dynamodb_expr *x, struct pail_str path,
                                            bool is_key)
{
    if (!path.len) {
        fail(x, "the name of an attribute is empty");
        return NULL;
    }
    struct pail_dynamodb_node *n = make_value(x, PAIL_DYNAMODB_NAME, pail_value_str(x->vs, path));
    if (n)
        n->is_key = is_key;
    return n;
}

/* n of the children are used; NULL among them: it failed before, or was given so. */
static struct pail_dynamodb_node *make_format(struct pail_dynamodb_expr *x, const char *format,
                                              size_t n, const struct pail_dynamodb_node *a,
                                              const struct pail_dynamodb_node *b,
                                              const struct pail_dynamodb_node *c)
{
    const struct pail_dynamodb_node *child[3] = {a, b, c};
    for (size_t i = 0; i < n; i++) {
        if (!child[i]) {
            fail(x, "a part of an expression is missing");
            return NULL;
        }
    }
    struct pail_dynamodb_node *node = make(x);
    if (!node)
        return NULL;
    node->kind = PAIL_DYNAMODB_FORMAT;
    node->format = format;
    memcpy(node->child, child, sizeof(child));
    return node;
}

/* A node is the only member of both public types. */
#define OPERAND(node) ((struct pail_dynamodb_operand *)(node))
#define COND(node) ((struct pail_dynamodb_cond *)(node))
#define NODE(p) ((const struct pail_dynamodb_node *)(p))

/* ---- Operands -------------------------------------------------------------------------------- */

struct pail_dynamodb_operand *pail_dynamodb_key(struct pail_dynamodb_expr *x, struct pail_str path)
{
    return OPERAND(make_path(x, path, true));
}

struct pail_dynamodb_operand *pail_dynamodb_attr(struct pail_dynamodb_expr *x, struct pail_str path)
{
    return OPERAND(make_path(x, path, false));
}

struct pail_dynamodb_operand *pail_dynamodb_val(struct pail_dynamodb_expr *x,
                                                const struct pail_value *v)
{
    if (!v) {
        fail(x, "a value of an expression is missing");
        return NULL;
    }
    return OPERAND(make_value(x, PAIL_DYNAMODB_VALUE, pail_value_copy(x->vs, v)));
}

struct pail_dynamodb_operand *pail_dynamodb_str(struct pail_dynamodb_expr *x, struct pail_str v)
{
    return OPERAND(make_value(x, PAIL_DYNAMODB_VALUE, pail_value_str(x->vs, v)));
}

struct pail_dynamodb_operand *pail_dynamodb_int(struct pail_dynamodb_expr *x, int64_t v)
{
    return OPERAND(make_value(x, PAIL_DYNAMODB_VALUE, pail_value_int(x->vs, v)));
}

struct pail_dynamodb_operand *pail_dynamodb_size(struct pail_dynamodb_expr *x,
                                                 struct pail_dynamodb_operand *attr)
{
    return OPERAND(make_format(x, "size(0)", 1, NODE(attr), NULL, NULL));
}

struct pail_dynamodb_operand *pail_dynamodb_plus(struct pail_dynamodb_expr *x,
                                                 struct pail_dynamodb_operand *a,
                                                 struct pail_dynamodb_operand *b)
{
    return OPERAND(make_format(x, "0 + 1", 2, NODE(a), NODE(b), NULL));
}

struct pail_dynamodb_operand *pail_dynamodb_minus(struct pail_dynamodb_expr *x,
                                                  struct pail_dynamodb_operand *a,
                                                  struct pail_dynamodb_operand *b)
{
    return OPERAND(make_format(x, "0 - 1", 2, NODE(a), NODE(b), NULL));
}

struct pail_dynamodb_operand *pail_dynamodb_if_not_exists(struct pail_dynamodb_expr *x,
                                                          struct pail_dynamodb_operand *attr,
                                                          struct pail_dynamodb_operand *otherwise)
{
    return OPERAND(make_format(x, "if_not_exists(0, 1)", 2, NODE(attr), NODE(otherwise), NULL));
}

struct pail_dynamodb_operand *pail_dynamodb_list_append(struct pail_dynamodb_expr *x,
                                                        struct pail_dynamodb_operand *a,
                                                        struct pail_dynamodb_operand *b)
{
    return OPERAND(make_format(x, "list_append(0, 1)", 2, NODE(a), NODE(b), NULL));
}

/* ---- Conditions ------------------------------------------------------------------------------ */

#define DEFINE_PAIR(name, text)                                                                    \
    struct pail_dynamodb_cond *pail_dynamodb_##name(struct pail_dynamodb_expr *x,                  \
                                                    struct pail_dynamodb_operand *a,               \
                                                    struct pail_dynamodb_operand *b)               \
    {                                                                                              \
        return COND(make_format(x, text, 2, NODE(a), NODE(b), NULL));                              \
    }

DEFINE_PAIR(eq, "0 = 1")
DEFINE_PAIR(ne, "0 <> 1")
DEFINE_PAIR(lt, "0 < 1")
DEFINE_PAIR(lte, "0 <= 1")
DEFINE_PAIR(gt, "0 > 1")
DEFINE_PAIR(gte, "0 >= 1")
DEFINE_PAIR(begins_with, "begins_with(0, 1)")
DEFINE_PAIR(contains, "contains(0, 1)")
DEFINE_PAIR(attribute_type, "attribute_type(0, 1)")

struct pail_dynamodb_cond *pail_dynamodb_between(struct pail_dynamodb_expr *x,
                                                 struct pail_dynamodb_operand *a,
                                                 struct pail_dynamodb_operand *low,
                                                 struct pail_dynamodb_operand *high)
{
    return COND(make_format(x, "0 BETWEEN 1 AND 2", 3, NODE(a), NODE(low), NODE(high)));
}

struct pail_dynamodb_cond *pail_dynamodb_is_in(struct pail_dynamodb_expr *x,
                                               struct pail_dynamodb_operand *a,
                                               const struct pail_value *values)
{
    if (pail_value_type(values) != PAIL_VAL_LIST) {
        fail(x, "the values of is_in are no list");
        return NULL;
    }
    const struct pail_dynamodb_node *group = make_value(x, PAIL_DYNAMODB_GROUP,
                                                        pail_value_copy(x->vs, values));
    return COND(make_format(x, "0 IN 1", 2, NODE(a), group, NULL));
}

struct pail_dynamodb_cond *pail_dynamodb_exists(struct pail_dynamodb_expr *x,
                                                struct pail_dynamodb_operand *attr)
{
    return COND(make_format(x, "attribute_exists(0)", 1, NODE(attr), NULL, NULL));
}

struct pail_dynamodb_cond *pail_dynamodb_not_exists(struct pail_dynamodb_expr *x,
                                                    struct pail_dynamodb_operand *attr)
{
    return COND(make_format(x, "attribute_not_exists(0)", 1, NODE(attr), NULL, NULL));
}

struct pail_dynamodb_cond *pail_dynamodb_and(struct pail_dynamodb_expr *x,
                                             struct pail_dynamodb_cond *a,
                                             struct pail_dynamodb_cond *b)
{
    return COND(make_format(x, "(0 AND 1)", 2, NODE(a), NODE(b), NULL));
}

struct pail_dynamodb_cond *pail_dynamodb_or(struct pail_dynamodb_expr *x,
                                            struct pail_dynamodb_cond *a,
                                            struct pail_dynamodb_cond *b)
{
    return COND(make_format(x, "(0 OR 1)", 2, NODE(a), NODE(b), NULL));
}

struct pail_dynamodb_cond *pail_dynamodb_not(struct pail_dynamodb_expr *x,
                                             struct pail_dynamodb_cond *a)
{
    return COND(make_format(x, "(NOT 0)", 1, NODE(a), NULL, NULL));
}

/* ---- What the call has ----------------------------------------------------------------------- */

static void use(struct pail_dynamodb_expr *x, const struct pail_dynamodb_node **to,
                struct pail_dynamodb_cond *c)
{
    if (!c)
        fail(x, "a condition is missing");
    *to = NODE(c);
}

void pail_dynamodb_condition(struct pail_dynamodb_expr *x, struct pail_dynamodb_cond *c)
{
    use(x, &x->condition, c);
}

void pail_dynamodb_filter(struct pail_dynamodb_expr *x, struct pail_dynamodb_cond *c)
{
    use(x, &x->filter, c);
}

void pail_dynamodb_key_condition(struct pail_dynamodb_expr *x, struct pail_dynamodb_cond *c)
{
    use(x, &x->key_condition, c);
}

static void add(struct pail_dynamodb_expr *x, enum pail_dynamodb_clause clause,
                const struct pail_dynamodb_node *n)
{
    struct pail_dynamodb_parts *p = &x->clauses[clause];
    if (!n)
        return; /* its maker has said why */
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 8;
        void *items = pail_reallocarray(p->items, cap, sizeof(*p->items));
        if (!items) {
            fail_nomem(x);
            return;
        }
        p->items = items;
        p->cap = cap;
    }
    p->items[p->n++] = n;
}

void pail_dynamodb_project(struct pail_dynamodb_expr *x, struct pail_str path)
{
    add(x, PAIL_DYNAMODB_PROJECT, make_path(x, path, false));
}

void pail_dynamodb_update_set(struct pail_dynamodb_expr *x, struct pail_str path,
                              struct pail_dynamodb_operand *v)
{
    struct pail_dynamodb_node *name = make_path(x, path, false);
    add(x, PAIL_DYNAMODB_SET, make_format(x, "0 = 1", 2, name, NODE(v), NULL));
}

void pail_dynamodb_update_remove(struct pail_dynamodb_expr *x, struct pail_str path)
{
    add(x, PAIL_DYNAMODB_REMOVE, make_path(x, path, false));
}

void pail_dynamodb_update_add(struct pail_dynamodb_expr *x, struct pail_str path,
                              struct pail_dynamodb_operand *v)
{
    struct pail_dynamodb_node *name = make_path(x, path, false);
    add(x, PAIL_DYNAMODB_ADD, make_format(x, "0 1", 2, name, NODE(v), NULL));
}

void pail_dynamodb_update_delete(struct pail_dynamodb_expr *x, struct pail_str path,
                                 struct pail_dynamodb_operand *v)
{
    struct pail_dynamodb_node *name = make_path(x, path, false);
    add(x, PAIL_DYNAMODB_DELETE, make_format(x, "0 1", 2, name, NODE(v), NULL));
}
