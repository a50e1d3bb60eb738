/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query and EC2: a form, "Action=RunInstances&Version=...&Name.member.1=...".
 *
 * The name of a value grows while walking down and is cut back on the way up. EC2 differs in the
 * names of members, in lists, which have no "member" between, and in empty lists, which it leaves
 * out.
 */
#include "protocol/serialize.h"

#include "base/str.h"
#include "base/uri.h"

#define MAX_NAME (64 * 1024)

struct form {
    struct pail_serializer *s;
    struct pail_buf name; /* "Filter.1.Value" */
    bool ec2;
};

/* A form's encoding: as in a URL, but blanks are '+'. */
static void encode(struct pail_buf *to, struct pail_str text)
{
    for (size_t at; (at = pail_str_find(text, ' ')) != SIZE_MAX;
         text = pail_str_from(text, at + 1)) {
        pail_uri_encode(to, pail_str_sub(text, 0, at), PAIL_URI_COMPONENT);
        pail_buf_char(to, '+');
    }
    pail_uri_encode(to, text, PAIL_URI_COMPONENT);
}

static void pair(struct form *f, struct pail_str name, struct pail_str value)
{
    struct pail_buf *to = &f->s->w->body;

    if (to->len)
        pail_buf_char(to, '&');
    encode(to, name);
    pail_buf_char(to, '=');
    encode(to, value);
}

static void put(struct form *f, const struct pail_shape *shape, const struct pail_value *v);

/* EC2: queryName, else the name with a capital. */
static void add_member_name(struct form *f, const struct pail_shape *m)
{
    if (f->name.len)
        pail_buf_char(&f->name, '.');
    size_t at = f->name.len;
    pail_buf_str(&f->name, f->ec2 && m->query_name.ptr ? m->query_name : pail_shape_key(m));
    if (f->ec2 && !m->query_name.ptr && f->name.len > at && f->name.ptr[at] >= 'a' &&
        f->name.ptr[at] <= 'z')
        f->name.ptr[at] = (char)(f->name.ptr[at] - 'a' + 'A');
}

static void put_structure(struct form *f, const struct pail_shape *shape,
                          const struct pail_value *v)
{
    struct pail_shape m;

    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *value = pail_value_at(v, i);
        if (!pail_is_given(value) || !pail_shape_member(shape, pail_value_key_at(v, i), &m))
            continue;
        size_t len = f->name.len;
        add_member_name(f, &m);
        put(f, &m, value);
        pail_buf_truncate(&f->name, len);
    }
}

/* Where the elements' names begin: "X", "X.member", or for flattened lists of named elements the
 * parent of X and that name. */
static void add_list_name(struct form *f, const struct pail_shape *shape,
                          const struct pail_shape *element)
{
    if (f->ec2)
        return;
    if (!(shape->traits & PAIL_TRAIT_FLATTENED)) {
        pail_buf_char(&f->name, '.');
        pail_buf_str(&f->name,
                     element->location_name.ptr ? element->location_name : PAIL_STR("member"));
    } else if (element->location_name.len) {
        size_t dot = pail_str_rfind(pail_buf_view(&f->name), '.');
        pail_buf_truncate(&f->name, dot == SIZE_MAX ? 0 : dot + 1);
        pail_buf_str(&f->name, element->location_name);
    }
}

static void put_list(struct form *f, const struct pail_shape *shape, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf own = PAIL_BUF_INIT(MAX_NAME);
    struct pail_shape element;

    if (!pail_shape_at(shape, 0, &element))
        return;
    if (!pail_value_len(v)) {
        if (!f->ec2)
            pair(f, pail_buf_view(&f->name), PAIL_STR(""));
        return;
    }
    pail_buf_str(&own, pail_buf_view(&f->name)); /* a flattened list changes what it stands in */
    add_list_name(f, shape, &element);
    size_t len = f->name.len;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        pail_buf_fmt(&f->name, ".%zu", i + 1);
        put(f, &element, pail_value_at(v, i));
        pail_buf_truncate(&f->name, len);
    }
    pail_buf_truncate(&f->name, 0);
    pail_buf_str(&f->name, pail_buf_view(&own));
    if (own.failed && !f->name.failed)
        f->name.failed = own.failed;
}

static void put_map(struct form *f, const struct pail_shape *shape, const struct pail_value *v)
{
    struct pail_shape key, value;
    size_t len = f->name.len;

    if (!pail_shape_at(shape, 0, &key) || !pail_shape_at(shape, 1, &value))
        return;
    struct pail_str key_name = key.location_name.ptr ? key.location_name : PAIL_STR("key");
    struct pail_str value_name = value.location_name.ptr ? value.location_name : PAIL_STR("value");
    for (size_t i = 0; i < pail_value_len(v); i++) {
        if (!(shape->traits & PAIL_TRAIT_FLATTENED))
            pail_buf_z(&f->name, ".entry");
        pail_buf_fmt(&f->name, ".%zu.", i + 1);
        size_t numbered = f->name.len;
        pail_buf_str(&f->name, key_name);
        pair(f, pail_buf_view(&f->name), pail_value_key_at(v, i));
        pail_buf_truncate(&f->name, numbered);
        pail_buf_str(&f->name, value_name);
        put(f, &value, pail_value_at(v, i));
        pail_buf_truncate(&f->name, len);
    }
}

static void put(struct form *f, const struct pail_shape *shape, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(f->s->w->body.max);

    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        put_structure(f, shape, v);
        break;
    case PAIL_SHAPE_LIST:
        put_list(f, shape, v);
        break;
    case PAIL_SHAPE_MAP:
        put_map(f, shape, v);
        break;
    default:
        if (!pail_is_given(v))
            break;
        pail_scalar_text(&text, shape, v, PAIL_TIMESTAMP_ISO8601);
        pair(f, pail_buf_view(&f->name), pail_buf_view(&text));
        if (f->s->rc == 0)
            f->s->rc = pail_buf_check(&text, "request body", f->s->err);
    }
}

void pail_serialize_query(struct pail_serializer *s)
{
    struct form f = {
        .s = s,
        .name = PAIL_BUF_INIT(MAX_NAME),
        .ec2 = s->info.protocol == PAIL_PROTOCOL_EC2,
    };

    pail_buf_char(&s->w->path, '/');
    pail_serialize_header(s, PAIL_STR("Content-Type"),
                          PAIL_STR("application/x-www-form-urlencoded; charset=utf-8"));
    pair(&f, PAIL_STR("Action"), s->op->wire_name.ptr ? s->op->wire_name : s->op->name);
    pair(&f, PAIL_STR("Version"), s->info.api_version);
    if (s->has_input)
        put_structure(&f, &s->input, s->params);
    if (s->rc == 0)
        s->rc = pail_buf_check(&f.name, "name of a parameter", s->err);
    pail_buf_done(&f.name);
}
