/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shapes as they are seen: the record of the definition first, then that of the reference over it.
 * Objects are replaced as wholes (a reference's xmlNamespace without a prefix takes the shape's
 * prefix away), as botocore's dict.update does.
 */
#include "base/str.h"
#include "model/blob.h"

static double number(const struct pail_blob *b, uint32_t at, struct pail_str *ret_text)
{
    const uint32_t *rec = pail_blob_words(b, at, 3);
    double value = 0;
    if (!rec)
        return 0;
    *ret_text = pail_blob_str(b, rec[0]);
    memcpy(&value, rec + 1, sizeof(value));
    return value;
}

/* Where the values that are just strings go; 0: not one of them. */
static const size_t string_fields[PAIL_TV_COUNT] = {
    [PAIL_TV_LOCATION_NAME] = offsetof(struct pail_shape, location_name),
    [PAIL_TV_QUERY_NAME] = offsetof(struct pail_shape, query_name),
    [PAIL_TV_PAYLOAD] = offsetof(struct pail_shape, payload),
    [PAIL_TV_RESULT_WRAPPER] = offsetof(struct pail_shape, result_wrapper),
    [PAIL_TV_XMLNS_URI] = offsetof(struct pail_shape, xmlns_uri),
    [PAIL_TV_XMLNS_PREFIX] = offsetof(struct pail_shape, xmlns_prefix),
    [PAIL_TV_CONTEXT_PARAM] = offsetof(struct pail_shape, context_param),
    [PAIL_TV_PATTERN] = offsetof(struct pail_shape, pattern),
    [PAIL_TV_ERROR_CODE] = offsetof(struct pail_shape, error_code),
    [PAIL_TV_DEPRECATED_MESSAGE] = offsetof(struct pail_shape, deprecated_message),
    [PAIL_TV_DEPRECATED_SINCE] = offsetof(struct pail_shape, deprecated_since),
    [PAIL_TV_DEFAULT] = offsetof(struct pail_shape, default_json),
};

static void set_value(struct pail_shape *s, const struct pail_blob *b, unsigned which,
                      uint32_t value)
{
    if (string_fields[which])
        *(struct pail_str *)((char *)s + string_fields[which]) = pail_blob_str(b, value);
    switch ((enum pail_trait_value)which) {
    case PAIL_TV_LOCATION:
        s->location = value <= PAIL_LOCATION_STATUS ? (enum pail_location)value
                                                    : PAIL_LOCATION_NONE;
        break;
    case PAIL_TV_TIMESTAMP:
        s->timestamp_format = value <= PAIL_TIMESTAMP_UNIX ? (enum pail_timestamp_format)value
                                                           : PAIL_TIMESTAMP_DEFAULT;
        break;
    case PAIL_TV_XMLNS_URI:
        s->xmlns_prefix = pail_str(NULL);
        break;
    case PAIL_TV_MIN:
        s->min_value = number(b, value, &s->min);
        break;
    case PAIL_TV_MAX:
        s->max_value = number(b, value, &s->max);
        break;
    case PAIL_TV_REQUIRED:
        s->required = pail_blob_strs(b, value);
        break;
    case PAIL_TV_VALUES:
        s->values = pail_blob_strs(b, value);
        break;
    case PAIL_TV_ERROR_STATUS:
        s->error_status = value < 1000 ? (int)value : 0;
        break;
    default:
        break;
    }
}

static void lay_over(struct pail_shape *s, const struct pail_blob *b, uint32_t at)
{
    const uint32_t *rec = pail_blob_words(b, at, 3);
    if (!rec)
        return;
    s->traits = (s->traits & ~rec[1]) | rec[0];
    uint32_t mask = rec[2] & ((UINT32_C(1) << PAIL_TV_COUNT) - 1);
    const uint32_t *values = pail_blob_words(b, at + 3, (uint32_t)__builtin_popcount(mask));
    for (; values && mask; mask &= mask - 1)
        set_value(s, b, (unsigned)__builtin_ctz(mask), *values++);
}

