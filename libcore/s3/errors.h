/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/errors.h - an answer that is not what was asked for, as a struct pail_error. Pure functions.
 *
 * Sets domain, code, http_status, service_code, request_id and message; whether a retry is worth it
 * is http/retry.h's business.
 */
#ifndef PAIL_S3_ERRORS_H
#define PAIL_S3_ERRORS_H

#include <pail/error.h>

#include "http/headers.h"

/* What an error document says, cut where it is longer than anybody needs. */
struct pail_s3_error_doc {
    char code[48], request_id[72], region[64], endpoint[128];
    char message[200];
    char header[64]; /* the request header that is not supported */
};
/* True: body is an <Error> document (or an <ErrorResponse> around one). */
bool pail_s3_error_doc_parse(struct pail_str body, struct pail_s3_error_doc *ret);
/* True: the document's root is Error, whatever the status: CopyObject, UploadPartCopy and
 * CompleteMultipartUpload answer 200 before they know. Looks at the first tag only. */
bool pail_s3_error_is_body(struct pail_str body);

struct pail_s3_error_context {
    int status;
    const struct pail_headers *headers;
    struct pail_str body;
    bool head;      /* no body could be sent: the status is all there is */
    bool on_bucket; /* a bare 404 means the bucket */
};
/* *ret_doc (may be NULL) is zeroed where there was none. Returns err's code. */
int pail_s3_error_set(struct pail_error *err, const struct pail_s3_error_context *cx,
                      struct pail_s3_error_doc *ret_doc);
/* S3's code as ours; PAIL_E_SERVICE when it has no more exact one. The status decides for unknown
 * codes. */
enum pail_code pail_s3_error_code(const char *service_code, int status);
/* Error of one key of DeleteObjects. */
int pail_s3_error_of_key(struct pail_error *err, const char *what, struct pail_str key,
                         struct pail_str code, struct pail_str message);

#endif
