/* SPDX-License-Identifier: Apache-2.0 */
/* dynamodb/batch.h - batches on the wire, and when to try the rest of one again. Private. */
#ifndef PAIL_DYNAMODB_BATCH_H
#define PAIL_DYNAMODB_BATCH_H

#include <pail/dynamodb.h>

#define PAIL_DYNAMODB_BATCH_KEYS 100
#define PAIL_DYNAMODB_BATCH_WRITES 25

/* How one goes on while things stay unprocessed. All zero but deadline_mono_ns at the beginning. */
struct pail_dynamodb_patience {
    unsigned idle;            /* rounds in a row in which nothing was processed */
    int64_t deadline_mono_ns; /* PAIL_NEVER: none */
};
/* After a round that sent so many and left so many: pauses where something was left.
 * PAIL_E_THROTTLED, PAIL_E_DEADLINE: it is enough. Blocking. */
PAIL_CHECK int pail_dynamodb_patience(struct pail_dynamodb_patience *p, const char *operation,
                                      size_t sent, size_t left, struct pail_error *err);
/* options with what is left of the time. */
struct pail_call_options pail_dynamodb_time_left(const struct pail_dynamodb_patience *p,
                                                 struct pail_call_options options);

#endif
