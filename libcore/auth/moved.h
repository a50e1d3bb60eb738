/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/moved.h - what an answer of S3 says of the region of a bucket.
 *
 * A request that went to, or was signed for, another region than the bucket's is refused in one of
 * several ways, and some of them name the region: in x-amz-bucket-region, in the error document, or
 * in its message. The request is then signed, and on AWS addressed, anew. Nothing else that a
 * service says changes where requests go: a host name in an answer is never followed, and a region
 * counts only when it is a valid label of a host name, because it becomes part of one.
 * (botocore's S3RegionRedirector; pure functions, any thread.)
 */
#ifndef PAIL_AUTH_MOVED_H
#define PAIL_AUTH_MOVED_H

#include "base/str.h"

struct pail_moved_hints {
    int status;
    bool head;                    /* the answer has no body: 400 may mean the region, too */
    bool creates;                 /* the operation makes the bucket */
    struct pail_str code;         /* of the error document, as are these */
    struct pail_str message;      /* "The me-south-1 location constraint is incompatible ..." */
    struct pail_str region;       /* its Region element */
    struct pail_str header;       /* x-amz-bucket-region */
    struct pail_str asked_region; /* the request was for this one */
};

/* The bucket's region where it is another than the one asked for, a view into the hints; empty:
 * nothing is said of it. What is no label is nothing. */
struct pail_str pail_moved_to(const struct pail_moved_hints *hints);

#endif
