/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the model makes of input: numbers and booleans of shorthand's texts, lists of single values,
 * blobs of base64.
 */
#include "tools/service/input.h"

#include "base/base64.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"
#include "base/value_repr.h"

#define DEPTH 64

bool pail_is_document(const struct pail_shape *shape)
{
    return shape->traits & PAIL_TRAIT_DOCUMENT;
}

bool pail_holds_document(const struct pail_shape *shape)
{
    struct pail_shape s = *shape;
    for (int i = 0; i < DEPTH; i++) {
        if (pail_is_document(&s))
            return true;
        struct pail_shape of = s;
        if (of.type == PAIL_SHAPE_LIST  ? !pail_shape_at(&of, 0, &s)
            : of.type == PAIL_SHAPE_MAP ? !pail_shape_at(&of, 1, &s)
                                        : true)
            return false;
    }
    return false;
}

/* ---- Numbers, as Python's int() and float() read them ---------------------------------------- */

static struct pail_str stripped(struct pail_str s)
{
    return pail_str_is_utf8(s) ? pail_utf8_trim_right(pail_utf8_trim_left(s)) : s;
}

static bool read_int(struct pail_str text, struct pail_buf *digits)
{
    struct pail_str s = stripped(text);
    size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+');
    bool was_digit = false, ok = true;
    if (i && s.ptr[0] == '-')
        pail_buf_char(digits, '-');
    for (; i < s.len && ok; i++) {
        bool digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        ok = digit || (s.ptr[i] == '_' && was_digit && i + 1 < s.len);
        if (digit)
            pail_buf_char(digits, s.ptr[i]);
        was_digit = digit;
    }
    return ok && was_digit;
}

const char *pail_input_not_int(const char *word)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf digits = PAIL_BUF_INIT(1 << 16);
    return read_int(pail_str(word), &digits) ? NULL : "int";
}

struct pail_value *pail_input_int(struct pail_values *vs, struct pail_str text,
                                  struct pail_buf *why)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf digits = PAIL_BUF_INIT(1 << 16);
    int64_t n;
    if (!read_int(text, &digits)) {
        pail_buf_z(why, "invalid literal for int() with base 10: ");
        pail_text_repr(why, text);
        return NULL;
    }
    if (pail_str_to_i64(pail_buf_view(&digits), &n))
        return pail_value_int(vs, n);
    return pail_value_number(vs, pail_buf_view(&digits));
}

static bool read_real(struct pail_str text, double *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf t = PAIL_BUF_INIT(1 << 16);
    struct pail_str s = stripped(text);
    bool minus = s.len && s.ptr[0] == '-', digit = false;
    double d = 0;
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = pail_str_from(s, 1);
    /* ".5" and "5." are numbers here, but not for the parser below. */
    for (size_t i = 0; i < s.len; i++) {
        bool next = i + 1 < s.len && s.ptr[i + 1] >= '0' && s.ptr[i + 1] <= '9';
        if (s.ptr[i] == '.' && !digit && next)
            pail_buf_char(&t, '0');
        pail_buf_char(&t, s.ptr[i]);
        if (s.ptr[i] == '.' && digit && !next)
            pail_buf_char(&t, '0');
        digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
    }
    if (pail_str_ieq(s, PAIL_STR("inf")) || pail_str_ieq(s, PAIL_STR("infinity")))
        d = __builtin_inf();
    else if (pail_str_ieq(s, PAIL_STR("nan")))
        d = __builtin_nan("");
    else if (t.failed || !pail_real_parse(pail_buf_view(&t), &d))
        return false;
    *ret = minus ? -d : d;
    return true;
}

const char *pail_input_not_real(const char *word)
{
    double d;
    return read_real(pail_str(word), &d) ? NULL : "float";
}

struct pail_value *pail_input_real(struct pail_values *vs, struct pail_str text,
                                   struct pail_buf *why)
{
    double d;
    if (read_real(text, &d))
        return pail_value_real(vs, d);
    pail_buf_z(why, "could not convert string to float: ");
    pail_text_repr(why, text);
    return NULL;
}

/* ---- Shorthand ------------------------------------------------------------------------------- */

