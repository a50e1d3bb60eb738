/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of a flow. Answers are copied into the run's tree: flows are short and read parts of
 * several answers at once. Errors are told here, in the words that operations have.
 */
#include "base/str.h"
#include "tools/curated/flow.h"

static int client_of(struct pail_flow *f, const char *service, struct pail_client **ret,
                     struct pail_error *err)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_session *session = NULL;
    size_t i = 0;
    while (i < PAIL_FLOW_CLIENTS && f->clients[i].client &&
           strcmp(f->clients[i].service, service) != 0)
        i++;
    if (i == PAIL_FLOW_CLIENTS)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INTERNAL, "%s: more than %d services",
                              service, PAIL_FLOW_CLIENTS);
    if (!f->clients[i].client) {
        o.region = f->cli->g.region;
        o.endpoint_url = f->cli->g.endpoint_url;
        o.no_sign_request = f->cli->g.no_sign_request;
        int rc = pail_cli_session(f->cli, &session, err);
        if (!rc)
            rc = pail_client_new(session, service, &o, &f->clients[i].client, err);
        if (rc)
            return rc;
        f->clients[i].service = service;
    }
    *ret = f->clients[i].client;
    return pail_values_check(f->vs, err);
}

void pail_flow_done(struct pail_flow *f)
{
    for (size_t i = 0; i < PAIL_FLOW_CLIENTS; i++)
        f->clients[i].client = pail_client_unref(f->clients[i].client);
}

static void tell(struct pail_flow *f, const struct pail_error *err, struct pail_result *refusal)
{
    struct pail_value *v = refusal ? pail_result_value(refusal) : NULL;
    struct pail_str message = pail_value_as_str(pail_value_find(v, "Error.Message"));
    int code;
    if (err->domain == PAIL_D_SERVICE)
        code = pail_cli_refused(f->cli, err, v);
    else if (err->code == PAIL_E_INVALID &&
             pail_str_starts(message, PAIL_STR("Parameter validation failed")))
        code = pail_cli_fail(f->cli, PAIL_EXIT_USAGE, "ParamValidation", message);
    else
        code = pail_cli_error(f->cli, err);
    if (!f->code)
        f->code = code;
}

/* NULL: told. The result is freed. */
static struct pail_value *keep(struct pail_flow *f, struct pail_result *take)
{
    struct pail_value *v = pail_value_copy(f->vs, pail_result_value(take));
    pail_result_free(take);
    pail_value_remove(v, PAIL_STR("ResponseMetadata"));
    if (!v)
        f->code = pail_cli_nomem(f->cli);
    return v;
}

static struct pail_value *call(struct pail_flow *f, const char *service, const char *operation,
                               struct pail_value *params, const char *expected, bool *ret_missing)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    struct pail_result *result = NULL, *refusal = NULL;
    struct pail_call_args args = {.params = params, .ret_refusal = &refusal};
    int rc = client_of(f, service, &client, &err);
    if (!rc)
        rc = pail_call_with(client, operation, &args, &result, &err);
    bool missing = rc && expected && strcmp(err.service_code, expected) == 0;
    if (rc && !missing)
        tell(f, &err, refusal);
    else if (missing)
        *ret_missing = true;
    pail_result_free(refusal);
    return rc ? NULL : keep(f, result);
}

struct pail_value *pail_flow_call(struct pail_flow *f, const char *operation,
                                  struct pail_value *params)
{
    return call(f, f->service, operation, params, NULL, NULL);
}

struct pail_value *pail_flow_call_of(struct pail_flow *f, const char *service,
                                     const char *operation, struct pail_value *params)
{
    return call(f, service, operation, params, NULL, NULL);
}

struct pail_value *pail_flow_try(struct pail_flow *f, const char *operation,
                                 struct pail_value *params, const char *expected, bool *ret_missing)
{
    *ret_missing = false;
    return call(f, f->service, operation, params, expected, ret_missing);
}

struct pail_value *pail_flow_all(struct pail_flow *f, const char *operation,
                                 struct pail_value *params)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    struct pail_result *result = NULL, *refusal = NULL;
    struct pail_pages *pages = NULL;
    struct pail_call_args args = {.params = params, .ret_refusal = &refusal};
    int rc = client_of(f, f->service, &client, &err);
    if (!rc && !pail_client_can_paginate(client, operation))
        return pail_flow_call(f, operation, params);
    if (!rc)
        rc = pail_pages_new(client, operation, &args, NULL, &pages, &err);
    if (!rc)
        rc = pail_pages_all(pages, &result, &err);
    pail_pages_free(pages);
    if (rc)
        tell(f, &err, refusal);
    pail_result_free(refusal);
    return rc ? NULL : keep(f, result);
}

int pail_flow_wait(struct pail_flow *f, const char *waiter, struct pail_value *params)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *client = NULL;
    int rc = client_of(f, f->service, &client, &err);
    if (!rc)
        rc = pail_wait(client, waiter, params, NULL, NULL, &err);
    if (!rc)
        return 0;
    if (pail_str_starts(pail_str(err.message), PAIL_STR("Waiter ")))
        return pail_flow_fail(f, PAIL_EXIT_ERROR, "%s", err.message);
    tell(f, &err, NULL);
    return f->code;
}
