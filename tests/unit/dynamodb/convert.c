/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers test_python.py, a line of JSON for a line of JSON.
 *
 * ["value", V]: the typed value and what it is read back as. V: ["n"], ["b", true], ["i", 5],
 * ["d", "1.50"], ["f", 1.5], ["s", "text"], ["B", "base64"], ["l", [V ...]], ["m", {"key": V}],
 * ["SS", [V ...]], ["NS", ...], ["BS", ...].
 * ["expr", {"filter": C, "key": C}]: the parameters on the wire. C: ["and", C, C], ["not", C],
 * ["eq", O, O], ["in", O, [V ...]], ...; O: ["attr", "name"], ["key", "name"], ["size", O], ["val",
 * V]. Or written out, a string.
 */
#include <stdio.h>
#include <stdlib.h>

#include <pail/dynamodb.h>

#include "base/base64.h"
#include "base/str.h"
#include "base/value_json.h"

static struct pail_values *vs;
static struct pail_dynamodb_expr *x;

static struct pail_str text(const struct pail_value *v, size_t i)
{
    return pail_value_as_str(pail_value_at(v, i));
}

static struct pail_value *many(const struct pail_value *in, struct pail_value *to);

static struct pail_value *blob(struct pail_str base64)
{
    struct pail_buf b = PAIL_BUF_INIT(1 << 16);
    if (pail_base64_decode(&b, base64, NULL) < 0)
        exit(3);
    struct pail_value *v = pail_value_blob(vs, (struct pail_bytes){b.ptr, b.len});
    pail_buf_done(&b);
    return v;
}

static struct pail_value *value(const struct pail_value *in)
{
    struct pail_str kind = text(in, 0);
    const struct pail_value *v = pail_value_at(in, 1);
    if (kind.len == 2)
        return many(v, pail_dynamodb_set(vs, kind.ptr));
    switch (kind.ptr[0]) {
    case 'n':
        return pail_value_null(vs);
    case 'd':
        return pail_value_number(vs, pail_value_as_str(v));
    case 'B':
        return blob(pail_value_as_str(v));
    case 'l':
        return many(v, pail_value_list(vs));
    case 'm':
        return many(v, pail_value_map(vs));
    default: /* b, i, f, s: as JSON has them */
        return pail_value_copy(vs, v);
    }
}

static struct pail_value *many(const struct pail_value *in, struct pail_value *to)
{
    for (size_t i = 0; i < pail_value_len(in); i++) {
        struct pail_value *v = value(pail_value_at(in, i));
        if (pail_dynamodb_set_kind(to) && pail_value_type(in) == PAIL_VAL_LIST)
            pail_dynamodb_set_add(vs, to, v);
        else if (pail_value_type(to) == PAIL_VAL_MAP)
            pail_value_set(vs, to, pail_value_key_at(in, i), v);
        else
            pail_value_append(vs, to, v);
    }
    return to;
}

static struct pail_dynamodb_operand *operand(const struct pail_value *in)
{
    struct pail_str kind = text(in, 0);
    if (pail_str_eqz(kind, "attr"))
        return pail_dynamodb_attr(x, text(in, 1));
    if (pail_str_eqz(kind, "key"))
        return pail_dynamodb_key(x, text(in, 1));
    if (pail_str_eqz(kind, "size"))
        return pail_dynamodb_size(x, operand(pail_value_at(in, 1)));
    return pail_dynamodb_val(x, value(pail_value_at(in, 1)));
}

static const struct {
    const char *name;
    struct pail_dynamodb_cond *(*make)(struct pail_dynamodb_expr *, struct pail_dynamodb_operand *,
                                       struct pail_dynamodb_operand *);
} pairs[] = {
    {"eq", pail_dynamodb_eq},
    {"ne", pail_dynamodb_ne},
    {"lt", pail_dynamodb_lt},
    {"lte", pail_dynamodb_lte},
    {"gt", pail_dynamodb_gt},
    {"gte", pail_dynamodb_gte},
    {"begins_with", pail_dynamodb_begins_with},
    {"contains", pail_dynamodb_contains},
    {"attribute_type", pail_dynamodb_attribute_type},
};

