/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/waiter.h - what waiter.c knows of a wait, for waiting.c, which asks. One thread. */
#ifndef PAIL_PROTOCOL_WAITER_H
#define PAIL_PROTOCOL_WAITER_H

#include "protocol/client.h"

struct pail_wait {
    struct pail_waiter w;
    char operation[128];
    unsigned delay_s, max_attempts, attempts;
    bool matched_ever;
    struct pail_acceptor last; /* that matched, or was looked at last */
};
PAIL_CHECK int pail_waiter_begin(struct pail_wait *w, struct pail_client *c, const char *waiter,
                                 const struct pail_wait_options *options, struct pail_error *err);
/* An answer, or a refusal and its error. *ret_over: what was waited for is so; else, and without a
 * failure, ask again after delay_s. */
PAIL_CHECK int pail_waiter_look(struct pail_wait *w, const struct pail_result *answer,
                                const struct pail_error *refusal, bool *ret_over,
                                struct pail_error *err);

#endif
