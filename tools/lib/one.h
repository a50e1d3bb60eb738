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
PAIL_CHECK int pail_one_get(struct pail_s3 *s3, const struct pail_s3_get_args *args,
                            const struct pail_s3_sink *sink, struct pail_s3_object *ret,
                            struct pail_error *err);
PAIL_CHECK int pail_one_put(struct pail_s3 *s3, const struct pail_s3_put_args *args,
                            const struct pail_s3_body *body, struct pail_error *err);
PAIL_CHECK int pail_one_copy(struct pail_s3 *s3, const struct pail_s3_copy_args *args,
                             struct pail_error *err);
/* Not ended by an interrupt. A lost answer is asked for again: S3 gives it for a while. */
PAIL_CHECK int pail_one_complete(struct pail_s3 *s3, const struct pail_s3_mpu_complete_args *args,
                                 struct pail_error *err);
/* An upload that ends with *err: its parts are removed, also after an interrupt; what remains is
 * said in front of the message. */
void pail_one_abort(struct pail_s3 *s3, struct pail_str bucket, struct pail_str key,
                    const char *upload_id, struct pail_error *err);

#endif
