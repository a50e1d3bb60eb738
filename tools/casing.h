/* SPDX-License-Identifier: Apache-2.0 */
/* casing.h - --case-conflict: downloads whose names differ by nothing but the case of letters, of
 * which some file systems keep one only. One thread. */
#ifndef PAIL_TOOLS_CASING_H
#define PAIL_TOOLS_CASING_H

#include "tools/batch.h"

#define PAIL_CASING_SKIP 1

/* Before name, which is from's, is downloaded to `to`; there: a file of exactly that name is. 0:
 * go on; PAIL_CASING_SKIP; or an error, which ends all. What is told is told. */
PAIL_CHECK int pail_casing_check(struct pail_batch *b, const struct pail_side *from,
                                 const struct pail_side *to, const char *name, bool there,
                                 struct pail_error *err);

#endif
