/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_sts.c - a profile with role_arn: assume that role, with the credentials of another
 * profile.
 *
 * The other profile may name a role again, and so on. First the whole chain is walked, from the
 * profile that was asked for to the one that has credentials of its own, and what is wrong with it
 * is found before anything is sent:
 *
 *     plan.role[0] = the role wanted, [1] = the role that may assume it, ... ; source = where the
 * first keys come from
 *
 * Then the roles are assumed from the last to the first. A profile that has keys is used for its
 * keys, even if it names a role too; this is what makes a profile that names itself legal. A
 * profile with web_identity_token_file is not ours.
 */
#include "auth/lookup.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/uri.h"

#define METHOD "assume-role"
#define FORM_MAX ((size_t)64 << 10)

struct role {
    struct pail_str profile, arn, session_name, external_id, mfa_serial, duration;
};

struct plan {
    const struct pail_lookup *l;
    struct role *role;
    size_t n, cap;
    struct pail_str source_profile;    /* or */
    struct pail_str credential_source; /* of the last role */
};

/* ---- The plan ---- */

static struct pail_str setting(const struct plan *p, struct pail_str profile, const char *key)
{
    return pail_config_get(p->l->config, profile, key);
}

static bool has_keys(const struct plan *p, struct pail_str profile)
{
    return setting(p, profile, "aws_access_key_id").ptr ||
           setting(p, profile, "aws_secret_access_key").ptr;
}

static bool has_role(const struct plan *p, struct pail_str profile)
{
    return setting(p, profile, "role_arn").ptr &&
           !setting(p, profile, "web_identity_token_file").ptr;
}

static int add_role(struct plan *p, struct pail_str profile, struct pail_error *err)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 4;
        struct role *role = pail_reallocarray(p->role, cap, sizeof(*role));
        if (!role)
            return pail_error_nomem(err);
        p->role = role;
        p->cap = cap;
    }
    p->role[p->n++] = (struct role){
        .profile = profile,
        .arn = setting(p, profile, "role_arn"),
        .session_name = setting(p, profile, "role_session_name"),
        .external_id = setting(p, profile, "external_id"),
        .mfa_serial = setting(p, profile, "mfa_serial"),
        .duration = setting(p, profile, "duration_seconds"),
    };
    return 0;
}

static bool visited(const struct plan *p, struct pail_str profile)
{
    for (size_t i = 0; i < p->n; i++) {
        if (pail_str_eq(p->role[i].profile, profile))
            return true;
    }
    return false;
}

static int loop_error(const struct plan *p, struct pail_str profile, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(256);
    for (size_t i = 0; i < p->n; i++) {
        pail_buf_z(&names, i ? ", " : "");
        pail_buf_str(&names, p->role[i].profile);
    }
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "Infinite loop in credential configuration detected. Attempting to load "
                          "from profile %.*s which has already been visited. Visited profiles: %s",
                          PAIL_STR_ARG(profile), pail_buf_cstr(&names));
}

static int check_source_profile(const struct plan *p, struct pail_str parent,
                                struct pail_str source, struct pail_error *err)
{
    if (!pail_config_has_profile(p->l->config, source))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "The source_profile \"%.*s\" referenced in the profile \"%.*s\" does "
                              "not exist.",
                              PAIL_STR_ARG(source), PAIL_STR_ARG(parent));
    if (!visited(p, source))
        return 0;
    if (pail_str_eq(source, parent) && has_keys(p, source))
        return 0;
    return loop_error(p, source, err);
}

static int check_credential_source(struct pail_str parent, struct pail_str source,
                                   struct pail_error *err)
{
    if (pail_str_eqz(source, "Environment"))
        return 0;
    if (pail_str_eqz(source, "EcsContainer") || pail_str_eqz(source, "Ec2InstanceMetadata"))
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from %.*s: this credential_source "
                              "of profile %.*s is not supported by this version",
                              PAIL_STR_ARG(source), PAIL_STR_ARG(parent));
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "The credential source \"%.*s\" referenced in profile \"%.*s\" is not "
                          "valid.",
                          PAIL_STR_ARG(source), PAIL_STR_ARG(parent));
}

/* Adds the role of *profile and goes on to where its credentials come from. *profile NULL: the plan
 * is complete. */
static int plan_step(struct plan *p, struct pail_str *profile, struct pail_error *err)
{
    struct pail_str from = setting(p, *profile, "source_profile");
    struct pail_str kind = setting(p, *profile, "credential_source"), parent = *profile;

    int rc = add_role(p, parent, err);
    if (rc < 0)
        return rc;
    if (from.ptr && kind.ptr)
        return pail_error_set(
            err, PAIL_D_CONFIG, PAIL_E_CONFIG,
            "The profile \"%.*s\" contains both source_profile and credential_source.",
            PAIL_STR_ARG(parent));
    if (!from.ptr && !kind.ptr)
        return pail_lookup_partial(err, METHOD, "source_profile or credential_source");

    *profile = pail_str(NULL);
    if (kind.ptr) {
        p->credential_source = kind;
        return check_credential_source(parent, kind, err);
    }
    rc = check_source_profile(p, parent, from, err);
    if (rc < 0)
        return rc;
    if (has_keys(p, from) || !has_role(p, from))
        p->source_profile = from;
    else
        *profile = from;
    return 0;
}

