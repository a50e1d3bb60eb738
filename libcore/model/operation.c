/* SPDX-License-Identifier: Apache-2.0 */
/* Operations, paginators and waiters: records into structs. */
#include "model/blob.h"

static void set_extra(struct pail_operation *op, const struct pail_blob *b, unsigned which,
                      uint32_t value)
{
    switch ((enum pail_op_value)which) {
    case PAIL_OV_HOST_PREFIX:
        op->host_prefix = pail_blob_str(b, value);
        break;
    case PAIL_OV_AUTH_TYPE:
        op->auth_type = pail_blob_str(b, value);
        break;
    case PAIL_OV_ALIAS:
        op->alias = pail_blob_str(b, value);
        break;
    case PAIL_OV_ALGORITHM_MEMBER:
        op->request_algorithm_member = pail_blob_str(b, value);
        break;
    case PAIL_OV_VALIDATION_MEMBER:
        op->request_validation_mode_member = pail_blob_str(b, value);
        break;
    case PAIL_OV_DEPRECATED_MESSAGE:
        op->deprecated_message = pail_blob_str(b, value);
        break;
    case PAIL_OV_DEPRECATED_SINCE:
        op->deprecated_since = pail_blob_str(b, value);
        break;
    case PAIL_OV_AUTH:
        op->auth = pail_blob_strs(b, value);
        break;
    case PAIL_OV_RESPONSE_ALGORITHMS:
        op->response_algorithms = pail_blob_strs(b, value);
        break;
    case PAIL_OV_COMPRESSION:
        op->compression = pail_blob_strs(b, value);
        break;
    case PAIL_OV_STATIC:
        op->static_ = value;
        pail_blob_list(b, value, 1 + PAIL_VALUE_WORDS, &op->n_static_params);
        break;
    case PAIL_OV_CONTEXT:
        op->context_ = value;
        pail_blob_list(b, value, 2, &op->n_context_params);
        break;
    case PAIL_OV_COUNT:
        break;
    }
}

bool pail_operation_at(const struct pail_service *service, unsigned i, struct pail_operation *ret)
{
    const struct pail_blob *b = service->model;
    const struct pail_operation_rec *rec = pail_blob_record(b, PAIL_TABLE_OPERATIONS, i,
                                                            sizeof(*rec));
    if (!rec)
        return false;
    *ret = (struct pail_operation){
        .service = service,
        .id = i,
        .name = pail_blob_str(b, rec->name),
        .wire_name = pail_blob_str(b, rec->wire_name),
        .cli_name = pail_blob_str(b, rec->cli_name),
        .method = pail_blob_str(b, rec->method),
        .uri = pail_blob_str(b, rec->uri),
        .response_code = (int)(rec->flags >> 16),
        .flags = rec->flags & 0xffff,
        .input_ = rec->input,
        .output_ = rec->output,
        .errors_ = rec->errors,
    };
    pail_blob_list(b, rec->errors, 1, &ret->n_errors);
    const uint32_t *extras = pail_blob_words(b, rec->extras, 1);
    uint32_t mask = extras ? *extras & ((UINT32_C(1) << PAIL_OV_COUNT) - 1) : 0;
    const uint32_t *values = pail_blob_words(b, rec->extras + 1,
                                             (uint32_t)__builtin_popcount(mask));
    for (; values && mask; mask &= mask - 1)
        set_extra(ret, b, (unsigned)__builtin_ctz(mask), *values++);
    return true;
}

static bool find(const struct pail_service *service, size_t key, enum pail_table order,
                 struct pail_str name, struct pail_operation *ret)
{
    const struct pail_blob *b = service->model;
    uint32_t i = pail_blob_find(b, PAIL_TABLE_OPERATIONS, sizeof(struct pail_operation_rec), key, 0,
                                b->h->tables[PAIL_TABLE_OPERATIONS].n, order, name);
    return i != PAIL_NONE && pail_operation_at(service, i, ret);
}

bool pail_operation_find(const struct pail_service *service, struct pail_str name,
                         struct pail_operation *ret)
{
    return find(service, offsetof(struct pail_operation_rec, name) / 4, PAIL_ORDER_OPERATIONS, name,
                ret);
}

bool pail_operation_find_cli(const struct pail_service *service, struct pail_str name,
                             struct pail_operation *ret)
{
    return find(service, offsetof(struct pail_operation_rec, cli_name) / 4, PAIL_ORDER_CLI, name,
                ret);
}

bool pail_operation_static_param(const struct pail_operation *op, unsigned i,
                                 struct pail_str *ret_name, struct pail_model_value *ret)
{
    const struct pail_blob *b = op->service->model;
    uint32_t n;
    const uint32_t *list = pail_blob_list(b, op->static_, 1 + PAIL_VALUE_WORDS, &n);
    if (i >= n)
        return false;
    list += (size_t)i * (1 + PAIL_VALUE_WORDS);
    *ret_name = pail_blob_str(b, list[0]);
    *ret = pail_blob_value(b, list + 1);
    return true;
}

