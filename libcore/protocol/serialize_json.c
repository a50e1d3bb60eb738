/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON bodies, for the json protocols and for rest-json.
 *
 * A tree of the wire's names and types is made beside the parameters and written in one go. Leaves
 * that go out as they are stay the caller's: the tree borrows them.
 */
#include <math.h>

#include "base/base64.h"
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/serialize.h"
#include "protocol/times.h"

struct tree {
    struct pail_values *vs;
    bool nomem; /* while a text was made */
};

static struct pail_value *wire(struct tree *t, const struct pail_shape *shape,
                               const struct pail_value *v, bool unlocated);

/* The tree is only read while the parameters live. */
static struct pail_value *borrow(const struct pail_value *v)
{
    return (struct pail_value *)v;
}

static struct pail_value *wire_structure(struct tree *t, const struct pail_shape *shape,
                                         const struct pail_value *v, bool unlocated)
{
    struct pail_value *to = pail_value_map(t->vs);
    struct pail_shape m;

    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *value = pail_value_at(v, i);
        if (!pail_is_given(value) || !pail_shape_member(shape, pail_value_key_at(v, i), &m) ||
            (unlocated && m.location != PAIL_LOCATION_NONE))
            continue;
        pail_value_set(t->vs, to, pail_shape_key(&m), wire(t, &m, value, false));
    }
    return to;
}

static struct pail_value *wire_many(struct tree *t, const struct pail_shape *shape,
                                    const struct pail_value *v)
{
    bool list = shape->type == PAIL_SHAPE_LIST;
    struct pail_value *to = list ? pail_value_list(t->vs) : pail_value_map(t->vs);
    struct pail_shape element;

    if (!pail_shape_at(shape, list ? 0 : 1, &element))
        return to;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_value *e = wire(t, &element, pail_value_at(v, i), false);
        if (list)
            pail_value_append(t->vs, to, e);
        else
            pail_value_set(t->vs, to, pail_value_key_at(v, i), e);
    }
    return to;
}

static struct pail_value *wire_blob(struct tree *t, struct pail_str bytes)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 2);

    pail_base64_encode(&text, bytes.ptr, bytes.len);
    t->nomem |= text.failed != PAIL_BUF_OK;
    return pail_value_str(t->vs, pail_buf_view(&text));
}

static struct pail_value *wire_time(struct tree *t, const struct pail_shape *shape,
                                    struct pail_time when)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    enum pail_timestamp_format format = shape->timestamp_format;
    bool number = format == PAIL_TIMESTAMP_DEFAULT || format == PAIL_TIMESTAMP_UNIX;

    pail_time_text(&text, when, number ? PAIL_TIMESTAMP_UNIX : format);
    t->nomem |= text.failed != PAIL_BUF_OK;
    return number ? pail_value_number(t->vs, pail_buf_view(&text))
                  : pail_value_str(t->vs, pail_buf_view(&text));
}

/* JSON has no words for these. */
static struct pail_value *wire_real(struct tree *t, const struct pail_value *v)
{
    double d = 0;

    if (pail_value_type(v) == PAIL_VAL_NUMBER && pail_real_parse(pail_value_as_str(v), &d))
        return pail_value_real(t->vs, d);
    if (!pail_value_as_real(v, &d) || isfinite(d))
        return borrow(v);
    return pail_value_str(t->vs, isnan(d) ? PAIL_STR("NaN")
                                 : d < 0  ? PAIL_STR("-Infinity")
                                          : PAIL_STR("Infinity"));
}

static struct pail_value *wire(struct tree *t, const struct pail_shape *shape,
                               const struct pail_value *v, bool unlocated)
{
    struct pail_time when;

    if (!pail_is_given(v))
        return pail_value_null(t->vs);
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        return shape->traits & PAIL_TRAIT_DOCUMENT ? borrow(v)
                                                   : wire_structure(t, shape, v, unlocated);
    case PAIL_SHAPE_LIST:
    case PAIL_SHAPE_MAP:
        return wire_many(t, shape, v);
    case PAIL_SHAPE_BLOB:
        return pail_value_bytes(v).ptr ? wire_blob(t, pail_value_bytes(v)) : borrow(v);
    case PAIL_SHAPE_TIMESTAMP:
        return pail_time_of(v, &when) ? wire_time(t, shape, when) : borrow(v);
    case PAIL_SHAPE_FLOAT:
    case PAIL_SHAPE_DOUBLE:
        return wire_real(t, v);
    default:
        return borrow(v);
    }
}

void pail_serialize_json_body(struct pail_serializer *s, const struct pail_shape *shape,
                              const struct pail_value *v, bool unlocated)
{
    static const struct pail_json_style style = {.ascii = true};
    struct tree t = {0};

    if (s->rc == 0)
        s->rc = pail_values_new(&t.vs, s->err);
    if (s->rc < 0)
        return;
    struct pail_value *tree = v ? wire(&t, shape, v, unlocated) : pail_value_map(t.vs);
    s->rc = t.nomem ? pail_error_nomem(s->err) : pail_values_check(t.vs, s->err);
    if (s->rc == 0)
        pail_value_to_json(&s->w->body, tree, &style);
    pail_values_free(t.vs);
}

void pail_serialize_json(struct pail_serializer *s)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1024);

    pail_buf_char(&s->w->path, '/');
    pail_buf_fmt(&text, "%.*s.%.*s", PAIL_STR_ARG(s->info.target_prefix),
                 PAIL_STR_ARG(s->op->wire_name.ptr ? s->op->wire_name : s->op->name));
    pail_serialize_header(s, PAIL_STR("X-Amz-Target"), pail_buf_view(&text));
    pail_buf_truncate(&text, 0);
    pail_buf_fmt(&text, "application/x-amz-json-%.*s", PAIL_STR_ARG(s->info.json_version));
    pail_serialize_header(s, PAIL_STR("Content-Type"), pail_buf_view(&text));
    if (s->info.query_compatible)
        pail_serialize_header(s, PAIL_STR("x-amzn-query-mode"), PAIL_STR("true"));
    if (s->has_input)
        pail_serialize_json_body(s, &s->input, s->params, false);
    else
        pail_buf_z(&s->w->body, "{}");
    if (s->rc == 0)
        s->rc = pail_buf_check(&text, "target", s->err);
}