struct fit {
    struct pail_values *vs;
    struct pail_buf *why;
    unsigned depth;
};

/* *slot: what stands there instead. */
static int fit_value(struct fit *f, struct pail_value **slot, const struct pail_shape *shape);

static int fit_scalar(struct fit *f, struct pail_value **slot, const struct pail_shape *shape)
{
    struct pail_value *v = *slot;
    struct pail_str s = pail_value_as_str(v);
    if (pail_value_type(v) != PAIL_VAL_STRING)
        return 0;
    switch (shape->type) {
    case PAIL_SHAPE_INTEGER:
    case PAIL_SHAPE_LONG:
        v = pail_input_int(f->vs, s, f->why);
        break;
    case PAIL_SHAPE_FLOAT:
    case PAIL_SHAPE_DOUBLE:
        v = pail_input_real(f->vs, s, f->why);
        break;
    case PAIL_SHAPE_BOOLEAN:
        if (pail_str_ieq(s, PAIL_STR("true")) || pail_str_ieq(s, PAIL_STR("false")))
            v = pail_value_bool(f->vs, pail_str_ieq(s, PAIL_STR("true")));
        break;
    default:
        break;
    }
    if (!v)
        return PAIL_E_UNSUPPORTED; /* a bare Python error */
    *slot = v;
    return 0;
}

static int fit_structure(struct fit *f, struct pail_value *v, const struct pail_shape *shape)
{
    struct pail_shape member;
    for (unsigned i = 0; pail_shape_at(shape, i, &member); i++) {
        struct pail_value *old = pail_value_get(v, member.member), *now = old;
        if (!old)
            continue;
        if (pail_is_document(&member)) {
            pail_buf_fmt(f->why,
                         "Shorthand syntax does not support document types. Use JSON input for "
                         "top-level argument to specify nested parameter: %.*s",
                         PAIL_STR_ARG(member.member));
            return PAIL_E_INVALID;
        }
        int rc = fit_value(f, &now, &member);
        if (rc)
            return rc;
        if (now != old)
            pail_value_set(f->vs, v, member.member, now);
    }
    return 0;
}

/* Lists have no way to replace an element: a new list takes the old one's place. */
static int fit_list(struct fit *f, struct pail_value **slot, const struct pail_shape *shape)
{
    struct pail_shape member;
    struct pail_value *list = pail_value_list(f->vs);
    if (pail_value_type(*slot) != PAIL_VAL_LIST) {
        pail_value_append(f->vs, list, *slot);
        *slot = list;
        return 0;
    }
    if (!pail_shape_at(shape, 0, &member))
        return 0;
    for (size_t i = 0; i < pail_value_len(*slot); i++) {
        struct pail_value *e = pail_value_at(*slot, i);
        int rc = fit_value(f, &e, &member);
        if (rc)
            return rc;
        pail_value_append(f->vs, list, e);
    }
    *slot = list;
    return 0;
}

static int fit_map(struct fit *f, struct pail_value *v, const struct pail_shape *shape)
{
    struct pail_shape member;
    if (!pail_shape_at(shape, 1, &member))
        return 0;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_value *old = pail_value_at(v, i), *now = old;
        int rc = fit_value(f, &now, &member);
        if (rc)
            return rc;
        if (now != old)
            pail_value_set(f->vs, v, pail_value_key_at(v, i), now);
    }
    return 0;
}

static int fit_value(struct fit *f, struct pail_value **slot, const struct pail_shape *shape)
{
    bool is_map = pail_value_type(*slot) == PAIL_VAL_MAP;
    int rc = 0;
    if (f->depth == DEPTH)
        return 0; /* nothing that was written by hand */
    f->depth++;
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        rc = is_map ? fit_structure(f, *slot, shape) : 0;
        break;
    case PAIL_SHAPE_MAP:
        rc = is_map ? fit_map(f, *slot, shape) : 0;
        break;
    case PAIL_SHAPE_LIST:
        rc = fit_list(f, slot, shape);
        break;
    default:
        rc = fit_scalar(f, slot, shape);
    }
    f->depth--;
    return rc;
}

