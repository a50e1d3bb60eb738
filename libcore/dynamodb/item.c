/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain values to DynamoDB's typed ones and back, as boto3's TypeSerializer and TypeDeserializer.
 *
 * A set is a map of one entry, "\xff" and its type to the list of elements. The byte 0xff is in no
 * UTF-8 text and so in no attribute's name: no map that came from DynamoDB can be taken for a set,
 * and no set for a map. A new type of node in pail/value.h was rejected: nothing but DynamoDB has
 * sets.
 */
#include <pail/dynamodb.h>

#include "base/map.h"
#include "base/str.h"
#include "base/value_repr.h"
#include "dynamodb/number.h"

/* DynamoDB's own limit is 32. */
#define DEPTH_MAX 128
#define TEXT_MAX ((size_t)1 << 24)

static const struct set_kind {
    const char *name;
    struct pail_str key;
} set_kinds[] = {
    {"SS",
     {"\xff"
      "SS",
      3}},
    {"NS",
     {"\xff"
      "NS",
      3}},
    {"BS",
     {"\xff"
      "BS",
      3}},
};

static const struct set_kind *set_kind_of(const struct pail_value *v)
{
    if (pail_value_type(v) != PAIL_VAL_MAP || pail_value_len(v) != 1 ||
        pail_value_type(pail_value_at(v, 0)) != PAIL_VAL_LIST)
        return NULL;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(set_kinds); i++)
        if (pail_str_eq(pail_value_key_at(v, 0), set_kinds[i].key))
            return &set_kinds[i];
    return NULL;
}

struct pail_value *pail_dynamodb_set(struct pail_values *vs, const char *kind)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(set_kinds); i++) {
        if (!pail_str_eqz(pail_str(kind), set_kinds[i].name))
            continue;
        struct pail_value *set = pail_value_map(vs);
        pail_value_set(vs, set, set_kinds[i].key, pail_value_list(vs));
        return set;
    }
    return NULL;
}

struct pail_value *pail_dynamodb_set_add(struct pail_values *vs, struct pail_value *set,
                                         struct pail_value *v)
{
    return pail_value_append(vs, pail_dynamodb_set_elements(set), v);
}

struct pail_value *pail_dynamodb_set_elements(const struct pail_value *v)
{
    return set_kind_of(v) ? pail_value_at(v, 0) : NULL;
}

const char *pail_dynamodb_set_kind(const struct pail_value *v)
{
    const struct set_kind *kind = set_kind_of(v);
    return kind ? kind->name : NULL;
}

/* ---- To DynamoDB ----------------------------------------------------------------------------- */

struct conversion {
    struct pail_values *vs;
    struct pail_error *err;
    int rc; /* the first failure */
    unsigned depth;
};

static struct pail_value *fail(struct conversion *c, const char *what, const struct pail_value *v)
{
    struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    pail_value_pystr(&text, v);
    struct pail_str shown = pail_str_sub(pail_buf_view(&text), 0, 120);
    c->rc = pail_error_set(c->err, PAIL_D_USAGE, PAIL_E_INVALID,
                           "Unsupported type \"<class '%s'>\" for value \"%.*s\"", what,
                           PAIL_STR_ARG(shown));
    pail_buf_done(&text);
    return NULL;
}

static struct pail_value *refuse(struct conversion *c, const char *what)
{
    c->rc = pail_error_set(c->err, PAIL_D_USAGE, PAIL_E_INVALID, "%s", what);
    return NULL;
}

#define NO_FLOATS "Float types are not supported. Use Decimal types instead."

/* The text of a number, as a string. */
static struct pail_value *number_text(struct conversion *c, const struct pail_value *v)
{
    struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_value *s = NULL;
    int64_t i;
    if (pail_value_as_int(v, &i))
        pail_buf_fmt(&text, "%lld", (long long)i);
    else
        c->rc = pail_dynamodb_number(&text, pail_value_as_str(v), c->err);
    if (c->rc == 0)
        c->rc = pail_buf_check(&text, "number", c->err);
    if (c->rc == 0)
        s = pail_value_str(c->vs, pail_buf_view(&text));
    pail_buf_done(&text);
    return s;
}

static struct pail_value *set_element(struct conversion *c, const struct pail_value *set,
                                      const struct pail_value *v)
{
    enum pail_value_type type = pail_value_type(v);
    switch (set_kind_of(set)->name[0]) {
    case 'S':
        if (type == PAIL_VAL_STRING)
            return pail_value_copy(c->vs, v);
        break;
    case 'B':
        if (type == PAIL_VAL_BLOB)
            return pail_value_copy(c->vs, v);
        break;
    default:
        if (type == PAIL_VAL_INT || type == PAIL_VAL_NUMBER)
            return number_text(c, v);
    }
    if (type == PAIL_VAL_REAL)
        return refuse(c, NO_FLOATS);
    return fail(c, "set", pail_value_at(set, 0));
}

