/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/opcall.h - one call of an operation under way.
 *
 *   describe (parameters, validation, wire) -> submit -> [prepare -> answer]... -> result | refusal
 *
 * Belongs to who made it until submit, which consumes it in any case. Attempts of one call follow
 * each other, so nothing in it is locked.
 */
#ifndef PAIL_PROTOCOL_OPCALL_H
#define PAIL_PROTOCOL_OPCALL_H

#include "auth/credentials.h"
#include "http/engine.h"
#include "protocol/client.h"
#include "protocol/payload.h"
#include "protocol/quirks.h"
#include "protocol/resolve.h"
#include "protocol/verify.h"
#include "protocol/wire.h"

struct pail_events;
struct pail_credentials;

struct pail_opcall {
    struct pail_client *client; /* held */
    struct pail_operation op;
    struct pail_values *vs; /* of the parameters */
    struct pail_value *params;
    struct pail_wire wire;
    struct pail_payload payload;
    struct pail_body reader;
    struct pail_quirk quirk;
    struct pail_call_options options;
    size_t max_body;
    int64_t delay_ns;    /* before it begins */
    bool plain;          /* nothing but the model */
    bool asked_checksum; /* the answer's, by us and not by the caller */
    bool nested;         /* made of another call, whose parameters were looked at */
    bool s3, has_stream, has_events, has_sink, has_body;
    struct pail_service_sink sink;
    struct pail_events *events;
    pail_done_fn *done;
    void *ud;
    struct pail_result **ret, **ret_refusal;
    struct pail_result *result, *refusal;

    /* The attempt under way. */
    struct pail_resolved resolved;
    struct pail_credentials *given; /* to sign with, a reference; NULL: the session's */
    struct pail_signers signers;
    char region[64]; /* S3's redirects change it */
    unsigned number, max_attempts;
    struct pail_verify verify; /* of a stream that goes to a sink */

    char what[160]; /* "DescribeInstances (ec2)" */
};

/* On failure *ret_refusal of args is written where the parameters are to blame. */
PAIL_CHECK int pail_opcall_new(struct pail_client *client, const char *operation,
                               const struct pail_call_args *args, struct pail_opcall **ret,
                               struct pail_error *err);
/* The same call without customizations and validation. */
PAIL_CHECK int pail_opcall_new_nested(const struct pail_opcall *outer, struct pail_opcall **ret,
                                      struct pail_error *err);
void pail_opcall_free(struct pail_opcall *c); /* NULL is fine */
PAIL_CHECK int pail_opcall_submit(struct pail_opcall *c, pail_done_fn *done, void *ud,
                                  struct pail_call **ret_call, struct pail_error *err);
/* Submits, and waits for the end. */
PAIL_CHECK int pail_opcall_run(struct pail_opcall *c, struct pail_error *err);

/* ---- attempt.c: a request, signed */

/* PAIL_PREPARE_WOULD_BLOCK as the engine has it. */
PAIL_CHECK int pail_opcall_prepare(struct pail_opcall *c, const struct pail_attempt *attempt,
                                   struct pail_request *rq, struct pail_error *err);
/* A URL instead; attempt->may_block. */
PAIL_CHECK int pail_opcall_presign(struct pail_opcall *c, const struct pail_attempt *attempt,
                                   uint32_t expires_s, struct pail_request *rq,
                                   struct pail_error *err);

/* ---- answer.c: what came back */

PAIL_CHECK int pail_opcall_classify(struct pail_opcall *c, const struct pail_response *rs,
                                    bool *retry_now, struct pail_error *err);
/* err as the caller will see it. */
void pail_opcall_explain(struct pail_opcall *c, struct pail_error *err);

#endif
