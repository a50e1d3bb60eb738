/* SPDX-License-Identifier: Apache-2.0 */
/* s3/answer.h - reading answers: XML documents, texts into fixed fields, times. Pure. `what` is for
 * messages: "CopyObject s3://b/k". */
#ifndef PAIL_S3_ANSWER_H
#define PAIL_S3_ANSWER_H

#include "base/xml.h"

/* Walks a 2xx document. What does not parse is PAIL_E_GARBAGE. */
PAIL_CHECK int pail_s3_parse_xml(struct pail_str body, const struct pail_xml_handler *handler,
                                 void *ud, struct pail_error *err);
/* Into a fixed field, NUL-terminated; PAIL_E_GARBAGE ("NOUN of N bytes") when it does not
 * fit. */
PAIL_CHECK int pail_s3_copy_text(const char *noun, struct pail_str text, char *dst, size_t cap,
                                 struct pail_error *err);
/* An ETag, with the quotes that some services leave out. */
PAIL_CHECK int pail_s3_copy_etag(struct pail_str text, char *dst, size_t cap,
                                 struct pail_error *err);
/* "2009-10-12T17:50:30.000Z"; the form that S3 sends is read without ceremony. */
PAIL_CHECK int pail_s3_parse_time(struct pail_str text, int64_t *ret_ns, struct pail_error *err);

#endif
