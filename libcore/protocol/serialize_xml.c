/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML bodies of rest-xml, written straight from the parameters: elements in the order of the
 * parameters, attributes first, name spaces where the model has them.
 */
#include "base/str.h"
#include "base/xml.h"
#include "protocol/serialize.h"

static void element(struct pail_serializer *s, const struct pail_shape *shape,
                    const struct pail_value *v, struct pail_str name, bool unlocated);

static void attribute(struct pail_buf *to, struct pail_str name, struct pail_str value)
{
    pail_buf_fmt(to, " %.*s=\"", PAIL_STR_ARG(name));
    pail_xml_escape(to, value);
    pail_buf_char(to, '"');
}

/* "<name xmlns=...", still without its end. */
static void open_tag(struct pail_buf *to, const struct pail_shape *shape, struct pail_str name)
{
    pail_buf_char(to, '<');
    pail_buf_str(to, name);
    if (!shape || !shape->xmlns_uri.ptr)
        return;
    if (!shape->xmlns_prefix.len) {
        attribute(to, PAIL_STR("xmlns"), shape->xmlns_uri);
        return;
    }
    pail_buf_fmt(to, " xmlns:%.*s=\"", PAIL_STR_ARG(shape->xmlns_prefix));
    pail_xml_escape(to, shape->xmlns_uri);
    pail_buf_char(to, '"');
}

/* Ends the tag that began at `from`: "/>" where nothing came after the tag's own '>'. */
static void close_tag(struct pail_buf *to, size_t inside, struct pail_str name)
{
    if (to->len == inside && inside) {
        pail_buf_truncate(to, inside - 1);
        pail_buf_z(to, " />");
        return;
    }
    pail_buf_z(to, "</");
    pail_buf_str(to, name);
    pail_buf_char(to, '>');
}

static size_t end_open_tag(struct pail_buf *to)
{
    pail_buf_char(to, '>');
    return to->len;
}

static void put_attributes(struct pail_buf *to, const struct pail_shape *shape,
                           const struct pail_value *v)
{
    struct pail_shape m;

    for (size_t i = 0; i < pail_value_len(v); i++)
        if (pail_is_given(pail_value_at(v, i)) &&
            pail_shape_member(shape, pail_value_key_at(v, i), &m) &&
            m.traits & PAIL_TRAIT_XML_ATTRIBUTE)
            attribute(to, pail_shape_key(&m), pail_value_as_str(pail_value_at(v, i)));
}

static void put_structure(struct pail_serializer *s, const struct pail_shape *shape,
                          const struct pail_value *v, struct pail_str name, bool unlocated)
{
    struct pail_buf *to = &s->w->body;
    struct pail_shape m;

    open_tag(to, shape, name);
    put_attributes(to, shape, v);
    size_t inside = end_open_tag(to);
    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *value = pail_value_at(v, i);
        if (!pail_is_given(value) || !pail_shape_member(shape, pail_value_key_at(v, i), &m) ||
            m.traits & PAIL_TRAIT_XML_ATTRIBUTE || (unlocated && m.location != PAIL_LOCATION_NONE))
            continue;
        element(s, &m, value, pail_shape_key(&m), false);
    }
    close_tag(to, inside, name);
}

static void put_list(struct pail_serializer *s, const struct pail_shape *shape,
                     const struct pail_value *v, struct pail_str name)
{
    bool flat = shape->traits & PAIL_TRAIT_FLATTENED;
    struct pail_buf *to = &s->w->body;
    struct pail_shape e;
    size_t inside = 0;

    if (!pail_shape_at(shape, 0, &e))
        return;
    struct pail_str inner = flat                  ? name
                            : e.location_name.ptr ? e.location_name
                                                  : PAIL_STR("member");
    if (!flat) {
        open_tag(to, shape, name);
        inside = end_open_tag(to);
    }
    for (size_t i = 0; i < pail_value_len(v); i++)
        element(s, &e, pail_value_at(v, i), inner, false);
    if (!flat)
        close_tag(to, inside, name);
}

static void put_map(struct pail_serializer *s, const struct pail_shape *shape,
                    const struct pail_value *v, struct pail_str name)
{
    bool flat = shape->traits & PAIL_TRAIT_FLATTENED;
    struct pail_str entry = flat ? name : PAIL_STR("entry");
    struct pail_buf *to = &s->w->body;
    struct pail_shape key, value;
    size_t inside = 0;

    if (!pail_shape_at(shape, 0, &key) || !pail_shape_at(shape, 1, &value))
        return;
    struct pail_str key_name = key.location_name.ptr ? key.location_name : PAIL_STR("key");
    if (!flat) {
        open_tag(to, shape, name);
        inside = end_open_tag(to);
    }
    for (size_t i = 0; i < pail_value_len(v); i++) {
        open_tag(to, NULL, entry);
        pail_buf_char(to, '>');
        open_tag(to, &key, key_name);
        size_t text = end_open_tag(to);
        pail_xml_escape(to, pail_value_key_at(v, i));
        close_tag(to, text, key_name);
        element(s, &value, pail_value_at(v, i),
                value.location_name.ptr ? value.location_name : PAIL_STR("value"), false);
        close_tag(to, 0, entry);
    }
    if (!flat)
        close_tag(to, inside, name);
}

static void put_scalar(struct pail_serializer *s, const struct pail_shape *shape,
                       const struct pail_value *v, struct pail_str name)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(s->w->body.max);
    struct pail_buf *to = &s->w->body;

    pail_scalar_text(&text, shape, v, PAIL_TIMESTAMP_ISO8601);
    if (s->rc == 0)
        s->rc = pail_buf_check(&text, "request body", s->err);
    if (s->rc == 0 && !pail_xml_text_ok(pail_buf_view(&text)))
        s->rc = pail_error_set(s->err, PAIL_D_USAGE, PAIL_E_INVALID,
                               "%.*s: XML cannot carry all of its characters", PAIL_STR_ARG(name));
    open_tag(to, shape, name);
    size_t inside = end_open_tag(to);
    pail_xml_escape(to, pail_buf_view(&text));
    close_tag(to, inside, name);
}

static void element(struct pail_serializer *s, const struct pail_shape *shape,
                    const struct pail_value *v, struct pail_str name, bool unlocated)
{
    if (s->rc < 0)
        return;
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        put_structure(s, shape, v, name, unlocated);
        break;
    case PAIL_SHAPE_LIST:
        put_list(s, shape, v, name);
        break;
    case PAIL_SHAPE_MAP:
        put_map(s, shape, v, name);
        break;
    default:
        put_scalar(s, shape, v, name);
    }
}

void pail_serialize_xml_body(struct pail_serializer *s, const struct pail_shape *shape,
                             const struct pail_value *v, bool unlocated)
{
    struct pail_str name = shape->location_name.len ? shape->location_name : shape->name;
    element(s, shape, v, name, unlocated);
}