int pail_shorthand_fit(struct pail_values *vs, struct pail_value **v,
                       const struct pail_shape *shape, struct pail_buf *why)
{
    struct fit f = {.vs = vs, .why = why};
    return fit_value(&f, v, shape);
}

/* ---- Blobs ----------------------------------------------------------------------------------- */

/* Lenient base64: what is not of the alphabet is passed over. False: the padding is wrong. */
static bool lenient_base64(struct pail_buf *to, struct pail_str s)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf clean = PAIL_BUF_INIT(SIZE_MAX / 4);
    size_t pads = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
        if (letter && pads)
            pads = 0; /* "=" in the middle is passed over, too */
        if (letter)
            pail_buf_char(&clean, c);
        else if (c == '=' && (clean.len + ++pads) % 4 == 0 && clean.len % 4 >= 2)
            break;
    }
    if (clean.len % 4 == 1 || (clean.len % 4 && clean.len % 4 + pads < 4))
        return false;
    while (clean.len % 4)
        pail_buf_char(&clean, '=');
    return !pail_base64_decode(to, pail_buf_view(&clean), NULL);
}

static int blob_of(struct pail_values *vs, struct pail_value **slot, bool raw, struct pail_buf *why)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf bytes = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_str s = pail_value_as_str(*slot);
    if (pail_value_type(*slot) != PAIL_VAL_STRING)
        return 0;
    size_t plain = 0;
    while (plain < s.len && (unsigned char)s.ptr[plain] < 0x80)
        plain++;
    if (raw) {
        pail_buf_str(&bytes, s);
    } else if (plain < s.len) {
        pail_buf_z(why, "string argument should contain only ASCII characters");
        return PAIL_E_INVALID;
    } else if (!lenient_base64(&bytes, s)) {
        pail_buf_z(why, "Invalid base64: \"");
        pail_buf_str(why, s);
        pail_buf_char(why, '"');
        return PAIL_E_INVALID;
    }
    *slot = pail_value_blob(vs, (struct pail_bytes){bytes.ptr, bytes.len});
    return *slot ? 0 : PAIL_E_NOMEM;
}

/* Returns the tree with blobs in it, through slot. */
static int decode(struct pail_values *vs, struct pail_value **slot, const struct pail_shape *shape,
                  bool raw, struct pail_buf *why, unsigned depth)
{
    struct pail_value *v = *slot;
    struct pail_shape below;
    int rc = 0;
    if (depth > 2 * DEPTH || pail_is_document(shape))
        return 0;
    if (shape->type == PAIL_SHAPE_BLOB)
        return blob_of(vs, slot, raw, why);
    if (shape->type == PAIL_SHAPE_LIST && pail_value_type(v) == PAIL_VAL_LIST &&
        pail_shape_at(shape, 0, &below)) {
        struct pail_value *list = pail_value_list(vs);
        for (size_t i = 0; i < pail_value_len(v) && !rc; i++) {
            struct pail_value *e = pail_value_at(v, i);
            rc = decode(vs, &e, &below, raw, why, depth + 1);
            pail_value_append(vs, list, e);
        }
        *slot = list;
        return rc;
    }
    if (pail_value_type(v) != PAIL_VAL_MAP ||
        (shape->type != PAIL_SHAPE_MAP && shape->type != PAIL_SHAPE_STRUCTURE))
        return 0;
    for (size_t i = 0; i < pail_value_len(v) && !rc; i++) {
        struct pail_value *old = pail_value_at(v, i), *now = old;
        struct pail_str key = pail_value_key_at(v, i);
        bool known = shape->type == PAIL_SHAPE_MAP ? pail_shape_at(shape, 1, &below)
                                                   : pail_shape_member(shape, key, &below);
        rc = known ? decode(vs, &now, &below, raw, why, depth + 1) : 0;
        if (now != old)
            pail_value_set(vs, v, key, now);
    }
    return rc;
}

int pail_decode_blobs(struct pail_values *vs, struct pail_value *v, const struct pail_shape *shape,
                      bool raw, struct pail_buf *why)
{
    return decode(vs, &v, shape, raw, why, 0);
}
