/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/signin.h - what logins share: the secrets of one try, the browser, who is asked, and
 * under which configuration. See RFC 6749 (codes), 7636 (PKCE), 8252 (loopback), 8628 (devices).
 */
#ifndef PAIL_TOOLS_SERVICE_SIGNIN_H
#define PAIL_TOOLS_SERVICE_SIGNIN_H

#include "auth/diskcache.h"
#include "auth/redirect.h"
#include "tools/service/commands.h"

#define PAIL_SIGNIN_WAIT_NS (600 * PAIL_NS_PER_S)

/* ---- One try (signin.c) ---- */

struct pail_signin {
    char verifier[65];
    char challenge[44]; /* base64url of its SHA-256 */
    char state[37];
};
PAIL_CHECK int pail_signin_begin(struct pail_signin *s, struct pail_error *err);

/* Where the user goes. */
struct pail_signin_place {
    struct pail_str url;
    struct pail_str complete; /* with the code in it */
    struct pail_str code;     /* to be typed there; ptr NULL: none */
    const char *elsewhere;    /* the option for those without a browser here, or NULL */
};
/* Says where, and opens the browser unless it is to be left alone. That none opens is no error: the
 * address is there to be read. */
void pail_signin_show(const struct pail_signin_place *place, bool no_browser);

/* "&name=value", or "name=value" as the first. */
void pail_signin_query(struct pail_buf *url, const char *name, struct pail_str value);
/* Where a service is: pail_lookup_endpoint for programs. host: "oidc", "signin". */
PAIL_CHECK int pail_signin_endpoint(struct pail_session *session, const char *service,
                                    const char *host, const char *region, struct pail_buf *to,
                                    struct pail_error *err);
/* A session in a region that signs nothing. A profile that is not there yet does not matter. The
 * global --endpoint-url counts if `endpoint` says so. Freed by the caller. */
PAIL_CHECK int pail_signin_session(struct pail_cli *cli, const char *region, bool endpoint,
                                   struct pail_session **ret, struct pail_error *err);

/* ---- IAM Identity Center (sso_login.c, sso.c) ---- */

struct pail_sso_ask {
    const char *session; /* [sso-session NAME]; NULL: the old way */
    const char *start_url, *region;
    const char *scopes; /* "a, b"; NULL: none named */
    bool no_browser, use_device_code;
    bool fresh; /* a token that is there does not do */
};
/* The token is in the cache then. 0, or an exit code. */
int pail_sso_login(struct pail_cli *cli, const struct pail_sso_ask *ask,
                   struct pail_buf *ret_token);
/* What [sso-session NAME], or with name NULL the profile, says. 0, or an exit code. */
int pail_sso_ask_fill(struct pail_cli *cli, const char *name, struct pail_sso_ask *ask);

/* ---- Files of logins (signin_files.c) ---- */

/* Calls each with every JSON object of the directory, and deletes the file if it says so. What
 * cannot be read is passed over. *ret_n: how many were deleted. */
PAIL_CHECK int pail_signin_sweep(enum pail_diskcache which,
                                 bool (*each)(const struct pail_json *doc, void *ud), void *ud,
                                 size_t *ret_n, struct pail_error *err);

/* ---- Questions (prompt.c) ---- */

/* "TEXT [NOW]: ", or `whole` as the question; the answer, or now if nothing was said. Asked again
 * until `valid` (may be NULL) says NULL instead of what is wrong. *ret lives as long as the run and
 * may be NULL. 0, or an exit code: there is nobody to answer. */
struct pail_question {
    const char *text, *whole;
    const char *now; /* NULL: "None" */
    const char *(*valid)(const char *answer);
};
int pail_ask(struct pail_cli *cli, const struct pail_question *q, const char **ret);
const char *pail_valid_required(const char *answer);
const char *pail_valid_url(const char *answer);
const char *pail_valid_scopes(const char *answer);
/* A menu of n lines; *ret: which. 0, or an exit code. */
int pail_choose(struct pail_cli *cli, const char *const *lines, size_t n, size_t *ret);

#endif
