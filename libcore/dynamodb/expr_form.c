/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions written out: DynamoDB's own grammar, in which names stand for themselves and values
 * are arguments. It is read into the same nodes that the builders make, so placeholders, reserved
 * words and checks are as there.
 *
 *     condition   or;  or: and (OR and)*;  and: not (AND not)*;  not: NOT not | "(" or ")" | test
 *     test        FUNCTION(operand[, operand]) | operand COMPARATOR operand
 *                 | operand BETWEEN operand AND operand | operand IN (value, ...)
 *     operand     name | value | FUNCTION(operand[, operand]);  in updates also: operand (+|-)
 * operand update      (SET name = operand, ... | REMOVE name, ... | ADD name operand, ... | DELETE
 * ...)*
 */
#include <strings.h>

#include "base/str.h"
#include "base/value_form.h"
#include "dynamodb/expr.h"

#define DEPTH_MAX 64

struct reader {
    struct pail_dynamodb_expr *x;
    struct pail_form form;
    bool is_key;
};

static void *fail(struct reader *r, const char *why)
{
    struct pail_error *e = &r->x->failure;
    if (!e->code)
        pail_error_set(e, PAIL_D_USAGE, PAIL_E_INVALID, "expression \"%.96s\": byte %zu: %s",
                       r->form.form, (size_t)(r->form.p - r->form.form), why);
    return NULL;
}

static void skip_blanks(struct reader *r)
{
    r->form.p += strspn(r->form.p, " \t\r\n");
}

/* Letters of names; a name may have a path's brackets in it. */
static size_t name_length(const char *p)
{
    if (*p == '-')
        return 0;
    return strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.[]$@");
}

static bool is_word(const struct reader *r, const char *word)
{
    size_t n = strlen(word);
    return name_length(r->form.p) == n && strncasecmp(r->form.p, word, n) == 0;
}

static bool take_word(struct reader *r, const char *word)
{
    skip_blanks(r);
    bool ok = is_word(r, word);
    if (ok)
        r->form.p += strlen(word);
    return ok;
}

static bool take_sign(struct reader *r, const char *sign)
{
    skip_blanks(r);
    size_t n = strlen(sign);
    bool ok = strncmp(r->form.p, sign, n) == 0;
    if (ok)
        r->form.p += n;
    return ok;
}

static bool need_sign(struct reader *r, const char *sign, const char *why)
{
    return take_sign(r, sign) || fail(r, why);
}

/* ---- Operands -------------------------------------------------------------------------------- */

typedef void *make_fn(struct pail_dynamodb_expr *x, void *a, void *b);

#define MAKER(name)                                                                                \
    static void *make_##name(struct pail_dynamodb_expr *x, void *a, void *b)                       \
    {                                                                                              \
        return pail_dynamodb_##name(x, a, b);                                                      \
    }
#define MAKER_OF_ONE(name)                                                                         \
    static void *make_##name(struct pail_dynamodb_expr *x, void *a, void *b)                       \
    {                                                                                              \
        (void)b;                                                                                   \
        return pail_dynamodb_##name(x, a);                                                         \
    }
MAKER(eq)
MAKER(ne)
MAKER(lt)
MAKER(lte)
MAKER(gt)
MAKER(gte)
MAKER(begins_with)
MAKER(contains)
MAKER(attribute_type)
MAKER(if_not_exists)
MAKER(list_append)
MAKER_OF_ONE(size)
MAKER_OF_ONE(exists)
MAKER_OF_ONE(not_exists)

struct function {
    const char *name;
    unsigned operands;
    make_fn *make;
};
static const struct function operand_functions[] = {
    {"size", 1, make_size},
    {"if_not_exists", 2, make_if_not_exists},
    {"list_append", 2, make_list_append},
};
static const struct function condition_functions[] = {
    {"attribute_exists", 1, make_exists},
    {"attribute_not_exists", 1, make_not_exists},
    {"attribute_type", 2, make_attribute_type},
    {"begins_with", 2, make_begins_with},
    {"contains", 2, make_contains},
};

static struct pail_dynamodb_operand *operand(struct reader *r);

/* "NAME(": it moves behind it. */
static const struct function *take_function(struct reader *r, const struct function *table,
                                            size_t n)
{
    skip_blanks(r);
    for (size_t i = 0; i < n; i++) {
        const char *behind = r->form.p + strlen(table[i].name);
        if (is_word(r, table[i].name) && behind[strspn(behind, " \t")] == '(') {
            r->form.p = behind + strspn(behind, " \t") + 1;
            return &table[i];
        }
    }
    return NULL;
}

