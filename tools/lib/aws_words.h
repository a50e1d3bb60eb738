/* SPDX-License-Identifier: Apache-2.0 */
/* lib/aws_words.h - what S3 refused, in the words of the AWS CLI. Pure. */
#ifndef PAIL_TOOLS_AWS_WORDS_H
#define PAIL_TOOLS_AWS_WORDS_H

#include <pail/error.h>

#include "base/buf.h"

struct pail_aws_refusal {
    struct pail_str target; /* "s3://b/k", in err's message; empty: the account's */
    char code[48];          /* "NoSuchBucket"; the status where the answer had none */
    size_t message;         /* where the service's own words begin in `to` */
};
/* "PutObject s3://b/k: NoSuchBucket: text", also behind "Failed to upload F to b/k: ", becomes "An
 * error occurred (NoSuchBucket) when calling the PutObject operation: text", appended to `to`. ret
 * may be NULL. False: it is no answer of S3, and nothing was written. */
bool pail_aws_words(const struct pail_error *err, struct pail_buf *to,
                    struct pail_aws_refusal *ret);

#endif
