/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parser of its own beside json.c because values outlive the document, numbers must keep their
 * text, and keys may contain anything. One cursor, no look-ahead beyond a byte, recursion bounded
 * by PAIL_VALUE_JSON_DEPTH. Strings without escapes are copied straight from the text.
 *
 * Text that is not UTF-8 is refused. Half of a surrogate pair, which Python accepts, becomes
 * U+FFFD.
 */
#include "base/value_json.h"

#include <math.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/utf8.h"

/* ---- Reading --------------------------------------------------------------------------------- */

struct reader {
    struct pail_values *vs;
    const char *p, *end, *start;
    const char *what;
    struct pail_buf text; /* of a string with escapes */
    struct pail_error *err;
    unsigned depth;
};

static struct pail_value *fail(struct reader *r, const char *why)
{
    (void)pail_error_set(r->err, PAIL_D_DATA, PAIL_E_PARSE, "%s: byte %zu: %s", r->what,
                         (size_t)(r->p - r->start), why);
    return NULL;
}

static void skip_blanks(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static bool take(struct reader *r, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return false;
    r->p += n;
    return true;
}

static bool take_hex4(struct reader *r, uint32_t *ret)
{
    uint32_t v = 0;

    if (r->end - r->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = r->p[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        v = v << 4 | digit;
    }
    r->p += 4;
    *ret = v;
    return true;
}

static void put_utf8(struct pail_buf *to, uint32_t cp)
{
    char bytes[4];
    pail_buf_append(to, bytes, pail_utf8_encode(cp, bytes));
}

static bool take_unicode(struct reader *r)
{
    uint32_t cp, low;

    if (!take_hex4(r, &cp))
        return false;
    if (cp >= 0xd800 && cp < 0xdc00 && take(r, "\\u")) {
        if (!take_hex4(r, &low))
            return false;
        if (low >= 0xdc00 && low < 0xe000) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        } else {
            put_utf8(&r->text, 0xfffd);
            cp = low;
        }
    }
    put_utf8(&r->text, cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp);
    return true;
}

static bool take_escape(struct reader *r)
{
    static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

    if (r->p == r->end)
        return false;
    char c = *r->p++;
    if (c == 'u')
        return take_unicode(r);
    for (size_t i = 0; i + 1 < sizeof(letters); i += 2)
        if (letters[i] == c) {
            pail_buf_char(&r->text, letters[i + 1]);
            return true;
        }
    return false;
}

/* After the opening quote. The view is valid until the next string. */
static bool take_string(struct reader *r, struct pail_str *ret)
{
    const char *from = r->p;
    bool escaped = false;

    pail_buf_reset(&r->text);
    while (r->p < r->end && *r->p != '"') {
        if ((unsigned char)*r->p < 0x20) {
            fail(r, "a control character in a string");
            return false;
        }
        if (*r->p != '\\') {
            r->p++;
            continue;
        }
        escaped = true;
        pail_buf_append(&r->text, from, (size_t)(r->p - from));
        r->p++;
        if (!take_escape(r)) {
            fail(r, "not an escape");
            return false;
        }
        from = r->p;
    }
    if (r->p == r->end) {
        fail(r, "a string without an end");
        return false;
    }
    if (escaped) {
        pail_buf_append(&r->text, from, (size_t)(r->p - from));
        if (pail_buf_check(&r->text, r->what, r->err) < 0)
            return false;
        *ret = pail_buf_view(&r->text);
    } else {
        *ret = pail_strn(from, (size_t)(r->p - from));
    }
    r->p++;
    return true;
}

/* The end of the digits from p on. */
static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* Length of the number that text begins with, 0: none. */
static size_t number_length(struct pail_str text, bool *ret_integer)
{
    const char *p = text.ptr, *end = p + text.len, *q;

    *ret_integer = true;
    if (p < end && *p == '-')
        p++;
    q = p < end && *p == '0' ? p + 1 : digits(p, end);
    if (q == p)
        return 0;
    p = q;
    if (p + 1 < end && *p == '.' && (q = digits(p + 1, end)) > p + 1) {
        *ret_integer = false;
        p = q;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        q = p + 1;
        if (q < end && (*q == '+' || *q == '-'))
            q++;
        if (digits(q, end) > q) {
            *ret_integer = false;
            p = digits(q, end);
        }
    }
    return (size_t)(p - text.ptr);
}

bool pail_json_is_number(struct pail_str text)
{
    bool integer;
    return text.len && number_length(text, &integer) == text.len;
}

bool pail_real_parse(struct pail_str text, double *ret)
{
    char copy[512], *end;
    double v;

    if (!text.len || text.len >= sizeof(copy) || (unsigned char)text.ptr[0] <= ' ')
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (strpbrk(copy, "xXpP(")) /* strtod reads more than anybody writes */
        return false;
    v = strtod(copy, &end);
    if (*end == '.') { /* a locale with another decimal point */
        *end = ',';
        v = strtod(copy, &end);
    }
    if (end != copy + text.len)
        return false;
    *ret = v;
    return true;
}

static struct pail_value *number(struct reader *r)
{
    struct pail_str rest = pail_strn(r->p, (size_t)(r->end - r->p));
    bool integer;
    int64_t i;
    double d;

    if (take(r, "-Infinity"))
        return pail_value_real(r->vs, -INFINITY);
    size_t n = number_length(rest, &integer);
    if (n == 0)
        return fail(r, "neither a value nor an end");
    rest.len = n;
    r->p += n;
    if (!integer && pail_real_parse(rest, &d))
        return pail_value_real(r->vs, d);
    if (integer && pail_str_to_i64(rest, &i))
        return pail_value_int(r->vs, i);
    return pail_value_number(r->vs, rest);
}

static struct pail_value *value(struct reader *r);

static struct pail_value *list(struct reader *r)
{
    struct pail_value *to = pail_value_list(r->vs);

    skip_blanks(r);
    if (take(r, "]"))
        return to;
    for (;;) {
        struct pail_value *v = value(r);
        if (!v)
            return NULL;
        pail_value_append(r->vs, to, v);
        skip_blanks(r);
        if (take(r, "]"))
            return to;
        if (!take(r, ","))
            return fail(r, "neither ',' nor ']'");
    }
}

static struct pail_value *map(struct reader *r)
{
    struct pail_value *to = pail_value_map(r->vs);
    struct pail_str key;

    skip_blanks(r);
    if (take(r, "}"))
        return to;
    for (;;) {
        skip_blanks(r);
        if (!take(r, "\""))
            return fail(r, "not a key");
        if (!take_string(r, &key))
            return NULL;
        struct pail_str name = pail_value_as_str(pail_value_str(r->vs, key));
        skip_blanks(r);
        if (!take(r, ":"))
            return fail(r, "not ':'");
        struct pail_value *v = value(r);
        if (!v || !name.ptr)
            return NULL;
        pail_value_set(r->vs, to, name, v);
        skip_blanks(r);
        if (take(r, "}"))
            return to;
        if (!take(r, ","))
            return fail(r, "neither ',' nor '}'");
    }
}

static struct pail_value *nested(struct reader *r, struct pail_value *(*read)(struct reader *))
{
    if (r->depth == PAIL_VALUE_JSON_DEPTH)
        return fail(r, "nested deeper than 128 levels");
    r->depth++;
    struct pail_value *v = read(r);
    r->depth--;
    return v;
}

static struct pail_value *value(struct reader *r)
{
    struct pail_str s;

    skip_blanks(r);
    if (take(r, "{"))
        return nested(r, map);
    if (take(r, "["))
        return nested(r, list);
    if (take(r, "\""))
        return take_string(r, &s) ? pail_value_str(r->vs, s) : NULL;
    if (take(r, "true"))
        return pail_value_bool(r->vs, true);
    if (take(r, "false"))
        return pail_value_bool(r->vs, false);
    if (take(r, "null"))
        return pail_value_null(r->vs);
    if (take(r, "NaN"))
        return pail_value_real(r->vs, (double)NAN);
    if (take(r, "Infinity"))
        return pail_value_real(r->vs, INFINITY);
    return number(r);
}

int pail_value_from_json(struct pail_values *vs, struct pail_str text, const char *what,
                         struct pail_value **ret, struct pail_error *err)
{
    struct pail_error own = PAIL_ERROR_INIT;
    if (!pail_str_is_utf8(text))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: not UTF-8", what);

    struct reader r = {
        .vs = vs,
        .p = text.len ? text.ptr : "",
        .what = what,
        .text = PAIL_BUF_INIT(SIZE_MAX / 2),
        .err = &own,
    };
    r.start = r.p;
    r.end = r.p + text.len;
    struct pail_value *v = value(&r);
    skip_blanks(&r);
    if (v && r.p != r.end)
        v = fail(&r, "more after the value");
    pail_buf_done(&r.text);
    if (v) {
        *ret = v;
        return 0;
    }
    if (!own.code) /* a maker gave NULL */
        return pail_error_nomem(err);
    pail_error_copy(err, &own);
    return own.code;
}

/* ---- Writing --------------------------------------------------------------------------------- */

void pail_real_repr(struct pail_buf *to, double v)
{
    struct pail_jwriter w;

    if (isnan(v)) {
        pail_buf_z(to, "nan");
    } else if (isinf(v)) {
        pail_buf_z(to, v < 0 ? "-inf" : "inf");
    } else {
        pail_jw_init(&w, to, 0);
        pail_jw_real(&w, v);
    }
}

void pail_time_isoformat(struct pail_buf *to, struct pail_time t)
{
    char text[PAIL_TIME_ISO_LEN];

    pail_time_iso(t.seconds, text);
    pail_buf_append(to, text, strlen(text) - 1); /* without Z */
    if (t.nanos / 1000)
        pail_buf_fmt(to, ".%06u", t.nanos / 1000);
    pail_buf_z(to, "+00:00");
}

static void put_escape(struct pail_buf *to, uint32_t cp)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: character, its letter */

    for (size_t i = 0; i + 1 < sizeof(named); i += 2)
        if ((uint8_t)named[i] == cp) {
            pail_buf_append(to, (char[]){'\\', named[i + 1]}, 2);
            return;
        }
    if (cp >= 0x10000) {
        cp -= 0x10000;
        pail_buf_fmt(to, "\\u%04x\\u%04x", 0xd800 + (cp >> 10), 0xdc00 + (cp & 0x3ff));
        return;
    }
    pail_buf_fmt(to, "\\u%04x", cp);
}

