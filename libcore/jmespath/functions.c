/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in functions. A table says what each takes; check() compares, in the words of the
 * Python implementation, before the function runs. Functions that need more than a value or two
 * are in functions_list.c.
 */
#include "jmespath/functions.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"
#include "base/value_repr.h"

#include <math.h>
#include <stdio.h>

/* ---- Types ----------------------------------------------------------------------------------- */

static const char *language_type(const struct pail_jmes_arg *a)
{
    if (a->expression != PAIL_JN_NONE)
        return "expref";
    switch (pail_value_type(a->value)) {
    case PAIL_VAL_BOOL:
        return "boolean";
    case PAIL_VAL_INT:
    case PAIL_VAL_REAL:
    case PAIL_VAL_NUMBER:
        return "number";
    case PAIL_VAL_STRING:
        return "string";
    case PAIL_VAL_LIST:
        return "array";
    case PAIL_VAL_MAP:
        return "object";
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        return "null";
    default:
        return "unknown";
    }
}

const char *pail_jmes_type(const struct pail_value *v)
{
    struct pail_jmes_arg a = {.value = (struct pail_value *)v, .expression = PAIL_JN_NONE};
    return language_type(&a);
}

static bool has_word(const char *words, const char *word)
{
    struct pail_str rest = pail_str(words), w;
    while (pail_str_split(&rest, ' ', &w))
        if (pail_str_eqz(w, word))
            return true;
    return false;
}

struct pail_value *pail_jmes_wrong_type(struct pail_jmes_search *s, const char *function,
                                        const struct pail_value *v, const char *received,
                                        const char *expected)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf value = PAIL_BUF_INIT(SIZE_MAX / 4);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf types = PAIL_BUF_INIT(256);
    struct pail_str rest = pail_str(expected), w;
    pail_value_pystr(&value, v);
    while (pail_str_split(&rest, ' ', &w))
        pail_buf_fmt(&types, "%s'%.*s'", types.len ? ", " : "", PAIL_STR_ARG(w));
    return pail_jmes_refuse(s,
                            "In function %s(), invalid type for value: %s, expected one of: [%s], "
                            "received: \"%s\"",
                            function, pail_buf_cstr(&value), pail_buf_cstr(&types), received);
}

/* "array-number": every element; with several of that form the first element decides. */
static bool check_elements(struct pail_jmes_search *s, const struct pail_jmes_function *f,
                           const char *types, const struct pail_value *list)
{
    bool numbers = has_word(types, "array-number"), strings = has_word(types, "array-string");
    if (!numbers && !strings)
        return true;
    if (numbers && strings && pail_value_len(list)) {
        numbers = pail_jmes_is_number(pail_value_at(list, 0));
        strings = !numbers;
    }
    for (size_t i = 0; i < pail_value_len(list); i++) {
        const struct pail_value *v = pail_value_at(list, i);
        if (numbers ? pail_jmes_is_number(v) : pail_value_type(v) == PAIL_VAL_STRING)
            continue;
        pail_jmes_wrong_type(s, f->name, v, pail_value_pytype(v), types);
        return false;
    }
    return true;
}

static bool check_one(struct pail_jmes_search *s, const struct pail_jmes_function *f,
                      const char *types, const struct pail_jmes_arg *a)
{
    const char *type = language_type(a);
    if (!*types)
        return true;
    if (has_word(types, type))
        return true;
    if (strcmp(type, "array") == 0 && strstr(types, "array-"))
        return check_elements(s, f, types, a->value);
    pail_jmes_wrong_type(s, f->name, a->value, type, types);
    return false;
}

