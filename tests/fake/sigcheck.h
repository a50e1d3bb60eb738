/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/sigcheck.h - is this request signed as Signature Version 4 demands?
 *
 * Written from the published algorithm, not from libcore. Header and presigned-query signatures;
 * what the body must hash to is left in struct fake_sig for the payload stage.
 */
#ifndef PAIL_FAKE_SIGCHECK_H
#define PAIL_FAKE_SIGCHECK_H

#include <stdbool.h>
#include <stdint.h>

struct fake_call;

enum fake_payload {
    FAKE_PAYLOAD_UNSIGNED, /* not covered by the signature */
    FAKE_PAYLOAD_HASH,     /* content_sha256 */
    FAKE_PAYLOAD_CHUNKS,   /* STREAMING-AWS4-HMAC-SHA256-PAYLOAD[-TRAILER] */
    FAKE_PAYLOAD_TRAILER,  /* STREAMING-UNSIGNED-PAYLOAD-TRAILER */
};

struct fake_sig {
    bool present; /* the request says who signed it */
    bool checked; /* and it is true */
    bool presigned;
    bool trailer; /* a trailer follows the chunks */
    enum fake_payload payload;
    char content_sha256[65];
    char scope[128]; /* date/region/service/aws4_request */
    char amz_date[20];
    uint8_t key[32];    /* the derived signing key */
    char signature[65]; /* of the head; seed of the chunks */
};

/* An identity handed out by STS. */
struct fake_identity {
    char *secret, *token, *arn;
    int64_t expires_ms;
};
void fake_identity_free(void *identity);

/* Reads x-amz-content-sha256 and, when the model checks signatures, verifies the head. Fails the
 * call when it is wrong. */
bool fake_sig_check(struct fake_call *c);
/* STS signs the body itself: verified when it is there. */
bool fake_sig_check_form(struct fake_call *c);
/* HMAC chain of "AWS4" + secret over the scope's parts. */
void fake_sig_key(const char *secret, const char *scope, uint8_t ret[32]);

#endif