static void put_string(struct pail_buf *to, struct pail_str s, bool ascii)
{
    size_t from = 0, i = 0;

    pail_buf_char(to, '"');
    while (i < s.len) {
        uint8_t c = (uint8_t)s.ptr[i];
        uint32_t cp = c;
        size_t n = c < 0x80 ? 1 : pail_utf8_decode(pail_str_from(s, i), &cp);
        if (n && c >= 0x20 && c != '"' && c != '\\' && (!ascii || c < 0x7f)) {
            i += n;
            continue;
        }
        pail_buf_str(to, pail_str_sub(s, from, i - from));
        if (n)
            put_escape(to, cp);
        else
            pail_buf_z(to, ascii ? "\\ufffd" : "\xef\xbf\xbd");
        i += n ? n : 1;
        from = i;
    }
    pail_buf_str(to, pail_str_from(s, from));
    pail_buf_char(to, '"');
}

struct writer {
    struct pail_buf *to;
    struct pail_json_style style;
    unsigned depth;
};

static void new_line(struct writer *w)
{
    if (!w->style.indent)
        return;
    pail_buf_char(w->to, '\n');
    for (unsigned i = 0; i < w->depth * w->style.indent; i++)
        pail_buf_char(w->to, ' ');
}

static void put(struct writer *w, const struct pail_value *v);

