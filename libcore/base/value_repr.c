/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is printable is Python's question to the Unicode tables (categories C and Z, the blank
 * excepted); here the blocks that are not are listed, unassigned characters count as printable.
 */
#include "base/value_repr.h"

#include "base/str.h"
#include "base/timefmt.h"
#include "base/utf8.h"
#include "base/value_json.h"

static bool is_printable(uint32_t cp)
{
    static const struct {
        uint32_t from, to;
    } hidden[] = {
        {0x00, 0x1f},     {0x7f, 0xa0},       {0xad, 0xad},        {0x600, 0x605},
        {0x61c, 0x61c},   {0x6dd, 0x6dd},     {0x70f, 0x70f},      {0x1680, 0x1680},
        {0x180e, 0x180e}, {0x2000, 0x200f},   {0x2028, 0x202f},    {0x205f, 0x206f},
        {0x3000, 0x3000}, {0xd800, 0xf8ff},   {0xfeff, 0xfeff},    {0xfff0, 0xfffb},
        {0xfffe, 0xffff}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(hidden); i++)
        if (cp >= hidden[i].from && cp <= hidden[i].to)
            return false;
    return true;
}

static void put_char(struct pail_buf *to, struct pail_str raw, uint32_t cp, char quote)
{
    if (cp == '\\' || cp == (unsigned char)quote)
        pail_buf_fmt(to, "\\%c", (int)cp);
    else if (cp == '\n')
        pail_buf_z(to, "\\n");
    else if (cp == '\r')
        pail_buf_z(to, "\\r");
    else if (cp == '\t')
        pail_buf_z(to, "\\t");
    else if (is_printable(cp))
        pail_buf_str(to, raw);
    else if (cp < 0x100)
        pail_buf_fmt(to, "\\x%02x", cp);
    else
        pail_buf_fmt(to, cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
}

static char quote_for(struct pail_str s)
{
    return pail_str_find(s, '\'') != SIZE_MAX && pail_str_find(s, '"') == SIZE_MAX ? '"' : '\'';
}

void pail_text_repr(struct pail_buf *to, struct pail_str s)
{
    char quote = quote_for(s);
    pail_buf_char(to, quote);
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0;
        size_t n = pail_utf8_decode(pail_str_from(s, i), &cp);
        if (n)
            put_char(to, pail_str_sub(s, i, n), cp, quote);
        else
            pail_buf_fmt(to, "\\udc%02x", (unsigned char)s.ptr[i]);
        i += n ? n : 1;
    }
    pail_buf_char(to, quote);
}

void pail_bytes_repr(struct pail_buf *to, struct pail_bytes b)
{
    struct pail_str s = pail_strn(b.ptr, b.len);
    char quote = quote_for(s);
    pail_buf_fmt(to, "b%c", quote);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x80)
            put_char(to, pail_str_sub(s, i, 1), c, quote);
        else
            pail_buf_fmt(to, "\\x%02x", c);
    }
    pail_buf_char(to, quote);
}

/* datetime.datetime(2015, 8, 30, 12, 36, tzinfo=tzutc()) */
static void time_repr(struct pail_buf *to, struct pail_time t)
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

static void list_repr(struct pail_buf *to, const struct pail_value *v)
{
    bool map = pail_value_type(v) == PAIL_VAL_MAP;
    pail_buf_char(to, map ? '{' : '[');
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (i)
            pail_buf_z(to, ", ");
        if (map) {
            pail_text_repr(to, pail_value_key_at(v, i));
            pail_buf_z(to, ": ");
        }
        pail_value_repr(to, pail_value_at(v, i));
    }
    pail_buf_char(to, map ? '}' : ']');
}

void pail_value_repr(struct pail_buf *to, const struct pail_value *v)
{
    struct pail_time t;
    int64_t i;
    double d;
    bool b;
    switch (pail_value_type(v)) {
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        pail_buf_z(to, "None");
        break;
    case PAIL_VAL_BOOL:
        pail_buf_z(to, pail_value_as_bool(v, &b) && b ? "True" : "False");
        break;
    case PAIL_VAL_INT:
        if (pail_value_as_int(v, &i))
            pail_buf_fmt(to, "%lld", (long long)i);
        break;
    case PAIL_VAL_REAL:
        if (pail_value_as_real(v, &d))
            pail_real_repr(to, d);
        break;
    case PAIL_VAL_NUMBER:
        pail_buf_str(to, pail_value_as_str(v));
        break;
    case PAIL_VAL_STRING:
        pail_text_repr(to, pail_value_as_str(v));
        break;
    case PAIL_VAL_BLOB:
        pail_bytes_repr(to, pail_value_as_blob(v));
        break;
    case PAIL_VAL_TIME:
        if (pail_value_as_time(v, &t))
            time_repr(to, t);
        break;
    case PAIL_VAL_LIST:
    case PAIL_VAL_MAP:
        list_repr(to, v);
        break;
    }
}

void pail_value_pystr(struct pail_buf *to, const struct pail_value *v)
{
    struct pail_time t;
    if (pail_value_type(v) == PAIL_VAL_STRING)
        pail_buf_str(to, pail_value_as_str(v));
    else if (pail_value_as_time(v, &t))
        pail_time_isoformat(to, t);
    else
        pail_value_repr(to, v);
}

const char *pail_value_pytype(const struct pail_value *v)
{
    switch (pail_value_type(v)) {
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        break;
    case PAIL_VAL_BOOL:
        return "bool";
    case PAIL_VAL_INT:
    case PAIL_VAL_NUMBER:
        return "int";
    case PAIL_VAL_REAL:
        return "float";
    case PAIL_VAL_STRING:
        return "str";
    case PAIL_VAL_BLOB:
        return "bytes";
    case PAIL_VAL_TIME:
        return "datetime";
    case PAIL_VAL_LIST:
        return "list";
    case PAIL_VAL_MAP:
        return "dict";
    }
    return "NoneType";
}
