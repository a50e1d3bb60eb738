/* SPDX-License-Identifier: Apache-2.0 */
/* lib/walk.h - everything below a prefix or a directory, in byte order of names. */
#ifndef PAIL_TOOLS_WALK_H
#define PAIL_TOOLS_WALK_H

#include <pail/s3.h>

/* Calls each for every object (and common prefix where delimiter is given); a result other than 0
 * ends the walk and is returned. */
typedef int pail_walk_s3_fn(void *ud, const struct pail_s3_entry *e, struct pail_error *err);
PAIL_CHECK int pail_walk_s3(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                            struct pail_str delimiter, pail_walk_s3_fn *each, void *ud,
                            struct pail_error *err);
/* Regular files below dir: each(ud, path, path relative to dir). Symbolic links are followed; what
 * is neither file nor directory is passed over, and counted in *ret_skipped. */
typedef int pail_walk_file_fn(void *ud, const char *path, const char *relative, uint64_t size,
                              struct pail_error *err);
PAIL_CHECK int pail_walk_files(const char *dir, pail_walk_file_fn *each, void *ud,
                               uint64_t *ret_skipped, struct pail_error *err);

#endif
