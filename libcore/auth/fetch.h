/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/fetch.h - one request of a credential provider, and its answer: blocking.
 *
 * Goes through the session's engine and waits: never from a transport thread, never under a lock. A
 * caller who waits holds no slot of the engine (a call that prepares on the preparing thread has
 * given its own back), so that many who wait for credentials cannot keep the credentials from
 * coming.
 */
#ifndef PAIL_AUTH_FETCH_H
#define PAIL_AUTH_FETCH_H

#include "base/buf.h"
#include "http/engine.h"

struct pail_fetch_header {
    const char *name;
    struct pail_str value;
};

struct pail_fetch {
    const char *what;    /* for messages: "instance metadata", or the operation */
    const char *method;  /* "GET" */
    struct pail_str url; /* with query */
    const struct pail_fetch_header *headers;
    size_t n_headers;
    struct pail_bytes body;
    unsigned timeout_ms; /* of the whole; 0: 60 000 */
    /* A service of AWS that speaks JSON: retried as the session retries, marked with the SDK's
     * headers, and an answer other than 200 is an error of PAIL_D_SERVICE with its code and message
     * ("An error occurred (CODE) when calling the WHAT operation: MESSAGE"). Else: tried once, and
     * every answer is one. */
    bool service;
    bool direct; /* the host is of this machine: not through a proxy */
};

struct pail_fetch_answer {
    int status;
    struct pail_buf body; /* holds secrets: wiped by pail_fetch_answer_done */
};
PAIL_CHECK int pail_fetch(struct pail_engine *engine, const struct pail_fetch *f,
                          struct pail_fetch_answer *ret, struct pail_error *err);
void pail_fetch_answer_done(struct pail_fetch_answer *a); /* also of zeros */

/* " (reached max retries: 2)" of the last attempt, for messages as botocore words them; else "". */
void pail_fetch_retries_text(unsigned attempt, unsigned max_attempts, char ret[48]);

/* amz-sdk-invocation-id and amz-sdk-request, as the AWS SDKs write them. */
PAIL_CHECK int pail_fetch_sdk_headers(const struct pail_attempt *attempt, struct pail_request *r,
                                      struct pail_error *err);

#endif
