/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpc-v2-cbor requests: RFC 8949 with definite lengths only, instants as tag 1.
 */
#include <math.h>

#include "base/str.h"
#include "base/value_json.h"
#include "protocol/serialize.h"
#include "protocol/times.h"

enum major { UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

static void put_big_endian(struct pail_buf *to, uint64_t v, unsigned bytes)
{
    while (bytes--)
        pail_buf_char(to, (char)(v >> (8 * bytes)));
}

static void put_head(struct pail_buf *to, enum major major, uint64_t n)
{
    unsigned bytes = n < 24 ? 0 : n <= 0xff ? 1 : n <= 0xffff ? 2 : n <= 0xffffffff ? 4 : 8;
    uint64_t info = n < 24 ? n : bytes == 1 ? 24 : bytes == 2 ? 25 : bytes == 4 ? 26 : 27;

    pail_buf_char(to, (char)(major << 5 | info));
    put_big_endian(to, n, bytes);
}

static void put_bytes(struct pail_buf *to, enum major major, struct pail_str s)
{
    put_head(to, major, s.len);
    pail_buf_str(to, s);
}

static void put_int(struct pail_buf *to, int64_t i)
{
    put_head(to, i < 0 ? NEGATIVE : UINT, i < 0 ? (uint64_t)(-1 - i) : (uint64_t)i);
}

static void put_real(struct pail_buf *to, double d, bool single)
{
    float f = (float)d;
    uint64_t bits = 0;
    uint32_t bits4;

    if (!isfinite(d)) { /* fit into a half */
        pail_buf_char(to, (char)(SIMPLE << 5 | 25));
        put_big_endian(to, isnan(d) ? 0x7e00 : d < 0 ? 0xfc00 : 0x7c00, 2);
        return;
    }
    memcpy(&bits, &d, sizeof(d));
    memcpy(&bits4, &f, sizeof(f));
    pail_buf_char(to, (char)(SIMPLE << 5 | (single ? 26 : 27)));
    put_big_endian(to, single ? bits4 : bits, single ? 4 : 8);
}

static void put_time(struct pail_buf *to, struct pail_time t)
{
    unsigned us = t.nanos / 1000;

    put_head(to, TAG, 1);
    if (us)
        put_real(to, ((double)t.seconds * 1e6 + us) / 1e6, false);
    else
        put_int(to, t.seconds);
}

static void put(struct pail_buf *to, const struct pail_shape *shape, const struct pail_value *v);

static void put_structure(struct pail_buf *to, const struct pail_shape *shape,
                          const struct pail_value *v)
{
    struct pail_shape m;
    size_t n = 0;

    for (size_t i = 0; i < pail_value_len(v); i++)
        n += pail_is_given(pail_value_at(v, i)) &&
             pail_shape_member(shape, pail_value_key_at(v, i), &m);
    put_head(to, MAP, n);
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (!pail_is_given(pail_value_at(v, i)) ||
            !pail_shape_member(shape, pail_value_key_at(v, i), &m))
            continue;
        put_bytes(to, TEXT, pail_shape_key(&m));
        put(to, &m, pail_value_at(v, i));
    }
}

static void put_many(struct pail_buf *to, const struct pail_shape *shape,
                     const struct pail_value *v)
{
    bool map = shape->type == PAIL_SHAPE_MAP;
    struct pail_shape e = *shape;

    (void)pail_shape_at(shape, map, &e);
    put_head(to, map ? MAP : ARRAY, pail_value_len(v));
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (map)
            put_bytes(to, TEXT, pail_value_key_at(v, i));
        put(to, &e, pail_value_at(v, i));
    }
}

/* What the value is counts more than what the model calls it. */
static void put_scalar(struct pail_buf *to, const struct pail_shape *shape,
                       const struct pail_value *v)
{
    bool real = shape->type == PAIL_SHAPE_FLOAT || shape->type == PAIL_SHAPE_DOUBLE, b;
    struct pail_str text = pail_value_as_str(v);
    int64_t i;
    double d;

    if (pail_value_as_bool(v, &b))
        pail_buf_char(to, (char)(SIMPLE << 5 | (b ? 21 : 20)));
    else if (!real && pail_value_as_int(v, &i))
        put_int(to, i);
    else if (pail_value_as_real(v, &d) ||
             ((real || pail_value_type(v) == PAIL_VAL_NUMBER) && pail_real_parse(text, &d)))
        put_real(to, d, shape->type == PAIL_SHAPE_FLOAT);
    else if (shape->type == PAIL_SHAPE_BLOB || pail_value_type(v) == PAIL_VAL_BLOB)
        put_bytes(to, BYTES, pail_value_bytes(v));
    else
        put_bytes(to, TEXT, text);
}

static void put(struct pail_buf *to, const struct pail_shape *shape, const struct pail_value *v)
{
    struct pail_time t;

    if (!pail_is_given(v))
        pail_buf_char(to, (char)(SIMPLE << 5 | 22));
    else if (shape->type == PAIL_SHAPE_STRUCTURE)
        put_structure(to, shape, v);
    else if (shape->type == PAIL_SHAPE_LIST || shape->type == PAIL_SHAPE_MAP)
        put_many(to, shape, v);
    else if (shape->type == PAIL_SHAPE_TIMESTAMP && pail_time_of(v, &t))
        put_time(to, t);
    else
        put_scalar(to, shape, v);
}

static bool has_event_stream(const struct pail_shape *shape)
{
    struct pail_shape m;

    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        if (m.traits & PAIL_TRAIT_EVENTSTREAM)
            return true;
    return false;
}

void pail_serialize_cbor(struct pail_serializer *s)
{
    struct pail_str name = s->op->wire_name.ptr ? s->op->wire_name : s->op->name;
    struct pail_shape output;
    struct pail_str cbor = PAIL_STR("application/cbor"),
                    events = PAIL_STR("application/vnd.amazon.eventstream");

    pail_buf_fmt(&s->w->path, "/service/%.*s/operation/%.*s", PAIL_STR_ARG(s->info.target_prefix),
                 PAIL_STR_ARG(name));
    if (s->has_input)
        put_structure(&s->w->body, &s->input, s->params);
    pail_serialize_header(s, PAIL_STR("smithy-protocol"), PAIL_STR("rpc-v2-cbor"));
    if (s->info.query_compatible)
        pail_serialize_header(s, PAIL_STR("x-amzn-query-mode"), PAIL_STR("true"));
    bool streams = pail_operation_output(s->op, &output) && has_event_stream(&output);
    pail_serialize_header(s, PAIL_STR("Accept"), streams ? events : cbor);
    if (s->w->body.len)
        pail_serialize_header(s, PAIL_STR("Content-Type"),
                              s->has_input && has_event_stream(&s->input) ? events : cbor);
}
