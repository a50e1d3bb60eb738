/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/retry.h - the one retry policy: what is worth repeating, after how long, and for how many.
 *
 * Standard mode of the AWS SDKs: a token bucket per engine and host (500 tokens, 5 a retry, 10
 * after a timeout; a success gives back what its call took, at least 1), exponential back-off with
 * full jitter up to 20 s, Retry-After and x-amz-retry-after honoured. Pure but for the bucket.
 */
#ifndef PAIL_HTTP_RETRY_H
#define PAIL_HTTP_RETRY_H

#include "http/headers.h"

/* Sets err->retry (and a more exact err->code for known service codes) from code, http_status and
 * service_code. request_sent and unsafe: as in transport.h and engine.h. */
void pail_retry_classify(struct pail_error *err, bool request_sent, bool unsafe);
bool pail_retry_is_throttle(const struct pail_error *err);
/* Nanoseconds before attempt number `next` (2, 3, ...). headers may be NULL. */
int64_t pail_retry_delay_ns(const struct pail_error *err, unsigned next,
                            const struct pail_headers *headers);

struct pail_retry_bucket {
    unsigned tokens; /* guarded by the engine's lock */
};
#define PAIL_RETRY_BUCKET_FULL 500u
/* Cost taken, or 0 when the bucket does not hold it. */
unsigned pail_retry_bucket_take(struct pail_retry_bucket *b, const struct pail_error *err);
void pail_retry_bucket_give(struct pail_retry_bucket *b,
                            unsigned taken); /* 0: the call was never retried */

#endif
