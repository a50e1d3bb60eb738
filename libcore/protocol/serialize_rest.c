/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest-json and rest-xml: members go where their location says, the others into the body.
 *
 * Query parameters are put in two rounds, maps of any parameters after the named ones: a name that
 * has its own member is that member's, whatever the map says.
 */
#include "protocol/serialize.h"

#include "base/base64.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "protocol/times.h"
#include "protocol/validate.h"

#define MAX_VALUE (256 * 1024)

/* ---- URI ---- */

static const struct pail_value *label_value(struct pail_serializer *s, struct pail_str label,
                                            struct pail_shape *m)
{
    for (unsigned i = 0; s->has_input && pail_shape_at(&s->input, i, m); i++)
        if (m->location == PAIL_LOCATION_URI && pail_str_eq(pail_shape_key(m), label))
            return pail_value_get(s->params, m->member);
    return NULL;
}

/* An empty label would make the request one for something else: DELETE /bucket/. */
static void put_label(struct pail_serializer *s, struct pail_str label)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_VALUE);
    bool greedy = label.len && label.ptr[label.len - 1] == '+';
    struct pail_shape m;

    if (greedy)
        label.len--;
    const struct pail_value *v = label_value(s, label, &m);
    if (pail_is_given(v))
        pail_scalar_text(&text, &m, v, PAIL_TIMESTAMP_ISO8601);
    if (text.failed)
        s->rc = pail_buf_check(&text, "path", s->err);
    else if (!pail_is_given(v))
        s->rc = pail_param_error(s->err, "Missing required parameter in input: \"%.*s\"",
                                 PAIL_STR_ARG(label));
    else if (!text.len)
        s->rc = pail_param_error(s->err,
                                 "Invalid length for parameter %.*s, value: 0, valid min length: 1",
                                 PAIL_STR_ARG(m.member));
    pail_uri_encode(&s->w->path, pail_buf_view(&text), greedy ? PAIL_URI_PATH : PAIL_URI_COMPONENT);
}

/* "/2015-03-31/functions/{FunctionName}/invocations?x=y" */
static void put_uri(struct pail_serializer *s)
{
    struct pail_str rest = s->op->uri.ptr ? s->op->uri : PAIL_STR("/");
    size_t mark = pail_str_find(rest, '?');

    if (mark != SIZE_MAX) {
        pail_buf_str(&s->w->query, pail_str_from(rest, mark + 1));
        rest.len = mark;
    }
    while (s->rc == 0 && rest.len) {
        size_t open = pail_str_find(rest, '{');
        size_t close = open == SIZE_MAX ? SIZE_MAX : pail_str_find(rest, '}');
        if (close == SIZE_MAX || close < open) {
            pail_buf_str(&s->w->path, rest);
            break;
        }
        pail_buf_str(&s->w->path, pail_str_sub(rest, 0, open));
        put_label(s, pail_str_sub(rest, open + 1, close - open - 1));
        rest = pail_str_from(rest, close + 1);
    }
}

/* ---- Query ---- */

static void put_pair(struct pail_serializer *s, struct pail_str name, struct pail_str value)
{
    struct pail_buf *q = &s->w->query;

    if (q->len)
        pail_buf_char(q, '&');
    pail_uri_encode(q, name, PAIL_URI_COMPONENT);
    pail_buf_char(q, '=');
    pail_uri_encode(q, value, PAIL_URI_COMPONENT);
}

/* A scalar, or each element of a list. */
static void put_query(struct pail_serializer *s, const struct pail_shape *m, struct pail_str name,
                      const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_VALUE);
    struct pail_shape element;

    if (pail_value_type(v) == PAIL_VAL_LIST) {
        if (!pail_shape_at(m, 0, &element))
            element = *m;
        for (size_t i = 0; i < pail_value_len(v); i++)
            if (pail_is_given(pail_value_at(v, i)))
                put_query(s, &element, name, pail_value_at(v, i));
        return;
    }
    pail_scalar_text(&text, m, v, PAIL_TIMESTAMP_ISO8601);
    put_pair(s, name, pail_buf_view(&text));
    if (s->rc == 0)
        s->rc = pail_buf_check(&text, "query", s->err);
}

