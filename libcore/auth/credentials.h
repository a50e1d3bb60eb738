/* SPDX-License-Identifier: Apache-2.0 */
/* auth/credentials.h - what signing needs of <pail/credentials.h> beyond the fields. */
#ifndef PAIL_AUTH_CREDENTIALS_H
#define PAIL_AUTH_CREDENTIALS_H

#include <pail/credentials.h>

#include "base/macros.h"

/* The keys derived from the secret so far; live as long as c. */
struct pail_sign_keys *pail_credentials_keys(const struct pail_credentials *c);

static inline void pail_credentials_unref_p(struct pail_credentials **c)
{
    (void)pail_credentials_unref(*c);
}

#endif
