/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sts.h - one request to the Security Token Service that answers with credentials.
 *
 * Goes through the session's engine, waits for the answer: never from a transport thread, never
 * under a lock.
 */
#ifndef PAIL_AUTH_STS_H
#define PAIL_AUTH_STS_H

#include "auth/lookup.h"

struct pail_sts_request {
    const char *operation;                 /* "AssumeRole": a string literal */
    struct pail_str form;                  /* its parameters, percent-encoded: "RoleArn=...&..." */
    const struct pail_credentials *signer; /* NULL: unsigned */
    const char *method;                    /* of the credentials that result: a string literal */
};
struct pail_sts_answer {
    struct pail_credentials *credentials;
    char *arn, *id; /* of the assumed role's user; NULL: not said */
};
/* PAIL_E_CREDENTIALS with the service's words; err->retry says whether later is worth a try. What
 * the service itself said has PAIL_D_SERVICE and its service_code. */
PAIL_CHECK int pail_sts_credentials(const struct pail_lookup *l, const struct pail_sts_request *rq,
                                    struct pail_sts_answer *ret, struct pail_error *err);
void pail_sts_answer_done(struct pail_sts_answer *a);

#endif