static bool has_named_query(struct pail_serializer *s, struct pail_str name)
{
    struct pail_shape m;

    for (unsigned i = 0; pail_shape_at(&s->input, i, &m); i++)
        if (m.location == PAIL_LOCATION_QUERY && m.type != PAIL_SHAPE_MAP &&
            pail_str_eq(pail_shape_key(&m), name) &&
            pail_is_given(pail_value_get(s->params, m.member)))
            return true;
    return false;
}

static void put_query_map(struct pail_serializer *s, const struct pail_shape *m,
                          const struct pail_value *v)
{
    struct pail_shape value;

    if (!pail_shape_at(m, 1, &value))
        return;
    for (size_t i = 0; i < pail_value_len(v); i++)
        if (pail_is_given(pail_value_at(v, i)) && !has_named_query(s, pail_value_key_at(v, i)))
            put_query(s, &value, pail_value_key_at(v, i), pail_value_at(v, i));
}

/* ---- Headers ---- */

/* "a,b"; an element with a comma or a quote is quoted. */
static void add_quoted(struct pail_buf *to, struct pail_str s)
{
    if (pail_str_find(s, ',') == SIZE_MAX && pail_str_find(s, '"') == SIZE_MAX) {
        pail_buf_str(to, s);
        return;
    }
    pail_buf_char(to, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"')
            pail_buf_char(to, '\\');
        pail_buf_char(to, s.ptr[i]);
    }
    pail_buf_char(to, '"');
}

static void header_text(struct pail_buf *to, const struct pail_shape *m,
                        const struct pail_value *v);

static void header_list(struct pail_buf *to, const struct pail_shape *m, const struct pail_value *v)
{
    struct pail_shape element;
    bool first = true;

    if (!pail_shape_at(m, 0, &element))
        return;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *e = pail_value_at(v, i);
        if (!pail_is_given(e))
            continue;
        if (!first)
            pail_buf_char(to, ',');
        first = false;
        if (element.type == PAIL_SHAPE_STRING && pail_value_as_str(e).ptr)
            add_quoted(to, pail_value_as_str(e));
        else
            header_text(to, &element, e);
    }
}

static void header_json(struct pail_buf *to, const struct pail_value *v)
{
    static const struct pail_json_style style = {.compact = true, .ascii = true};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_VALUE);

    pail_value_to_json(&text, v, &style);
    pail_base64_encode(to, text.ptr, text.len);
    if (text.failed && !to->failed)
        to->failed = text.failed;
}

static void header_text(struct pail_buf *to, const struct pail_shape *m, const struct pail_value *v)
{
    struct pail_time t;

    if (m->type == PAIL_SHAPE_LIST) {
        header_list(to, m, v);
    } else if (m->traits & PAIL_TRAIT_JSONVALUE && m->type == PAIL_SHAPE_STRING) {
        header_json(to, v);
    } else if (m->type == PAIL_SHAPE_TIMESTAMP && pail_time_of(v, &t)) {
        t.nanos = 0; /* headers have whole seconds */
        pail_time_text(to, t,
                       m->timestamp_format == PAIL_TIMESTAMP_DEFAULT ? PAIL_TIMESTAMP_RFC822
                                                                     : m->timestamp_format);
    } else {
        pail_scalar_text(to, m, v, PAIL_TIMESTAMP_RFC822);
    }
}

static void put_header(struct pail_serializer *s, const struct pail_shape *m,
                       const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_VALUE);

    if (m->type == PAIL_SHAPE_LIST && !pail_value_len(v))
        return;
    header_text(&text, m, v);
    if (s->rc == 0)
        s->rc = pail_buf_check(&text, "header", s->err);
    if (s->rc == 0)
        pail_serialize_header(s, pail_shape_key(m), pail_buf_view(&text));
}