static void put_many(struct writer *w, const struct pail_value *v)
{
    bool is_map = pail_value_type(v) == PAIL_VAL_MAP,
         spaced = !w->style.indent && !w->style.compact;
    size_t n = pail_value_len(v);

    pail_buf_char(w->to, is_map ? '{' : '[');
    w->depth++;
    for (size_t i = 0; i < n; i++) {
        if (i)
            pail_buf_z(w->to, spaced ? ", " : ",");
        new_line(w);
        if (is_map) {
            put_string(w->to, pail_value_key_at(v, i), w->style.ascii);
            pail_buf_z(w->to, w->style.compact ? ":" : ": ");
        }
        put(w, pail_value_at(v, i));
    }
    w->depth--;
    if (n)
        new_line(w);
    pail_buf_char(w->to, is_map ? '}' : ']');
}

static void put_real(struct pail_buf *to, double d)
{
    if (isnan(d))
        pail_buf_z(to, "NaN");
    else if (isinf(d))
        pail_buf_z(to, d < 0 ? "-Infinity" : "Infinity");
    else
        pail_real_repr(to, d);
}

static void put_special(struct writer *w, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(w->to->max);
    struct pail_time t;
    struct pail_bytes blob = pail_value_as_blob(v);

    if (pail_value_as_time(v, &t))
        pail_time_isoformat(&text, t);
    else
        pail_base64_encode(&text, blob.ptr, blob.len);
    put_string(w->to, pail_buf_view(&text), true);
    if (text.failed && !w->to->failed)
        w->to->failed = text.failed;
}

static void put(struct writer *w, const struct pail_value *v)
{
    struct pail_str s = pail_value_as_str(v);
    int64_t i;
    double d;
    bool b;

    switch (pail_value_type(v)) {
    case PAIL_VAL_LIST:
    case PAIL_VAL_MAP:
        put_many(w, v);
        break;
    case PAIL_VAL_NUMBER:
        if (pail_json_is_number(s)) {
            pail_buf_str(w->to, s);
            break;
        }
        put_string(w->to, s, w->style.ascii);
        break;
    case PAIL_VAL_STRING:
        put_string(w->to, s, w->style.ascii);
        break;
    case PAIL_VAL_INT:
        if (pail_value_as_int(v, &i))
            pail_buf_fmt(w->to, "%lld", (long long)i);
        break;
    case PAIL_VAL_REAL:
        if (pail_value_as_real(v, &d))
            put_real(w->to, d);
        break;
    case PAIL_VAL_BOOL:
        pail_buf_z(w->to, pail_value_as_bool(v, &b) && b ? "true" : "false");
        break;
    case PAIL_VAL_TIME:
    case PAIL_VAL_BLOB:
        put_special(w, v);
        break;
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        pail_buf_z(w->to, "null");
        break;
    }
}

void pail_value_to_json(struct pail_buf *to, const struct pail_value *v,
                        const struct pail_json_style *style)
{
    struct writer w = {.to = to};

    if (style)
        w.style = *style;
    put(&w, v);
}
