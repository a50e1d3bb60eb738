/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks are botocore's: types, what is required, what is unknown, lower bounds, one member per
 * union. Upper bounds, patterns and enumerations are the service's business, which may have learned
 * since the model was written.
 *
 * The name of where we are ("Filters[0].Name") grows while walking down and is cut back on the way
 * up.
 */
#include "protocol/validate.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"
#include "protocol/times.h"

struct check {
    struct pail_buf name; /* ".Filters[0].Name" */
    struct pail_buf *report;
    bool begun;
};

static void check_value(struct check *c, const struct pail_shape *shape,
                        const struct pail_value *v);

/* ---- Reporting ---- */

static struct pail_str where(const struct check *c)
{
    struct pail_str name = pail_buf_view(&c->name);

    if (!name.len)
        return PAIL_STR("input");
    return name.ptr[0] == '.' ? pail_str_from(name, 1) : name;
}

static void begin(struct check *c)
{
    if (c->begun)
        pail_buf_char(c->report, '\n');
    c->begun = true;
}

static void bad_type(struct check *c, const struct pail_value *v, const char *valid)
{
    begin(c);
    pail_buf_fmt(c->report, "Invalid type for parameter %.*s, value: ", PAIL_STR_ARG(where(c)));
    pail_python_str(c->report, v);
    pail_buf_fmt(c->report, ", type: %s, valid types: %s", pail_python_type(v), valid);
}

static void put_member_names(struct check *c, const struct pail_shape *shape)
{
    struct pail_shape m;

    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        pail_buf_fmt(c->report, "%s%.*s", i ? ", " : "", PAIL_STR_ARG(m.member));
}

/* ---- Scalars ---- */

static size_t count_characters(struct pail_str s)
{
    size_t n = 0;
    uint32_t cp;

    for (; s.len; n++) {
        size_t len = pail_utf8_decode(s, &cp);
        s = pail_str_from(s, len ? len : 1);
    }
    return n;
}

/* The lower bound that counts; ptr NULL: none. */
static struct pail_str lower_bound(const struct pail_shape *shape, double *ret)
{
    *ret = shape->min_value;
    if (shape->min.ptr)
        return shape->min;
    *ret = 1;
    return shape->traits & PAIL_TRAIT_HOST_LABEL ? PAIL_STR("1") : pail_str(NULL);
}

static void check_length(struct check *c, const struct pail_shape *shape, size_t len)
{
    double least;
    struct pail_str min = lower_bound(shape, &least);

    if (!min.ptr || (double)len >= least)
        return;
    begin(c);
    pail_buf_fmt(c->report, "Invalid length for parameter %.*s, value: %zu, valid min length: %.*s",
                 PAIL_STR_ARG(where(c)), len, PAIL_STR_ARG(min));
}

static void check_range(struct check *c, const struct pail_shape *shape, const struct pail_value *v,
                        double d)
{
    double least;
    struct pail_str min = lower_bound(shape, &least);

    if (!min.ptr || !(d < least))
        return;
    begin(c);
    pail_buf_fmt(c->report, "Invalid value for parameter %.*s, value: ", PAIL_STR_ARG(where(c)));
    pail_python_str(c->report, v);
    pail_buf_fmt(c->report, ", valid min value: %.*s", PAIL_STR_ARG(min));
}

/* In Python True is an int too. */
static void check_number(struct check *c, const struct pail_shape *shape,
                         const struct pail_value *v)
{
    bool real = shape->type == PAIL_SHAPE_FLOAT || shape->type == PAIL_SHAPE_DOUBLE, b;
    enum pail_value_type t = pail_value_type(v);
    double d = 0;

    bool ok = t == PAIL_VAL_INT || t == PAIL_VAL_BOOL || (real && t == PAIL_VAL_REAL);
    if (t == PAIL_VAL_NUMBER)
        ok = real || strcmp(pail_python_type(v), "<class 'int'>") == 0;
    if (!ok) {
        bad_type(c, v,
                 real ? "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>"
                      : "<class 'int'>");
        return;
    }
    if (pail_value_as_bool(v, &b))
        d = b;
    else if (t == PAIL_VAL_NUMBER)
        (void)pail_real_parse(pail_value_as_str(v), &d);
    else
        (void)pail_value_as_real(v, &d);
    check_range(c, shape, v, d);
}

