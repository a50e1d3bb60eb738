/* SPDX-License-Identifier: Apache-2.0 */
/* s3/object.h - headers of an answer -> struct pail_s3_object. Pure but for memory. */
#ifndef PAIL_S3_OBJECT_H
#define PAIL_S3_OBJECT_H

#include <pail/s3.h>

#include "http/headers.h"

/* size: what the caller knows better than Content-Length (a ranged GET); UINT64_MAX:
 * Content-Length. */
PAIL_CHECK int pail_s3_object_parse(const struct pail_headers *headers, uint64_t size,
                                    struct pail_s3_object *ret, struct pail_error *err);
/* All zero: what a failed call leaves. */
void pail_s3_object_clear(struct pail_s3_object *o);

/* "bytes 0-9/100" -> 0, 9, 100 (total UINT64_MAX for '*'); false when it is not of that form. */
bool pail_s3_content_range(struct pail_str value, uint64_t *ret_first, uint64_t *ret_last,
                           uint64_t *ret_total);
/* Appends the text with its RFC 2047 words in UTF-8 decoded; what does not decode stays as it is.
 */
void pail_s3_decode_words(struct pail_buf *to, struct pail_str text);

#endif
