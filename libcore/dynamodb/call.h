/* SPDX-License-Identifier: Apache-2.0 */
/* dynamodb/call.h - one call in plain values, as the files of this folder make it. Private. */
#ifndef PAIL_DYNAMODB_CALL_H
#define PAIL_DYNAMODB_CALL_H

#include <pail/dynamodb.h>

#include "base/macros.h"

PAIL_DEFINE_CLEANUP(struct pail_values, pail_values_free)
PAIL_DEFINE_CLEANUP(struct pail_result, pail_result_free)

/* What an operation on a table takes. */
enum pail_dynamodb_takes {
    PAIL_TAKES_RETURN = 1 << 0,     /* ReturnValues */
    PAIL_TAKES_FAILURE = 1 << 1,    /* ReturnValuesOnConditionCheckFailure */
    PAIL_TAKES_METRICS = 1 << 2,    /* ReturnItemCollectionMetrics */
    PAIL_TAKES_CONSISTENT = 1 << 3, /* ConsistentRead */
    PAIL_TAKES_PAGE = 1 << 4,       /* IndexName, Limit, ExclusiveStartKey */
    PAIL_TAKES_ORDER = 1 << 5,      /* ScanIndexForward */
    PAIL_TAKES_CAPACITY = 1 << 6,   /* ReturnConsumedCapacity */
    PAIL_TAKES_TABLE = 1 << 7,      /* TableName, more, expressions */
};

/* A map in plain values of the options and, where they are not NULL, the table's name and {subject:
 * v}. Borrows from what it is made of. options may be NULL. */
PAIL_CHECK int pail_dynamodb_params(struct pail_values *vs, const char *table, const char *subject,
                                    const struct pail_value *v,
                                    const struct pail_dynamodb_options *options, unsigned takes,
                                    struct pail_value **ret, struct pail_error *err);
/* pail_dynamodb_call without options->expr: params has it. */
PAIL_CHECK int pail_dynamodb_send(struct pail_client *c, const char *operation,
                                  const struct pail_value *params,
                                  const struct pail_dynamodb_options *options,
                                  struct pail_values *vs, struct pail_value **ret,
                                  struct pail_error *err);
PAIL_CHECK int pail_dynamodb_send_async(struct pail_client *c, const char *operation,
                                        const struct pail_value *params,
                                        const struct pail_dynamodb_options *options,
                                        struct pail_values *vs, struct pail_value **ret,
                                        pail_done_fn *done, void *ud, struct pail_call **ret_call,
                                        struct pail_error *err);

#endif
