/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/lookup.c - what the places of a search have in common.
 */
#include "auth/lookup.h"

#include <stdarg.h>
#include <stdio.h>

#include "auth/endpoint.h"
#include "auth/region.h"

int pail_lookup_none(struct pail_error *err, const char *fmt, ...)
{
    char reason[200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(reason, sizeof(reason), fmt, ap);
    va_end(ap);
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS, "%s", reason);
}

int pail_lookup_partial(struct pail_error *err, const char *where, const char *what)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_PARTIAL_CREDENTIALS,
                          "Partial credentials found in %s, missing: %s", where, what);
}

int pail_lookup_failed(struct pail_error *err, const char *method, const struct pail_error *cause)
{
    struct pail_error e = *cause;
    if (e.code != PAIL_E_NOMEM && e.code != PAIL_E_CANCELLED && e.code != PAIL_E_SHUTDOWN) {
        e.domain = PAIL_D_AUTH;
        e.code = PAIL_E_CREDENTIALS;
        (void)pail_error_prefix(&e, "Error when retrieving credentials from %s", method);
    }
    pail_error_copy(err, &e);
    return e.code;
}

int pail_lookup_endpoint(const struct pail_lookup *l, const char *service, const char *host,
                         const char *region, struct pail_buf *to, struct pail_error *err)
{
    struct pail_str url = pail_endpoint_configured(l->config, l->session_profile, service);
    if (url.ptr) {
        int rc = pail_endpoint_check_url(url, err);
        if (rc < 0)
            return rc;
        while (url.len && url.ptr[url.len - 1] == '/')
            url.len--;
        pail_buf_str(to, url);
    } else {
        const struct pail_settings *s = l->net->settings;
        struct pail_region_variant variant = {.fips = s->use_fips == PAIL_YES,
                                              .dualstack = s->use_dualstack == PAIL_YES};
        pail_region_endpoint(host, region, &variant, to);
    }
    return pail_buf_check(to, "address of the service", err);
}

int pail_find_in_profile(const struct pail_lookup *l, struct pail_credentials **ret,
                         struct pail_error *err)
{
    static pail_find_fn *const places[] = {
        pail_find_web_identity, pail_find_sso,     pail_find_credentials_file,
        pail_find_login,        pail_find_process, pail_find_config_file,
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(places); i++) {
        struct pail_error e = PAIL_ERROR_INIT;
        int rc = places[i](l, ret, &e);
        if (rc == PAIL_E_NO_CREDENTIALS)
            continue;
        if (rc < 0)
            pail_error_copy(err, &e);
        return rc;
    }
    return pail_lookup_none(err, "no credentials in profile %.*s", PAIL_STR_ARG(l->profile));
}
