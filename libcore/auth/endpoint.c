/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/endpoint.c - configured endpoint URLs, in botocore's order.
 *
 * The environment goes before the profile, what is said for a service before what is said for all.
 * An empty variable says nothing.
 */
#include "auth/endpoint.h"

#include "base/buf.h"
#include "base/env.h"
#include "base/str.h"
#include "base/uri.h"

#define NAME_MAX_LEN 128

static bool is_true(struct pail_str s)
{
    return pail_str_ieq(s, PAIL_STR("true"));
}

static bool ignored(const struct pail_config *c, struct pail_str profile)
{
    struct pail_str v = pail_str(pail_env_get_nonempty("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));
    if (!v.ptr)
        v = pail_config_get(c, profile, "ignore_configured_endpoint_urls");
    return is_true(v);
}

/* PREFIX + service with '_' for what is neither letter nor digit. False: too long to be a service.
 */
static bool name_for(const char *prefix, const char *service, bool upper, char ret[NAME_MAX_LEN])
{
    size_t n = strlen(prefix), len = strlen(service);
    if (n + len >= NAME_MAX_LEN)
        return false;
    memcpy(ret, prefix, n);
    for (size_t i = 0; i < len; i++) {
        char c = service[i];
        if (c == '-' || c == ' ')
            c = '_';
        else if (upper && c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        else if (!upper && c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        ret[n + i] = c;
    }
    ret[n + len] = '\0';
    return true;
}

struct pail_str pail_endpoint_configured(const struct pail_config *c, struct pail_str profile,
                                         const char *service)
{
    char variable[NAME_MAX_LEN], block[NAME_MAX_LEN];
    struct pail_str url = pail_str(NULL), section;

    if (ignored(c, profile) || !name_for("AWS_ENDPOINT_URL_", service, true, variable) ||
        !name_for("", service, false, block))
        return url;
    url = pail_str(pail_env_get_nonempty(variable));
    if (!url.len)
        url = pail_str(pail_env_get_nonempty("AWS_ENDPOINT_URL"));
    section = pail_config_get(c, profile, "services");
    if (!url.len && section.ptr)
        url = pail_config_get_section(c, "services", section, block, "endpoint_url");
    if (!url.len)
        url = pail_config_get(c, profile, "endpoint_url");
    return url.len ? url : pail_str(NULL);
}

int pail_endpoint_check_services(const struct pail_config *c, struct pail_str profile,
                                 struct pail_error *err)
{
    struct pail_str section = pail_config_get(c, profile, "services");
    if (!section.ptr || ignored(c, profile) || pail_config_has_section(c, "services", section))
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "The profile is configured to use the services section but the \"%.*s\" "
                          "services configuration does not exist.",
                          PAIL_STR_ARG(section));
}

int pail_endpoint_check_url(struct pail_str url, struct pail_error *err)
{
    struct pail_uri u;
    if (pail_uri_parse(url, &u, NULL) == 0 && !u.query.ptr &&
        (pail_str_ieq(u.scheme, PAIL_STR("https")) || pail_str_ieq(u.scheme, PAIL_STR("http"))))
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG, "Invalid endpoint: %.*s",
                          PAIL_STR_ARG(pail_str_sub(url, 0, 200)));
}
