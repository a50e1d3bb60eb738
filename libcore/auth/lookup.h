/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/lookup.h - one search for credentials: what it goes by, and the places that are looked at.
 *
 * Every place is one function of one file, without state of its own: it looks at the environment,
 * the profile and what they point to, and returns credentials, or PAIL_E_NO_CREDENTIALS with the
 * reason in a few words, which lets the search go on, or any other error, which ends it. A new
 * place is a new file and a line in provider_chain.c. May block; any thread.
 */
#ifndef PAIL_AUTH_LOOKUP_H
#define PAIL_AUTH_LOOKUP_H

#include "auth/config.h"
#include "auth/credentials.h"
#include "auth/sts.h"

struct pail_lookup {
    const struct pail_config *config;
    struct pail_str profile;
    bool profile_chosen; /* by an option, not by default or environment: environment keys do not
                            count */
    const struct pail_sts *sts; /* NULL: no roles can be assumed */
};
typedef int pail_find_fn(const struct pail_lookup *l, struct pail_credentials **ret,
                         struct pail_error *err);

pail_find_fn pail_find_env;
pail_find_fn pail_find_assume_role;
pail_find_fn pail_find_credentials_file;
pail_find_fn pail_find_process;
pail_find_fn pail_find_config_file;

/* The environment's keys, whichever profile was chosen (credential_source = Environment). */
PAIL_CHECK int pail_env_credentials(struct pail_credentials **ret, struct pail_error *err);

/* PAIL_E_NO_CREDENTIALS: "REASON". */
int pail_lookup_none(struct pail_error *err, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* "Partial credentials found in WHERE, missing: WHAT" */
int pail_lookup_partial(struct pail_error *err, const char *where, const char *what);

#endif