/* What equal elements share. */
static struct pail_str element_key(struct pail_buf *to, bool numbers, const struct pail_value *v)
{
    struct pail_str s = pail_value_as_str(v);
    struct pail_bytes b = pail_value_as_blob(v);
    pail_buf_reset(to);
    if (numbers)
        pail_dynamodb_number_key(to, s);
    else if (s.ptr)
        pail_buf_str(to, s);
    else
        pail_buf_append(to, b.ptr, b.len);
    return pail_buf_view(to);
}

static struct pail_value *set_list(struct conversion *c, const struct pail_value *set)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *seen = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(TEXT_MAX);
    const struct pail_value *elements = pail_value_at(set, 0);
    struct pail_value *list = pail_value_list(c->vs);
    bool numbers = set_kind_of(set)->name[0] == 'N';

    c->rc = pail_map_new(&seen, c->err);
    for (size_t i = 0; c->rc == 0 && i < pail_value_len(elements); i++) {
        struct pail_value *v = set_element(c, set, pail_value_at(elements, i));
        struct pail_str k = v ? element_key(&key, numbers, v) : pail_strn(NULL, 0);
        if (!v || (c->rc = pail_buf_check(&key, "element of a set", c->err)) < 0)
            break;
        if (pail_map_get(seen, k))
            continue;
        c->rc = pail_map_put(seen, k, v, NULL, c->err);
        pail_value_append(c->vs, list, v);
    }
    return list;
}

static struct pail_value *typed(struct conversion *c, const struct pail_value *v);

static struct pail_value *typed_list(struct conversion *c, const struct pail_value *v)
{
    struct pail_value *list = pail_value_list(c->vs);
    for (size_t i = 0; c->rc == 0 && i < pail_value_len(v); i++)
        pail_value_append(c->vs, list, typed(c, pail_value_at(v, i)));
    return list;
}

static struct pail_value *typed_map(struct conversion *c, const struct pail_value *v)
{
    struct pail_value *map = pail_value_map(c->vs);
    for (size_t i = 0; c->rc == 0 && i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        if (key.len && key.ptr[0] == '\xff')
            return refuse(c, "a map has the key of a set and is none");
        pail_value_set(c->vs, map, key, typed(c, pail_value_at(v, i)));
    }
    return map;
}

static struct pail_value *typed(struct conversion *c, const struct pail_value *v)
{
    const char *type = NULL;
    struct pail_value *inner = NULL;

    if (c->depth == DEPTH_MAX) {
        c->rc = pail_error_set(c->err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                               "a value is nested more than %d levels deep", DEPTH_MAX);
        return NULL;
    }
    c->depth++;
    switch (pail_value_type(v)) {
    case PAIL_VAL_NULL:
        type = "NULL";
        inner = pail_value_bool(c->vs, true);
        break;
    case PAIL_VAL_BOOL:
        type = "BOOL";
        inner = pail_value_copy(c->vs, v);
        break;
    case PAIL_VAL_INT:
    case PAIL_VAL_NUMBER:
        type = "N";
        inner = number_text(c, v);
        break;
    case PAIL_VAL_STRING:
        type = "S";
        inner = pail_value_copy(c->vs, v);
        break;
    case PAIL_VAL_BLOB:
        type = "B";
        inner = pail_value_copy(c->vs, v);
        break;
    case PAIL_VAL_LIST:
        type = "L";
        inner = typed_list(c, v);
        break;
    case PAIL_VAL_MAP:
        type = pail_dynamodb_set_kind(v);
        inner = type ? set_list(c, v) : typed_map(c, v);
        if (!type)
            type = "M";
        break;
    case PAIL_VAL_REAL:
        refuse(c, NO_FLOATS);
        break;
    case PAIL_VAL_NONE:
    case PAIL_VAL_TIME:
        fail(c, pail_value_pytype(v), v);
    }
    c->depth--;
    if (c->rc < 0)
        return NULL;
    struct pail_value *map = pail_value_map(c->vs);
    pail_value_set(c->vs, map, pail_str(type), inner);
    return map;
}

int pail_dynamodb_serialize(struct pail_values *vs, const struct pail_value *plain,
                            struct pail_value **ret, struct pail_error *err)
{
    struct conversion c = {.vs = vs, .err = err};
    struct pail_value *v = typed(&c, plain);
    int rc = c.rc < 0 ? c.rc : pail_values_check(vs, err);
    if (rc == 0)
        *ret = v;
    return rc;
}

/* ---- From DynamoDB --------------------------------------------------------------------------- */

static struct pail_value *garbage(struct conversion *c, const char *type)
{
    c->rc = pail_error_set(c->err, PAIL_D_DATA, PAIL_E_GARBAGE,
                           "a DynamoDB value of type %s has content that does not fit it", type);
    return NULL;
}

