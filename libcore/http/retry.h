/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/retry.h - the one retry policy: what is worth repeating, after how long, and for how many.
 *
 * The modes of the AWS SDKs, each a row of constants (struct pail_retry_rules):
 *   standard  3 attempts, full jitter up to 20 s, a token bucket per host (500 tokens, 5 a retry,
 *             10 after a timeout; a success gives back what its call took, at least 1)
 *   adaptive  the same, and the rate of requests follows what the service can take: http/pacer.h
 *   legacy    5 attempts, no bucket, back-off without a limit, fewer codes count as throttling
 *   2026      what the SDKs announced as the next standard (AWS_NEW_RETRIES_2026): shorter waits
 * DynamoDB has more attempts and shorter waits in some of them. Retry-After and x-amz-retry-after
 * are honoured in all. Pure but for the bucket.
 */
#ifndef PAIL_HTTP_RETRY_H
#define PAIL_HTTP_RETRY_H

#include "http/headers.h"

enum pail_retry_mode { PAIL_RETRY_MODE_STANDARD, PAIL_RETRY_MODE_LEGACY, PAIL_RETRY_MODE_ADAPTIVE };
struct pail_retry_rules {
    unsigned max_attempts;
    int64_t base_ns;          /* the longest wait before the second attempt; doubles */
    int64_t throttle_base_ns; /* the same after throttling */
    int64_t cap_ns;           /* of one wait */
    bool jitter;              /* waits are a random part of the longest */
    bool legacy;              /* the legacy mode's choice of what is worth repeating */
    bool adaptive;
    unsigned cost, cost_timeout, cost_throttle; /* in tokens; 0: without a bucket */
};
/* service: "dynamodb"; NULL: any. rules_2026 counts in the standard and adaptive modes. Static. */
const struct pail_retry_rules *pail_retry_rules(enum pail_retry_mode mode, bool rules_2026,
                                                const char *service);

/* Sets err->retry (and a more exact err->code for known service codes) from code, http_status and
 * service_code. request_sent and unsafe: as in transport.h and engine.h. */
void pail_retry_classify(const struct pail_retry_rules *rules, struct pail_error *err,
                         bool request_sent, bool unsafe);
bool pail_retry_is_throttle(const struct pail_error *err);
/* Nanoseconds before attempt number `next` (2, 3, ...). headers may be NULL. */
int64_t pail_retry_delay_ns(const struct pail_retry_rules *rules, const struct pail_error *err,
                            unsigned next, const struct pail_headers *headers);

struct pail_retry_bucket {
    unsigned tokens; /* guarded by the engine's lock */
};
#define PAIL_RETRY_BUCKET_FULL 500u
/* Cost taken, or 0 when the bucket does not hold it. For rules with a bucket. */
unsigned pail_retry_bucket_take(struct pail_retry_bucket *b, const struct pail_retry_rules *rules,
                                const struct pail_error *err);
void pail_retry_bucket_give(struct pail_retry_bucket *b,
                            unsigned taken); /* 0: the call was never retried */

#endif
