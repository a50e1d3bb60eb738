/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/transfer.h - one file up, down, or from S3 to S3. Blocking; several at once from different
 * threads are fine.
 *
 * Large ones go in parts, several in flight, within fixed memory. A download is pinned to one
 * version, goes to a temporary file beside the target and takes its name when it is complete; an
 * upload that fails is aborted.
 */
#ifndef PAIL_TOOLS_TRANSFER_H
#define PAIL_TOOLS_TRANSFER_H

#include <pail/s3.h>

#include "lib/progress.h"

struct pail_transfer {
    struct pail_s3 *s3;
    struct pail_progress *progress; /* may be NULL */
};
PAIL_CHECK int pail_transfer_upload(const struct pail_transfer *t, const char *path,
                                    struct pail_str bucket, struct pail_str key,
                                    struct pail_error *err);
/* Standard input: of unknown length. */
PAIL_CHECK int pail_transfer_upload_stdin(const struct pail_transfer *t, struct pail_str bucket,
                                          struct pail_str key, struct pail_error *err);
PAIL_CHECK int pail_transfer_download(const struct pail_transfer *t, struct pail_str bucket,
                                      struct pail_str key, const char *path,
                                      struct pail_error *err);
PAIL_CHECK int pail_transfer_download_stdout(const struct pail_transfer *t, struct pail_str bucket,
                                             struct pail_str key, struct pail_error *err);
PAIL_CHECK int pail_transfer_copy(const struct pail_transfer *t, struct pail_str source_bucket,
                                  struct pail_str source_key, struct pail_str bucket,
                                  struct pail_str key, struct pail_error *err);

#endif
