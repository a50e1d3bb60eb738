/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client of a service: its model, its region, its endpoint, and what the session's settings say
 * to the endpoint rules. All of it is fixed at creation.
 */
#include "protocol/client.h"

#include <stdatomic.h>

#include "auth/session.h"
#include "base/alloc.h"
#include "base/str.h"
#include "model/names.h"
#include "protocol/discovery.h"
#include "protocol/express.h"
#include "protocol/resolve.h"

static void destroy(struct pail_client *c)
{
    pail_discovery_free(c->discovery);
    pail_express_free(c->express);
    pail_resolver_free(c->resolver);
    if (c->own_models)
        (void)pail_models_free(c->models);
    pail_free(c->region);
    pail_free(c->endpoint_url);
    pail_free(c);
}

struct pail_client *pail_client_hold(struct pail_client *c)
{
    atomic_fetch_add(&c->holds, 1);
    return c;
}

void pail_client_release(struct pail_client *c)
{
    if (atomic_fetch_sub(&c->holds, 1) == 1)
        destroy(c);
}

struct pail_client *pail_client_ref(struct pail_client *c)
{
    atomic_fetch_add(&c->users, 1);
    return c;
}

struct pail_client *pail_client_unref(struct pail_client *c)
{
    if (c && atomic_fetch_sub(&c->users, 1) == 1) {
        /* May be the session's end, and then waits for the calls, which still use c. */
        (void)pail_session_unref(c->session);
        pail_client_release(c);
    }
    return NULL;
}

/* ---- Creation ---- */

static int new_resolver(struct pail_client *c, struct pail_error *err)
{
    static const char *const account_modes[] = {
        [PAIL_ACCOUNT_PREFERRED] = "preferred",
        [PAIL_ACCOUNT_DISABLED] = "disabled",
        [PAIL_ACCOUNT_REQUIRED] = "required",
    };
    const struct pail_settings *s = pail_session_settings(c->session);
    bool s3 = pail_str_eqz(c->info.name, "s3") || pail_str_eqz(c->info.name, "s3control");
    bool sts_global = s->sts_regional == PAIL_REGIONAL_LEGACY;
    bool us_east_1 = s->s3.us_east_1 != PAIL_REGIONAL_YES;
    struct pail_resolver_config config = {
        .use_fips = s->use_fips,
        .use_dual_stack = s3 && s->s3.use_dualstack != PAIL_UNSET ? s->s3.use_dualstack
                                                                  : s->use_dualstack,
        .sts_global = sts_global ? PAIL_YES : PAIL_NO,
        .s3_us_east_1_global = us_east_1 ? PAIL_YES : PAIL_NO,
        .s3_accelerate = s->s3.use_accelerate,
        .s3_use_arn_region = s->s3.use_arn_region,
        .s3_disable_mrap = s->s3.disable_multiregion,
        .s3_disable_express_auth = s->s3.disable_express_auth,
        .s3_path_style = s->s3.addressing_style == PAIL_ADDRESS_PATH,
        .s3_virtual_style = s->s3.addressing_style == PAIL_ADDRESS_VIRTUAL,
        .account_id_mode = account_modes[s->account_id_endpoint],
    };

    return pail_resolver_new(c->models, c->service, &config, &c->resolver, err);
}

static int choose_region(struct pail_client *c, const char *option, struct pail_error *err)
{
    const char *region = option && *option ? option : pail_session_region(c->session);

    c->region_known = region && *region;
    c->region = pail_strdup(c->region_known ? region : "aws-global");
    return c->region ? 0 : pail_error_nomem(err);
}

static int choose_endpoint(struct pail_client *c, const char *option, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf id = PAIL_BUF_INIT(256);

    if (!option) {
        pail_name_hyphenate(&id, c->info.service_id);
        int rc = pail_buf_check(&id, "service id", err);
        if (rc < 0)
            return rc;
        option = pail_session_endpoint_url(c->session, pail_buf_cstr(&id));
        if (option && *option == '(') /* no URL but the news that memory is out */
            return pail_error_nomem(err);
    }
    if (!option)
        return 0;
    c->endpoint_url = pail_strdup(option);
    return c->endpoint_url ? 0 : pail_error_nomem(err);
}

