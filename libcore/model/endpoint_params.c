/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering parameters: who comes first wins, and the built-ins come last. */
#include "base/str.h"
#include "model/endpoint.h"
#include "model/endpoints.h"

/* Index of a new parameter, or -1: it has a value already, or there is no room. */
static int take(struct pail_endpoint_params *p, struct pail_str name)
{
    for (unsigned i = 0; i < p->n; i++)
        if (pail_str_eq(p->list[i].name, name))
            return -1;
    p->too_many |= p->n == PAIL_ENDPOINT_MAX_PARAMS;
    if (p->too_many)
        return -1;
    p->list[p->n].name = name;
    return (int)p->n++;
}

void pail_endpoint_set_bool(struct pail_endpoint_params *p, struct pail_str name, bool value)
{
    int i = take(p, name);
    if (i < 0)
        return;
    p->list[i].type = PAIL_PARAM_BOOL;
    p->list[i].boolean = value;
}

void pail_endpoint_set_str(struct pail_endpoint_params *p, struct pail_str name,
                           struct pail_str value)
{
    int i = value.ptr ? take(p, name) : -1;
    if (i < 0)
        return;
    p->list[i].type = PAIL_PARAM_STRING;
    p->list[i].string = value;
}

void pail_endpoint_set_strs(struct pail_endpoint_params *p, struct pail_str name,
                            const struct pail_str *values, size_t n)
{
    int i = values ? take(p, name) : -1;
    if (i < 0)
        return;
    p->list[i].type = PAIL_PARAM_STRINGS;
    p->list[i].strings = values;
    p->list[i].n_strings = n;
}

void pail_endpoint_set_static(struct pail_endpoint_params *p, const struct pail_operation *op)
{
    struct pail_model_value v;
    struct pail_str name;

    for (unsigned i = 0; pail_operation_static_param(op, i, &name, &v); i++) {
        if (v.type == PAIL_VALUE_BOOL)
            pail_endpoint_set_bool(p, name, v.boolean);
        else if (v.type == PAIL_VALUE_STRING)
            pail_endpoint_set_str(p, name, v.string);
    }
}

/* What is a built-in called, and where is it in the caller's struct? */
static const struct {
    const char *name;
    size_t offset;
    bool is_text;
} builtins[] = {
#define TEXT(name, field)                                                                          \
    {                                                                                              \
        name, offsetof(struct pail_endpoint_builtins, field), true                                 \
    }
#define FLAG(name, field)                                                                          \
    {                                                                                              \
        name, offsetof(struct pail_endpoint_builtins, field), false                                \
    }
    TEXT("AWS::Region", region),
    TEXT("SDK::Endpoint", endpoint),
    FLAG("AWS::UseFIPS", use_fips),
    FLAG("AWS::UseDualStack", use_dual_stack),
    FLAG("AWS::STS::UseGlobalEndpoint", sts_use_global_endpoint),
    FLAG("AWS::S3::UseGlobalEndpoint", s3_use_global_endpoint),
    FLAG("AWS::S3::Accelerate", s3_accelerate),
    FLAG("AWS::S3::ForcePathStyle", s3_force_path_style),
    FLAG("AWS::S3::UseArnRegion", s3_use_arn_region),
    FLAG("AWS::S3::DisableMultiRegionAccessPoints", s3_disable_mrap),
    FLAG("AWS::S3::DisableS3ExpressSessionAuth", s3_disable_express_session_auth),
    FLAG("AWS::S3Control::UseArnRegion", s3control_use_arn_region),
    TEXT("AWS::Auth::AccountId", account_id),
    TEXT("AWS::Auth::AccountIdEndpointMode", account_id_endpoint_mode),
#undef TEXT
#undef FLAG
};

static void set_builtin(struct pail_endpoint_params *p, struct pail_str param,
                        struct pail_str built_in, const struct pail_endpoint_builtins *b)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(builtins); i++) {
        const void *value = (const char *)b + builtins[i].offset;
        if (!pail_str_eqz(built_in, builtins[i].name))
            continue;
        if (builtins[i].is_text)
            pail_endpoint_set_str(p, param, *(const struct pail_str *)value);
        else if (*(const enum pail_tri *)value != PAIL_UNSET)
            pail_endpoint_set_bool(p, param, *(const enum pail_tri *)value == PAIL_YES);
    }
}

void pail_endpoint_set_builtins(struct pail_endpoint_params *p,
                                const struct pail_endpoints *endpoints,
                                const struct pail_endpoint_builtins *b)
{
    const struct pail_blob *rules = endpoints->rules;
    const struct pail_param_rec *rec;

    for (uint32_t i = 0; (rec = pail_blob_record(rules, PAIL_TABLE_PARAMS, i, sizeof(*rec))); i++)
        if (rec->built_in)
            set_builtin(p, pail_blob_str(rules, rec->name), pail_blob_str(rules, rec->built_in), b);
}

bool pail_endpoint_takes(const struct pail_endpoints *endpoints, struct pail_str name)
{
    const struct pail_param_rec *rec;

    for (uint32_t i = 0;
         (rec = pail_blob_record(endpoints->rules, PAIL_TABLE_PARAMS, i, sizeof(*rec))); i++)
        if (pail_str_eq(pail_blob_str(endpoints->rules, rec->name), name))
            return true;
    return false;
}
