/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/trail.h - digest files of CloudTrail: where they are, what is in them, and whether they
 * are what CloudTrail wrote. Each names the one before it and is signed over that one's signature.
 */
#ifndef PAIL_TOOLS_SERVICE_TRAIL_H
#define PAIL_TOOLS_SERVICE_TRAIL_H

#include "tools/service/calls.h"

struct pail_trail {
    struct pail_cli *cli;
    const char *account, *name, *organization; /* organization NULL: the trail is of an account */
    const char *home_region, *source_region;
    const char *bucket, *prefix; /* prefix NULL: none */
    struct pail_value *keys;     /* public ones, by fingerprint */
    struct pail_value *regions;  /* of buckets */
};

/* An S3 client for the bucket's region. */
PAIL_CHECK int pail_trail_s3(struct pail_trail *t, const char *bucket, struct pail_client **ret,
                             struct pail_error *err);
/* Keys of digests between the instants, as a list in ascending order. */
PAIL_CHECK int pail_trail_list(struct pail_trail *t, const char *bucket, int64_t start_s,
                               int64_t end_s, struct pail_value **ret, struct pail_error *err);
/* "20150830T123600Z" of a digest's key; a view into it. */
struct pail_str pail_trail_key_date(struct pail_str key);
/* The digest, if it is what CloudTrail wrote. PAIL_E_INVALID: it is not, and err->message is why.
 * Other errors as they come: they say nothing about the digest. */
PAIL_CHECK int pail_trail_digest(struct pail_trail *t, const char *bucket, const char *key,
                                 struct pail_value **ret, struct pail_error *err);

#endif
