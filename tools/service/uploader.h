/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/uploader.h - artifacts of templates into a bucket, each under its MD5: what is there
 * already is not sent again.
 */
#ifndef PAIL_TOOLS_SERVICE_UPLOADER_H
#define PAIL_TOOLS_SERVICE_UPLOADER_H

#include <pail/s3.h>

#include "tools/service/calls.h"

struct pail_uploader {
    const char *bucket, *prefix, *kms_key_id; /* prefix, kms_key_id may be NULL */
    bool force;                               /* also what is there already */
    const struct pail_value *metadata;        /* a map of texts; NULL: none */
    const char *why;                          /* set where a failure has more than a line to say */
    /* Private. */
    struct pail_cli *cli;
    struct pail_session *session;
    struct pail_s3 *s3;
};

/* With the fields above set. It is done with pail_uploader_done in any case. */
PAIL_CHECK int pail_uploader_open(struct pail_uploader *u, struct pail_cli *cli,
                                  struct pail_error *err);
void pail_uploader_done(struct pail_uploader *u);

/* *ret: "s3://BUCKET/KEY", as long as the run. extension may be NULL. A bucket that is not there:
 * u->why. */
PAIL_CHECK int pail_uploader_put(struct pail_uploader *u, struct pail_bytes data,
                                 const char *extension, const char **ret, struct pail_error *err);
PAIL_CHECK int pail_uploader_put_file(struct pail_uploader *u, const char *path, const char **ret,
                                      struct pail_error *err);
/* The object of such a URL as "https://s3.REGION.amazonaws.com/BUCKET/KEY". */
PAIL_CHECK int pail_uploader_web_url(struct pail_uploader *u, const char *url, const char **ret,
                                     struct pail_error *err);

#endif
