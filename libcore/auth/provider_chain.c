/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_chain.c - where credentials are looked for, in which order.
 *
 * The order is botocore's. The first place that has credentials wins, also over places further down
 * that have better ones; a place that is set up but broken ends the search, since going on would
 * run with somebody else's rights.
 *
 * Every search is a new one over the files as they are now, so a key pair that an administrator put
 * in place, or a profile that became a role, is found without a restart. What each place said is
 * kept for the report.
 */
#include "auth/lookup.h"
#include "auth/provider.h"

#include "base/alloc.h"
#include "base/logging.h"
#include "base/thread.h"

#define REPORT_MAX ((size_t)8 << 10)

static const struct place {
    const char *name;
    pail_find_fn *find;
} places[] = {
    {"env", pail_find_env},
    {"assume-role", pail_find_assume_role},
    {"assume-role-with-web-identity", pail_find_web_identity},
    {"sso", pail_find_sso},
    {"shared-credentials-file", pail_find_credentials_file},
    {"login", pail_find_login},
    {"custom-process", pail_find_process},
    {"config-file", pail_find_config_file},
    {"ec2-credentials-file", pail_find_ec2_file},
    {"boto-config", pail_find_boto_config},
    {"container-role", pail_find_container},
    {"iam-role", pail_find_imds},
};

struct chain {
    struct {
        char *profile;
        bool profile_chosen;
        struct pail_lookup_net net;
        pail_mfa_fn *mfa;
        void *mfa_ud;
    } fixed;
    _Atomic bool mfa_entered;
    struct pail_mutex lock;
    struct {
        struct pail_config *config;
        struct pail_buf report;
    } locked;
};

static struct pail_config *current_config(struct chain *c)
{
    PAIL_LOCKED(&c->lock);
    return pail_config_ref(c->locked.config);
}

static void config_unref_p(struct pail_config **c)
{
    (void)pail_config_unref(*c);
}

/* The files as they are now; *config is replaced when they have changed. */
static int refresh_config(struct chain *c, struct pail_config **config, struct pail_error *err)
{
    if (!pail_config_changed(*config))
        return 0;
    PAIL_CLEANUP(config_unref_p) struct pail_config *fresh = NULL;
    int rc = pail_config_load(&fresh, err);
    if (rc < 0)
        return rc;
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_INFO, "config or credentials file changed, read again");
    (void)pail_config_unref(*config);
    *config = pail_config_ref(fresh);
    PAIL_LOCKED(&c->lock);
    struct pail_config *old = c->locked.config;
    c->locked.config = PAIL_STEAL(fresh);
    fresh = old;
    return 0;
}

/* "NAME: WHAT", a line each in the report, one behind the other in the message. */
static void note(struct pail_buf *report, struct pail_buf *message, const char *name,
                 const char *what)
{
    pail_buf_fmt(report, "%s: %s\n", name, what);
    pail_buf_fmt(message, "%s%s: %s", message->len ? "; " : "", name, what);
}

static int search(const struct pail_lookup *l, struct pail_buf *report,
                  struct pail_credentials **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf tried = PAIL_BUF_INIT(REPORT_MAX);

    for (size_t i = 0; i < PAIL_ARRAY_LEN(places); i++) {
        struct pail_error e = PAIL_ERROR_INIT;
        int rc = places[i].find(l, ret, &e);
        note(report, &tried, places[i].name, rc == 0 ? "found" : e.message);
        if (rc == PAIL_E_NO_CREDENTIALS)
            continue;
        if (rc < 0)
            pail_error_copy(err, &e);
        else
            PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_INFO, "credentials found by %s", places[i].name);
        return rc;
    }
    if (tried.failed == PAIL_BUF_NOMEM)
        return pail_error_nomem(err);
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS,
                          "Unable to locate credentials; tried %s", pail_buf_cstr(&tried));
}

static int chain_fetch(void *impl, bool refresh, struct pail_credentials **ret,
                       struct pail_error *err)
{
    struct chain *c = impl;
    PAIL_CLEANUP(config_unref_p) struct pail_config *config = current_config(c);
    int rc = refresh_config(c, &config, err);
    if (rc < 0)
        return rc;

    struct pail_lookup l = {
        .config = config,
        .profile = pail_str(c->fixed.profile),
        .session_profile = pail_str(c->fixed.profile),
        .profile_chosen = c->fixed.profile_chosen,
        .refused = refresh,
        .net = c->fixed.net.engine ? &c->fixed.net : NULL,
        .mfa = c->fixed.mfa,
        .mfa_ud = c->fixed.mfa_ud,
        .mfa_entered = &c->mfa_entered,
    };
    PAIL_CLEANUP(pail_buf_done) struct pail_buf report = PAIL_BUF_INIT(REPORT_MAX);
    rc = search(&l, &report, ret, err);

    PAIL_LOCKED(&c->lock);
    struct pail_buf old = c->locked.report;
    c->locked.report = report;
    report = old;
    return rc;
}

static void chain_free(void *impl)
{
    struct chain *c = impl;
    if (c->locked.config)
        (void)pail_config_unref(c->locked.config);
    pail_buf_done(&c->locked.report);
    pail_mutex_done(&c->lock);
    pail_free(c->fixed.profile);
    pail_free(c);
}

static const struct pail_provider_ops chain_ops = {
    .name = "chain",
    .fetch = chain_fetch,
    .free = chain_free,
};

int pail_provider_chain(const struct pail_chain_options *opt, struct pail_provider **ret,
                        struct pail_error *err)
{
    struct chain *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    pail_mutex_init(&c->lock, "credentials chain", PAIL_RANK_AUTH);
    pail_buf_init(&c->locked.report, REPORT_MAX);
    c->locked.config = pail_config_ref(opt->config);
    c->fixed.profile_chosen = opt->profile_chosen;
    c->fixed.net = opt->net;
    c->fixed.mfa = opt->mfa;
    c->fixed.mfa_ud = opt->mfa_ud;
    atomic_init(&c->mfa_entered, false);
    c->fixed.profile = pail_strndup(opt->profile);
    if (!c->fixed.profile) {
        chain_free(c);
        return pail_error_nomem(err);
    }
    return pail_provider_new(&chain_ops, c, ret, err);
}

bool pail_chain_changed(void *chain_provider)
{
    struct chain *c = pail_provider_impl(chain_provider, &chain_ops);
    PAIL_CLEANUP(config_unref_p) struct pail_config *config = current_config(c);
    return pail_config_changed(config);
}

size_t pail_chain_report(struct pail_provider *chain, char *dst, size_t cap)
{
    struct chain *c = pail_provider_impl(chain, &chain_ops);
    PAIL_LOCKED(&c->lock);
    size_t len = c->locked.report.len, n = len < cap ? len : cap ? cap - 1 : 0;
    if (n)
        memcpy(dst, c->locked.report.ptr, n);
    if (cap)
        dst[n] = '\0';
    return len;
}