bool pail_operation_context_param(const struct pail_operation *op, unsigned i,
                                  struct pail_str *ret_name, struct pail_str *ret_path)
{
    const struct pail_blob *b = op->service->model;
    uint32_t n;
    const uint32_t *list = pail_blob_list(b, op->context_, 2, &n);
    if (i >= n)
        return false;
    *ret_name = pail_blob_str(b, list[(size_t)i * 2]);
    *ret_path = pail_blob_str(b, list[(size_t)i * 2 + 1]);
    return true;
}

/* ---- Paginators ------------------------------------------------------------------------------ */

bool pail_paginator_at(const struct pail_service *service, unsigned i, struct pail_paginator *ret)
{
    const struct pail_blob *b = service->paginators;
    const struct pail_paginator_rec *rec = pail_blob_record(b, PAIL_TABLE_PAGINATORS, i,
                                                            sizeof(*rec));
    if (!rec)
        return false;
    *ret = (struct pail_paginator){
        .operation = pail_blob_str(b, rec->operation),
        .input_token = pail_blob_strs(b, rec->input_token),
        .output_token = pail_blob_strs(b, rec->output_token),
        .result_key = pail_blob_strs(b, rec->result_key),
        .non_aggregate_keys = pail_blob_strs(b, rec->non_aggregate_keys),
        .limit_key = pail_blob_str(b, rec->limit_key),
        .more_results = pail_blob_str(b, rec->more_results),
    };
    return true;
}

bool pail_paginator_find(const struct pail_service *service, struct pail_str operation,
                         struct pail_paginator *ret)
{
    const struct pail_blob *b = service->paginators;
    uint32_t i = pail_blob_find(b, PAIL_TABLE_PAGINATORS, sizeof(struct pail_paginator_rec), 0, 0,
                                b->h->tables[PAIL_TABLE_PAGINATORS].n, PAIL_ORDER_PAGINATORS,
                                operation);
    return i != PAIL_NONE && pail_paginator_at(service, i, ret);
}

/* ---- Waiters --------------------------------------------------------------------------------- */

bool pail_waiter_at(const struct pail_service *service, unsigned i, struct pail_waiter *ret)
{
    const struct pail_blob *b = service->waiters;
    const struct pail_waiter_rec *rec = pail_blob_record(b, PAIL_TABLE_WAITERS, i, sizeof(*rec));
    if (!rec)
        return false;
    *ret = (struct pail_waiter){
        .service = service,
        .name = pail_blob_str(b, rec->name),
        .cli_name = pail_blob_str(b, rec->cli_name),
        .operation = pail_blob_str(b, rec->operation),
        .description = pail_blob_str(b, rec->description),
        .delay_s = (int)(rec->delay_s & INT32_MAX),
        .max_attempts = (int)(rec->max_attempts & INT32_MAX),
        .acceptors_ = rec->acceptors,
    };
    pail_blob_list(b, rec->acceptors, PAIL_ACCEPTOR_WORDS, &ret->n_acceptors);
    return true;
}

static bool find_waiter(const struct pail_service *service, size_t key, enum pail_table order,
                        struct pail_str name, struct pail_waiter *ret)
{
    const struct pail_blob *b = service->waiters;
    uint32_t i = pail_blob_find(b, PAIL_TABLE_WAITERS, sizeof(struct pail_waiter_rec), key, 0,
                                b->h->tables[PAIL_TABLE_WAITERS].n, order, name);
    return i != PAIL_NONE && pail_waiter_at(service, i, ret);
}

bool pail_waiter_find(const struct pail_service *service, struct pail_str name,
                      struct pail_waiter *ret)
{
    return find_waiter(service, offsetof(struct pail_waiter_rec, name) / 4, PAIL_ORDER_WAITERS,
                       name, ret);
}

bool pail_waiter_find_cli(const struct pail_service *service, struct pail_str name,
                          struct pail_waiter *ret)
{
    return find_waiter(service, offsetof(struct pail_waiter_rec, cli_name) / 4,
                       PAIL_ORDER_WAITERS_CLI, name, ret);
}

bool pail_waiter_acceptor(const struct pail_waiter *waiter, unsigned i, struct pail_acceptor *ret)
{
    const struct pail_blob *b = waiter->service->waiters;
    uint32_t n;
    const uint32_t *list = pail_blob_list(b, waiter->acceptors_, PAIL_ACCEPTOR_WORDS, &n);
    if (i >= n)
        return false;
    list += (size_t)i * PAIL_ACCEPTOR_WORDS;
    uint32_t matcher = list[0] & 0xff, state = list[0] >> 8;
    if (matcher > PAIL_MATCH_ERROR || state > PAIL_WAITER_RETRY)
        return false;
    *ret = (struct pail_acceptor){
        .matcher = (enum pail_waiter_matcher)matcher,
        .state = (enum pail_waiter_state)state,
        .argument = pail_blob_str(b, list[1]),
        .expected = pail_blob_value(b, list + 2),
    };
    return true;
}
