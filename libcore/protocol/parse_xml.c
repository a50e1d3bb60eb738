/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML answers: of query and EC2, bodies of rest-xml, and the errors of all three.
 *
 * Elements are found by the model's names, never by order. Flattened lists and maps are the
 * siblings of one name; other lists take every child, whatever it is called.
 */
#include "protocol/parse.h"

#include "base/str.h"
#include "protocol/xmltree.h"

struct doc {
    struct pail_parser *p;
    const struct pail_xtree *t;
};

static struct pail_value *get(struct doc *d, const struct pail_shape *shape, uint32_t node);

static struct pail_str member_name(const struct pail_shape *m)
{
    struct pail_shape e;

    if (m->type == PAIL_SHAPE_LIST && m->traits & PAIL_TRAIT_FLATTENED && pail_shape_at(m, 0, &e) &&
        e.location_name.ptr)
        return e.location_name;
    return m->location_name.ptr ? m->location_name : m->member;
}

/* Where the members of an exception are. */
static uint32_t error_root(const struct doc *d, uint32_t node)
{
    if (d->p->info.protocol == PAIL_PROTOCOL_EC2) {
        uint32_t errors = pail_xtree_child(d->t, node, PAIL_STR("Errors"));
        uint32_t error = pail_xtree_child(d->t, errors, PAIL_STR("Error"));
        return error == PAIL_XNONE ? node : error;
    }
    if (!pail_str_eqz(pail_xtree_name(d->t, node), "ErrorResponse"))
        return node;
    uint32_t error = pail_xtree_child(d->t, node, PAIL_STR("Error"));
    return error == PAIL_XNONE ? node : error;
}

static struct pail_value *unknown_union_member(struct doc *d, const struct pail_shape *shape,
                                               uint32_t node)
{
    struct pail_parser *p = d->p;
    uint32_t child = pail_xtree_first(d->t, node);
    struct pail_shape m;

    if (child == PAIL_XNONE)
        return pail_parser_fail(p,
                                "Invalid service response: %.*s must have one and only one "
                                "member set.",
                                PAIL_STR_ARG(shape->name));
    struct pail_str tag = pail_xtree_name(d->t, child);
    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        if (pail_str_eq((m.location_name.ptr ? m.location_name : m.member), tag) ||
            pail_str_eq(member_name(&m), tag))
            return NULL;
    struct pail_value *ret = pail_value_map(p->vs), *name = pail_value_map(p->vs);
    pail_value_set(p->vs, name, PAIL_STR("name"), pail_value_str(p->vs, tag));
    pail_value_set(p->vs, ret, PAIL_STR("SDK_UNKNOWN_MEMBER"), name);
    return ret;
}

static struct pail_value *get_structure(struct doc *d, const struct pail_shape *shape,
                                        uint32_t node)
{
    struct pail_values *vs = d->p->vs;
    struct pail_value *to = pail_value_map(vs);
    struct pail_shape m;

    if (shape->traits & PAIL_TRAIT_EXCEPTION)
        node = error_root(d, node);
    if (shape->traits & PAIL_TRAIT_UNION) {
        struct pail_value *unknown = unknown_union_member(d, shape, node);
        if (unknown || d->p->rc < 0)
            return unknown;
    }
    for (unsigned i = 0; d->p->rc == 0 && pail_shape_at(shape, i, &m); i++) {
        if (m.location == PAIL_LOCATION_HEADER || m.location == PAIL_LOCATION_HEADERS ||
            m.location == PAIL_LOCATION_STATUS || m.traits & PAIL_TRAIT_EVENTHEADER)
            continue;
        uint32_t child = pail_xtree_child(d->t, node, member_name(&m));
        if (child == PAIL_XNONE) /* a flattened list under its own name */
            child = pail_xtree_child(d->t, node, m.location_name.ptr ? m.location_name : m.member);
        if (child != PAIL_XNONE) {
            pail_value_set(vs, to, m.member, get(d, &m, child));
        } else if (m.traits & PAIL_TRAIT_XML_ATTRIBUTE) {
            struct pail_str v = pail_xtree_attribute(d->t, node, member_name(&m));
            if (v.ptr)
                pail_value_set(vs, to, m.member, pail_value_str(vs, v));
        }
    }
    return to;
}

static struct pail_value *get_list(struct doc *d, const struct pail_shape *shape, uint32_t node)
{
    bool flat = shape->traits & PAIL_TRAIT_FLATTENED;
    struct pail_value *to = pail_value_list(d->p->vs);
    struct pail_shape e;

    if (!pail_shape_at(shape, 0, &e))
        return to;
    uint32_t n = flat ? node : pail_xtree_first(d->t, node);
    while (n != PAIL_XNONE && d->p->rc == 0) {
        pail_value_append(d->p->vs, to, get(d, &e, n));
        n = flat ? pail_xtree_same(d->t, n) : pail_xtree_next(d->t, n);
    }
    return to;
}

