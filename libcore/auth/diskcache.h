/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/diskcache.h - the JSON files in which the AWS CLI keeps logins and assumed roles, so that
 * one login serves both.
 *
 * A file is replaced as a whole: temporary file of mode 0600, sync, rename. Directories are made on
 * demand, mode 0700. Whoever else writes there at the same time loses or wins whole files. Any
 * thread; may block.
 */
#ifndef PAIL_AUTH_DISKCACHE_H
#define PAIL_AUTH_DISKCACHE_H

#include <pail/credentials.h>

#include "base/buf.h"
#include "base/json.h"

enum pail_diskcache {
    PAIL_CACHE_ROLES, /* ~/.aws/cli/cache */
    PAIL_CACHE_SSO,   /* ~/.aws/sso/cache */
    PAIL_CACHE_LOGIN, /* AWS_LOGIN_CACHE_DIRECTORY, or ~/.aws/login/cache */
};

/* The directory, "~" expanded. PAIL_E_CONFIG: no home directory. */
PAIL_CHECK int pail_diskcache_dir(enum pail_diskcache which, struct pail_buf *to,
                                  struct pail_error *err);
/* DIR/KEY.json. */
PAIL_CHECK int pail_diskcache_path(enum pail_diskcache which, const char *key, struct pail_buf *to,
                                   struct pail_error *err);
/* PAIL_E_NOT_FOUND: no such file; PAIL_E_PARSE: it does not hold a JSON object. */
PAIL_CHECK int pail_diskcache_read(enum pail_diskcache which, const char *key,
                                   struct pail_json **ret, struct pail_error *err);
PAIL_CHECK int pail_diskcache_write(enum pail_diskcache which, const char *key,
                                    struct pail_str text, struct pail_error *err);

#define PAIL_CACHE_KEY_LEN 65 /* SHA-256 in hexadecimal and NUL; a SHA-1 is shorter */
/* SHA-1 of a text, in hexadecimal. */
PAIL_CHECK int pail_diskcache_key(struct pail_str text, char ret[PAIL_CACHE_KEY_LEN],
                                  struct pail_error *err);

/* ---- Credentials of a role in PAIL_CACHE_ROLES ---- */

/* With less than 15 minutes left they count as not there: PAIL_E_NOT_FOUND, as for whatever is
 * wrong with the file. method: a string literal. */
PAIL_CHECK int pail_diskcache_get_role(const char *key, const char *method,
                                       struct pail_credentials **ret, struct pail_error *err);

struct pail_role_answer {
    const struct pail_credentials *credentials;
    struct pail_str arn, id;   /* of the assumed role's user; ptr NULL: none */
    const char *provider_type; /* "sso", or NULL */
};
/* What cannot be written is logged and no error: the credentials are good all the same. */
void pail_diskcache_put_role(const char *key, const struct pail_role_answer *a);

/* Text as Python's json.dumps writes a string, quotes included: keys are hashes of such texts. */
void pail_diskcache_quote(struct pail_buf *to, struct pail_str text);

#endif
