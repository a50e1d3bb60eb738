/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/client.h - what the operations see of a client: addressing, signing, what was learned.
 *
 * Two counts. `users` are the references of <pail/s3.h>; they own the session. `holds` are the
 * users together and every operation under way; they own the memory. So the last user may end the
 * session (which ends the operations) on its own thread, and no operation ever ends a session on a
 * network thread, which would have to wait for itself.
 */
#ifndef PAIL_S3_CLIENT_H
#define PAIL_S3_CLIENT_H

#include <pail/s3.h>

#include "auth/session.h"
#include "base/map.h"
#include "base/thread.h"
#include "s3/addressing.h"

struct pail_s3 {
    _Atomic unsigned users, holds;
    struct { /* set before the client is given out */
        struct pail_session *session;
        struct pail_express *express; /* sessions of directory buckets */
        struct pail_s3_endpoint endpoint;
        char region[PAIL_S3_REGION_MAX];
        bool region_explicit; /* named in this client's options */
        bool requester_pays;
        char *expected_owner; /* NULL: none */
        bool prefer_v4;       /* over 4a where both will do */
        char *region_set;     /* to sign with 4a for; NULL: "*" */
        enum pail_tri payload_signing;
        bool checksums_suffice;
        enum pail_s3_choice expect_continue;
        enum pail_checksum_when request_checksums, response_checksums;
        enum pail_checksum_alg checksum_alg; /* where nobody chooses one */
    } fixed;
    struct {
        struct pail_mutex lock;
        struct pail_map *regions; /* bucket -> char[], where it is not fixed.region */
        struct pail_map *routes;  /* bucket -> struct pail_s3_route */
    } locked;
    struct {
        _Atomic uint64_t requests;
        _Atomic bool no_checksums; /* the endpoint refuses x-amz-checksum-* on requests */
        _Atomic bool no_trailers;  /* ... and aws-chunked bodies */
        _Atomic bool trailers;     /* it took one */
        _Atomic bool wants_md5;    /* ... and asks for Content-MD5 where a document needs a sum */
        _Atomic int etag_quotes;   /* enum pail_s3_etag_quotes */
    } learned;
};

struct pail_s3 *pail_s3_hold(struct pail_s3 *s3);
void pail_s3_release(struct pail_s3 *s3);

/* ---- places.c */

PAIL_CHECK int pail_s3_places_init(struct pail_s3 *s3, struct pail_error *err);
void pail_s3_places_done(struct pail_s3 *s3);
/* Signing region for a bucket (empty: none), copied. */
void pail_s3_region_of(struct pail_s3 *s3, struct pail_str bucket, char ret[PAIL_S3_REGION_MAX]);
/* Where an operation goes: a reference. bucket may be empty. Worked out once for each bucket. */
PAIL_CHECK int pail_s3_route_to(struct pail_s3 *s3, const char *operation, struct pail_str bucket,
                                bool on_bucket, struct pail_s3_route **ret, struct pail_error *err);
/* Remembers where a bucket lives. A name that is no host label (it becomes part of a host name) is
 * PAIL_E_GARBAGE. */
PAIL_CHECK int pail_s3_learn_region(struct pail_s3 *s3, struct pail_str bucket,
                                    struct pail_str region, struct pail_error *err);

/* ---- signer.c */

/* What to sign a request with: as pail_session_sign_credentials, or those of the directory bucket's
 * own session where the route wants them. */
PAIL_CHECK int pail_s3_credentials_for(struct pail_s3 *s3, struct pail_str bucket,
                                       const struct pail_s3_route *route, bool may_block,
                                       bool refresh, struct pail_credentials **ret,
                                       struct pail_error *err);

struct pail_sign_params;
/* Everything but time and payload. Views into the route and the client. */
void pail_s3_sign_params(const struct pail_s3 *s3, const struct pail_s3_route *route,
                         struct pail_sign_params *ret);

#endif
