/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider.h - the library's own providers: the chain, and the cache in front of it.
 */
#ifndef PAIL_AUTH_PROVIDER_H
#define PAIL_AUTH_PROVIDER_H

#include "auth/config.h"
#include "auth/credentials.h"
#include "auth/lookup.h"

/* What was given to pail_provider_new with these ops; NULL: another kind of provider. */
void *pail_provider_impl(struct pail_provider *p, const struct pail_provider_ops *ops);

/* ---- The default chain ----------------------------------------------------------------------- */

struct pail_chain_options {
    struct pail_config *config; /* a reference is taken; loaded anew when the files have changed */
    struct pail_str profile;    /* copied */
    bool profile_chosen;        /* by an option: the environment's keys do not count */
    struct pail_lookup_net net; /* what it points to outlives the provider; engine NULL: nobody can
                                   be asked: no roles, no metadata */
    pail_mfa_fn *mfa;           /* NULL: no codes of MFA devices */
    void *mfa_ud;
};
/* Searches anew at every fetch: put a cache in front. */
PAIL_CHECK int pail_provider_chain(const struct pail_chain_options *opt, struct pail_provider **ret,
                                   struct pail_error *err);
/* Whether a search now would read other files than the last one did. Blocks for a stat. */
bool pail_chain_changed(void *chain_provider);
/* A line for each place looked at by the last search; copied to dst, NUL-terminated; returns the
 * full length. */
size_t pail_chain_report(struct pail_provider *chain, char *dst, size_t cap);

/* ---- The cache ------------------------------------------------------------------------------- */

struct pail_cached_options {
    /* Before the credentials end. In the advisory window one caller refreshes and the others go on
     * with what there is; in the mandatory one all wait. Short-lived credentials have shorter
     * windows: at most a half and a third of their life. 0: 900 and 600. */
    int64_t advisory_s, mandatory_s;
    int64_t retry_s;         /* between refreshes that may fail without harm; 0: 30 */
    bool keep_until_expired; /* a failed mandatory refresh is no error while the old ones last */
    /* Asked every recheck_s (0: 30): has the source something new? Without locks; may block. NULL:
     * only time tells. */
    int64_t recheck_s;
    bool (*changed)(void *ud);
    void *changed_ud;
};
/* source: a reference is taken. opt may be NULL. fetch with refresh (what was given was refused)
 * asks the source at once; when many are refused together it is asked once. */
PAIL_CHECK int pail_provider_cached(struct pail_provider *source,
                                    const struct pail_cached_options *opt,
                                    struct pail_provider **ret, struct pail_error *err);
/* pail_provider_fetch without blocking: 0, an error, or PAIL_PREPARE_WOULD_BLOCK; then somebody who
 * may block should fetch soon. */
PAIL_CHECK int pail_cached_try(struct pail_provider *cached, bool refresh,
                               struct pail_credentials **ret, struct pail_error *err);

#endif
