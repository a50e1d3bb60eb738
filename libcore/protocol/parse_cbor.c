/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CBOR (RFC 8949) into a tree of values: both lengths, half floats, tag 1. The bytes come from the
 * network: every length is compared with what is left before it is believed, nesting is bounded.
 */
#include <math.h>
#include <stdio.h>

#include "base/str.h"
#include "base/value_json.h"
#include "protocol/parse.h"
#include "protocol/times.h"

#define INDEFINITE 31
#define BREAK 0xff

struct cursor {
    struct pail_parser *p;
    const unsigned char *at, *end;
    unsigned depth;
};

static struct pail_value *item(struct cursor *c);

static struct pail_value *bad(struct cursor *c, const char *why)
{
    return pail_parser_fail(c->p, "CBOR: %s", why);
}

static bool take_uint(struct cursor *c, unsigned bytes, uint64_t *ret)
{
    uint64_t v = 0;

    if ((size_t)(c->end - c->at) < bytes) {
        bad(c, "ends too early");
        return false;
    }
    while (bytes--)
        v = v << 8 | *c->at++;
    *ret = v;
    return true;
}

static bool take_length(struct cursor *c, unsigned info, uint64_t *ret)
{
    if (info < 24) {
        *ret = info;
        return true;
    }
    if (info > 27) {
        bad(c, "not a length");
        return false;
    }
    return take_uint(c, 1u << (info - 24), ret);
}

static bool at_break(struct cursor *c)
{
    if (c->at < c->end && *c->at == BREAK) {
        c->at++;
        return true;
    }
    return false;
}

static bool take_bytes(struct cursor *c, unsigned info, struct pail_str *ret)
{
    uint64_t n;

    if (!take_length(c, info, &n))
        return false;
    if (n > (size_t)(c->end - c->at)) {
        bad(c, "ends too early");
        return false;
    }
    *ret = pail_strn((const char *)c->at, (size_t)n);
    c->at += n;
    return true;
}

/* Bytes or text; chunks of an indefinite one are joined. */
static bool take_string(struct cursor *c, unsigned info, struct pail_buf *joined,
                        struct pail_str *ret)
{
    struct pail_str chunk;
    uint64_t head;

    if (info != INDEFINITE)
        return take_bytes(c, info, ret);
    while (!at_break(c)) {
        if (!take_uint(c, 1, &head) || !take_bytes(c, head & 31, &chunk))
            return false;
        pail_buf_str(joined, chunk);
    }
    if (c->p->rc == 0)
        c->p->rc = pail_buf_check(joined, "answer", c->p->err);
    *ret = pail_buf_view(joined);
    return c->p->rc == 0;
}

static struct pail_value *string(struct cursor *c, unsigned major, unsigned info)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf joined = PAIL_BUF_INIT(SIZE_MAX / 2);
    struct pail_str s;

    if (!take_string(c, info, &joined, &s))
        return NULL;
    if (major == 2)
        return pail_value_blob(c->p->vs, (struct pail_bytes){s.ptr, s.len});
    return pail_str_is_utf8(s) ? pail_value_str(c->p->vs, s) : bad(c, "text that is not UTF-8");
}

static struct pail_value *list(struct cursor *c, unsigned info)
{
    struct pail_value *to = pail_value_list(c->p->vs);
    uint64_t n = 0;

    if (info != INDEFINITE && !take_length(c, info, &n))
        return NULL;
    while (info == INDEFINITE ? !at_break(c) : n-- > 0) {
        struct pail_value *v = item(c);
        if (!v)
            return NULL;
        pail_value_append(c->p->vs, to, v);
    }
    return to;
}

static struct pail_value *map(struct cursor *c, unsigned info)
{
    struct pail_value *to = pail_value_map(c->p->vs);
    uint64_t n = 0;

