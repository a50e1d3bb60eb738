/* SPDX-License-Identifier: Apache-2.0 */
/* lib/aws_words.h - what S3 refused, in the words of the AWS CLI. Pure. */
#ifndef PAIL_TOOLS_AWS_WORDS_H
#define PAIL_TOOLS_AWS_WORDS_H

#include <pail/error.h>

#include "base/buf.h"

/* "PutObject s3://b/k: NoSuchBucket: text" becomes "An error occurred (NoSuchBucket) when calling
 * the PutObject operation: text"; *ret_target (may be NULL) is s3://b/k, or empty. False: it is no
 * answer of S3, and nothing was written. */
bool pail_aws_words(const struct pail_error *err, struct pail_buf *to, struct pail_str *ret_target);

#endif
