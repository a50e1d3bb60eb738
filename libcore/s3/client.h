/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/client.h - what the operations see of a client: addressing, signing region, what was learned.
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

#define PAIL_S3_REGION_MAX 64

struct pail_s3 {
    _Atomic unsigned users, holds;
    struct { /* set before the client is given out */
        struct pail_session *session;
        struct pail_s3_endpoint endpoint;
        char region[PAIL_S3_REGION_MAX];
        bool region_explicit; /* named in this client's options */
        bool requester_pays;
        char *expected_owner; /* NULL: none */
    } fixed;
    struct {
        struct pail_mutex lock;
        struct pail_map *regions; /* bucket -> char[], where it is not fixed.region */
    } locked;
    struct {
        _Atomic uint64_t requests;
        _Atomic bool no_checksums; /* the endpoint refuses x-amz-checksum-* on requests */
        _Atomic int etag_quotes;   /* enum pail_s3_etag_quotes */
    } learned;
};

struct pail_s3 *pail_s3_hold(struct pail_s3 *s3);
void pail_s3_release(struct pail_s3 *s3);

/* Signing region for a bucket (empty: none), copied. */
void pail_s3_region_of(struct pail_s3 *s3, struct pail_str bucket, char ret[PAIL_S3_REGION_MAX]);
/* Remembers where a bucket lives. A name that is no host label (it becomes part of a host name) is
 * PAIL_E_GARBAGE. */
PAIL_CHECK int pail_s3_learn_region(struct pail_s3 *s3, struct pail_str bucket,
                                    struct pail_str region, struct pail_error *err);

#endif
