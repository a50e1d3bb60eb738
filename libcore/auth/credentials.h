/* SPDX-License-Identifier: Apache-2.0 */
/* auth/credentials.h - what signing needs of <pail/credentials.h> beyond the fields. */
#ifndef PAIL_AUTH_CREDENTIALS_H
#define PAIL_AUTH_CREDENTIALS_H

#include <pail/credentials.h>

#include "base/macros.h"

/* The keys derived from the secret so far; live as long as c. */
struct pail_sign_keys *pail_credentials_keys(const struct pail_credentials *c);

/* What a call's attempts are signed with, one after the other. Zeroed: nothing yet. */
struct pail_signers {
    struct pail_credentials *now; /* a reference; NULL: not signed */
    unsigned attempt;             /* that it was found for */
};
/* Goes on with take, found for that attempt. False: the last attempt was refused, therefore these
 * were to be other ones (refresh), and they have the same keys. */
PAIL_CHECK bool pail_signers_next(struct pail_signers *s, struct pail_credentials *take,
                                  unsigned attempt, bool refresh);
static inline void pail_signers_done(struct pail_signers *s)
{
    s->now = pail_credentials_unref(s->now);
}

static inline void pail_credentials_unref_p(struct pail_credentials **c)
{
    (void)pail_credentials_unref(*c);
}

#endif
