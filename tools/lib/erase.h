/* SPDX-License-Identifier: Apache-2.0 */
/* lib/erase.h - everything below a prefix, deleted in batches of 1000 keys. */
#ifndef PAIL_TOOLS_ERASE_H
#define PAIL_TOOLS_ERASE_H

#include <pail/s3.h>

struct pail_erase_ops {
    /* Told of each key once its fate is known; why is NULL when it is gone. */
    void (*told)(void *ud, struct pail_str key, const struct pail_error *why);
    void *ud;
    bool dry_run; /* nothing is deleted, all are told as gone */
    /* May be NULL. name: the key without the prefix, NUL-terminated. */
    bool (*takes)(void *ud, const char *name);
    unsigned page_size; /* 0: the service's */
    struct pail_s3_access access;
};
/* An error of one key is told and does not end it. */
PAIL_CHECK int pail_erase(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                          const struct pail_erase_ops *ops, struct pail_error *err);

#endif