/* <entry><key>k</key><value>v</value></entry> */
static void get_entry(struct doc *d, const struct pail_shape *key, const struct pail_shape *value,
                      uint32_t entry, struct pail_value *to)
{
    struct pail_str key_name = key->location_name.len ? key->location_name : PAIL_STR("key");
    struct pail_str value_name = value->location_name.len ? value->location_name
                                                          : PAIL_STR("value");
    uint32_t k = pail_xtree_child(d->t, entry, key_name);
    uint32_t v = pail_xtree_child(d->t, entry, value_name);

    if (k == PAIL_XNONE || v == PAIL_XNONE) {
        pail_parser_fail(d->p, "an entry of a map without %.*s or %.*s", PAIL_STR_ARG(key_name),
                         PAIL_STR_ARG(value_name));
        return;
    }
    pail_value_set(d->p->vs, to, pail_xtree_text(d->t, k), get(d, value, v));
}

static struct pail_value *get_map(struct doc *d, const struct pail_shape *shape, uint32_t node)
{
    bool flat = shape->traits & PAIL_TRAIT_FLATTENED;
    struct pail_value *to = pail_value_map(d->p->vs);
    struct pail_shape key, value;

    if (!pail_shape_at(shape, 0, &key) || !pail_shape_at(shape, 1, &value))
        return to;
    uint32_t n = flat ? node : pail_xtree_first(d->t, node);
    while (n != PAIL_XNONE && d->p->rc == 0) {
        get_entry(d, &key, &value, n, to);
        n = flat ? pail_xtree_same(d->t, n) : pail_xtree_next(d->t, n);
    }
    return to;
}

static struct pail_value *get(struct doc *d, const struct pail_shape *shape, uint32_t node)
{
    if (d->p->rc < 0)
        return NULL;
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        return get_structure(d, shape, node);
    case PAIL_SHAPE_LIST:
        return get_list(d, shape, node);
    case PAIL_SHAPE_MAP:
        return get_map(d, shape, node);
    default:
        return pail_parse_text(d->p, shape, pail_xtree_text(d->t, node));
    }
}

/* NULL: p->rc. */
static struct pail_xtree *read_doc(struct pail_parser *p, struct pail_str body)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_xtree *t = NULL;

    if (pail_xtree_parse(body, "answer", &t, &why) == 0)
        return t;
    if (why.code == PAIL_E_NOMEM)
        p->rc = pail_error_nomem(p->err);
    else
        pail_parser_broken(p, body, pail_str(why.message));
    return NULL;
}

struct pail_value *pail_parse_xml_body(struct pail_parser *p, const struct pail_shape *shape,
                                       struct pail_str body)
{
    if (!body.len)
        return pail_value_map(p->vs);
    PAIL_CLEANUP(pail_xtree_free_p) struct pail_xtree *t = read_doc(p, body);
    struct doc d = {p, t};
    return t ? get(&d, shape, 0) : NULL;
}

/* ---- Query and EC2 ---- */

static struct pail_value *plain(struct doc *d, uint32_t node);

static void query_metadata(struct doc *d, struct pail_value *to)
{
    struct pail_values *vs = d->p->vs;
    struct pail_value *metadata = pail_value_map(vs);
    bool ec2 = d->p->info.protocol == PAIL_PROTOCOL_EC2;
    uint32_t n = pail_xtree_child(d->t, 0,
                                  ec2 ? PAIL_STR("requestId") : PAIL_STR("ResponseMetadata"));

    if (n == PAIL_XNONE)
        return;
    if (ec2)
        pail_value_set(vs, metadata, PAIL_STR("RequestId"), plain(d, n));
    else
        for (n = pail_xtree_first(d->t, n); n != PAIL_XNONE; n = pail_xtree_next(d->t, n))
            pail_value_set(vs, metadata, pail_xtree_name(d->t, n), plain(d, n));
    pail_value_set(vs, to, PAIL_STR("ResponseMetadata"), metadata);
}

/* <GetUserResponse><GetUserResult>; models that do not say so mean so. */
static bool find_result(struct doc *d, const struct pail_shape *shape, uint32_t *start)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1024);

    if (d->p->info.protocol == PAIL_PROTOCOL_EC2 || shape->traits & PAIL_TRAIT_EXCEPTION)
        return true;
    if (shape->result_wrapper.len)
        pail_buf_str(&name, shape->result_wrapper);
    else
        pail_buf_fmt(&name, "%.*sResult", PAIL_STR_ARG(d->p->op->name));
    if (pail_buf_check(&name, "answer", d->p->err) < 0) {
        d->p->rc = PAIL_E_NOMEM;
        return false;
    }
    uint32_t found = pail_xtree_child(d->t, 0, pail_buf_view(&name));
    if (found == PAIL_XNONE && shape->result_wrapper.len) {
        pail_parser_fail(d->p, "no element %.*s", PAIL_STR_ARG(shape->result_wrapper));
        return false;
    }
    if (found != PAIL_XNONE)
        *start = found;
    return true;
}

