/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One serializer per family of protocols; they share the request they fill, the texts of scalars
 * and the host prefix.
 *
 * Failures stick in the serializer, so that walking a tree needs no check per node. A value that
 * does not fit its shape (only possible with validation off) is sent as what it is: the service
 * will say what it thinks of it.
 */
#include "protocol/serialize.h"

#include <math.h>

#include "base/base64.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/times.h"
#include "protocol/validate.h"

#define MAX_URL (1024 * 1024)
#define MAX_HEADERS (256 * 1024)
#define MAX_BODY ((size_t)256 << 20)

void pail_wire_init(struct pail_wire *w)
{
    *w = (struct pail_wire){0};
    pail_buf_init(&w->path, MAX_URL);
    pail_buf_init(&w->query, MAX_URL);
    pail_headers_init(&w->headers, MAX_HEADERS);
    pail_buf_init(&w->body, MAX_BODY);
    pail_buf_init(&w->host_prefix, 256);
}

void pail_wire_done(struct pail_wire *w)
{
    pail_buf_done(&w->path);
    pail_buf_done(&w->query);
    pail_headers_done(&w->headers);
    pail_buf_done(&w->body);
    pail_buf_done(&w->host_prefix);
}

bool pail_is_given(const struct pail_value *v)
{
    return v && pail_value_type(v) != PAIL_VAL_NULL;
}

struct pail_str pail_shape_key(const struct pail_shape *member)
{
    return member->location_name.ptr ? member->location_name : member->member;
}

struct pail_str pail_value_bytes(const struct pail_value *v)
{
    struct pail_bytes b = pail_value_as_blob(v);
    return b.ptr ? pail_strn(b.ptr, b.len) : pail_value_as_str(v);
}

static void real_text(struct pail_buf *to, double d)
{
    if (isnan(d))
        pail_buf_z(to, "NaN");
    else if (isinf(d))
        pail_buf_z(to, d < 0 ? "-Infinity" : "Infinity");
    else
        pail_real_repr(to, d);
}

static void plain_text(struct pail_buf *to, const struct pail_value *v)
{
    struct pail_time t;
    int64_t i;
    double d;
    bool b;

    if (pail_value_as_int(v, &i))
        pail_buf_fmt(to, "%lld", (long long)i);
    else if (pail_value_as_real(v, &d))
        real_text(to, d);
    else if (pail_value_as_bool(v, &b))
        pail_buf_z(to, b ? "true" : "false");
    else if (pail_value_as_time(v, &t))
        pail_time_text(to, t, PAIL_TIMESTAMP_ISO8601);
    else
        pail_buf_str(to, pail_value_bytes(v));
}

void pail_scalar_text(struct pail_buf *to, const struct pail_shape *shape,
                      const struct pail_value *v, enum pail_timestamp_format format)
{
    struct pail_time t;

    if (shape->type == PAIL_SHAPE_TIMESTAMP && pail_time_of(v, &t)) {
        enum pail_timestamp_format own = shape->timestamp_format;
        pail_time_text(to, t, own == PAIL_TIMESTAMP_DEFAULT ? format : own);
    } else if (shape->type == PAIL_SHAPE_BLOB && pail_value_bytes(v).ptr) {
        struct pail_str b = pail_value_bytes(v);
        pail_base64_encode(to, b.ptr, b.len);
    } else {
        plain_text(to, v);
    }
}

void pail_serialize_header(struct pail_serializer *s, struct pail_str name, struct pail_str value)
{
    if (s->rc == 0)
        s->rc = pail_headers_set(&s->w->headers, name, value, s->err);
}

/* ---- Host prefix ---- */

static bool is_host_text(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '.'))
            return false;
    }
    return s.len > 0;
}

static void host_label(struct pail_serializer *s, struct pail_str name)
{
    struct pail_str v = pail_value_as_str(pail_value_get(s->params, name));

    if (!is_host_text(v)) {
        s->rc = pail_param_error(s->err,
                                 "Invalid value for parameter(s): "
                                 "%.*s. Must contain only alphanumeric characters, hyphen, or "
                                 "period.",
                                 PAIL_STR_ARG(name));
        return;
    }
    pail_buf_str(&s->w->host_prefix, v);
}

/* "{AccountId}.data-": the braces hold members of the input. */
static void host_prefix(struct pail_serializer *s)
{
    struct pail_str rest = s->op->host_prefix;

    while (s->rc == 0 && rest.len) {
        size_t open = pail_str_find(rest, '{');
        size_t close = open == SIZE_MAX ? SIZE_MAX : pail_str_find(rest, '}');
        if (close == SIZE_MAX || close < open) {
            pail_buf_str(&s->w->host_prefix, rest);
            return;
        }
        pail_buf_str(&s->w->host_prefix, pail_str_sub(rest, 0, open));
        host_label(s, pail_str_sub(rest, open + 1, close - open - 1));
        rest = pail_str_from(rest, close + 1);
    }
}

/* ---- All ---- */

struct pail_value *pail_params_prepare(const struct pail_operation *op,
                                       const struct pail_value *params, struct pail_values *vs)
{
    struct pail_value *to = pail_value_map(vs);
    struct pail_shape input, m;
    char uuid[37];

    for (size_t i = 0; i < pail_value_len(params); i++)
        pail_value_set(vs, to, pail_value_key_at(params, i), pail_value_at(params, i));
    if (!pail_operation_input(op, &input))
        return to;
    for (unsigned i = 0; pail_shape_at(&input, i, &m); i++) {
        if (!(m.traits & PAIL_TRAIT_IDEMPOTENCY_TOKEN) || pail_value_get(to, m.member))
            continue;
        pail_rand_uuid(uuid);
        pail_value_set(vs, to, m.member, pail_value_str(vs, pail_str(uuid)));
    }
    return to;
}

static void by_protocol(struct pail_serializer *s)
{
    switch (s->info.protocol) {
    case PAIL_PROTOCOL_QUERY:
    case PAIL_PROTOCOL_EC2:
        pail_serialize_query(s);
        break;
    case PAIL_PROTOCOL_JSON:
        pail_serialize_json(s);
        break;
    case PAIL_PROTOCOL_REST_JSON:
    case PAIL_PROTOCOL_REST_XML:
        pail_serialize_rest(s);
        break;
    case PAIL_PROTOCOL_CBOR:
        pail_serialize_cbor(s);
        break;
    case PAIL_PROTOCOL_NONE:
        s->rc = pail_error_set(s->err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                               "service %.*s speaks none of the known protocols (%.*s)",
                               PAIL_STR_ARG(s->info.name), PAIL_STR_ARG(s->info.protocol_name));
    }
}

int pail_serialize(const struct pail_operation *op, const struct pail_value *params,
                   struct pail_wire *w, struct pail_error *err)
{
    struct pail_serializer s = {
        .op = op,
        .info = pail_service_info(op->service),
        .params = params,
        .w = w,
        .err = err,
    };

    s.has_input = pail_operation_input(op, &s.input);
    w->method = op->method.len ? op->method : PAIL_STR("POST");
    host_prefix(&s);
    if (s.rc == 0)
        by_protocol(&s);
    if (s.rc == 0)
        s.rc = pail_buf_check(&w->path, "path", err);
    if (s.rc == 0)
        s.rc = pail_buf_check(&w->query, "query", err);
    if (s.rc == 0)
        s.rc = pail_buf_check(&w->host_prefix, "host prefix", err);
    if (s.rc == 0)
        s.rc = pail_buf_check(&w->body, "request body", err);
    return s.rc;
}
