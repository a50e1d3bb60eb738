/* SPDX-License-Identifier: Apache-2.0 */
/* auth/sso_config.c - sso_session = NAME. */
#include "auth/sso_config.h"

#include "base/str.h"

#define KIND "sso-session"
#define KEY_MAX_LEN 128

static struct pail_str session_of(const struct pail_lookup *l)
{
    return pail_config_get(l->config, l->profile, "sso_session");
}

int pail_sso_session_check(const struct pail_lookup *l, struct pail_error *err)
{
    struct pail_str session = session_of(l), key, value;
    char name[KEY_MAX_LEN];

    if (!session.ptr)
        return 0;
    if (!pail_config_has_section(l->config, KIND, session))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "The specified sso-session does not exist: \"%.*s\"",
                              PAIL_STR_ARG(session));
    for (size_t k = 0; pail_config_section_key(l->config, KIND, session, k, &key, &value); k++) {
        if (key.len >= sizeof(name))
            continue; /* none of ours */
        memcpy(name, key.ptr, key.len);
        name[key.len] = '\0';
        struct pail_str own = pail_config_get(l->config, l->profile, name);
        if (own.ptr && !pail_str_eq(own, value))
            return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                                  "The value for %s is inconsistent between profile (%.*s) and "
                                  "sso-session (%.*s).",
                                  name, PAIL_STR_ARG(own), PAIL_STR_ARG(value));
    }
    return 0;
}

struct pail_str pail_sso_setting(const struct pail_lookup *l, const char *key)
{
    struct pail_str session = session_of(l), v = pail_str(NULL);
    if (session.ptr)
        v = pail_config_get_section(l->config, KIND, session, NULL, key);
    return v.ptr ? v : pail_config_get(l->config, l->profile, key);
}

int pail_sso_session_login(const struct pail_lookup *l, struct pail_sso_login *ret,
                           struct pail_error *err)
{
    struct pail_sso_login login = {.session = session_of(l)};
    if (!login.session.ptr)
        return pail_lookup_none(err, "no sso_session for %.*s", PAIL_STR_ARG(l->profile));
    if (!pail_config_has_section(l->config, KIND, login.session))
        return pail_error_set(
            err, PAIL_D_CONFIG, PAIL_E_CONFIG,
            "The profile \"%.*s\" is configured to use the SSO token provider but "
            "the \"%.*s\" sso_session configuration does not exist.",
            PAIL_STR_ARG(l->profile), PAIL_STR_ARG(login.session));
    login.start_url = pail_config_get_section(l->config, KIND, login.session, NULL,
                                              "sso_start_url");
    login.region = pail_config_get_section(l->config, KIND, login.session, NULL, "sso_region");
    if (!login.start_url.ptr || !login.region.ptr)
        return pail_error_set(
            err, PAIL_D_CONFIG, PAIL_E_CONFIG,
            "The profile \"%.*s\" is configured to use the SSO token provider but "
            "is missing the following configuration: [%s%s%s].",
            PAIL_STR_ARG(l->profile), login.start_url.ptr ? "" : "'sso_start_url'",
            login.start_url.ptr || login.region.ptr ? "" : ", ",
            login.region.ptr ? "" : "'sso_region'");
    *ret = login;
    return 0;
}
