/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions over lists and maps. Sorting is stable and by merging: equal keys stay in the order of
 * the input, as people who sort by one column and then by another expect.
 */
#include "jmespath/functions.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/value_repr.h"

/* ---- Sums ------------------------------------------------------------------------------------ */

/* Integers exactly as long as 64 bits hold them. */
static struct pail_value *sum(struct pail_jmes_search *s, const struct pail_value *list,
                              double *ret_real)
{
    int64_t whole = 0, i;
    double real = 0;
    bool exact = true;
    for (size_t k = 0; k < pail_value_len(list); k++) {
        const struct pail_value *v = pail_value_at(list, k);
        real += pail_jmes_real(v);
        exact = exact && pail_value_as_int(v, &i) && !__builtin_add_overflow(whole, i, &whole);
    }
    *ret_real = exact ? (double)whole : real;
    return exact ? pail_value_int(s->vs, whole) : pail_value_real(s->vs, real);
}

PAIL_JMES_FN(sum)
{
    double real;
    return sum(s, args[0].value, &real);
}

PAIL_JMES_FN(avg)
{
    double real;
    size_t len = pail_value_len(args[0].value);
    if (!len)
        return s->null;
    return sum(s, args[0].value, &real) ? pail_value_real(s->vs, real / (double)len) : NULL;
}

/* ---- Maps and lists -------------------------------------------------------------------------- */

PAIL_JMES_FN(keys)
{
    struct pail_value *list = pail_value_list(s->vs);
    for (size_t i = 0; i < pail_value_len(args[0].value); i++)
        pail_value_append(s->vs, list, pail_value_str(s->vs, pail_value_key_at(args[0].value, i)));
    return list;
}

PAIL_JMES_FN(values)
{
    struct pail_value *list = pail_value_list(s->vs);
    for (size_t i = 0; i < pail_value_len(args[0].value); i++)
        pail_value_append(s->vs, list, pail_value_at(args[0].value, i));
    return list;
}

PAIL_JMES_FN(merge)
{
    struct pail_value *map = pail_value_map(s->vs);
    for (size_t k = 0; k < n; k++) {
        const struct pail_value *from = args[k].value;
        bool empty = pail_jmes_is_false(from) && (pail_value_type(from) == PAIL_VAL_LIST ||
                                                  pail_value_type(from) == PAIL_VAL_STRING);
        if (pail_value_type(from) != PAIL_VAL_MAP && !empty) /* as Python's dict.update has it */
            return pail_jmes_wrong_type(s, "merge", from, pail_jmes_type(from), "object");
        for (size_t i = 0; i < pail_value_len(from); i++)
            pail_value_set(s->vs, map, pail_value_key_at(from, i), pail_value_at(from, i));
    }
    return map;
}

PAIL_JMES_FN(to_array)
{
    if (pail_value_type(args[0].value) == PAIL_VAL_LIST)
        return args[0].value;
    struct pail_value *list = pail_value_list(s->vs);
    pail_value_append(s->vs, list, args[0].value);
    return list;
}

PAIL_JMES_FN(contains)
{
    const struct pail_value *in = args[0].value, *what = args[1].value;
    if (pail_value_type(in) == PAIL_VAL_STRING) {
        if (pail_value_type(what) != PAIL_VAL_STRING)
            return pail_jmes_refuse(s, "'in <string>' requires string as left operand, not %s",
                                    pail_value_pytype(what));
        size_t at = pail_str_find_str(pail_value_as_str(in), pail_value_as_str(what));
        return pail_value_bool(s->vs, at != SIZE_MAX || !pail_value_as_str(what).len);
    }
    for (size_t i = 0; i < pail_value_len(in); i++)
        if (pail_jmes_same(pail_value_at(in, i), what))
            return pail_value_bool(s->vs, true);
    return pail_value_bool(s->vs, false);
}

PAIL_JMES_FN(join)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    for (size_t i = 0; i < pail_value_len(args[1].value); i++) {
        if (i)
            pail_buf_str(&text, pail_value_as_str(args[0].value));
        pail_buf_str(&text, pail_value_as_str(pail_value_at(args[1].value, i)));
    }
    return text.failed ? NULL : pail_value_str(s->vs, pail_buf_view(&text));
}

