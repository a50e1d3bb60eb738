/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of endpoint rules, in botocore's order: static ones of the operation, members of its
 * input that are bound to one, JMESPath over the input, and what the configuration says.
 *
 * Without a region the rules are asked for "aws-global": services that are the same everywhere
 * (IAM, Route 53) have an answer to that. The others would send it to a host that does not exist;
 * that is told by its name in the URL.
 */
#include "protocol/resolve.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/uri.h"
#include "jmespath/jmespath.h"
#include "model/endpoint.h"

#define MAX_STRINGS 64

struct pail_resolver {
    struct pail_endpoints *endpoints; /* NULL: the service has no rules */
    struct pail_resolver_config config;
    bool s3;
    struct pail_service_info info;
};

int pail_resolver_new(const struct pail_models *models, const struct pail_service *service,
                      const struct pail_resolver_config *config, struct pail_resolver **ret,
                      struct pail_error *err)
{
    struct pail_resolver *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    r->config = *config;
    r->info = pail_service_info(service);
    r->s3 = pail_str_eqz(r->info.name, "s3");
    struct pail_error own = PAIL_ERROR_INIT;
    int rc = pail_endpoints_new(models, service, &r->endpoints, &own);
    if (rc < 0 && rc != PAIL_E_UNSUPPORTED) {
        pail_free(r);
        pail_error_copy(err, &own);
        return rc;
    }
    *ret = r;
    return 0;
}

void pail_resolver_free(struct pail_resolver *r)
{
    if (!r)
        return;
    pail_endpoints_free(r->endpoints);
    pail_free(r);
}

bool pail_resolver_wants_account(const struct pail_resolver *r)
{
    return r->endpoints && pail_endpoint_takes(r->endpoints, PAIL_STR("AccountId"));
}

void pail_resolved_init(struct pail_resolved *r)
{
    *r = (struct pail_resolved){0};
    pail_buf_init(&r->url, 64 * 1024);
    pail_buf_init(&r->signing_name, 256);
    pail_buf_init(&r->signing_region, 256);
    pail_buf_init(&r->region_set, 4096);
    pail_buf_init(&r->headers, 64 * 1024);
}

void pail_resolved_done(struct pail_resolved *r)
{
    pail_buf_done(&r->url);
    pail_buf_done(&r->signing_name);
    pail_buf_done(&r->signing_region);
    pail_buf_done(&r->region_set);
    pail_buf_done(&r->headers);
}

static void reset(struct pail_resolved *r)
{
    pail_buf_reset(&r->url);
    pail_buf_reset(&r->signing_name);
    pail_buf_reset(&r->signing_region);
    pail_buf_reset(&r->region_set);
    pail_buf_reset(&r->headers);
    r->auth = PAIL_AUTH_DEFAULT;
    r->no_double_encoding = r->no_normalizing = r->express = false;
}

/* ---- Parameters ---- */

static void set_value(struct pail_endpoint_params *p, struct pail_str name,
                      const struct pail_value *v, struct pail_str *strings)
{
    size_t n = 0;
    bool b;

    if (pail_value_as_bool(v, &b)) {
        pail_endpoint_set_bool(p, name, b);
    } else if (pail_value_type(v) == PAIL_VAL_LIST) {
        while (n < pail_value_len(v) && n < MAX_STRINGS) {
            strings[n] = pail_value_as_str(pail_value_at(v, n));
            n++;
        }
        pail_endpoint_set_strs(p, name, strings, n);
    } else {
        pail_endpoint_set_str(p, name, pail_value_as_str(v));
    }
}

static void set_members(struct pail_endpoint_params *p, const struct pail_resolve_args *args,
                        struct pail_str *strings)
{
    struct pail_shape input, m;

    if (!pail_operation_input(args->op, &input))
        return;
    for (unsigned i = 0; pail_shape_at(&input, i, &m); i++) {
        const struct pail_value *v = m.context_param.ptr ? pail_value_get(args->params, m.member)
                                                         : NULL;
        if (v)
            set_value(p, m.context_param, v, strings);
    }
}

static int set_paths(struct pail_endpoint_params *p, const struct pail_resolve_args *args,
                     struct pail_values *vs, struct pail_str *strings, struct pail_error *err)
{
    struct pail_str name, path;
    struct pail_value *v = NULL;

    for (unsigned i = 0; pail_operation_context_param(args->op, i, &name, &path); i++) {
        PAIL_CLEANUP(pail_jmes_free_p) struct pail_jmes *j = NULL;
        int rc = pail_jmes_compile(path, &j, err);
        if (rc == 0)
            rc = pail_jmes_search(j, args->params, vs, &v, err);
        if (rc < 0)
            return rc;
        if (pail_value_type(v) != PAIL_VAL_NULL)
            set_value(p, name, v, strings);
    }
    return 0;
}

static enum pail_tri path_style(const struct pail_resolver *r, const struct pail_resolve_args *args)
{
    struct pail_str bucket = pail_value_as_str(pail_value_get(args->params, PAIL_STR("Bucket")));
    bool accelerate_url = pail_str_find_str(args->endpoint_url, PAIL_STR("s3-accelerate.")) !=
                          SIZE_MAX;

    if (pail_str_eqz(args->op->name, "GetBucketLocation"))
        return PAIL_YES;
    if (pail_str_starts(bucket, PAIL_STR("arn:")) || r->config.s3_accelerate == PAIL_YES)
        return PAIL_NO;
    if (args->endpoint_url.ptr && !accelerate_url)
        return r->config.s3_virtual_style ? PAIL_NO : PAIL_YES;
    return r->config.s3_path_style ? PAIL_YES : PAIL_NO;
}