    if (info != INDEFINITE && !take_length(c, info, &n))
        return NULL;
    while (info == INDEFINITE ? !at_break(c) : n-- > 0) {
        struct pail_value *key = item(c), *v = key ? item(c) : NULL;
        if (!v)
            return NULL;
        if (!pail_value_as_str(key).ptr)
            return bad(c, "a key that is no text");
        if (pail_value_type(v) != PAIL_VAL_NULL)
            pail_value_set(c->p->vs, to, pail_value_as_str(key), v);
    }
    return to;
}

static struct pail_value *nested(struct cursor *c, unsigned info,
                                 struct pail_value *(*read)(struct cursor *, unsigned))
{
    if (c->depth == PAIL_VALUE_JSON_DEPTH)
        return bad(c, "nested deeper than 128 levels");
    c->depth++;
    struct pail_value *v = read(c, info);
    c->depth--;
    return v;
}

static struct pail_value *tagged(struct cursor *c, unsigned info)
{
    struct pail_time t;
    uint64_t tag;

    if (!take_length(c, info, &tag))
        return NULL;
    struct pail_value *v = item(c);
    if (!v)
        return NULL;
    if (tag != 1)
        return bad(c, "an unknown tag");
    return pail_time_of(v, &t) ? pail_value_time(c->p->vs, t) : bad(c, "not a time");
}

static double half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double fraction = (double)(bits & 0x3ff), v;

    if (exponent == 31)
        v = bits & 0x3ff ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        v = ldexp(fraction, -24);
    else
        v = ldexp(fraction + 1024, exponent - 25);
    return bits & 0x8000 ? -v : v;
}

static struct pail_value *simple(struct cursor *c, unsigned info)
{
    uint64_t bits;
    uint32_t bits4;
    double d;
    float f;

    if (info == 20 || info == 21)
        return pail_value_bool(c->p->vs, info == 21);
    if (info == 22 || info == 23)
        return pail_value_null(c->p->vs);
    if (info < 25 || info > 27)
        return bad(c, "an unknown simple value");
    if (!take_uint(c, 1u << (info - 24), &bits))
        return NULL;
    if (info == 25)
        return pail_value_real(c->p->vs, half(bits));
    if (info == 26) {
        bits4 = (uint32_t)bits;
        memcpy(&f, &bits4, sizeof(f));
        return pail_value_real(c->p->vs, (double)f);
    }
    memcpy(&d, &bits, sizeof(d));
    return pail_value_real(c->p->vs, d);
}

static struct pail_value *integer(struct cursor *c, unsigned major, unsigned info)
{
    char text[32];
    uint64_t n;

    if (!take_length(c, info, &n))
        return NULL;
    if (n <= INT64_MAX)
        return pail_value_int(c->p->vs, major ? -1 - (int64_t)n : (int64_t)n);
    int len = major && n == UINT64_MAX ? snprintf(text, sizeof(text), "-18446744073709551616")
              : major ? snprintf(text, sizeof(text), "-%llu", (unsigned long long)n + 1)
                      : snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
    return pail_value_number(c->p->vs, pail_strn(text, (size_t)len));
}

static struct pail_value *item(struct cursor *c)
{
    uint64_t head;

    if (c->p->rc < 0 || !take_uint(c, 1, &head))
        return NULL;
    unsigned major = (unsigned)head >> 5, info = head & 31;
    switch (major) {
    case 0:
    case 1:
        return integer(c, major, info);
    case 2:
    case 3:
        return string(c, major, info);
    case 4:
        return nested(c, info, list);
    case 5:
        return nested(c, info, map);
    case 6:
        return nested(c, info, tagged);
    default:
        return simple(c, info);
    }
}

struct pail_value *pail_parse_cbor(struct pail_parser *p, struct pail_str body)
{
    struct cursor c = {p, (const unsigned char *)body.ptr, NULL, 0};

    c.end = c.at + body.len;
    return item(&c);
}

struct pail_value *pail_parse_cbor_body(struct pail_parser *p, const struct pail_shape *shape,
                                        struct pail_str body)
{
    struct pail_value *v = body.len ? pail_parse_cbor(p, body) : pail_value_map(p->vs);
    return v ? pail_parse_tree(p, shape, v) : NULL;
}
