/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes and what refers to them.
 *
 * Traits of a shape and traits of a reference are recorded in the same form; the reader lays one
 * over the other (shape.c). Bits that are said to be false are kept too, because a reference may
 * take back what its shape says. A reference to a shape that does not exist becomes one of no type:
 * that is an error for who uses it, as it is in botocore, not for the whole service.
 */
#include "base/str.h"
#include "model/compiler.h"
#include "model/model.h"

static const struct {
    const char *key;
    uint32_t trait;
} flags[] = {
    {"flattened", PAIL_TRAIT_FLATTENED},
    {"wrapper", PAIL_TRAIT_WRAPPER},
    {"box", PAIL_TRAIT_BOX},
    {"sensitive", PAIL_TRAIT_SENSITIVE},
    {"streaming", PAIL_TRAIT_STREAMING},
    {"requiresLength", PAIL_TRAIT_REQUIRES_LENGTH},
    {"eventstream", PAIL_TRAIT_EVENTSTREAM},
    {"event", PAIL_TRAIT_EVENT},
    {"eventpayload", PAIL_TRAIT_EVENTPAYLOAD},
    {"eventheader", PAIL_TRAIT_EVENTHEADER},
    {"document", PAIL_TRAIT_DOCUMENT},
    {"union", PAIL_TRAIT_UNION},
    {"jsonvalue", PAIL_TRAIT_JSONVALUE},
    {"idempotencyToken", PAIL_TRAIT_IDEMPOTENCY_TOKEN},
    {"hostLabel", PAIL_TRAIT_HOST_LABEL},
    {"xmlAttribute", PAIL_TRAIT_XML_ATTRIBUTE},
    {"exception", PAIL_TRAIT_EXCEPTION},
    {"fault", PAIL_TRAIT_FAULT},
    {"deprecated", PAIL_TRAIT_DEPRECATED},
    {"sparse", PAIL_TRAIT_SPARSE},
    {"synthetic", PAIL_TRAIT_SYNTHETIC},
    {"endpointdiscoveryid", PAIL_TRAIT_ENDPOINT_ID},
};

static const struct {
    const char *key;
    enum pail_trait_value value;
} strings[] = {
    {"locationName", PAIL_TV_LOCATION_NAME},
    {"queryName", PAIL_TV_QUERY_NAME},
    {"payload", PAIL_TV_PAYLOAD},
    {"resultWrapper", PAIL_TV_RESULT_WRAPPER},
    {"pattern", PAIL_TV_PATTERN},
    {"deprecatedMessage", PAIL_TV_DEPRECATED_MESSAGE},
    {"deprecatedSince", PAIL_TV_DEPRECATED_SINCE},
};

struct word_name {
    const char *name;
    uint32_t value;
};
static const struct word_name types[] = {
    {"structure", PAIL_SHAPE_STRUCTURE},
    {"list", PAIL_SHAPE_LIST},
    {"map", PAIL_SHAPE_MAP},
    {"string", PAIL_SHAPE_STRING},
    {"char", PAIL_SHAPE_STRING},
    {"character", PAIL_SHAPE_STRING},
    {"integer", PAIL_SHAPE_INTEGER},
    {"byte", PAIL_SHAPE_INTEGER},
    {"short", PAIL_SHAPE_INTEGER},
    {"long", PAIL_SHAPE_LONG},
    {"bigInteger", PAIL_SHAPE_LONG},
    {"float", PAIL_SHAPE_FLOAT},
    {"double", PAIL_SHAPE_DOUBLE},
    {"bigDecimal", PAIL_SHAPE_DOUBLE},
    {"boolean", PAIL_SHAPE_BOOLEAN},
    {"blob", PAIL_SHAPE_BLOB},
    {"timestamp", PAIL_SHAPE_TIMESTAMP},
    {NULL, PAIL_SHAPE_NONE},
};
static const struct word_name locations[] = {
    {"uri", PAIL_LOCATION_URI},           {"querystring", PAIL_LOCATION_QUERY},
    {"header", PAIL_LOCATION_HEADER},     {"headers", PAIL_LOCATION_HEADERS},
    {"statusCode", PAIL_LOCATION_STATUS}, {NULL, PAIL_LOCATION_NONE},
};
static const struct word_name timestamps[] = {
    {"iso8601", PAIL_TIMESTAMP_ISO8601},
    {"rfc822", PAIL_TIMESTAMP_RFC822},
    {"unixTimestamp", PAIL_TIMESTAMP_UNIX},
    {NULL, PAIL_TIMESTAMP_DEFAULT},
};

/* The last entry's value for what the list does not have. */
static uint32_t look_up(const struct word_name *list, struct pail_str name)
{
    while (list->name && !pail_str_eqz(name, list->name))
        list++;
    return list->value;
}

/* ---- Traits ---------------------------------------------------------------------------------- */

struct traits {
    uint32_t on, off, mask;
    uint32_t values[PAIL_TV_COUNT];
};

static void set(struct traits *t, enum pail_trait_value which, uint32_t value)
{
    if (!value)
        return;
    t->mask |= UINT32_C(1) << which;
    t->values[which] = value;
}