static int make_plan(struct plan *p, struct pail_error *err)
{
    struct pail_str profile = p->l->profile;
    int rc = 0;
    while (rc == 0 && profile.ptr)
        rc = plan_step(p, &profile, err);
    return rc;
}

/* ---- Carrying it out ---- */

static int find_in_source_profile(const struct plan *p, struct pail_credentials **ret,
                                  struct pail_error *err)
{
    static pail_find_fn *const places[] = {
        pail_find_credentials_file,
        pail_find_process,
        pail_find_config_file,
    };
    struct pail_lookup l = *p->l;
    l.profile = p->source_profile;
    l.profile_chosen = true;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(places); i++) {
        struct pail_error e = PAIL_ERROR_INIT;
        int rc = places[i](&l, ret, &e);
        if (rc == PAIL_E_NO_CREDENTIALS)
            continue;
        if (rc < 0)
            pail_error_copy(err, &e);
        return rc;
    }
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "The source profile \"%.*s\" must have credentials.",
                          PAIL_STR_ARG(p->source_profile));
}

static int find_source(const struct plan *p, struct pail_credentials **ret, struct pail_error *err)
{
    if (p->source_profile.ptr)
        return find_in_source_profile(p, ret, err);

    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_env_credentials(ret, &e);
    if (rc == PAIL_E_NO_CREDENTIALS)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from Environment: No credentials "
                              "found in credential_source referenced in profile %.*s",
                              PAIL_STR_ARG(p->role[p->n - 1].profile));
    if (rc < 0)
        pail_error_copy(err, &e);
    return rc;
}

static void parameter(struct pail_buf *form, const char *name, struct pail_str value)
{
    pail_buf_fmt(form, "%s%s=", form->len ? "&" : "", name);
    pail_uri_encode(form, value, PAIL_URI_COMPONENT);
}

static void session_name(struct pail_buf *form, const struct role *r)
{
    char generated[48];
    if (r->session_name.len) {
        parameter(form, "RoleSessionName", r->session_name);
        return;
    }
    snprintf(generated, sizeof(generated), "pail-session-%lld", (long long)pail_clock_wall_s());
    parameter(form, "RoleSessionName", pail_str(generated));
}

static int assume(const struct plan *p, const struct role *r, const struct pail_credentials *signer,
                  struct pail_credentials **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf form = PAIL_BUF_INIT(FORM_MAX);
    uint64_t seconds;

    if (r->mfa_serial.ptr)
        return pail_error_set(
            err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
            "Error when retrieving credentials from " METHOD ": profile %.*s asks "
            "for the code of an MFA device (mfa_serial), which nobody can enter here",
            PAIL_STR_ARG(r->profile));
    parameter(&form, "RoleArn", r->arn);
    session_name(&form, r);
    if (r->external_id.ptr)
        parameter(&form, "ExternalId", r->external_id);
    if (r->duration.ptr && pail_str_to_u64(pail_str_trim(r->duration), &seconds))
        parameter(&form, "DurationSeconds", pail_str_trim(r->duration));
    else if (r->duration.ptr)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN,
                 "profile %.*s: duration_seconds is not a number, ignored",
                 PAIL_STR_ARG(r->profile));
    int rc = pail_buf_check(&form, "AssumeRole", err);
    if (rc < 0)
        return rc;

    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "assuming role %.*s", PAIL_STR_ARG(r->arn));
    struct pail_sts_request rq = {"AssumeRole", pail_buf_view(&form), signer, METHOD};
    return pail_sts_credentials(p->l->sts, &rq, ret, err);
}

static int carry_out(const struct plan *p, struct pail_credentials **ret, struct pail_error *err)
{
    if (!p->l->sts)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from " METHOD
                              ": profile %.*s needs STS, which cannot be reached from here",
                              PAIL_STR_ARG(p->l->profile));

    PAIL_CLEANUP(pail_credentials_unref_p) struct pail_credentials *have = NULL;
    int rc = find_source(p, &have, err);
    for (size_t i = p->n; rc == 0 && i-- > 0;) {
        struct pail_credentials *next = NULL;
        rc = assume(p, &p->role[i], have, &next, err);
        if (rc == 0) {
            (void)pail_credentials_unref(have);
            have = next;
        }
    }
    if (rc == 0)
        *ret = PAIL_STEAL(have);
    return rc;
}

int pail_find_assume_role(const struct pail_lookup *l, struct pail_credentials **ret,
                          struct pail_error *err)
{
    struct plan p = {.l = l};
    if (!setting(&p, l->profile, "role_arn").ptr)
        return pail_lookup_none(err, "no role_arn for %.*s", PAIL_STR_ARG(l->profile));
    if (!has_role(&p, l->profile))
        return pail_lookup_none(err, "%.*s has a web_identity_token_file",
                                PAIL_STR_ARG(l->profile));

    int rc = make_plan(&p, err);
    if (rc == 0)
        rc = carry_out(&p, ret, err);
    pail_free(p.role);
    return rc;
}
