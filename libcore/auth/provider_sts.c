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
 * Then the roles are assumed from the last to the first; where the cache on disk still has one,
 * those behind it are not needed. A profile that has keys is used for its keys, even if it names a
 * role too; this is what makes a profile that names itself legal. A profile with
 * web_identity_token_file is not ours.
 */
#include "auth/role.h"

#include "base/alloc.h"
#include "base/str.h"

#define METHOD "assume-role"

struct plan {
    const struct pail_lookup *l;
    struct pail_role *role;
    size_t n, cap;
    struct pail_str source_profile;    /* or */
    struct pail_str credential_source; /* of the last role */
};

/* ---- Sources ---- */

/* Whichever profile was chosen. */
static int find_in_environment(const struct pail_lookup *l, struct pail_credentials **ret,
                               struct pail_error *err)
{
    return pail_env_credentials(ret, err);
}

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
        struct pail_role *role = pail_reallocarray(p->role, cap, sizeof(*role));
        if (!role)
            return pail_error_nomem(err);
        p->role = role;
        p->cap = cap;
    }
    p->role[p->n++] = (struct pail_role){
        .profile = profile,
        .arn = setting(p, profile, "role_arn"),
        .session_name = setting(p, profile, "role_session_name"),
        .external_id = setting(p, profile, "external_id"),
        .mfa_serial = setting(p, profile, "mfa_serial"),
        .duration = setting(p, profile, "duration_seconds"),
        .method = METHOD,
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
        pail_buf_fmt(&names, "%s'%.*s'", i ? ", " : "", PAIL_STR_ARG(p->role[i].profile));
    }
    return pail_error_set(
        err, PAIL_D_CONFIG, PAIL_E_CONFIG,
        "Infinite loop in credential configuration detected. Attempting to load "
        "from profile %.*s which has already been visited. Visited profiles: [%s]",
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

static pail_find_fn *source_of(struct pail_str name)
{
    static const struct {
        const char *name;
        pail_find_fn *find;
    } sources[] = {
        {"Environment", find_in_environment},
        {"EcsContainer", pail_find_container},
        {"Ec2InstanceMetadata", pail_find_imds},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sources); i++) {
        if (pail_str_eqz(name, sources[i].name))
            return sources[i].find;
    }
    return NULL;
}

static int check_credential_source(struct pail_str parent, struct pail_str source,
                                   struct pail_error *err)
{
    if (source_of(source))
        return 0;
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
    struct pail_lookup l = *p->l;
    struct pail_error e = PAIL_ERROR_INIT;

    l.profile = p->source_profile;
    l.profile_chosen = true;
    int rc = pail_find_in_profile(&l, ret, &e);
    if (rc == PAIL_E_NO_CREDENTIALS)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "The source profile \"%.*s\" must have credentials.",
                              PAIL_STR_ARG(p->source_profile));
    if (rc < 0)
        pail_error_copy(err, &e);
    return rc;
}

static int find_source(const struct plan *p, struct pail_credentials **ret, struct pail_error *err)
{
    if (p->source_profile.ptr)
        return find_in_source_profile(p, ret, err);

    struct pail_error e = PAIL_ERROR_INIT;
    int rc = source_of(p->credential_source)(p->l, ret, &e);
    if (rc == PAIL_E_NO_CREDENTIALS)
        return pail_error_set(
            err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
            "Error when retrieving credentials from %.*s: No credentials found in "
            "credential_source referenced in profile %.*s",
            PAIL_STR_ARG(p->credential_source), PAIL_STR_ARG(p->role[p->n - 1].profile));
    if (rc < 0)
        pail_error_copy(err, &e);
    return rc;
}

/* The first role, counted from the one wanted, that the cache has; n: none, *ret is the source's.
 */
static int recall(const struct plan *p, size_t *ret_i, struct pail_credentials **ret,
                  struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    for (size_t i = 0; i < p->n; i++) {
        int rc = pail_role_recall(p->l, &p->role[i], ret, &e);
        if (rc == 0 || rc == PAIL_E_NOMEM) {
            *ret_i = i;
            pail_error_copy(err, &e);
            return rc;
        }
    }
    *ret_i = p->n;
    return find_source(p, ret, err);
}

static int carry_out(const struct plan *p, struct pail_credentials **ret, struct pail_error *err)
{
    if (!p->l->net)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from " METHOD
                              ": profile %.*s needs STS, which cannot be reached from here",
                              PAIL_STR_ARG(p->l->profile));

    PAIL_CLEANUP(pail_credentials_unref_p) struct pail_credentials *have = NULL;
    size_t i = p->n;
    int rc = recall(p, &i, &have, err);
    while (rc == 0 && i-- > 0) {
        struct pail_credentials *next = NULL;
        rc = pail_role_assume(p->l, &p->role[i], have, &next, err);
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
