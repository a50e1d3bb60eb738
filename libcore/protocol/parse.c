/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers by protocol. What all have in common is here: scalars from text, what an error is when
 * nobody understands it, the second reading of an error by its own shape, and ResponseMetadata.
 */
#include "protocol/parse.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/base64.h"
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/times.h"

struct pail_value *pail_parser_fail(struct pail_parser *p, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    if (p->rc < 0)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    p->rc = pail_error_set(p->err, PAIL_D_DATA, PAIL_E_GARBAGE, "%.*s: %s",
                           PAIL_STR_ARG(p->op->name), text);
    return NULL;
}

/* ---- Scalars ---- */

/* Python's b64decode drops what is not of the alphabet; services send line breaks. */
struct pail_value *pail_parse_blob(struct pail_parser *p, struct pail_str base64)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf clean = PAIL_BUF_INIT(SIZE_MAX / 2), bytes = PAIL_BUF_INIT(SIZE_MAX / 2);
    bool dirty = false;

    for (size_t i = 0; i < base64.len && !dirty; i++)
        dirty = (unsigned char)base64.ptr[i] <= ' ';
    for (size_t i = 0; dirty && i < base64.len; i++)
        if ((unsigned char)base64.ptr[i] > ' ')
            pail_buf_char(&clean, base64.ptr[i]);
    int rc = pail_buf_check(&clean, "answer", p->err);
    if (rc == 0)
        rc = pail_base64_decode(&bytes, dirty ? pail_buf_view(&clean) : base64, NULL);
    if (bytes.failed)
        rc = pail_buf_check(&bytes, "answer", p->err);
    else if (rc == PAIL_E_PARSE)
        return pail_parser_fail(p, "not base64");
    if (rc < 0 && p->rc == 0)
        p->rc = rc;
    if (p->rc < 0)
        return NULL;
    return pail_value_blob(p->vs, (struct pail_bytes){bytes.ptr, bytes.len});
}

static struct pail_value *json_text(struct pail_parser *p, struct pail_str base64)
{
    struct pail_bytes b = pail_value_as_blob(pail_parse_blob(p, base64));
    struct pail_value *v = NULL;

    if (p->rc < 0)
        return NULL;
    int rc = pail_value_from_json(p->vs, pail_strn(b.ptr, b.len), "header", &v, NULL);
    if (rc == PAIL_E_NOMEM)
        p->rc = pail_error_nomem(p->err);
    else if (rc < 0)
        return pail_parser_fail(p, "a header that is not JSON");
    return v;
}

static struct pail_value *integer(struct pail_parser *p, struct pail_str text)
{
    struct pail_str digits;
    int64_t i;

    text = pail_str_trim(text);
    if (pail_str_to_i64(text, &i))
        return pail_value_int(p->vs, i);
    digits = text.len && text.ptr[0] == '+' ? pail_str_from(text, 1) : text;
    if (pail_str_to_i64(digits, &i))
        return pail_value_int(p->vs, i);
    if (pail_json_is_number(text) && pail_str_find(text, '.') == SIZE_MAX)
        return pail_value_number(p->vs, text);
    return pail_parser_fail(p, "\"%.*s\" is not an integer",
                            PAIL_STR_ARG(pail_str_sub(text, 0, 40)));
}

struct pail_value *pail_parse_text(struct pail_parser *p, const struct pail_shape *shape,
                                   struct pail_str text)
{
    struct pail_time t;
    double d;

    if (p->rc < 0)
        return NULL;
    switch (shape->type) {
    case PAIL_SHAPE_INTEGER:
    case PAIL_SHAPE_LONG:
        return integer(p, text);
    case PAIL_SHAPE_FLOAT:
    case PAIL_SHAPE_DOUBLE:
        if (pail_real_parse(pail_str_trim(text), &d))
            return pail_value_real(p->vs, d);
        return pail_parser_fail(p, "\"%.*s\" is not a number",
                                PAIL_STR_ARG(pail_str_sub(text, 0, 40)));
    case PAIL_SHAPE_BOOLEAN:
        return pail_value_bool(p->vs, pail_str_ieq(text, PAIL_STR("true")));
    case PAIL_SHAPE_TIMESTAMP:
        if (pail_time_of_text(text, &t))
            return pail_value_time(p->vs, t);
        return pail_parser_fail(p, "\"%.*s\" is not a time",
                                PAIL_STR_ARG(pail_str_sub(text, 0, 40)));
    case PAIL_SHAPE_BLOB:
        return pail_parse_blob(p, text);
    default:
        if (shape->traits & PAIL_TRAIT_JSONVALUE && shape->location == PAIL_LOCATION_HEADER)
            return json_text(p, text);
        return pail_value_str(p->vs, text);
    }
}

