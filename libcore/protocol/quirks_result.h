/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/quirks_result.h - what happens to results of single operations; rows of quirks.c. */
#ifndef PAIL_PROTOCOL_QUIRKS_RESULT_H
#define PAIL_PROTOCOL_QUIRKS_RESULT_H

#include "protocol/quirks.h"

int pail_quirk_expires(struct pail_quirk *q);         /* ExpiresString */
int pail_quirk_decode_list(struct pail_quirk *q);     /* ListObjects */
int pail_quirk_decode_list_v2(struct pail_quirk *q);  /* ListObjectsV2 */
int pail_quirk_decode_versions(struct pail_quirk *q); /* ListObjectVersions */
int pail_quirk_bucket_location(struct pail_quirk *q); /* an element without a member */
int pail_quirk_console_output(struct pail_quirk *q);  /* base64 to text */
int pail_quirk_policies(struct pail_quirk *q);        /* IAM's documents as values */
int pail_quirk_template(struct pail_quirk *q);        /* CloudFormation's, where it is JSON */
int pail_quirk_sent_md5(struct pail_quirk *q);        /* SQS: what it has is what we sent */
int pail_quirk_received_md5(struct pail_quirk *q);

#endif