/* An int where it would be written just so. */
static struct pail_value *plain_number(struct conversion *c, const struct pail_value *v)
{
    struct pail_str text = pail_value_as_str(v);
    struct pail_value *n = NULL;
    int64_t i;
    if (!text.ptr)
        return garbage(c, "N");
    struct pail_buf norm = PAIL_BUF_INIT(TEXT_MAX);
    c->rc = pail_dynamodb_number(&norm, text, c->err);
    if (c->rc == 0)
        c->rc = pail_buf_check(&norm, "number", c->err);
    if (c->rc == 0) {
        text = pail_buf_view(&norm);
        if (pail_str_to_i64(text, &i) && !pail_str_eq(text, PAIL_STR("-0")))
            n = pail_value_int(c->vs, i);
        else
            n = pail_value_number(c->vs, text);
    }
    pail_buf_done(&norm);
    return n;
}

static struct pail_value *plain_set(struct conversion *c, const char *kind,
                                    const struct pail_value *list)
{
    struct pail_value *set = pail_dynamodb_set(c->vs, kind);
    enum pail_value_type type = kind[0] == 'B' ? PAIL_VAL_BLOB : PAIL_VAL_STRING;
    if (pail_value_type(list) != PAIL_VAL_LIST)
        return garbage(c, kind);
    for (size_t i = 0; c->rc == 0 && i < pail_value_len(list); i++) {
        const struct pail_value *v = pail_value_at(list, i);
        if (pail_value_type(v) != type)
            return garbage(c, kind);
        pail_dynamodb_set_add(c->vs, set,
                              kind[0] == 'N' ? plain_number(c, v) : pail_value_copy(c->vs, v));
    }
    return set;
}

static struct pail_value *plain(struct conversion *c, const struct pail_value *v);

static struct pail_value *plain_list(struct conversion *c, const struct pail_value *v)
{
    struct pail_value *list = pail_value_list(c->vs);
    if (pail_value_type(v) != PAIL_VAL_LIST)
        return garbage(c, "L");
    for (size_t i = 0; c->rc == 0 && i < pail_value_len(v); i++)
        pail_value_append(c->vs, list, plain(c, pail_value_at(v, i)));
    return list;
}

static struct pail_value *plain_map(struct conversion *c, const struct pail_value *v)
{
    struct pail_value *map = pail_value_map(c->vs);
    if (pail_value_type(v) != PAIL_VAL_MAP)
        return garbage(c, "M");
    for (size_t i = 0; c->rc == 0 && i < pail_value_len(v); i++)
        pail_value_set(c->vs, map, pail_value_key_at(v, i), plain(c, pail_value_at(v, i)));
    return map;
}

static struct pail_value *plain_scalar(struct conversion *c, const char *type,
                                       enum pail_value_type expected, const struct pail_value *v)
{
    return pail_value_type(v) == expected ? pail_value_copy(c->vs, v) : garbage(c, type);
}

static struct pail_value *plain_of(struct conversion *c, struct pail_str type,
                                   const struct pail_value *v)
{
    if (pail_str_eqz(type, "NULL"))
        return pail_value_null(c->vs);
    if (pail_str_eqz(type, "BOOL"))
        return plain_scalar(c, "BOOL", PAIL_VAL_BOOL, v);
    if (pail_str_eqz(type, "N"))
        return plain_number(c, v);
    if (pail_str_eqz(type, "S"))
        return plain_scalar(c, "S", PAIL_VAL_STRING, v);
    if (pail_str_eqz(type, "B"))
        return plain_scalar(c, "B", PAIL_VAL_BLOB, v);
    if (pail_str_eqz(type, "L"))
        return plain_list(c, v);
    if (pail_str_eqz(type, "M"))
        return plain_map(c, v);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(set_kinds); i++)
        if (pail_str_eqz(type, set_kinds[i].name))
            return plain_set(c, set_kinds[i].name, v);
    type = pail_str_sub(type, 0, 80);
    c->rc = pail_error_set(c->err, PAIL_D_USAGE, PAIL_E_INVALID,
                           "Dynamodb type %.*s is not supported", PAIL_STR_ARG(type));
    return NULL;
}

static struct pail_value *plain(struct conversion *c, const struct pail_value *v)
{
    if (pail_value_type(v) != PAIL_VAL_MAP || !pail_value_len(v))
        return refuse(c, "Value must be a nonempty dictionary whose key is a valid dynamodb type.");
    if (c->depth == DEPTH_MAX) {
        c->rc = pail_error_set(c->err, PAIL_D_DATA, PAIL_E_TOO_BIG,
                               "a value is nested more than %d levels deep", DEPTH_MAX);
        return NULL;
    }
    c->depth++;
    struct pail_value *p = plain_of(c, pail_value_key_at(v, 0), pail_value_at(v, 0));
    c->depth--;
    return p;
}

int pail_dynamodb_deserialize(struct pail_values *vs, const struct pail_value *value,
                              struct pail_value **ret, struct pail_error *err)
{
    struct conversion c = {.vs = vs, .err = err};
    struct pail_value *v = plain(&c, value);
    int rc = c.rc < 0 ? c.rc : pail_values_check(vs, err);
    if (rc == 0)
        *ret = v;
    return rc;
}
