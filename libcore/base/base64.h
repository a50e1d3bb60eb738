/* SPDX-License-Identifier: Apache-2.0 */
/* base/base64.h - base64 (RFC 4648) with padding, and base64url without. */
#ifndef PAIL_BASE_BASE64_H
#define PAIL_BASE_BASE64_H

#include "base/buf.h"

void pail_base64_encode(struct pail_buf *to, const void *src, size_t n);
void pail_base64url_encode(struct pail_buf *to, const void *src, size_t n);
/* Strict alphabet and padding (base64url: padding optional). PAIL_E_PARSE otherwise. */
PAIL_CHECK int pail_base64_decode(struct pail_buf *to, struct pail_str s, struct pail_error *err);
PAIL_CHECK int pail_base64url_decode(struct pail_buf *to, struct pail_str s,
                                     struct pail_error *err);

#endif
