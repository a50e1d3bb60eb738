/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sts.h - one request to the Security Token Service that answers with credentials.
 *
 * Goes through the session's engine, waits for the answer: never from a transport thread, never
 * under a lock.
 */
#ifndef PAIL_AUTH_STS_H
#define PAIL_AUTH_STS_H

#include <pail/credentials.h>

#include "http/engine.h"

/* Borrowed from the session. */
struct pail_sts {
    struct pail_engine *engine;
    const char *endpoint_url; /* NULL: by region */
    const char *region;       /* NULL: the global endpoint */
};

struct pail_sts_request {
    const char *operation;                 /* "AssumeRole": a string literal */
    struct pail_str form;                  /* its parameters, percent-encoded: "RoleArn=...&..." */
    const struct pail_credentials *signer; /* NULL: unsigned */
    const char *method;                    /* of the credentials that result: a string literal */
};
/* PAIL_E_CREDENTIALS with the service's words; err->retry says whether later is worth a try. */
PAIL_CHECK int pail_sts_credentials(const struct pail_sts *sts, const struct pail_sts_request *rq,
                                    struct pail_credentials **ret, struct pail_error *err);

#endif
