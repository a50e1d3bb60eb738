/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as Python prints them. Messages about parameters quote values, and scripts compare
 * messages.
 */
#include "base/str.h"
#include "base/timefmt.h"
#include "base/utf8.h"
#include "base/value_json.h"
#include "protocol/validate.h"

const char *pail_python_type(const struct pail_value *v)
{
    switch (pail_value_type(v)) {
    case PAIL_VAL_BOOL:
        return "<class 'bool'>";
    case PAIL_VAL_INT:
        return "<class 'int'>";
    case PAIL_VAL_REAL:
        return "<class 'float'>";
    case PAIL_VAL_NUMBER:
        return pail_str_find(pail_value_as_str(v), '.') == SIZE_MAX ? "<class 'int'>"
                                                                    : "<class 'decimal.Decimal'>";
    case PAIL_VAL_STRING:
        return "<class 'str'>";
    case PAIL_VAL_BLOB:
        return "<class 'bytes'>";
    case PAIL_VAL_TIME:
        return "<class 'datetime.datetime'>";
    case PAIL_VAL_LIST:
        return "<class 'list'>";
    case PAIL_VAL_MAP:
        return "<class 'dict'>";
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        break;
    }
    return "<class 'NoneType'>";
}

/* Controls, separators and formats, as far as they occur in texts. */
static bool printable(uint32_t cp)
{
    if (cp < 0x7f)
        return cp >= 0x20;
    return !(cp <= 0xa0 || cp == 0xad || (cp >= 0x2000 && cp <= 0x200f) ||
             (cp >= 0x2028 && cp <= 0x202f) || (cp >= 0x205f && cp <= 0x206f) || cp == 0x3000 ||
             (cp >= 0xd800 && cp <= 0xf8ff) || cp == 0xfeff || (cp & 0xfffe) == 0xfffe ||
             cp >= 0xe0000);
}

static char quote_for(struct pail_str s)
{
    return pail_str_find(s, '\'') != SIZE_MAX && pail_str_find(s, '"') == SIZE_MAX ? '"' : '\'';
}

static void put_escape(struct pail_buf *to, uint32_t cp)
{
    if (cp == '\n' || cp == '\r' || cp == '\t')
        pail_buf_fmt(to, "\\%c", cp == '\n' ? 'n' : cp == '\r' ? 'r' : 't');
    else
        pail_buf_fmt(to, cp < 0x100 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
}

static void put_text(struct pail_buf *to, struct pail_str s)
{
    char quote = quote_for(s);

    pail_buf_char(to, quote);
    while (s.len) {
        uint32_t cp = (uint8_t)s.ptr[0];
        size_t n = pail_utf8_decode(s, &cp);
        if (cp == (uint8_t)quote || cp == '\\')
            pail_buf_char(to, '\\');
        if (n && printable(cp))
            pail_buf_append(to, s.ptr, n);
        else
            put_escape(to, cp);
        s = pail_str_from(s, n ? n : 1);
    }
    pail_buf_char(to, quote);
}

static void put_bytes(struct pail_buf *to, struct pail_bytes b)
{
    struct pail_str s = pail_strn(b.ptr, b.len);
    char quote = quote_for(s);

    pail_buf_fmt(to, "b%c", quote);
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.ptr[i];
        if (c == (uint8_t)quote || c == '\\')
            pail_buf_char(to, '\\');
        if (c >= 0x20 && c < 0x7f)
            pail_buf_char(to, (char)c);
        else
            put_escape(to, c);
    }
    pail_buf_char(to, quote);
}

/* datetime.datetime(2015, 8, 30, 12, 36, tzinfo=tzutc()) */
static void put_time(struct pail_buf *to, struct pail_time t)
{
    char iso[PAIL_TIME_ISO_LEN];
    int n[6] = {0};

    pail_time_iso(t.seconds, iso);
    for (int i = 0, field = 0; iso[i] && field < 6; i++) {
        if (iso[i] >= '0' && iso[i] <= '9')
            n[field] = n[field] * 10 + (iso[i] - '0');
        else
            field++;
    }
    pail_buf_fmt(to, "datetime.datetime(%d, %d, %d, %d, %d", n[0], n[1], n[2], n[3], n[4]);
    if (n[5] || t.nanos / 1000)
        pail_buf_fmt(to, ", %d", n[5]);
    if (t.nanos / 1000)
        pail_buf_fmt(to, ", %u", t.nanos / 1000);
    pail_buf_z(to, ", tzinfo=tzutc())");
}

static void put_many(struct pail_buf *to, const struct pail_value *v)
{
    bool map = pail_value_type(v) == PAIL_VAL_MAP;

    pail_buf_char(to, map ? '{' : '[');
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (i)
            pail_buf_z(to, ", ");
        if (map) {
            put_text(to, pail_value_key_at(v, i));
            pail_buf_z(to, ": ");
        }
        pail_python_repr(to, pail_value_at(v, i));
    }
    pail_buf_char(to, map ? '}' : ']');
}

void pail_python_repr(struct pail_buf *to, const struct pail_value *v)
{
    struct pail_time t;
    int64_t i;
    double d;
    bool b;

    if (pail_value_as_bool(v, &b))
        pail_buf_z(to, b ? "True" : "False");
    else if (pail_value_as_int(v, &i))
        pail_buf_fmt(to, "%lld", (long long)i);
    else if (pail_value_as_real(v, &d))
        pail_real_repr(to, d);
    else if (pail_value_as_time(v, &t))
        put_time(to, t);
    else if (pail_value_type(v) == PAIL_VAL_STRING)
        put_text(to, pail_value_as_str(v));
    else if (pail_value_type(v) == PAIL_VAL_NUMBER)
        pail_buf_str(to, pail_value_as_str(v));
    else if (pail_value_type(v) == PAIL_VAL_BLOB)
        put_bytes(to, pail_value_as_blob(v));
    else if (pail_value_type(v) == PAIL_VAL_LIST || pail_value_type(v) == PAIL_VAL_MAP)
        put_many(to, v);
    else
        pail_buf_z(to, "None");
}

void pail_python_str(struct pail_buf *to, const struct pail_value *v)
{
    struct pail_time t;

    if (pail_value_type(v) == PAIL_VAL_STRING) {
        pail_buf_str(to, pail_value_as_str(v));
    } else if (pail_value_as_time(v, &t)) {
        size_t at = to->len;
        pail_time_isoformat(to, t);
        if (to->len > at + 10)
            to->ptr[at + 10] = ' ';
    } else {
        pail_python_repr(to, v);
    }
}
