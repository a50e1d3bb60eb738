/* SPDX-License-Identifier: Apache-2.0 */
/* base/secret.h - bytes that are wiped when freed and have no printing function. One owner. */
#ifndef PAIL_BASE_SECRET_H
#define PAIL_BASE_SECRET_H

#include "base/macros.h"

struct pail_secret {
    char *ptr; /* NUL-terminated copy, or NULL */
    size_t len;
};
/* False: out of memory. */
PAIL_CHECK bool pail_secret_set(struct pail_secret *s, struct pail_str value);
void pail_secret_done(struct pail_secret *s);
/* Only for crypto/ and for headers handed to the transport. */
static inline struct pail_str pail_secret_reveal(const struct pail_secret *s)
{
    return pail_strn(s->ptr, s->len);
}
void pail_wipe(void *p, size_t n);

#endif
