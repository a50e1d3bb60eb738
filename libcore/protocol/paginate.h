/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/paginate.h - what pages.c and tokens.c share. */
#ifndef PAIL_PROTOCOL_PAGINATE_H
#define PAIL_PROTOCOL_PAGINATE_H

#include <pail/value.h>

#include "base/buf.h"
#include "model/model.h"

/* Resume tokens: base64 of JSON, {"Marker": "x", "boto_truncate_amount": 2}, byte by byte those of
 * boto3. */
PAIL_CHECK int pail_token_encode(const struct pail_value *token, struct pail_buf *to,
                                 struct pail_error *err);
/* Takes boto3's old form "a___2" too. *ret: a map of input tokens; *ret_skip: how many items of the
 * first page were seen. */
PAIL_CHECK int pail_token_decode(struct pail_str text, struct pail_strs inputs,
                                 struct pail_values *vs, struct pail_value **ret, int64_t *ret_skip,
                                 struct pail_error *err);

#endif