struct pail_value *pail_parse_query(struct pail_parser *p, const struct pail_shape *shape)
{
    struct pail_value *to = NULL;
    uint32_t start = 0;

    if (!p->answer->body.len)
        return pail_value_map(p->vs);
    PAIL_CLEANUP(pail_xtree_free_p) struct pail_xtree *t = read_doc(p, p->answer->body);
    struct doc d = {p, t};
    if (!t)
        return NULL;
    if (shape && !find_result(&d, shape, &start))
        return NULL;
    to = shape ? get(&d, shape, start) : pail_value_map(p->vs);
    if (to && !(shape && shape->traits & PAIL_TRAIT_EXCEPTION))
        query_metadata(&d, to);
    return to;
}

/* ---- Errors ---- */

/* A tree without a model: leaves are texts, empty ones null. */
static struct pail_value *plain(struct doc *d, uint32_t node)
{
    struct pail_str text = pail_xtree_text(d->t, node);
    uint32_t n = pail_xtree_first(d->t, node);

    if (n == PAIL_XNONE)
        return text.len ? pail_value_str(d->p->vs, text) : pail_value_null(d->p->vs);
    struct pail_value *to = pail_value_map(d->p->vs);
    for (; n != PAIL_XNONE; n = pail_xtree_next(d->t, n))
        if (!pail_value_get(to, pail_xtree_name(d->t, n)))
            pail_value_set(d->p->vs, to, pail_xtree_name(d->t, n), plain(d, n));
    return to;
}

static void take_request_id(struct doc *d, struct pail_value *to, struct pail_str name)
{
    struct pail_value *id = pail_value_get(to, name), *metadata;

    if (!id)
        return;
    metadata = pail_value_map(d->p->vs);
    pail_value_set(d->p->vs, metadata, PAIL_STR("RequestId"), id);
    pail_value_remove(to, name);
    pail_value_set(d->p->vs, to, PAIL_STR("ResponseMetadata"), metadata);
}

/* <Error><Code>: S3, which has its ids in headers too. */
static struct pail_value *bare_error(struct doc *d)
{
    struct pail_value *to = pail_value_map(d->p->vs), *error = plain(d, 0);
    struct pail_value *metadata = pail_value_map(d->p->vs);

    if (pail_value_type(error) != PAIL_VAL_MAP)
        error = pail_value_map(d->p->vs);
    pail_value_remove(error, PAIL_STR("RequestId"));
    pail_value_remove(error, PAIL_STR("HostId"));
    pail_value_set(d->p->vs, to, PAIL_STR("Error"), error);
    pail_parse_rest_metadata(d->p, metadata);
    pail_value_set(d->p->vs, to, PAIL_STR("ResponseMetadata"), metadata);
    return to;
}

struct pail_value *pail_parse_xml_error(struct pail_parser *p)
{
    PAIL_CLEANUP(pail_xtree_free_p) struct pail_xtree *t = NULL;
    bool rest = p->info.protocol == PAIL_PROTOCOL_REST_XML;
    struct pail_error why = PAIL_ERROR_INIT;

    if (!p->answer->body.len)
        return NULL;
    int rc = pail_xtree_parse(p->answer->body, "answer", &t, &why);
    if (rc == PAIL_E_NOMEM)
        p->rc = pail_error_nomem(p->err);
    else if (rc < 0 && !rest) /* the status would do, but botocore does not look at it here */
        return pail_parser_broken(p, p->answer->body, pail_str(why.message));
    if (rc < 0)
        return NULL;
    struct doc d = {p, t};
    if (rest && pail_str_eqz(pail_xtree_name(t, 0), "Error"))
        return bare_error(&d);
    struct pail_value *to = plain(&d, 0), *errors = pail_value_get(to, PAIL_STR("Errors"));
    if (pail_value_type(errors) == PAIL_VAL_MAP) {
        pail_value_remove(to, PAIL_STR("Errors"));
        for (size_t i = 0; i < pail_value_len(errors); i++)
            pail_value_set(p->vs, to, pail_value_key_at(errors, i), pail_value_at(errors, i));
    }
    take_request_id(&d, to, PAIL_STR("RequestId"));
    take_request_id(&d, to, PAIL_STR("RequestID"));
    if (pail_value_type(to) != PAIL_VAL_MAP)
        return NULL;
    if (pail_value_type(pail_value_get(to, PAIL_STR("Error"))) != PAIL_VAL_MAP)
        pail_value_set(p->vs, to, PAIL_STR("Error"), pail_value_map(p->vs));
    return to;
}
