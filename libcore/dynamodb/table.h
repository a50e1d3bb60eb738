/* SPDX-License-Identifier: Apache-2.0 */
/* dynamodb/table.h - the table object, for this folder. */
#ifndef PAIL_DYNAMODB_TABLE_H
#define PAIL_DYNAMODB_TABLE_H

#include <pail/dynamodb.h>

#include "base/thread.h"

struct pail_dynamodb_table {
    _Atomic unsigned refs;
    struct pail_client *client;
    char *name;
    struct pail_mutex lock;
    struct {
        char *hash, *range; /* once hash is there, both stay as they are; range may be NULL */
    } locked;
};

/* What query and scan are made of, once more for those that read on. extra: a map, or NULL. */
PAIL_CHECK int pail_dynamodb_page(struct pail_dynamodb_table *t, bool query,
                                  const struct pail_dynamodb_options *options,
                                  const struct pail_value *extra, struct pail_values *vs,
                                  struct pail_value **ret, struct pail_error *err);

#endif