struct pail_value *pail_parse_body(struct pail_parser *p, const struct pail_shape *shape,
                                   struct pail_str body)
{
    switch (p->info.protocol) {
    case PAIL_PROTOCOL_JSON:
    case PAIL_PROTOCOL_REST_JSON:
        return pail_parse_json_body(p, shape, body);
    case PAIL_PROTOCOL_CBOR:
        return pail_parse_cbor_body(p, shape, body);
    default:
        return pail_parse_xml_body(p, shape, body);
    }
}

bool pail_event_member(const struct pail_shape *shape, struct pail_shape *ret)
{
    struct pail_shape m;

    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        if (m.traits & PAIL_TRAIT_EVENTSTREAM) {
            *ret = m;
            return true;
        }
    return false;
}

bool pail_stream_member(const struct pail_shape *output, struct pail_shape *ret)
{
    struct pail_shape m;

    if (!output->payload.len || !pail_shape_member(output, output->payload, &m) ||
        m.type != PAIL_SHAPE_BLOB)
        return false;
    *ret = m;
    return true;
}

/* ---- Metadata ---- */

static void add_headers(struct pail_parser *p, struct pail_value *metadata)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_value *to = pail_value_map(p->vs);

    for (size_t i = 0; i < p->answer->headers->n; i++) {
        struct pail_header h = pail_headers_at(p->answer->headers, i);
        pail_buf_truncate(&text, 0);
        for (size_t k = 0; k < h.name.len; k++) {
            char c = h.name.ptr[k];
            pail_buf_char(&text, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
        }
        size_t n = text.len;
        struct pail_value *before = pail_value_get(to, pail_buf_view(&text));
        if (before)
            pail_buf_fmt(&text, "%.*s, ", PAIL_STR_ARG(pail_value_as_str(before)));
        pail_buf_str(&text, h.value);
        if (!text.failed)
            pail_value_set(p->vs, to, pail_strn(text.ptr, n),
                           pail_value_str(p->vs, pail_str_from(pail_buf_view(&text), n)));
    }
    if (p->rc == 0)
        p->rc = pail_buf_check(&text, "headers", p->err);
    pail_value_set(p->vs, metadata, PAIL_STR("HTTPHeaders"), to);
}

/* Moves it to the end. */
static void finish(struct pail_parser *p, struct pail_value *to)
{
    struct pail_value *metadata = pail_value_get(to, PAIL_STR("ResponseMetadata"));

    if (metadata)
        pail_value_remove(to, PAIL_STR("ResponseMetadata"));
    if (pail_value_type(metadata) != PAIL_VAL_MAP)
        metadata = pail_value_map(p->vs);
    if (!pail_value_get(metadata, PAIL_STR("RequestId")) &&
        p->info.protocol != PAIL_PROTOCOL_QUERY && p->info.protocol != PAIL_PROTOCOL_EC2)
        pail_parse_rest_metadata(p, metadata);
    pail_value_set(p->vs, metadata, PAIL_STR("HTTPStatusCode"),
                   pail_value_int(p->vs, p->answer->status));
    add_headers(p, metadata);
    pail_value_set(p->vs, to, PAIL_STR("ResponseMetadata"), metadata);
    if (p->rc == 0)
        p->rc = pail_values_check(p->vs, p->err);
}

static struct pail_parser parser(const struct pail_operation *op,
                                 const struct pail_wire_answer *answer, struct pail_values *vs,
                                 struct pail_error *err)
{
    return (struct pail_parser){
        .op = op,
        .info = pail_service_info(op->service),
        .answer = answer,
        .vs = vs,
        .err = err,
    };
}

/* A whole answer by a shape, which is the output's or an exception's. shape may be NULL. */
static struct pail_value *by_shape(struct pail_parser *p, const struct pail_shape *shape)
{
    struct pail_value *to;

    switch (p->info.protocol) {
    case PAIL_PROTOCOL_QUERY:
    case PAIL_PROTOCOL_EC2:
        return pail_parse_query(p, shape);
    case PAIL_PROTOCOL_REST_JSON:
    case PAIL_PROTOCOL_REST_XML:
        to = pail_value_map(p->vs);
        if (shape)
            pail_parse_rest(p, shape, to);
        return to;
    default:
        if (!shape || p->answer->elsewhere)
            return pail_value_map(p->vs);
        to = pail_parse_body(p, shape, p->answer->body);
        return to && pail_value_type(to) != PAIL_VAL_MAP ? pail_value_map(p->vs) : to;
    }
}