static void *function_call(struct reader *r, const struct function *f)
{
    void *a = operand(r), *b = NULL;
    if (a && f->operands == 2)
        b = need_sign(r, ",", "a comma should be here") ? operand(r) : NULL;
    if (!a || (f->operands == 2 && !b) || !need_sign(r, ")", "a bracket should be here"))
        return NULL;
    return f->make(r->x, a, b);
}

static bool begins_value(const char *p)
{
    return strchr("%'\"+-{[", *p ? *p : 'x') || (*p >= '0' && *p <= '9');
}

static bool take_raw(struct reader *r, struct pail_value **ret)
{
    if (pail_form_value(&r->form, ret))
        return true;
    if (!r->x->failure.code && pail_values_check(r->x->vs, &r->x->failure) == 0)
        (void)fail(r, "no value");
    return false;
}

static struct pail_dynamodb_operand *take_value(struct reader *r)
{
    struct pail_value *v = NULL;
    return take_raw(r, &v) ? pail_dynamodb_val(r->x, v) : NULL;
}

static struct pail_dynamodb_operand *operand(struct reader *r)
{
    skip_blanks(r);
    if (++r->form.depth > DEPTH_MAX)
        return fail(r, "nested too deeply");
    struct pail_dynamodb_operand *made = NULL;
    const struct function *f = take_function(r, operand_functions,
                                             PAIL_ARRAY_LEN(operand_functions));
    size_t n = name_length(r->form.p);
    if (f) {
        made = function_call(r, f);
    } else if (begins_value(r->form.p)) {
        made = take_value(r);
    } else if (is_word(r, "true") || is_word(r, "false") || is_word(r, "null")) {
        made = take_value(r);
    } else if (n) {
        struct pail_str name = pail_strn(r->form.p, n);
        r->form.p += n;
        made = r->is_key ? pail_dynamodb_key(r->x, name) : pail_dynamodb_attr(r->x, name);
    } else {
        made = fail(r, "a name or a value should be here");
    }
    r->form.depth--;
    return made;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

static struct pail_dynamodb_cond *either(struct reader *r);

static struct pail_dynamodb_cond *is_in(struct reader *r, struct pail_dynamodb_operand *a)
{
    struct pail_value *list = NULL, *v;
    skip_blanks(r);
    if (*r->form.p == '%') /* a list that is there already */
        return take_raw(r, &list) ? pail_dynamodb_is_in(r->x, a, list) : NULL;
    if (!need_sign(r, "(", "a bracket should be here"))
        return NULL;
    list = pail_value_list(r->x->vs);
    do {
        skip_blanks(r);
        v = NULL;
        if (!take_raw(r, &v))
            return NULL;
        pail_value_append(r->x->vs, list, v);
    } while (take_sign(r, ","));
    return need_sign(r, ")", "a bracket should be here") ? pail_dynamodb_is_in(r->x, a, list)
                                                         : NULL;
}

static struct pail_dynamodb_cond *between(struct reader *r, struct pail_dynamodb_operand *a)
{
    struct pail_dynamodb_operand *low = operand(r);
    if (!low || (!take_word(r, "AND") && !fail(r, "AND should be here")))
        return NULL;
    struct pail_dynamodb_operand *high = operand(r);
    return high ? pail_dynamodb_between(r->x, a, low, high) : NULL;
}

static struct pail_dynamodb_cond *comparison(struct reader *r)
{
    static const struct {
        const char *sign;
        make_fn *make;
    } signs[] = {
        {"<=", make_lte}, {"<>", make_ne}, {"<", make_lt},
        {">=", make_gte}, {">", make_gt},  {"=", make_eq},
    };
    struct pail_dynamodb_operand *a = operand(r);
    if (!a)
        return NULL;
    if (take_word(r, "BETWEEN"))
        return between(r, a);
    if (take_word(r, "IN"))
        return is_in(r, a);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(signs); i++) {
        if (!take_sign(r, signs[i].sign))
            continue;
        struct pail_dynamodb_operand *b = operand(r);
        return b ? signs[i].make(r->x, a, b) : NULL;
    }
    return fail(r, "a comparison should be here");
}

static struct pail_dynamodb_cond *single(struct reader *r)
{
    struct pail_dynamodb_cond *c;
    if (++r->form.depth > DEPTH_MAX)
        return fail(r, "nested too deeply");
    const struct function *f = take_function(r, condition_functions,
                                             PAIL_ARRAY_LEN(condition_functions));
    if (f) {
        c = function_call(r, f);
    } else if (take_word(r, "NOT")) {
        c = single(r);
        c = c ? pail_dynamodb_not(r->x, c) : NULL;
    } else if (take_sign(r, "(")) {
        c = either(r);
        if (c && !need_sign(r, ")", "a bracket should be here"))
            c = NULL;
    } else {
        c = comparison(r);
    }
    r->form.depth--;
    return c;
}

