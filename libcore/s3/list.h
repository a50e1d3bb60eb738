/* SPDX-License-Identifier: Apache-2.0 */
/* s3/list.h - the parse of a listing by itself, for its tests and its fuzzer. */
#ifndef PAIL_S3_LIST_H
#define PAIL_S3_LIST_H

#include <pail/s3.h>

/* A ListObjectsV2 document. What is none is PAIL_E_GARBAGE. */
PAIL_CHECK int pail_s3_list_parse(struct pail_str body, struct pail_s3_page *ret,
                                  struct pail_error *err);

#endif
