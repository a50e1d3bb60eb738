/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON answers. The text becomes a tree of values first; then a second tree is made of it by the
 * model: other names, blobs and instants, unknown members dropped. Leaves move from one to the
 * other. CBOR answers take the second step too.
 *
 * rest-json converts numbers and booleans to what the model says; the json protocols take them as
 * they came.
 */
#include "protocol/parse.h"

#include "base/str.h"
#include "base/value_json.h"
#include "protocol/times.h"

static bool is_null(const struct pail_value *v)
{
    return !v || pail_value_type(v) == PAIL_VAL_NULL;
}

static struct pail_str wire_name(const struct pail_parser *p, const struct pail_shape *m)
{
    if (m->location_name.ptr && p->info.protocol != PAIL_PROTOCOL_CBOR)
        return m->location_name;
    return m->member;
}

/* A union has one member; one that is newer than the model is told by name. NULL: go on. */
static struct pail_value *unknown_union_member(struct pail_parser *p,
                                               const struct pail_shape *shape,
                                               const struct pail_value *v)
{
    struct pail_str tag = {0};
    struct pail_shape m;
    size_t n = 0;

    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        if (is_null(pail_value_at(v, i)) || pail_str_eqz(key, "__type"))
            continue;
        tag = key;
        n++;
    }
    if (n != 1)
        return pail_parser_fail(p,
                                "Invalid service response: %.*s must have one and only one "
                                "member set.",
                                PAIL_STR_ARG(shape->name));
    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        if (pail_str_eq(wire_name(p, &m), tag))
            return NULL;
    struct pail_value *ret = pail_value_map(p->vs), *name = pail_value_map(p->vs);
    pail_value_set(p->vs, name, PAIL_STR("name"), pail_value_str(p->vs, tag));
    pail_value_set(p->vs, ret, PAIL_STR("SDK_UNKNOWN_MEMBER"), name);
    return ret;
}

static struct pail_value *tree_structure(struct pail_parser *p, const struct pail_shape *shape,
                                         struct pail_value *v)
{
    struct pail_value *to = pail_value_map(p->vs);
    struct pail_shape m;

    if (pail_value_type(v) != PAIL_VAL_MAP)
        return pail_parser_fail(p, "%.*s: not an object", PAIL_STR_ARG(shape->name));
    if (shape->traits & PAIL_TRAIT_UNION) {
        struct pail_value *unknown = unknown_union_member(p, shape, v);
        if (unknown || p->rc < 0)
            return unknown;
    }
    for (unsigned i = 0; p->rc == 0 && pail_shape_at(shape, i, &m); i++) {
        struct pail_value *raw = pail_value_get(v, wire_name(p, &m));
        if (!is_null(raw))
            pail_value_set(p->vs, to, m.member, pail_parse_tree(p, &m, raw));
    }
    return to;
}

static struct pail_value *tree_many(struct pail_parser *p, const struct pail_shape *shape,
                                    struct pail_value *v)
{
    bool list = shape->type == PAIL_SHAPE_LIST;
    struct pail_value *to = list ? pail_value_list(p->vs) : pail_value_map(p->vs);
    struct pail_shape e;

    if (pail_value_type(v) != (list ? PAIL_VAL_LIST : PAIL_VAL_MAP) ||
        !pail_shape_at(shape, list ? 0 : 1, &e))
        return pail_parser_fail(p, "%.*s: not %s", PAIL_STR_ARG(shape->name),
                                list ? "a list" : "an object");
    for (size_t i = 0; p->rc == 0 && i < pail_value_len(v); i++) {
        struct pail_value *x = pail_parse_tree(p, &e, pail_value_at(v, i));
        if (list)
            pail_value_append(p->vs, to, x);
        else
            pail_value_set(p->vs, to, pail_value_key_at(v, i), x);
    }
    return to;
}

/* rest-json: int(), float() and bool of what came. */
static struct pail_value *convert(struct pail_parser *p, const struct pail_shape *shape,
                                  struct pail_value *v)
{
    bool real = shape->type == PAIL_SHAPE_FLOAT || shape->type == PAIL_SHAPE_DOUBLE, b;
    double d;

    if (pail_value_type(v) == PAIL_VAL_STRING)
        return pail_parse_text(p, shape, pail_value_as_str(v));
    if (shape->type == PAIL_SHAPE_BOOLEAN)
        return pail_value_as_bool(v, &b) ? v : pail_value_bool(p->vs, false);
    if (!pail_value_as_real(v, &d))
        return v;
    if (real)
        return pail_value_real(p->vs, d);
    if (pail_value_type(v) == PAIL_VAL_REAL && d > -9e18 && d < 9e18)
        return pail_value_int(p->vs, (int64_t)d);
    return v;
}

static struct pail_value *tree_scalar(struct pail_parser *p, const struct pail_shape *shape,
                                      struct pail_value *v)
{
    bool rest = p->info.protocol == PAIL_PROTOCOL_REST_JSON;
    struct pail_time t;

    switch (shape->type) {
    case PAIL_SHAPE_BLOB:
        if (pail_value_type(v) == PAIL_VAL_STRING)
            return pail_parse_blob(p, pail_value_as_str(v));
        return v;
    case PAIL_SHAPE_TIMESTAMP:
        if (!pail_time_of(v, &t))
            return pail_parser_fail(p, "%.*s: not a time", PAIL_STR_ARG(shape->name));
        return pail_value_time(p->vs, t);
    case PAIL_SHAPE_INTEGER:
    case PAIL_SHAPE_LONG:
    case PAIL_SHAPE_FLOAT:
    case PAIL_SHAPE_DOUBLE:
    case PAIL_SHAPE_BOOLEAN:
        return rest ? convert(p, shape, v) : v;
    default:
        return v;
    }
}