static struct pail_dynamodb_cond *both(struct reader *r)
{
    struct pail_dynamodb_cond *a = single(r), *b;
    while (a && take_word(r, "AND")) {
        b = single(r);
        a = b ? pail_dynamodb_and(r->x, a, b) : NULL;
    }
    return a;
}

static struct pail_dynamodb_cond *either(struct reader *r)
{
    struct pail_dynamodb_cond *a = both(r), *b;
    while (a && take_word(r, "OR")) {
        b = both(r);
        a = b ? pail_dynamodb_or(r->x, a, b) : NULL;
    }
    return a;
}

static struct pail_dynamodb_cond *condition(struct pail_dynamodb_expr *x, bool is_key,
                                            const char *form, va_list ap)
{
    struct reader r = {.x = x, .form = {.vs = x->vs, .form = form, .p = form}, .is_key = is_key};
    va_copy(r.form.ap, ap);
    struct pail_dynamodb_cond *c = either(&r);
    skip_blanks(&r);
    if (c && *r.form.p)
        c = fail(&r, "AND, OR or the end should be here");
    va_end(r.form.ap);
    return c;
}

#define DEFINE_CONDITION(name, is_key)                                                             \
    void pail_dynamodb_##name##f(struct pail_dynamodb_expr *x, const char *form, ...)              \
    {                                                                                              \
        va_list ap;                                                                                \
        va_start(ap, form);                                                                        \
        pail_dynamodb_##name(x, condition(x, is_key, form, ap));                                   \
        va_end(ap);                                                                                \
    }

DEFINE_CONDITION(condition, false)
DEFINE_CONDITION(filter, false)
DEFINE_CONDITION(key_condition, true)

/* ---- Updates --------------------------------------------------------------------------------- */

static struct pail_dynamodb_operand *sum(struct reader *r)
{
    struct pail_dynamodb_operand *a = operand(r), *b;
    if (!a)
        return NULL;
    bool plus = take_sign(r, "+");
    if (!plus && !take_sign(r, "-"))
        return a;
    b = operand(r);
    if (!b)
        return NULL;
    return plus ? pail_dynamodb_plus(r->x, a, b) : pail_dynamodb_minus(r->x, a, b);
}

/* One "name = operand", "name" or "name operand". */
static bool change(struct reader *r, enum pail_dynamodb_clause clause)
{
    skip_blanks(r);
    struct pail_str name = pail_strn(r->form.p, name_length(r->form.p));
    struct pail_dynamodb_operand *v = NULL;
    if (!name.len)
        return fail(r, "a name should be here");
    r->form.p += name.len;
    if (clause == PAIL_DYNAMODB_SET && !need_sign(r, "=", "an equals sign should be here"))
        return false;
    if (clause != PAIL_DYNAMODB_REMOVE && !(v = clause == PAIL_DYNAMODB_SET ? sum(r) : operand(r)))
        return false;
    if (clause == PAIL_DYNAMODB_SET)
        pail_dynamodb_update_set(r->x, name, v);
    else if (clause == PAIL_DYNAMODB_ADD)
        pail_dynamodb_update_add(r->x, name, v);
    else if (clause == PAIL_DYNAMODB_DELETE)
        pail_dynamodb_update_delete(r->x, name, v);
    else
        pail_dynamodb_update_remove(r->x, name);
    return true;
}

void pail_dynamodb_updatef(struct pail_dynamodb_expr *x, const char *form, ...)
{
    static const char *const words[] = {
        [PAIL_DYNAMODB_SET] = "SET",
        [PAIL_DYNAMODB_REMOVE] = "REMOVE",
        [PAIL_DYNAMODB_ADD] = "ADD",
        [PAIL_DYNAMODB_DELETE] = "DELETE",
    };
    struct reader r = {.x = x, .form = {.vs = x->vs, .form = form, .p = form}};
    bool ok = true;

    va_start(r.form.ap, form);
    while (ok) {
        size_t clause = 0;
        while (clause < PAIL_ARRAY_LEN(words) && !take_word(&r, words[clause]))
            clause++;
        if (clause == PAIL_ARRAY_LEN(words)) {
            ok = fail(&r, "SET, REMOVE, ADD or DELETE should be here");
            break;
        }
        do {
            ok = change(&r, (enum pail_dynamodb_clause)clause);
        } while (ok && take_sign(&r, ","));
        skip_blanks(&r);
        if (!*r.form.p)
            break;
    }
    va_end(r.form.ap);
}
