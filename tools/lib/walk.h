/* SPDX-License-Identifier: Apache-2.0 */
/* lib/walk.h - everything below a prefix or a directory, in byte order of names. */
#ifndef PAIL_TOOLS_WALK_H
#define PAIL_TOOLS_WALK_H

#include <pail/s3.h>

#include "base/file.h"

/* A callback's result other than 0 ends the walk and is returned. */
typedef int pail_walk_page_fn(void *ud, const struct pail_s3_page *page, struct pail_error *err);
typedef int pail_walk_s3_fn(void *ud, const struct pail_s3_entry *e, struct pail_error *err);

/* Calls each for every object, and common prefix where delimiter is given; or for whole pages. */
PAIL_CHECK int pail_walk_s3(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                            struct pail_str delimiter, pail_walk_s3_fn *each, void *ud,
                            struct pail_error *err);
PAIL_CHECK int pail_walk_pages(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                               struct pail_str delimiter, pail_walk_page_fn *each, void *ud,
                               struct pail_error *err);
/* Pages of what args ask for; their token is not looked at. */
PAIL_CHECK int pail_walk_list(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                              pail_walk_page_fn *each, void *ud, struct pail_error *err);

/* What the AWS CLI does about a bucket where an object is wanted: it looks whether it is there. */
PAIL_CHECK int pail_walk_nowhere(struct pail_s3 *s3, struct pail_str bucket,
                                 struct pail_error *err);

/* Regular files below dir; symbolic links are followed. What cannot be read, leads back to a
 * directory above it, or is neither file nor directory is told to problem, and the walk goes on. */
struct pail_walk_ops {
    int (*file)(void *ud, const char *path, const char *relative, const struct pail_file_stat *st,
                struct pail_error *err);
    void (*problem)(void *ud, const struct pail_error *err);
    bool no_links; /* symbolic links are passed over, silently */
};
PAIL_CHECK int pail_walk_files(const char *dir, const struct pail_walk_ops *ops, void *ud,
                               struct pail_error *err);

#endif
