/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/dpop.h - proof of possession of a key (RFC 9449): a JWT signed by the key that a login was
 * bound to. Pure but for the clock and random numbers.
 */
#ifndef PAIL_AUTH_DPOP_H
#define PAIL_AUTH_DPOP_H

#include "base/buf.h"
#include "crypto/ecdsa.h"

/* Value of the DPoP header for a POST to url. */
PAIL_CHECK int pail_dpop_proof(const struct pail_p256 *key, struct pail_str url,
                               struct pail_buf *to, struct pail_error *err);

#endif
