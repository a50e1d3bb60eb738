/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/imds.h - the instance metadata service of EC2: version 2, with version 1 where it must be.
 * May block.
 */
#ifndef PAIL_AUTH_IMDS_H
#define PAIL_AUTH_IMDS_H

#include "auth/fetch.h"
#include "auth/lookup.h"

struct pail_imds {
    const struct pail_lookup_net *net;
    struct pail_buf base;  /* URL with a slash at the end */
    struct pail_buf token; /* empty: version 1 */
};
/* Finds the address and gets a token. PAIL_E_NO_CREDENTIALS, with the reason: the service is
 * switched off or refuses; PAIL_E_CONFIG: its address is none; PAIL_E_CREDENTIALS: there is no
 * token and version 1 is switched off. */
PAIL_CHECK int pail_imds_open(struct pail_imds *m, const struct pail_lookup_net *net,
                              struct pail_error *err);
void pail_imds_done(struct pail_imds *m); /* after pail_imds_open, whatever it returned */
/* The text at path ("latest/meta-data/..."), not empty; as JSON if that is what is expected, or the
 * next try is made. PAIL_E_NO_CREDENTIALS: no such text after all tries. */
PAIL_CHECK int pail_imds_get(struct pail_imds *m, const char *path, bool json,
                             struct pail_fetch_answer *ret, struct pail_error *err);
/* The region of this instance; free with pail_free. */
PAIL_CHECK int pail_imds_region(const struct pail_lookup_net *net, char **ret,
                                struct pail_error *err);

#endif
