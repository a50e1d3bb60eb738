/* SPDX-License-Identifier: Apache-2.0 */
/* lib/one.h - single calls, as the blocking ones of <pail/s3.h>, but an interrupt
 * (lib/interrupt.h) ends them. */
#ifndef PAIL_TOOLS_ONE_H
#define PAIL_TOOLS_ONE_H

#include <pail/s3.h>

PAIL_CHECK int pail_one_list(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                             struct pail_s3_page *ret, struct pail_error *err);
PAIL_CHECK int pail_one_head(struct pail_s3 *s3, const struct pail_s3_head_args *args,
                             struct pail_s3_object *ret, struct pail_error *err);

#endif