/* What callers built against an older header do not know is zero. */
static struct pail_client_options read_options(const struct pail_client_options *options)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    if (options)
        memcpy(&o, options, options->size < sizeof(o) ? options->size : sizeof(o));
    return o;
}

static int init(struct pail_client *c, const char *service, const struct pail_client_options *o,
                struct pail_error *err)
{
    int rc = pail_models_service(c->models, pail_str(service), &c->service, err);
    if (rc < 0)
        return rc;
    rc = pail_session_check_block(c->session, service, err);
    if (rc < 0)
        return rc;
    c->info = pail_service_info(c->service);
    c->no_validation = o->no_validation || !pail_session_settings(c->session)->parameter_validation;
    c->no_sign = o->no_sign_request;
    c->no_customizations = o->no_customizations;
    rc = choose_region(c, o->region, err);
    if (rc == 0)
        rc = choose_endpoint(c, o->endpoint_url, err);
    if (rc == 0)
        rc = new_resolver(c, err);
    if (rc == 0)
        rc = pail_discovery_new(&c->discovery, err);
    if (rc == 0 && pail_str_eqz(c->info.name, "s3"))
        rc = pail_express_new(c->session, pail_protocol_create_session, c, &c->express, err);
    return rc;
}

static int client_new(struct pail_session *session, struct pail_models *models, bool own,
                      const char *service, const struct pail_client_options *options,
                      struct pail_client **ret, struct pail_error *err)
{
    struct pail_client_options o = read_options(options);
    struct pail_client *c = pail_zalloc(sizeof(*c));
    if (!c) {
        if (own)
            (void)pail_models_free(models);
        return pail_error_nomem(err);
    }
    c->users = c->holds = 1;
    c->session = session;
    c->models = models;
    c->own_models = own;
    int rc = init(c, service, &o, err);
    if (rc < 0) {
        destroy(c);
        return rc;
    }
    (void)pail_session_ref(session);
    *ret = c;
    return 0;
}

int pail_client_new(struct pail_session *session, const char *service,
                    const struct pail_client_options *options, struct pail_client **ret,
                    struct pail_error *err)
{
    struct pail_models *models = NULL;

    struct pail_session *own = NULL;

    int rc = session ? 0 : pail_session_new(NULL, &own, err);
    if (rc == 0)
        rc = pail_models_new(NULL, &models, err);
    if (rc == 0)
        rc = client_new(own ? own : session, models, true, service, options, ret, err);
    (void)pail_session_unref(own); /* the client has its own hold on it */
    return rc;
}

int pail_client_new_on(struct pail_session *session, struct pail_models *models,
                       const char *service, const struct pail_client_options *options,
                       struct pail_client **ret, struct pail_error *err)
{
    return client_new(session, models, false, service, options, ret, err);
}

/* ---- Questions ---- */

const struct pail_service *pail_client_service(const struct pail_client *c)
{
    return c->service;
}

const char *pail_client_region(const struct pail_client *c)
{
    return c->region_known ? c->region : NULL;
}

int pail_client_operation(const struct pail_client *c, struct pail_str name,
                          struct pail_operation *ret, struct pail_error *err)
{
    if (pail_operation_find(c->service, name, ret))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%.*s is no operation of %.*s",
                          PAIL_STR_ARG(pail_str_sub(name, 0, 80)), PAIL_STR_ARG(c->info.name));
}

/* ---- Results ---- */

int pail_result_new(struct pail_result **ret, struct pail_error *err)
{
    struct pail_result *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    int rc = pail_values_new(&r->vs, err);
    if (rc < 0) {
        pail_free(r);
        return rc;
    }
    *ret = r;
    return 0;
}

struct pail_value *pail_result_value(const struct pail_result *r)
{
    return r->value;
}

struct pail_result *pail_result_free(struct pail_result *r)
{
    if (r) {
        (void)pail_values_free(r->vs);
        pail_free(r);
    }
    return NULL;
}