static void check_scalar(struct check *c, const struct pail_shape *shape,
                         const struct pail_value *v)
{
    enum pail_value_type t = pail_value_type(v);
    struct pail_time time;

    switch (shape->type) {
    case PAIL_SHAPE_STRING:
        if (t != PAIL_VAL_STRING)
            bad_type(c, v, "<class 'str'>");
        else
            check_length(c, shape, count_characters(pail_value_as_str(v)));
        break;
    case PAIL_SHAPE_BOOLEAN:
        if (t != PAIL_VAL_BOOL)
            bad_type(c, v, "<class 'bool'>");
        break;
    case PAIL_SHAPE_BLOB:
        if (t != PAIL_VAL_BLOB && t != PAIL_VAL_STRING)
            bad_type(c, v, "<class 'bytes'>, <class 'bytearray'>, file-like object");
        break;
    case PAIL_SHAPE_TIMESTAMP:
        if (!pail_time_of(v, &time))
            bad_type(c, v, "<class 'datetime.datetime'>, timestamp-string");
        break;
    default:
        check_number(c, shape, v);
    }
}

/* ---- Structures, lists, maps ---- */

static void check_members(struct check *c, const struct pail_shape *shape,
                          const struct pail_value *v)
{
    struct pail_shape m;
    size_t len = c->name.len;

    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (pail_shape_member(shape, pail_value_key_at(v, i), &m))
            continue;
        begin(c);
        pail_buf_fmt(c->report, "Unknown parameter in %.*s: \"%.*s\", must be one of: ",
                     PAIL_STR_ARG(where(c)), PAIL_STR_ARG(pail_value_key_at(v, i)));
        put_member_names(c, shape);
    }
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (!pail_shape_member(shape, pail_value_key_at(v, i), &m))
            continue;
        pail_buf_char(&c->name, '.');
        pail_buf_str(&c->name, pail_value_key_at(v, i));
        check_value(c, &m, pail_value_at(v, i));
        pail_buf_truncate(&c->name, len);
    }
}

static void check_union(struct check *c, const struct pail_shape *shape, const struct pail_value *v)
{
    size_t n = pail_value_len(v);

    if (n == 1)
        return;
    begin(c);
    if (n == 0)
        pail_buf_fmt(c->report,
                     "Must set one of the following keys for tagged unionstructure %.*s: ",
                     PAIL_STR_ARG(where(c)));
    else
        pail_buf_fmt(c->report,
                     "Invalid number of parameters set for tagged union structure %.*s. Can only "
                     "set one of the following keys: ",
                     PAIL_STR_ARG(where(c)));
    put_member_names(c, shape);
    pail_buf_char(c->report, '.');
}

static void check_structure(struct check *c, const struct pail_shape *shape,
                            const struct pail_value *v)
{
    struct pail_str name;

    if (v && pail_value_type(v) != PAIL_VAL_MAP) {
        bad_type(c, v, "<class 'dict'>");
        return;
    }
    if (shape->traits & PAIL_TRAIT_UNION)
        check_union(c, shape, v);
    for (unsigned i = 0; (name = pail_strs_at(shape->required, i)).ptr; i++) {
        if (pail_value_get(v, name))
            continue;
        begin(c);
        pail_buf_fmt(c->report, "Missing required parameter in %.*s: \"%.*s\"",
                     PAIL_STR_ARG(where(c)), PAIL_STR_ARG(name));
    }
    check_members(c, shape, v);
}

