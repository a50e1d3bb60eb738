/* SPDX-License-Identifier: Apache-2.0 */
/* base/secret.c - wiped memory. */
#include "base/secret.h"

#include "base/alloc.h"

void pail_wipe(void *p, size_t n)
{
    if (n)
        explicit_bzero(p, n);
}

bool pail_secret_set(struct pail_secret *s, struct pail_str value)
{
    /* The copy first: the value may be a view of the old one. */
    char *copy = NULL;
    if (value.ptr) {
        copy = pail_strndup(value);
        if (!copy)
            return false;
    }
    pail_secret_done(s);
    s->ptr = copy;
    s->len = copy ? value.len : 0;
    return true;
}

void pail_secret_done(struct pail_secret *s)
{
    pail_wipe(s->ptr, s->len);
    pail_free(s->ptr);
    s->ptr = NULL;
    s->len = 0;
}