static void set_flag(struct traits *t, uint32_t bit, struct pail_merged n)
{
    bool value;
    if (pail_merged_is_object(n)) /* endpointdiscoveryid and the like: being there is enough */
        t->on |= bit;
    else if (pail_json_bool(n.base, &value))
        *(value ? &t->on : &t->off) |= bit;
}

static void set_objects(struct pail_words *w, struct traits *t, struct pail_merged n)
{
    struct pail_merged space = pail_merged_get(n, "xmlNamespace"),
                       error = pail_merged_get(n, "error"), retry = pail_merged_get(n, "retryable");
    int64_t status;

    if (pail_json_type(space.base) == PAIL_JSON_STRING)
        set(t, PAIL_TV_XMLNS_URI, pail_words_str(w, pail_json_str(space.base)));
    set(t, PAIL_TV_XMLNS_URI, pail_compile_key(w, space, "uri"));
    set(t, PAIL_TV_XMLNS_PREFIX, pail_compile_key(w, space, "prefix"));
    set(t, PAIL_TV_ERROR_CODE, pail_compile_key(w, error, "code"));
    if (pail_json_int(pail_merged_get(error, "httpStatusCode").base, &status) && status > 0 &&
        status < 1000)
        set(t, PAIL_TV_ERROR_STATUS, (uint32_t)status);
    set_flag(t, PAIL_TRAIT_SENDER_FAULT, pail_merged_get(error, "senderFault"));
    set_flag(t, PAIL_TRAIT_FAULT, pail_merged_get(error, "fault"));
    if (pail_merged_is_object(retry))
        t->on |= PAIL_TRAIT_RETRYABLE;
    set_flag(t, PAIL_TRAIT_THROTTLING, pail_merged_get(retry, "throttling"));
    set(t, PAIL_TV_CONTEXT_PARAM, pail_compile_key(w, pail_merged_get(n, "contextParam"), "name"));
}

/* 0 when there is none. */
static uint32_t record_of(struct pail_words *w, const struct traits *t)
{
    uint32_t record[3 + PAIL_TV_COUNT] = {t->on, t->off, t->mask};
    size_t n = 3;

    if (!t->on && !t->off && !t->mask)
        return 0;
    for (unsigned i = 0; i < PAIL_TV_COUNT; i++)
        if (t->mask & (UINT32_C(1) << i))
            record[n++] = t->values[i];
    return pail_words_record(w, record, n);
}

static uint32_t traits_of(struct pail_words *w, struct pail_merged n, bool required)
{
    struct traits t = {.on = required ? PAIL_TRAIT_REQUIRED : 0};

    for (size_t i = 0; i < PAIL_ARRAY_LEN(flags); i++)
        set_flag(&t, flags[i].trait, pail_merged_get(n, flags[i].key));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(strings); i++)
        set(&t, strings[i].value, pail_compile_key(w, n, strings[i].key));
    set(&t, PAIL_TV_LOCATION, look_up(locations, pail_merged_str(n, "location")));
    set(&t, PAIL_TV_TIMESTAMP, look_up(timestamps, pail_merged_str(n, "timestampFormat")));
    set(&t, PAIL_TV_MIN, pail_compile_number(w, pail_merged_get(n, "min").base));
    set(&t, PAIL_TV_MAX, pail_compile_number(w, pail_merged_get(n, "max").base));
    set(&t, PAIL_TV_REQUIRED, pail_compile_strings(w, pail_merged_get(n, "required").base));
    set(&t, PAIL_TV_VALUES, pail_compile_strings(w, pail_merged_get(n, "enum").base));
    set(&t, PAIL_TV_DEFAULT, pail_compile_json(w, pail_merged_get(n, "defaultValue").base));
    set_objects(w, &t, n);
    return record_of(w, &t);
}

/* ---- Members --------------------------------------------------------------------------------- */

static uint32_t shape_index(struct pail_compiler *c, struct pail_merged ref)
{
    struct pail_str name = pail_merged_str(ref, "shape");
    uintptr_t found = name.ptr ? (uintptr_t)pail_map_get(c->shapes, name) : 0;
    return found ? (uint32_t)found - 1 : PAIL_NONE;
}

static uint32_t add_member(struct pail_compiler *c, struct pail_str name, struct pail_merged ref,
                           bool required)
{
    struct pail_member_rec rec = {
        .name = pail_words_str(&c->w, name),
        .shape = shape_index(c, ref),
        .traits = traits_of(&c->w, ref, required),
    };
    pail_doc_add(c->docs, PAIL_DOC_MEMBERS, pail_merged_str(ref, "documentation"));
    return pail_words_add(&c->w, PAIL_TABLE_MEMBERS, &rec, sizeof(rec));
}

/* Members that nobody looks for by name stand in order. */
static void add_order(struct pail_compiler *c, uint32_t index)
{
    pail_words_add(&c->w, PAIL_ORDER_MEMBERS, &index, sizeof(index));
}