/* Whatever JSON can say. */
static void check_document(struct check *c, const struct pail_value *v)
{
    enum pail_value_type t = pail_value_type(v);
    size_t len = c->name.len;

    if (t == PAIL_VAL_BLOB || t == PAIL_VAL_TIME) {
        begin(c);
        pail_buf_fmt(c->report,
                     "Invalid type for document parameter %.*s, value: ", PAIL_STR_ARG(where(c)));
        pail_python_str(c->report, v);
        pail_buf_fmt(c->report,
                     ", type: %s, valid types: <class 'str'>, <class 'int'>, <class 'bool'>, "
                     "<class 'float'>, <class 'list'>, <class 'dict'>",
                     pail_python_type(v));
    }
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (t == PAIL_VAL_LIST) {
            pail_buf_fmt(&c->name, "[%zu]", i);
        } else { /* botocore goes on with the key alone */
            pail_buf_truncate(&c->name, 0);
            pail_buf_str(&c->name, pail_value_key_at(v, i));
        }
        check_document(c, pail_value_at(v, i));
        pail_buf_truncate(&c->name, pail_min_u64(len, c->name.len));
    }
}

static void check_list(struct check *c, const struct pail_shape *shape, const struct pail_value *v)
{
    size_t len = c->name.len;
    struct pail_shape e;

    if (pail_value_type(v) != PAIL_VAL_LIST) {
        bad_type(c, v, "<class 'list'>, <class 'tuple'>");
        return;
    }
    check_length(c, shape, pail_value_len(v));
    if (!pail_shape_at(shape, 0, &e))
        return;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        pail_buf_fmt(&c->name, "[%zu]", i);
        check_value(c, &e, pail_value_at(v, i));
        pail_buf_truncate(&c->name, len);
    }
}

static void check_map(struct check *c, const struct pail_shape *shape, const struct pail_value *v)
{
    size_t len = c->name.len;
    struct pail_shape key, value;

    if (pail_value_type(v) != PAIL_VAL_MAP) {
        bad_type(c, v, "<class 'dict'>");
        return;
    }
    if (!pail_shape_at(shape, 0, &key) || !pail_shape_at(shape, 1, &value))
        return;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_str k = pail_value_key_at(v, i);
        pail_buf_fmt(&c->name, " (key: %.*s)", PAIL_STR_ARG(k));
        check_length(c, &key, count_characters(k));
        pail_buf_truncate(&c->name, len);
        pail_buf_fmt(&c->name, ".%.*s", PAIL_STR_ARG(k));
        check_value(c, &value, pail_value_at(v, i));
        pail_buf_truncate(&c->name, len);
    }
}

static void check_value(struct check *c, const struct pail_shape *shape, const struct pail_value *v)
{
    if (shape->traits & PAIL_TRAIT_JSONVALUE && shape->location == PAIL_LOCATION_HEADER &&
        shape->type == PAIL_SHAPE_STRING)
        return;
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        if (shape->traits & PAIL_TRAIT_DOCUMENT)
            check_document(c, v);
        else
            check_structure(c, shape, v);
        break;
    case PAIL_SHAPE_LIST:
        check_list(c, shape, v);
        break;
    case PAIL_SHAPE_MAP:
        check_map(c, shape, v);
        break;
    default:
        check_scalar(c, shape, v);
    }
}

void pail_validate(const struct pail_shape *input, const struct pail_value *params,
                   struct pail_buf *report)
{
    struct check c = {.name = PAIL_BUF_INIT(64 * 1024), .report = report};

    check_structure(&c, input, params);
    if (c.name.failed && !report->failed)
        report->failed = c.name.failed;
    pail_buf_done(&c.name);
}

int pail_param_error(struct pail_error *err, const char *fmt, ...)
{
    int rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "Parameter validation failed:");
    va_list ap;

    if (!err)
        return rc;
    size_t n = strlen(err->message);
    err->message[n++] = '\n';
    va_start(ap, fmt);
    vsnprintf(err->message + n, sizeof(err->message) - n, fmt, ap);
    va_end(ap);
    return rc;
}