struct pail_value *pail_parse_tree(struct pail_parser *p, const struct pail_shape *shape,
                                   struct pail_value *v)
{
    if (p->rc < 0)
        return NULL;
    if (is_null(v) || shape->traits & PAIL_TRAIT_DOCUMENT)
        return v;
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        return tree_structure(p, shape, v);
    case PAIL_SHAPE_LIST:
    case PAIL_SHAPE_MAP:
        return tree_many(p, shape, v);
    default:
        return tree_scalar(p, shape, v);
    }
}

struct pail_value *pail_parse_json_body(struct pail_parser *p, const struct pail_shape *shape,
                                        struct pail_str body)
{
    struct pail_value *v = NULL;
    struct pail_error why = PAIL_ERROR_INIT;

    if (!body.len) {
        v = pail_value_map(p->vs);
    } else if (pail_value_from_json(p->vs, body, "answer", &v, &why) < 0) {
        if (why.code == PAIL_E_NOMEM) {
            p->rc = pail_error_nomem(p->err);
            return NULL;
        }
        /* botocore takes what is no JSON for a message, which no result has as a member. */
        v = pail_value_map(p->vs);
        pail_value_set(p->vs, v, PAIL_STR("message"), pail_value_str(p->vs, body));
    }
    return pail_parse_tree(p, shape, v);
}

/* ---- Errors ---- */

static struct pail_str text_of(const struct pail_value *body, const char *a, const char *b)
{
    const struct pail_value *v = pail_value_get(body, pail_str(a));
    return pail_value_as_str(v ? v : pail_value_get(body, pail_str(b)));
}

/* "com.amazonaws.x#Name:http://..." -> "Name" */
static struct pail_str bare_code(struct pail_str code)
{
    size_t colon = pail_str_find(code, ':');
    code = pail_str_sub(code, 0, colon);
    size_t hash = pail_str_rfind(code, '#');
    return hash == SIZE_MAX ? code : pail_str_from(code, hash + 1);
}

/* Services that were query services once: "AWS.SimpleQueueService.NonExistentQueue;Sender". */
static struct pail_str query_code(struct pail_parser *p, struct pail_str code,
                                  struct pail_value *error)
{
    struct pail_str header = pail_headers_get(p->answer->headers, "x-amzn-query-error");
    size_t semicolon = pail_str_find(header, ';');

    if (!header.ptr || semicolon == SIZE_MAX || semicolon == 0 ||
        pail_str_find(pail_str_from(header, semicolon + 1), ';') != SIZE_MAX)
        return code;
    pail_value_set(p->vs, error, PAIL_STR("QueryErrorCode"), pail_value_str(p->vs, code));
    pail_value_set(p->vs, error, PAIL_STR("Type"),
                   pail_value_str(p->vs, pail_str_from(header, semicolon + 1)));
    return pail_str_sub(header, 0, semicolon);
}

static struct pail_value *error_body(struct pail_parser *p)
{
    struct pail_str body = p->answer->body;
    struct pail_value *v = NULL;

    if (!body.len)
        return pail_value_map(p->vs);
    if (p->info.protocol == PAIL_PROTOCOL_CBOR) {
        v = pail_parse_cbor(p, body);
        if (p->rc != PAIL_E_NOMEM)
            p->rc = 0;
    } else if (pail_value_from_json(p->vs, body, "answer", &v, NULL) == PAIL_E_NOMEM) {
        p->rc = pail_error_nomem(p->err);
    }
    if (pail_value_type(v) == PAIL_VAL_MAP)
        return v;
    /* Not JSON at all: what it says is all there is. */
    v = pail_value_map(p->vs);
    if (pail_str_is_utf8(body))
        pail_value_set(p->vs, v, PAIL_STR("message"), pail_value_str(p->vs, body));
    return v;
}

struct pail_value *pail_parse_json_error(struct pail_parser *p)
{
    struct pail_value *body = error_body(p), *ret = pail_value_map(p->vs),
                      *error = pail_value_map(p->vs);
    struct pail_str type = pail_headers_get(p->answer->headers, "x-amzn-errortype");
    struct pail_str code = text_of(body, "__type", "__type");
    PAIL_CLEANUP(pail_buf_done) struct pail_buf status = PAIL_BUF_INIT(16);

    pail_buf_fmt(&status, "%d", p->answer->status);
    if (p->rc == 0)
        p->rc = pail_buf_check(&status, "status", p->err);
    if (!code.ptr) /* botocore looks at these two in rest-json only */
        code = type.ptr ? type : text_of(body, "code", "Code");
    code = bare_code(code.ptr ? code : pail_buf_view(&status));
    struct pail_str message = text_of(body, "message", "Message");
    if (!message.len) /* OAuth's */
        message = text_of(body, "error_description", "error_description");
    pail_value_set(p->vs, error, PAIL_STR("Message"), pail_value_str(p->vs, message));
    pail_value_set(p->vs, error, PAIL_STR("Code"), pail_value_null(p->vs));
    code = query_code(p, code, error);
    if (p->info.protocol == PAIL_PROTOCOL_REST_JSON) {
        struct pail_str own = type.ptr ? type : text_of(body, "code", "Code");
        if (own.ptr)
            code = bare_code(own);
    }
    pail_value_set(p->vs, error, PAIL_STR("Code"), pail_value_str(p->vs, code));
    pail_value_set(p->vs, ret, PAIL_STR("Error"), error);
    return ret;
}
