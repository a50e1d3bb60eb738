/* SPDX-License-Identifier: Apache-2.0 */
/* Reads everything that a service has, so that sanitizers see every byte that is looked at. For
 * damaged models. */
#ifndef PAIL_TESTS_MODEL_WALK_H
#define PAIL_TESTS_MODEL_WALK_H

#include "model/endpoint.h"
#include "model/model.h"

/* Sum of bytes: an access that cannot be left out. */
static inline unsigned walk_str(struct pail_str s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    return sum;
}

static inline unsigned walk_strs(struct pail_strs list)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < list.n && i < 5000; i++)
        sum += walk_str(pail_strs_at(list, i));
    return sum;
}

static inline unsigned walk_shape(const struct pail_shape *s)
{
    const struct pail_str all[] = {s->name,
                                   s->member,
                                   s->location_name,
                                   s->query_name,
                                   s->payload,
                                   s->xmlns_uri,
                                   s->min,
                                   s->max,
                                   s->pattern,
                                   s->context_param,
                                   s->error_code,
                                   s->xmlns_prefix,
                                   s->result_wrapper,
                                   s->default_json,
                                   s->deprecated_message};
    unsigned sum = walk_strs(s->required) + walk_strs(s->values) + s->traits;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(all); i++)
        sum += walk_str(all[i]);
    return sum;
}

static inline unsigned walk_shapes(const struct pail_service *service)
{
    struct pail_shape s, m;
    unsigned sum = 0;

    for (unsigned i = 0; i < 2000 && pail_shape_number(service, i, &s); i++) {
        sum += walk_shape(&s) + pail_shape_find(service, s.name, &m) +
               pail_shape_for_error(service, s.error_code, &m);
        for (unsigned j = 0; j < 2000 && pail_shape_at(&s, j, &m); j++) {
            struct pail_shape again;
            sum += walk_shape(&m) + pail_shape_member(&s, m.member, &again);
        }
    }
    return sum;
}

static inline unsigned walk_operations(const struct pail_service *service)
{
    struct pail_operation op, again;
    struct pail_model_value v;
    struct pail_shape s;
    struct pail_str a, b;
    unsigned sum = 0;

    for (unsigned i = 0; i < 2000 && pail_operation_at(service, i, &op); i++) {
        sum += walk_str(op.name) + walk_str(op.wire_name) + walk_str(op.cli_name) +
               walk_str(op.uri) + walk_str(op.host_prefix) + walk_str(op.method) +
               walk_strs(op.auth) + walk_strs(op.response_algorithms) + op.flags;
        sum += pail_operation_find(service, op.name, &again) +
               pail_operation_find_cli(service, op.cli_name, &again);
        if (pail_operation_input(&op, &s))
            sum += walk_shape(&s);
        if (pail_operation_output(&op, &s))
            sum += walk_shape(&s);
        for (unsigned j = 0; j < 2000 && pail_operation_error(&op, j, &s); j++)
            sum += walk_shape(&s);
        for (unsigned j = 0; j < 2000 && pail_operation_static_param(&op, j, &a, &v); j++)
            sum += walk_str(a) + walk_str(v.string) + walk_strs(v.strings);
        for (unsigned j = 0; j < 2000 && pail_operation_context_param(&op, j, &a, &b); j++)
            sum += walk_str(a) + walk_str(b);
    }
    return sum;
}

static inline unsigned walk_waiters(const struct pail_service *service)
{
    struct pail_paginator p;
    struct pail_waiter w;
    struct pail_acceptor a;
    unsigned sum = 0;

    for (unsigned i = 0; i < 2000 && pail_paginator_at(service, i, &p); i++)
        sum += walk_str(p.operation) + walk_strs(p.input_token) + walk_strs(p.output_token) +
               walk_strs(p.result_key) + walk_strs(p.non_aggregate_keys) + walk_str(p.limit_key) +
               walk_str(p.more_results) + pail_paginator_find(service, p.operation, &p);
    for (unsigned i = 0; i < 2000 && pail_waiter_at(service, i, &w); i++) {
        struct pail_waiter again;
        sum += walk_str(w.name) + walk_str(w.operation) + walk_str(w.description) +
               pail_waiter_find(service, w.name, &again) +
               pail_waiter_find_cli(service, w.cli_name, &again);
        for (unsigned j = 0; j < 2000 && pail_waiter_acceptor(&w, j, &a); j++)
            sum += walk_str(a.argument) + walk_str(a.expected.string) +
                   walk_strs(a.expected.strings);
    }
    return sum;
}

static inline unsigned walk_endpoints(const struct pail_models *models,
                                      const struct pail_service *service)
{
    static const struct pail_endpoint_builtins regions[] = {
        {.region = {"eu-west-1", 9}},
        {.region = {"us-gov-west-1", 13}, .use_fips = PAIL_YES, .use_dual_stack = PAIL_YES},
        {.endpoint = {"http://[::1]:9000/a/../b", 24}},
    };
    struct pail_endpoints *endpoints = NULL;
    unsigned sum = 0;

    if (pail_endpoints_new(models, service, &endpoints, NULL) < 0)
        return 0;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(regions); i++) {
        struct pail_endpoint_params params = {0};
        const struct pail_endpoint *e = NULL;
        pail_endpoint_set_builtins(&params, endpoints, &regions[i]);
        if (pail_endpoint_resolve(endpoints, &params, &e, NULL) < 0)
            continue;
        sum += walk_str(e->url) + walk_str(e->properties);
        pail_endpoint_unref(e);
    }
    pail_endpoints_free(endpoints);
    return sum;
}

static inline unsigned walk_service(const struct pail_models *models,
                                    const struct pail_service *service)
{
    struct pail_service_info i = pail_service_info(service);
    struct pail_str a, b;
    unsigned sum = walk_str(i.name) + walk_str(i.full_name) + walk_strs(i.protocols) +
                   walk_strs(i.auth);
    for (unsigned n = 0; n < 2000 && pail_service_client_param(service, n, &a, &b); n++)
        sum += walk_str(a) + walk_str(b);
    return sum + walk_shapes(service) + walk_operations(service) + walk_waiters(service) +
           walk_endpoints(models, service);
}

#endif