static struct pail_dynamodb_cond *cond(const struct pail_value *in)
{
    struct pail_str kind = text(in, 0);
    const struct pail_value *a = pail_value_at(in, 1), *b = pail_value_at(in, 2);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++)
        if (pail_str_eqz(kind, pairs[i].name))
            return pairs[i].make(x, operand(a), operand(b));
    if (pail_str_eqz(kind, "and"))
        return pail_dynamodb_and(x, cond(a), cond(b));
    if (pail_str_eqz(kind, "or"))
        return pail_dynamodb_or(x, cond(a), cond(b));
    if (pail_str_eqz(kind, "not"))
        return pail_dynamodb_not(x, cond(a));
    if (pail_str_eqz(kind, "exists"))
        return pail_dynamodb_exists(x, operand(a));
    if (pail_str_eqz(kind, "not_exists"))
        return pail_dynamodb_not_exists(x, operand(a));
    if (pail_str_eqz(kind, "between"))
        return pail_dynamodb_between(x, operand(a), operand(b), operand(pail_value_at(in, 3)));
    return pail_dynamodb_is_in(x, operand(a), many(b, pail_value_list(vs)));
}

static const struct {
    const char *name;
    void (*use)(struct pail_dynamodb_expr *, struct pail_dynamodb_cond *);
    void (*use_form)(struct pail_dynamodb_expr *, const char *, ...);
} uses[] = {
    {"condition", pail_dynamodb_condition, pail_dynamodb_conditionf},
    {"filter", pail_dynamodb_filter, pail_dynamodb_filterf},
    {"key", pail_dynamodb_key_condition, pail_dynamodb_key_conditionf},
};

static int answer_expr(const struct pail_value *in, struct pail_value **ret, struct pail_error *err)
{
    struct pail_value *params = pail_value_map(vs);
    int rc = pail_dynamodb_expr_new(&x, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(uses); i++) {
        const struct pail_value *c = pail_value_get(in, pail_str(uses[i].name));
        const char *form = pail_value_as_str(c).ptr;
        if (form)
            uses[i].use_form(x, form, 0);
        else if (c)
            uses[i].use(x, cond(c));
    }
    rc = pail_dynamodb_expr_apply(x, vs, params, err);
    if (rc == 0)
        rc = pail_dynamodb_to_wire(vs, params, ret, err);
    x = pail_dynamodb_expr_free(x);
    return rc;
}

/* Typed once, read, typed again: both. */
static int answer_value(const struct pail_value *in, struct pail_value **ret,
                        struct pail_error *err)
{
    struct pail_value *typed, *plain, *again;
    int rc = pail_dynamodb_serialize(vs, value(in), &typed, err);
    if (rc == 0)
        rc = pail_dynamodb_deserialize(vs, typed, &plain, err);
    if (rc == 0)
        rc = pail_dynamodb_serialize(vs, plain, &again, err);
    if (rc < 0)
        return rc;
    *ret = pail_value_list(vs);
    pail_value_append(vs, *ret, typed);
    pail_value_append(vs, *ret, again);
    return 0;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) > 0) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_buf out = PAIL_BUF_INIT(1 << 22);
        struct pail_value *in, *answer = NULL;
        if (pail_values_new(&vs, &err) < 0 ||
            pail_value_from_json(vs, pail_strn(line, (size_t)n), "line", &in, &err) < 0) {
            fprintf(stderr, "%s\n", err.message);
            return 3;
        }
        bool is_value = pail_str_eqz(text(in, 0), "value");
        int rc = (is_value ? answer_value : answer_expr)(pail_value_at(in, 1), &answer, &err);
        if (rc < 0) {
            answer = pail_value_map(vs);
            pail_value_set(vs, answer, PAIL_STR("error"),
                           pail_value_str(vs, pail_str(err.message)));
        }
        pail_value_to_json(&out, answer, NULL);
        puts(pail_buf_cstr(&out));
        fflush(stdout);
        pail_buf_done(&out);
        vs = pail_values_free(vs);
    }
    free(line);
    return 0;
}