static bool check(struct pail_jmes_search *s, const struct pail_jmes_function *f,
                  const struct pail_jmes_arg *args, size_t n)
{
    size_t want = f->types[1] ? 2 : 1;
    if (f->variadic ? n < want : n != want) {
        pail_jmes_refuse(s, "Expected %s%zu argument%s for function %s(), received %zu",
                         f->variadic ? "at least " : "", want, want == 1 ? "" : "s", f->name, n);
        return false;
    }
    for (size_t i = 0; i < want; i++)
        if (!check_one(s, f, f->types[i], &args[i]))
            return false;
    return true;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static struct pail_value *fn_abs(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                 size_t n)
{
    int64_t i;
    if (pail_value_type(a[0].value) == PAIL_VAL_NUMBER) {
        struct pail_str text = pail_value_as_str(a[0].value);
        bool minus = text.len && text.ptr[0] == '-';
        return pail_value_number(s->vs, pail_str_from(text, minus ? 1 : 0));
    }
    if (!pail_value_as_int(a[0].value, &i))
        return pail_value_real(s->vs, fabs(pail_jmes_real(a[0].value)));
    if (i == INT64_MIN)
        return pail_value_number(s->vs, PAIL_STR("9223372036854775808"));
    return pail_value_int(s->vs, i < 0 ? -i : i);
}

/* A whole double as the integer it is. */
static struct pail_value *whole(struct pail_jmes_search *s, double d)
{
    char digits[400];
    if (isnan(d))
        return pail_jmes_refuse(s, "cannot convert float NaN to integer");
    if (isinf(d))
        return pail_jmes_refuse(s, "cannot convert float infinity to integer");
    if (d >= -9223372036854775808.0 && d < 9223372036854775808.0)
        return pail_value_int(s->vs, (int64_t)d);
    int len = snprintf(digits, sizeof(digits), "%.0f", d);
    return pail_value_number(s->vs, pail_strn(digits, len > 0 ? (size_t)len : 0));
}

static struct pail_value *fn_ceil(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                  size_t n)
{
    if (pail_value_type(a[0].value) != PAIL_VAL_REAL)
        return a[0].value;
    return whole(s, ceil(pail_jmes_real(a[0].value)));
}

static struct pail_value *fn_floor(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                   size_t n)
{
    if (pail_value_type(a[0].value) != PAIL_VAL_REAL)
        return a[0].value;
    return whole(s, floor(pail_jmes_real(a[0].value)));
}

/* Text of an integer as Python's int() takes it ("1_000", " 7 "), without what only it takes. */
static bool integer_text(struct pail_buf *to, struct pail_str s)
{
    size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
    bool digit = false;
    if (i && s.ptr[0] == '-')
        pail_buf_char(to, '-');
    for (; i < s.len; i++) {
        bool is_digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        if (!is_digit && !(s.ptr[i] == '_' && digit && i + 1 < s.len))
            return false;
        if (is_digit)
            pail_buf_char(to, s.ptr[i]);
        digit = is_digit;
    }
    return digit;
}

/* Python's float(): also ".5", "1.", "+1e3", "inf". */
static bool real_text(struct pail_str s, double *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf t = PAIL_BUF_INIT(1 << 16);
    bool minus = s.len && s.ptr[0] == '-';
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = pail_str_from(s, 1);
    if (pail_str_ieq(s, PAIL_STR("inf")) || pail_str_ieq(s, PAIL_STR("infinity")))
        *ret = INFINITY;
    else if (pail_str_ieq(s, PAIL_STR("nan")))
        *ret = NAN;
    else {
        bool digit = false, any = false;
        for (size_t i = 0; i < s.len; i++) {
            char c = s.ptr[i];
            bool is_digit = c >= '0' && c <= '9';
            any |= is_digit;
            if (c == '.' && !digit)
                pail_buf_char(&t, '0');
            pail_buf_char(&t, c);
            if (c == '.' && !(i + 1 < s.len && s.ptr[i + 1] >= '0' && s.ptr[i + 1] <= '9'))
                pail_buf_char(&t, '0');
            digit = is_digit;
        }
        if (!any || t.failed || !pail_real_parse(pail_buf_view(&t), ret))
            return false;
    }
    if (minus)
        *ret = -*ret;
    return true;
}

static struct pail_value *fn_to_number(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                       size_t n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf digits = PAIL_BUF_INIT(1 << 16);
    const struct pail_value *v = a[0].value;
    int64_t i;
    double d;
    if (pail_jmes_is_number(v))
        return a[0].value;
    if (pail_value_type(v) != PAIL_VAL_STRING)
        return s->null;
    struct pail_str text = pail_value_as_str(v);
    if (pail_str_is_utf8(text))
        text = pail_utf8_trim_right(pail_utf8_trim_left(text));
    if (integer_text(&digits, text) && !digits.failed) {
        if (pail_str_to_i64(pail_buf_view(&digits), &i))
            return pail_value_int(s->vs, i);
        return pail_value_number(s->vs, pail_buf_view(&digits));
    }
    return real_text(text, &d) ? pail_value_real(s->vs, d) : s->null;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static struct pail_value *fn_ends_with(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                       size_t n)
{
    return pail_value_bool(
        s->vs, pail_str_ends(pail_value_as_str(a[0].value), pail_value_as_str(a[1].value)));
}

static struct pail_value *fn_starts_with(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                         size_t n)
{
    return pail_value_bool(
        s->vs, pail_str_starts(pail_value_as_str(a[0].value), pail_value_as_str(a[1].value)));
}

static struct pail_value *fn_length(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                    size_t n)
{
    if (pail_value_type(a[0].value) != PAIL_VAL_STRING)
        return pail_value_int(s->vs, (int64_t)pail_value_len(a[0].value));
    struct pail_str text = pail_value_as_str(a[0].value);
    int64_t count = 0;
    uint32_t cp;
    for (size_t i = 0; i < text.len; count++) {
        size_t step = pail_utf8_decode(pail_str_from(text, i), &cp);
        i += step ? step : 1;
    }
    return pail_value_int(s->vs, count);
}

static struct pail_value *fn_to_string(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                       size_t n)
{
    static const struct pail_json_style style = {.compact = true, .ascii = true};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    if (pail_value_type(a[0].value) == PAIL_VAL_STRING)
        return a[0].value;
    pail_value_to_json(&text, a[0].value, &style);
    if (text.failed)
        return NULL;
    return pail_value_str(s->vs, pail_buf_view(&text));
}

static struct pail_value *fn_type(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                  size_t n)
{
    if (a[0].expression != PAIL_JN_NONE)
        return pail_value_null(s->vs); /* of these the Python library does not know either */
    return pail_value_str(s->vs, pail_str(pail_jmes_type(a[0].value)));
}

static struct pail_value *fn_not_null(struct pail_jmes_search *s, const struct pail_jmes_arg *a,
                                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (pail_value_type(a[i].value) != PAIL_VAL_NULL)
            return a[i].value;
    return s->null;
}

/* ---- The table ------------------------------------------------------------------------------- */

static const struct pail_jmes_function functions[] = {
    {"abs", {"number"}, fn_abs},
    {"avg", {"array-number"}, pail_jmes_fn_avg},
    {"ceil", {"number"}, fn_ceil},
    {"contains", {"array string", ""}, pail_jmes_fn_contains},
    {"ends_with", {"string", "string"}, fn_ends_with},
    {"floor", {"number"}, fn_floor},
    {"join", {"string", "array-string"}, pail_jmes_fn_join},
    {"keys", {"object"}, pail_jmes_fn_keys},
    {"length", {"string array object"}, fn_length},
    {"map", {"expref", "array"}, pail_jmes_fn_map},
    {"max", {"array-number array-string"}, pail_jmes_fn_max},
    {"max_by", {"array", "expref"}, pail_jmes_fn_max_by},
    {"merge", {"object"}, pail_jmes_fn_merge, .variadic = true},
    {"min", {"array-number array-string"}, pail_jmes_fn_min},
    {"min_by", {"array", "expref"}, pail_jmes_fn_min_by},
    {"not_null", {""}, fn_not_null, .variadic = true},
    {"reverse", {"array string"}, pail_jmes_fn_reverse},
    {"sort", {"array-string array-number"}, pail_jmes_fn_sort},
    {"sort_by", {"array", "expref"}, pail_jmes_fn_sort_by},
    {"starts_with", {"string", "string"}, fn_starts_with},
    {"sum", {"array-number"}, pail_jmes_fn_sum},
    {"to_array", {""}, pail_jmes_fn_to_array},
    {"to_number", {""}, fn_to_number},
    {"to_string", {""}, fn_to_string},
    {"type", {""}, fn_type},
    {"values", {"object"}, pail_jmes_fn_values},
};

struct pail_value *pail_jmes_call(struct pail_jmes_search *s, struct pail_str name,
                                  const struct pail_jmes_arg *args, size_t n)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(functions); i++) {
        if (!pail_str_eqz(name, functions[i].name))
            continue;
        if (!check(s, &functions[i], args, n))
            return NULL;
        struct pail_value *v = functions[i].run(s, args, n);
        if (!v && !s->rc)
            s->rc = pail_error_nomem(s->report->err);
        return v;
    }
    return pail_jmes_refuse(s, "Unknown function: %.*s()", PAIL_STR_ARG(name));
}