/* A shape by its index, of no type when there is none: botocore finds out late too. */
static void open_shape(const struct pail_service *service, uint32_t index, struct pail_shape *ret)
{
    const struct pail_blob *b = service->model;
    const struct pail_shape_rec *rec = pail_blob_record(b, PAIL_TABLE_SHAPES, index, sizeof(*rec));

    *ret = (struct pail_shape){.service = service, .id = index, .member_id = PAIL_NONE};
    if (!rec)
        return;
    ret->name = pail_blob_str(b, rec->name);
    ret->type = (rec->type_n & 0xff) <= PAIL_SHAPE_TIMESTAMP
                    ? (enum pail_shape_type)(rec->type_n & 0xff)
                    : PAIL_SHAPE_NONE;
    ret->n_members = rec->type_n >> 8;
    ret->first_member = rec->first;
    lay_over(ret, b, rec->traits);
}

static void name_error(struct pail_shape *s)
{
    if (!(s->traits & PAIL_TRAIT_EXCEPTION))
        s->error_code = pail_str(NULL);
    else if (!s->error_code.len)
        s->error_code = s->name;
}

static bool open_member(const struct pail_service *service, uint32_t index, struct pail_shape *ret)
{
    const struct pail_blob *b = service->model;
    const struct pail_member_rec *rec = pail_blob_record(b, PAIL_TABLE_MEMBERS, index,
                                                         sizeof(*rec));
    if (!rec)
        return false;
    open_shape(service, rec->shape, ret);
    ret->member = pail_blob_str(b, rec->name);
    ret->member_id = index;
    lay_over(ret, b, rec->traits);
    name_error(ret);
    return true;
}

/* Of operations: see PAIL_MEMBER_BIT. */
static bool open_use(const struct pail_service *service, uint32_t use, struct pail_shape *ret)
{
    if (use == PAIL_NONE)
        return false;
    if (use & PAIL_MEMBER_BIT)
        return open_member(service, use & ~PAIL_MEMBER_BIT, ret);
    return pail_shape_number(service, use, ret);
}

bool pail_shape_number(const struct pail_service *service, unsigned i, struct pail_shape *ret)
{
    if (i >= service->model->h->tables[PAIL_TABLE_SHAPES].n)
        return false;
    open_shape(service, i, ret);
    name_error(ret);
    return true;
}

bool pail_shape_at(const struct pail_shape *shape, unsigned i, struct pail_shape *ret)
{
    return i < shape->n_members && open_member(shape->service, shape->first_member + i, ret);
}

bool pail_shape_member(const struct pail_shape *structure, struct pail_str name,
                       struct pail_shape *ret)
{
    const struct pail_service *service = structure->service;
    uint32_t first = structure->first_member;
    if (structure->type != PAIL_SHAPE_STRUCTURE)
        return false;
    uint32_t i = pail_blob_find(service->model, PAIL_TABLE_MEMBERS, sizeof(struct pail_member_rec),
                                0, first, structure->n_members, PAIL_ORDER_MEMBERS, name);
    return i != PAIL_NONE && open_member(service, first + i, ret);
}

bool pail_shape_find(const struct pail_service *service, struct pail_str name,
                     struct pail_shape *ret)
{
    const struct pail_blob *b = service->model;
    uint32_t i = pail_blob_find(b, PAIL_TABLE_SHAPES, sizeof(struct pail_shape_rec), 0, 0,
                                b->h->tables[PAIL_TABLE_SHAPES].n, PAIL_ORDER_SHAPES, name);
    return i != PAIL_NONE && pail_shape_number(service, i, ret);
}

bool pail_shape_for_error(const struct pail_service *service, struct pail_str code,
                          struct pail_shape *ret)
{
    const struct pail_blob *b = service->model;
    uint32_t i = pail_blob_find(b, PAIL_TABLE_ERRORS, sizeof(struct pail_pair_rec), 0, 0,
                                b->h->tables[PAIL_TABLE_ERRORS].n, PAIL_ORDER_ERRORS, code);
    const struct pail_pair_rec *rec = pail_blob_record(b, PAIL_TABLE_ERRORS, i, sizeof(*rec));
    return rec && pail_shape_number(service, rec->value, ret);
}

bool pail_operation_input(const struct pail_operation *op, struct pail_shape *ret)
{
    return open_use(op->service, op->input_, ret);
}

bool pail_operation_output(const struct pail_operation *op, struct pail_shape *ret)
{
    return open_use(op->service, op->output_, ret);
}

bool pail_operation_error(const struct pail_operation *op, unsigned i, struct pail_shape *ret)
{
    uint32_t n;
    const uint32_t *uses = pail_blob_list(op->service->model, op->errors_, 1, &n);
    return i < n && open_use(op->service, uses[i], ret);
}
