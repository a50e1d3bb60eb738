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

#include <stdatomic.h>

#include "auth/config.h"
#include "auth/credentials.h"
#include "auth/settings.h"
#include "base/buf.h"
#include "http/engine.h"

/* What a place needs to ask somebody over the network. Borrowed from the session. */
struct pail_lookup_net {
    struct pail_engine *engine;
    const struct pail_settings *settings;
    const char *region; /* NULL: none known */
    int64_t pause_ns;   /* between tries of the container metadata; 0: a second */
};

/* Asks the user for the code of an MFA device: see struct pail_session_options. */
typedef int pail_mfa_fn(void *ud, const char *serial, char *dst, size_t cap,
                        struct pail_error *err);

struct pail_lookup {
    const struct pail_config *config;
    struct pail_str profile;         /* the one looked at: a source profile, on the way of a role */
    struct pail_str session_profile; /* the one whose endpoints count */
    bool profile_chosen; /* by an option, not by default or environment: environment keys do not
                            count */
    bool refused;        /* what was found last was refused: not from a cache on disk again */
    const struct pail_lookup_net *net; /* NULL: nobody can be asked */
    pail_mfa_fn *mfa;                  /* NULL: nobody can enter a code */
    void *mfa_ud;
    _Atomic bool *mfa_entered; /* a code is good for one role, and one is all a user gives */
};
typedef int pail_find_fn(const struct pail_lookup *l, struct pail_credentials **ret,
                         struct pail_error *err);

pail_find_fn pail_find_env;
pail_find_fn pail_find_assume_role;
pail_find_fn pail_find_web_identity;
pail_find_fn pail_find_sso;
pail_find_fn pail_find_credentials_file;
pail_find_fn pail_find_login;
pail_find_fn pail_find_process;
pail_find_fn pail_find_config_file;
pail_find_fn pail_find_ec2_file;
pail_find_fn pail_find_boto_config;
pail_find_fn pail_find_container;
pail_find_fn pail_find_imds;

/* The environment's keys, whichever profile was chosen (credential_source = Environment). */
PAIL_CHECK int pail_env_credentials(struct pail_credentials **ret, struct pail_error *err);
/* A profile's own credentials, environment apart: what a role's source_profile is searched for. */
PAIL_CHECK int pail_find_in_profile(const struct pail_lookup *l, struct pail_credentials **ret,
                                    struct pail_error *err);

/* Where a service is: its configured URL, else by region. service: as in variables and sections
 * ("sso-oidc"); host: the name in its host ("oidc"). */
PAIL_CHECK int pail_lookup_endpoint(const struct pail_lookup *l, const char *service,
                                    const char *host, const char *region, struct pail_buf *to,
                                    struct pail_error *err);

/* PAIL_E_NO_CREDENTIALS: "REASON". */
int pail_lookup_none(struct pail_error *err, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* "Partial credentials found in WHERE, missing: WHAT" */
int pail_lookup_partial(struct pail_error *err, const char *where, const char *what);
/* "Error when retrieving credentials from METHOD: CAUSE"; running out of memory and being cancelled
 * stay what they are. */
int pail_lookup_failed(struct pail_error *err, const char *method, const struct pail_error *cause);

#endif