uint32_t pail_compile_use(struct pail_compiler *c, struct pail_merged ref)
{
    struct pail_str key;
    struct pail_merged value;

    if (!pail_merged_is_object(ref))
        return PAIL_NONE;
    for (struct pail_merged_iter it = {0}; pail_merged_each(ref, &it, &key, &value);)
        if (!pail_str_eqz(key, "shape")) {
            uint32_t index = add_member(c, pail_str(NULL), ref, false);
            add_order(c, 0);
            return index | PAIL_MEMBER_BIT;
        }
    return shape_index(c, ref);
}

static bool is_in(const struct pail_jnode *array, struct pail_str name)
{
    for (size_t i = 0; i < pail_json_len(array); i++)
        if (pail_str_eq(pail_json_str(pail_json_at(array, i)), name))
            return true;
    return false;
}

static uint32_t add_members(struct pail_compiler *c, struct pail_merged shape, uint32_t first)
{
    const struct pail_jnode *required = pail_merged_get(shape, "required").base;
    struct pail_merged members = pail_merged_get(shape, "members"), ref;
    struct pail_str name;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(members, &it, &name, &ref); n++)
        add_member(c, name, ref, is_in(required, name));
    pail_words_sort(&c->w, PAIL_TABLE_MEMBERS, sizeof(struct pail_member_rec), 0, first, n,
                    PAIL_ORDER_MEMBERS);
    return n;
}

static uint32_t add_inner(struct pail_compiler *c, struct pail_merged shape,
                          const char *const names[])
{
    uint32_t n = 0;
    for (; names[n]; n++) {
        add_member(c, pail_str(names[n]), pail_merged_get(shape, names[n]), false);
        add_order(c, n);
    }
    return n;
}

static void add_shape(struct pail_compiler *c, struct pail_str name, struct pail_merged shape)
{
    static const char *const of_list[] = {"member", NULL}, *const of_map[] = {"key", "value", NULL};
    uint32_t type = look_up(types, pail_merged_str(shape, "type")), n = 0;
    uint32_t first = (uint32_t)(c->w.tables[PAIL_TABLE_MEMBERS].len /
                                sizeof(struct pail_member_rec));

    if (type == PAIL_SHAPE_NONE)
        pail_words_fail(&c->w, "shape %.*s: type \"%.*s\"", PAIL_STR_ARG(name),
                        PAIL_STR_ARG(pail_merged_str(shape, "type")));
    if (type == PAIL_SHAPE_STRUCTURE)
        n = add_members(c, shape, first);
    else if (type == PAIL_SHAPE_LIST)
        n = add_inner(c, shape, of_list);
    else if (type == PAIL_SHAPE_MAP)
        n = add_inner(c, shape, of_map);
    struct pail_shape_rec rec = {
        .name = pail_words_str(&c->w, name),
        .traits = traits_of(&c->w, shape, false),
        .first = first,
        .type_n = type | n << 8,
    };
    pail_words_add(&c->w, PAIL_TABLE_SHAPES, &rec, sizeof(rec));
    pail_doc_add(c->docs, PAIL_DOC_SHAPES, pail_merged_str(shape, "documentation"));
}

/* Exceptions by error code. Of two with one code the later is found, as in botocore. */
static void add_error(struct pail_compiler *c, struct pail_map *codes, struct pail_str name,
                      struct pail_merged shape, uint32_t index)
{
    struct pail_str code = pail_merged_str(pail_merged_get(shape, "error"), "code");
    if (!pail_merged_true(shape, "exception"))
        return;
    pail_words_put(&c->w, codes, code.len ? code : name, index + 1);
}

void pail_compile_shapes(struct pail_compiler *c)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *codes = NULL;
    struct pail_merged shapes = pail_merged_get(c->model, "shapes"), shape;
    struct pail_str name;
    uint32_t n = 0;
    void *value;

    if (c->w.err.code || pail_map_new(&codes, &c->w.err) < 0)
        return;
    for (struct pail_merged_iter it = {0}; pail_merged_each(shapes, &it, &name, &shape);)
        pail_words_put(&c->w, c->shapes, name, ++n);
    n = 0;
    for (struct pail_merged_iter it = {0}; pail_merged_each(shapes, &it, &name, &shape); n++) {
        add_shape(c, name, shape);
        add_error(c, codes, name, shape, n);
    }
    pail_words_sort(&c->w, PAIL_TABLE_SHAPES, sizeof(struct pail_shape_rec), 0, 0, n,
                    PAIL_ORDER_SHAPES);
    for (size_t it = 0; pail_map_next(codes, &it, &name, &value);) {
        struct pail_pair_rec rec = {pail_words_str(&c->w, name), (uint32_t)(uintptr_t)value - 1};
        pail_words_add(&c->w, PAIL_TABLE_ERRORS, &rec, sizeof(rec));
    }
    pail_words_sort(&c->w, PAIL_TABLE_ERRORS, sizeof(struct pail_pair_rec), 0, 0,
                    (uint32_t)pail_map_len(codes), PAIL_ORDER_ERRORS);
}
