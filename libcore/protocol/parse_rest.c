/* SPDX-License-Identifier: Apache-2.0 */
/* Members of REST answers that are not in the body, and the body as the payload says. */
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/parse.h"
#include "protocol/times.h"

/* ---- Headers ---- */

/* The next element of "a, \"b,c\", d"; with dates, which have a comma each, every other one counts.
 * False: no more. */
static bool next_element(struct pail_str *rest, bool dates, struct pail_buf *to)
{
    bool quoted = false, comma = false;
    size_t i = 0;

    pail_buf_reset(to);
    if (!rest->ptr)
        return false;
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == '"' && !dates) {
            quoted = !quoted;
        } else if (c == '\\' && quoted && i + 1 < rest->len) {
            pail_buf_char(to, rest->ptr[++i]);
        } else if (c == ',' && !quoted && (!dates || comma)) {
            break;
        } else {
            comma |= c == ',';
            pail_buf_char(to, c);
        }
    }
    *rest = i < rest->len ? pail_str_from(*rest, i + 1) : pail_str(NULL);
    return true;
}

static bool are_dates(const struct pail_shape *e)
{
    return e->type == PAIL_SHAPE_TIMESTAMP && (e->timestamp_format == PAIL_TIMESTAMP_DEFAULT ||
                                               e->timestamp_format == PAIL_TIMESTAMP_RFC822);
}

static struct pail_value *header_list(struct pail_parser *p, const struct pail_shape *m,
                                      struct pail_str text)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf one = PAIL_BUF_INIT(1 << 20);
    struct pail_value *to = pail_value_list(p->vs);
    struct pail_shape e;

    if (!pail_shape_at(m, 0, &e))
        return to;
    while (p->rc == 0 && next_element(&text, are_dates(&e), &one)) {
        p->rc = pail_buf_check(&one, "header", p->err);
        if (p->rc == 0)
            pail_value_append(p->vs, to,
                              pail_parse_text(p, &e, pail_str_trim(pail_buf_view(&one))));
    }
    return to;
}

static struct pail_value *header_map(struct pail_parser *p, const struct pail_shape *m)
{
    struct pail_value *to = pail_value_map(p->vs);

    for (size_t i = 0; i < p->answer->headers->n; i++) {
        struct pail_header h = pail_headers_at(p->answer->headers, i);
        if (pail_str_ieq(pail_str_sub(h.name, 0, m->location_name.len), m->location_name))
            pail_value_set(p->vs, to, pail_str_from(h.name, m->location_name.len),
                           pail_value_str(p->vs, h.value));
    }
    return to;
}

static struct pail_value *header(struct pail_parser *p, const struct pail_shape *m)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1024);
    struct pail_str key = m->location_name.ptr ? m->location_name : m->member;

    pail_buf_str(&name, key);
    p->rc = pail_buf_check(&name, "header", p->err);
    if (p->rc < 0)
        return NULL;
    struct pail_str text = pail_headers_get(p->answer->headers, pail_buf_cstr(&name));
    if (!text.ptr)
        return NULL;
    if (m->type == PAIL_SHAPE_LIST)
        return header_list(p, m, text);
    struct pail_time t; /* people put anything into this one */
    if (m->type == PAIL_SHAPE_TIMESTAMP && pail_str_eqz(key, "Expires") &&
        !pail_time_of_text(text, &t))
        return NULL;
    return pail_parse_text(p, m, text);
}

static void located(struct pail_parser *p, const struct pail_shape *shape, struct pail_value *to)
{
    struct pail_shape m;

    for (unsigned i = 0; p->rc == 0 && pail_shape_at(shape, i, &m); i++) {
        struct pail_value *v = NULL;
        if (m.location == PAIL_LOCATION_STATUS)
            v = pail_value_int(p->vs, p->answer->status);
        else if (m.location == PAIL_LOCATION_HEADERS)
            v = header_map(p, &m);
        else if (m.location == PAIL_LOCATION_HEADER)
            v = header(p, &m);
        if (v)
            pail_value_set(p->vs, to, m.member, v);
    }
}

void pail_parse_rest_metadata(struct pail_parser *p, struct pail_value *metadata)
{
    struct pail_str id = pail_headers_get(p->answer->headers, "x-amzn-requestid");
    struct pail_str s3 = pail_headers_get(p->answer->headers, "x-amz-request-id");
    struct pail_str host = pail_headers_get(p->answer->headers, "x-amz-id-2");

    if (id.ptr) {
        pail_value_set(p->vs, metadata, PAIL_STR("RequestId"), pail_value_str(p->vs, id));
    } else if (s3.ptr) {
        pail_value_set(p->vs, metadata, PAIL_STR("RequestId"), pail_value_str(p->vs, s3));
        pail_value_set(p->vs, metadata, PAIL_STR("HostId"), pail_value_str(p->vs, host));
    }
}

/* ---- Body ---- */

static void payload(struct pail_parser *p, const struct pail_shape *m, struct pail_value *to)
{
    struct pail_str body = p->answer->body;
    struct pail_value *v = NULL;

    if (!body.len && m->traits & PAIL_TRAIT_UNION)
        return;
    if (m->type == PAIL_SHAPE_BLOB) {
        v = pail_value_blob(p->vs, (struct pail_bytes){body.ptr, body.len});
    } else if (m->type != PAIL_SHAPE_STRING) {
        v = pail_parse_body(p, m, body);
    } else if (!pail_str_is_utf8(body)) {
        v = pail_parser_fail(p, "%.*s: not UTF-8", PAIL_STR_ARG(m->member));
    } else {
        v = pail_value_str(p->vs, body);
    }
    if (v)
        pail_value_set(p->vs, to, m->member, v);
}

static bool has_body_members(const struct pail_shape *shape)
{
    struct pail_shape m;

    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        if (m.location != PAIL_LOCATION_HEADER && m.location != PAIL_LOCATION_HEADERS &&
            m.location != PAIL_LOCATION_STATUS)
            return true;
    return false;
}

void pail_parse_rest(struct pail_parser *p, const struct pail_shape *shape, struct pail_value *to)
{
    struct pail_shape m;

    located(p, shape, to);
    if (p->rc < 0 || p->answer->elsewhere)
        return;
    if (shape->payload.len && pail_shape_member(shape, shape->payload, &m)) {
        if (!(m.traits & PAIL_TRAIT_EVENTSTREAM))
            payload(p, &m, to);
        return;
    }
    if (!has_body_members(shape))
        return;
    struct pail_value *body = pail_parse_body(p, shape, p->answer->body);
    for (size_t i = 0; i < pail_value_len(body); i++)
        if (!pail_value_get(to, pail_value_key_at(body, i)))
            pail_value_set(p->vs, to, pail_value_key_at(body, i), pail_value_at(body, i));
}
