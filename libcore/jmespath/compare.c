/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is equal, what comes first, what is false.
 *
 * Integers are compared as integers as long as both are; a double, or a number of more than 64
 * bits, makes it a comparison of doubles.
 */
#include "jmespath/syntax.h"

#include "base/str.h"
#include "base/value_json.h"

bool pail_jmes_is_number(const struct pail_value *v)
{
    enum pail_value_type t = pail_value_type(v);
    return t == PAIL_VAL_INT || t == PAIL_VAL_REAL || t == PAIL_VAL_NUMBER;
}

double pail_jmes_real(const struct pail_value *number)
{
    double d = 0;
    bool b;
    if (pail_value_type(number) == PAIL_VAL_NUMBER)
        (void)pail_real_parse(pail_value_as_str(number), &d);
    else if (pail_value_as_bool(number, &b))
        d = b;
    else
        (void)pail_value_as_real(number, &d);
    return d;
}

static bool number_eq(const struct pail_value *a, const struct pail_value *b)
{
    int64_t i, k;
    if (pail_value_as_int(a, &i) && pail_value_as_int(b, &k))
        return i == k;
    if (pail_value_type(a) == PAIL_VAL_NUMBER && pail_value_type(b) == PAIL_VAL_NUMBER)
        return pail_str_eq(pail_value_as_str(a), pail_value_as_str(b));
    return pail_jmes_real(a) == pail_jmes_real(b);
}

static bool counts(const struct pail_value *v)
{
    return pail_jmes_is_number(v) || pail_value_type(v) == PAIL_VAL_BOOL;
}

bool pail_jmes_same(const struct pail_value *a, const struct pail_value *b)
{
    enum pail_value_type type = pail_value_type(a);
    if (counts(a) && counts(b))
        return number_eq(a, b);
    if (type != pail_value_type(b))
        return false;
    if (type != PAIL_VAL_LIST && type != PAIL_VAL_MAP)
        return pail_value_eq(a, b);
    if (pail_value_len(a) != pail_value_len(b))
        return false;
    for (size_t i = 0; i < pail_value_len(a); i++) {
        const struct pail_value *other = type == PAIL_VAL_LIST
                                             ? pail_value_at(b, i)
                                             : pail_value_get(b, pail_value_key_at(a, i));
        if (!other || !pail_jmes_same(pail_value_at(a, i), other))
            return false;
    }
    return true;
}

bool pail_jmes_equal(const struct pail_value *a, const struct pail_value *b)
{
    bool bool_a = pail_value_type(a) == PAIL_VAL_BOOL, bool_b = pail_value_type(b) == PAIL_VAL_BOOL;
    if (bool_a != bool_b)
        return false;
    return pail_jmes_same(a, b);
}

int pail_jmes_order(const struct pail_value *a, const struct pail_value *b)
{
    int64_t i, k;
    if (pail_value_type(a) == PAIL_VAL_STRING && pail_value_type(b) == PAIL_VAL_STRING)
        return pail_str_cmp(pail_value_as_str(a), pail_value_as_str(b));
    if (pail_value_as_int(a, &i) && pail_value_as_int(b, &k))
        return (i > k) - (i < k);
    double x = pail_jmes_real(a), y = pail_jmes_real(b);
    return (x > y) - (x < y);
}

bool pail_jmes_is_false(const struct pail_value *v)
{
    bool b;
    switch (pail_value_type(v)) {
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        return true;
    case PAIL_VAL_BOOL:
        return pail_value_as_bool(v, &b) && !b;
    case PAIL_VAL_STRING:
        return !pail_value_as_str(v).len;
    case PAIL_VAL_LIST:
    case PAIL_VAL_MAP:
        return !pail_value_len(v);
    default:
        return false;
    }
}