int pail_parse(const struct pail_operation *op, const struct pail_wire_answer *answer,
               struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    struct pail_parser p = parser(op, answer, vs, err);
    struct pail_shape output;

    bool has_output = pail_operation_output(op, &output);
    struct pail_value *to = by_shape(&p, has_output ? &output : NULL);
    if (p.rc == 0 && !to)
        p.rc = pail_error_nomem(err);
    if (p.rc == 0)
        finish(&p, to);
    if (p.rc == 0)
        *ret = to;
    return p.rc;
}

/* ---- Errors ---- */

static const char *phrase(int status)
{
    static const struct {
        int status;
        const char *text;
    } table[] = {
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {305, "Use Proxy"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Request Entity Too Large"},
        {414, "Request-URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Requested Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {418, "I'm a Teapot"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Entity"},
        {423, "Locked"},
        {424, "Failed Dependency"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {506, "Variant Also Negotiates"},
        {507, "Insufficient Storage"},
        {508, "Loop Detected"},
        {510, "Not Extended"},
        {511, "Network Authentication Required"},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(table); i++)
        if (table[i].status == status)
            return table[i].text;
    return "";
}

/* A proxy's page, or nothing at all; botocore does not look at the header. */
static bool is_generic(const struct pail_wire_answer *a)
{
    struct pail_str body = pail_str_trim(a->body);
    return a->status >= 500 && !pail_headers_get(a->headers, "x-amzn-errortype").ptr &&
           (!body.len || pail_str_starts(body, PAIL_STR("<html>")));
}

static struct pail_value *by_status(struct pail_parser *p)
{
    struct pail_value *to = pail_value_map(p->vs), *error = pail_value_map(p->vs);
    char code[16];

    int n = snprintf(code, sizeof(code), "%d", p->answer->status);
    pail_value_set(p->vs, error, PAIL_STR("Code"),
                   pail_value_str(p->vs, pail_strn(code, (size_t)n)));
    pail_value_set(p->vs, error, PAIL_STR("Message"),
                   pail_value_str(p->vs, pail_str(phrase(p->answer->status))));
    pail_value_set(p->vs, to, PAIL_STR("Error"), error);
    return to;
}

static struct pail_value *raw_error(struct pail_parser *p)
{
    struct pail_value *to = NULL;

    if (is_generic(p->answer))
        return by_status(p);
    switch (p->info.protocol) {
    case PAIL_PROTOCOL_JSON:
    case PAIL_PROTOCOL_REST_JSON:
    case PAIL_PROTOCOL_CBOR:
        to = pail_parse_json_error(p);
        break;
    default:
        to = pail_parse_xml_error(p);
    }
    return to || p->rc < 0 ? to : by_status(p);
}

/* Members that the model gives to the error of this code; botocore puts them beside "Error". An
 * answer that does not fit is left as it is. */
static void add_modelled(struct pail_parser *p, struct pail_value *to)
{
    struct pail_value *error = pail_value_get(to, PAIL_STR("Error"));
    struct pail_str code = pail_value_as_str(pail_value_get(error, PAIL_STR("Code")));
    struct pail_parser second = *p;
    struct pail_error ignored = PAIL_ERROR_INIT;
    struct pail_shape shape;

    second.err = &ignored;
    struct pail_str own = pail_value_as_str(pail_value_get(error, PAIL_STR("QueryErrorCode")));
    if (is_generic(p->answer) || !code.len ||
        (!pail_shape_for_error(p->op->service, code, &shape) &&
         !pail_shape_for_error(p->op->service, own, &shape)))
        return;
    struct pail_value *more = by_shape(&second, &shape);
    if (second.rc == PAIL_E_NOMEM && p->rc == 0)
        p->rc = pail_error_nomem(p->err);
    for (size_t i = 0; second.rc == 0 && i < pail_value_len(more); i++)
        pail_value_set(p->vs, to, pail_value_key_at(more, i), pail_value_at(more, i));
}

int pail_parse_error(const struct pail_operation *op, const struct pail_wire_answer *answer,
                     struct pail_values *vs, struct pail_value **ret, struct pail_error *err)
{
    struct pail_parser p = parser(op, answer, vs, err);

    struct pail_value *to = raw_error(&p);
    if (p.rc < 0)
        return p.rc;
    add_modelled(&p, to);
    finish(&p, to);
    if (p.rc == 0)
        *ret = to;
    return p.rc;
}
