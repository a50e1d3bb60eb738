/* SPDX-License-Identifier: Apache-2.0 */
/* transfer/resource.h - what the files of <pail/resource.h> share. */
#ifndef PAIL_TRANSFER_RESOURCE_H
#define PAIL_TRANSFER_RESOURCE_H

#include <stdatomic.h>

#include <pail/resource.h>

#include "base/macros.h"

struct pail_bucket {
    atomic_uint refs;
    struct pail_s3 *s3;
    struct pail_str name; /* view of text */
    char text[];
};

/* Asks again and again whether the thing exists, until it does or does not. */
PAIL_CHECK int pail_resource_wait(const char *waiter, bool exists,
                                  const struct pail_wait_options *options,
                                  int (*ask)(void *ud, bool *ret, struct pail_error *err), void *ud,
                                  struct pail_error *err);

#endif