/* Headers "x-amz-meta-" + key. */
static void put_header_map(struct pail_serializer *s, const struct pail_shape *m,
                           const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(MAX_VALUE);

    for (size_t i = 0; s->rc == 0 && i < pail_value_len(v); i++) {
        pail_buf_truncate(&name, 0);
        pail_buf_str(&name, m->location_name);
        pail_buf_str(&name, pail_value_key_at(v, i));
        s->rc = pail_buf_check(&name, "header", s->err);
        if (s->rc == 0)
            pail_serialize_header(s, pail_buf_view(&name), pail_value_as_str(pail_value_at(v, i)));
    }
}

/* Returns whether the member belongs into the body. */
static bool put_member(struct pail_serializer *s, const struct pail_shape *m,
                       const struct pail_value *v, bool maps)
{
    switch (m->location) {
    case PAIL_LOCATION_QUERY:
        if (maps && m->type == PAIL_SHAPE_MAP)
            put_query_map(s, m, v);
        else if (!maps && m->type != PAIL_SHAPE_MAP)
            put_query(s, m, pail_shape_key(m), v);
        return false;
    case PAIL_LOCATION_HEADER:
        if (!maps)
            put_header(s, m, v);
        return false;
    case PAIL_LOCATION_HEADERS:
        if (!maps)
            put_header_map(s, m, v);
        return false;
    default:
        return m->location == PAIL_LOCATION_NONE;
    }
}

/* ---- Body ---- */

static void structured_body(struct pail_serializer *s, const struct pail_shape *shape,
                            const struct pail_value *v, bool unlocated)
{
    if (s->info.protocol == PAIL_PROTOCOL_REST_JSON)
        pail_serialize_json_body(s, shape, v, unlocated);
    else
        pail_serialize_xml_body(s, shape, v, unlocated);
}

static bool has_body_members(const struct pail_shape *input)
{
    struct pail_shape m;

    for (unsigned i = 0; pail_shape_at(input, i, &m); i++)
        if (m.location == PAIL_LOCATION_NONE)
            return true;
    return false;
}

/* Returns whether the body is the bytes of a member as they are. */
static bool put_body(struct pail_serializer *s, bool body_given)
{
    bool json = s->info.protocol == PAIL_PROTOCOL_REST_JSON;
    struct pail_shape m;

    if (!s->input.payload.len || !pail_shape_member(&s->input, s->input.payload, &m)) {
        if (body_given)
            structured_body(s, &s->input, s->params, true);
        else if (json && has_body_members(&s->input))
            pail_buf_z(&s->w->body, "{}");
        return false;
    }
    const struct pail_value *v = pail_value_get(s->params, s->input.payload);
    if (m.type == PAIL_SHAPE_BLOB || m.type == PAIL_SHAPE_STRING) {
        pail_buf_str(&s->w->body, pail_value_bytes(v));
        return true;
    }
    if (pail_is_given(v))
        structured_body(s, &m, v, false);
    else if (json)
        pail_buf_z(&s->w->body, "{}");
    return false;
}

void pail_serialize_rest(struct pail_serializer *s)
{
    bool body_given = false;
    struct pail_shape m;

    put_uri(s);
    if (!s->has_input)
        return;
    for (int maps = 0; maps <= 1; maps++)
        for (size_t i = 0; s->rc == 0 && i < pail_value_len(s->params); i++) {
            const struct pail_value *v = pail_value_at(s->params, i);
            if (pail_is_given(v) &&
                pail_shape_member(&s->input, pail_value_key_at(s->params, i), &m))
                body_given |= put_member(s, &m, v, maps);
        }
    if (s->rc < 0)
        return;
    /* Raw bytes go without a type unless the caller names one, as with botocore: the service has
     * its own idea of a default. So do S3's documents. */
    bool raw = put_body(s, body_given), json = s->info.protocol == PAIL_PROTOCOL_REST_JSON;
    bool s3 = pail_str_eqz(s->info.name, "s3");
    if (!raw && !s3 && s->w->body.len && !pail_headers_get(&s->w->headers, "Content-Type").ptr)
        pail_serialize_header(s, PAIL_STR("Content-Type"),
                              json ? PAIL_STR("application/json") : PAIL_STR("application/xml"));
}