static void set_builtins(struct pail_endpoint_params *p, const struct pail_resolver *r,
                         const struct pail_resolve_args *args)
{
    const struct pail_resolver_config *c = &r->config;
    bool configured = args->endpoint_url.ptr != NULL;
    struct pail_endpoint_builtins b = {
        .region = args->region,
        .endpoint = args->endpoint_url,
        .use_fips = configured ? PAIL_NO : c->use_fips,
        .use_dual_stack = configured ? PAIL_NO : c->use_dual_stack,
        .sts_use_global_endpoint = c->sts_global,
        .s3_use_global_endpoint = c->s3_us_east_1_global,
        .s3_accelerate = c->s3_accelerate,
        .s3_force_path_style = r->s3 ? path_style(r, args) : PAIL_UNSET,
        .s3_use_arn_region = c->s3_use_arn_region == PAIL_NO ? PAIL_NO : PAIL_YES,
        .s3_disable_mrap = c->s3_disable_mrap,
        .s3_disable_express_session_auth = c->s3_disable_express_auth,
        .s3control_use_arn_region = c->s3_use_arn_region == PAIL_YES ? PAIL_YES : PAIL_NO,
        .account_id = args->account_id,
        .account_id_endpoint_mode = pail_str(c->account_id_mode),
    };
    pail_endpoint_set_builtins(p, r->endpoints, &b);
}

/* ---- The answer ---- */

static bool auth_kind(struct pail_str name, enum pail_auth_kind *ret)
{
    static const struct {
        const char *name;
        enum pail_auth_kind kind;
    } kinds[] = {
        {"sigv4", PAIL_AUTH_V4},      {"sigv4-s3express", PAIL_AUTH_V4}, {"sigv4a", PAIL_AUTH_V4A},
        {"bearer", PAIL_AUTH_BEARER}, {"none", PAIL_AUTH_NONE},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
        if (pail_str_eqz(name, kinds[i].name)) {
            *ret = kinds[i].kind;
            return true;
        }
    return false;
}

static void take_scheme(const struct pail_endpoint *e, struct pail_resolved *to)
{
    for (size_t i = 0; i < e->n_auth_schemes; i++) {
        const struct pail_auth_scheme *s = &e->auth_schemes[i];
        if (!auth_kind(s->name, &to->auth))
            continue;
        to->express = pail_str_eqz(s->name, "sigv4-s3express");
        pail_buf_str(&to->signing_name, s->signing_name);
        pail_buf_str(&to->signing_region, s->signing_region);
        for (size_t k = 0; k < s->n_signing_region_set; k++)
            pail_buf_fmt(&to->region_set, "%s%.*s", k ? "," : "",
                         PAIL_STR_ARG(s->signing_region_set[k]));
        to->no_double_encoding = s->disable_double_encoding == PAIL_YES;
        to->no_normalizing = s->disable_normalize_path == PAIL_YES;
        return;
    }
}

static int take(const struct pail_endpoint *e, struct pail_resolved *to, struct pail_error *err)
{
    pail_buf_str(&to->url, e->url);
    take_scheme(e, to);
    for (size_t i = 0; i < e->n_headers; i++)
        if (e->headers[i].n_values)
            pail_buf_fmt(&to->headers, "%.*s: %.*s\n", PAIL_STR_ARG(e->headers[i].name),
                         PAIL_STR_ARG(e->headers[i].values[0]));
    int rc = pail_buf_check(&to->url, "endpoint", err);
    if (rc == 0)
        rc = pail_buf_check(&to->headers, "endpoint", err);
    if (rc == 0)
        rc = pail_buf_check(&to->signing_region, "signing region", err);
    return rc < 0 ? rc : pail_buf_check(&to->region_set, "signing regions", err);
}

static int no_region(struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
}

/* A service whose model has no rules: the old scheme of all of them. */
static int plain_url(const struct pail_resolver *r, const struct pail_resolve_args *args,
                     struct pail_resolved *to, struct pail_error *err)
{
    if (args->endpoint_url.ptr)
        pail_buf_str(&to->url, args->endpoint_url);
    else if (pail_str_eqz(args->region, "aws-global"))
        return no_region(err);
    else
        pail_buf_fmt(&to->url, "https://%.*s.%.*s.amazonaws.com",
                     PAIL_STR_ARG(r->info.endpoint_prefix), PAIL_STR_ARG(args->region));
    return pail_buf_check(&to->url, "endpoint", err);
}

int pail_resolver_resolve(struct pail_resolver *r, const struct pail_resolve_args *args,
                          struct pail_resolved *to, struct pail_error *err)
{
    struct pail_str member_strings[MAX_STRINGS], path_strings[MAX_STRINGS];
    struct pail_endpoint_params p = {0};
    const struct pail_endpoint *e = NULL;
    struct pail_values *vs = NULL;

    reset(to);
    if (!r->endpoints)
        return plain_url(r, args, to, err);
    int rc = pail_values_new(&vs, err);
    if (rc < 0)
        return rc;
    pail_endpoint_set_static(&p, args->op);
    set_members(&p, args, member_strings);
    rc = set_paths(&p, args, vs, path_strings, err);
    if (rc == 0) {
        set_builtins(&p, r, args);
        rc = pail_endpoint_resolve(r->endpoints, &p, &e, err);
    }
    if (rc == 0) {
        bool nowhere = pail_str_eqz(args->region, "aws-global") && !args->endpoint_url.ptr &&
                       pail_str_find_str(e->url, PAIL_STR("aws-global")) != SIZE_MAX;
        rc = nowhere ? no_region(err) : take(e, to, err);
        pail_endpoint_unref(e);
    }
    pail_values_free(vs);
    return rc;
}
