/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/credentials.h - credentials, and the providers that find them.
 *
 * Credentials are immutable and reference-counted; any thread. A provider is asked again whenever a
 * request is signed, so it caches; the library's own do, refresh early, and let many waiters share
 * one refresh. Order of the default chain and each provider's rules: botocore's, with the
 * differences that libcore/README.md lists.
 */
#ifndef PAIL_CREDENTIALS_H
#define PAIL_CREDENTIALS_H

#include <pail/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_credentials;

/* What credentials consist of; empty views where there is none of it. */
struct pail_credentials_fields {
    struct pail_str access_key, secret_key, session_token, account_id;
    int64_t expires_unix_s; /* 0: never */
    const char *method;     /* "env", "assume-role", ...: a string literal */
};
/* Copies everything. */
PAIL_API PAIL_CHECK int pail_credentials_new(const struct pail_credentials_fields *fields,
                                             struct pail_credentials **ret, struct pail_error *err);
/* Another reference; returns c. */
PAIL_API struct pail_credentials *pail_credentials_ref(struct pail_credentials *c);
PAIL_API struct pail_credentials *pail_credentials_unref(struct pail_credentials *c); /* NULL */
/* Views into c. */
PAIL_API void pail_credentials_get(const struct pail_credentials *c,
                                   struct pail_credentials_fields *ret);

struct pail_provider;

/* What a program's own provider does. The struct must outlive the provider. */
struct pail_provider_ops {
    const char *name;
    /* 0 and *ret (a reference for the caller), or an error: PAIL_E_NO_CREDENTIALS lets a chain go
     * on, anything else ends it. May block (it runs on a thread made for that). refresh: what was
     * given last was refused. */
    int (*fetch)(void *impl, bool refresh, struct pail_credentials **ret, struct pail_error *err);
    void (*free)(void *impl);
};
/* Takes impl over, also on failure. */
PAIL_API PAIL_CHECK int pail_provider_new(const struct pail_provider_ops *ops, void *impl,
                                          struct pail_provider **ret, struct pail_error *err);
/* Another reference; returns p. NULL is fine. */
PAIL_API struct pail_provider *pail_provider_ref(struct pail_provider *p);
PAIL_API struct pail_provider *pail_provider_unref(struct pail_provider *p); /* NULL */
/* Fixed keys; takes a reference to c. */
PAIL_API PAIL_CHECK int pail_provider_static(struct pail_credentials *c, struct pail_provider **ret,
                                             struct pail_error *err);
/* What it has now; a reference for the caller. Blocking. PAIL_E_NO_CREDENTIALS, PAIL_E_CREDENTIALS.
 */
PAIL_API PAIL_CHECK int pail_provider_fetch(struct pail_provider *p, bool refresh,
                                            struct pail_credentials **ret, struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