PAIL_JMES_FN(reverse)
{
    const struct pail_value *v = args[0].value;
    if (pail_value_type(v) == PAIL_VAL_LIST) {
        struct pail_value *list = pail_value_list(s->vs);
        for (size_t i = pail_value_len(v); i; i--)
            pail_value_append(s->vs, list, pail_value_at(v, i - 1));
        return list;
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_str in = pail_value_as_str(v);
    size_t end = in.len;
    while (end) {
        size_t start = end - 1;
        while (start && ((unsigned char)in.ptr[start] & 0xc0) == 0x80)
            start--;
        pail_buf_str(&text, pail_str_sub(in, start, end - start));
        end = start;
    }
    return text.failed ? NULL : pail_value_str(s->vs, pail_buf_view(&text));
}

PAIL_JMES_FN(map)
{
    const struct pail_value *in = args[1].value;
    struct pail_value *list = pail_value_list(s->vs);
    for (size_t i = 0; i < pail_value_len(in); i++) {
        struct pail_value *v = pail_jmes_eval(s, args[0].expression, pail_value_at(in, i));
        if (!v)
            return NULL;
        pail_value_append(s->vs, list, v);
    }
    return list;
}

/* ---- Order ----------------------------------------------------------------------------------- */

/* The first of the greatest (sign 1) or the least (-1). */
static struct pail_value *extreme(struct pail_jmes_search *s, const struct pail_value *list,
                                  int sign)
{
    struct pail_value *best = pail_value_at(list, 0);
    for (size_t i = 1; i < pail_value_len(list); i++)
        if (pail_jmes_order(pail_value_at(list, i), best) * sign > 0)
            best = pail_value_at(list, i);
    return best ? best : s->null;
}

PAIL_JMES_FN(max)
{
    return extreme(s, args[0].value, 1);
}

PAIL_JMES_FN(min)
{
    return extreme(s, args[0].value, -1);
}

struct item {
    struct pail_value *key, *value;
};

/* The keys of the elements. types: of the language, what a key may be. */
static struct item *keyed(struct pail_jmes_search *s, const char *function, const char *types,
                          const struct pail_jmes_arg *list, uint32_t expression)
{
    size_t n = pail_value_len(list->value);
    struct item *items = pail_calloc(n, sizeof(*items));
    for (size_t i = 0; items && i < n; i++) {
        struct pail_value *key = NULL;
        items[i].value = pail_value_at(list->value, i);
        key = pail_jmes_eval(s, expression, items[i].value);
        const char *type = pail_jmes_type(key);
        if (key && !strstr(types, type))
            key = pail_jmes_wrong_type(s, function, key, type, types);
        if (!key) {
            pail_free(items);
            return NULL;
        }
        items[i].key = key;
    }
    return items;
}

static struct pail_value *extreme_by(struct pail_jmes_search *s, const char *function,
                                     const struct pail_jmes_arg *args, int sign)
{
    size_t n = pail_value_len(args[0].value), best = 0;
    if (!n)
        return s->null;
    PAIL_AUTOFREE struct item *items = keyed(s, function, "number string", &args[0],
                                             args[1].expression);
    for (size_t i = 1; items && i < n; i++) {
        if (pail_jmes_is_number(items[i].key) != pail_jmes_is_number(items[best].key))
            return pail_jmes_refuse(s, "'%c' not supported between instances of '%s' and '%s'",
                                    sign > 0 ? '>' : '<', pail_value_pytype(items[i].key),
                                    pail_value_pytype(items[best].key));
        if (pail_jmes_order(items[i].key, items[best].key) * sign > 0)
            best = i;
    }
    return items ? items[best].value : NULL;
}

PAIL_JMES_FN(max_by)
{
    return extreme_by(s, "max_by", args, 1);
}

PAIL_JMES_FN(min_by)
{
    return extreme_by(s, "min_by", args, -1);
}

static void merge_sort(struct item *items, struct item *spare, size_t n)
{
    if (n < 2)
        return;
    size_t half = n / 2;
    merge_sort(items, spare, half);
    merge_sort(items + half, spare, n - half);
    memcpy(spare, items, half * sizeof(*items));
    size_t left = 0, right = half, to = 0;
    while (left < half)
        if (right < n && pail_jmes_order(items[right].key, spare[left].key) < 0)
            items[to++] = items[right++];
        else
            items[to++] = spare[left++];
}

static struct pail_value *sorted(struct pail_jmes_search *s, struct item *items, size_t n)
{
    PAIL_AUTOFREE struct item *spare = items ? pail_calloc(n, sizeof(*spare)) : NULL;
    if (!spare)
        return NULL;
    merge_sort(items, spare, n);
    struct pail_value *list = pail_value_list(s->vs);
    for (size_t i = 0; i < n; i++)
        pail_value_append(s->vs, list, items[i].value);
    return list;
}

PAIL_JMES_FN(sort)
{
    size_t len = pail_value_len(args[0].value);
    if (!len)
        return args[0].value;
    PAIL_AUTOFREE struct item *items = pail_calloc(len, sizeof(*items));
    for (size_t i = 0; items && i < len; i++)
        items[i].key = items[i].value = pail_value_at(args[0].value, i);
    return sorted(s, items, len);
}

PAIL_JMES_FN(sort_by)
{
    size_t len = pail_value_len(args[0].value);
    if (!len)
        return args[0].value;
    struct pail_value *first = pail_value_at(args[0].value, 0);
    struct pail_value *key = pail_jmes_eval(s, args[1].expression, first);
    if (!key)
        return NULL;
    const char *type = pail_jmes_type(key);
    if (strcmp(type, "number") != 0 && strcmp(type, "string") != 0)
        return pail_jmes_wrong_type(s, "sort_by", first, type, "string number");
    PAIL_AUTOFREE struct item *items = keyed(s, "sort_by", type, &args[0], args[1].expression);
    return sorted(s, items, len);
}
