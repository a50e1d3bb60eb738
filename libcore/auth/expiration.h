/* SPDX-License-Identifier: Apache-2.0 */
/* auth/expiration.h - when credentials end, as files, programs and services write it. Pure. */
#ifndef PAIL_AUTH_EXPIRATION_H
#define PAIL_AUTH_EXPIRATION_H

#include <pail/error.h>

#include "base/macros.h"

/* ISO 8601; any year up to 9999. PAIL_E_PARSE. */
PAIL_CHECK int pail_expiration_parse(struct pail_str text, int64_t *ret_unix_s,
                                     struct pail_error *err);

#endif
